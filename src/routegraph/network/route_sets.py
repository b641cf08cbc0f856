"""Ways over a link network: least-cost ways under perturbed costs, what a way truly costs, and how far ways overlap."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scipy.sparse import csr_array

MODE_CHANGE_KM = 100.0
"""Cost of changing mode, in kilometres of road: an assumption. Half of it falls on leaving, half on taking a mode."""

PERTURBATION_SD = 0.35
"""Standard deviation of the logarithm of perceived over declared cost of a link."""

_FREE = 1e-3  # leaving or taking an unstated mode; not 0, which a sparse graph does not hold
_NONE = -1


@dataclass(frozen=True)
class Ways:
    """Ways as rows: ``places[w, :length[w]]`` are the positions of the places of way w, padded with -1.

    ``mark`` tells ways apart: equal marks, equal places in equal order.
    """

    places: np.ndarray
    length: np.ndarray
    mark: np.ndarray


class StateGraph:
    """Places and modes as states of a search: a hub for each place, and a state for each mode that serves it.

    Going from a hub to a mode's state costs half a change, and so does going back; a link joins the states of its mode.
    A way from hub to hub therefore pays for each change in full, and once for setting out and arriving.

    Parameters
    ----------
    places
        Ids of the places, sorted.
    links
        Columns origin, destination, mode, distance_km, cost; sorted by the first three.
    free_modes
        Modes that cost nothing to take or leave.
    """

    def __init__(self, places: pd.Index, links: pd.DataFrame, *, free_modes: Iterable[str] = ("unknown",)) -> None:
        self.places = places
        self.modes = sorted(links["mode"].unique())
        mode = links["mode"].map({name: k for k, name in enumerate(self.modes)}).to_numpy(np.int64)
        self.origin = places.get_indexer(pd.Index(links["origin"]))
        self.destination = places.get_indexer(pd.Index(links["destination"]))
        self.mode = mode
        self.cost = links["cost"].to_numpy(np.float64)
        self.board = np.array([_FREE if name in set(free_modes) else MODE_CHANGE_KM / 2 for name in self.modes])
        width = max(len(self.modes), 1)
        tail, head = self.origin * width + mode, self.destination * width + mode
        served = np.unique(np.concatenate([tail, head]))
        self.n_places, self.size = len(places), len(places) + len(served)
        self.state_place = np.concatenate([np.arange(len(places)), served // width])
        self.state_mode = np.concatenate([np.full(len(places), _NONE), served % width])
        self._tail, self._head = (self.n_places + np.searchsorted(served, end) for end in (tail, head))
        self._link_mark = _marks([f"{a}\t{b}\t{m}" for a, b, m in links[["origin", "destination", "mode"]].to_numpy()])
        self.place_mark = _marks([str(place) for place in places])

    def matrix(self, link_cost: np.ndarray, *, without: Sequence[int] = ()) -> csr_array:
        """Return the search graph with these costs of links, and without some places."""
        from scipy.sparse import coo_array

        states = np.arange(self.n_places, self.size)
        hubs, board = self.state_place[states], self.board[self.state_mode[states]]
        rows = np.concatenate([self._tail, hubs, states])
        ends = np.concatenate([self._head, states, hubs])
        cost = np.concatenate([link_cost, board, board])
        if len(without):
            shut = np.isin(self.state_place, without)
            kept = ~(shut[rows] | shut[ends])
            rows, ends, cost = rows[kept], ends[kept], cost[kept]
        return coo_array((cost, (rows, ends)), shape=(self.size, self.size)).tocsr()

    def search(
        self, sources: np.ndarray, *, link_cost: np.ndarray | None = None, without: Sequence[int] = ()
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return least costs and predecessors from each source state to every state (sources x states)."""
        from scipy.sparse.csgraph import dijkstra

        matrix = self.matrix(self.cost if link_cost is None else link_cost, without=without)
        distance, before = dijkstra(matrix, indices=sources, return_predecessors=True)
        return distance, before

    def perceived(self, draw: int) -> np.ndarray:
        """Return link costs as one traveller perceives them: lognormal about the declared cost.

        The noise of a link depends on its ends, its mode and the number of the draw, not on its row.
        """
        from scipy.special import ndtri

        mixed = _scramble(self._link_mark + np.uint64((draw + 1) * 0x9E3779B97F4A7C15 % 2**64))
        uniform = ((mixed >> np.uint64(11)).astype(np.float64) + 0.5) / 2.0**53
        return np.asarray(self.cost * np.exp(PERTURBATION_SD * ndtri(uniform)))

    def ways(self, before: np.ndarray, source_row: np.ndarray, destination: np.ndarray) -> Ways:
        """Return the ways from the sources of rows of ``before`` to the hubs of ``destination``; all must exist."""
        n = len(source_row)
        mark, length = self.place_mark[destination].copy(), np.ones(n, dtype=np.int64)
        state, here, active = destination.astype(np.int64), destination.astype(np.int64), np.arange(n)
        stops = [(active, here)]
        while len(active):
            state = before[source_row[active], state].astype(np.int64)
            on = state >= 0
            active, state, here = active[on], state[on], here[on]
            place = self.state_place[state]
            moved = place != here
            at, there = active[moved], place[moved]
            mark[at] = _follow(mark[at], self.place_mark[there])
            length[at] += 1
            stops.append((at, there))
            here = place
        return Ways(_reversed_rows(stops, length), length, mark)

    def mark_of(self, path: Sequence[int]) -> np.uint64:
        """Return the mark of one way given as positions of places."""
        mark = self.place_mark[[path[-1]]]
        for place in reversed(path[:-1]):
            mark = _follow(mark, self.place_mark[[place]])
        return np.uint64(mark[0])

    @cached_property
    def _by_ends(self) -> tuple[np.ndarray, np.ndarray]:
        """Return keys of linked pairs, sorted, and the cost of each by mode (inf where no link is)."""
        key = self.origin * self.n_places + self.destination
        keys, row = np.unique(key, return_inverse=True)
        table = np.full((len(keys) + 1, max(len(self.modes), 1)), np.inf)
        np.minimum.at(table, (row, self.mode), self.cost)
        return keys, table

    def price(self, ways: Ways) -> tuple[np.ndarray, np.ndarray]:
        """Return the least declared cost of each way over all choices of modes, and the mode of each leg (-1 padding).

        Costs of links and changes of mode between them; inf where a way passes two places that no link joins.
        """
        keys, table = self._by_ends
        n, legs = len(ways.length), max(ways.places.shape[1] - 1, 0)
        width = table.shape[1]
        total, chosen = np.zeros((n, width)), np.full((n, legs), _NONE, dtype=np.int8)
        came = np.full((legs, n, width), _NONE, dtype=np.int8)
        for leg in range(legs):
            on = np.flatnonzero(ways.length > leg + 1)
            key = ways.places[on, leg].astype(np.int64) * self.n_places + ways.places[on, leg + 1]
            row = np.minimum(np.searchsorted(keys, key), len(keys) - 1)
            cost = np.where((keys[row] == key)[:, None], table[row], np.inf)
            if leg == 0:
                total[on] = cost
                continue
            leaving = total[on] + self.board
            best = np.argmin(leaving, axis=1)
            changing = leaving[np.arange(len(on)), best][:, None] + self.board
            stays = total[on] <= changing
            came[leg][on] = np.where(stays, np.arange(width), best[:, None])
            total[on] = np.where(stays, total[on], changing) + cost
        last = np.argmin(total, axis=1)
        cost = total[np.arange(n), last]
        for leg in range(legs - 1, -1, -1):
            on = np.flatnonzero(ways.length > leg + 1)
            chosen[on, leg] = last[on]
            if leg:
                last[on] = came[leg][on, last[on]]
        return np.where(ways.length > 1, cost, 0.0), chosen


