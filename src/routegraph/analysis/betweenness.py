"""Betweenness: which places and legs lie on the most probable ways between others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from routegraph.analysis.canonical import CanonicalLegs
from routegraph.analysis.scores import LegScores, PlaceScores
from routegraph.analysis.summary import leg_scores, place_scores
from routegraph.analysis.sweep import MIN_DRAWS, check_aligned, next_step_cost, thinned

if TYPE_CHECKING:
    from routegraph.flows.posterior import FlowPosterior
    from routegraph.network.graph import RouteGraph

LEG_VISITS = 800_000_000
"""Leg visits that a sweep may cost in all: a few seconds of two processors; sizes decide, never the clock."""

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

    def starts(self) -> np.ndarray:
        """Return draws x starting places; they rotate, so that over the draws all get a turn."""
        spread = np.arange(self.pivots) * self.places // max(self.pivots, 1)
        turn = np.arange(len(self.draws))[:, None]
        return np.sort((spread + turn * 7919) % max(self.places, 1), axis=1)

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
    sample of places (Brandes & Pich 2007, doi 10.1142/S0218127407018403), which widens the interval. Ways whose
    costs differ by less than one part in ten thousand million tie, and share what passes.

    References
    ----------
    Brandes 2001, doi 10.1080/0022250X.2001.9990249; Brockmann & Helbing 2013, doi 10.1126/science.1245200.
    """
    sweep, places, _ = _swept(graph, posterior)
    return place_scores(graph, places, name="betweenness", parameters=sweep.parameters)


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
    sweep, _, legs = _swept(graph, posterior)
    return leg_scores(graph, legs, name="betweenness", parameters=sweep.parameters)


def betweenness(graph: RouteGraph, posterior: FlowPosterior) -> tuple[PlaceScores, LegScores]:
    """Score places and legs in one sweep, at half the cost of one after the other.

    Parameters
    ----------
    graph, posterior
        As for :func:`betweenness_places`.

    Returns
    -------
    tuple of PlaceScores and LegScores
        What :func:`betweenness_places` and :func:`betweenness_legs` return, to the last digit.

    Raises
    ------
    SettingError
        The draws belong to another graph.

    Notes
    -----
    As for :func:`betweenness_places`.
    """
    sweep, places, legs = _swept(graph, posterior)
    return (
        place_scores(graph, places, name="betweenness", parameters=sweep.parameters),
        leg_scores(graph, legs, name="betweenness", parameters=sweep.parameters),
    )


def _swept(graph: RouteGraph, posterior: FlowPosterior) -> tuple[Sweep, np.ndarray, np.ndarray]:
    """Return the sweep, and the betweenness of places and of legs in each of its draws, in the graph's order."""
    from routegraph.analysis.kernels import betweenness_rows

    check_aligned(graph, posterior)
    ways = CanonicalLegs.of(graph)
    n = len(ways.place)
    sweep = Sweep.of(available=len(posterior.legs), places=n, legs=len(ways.leg))
    cost = np.full((len(sweep.draws), len(ways.leg)), np.inf)
    for turn, draw in enumerate(sweep.draws):
        strength = ways.strength(posterior, int(draw))
        used = strength > 0
        cost[turn, used] = next_step_cost(ways.origin[used], strength[used])
    places, legs = betweenness_rows(ways.origin, ways.end, cost, sweep.starts(), places=n)
    scale = n / max(sweep.pivots, 1)
    places *= scale / max((n - 1) * (n - 2), 1)
    legs *= scale / max(n * (n - 1), 1)
    return sweep, ways.to_places(places, places=len(graph.places)), ways.to_legs(legs)
