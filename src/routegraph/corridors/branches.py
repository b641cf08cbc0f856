"""Where traffic joins a corridor and where it leaves it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from routegraph.corridors.ways import Path, Ways

if TYPE_CHECKING:
    from routegraph.flows.posterior import FlowPosterior

MOST = 4
"""Branches that are told of a corridor, those with most flow first."""

LEAST = 0.05
"""A branch with less than this share of the corridor's flow is not told."""


@dataclass(frozen=True)
class Branch:
    """Traffic that travels at least two steps of a corridor in a row and comes to it, or goes on from it, elsewhere.

    Attributes
    ----------
    kind
        ``joins`` or ``leaves``.
    at, other
        The place on the corridor, and the one beside it (before it, or after it).
    flow_mean, flow_p05, flow_p95
        Consignments that do so, with a 90 % credible interval.
    """

    kind: str
    at: str
    other: str
    flow_mean: float
    flow_p05: float
    flow_p95: float


def branches(ways: Ways, posterior: FlowPosterior, *, path: Path, flow: float) -> tuple[Branch, ...]:
    """Return the branches of a corridor with this much flow, most flow first."""
    legs = set(pairwise(path))
    at: dict[tuple[str, str, str], list[int]] = {}
    for k in np.flatnonzero(ways.shared(path) > 0):
        for turn in _turnings(ways.leads[k], legs):
            if turn[2] not in path:  # a way that leaves out a place of the corridor has not left it
                at.setdefault(turn, []).append(int(k))
    found = []
    for (kind, place, other), members in sorted(at.items()):
        marked = np.zeros(len(ways.leads), dtype=bool)
        marked[members] = True
        drawn = np.sort(posterior.routes[:, ways.rows(marked)], axis=1).sum(axis=1, dtype=np.float64)
        low, high = np.quantile(drawn, [0.05, 0.95])
        found.append(Branch(kind, place, other, float(drawn.mean()), float(low), float(high)))
    told = [one for one in found if one.flow_mean >= LEAST * flow > 0]
    return tuple(sorted(told, key=lambda one: (-round(one.flow_mean, 6), one.kind, one.at, one.other))[:MOST])


def _turnings(way: Path, legs: set[tuple[str, str]]) -> list[tuple[str, str, str]]:
    """Return where a way joins or leaves the stretch of the corridor on which it has two steps in a row."""
    on = [leg in legs for leg in pairwise(way)]
    found = []
    for k in range(1, len(on)):
        if on[k] and not on[k - 1] and k + 1 < len(on) and on[k + 1]:
            found.append(("joins", way[k], way[k - 1]))
        if on[k - 1] and not on[k] and k > 1 and on[k - 2]:
            found.append(("leaves", way[k], way[k + 1]))
    return found
