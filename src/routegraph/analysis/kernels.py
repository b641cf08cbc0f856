"""Compiled betweenness: least-cost ways from many places, counted at the places and legs that they pass."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numba import njit

TIE = 1e-10
"""Two ways are of equal cost where they differ by less than this share of it: sums in another order still tie."""

_WIDTH = 0.999
"""Width of a bucket over the least cost: below 1, so that rounding never puts both ends of a leg into one bucket."""

MOST_THREADS = 8


class Ways(NamedTuple):
    """Legs that can be taken in one draw, grouped by origin: those of place u lie from ``first[u]`` to ``last[u]``."""

    first: np.ndarray
    last: np.ndarray
    origin: np.ndarray
    end: np.ndarray
    cost: np.ndarray
    leg: np.ndarray


class Search(NamedTuple):
    """Room for the search from one place, used again for the next.

    Per place: distance; reach (the distance up to which another way ties); paths (least-cost ways from the start);
    owed (Brandes' dependency); via (the way by which it was reached); more (the first of its tied ways, -1 none);
    bucket; order (places as they were settled). ``heads`` are the buckets as lists of ``held`` places, ``tied`` the
    tied ways; both are chained by ``then`` arrays.
    """

    distance: np.ndarray
    reach: np.ndarray
    paths: np.ndarray
    owed: np.ndarray
    via: np.ndarray
    more: np.ndarray
    bucket: np.ndarray
    order: np.ndarray
    heads: np.ndarray
    held: np.ndarray
    then_held: np.ndarray
    tied: np.ndarray
    then_tied: np.ndarray


@njit(cache=True, nogil=True, error_model="numpy")
def _ways(places: int, origin: np.ndarray, end: np.ndarray, cost: np.ndarray) -> Ways:
    """Return the legs of finite cost; ``origin`` must rise. Unsigned positions need no check for being negative."""
    used = 0
    for leg in range(len(cost)):
        used += cost[leg] < np.inf
    first = np.zeros(places + 1, dtype=np.int32)
    from_, to, leg_ = np.empty(used, dtype=np.uint32), np.empty(used, dtype=np.uint32), np.empty(used, dtype=np.uint32)
    price = np.empty(used)
    at = 0
    for leg in range(len(cost)):
        if cost[leg] < np.inf:
            from_[at], to[at], price[at], leg_[at] = origin[leg], end[leg], cost[leg], leg
            first[origin[leg] + 1] += 1
            at += 1
    for u in range(places):
        first[u + 1] += first[u]
    return Ways(first, first[1:].copy(), from_, to, price, leg_)


@njit(cache=True, nogil=True, error_model="numpy")
def _keep(u: int, ways: Ways, known: np.ndarray) -> None:
    """Drop the ways out of u that cost more than ``known`` of their end: no least-cost way ever takes them."""
    kept = ways.first[u]
    for w in range(ways.first[u], ways.last[u]):
        if ways.cost[w] <= known[ways.end[w]]:
            ways.end[kept], ways.cost[kept], ways.leg[kept] = ways.end[w], ways.cost[w], ways.leg[w]
            kept += 1
    ways.last[u] = kept


@njit(cache=True, nogil=True, error_model="numpy")
def _drop_detours(places: int, ways: Ways) -> None:
    """Drop ways for which two others in a row cost less."""
    known = np.full(places, np.inf)
    for u in range(places):
        for w in range(ways.first[u], ways.last[u]):
            known[ways.end[w]] = np.inf
        for w in range(ways.first[u], ways.last[u]):
            by = ways.end[w]
            for x in range(ways.first[by], ways.last[by]):
                far = (ways.cost[w] + ways.cost[x]) * (1.0 + TIE)
                known[ways.end[x]] = min(known[ways.end[x]], far)
        _keep(u, ways, known)
        known[:] = np.inf


@njit(cache=True, nogil=True, error_model="numpy")
def _room(places: int, ways: Ways, width: float) -> Search:
    """Return room for a search; a power of two of buckets, more than the costliest leg spans."""
    dearest = 0.0
    for w in range(len(ways.cost)):
        dearest = max(dearest, ways.cost[w])
    buckets = 4
    while buckets < dearest / width + 2:
        buckets *= 2
    room = len(ways.cost) + places + 1
    return Search(
        np.empty(places), np.empty(places), np.empty(places), np.empty(places),
        np.empty(places, dtype=np.int32), np.empty(places, dtype=np.int32), np.empty(places, dtype=np.int32),
        np.empty(places, dtype=np.int32), np.full(buckets, -1, dtype=np.int32),
        np.empty(room, dtype=np.int32), np.empty(room, dtype=np.int32),
        np.empty(room, dtype=np.int32), np.empty(room, dtype=np.int32),
    )  # fmt: skip


@njit(cache=True, nogil=True, error_model="numpy")
def _search(source: int, ways: Ways, s: Search, width: float) -> int:
    """Settle all places that can be reached, nearest bucket first, and return how many.

    No leg is shorter than a bucket, so that all of a bucket is settled together, in any order, without a heap
    (Dinitz 1978); whatever leads to a place lies in an earlier bucket.
    """
    per_width, mask = 1.0 / width, len(s.heads) - 1
    s.reach[:] = np.inf
    s.distance[source] = s.reach[source] = 0.0
    s.paths[source], s.owed[source], s.bucket[source] = 1.0, 0.0, 0
    s.held[0], s.then_held[0], s.heads[0] = source, -1, 0
    entries, waiting, ties, settled, now = 1, 1, 0, 0, 0
    while waiting:
        entry = s.heads[now & mask]
        s.heads[now & mask] = -1
        while entry >= 0:
            u, entry = s.held[entry], s.then_held[entry]
            waiting -= 1
            if s.bucket[u] != now:
                continue
            s.order[settled] = u
            settled += 1
            near, paths = s.distance[u], s.paths[u]
            for w in range(ways.first[u], ways.last[u]):
                v, far = ways.end[w], near + ways.cost[w]
                reach = s.reach[v]
                if far > reach:
                    continue
                if reach < np.inf and far >= s.distance[v] * (1.0 - TIE):
                    s.paths[v] += paths
                    s.tied[ties], s.then_tied[ties], s.more[v] = w, s.more[v], ties
                    ties += 1
                    continue
                into = np.int32(far * per_width)
                if reach == np.inf or into != s.bucket[v]:
                    s.held[entries], s.then_held[entries] = v, s.heads[into & mask]
                    s.heads[into & mask] = entries
                    s.bucket[v] = into
                    entries += 1
                    waiting += 1
                s.distance[v], s.reach[v], s.paths[v] = far, far * (1.0 + TIE), paths
                s.via[v], s.more[v], s.owed[v] = w, -1, 0.0
        now += 1
    return settled


@njit(cache=True, nogil=True, error_model="numpy")
def _add_up(settled: int, ways: Ways, s: Search, by_place: np.ndarray, by_leg: np.ndarray) -> None:
    """Add what ways from this start owe to each place and leg, the farthest first (Brandes 2001)."""
    for at in range(settled - 1, 0, -1):
        v = s.order[at]
        by_place[v] += s.owed[v]
        share = (1.0 + s.owed[v]) / s.paths[v]
        w, tie = s.via[v], s.more[v]
        while True:
            u = ways.origin[w]
            owed = s.paths[u] * share
            s.owed[u] += owed
            by_leg[ways.leg[w]] += owed
            if tie < 0:
                break
            w, tie = s.tied[tie], s.then_tied[tie]


@njit(cache=True, nogil=True, error_model="numpy")
def one_draw(
    origin: np.ndarray,
    end: np.ndarray,
    cost: np.ndarray,
    sources: np.ndarray,
    by_place: np.ndarray,
    by_leg: np.ndarray,
) -> None:
    """Add the betweenness of places and legs in one draw to ``by_place`` and ``by_leg``."""
    places = len(by_place)
    ways = _ways(places, origin, end, cost)
    if not len(ways.cost):
        return
    least = np.inf
    for w in range(len(ways.cost)):
        least = min(least, ways.cost[w])
    width = _WIDTH * least
    _drop_detours(places, ways)
    room = _room(places, ways, width)
    for source in sources:
        settled = _search(source, ways, room, width)
        _add_up(settled, ways, room, by_place, by_leg)
        _keep(source, ways, room.reach)


def betweenness_rows(
    origin: np.ndarray,
    end: np.ndarray,
    cost: np.ndarray,
    sources: np.ndarray,
    *,
    places: int,
    threads: int | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the betweenness of places and of legs in every draw: how many least-cost ways pass, ties divided.

    Parameters
    ----------
    origin, end
        Ends of legs as positions below ``places``, ``origin`` rising; no leg joins a place to itself.
    cost
        Draws x legs, positive; inf where the leg cannot be taken in that draw. The dearest leg should not cost more
        than some thousand times the cheapest: memory and time grow with that ratio.
    sources
        Draws x starts: the places from which ways start in that draw.
    places
        How many places there are.
    threads
        How many draws at once, None: one a processor, at most ``MOST_THREADS``. The result does not depend on it.

    Returns
    -------
    tuple of numpy.ndarray
        Draws x places (ends of ways not counted) and draws x legs. Unscaled: numbers of ordered pairs.

    Notes
    -----
    Brandes' accumulation over a search by buckets as wide as the cheapest leg (Dinitz 1978), in which nothing is
    sorted. A leg dearer than some other way between its ends is on no least-cost way and is left out once that is
    known, which changes no result. Two ways tie where their costs differ by less than ``TIE`` of them, as in igraph.

    References
    ----------
    Brandes 2001, doi 10.1080/0022250X.2001.9990249; Brandes 2008, doi 10.1016/j.socnet.2007.11.001; Dial 1969, doi
    10.1145/363269.363610; Denardo & Fox 1979, doi 10.1287/opre.27.1.161.
    """
    by_place, by_leg = np.zeros((len(cost), places)), np.zeros((len(cost), len(origin)))
    tail, head = origin.astype(np.int32), end.astype(np.int32)
    starts = np.ascontiguousarray(sources, dtype=np.int32)
    rows = np.ascontiguousarray(cost, dtype=np.float64)

    def run(draw: int) -> None:
        one_draw(tail, head, rows[draw], starts[draw], by_place[draw], by_leg[draw])

    with ThreadPoolExecutor(min(os.cpu_count() or 1, MOST_THREADS) if threads is None else threads) as pool:
        list(pool.map(run, range(len(rows))))
    return by_place, by_leg
