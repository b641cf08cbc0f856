"""What tells the level of detection: closed forms, finite differences and the structures that are known to fail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.special import expit, logit

from routegraph.errors import SettingError
from routegraph.flows.removal import information as positions
from routegraph.flows.removal.identification import identify, positions_seen, prior_log_totals
from routegraph.flows.removal.stages import log_seen, stage_chances, stages, unit_checks

Maker = Callable[..., Any]

CHAIN = [(0, 1, 2, 3)]
MERGING = [(0, 2, 4, 5), (1, 2, 4, 5), (3, 4, 5)]
SKIPPED = [(0, 1, 2), (0, 2), (1, 2), (0, 1)]
REVERSED = [(0, 1), (1, 0)]


def all_usable(made: Any) -> np.ndarray:
    return np.ones(len(made.problem.route_place))


def everywhere(routes: list[tuple[int, ...]], events: int) -> list[tuple[int, int, int, int]]:
    return [(r, k, events, 0) for r, route in enumerate(routes) for k in range(len(route))]


def seen(case: Maker, routes: list[tuple[int, ...]], *, events: int, p: float = 0.2, **kept: Any) -> Any:
    made = case(routes, everywhere(routes, events), **kept)
    found = stages(made.problem, made.events, usable=all_usable(made))
    reporting = made.problem.declared[found.place]
    spread = expit(logit(p) + 0.3 * np.sin(np.arange(len(found.place))))
    return positions_seen(made.problem, found, spread, tip=0.0, reporting=reporting)


@pytest.mark.parametrize("routes", [CHAIN, MERGING], ids=["one order", "merging tree"])
@pytest.mark.parametrize("p", [0.02, 0.3])
def test_one_order_and_merging_trees_do_not_tell_the_level_however_many_the_events(
    case: Maker, routes: list[tuple[int, ...]], p: float
) -> None:
    few, many = seen(case, routes, events=100, p=p), seen(case, routes, events=1_000_000, p=p)
    for found in (few, many):
        assert found.structural == found.directions - 1
        assert found.level_free > 0.8
        # About the prior's own word: that countries are alike. Positions add nothing, however many there are.
        assert found.level_information < 1.1
    assert many.level_information < few.level_information + 0.5


@pytest.mark.parametrize("routes", [SKIPPED, REVERSED], ids=["skipped", "reversed"])
def test_skipped_stages_and_reversed_orders_tell_the_level(case: Maker, routes: list[tuple[int, ...]]) -> None:
    found = seen(case, routes, events=5_000)
    assert found.structural == found.directions
    assert found.level_free == 0
    assert found.level_information > 1
    assert found.smallest > 0
    # ... but not with hardly any events: telling is a matter of how much.
    assert seen(case, routes, events=1, p=0.05).level_information < 1


def test_a_single_stage_that_reports_tells_nothing(case: Maker) -> None:
    found = seen(case, [(0, 2), (1, 2)], events=1_000, declared=[0.0, 0.0, 1.0])
    assert found.structural == 0
    assert found.smallest == 0
    assert found.level_free == 1
    assert found.level_information == pytest.approx(0, abs=1e-9)


def test_a_small_part_in_one_order_does_not_withhold_a_level_that_the_rest_tells(case: Maker) -> None:
    routes = [*SKIPPED, (3, 4)]
    reports = [*everywhere(SKIPPED, 5_000), (4, 0, 5, 0), (4, 1, 5, 0)]
    made = case(routes, reports)
    found = stages(made.problem, made.events, usable=all_usable(made))
    out = positions_seen(made.problem, found, np.full(len(found.place), 0.2), tip=0.0, reporting=np.ones(5))
    assert out.structural == out.directions - 1
    assert 0 < out.level_free < 0.05


def test_information_of_two_stages_is_the_closed_form(case: Maker) -> None:
    made = case([(0, 1)], [(0, 0, 60, 0), (0, 1, 40, 0)])
    found, (a, b) = stages(made.problem, made.events, usable=all_usable(made)), (0.3, 0.4)
    told = positions.information(found, np.array([a, b]), tip=0.0, reporting=np.ones(2), at=np.arange(2))
    q = a / (a + (1 - a) * b)
    direction = np.array([-1.0, 1 - b])
    np.testing.assert_allclose(told, 100 * q * (1 - q) * np.outer(direction, direction), rtol=1e-12)


def test_information_is_the_expected_curvature_with_every_basis(case: Maker) -> None:
    routes = [(0, 1, 2), (2, 0)]
    reports = [(0, 0, 30, 0), (0, 1, 20, 1), (0, 2, 25, 2), (1, 0, 10, 0), (1, 1, 15, 2)]
    made = case(routes, reports)
    found = stages(made.problem, made.events, usable=all_usable(made))
    x, tip, rho = logit(np.array([0.1, 0.3, 0.2])), 0.05, np.array([0.9, 0.5, 0.7])
    told = positions.information(found, expit(x), tip=tip, reporting=rho, at=np.arange(3))

    def chances(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        p = expit(x)
        q = stage_chances(found, p, tip=tip, reporting=rho)
        q = q / q.sum(axis=1, keepdims=True)
        check = np.where(found.inside, (p / (p + (1 - p) * tip))[found.unit], 0.0)
        return q, np.concatenate([q * check, q * (1 - check)], axis=1)

    # The expected information is the Hessian of the Kullback-Leibler divergence at its zero: sum q (dq / q)^2.
    def scores(which: int) -> np.ndarray:
        step = 1e-6
        moves = [(chances(x + step * e)[which] - chances(x - step * e)[which]) / (2 * step) for e in np.eye(3)]
        base = chances(x)[which]
        ratio = [np.divide(m, np.sqrt(base), out=np.zeros_like(m), where=base > 0) for m in moves]
        return np.einsum("irc,jrc->rij", np.array(ratio), np.array(ratio))

    stated, unstated = (found.checks + found.tips).sum(axis=1), found.unstated.sum(axis=1)
    expected = np.einsum("r,rij->ij", unstated, scores(0)) + np.einsum("r,rij->ij", stated, scores(1))
    np.testing.assert_allclose(told, expected, rtol=1e-6, atol=1e-8)


def test_slopes_of_the_lambda_free_likelihood_are_those_of_finite_differences(case: Maker) -> None:
    routes = [(0, 1, 2), (2, 0)]
    made = case(routes, [(0, 0, 30, 0), (0, 1, 20, 1), (0, 2, 25, 2), (1, 1, 15, 2)])
    found = stages(made.problem, made.events, usable=all_usable(made))
    x, tip, rho = logit(np.array([0.1, 0.3, 0.2])), 0.05, np.array([0.9, 0.5, 0.7])

    def both(x: np.ndarray) -> np.ndarray:
        value, _ = positions._log_likelihood(found, expit(x), tip=tip, reporting=rho)
        return np.array([value, positions.mean_log_seen(found, expit(x), tip=tip, reporting=rho)])

    numeric = np.array([(both(x + 1e-6 * e) - both(x - 1e-6 * e)) / 2e-6 for e in np.eye(3)])
    _, slope = positions._log_likelihood(found, expit(x), tip=tip, reporting=rho)
    np.testing.assert_allclose(slope, numeric[:, 0], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(
        positions.slope_of_log_seen(found, expit(x), tip=tip, reporting=rho), numeric[:, 1], rtol=1e-5, atol=1e-8
    )


def test_the_lambda_free_fit_finds_detection_where_positions_tell_it(case: Maker, simulate: Maker) -> None:
    p = np.array([0.1, 0.3, 0.2])
    rng = np.random.default_rng(1)
    made = case(SKIPPED + REVERSED, simulate(SKIPPED + REVERSED, p, [40_000] * 6, rng))
    found = stages(made.problem, made.events, usable=all_usable(made))
    assumed = positions.hierarchy(made.problem, found, country_sd=1.0, place_sd=0.7)
    free = positions.lambda_free_fit(found, assumed, tip=0.0, reporting=np.ones(3))
    np.testing.assert_allclose(logit(free.p), logit(p), atol=0.15)
    truth = positions.mean_log_seen(found, p, tip=0.0, reporting=np.ones(3))
    assert abs(free.log_seen - truth) < 3 * np.sqrt(free.variance)
    assert np.sqrt(free.variance) < 0.1


def test_laplace_variance_is_the_prior_where_positions_say_nothing(case: Maker) -> None:
    made = case([(0, 1)], [(0, 1, 50, 0)], declared=[0.0, 1.0])
    found = stages(made.problem, made.events, usable=all_usable(made))
    assumed = positions.hierarchy(made.problem, found, country_sd=0.5, place_sd=0.3)
    free = positions.lambda_free_fit(found, assumed, tip=0.0, reporting=np.array([0.0, 1.0]))
    np.testing.assert_allclose(logit(free.p), [-3.0, -3.0], atol=1e-3)
    p = expit(-3.0)
    # Each country is one place here, so that places of a country do not differ.
    a, own, level = np.array([-p, 1 - p]), 0.5**2, 1.2**2
    assert free.variance == pytest.approx(a @ (level * np.ones((2, 2)) + own * np.eye(2)) @ a, rel=1e-2)


def test_prior_of_the_total_on_one_stage_is_that_of_log_p_and_reporting(case: Maker) -> None:
    made = case([(0, 1)], [(0, 1, 50, 0)], declared=[0.0, 1.0])
    totals = prior_log_totals(
        made.problem, stages(made.problem, made.events, usable=all_usable(made)), seed=3, draws=8_000
    )
    rng, n = np.random.default_rng(9), 200_000
    g = rng.normal(-3, 1.2, n)
    tau = np.abs(rng.standard_normal(n))
    x, y = (g + tau * rng.standard_normal(n) for _ in range(2))
    rho = expit(rng.normal(1.7, 0.8, n))
    expected = np.log(50) - np.log(expit(x) * (1 - expit(y)) * rho)
    assert totals.mean() == pytest.approx(expected.mean(), abs=0.06)
    assert totals.std() == pytest.approx(expected.std(), rel=0.04)


def posterior(
    case: Maker, fitted: Maker, simulate: Maker, *, shift: float, narrow: float, modular: bool = False
) -> Any:
    """Return what is said of a fit with detection off the truth by ``shift`` (logit), known to ``narrow``."""
    routes, p, rng = SKIPPED + REVERSED, np.array([0.1, 0.3, 0.2]), np.random.default_rng(4)
    made = case(routes, simulate(routes, p, [4_000] * 6, rng))
    moved = rng.normal(shift, narrow, (400, 1))
    fit = fitted(
        made, expit(logit(p) + moved), log_total=-moved[:, 0], tau_country=np.ones(400), tau_place=np.ones(400)
    )
    return identify(made.problem, fit, seed=1, modular=modular)


def test_levels_are_told_and_nothing_is_warned_of_where_all_agrees(case: Maker, fitted: Maker, simulate: Maker) -> None:
    found = posterior(case, fitted, simulate, shift=0.0, narrow=0.03)
    assert found.levels_told
    assert found.warnings() == ()
    assert found.ratio < 0.1
    assert found.numbers()["identification_levels_told"] == 1.0


def test_a_posterior_that_leaves_what_positions_say_is_warned_of(case: Maker, fitted: Maker, simulate: Maker) -> None:
    found = posterior(case, fitted, simulate, shift=1.0, narrow=0.03)
    assert found.z > 2
    assert "exchangeable" in found.warnings()[-1]
    assert "higher" in found.warnings()[-1]
    assert posterior(case, fitted, simulate, shift=-1.0, narrow=0.03).z < -2
    # Where detection was drawn from positions alone, there is nothing that it could leave.
    cut = posterior(case, fitted, simulate, shift=1.0, narrow=0.03, modular=True)
    assert np.isnan(cut.z)
    assert cut.warnings() == ()
    assert cut.log_seen == found.log_seen


def test_a_total_as_wide_as_before_is_not_told_even_where_positions_could_tell(
    case: Maker, fitted: Maker, simulate: Maker
) -> None:
    found = posterior(case, fitted, simulate, shift=0.0, narrow=1.2)
    assert found.ratio > 0.7
    assert not found.levels_told
    assert "hardly narrow" in found.warnings()[0]


def test_two_point_data_are_recognised_and_said_to_tell_no_level(case: Maker, fitted: Maker) -> None:
    # Traces: every place is an origin of some and an end of others, and everything is found at the end.
    routes = [(a, b) for a in range(4) for b in range(4) if a != b]
    made = case(routes, [(r, 1, 50, 0) for r in range(len(routes))])
    narrow = np.random.default_rng(2).normal(0, 0.05, (200, 1))
    found = identify(made.problem, fitted(made, expit(-2 + narrow) * np.ones(4), log_total=narrow[:, 0]), seed=1)
    assert found.two_point
    assert not found.levels_told
    assert "two points" in found.reasons[0]
    mixed = case(routes, [(r, k, 50, 0) for r in range(len(routes)) for k in (0, 1)])
    again = identify(mixed.problem, fitted(mixed, expit(-2 + narrow) * np.ones(4), log_total=narrow[:, 0]), seed=1)
    assert not again.two_point


def test_a_narrow_posterior_on_one_order_is_still_not_told(case: Maker, fitted: Maker) -> None:
    made = case(CHAIN, everywhere(CHAIN, 500))
    narrow = np.random.default_rng(2).normal(0, 0.05, (200, 1))
    found = identify(made.problem, fitted(made, expit(-2 + narrow) * np.ones(4), log_total=narrow[:, 0]), seed=1)
    assert found.ratio < 0.1
    assert not found.levels_told
    assert "same order" in found.reasons[0]


def test_nothing_on_routes_tells_nothing(case: Maker, fitted: Maker) -> None:
    made = case(CHAIN, [(0, 0, 0, 0)])
    found = identify(made.problem, fitted(made, np.full((8, 4), 0.1)), seed=1)
    assert not found.levels_told
    assert "No report" in found.warnings()[0]


def test_the_same_seed_gives_the_same_and_too_few_draws_are_refused(
    case: Maker, fitted: Maker, simulate: Maker
) -> None:
    one, other = (posterior(case, fitted, simulate, shift=0.0, narrow=0.1) for _ in range(2))
    assert one == other
    made = case(CHAIN, everywhere(CHAIN, 5))
    with pytest.raises(SettingError, match="expected at least 2"):
        identify(made.problem, fitted(made, np.full((8, 4), 0.1)), seed=1, prior_draws=1)


def by_role(case: Maker, fitted: Maker, x: np.ndarray) -> tuple[Any, Any, np.ndarray]:
    """Return a case on two routes, a fit that holds the average detection of each place, and p by place and role."""
    routes, flow = [(0, 1, 2), (2, 0, 1)], (3_000, 1_000)
    made = case(routes, [(r, k, flow[r] // 100, 0) for r in range(2) for k in range(3)], roles=True)
    c, tip = np.array([0.0, 0.8, -0.5]), 0.02
    p = expit(x[:, None] + c)
    h = p + (1 - p) * tip
    reached, seized = np.zeros(3), np.zeros(3)
    for route, n in zip(routes, flow, strict=True):
        left = float(n)
        for k, place in enumerate(route):
            role = 1 if k == 0 else 2 if k == len(route) - 1 else 0
            reached[place] += left
            seized[place] += left * h[place, role]
            left *= 1 - h[place, role]
    fit = fitted(
        made, np.tile(seized / reached, (4, 1)), roles_0=np.full(4, 0.8), roles_1=np.full(4, -0.5), tip=np.full(4, tip)
    )
    return made, fit, p


@pytest.mark.parametrize("x", [[-2.2, -0.8, -1.4], [2.0, -1.0, 1.5]], ids=["faint", "strong"])
def test_detection_by_role_is_taken_back_out_of_its_average(case: Maker, fitted: Maker, x: list[float]) -> None:
    # Where much is seized early, what reaches a place on its later routes is little, and shares have to allow for it.
    made, fit, p = by_role(case, fitted, np.array(x))
    found = stages(made.problem, made.events, usable=all_usable(made))
    np.testing.assert_allclose(unit_checks(made.problem, fit, found)[0], p[found.place, found.role], rtol=2e-3)


def test_shares_of_roles_by_what_sets_out_rather_than_by_what_arrives_would_be_wrong(
    case: Maker, fitted: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, fit, p = by_role(case, fitted, np.array([2.0, -1.0, 1.5]))
    found = stages(made.problem, made.events, usable=all_usable(made))
    monkeypatch.setattr("routegraph.flows.removal.stages.PASSES", 1)  # nothing seized on the way yet
    odds = logit(unit_checks(made.problem, fit, found)[0]) - logit(p[found.place, found.role])
    assert np.abs(odds).max() > 0.2


def test_only_the_busiest_routes_are_kept_where_there_are_too_many_places(case: Maker) -> None:
    made = case([(0, 1), (2, 3), (1, 2)], [(0, 1, 5, 0), (1, 1, 50, 0), (2, 1, 20, 0)])
    assert stages(made.problem, made.events, usable=all_usable(made), most_units=3).route.tolist() == [1, 2]
    assert stages(made.problem, made.events, usable=all_usable(made)).route.tolist() == [0, 1, 2]
    assert stages(made.problem, made.events, usable=all_usable(made), leave_out=0.1).route.tolist() == [1, 2]
    assert stages(made.problem, made.events, usable=all_usable(made), leave_out=0.05).route.tolist() == [0, 1, 2]


def test_log_seen_of_many_draws_is_that_of_each(case: Maker) -> None:
    made = case([(0, 1, 2), (2, 0)], [(0, 0, 3, 0), (1, 1, 2, 1)])
    found, rng = stages(made.problem, made.events, usable=all_usable(made)), np.random.default_rng(3)
    p, tip, rho = rng.uniform(size=(5, 3)), rng.uniform(size=5), rng.uniform(size=(5, 3))
    each = [np.log(stage_chances(found, p[i], tip=tip[i], reporting=rho[i]).sum(axis=1)) for i in range(5)]
    np.testing.assert_allclose(log_seen(found, p, tip=tip, reporting=rho), each, rtol=1e-12)
