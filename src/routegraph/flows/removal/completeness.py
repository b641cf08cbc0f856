"""How complete reports are: drawn given where they lie, with those that look domestic for what they leave out."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from routegraph.flows.removal.allocation import LONGEST, Allocation, Completeness, Reports, powers
from routegraph.flows.removal.compiled import Arrays, Derived

MOST_UNSEEN = 1e12
"""Reports that look domestic on one route, at most: a chain that has not settled may ask for more than can be drawn."""


MOST_BY_INVERSION = 100_000
"""End of a search by inversion: only rounding in the last digits of a chance could take it there."""


@njit(cache=True, nogil=True, error_model="numpy")
def usable_reports(a: Arrays, c: Completeness, usable: np.ndarray) -> None:
    """Fill the chance that a report made at each place on each route names anything outside its country."""
    absent = powers(c)
    for i in range(len(usable)):
        country = a.country[a.route_cell[i] // 5]
        usable[i] = 1.0
        for k in range(a.source_start[country], a.source_start[country + 1]):
            usable[i] -= a.source_share[k] * _silent(i, a.source[k], a, c, absent)


@njit(cache=True, nogil=True, error_model="numpy")
def _silent(i: int, s: int, a: Arrays, c: Completeness, absent: np.ndarray) -> float:
    """Return the chance that source s states nothing outside the country where it was seized."""
    chance = absent[0, s, a.outside[1, i]] * absent[1, s, a.outside[2, i]]
    if a.outside[0, i]:
        chance *= 1.0 - c.origin[s]
    if a.outside[3, i]:
        chance *= 1.0 - c.destination[s]
    return float(chance)


@njit(cache=True, nogil=True, error_model="numpy")
def draw_completeness(
    a: Arrays, d: Derived, n: Reports, m: Allocation, c: Completeness, rng: np.random.Generator
) -> None:
    """Draw the chances that reports state their fields, given the allocations: all are Beta.

    Reports that look domestic are missing from the data because of what they leave out. They are drawn here given the
    traffic and forgotten again (data augmentation), so that what is left does not make reports look more complete.
    """
    sources = len(c.origin)
    yes, no = np.zeros((4, sources)), np.zeros((4, sources))
    case = np.zeros((2, 2))
    _stated(n, m, yes, no, case)
    _left_out(a, d, m, c, no, rng)
    for s in range(sources):
        c.origin[s] = _beta(1.0 + yes[0, s], 1.0 + no[0, s], rng)
        c.via[s] = _beta(1.0 + yes[1, s], 1.0 + no[1, s], rng)
        c.after[s] = _beta(1.0 + yes[2, s], 3.0 + no[2, s], rng)
        c.destination[s] = _beta(1.0 + yes[3, s], 1.0 + no[3, s], rng)
    c.case[0] = _beta(1.0 + case[0, 0], 1.0 + case[1, 0], rng)
    c.case[1] = _beta(1.0 + case[0, 1], 50.0 + case[1, 1], rng)
    usable_reports(a, c, d.usable)


@njit(cache=True, nogil=True, error_model="numpy")
def _stated(n: Reports, m: Allocation, yes: np.ndarray, no: np.ndarray, case: np.ndarray) -> None:
    """Count what reports state and leave out by source; ``case``: origins where seized there, wrong destinations."""
    for q in range(len(n.number)):
        if n.number[q] == 0:
            continue
        s = n.source[q]
        for j in range(n.start[q], n.start[q + 1]):
            events = m.events[j]
            if events == 0:
                continue
            if n.step[j] == 0:
                case[0 if n.origin[q] else 1, 0] += events
            elif n.origin[q]:
                yes[0, s] += events
            else:
                no[0, s] += events
            yes[1, s] += events * n.before[q]
            no[1, s] += events * n.unsaid_before[j]
            yes[2, s] += events * n.after[q]
            no[2, s] += events * n.unsaid_after[j]
            if n.last[j]:
                continue
            if n.destination[q]:
                yes[3, s] += events
                case[0 if n.wrong[j] else 1, 1] += events
            else:
                no[3, s] += events


@njit(cache=True, nogil=True, error_model="numpy")
def _left_out(a: Arrays, d: Derived, m: Allocation, c: Completeness, no: np.ndarray, rng: np.random.Generator) -> None:
    """Add what the reports that look domestic left out, drawn given the traffic on each route."""
    absent, hidden = powers(c), np.empty(LONGEST)
    for r in range(len(d.shape)):
        first, last = a.route_start[r], a.route_start[r + 1]
        left, whole = 1.0, 0.0
        for i in range(first, last):
            cell = a.route_cell[i]
            hidden[i - first] = left * d.h[cell] * d.reporting[cell // 5] * (1.0 - d.usable[i])
            whole += hidden[i - first]
            left *= 1.0 - d.h[cell]
        if not whole > 0.0:
            continue
        left_to_deal = _unseen_on(d.shape[r] + m.per_route[r], whole / (d.scalars[1] + d.seen[r]), rng)
        for i in range(first, last):
            if left_to_deal == 0:
                break
            at_last = i == last - 1 or hidden[i - first] >= whole
            here = left_to_deal if at_last else rng.binomial(left_to_deal, hidden[i - first] / whole)
            whole -= hidden[i - first]
            left_to_deal -= here
            _unseen_at(i, here, 1.0 - d.usable[i], a, c, absent, no, rng)


@njit(cache=True, nogil=True, error_model="numpy")
def _unseen_on(shape: float, odds: float, rng: np.random.Generator) -> int:
    """Draw Poisson(rate x odds) with rate ~ Gamma(shape): negative binomial, by inversion where few are expected."""
    if shape * odds > 8.0:
        return int(rng.poisson(min(rng.standard_gamma(shape) * odds, MOST_UNSEEN)))
    u, n, chance, more = rng.random(), 0, math.exp(-shape * math.log1p(odds)), odds / (1.0 + odds)
    while u >= chance and n < MOST_BY_INVERSION:
        u -= chance
        chance *= (shape + n) / (n + 1.0) * more
        n += 1
    return n


@njit(cache=True, nogil=True, error_model="numpy")
def _unseen_at(
    i: int,
    events: int,
    whole: float,
    a: Arrays,
    c: Completeness,
    absent: np.ndarray,
    no: np.ndarray,
    rng: np.random.Generator,
) -> None:
    """Deal reports that look domestic, made at one place on one route, over its sources; add what they left out."""
    country = a.country[a.route_cell[i] // 5]
    final = a.source_start[country + 1] - 1
    for k in range(a.source_start[country], final + 1):
        if events == 0:
            return
        s = a.source[k]
        mine = a.source_share[k] * _silent(i, s, a, c, absent)
        drawn = events if k == final or mine >= whole else rng.binomial(events, mine / whole)
        whole -= mine
        events -= drawn
        for field in range(4):
            no[field, s] += drawn * a.outside[field, i]


@njit(cache=True, nogil=True, error_model="numpy")
def _beta(yes: float, no: float, rng: np.random.Generator) -> float:
    return min(max(rng.beta(yes, no), 1e-9), 1.0 - 1e-9)


def middling(sources: int) -> Completeness:
    """Return the prior means of the completeness of so many sources, where a chain starts."""
    half = np.full(sources, 0.5)
    return Completeness(half.copy(), half.copy(), half / 2, half.copy(), np.array([0.5, 0.02]))
