"""Ways through given places in order: least-cost, no place twice."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from routegraph.places.geodesy import distance_km

if TYPE_CHECKING:
    from collections.abc import Sequence

    from routegraph.network.route_sets import StateGraph

_TRIES = 12  # ends tried in order of cost before a way is carried on by a direct step


class Completion:
    """Completes chains of places over the least-cost ways of a state graph.

    ``direct`` collects steps that no link joins and that were needed all the same: pairs of positions.

    Parameters
    ----------
    graph
        Places, modes and costs.
    places
        The same places with lat and lon, for what is nearest where no link leads on.
    link_cost
        Costs of links to use in place of the declared ones.
    """

    def __init__(self, graph: StateGraph, places: pd.DataFrame, *, link_cost: np.ndarray | None = None) -> None:
        self._graph = graph
        self._cost = graph.cost if link_cost is None else link_cost
        self._km = _all_distances(places)
        self.distance, self._before = graph.search(np.arange(graph.size), link_cost=self._cost)
        self._states = [np.flatnonzero(graph.state_place == k) for k in range(graph.n_places)]
        self.direct: set[tuple[int, int]] = set()

    def complete(self, stops: Sequence[np.ndarray], *, strict: bool = False) -> tuple[int, ...] | None:
        """Return the least-cost way through the stops in order, no place twice; None where the stops themselves repeat.

        A stop is met by any one of its places. Where no links lead on, or only over a place that was passed before, the
        way is found stop by stop around what was passed, and in the last resort by a direct step; with ``strict`` it is
        None.
        """
        exact = [int(stop[0]) for stop in stops if len(stop) == 1]
        if len(set(exact)) < len(exact):
            return None
        path = self._least(stops)
        if path is not None and len(set(path)) == len(path):
            return path
        return None if strict else self._around(stops)

    def onward(self, path: tuple[int, ...], ends: np.ndarray, *, most: int, back: bool) -> list[tuple[int, ...]]:
        """Return a way carried on to its nearest plausible ends, at its end or (``back``) its start."""
        here = path[0] if back else path[-1]
        cost = self.distance[ends, here] if back else self.distance[here, ends]
        km = self._km[here, ends]
        order = ends[np.lexsort((ends, np.round(km, 6), np.round(cost, 6)))]
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
            free = free or [one for one in range(self._graph.n_places) if one not in path]
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
            through = cost[:, None] + self.distance[here[:, None], there]
            place = self._graph.state_place
            through[place[here][:, None] == place[there]] = np.inf
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
        cost = self.distance[starts[:, None], ends]
        a, b = np.unravel_index(int(np.argmin(cost)), cost.shape)
        if not np.isfinite(cost[a, b]):
            return None
        way = _places_of(self._graph, [self._walk(int(starts[a]), int(ends[b]))])
        if not set(way) & set(shut):
            return way
        distance, before = self._graph.search(starts, link_cost=self._cost, without=shut)
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
