"""Bytes of a file, unpacked where it is packed, with an eye on archives built to fill a disk."""

from __future__ import annotations

import zlib
from pathlib import Path

import pyarrow as pa

from routegraph.errors import InputError

MOST_UNPACKED = 4 * 2**30
SUSPECT_UNPACKED = 100 * 2**20
MOST_RATIO = 200


def check_unpacked(source: str, unpacked: int, packed: int) -> None:
    """Refuse what unpacks to more than any table needs: over 4 GB, or over 100 MB at more than 200 to one."""
    if unpacked > MOST_UNPACKED or (unpacked > SUSPECT_UNPACKED and unpacked > MOST_RATIO * max(packed, 1)):
        raise InputError(
            source,
            f"{packed:,} bytes unpack to {unpacked:,} or more",
            expected=f"at most {MOST_UNPACKED:,} bytes, and {MOST_RATIO} to one above {SUSPECT_UNPACKED:,}",
            advice="Unpack the file yourself if you trust it",
        )


def read_bytes(path: Path, *, source: str) -> bytes:
    """Return what a plain, .gz or .zst file holds.

    Raises
    ------
    InputError
        where the file is missing, empty, broken off, or unpacks to far more than a table needs.
    """
    try:
        packed = path.read_bytes()
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        raise InputError(source, f"it cannot be read ({reason})", expected="a readable file") from error
    if not packed:
        raise InputError(source, "the file is empty", expected="a header row and records")
    if path.suffix.lower() == ".gz":
        return _gunzip(packed, source=source)
    return _unzstd(packed, source=source) if path.suffix.lower() == ".zst" else packed


def _gunzip(packed: bytes, *, source: str) -> bytes:
    parts, size, rest = [], 0, packed
    while rest:
        unpacker = zlib.decompressobj(wbits=31)
        try:
            while not unpacker.eof:
                parts.append(unpacker.decompress(rest, 2**24))
                size += len(parts[-1])
                check_unpacked(source, size, len(packed))
                rest = unpacker.unconsumed_tail
                if not rest and not unpacker.eof:
                    raise InputError(source, "the gzip file breaks off", expected="a whole file")
        except zlib.error as error:
            raise InputError(source, "it is not a sound gzip file", expected="a whole gzip file") from error
        rest = unpacker.unused_data.lstrip(b"\0")
    return b"".join(parts)


def _unzstd(packed: bytes, *, source: str) -> bytes:
    parts, size = [], 0
    try:
        with pa.CompressedInputStream(pa.BufferReader(packed), "zstd") as stream:
            while part := stream.read(2**24):
                parts.append(part)
                size += len(part)
                check_unpacked(source, size, len(packed))
    except OSError as error:
        raise InputError(source, "it is not a sound zstd file", expected="a whole zstd file") from error
    return b"".join(parts)
