"""What a cell of a workbook can hold, and how columns of numbers are shown in one."""

from __future__ import annotations

import math
from datetime import date

from routegraph.briefing.units import Meaning
from routegraph.render.case_days import day_span
from routegraph.render.plain_text import for_xml, visible

MOST_CHARACTERS = 32_767
"""Of a cell, in UTF-16 units: Excel's own limit."""

# Wide ranges in one column: decimals only where they matter. Excel takes two conditions and a rest.
_FLOW = "[>=100]#,##0;[>=10]#,##0.0;0.00#"
_FORMATS = {
    "lat": "0.00000",
    "lon": "0.00000",
    "distance_km": "#,##0",
    "surprise": "+0.00;-0.00;0.00",
    "mean": "General",
    "p05": "General",
    "p95": "General",
    "community": "0",
    "row": "0",
    "step": "0",
}


def number_format(column: str, meant: Meaning) -> str:
    """Return how numbers of a column are shown; what the cell holds is the number itself."""
    if column in _FORMATS:
        return _FORMATS[column]
    if column.startswith("rank"):
        return "0"
    if meant.unit.startswith(("probability", "share", "0-1")):
        return "0.0000" if column.startswith(("detection", "pagerank", "betweenness")) else "0.000"
    return _FLOW if column.startswith(("flow", "throughflow", "expected")) else "#,##0"


def shown(text: str) -> str:
    """Return text as a workbook's XML can hold it, with controls and direction overrides made visible.

    xlsxwriter takes text from ``<r>`` to ``</r>`` for a rich string and writes it as XML, unescaped: a blank at its
    end keeps it text.
    """
    held = for_xml(visible(text))
    return f"{held} " if held.startswith("<r>") and held.endswith("</r>") else held


def fitted(text: str, *, rest: str) -> str:
    """Return text cut to what a cell can hold; the end then says how long it is and where all of it stands."""
    units = len(text.encode("utf-16-le")) // 2
    if units <= MOST_CHARACTERS:
        return text
    note = f" … [cut here: {len(text):,} characters in all, {rest}]"
    room = MOST_CHARACTERS - len(note)
    kept = text.encode("utf-16-le")[: 2 * room].decode("utf-16-le", "ignore")
    return kept + note


def number_of(value: object) -> float | int | None:
    """Return a cell's number; None where it is missing. Endless numbers are no numbers to Excel: see ``endless``."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if isinstance(value, int) or math.isfinite(value) else None


def endless(value: object) -> str:
    """Return ``unbounded`` for a number without end, which no cell can hold as a number; '' for anything else."""
    return "unbounded" if isinstance(value, float) and math.isinf(value) else ""


def whole_day(text: str) -> date | None:
    """Return the date of ``2023-08-21`` where a workbook can count to it; None for a month, a year or anything else."""
    span = day_span(text)
    if span is None or span[0] != span[1] or len(text) != 10 or span[0] < date(1900, 3, 1):
        return None
    return span[0]