def path_size(ways: Ways, pair: np.ndarray, distance_km: np.ndarray) -> np.ndarray:
    """Return the logarithm of each way's path size within the ways of its pair.

    PS_i = sum over legs a of i of (l_a / L_i) / (number of the pair's ways that use a): 1 for a way that shares no leg,
    near 1/n for n ways that differ hardly.

    Parameters
    ----------
    ways
        Routes.
    pair
        Pair of ends of each.
    distance_km
        Length of each leg: ways x legs. Where a length is not known or all are 0, the legs count alike.

    References
    ----------
    Ben-Akiva, M. and Bierlaire, M. (1999), Discrete choice methods and their applications to short term travel
    decisions, in Hall, R. W. (ed.), Handbook of Transportation Science, doi 10.1007/978-1-4615-5203-1_2.
    """
    way, leg = np.nonzero(np.arange(distance_km.shape[1]) < (ways.length - 1)[:, None])
    ends = np.stack([pair[way], ways.places[way, leg], ways.places[way, leg + 1]])
    _, kind, users = np.unique(ends, axis=1, return_inverse=True, return_counts=True)
    km = distance_km[way, leg]
    n = len(ways.length)
    total = np.bincount(way, weights=km, minlength=n)
    even = ~(total > 0)
    km = np.where(even[way], 1.0, km)
    total = np.where(even, ways.length - 1, total)
    size = np.bincount(way, weights=km / total[way] / users[kind], minlength=n)
    return np.asarray(np.log(np.clip(size, 1e-12, 1.0)))


def stacked(parts: Sequence[Ways]) -> Ways:
    """Return ways one after another, padded to the longest."""
    width = max(part.places.shape[1] for part in parts)
    padded = [np.pad(part.places, ((0, 0), (0, width - part.places.shape[1])), constant_values=_NONE) for part in parts]
    return Ways(
        np.concatenate(padded),
        np.concatenate([part.length for part in parts]),
        np.concatenate([part.mark for part in parts]),
    )


def taken(ways: Ways, rows: np.ndarray) -> Ways:
    """Return some ways, in the order of ``rows``, no wider than the longest of them."""
    length = ways.length[rows]
    width = int(length.max()) if len(length) else 1
    return Ways(ways.places[rows][:, :width], length, ways.mark[rows])


def _reversed_rows(stops: list[tuple[np.ndarray, np.ndarray]], length: np.ndarray) -> np.ndarray:
    """Lay stops that were found from the end backwards into rows from the start onwards."""
    width = int(length.max()) if len(length) else 1
    rows = np.full((len(length), width), _NONE, dtype=np.int32)
    left = length.copy()
    for way, place in stops:
        left[way] -= 1
        rows[way, left[way]] = place
    return rows


def _follow(mark: np.ndarray, place_mark: np.ndarray) -> np.ndarray:
    return np.asarray(_scramble(mark) ^ place_mark)


def _marks(texts: list[str]) -> np.ndarray:
    """Return a number for each text that is the same on every machine and in every order."""
    digests = b"".join(hashlib.blake2b(text.encode(), digest_size=8).digest() for text in texts)
    return np.frombuffer(digests, dtype="<u8").astype(np.uint64)


def _scramble(values: np.ndarray) -> np.ndarray:
    """Return the finaliser of splitmix64 (Steele, Lea and Flood 2014, doi 10.1145/2714064.2660195) of each number."""
    mixed = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)))
