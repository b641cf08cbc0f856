"""Dates as people write them -> intervals with the precision that was given, and a reason for each that is none."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

import pandas as pd

from routegraph.records.vocabulary import text_key, through_distinct

EARLIEST_YEAR = 1900
_BUDDHIST = (2443, 2700)
_BUDDHIST_OFFSET = 543
_FURTHEST_AHEAD = timedelta(hours=14)
_LONGEST = 40
_MINUTES_A_DAY = 24 * 60
_MOST_AHEAD = 14 * 60

_ISO = re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_TIMED = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})[t ](\d{2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)? ?(z|utc|gmt|[+-]\d{2}(?::?\d{2})?)?"
)
_NUMERIC = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})")
_MONTH_YEAR = re.compile(r"(\d{1,2})[-/.](\d{4})")
_NAMED = re.compile(
    r"(?:(\d{1,2})(?:st|nd|rd|th)?[ -])?([a-z]{3,9})\.?(?:[ -](\d{1,2})(?:st|nd|rd|th)?,)?[ ,-]+(\d{4})"
)
_SEVERAL = re.compile(r"\d{4}\D.*\d{4}")

_MONTHS = {
    name.casefold(): number
    for names in (calendar.month_name, calendar.month_abbr, ["", *[""] * 8, "sept"])
    for number, name in enumerate(names)
    if name
}
_EXPECTED = "expected a date such as 2023, 2023-08 or 2023-08-21"

_Read = tuple[str, str, str, str, str]


class _NotADateError(Exception):
    """Why a text is no date; turned into a reason, never seen outside."""


def parse_dates(texts: pd.Series, *, today: date | None = None) -> pd.DataFrame:
    """Return what each text says about the day: ISO text, first and last day, precision, or why it is no date.

    Parameters
    ----------
    texts
        text as the file holds it; blank stays blank. ISO 8601 days, months and years; with time and zone (counted as
        the day in UTC; no zone means UTC); ``21/08/2023`` and ``08/21/2023`` where only one reading exists; English
        month names.
    today
        the last day that is not in the future; the latest day that has begun anywhere on Earth where not given.

    Returns
    -------
    date (ISO text as precise as given), date_from and date_to (datetime64[s], inclusive days, NaT where blank or
    rejected), date_precision (day, month, year or ``''``), reason (``''`` unless rejected), on the index of ``texts``.

    Notes
    -----
    Rejected rather than guessed: days that no calendar has, ``03/04/2023`` (two readings), two-digit years, years
    before 1900, the future, ranges, bare numbers such as spreadsheet serials (a reader that knows the workbook's
    calendar turns those into dates before they come here), and Buddhist-era years, since a file that mixes eras
    would otherwise be moved by 543 years in silence.

    Examples
    --------
    >>> parse_dates(pd.Series(["2023-08", "21 Aug 2023"]))["date"].tolist()
    ['2023-08', '2023-08-21']
    """
    last = today if today is not None else (datetime.now(tz=UTC) + _FURTHEST_AHEAD).date()

    def read(text: str) -> _Read:
        if not text.strip():
            return "", "", "", "", ""
        try:
            parts = _parts(text)
            return (*_interval(parts, last), "")
        except _NotADateError as why:
            return "", "", "", "", str(why)

    found = through_distinct(texts, read, ("date", "date_from", "date_to", "date_precision", "reason"))
    for side in ("date_from", "date_to"):
        found[side] = pd.to_datetime(found[side], format="%Y-%m-%d").astype("datetime64[s]")
    return found


def _parts(text: str) -> tuple[int, ...]:
    """Return (year), (year, month) or (year, month, day)."""
    word = text_key(text[: _LONGEST + 1])
    if len(text) > _LONGEST:
        raise _NotADateError(f"too long for a date; {_EXPECTED}")
    if found := _ISO.fullmatch(word) or _COMPACT.fullmatch(word):
        return tuple(int(part) for part in found.groups() if part)
    if found := _TIMED.fullmatch(word):
        return _timed(*found.groups())
    if found := _NUMERIC.fullmatch(word):
        return _day_and_month(int(found[1]), int(found[3]), int(found[4]))
    if found := _MONTH_YEAR.fullmatch(word):
        return int(found[2]), int(found[1])
    if (found := _NAMED.fullmatch(word)) and found[2] in _MONTHS and not (found[1] and found[3]):
        day = found[1] or found[3]
        return (int(found[4]), _MONTHS[found[2]], *([int(day)] if day else []))
    raise _NotADateError(_why_not(word))


def _timed(*groups: str | None) -> tuple[int, ...]:
    year, month, day, hour, minute, second = (int(group or 0) for group in groups[:6])
    _check_year(year)
    zone = groups[6] or "z"
    ahead = 0
    if zone[0] in "+-":
        digits = zone[1:].replace(":", "").ljust(4, "0")
        ahead = (int(digits[:2]) * 60 + int(digits[2:])) * (-1 if zone[0] == "-" else 1)
    if hour > 23 or minute > 59 or second > 60 or abs(ahead) > _MOST_AHEAD:
        raise _NotADateError(f"no such time or zone; {_EXPECTED}")
    _check_day(year, month, day)
    days = (hour * 60 + minute - ahead) // _MINUTES_A_DAY
    there = date(year, month, day) + timedelta(days=days)
    return there.year, there.month, there.day


def _day_and_month(first: int, second: int, year: int) -> tuple[int, ...]:
    if first > 12 >= second:
        return year, second, first
    if second > 12 >= first or first == second:
        return year, first, second
    if first > 12:
        raise _NotADateError(f"no such day: neither {first} nor {second} is a month")
    named = f"{first} {calendar.month_name[second]} or {second} {calendar.month_name[first]}"
    if 0 in (first, second):
        raise _NotADateError(f"no such day; {_EXPECTED}")
    raise _NotADateError(f"ambiguous: {named}; expected the order year-month-day")


def _why_not(word: str) -> str:
    if re.fullmatch(r"[\d.,]+", word):
        return f"a bare number, perhaps a spreadsheet's serial date; {_EXPECTED}"
    if _SEVERAL.search(word):
        return f"more than one date; {_EXPECTED}"
    if re.fullmatch(r"\d{1,2}[-/. ]\w{1,9}[-/. ]\d{2}", word):
        return "ambiguous: a year of two digits; expected four"
    return f"not a date; {_EXPECTED}"


def _check_year(year: int) -> None:
    if _BUDDHIST[0] <= year <= _BUDDHIST[1]:
        raise _NotADateError(f"looks like a Buddhist-era year: {year} is {year - _BUDDHIST_OFFSET}")
    if year < EARLIEST_YEAR:
        raise _NotADateError(f"year {year} is before {EARLIEST_YEAR}")


def _check_day(year: int, month: int = 1, day: int = 1) -> None:
    if not 1 <= month <= 12:
        raise _NotADateError(f"no such month: {month}")
    if not 1 <= day <= calendar.monthrange(year, month)[1]:
        raise _NotADateError(f"no such day: {calendar.month_name[month]} {year} has no day {day}")


@lru_cache(maxsize=100_000)
def _interval(parts: tuple[int, ...], last: date) -> tuple[str, str, str, str]:
    year, month, day = (*parts, 0, 0)[:3]
    _check_year(year)
    _check_day(year, *parts[1:])
    start = date(year, month or 1, day or 1)
    if start > last:
        raise _NotADateError("in the future")  # no day named: rejects must be the same bytes tomorrow
    if day:
        return start.isoformat(), start.isoformat(), start.isoformat(), "day"
    if month:
        end = date(year, month, calendar.monthrange(year, month)[1])
        return f"{year:04d}-{month:02d}", start.isoformat(), end.isoformat(), "month"
    return f"{year:04d}", start.isoformat(), date(year, 12, 31).isoformat(), "year"
