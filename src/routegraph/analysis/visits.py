"""Expected visits: how often a consignment that moves step by step comes through each place."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from routegraph.analysis.route_steps import RouteSteps
from routegraph.analysis.summary import place_scores
from routegraph.analysis.sweep import check_aligned, thinned

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from routegraph.analysis.scores import PlaceScores
    from routegraph.flows.posterior import FlowPosterior
    from routegraph.network.graph import RouteGraph

LEG_VISITS = 100_000_000
VISITS_PER_LEG = 100
"""Two solutions of the chain of one draw cost about a hundred passes over its steps."""

MOST_STEPS, CLOSE = 400, 1e-15


def expected_visits(graph: RouteGraph, posterior: FlowPosterior) -> PlaceScores:
    """Score each place by how often a consignment comes through it that goes on or stops as flow does there.

    Answers: given only what happens at each place, where does traffic pass, and how far from its end is it there?

    Parameters
    ----------
    graph, posterior
        The network, and draws of flow on its routes. Whole routes count, intended steps included. A consignment sets
        out where routes start, in proportion to what starts there; at each place it ends, or takes a next step, in
        proportion to the flow that does.

    Returns
    -------
    PlaceScores
        Indexed by place_id: visits_mean, visits_p05, visits_p95 (expected visits of one consignment, >= 0; its start
        counts) and ``steps_left`` (steps from a visit of the place to the end, mean over the draws with flow there;
        0 where all ends, NaN where no route with flow passes).

    Raises
    ------
    SettingError
        The draws belong to another graph.

    Notes
    -----
    The absorbing chain N = (I - Q)^-1, Q the share of what comes through a place that takes each next step; visits =
    s N with s the mix of starts, steps_left = N 1 - 1. Because Q and s are of the same flow, visits are *equal* to
    the flow of routes through the place over the number of consignments, with memory or without: they rank as
    throughflow does (events without a route aside) and are no second witness of it. ``steps_left`` does assume that
    what comes next depends on the place alone; where it depends on where the consignment came from, it is a mean over
    routes that differ. Under ``counts`` routes go only as far as records say.

    References
    ----------
    Kemeny & Snell 1960, Finite Markov Chains, chapter 3.
    """
    check_aligned(graph, posterior)
    steps = RouteSteps.of(graph)
    cost = VISITS_PER_LEG * (len(steps.place) + len(steps.origin))
    chosen = thinned(len(posterior.routes), visits=cost, budget=LEG_VISITS)
    visits, left = np.zeros((len(chosen), len(graph.places))), np.full((len(chosen), len(graph.places)), np.nan)
    for turn, draw in enumerate(chosen):
        visits[turn, steps.place], left[turn, steps.place] = _chain(steps, steps.flow(posterior, int(draw)))
    passed = ~np.isnan(left)
    mean = np.divide(
        np.where(passed, left, 0.0).sum(axis=0), passed.sum(axis=0),
        out=np.full(len(graph.places), np.nan), where=passed.any(axis=0),
    )  # fmt: skip
    parameters = {"starts": "as flow starts", "chain": "next step by share of flow", "draws": len(chosen)}
    scores = place_scores(graph, visits, name="visits", parameters=parameters)
    return replace(scores, table=scores.table.assign(steps_left=mean))


def _chain(steps: RouteSteps, flow: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return s N and N 1 - 1 in one draw; NaN steps where nothing passes.

    Every place with flow has a route on which it leads to an end, so that I - Q can be inverted.
    """
    from scipy.sparse import csr_array

    taken, starts, ends = steps.sums(flow)
    n = len(steps.place)
    through = np.bincount(steps.origin, taken, minlength=n) + ends
    live = through > 0
    if not live.any():
        return np.zeros(n), np.full(n, np.nan)
    used = taken > 0
    origin, end = steps.origin[used], steps.end[used]
    share = csr_array((taken[used] / through[origin], (origin, end)), shape=(n, n))
    on = share.sum(axis=1)  # 1 where none ends, 0 where all do
    return solved(share.T.tocsr(), starts / starts.sum()), np.where(live, solved(share, on), np.nan)


def solved(step: csr_array, first: np.ndarray) -> np.ndarray:
    """Return x = first + step x: summed step by step, or by elimination where traffic goes round for very long."""
    from scipy.sparse import csc_array, eye_array
    from scipy.sparse.linalg import splu

    total, now = first.copy(), first
    for _ in range(MOST_STEPS):
        now = step @ now
        total += now
        if now.max() <= CLOSE * total.max():
            return total
    return np.asarray(splu(csc_array(eye_array(len(first)) - step)).solve(first))
