"""What every reader hands over: text cells as the file holds them, with the rows as a person counts them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from routegraph.records.schema import REJECT_COLUMNS, as_rejects, empty_frame

_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffd\ud800-\udfff]")


@dataclass(frozen=True)
class ReadOptions:
    """What a profile may say about how a file is written.

    Attributes
    ----------
    encoding
        of text files; UTF-8 (with or without BOM) unless said otherwise.
    delimiter
        of text files; told from the first line where empty.
    sheet
        of a workbook; the first one that holds the header where empty.
    """

    encoding: str = "utf-8"
    delimiter: str = ""
    sheet: str = ""


@dataclass(frozen=True)
class RawTable:
    """One sheet or file as text: no header found yet unless ``named``.

    Attributes
    ----------
    cells
        text columns (never missing); named by the file where ``named``, else 0, 1, 2, ...
    rows
        the row of each line as a person counts it in the file.
    rejects
        rows that could not even be cut into cells, and cells whose text had to be cleaned.
    notes
        what the reader decided by itself (a delimiter, a sheet), said aloud.
    """

    source: str
    cells: pd.DataFrame
    rows: npt.NDArray[np.int64]
    named: bool
    rejects: pd.DataFrame = field(default_factory=lambda: empty_frame(REJECT_COLUMNS))
    notes: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)


def visible(text: str) -> str:
    """Return text with every character that hides or breaks something written as its code."""
    return _UNFIT.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def clean_text(text: str) -> str:
    """Return text composed (NFC), without control characters and direction overrides, stripped."""
    return unicodedata.normalize("NFC", _UNFIT.sub("", text)).strip()


def clean_cells(cells: pd.DataFrame, rows: npt.NDArray[np.int64], *, source: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Clean every text column once per distinct value; say which cells lost a character.

    Returns
    -------
    The cleaned frame, and one reject per cell that held a control character, a direction override, half of a
    surrogate pair or the mark of an earlier broken conversion; its value is shown with the character's code.
    """
    columns, rejects = {}, []
    for name in cells.columns:
        codes, distinct = pd.factorize(cells[name])
        texts = [str(text) for text in distinct]
        columns[name] = pd.array([clean_text(text) for text in texts], dtype="str").take(codes)
        unfit = np.array([_UNFIT.search(text) is not None for text in texts], dtype=bool)
        if unfit.any():
            where = np.flatnonzero(unfit[codes])
            values = pd.Series([visible(texts[code]) for code in codes[where]], dtype="str")
            reason = "held a control or direction character or broken text, which was taken out"
            rejects.append(
                as_rejects(source, pd.Series(rows[where]), scope="cell", field=str(name), value=values, reason=reason)
            )
    found = pd.concat(rejects, ignore_index=True) if rejects else empty_frame(REJECT_COLUMNS)
    return pd.DataFrame(columns, columns=cells.columns, dtype="str"), found


def number_text(value: float | np.floating) -> str:
    """Return the shortest text that gives the number back, without an exponent: 12.0 is ``12``."""
    if np.isnan(value):
        return ""
    return np.format_float_positional(value, trim="-") if np.isfinite(value) else str(float(value))
