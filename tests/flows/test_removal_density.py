"""The collapsed log density against the model in plain Python, and its gradient against differences."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from removal_truth import Model, everything, statistics

from routegraph.flows.removal import allocation as moves
from routegraph.flows.removal import compiled, completeness, density
from routegraph.flows.removal.parameters import draw_prior
from routegraph.flows.removal.problem import RemovalProblem
from routegraph.flows.removal.simulate import Completed, Enumerated, draw_completed, observed, simulate

SEEDS = range(6)


def eventful(world: Enumerated, seed: int) -> tuple[np.ndarray, Completed, np.ndarray]:
    """Return parameters drawn around values that make some 50 reports, completeness, and the events of each cell."""
    rng = np.random.default_rng([seed, 8])
    theta = draw_prior(world.problem, rng)
    theta[0], theta[1], theta[2], theta[8] = -1.5 + 0.3 * rng.standard_normal(), -2.0, 2.5, -2.0
    theta[3:8] = np.clip(theta[3:8], -1.5, 1.5)
    said = draw_completed(world.problem, rng)
    return theta, said, simulate(world, theta, said, rng).events


def density_at(
    world: Enumerated, said: Completed, events: np.ndarray, *, known: np.ndarray | None = None
) -> tuple[Callable[[np.ndarray], tuple[float, np.ndarray]], compiled.Derived]:
    """Return the log density and its gradient as a function of the parameters, and what is derived on the way."""
    problem, arrays = world.problem, compiled.arrays_of(world.problem, detection=known)
    counted = replace(problem, count=np.add.reduceat(events, problem.cell_start[:-1]))
    of_events, out = statistics(counted, events), compiled.room(problem)
    completeness.usable_reports(arrays, moves.Completeness(**vars(said)), out.usable)

    def value(theta: np.ndarray) -> tuple[float, np.ndarray]:
        gradient = np.empty(len(theta))
        return density.log_density(theta, arrays, of_events, out, gradient), gradient

    return value, out


def slopes(value: Callable[[np.ndarray], tuple[float, np.ndarray]], theta: np.ndarray) -> np.ndarray:
    """Return the gradient by differences."""
    step, found = 1e-5, np.empty(len(theta))
    for i in range(len(theta)):
        up, down = theta.copy(), theta.copy()
        up[i] += step
        down[i] -= step
        found[i] = (value(up)[0] - value(down)[0]) / (2 * step)
    return found


@pytest.mark.parametrize("tips", [False, True])
@pytest.mark.parametrize("seed", SEEDS)
def test_log_density_is_that_of_the_model_as_written(*, seed: int, tips: bool) -> None:
    world = everything(seed, tips=tips)
    theta, said, events = eventful(world, seed)
    assert events.sum() > 5
    value, _ = density_at(world, said, events)
    other = theta + 0.3 * np.random.default_rng(seed).standard_normal(len(theta))
    written = [Model(world, one, said).log_density(events) for one in (theta, other)]
    # Both are known up to a constant.
    assert value(theta)[0] - value(other)[0] == pytest.approx(written[0] - written[1], rel=1e-9, abs=1e-8)


@pytest.mark.parametrize("tips", [False, True])
@pytest.mark.parametrize("seed", SEEDS)
def test_gradient_is_that_of_the_log_density(*, seed: int, tips: bool) -> None:
    world = everything(seed, tips=tips)
    theta, said, events = eventful(world, seed)
    value, _ = density_at(world, said, events)
    assert slopes(value, theta) == pytest.approx(value(theta)[1], rel=1e-5, abs=1e-5)


def test_detection_that_is_known_does_not_move_with_the_parameters() -> None:
    world = everything(3, tips=False)
    theta, said, events = eventful(world, 3)
    known = np.array([0.2, 0.1, np.nan, 0.3])
    value, out = density_at(world, said, events, known=known)
    assert slopes(value, theta) == pytest.approx(value(theta)[1], rel=1e-5, abs=1e-5)
    for v, h in enumerate(known.tolist()):
        if not np.isnan(h):
            np.testing.assert_allclose(out.h[5 * v : 5 * v + 5], h)


@pytest.mark.parametrize("seed", SEEDS)
def test_weights_of_cells_are_chance_times_completeness_as_written(seed: int) -> None:
    world = everything(seed, tips=True)
    theta, said, events = eventful(world, seed)
    problem, rng = world.problem, np.random.default_rng(seed)
    model = Model(world, theta, said)
    value, out = density_at(world, said, events)
    value(theta)
    chances = np.empty((3, len(problem.route_place)))
    moves.reported_chances(compiled.arrays_of(problem), out, chances)
    as_moved = moves.Completeness(**vars(said))
    absent, reports = moves.powers(as_moved), moves.reports_of(problem)
    reporting = [q for q, pattern in enumerate(world.patterns) if problem.declared[pattern[2]] > 0]
    for q in rng.choice(reporting, 60, replace=False):
        first, last = problem.cell_start[q : q + 2]
        f = np.empty(last - first)
        moves.factors(q, reports, as_moved, chances, absent, f)
        written = np.array([as_written(problem, model, said, q, j) for j in reports.order[first:last]])
        # What all cells of a report share is left out of f.
        assert written.max() > 0
        np.testing.assert_allclose(f / f.sum(), written / written.sum(), rtol=1e-6)


def as_written(problem: RemovalProblem, model: Model, said: Completed, q: int, j: int) -> float:
    """Return d_{r,k} / (b + D_r) x P(exactly these fields | r, k, source) x ways."""
    r, k, s = int(problem.cell_route[j]), int(problem.cell_step[j]), int(problem.source[q])
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
    theta, said, _ = eventful(world, 1)
    drawn = simulate(world, theta, said, rng)
    seen = observed(world, drawn)
    kept = np.flatnonzero(drawn.count)
    assert seen.count.sum() == drawn.count.sum()
    for q, full in enumerate(kept):
        ours, theirs = (one.cell_start[i : i + 2] for one, i in ((seen, q), (world.problem, full)))
        np.testing.assert_array_equal(seen.cell_route[slice(*ours)], world.problem.cell_route[slice(*theirs)])
        assert seen.basis[q] == world.problem.basis[full]
