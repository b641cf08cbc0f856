"""The ways that consignments took: distinct routes with how far they were travelled, and which carry a given chain."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from scipy.sparse import csr_array

    from routegraph.network.graph import RouteGraph

TOGETHER = 0.5
"""A consignment carries a corridor when it travelled at least this share of the corridor's legs."""

REPEATS = 0.5
"""A route repeats a corridor when at least this share of its own legs is the corridor's."""

Key = TypeVar("Key")

Path = tuple[str, ...]
Leg = tuple[str, str]
Junction = tuple[str, str, str]


@dataclass(frozen=True)
class Ways:
    """Distinct routes of at least two legs of which at least one was travelled, sorted by their places.

    Attributes
    ----------
    paths
        The whole ways, intended steps included; the same path twice where it was travelled to different points.
    leads
        For each way the longest beginning of it that its own consignments carry, twice what they travelled, and that
        passes no place twice: a corridor leads from one place to another.
    of_route
        For each row of ``RouteGraph.routes`` the position of its way; -1 for none.
    legs, travelled, junctions
        Ways x distinct legs of the whole way; the same for legs travelled; and x pairs of consecutive legs; 1 where the
        way has it.
    leg_at, junction_at
        Column of each leg and junction.
    length
        Distinct legs of each way.
    """

    paths: tuple[Path, ...]
    leads: tuple[Path, ...]
    of_route: np.ndarray
    legs: csr_array
    travelled: csr_array
    junctions: csr_array
    leg_at: Mapping[Leg, int]
    junction_at: Mapping[Junction, int]
    length: np.ndarray

    @classmethod
    def of(cls, graph: RouteGraph) -> Ways:
        """Lay out the routes of ``graph``."""
        steps = graph.routes["travelled_steps"].tolist()
        keys = [(tuple(path), int(done)) for path, done in zip(graph.routes["path"], steps, strict=True)]
        ways = sorted({key for key in keys if len(key[0]) > 2 and key[1] > 0})
        number = {way: k for k, way in enumerate(ways)}
        paths = tuple(path for path, _ in ways)
        leg_at: dict[Leg, int] = {}
        junction_at: dict[Junction, int] = {}
        legs = incidence([tuple(pairwise(path)) for path in paths], leg_at)
        return cls(
            paths=paths,
            leads=tuple(_without_return(path[: int(done / TOGETHER) + 1]) for path, done in ways),
            of_route=np.array([number.get(key, -1) for key in keys], dtype=np.int64),
            legs=legs,
            travelled=incidence([tuple(pairwise(path[: done + 1])) for path, done in ways], leg_at),
            junctions=incidence([turns(path) for path in paths], junction_at),
            leg_at=leg_at,
            junction_at=junction_at,
            length=np.diff(legs.indptr).astype(np.float64),
        )

    def carried(self, path: Sequence[str]) -> np.ndarray:
        """Return how many legs of ``path`` lie on each way; 0 where the way does not carry that corridor.

        It carries it when at least ``TOGETHER`` of the corridor's legs were travelled, and the way as reported has at
        least two of its legs in a row.
        """
        marks = _marked(self.leg_at, pairwise(path), width=self.legs.shape[1])
        enough = self.travelled @ marks >= TOGETHER * len(set(pairwise(path)))
        return np.where(enough & self._turns_with(path), self.legs @ marks, 0.0)

    def repeating(self, path: Sequence[str]) -> np.ndarray:
        """Return which ways have at least ``REPEATS`` of their own legs on ``path``, two of them in a row."""
        both = self.legs @ _marked(self.leg_at, pairwise(path), width=self.legs.shape[1])
        return np.asarray(self._turns_with(path) & (both >= REPEATS * self.length))

    def longer_by_one(self, path: Path) -> tuple[Path, ...]:
        """Return ``path`` with one more leg before or after it, wherever one way has all of that; sorted."""
        marks = _marked(self.junction_at, turns(path), width=self.junctions.shape[1])
        found: set[Path] = set()
        for way in (self.paths[k] for k in np.flatnonzero(self.junctions @ marks == marks.sum())):
            at = next((k for k in range(len(way) - len(path) + 1) if way[k : k + len(path)] == path), None)
            if at is not None and at > 0:
                found.add(way[at - 1 : at + len(path)])
            if at is not None and at + len(path) < len(way):
                found.add(way[at : at + len(path) + 1])
        return tuple(sorted(one for one in found if len(set(one)) == len(one)))

    def routes_of(self, path: Sequence[str]) -> np.ndarray:
        """Return which rows of ``RouteGraph.routes`` carry ``path``, as positions in rising order."""
        # position -1 answers for routes that are no way
        part = np.append(self.carried(path) > 0, False)
        return np.flatnonzero(part[self.of_route])

    def per_way(self, per_route: np.ndarray) -> np.ndarray:
        """Return the sum of a number per route over the routes of each way, the same whatever the order of rows."""
        has = self.of_route >= 0
        ranked = np.lexsort((per_route[has], self.of_route[has]))
        return np.bincount(self.of_route[has][ranked], per_route[has][ranked], minlength=len(self.paths))

    def _turns_with(self, path: Sequence[str]) -> np.ndarray:
        marks = _marked(self.junction_at, turns(path), width=self.junctions.shape[1])
        return np.asarray(self.junctions @ marks > 0)


def turns(path: Sequence[str]) -> tuple[Junction, ...]:
    """Return the pairs of consecutive legs of a path, as triples of places."""
    return tuple(zip(path, path[1:], path[2:], strict=False))


def _without_return(path: Path) -> Path:
    """Return the beginning of ``path`` up to where it comes back to a place that it passed."""
    again = (k for k, place in enumerate(path) if place in path[:k])
    return path[: next(again, len(path))]


def incidence(rows: Sequence[Sequence[Key]], column: dict[Key, int]) -> csr_array:
    """Return rows x distinct keys, 1 where the row has the key; ``column`` gains keys in order of first use."""
    from scipy.sparse import csr_array

    entries = [sorted({column.setdefault(key, len(column)) for key in row}) for row in rows]
    starts = np.cumsum([0, *(len(entry) for entry in entries)])
    indices = np.array([one for entry in entries for one in entry], dtype=np.int64)
    return csr_array((np.ones(len(indices)), indices, starts), shape=(len(rows), max(len(column), 1)))


def _marked(column: Mapping[Key, int], keys: Iterable[Key], *, width: int) -> np.ndarray:
    """Return a vector of ``width`` with 1 at the column of each key that has one."""
    marks = np.zeros(width)
    marks[[column[key] for key in keys if key in column]] = 1.0
    return marks
