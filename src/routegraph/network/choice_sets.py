"""Choice sets: the ways between two places that a traveller may take, by simulation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from routegraph.network.route_sets import Ways, stacked, taken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from routegraph.network.route_sets import StateGraph

DRAWS = 24
"""Perturbations of link costs whose least-cost ways make a choice set, beside the declared costs themselves."""

MOST_EXCESS = 0.6
"""A perturbed way is kept where it truly costs at most so much more than the least, as a share of the least."""

_CHUNK = 20_000  # pairs at a time, which bounds memory


@dataclass(frozen=True)
class ChoiceSets:
    """Distinct ways by pair: ``pair`` (position in what was asked for, rising), cost, share of draws that chose it.

    Within a pair the least-cost way comes first, then the more often chosen, the cheaper, the lower mark.
    """

    ways: Ways
    pair: np.ndarray
    cost: np.ndarray
    share: np.ndarray

    def best(self, most: np.ndarray) -> ChoiceSets:
        """Return the first ways of each pair, at most ``most[pair]`` of them."""
        return self.rows(np.flatnonzero(within(self.pair) < most[self.pair]))

    def rows(self, rows: np.ndarray) -> ChoiceSets:
        """Return some ways, in the order of ``rows``."""
        return ChoiceSets(taken(self.ways, rows), self.pair[rows], self.cost[rows], self.share[rows])


def simulated(graph: StateGraph, origin: np.ndarray, destination: np.ndarray, *, draws: int = DRAWS) -> ChoiceSets:
    """Return the choice sets of pairs of places that are joined: least-cost ways under perceived costs.

    Parameters
    ----------
    graph
        Places, modes and costs.
    origin, destination
        Positions of the ends, one a pair.
    draws
        Perturbations; with 0 the sets are the least-cost ways.

    Notes
    -----
    A way's share of the draws is a simulated probability under lognormal perception of link costs. It says how the
    declared costs rank the ways, not how traffic divides.
    """
    order = np.lexsort((destination, origin))
    parts = [_chunk(graph, order[k : k + _CHUNK], origin, destination, draws) for k in range(0, len(order), _CHUNK)]
    if not parts:
        none = np.empty(0, dtype=np.int64)
        empty = Ways(np.empty((0, 1), dtype=np.int32), none, np.empty(0, dtype=np.uint64))
        return ChoiceSets(empty, none, np.empty(0), np.empty(0))
    ways = stacked([part.ways for part in parts])
    pair, cost, share = (np.concatenate([getattr(part, name) for part in parts]) for name in ("pair", "cost", "share"))
    whole = ChoiceSets(ways, pair, cost, share)
    return whole.rows(np.argsort(pair, kind="stable"))


def within(pair: np.ndarray) -> np.ndarray:
    """Return the rank of each row among the rows of its pair; rows of a pair lie together."""
    first = np.flatnonzero(np.r_[True, pair[1:] != pair[:-1]]) if len(pair) else np.empty(0, dtype=np.int64)
    return np.arange(len(pair)) - np.repeat(first, np.diff(np.r_[first, len(pair)]))


def _chunk(graph: StateGraph, asked: np.ndarray, origin: np.ndarray, destination: np.ndarray, draws: int) -> ChoiceSets:
    sources, row = np.unique(origin[asked], return_inverse=True)
    found: list[Ways] = []
    pairs: list[np.ndarray] = []
    hits: list[np.ndarray] = []
    known = np.empty(0, dtype=np.uint64)
    for draw in range(draws + 1):
        _, before = graph.search(sources, link_cost=graph.perceived(draw) if draw else None)
        ways = graph.ways(before, row, destination[asked])
        # Ends are part of a way's mark, so ways of different pairs have different marks.
        hits.append(ways.mark)
        new = np.flatnonzero(~np.isin(ways.mark, known))
        found.append(taken(ways, new))
        pairs.append(asked[new])
        known = np.union1d(known, ways.mark[new])
    return _ranked(graph, stacked(found), np.concatenate(pairs), hits)


def _ranked(graph: StateGraph, ways: Ways, pair: np.ndarray, hits: Sequence[np.ndarray]) -> ChoiceSets:
    marks, times = np.unique(np.concatenate(hits), return_counts=True)
    share = times[np.searchsorted(marks, ways.mark)] / len(hits)
    cost, _ = graph.price(ways)
    least = np.full(int(pair.max()) + 1, np.inf)
    np.minimum.at(least, pair, cost)
    rounded = np.round(cost, 6)
    not_least = rounded > np.round(least[pair], 6)
    order = np.lexsort((ways.mark, rounded, -share, not_least, pair))
    order = order[cost[order] <= (1 + MOST_EXCESS) * least[pair[order]]]
    return ChoiceSets(taken(ways, order), pair[order], cost[order], share[order])
