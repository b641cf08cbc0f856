"""Ways through the places that reports name, in order: reports completed over the link network."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from routegraph.places.geodesy import distance_km

if TYPE_CHECKING:
    from collections.abc import Sequence

    from routegraph.network.link_network import LinkNetwork
    from routegraph.network.reports import Reports
    from routegraph.network.route_sets import StateGraph

ONWARD = 2
"""How many nearest plausible ends a report is carried on to, on a side where it names none."""

_TRIES = 12


@dataclass(frozen=True)
class NamedChains:
    """What reports name, each distinct chain once.

    Attributes
    ----------
    stops
        One tuple a chain: arrays of positions of places, one a stop; a stop of several places is a country of which the
        report does not say where.
    seized
        Position of the seizure among the stops, -1 where it is not named.
    has_origin, has_destination
        Whether the first stop is a stated origin, the last a stated destination.
    events
        Events of the reports behind each chain.
    """

    stops: list[tuple[np.ndarray, ...]]
    seized: np.ndarray
    has_origin: np.ndarray
    has_destination: np.ndarray
    events: np.ndarray


def named_chains(reports: Reports, network: LinkNetwork) -> NamedChains:
    """Return the distinct chains of places that non-domestic reports name, place-only ones left out.

    Stops that repeat their neighbour, or are the country of a neighbour, say nothing more and are joined with it. Names
    that stand for no place of the network are left out.
    """
    table = reports.table[~reports.table["domestic"] & ~reports.table["place_only"]]
    fields = ["origin", "vias_before", "seized", "vias_after", "destination"]
    distinct = table.groupby(fields, sort=True)["events"].sum().reset_index()
    where = _positions(network)
    country = dict(zip(network.places.index, network.places["country"], strict=True))
    found: dict[tuple[tuple[str, ...], int, bool, bool], int] = {}
    for origin, before, seized, after, destination, events in distinct[[*fields, "events"]].to_numpy().tolist():
        named = [*((origin, 0),), *((via, 1) for via in before), (seized, 2), *((via, 1) for via in after)]
        named.append((destination, 3))
        key = _joined_up([(name, role) for name, role in named if name in where], country)
        if len(key[0]) > 1:
            found[key] = found.get(key, 0) + int(events)
    chains = sorted(found)
    return NamedChains(
        [tuple(where[name] for name in names) for names, *_ in chains],
        np.array([seized for _, seized, _, _ in chains], dtype=np.int64),
        np.array([origin for _, _, origin, _ in chains], dtype=bool),
        np.array([destination for *_, destination in chains], dtype=bool),
        np.array([found[chain] for chain in chains], dtype=np.int64),
    )


def _positions(network: LinkNetwork) -> dict[str, np.ndarray]:
    """Return which places each id stands for: itself, or all places of the country that it is."""
    of_country = network.places.reset_index(drop=True).groupby("country").indices
    where = {str(country): np.asarray(rows) for country, rows in of_country.items() if country}
    return where | {str(place): np.array([k]) for k, place in enumerate(network.places.index)}


def _joined_up(named: list[tuple[str, int]], country: dict[str, str]) -> tuple[tuple[str, ...], int, bool, bool]:
    """Return names in order without what says nothing more, where the seizure is, and which ends are stated."""
    runs: list[tuple[str, set[int]]] = []
    for name, role in named:
        last = runs[-1][0] if runs else None
        if last is not None and (name == last or country.get(last) == name or country.get(name) == last):
            # Of a place and its country the place is kept: it is the more exact word.
            kept = last if name == last or country.get(last) == name else name
            runs[-1] = (kept, runs[-1][1] | {role})
        else:
            runs.append((name, {role}))
    seized = next((k for k, (_, roles) in enumerate(runs) if 2 in roles), -1)
    stated = (bool(runs) and 0 in runs[0][1], bool(runs) and 3 in runs[-1][1])
    return tuple(name for name, _ in runs), seized, *stated


class Completion:
    """Completes chains over the least-cost ways of a state graph.

    ``direct`` collects steps that no link joins and that were needed all the same: pairs of positions.
    """

    def __init__(self, graph: StateGraph, places: pd.DataFrame) -> None:
        self._graph = graph
        self._km = _all_distances(places)
        self.distance, self._before = graph.search(np.arange(graph.size))
        self._states = [np.flatnonzero(graph.state_place == k) for k in range(graph.n_places)]
        self.direct: set[tuple[int, int]] = set()

    def between(self, origin: int, destination: int) -> float:
        """Return the least cost between two places."""
        return float(self.distance[origin, destination])

    def complete(self, stops: Sequence[np.ndarray]) -> tuple[int, ...] | None:
        """Return the least-cost way through the stops in order, no place twice; None where the stops themselves repeat.

        A stop is met by any one of its places. Where no links lead on, or only over a place that was passed before, the
        way is found stop by stop around what was passed, and in the last resort by a direct step.
        """
        exact = [int(stop[0]) for stop in stops if len(stop) == 1]
        if len(set(exact)) < len(exact):
            return None
        path = self._least(stops)
        if path is None or len(set(path)) < len(path):
            path = self._around(stops)
        return path

    def onward(self, path: tuple[int, ...], ends: np.ndarray, *, most: int, back: bool) -> list[tuple[int, ...]]:
        """Return a way carried on to its nearest plausible ends, at its end or (``back``) its start."""
        here = path[0] if back else path[-1]
        cost = self.distance[ends, here] if back else self.distance[here, ends]
        km = self._km[here, ends]
        order = ends[np.lexsort((ends, km, cost))]
        found: list[tuple[int, ...]] = []
        for end in [int(one) for one in order if int(one) not in path][:_TRIES]:
            stops = [np.array([end]), np.array([here])] if back else [np.array([here]), np.array([end])]
            shut = path[1:] if back else path[:-1]
            tail = self._segment(stops[0], stops[1], shut=shut)
            if tail is not None and not set(tail) & set(shut):
                found.append(tail[:-1] + path if back else path + tail[1:])
            if len(found) == most:
                break
        if not found:
            free = [int(one) for one in order if int(one) not in path]
            if free:
                end = min(free, key=lambda one: (self._km[here, one], one))
                self.direct.add((end, here) if back else (here, end))
                found.append((end, *path) if back else (*path, end))
        return found

    def _least(self, stops: Sequence[np.ndarray]) -> tuple[int, ...] | None:
        """Return the least-cost way through stops over states, so that a mode may be kept through a stop."""
        at = [stops[0], *(np.concatenate([self._states[k][1:] for k in stop]) for stop in stops[1:-1]), stops[-1]]
        cost = np.zeros(len(at[0]))
        came: list[np.ndarray] = []
        for here, there in pairwise(at):
            if not len(there):
                return None
            through = cost[:, None] + self.distance[np.ix_(here, there)]
            came.append(np.argmin(through, axis=0))
            cost = through[came[-1], np.arange(len(there))]
        last = int(np.argmin(cost))
        if not np.isfinite(cost[last]):
            return None
        states = [int(at[-1][last])]
        for here, back in zip(at[-2::-1], came[::-1], strict=True):
            last = int(back[last])
            states.append(int(here[last]))
        states.reverse()
        return _places_of(self._graph, [self._walk(a, b) for a, b in pairwise(states)])

    def _walk(self, start: int, end: int) -> list[int]:
        found = [end]
        while found[-1] != start:
            found.append(int(self._before[start, found[-1]]))
        return found[::-1]

    def _around(self, stops: Sequence[np.ndarray]) -> tuple[int, ...] | None:
        ahead = [set(stop.tolist()) if len(stop) == 1 else set() for stop in stops]
        path: tuple[int, ...] = ()
        here = stops[0]
        for k in range(1, len(stops)):
            later = set().union(*ahead[k + 1 :])
            free = np.array([one for one in stops[k] if one not in path and one not in later], dtype=np.int64)
            if k == 1 and len(here) > 1:
                here = np.array([one for one in here if one not in later | ahead[1]], dtype=np.int64)
            if not len(free) or not len(here):
                return None
            tail = self._segment(here, free, shut=(*path[:-1], *sorted(later)))
            if tail is None:
                near = self._km[np.ix_(here, free)]
                a, b = np.unravel_index(int(np.argmin(near)), near.shape)
                tail = (int(here[a]), int(free[b]))
                self.direct.add(tail)
            path = path + tail if not path else path + tail[1:]
            here = np.array([path[-1]])
        return path

    def _segment(self, starts: np.ndarray, ends: np.ndarray, *, shut: Sequence[int]) -> tuple[int, ...] | None:
        """Return the least-cost way from any of some places to any of others that passes none of ``shut``."""
        cost = self.distance[np.ix_(starts, ends)]
        a, b = np.unravel_index(int(np.argmin(cost)), cost.shape)
        if not np.isfinite(cost[a, b]):
            return None
        way = _places_of(self._graph, [self._walk(int(starts[a]), int(ends[b]))])
        if not set(way) & set(shut):
            return way
        distance, before = self._graph.search(starts, without=shut)
        cost = distance[:, ends]
        a, b = np.unravel_index(int(np.argmin(cost)), cost.shape)
        if not np.isfinite(cost[a, b]):
            return None
        found = [int(ends[b])]
        while found[-1] != starts[a]:
            found.append(int(before[a, found[-1]]))
        return _places_of(self._graph, [found[::-1]])


def _places_of(graph: StateGraph, walks: list[list[int]]) -> tuple[int, ...]:
    """Return the places of walks over states, one after another; only what is left and come back to stands twice."""
    places = [int(graph.state_place[state]) for walk in walks for state in walk]
    return tuple(place for k, place in enumerate(places) if k == 0 or place != places[k - 1])


def _all_distances(places: pd.DataFrame) -> np.ndarray:
    lat, lon = places["lat"].to_numpy(np.float64), places["lon"].to_numpy(np.float64)
    return np.asarray(np.nan_to_num(distance_km(lat[:, None], lon[:, None], lat, lon), nan=1e9))


def explained(chains: NamedChains, paths: list[tuple[int, ...]], n_places: int) -> np.ndarray:
    """Return which chains some route explains: stops in order, the seizure before the end unless the end is stated.

    A stated origin is the route's first place, a stated destination its last.
    """
    longest = np.array([len(path) for path in paths], dtype=np.int64)
    # Column n_places stays 0: what no route passes. Positions count from 1.
    position = np.zeros((len(paths), n_places), dtype=np.int16, order="F")
    for step in range(int(longest.max()) if len(paths) else 0):
        on = np.flatnonzero(longest > step)
        position[on, [paths[k][step] for k in on]] = step + 1
    told = np.zeros(len(chains.stops), dtype=bool)
    for number, stops in enumerate(chains.stops):
        told[number] = _explains(
            position, longest, stops, origin=bool(chains.has_origin[number]),
            destination=bool(chains.has_destination[number]), seized=int(chains.seized[number]),
        )  # fmt: skip
    return told


def _explains(
    position: np.ndarray,
    longest: np.ndarray,
    stops: tuple[np.ndarray, ...],
    *,
    origin: bool,
    destination: bool,
    seized: int,
) -> bool:
    order = sorted(range(len(stops)), key=lambda k: len(stops[k]))
    routes = np.arange(len(longest))
    for k in order[:1]:
        routes = np.flatnonzero((position[:, stops[k]] > 0).any(axis=1))
    at = np.zeros(len(routes), dtype=np.int64)
    for k, stop in enumerate(stops):
        here = position[np.ix_(routes, stop)].astype(np.int64)
        if k == 0 and origin:
            here[here != 1] = 0
        if k == len(stops) - 1 and destination:
            here[here != longest[routes][:, None]] = 0
        elif k == seized:
            here[here == longest[routes][:, None]] = 0
        here[here <= at[:, None]] = np.iinfo(np.int64).max
        at = here.min(axis=1)
        on = at < np.iinfo(np.int64).max
        routes, at = routes[on], at[on]
        if not len(routes):
            return False
    return True
