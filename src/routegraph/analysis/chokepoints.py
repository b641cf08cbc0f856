"""Chokepoints: places that traffic cannot go round."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from routegraph.analysis.role import TWICE
from routegraph.analysis.route_steps import RouteSteps
from routegraph.analysis.summary import place_scores
from routegraph.analysis.sweep import MIN_DRAWS, check_aligned, thinned
from routegraph.analysis.vertex_cut import UNITS, Ends, minimum_cut

if TYPE_CHECKING:
    from routegraph.analysis.scores import PlaceScores
    from routegraph.flows.posterior import FlowPosterior
    from routegraph.network.graph import RouteGraph

LEG_VISITS = 100_000_000
"""Step visits that dominators may cost in all; sizes decide, never the clock."""

CUT_VISITS, VISITS_PER_CUT = 40_000_000, 200
"""The same for cuts, of which one costs some hundred passes over the steps."""

MIN_ORIGINS = 20


@dataclass(frozen=True)
class Pairs:
    """Origins and destinations of routes: pairs of origin ``k`` lie from ``first[k]`` to ``first[k + 1]``."""

    origins: np.ndarray
    first: np.ndarray
    end: np.ndarray
    of_route: np.ndarray

    @classmethod
    def of(cls, steps: RouteSteps, mean: np.ndarray, *, most: int) -> Pairs:
        """Return the pairs of the ``most`` origins with most flow; ``of_route`` is -1 for routes of other pairs."""
        n = max(len(steps.place), 1)
        apart = steps.start != steps.stop
        flow = np.round(np.bincount(steps.start[apart], mean[apart], minlength=n), 9)
        origins = np.sort(np.argsort(-flow, kind="stable")[: min(most, int((flow > 0).sum()))])
        used = apart & np.isin(steps.start, origins)
        pair, which = np.unique((steps.start * n + steps.stop)[used], return_inverse=True)
        of_route = np.full(len(steps.route), -1, dtype=np.int64)
        of_route[used] = which
        return cls(origins, np.searchsorted(pair, np.append(origins * n, n * n)), pair % n, of_route)

    def flow(self, flow: np.ndarray) -> np.ndarray:
        """Return the flow of every pair, given that of every route."""
        used = self.of_route >= 0
        return np.bincount(self.of_route[used], flow[used], minlength=len(self.end))


def chokepoints(graph: RouteGraph, posterior: FlowPosterior) -> PlaceScores:
    """Score each place by the share of traffic that could not have gone round it on the ways that traffic uses.

    Answers: which places must a consignment pass, whichever way it takes, and which set of places would see it all?

    Parameters
    ----------
    graph, posterior
        The network, and draws of flow on its routes. Whole routes count, intended steps included; a step can be
        taken in a draw where a route with flow takes it, in whatever order.

    Returns
    -------
    PlaceScores
        Indexed by place_id: unavoidable_mean, unavoidable_p05, unavoidable_p95 (0-1: share of the flow between
        different places for which every way from its origin to its destination passes the place; what starts or ends
        there is not counted) and ``cut_share`` (0-1: share of the draws in which the place is in the minimum cut
        between sources and destinations). ``parameters``: draws, origins, origin_flow (share of the flow from the
        origins used), cut_draws, uncut_flow (share of the flow that steps from a source straight to a destination).

    Raises
    ------
    SettingError
        The draws belong to another graph.

    Notes
    -----
    unavoidable: the place is a dominator of the destination in the network of one draw rooted at the origin. cut:
    sources are places that at least twice as much leaves as reaches in that draw, destinations the other way round
    (as in :func:`routegraph.analysis.role`); only the places between may be cut, at the price of their throughflow,
    so that no place is in the cut for what starts or ends there. Steps from a source straight to a destination pass
    no place between and are left out. Of equal cuts the one nearest the sources counts. A set that is cut sees all
    that is left, but its members may each be easy to go round by the others.

    What records do not show is not known to be a way round: an unrecorded road makes a chokepoint of its
    alternative, so a score of 1 in a thinly reported area says little. Under ``counts`` every reported step is there
    in every draw, and intervals speak of shares only. On large networks draws are thinned, and origins with least
    flow left out.

    References
    ----------
    Lengauer & Tarjan 1979, doi 10.1145/357062.357071; Ford & Fulkerson 1956, doi 10.4153/CJM-1956-045-5; Picard &
    Queyranne 1980, doi 10.1007/BFb0120902.
    """
    check_aligned(graph, posterior)
    steps = RouteSteps.of(graph)
    rows, parameters = _unavoidable(steps, posterior)
    cut, more = _cut_share(steps, posterior)
    scores = place_scores(graph, _spread(steps, rows, graph), name="unavoidable", parameters=parameters | more)
    return replace(scores, table=scores.table.assign(cut_share=_spread(steps, cut[None, :], graph)[0]))


def _spread(steps: RouteSteps, rows: np.ndarray, graph: RouteGraph) -> np.ndarray:
    out = np.zeros((len(rows), len(graph.places)))
    out[:, steps.place] = rows
    return out


def _unavoidable(steps: RouteSteps, posterior: FlowPosterior) -> tuple[np.ndarray, dict[str, object]]:
    """Return draws x places, and with what they were found."""
    from routegraph.analysis.dominators import Steps, add_unavoidable

    n, m = len(steps.place), max(len(steps.origin), 1)
    chosen = thinned(len(posterior.routes), visits=len(np.unique(steps.start)) * m, budget=LEG_VISITS)
    mean = posterior.routes.mean(axis=0, dtype=np.float64)[steps.route]
    most = max(MIN_ORIGINS, LEG_VISITS // (m * max(len(chosen), 1)))
    pairs = Pairs.of(steps, mean, most=most)
    rows = np.zeros((len(chosen), n))
    for turn, draw in enumerate(chosen):
        flow = steps.flow(posterior, int(draw))
        used = (steps.taken.T @ flow) > 0
        between = pairs.flow(flow)
        if between.sum() > 0:
            way = Steps.of(steps.origin[used], steps.end[used], places=n)
            add_unavoidable(way, pairs.origins, pairs.first, pairs.end, between, rows[turn])
            rows[turn] /= between.sum()
    apart = mean[steps.start != steps.stop].sum()
    known = float(pairs.flow(mean).sum() / apart) if apart > 0 else 0.0
    return np.minimum(rows, 1.0), {
        "draws": len(chosen), "origins": len(pairs.origins), "origin_flow": round(known, 6),
        "thinning": f"{LEG_VISITS} step visits, at least {MIN_DRAWS} draws and {MIN_ORIGINS} origins",
    }  # fmt: skip


def _cut_share(steps: RouteSteps, posterior: FlowPosterior) -> tuple[np.ndarray, dict[str, object]]:
    """Return how often each place is in the minimum cut, and with what that was found."""
    chosen = thinned(len(posterior.routes), visits=VISITS_PER_CUT * len(steps.origin), budget=CUT_VISITS)
    found, straight = np.zeros(len(steps.place)), np.zeros(len(chosen))
    for turn, draw in enumerate(chosen):
        flow = steps.flow(posterior, int(draw))
        if flow.sum() > 0:
            cut, straight[turn] = _cut(steps, flow)
            found += cut
    parameters = {
        "cut": "throughflow of places between sources and destinations, nearest the sources", "twice": TWICE,
        "cut_draws": len(chosen), "uncut_flow": round(float(straight.mean()), 6) if len(chosen) else 0.0,
    }  # fmt: skip
    return found / max(len(chosen), 1), parameters


def _cut(steps: RouteSteps, flow: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the minimum cut of one draw, and the share of its flow that goes from source straight to destination.

    Routes carry whole units, so that places which the same consignments pass cost exactly the same.
    """
    n = len(steps.place)
    longest = float(flow @ (steps.taken.sum(axis=1) + 1))
    units = np.floor(flow * (UNITS / longest))
    taken, starts, ends = steps.sums(units)
    out, into = np.bincount(steps.origin, taken, minlength=n), np.bincount(steps.end, taken, minlength=n)
    total = out + into
    balance = np.divide(out - into, total, out=np.zeros(n), where=total > 0)
    ways = Ends(balance >= TWICE, balance <= -TWICE)
    used = taken > 0
    straight = used & ways.sources[steps.origin] & ways.destinations[steps.end]
    kept = used & ~straight
    share = float(taken[straight].sum() / starts.sum()) if starts.sum() else 0.0
    if not (ways.sources.any() and ways.destinations.any() and kept.any()):
        return np.zeros(n, dtype=bool), share
    return minimum_cut(steps.origin[kept], steps.end[kept], (out + ends).astype(np.int64), ways), share
