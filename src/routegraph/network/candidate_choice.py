"""Which routes become candidates: reports completed, choice sets of reported pairs, then of the likeliest others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from routegraph.network.choice_sets import ChoiceSets, simulated
from routegraph.network.reported_ways import ONWARD, Completion, NamedChains, explained
from routegraph.network.route_ends import ranked_pairs

if TYPE_CHECKING:
    from routegraph.network.route_ends import Ends
    from routegraph.network.route_sets import StateGraph

KEPT, KEPT_UNREPORTED = 5, 2
"""Most ways in the choice set of a pair that a report names, and of any other pair."""


@dataclass(frozen=True)
class Choice:
    """Routes as positions of places, distinct.

    Attributes
    ----------
    paths
        Sorted.
    reported
        Pairs of ends that a report names, or completes to.
    direct
        Steps that no link joins and that reports needed all the same.
    pairs_left_out
        Plausible pairs without a route here.
    """

    paths: list[tuple[int, ...]]
    reported: frozenset[tuple[int, int]]
    direct: frozenset[tuple[int, int]]
    pairs_left_out: int


def choose_routes(
    graph: StateGraph, completion: Completion, chains: NamedChains, ends: Ends, units: np.ndarray, *, most: int
) -> Choice:
    """Return the candidate routes of a case; see :func:`routegraph.network.candidates.candidate_routes`."""
    whole = [completion.complete(stops) for stops in chains.stops]
    both = chains.has_origin & chains.has_destination
    paths = {path for path, told in zip(whole, both, strict=True) if told and path is not None}
    reported = frozenset((path[0], path[-1]) for path in paths)
    cost = completion.distance[: graph.n_places, : graph.n_places]
    origin, end, score = ranked_pairs(ends, units, cost)
    named = np.array([pair in reported for pair in zip(origin.tolist(), end.tolist(), strict=True)], dtype=bool)
    # Pairs of reports that lie in one unit, or are joined by a direct step only, have the ways of those reports alone.
    asked = np.flatnonzero(named)
    paths |= _paths(simulated(graph, origin[asked], end[asked]).best(np.full(len(asked), KEPT)))
    paths |= _carried_on(graph, completion, chains, whole, ends, sorted(paths))
    rest = np.flatnonzero(~named)
    room = max(most - len(paths), 0)
    others = simulated(graph, origin[rest[:room]], end[rest[:room]])
    kept = _likeliest(others.best(np.full(room, KEPT_UNREPORTED)), score[rest], room=room)
    paths |= _paths(kept)
    left_out = len(origin) - len({(path[0], path[-1]) for path in paths} & _pairs(origin, end))
    return Choice(sorted(paths), reported, frozenset(completion.direct), left_out)


def _pairs(origin: np.ndarray, end: np.ndarray) -> set[tuple[int, int]]:
    return set(zip(origin.tolist(), end.tolist(), strict=True))


def _likeliest(sets: ChoiceSets, score: np.ndarray, *, room: int) -> ChoiceSets:
    """Return the ways with the highest score of their pair + ln of their share of the draws, ``room`` of them."""
    first = np.r_[True, sets.pair[1:] != sets.pair[:-1]] if len(sets.pair) else np.empty(0, dtype=bool)
    # The least-cost way counts as the likeliest of its pair, so that no pair stands without it.
    largest = np.zeros(len(score))
    np.maximum.at(largest, sets.pair, sets.share)
    share = np.where(first, largest[sets.pair], sets.share)
    value = np.round(score[sets.pair] + np.log(share), 9)
    order = np.lexsort((sets.ways.mark, ~first, -value))[:room]
    return sets.rows(np.sort(order))


def _carried_on(
    graph: StateGraph,
    completion: Completion,
    chains: NamedChains,
    whole: list[tuple[int, ...] | None],
    ends: Ends,
    paths: list[tuple[int, ...]],
) -> set[tuple[int, ...]]:
    """Return ways for the chains that no route yet explains, carried on to the nearest plausible ends."""
    told = explained(chains, paths, graph.n_places)
    begins, finishes = np.flatnonzero(ends.origin), np.flatnonzero(ends.destination)
    added: set[tuple[int, ...]] = set()
    for number in np.flatnonzero(~told):
        path, ahead = whole[number], not chains.has_destination[number]
        if path is None:
            # A destination named before on the way is taken for a wrong one: the report is then as good as without it.
            shorter = chains.stops[number][:-1] if chains.has_destination[number] else ()
            path = completion.complete(shorter) if len(shorter) > 1 else None
            ahead = True
        if path is None:
            continue
        ways = completion.onward(path, finishes, most=ONWARD, back=False) if ahead else [path]
        if not chains.has_origin[number] and not ends.origin[path[0]]:
            ways = [longer for way in ways for longer in completion.onward(way, begins, most=1, back=True)]
        added |= set(ways)
    return added


def _paths(sets: ChoiceSets) -> set[tuple[int, ...]]:
    rows = zip(sets.ways.places.tolist(), sets.ways.length.tolist(), strict=True)
    return {tuple(places[:length]) for places, length in rows}
