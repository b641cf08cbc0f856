"""What consignments travelled: distinct chains of legs, and which of them travelled a given chain together."""

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
class Travelled:
    """Distinct travelled parts of routes with at least two legs, sorted by their places.

    Attributes
    ----------
    chains
        The distinct paths.
    of_route
        For each row of ``RouteGraph.routes`` the position of its travelled part in ``chains``; -1 for none.
    legs, junctions
        Chains x distinct legs, and chains x distinct pairs of consecutive legs; 1 where the chain has it.
    leg_at, junction_at
        Column of each leg and junction.
    length
        Distinct legs of each chain.
    """

    chains: tuple[Path, ...]
    of_route: np.ndarray
    legs: csr_array
    junctions: csr_array
    leg_at: Mapping[Leg, int]
    junction_at: Mapping[Junction, int]
    length: np.ndarray

    @classmethod
    def of(cls, graph: RouteGraph) -> Travelled:
        """Cut each route where it was seized, and keep what is longer than one leg."""
        steps = graph.routes["travelled_steps"].to_numpy()
        parts = [tuple(path[: done + 1]) for path, done in zip(graph.routes["path"], steps, strict=True)]
        chains = tuple(sorted({part for part in parts if len(part) > 2}))
        number = {chain: k for k, chain in enumerate(chains)}
        of_route = np.array([number.get(part, -1) for part in parts], dtype=np.int64)
        legs, leg_at = _incidence([tuple(pairwise(chain)) for chain in chains])
        junctions, junction_at = _incidence([tuple(zip(c, c[1:], c[2:], strict=False)) for c in chains])
        length = np.diff(legs.indptr).astype(np.float64)
        return cls(chains, of_route, legs, junctions, leg_at, junction_at, length)

    def carried(self, path: Sequence[str]) -> np.ndarray:
        """Return how many legs of ``path`` each chain travels; 0 where it does not carry that corridor.

        It carries it when it has at least ``TOGETHER`` of its legs, two of them consecutive.
        """
        both = self._shared(path)
        return np.where(both >= TOGETHER * len(set(pairwise(path))), both, 0.0)

    def repeating(self, path: Sequence[str]) -> np.ndarray:
        """Return which chains have at least ``REPEATS`` of their own legs on ``path``, two of them consecutive."""
        both = self._shared(path)
        return np.asarray((both > 0) & (both >= REPEATS * self.length))

    def _shared(self, path: Sequence[str]) -> np.ndarray:
        both = self.legs @ _marked(self.leg_at, pairwise(path), width=self.legs.shape[1])
        turns = zip(path, path[1:], path[2:], strict=False)
        turned = self.junctions @ _marked(self.junction_at, turns, width=self.junctions.shape[1])
        return np.where(turned > 0, both, 0.0)

    def longer_by_one(self, path: Path) -> tuple[Path, ...]:
        """Return ``path`` with one more leg before or after it, wherever one chain travels all of that; sorted."""
        turns = _marked(self.junction_at, zip(path, path[1:], path[2:], strict=False), width=self.junctions.shape[1])
        whole = np.flatnonzero(self.junctions @ turns == turns.sum())
        found: set[Path] = set()
        for chain in (self.chains[k] for k in whole):
            at = next((k for k in range(len(chain) - len(path) + 1) if chain[k : k + len(path)] == path), None)
            if at is None:
                continue
            if at > 0:
                found.add(chain[at - 1 : at + len(path)])
            if at + len(path) < len(chain):
                found.add(chain[at : at + len(path) + 1])
        return tuple(sorted(one for one in found if len(set(one)) == len(one)))

    def routes_of(self, path: Sequence[str]) -> np.ndarray:
        """Return which rows of ``RouteGraph.routes`` carry ``path``, as positions in rising order."""
        # position -1 answers for routes that travelled no chain
        part = np.append(self.carried(path) > 0, False)
        return np.flatnonzero(part[self.of_route])

    def per_chain(self, per_route: np.ndarray) -> np.ndarray:
        """Return the sum of a number per route over the routes of each chain, rounded so that row order is nothing."""
        has = self.of_route >= 0
        ranked = np.lexsort((per_route[has], self.of_route[has]))
        return np.bincount(self.of_route[has][ranked], per_route[has][ranked], minlength=len(self.chains))


def _marked(column: Mapping[Key, int], keys: Iterable[Key], *, width: int) -> np.ndarray:
    """Return a vector of ``width`` with 1 at the column of each key that has one."""
    marks = np.zeros(width)
    marks[[column[key] for key in keys if key in column]] = 1.0
    return marks


def _incidence(rows: Sequence[Sequence[Key]]) -> tuple[csr_array, dict[Key, int]]:
    """Return rows x distinct keys, and the column of each key in order of first use."""
    from scipy.sparse import csr_array

    column: dict[Key, int] = {}
    entries = [sorted({column.setdefault(key, len(column)) for key in row}) for row in rows]
    starts = np.cumsum([0, *(len(entry) for entry in entries)])
    indices = np.array([one for entry in entries for one in entry], dtype=np.int64)
    matrix = csr_array((np.ones(len(indices)), indices, starts), shape=(len(rows), max(len(column), 1)))
    return matrix, column
