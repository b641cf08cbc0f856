"""What lies along each leg, by the model: how much is seized ahead, how much of it is reported, what names the leg."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from routegraph.briefing.evidence import route_stops

if TYPE_CHECKING:
    from routegraph.flows.posterior import FlowPosterior
    from routegraph.network.graph import RouteGraph

COLUMNS = ("ahead", "told", "gaps", "unreported")


def along_legs(graph: RouteGraph, posterior: FlowPosterior) -> pd.DataFrame:
    """Return what explains the gap between flow and counts on each leg, indexed as ``graph.legs``.

    Parameters
    ----------
    graph, posterior
        The completed network and draws on it; without ``detection`` every column is empty.

    Returns
    -------
    pandas.DataFrame
        ahead: chance that a consignment on the leg is seized at its end or later on its route. told: share of those
        seizures that is reported. gaps: share of the leg's consignments on routes that are reported, but without naming
        this leg. unreported: share on routes that no record is laid on. NaN where no route with flow uses the leg.

    Notes
    -----
    From posterior means, place by place and route by route, weighted by how many of a route's consignments reach the
    leg. Good enough for a sentence with "about"; the intervals of products come from the draws themselves.
    """
    if posterior.detection is None:
        return pd.DataFrame(np.nan, index=graph.legs.index, columns=list(COLUMNS))
    steps = _steps(graph, posterior)
    steps["ahead_n"], steps["told_n"] = steps["reach"] * steps["ahead"], steps["reach"] * steps["reported"]
    steps["gaps_n"] = steps["reach"].where(steps["known"] & ~steps["named"], 0.0)
    steps["unreported_n"] = steps["reach"].where(~steps["known"], 0.0)
    names = ["reach", "ahead_n", "told_n", "gaps_n", "unreported_n"]
    sums = steps.groupby(["origin", "end"], sort=True)[names].sum()
    sums.index.names = ["origin", "destination"]
    sums = sums.reindex(graph.legs.index)
    reach = sums["reach"].where(sums["reach"] > 0)
    return pd.DataFrame(
        {
            "ahead": sums["ahead_n"] / reach,
            "told": sums["told_n"] / sums["ahead_n"].where(sums["ahead_n"] > 0),
            "gaps": sums["gaps_n"] / reach,
            "unreported": sums["unreported_n"] / reach,
        }
    )


def _steps(graph: RouteGraph, posterior: FlowPosterior) -> pd.DataFrame:
    """Return one row per step of each route: reach, ahead, reported, known (route), named (step)."""
    stops = route_stops(graph)
    chance = _by_place(graph, posterior.detection, absent=0.0)
    told = _by_place(graph, posterior.reporting, absent=1.0)
    h = stops["origin"].map(chance).fillna(0.0).to_numpy()
    rho = stops["origin"].map(told).fillna(1.0).to_numpy()
    flow = pd.Series(posterior.routes.mean(axis=0, dtype=np.float64), index=graph.routes.index)
    by_route = stops["route"]
    log_passed = pd.Series(np.log1p(-np.minimum(h, 1 - 1e-9)), index=stops.index).groupby(by_route, sort=False).cumsum()
    passed = np.exp(log_passed.to_numpy())  # got past this place and all before it
    reached = passed / (1 - np.minimum(h, 1 - 1e-9))
    seized = pd.DataFrame({"all": reached * h, "told": reached * h * rho})
    later = seized.groupby(by_route, sort=False).transform("sum") - seized.groupby(by_route, sort=False).cumsum()
    stops = stops.assign(
        reach=by_route.map(flow).to_numpy() * passed,
        ahead=np.maximum(later["all"].to_numpy(), 0.0) / passed,
        reported=np.maximum(later["told"].to_numpy(), 0.0) / passed,
    )
    evidence = graph.evidence
    stops["known"] = by_route.isin(evidence["route"])
    named = evidence.loc[evidence["status"] != "inferred", ["route", "step"]].drop_duplicates().assign(named=True)
    stops = stops.merge(named, on=["route", "step"], how="left")
    stops["named"] = stops["named"].notna()
    return stops.loc[stops["end"] != ""].copy()


def _by_place(graph: RouteGraph, draws: np.ndarray | None, *, absent: float) -> pd.Series:
    """Return the posterior mean of each place, ``absent`` where nothing was drawn."""
    if draws is None:
        return pd.Series(absent, index=graph.places.index)
    return pd.Series(draws.mean(axis=0, dtype=np.float64), index=graph.places.index).fillna(absent)
