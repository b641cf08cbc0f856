"""Amounts and units as people write them -> numbers in one canonical unit a kind, kinds never mixed.

Units stand in ``data/units.csv`` (text, unit, factor, kind): one more spelling is one more row there.
"""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from routegraph.records.vocabulary import LONGEST, filled, table, text_key

_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?")
_GROUPED = re.compile(  # groups of three behind one sort of separator, or the Indian two-two-three
    r"[+-]?(?:[1-9]\d{0,2}(?P<by>[,' ])\d{3}(?:(?P=by)\d{3})*(?:\.\d+)?|[1-9]\d?(?:,\d{2})+,\d{3}(?:\.\d+)?)"
)
_DOTTED = re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+,\d+|[+-]?\d{1,3}(?:\.\d{3}){2,}")
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
_EITHER_WAY = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
_LEADING = re.compile(r"([+-]?[\d.,' ]*\d\.?(?:e[+-]?\d+)?) ?([^\d\s.,'].*)")
_RANGE = re.compile(r"[\d.,]+\s*[^\s\d]*\s*(?:-|to|\.\.|/)\s*[\d.,]+.*")
_ABOUT = r"[~≈><≥≤±]|about|approx|approximately|ca\.?|circa|around|over|under|more than|less than"
_ESTIMATE = re.compile(rf"(?:{_ABOUT})\s*\d.*|\d.*(?:±|\+/-|\+$).*")
_EXPECTED = "expected a number and a unit such as '12 kg'"


class _NotANumberError(Exception):
    """Why a text is no number; turned into a reason, never seen outside."""


@cache
def _units() -> dict[str, tuple[str, float]]:
    return {text_key(row["text"]): (row["unit"], float(row["factor"])) for row in table("units")}


def units() -> pd.DataFrame:
    """Return the declared units: text as written, canonical unit, factor to it, kind (mass, volume, count, ...)."""
    frame = pd.DataFrame(list(table("units")), dtype="str")
    return frame.assign(factor=frame["factor"].astype(float))


def parse_quantities(amounts: pd.Series, units: pd.Series) -> pd.DataFrame:
    """Return each amount as a number in the canonical unit of its kind, or why it is none.

    Parameters
    ----------
    amounts
        text as the file holds it, with or without a unit behind the number (``12 kg``); blank stays blank.
    units
        text of the unit's own column, on the same index; blank where the layout has none.

    Returns
    -------
    quantity (float64 >= 0, in the canonical unit; NaN where blank or rejected), unit (canonical; ``''`` where there is
    no quantity, or a number whose unit nobody stated) and reason (``''`` unless rejected), on the index of ``amounts``.

    Notes
    -----
    A number without a unit is kept with unit ``''``, belongs to no kind and is never added. Rejected rather than
    guessed: words, ranges, estimates, negative and non-finite numbers, ``1,200`` (1200 or 1.2), unknown units, and a
    cell whose own unit contradicts the unit column. ``1.200`` is 1.2, as a decimal point is what the contract asks for.
    Conversion is one multiplication by the declared factor. ``ton`` counts as the metric tonne.

    Examples
    --------
    >>> parse_quantities(pd.Series(["12 kg", "250"]), pd.Series(["", "Gram"]))["quantity"].tolist()
    [12.0, 0.25]
    """
    cells, at_amount = _distinct(amounts)
    words, at_unit = _distinct(units)
    numbers = [_read_amount(text) for text in cells]
    known = [_read_unit(text) for text in words]
    pairs, distinct = pd.factorize(at_amount * np.int64(len(words) or 1) + at_unit)
    combined = [_combine(*numbers[pair // len(words)], *known[pair % len(words)]) for pair in distinct.tolist()]
    quantity = np.array([number for number, _, _ in combined], dtype=np.float64)
    text = {
        name: pd.Series([answer[place] for answer in combined], dtype="str").take(pairs).to_numpy()
        for place, name in ((1, "unit"), (2, "reason"))
    }
    return pd.DataFrame({"quantity": quantity[pairs], **text}, index=amounts.index)


def _distinct(texts: pd.Series) -> tuple[list[str], npt.NDArray[np.int64]]:
    codes, distinct = pd.factorize(filled(texts), use_na_sentinel=False)
    return [str(text) for text in distinct], codes.astype(np.int64)


def _read_unit(text: str) -> tuple[str, str]:
    """Return the unit as the table of units knows it, or why it does not."""
    word = text_key(text[:LONGEST])
    if not word or (word in _units() and len(text) <= LONGEST):
        return word, ""
    return "", f"unknown unit {word[:40]!r}; expected one such as kg, g, litre, piece, round, tablet"


def _read_amount(text: str) -> tuple[float, str, str]:
    """Return the number, the unit that stands behind it in the same cell, and why there is none."""
    word = text_key(text[:LONGEST])
    if not word:
        return np.nan, "", ""
    if len(text) > LONGEST:
        return np.nan, "", f"too long for a number; {_EXPECTED}"
    try:
        found = None if _number_form(word) else _LEADING.fullmatch(word)
        if found is None:
            return _number(word), "", ""
        unit, why = _read_unit(found[2])
        return _number(found[1].strip()), unit, _why_no_number(word) or why
    except _NotANumberError as why_not:
        return np.nan, "", str(why_not)


def _number_form(word: str) -> bool:
    return any(form.fullmatch(word) for form in (_PLAIN, _GROUPED, _DOTTED, _DECIMAL_COMMA))


def _number(word: str) -> float:
    if _EITHER_WAY.fullmatch(word):
        raise _NotANumberError(f"ambiguous: {word.replace(',', '')} or {word.replace(',', '.')}; {_EXPECTED}")
    if _PLAIN.fullmatch(word):
        plain = word
    elif _GROUPED.fullmatch(word):
        plain = re.sub("[,' ]", "", word)
    elif _DOTTED.fullmatch(word):
        plain = word.replace(".", "").replace(",", ".")
    elif _DECIMAL_COMMA.fullmatch(word):
        plain = word.replace(",", ".")
    else:
        raise _NotANumberError(_why_no_number(word) or f"not a number; {_EXPECTED}")
    value = float(plain)
    if value < 0:
        raise _NotANumberError("below zero; expected a number of 0 or more")
    if not np.isfinite(value):
        raise _NotANumberError(f"too large for a number; {_EXPECTED}")
    return value + 0.0  # -0 becomes 0


def _why_no_number(word: str) -> str:
    if _RANGE.fullmatch(word):
        return f"more than one number; {_EXPECTED}"
    return f"an estimate or a bound; {_EXPECTED}" if _ESTIMATE.fullmatch(word) else ""


def _combine(number: float, inside: str, why_number: str, beside: str, why_unit: str) -> tuple[float, str, str]:
    """Put an amount and the unit column together."""
    if why_number or (why_unit and not inside):
        return np.nan, "", why_number or why_unit
    if np.isnan(number):
        return np.nan, "", ""
    unit, factor = _units()[inside or beside] if inside or beside else ("", 1.0)
    if inside and beside and _units()[beside][0] and _units()[beside] != (unit, factor):
        return np.nan, "", f"the amount says {inside!r}, the unit column {beside!r}; expected one unit"
    converted = number if factor == 1 else number * factor
    if not np.isfinite(converted):
        return np.nan, "", f"too large for a number; {_EXPECTED}"
    return converted, unit, ""
