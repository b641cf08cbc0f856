"""Plausible mistakes in the sampler, each of which misses the truth of a world that the sampler finds."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit

sys.path.insert(0, str(Path(__file__).parent))

from removal_truth import ways_among

from routegraph.flows.removal import compiled, density
from routegraph.flows.removal import parameters as at
from routegraph.flows.removal.chain import Chain
from routegraph.flows.removal.parameters import Layout
from routegraph.flows.removal.problem import RemovalProblem
from routegraph.flows.removal.realise import Realised, realise, seized_by_step
from routegraph.flows.removal.simulate import (
    Completed,
    Enumerated,
    Simulated,
    every_report,
    observed,
    places_and_routes,
    simulate,
)

FOUND, MISSED = 4.0, 6.0
"""Standard deviations between the truth and the posterior mean, at most where right and at least where wrong."""

REPORTING = float(expit(1.7))

Flows = Callable[[Chain, np.random.Generator], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class World:
    every: Enumerated
    drawn: Simulated
    seen: RemovalProblem
    detection: np.ndarray


@cache
def world_of(*, blind: bool = False, stated: float = 0.5) -> World:
    """Return three countries, every way between them, some 30,000 reports, and one of them blind if asked."""
    problem = places_and_routes(
        ways_among(3, longest=3), country=[0, 1, 2], declared=[1.0, 0.0 if blind else 1.0, 1.0], excess=[0.0] * 12
    )
    every, layout = every_report(problem), Layout.of(problem)
    theta = np.zeros(layout.size)
    theta[at.G], theta[at.LOG_A], theta[at.PSI] = -1.0, np.log(60), np.log(60 / 100_000) + 1.0
    theta[at.TAU_COUNTRY], theta[[at.TAU_PLACE, at.TAU_ORIGIN, at.TAU_DESTINATION]] = np.log(0.5), np.log(0.3)
    theta[layout.country : layout.country + 3] = 0.5, 2.0, -2.0
    share = np.array([stated])
    said = Completed(share, share, share, share, np.array([0.7, 0.03]))
    drawn = simulate(every, theta, said, np.random.default_rng(4))
    derived = compiled.room(problem)
    density.derive(theta, compiled.arrays_of(every.problem), derived)
    return World(every, drawn, observed(every, drawn), derived.h[::5].copy())


def as_published(chain: Chain, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return realised consignments by route and leg."""
    problem, reported = chain.problem, np.zeros(len(chain.problem.route_place), dtype=np.int64)
    seized_by_step(chain.arrays, chain.reports, chain.allocation, reported)
    routes, legs = np.zeros(problem.n_routes), np.zeros(problem.n_legs)
    places, detection = np.zeros(problem.n_places), np.zeros(problem.n_places)
    realise(
        chain.arrays, chain.derived, problem.route_leg.astype(np.int64), reported, chain.allocation.per_route,
            Realised(routes, legs, places, detection), rng,
    )  # fmt: skip
    return routes, legs


def by_leg(problem: RemovalProblem, reached: np.ndarray) -> np.ndarray:
    """Return sums by leg of what each step of each route sends on."""
    leaves = problem.route_leg >= 0
    return np.bincount(problem.route_leg[leaves], reached[leaves], minlength=problem.n_legs)


