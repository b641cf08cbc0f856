"""XLSX workbooks: the stored values of a sheet as text, after a look at what the archive would unpack to."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from routegraph.errors import InputError
from routegraph.records.readers.table import RawTable, ReadOptions, number_text
from routegraph.records.readers.unpacking import check_unpacked
from routegraph.records.schema import REJECT_COLUMNS, as_rejects, empty_frame

if TYPE_CHECKING:
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

_ENTITY = re.compile(rb"<\0?!\0?(?:D\0?O\0?C\0?T\0?Y\0?P\0?E|E\0?N\0?T\0?I\0?T\0?Y)", re.IGNORECASE)
_FORMULA = re.compile(rb"<f[ >/]")


def read_workbook(path: Path, *, options: ReadOptions, source: str) -> list[RawTable]:
    """Read every sheet of a workbook (or the one that was named) as a table of text without a header.

    Dates come in either date system; a formula counts by the value stored with it, and one without a stored value is
    a rejected cell.

    Raises
    ------
    InputError
        where the file is no sound workbook, unpacks to too much, declares entities, or lacks the sheet.
    """
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    formulas = _inspect(path, source=source)
    trouble = (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError, SyntaxError, TypeError)
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
        written = openpyxl.load_workbook(path, read_only=True, keep_links=False) if formulas else None
    except trouble as error:
        raise InputError(source, "it is not a sound workbook", expected="an .xlsx file") from error
    try:
        names = [sheet.title for sheet in book.worksheets]
        if options.sheet and options.sheet not in names:
            raise InputError(source, f"no sheet is called {options.sheet!r}", expected=f"one of {', '.join(names)}")
        wanted = [options.sheet] if options.sheet else names
        return [_sheet(book[name], written[name] if written else None, source=source) for name in wanted]
    except trouble as error:
        if isinstance(error, InputError):
            raise
        raise InputError(source, "a sheet of the workbook is broken", expected="a sound .xlsx file") from error
    finally:
        book.close()
        if written:
            written.close()


def _inspect(path: Path, *, source: str) -> bool:
    """Check sizes and refuse entity declarations before any XML is parsed; tell whether formulas occur."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            check_unpacked(source, sum(part.file_size for part in parts), path.stat().st_size)
            texts = {part.filename: archive.read(part) for part in parts if part.filename.endswith((".xml", ".rels"))}
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, EOFError) as error:
        raise InputError(source, "it is not a sound workbook", expected="an .xlsx file") from error
    if any(_ENTITY.search(text) for text in texts.values()):
        raise InputError(source, "its XML declares entities", expected="a workbook as a spreadsheet program writes it")
    return any(_FORMULA.search(text) for name, text in texts.items() if "worksheets" in name)


def _sheet(sheet: ReadOnlyWorksheet, written: ReadOnlyWorksheet | None, *, source: str) -> RawTable:
    lines, numbers = _lines(sheet)
    cells = pd.DataFrame(lines, dtype="str") if lines else pd.DataFrame()
    rejects = _without_value(lines, numbers, written, source=source) if written else empty_frame(REJECT_COLUMNS)
    return RawTable(
        source, cells, np.array(numbers, dtype="int64"), named=False, rejects=rejects, facts={"sheet": sheet.title}
    )


def _rows(sheet: ReadOnlyWorksheet) -> Iterator[tuple[object, ...]]:
    sheet.reset_dimensions()  # the stated extent may lie
    return iter(sheet.iter_rows(values_only=True))


def _lines(sheet: ReadOnlyWorksheet) -> tuple[list[list[str]], list[int]]:
    lines, numbers = [], []
    for number, row in enumerate(_rows(sheet), start=1):
        texts = [cell_text(value) for value in row]
        if any(texts):
            lines.append(texts)
            numbers.append(number)
    width = max((len(line) for line in lines), default=0)
    return [line + [""] * (width - len(line)) for line in lines], numbers


def _without_value(
    lines: list[list[str]], numbers: list[int], written: ReadOnlyWorksheet, *, source: str
) -> pd.DataFrame:
    stored = dict(zip(numbers, lines, strict=True))
    found = [
        (number, position, str(value))
        for number, row in enumerate(_rows(written), start=1)
        for position, value in enumerate(row)
        if isinstance(value, str)
        and value.startswith("=")
        and not "".join(stored.get(number, [])[position : position + 1])
    ]
    if not found:
        return empty_frame(REJECT_COLUMNS)
    rows, columns, values = zip(*found, strict=True)
    return as_rejects(
        source,
        pd.Series(rows, dtype="int64"),
        scope="cell",
        field=pd.Series([f"column {column + 1}" for column in columns], dtype="str"),
        value=pd.Series(values, dtype="str"),
        reason="a formula without a stored value; open and save the workbook once",
    )


def cell_text(value: object) -> str:
    """Return a cell's value as a person would type it: a date at midnight is a date, 12.0 is ``12``."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, dt.date | dt.time) else str(value)
