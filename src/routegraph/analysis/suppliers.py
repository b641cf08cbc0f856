"""Where the illicit flow that first appears at a place was diverted: candidates, traces, and draws of their shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from routegraph.analysis.licit_side import FARTHEST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from routegraph.analysis.licit_side import LicitSide

MOST_CANDIDATES = 40
"""Places that may have supplied one place of first appearance, besides those that its own traces name."""
MOST_TRACED = 40
"""Places named by most traces, which may have supplied any place of first appearance."""
MOST_CASES = 150
"""Places of first appearance that a draw learns from: more change nothing but the time."""
PRIOR_CASES = 5.0
"""How many cases the licit side is worth before any is seen: a handful of suppliers may explain all that appears."""
OWN_WAYS = 2.0
"""How many traces the common suppliers are worth against a place's own traces."""
TRACE_ERROR = 0.05
"""Chance that a trace names a wrong place, any place alike: no study of it is known to us, so one in twenty."""
SWEEPS = 8
"""Times that every case of a draw is given its supplier anew."""
CHUNK = 500
LEAST = 1e-100
"""Added to every weight, as a share of the prior, so that none of them is lost."""
NOTHING = 1e-9
"""Share below which a place supplied nothing: what rounding leaves must not be ranked."""


@dataclass(frozen=True)
class Candidates:
    """Who may have supplied each place of first appearance: arrays of places of first appearance x candidates.

    Attributes
    ----------
    place
        Positions of places; the first candidate is the place itself. Rows are filled up with it at nearness 0.
    nearness
        exp(-d), d being the effective distance from the candidate to the place of first appearance: 1 at the place
        itself, exp(-``FARTHEST``) where no known licit way leads there.
    traces
        Events that a trace says were diverted at the candidate, less those that are probably errors.
    """

    place: np.ndarray
    nearness: np.ndarray
    traces: np.ndarray

    @classmethod
    def of(cls, side: LicitSide, first: np.ndarray, traces: np.ndarray) -> Candidates:
        """Choose the candidates of the places ``first``; ``traces`` has rows of (position in first, place, events)."""
        named = np.bincount(traces[:, 1], weights=traces[:, 2], minlength=len(side.prior))
        pooled = np.lexsort((np.arange(len(named)), -named))[:MOST_TRACED]
        pooled = pooled[named[pooled] > 0]
        rows = list(_rows(side, first, traces, pooled))
        width = max((len(row) for row, *_ in rows), default=1)
        place = np.repeat(first[:, None], width, axis=1)
        nearness = np.zeros(place.shape)
        for k, (row, near) in enumerate(rows):
            place[k, : len(row)], nearness[k, : len(row)] = row, near
        events = np.zeros(place.shape)
        for k, at, n in traces:
            events[k, np.flatnonzero((place[k] == at) & (nearness[k] > 0))[0]] += n
        return cls(place, nearness, events * _right(place, events, places=len(side.prior)))

    def expected(self, weight: np.ndarray) -> np.ndarray:
        """Return how the first appearances at each place divide over its candidates where traces do not tell."""
        pull = weight[self.place] * self.nearness
        return np.asarray(pull / pull.sum(axis=1, keepdims=True))


