"""Comma, tab, semicolon or bar separated text, plain or packed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv

from routegraph.errors import InputError
from routegraph.records.readers.table import RawTable, ReadOptions, visible
from routegraph.records.readers.unpacking import read_bytes
from routegraph.records.schema import REJECT_COLUMNS, as_rejects, empty_frame

if TYPE_CHECKING:
    from pyarrow.csv import InvalidRow

_HALVES = re.compile("[\ud800-\udfff]")
_STATED = re.compile(r"\ufeff?\"?sep=(.)\"?\r?\n", re.IGNORECASE)
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


def decode(data: bytes, *, encoding: str, source: str) -> str:
    """Return the text of a file, or say which encodings it is likely to be in.

    Half surrogate pairs are let through here (they are single bad cells, cleaned later); any other byte that does
    not fit would mean a wrong letter somewhere else as well, so that the file is refused.
    """
    try:
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            return data.decode("utf-16")
        if encoding.replace("-", "").replace("_", "").lower() in {"utf8", "utf8sig"}:
            return data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogatepass")
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            source,
            f"line {line} is not {encoding} text (byte 0x{data[error.start]:02x})",
            expected=f"{encoding} text",
            advice='Save it as "CSV UTF-8" in the spreadsheet, or state its encoding (likely cp1252 in Western Europe, '
            "cp874 in Thailand) in a profile: docs/profiles.md",
        ) from error
    except LookupError as error:
        raise InputError(source, f"no encoding is called {encoding!r}", expected="a name such as cp874") from error


def find_delimiter(text: str, *, suffix: str) -> str:
    """Tell the delimiter from the first line: the most frequent outside quotes, the comma where none leads."""
    if ".tsv" in suffix:
        return "\t"
    first = text.lstrip("\r\n").split("\n", 1)[0]
    bare = "".join(first.split('"')[::2])
    return max(DELIMITERS, key=bare.count)


def read_delimited(path: Path, *, options: ReadOptions, source: str) -> list[RawTable]:
    """Read delimited text into text cells; rows with too many or too few cells are set aside whole.

    Raises
    ------
    InputError
        where the file is empty, broken off, or not in the encoding that was said.
    """
    text = decode(read_bytes(path, source=source), encoding=options.encoding, source=source)
    if not text.strip():
        raise InputError(source, "the file holds no text", expected="a header row and records")
    stated = _STATED.match(text)  # spreadsheets in Europe may write the delimiter above the header
    above = 1 if stated else 0
    text = text[stated.end() :] if stated else text
    delimiter = options.delimiter or (stated.group(1) if stated else "")
    delimiter = delimiter or find_delimiter(text, suffix="".join(path.suffixes).lower())
    notes = [] if delimiter in {",", "\t"} else [f"read as {DELIMITERS.get(delimiter, repr(delimiter))} separated"]
    if text.count('"') % 2:
        notes.append("an odd number of quote marks: one may never be closed")
    data = f"{text.replace(chr(0), chr(0xFFFD))}\n".encode("utf-8", "surrogatepass")
    cells, torn = _cut(_without_surrogates(data), delimiter=delimiter, source=source)
    skipped = np.array([row.number for row in torn], dtype="int64")
    number = np.setdiff1d(np.arange(1, len(cells) + len(torn) + 1), skipped, assume_unique=True)
    blank = (cells == "").all(axis=1).to_numpy()
    rejects = _torn_rows(torn, source=source, above=above)
    whole = cells[~blank].reset_index(drop=True)
    return [RawTable(source, whole, number[~blank] + above, named=False, rejects=rejects, notes=tuple(notes))]


def _without_surrogates(data: bytes) -> bytes:
    """Put the mark of broken text in the place of half surrogate pairs, so that their cells are listed later."""
    if b"\xed" not in data:
        return data
    return _HALVES.sub("\ufffd", data.decode("utf-8", "surrogatepass")).encode("utf-8")


def _cut(data: bytes, *, delimiter: str, source: str) -> tuple[pd.DataFrame, list[InvalidRow]]:
    torn: list[InvalidRow] = []

    def keep(row: InvalidRow) -> str:
        torn.append(row)
        return "skip"

    limit = 2**31 - 2
    if len(data) > limit:
        raise InputError(source, f"{len(data):,} bytes of text", expected=f"at most {limit:,}; use Parquet above that")
    width = _width(data, delimiter)
    try:
        table = csv.read_csv(
            pa.BufferReader(data),
            # one block and one thread: only then are torn rows numbered, and no row is cut between blocks
            read_options=csv.ReadOptions(
                use_threads=False, autogenerate_column_names=True, block_size=max(len(data) + 1, 2**20)
            ),
            parse_options=csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=keep
            ),
            convert_options=csv.ConvertOptions(
                column_types={f"f{i}": pa.large_string() for i in range(width)},
                null_values=[],
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid as error:
        raise InputError(
            source, f"it cannot be cut into cells ({visible(str(error))[:200]})", expected="a table"
        ) from error
    cells = pd.DataFrame({i: table.column(i).to_pandas().astype("str") for i in range(table.num_columns)})
    return cells, torn


def _width(data: bytes, delimiter: str) -> int:
    # an upper bound on the cells of the first row is enough: names that do not occur are ignored
    first = data.split(b"\n", 200)[:200]
    return max(line.count(delimiter.encode()) for line in first) * 2 + 2


def _torn_rows(torn: list[InvalidRow], *, source: str, above: int) -> pd.DataFrame:
    kept = [row for row in torn if row.text.strip()]
    if not kept:
        return empty_frame(REJECT_COLUMNS)
    reasons = [f"{row.actual_columns} cells where the header has {row.expected_columns}" for row in kept]
    return as_rejects(
        source,
        pd.Series([row.number + above for row in kept], dtype="int64"),
        scope="row",
        field="",
        value=pd.Series([visible(row.text[:2000]) for row in kept], dtype="str"),
        reason=pd.Series(reasons, dtype="str"),
    )
