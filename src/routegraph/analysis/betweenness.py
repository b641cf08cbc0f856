"""Betweenness: which places and legs lie on the most probable ways between others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from routegraph.analysis.scores import LegScores, PlaceScores
from routegraph.analysis.summary import leg_scores, place_scores
from routegraph.analysis.sweep import MIN_DRAWS, check_aligned, flowing, joined, next_step_cost, thinned

if TYPE_CHECKING:
    from routegraph.flows.posterior import FlowPosterior
    from routegraph.network.graph import RouteGraph

LEG_VISITS = 40_000_000
"""Leg visits that a sweep may cost in all: a few seconds of igraph; sizes decide, never the clock."""

MIN_PIVOTS = 10


@dataclass(frozen=True)
class Sweep:
    """Which draws and how many starting places a betweenness uses, by size alone."""

    draws: np.ndarray
    pivots: int
    places: int

    @classmethod
    def of(cls, *, available: int, places: int, legs: int) -> Sweep:
        """Thin the draws first; where ``MIN_DRAWS`` draws still cost too much, start from fewer places."""
        draws = thinned(available, visits=places * legs, budget=LEG_VISITS)
        pivots = max(MIN_PIVOTS, LEG_VISITS // max(1, legs * max(len(draws), 1)))
        return cls(draws, min(places, pivots), places)

    def starts(self, turn: int) -> list[int] | None:
        """Return the starting places of one draw (None: all); they rotate, so that over the draws all get a turn."""
        if self.pivots >= self.places:
            return None
        spread = np.arange(self.pivots) * self.places // self.pivots
        return sorted(((spread + turn * 7919) % self.places).tolist())

    @property
    def parameters(self) -> dict[str, object]:
        """Say what was used, for ``run.json``."""
        return {
            "cost": "1 - ln P(next step)", "draws": len(self.draws), "starting_places": self.pivots,
            "thinning": f"{LEG_VISITS} leg visits, at least {MIN_DRAWS} draws",
        }  # fmt: skip


def betweenness_places(graph: RouteGraph, posterior: FlowPosterior) -> PlaceScores:
    """Score each place by the share of most probable ways between other places that pass it.

    Answers: where would a check see the ways of many pairs of places, and which place is hard to go round?

    Parameters
    ----------
    graph, posterior
        The network, and draws of flow on it. In each draw a leg costs 1 - ln P, P being its share of the flow that
        leaves its origin; a leg without flow in that draw is absent.

    Returns
    -------
    PlaceScores
        Indexed by place_id: betweenness_mean, betweenness_p05, betweenness_p95 (0-1: of the (n-1)(n-2) ordered
        pairs of other places, among the n that legs join) and p_top. ``parameters`` state the draws and starting
        places used.

    Raises
    ------
    SettingError
        The draws belong to another graph.

    Notes
    -----
    A strong leg is *near*: cost falls as strength grows, and the two are never mixed. Shortest ways are a model of
    choice, not travel that anybody observed. On large networks draws are thinned and the ways start from a rotating
    sample of places (Brandes & Pich 2007, doi 10.1142/S0218127407018403), which widens the interval.

    References
    ----------
    Brandes 2001, doi 10.1080/0022250X.2001.9990249; Brockmann & Helbing 2013, doi 10.1126/science.1245200.
    """
    check_aligned(graph, posterior)
    taking_part, ends = joined(graph)
    n = len(taking_part)
    sweep = Sweep.of(available=len(posterior.legs), places=n, legs=len(ends))
    scores = np.zeros((len(sweep.draws), len(graph.places)))
    for turn, draw in enumerate(sweep.draws):
        view, _, origin, strength = flowing(ends, posterior.legs[draw].astype(np.float64), places=n)
        if len(strength):
            cost = next_step_cost(origin, strength).tolist()
            scores[turn, taking_part] = view.betweenness(directed=True, weights=cost, sources=sweep.starts(turn))
    scores *= n / max(sweep.pivots, 1) / max((n - 1) * (n - 2), 1)
    return place_scores(graph, scores, name="betweenness", parameters=sweep.parameters)


def betweenness_legs(graph: RouteGraph, posterior: FlowPosterior) -> LegScores:
    """Score each leg by the share of most probable ways between places that use it.

    Parameters
    ----------
    graph, posterior
        As for :func:`betweenness_places`.

    Returns
    -------
    LegScores
        Indexed by (origin, destination): betweenness_mean, betweenness_p05, betweenness_p95 (0-1: of the n(n-1)
        ordered pairs of places that legs join) and p_top. A leg without flow in a draw scores 0 in it.

    Raises
    ------
    SettingError
        The draws belong to another graph.

    Notes
    -----
    As for :func:`betweenness_places`.

    References
    ----------
    Girvan & Newman 2002, doi 10.1073/pnas.122653799; Brockmann & Helbing 2013, doi 10.1126/science.1245200.
    """
    check_aligned(graph, posterior)
    taking_part, ends = joined(graph)
    n = len(taking_part)
    sweep = Sweep.of(available=len(posterior.legs), places=n, legs=len(ends))
    scores = np.zeros((len(sweep.draws), len(ends)))
    for turn, draw in enumerate(sweep.draws):
        view, used, origin, strength = flowing(ends, posterior.legs[draw].astype(np.float64), places=n)
        if len(strength):
            cost = next_step_cost(origin, strength).tolist()
            scores[turn, used] = view.edge_betweenness(directed=True, weights=cost, sources=sweep.starts(turn))
    scores *= n / max(sweep.pivots, 1) / max(n * (n - 1), 1)
    return leg_scores(graph, scores, name="betweenness", parameters=sweep.parameters)
