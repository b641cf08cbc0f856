"""Readers: a file becomes text cells. One file a format; a new one is a function and a line in ``READERS``."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from routegraph.errors import InputError
from routegraph.records.readers.columnar import read_parquet
from routegraph.records.readers.delimited import read_delimited
from routegraph.records.readers.jsonlines import read_jsonlines
from routegraph.records.readers.table import RawTable, ReadOptions
from routegraph.records.readers.workbook import read_workbook

Reader = Callable[..., list[RawTable]]
"""(path, options=, source=) -> one table, or one a sheet."""

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

# A path loses one of the two slashes of an address.
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")

_SPREADSHEET = "Open it in a spreadsheet and save it as .xlsx"
_ADVICE = {
    ".xls": _SPREADSHEET,
    ".xlsb": _SPREADSHEET,
    ".ods": _SPREADSHEET,
    ".xlsm": _SPREADSHEET,
    ".json": "JSON is read with one record a line, as .jsonl",
    ".zip": "Unpack it first",
}

__all__ = ["READERS", "RawTable", "ReadOptions", "read_raw"]


def read_raw(path: Path, *, options: ReadOptions, source: str) -> list[RawTable]:
    """Read a file into tables of text: one, or one a sheet.

    Raises
    ------
    InputError
        where the file is absent, of an unknown kind, or cannot be read at all.
    """
    text = str(path)
    if _ADDRESS.match(text) or text.startswith("/vsi"):
        raise InputError(source, "it is an address, not a file", expected="a path to a file on this machine")
    if not path.is_file():
        found = "it is a folder" if path.is_dir() else "no such file"
        shown = source if path.is_absolute() else text  # as it was given, but no folder of this machine
        raise InputError(shown, found, expected="a file with records")
    suffixes = [suffix.lower() for suffix in path.suffixes]
    packed = bool(suffixes) and suffixes[-1] in PACKED
    kind = (suffixes[-2:-1] if packed else suffixes[-1:]) or [""]
    reader = READERS.get(kind[0])
    if reader is None or (packed and reader not in {read_delimited, read_jsonlines}):
        known = f"one of {', '.join(READERS)}; .gz or .zst may stand behind those of text"
        ending = "".join(suffixes[-2:] if packed else suffixes[-1:])
        found = f"files ending in {ending!r} are not read" if ending else "its name has no ending"
        raise InputError(source, found, expected=known, advice=_ADVICE.get(kind[0], ""))
    return reader(path, options=options, source=source)
