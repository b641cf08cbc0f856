"""How far back paths remember: orders of memory judged by records that were held out."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from routegraph.analysis.named_paths import Level, Visits

FOLDS = 5
PRIOR_VISITS = 2.0
"""Visits that the shorter context is worth where a longer one is asked what comes next."""


def threshold(length: int, support: np.ndarray) -> np.ndarray:
    """Return what KL must exceed for a context of ``length`` places: length / log2(1 + support).

    Xu, Wickramarathne & Chawla 2016, doi 10.1126/sciadv.1600028: (order + 1) / log2(1 + support), where the context
    that is extended has ``order`` places, so that the extended one has order + 1.
    """
    bits = np.log2(1.0 + support)
    return np.asarray(np.divide(length, bits, out=np.full(len(support), np.inf), where=bits > 0))


def held_out_loss(visits: Visits) -> np.ndarray:
    """Return records x orders: bits that each record's next places cost a model that had not seen the record.

    The model of order k is the published variable-order one with at most k places of context: a longer context counts
    where its KL exceeds the threshold, and is mixed with the shorter one as if that had been visited ``PRIOR_VISITS``
    times. No model, whatever its order, turns back to a place that it knows to be behind. A record's fold is a hash of
    its id: no row order, and no other record, changes it.
    """
    names, record = np.unique(visits.record, return_inverse=True)
    fold = np.array([int.from_bytes(blake2b(one.encode(), digest_size=4).digest()) % FOLDS for one in names.tolist()])
    loss = np.zeros((len(names), len(visits.levels)))
    for held in range(FOLDS):
        out = fold[record] == held
        chance = _chances(visits, (~out).astype(np.float64))[out]
        for order in range(len(visits.levels)):
            loss[:, order] += np.bincount(record[out], weights=-np.log2(chance[:, order]), minlength=len(names))
    return loss


def chosen_order(loss: np.ndarray) -> int:
    """Return the fewest places of context that foretell as well as the best order, within one standard error.

    The standard error is that of the mean difference between the two orders over records.
    """
    best = int(np.argmin(np.round(loss.mean(axis=0), 9))) if len(loss) else 0
    for order in range(best):
        more = loss[:, order] - loss[:, best]
        if len(more) > 1 and more.mean() <= more.std(ddof=1) / np.sqrt(len(more)):
            return order + 1
    return best + 1


def _chances(visits: Visits, seen: np.ndarray) -> np.ndarray:
    """Return visits x orders: chance of what came next, given that it is no place behind, learnt from ``seen``."""
    asked = np.column_stack([visits.after, _distinct(visits.before)])
    mixed = np.full(asked.shape, 1.0 / max(len(visits.places), 1))
    chance = np.empty((len(seen), len(visits.levels)))
    effective = np.empty(0)
    for length, level in enumerate(visits.levels, start=1):
        of_context, of_pair = level.counts(seen)
        share = np.divide(of_pair, of_context[level.of], out=np.zeros_like(of_pair), where=of_pair > 0)
        counts = np.ones(level.contexts, dtype=bool)
        if length > 1:
            shorter = _without_return(level, visits.levels[length - 2], effective)
            counts = _divergence(level, share, shorter) > threshold(length, of_context)
            share = np.where(counts[level.of], share, shorter)
        effective = share
        used = np.flatnonzero(level.context >= 0)
        used = used[counts[level.context[used]]]
        here = level.context[used]
        for column in range(asked.shape[1]):
            pair = level.pair_of(here, asked[used, column])
            taken = np.where(pair >= 0, of_pair[pair], 0.0) + PRIOR_VISITS * mixed[used, column]
            mixed[used, column] = taken / (of_context[here] + PRIOR_VISITS)
        behind = np.where(asked[:, 1:] >= 0, mixed[:, 1:], 0.0).sum(axis=1)
        chance[:, length - 1] = mixed[:, 0] / (1.0 - behind)
    return chance


def _distinct(before: np.ndarray) -> np.ndarray:
    """Return the places behind, each once: -1 where it stands further forward already."""
    out = before.copy()
    for back in range(1, before.shape[1]):
        out[(before[:, :back] == before[:, back, None]).any(axis=1), back] = -1
    return out


def _without_return(level: Level, below: Level, effective: np.ndarray) -> np.ndarray:
    """Return the shorter chance of each pair, given that the path does not turn back to the oldest place."""
    back = below.pair_of(level.shorter, level.oldest)
    left = 1.0 - np.where(back >= 0, effective[back], 0.0)
    known = effective[level.shorter_pair]
    return np.asarray(np.divide(known, left[level.of], out=np.zeros_like(known), where=left[level.of] > 0))


def _divergence(level: Level, share: np.ndarray, shorter: np.ndarray) -> np.ndarray:
    """Return KL(extended || shorter) in bits for each context."""
    ratio = np.divide(share, shorter, out=np.ones_like(share), where=(share > 0) & (shorter > 0))
    return np.bincount(level.of, weights=share * np.log2(ratio), minlength=level.contexts)
