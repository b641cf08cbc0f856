"""Paths as records tell them: at which place, with what behind it, which place came next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from routegraph.network.graph import RouteGraph

NAMED = ("travelled", "intended")
"""Steps whose two ends a record names next to each other; a step in between that a model put there says nothing."""

BEHIND = 8
"""Places behind to which a path is known not to turn back."""


@dataclass(frozen=True)
class Level:
    """Contexts of one length: the places that a path passed last, the one where it is included.

    Attributes
    ----------
    context, pair
        Per visit, the number of its context and of (context, next place); -1 where less of the path is known.
    contexts
        How many there are.
    of, after
        Per pair, its context and its next place.
    shorter, shorter_pair
        Per context and per pair, the one without the oldest place, a level below.
    oldest
        Per context, its oldest place.
    """

    context: np.ndarray
    pair: np.ndarray
    contexts: int
    of: np.ndarray
    after: np.ndarray
    shorter: np.ndarray
    shorter_pair: np.ndarray
    oldest: np.ndarray

    def counts(self, seen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the sum of ``seen`` (a number a visit) in each context and in each pair."""
        known = self.context >= 0
        of_context = np.bincount(self.context[known], weights=seen[known], minlength=self.contexts)
        of_pair = np.bincount(self.pair[known], weights=seen[known], minlength=len(self.of))
        return of_context.astype(np.float64), of_pair.astype(np.float64)  # of nothing, bincount makes integers

    def pair_of(self, context: np.ndarray, after: np.ndarray) -> np.ndarray:
        """Return the number of each (context, next place), -1 where no visit has it."""
        if not len(self.of):
            return np.full(len(context), -1, dtype=np.int64)
        size = int(max(self.after.max(initial=0), after.max(initial=0))) + 2
        keys, asked = self.of * size + self.after, context * size + after
        order = np.argsort(keys, kind="stable")
        at = np.minimum(np.searchsorted(keys[order], asked), len(keys) - 1)
        return np.where((keys[order][at] == asked) & (context >= 0) & (after >= 0), order[at], -1)


@dataclass(frozen=True)
class Visits:
    """One row a visit: a record's path at a place from which it names the next, and does not turn back.

    Attributes
    ----------
    places
        Place ids in order; ``at``, ``after`` and ``before`` count in it.
    record, events
        Record id, and the events that it stands for.
    at, after
        The place, and the next one.
    before
        Visits x places back: the place before, the one before that, ...; -1 where the record does not name it.
    levels
        Contexts of 1, 2, ... places.
    returns
        Visits set aside because the next place is one of those before.
    """

    places: np.ndarray
    record: np.ndarray
    events: np.ndarray
    at: np.ndarray
    after: np.ndarray
    before: np.ndarray
    levels: tuple[Level, ...]
    returns: int

    def path(self, visit: int, length: int) -> tuple[str, ...]:
        """Return the last ``length`` places of a visit, the oldest first, the one where it is last."""
        codes = [*self.before[visit, : length - 1][::-1].tolist(), int(self.at[visit])]
        return tuple(str(self.places[code]) for code in codes)


def named_visits(graph: RouteGraph, *, longest: int) -> Visits:
    """Return every visit that records tell of, with contexts of up to ``longest`` places."""
    steps = _named_steps(graph)
    places, codes = np.unique(steps[["at", "after"]].to_numpy(dtype=str), return_inverse=True)
    codes = codes.reshape(-1, 2).astype(np.int64)
    behind = _steps_behind(steps)
    before = np.full((len(steps), BEHIND), -1, dtype=np.int64)
    for back in range(1, BEHIND + 1):
        known = np.flatnonzero(behind >= back)
        before[known, back - 1] = codes[known - back, 0]
    on = ~(before == codes[:, 1:]).any(axis=1)
    at, after, before = codes[on, 0], codes[on, 1], before[on]
    return Visits(
        places=places,
        record=steps["record_id"].to_numpy(dtype=str)[on],
        events=steps["events"].to_numpy(dtype=np.float64)[on],
        at=at,
        after=after,
        before=before,
        levels=_levels(at, after, before[:, : longest - 1]),
        returns=int((~on).sum()),
    )


def _named_steps(graph: RouteGraph) -> pd.DataFrame:
    """Return record_id, route, step, events, at, after: each named step of a record once, in the order of its path."""
    columns = ["record_id", "route", "step", "events", "at", "after"]
    if "status" not in graph.evidence:
        return pd.DataFrame({name: pd.Series(dtype="int64" if name in columns[1:4] else "str") for name in columns})
    named = graph.evidence[graph.evidence["status"].isin(NAMED)]
    steps = named[columns[:4]].sort_values(columns[:3], kind="stable").drop_duplicates(columns[:3])
    paths = graph.routes["path"].reindex(steps["route"])
    ends = [(path[step], path[step + 1]) for path, step in zip(paths, steps["step"], strict=True)]
    return steps.assign(at=[a for a, _ in ends], after=[b for _, b in ends]).reset_index(drop=True)


def _steps_behind(steps: pd.DataFrame) -> np.ndarray:
    """Return how many named steps without a gap lie before each step."""
    follows = (
        (steps["record_id"] == steps["record_id"].shift())
        & (steps["route"] == steps["route"].shift())
        & (steps["step"] == steps["step"].shift() + 1)
    ).to_numpy(dtype=bool)
    number = np.arange(len(steps))
    return number - np.maximum.accumulate(np.where(follows, 0, number)) if len(steps) else number


def _levels(at: np.ndarray, after: np.ndarray, before: np.ndarray) -> tuple[Level, ...]:
    """Return the contexts of each length, numbered, and what follows them."""
    levels: list[Level] = []
    shorter, shorter_pair = np.zeros(len(at), dtype=np.int64), after
    for oldest in (at, *before.T):
        known = (oldest >= 0) & (shorter >= 0)
        context, first = _numbered(shorter, oldest, known)
        pair, row = _numbered(context, after, known)
        ends = (context[row], after[row], shorter[first], shorter_pair[row], oldest[first])
        levels.append(Level(context, pair, len(first), *ends))
        shorter, shorter_pair = context, pair
    return tuple(levels)


def _numbered(one: np.ndarray, other: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return a number for each distinct couple (-1 where not known) and a row where each first stands."""
    rows = np.flatnonzero(known)
    both = np.column_stack([one[rows], other[rows]]).reshape(-1, 2)
    _, first, inverse = np.unique(both, axis=0, return_index=True, return_inverse=True)
    number = np.full(len(one), -1, dtype=np.int64)
    number[rows] = inverse.ravel()
    return number, rows[first]
