"""The joint distribution test of Geweke (2004), doi 10.1198/016214504000001132.

Parameters and data drawn at once from the model, and parameters drawn by the sampler in turn with data drawn given
them, have the same distribution if the sampler is right. Worlds with more than ``MOST`` reports are refused on both
sides: what is refused depends on the data alone, so the posterior of a world that is kept is that of the model.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from removal_truth import ways_among

from routegraph.flows.removal import compiled, density
from routegraph.flows.removal import parameters as at
from routegraph.flows.removal.chain import Chain
from routegraph.flows.removal.parameters import Layout, draw_prior
from routegraph.flows.removal.problem import RemovalProblem
from routegraph.flows.removal.realise import Realised, realise, seized_by_step
from routegraph.flows.removal.simulate import (
    Completed,
    Enumerated,
    Simulated,
    draw_completed,
    every_report,
    places_and_routes,
    simulate,
)

MOST = 60

TRIES = 3
"""Worlds drawn given the same parameters before the data stay as they are, which the distribution allows too."""


def world_of(*, tips: bool) -> Enumerated:
    """Return three places in two countries, one of them half declared, with every way between them."""
    problem = places_and_routes(
        ways_among(3, longest=3),
        country=[0, 0, 1],
        declared=[1.0, 0.5, 1.0],
        features=np.array([[0.5], [1.0], [-1.5]]),
        pair_features=np.array([[-1.0], [0.0], [1.0], [0.5], [0.5], [-1.0]]),
    )
    return every_report(problem, bases=(0, 1, 2) if tips else (0,), sources=[0, 1], coarse=tips)


def measures(
    theta: np.ndarray, said: Completed, drawn: Simulated, problem: RemovalProblem, *, h: np.ndarray, rho: np.ndarray
) -> np.ndarray:
    """Return what is compared: parameters, completeness, allocations and realised flows, none with a heavy tail."""
    layout = Layout.of(problem)
    spreads = [at.TAU_COUNTRY, at.TAU_PLACE, at.TAU_ORIGIN, at.TAU_DESTINATION]
    per_route = np.bincount(problem.cell_route, drawn.events, minlength=problem.n_routes)
    own = [
        theta[at.G], theta[at.LOG_A], theta[at.PSI] + theta[at.G], theta[at.LOG_CHOICE], theta[at.LOGIT_TIP],
        *np.exp(theta[spreads]), *theta[layout.features : layout.reporting + 2], *h, *rho,
        *said.origin, *said.via, *said.after, *said.destination, *said.case,
    ]  # fmt: skip
    flows = [drawn.routes.sum(), *drawn.legs, *drawn.places, *drawn.routes, *per_route]
    wrong = drawn.events[problem.cell_misreport == 1].sum()
    return np.array([*own, *np.log1p(flows), np.log1p(wrong)])


def within(world: Enumerated, theta: np.ndarray, said: Completed, rng: np.random.Generator) -> Simulated | None:
    """Draw a world with at most ``MOST`` reports, or None if some tries make more."""
    for _ in range(TRIES):
        drawn = simulate(world, theta, said, rng)
        if drawn.count.sum() <= MOST:
            return drawn
    return None


def rates(world: Enumerated, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    derived = compiled.room(world.problem)
    density.derive(theta, compiled.arrays_of(world.problem), derived)
    return derived.h[::5].copy(), derived.reporting.copy()


def from_the_model(world: Enumerated, n: int, *, seed: int) -> np.ndarray:
    """Draw n worlds from the prior: whole worlds are refused, parameters and data."""
    rng, rows = np.random.default_rng([seed, 1]), []
    while len(rows) < n:
        theta, said = draw_prior(world.problem, rng), draw_completed(world.problem, rng)
        if theta[at.LOG_A] - theta[at.PSI] - theta[at.G] > 30:
            continue
        drawn = simulate(world, theta, said, rng)
        if drawn.count.sum() <= MOST:
            h, rho = rates(world, theta)
            rows.append(measures(theta, said, drawn, world.problem, h=h, rho=rho))
    return np.array(rows)


def by_turns(
    world: Enumerated,
    n: int,
    *,
    seed: int,
    warmup: int = 400,
    mutate: Callable[[Chain], None] | None = None,
) -> np.ndarray:
    """Draw n times in turn: parameters by the sampler given data, data given parameters."""
    problem, rng = world.problem, np.random.default_rng([seed, 2])
    chain = Chain(problem, rng)
    if mutate is not None:
        mutate(chain)
    new = None
    while new is None:
        chain.theta, said = draw_prior(problem, rng), draw_completed(problem, rng)
        if chain.theta[at.LOG_A] - chain.theta[at.PSI] - chain.theta[at.G] < 20:
            new = within(world, chain.theta, said, rng)
    rows, reported = [], np.zeros(len(problem.route_place), dtype=np.int64)
    for k in range(-warmup, n):
        if k in (-warmup * 3 // 4, -warmup // 2):
            chain.rescale()
        if k == 0:
            chain.settle()
        if new is not None:
            chain.observe(new.count, events=new.events)
        chain.advance(adapt=k < 0)
        density.derive(chain.theta, chain.arrays, chain.derived)
        seized_by_step(chain.arrays, chain.reports, chain.allocation, reported)
        routes, legs, places, detection = (np.zeros(size) for size in (problem.n_routes, problem.n_legs, 3, 3))
        realise(
            chain.arrays, chain.derived, problem.route_leg.astype(np.int64), reported, chain.allocation.per_route,
            Realised(routes, legs, places, detection), rng,
        )  # fmt: skip
        said = Completed(*(one.copy() for one in chain.completeness))
        state = Simulated(chain.reports.number, in_order(chain), routes, legs, places)
        if k >= 0:
            h, rho = chain.derived.h[::5], chain.derived.reporting
            rows.append(measures(chain.theta, said, state, problem, h=h, rho=rho))
        new = within(world, chain.theta, said, rng)
    return np.array(rows)


def in_order(chain: Chain) -> np.ndarray:
    """Return events by cell, in the order of the problem's cells."""
    events = np.empty(len(chain.allocation.events), dtype=np.int64)
    events[chain.reports.order] = chain.allocation.events
    return events


