"""Leader clustering: which chains name corridors, and which routes are near-duplicates of one already named."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from routegraph.corridors.ways import REPEATS, TOGETHER, Path, Ways, incidence, turns

if TYPE_CHECKING:
    from collections.abc import Callable

    from scipy.sparse import csr_array

CARRY_ON = 0.25
"""A chain is cut at a place where fewer than this share of the thinner side's consignments go on."""

TAIL = 0.25
"""An end leg is cut off where it carries less than this share of the chain's median leg."""

SAME_PLACES = 0.75
"""A chain is not named again when an earlier corridor passes this share of its places in the same order."""

MOST_CORRIDORS = 300
MOST_CANDIDATES = 4000
MOST_TRIMS = 40
_BLOCK = 500


@dataclass
class _Search:
    """One search: what every way carries that no corridor has taken yet, and which chains may still lead."""

    ways: Ways
    free: np.ndarray
    candidates: tuple[Path, ...]
    overlap: csr_array
    leads: Callable[[Path], bool]
    may_lead: np.ndarray
    found: list[Path]

    def carried(self, path: Path) -> float:
        """Return consignment-legs: flow not yet taken times the legs of ``path`` that it travelled."""
        return float(self.ways.carried(path) @ self.free)

    def next_leader(self) -> Path | None:
        """Return the trimmed chain that carries most, or None where nothing is left.

        What a chain carries before trimming ranks it; it is trimmed when it comes first, and competes again with what
        it carries then, so that a long chain over two separate flows does not win by its length.
        """
        score = np.where(self.may_lead, self.overlap @ self.free, -np.inf)
        trimmed: dict[int, Path] = {}
        while True:
            first = int(np.argmax(np.round(score, 9))) if len(score) else -1
            if first < 0 or score[first] <= 0:
                return None
            if first in trimmed:
                return trimmed[first]
            if len(trimmed) == MOST_TRIMS:
                return trimmed[max(trimmed, key=lambda k: (round(float(score[k]), 9), -k))]
            cut = self.trim(self.candidates[first])
            if cut is None or not self.leads(cut) or any(_repeats(cut, earlier) for earlier in self.found):
                self.may_lead[first], score[first] = False, -np.inf
                continue
            trimmed[first], score[first] = cut, self.carried(cut)

    def trim(self, path: Path) -> Path | None:
        """Cut ``path`` where few go on and where its ends are thin; None where less than two legs remain."""
        while True:
            leg, junction = self._along(path)
            if not leg.any():
                return None
            thinner = np.minimum(leg[:-1], leg[1:])
            breaks = np.flatnonzero(junction < CARRY_ON * thinner)
            if len(breaks):
                pieces = np.split(np.arange(len(leg)), breaks + 1)
                long = [piece for piece in pieces if len(piece) > 1]
                if not long:
                    return None
                best = max(long, key=lambda piece: (round(float(leg[piece].sum()), 9), -int(piece[0])))
                path = path[best[0] : best[-1] + 2]
                continue
            if len(leg) == 2:
                return path
            end = 0 if leg[0] < leg[-1] else len(leg) - 1
            if leg[end] >= TAIL * np.median(leg):
                return path
            path = path[1:] if end == 0 else path[:-1]

    def extend(self, path: Path) -> Path:
        """Grow ``path`` leg by leg while it stands untrimmed, the leg that carries most first.

        So that its ends lie where the flow thins, not where half of its legs happens to fall.
        """
        while True:
            standing = [
                one
                for one in self.ways.longer_by_one(path)
                if self.trim(one) == one and not any(_repeats(one, earlier) for earlier in self.found)
            ]
            if not standing:
                return path
            path = max(standing, key=lambda one: round(self._end(one, other=path), 9))

    def _end(self, longer: Path, *, other: Path) -> float:
        leg, _ = self._along(longer)
        return float(leg[0] if longer[1:] == other else leg[-1])

    def _along(self, path: Path) -> tuple[np.ndarray, np.ndarray]:
        """Return the free flow of the corridor's routes on each leg and through each junction of ``path``."""
        flow = np.where(self.ways.carried(path) > 0, self.free, 0.0)
        leg = flow @ self.ways.legs
        junction = flow @ self.ways.junctions
        at, turn_at = self.ways.leg_at, self.ways.junction_at
        return leg[[at[one] for one in pairwise(path)]], junction[[turn_at[one] for one in turns(path)]]


def leaders(ways: Ways, flow: np.ndarray, *, may_lead: Callable[[Path], bool]) -> tuple[Path, ...]:
    """Return the chains that name corridors, in the order in which they were found.

    Parameters
    ----------
    ways
        The ways that consignments took.
    flow
        Consignments on each way, >= 0.
    may_lead
        Whether a path may name a corridor: it crosses a border that counts, and records are on it.

    Notes
    -----
    Each round takes the chain with most consignment-legs (flow of the ways that carry it, times the legs of it that
    they hold), trims it, grows it, and takes away the ways that repeat it. A longer chain has more legs and fewer ways
    that were travelled along half of it, so that the data set its length. A chain that repeats an earlier corridor is
    not named again. Ties go to the path that sorts first.
    """
    candidates = _candidates(ways, flow)
    overlap = _overlaps(ways, candidates)
    search = _Search(ways, flow.copy(), candidates, overlap, may_lead, np.ones(len(candidates), dtype=bool), [])
    while len(search.found) < MOST_CORRIDORS and (leader := search.next_leader()) is not None:
        leader = search.extend(leader)
        search.free = np.where(ways.repeating(leader), 0.0, search.free)
        search.found.append(leader)
    return tuple(search.found)


def _repeats(path: Path, earlier: Path) -> bool:
    """Return whether ``path`` is ``earlier`` again: by its legs, two of them in a row, or by its places in order.

    By places, because two reports of one way differ in the places between that they leave out.
    """
    legs = set(pairwise(path))
    if len(legs.intersection(pairwise(earlier))) >= REPEATS * len(legs) and not set(turns(path)).isdisjoint(
        turns(earlier)
    ):
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


def _candidates(ways: Ways, flow: np.ndarray) -> tuple[Path, ...]:
    """Return the chains that may lead: all that carry flow, or those over the busiest junctions where too many."""
    busy = np.round(ways.junctions @ (flow @ ways.junctions), 9)
    carrying = np.flatnonzero(flow > 0)
    ranked = carrying[np.argsort(-busy[carrying], kind="stable")]
    return tuple(sorted({lead for lead in (ways.leads[k] for k in ranked[:MOST_CANDIDATES]) if len(lead) > 2}))


def _overlaps(ways: Ways, candidates: tuple[Path, ...]) -> csr_array:
    """Return candidates x ways: legs shared, where the way carries the candidate."""
    from scipy.sparse import csr_array, vstack

    legs = incidence([tuple(pairwise(path)) for path in candidates], dict(ways.leg_at))
    junctions = incidence([turns(path) for path in candidates], dict(ways.junction_at))
    blocks = [csr_array((0, len(ways.paths)))]
    for start in range(0, len(candidates), _BLOCK):
        rows = slice(start, start + _BLOCK)
        done = (legs[rows] @ ways.travelled.T).tocoo()
        at, way = done.coords
        enough = done.data >= TOGETHER * np.diff(legs[rows].indptr)[at]
        kept = csr_array((np.ones(int(enough.sum())), (at[enough], way[enough])), shape=done.shape)
        kept = kept.multiply((junctions[rows] @ ways.junctions.T).astype(bool))
        blocks.append(csr_array((legs[rows] @ ways.legs.T).multiply(kept)))
    return csr_array(vstack(blocks))
