"""One plain sentence per leg: its flow, what counts said, and why the two differ."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from routegraph.briefing.along import along_legs
from routegraph.briefing.words import about, count_of, in_hundred, listing, ordinal, percent
from routegraph.flows.posterior import interval

if TYPE_CHECKING:
    from routegraph.flows.posterior import FlowPosterior
    from routegraph.network.graph import RouteGraph

APART, FEWEST_APART = 1.5, 3
"""Two ranks differ when the larger is this many times the smaller, and at least so many ranks away."""

UNUSUAL = 1.5
"""Detection along a leg explains its rank when it is this many times what is usual, or the usual this many times it."""

SILENT = 0.5
"""Reporting explains a low count when at most this share of what is seized along the leg is reported."""

FILLED = 0.25
"""Completed routes explain a low count when at least this share of the flow is on routes that do not name the leg."""

FEW = 5
"""Counts below this are said to be few."""

NO_RECORD = "no record names this leg: what is counted on it is inferred from routes"
NO_LEVEL = "level insufficient: these data cannot tell how many"


def leg_standings(graph: RouteGraph, posterior: FlowPosterior, *, reported: RouteGraph | None) -> pd.DataFrame:
    """Return how each leg stands by estimated flow and by reported counts, indexed as ``graph.legs``.

    Returns
    -------
    pandas.DataFrame
        flow_mean, flow_p05, flow_p95; flow_rank (1 is the busiest; equals share the better rank); share of all flow
        over legs; counted (reported seizures that travelled it, in the network as reported); count_rank among the
        reported legs, NaN where nothing was counted; tied (whether another leg has the same count); usual_counted
        (reported seizures per estimated consignment over all legs); named (whether a record names it); and
        the columns of :func:`routegraph.briefing.along.along_legs`.
    """
    network = graph if reported is None else reported
    table = interval(posterior.legs, name="flow").set_index(graph.legs.index)
    table["flow_rank"] = table["flow_mean"].rank(method="min", ascending=False)
    total = float(np.sort(table["flow_mean"]).sum())
    table["share"] = table["flow_mean"] / total if total > 0 else 0.0
    counts = count_ranks(network.legs["seizures"])
    counts = counts.reindex(graph.legs.index)
    table["counted"] = counts["counted"].fillna(0.0)
    table["count_rank"], table["tied"] = counts["count_rank"], counts["tied"].eq(1)
    table["usual_counted"] = float(table["counted"].sum()) / total if total > 0 else 0.0
    table["named"] = graph.legs["n_records"].to_numpy() > 0
    return pd.concat([table, along_legs(graph, posterior)], axis=1)


def count_ranks(seizures: pd.Series) -> pd.DataFrame:
    """Return counted, count_rank (NaN where 0) and tied of a series of reported seizures."""
    counted = seizures.astype(np.float64)
    rank = counted.where(counted > 0).rank(method="min", ascending=False)
    tied = counted.duplicated(keep=False) & (counted > 0)
    return pd.DataFrame({"counted": counted, "count_rank": rank, "tied": tied})


def leg_sentences(graph: RouteGraph, posterior: FlowPosterior, *, reported: RouteGraph | None) -> pd.Series:
    """Return the sentence of each leg, indexed as ``graph.legs``; empty where detection was not corrected for."""
    if not posterior.detection_corrected:
        return pd.Series("", index=graph.legs.index, dtype="str")
    table = leg_standings(graph, posterior, reported=reported)
    usual = usual_ahead(table)
    rows = table.to_dict("records")
    said = [leg_sentence(row, legs=len(rows), usual=usual, levels_told=posterior.levels_told) for row in rows]
    return pd.Series(said, index=graph.legs.index, dtype="str")


def usual_ahead(table: pd.DataFrame) -> float:
    """Return the chance of being seized ahead on the leg of the average consignment; NaN where detection is unknown."""
    known = table["ahead"].notna() & (table["flow_mean"] > 0)
    flow = table.loc[known, "flow_mean"]
    return float((table.loc[known, "ahead"] * flow).sum() / flow.sum()) if known.any() else math.nan


def leg_sentence(row: Mapping[Hashable, float], *, legs: int, usual: float, levels_told: bool) -> str:
    """Return one sentence from the numbers of one leg (see :func:`leg_standings`).

    Parameters
    ----------
    row
        Numbers of the leg.
    legs
        Legs of the network.
    usual
        Chance of being seized ahead on the leg of the average consignment.
    levels_told
        False leaves every number of consignments out: rank and share only.

    Notes
    -----
    Reasons, each from a number and a declared threshold: where flow ranks it higher, little of what is seized along it
    is reported (``SILENT``), little is seized along it (``UNUSUAL``), or its routes are reported without naming it
    (``FILLED``); where counts rank it higher, much is seized along it. Several may be given, never more than hold.
    """
    standing = f"{ordinal(int(row['flow_rank']))} of {count_of(legs, 'leg')}"
    if levels_told:
        bounds = f"90 % interval {about(row['flow_p05'])} to {about(row['flow_p95'])}"
        first = f"Estimated {about(row['flow_mean'])} consignments ({bounds}), {standing}"
    else:
        share = percent(row["share"]) if row["share"] >= 0.01 else f"{100 * row['share']:.1g}\u00a0%"
        first = f"By estimated flow {standing} ({share} of all movement over legs; {NO_LEVEL})"
    return f"{first}; {_counted(row)}{_why(row, usual=usual, levels_told=levels_told)}."


def _counted(row: Mapping[Hashable, float]) -> str:
    if not row["named"]:
        return NO_RECORD
    if math.isnan(row["count_rank"]):
        return "no reported seizure had travelled it"
    rank = f"{'joint ' if row['tied'] else ''}{ordinal(int(row['count_rank']))}"
    if row["counted"] == 1:
        return f"1 seizure whose record names it puts it {rank}"
    return f"{int(row['counted']):,} seizures whose records name it put it {rank}"


def _why(row: Mapping[Hashable, float], *, usual: float, levels_told: bool) -> str:
    """Return the reasons, after a colon, or that the rankings are alike."""
    flow, counted = row["flow_rank"], row["count_rank"]
    if not math.isnan(counted) and not _differ(flow, counted):
        return ", and the two rankings are much alike"
    higher = math.isnan(counted) or counted > flow
    found = (
        _higher(row, usual=usual, levels_told=levels_told)
        if higher
        else _lower(row, usual=usual, levels_told=levels_told)
    )
    if found:
        return f"{': ' if row['named'] else ', and '}{listing(found)}"
    if math.isnan(counted):
        return ""
    if row["counted"] < FEW:
        return ": so few seizures rank it almost at random"
    return f": {_small(row, higher=higher, levels_told=levels_told)}no one cause stands out"


def _small(row: Mapping[Hashable, float], *, higher: bool, levels_told: bool) -> str:
    """Say how many of its consignments came to be reported, where no single reason accounts for it."""
    share, usual = row["counted"] / max(row["flow_mean"], 1e-9), row["usual_counted"]
    alike = in_hundred(share) == in_hundred(usual)
    if not levels_told or not usual > 0 or alike or (share < usual) != higher:
        return ""
    reported = f"{in_hundred(share)} in 100 of its consignments were reported by name of the leg"
    return f"{reported}, where {in_hundred(usual)} is usual, and "


def _differ(one: float, other: float) -> bool:
    return max(one, other) >= APART * min(one, other) and abs(one - other) >= FEWEST_APART


def _higher(row: Mapping[Hashable, float], *, usual: float, levels_told: bool) -> list[str]:
    """Return why flow may rank a leg higher than counts do."""
    found = []
    if row["told"] <= SILENT:
        told = "hardly any of what is seized along it is reported"
        if row["told"] >= 0.05:
            told = f"only about {percent(row['told'])} of what is seized along it is reported"
        found.append(told)
    if row["ahead"] * UNUSUAL <= usual:
        found.append(_seized(row["ahead"], usual, levels_told=levels_told))
    filled, unreported = row["gaps"], row["unreported"]
    if row["named"] and filled + unreported >= FILLED:
        whose = "routes whose reports leave stops out" if filled >= unreported else "routes that nobody reported"
        share = max(filled, unreported)
        if levels_told:
            found.append(f"{about(share * row['flow_mean'])} of the estimated consignments belong to {whose}")
        else:
            found.append(f"{percent(share)} of its estimated flow belongs to {whose}")
    return found


def _lower(row: Mapping[Hashable, float], *, usual: float, levels_told: bool) -> list[str]:
    """Return why counts may rank a leg higher than flow does."""
    if row["ahead"] >= UNUSUAL * usual:
        return [_seized(row["ahead"], usual, levels_told=levels_told)]
    return []


def _seized(ahead: float, usual: float, *, levels_told: bool) -> str:
    """Say how much is seized along a leg; only against what is usual where no level is told."""
    if levels_told:
        seize = f"about {in_hundred(ahead)} in 100 of what takes it are seized at its end or further on"
        return f"{seize}, where {in_hundred(usual)} is usual"
    ratio = max(ahead, usual) / max(min(ahead, usual), 1e-9)
    than = "less" if ahead < usual else "more"
    return f"of what takes it about {about(ratio)} times {than} is seized at its end or further on than is usual"
