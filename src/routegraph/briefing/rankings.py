"""Two rankings side by side: by estimated flow and by reported counts, and how far each leg and corridor moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from routegraph.briefing.leg_reasons import count_ranks
from routegraph.corridors.ways import Ways
from routegraph.flows.posterior import interval, top_size

if TYPE_CHECKING:
    from routegraph.corridors import Corridor
    from routegraph.flows.posterior import FlowPosterior
    from routegraph.network.graph import RouteGraph

FIRST = 12
"""How many of either ranking are set side by side."""

_ENDS = ["origin", "destination"]
_COLUMNS = ("flow_mean", "flow_p05", "flow_p95", "flow_rank", "counted", "count_rank", "tied", "moved")


@dataclass(frozen=True)
class Rankings:
    """What the correction changed.

    Attributes
    ----------
    legs
        The first of either ranking, by flow rank and then count rank: origin, destination, flow_mean, flow_p05,
        flow_p95, flow_rank (NaN where the leg is in the reported network only), counted, count_rank (NaN where nothing
        reported travelled it), tied, moved (count_rank - flow_rank: above 0 where flow ranks it higher).
    corridors
        All flagged corridors, by flow rank: corridor_id, path, and the same columns.
    n_legs, n_counted
        Legs of the network, and steps that records say were travelled: many leave out places in between, so that there
        may be more steps than legs.
    top, kept
        Size of the top, and how many of the top by counts are in the top by flow.
    """

    legs: pd.DataFrame
    corridors: pd.DataFrame
    n_legs: int
    n_counted: int
    top: int
    kept: int


def compare_rankings(
    graph: RouteGraph, posterior: FlowPosterior, *, reported: RouteGraph | None, corridors: Sequence[Corridor]
) -> Rankings | None:
    """Return both rankings; None under an estimator that is itself counts: there is nothing to compare."""
    if not posterior.detection_corrected:
        return None
    network = graph if reported is None else reported
    flow = interval(posterior.legs, name="flow").set_index(graph.legs.index)
    flow["flow_rank"] = flow["flow_mean"].rank(method="min", ascending=False)
    counts = count_ranks(network.legs["seizures"])
    counts = counts.loc[counts["counted"] > 0]
    both = flow.join(counts, how="outer").rename_axis(_ENDS).reset_index()
    both = _moved(both, by=_ENDS)
    first = both.loc[(both["flow_rank"] <= FIRST) | (both["count_rank"] <= FIRST)]
    # Of many equal counts at the edge of the first ones, those that flow ranks highest are shown.
    first = pd.concat([first.loc[first["flow_rank"] <= FIRST], _first_counted(first)]).drop_duplicates(_ENDS)
    top = min(top_size(len(graph.legs)), len(counts))
    by_count = both.loc[both["count_rank"].notna()].sort_values(["count_rank", "flow_rank", *_ENDS]).iloc[:top]
    return Rankings(
        legs=_ordered(first, by=_ENDS)[[*_ENDS, *_COLUMNS]],
        corridors=_corridors(corridors, network),
        n_legs=len(graph.legs),
        n_counted=len(counts),
        top=top,
        kept=int((by_count["flow_rank"] <= top).sum()),
    )


def _first_counted(table: pd.DataFrame) -> pd.DataFrame:
    ranked = table.loc[table["count_rank"].notna()].sort_values(["count_rank", "flow_rank", *_ENDS])
    return ranked.iloc[:FIRST]


def _corridors(corridors: Sequence[Corridor], network: RouteGraph) -> pd.DataFrame:
    """Rank the flagged corridors by flow, and by the reported events on routes that carry the same chain of places."""
    ways = Ways.of(network)
    events = network.routes["seizures"].to_numpy()
    rows = [
        (one.corridor_id, " > ".join(one.path), one.flow_mean, one.flow_p05, one.flow_p95,
         float(events[ways.routes_of(one.path, core=one.core)].sum()))
        for one in corridors
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["corridor_id", "path", "flow_mean", "flow_p05", "flow_p95", "counted"])
    table["flow_rank"] = table["flow_mean"].rank(method="min", ascending=False)
    counts = count_ranks(table["counted"])
    table["count_rank"], table["tied"] = counts["count_rank"], counts["tied"]
    return _ordered(_moved(table, by=["path"]), by=["path"])[["corridor_id", "path", *_COLUMNS]]


def _moved(table: pd.DataFrame, *, by: list[str]) -> pd.DataFrame:
    return table.assign(
        moved=table["count_rank"] - table["flow_rank"],
        counted=table["counted"].fillna(0.0),
        tied=table["tied"].eq(1),
    ).sort_values(by, ignore_index=True)


def _ordered(table: pd.DataFrame, *, by: list[str]) -> pd.DataFrame:
    missing_last = table.assign(_a=table["flow_rank"].fillna(np.inf), _b=table["count_rank"].fillna(np.inf))
    return missing_last.sort_values(["_a", "_b", *by], ignore_index=True).drop(columns=["_a", "_b"])
