"""Which contexts are remembered: longer ones that change what comes next by more than chance and length account for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from routegraph.analysis.discovery import benjamini_hochberg
from routegraph.analysis.memory_order import threshold
from routegraph.analysis.memoryless import Memoryless

if TYPE_CHECKING:
    from routegraph.analysis.named_paths import Level, Visits

FOUND_FALSE = 0.05
"""False discoveries among contexts that are said to be remembered."""

FEWEST_RECORDS = 5
"""Visits with a context below which it is not tested."""


@dataclass(frozen=True)
class Remembered:
    """A context that changes what comes next, and what it was held against.

    Attributes
    ----------
    length, shorter_length
        Places of the context, and of the longest shorter one that holds.
    visits
        Rows of the visits that have it.
    nexts, without
        Places that may come next, and the chance of each without this memory.
    divergence, p_value, q_value
        KL in bits, its chance in a memoryless world, and the false discovery rate over all contexts tested.
    """

    length: int
    shorter_length: int
    visits: np.ndarray
    nexts: np.ndarray
    without: np.ndarray
    divergence: float
    p_value: float
    q_value: float


@dataclass(frozen=True)
class _Tested:
    context: int
    visits: np.ndarray
    nexts: np.ndarray
    without: np.ndarray
    divergence: float
    p_value: float


def remembered(visits: Visits, *, order: int, seed: tuple[int, int]) -> tuple[list[Remembered], int]:
    """Return contexts of 2 to ``order`` places that are remembered, and how many were tested.

    A context is held against the longest shorter one that is itself remembered, else against its place alone, and
    there against visits known as far back as itself. Each length gets an equal part of ``FOUND_FALSE``.
    """
    found: list[Remembered] = []
    tested = 0
    # per visit: how many places the longest context that holds has, and its number
    holds, number = np.ones(len(visits.at), dtype=np.int64), visits.levels[0].context.copy()
    for length in range(2, order + 1):
        tests = _tests(visits, visits.levels[length - 1], holds, number, seed=seed)
        tested += len(tests)
        q = np.minimum(benjamini_hochberg(np.array([one.p_value for one in tests])) * (order - 1), 1.0)
        before = holds.copy()
        for one, q_value in zip(tests, q.tolist(), strict=True):
            if q_value > FOUND_FALSE or one.divergence <= threshold(length, np.array([len(one.visits)]))[0]:
                continue
            shorter = int(before[one.visits[0]])
            said = (one.visits, one.nexts, one.without, one.divergence, one.p_value, q_value)
            found.append(Remembered(length, shorter, *said))
            holds[one.visits], number[one.visits] = length, one.context
    return found, tested


def _tests(
    visits: Visits, level: Level, holds: np.ndarray, number: np.ndarray, *, seed: tuple[int, int]
) -> list[_Tested]:
    """Return each context of one length that enough records have, held against those that end alike."""
    known = np.flatnonzero(level.context >= 0)
    if not len(known):
        return []
    _, alike = np.unique(np.column_stack([holds[known], number[known]]), axis=0, return_inverse=True)
    alike = alike.ravel()
    groups = np.split(known[np.argsort(alike, kind="stable")], np.cumsum(np.bincount(alike))[:-1])
    return [one for group in groups for one in _group(visits, level, group, seed=seed)]


def _group(visits: Visits, level: Level, group: np.ndarray, *, seed: tuple[int, int]) -> list[_Tested]:
    """Return the tests of contexts that end alike: what follows each, against what follows all of them."""
    contexts, context = np.unique(level.context[group], return_inverse=True)
    nexts, column = np.unique(visits.after[group], return_inverse=True)
    if len(contexts) < 2 or len(nexts) < 2 or np.bincount(context).max() < FEWEST_RECORDS:
        return []
    behind = (visits.before[group][:, :, None] == nexts).any(axis=1)
    _, first, row = np.unique(np.column_stack([context, behind]), axis=0, return_index=True, return_inverse=True)
    row = row.ravel()

    def table(each: np.ndarray) -> np.ndarray:
        cell = row * len(nexts) + column
        return np.bincount(cell, weights=each, minlength=len(first) * len(nexts)).reshape(len(first), -1)

    counts = table(np.ones(len(group)))
    without = Memoryless.of(counts, ~behind[first], context[first])
    divergence, p = without.divergence(counts), without.p_values(counts, seed=seed)
    by_events = Memoryless.of(table(visits.events[group]), ~behind[first], context[first]).expected()
    out = []
    for k in np.flatnonzero(np.bincount(context) >= FEWEST_RECORDS):
        open_to = by_events[k] > 0
        chance = by_events[k, open_to] / by_events[k].sum()
        said = (group[context == k], nexts[open_to], chance, float(divergence[k]), float(p[k]))
        out.append(_Tested(int(contexts[k]), *said))
    return out
