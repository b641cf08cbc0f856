"""The collapsed log density against the model in plain Python, and its gradient against differences."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from removal_truth import Model, everything, statistics

from routegraph.flows.removal import allocation as moves
from routegraph.flows.removal import density
from routegraph.flows.removal.parameters import Layout, draw_prior
from routegraph.flows.removal.problem import RemovalProblem
from routegraph.flows.removal.simulate import Completed, Enumerated, draw_completed, observed, simulate

SEEDS = range(6)


def eventful(world: Enumerated, seed: int, *, tips: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return parameters drawn around values that make some 50 reports, and the events of each cell."""
    rng = np.random.default_rng([seed, 8])
    theta = draw_prior(world.problem, rng)
    theta[0], theta[1], theta[2], theta[8] = -1.5 + 0.3 * rng.standard_normal(), -2.0, 2.5, -2.0
    theta[3:8] = np.clip(theta[3:8], -1.5, 1.5)
    return theta, simulate(world, theta, draw_completed(world.problem, rng), rng, tips=tips).events


def value_of(world: Enumerated, theta: np.ndarray, events: np.ndarray, *, tips: bool) -> tuple[float, np.ndarray]:
    problem = world.problem
    arrays, gradient = density.arrays_of(problem)._replace(has_tips=tips), np.empty(Layout.of(problem).size)
    of_events = statistics(counted(world, events), events, tips=tips)
    return density.log_density(theta, arrays, of_events, density.room(problem), gradient), gradient


def counted(world: Enumerated, events: np.ndarray) -> RemovalProblem:
    return replace(world.problem, count=np.add.reduceat(events, world.problem.cell_start[:-1]))


@pytest.mark.parametrize("tips", [False, True])
@pytest.mark.parametrize("seed", SEEDS)
def test_log_density_is_that_of_the_model_as_written(*, seed: int, tips: bool) -> None:
    world = everything(seed, tips=tips)
    theta, events = eventful(world, seed, tips=tips)
    assert events.sum() > 5
    other = theta + 0.3 * np.random.default_rng(seed).standard_normal(len(theta))
    ours = [value_of(world, one, events, tips=tips)[0] for one in (theta, other)]
    written = [Model(world.problem, one, tips=tips).log_density(events) for one in (theta, other)]
    # Both are known up to a constant.
    assert ours[0] - ours[1] == pytest.approx(written[0] - written[1], rel=1e-9, abs=1e-8)


@pytest.mark.parametrize("tips", [False, True])
@pytest.mark.parametrize("seed", SEEDS)
def test_gradient_is_that_of_the_log_density(*, seed: int, tips: bool) -> None:
    world = everything(seed, tips=tips)
    theta, events = eventful(world, seed, tips=tips)
    _, gradient = value_of(world, theta, events, tips=tips)
    step = 1e-5
    for i, slope in enumerate(gradient):
        up, down = theta.copy(), theta.copy()
        up[i] += step
        down[i] -= step
        rise = value_of(world, up, events, tips=tips)[0] - value_of(world, down, events, tips=tips)[0]
        assert rise / (2 * step) == pytest.approx(slope, rel=1e-5, abs=1e-5), i


def test_detection_that_is_known_does_not_move_with_the_parameters() -> None:
    world = everything(3, tips=False)
    theta, events = eventful(world, 3, tips=False)
    known = np.array([0.2, 0.1, np.nan, 0.3])
    problem = counted(world, events)
    arrays = density.arrays_of(problem, detection=known)
    of_events, out = statistics(problem, events, tips=False), density.room(problem)
    gradient = np.empty(len(theta))
    density.log_density(theta, arrays, of_events, out, gradient)
    for v, h in enumerate(known.tolist()):
        if not np.isnan(h):
            np.testing.assert_allclose(out.h[5 * v : 5 * v + 5], h)
    step = 1e-5
    for i, slope in enumerate(gradient):
        ends = []
        for sign in (1, -1):
            moved = theta.copy()
            moved[i] += sign * step
            ends.append(density.log_density(moved, arrays, of_events, out, np.empty(len(theta))))
        assert (ends[0] - ends[1]) / (2 * step) == pytest.approx(slope, rel=1e-5, abs=1e-5), i


