"""What the compiled loops of the removal sampler read and fill: a problem as arrays, and what parameters make of it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from routegraph.flows.removal.parameters import Layout
from routegraph.flows.removal.problem import N_ROLES, TIP, RemovalProblem


class Arrays(NamedTuple):
    """What the compiled loops read of a problem. ``known`` holds detection that is not to be estimated, else NaN."""

    starts: np.ndarray
    country: np.ndarray
    features: np.ndarray
    declared: np.ndarray
    route_start: np.ndarray
    route_cell: np.ndarray
    pair_start: np.ndarray
    excess: np.ndarray
    path_size: np.ndarray
    pair_origin: np.ndarray
    pair_destination: np.ndarray
    pair_features: np.ndarray
    outside: np.ndarray
    source_start: np.ndarray
    source: np.ndarray
    source_share: np.ndarray
    known: np.ndarray
    known_reporting: np.ndarray
    has_tips: bool
    place_effects: float


class Derived(NamedTuple):
    """What follows from the parameters: per place and role (V x 5 laid flat), per place, per route.

    ``usable``, for each place on each route laid end to end, is the chance that a report of a seizure there names
    anything outside its country: one that does not looks domestic, and is not among the reports. ``onward``, laid out
    alike, is the chance that what reaches the place ends as a report that is.
    """

    p: np.ndarray
    h: np.ndarray
    reporting: np.ndarray
    usable: np.ndarray
    shape: np.ndarray
    seen: np.ndarray
    onward: np.ndarray
    scalars: np.ndarray


class Statistics(NamedTuple):
    """What the density needs of the allocations.

    reports per route; per place and role: seizures by CHECK, TIP and UNSTATED, and reports that had passed; reports per
    country of seizure.
    """

    per_route: np.ndarray
    check: np.ndarray
    tip: np.ndarray
    unstated: np.ndarray
    passed: np.ndarray
    per_country: np.ndarray


def arrays_of(
    problem: RemovalProblem, *, detection: np.ndarray | None = None, reporting: np.ndarray | None = None
) -> Arrays:
    """Return the arrays of a problem for the compiled loops; ``detection`` and ``reporting`` per place where known."""
    unknown = np.full(problem.n_places, np.nan)
    return Arrays(
        starts=Layout.of(problem).starts(),
        country=problem.country.astype(np.int64),
        features=np.ascontiguousarray(problem.features, dtype=np.float64),
        declared=problem.declared.astype(np.float64),
        route_start=problem.route_start.astype(np.int64),
        route_cell=problem.route_place.astype(np.int64) * N_ROLES + problem.route_role.astype(np.int64),
        pair_start=np.searchsorted(problem.pair, np.arange(problem.n_pairs + 1)).astype(np.int64),
        excess=problem.excess.astype(np.float64),
        path_size=problem.path_size.astype(np.float64),
        pair_origin=problem.pair_origin.astype(np.int64),
        pair_destination=problem.pair_destination.astype(np.int64),
        pair_features=np.ascontiguousarray(problem.pair_features, dtype=np.float64),
        outside=outside_of(problem),
        **sources_of(problem),
        known=unknown if detection is None else np.asarray(detection, dtype=np.float64),
        known_reporting=unknown if reporting is None else np.asarray(reporting, dtype=np.float64),
        has_tips=bool(((problem.basis == TIP) & (problem.count > 0)).any()),
        place_effects=float(problem.has_place_effects),
    )


def outside_of(problem: RemovalProblem) -> np.ndarray:
    """Return int64[4, steps]: fields that would name a place outside the country, were the seizure made at that step.

    Origin (0 or 1), vias before, vias after, destination (0 or 1), for each place on each route laid end to end.
    """
    start, place = problem.route_start.astype(np.int64), problem.route_place.astype(np.int64)
    country = problem.country.astype(np.int64)[place]
    out = np.zeros((4, len(place)), dtype=np.int64)
    route = np.repeat(np.arange(problem.n_routes), np.diff(start))
    step, last = np.arange(len(place)) - start[route], np.diff(start)[route] - 1
    for k in range(int(last.max(initial=0)) + 1):
        # Where step k of the same route lies outside the country of each step.
        there = np.minimum(start[route] + k, start[route + 1] - 1)
        abroad = (k <= last) & (country[there] != country)
        out[0] += abroad & (k == 0)
        out[1] += abroad & (k > 0) & (k < step)
        out[2] += abroad & (k > step) & (k < last)
        out[3] += abroad & (k == last) & (k > step)
    return out


def sources_of(problem: RemovalProblem) -> dict[str, np.ndarray]:
    """Return who reports in each country and the shares of their reports, laid end to end.

    A country without any such report is a source of its own, numbered on from ``n_sources``: nothing else tells how
    complete its reports would be, and to lend it another's completeness reads silence as a want of seizures.
    """
    first = problem.cell_start[:-1].astype(np.int64)
    place = problem.route_place[problem.route_start[problem.cell_route[first]] + problem.cell_step[first]]
    events = np.zeros((problem.n_countries, problem.n_sources))
    # Tests by simulation have reports that nobody made: their source is known all the same.
    np.add.at(events, (problem.country[place], problem.source), np.maximum(problem.count, 1e-9))
    silent = np.flatnonzero(events.sum(axis=1) == 0)
    events = np.pad(events, ((0, 0), (0, len(silent))))
    events[silent, problem.n_sources + np.arange(len(silent))] = 1.0
    country, source = np.nonzero(events)
    share = (events / events.sum(axis=1, keepdims=True))[country, source]
    start = np.searchsorted(country, np.arange(problem.n_countries + 1))
    return {"source_start": start.astype(np.int64), "source": source.astype(np.int64), "source_share": share}


def room(problem: RemovalProblem) -> Derived:
    """Return arrays for what follows from the parameters, to be filled."""
    cells = problem.n_places * N_ROLES
    return Derived(
        p=np.zeros(cells), h=np.zeros(cells), reporting=np.zeros(problem.n_places),
        usable=np.ones(len(problem.route_place)), shape=np.zeros(problem.n_routes),
        seen=np.zeros(problem.n_routes),
        onward=np.zeros(len(problem.route_place)), scalars=np.zeros(4),
    )  # fmt: skip
