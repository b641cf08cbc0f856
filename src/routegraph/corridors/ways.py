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

CORE = 0.6
"""A way is a corridor's traffic only with at least this share of the legs of the path that the corridor is named by."""

ON = 0.8
"""A way lies on a corridor when at least this share of its own legs is the corridor's."""

_SLACK = 1e-9

Key = TypeVar("Key")

Path = tuple[str, ...]
Leg = tuple[str, str]
Junction = tuple[str, str, str]


@dataclass(frozen=True)
class Ways:
    """Distinct routes of at least two legs of which at least one was travelled, sorted by their places.

    Attributes
    ----------
    leads
        For each way the beginning of it that its own consignments carry, at most twice what they travelled, up to where
        it comes back to a place that it passed: a corridor leads from one place to another.
    of_route
        For each row of ``RouteGraph.routes`` the position of its way; -1 for none.
    legs, travelled, junctions
        Ways x distinct legs of ``leads``; the same for legs travelled; and x pairs of consecutive legs; 1 where the
        way has it.
    leg_at, junction_at
        Column of each leg and junction.
    length
        Distinct legs of each lead.
    """

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
        leads = tuple(_without_return(path[: int(done / TOGETHER) + 1]) for path, done in ways)
        leg_at: dict[Leg, int] = {}
        junction_at: dict[Junction, int] = {}
        legs = incidence([tuple(pairwise(path)) for path in leads], leg_at)
        gone = [tuple(pairwise(lead[: done + 1])) for lead, (_, done) in zip(leads, ways, strict=True)]
        return cls(
            leads=leads,
            of_route=np.array([number.get(key, -1) for key in keys], dtype=np.int64),
            legs=legs,
            travelled=incidence(gone, leg_at),
            junctions=incidence([turns(path) for path in leads], junction_at),
            leg_at=leg_at,
            junction_at=junction_at,
            length=np.diff(legs.indptr).astype(np.float64),
        )

    def shared(self, path: Sequence[str]) -> np.ndarray:
        """Return how many legs of ``path`` each way has; 0 where it has no two of them in a row."""
        marks = _marked(self.leg_at, pairwise(path), width=self.legs.shape[1])
        turning = _marked(self.junction_at, turns(path), width=self.junctions.shape[1])
        return np.where(self.junctions @ turning > 0, self.legs @ marks, 0.0)

    def belonging(self, path: Sequence[str], *, core: Sequence[str]) -> np.ndarray:
        """Return which ways are this corridor's traffic: they lie on it, hold its core, and travelled half of it.

        ``core`` is the path that names it, before it grew (see :mod:`routegraph.corridors.clustering`).
        """
        marks, named = (_marked(self.leg_at, pairwise(one), width=self.legs.shape[1]) for one in (path, core))
        both = self.shared(path)
        enough = self.travelled @ marks >= TOGETHER * len(set(pairwise(path))) - _SLACK
        holds = self.legs @ named >= CORE * len(set(pairwise(core))) - _SLACK
        return np.asarray((both > 0) & (both >= ON * self.length - _SLACK) & enough & holds)

    def alike(self, path: Sequence[str], *, at_least: float) -> np.ndarray:
        """Return the ways that share at least this part of their own legs and of those of ``path``."""
        n = len(set(pairwise(path)))
        return np.flatnonzero(self.shared(path) >= at_least * np.maximum(self.length, n) - _SLACK)

    def overlapping(self, path: Sequence[str], *, at_least: float) -> np.ndarray:
        """Return whether each way lies on ``path``, or ``path`` on it, by at least this share of the shorter."""
        both = self.shared(path)
        return np.asarray((both > 0) & (both >= at_least * np.minimum(self.length, len(set(pairwise(path)))) - _SLACK))

    def holding(self, path: Sequence[str], *, leg: Leg, at_least: float) -> np.ndarray:
        """Return the ways that have at least this share of the legs of ``path``, ``leg`` among them."""
        has = self.legs @ _marked(self.leg_at, [leg], width=self.legs.shape[1]) > 0
        return np.flatnonzero(has & (self.shared(path) >= at_least * len(set(pairwise(path))) - _SLACK))

    def routes_of(self, path: Sequence[str], *, core: Sequence[str] = ()) -> np.ndarray:
        """Return which rows of ``RouteGraph.routes`` are the traffic of ``path``, as positions in rising order.

        ``core`` as for :meth:`belonging`; ``path`` itself where it is empty.
        """
        return self.rows(self.belonging(path, core=core or path))

    def rows(self, ways: np.ndarray) -> np.ndarray:
        """Return which rows of ``RouteGraph.routes`` are of the ways marked, as positions in rising order."""
        # position -1 answers for routes that are no way
        return np.flatnonzero(np.append(ways, False)[self.of_route])

    def per_way(self, per_route: np.ndarray) -> np.ndarray:
        """Return the sum of a number per route over the routes of each way, the same whatever the order of rows."""
        has = self.of_route >= 0
        ranked = np.lexsort((per_route[has], self.of_route[has]))
        return np.bincount(self.of_route[has][ranked], per_route[has][ranked], minlength=len(self.leads))


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