def _rows(
    side: LicitSide, first: np.ndarray, traces: np.ndarray, pooled: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the candidates of each place and their nearness: itself, the likeliest upstream, those that traces name."""
    for start in range(0, len(first), CHUNK):
        block = first[start : start + CHUNK]
        distance = side.distances_to(block)
        for k, own in enumerate(block):
            reach = np.flatnonzero(np.isfinite(distance[k]) & (np.arange(distance.shape[1]) != own))
            pull = np.round(np.log(side.prior[reach]) - distance[k, reach], 9)
            likely = reach[np.lexsort((reach, -pull))][:MOST_CANDIDATES]
            told = traces[traces[:, 0] == start + k, 1]
            others = np.unique(np.concatenate([likely, pooled, told]))
            row = np.concatenate([[own], others[others != own]]).astype(np.int64)
            yield row, np.exp(-np.minimum(distance[k, row], FARTHEST))


def _right(place: np.ndarray, events: np.ndarray, *, places: int) -> np.ndarray:
    """Return the chance that a trace which names a candidate is right, all other traces being taken as read.

    Right: (1 - e) q, q being the share that other traces give the candidate: those of the case, with ``PRIOR_CASES``
    spread over all places, and those of this place of first appearance. Wrong: e / number of places. Licit ways do not
    come into it, for a trace is direct evidence. Wrong traces tell nothing, so that they are left out.
    """
    named = np.bincount(place.ravel(), weights=events.ravel(), minlength=places)
    one = np.minimum(events, 1.0)
    common = (PRIOR_CASES / places + named[place] - one) / (PRIOR_CASES + named.sum() - one)
    others, total = events - one, events.sum(axis=1, keepdims=True) - one
    share = (OWN_WAYS * common + others) / (OWN_WAYS + total)
    right, wrong = (1 - TRACE_ERROR) * share, TRACE_ERROR / places
    return np.asarray(right / (right + wrong))


def supplied(side: LicitSide, candidates: Candidates, appearing: np.ndarray, *, rng: np.random.Generator) -> np.ndarray:
    """Return draws x places: the share of first appearances that were diverted at each place.

    Parameters
    ----------
    side, candidates
        The licit side, and who may have supplied each place of first appearance.
    appearing
        Draws x places of first appearance: flow that sets out there.
    rng
        Where chance comes from.

    Returns
    -------
    numpy.ndarray
        Rows sum to 1; to 0 where nothing sets out in a draw.
    """
    total = appearing.sum(axis=1, keepdims=True)
    share = np.divide(appearing, total, out=np.zeros_like(appearing), where=total > 0)
    # Drawn, not its mean, for shares are ratios of it.
    count, prior_cases = _cases(side, candidates, share, rng=rng)
    weight = rng.gamma(prior_cases * side.prior + count) + LEAST * side.prior
    out = np.zeros((len(share), len(side.prior)))
    for draw, (own, common) in enumerate(zip(share, weight, strict=True)):
        shape = OWN_WAYS * candidates.expected(common) + candidates.traces
        part = rng.gamma(shape)
        sums = part.sum(axis=1, keepdims=True)
        part = np.where(sums > 0, part / np.where(sums > 0, sums, 1.0), shape / shape.sum(axis=1, keepdims=True))
        out[draw] = np.bincount(candidates.place.ravel(), weights=(own[:, None] * part).ravel(), minlength=out.shape[1])
    out[out < NOTHING] = 0.0
    return out


def _cases(
    side: LicitSide, candidates: Candidates, share: np.ndarray, *, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return how many cases each place supplied (draws x places), and how many the licit side is worth (draws x 1).

    Gibbs sampling, all draws side by side: in each sweep every case in turn is given its supplier anew, then the worth
    of the licit side is drawn.
    """
    draws, case = len(share), _drawn(share, rng=rng)
    row, worth = np.arange(draws), np.full((draws, 1), PRIOR_CASES)
    count = np.zeros((draws, len(side.prior)))
    supplier = np.zeros(case.shape, dtype=np.int64)
    for sweep in range(SWEEPS):
        for k, at in enumerate(case.T):
            if sweep:
                count[row, supplier[:, k]] -= 1
            place = candidates.place[at]
            pull = (worth * side.prior[place] + count[row[:, None], place]) * candidates.nearness[at]
            shape = OWN_WAYS * pull / pull.sum(axis=1, keepdims=True) + candidates.traces[at]
            bound = np.cumsum(shape, axis=1)
            slot = (bound < rng.random((draws, 1)) * bound[:, -1:]).sum(axis=1)
            supplier[:, k] = place[row, slot]
            count[row, supplier[:, k]] += 1
        worth = _worth(worth, cases=case.shape[1], suppliers=(count > 0).sum(axis=1, keepdims=True), rng=rng)
    return count, worth


def _worth(worth: np.ndarray, *, cases: int, suppliers: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw how many cases the licit side is worth, given how many suppliers share the cases (Escobar & West 1995).

    Few suppliers of many cases: little, so that they are taken to supply the rest as well; a supplier for nearly
    every case: much. The prior is exponential with mean ``PRIOR_CASES``.
    """
    rate = 1 / PRIOR_CASES - np.log(rng.beta(worth + 1, cases))
    again = rng.random(worth.shape) * (suppliers + cases * rate) < suppliers
    return np.asarray(rng.gamma(suppliers + again) / rate)


def _drawn(share: np.ndarray, *, rng: np.random.Generator) -> np.ndarray:
    """Return draws x cases: places of first appearance (columns of ``share``), each drawn by its share of the flow.

    They are what a draw learns from. There are as many as the effective number of such places, exp(entropy): a
    thousand consignments that set out at one place are one case, since one leak may have supplied them all.
    """
    entropy = -(share * np.log(np.where(share > 0, share, 1.0))).sum(axis=1)
    n = min(MOST_CASES, max(1, round(float(np.exp(entropy).mean()))))
    edge = np.cumsum(share, axis=1)
    at = rng.random((len(share), n)) * edge[:, -1:]
    found = [np.searchsorted(bounds, one, side="right") for bounds, one in zip(edge, at, strict=True)]
    return np.asarray(np.minimum(np.stack(found), share.shape[1] - 1))
