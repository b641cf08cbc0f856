"""Columns as the map's page carries them: packed numbers, dictionaries of repeated words, and one safe JSON text."""

from __future__ import annotations

import base64
import json
import zlib
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from routegraph.render.plain_text import visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike

TEXT_LIMIT = 600
"""Longest text that the page carries for one cell; the CSV files hold the rest."""
LONG_TEXT_LIMIT = 6000
"""The same for reasons, lists of record ids, caveats and sources."""
COMPRESS_FROM = 200_000
"""Columns of at least this many bytes are deflated: small maps then open in older browsers too."""
CODES = {"float32": "f4", "uint8": "u1", "uint16": "u2", "uint32": "u4", "int32": "i4"}


def json_island(payload: Mapping[str, object]) -> str:
    """Return JSON that cannot leave a ``<script type="application/json">`` block, whatever text it holds.

    Parameters
    ----------
    payload
        Plain lists, mappings, text and finite numbers.

    Returns
    -------
    str
        ASCII; ``&``, ``<``, ``>`` and the two Unicode line ends are written as escapes.

    Raises
    ------
    ValueError
        Where a number is not finite: a product never shows NaN.
    """
    text = json.dumps(payload, allow_nan=False, ensure_ascii=True, separators=(",", ":"))
    # U+2028 and U+2029 are already escapes, being beyond ASCII.
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def packed(values: ArrayLike) -> dict[str, object]:
    """Return a numeric column as base64 of its little-endian bytes, with its type.

    Whole numbers take the narrowest unsigned type that holds them; all others are float32, where NaN stays NaN.
    """
    column = _narrow(np.asarray(values))
    raw = column.astype(column.dtype.newbyteorder("<"), copy=False).tobytes()
    deflated = len(raw) >= COMPRESS_FROM
    content = _deflate(raw) if deflated else raw
    return {
        "type": CODES[column.dtype.name],
        "deflated": deflated,
        "data": base64.b64encode(content).decode("ascii"),
    }


def _deflate(raw: bytes) -> bytes:
    squeeze = zlib.compressobj(6, zlib.DEFLATED, -15)
    return squeeze.compress(raw) + squeeze.flush()


def _narrow(values: np.ndarray) -> np.ndarray:
    if values.dtype.kind == "b":
        return values.astype(np.uint8)
    numbers = values.astype(np.float64)
    whole = bool(np.all(np.isfinite(numbers)) and np.all(numbers == np.floor(numbers)))
    if not whole or not len(numbers):
        return numbers.astype(np.float32)
    low, high = numbers.min(), numbers.max()
    if low < 0:
        return numbers.astype(np.int32 if low >= -(2**31) and high < 2**31 else np.float32)
    for kind in (np.uint8, np.uint16, np.uint32):
        if high <= np.iinfo(kind).max:
            return numbers.astype(kind)
    return numbers.astype(np.float32)


def words(values: pd.Series) -> dict[str, object]:
    """Return a text column as its distinct words, sorted, and a packed code for each row."""
    found, distinct = pd.factorize(values.astype("object").where(values.notna(), ""))
    wording = [str(word) for word in distinct]
    order = sorted(range(len(wording)), key=wording.__getitem__)
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    return {"words": [clipped(wording[at]) for at in order], "codes": packed(place[found])}


def texts(values: pd.Series, limit: int = TEXT_LIMIT) -> list[str]:
    """Return a text column as a list, blank for missing, each cell clipped to what a panel can show."""
    return [clipped(value, limit) for value in values.astype("object").where(values.notna(), "").map(str)]


def clipped(text: str, limit: int = TEXT_LIMIT) -> str:
    """Return the text as a panel can show it: cut with an ellipsis, marks that turn its direction made visible.

    A name that reads backwards on the page would be another name than the record holds.
    """
    shown = visible(text[:limit])
    return shown if len(text) <= limit else shown[: limit - 1] + "\u2026"


def numeric(frame: pd.DataFrame, column: str) -> np.ndarray:
    """Return a column as float64, infinite values as NaN, NaN throughout where the table lacks it or it is blank."""
    if column not in frame.columns:
        return np.full(len(frame), np.nan)
    values = pd.to_numeric(frame[column], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isfinite(values), values, np.nan)


def numbers(frame: pd.DataFrame, columns: Sequence[str]) -> dict[str, object]:
    """Return the named columns packed, leaving out those that are empty from end to end (not estimated)."""
    found = {column: numeric(frame, column) for column in columns}
    return {column: packed(values) for column, values in found.items() if not np.isnan(values).all()}
