"""Compiled dominators: how much traffic from each origin has no way round a place."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit


class Steps(NamedTuple):
    """Steps that can be taken, grouped by where they leave (``first``, ``end``) and by where they reach."""

    first: np.ndarray
    end: np.ndarray
    first_into: np.ndarray
    origin: np.ndarray

    @classmethod
    def of(cls, origin: np.ndarray, end: np.ndarray, *, places: int) -> Steps:
        """Return steps given by their ends; ``origin`` must rise."""
        into = np.argsort(end, kind="stable")
        first = np.searchsorted(origin, np.arange(places + 1))
        first_into = np.searchsorted(end[into], np.arange(places + 1))
        arrays = (first, end, first_into, origin[into])
        return cls(*(np.ascontiguousarray(array, dtype=np.int32) for array in arrays))


@njit(cache=True, nogil=True, error_model="numpy")
def _postorder(source: int, steps: Steps, number: np.ndarray, order: np.ndarray) -> int:
    """Give each place that can be reached its turn in leaving a depth-first search, -1 to others; return how many."""
    number[:] = -1
    stack = np.empty(len(number), dtype=np.int32)
    at = steps.first[:-1].copy()
    stack[0], number[source] = source, -2
    depth, left = 1, 0
    while depth:
        u = stack[depth - 1]
        if at[u] < steps.first[u + 1]:
            v = steps.end[at[u]]
            at[u] += 1
            if number[v] == -1:
                stack[depth], number[v] = v, -2
                depth += 1
            continue
        number[u], order[left] = left, u
        left += 1
        depth -= 1
    return left


@njit(cache=True, nogil=True, error_model="numpy")
def _meet(a: int, b: int, above: np.ndarray) -> int:
    """Return the nearest place (by its number) on both chains of dominators."""
    while a != b:
        while a < b:
            a = above[a]
        while b < a:
            b = above[b]
    return a


@njit(cache=True, nogil=True, error_model="numpy")
def immediate(source: int, steps: Steps, number: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Return the immediate dominator of every place that can be reached, both by their numbers in ``order``.

    The last place that every way from ``source`` must pass; the source has itself. Cooper, Harvey & Kennedy 2001.
    """
    found = _postorder(source, steps, number, order)
    above = np.full(found, -1, dtype=np.int32)
    above[found - 1] = found - 1
    changed = True
    while changed:
        changed = False
        for k in range(found - 2, -1, -1):
            v, new = order[k], -1
            for e in range(steps.first_into[v], steps.first_into[v + 1]):
                by = number[steps.origin[e]]
                if by >= 0 and above[by] >= 0:
                    new = by if new < 0 else _meet(by, new, above)
            if new != above[k]:
                above[k], changed = new, True
    return above


@njit(cache=True, nogil=True, error_model="numpy")
def add_unavoidable(
    steps: Steps, origins: np.ndarray, first: np.ndarray, end: np.ndarray, flow: np.ndarray, by_place: np.ndarray
) -> None:
    """Add to each place the flow between others that it dominates: neither what starts nor what ends there.

    The flow from ``origins[k]`` is that of the pairs from ``first[k]`` to ``first[k + 1]``, which end at ``end``.
    """
    number, order = np.empty(len(by_place), dtype=np.int32), np.empty(len(by_place), dtype=np.int32)
    for k in range(len(origins)):
        if first[k] == first[k + 1]:
            continue
        above = immediate(origins[k], steps, number, order)
        owed = np.zeros(len(above))
        for pair in range(first[k], first[k + 1]):
            if number[end[pair]] >= 0:
                owed[number[end[pair]]] += flow[pair]
        for at in range(len(above) - 1):  # what is dominated has a lower number than what dominates it
            if above[at] < len(above) - 1:
                by_place[order[above[at]]] += owed[at]
            owed[above[at]] += owed[at]