def intended(chain: Chain, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Count the legs that were never reached, too."""
    routes, _ = as_published(chain, rng)
    return routes, by_leg(chain.problem, np.repeat(routes, np.diff(chain.problem.route_start)))


def only_seized(chain: Chain, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Leave out what was never seized."""
    routes, legs = as_published(chain, rng)
    through = np.zeros(len(routes))
    for r in range(len(routes)):
        cells = chain.arrays.route_cell[chain.arrays.route_start[r] : chain.arrays.route_start[r + 1]]
        seized = 1 - np.prod(1 - chain.derived.h[cells])
        through[r] = routes[r] * (1 - seized)
    return routes - through, legs - by_leg(chain.problem, np.repeat(through, np.diff(chain.problem.route_start)))


def intensity(chain: Chain, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Publish lambda and what is expected of it."""
    taken, derived = chain.allocation.per_route, chain.derived
    rate = rng.standard_gamma(derived.shape + taken) / (derived.scalars[1] + derived.seen)
    return rate, by_leg(chain.problem, np.repeat(rate, np.diff(chain.problem.route_start)))


def off(
    problem: RemovalProblem,
    world: World,
    *,
    mutate: Callable[[Chain], None] | None = None,
    flows: Flows = as_published,
    detection: np.ndarray | None = None,
    draws: int = 250,
) -> np.ndarray:
    """Return how far total and legs are from the truth, in posterior standard deviations.

    Detection and reporting are known (the truth if not given), so that little else is left to be wrong.
    """
    rng, known = np.random.default_rng(11), world.detection if detection is None else detection
    chain = Chain(problem, rng, detection=known, reporting=REPORTING * problem.declared)
    if mutate is not None:
        mutate(chain)
    chain.warm_up(200)
    rows = []
    for _ in range(draws):
        for _ in range(2):
            chain.advance(adapt=False)
        density.derive(chain.theta, chain.arrays, chain.derived)
        routes, legs = flows(chain, rng)
        rows.append([routes.sum(), *legs])
    truth = [world.drawn.routes.sum(), *world.drawn.legs]
    return np.asarray((np.mean(rows, axis=0) - truth) / np.std(rows, axis=0))


@pytest.mark.parametrize("blind", [False, True])
def test_the_sampler_finds_the_truth(*, blind: bool) -> None:
    world = world_of(blind=blind)
    assert 10_000 < world.seen.count.sum() < 60_000
    assert np.abs(off(world.seen, world)).max() < FOUND


def turned(problem: RemovalProblem) -> Callable[[Chain], None]:
    def mutate(chain: Chain) -> None:
        start = problem.route_start
        order = np.concatenate([np.arange(b - 1, a - 1, -1) for a, b in pairwise(start)])
        wrong = replace(problem, route_place=problem.route_place[order], route_role=problem.route_role[order])
        chain.arrays = compiled.arrays_of(wrong)._replace(
            **{name: getattr(chain.arrays, name) for name in ("source_start", "source", "source_share")}
        )
        n = chain.reports
        step = np.diff(start).astype(np.int64)[n.route] - 1 - n.step
        chain.reports = n._replace(step=step, at=start.astype(np.int64)[n.route] + step)

    return mutate


def test_routes_in_the_wrong_order_miss_it() -> None:
    world = world_of()
    assert np.abs(off(world.seen, world, mutate=turned(world.seen))).max() > MISSED


def test_without_what_was_never_seized_flows_miss_it() -> None:
    world = world_of()
    assert np.abs(off(world.seen, world, flows=only_seized)).max() > MISSED


def test_intended_legs_miss_it() -> None:
    world = world_of()
    assert np.abs(off(world.seen, world, flows=intended)).max() > MISSED


def test_duplicates_miss_it() -> None:
    world = world_of()
    assert np.abs(off(replace(world.seen, count=2 * world.seen.count), world)).max() > MISSED


def test_without_completeness_it_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    world = world_of()

    def mutate(chain: Chain) -> None:
        none = np.zeros_like(chain.reports.unsaid_before)
        chain.reports = chain.reports._replace(unsaid_before=none, unsaid_after=none)
        chain.completeness.origin[:] = chain.completeness.case[0] = 0.5
        chain.completeness.destination[:] = 1 - 1e-9
        chain.derived.usable[:] = 1.0

    monkeypatch.setattr("routegraph.flows.removal.completeness.draw_completeness", lambda *_: None)
    assert np.abs(off(world.seen, world, mutate=mutate)).max() > MISSED


def test_survival_of_one_at_a_blind_place_misses_it() -> None:
    world = world_of(blind=True)
    known = world.detection * world.seen.declared
    assert np.abs(off(world.seen, world, detection=known)).max() > MISSED


def with_ends(world: World) -> RemovalProblem:
    """Let reports without a destination have been made at the end of a route, too."""
    problem, full = world.seen, np.flatnonzero(world.drawn.count)
    cells: list[tuple[int, int, int, float]] = []
    start = [0]
    for q, whole in enumerate(full):
        origin, before, place, after, destination, _ = world.every.patterns[whole]
        span = range(int(problem.cell_start[q]), int(problem.cell_start[q + 1]))
        cells += [
            (problem.cell_route[j], problem.cell_step[j], problem.cell_misreport[j], problem.cell_ways[j]) for j in span
        ]
        for r in range(problem.n_routes) if destination == -1 and not after else ():
            path = problem.route_place[problem.route_start[r] : problem.route_start[r + 1]].tolist()
            if path[-1] == place and origin in (-1, path[0]) and set(before) <= set(path[1:-1]):
                cells.append((r, len(path) - 1, 0, 1.0))
        start.append(len(cells))
    route, step, wrong, ways = np.array(cells).T
    return replace(
        problem, cell_start=np.array(start), cell_route=route.astype(np.int32), cell_step=step.astype(np.int32),
        cell_misreport=wrong.astype(np.uint8), cell_ways=ways.astype(np.float32),
    )  # fmt: skip


def test_ends_without_a_destination_miss_it() -> None:
    world = world_of()

    def mutate(chain: Chain) -> None:
        n = chain.reports
        stated = np.repeat(n.destination, np.diff(n.start))
        chain.reports = n._replace(last=n.last & stated)

    problem = with_ends(world)
    assert len(problem.cell_route) > len(world.seen.cell_route)
    assert np.abs(off(problem, world, mutate=mutate)).max() > MISSED


def few() -> World:
    """Return four countries with sixty ways between them, of which most are in no report."""
    problem = places_and_routes(ways_among(4, longest=4), country=[0, 1, 2, 3], excess=[0.0] * 60)
    every, layout = every_report(problem), Layout.of(problem)
    theta = np.zeros(layout.size)
    theta[at.G], theta[at.LOG_A], theta[at.PSI] = -3.0, np.log(60), np.log(60 / 800) + 3.0
    theta[[at.TAU_COUNTRY, at.TAU_PLACE, at.TAU_ORIGIN, at.TAU_DESTINATION]] = np.log(0.3)
    said = Completed(*(np.array([0.8]) for _ in range(4)), np.array([0.8, 0.02]))
    drawn = simulate(every, theta, said, np.random.default_rng(2))
    return World(every, drawn, observed(every, drawn), np.zeros(4))


def test_only_observed_routes_miss_what_was_never_reported() -> None:
    world = few()
    taken = np.bincount(world.every.problem.cell_route, world.drawn.events, minlength=60)
    unseen = np.flatnonzero(taken == 0)
    truth = world.drawn.routes[unseen].sum()
    assert 20 < len(unseen) < 55
    assert truth > 50
    rng = np.random.default_rng(3)
    chain = Chain(world.seen, rng)
    chain.warm_up(150)
    found = []
    for _ in range(300):
        chain.advance(adapt=False)
        density.derive(chain.theta, chain.arrays, chain.derived)
        found.append(as_published(chain, rng)[0][unseen].sum())
    low, high = np.quantile(found, [0.02, 0.98])
    assert low < truth < high
    # A problem of observed routes alone has flow 0 on these, for sure.
    assert low > 0


def test_lambda_is_more_uncertain_than_what_was_realised() -> None:
    # Detection is known and high, so that nearly all that travelled is known; lambda still is not.
    world = world_of(stated=0.98)
    known, reporting = np.full(3, 0.9), np.ones(3)
    spread = {}
    for flows in (as_published, intensity):
        rng = np.random.default_rng(5)
        chain = Chain(world.seen, rng, detection=known, reporting=reporting)
        chain.warm_up(100)
        totals, expected, within = [], [], []
        for _ in range(300):
            chain.advance(adapt=False)
            density.derive(chain.theta, chain.arrays, chain.derived)
            totals.append(flows(chain, rng)[0].sum())
            d, taken = chain.derived, chain.allocation.per_route
            # Unreported given reports: negative binomial, of mean m and variance m (1 + (1 - D) / (b + D)).
            odds = (1 - d.seen) / (d.scalars[1] + d.seen)
            expected.append(taken.sum() + ((d.shape + taken) * odds).sum())
            within.append(((d.shape + taken) * odds * (1 + odds)).sum())
        spread[flows.__name__] = np.std(totals) / np.sqrt(np.var(expected) + np.mean(within))
        if flows is as_published:
            assert np.mean(totals) == pytest.approx(np.mean(expected), rel=0.01)
    assert 0.8 < spread["as_published"] < 1.25
    assert spread["intensity"] > 1.4