@pytest.mark.parametrize("seed", SEEDS)
def test_weights_of_cells_are_chance_times_completeness_as_written(seed: int) -> None:
    world = everything(seed, tips=True)
    theta, events = eventful(world, seed, tips=True)
    problem, rng = counted(world, events), np.random.default_rng(seed)
    said = draw_completed(problem, rng)
    model = Model(problem, theta, tips=True)
    arrays, out = density.arrays_of(problem)._replace(has_tips=True), density.room(problem)
    density.derive(theta, arrays, out)
    chances = np.empty((3, len(problem.route_place)))
    moves.reported_chances(arrays, out, chances)
    as_moved = moves.Completeness(said.origin, said.via, said.after, said.destination, said.case)
    absent, reports = moves.powers(as_moved), moves.reports_of(problem)
    reporting = [q for q, pattern in enumerate(world.patterns) if problem.declared[pattern[2]] > 0]
    for q in rng.choice(reporting, 60, replace=False):
        first, last = problem.cell_start[q : q + 2]
        f = np.empty(last - first)
        moves.factors(q, reports, as_moved, chances, absent, f)
        written = np.array([as_written(problem, model, said, q, j) for j in range(first, last)])
        # What all cells of a report share is left out of f.
        assert written.max() > 0
        np.testing.assert_allclose(f / f.sum(), written / written.sum(), rtol=1e-6)


def as_written(problem, model: Model, said: Completed, q: int, j: int) -> float:
    """Return d_{r,k} / (b + D_r) x P(exactly these fields | r, k, source) x ways."""
    r, k, s = int(problem.cell_route[j]), int(problem.cell_step[j]), int(problem.source[q])
    if r < 0:
        both = said.via[s] ** problem.vias_before[q] * said.after[s] ** problem.vias_after[q]
        return said.case[2] / 1.05 / both
    last = len(model.routes[r]) - 1
    origin = said.case[0] if k == 0 else said.origin[s]
    chance = origin if problem.names_origin[q] else 1 - origin
    before, after = max(k - 1, 0), max(last - k - 1, 0)
    chance *= said.via[s] ** problem.vias_before[q] * (1 - said.via[s]) ** (before - problem.vias_before[q])
    chance *= said.after[s] ** problem.vias_after[q] * (1 - said.after[s]) ** (after - problem.vias_after[q])
    if k == last:
        chance *= float(problem.names_destination[q])
    elif problem.names_destination[q]:
        chance *= said.destination[s]
        chance *= said.case[1] / problem.n_destinations if problem.cell_misreport[j] else 1 - said.case[1]
    else:
        chance *= 1 - said.destination[s]
    b = np.exp(model.log_b)
    return chance * problem.cell_ways[j] * model.cell(r, k, int(problem.basis[q])) / (b + model.seen(r))


def test_observed_keeps_what_was_reported_and_its_cells() -> None:
    world = everything(1, tips=True)
    rng = np.random.default_rng(5)
    theta, _ = eventful(world, 1, tips=True)
    drawn = simulate(world, theta, draw_completed(world.problem, rng), rng, tips=True)
    seen = observed(world, drawn)
    kept = np.flatnonzero(drawn.count)
    assert seen.count.sum() == drawn.count.sum()
    for q, full in enumerate(kept):
        ours, theirs = (one.cell_start[i : i + 2] for one, i in ((seen, q), (world.problem, full)))
        np.testing.assert_array_equal(seen.cell_route[slice(*ours)], world.problem.cell_route[slice(*theirs)])
        assert seen.basis[q] == world.problem.basis[full]
