"""Posterior predictive checks: uniform p under the model with known detection, near 0 where a misfit is planted."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.stats import kstest

from routegraph.errors import SettingError
from routegraph.flows.removal.predictive import PredictiveChecks, check_predictions

Maker = Callable[..., Any]

ROUTES = [(0, 1, 2, 3), (3, 1, 0), (2, 4, 3), (0, 2, 3, 1, 4), (4, 2, 0)]
P = np.array([0.1, 0.2, 0.15, 0.3, 0.25])


def with_fields(made: Any, rng: np.random.Generator, *, via: Any = 0.6, destination: Any = 0.4) -> Any:
    """Split each report by fields named: vias and destination each left out by chance (numbers, or functions of k)."""
    problem, routes, rows = made.problem, made.problem.cell_route, []
    last = np.diff(problem.route_start)[routes] - 1
    for q, events in enumerate(problem.count):
        k = int(problem.cell_step[q])
        by = [chance(k) if callable(chance) else chance for chance in (via, destination)]
        vias = rng.binomial(max(k - 1, 0), by[0], events)
        named = np.ones(events) if k == last[q] else rng.binomial(1, by[1], events)
        kinds, times = np.unique(np.column_stack([vias, named]), axis=0, return_counts=True)
        rows += [(q, *map(int, kind), int(n)) for kind, n in zip(kinds, times, strict=True)]
    q, vias, named, count = (np.array(column) for column in zip(*rows, strict=True))
    kept = ["basis", "source", "names_origin", "vias_after"]
    kept += ["cell_route", "cell_step", "cell_misreport", "cell_ways"]
    changed = {name: getattr(problem, name)[q] for name in kept}
    changed |= {"count": count, "vias_before": vias.astype(np.int32), "names_destination": named.astype(np.uint8)}
    problem = dataclasses.replace(problem, **changed, cell_start=np.arange(len(q) + 1))
    return dataclasses.replace(made, problem=problem, events=count.astype(float))


def checked(
    case: Maker, simulate: Maker, fitted: Maker, *, seed: int, p: np.ndarray = P, said: np.ndarray = P, **fields: Any
) -> PredictiveChecks:
    rng = np.random.default_rng(seed)
    made = with_fields(case(ROUTES, simulate(ROUTES, p, [200] * 5, rng)), rng, **fields)
    return check_predictions(made.problem, fitted(made, np.tile(said, (20, 1))), seed=seed, replicates=40)


def test_p_is_uniform_under_the_model_with_known_detection(case: Maker, simulate: Maker, fitted: Maker) -> None:
    found = [checked(case, simulate, fitted, seed=seed).checks["p"] for seed in range(40)]
    for name in ("position", "spread", "by_route", "vias", "destinations"):
        p = np.array([one[name] for one in found])
        assert p.mean() == pytest.approx(0.5, abs=0.15), name
        if name in ("position", "spread", "by_route"):
            assert kstest(p, "uniform").pvalue > 1e-3, name
        # The chance of being named is learned from the same reports: conservative, never too bold.
        assert (np.minimum(p, 1 - p) < 0.05).mean() < 0.22, name


def test_detection_that_differs_between_routes_is_told(case: Maker, simulate: Maker, fitted: Maker) -> None:
    logit = np.log(P / (1 - P)) + np.random.default_rng(1).normal(0, 1.2, (len(ROUTES), len(P)))
    found = checked(case, simulate, fitted, seed=2, p=1 / (1 + np.exp(-logit)))
    assert found.checks.loc["by_route", "p"] < 0.01
    assert any("differs by route" in sentence for sentence in found.warnings())


def test_detection_that_is_too_high_early_is_told_by_the_position(case: Maker, simulate: Maker, fitted: Maker) -> None:
    low, high = (
        checked(case, simulate, fitted, seed=3, said=P * 0.3),
        checked(case, simulate, fitted, seed=3, said=P * 2.5),
    )
    assert low.checks.loc["position", "p"] > 0.99
    assert high.checks.loc["position", "p"] < 0.01
    assert "farther along" in high.warnings()[0]


def test_vias_forgotten_on_long_ways_are_told(case: Maker, simulate: Maker, fitted: Maker) -> None:
    found = checked(case, simulate, fitted, seed=4, via=lambda k: 0.9 if k < 3 else 0.3)
    assert found.checks.loc["vias", "p"] < 0.01
    rows = found.missing.loc["via"]
    assert rows.loc[3, "observed"] > rows.loc[3, "expected"]
    assert rows.loc[1, "observed"] < rows.loc[1, "expected"]


def test_destinations_forgotten_early_are_told(case: Maker, simulate: Maker, fitted: Maker) -> None:
    found = checked(case, simulate, fitted, seed=5, destination=lambda k: 0.1 if k == 0 else 0.9)
    assert found.checks.loc["destinations", "p"] < 0.01
    assert found.checks.loc["vias", "p"] > 0.01


def test_bands_and_fields_add_up_to_the_events(case: Maker, simulate: Maker, fitted: Maker) -> None:
    rng = np.random.default_rng(6)
    made = with_fields(case(ROUTES, simulate(ROUTES, P, [200] * 5, rng)), rng)
    found = check_predictions(made.problem, fitted(made, np.tile(P, (4, 1))), seed=1, replicates=5)
    events = made.problem.count.sum()
    assert found.positions["observed"].sum() == pytest.approx(events)
    assert found.positions["expected"].sum() == pytest.approx(events)
    last = np.diff(made.problem.route_start)[made.problem.cell_route] - 1
    before_end = made.problem.count[made.problem.cell_step < last].sum()
    assert found.missing.loc["destination", "could"].sum() == pytest.approx(before_end)


def test_the_same_seed_gives_the_same_numbers_and_no_replicates_are_refused(
    case: Maker, simulate: Maker, fitted: Maker
) -> None:
    one, other = (checked(case, simulate, fitted, seed=7) for _ in range(2))
    assert one.numbers() == other.numbers()
    made = case(ROUTES, simulate(ROUTES, P, [20] * 5, np.random.default_rng(1)))
    with pytest.raises(SettingError, match="expected at least 1"):
        check_predictions(made.problem, fitted(made, np.tile(P, (4, 1))), seed=1, replicates=0)


def test_an_event_of_several_cells_is_laid_with_their_chances(case: Maker, fitted: Maker) -> None:
    made = case([(0, 1), (0, 1, 2)], [(0, 1, 400, 0)])
    problem = dataclasses.replace(
        made.problem, cell_start=np.array([0, 2]), cell_route=np.array([0, 1], dtype=np.int32),
        cell_step=np.array([1, 1], dtype=np.int32), cell_misreport=np.zeros(2, dtype=np.uint8), cell_ways=np.ones(2),
    )  # fmt: skip
    fit = fitted(dataclasses.replace(made, problem=problem, events=np.array([100.0, 300.0])), np.full((4, 3), 0.2))
    bands = check_predictions(problem, fit, seed=1, replicates=40).positions["observed"]
    assert bands["end"] == pytest.approx(100, rel=0.1)
    assert bands["middle third"] == pytest.approx(300, rel=0.1)


def test_no_events_on_routes_leave_nothing_to_check(case: Maker, fitted: Maker) -> None:
    made = case([(0, 1)], [(0, 0, 0, 0)])
    found = check_predictions(made.problem, fitted(made, np.full((4, 2), 0.2)), seed=1, replicates=3)
    assert found.numbers() == {}
    assert found.warnings() == ()


def test_domestic_events_are_on_no_route_and_are_not_checked(case: Maker, fitted: Maker) -> None:
    made = case([(0, 1), (0, 1, 2)], [(0, 1, 40, 0), (1, 0, 25, 0)])
    problem = dataclasses.replace(made.problem, cell_route=np.array([0, -1], dtype=np.int32))
    fit = fitted(made, np.full((4, 3), 0.2))
    found = check_predictions(problem, fit, seed=1, replicates=4)
    assert found.positions["observed"].to_dict() == {
        "start": 0, "first third": 0, "middle third": 0, "last third": 0, "end": 40
    }  # fmt: skip
