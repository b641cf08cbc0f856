"""From one state of a chain to realised consignments on routes, legs and places, compiled."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from routegraph.flows.removal.allocation import Allocation, Reports
from routegraph.flows.removal.compiled import Arrays, Derived


class Realised(NamedTuple):
    """What travelled in one draw, to be filled: consignments per route, leg and place, and detection per place."""

    routes: np.ndarray
    legs: np.ndarray
    places: np.ndarray
    detection: np.ndarray


@njit(cache=True, nogil=True, error_model="numpy")
def seized_by_step(a: Arrays, n: Reports, m: Allocation, out: np.ndarray) -> None:
    """Fill reported seizures for each place on each route, laid end to end."""
    out[:] = 0
    for q in range(len(n.number)):
        for j in range(n.start[q], n.start[q + 1]):
            if m.events[j] > 0:
                out[a.route_start[n.route[j]] + n.step[j]] += m.events[j]


@njit(cache=True, nogil=True, error_model="numpy")
def realise(
    a: Arrays,
    d: Derived,
    route_leg: np.ndarray,
    reported: np.ndarray,
    per_route: np.ndarray,
    out: Realised,
    rng: np.random.Generator,
) -> None:
    """Draw what travelled: lambda given the reports, then what was seized unreported and what was never seized.

    Fills realised consignments per route, leg (that set out on it and reached its end) and place (that set out there or
    reached it), and per place the chance of being seized there, averaged over what passed it in this draw.
    """
    out.legs[:], out.places[:] = 0.0, 0.0
    met = np.zeros(len(a.country))
    for r in range(len(d.shape)):
        rate = rng.standard_gamma(d.shape[r] + per_route[r]) / (d.scalars[1] + d.seen[r])
        first, last = a.route_start[r], a.route_start[r + 1]
        left = 1.0
        seized = np.zeros(last - first)
        gone = 0.0
        for i in range(first, last):
            h = d.h[a.route_cell[i]]
            # Reports that look domestic are not among those laid on routes: they count as not reported here.
            hidden = rate * left * h * (1.0 - d.reporting[a.route_cell[i] // 5] * d.usable[i])
            seized[i - first] = reported[i] + (rng.poisson(hidden) if hidden > 0.0 else 0)
            gone += seized[i - first]
            left *= 1.0 - h
        through = rate * left
        travelling = gone + (rng.poisson(through) if through > 0.0 else 0)
        out.routes[r] = travelling
        if travelling == 0:
            continue
        for i in range(first, last):
            v = a.route_cell[i] // 5
            out.places[v] += travelling
            met[v] += travelling * d.h[a.route_cell[i]]
            travelling -= seized[i - first]
            if route_leg[i] >= 0:
                out.legs[route_leg[i]] += travelling
    for v in range(len(met)):
        out.detection[v] = met[v] / out.places[v] if out.places[v] > 0 else d.h[v * 5]
