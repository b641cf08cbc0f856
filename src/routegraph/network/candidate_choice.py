"""Which routes become candidates: reports completed, choice sets of reported pairs, then of the likeliest others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from routegraph.network.chain_ways import Completion
from routegraph.network.choice_sets import ChoiceSets, simulated
from routegraph.network.reported_ways import NamedChains, explained
from routegraph.network.route_ends import ranked_pairs

if TYPE_CHECKING:
    import pandas as pd

    from routegraph.network.route_ends import Ends
    from routegraph.network.route_sets import StateGraph

KEPT, KEPT_UNREPORTED = 5, 2
"""Most ways in the choice set of a pair that a report names, and of any other pair."""

READINGS = 4
"""Perturbations of link costs under which each report that names both ends is completed once more."""

ONWARD = 2
"""Nearest plausible destinations that a report is carried on to where it names none and nothing yet explains it."""

COMPANIONS = 4
"""Most places that a report with one stated end is completed to because other reports name them with that end."""

_STOP_KM = 10_000.0  # cost of a step at which a report is completed with as few unnamed places as can be
_READING = 1_000  # first number of the perturbations for readings: none of those that make choice sets


@dataclass(frozen=True)
class Choice:
    """Routes as positions of places, distinct.

    Attributes
    ----------
    paths
        Sorted.
    reported
        Pairs of ends that a report names, or completes to where it names a country.
    direct
        Steps that no link joins and that reports needed all the same.
    pairs_left_out
        Plausible pairs without a route here.
    """

    paths: list[tuple[int, ...]]
    reported: frozenset[tuple[int, int]]
    direct: frozenset[tuple[int, int]]
    pairs_left_out: int


def choose_routes(graph: StateGraph, places: pd.DataFrame, chains: NamedChains, ends: Ends, *, most: int) -> Choice:
    """Return the candidate routes of a case; see :func:`routegraph.network.candidates.candidate_routes`.

    Parameters
    ----------
    graph
        Places, modes and costs.
    places
        The same places: unit, lat, lon.
    chains, ends
        What reports name, and where routes may begin and end.
    most
        Most routes; those that reports need are kept whatever their number.
    """
    completion = Completion(graph, places)
    whole = [completion.complete(stops) for stops in chains.stops]
    both = chains.has_origin & chains.has_destination
    paths = {path for path, told in zip(whole, both, strict=True) if told and path is not None}
    reported = frozenset((path[0], path[-1]) for path in paths)
    paths |= _other_readings(graph, places, chains, completion)
    cost = completion.distance[: graph.n_places, : graph.n_places]
    origin, end, score = ranked_pairs(ends, places["unit"].to_numpy(dtype=str), cost)
    named = np.array([pair in reported for pair in zip(origin.tolist(), end.tolist(), strict=True)], dtype=bool)
    asked = np.flatnonzero(named)
    paths |= _paths(simulated(graph, origin[asked], end[asked]).best(np.full(len(asked), KEPT)))
    paths |= _carried_on(completion, chains, whole, ends, sorted(paths))
    rest = np.flatnonzero(~named)
    room = max(most - len(paths), 0)
    others = simulated(graph, origin[rest[:room]], end[rest[:room]])
    paths |= _paths(_likeliest(others.best(np.full(room, KEPT_UNREPORTED)), score[rest], room=room))
    pairs = set(zip(origin.tolist(), end.tolist(), strict=True))
    left_out = len(pairs - {(path[0], path[-1]) for path in paths})
    return Choice(sorted(paths), reported, frozenset(completion.direct), left_out)


def _other_readings(
    graph: StateGraph, places: pd.DataFrame, chains: NamedChains, completion: Completion
) -> set[tuple[int, ...]]:
    """Return further ways through what reports name: with fewest unnamed places, under perceived costs, between ends.

    A report that names one end only is also completed to each place that other reports name together with that end:
    what two consignments of one route let slip fits together.
    """
    fewest = Completion(graph, places, link_cost=graph.cost + _STOP_KM)
    whole = [
        stops for stops, told in zip(chains.stops, chains.has_origin & chains.has_destination, strict=True) if told
    ]
    perceived = (Completion(graph, places, link_cost=graph.perceived(_READING + k)) for k in range(READINGS))
    found = {one.complete(stops, strict=True) for one in (fewest, *perceived) for stops in whole}
    half = _between_known_ends(chains)
    found |= {one.complete(stops, strict=True) for one in (completion, fewest) for stops in half}
    return {path for path in found if path is not None}


def _between_known_ends(chains: NamedChains) -> list[tuple[np.ndarray, ...]]:
    """Return the chains that name one end, each carried to the places that chains most often name with that end."""
    onward, back = _companions(chains)
    half: list[tuple[np.ndarray, ...]] = []
    for stops, begun, ended in zip(chains.stops, chains.has_origin, chains.has_destination, strict=True):
        if begun and not ended and len(stops[0]) == 1:
            half += [(*stops, end) for end in onward.get(int(stops[0][0]), [])[:COMPANIONS]]
        if ended and not begun and len(stops[-1]) == 1:
            half += [(begin, *stops) for begin in back.get(int(stops[-1][0]), [])[:COMPANIONS]]
    return half


def _companions(chains: NamedChains) -> tuple[dict[int, list[np.ndarray]], dict[int, list[np.ndarray]]]:
    """Return the destinations that chains name with each origin, and the origins with each destination, by events."""
    events: dict[tuple[int, int], int] = {}
    for stops, told, n in zip(chains.stops, chains.has_origin & chains.has_destination, chains.events, strict=True):
        if told and len(stops[0]) == len(stops[-1]) == 1:
            pair = (int(stops[0][0]), int(stops[-1][0]))
            events[pair] = events.get(pair, 0) + int(n)
    onward: dict[int, list[np.ndarray]] = {}
    back: dict[int, list[np.ndarray]] = {}
    for begin, end in sorted(events, key=lambda pair: (-events[pair], pair)):
        onward.setdefault(begin, []).append(np.array([end]))
        back.setdefault(end, []).append(np.array([begin]))
    return onward, back


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
    completion: Completion,
    chains: NamedChains,
    whole: list[tuple[int, ...] | None],
    ends: Ends,
    paths: list[tuple[int, ...]],
) -> set[tuple[int, ...]]:
    """Return ways for the chains that no route yet explains, carried on to the nearest plausible ends."""
    told = explained(chains, paths, len(ends.origin))
    begins, finishes = np.flatnonzero(ends.origin), np.flatnonzero(ends.destination)
    added: set[tuple[int, ...]] = set()
    for number in np.flatnonzero(~told):
        passed = not chains.has_origin[number] and chains.seized[number] != 0
        path, ahead = whole[number], not chains.has_destination[number]
        if path is None:
            # A destination named before on the way is taken for a wrong one: the report is then as good as without it.
            shorter = chains.stops[number][:-1] if chains.has_destination[number] else ()
            path = completion.complete(shorter) if len(shorter) > 1 else None
            ahead = True
        if path is None:
            continue
        ways = completion.onward(path, finishes, most=ONWARD, back=False) if ahead else [path]
        if passed or not (chains.has_origin[number] or ends.origin[path[0]]):
            ways = [longer for way in ways for longer in completion.onward(way, begins, most=1, back=True)]
        added |= set(ways)
    return added


def _paths(sets: ChoiceSets) -> set[tuple[int, ...]]:
    rows = zip(sets.ways.places.tolist(), sets.ways.length.tolist(), strict=True)
    return {tuple(places[:length]) for places, length in rows}