def scores(turns: np.ndarray, model: np.ndarray) -> np.ndarray:
    """Return z of the difference in mean and in mean square; the error of the dependent side by batch means."""
    out = []
    for power in (1, 2):
        ours, theirs = turns**power, model**power
        batches = ours[: len(ours) // 40 * 40].reshape(40, -1, ours.shape[1]).mean(axis=1)
        error = np.sqrt(batches.var(axis=0, ddof=1) / 40 + theirs.var(axis=0, ddof=1) / len(theirs))
        out.append((ours.mean(axis=0) - theirs.mean(axis=0)) / np.where(error > 0, error, 1))
    return np.array(out)


MOST_OF_Z, MEAN_OF_SQUARES = 4.5, 1.7
"""Of some 160 scores, many of them of nearly the same thing."""


def test_parameters_drawn_in_turn_with_data_are_distributed_as_the_prior() -> None:
    world = world_of(tips=False)
    # Shorter runs have not gone often enough between few routes and many to be judged by.
    z = scores(by_turns(world, 3000, seed=3), from_the_model(world, 3000, seed=3))
    assert np.abs(z).max() < MOST_OF_Z, np.argwhere(np.abs(z) >= MOST_OF_Z)
    assert (z**2).mean() < MEAN_OF_SQUARES


def test_a_sampler_that_takes_no_account_of_what_is_stated_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    world = world_of(tips=False)
    # The chances of fields stay where they began.
    monkeypatch.setattr("routegraph.flows.removal.completeness.draw_completeness", lambda *_: None)
    z = scores(by_turns(world, 400, seed=1), from_the_model(world, 800, seed=1))
    assert np.abs(z).max() > 6


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3])
@pytest.mark.parametrize("tips", [False, True])
def test_parameters_drawn_in_turn_with_data_are_distributed_as_the_prior_at_length(*, seed: int, tips: bool) -> None:
    world = world_of(tips=tips)
    z = scores(by_turns(world, 6_000, seed=seed), from_the_model(world, 6_000, seed=seed))
    assert np.abs(z).max() < MOST_OF_Z, np.argwhere(np.abs(z) >= MOST_OF_Z)
    assert (z**2).mean() < MEAN_OF_SQUARES
