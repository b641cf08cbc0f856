"""Small cases simulated in numpy from the removal model, with the routes and the truth given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from routegraph.flows.removal.fit import RemovalFit
from routegraph.flows.removal.problem import N_ROLES, RemovalProblem


@dataclass(frozen=True)
class Case:
    """A problem whose every report names everything, and the events that each of its cells made."""

    problem: RemovalProblem
    events: np.ndarray


def problem_of(
    routes: Sequence[Sequence[int]],
    reports: Sequence[tuple[int, int, int, int]],
    *,
    declared: Sequence[float] | None = None,
    roles: bool = False,
    n_sources: int = 1,
) -> Case:
    """Return a case of routes (place numbers) and reports (route, step, events, basis), all fields named."""
    n = max(max(route) for route in routes) + 1
    start = np.cumsum([0, *map(len, routes)])
    place = np.concatenate([np.asarray(route) for route in routes])
    role = np.zeros(len(place), dtype=np.uint8)
    if roles:
        role[start[:-1]], role[start[1:] - 1] = 1, 2
    r, k, count, basis = (np.array(column, dtype=np.int64) for column in zip(*reports, strict=True))
    last = np.array([len(route) - 1 for route in routes])[r]
    q, ends = len(reports), np.array([[route[0], route[-1]] for route in routes])
    problem = RemovalProblem(
        country=np.arange(n, dtype=np.int32), features=np.zeros((n, 0)),
        declared=np.ones(n) if declared is None else np.asarray(declared, dtype=float),
        route_start=start.astype(np.int32), route_place=place.astype(np.int32), route_role=role,
        route_leg=np.where(np.isin(np.arange(len(place)), start[1:] - 1), -1, np.arange(len(place))).astype(np.int32),
        pair=np.arange(len(routes), dtype=np.int32), excess=np.zeros(len(routes)), path_size=np.zeros(len(routes)),
        pair_origin=ends[:, 0].astype(np.int32), pair_destination=ends[:, 1].astype(np.int32),
        pair_features=np.zeros((len(routes), 0)), count=count, basis=basis.astype(np.uint8),
        source=(np.arange(q) % n_sources).astype(np.int32), names_origin=np.ones(q, dtype=np.uint8),
        names_destination=np.ones(q, dtype=np.uint8), vias_before=np.maximum(k - 1, 0).astype(np.int32),
        vias_after=np.maximum(last - k - 1, 0).astype(np.int32),
        cell_start=np.arange(q + 1, dtype=np.int64), cell_route=r.astype(np.int32), cell_step=k.astype(np.int32),
        cell_misreport=np.zeros(q, dtype=np.uint8), cell_ways=np.ones(q, dtype=np.float32),
        domestic=np.zeros(n, dtype=np.int64), n_countries=n, n_sources=n_sources, n_legs=len(place), n_destinations=n,
    )  # fmt: skip
    return Case(problem, count.astype(np.float64))


def seized(
    routes: Sequence[Sequence[int]], p: np.ndarray, expected: Sequence[float], rng: np.random.Generator
) -> list[tuple[int, int, int, int]]:
    """Return reports (route, step, events, basis) of Poisson traffic thinned place by place, all reported."""
    out = []
    for r, route in enumerate(routes):
        left = int(rng.poisson(expected[r]))
        for k, place in enumerate(route):
            caught = int(rng.binomial(left, p[r, place] if p.ndim == 2 else p[place]))
            left -= caught
            if caught:
                out.append((r, k, caught, 0))
    return out


def fit_of(
    case: Case,
    detection: np.ndarray,
    *,
    reporting: float = 1.0,
    usable: np.ndarray | None = None,
    **scalars: np.ndarray,
) -> RemovalFit:
    """Return a fit whose draws are given: detection N x V, scalars N; all reports are usable where nothing is said."""
    problem, n = case.problem, len(detection)
    per_route = np.bincount(case.problem.cell_route, weights=case.events, minlength=problem.n_routes)
    known = {"log_total": np.zeros(n), "g": np.zeros(n)} | scalars
    return RemovalFit(
        chains=1, legs=np.zeros((n, problem.n_legs), dtype=np.float32),
        places=np.zeros_like(detection, dtype=np.float32),
        routes=np.tile(per_route, (n, 1)).astype(np.float32), detection=np.asarray(detection, dtype=np.float32),
        reporting=np.full(detection.shape, reporting, dtype=np.float32) * problem.declared.astype(np.float32),
        allocated=case.events, usable=np.ones(len(problem.route_place)) if usable is None else usable, scalars=known,
    )  # fmt: skip


@pytest.fixture
def case() -> Callable[..., Case]:
    return problem_of


@pytest.fixture
def simulate() -> Callable[..., list[tuple[int, int, int, int]]]:
    return seized


@pytest.fixture
def fitted() -> Callable[..., RemovalFit]:
    return fit_of


@pytest.fixture
def n_roles() -> int:
    return N_ROLES
