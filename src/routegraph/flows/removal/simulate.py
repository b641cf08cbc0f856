"""Forward simulation of the removal model, for tests of the sampler: consignments, seizures and what reports state."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, product

import numpy as np

from routegraph.errors import SettingError
from routegraph.flows.removal.problem import (
    CHECK,
    DESTINATION,
    ENTRY,
    EXIT,
    N_ROLES,
    ORIGIN,
    TIP,
    TRANSIT,
    UNSTATED,
    RemovalProblem,
)

NOT_STATED = 0.3
"""Share of reports without a basis, where problems have such reports. Any share does: the sampler takes it as given."""

COARSE = 0.25
"""Share of named places of which only the country is named, where problems have such reports; as above."""

Pattern = tuple[int, tuple[int, ...], int, tuple[int, ...], int, int]
"""Origin, vias before, place of seizure, vias after, destination, basis. -1: not named; -2 - c: only country c is."""


@dataclass(frozen=True)
class Enumerated:
    """A problem whose reports are all that could be made, Q of them, and what each states.

    ``share`` float64[Q] is the chance of what the model takes as given: that the basis is stated and that only the
    country of a place is named.
    """

    problem: RemovalProblem
    share: np.ndarray
    patterns: tuple[Pattern, ...]


@dataclass(frozen=True)
class Completed:
    """Chances that a report states a field: by source, and for the case as in ``allocation.Completeness``."""

    origin: np.ndarray
    via: np.ndarray
    after: np.ndarray
    destination: np.ndarray
    case: np.ndarray


@dataclass(frozen=True)
class Simulated:
    """One world: events by report (Q) and by cell (J), and consignments by route, leg and place."""

    count: np.ndarray
    events: np.ndarray
    routes: np.ndarray
    legs: np.ndarray
    places: np.ndarray


def places_and_routes(
    paths: Sequence[Sequence[int]],
    *,
    country: Sequence[int],
    declared: Sequence[float] | None = None,
    features: np.ndarray | None = None,
    excess: Sequence[float] | None = None,
    pair_features: np.ndarray | None = None,
) -> RemovalProblem:
    """Return a problem without any report.

    Parameters
    ----------
    paths
        Place numbers of each route, none twice; routes are put in order of their ends (``excess`` is given by path).
    country, declared, features
        By place; reported everywhere and no features where None.
    excess
        By path: cost over least cost, less 1; half of the added steps over those of the shortest way where None.
    pair_features
        float64[P, G], pairs in the order of their ends.
    """
    ends = sorted({(path[0], path[-1]) for path in paths})
    order = sorted(range(len(paths)), key=lambda k: (paths[k][0], paths[k][-1], k))
    routes = [tuple(paths[k]) for k in order]
    pair = [ends.index((route[0], route[-1])) for route in routes]
    shortest = {p: min(len(r) for r, q in zip(routes, pair, strict=True) if q == p) for p in range(len(ends))}
    longer = [0.5 * (len(route) - shortest[p]) for route, p in zip(routes, pair, strict=True)]
    cost = longer if excess is None else [excess[k] for k in order]
    steps = sorted({step for route in routes for step in pairwise(route)})
    n, none = len(country), np.zeros(0, dtype=np.int64)
    return RemovalProblem(
        country=np.array(country, dtype=np.int32), features=np.zeros((n, 0)) if features is None else features,
        declared=np.ones(n) if declared is None else np.array(declared, dtype=np.float64),
        route_start=np.cumsum([0, *map(len, routes)]).astype(np.int32),
        route_place=np.concatenate([np.array(route, dtype=np.int32) for route in routes]),
        route_role=np.concatenate([_roles(route, country) for route in routes]),
        route_leg=np.array([steps.index(s) if s else -1 for r in routes for s in (*pairwise(r), None)], dtype=np.int32),
        pair=np.array(pair, dtype=np.int32), excess=np.array(cost, dtype=np.float64), path_size=np.zeros(len(routes)),
        pair_origin=np.array([o for o, _ in ends], dtype=np.int32),
        pair_destination=np.array([d for _, d in ends], dtype=np.int32),
        pair_features=np.zeros((len(ends), 0)) if pair_features is None else pair_features,
        count=none, basis=none.astype(np.uint8), source=none.astype(np.int32), names_origin=none.astype(np.uint8),
        names_destination=none.astype(np.uint8), vias_before=none.astype(np.int32), vias_after=none.astype(np.int32),
        cell_start=np.zeros(1, dtype=np.int64), cell_route=none.astype(np.int32),
        cell_step=none.astype(np.int32), cell_misreport=none.astype(np.uint8), cell_ways=none.astype(np.float32),
        domestic=np.zeros(n, dtype=np.int64), n_countries=max(country) + 1, n_sources=1, n_legs=len(steps),
        n_destinations=1,
    )  # fmt: skip


def _roles(route: Sequence[int], country: Sequence[int]) -> np.ndarray:
    roles = [TRANSIT] * len(route)
    for i in range(1, len(route) - 1):
        entered, left = (country[route[i - 1 + k]] != country[route[i + k]] for k in (0, 1))
        roles[i] = ENTRY if entered and not left else EXIT if left and not entered else TRANSIT
    roles[0], roles[-1] = ORIGIN, DESTINATION
    return np.array(roles, dtype=np.uint8)


def every_report(
    problem: RemovalProblem,
    *,
    bases: Sequence[int] = (CHECK,),
    sources: Sequence[int] | None = None,
    coarse: bool = False,
) -> Enumerated:
    """Enumerate all reports that seizures on the problem's routes could make, with all cells of each; each has count 1.

    ``sources`` gives the source that reports the seizures of each country (one for all where None); with ``coarse``
    each place named may be named by its country alone. A wrong destination is any end of any route but the right one.
    Reports that state nothing which lies outside the country are left out as domestic, as the sampler takes it: by
    where the right destination lies. The number of reports doubles with every place on the longest route: for cases of
    a dozen places at most.
    """
    ends = sorted({*problem.pair_origin.tolist(), *problem.pair_destination.tolist()})
    cells: dict[Pattern, dict[tuple[int, int, int], int]] = {}
    for r in range(problem.n_routes):
        path = problem.route_place[problem.route_start[r] : problem.route_start[r + 1]].tolist()
        for k in range(len(path)):
            for fields, wrong in _fields(path, k, ends=ends, country=problem.country.tolist(), coarse=coarse):
                for basis in bases:
                    found = cells.setdefault((*fields, basis), {})
                    found[r, k, wrong] = found.get((r, k, wrong), 0) + 1
    patterns = tuple(sorted(cells))
    rows = [(*cell, cells[pattern][cell]) for pattern in patterns for cell in sorted(cells[pattern])]
    route, step, wrong, ways = np.array(rows).T
    seized = np.array([pattern[2] for pattern in patterns])
    filled = replace(
        problem,
        count=np.ones(len(patterns), dtype=np.int64),
        basis=np.array([pattern[5] for pattern in patterns], dtype=np.uint8),
        source=np.array(sources or [0] * problem.n_countries, dtype=np.int32)[problem.country[seized]],
        names_origin=np.array([pattern[0] != -1 for pattern in patterns], dtype=np.uint8),
        names_destination=np.array([pattern[4] != -1 for pattern in patterns], dtype=np.uint8),
        vias_before=np.array([len(pattern[1]) for pattern in patterns], dtype=np.int32),
        vias_after=np.array([len(pattern[3]) for pattern in patterns], dtype=np.int32),
        cell_start=np.cumsum([0, *(len(cells[pattern]) for pattern in patterns)]).astype(np.int64),
        cell_route=route.astype(np.int32), cell_step=step.astype(np.int32), cell_misreport=wrong.astype(np.uint8),
        cell_ways=ways.astype(np.float32), n_sources=1 if sources is None else max(sources) + 1,
        n_destinations=len(ends) - 1,
    )  # fmt: skip
    share = [_share(pattern, unstated=UNSTATED in bases and len(bases) > 1, coarse=coarse) for pattern in patterns]
    return Enumerated(filled, np.array(share), patterns)


def _fields(
    path: Sequence[int], k: int, *, ends: Sequence[int], country: Sequence[int], coarse: bool
) -> Iterator[tuple[tuple[int, tuple[int, ...], int, tuple[int, ...], int], int]]:
    """Yield what a report of a seizure at step k may state, and whether its destination is wrong."""

    def named(place: int) -> tuple[int, ...]:
        return (place, -2 - country[place]) if coarse else (place,)

    def stated(places: Sequence[int]) -> list[tuple[int, ...]]:
        return [tuple(one) for one in product(*((-1, *named(place)) for place in places))]

    def abroad(said: Sequence[int], places: Sequence[int]) -> bool:
        return any(x != -1 and country[v] != country[path[k]] for x, v in zip(said, places, strict=True))

    last = len(path) - 1
    destinations = [(one, 0) for one in named(path[-1])]
    if k < last:
        destinations += [(-1, 0), *((one, 1) for end in ends if end != path[-1] for one in named(end))]
    for origin, before, after, (end, wrong) in product(
        (-1, *named(path[0])), stated(path[1:k]), stated(path[k + 1 : last]), destinations
    ):
        if abroad((origin, *before, *after, end), (path[0], *path[1:k], *path[k + 1 : last], path[-1])):
            vias = [tuple(x for x in between if x != -1) for between in (before, after)]
            yield (origin, vias[0], path[k], vias[1], end), wrong


def _share(pattern: Pattern, *, unstated: bool, coarse: bool) -> float:
    share = (NOT_STATED if pattern[5] == UNSTATED else 1 - NOT_STATED) if unstated else 1.0
    for one in (pattern[0], *pattern[1], *pattern[3], pattern[4]) if coarse else ():
        share *= 1.0 if one == -1 else 1 - COARSE if one >= 0 else COARSE
    return share


def draw_completed(problem: RemovalProblem, rng: np.random.Generator) -> Completed:
    """Draw the chances that reports state their fields from their priors."""
    n = problem.n_sources
    case = np.array([rng.beta(1, 1), rng.beta(1, 50)])
    return Completed(rng.beta(1, 1, n), rng.beta(1, 1, n), rng.beta(1, 3, n), rng.beta(1, 1, n), case)


def simulate(world: Enumerated, theta: np.ndarray, completed: Completed, rng: np.random.Generator) -> Simulated:
    """Draw a world of the model: what travelled, what was seized, and what was reported of it.

    Parameters
    ----------
    world
        All reports that could be made. If none of them is on a tip, nothing is found on word beforehand.
    theta
        Parameters as in ``parameters.Layout``.
    completed
        Chances that a report states each field.

    Raises
    ------
    SettingError
        The reports of the problem are not all that could be made.
    """
    from routegraph.flows.removal import allocation, compiled, completeness, density

    problem = world.problem
    derived, arrays = compiled.room(problem), compiled.arrays_of(problem)
    completeness.usable_reports(arrays, allocation.Completeness(**vars(completed)), derived.usable)
    density.derive(theta, arrays, derived)
    code = problem.route_place.astype(np.int64) * N_ROLES + problem.route_role
    chances = _cell_chances(world, completed, p=derived.p[code], tip=float(derived.scalars[0]))
    h, rho = derived.h[code], derived.reporting[problem.route_place]
    survived, place = _survived(problem, h), problem.route_start[problem.cell_route] + problem.cell_step
    _check_all(chances, place, h * derived.usable)
    rate = rng.standard_gamma(derived.shape) / derived.scalars[1]
    events = rng.poisson(rate[problem.cell_route] * survived[place] * chances * rho[place])
    reported = np.bincount(place, weights=events, minlength=len(code))
    route = np.repeat(np.arange(problem.n_routes), np.diff(problem.route_start))
    seized = reported + rng.poisson(rate[route] * survived * h * np.maximum(1 - rho * derived.usable, 0))
    through = rng.poisson(rate * survived[problem.route_start[1:] - 1] * (1 - h[problem.route_start[1:] - 1]))
    count = np.add.reduceat(events, problem.cell_start[:-1])
    return Simulated(count, events, *_travelled(problem, seized, through))


def _cell_chances(world: Enumerated, completed: Completed, *, p: np.ndarray, tip: float) -> np.ndarray:
    """Return, for each cell on a route, the chance that what gets there is seized on its basis and said to be so."""
    problem = world.problem
    report = np.repeat(np.arange(len(world.patterns)), np.diff(problem.cell_start))
    r, k = problem.cell_route, problem.cell_step
    last = np.diff(problem.route_start)[r] - 1
    source, here = problem.source[report], p[problem.route_start[r] + k]
    basis = problem.basis[report]
    found = np.select([basis == CHECK, basis == TIP], [here, (1 - here) * tip], here + (1 - here) * tip)
    # Where the basis is not stated it was a check or a tip all the same.
    chance = found * world.share[report] * problem.cell_ways
    origin = np.where(k == 0, completed.case[0], completed.origin[source])
    chance *= np.where(problem.names_origin[report], origin, 1 - origin)
    for theta, between, said in (
        (completed.via[source], np.maximum(k - 1, 0), problem.vias_before[report]),
        (completed.after[source], np.maximum(last - k - 1, 0), problem.vias_after[report]),
    ):
        chance *= theta**said * (1 - theta) ** np.maximum(between - said, 0)
    wrong = completed.case[1]
    destination = completed.destination[source]
    right = np.where(problem.cell_misreport, wrong / problem.n_destinations, 1 - wrong)
    stated = np.where(problem.names_destination[report], destination * right, 1 - destination)
    chance *= np.where(k == last, problem.names_destination[report], stated)
    return np.asarray(chance)


def _survived(problem: RemovalProblem, h: np.ndarray) -> np.ndarray:
    """Return the chance of getting to each place on each route laid end to end."""
    survived = np.ones(len(h))
    step = np.arange(len(h)) - np.repeat(problem.route_start[:-1], np.diff(problem.route_start))
    for k in range(1, int(step.max(initial=0)) + 1):
        at = np.flatnonzero(step == k)
        survived[at] = survived[at - 1] * (1 - h[at - 1])
    return survived


def _check_all(chances: np.ndarray, place: np.ndarray, expected: np.ndarray) -> None:
    """Refuse reports that are not all: what is seized at a step and does not look domestic ends as one of them."""
    whole = np.bincount(place, weights=chances, minlength=len(expected))
    if not np.allclose(whole, expected, rtol=1e-6, atol=1e-9):
        raise SettingError("the reports of the problem are not all that could be made; use every_report")


def _travelled(
    problem: RemovalProblem, seized: np.ndarray, through: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return consignments by route, leg and place, from those seized at each step and those never seized."""
    start = problem.route_start
    upto = np.concatenate([[0.0], np.cumsum(seized)])
    routes = upto[start[1:]] - upto[start[:-1]] + through
    route = np.repeat(np.arange(problem.n_routes), np.diff(start))
    reached = routes[route] - (upto[:-1] - upto[start[:-1]][route])
    legs, places = np.zeros(problem.n_legs), np.zeros(problem.n_places)
    np.add.at(places, problem.route_place, reached)
    leaves = problem.route_leg >= 0
    np.add.at(legs, problem.route_leg[leaves], (reached - seized)[leaves])
    return routes, legs, places


def observed(world: Enumerated, drawn: Simulated) -> RemovalProblem:
    """Return the problem that an analyst of this world would have: only reports that were made."""
    problem, made = world.problem, np.flatnonzero(drawn.count)
    sizes = np.diff(problem.cell_start)[made]
    cells = np.flatnonzero(np.repeat(drawn.count > 0, np.diff(problem.cell_start)))
    by_report = ("basis", "source", "names_origin", "names_destination", "vias_before", "vias_after")
    by_cell = ("cell_route", "cell_step", "cell_misreport", "cell_ways")
    return replace(
        problem,
        count=drawn.count[made],
        cell_start=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        **{name: getattr(problem, name)[made] for name in by_report},
        **{name: getattr(problem, name)[cells] for name in by_cell},
    )
