"""Allocating reports to routes: collapsed draws, one event at a time, compiled."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from routegraph.flows.removal.compiled import Arrays, Derived, Statistics
from routegraph.flows.removal.problem import N_ROLES, RemovalProblem

SINGLY = 40
"""Events of equal reports that are moved one by one in a sweep; larger groups are also drawn at once (exactly)."""

LONGEST = 64
"""Places on a route, at most."""


class Reports(NamedTuple):
    """What the compiled loops read of the reports of a problem."""

    number: np.ndarray
    basis: np.ndarray
    source: np.ndarray
    origin: np.ndarray
    destination: np.ndarray
    before: np.ndarray
    after: np.ndarray
    start: np.ndarray
    route: np.ndarray
    step: np.ndarray
    wrong: np.ndarray
    ways: np.ndarray
    at: np.ndarray
    last: np.ndarray
    unsaid_before: np.ndarray
    unsaid_after: np.ndarray
    order: np.ndarray
    n_destinations: int


class Completeness(NamedTuple):
    """Chances that a report states a field. Per source: origin, via, after, destination; and for the whole case.

    case: origin where it was seized at the origin, and a wrong destination.
    """

    origin: np.ndarray
    via: np.ndarray
    after: np.ndarray
    destination: np.ndarray
    case: np.ndarray


class Allocation(NamedTuple):
    """Events of each cell, and their sums by route."""

    events: np.ndarray
    per_route: np.ndarray


def reports_of(problem: RemovalProblem) -> Reports:
    """Return the reports of a problem for the compiled loops, the cells of a report in the order of their routes.

    ``order`` holds the problem's number of each cell.
    """
    start = problem.cell_start.astype(np.int64)
    report = np.repeat(np.arange(len(problem.count)), np.diff(start))
    order = np.lexsort((problem.cell_step, problem.cell_route, report))
    route, step = problem.cell_route.astype(np.int64)[order], problem.cell_step.astype(np.int64)[order]
    end = np.diff(problem.route_start.astype(np.int64))[route] - 1
    before = np.maximum(step - 1, 0) - problem.vias_before[report]
    after = np.maximum(end - step - 1, 0) - problem.vias_after[report]
    if (before < 0).any() or (after < 0).any():
        raise ValueError("a cell's route has no room for the vias that its report names")
    return Reports(
        number=problem.count.astype(np.int64), basis=problem.basis.astype(np.int64),
        source=problem.source.astype(np.int64), origin=problem.names_origin.astype(np.bool_),
        destination=problem.names_destination.astype(np.bool_), before=problem.vias_before.astype(np.int64),
        after=problem.vias_after.astype(np.int64),
        start=start, route=route, step=step, wrong=problem.cell_misreport.astype(np.bool_)[order],
        ways=problem.cell_ways.astype(np.float64)[order],
        at=problem.route_start.astype(np.int64)[route] + step, last=step == end,
        unsaid_before=before, unsaid_after=after, order=order,
        n_destinations=int(problem.n_destinations),
    )  # fmt: skip


def nothing_allocated(problem: RemovalProblem) -> Allocation:
    """Return an allocation without any event, to be filled."""
    return Allocation(
        events=np.zeros(len(problem.cell_route), dtype=np.int64),
        per_route=np.zeros(problem.n_routes, dtype=np.int64),
    )


def no_statistics(problem: RemovalProblem) -> Statistics:
    """Return statistics of nothing, to be filled."""
    cells = problem.n_places * N_ROLES
    return Statistics(
        per_route=np.zeros(problem.n_routes), check=np.zeros(cells), tip=np.zeros(cells), unstated=np.zeros(cells),
        passed=np.zeros(cells), per_country=np.zeros(problem.n_countries),
    )  # fmt: skip


@njit(cache=True, nogil=True, error_model="numpy")
def reported_chances(a: Arrays, d: Derived, out: np.ndarray) -> None:
    """Fill, for each basis and place on each route laid end to end, cell / (b + D_r)."""
    tip, b = d.scalars[0], d.scalars[1]
    for r in range(len(d.shape)):
        left = 1.0 / (b + d.seen[r])
        for i in range(a.route_start[r], a.route_start[r + 1]):
            cell = a.route_cell[i]
            here = left * d.reporting[cell // 5]
            out[0, i] = here * d.p[cell]
            out[1, i] = here * (1.0 - d.p[cell]) * tip
            out[2, i] = here * d.h[cell]
            left *= 1.0 - d.h[cell]


@njit(cache=True, nogil=True, error_model="numpy")
def powers(c: Completeness) -> np.ndarray:
    """Return (1 - chance)^n for vias before and after, sources, n below ``LONGEST``."""
    out = np.ones((2, len(c.via), 64))
    for s in range(len(c.via)):
        for n in range(1, 64):
            out[0, s, n] = out[0, s, n - 1] * (1.0 - c.via[s])
            out[1, s, n] = out[1, s, n - 1] * (1.0 - c.after[s])
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def factors(q: int, n: Reports, c: Completeness, chances: np.ndarray, absent: np.ndarray, f: np.ndarray) -> None:
    """Fill the part of each cell's weight that does not depend on the allocations: cell / (b + D_r) x P(fields).

    What every cell of a report shares (the chances of the vias that it states) is left out.
    """
    s, basis = n.source[q], n.basis[q]
    here = c.case[0] if n.origin[q] else 1.0 - c.case[0]
    onward = c.origin[s] if n.origin[q] else 1.0 - c.origin[s]
    right = c.destination[s] * (1.0 - c.case[1]) if n.destination[q] else 1.0 - c.destination[s]
    wrong = c.destination[s] * c.case[1] / n.n_destinations
    at_end = 1.0 if n.destination[q] else 0.0
    for j in range(n.start[q], n.start[q + 1]):
        chance = chances[basis, n.at[j]] * n.ways[j] * (here if n.step[j] == 0 else onward)
        chance *= absent[0, s, n.unsaid_before[j]] * absent[1, s, n.unsaid_after[j]]
        f[j - n.start[q]] = chance * (at_end if n.last[j] else wrong if n.wrong[j] else right)


@njit(cache=True, nogil=True, error_model="numpy")
def _put(j: int, events: int, n: Reports, m: Allocation) -> None:
    m.events[j] += events
    m.per_route[n.route[j]] += events


@njit(cache=True, nogil=True, error_model="numpy")
def _mass(j: int, d: Derived, n: Reports, m: Allocation) -> float:
    return float(d.shape[n.route[j]] + m.per_route[n.route[j]])


@njit(cache=True, nogil=True, error_model="numpy")
def _choose(weights: np.ndarray, size: int, whole: float, rng: np.random.Generator) -> int:
    u = rng.random() * whole
    for j in range(size):
        u -= weights[j]
        if u < 0.0:
            return j
    best = size - 1
    while best > 0 and weights[best] <= 0.0:
        best -= 1
    return best


@njit(cache=True, nogil=True, error_model="numpy")
def first_allocation(
    a: Arrays,
    d: Derived,
    n: Reports,
    c: Completeness,
    m: Allocation,
    rng: np.random.Generator,
    concentrated: bool,  # noqa: FBT001 -- numba takes no keyword-only arguments
) -> None:
    """Allocate every report from nothing: each by itself (dispersed), or onto what is already there (concentrated)."""
    chances = np.empty((3, len(a.route_cell)))
    reported_chances(a, d, chances)
    absent = powers(c)
    f, weights = np.empty(_widest(n)), np.empty(_widest(n))
    for q in rng.permutation(len(n.number)):
        if n.number[q] == 0:
            continue
        size = n.start[q + 1] - n.start[q]
        factors(q, n, c, chances, absent, f)
        whole = 0.0
        for at in range(size):
            j = n.start[q] + at
            mass = _mass(j, d, n, m) if concentrated else d.shape[n.route[j]]
            weights[at] = f[at] * (mass * mass if concentrated else np.sqrt(mass))
            whole += weights[at]
        if concentrated:
            _put(n.start[q] + _choose(weights, size, whole, rng), n.number[q], n, m)
        else:
            _deal(n.start[q], size, n.number[q], weights, whole, n, m, rng)


@njit(cache=True, nogil=True, error_model="numpy")
def _deal(
    first: int,
    size: int,
    events: int,
    weights: np.ndarray,
    whole: float,
    n: Reports,
    m: Allocation,
    rng: np.random.Generator,
) -> None:
    """Deal events over cells: multinomial, by binomials in turn."""
    left = events
    for at in range(size):
        if left == 0:
            return
        share = min(1.0, weights[at] / whole) if whole > 0.0 else 1.0
        drawn = left if at == size - 1 or share >= 1.0 else rng.binomial(left, share)
        if drawn > 0:
            _put(first + at, drawn, n, m)
            left -= drawn
        whole -= weights[at]


@njit(cache=True, nogil=True, error_model="numpy")
def _widest(n: Reports) -> int:
    widest = 1
    for q in range(len(n.number)):
        widest = max(widest, n.start[q + 1] - n.start[q])
    return widest


@njit(cache=True, nogil=True, error_model="numpy")
def sweep(a: Arrays, d: Derived, n: Reports, c: Completeness, m: Allocation, rng: np.random.Generator) -> None:
    """Draw every report's route anew given all others: (a_r + S_r) / (b + D_r) x cell x fields (collapsed).

    Up to ``SINGLY`` events of a group of equal reports are moved one at a time. A larger group is also drawn whole
    given lambda, which is drawn from its own full conditional and integrated out again: the same distribution.
    """
    chances = np.empty((3, len(a.route_cell)))
    reported_chances(a, d, chances)
    absent = powers(c)
    f, weights = np.empty(_widest(n)), np.empty(_widest(n))
    for q in range(len(n.number)):
        size = n.start[q + 1] - n.start[q]
        if n.number[q] == 0 or size == 1:
            continue
        factors(q, n, c, chances, absent, f)
        if n.number[q] > SINGLY:
            _whole_group(q, size, f, weights, d, n, m, rng)
        _one_by_one(q, size, f, weights, d, n, m, rng)


@njit(cache=True, nogil=True, error_model="numpy")
def _one_by_one(
    q: int,
    size: int,
    f: np.ndarray,
    weights: np.ndarray,
    d: Derived,
    n: Reports,
    m: Allocation,
    rng: np.random.Generator,
) -> None:
    first = n.start[q]
    for at in range(size):
        weights[at] = f[at] * _mass(first + at, d, n, m)
    for _ in range(min(n.number[q], SINGLY)):
        # Any one of the group's events: equal reports cannot be told apart.
        left, old = rng.random() * n.number[q], first
        for j in range(first, first + size):
            left -= m.events[j]
            if left < 0.0:
                old = j
                break
        _put(old, -1, n, m)
        _reweigh(old, first, size, f, weights, d, n, m)
        whole = 0.0
        for at in range(size):
            whole += weights[at]
        new = first + _choose(weights, size, whole, rng)
        _put(new, 1, n, m)
        _reweigh(new, first, size, f, weights, d, n, m)


@njit(cache=True, nogil=True, error_model="numpy")
def _reweigh(
    j: int, first: int, size: int, f: np.ndarray, weights: np.ndarray, d: Derived, n: Reports, m: Allocation
) -> None:
    """Bring the weights of all cells of one route up to date; cells of a route lie together."""
    mass = _mass(j, d, n, m)
    for step in (-1, 1):
        at = j - first if step < 0 else j - first + 1
        while 0 <= at < size and n.route[first + at] == n.route[j]:
            weights[at] = f[at] * mass
            at += step


@njit(cache=True, nogil=True, error_model="numpy")
def _whole_group(
    q: int,
    size: int,
    f: np.ndarray,
    weights: np.ndarray,
    d: Derived,
    n: Reports,
    m: Allocation,
    rng: np.random.Generator,
) -> None:
    first, whole, before, rate = n.start[q], 0.0, -2, 0.0
    for at in range(size):
        j = first + at
        # Cells of one route lie together and share its lambda.
        if n.route[j] != before:
            rate = rng.standard_gamma(_mass(j, d, n, m))
            before = n.route[j]
        weights[at] = f[at] * rate
        whole += weights[at]
    if not whole > 0.0:
        return
    for j in range(first, first + size):
        if m.events[j] > 0:
            _put(j, -m.events[j], n, m)
    _deal(first, size, n.number[q], weights, whole, n, m, rng)


@njit(cache=True, nogil=True, error_model="numpy")
def count_up(a: Arrays, n: Reports, m: Allocation, out: Statistics) -> None:
    """Fill what the density needs of the allocations."""
    for one in (out.per_route, out.check, out.tip, out.unstated, out.passed, out.per_country):
        one[:] = 0.0
    for r in range(len(m.per_route)):
        out.per_route[r] = m.per_route[r]
    for q in range(len(n.number)):
        if n.number[q] == 0:
            continue
        for j in range(n.start[q], n.start[q + 1]):
            events, r = m.events[j], n.route[j]
            if events == 0:
                continue
            at = a.route_start[r] + n.step[j]
            cell = a.route_cell[at]
            if n.basis[q] == 0 or (n.basis[q] == 2 and not a.has_tips):
                out.check[cell] += events
            elif n.basis[q] == 1:
                out.tip[cell] += events
            else:
                out.unstated[cell] += events
            out.per_country[a.country[cell // 5]] += events
            for i in range(a.route_start[r], at):
                out.passed[a.route_cell[i]] += events
