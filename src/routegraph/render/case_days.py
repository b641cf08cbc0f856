"""The first and last day that the records of a case cover, for formats that want dates and not words."""

from __future__ import annotations

import calendar
import re
from datetime import date

import pandas as pd

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


def day_span(text: str) -> tuple[date, date] | None:
    """Return the first and last day of ``2023``, ``2023-08`` or ``2023-08-21``; None for anything else."""
    found = _DATE.fullmatch(text)
    if not found:
        return None
    year, month, day = (int(part) if part else None for part in found.groups())
    try:
        first = date(year or 0, month or 1, day or 1)
    except ValueError:
        return None
    last_month = month or 12
    return first, date(first.year, last_month, day or calendar.monthrange(first.year, last_month)[1])


def last_begun(records: pd.DataFrame) -> date | None:
    """Return the last day on which a dated record begins, which lies in no future; None where none is dated.

    A record of a year begins on its first day, while that year may not be over.
    """
    return max(
        (span[0] for text in dict.fromkeys(records["date"].astype(str)) if (span := day_span(text))), default=None
    )


def case_days(records: pd.DataFrame) -> tuple[date, date] | None:
    """Return the first and last day that dated records cover; None where none is dated.

    A record of a year or a month covers all of it, so that the span is never narrower than what was reported.
    """
    spans = [span for text in dict.fromkeys(records["date"].astype(str)) if (span := day_span(text))]
    return (min(first for first, _ in spans), max(last for _, last in spans)) if spans else None
