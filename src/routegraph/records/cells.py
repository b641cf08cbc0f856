"""Checks of single columns, whole columns at a time: numbers, counts, positions."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from routegraph.records.schema import REJECT_COLUMNS, as_rejects, gather

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?")
_COMMA = re.compile(r"[+-]?\d{1,3},\d+")
_ANGLE = re.compile(r"[°º'’′\"″]|^[NSEW]\b|\d\s*[NSEW]$", re.IGNORECASE)
MOST_EVENTS = 10**12


@dataclass
class Pile:
    """Cells and rows set aside while a table is checked; ``lines`` holds each row's file and row number."""

    lines: pd.DataFrame
    parts: list[pd.DataFrame] = field(default_factory=list)

    def cells(self, name: str, values: pd.Series, reasons: pd.Series) -> None:
        """Set aside every cell that has a reason."""
        self._add("cell", name, values, reasons)

    def rows(self, name: str, values: pd.Series, reasons: pd.Series) -> None:
        """Set aside every row that has a reason, whole."""
        self._add("row", name, values, reasons)

    def _add(self, scope: str, name: str, values: pd.Series, reasons: pd.Series) -> None:
        hit = (reasons != "").to_numpy()
        if hit.any():
            at = self.lines[hit]
            part = as_rejects(at["file"], at["row"], scope=scope, field=name, value=values[hit], reason=reasons[hit])
            self.parts.append(part)

    def table(self) -> pd.DataFrame:
        """Return everything set aside so far."""
        return gather(self.parts, REJECT_COLUMNS)


def said(hit: pd.Series, text: str, otherwise: str = "") -> pd.Series:
    """Return a text column: ``text`` where ``hit``, ``otherwise`` elsewhere."""
    both = pd.array([otherwise, text], dtype="str")
    return pd.Series(both.take(hit.to_numpy().astype("int64")), index=hit.index, dtype="str")


def through(texts: pd.Series, answers: dict[str, tuple[float, str]]) -> tuple[pd.Series, pd.Series]:
    """Spread answers given once per distinct text over the column: numbers and reasons."""
    codes, distinct = pd.factorize(texts)
    found = [answers[str(text)] for text in distinct]
    numbers = np.array([number for number, _ in found], dtype=float)
    reasons = pd.Series([reason for _, reason in found], dtype="str")
    return (
        pd.Series(numbers[codes] if found else numbers, index=texts.index, dtype=float),
        pd.Series(reasons.array.take(codes), index=texts.index, dtype="str"),
    )


def numbers(texts: pd.Series, *, least: float = 0.0) -> tuple[pd.Series, pd.Series]:
    """Return the numbers that texts hold (NaN where none) and the reason where one is no number from ``least`` up."""
    return through(texts, {str(text): _number(str(text), least) for text in texts.unique()})


def _number(text: str, least: float) -> tuple[float, str]:
    if not text:
        return np.nan, ""
    if not _NUMBER.fullmatch(text):
        return np.nan, "not a plain number such as 1250.5"
    value = float(text)
    if not np.isfinite(value):
        return np.nan, "too large to be a number"
    return (value, "") if value >= least else (np.nan, f"below {least:g}")


def counts(texts: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Return whole numbers of events (1 where blank) and the reason where a text is none.

    Zero is a reported zero. A row whose count cannot be read has no meaning without it: assuming one event would be
    a guess, so the caller sets the row aside.
    """
    values, reasons = numbers(texts)
    whole = values.isna() | ((values % 1 == 0) & (values <= MOST_EVENTS))
    reasons = reasons.where(whole | (reasons != ""), "not a whole number of events")
    return values.where(texts != "", 1.0), reasons


def positions(lats: pd.Series, lons: pd.Series) -> tuple[pd.DataFrame, pd.Series]:
    """Return positions in decimal degrees and the reason where a pair of texts is none; both or neither.

    A decimal comma is taken where it can be nothing else (``13,75``); degrees and minutes are not converted, since
    half of such texts in the wild are typed wrong.
    """
    lat, lat_reason = through(lats, {str(text): _degrees(str(text)) for text in lats.unique()})
    lon, lon_reason = through(lons, {str(text): _degrees(str(text)) for text in lons.unique()})
    reasons = lat_reason.where(lat_reason != "", lon_reason)
    one_alone = (lats == "") != (lons == "")
    swapped = (lat.abs() > 90) & (lat.abs() <= 180) & (lon.abs() <= 90)
    outside = (lat.abs() > 90) | (lon.abs() > 180)
    for hit, reason in (
        (one_alone, "latitude and longitude come together or not at all"),
        (swapped, "latitude out of range; latitude and longitude appear swapped"),
        (outside, "out of range; latitude is -90 to 90, longitude -180 to 180"),
        ((lat == 0) & (lon == 0), "0, 0 lies in the open Atlantic and stands for an unknown position"),
    ):
        reasons = reasons.where((reasons != "") | ~hit, reason)
    good = (reasons == "") & (lats != "")
    return pd.DataFrame({"lat": lat.where(good), "lon": lon.where(good)}), reasons


def _degrees(text: str) -> tuple[float, str]:
    if not text:
        return np.nan, ""
    if _NUMBER.fullmatch(text):
        return float(text), "" if np.isfinite(float(text)) else "not a position"
    if _COMMA.fullmatch(text):
        return float(text.replace(",", ".")), ""
    if _ANGLE.search(text):
        return np.nan, "degrees and minutes; give decimal degrees such as 16.7102"
    return np.nan, "not decimal degrees such as 16.7102"
