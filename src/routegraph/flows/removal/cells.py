"""Which routes, seized at which step, could have made each report: the matching of names to routes, compiled."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

NO_NAME, NO_GROUP = -1, -2
"""Code of a field that a report does not state, and of the country or region of a place that has none."""


class Lines(NamedTuple):
    """Routes laid end to end: where each starts (int64[R + 1]) and its excess; and at each position, its route (int32).

    place, country and region number the place there and its groups (NO_GROUP where it has none); blind (bool) says that
    seizures there are never reported, so that no reported seizure can have been made there.
    """

    start: np.ndarray
    excess: np.ndarray
    route: np.ndarray
    place: np.ndarray
    country: np.ndarray
    region: np.ndarray
    blind: np.ndarray


class Names(NamedTuple):
    """What each name that a report may state stands for: one place, or all places of a country or region; -1 is none.

    ``first`` and ``last`` bound the name's positions in ``where`` (as in Lines, rising).
    """

    place: np.ndarray
    country: np.ndarray
    region: np.ndarray
    first: np.ndarray
    last: np.ndarray
    where: np.ndarray


class Stated(NamedTuple):
    """What each report states, as codes of names; NO_NAME where nothing is; vias as runs of one array."""

    origin: np.ndarray
    seized: np.ndarray
    destination: np.ndarray
    before_start: np.ndarray
    before: np.ndarray
    after_start: np.ndarray
    after: np.ndarray


class Cells(NamedTuple):
    """Cells of report q are ``start[q] : start[q + 1]`` (int64): route and step (int32), misreport (uint8), ways."""

    start: np.ndarray
    route: np.ndarray
    step: np.ndarray
    misreport: np.ndarray
    ways: np.ndarray


class _Found(NamedTuple):
    """Room for what could have made one report."""

    position: np.ndarray
    wrong: np.ndarray
    ways: np.ndarray


def find_cells(lines: Lines, names: Names, stated: Stated, *, most: int) -> tuple[Cells, int]:
    """Return every cell of every report in the order of routes and steps, and how many were left out.

    Parameters
    ----------
    lines, names, stated
        The routes, the names and the reports.
    most
        How many cells there may be. Above it, each report keeps those cells with a wrong destination whose routes have
        the smallest excess (at least one); cells that take the report at its word are always kept.

    Notes
    -----
    Time is in proportion to the passages of each report's place of seizure, summed over reports.
    """
    passages = (names.last - names.first)[stated.seized]
    most_passages = int(passages.max(initial=0))
    found = _Found(
        np.empty(most_passages, dtype=np.int64), np.empty(most_passages, dtype=np.bool_), np.empty(most_passages)
    )
    right, wrong = _count(lines, names, stated, found)
    kept = np.minimum(wrong, _cap(right, wrong, most))
    start = np.concatenate([[0], np.cumsum(right + kept)]).astype(np.int64)
    total = int(start[-1])
    cells = Cells(
        start,
        np.empty(total, dtype=np.int32),
        np.empty(total, dtype=np.int32),
        np.empty(total, dtype=np.uint8),
        np.empty(total, dtype=np.float32),
    )
    _fill(lines, names, stated, found, kept, cells)
    return cells, int((wrong - kept).sum())


def _cap(right: np.ndarray, wrong: np.ndarray, most: int) -> int:
    """Return how many cells with a wrong destination each report may keep; at least one."""
    room, low, high = most - int(right.sum()), 1, max(int(wrong.max(initial=0)), 1)
    while low < high:
        middle = (low + high + 1) // 2
        fits = int(np.minimum(wrong, middle).sum()) <= room
        low, high = (middle, high) if fits else (low, middle - 1)
    return low


@njit(cache=True)
def _stands_for(names: Names, name: int, lines: Lines, position: int) -> bool:
    return bool(
        names.place[name] == lines.place[position]
        or names.country[name] == lines.country[position]
        or names.region[name] == lines.region[position]
    )


@njit(cache=True)
def _embeddings(names: Names, vias: np.ndarray, lines: Lines, first: int, last: int) -> float:
    """Return in how many ways the names fit, in order, on positions first .. last - 1."""
    many = len(vias)
    if last - first < many:
        return 0.0
    ways = np.zeros(many + 1)
    ways[0] = 1.0
    for position in range(first, last):
        for via in range(many, 0, -1):
            if ways[via - 1] > 0 and _stands_for(names, vias[via - 1], lines, position):
                ways[via] += ways[via - 1]
    return float(ways[many])


@njit(cache=True)
def _find(lines: Lines, names: Names, stated: Stated, q: int, found: _Found) -> int:
    """Find all that could have made report q, and return how many there are.

    A loop over all passages of its place of seizure: whatever needs no function call is told first.
    """
    seized, origin, bound = stated.seized[q], stated.origin[q], stated.destination[q]
    before = stated.before[stated.before_start[q] : stated.before_start[q + 1]]
    after = stated.after[stated.after_start[q] : stated.after_start[q + 1]]
    start, route, place, country, region = lines.start, lines.route, lines.place, lines.country, lines.region
    a_place, a_country, a_region = names.place[origin], names.country[origin], names.region[origin]
    z_place, z_country, z_region = names.place[bound], names.country[bound], names.region[bound]
    n = 0
    for i in range(names.first[seized], names.last[seized]):
        position = names.where[i]
        a, z = start[route[position]], start[route[position] + 1] - 1
        if lines.blind[position]:
            continue
        if origin >= 0 and not (a_place == place[a] or a_country == country[a] or a_region == region[a]):
            continue
        wrong = bound >= 0 and not (z_place == place[z] or z_country == country[z] or z_region == region[z])
        # At its end a consignment has come where it was bound (which is then said), and so has one seized where it is
        # said to have been bound.
        if (bound < 0 or wrong) and (position == z or bound == seized):
            continue
        ways = 1.0
        if len(before):
            ways = _embeddings(names, before, lines, a + 1, position)
        if len(after) and ways > 0:
            ways *= _embeddings(names, after, lines, position + 1, z)
        if ways > 0:
            found.position[n], found.wrong[n], found.ways[n] = position, wrong, ways
            n += 1
    return n


@njit(cache=True)
def _count(lines: Lines, names: Names, stated: Stated, found: _Found) -> tuple[np.ndarray, np.ndarray]:
    """Return how many cells each report has that take it at its word, and how many with a wrong destination."""
    right = np.zeros(len(stated.seized), dtype=np.int64)
    wrong = np.zeros(len(stated.seized), dtype=np.int64)
    for q in range(len(stated.seized)):
        n = _find(lines, names, stated, q, found)
        wrong[q] = found.wrong[:n].sum()
        right[q] = n - wrong[q]
    return right, wrong


@njit(cache=True)
def _fill(lines: Lines, names: Names, stated: Stated, found: _Found, kept: np.ndarray, cells: Cells) -> None:
    """Fill the cells of each report; of those with a wrong destination, the ``kept`` ones of smallest excess."""
    for q in range(len(stated.seized)):
        n = _find(lines, names, stated, q, found)
        chosen = ~found.wrong[:n]
        wrong = np.flatnonzero(found.wrong[:n])
        if kept[q] < len(wrong):
            order = np.argsort(lines.excess[lines.route[found.position[wrong]]], kind="mergesort")
            wrong = wrong[order[: kept[q]]]
        chosen[wrong] = True
        cell = cells.start[q]
        for i in np.flatnonzero(chosen):
            position = found.position[i]
            cells.route[cell] = lines.route[position]
            cells.step[cell] = position - lines.start[lines.route[position]]
            cells.misreport[cell] = found.wrong[i]
            cells.ways[cell] = found.ways[i]
            cell += 1
