r"""The contract's tables as CSV: UTF-8, ``\n``, text that a spreadsheet cannot take for a formula."""

from __future__ import annotations

import io
import re
from functools import partial

import pandas as pd

from routegraph.briefing.columns import COLUMNS
from routegraph.briefing.product import Briefing
from routegraph.render.plain_text import storable
from routegraph.render.target import Target

_FORMULA = r"'*[=+\-@\t\r\n＝＋－＠]"
_NEGATIVE = r"-(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
# Text that opens like a formula, but for a plain negative number, which stays one.
_GUARDED = re.compile(rf"(?!{_NEGATIVE}\Z){_FORMULA}")
_UNGUARD = re.compile(rf"'(?={_FORMULA})")


def write_table(table: pd.DataFrame) -> bytes:
    """Return a table as CSV.

    A cell of text that begins with ``= + - @``, tab or a line break (or with their full-width forms) gets a leading
    apostrophe, as does text that already begins with apostrophes before one of these, so that :func:`read_table` gives
    back exactly what went in. Numbers are numbers: a negative one has no apostrophe. NUL becomes U+2400.
    """
    columns = [_cells(table[column]) for column in table.columns]
    header = ",".join(_quoted(_guarded(str(column))) for column in table.columns)
    return "\n".join([header, *map(",".join, zip(*columns, strict=True)), ""]).encode("utf-8")


def read_table(data: bytes) -> pd.DataFrame:
    """Return a table that :func:`write_table` wrote, every cell as text, with the guarding apostrophes taken off."""
    # Not the csv module: it refuses a cell of more than 131,072 characters, which a list of long record ids can reach.
    cells = pd.read_csv(
        io.BytesIO(data), header=None, dtype="str", na_filter=False, lineterminator="\n", skip_blank_lines=False
    )
    table = cells.map(lambda cell: _UNGUARD.sub("", cell, count=1) if cell[:1] == "'" else cell)
    table.columns = pd.Index(table.iloc[0].tolist(), dtype="str")
    return table.iloc[1:].reset_index(drop=True)


def _cells(values: pd.Series) -> list[str]:
    if pd.api.types.is_bool_dtype(values.dtype):
        return ["yes" if value else "no" for value in values]
    if pd.api.types.is_integer_dtype(values.dtype):
        return ["" if value is pd.NA else str(value) for value in values]
    if pd.api.types.is_float_dtype(values.dtype):
        return ["" if value != value else f"{value:.15g}" for value in values.tolist()]  # noqa: PLR0124 - NaN
    # Most texts come many times over: each is written once.
    written = {value: _quoted(_guarded(str(value))) for value in dict.fromkeys(values)}
    return [written[value] for value in values]


def _guarded(text: str) -> str:
    text = storable(text).replace("\x00", "\u2400")
    return f"'{text}" if _GUARDED.match(text) else text


def _quoted(text: str) -> str:
    if any(character in text for character in ',"\n\r'):
        return '"' + text.replace('"', '""') + '"'
    return text


def _render(briefing: Briefing, *, name: str) -> bytes:
    return write_table(briefing.tables[name])


TARGETS = tuple(Target(name, f"{name}.csv", partial(_render, name=name)) for name in COLUMNS)
