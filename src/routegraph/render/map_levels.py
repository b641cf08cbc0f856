"""Where the data cannot tell how many consignments there are, the page holds shares of the largest and no level."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from routegraph.render.map_pack import numeric

if TYPE_CHECKING:
    import pandas as pd

    from routegraph.briefing.product import Briefing

_FLOW = {"corridors": "flow", "legs": "flow", "flows": "flow", "places": "throughflow"}


def without_levels(briefing: Briefing) -> Briefing:
    """Return the briefing with flow, and the ends of its interval, as percentages of the largest flow of their table.

    Ranks, shares, widths and fading on the map are what they were; a number of consignments is nowhere in the page.
    Flow by period is a percentage of the leg that is largest over the whole time. A briefing whose levels are told
    comes back as it is.
    """
    if briefing.levels_told:
        return briefing
    tables = dict(briefing.tables)
    for name, measure in _FLOW.items():
        if name in tables:
            whole = tables["legs" if name == "flows" else name]
            tables[name] = _shares(tables[name], measure, largest=_largest(whole, f"{measure}_mean"))
    tables["legs"] = tables["legs"].drop(columns=["expected"], errors="ignore")
    return replace(briefing, tables=tables)


def _largest(table: pd.DataFrame, column: str) -> float:
    values = numeric(table, column)
    return float(np.nanmax(values)) if len(values) and not np.isnan(values).all() else 0.0


def _shares(table: pd.DataFrame, measure: str, *, largest: float) -> pd.DataFrame:
    columns = [column for column in (f"{measure}_{part}" for part in ("mean", "p05", "p95")) if column in table.columns]
    shares = {column: np.round(100 * numeric(table, column) / largest, 6) for column in columns if largest > 0}
    return table.assign(**shares)
