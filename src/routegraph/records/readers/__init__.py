"""Readers: a file becomes text cells. One file a format; a new one is a function and a line in ``READERS``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from routegraph.errors import InputError
from routegraph.records.readers.columnar import read_parquet
from routegraph.records.readers.delimited import read_delimited
from routegraph.records.readers.jsonlines import read_jsonlines
from routegraph.records.readers.table import RawTable, ReadOptions
from routegraph.records.readers.workbook import read_workbook

Reader = Callable[..., RawTable | list[RawTable]]

READERS: dict[str, Reader] = {
    ".csv": read_delimited,
    ".tsv": read_delimited,
    ".txt": read_delimited,
    ".dat": read_delimited,
    ".parquet": read_parquet,
    ".xlsx": read_workbook,
    ".jsonl": read_jsonlines,
    ".ndjson": read_jsonlines,
}
"""Reader of each suffix; text formats may carry ``.gz`` or ``.zst`` behind it."""

PACKED = (".gz", ".zst")

__all__ = ["READERS", "RawTable", "ReadOptions", "read_raw"]


def read_raw(path: Path, *, options: ReadOptions, source: str) -> list[RawTable]:
    """Read a file into tables of text: one, or one a sheet.

    Raises
    ------
    InputError
        where the file is absent, of an unknown kind, or cannot be read at all.
    """
    text = str(path)
    if "://" in text or text.startswith("/vsi"):
        raise InputError(source, "it is an address, not a file", expected="a path to a file on this machine")
    if not path.is_file():
        found = "it is a folder" if path.is_dir() else "no such file"
        raise InputError(source, found, expected="a file with records")
    suffixes = [suffix.lower() for suffix in path.suffixes]
    packed = bool(suffixes) and suffixes[-1] in PACKED
    kind = (suffixes[-2:-1] if packed else suffixes[-1:]) or [""]
    reader = READERS.get(kind[0])
    if reader is None or (packed and reader not in {read_delimited, read_jsonlines}):
        known = ", ".join(READERS)
        raise InputError(source, f"files ending in {''.join(suffixes[-2:])!r} are not read", expected=f"one of {known}")
    tables = reader(path, options=options, source=source)
    return tables if isinstance(tables, list) else [tables]
