"""Flow by period: each leg's draws divided over the periods in which its events fell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from routegraph.flows.candidates import travelled_legs
from routegraph.flows.posterior import Draws, PeriodDraws, interval

if TYPE_CHECKING:
    from routegraph.network import RouteGraph

ROWS_AT_ONCE = 20_000
COLUMNS = ["period", "origin", "destination", "flow_mean", "flow_p05", "flow_p95", "seizures"]


def flows_by_period(graph: RouteGraph, legs: Draws, *, rng: np.random.Generator) -> tuple[pd.DataFrame, PeriodDraws]:
    """Return flow per leg and period, so that the means of a leg add up to the leg's mean, and its draws.

    Shares of the periods are Dirichlet over the events that travelled the leg in each, drawn once for each draw of the
    leg. A period without events on a leg has no row there; '' is the period of events whose date is not known to the
    year. Legs that nothing travelled have no rows.

    Parameters
    ----------
    graph
        Routes with their events by period.
    legs
        Draws x legs, aligned to ``graph.legs``.
    rng
        Where the shares are drawn.

    Returns
    -------
    pandas.DataFrame, PeriodDraws
        period, origin, destination, flow_mean, flow_p05, flow_p95, seizures, sorted by the first three; and the draws
        of all but what is of unknown date.
    """
    table = _events(graph, legs)
    names = sorted(set(table["period"]) - {""})
    drawn = PeriodDraws.empty(tuple(names), draws=len(legs), legs=legs.shape[1])
    pieces = []
    starts = table.index[table["leg"] != table["leg"].shift()].to_numpy()
    for first in range(0, len(starts), ROWS_AT_ONCE):
        begin = starts[first]
        end = starts[first + ROWS_AT_ONCE] if first + ROWS_AT_ONCE < len(starts) else len(table)
        rows = table.iloc[begin:end]
        number = (rows["leg"] != rows["leg"].shift()).cumsum().to_numpy() - 1
        parts = rng.standard_gamma(rows["seizures"].to_numpy(np.float64)[:, None], size=(len(rows), len(legs)))
        whole = np.add.reduceat(parts, starts[first : first + ROWS_AT_ONCE] - begin, axis=0)
        flow = (parts / whole[number] * legs[:, rows["leg"].to_numpy()].T).T
        pieces.append(interval(flow, name="flow"))
        dated = (rows["period"] != "").to_numpy()
        at = pd.Index(names).get_indexer(pd.Index(rows["period"][dated]))
        drawn.legs[:, rows["leg"].to_numpy()[dated], at] = flow[drawn.draw][:, dated]
    table["seizures"] = table["seizures"].mask(table["bare"], 0)
    flows = pd.concat(pieces, ignore_index=True) if pieces else interval(legs[:, :0], name="flow")
    ends = graph.legs.index[table["leg"]].to_frame(index=False)
    out = pd.concat([table[["period", "seizures"]], ends, flows], axis=1)[COLUMNS]
    return out.sort_values(COLUMNS[:3], ignore_index=True), drawn


def _events(graph: RouteGraph, legs: Draws) -> pd.DataFrame:
    """Return leg (position), period, seizures; a leg that moved without any dated event has one row of period ''."""
    travelled = travelled_legs(graph)
    events = travelled.merge(graph.periods, on="route").groupby(["leg", "period"])["seizures"].sum()
    table = events[events > 0].reset_index()
    moved = pd.Index(np.unique(travelled["leg"])).difference(pd.Index(table["leg"]))
    moved = moved[legs[:, moved].any(axis=0)] if len(moved) else moved
    bare = pd.DataFrame({"leg": moved.astype(np.int64), "period": "", "seizures": 1, "bare": True})
    table = pd.concat([table.assign(bare=False), bare], ignore_index=True)
    table["period"] = table["period"].astype("str")
    return table.sort_values(["leg", "period"], ignore_index=True)
