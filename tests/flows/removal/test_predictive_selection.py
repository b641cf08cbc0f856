"""Predictive checks where reports that look domestic are missing: uniform p under that model, and not without it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np
import pytest
from scipy.stats import kstest

from routegraph.flows.removal import allocation, compiled, completeness, density, missing_fields, simulate
from routegraph.flows.removal import parameters as at
from routegraph.flows.removal.fit import RemovalFit
from routegraph.flows.removal.missing_fields import AFTER, BEFORE, DESTINATION, Abroad, Fields
from routegraph.flows.removal.predictive import CHECKS, check_predictions
from routegraph.flows.removal.sampler import sample
from routegraph.flows.removal.stages import stages

ROUTES = [(0, 1, 2, 3, 5), (0, 1, 4), (4, 1, 0), (5, 2, 0), (1, 2, 4, 5), (3, 2, 5), (2, 0, 1, 3)]
COUNTRY = [0, 0, 1, 1, 2, 2]
DRAWS = 20


@pytest.fixture(scope="module")
def world() -> simulate.Enumerated:
    return simulate.every_report(simulate.places_and_routes(ROUTES, country=COUNTRY), sources=[0, 1, 0])


def drawn(world: simulate.Enumerated, seed: int) -> tuple[Any, RemovalFit]:
    """Return the reports of a world that leave much out, and a fit that knows the truth."""
    rng, problem = np.random.default_rng([11, seed]), world.problem
    layout, theta = at.Layout.of(problem), at.draw_prior(problem, rng)
    theta[[at.G, at.LOG_A, at.TAU_COUNTRY, at.TAU_PLACE]] = -1.5, 4.0, np.log(0.5), np.log(0.5)
    theta[at.PSI] = np.log(np.exp(4.0) / 6_000) + 1.5
    theta[layout.roles : layout.gravity] = 0.0
    said = [rng.uniform(low, high, 2) for low, high in ((0.1, 0.6), (0.1, 0.6), (0.05, 0.4), (0.1, 0.6))]
    completed = simulate.Completed(*said, np.array([0.5, 0.0]))
    made = simulate.simulate(world, theta, completed, rng)
    derived, arrays = compiled.room(problem), compiled.arrays_of(problem)
    completeness.usable_reports(arrays, allocation.Completeness(**vars(completed)), derived.usable)
    density.derive(theta, arrays, derived)
    none = np.zeros((DRAWS, 1), dtype=np.float32)
    fit = RemovalFit(
        chains=1, legs=none, places=none, routes=np.tile(made.routes, (DRAWS, 1)),
        detection=np.tile(derived.h[:: at.N_ROLES], (DRAWS, 1)), reporting=np.tile(derived.reporting, (DRAWS, 1)),
        allocated=made.events[np.repeat(made.count > 0, np.diff(problem.cell_start))].astype(np.float64),
        usable=derived.usable, scalars={},
    )  # fmt: skip
    return simulate.observed(world, made), fit


def chances(world: simulate.Enumerated, *, seeds: int, selected: bool = True) -> np.ndarray:
    """Return seeds x checks; without ``selected`` the checks take all reports as usable."""
    rows = []
    for seed in range(seeds):
        problem, fit = drawn(world, seed)
        assert fit.usable.min() < 0.5
        if not selected:
            fit = dataclasses.replace(fit, usable=np.ones_like(fit.usable))
        rows.append(check_predictions(problem, fit, seed=seed, replicates=30).checks["p"].to_numpy())
    return np.array(rows)


def test_p_is_uniform_where_reports_that_look_domestic_are_missing(world: simulate.Enumerated) -> None:
    found = chances(world, seeds=30)
    for name, p in zip(CHECKS, found.T, strict=True):
        assert p.mean() == pytest.approx(0.5, abs=0.15), name
        assert (np.minimum(p, 1 - p) < 0.05).mean() < 0.25, name
        if name in ("position", "spread", "by_route"):
            assert kstest(p, "uniform").pvalue > 1e-3, name


def test_checks_that_take_every_report_as_usable_fail_worlds_of_the_model(
    world: simulate.Enumerated, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(missing_fields, "among_reports", lambda fields, _: np.ones(fields.outside.shape[1]))
    found = chances(world, seeds=8, selected=False)
    failed = (np.minimum(found, 1 - found) < 0.01).mean(axis=0)
    assert dict(zip(CHECKS, failed >= 0.25, strict=True)) == dict.fromkeys(CHECKS, True)


def fields_with(outside: np.ndarray, could: np.ndarray, stated: np.ndarray) -> Fields:
    abroad = Abroad.of(outside)
    return Fields(abroad.of_step, could, stated, np.zeros(abroad.outside.shape[1], dtype=np.int64), abroad.outside)


def fields_like(outside: list[int], could: list[int], *, n: int) -> Fields:
    counts = [np.repeat(np.array(x)[:, None], n, axis=1) for x in (outside, could, [0] * 4)]
    return fields_with(*counts)


CASES = [([1, 2, 0, 1], [1, 3, 1, 1]), ([0, 3, 0, 0], [1, 3, 0, 1]), ([0, 0, 1, 1], [0, 0, 2, 1])]
NAMED = np.array([[0.2], [0.35], [0.1], [0.3]])


def outcomes(outside: list[int], could: list[int]) -> Iterator[tuple[np.ndarray, float]]:
    """Yield what a report that is seen may name, field by field, and the chance of it: all of them, one by one."""
    places = [(f, k < outside[f]) for f in range(4) for k in range(could[f])]
    rows = []
    for said in product((0, 1), repeat=len(places)):
        chance = np.prod([NAMED[f, 0] if x else 1 - NAMED[f, 0] for (f, _), x in zip(places, said, strict=True)])
        if any(x and out for (_, out), x in zip(places, said, strict=True)):
            named = [sum(x for (g, _), x in zip(places, said, strict=True) if g == f) for f in range(4)]
            rows.append((np.array(named), float(chance)))
    whole = sum(chance for _, chance in rows)
    for named, chance in rows:
        yield named, chance / whole


@pytest.mark.parametrize(("outside", "could"), CASES)
def test_moments_and_draws_of_named_fields_are_those_of_all_outcomes(outside: list[int], could: list[int]) -> None:
    fields, rng = fields_like(outside, could, n=40_000), np.random.default_rng(3)
    for which in (BEFORE, AFTER, DESTINATION):
        chance = np.zeros(could[which] + 1)
        for named, p in outcomes(outside, could):
            chance[named[which]] += p
        k = np.arange(len(chance))
        mean, variance = missing_fields.moments(fields, NAMED, which)
        assert mean[0] == pytest.approx(chance @ k, rel=1e-12)
        assert variance[0] == pytest.approx(chance @ k**2 - (chance @ k) ** 2, abs=1e-12)
        again = missing_fields.drawn(fields, NAMED, which, rng)
        np.testing.assert_allclose(np.bincount(again, minlength=len(k)) / len(again), chance, atol=0.012)


def test_chances_that_fields_are_named_come_out_as_they_were_though_silent_reports_are_missing() -> None:
    rng, n = np.random.default_rng(4), 60_000
    outside = np.stack([rng.integers(0, high, n) for high in (2, 4, 3, 2)])
    could = np.maximum(outside, [[0], [2], [1], [0]])
    abroad = rng.binomial(outside, NAMED)
    stated = abroad + rng.binomial(could - outside, NAMED)
    seen = abroad.any(axis=0)
    fields = fields_with(outside[:, seen], could[:, seen], stated[:, seen])
    kept = [missing_fields.draw_named(fields, NAMED + 0.3, rng, sweeps=40)[:, 0] for _ in range(5)]
    np.testing.assert_allclose(np.mean(kept, axis=0), NAMED[:, 0], atol=0.012)
    # Without the silent ones reports look far more complete than they are.
    naive = stated[:, seen].sum(axis=1) / could[:, seen].sum(axis=1)
    assert (naive > NAMED[:, 0] + 0.04).all()


def test_routes_whose_reports_all_look_domestic_are_left_out(world: simulate.Enumerated) -> None:
    problem, fit = drawn(world, 0)
    on_first = slice(problem.route_start[0], problem.route_start[1])
    usable = fit.usable.copy()
    usable[on_first] = 0.001
    assert 0 in stages(problem, fit.allocated, usable=fit.usable).route
    assert 0 not in stages(problem, fit.allocated, usable=usable).route


@pytest.mark.slow
def test_a_fit_by_the_sampler_passes_and_would_not_if_every_report_were_taken_as_usable(
    world: simulate.Enumerated,
) -> None:
    problem, known = drawn(world, 3)
    fit = sample(problem, draws=120, chains=2, warmup=200, seed=1)
    np.testing.assert_allclose(fit.usable, known.usable, atol=0.15)
    found = check_predictions(problem, fit, seed=1, replicates=120)
    assert found.warnings() == ()
    old = check_predictions(problem, dataclasses.replace(fit, usable=np.ones_like(fit.usable)), seed=1, replicates=120)
    assert old.checks.loc["by_route", "p"] < 0.01
