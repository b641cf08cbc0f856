"""Which chains name corridors: routes clustered by shared legs, each cluster named by its most probable path."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from routegraph.corridors.ways import ON, Path, Ways

if TYPE_CHECKING:
    from collections.abc import Callable

    from scipy.sparse import csr_array

ALIKE = 0.8
"""Two ways are of one cluster when they share at least this part of all legs that either has (Jaccard)."""

COMMON_END = 0.5
"""An end of a chain stands where at least this share of its consignments begin (or end) there."""

CARRY_ON = 0.25
"""Beyond an end that does not stand, a chain grows while at least this share of what it carried goes on together."""

SAME_PLACES = 0.75
"""A chain is not named again when an earlier corridor passes this share of its places in the same order."""

MOST_CORRIDORS = 300
MOST_CANDIDATES = 4000


class Lead(NamedTuple):
    """A chain that names a corridor: its whole path, and the core that it grew from."""

    path: Path
    core: Path


@dataclass
class _Search:
    """One search: what every way carries that no corridor has taken yet."""

    ways: Ways
    free: np.ndarray
    found: list[Lead]

    def grown(self, path: Path) -> Path:
        """Grow ``path`` beyond ends that few of its consignments share, leg by leg, the leg that carries most first.

        Firearm traces between many pairs of states run along one road: no pair is most of it, and its ends lie where
        the stream thins. A route that most of its consignments travel from end to end has its ends already.
        """
        near = self.ways.alike(path, at_least=ALIKE)
        carried = float(self.free[near].sum())
        open_ends = [end for end in (0, -1) if self._share(near, path[end], end=end) < COMMON_END]
        while True:
            on = [
                (flow, -end, place)
                for end in open_ends
                for place, flow in self._beyond(path, end=end).items()
                if place not in path and flow >= CARRY_ON * carried > 0
            ]
            if not on:
                return path
            _, end, place = max(on, key=lambda one: (round(one[0], 9), one[1]))
            path = (*path, place) if end else (place, *path)

    def _share(self, near: np.ndarray, place: str, *, end: int) -> float:
        whole = float(self.free[near].sum())
        own = sum(float(self.free[k]) for k in near if self.ways.leads[k][end] == place)
        return own / whole if whole > 0 else 1.0

    def _beyond(self, path: Path, *, end: int) -> dict[str, float]:
        """Return the free flow that goes on beyond one end, by next place, of ways that hold most of ``path``."""
        leg = (path[-2], path[-1]) if end else (path[0], path[1])
        found: dict[str, float] = defaultdict(float)
        for k in self.ways.holding(path, leg=leg, at_least=ON):
            way = self.ways.leads[k]
            at = way.index(leg[0])
            if end and at + 2 < len(way):
                found[way[at + 2]] += float(self.free[k])
            if not end and at > 0:
                found[way[at - 1]] += float(self.free[k])
        return found

    def take(self, lead: Lead) -> None:
        """Note a corridor, and take away the ways that lie on it or that it lies on."""
        self.free = np.where(self.ways.overlapping(lead.path, at_least=ON), 0.0, self.free)
        self.found.append(lead)


def leaders(ways: Ways, flow: np.ndarray, *, may_lead: Callable[[Lead], bool]) -> tuple[Lead, ...]:
    """Return the chains that name corridors, the one with most flow first.

    Parameters
    ----------
    ways
        The ways that consignments took.
    flow
        Consignments on each way, >= 0.
    may_lead
        Whether a chain may name a corridor: it crosses a border that counts, and records are on it.

    Notes
    -----
    Ways are clustered by the legs that they share: single linkage at Jaccard ``ALIKE`` (scikit-learn's DBSCAN with one
    neighbour, Ester et al. 1996), which no order of rows and no tie can change. Each round names the cluster with most
    flow not yet taken by the path that most of it is alike to, grows it where its consignments have no common end, and
    takes away the ways that lie on it or that it lies on. A chain that repeats an earlier corridor is not named again.
    Ties go to the path that sorts first.

    References
    ----------
    Ester, Kriegel, Sander & Xu 1996, KDD-96, 226-231; Lee, Han & Whang 2007, doi 10.1145/1247480.1247546.
    """
    chosen = _candidates(ways, flow)
    if not len(chosen):
        return ()
    label, alike = _clusters(ways.legs[chosen])
    search = _Search(ways, flow.copy(), [])
    barred = np.zeros(len(chosen), dtype=bool)
    while len(search.found) < MOST_CORRIDORS:
        free = np.where(barred, 0.0, search.free[chosen])
        carried = np.bincount(label, weights=free)
        best = int(np.argmax(np.round(carried, 9)))
        if carried[best] <= 0:
            break
        mine = np.flatnonzero((label == best) & (free > 0))
        at = int(mine[np.argmax(np.round(alike[mine] @ free, 9))])
        named = ways.leads[chosen[at]]
        lead = Lead(search.grown(named), named)
        if not may_lead(lead) or any(_repeats(lead.path, earlier.path) for earlier in search.found):
            barred[[k for k in mine if ways.leads[chosen[k]] == named]] = True
            continue
        search.take(lead)
    return tuple(search.found)


def _repeats(path: Path, earlier: Path) -> bool:
    """Return whether ``path`` is ``earlier`` again: nearly all of its legs, or most of its places in the same order.

    By places, because two reports of one way differ in the places between that they leave out.
    """
    legs = set(pairwise(path))
    if len(legs.intersection(pairwise(earlier))) >= ON * len(legs):
        return True
    enough = SAME_PLACES * len(path)
    return len(set(path).intersection(earlier)) >= enough and _in_same_order(path, earlier) >= enough


def _in_same_order(path: Path, other: Path) -> int:
    """Return the length of the longest common subsequence of two paths."""
    longest = [0] * (len(other) + 1)
    for place in path:
        before = 0
        for k, one in enumerate(other, start=1):
            before, longest[k] = longest[k], before + 1 if place == one else max(longest[k], longest[k - 1])
    return longest[-1]


def _candidates(ways: Ways, flow: np.ndarray) -> np.ndarray:
    """Return the ways that may lead, by path: all with flow and two legs, or those with most where too many."""
    able = np.flatnonzero((flow > 0) & np.array([len(lead) > 2 for lead in ways.leads], dtype=bool))
    most = able[np.argsort(-np.round(flow[able], 9), kind="stable")][:MOST_CANDIDATES]
    return np.array(sorted(most.tolist(), key=lambda k: (ways.leads[k], k)), dtype=np.int64)


def _clusters(legs: csr_array) -> tuple[np.ndarray, csr_array]:
    """Return the cluster of each row of an incidence of ways and legs, and which rows are alike both ways (1)."""
    from scipy.sparse import csr_array
    from sklearn.cluster import DBSCAN

    shared = csr_array(legs @ legs.T).tocoo()
    row, column = shared.coords
    size = np.diff(legs.indptr)
    jaccard = shared.data / (size[row] + size[column] - shared.data)
    near = jaccard >= ALIKE - 1e-9
    # Near is near: how near must be above 0, for a sparse matrix takes 0 for no entry.
    apart = csr_array((np.ones(int(near.sum())), (row[near], column[near])), shape=shared.shape)
    found = DBSCAN(eps=1.0, min_samples=1, metric="precomputed").fit(apart)
    both = shared.data >= ALIKE * np.maximum(size[row], size[column]) - 1e-9
    alike = csr_array((np.ones(int(both.sum())), (row[both], column[both])), shape=shared.shape)
    return np.asarray(found.labels_, dtype=np.int64), alike
