"""R-hat and ESS against chains whose effective sample size is known in closed form."""

from __future__ import annotations

import json

import numpy as np
import pytest

from routegraph.errors import SettingError
from routegraph.flows.removal.diagnostics import diagnose, rhat_and_ess, run_away
from routegraph.flows.removal.fit import RemovalFit

CHAINS = 4


def fit_of(legs: np.ndarray, routes: np.ndarray, total: np.ndarray | None = None, **notes: float) -> RemovalFit:
    n = len(legs)
    level = np.random.default_rng(5).standard_normal(n)
    scalars = {"log_total": level if total is None else total, "g": level[::-1]}
    none = np.zeros((n, 1), dtype=np.float32)
    return RemovalFit(CHAINS, legs, none, routes, none, none, np.zeros(1), np.ones(0), scalars, notes)


def autoregressive(phi: float, *, n: int, columns: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((CHAINS, columns))
    out = np.empty((CHAINS, n, columns))
    for t in range(n):
        x = phi * x + np.sqrt(1 - phi**2) * rng.standard_normal((CHAINS, columns))
        out[:, t] = x
    return out.reshape(CHAINS * n, columns)


@pytest.mark.parametrize("phi", [0.0, 0.5, 0.9])
def test_ess_of_an_autoregression_is_its_closed_form(phi: float) -> None:
    draws = autoregressive(phi, n=2500, columns=12, seed=1)
    _, ess = rhat_and_ess(draws, chains=CHAINS)
    assert np.median(ess) == pytest.approx(len(draws) * (1 - phi) / (1 + phi), rel=0.12)


def test_ess_does_not_change_when_a_quantity_is_squeezed_by_a_rising_function() -> None:
    draws = autoregressive(0.5, n=500, columns=3, seed=2)
    np.testing.assert_allclose(rhat_and_ess(np.exp(5 * draws), chains=CHAINS)[1], rhat_and_ess(draws, chains=CHAINS)[1])


def test_chains_at_different_levels_are_told_and_named() -> None:
    n = 2000
    routes = np.random.default_rng(3).poisson(5.0, (n, 3)).astype(np.float32)
    legs = np.random.default_rng(4).poisson(50.0, (n, 5)).astype(np.float32)
    assert diagnose(fit_of(legs, routes)).warnings() == ()
    legs[: n // CHAINS, 2] += 20
    found = diagnose(fit_of(legs, routes))
    assert not found.converged
    assert found.worst == ("leg 2", "leg 2")
    assert found.numbers()["rhat_leg"] > 1.1
    assert found.numbers()["chains_settled"] == 0
    assert any("leg 2" in sentence for sentence in found.warnings())
    assert not any("leg 1" in sentence for sentence in found.warnings())


def test_a_drift_within_chains_is_told_because_chains_are_split() -> None:
    n = 2000
    drift = np.tile(np.linspace(-2, 2, n // CHAINS), CHAINS)[:, None]
    noise = np.random.default_rng(6).standard_normal((n, 1))
    assert rhat_and_ess(drift + noise, chains=CHAINS)[0][0] > 1.1


def test_a_leg_that_is_zero_in_every_draw_is_no_failure_but_a_stuck_one_is() -> None:
    n = 2000
    routes = np.random.default_rng(3).poisson(5.0, (n, 2)).astype(np.float32)
    legs = np.zeros((n, 3), dtype=np.float32)
    legs[:, 0] = np.random.default_rng(4).poisson(50.0, n)
    assert diagnose(fit_of(legs, routes)).converged
    legs[:, 1] = np.repeat([1.0, 1.0, 2.0, 1.0], n // CHAINS)
    found = diagnose(fit_of(legs, routes))
    assert np.isinf(found.table.set_index("quantity").loc["leg 1", "rhat"])
    assert (
        "most of all for leg 1 (chains stuck apart, 1 independent draw at fewest; 1 of the 5 quantities looked at)"
        in found.warnings()[0]
    )
    assert "--draws 16000" in found.warnings()[0]  # eight times as many: no more is asked for


def test_only_the_busiest_legs_and_the_occupied_routes_are_looked_at() -> None:
    n = 800
    rng = np.random.default_rng(8)
    legs = rng.poisson(np.arange(1, 41), (n, 40)).astype(np.float32)
    routes = rng.poisson([3.0, 0.2], (n, 2)).astype(np.float32)
    table = diagnose(fit_of(legs, routes), top=5).table
    assert set(table.loc[table["kind"] == "leg", "quantity"]) == {f"leg {k}" for k in range(35, 40)}
    assert table.loc[table["kind"] == "route", "quantity"].to_list() == ["route 0"]


def test_chains_that_spread_traffic_over_different_routes_are_told_by_how_many_are_occupied() -> None:
    n = 800
    routes = np.ones((n, 50), dtype=np.float32) * np.random.default_rng(9).integers(0, 2, (n, 50))
    routes[: n // CHAINS, 25:] = 0
    found = diagnose(fit_of(np.random.default_rng(4).poisson(50.0, (n, 1)).astype(np.float32), routes))
    assert found.worst[0] == "occupied"


def test_few_draws_and_divergences_are_said() -> None:
    legs = np.random.default_rng(4).poisson(50.0, (200, 2)).astype(np.float32)
    found = diagnose(fit_of(legs, legs, divergences=11.0))
    nearly, astray = found.warnings()
    assert "but for the last digits" in nearly
    assert "--draws 1000" in nearly
    assert "11 times" in astray
    assert "astray" not in " ".join(diagnose(fit_of(legs, legs, divergences=10.0)).warnings())


def test_numbers_are_plain_floats_that_json_takes() -> None:
    legs = np.random.default_rng(4).poisson(50.0, (400, 2)).astype(np.float32)
    numbers = diagnose(fit_of(legs, legs, acceptance=0.8)).numbers()
    assert json.loads(json.dumps(numbers)) == numbers
    assert numbers["sampler_acceptance"] == 0.8


def test_draws_that_do_not_divide_over_the_chains_are_refused() -> None:
    with pytest.raises(SettingError, match="expected at least 4 a chain"):
        rhat_and_ess(np.zeros((10, 1)), chains=4)


def unsettled(rng: np.random.Generator, *, apart: float) -> RemovalFit:
    """Return 40 legs in 4 chains of 250 draws, each leg of each chain off by its own normal of this sd."""
    legs = rng.normal(100, 1, (CHAINS, 250, 40)) + apart * rng.normal(0, 1, (CHAINS, 1, 40))
    routes = rng.poisson(5.0, (1000, 3)).astype(np.float32)
    return fit_of(legs.reshape(1000, 40).astype(np.float32), routes)


@pytest.mark.parametrize(("apart", "grade"), [(1.0, "have not settled"), (0.15, "but for the last digits")])
def test_legs_that_did_not_settle_are_one_sentence_with_names_and_advice(apart: float, grade: str) -> None:
    found = diagnose(unsettled(np.random.default_rng(12), apart=apart))
    (said,) = found.warnings(names={f"leg {k}": f"Port {k} > Border {k}" for k in range(40)})
    assert grade in said
    assert said.count("Port ") == 3
    assert "leg " not in said
    assert "Run again with --draws" in said
    assert len(said) < 400


def test_advice_is_as_many_draws_as_would_make_four_hundred_independent_ones() -> None:
    draws = autoregressive(0.8, n=500, columns=1, seed=3)  # 2000 draws worth about 2000 / 9 = 222
    legs = np.repeat(np.exp(draws), 2, axis=1).astype(np.float32)
    found = diagnose(fit_of(legs, np.ones((2000, 1), dtype=np.float32)))
    assert "--draws 4000" in found.warnings()[0]


def test_routes_alone_that_did_not_settle_are_said_to_be_single_routes() -> None:
    n = 1000
    rng = np.random.default_rng(13)
    routes = rng.poisson(50.0, (n, 10)).astype(np.float32)
    routes[: n // CHAINS, 0] += 20
    legs = rng.poisson(50.0, (n, 3)).astype(np.float32)
    (said,) = diagnose(fit_of(legs, routes)).warnings()
    assert "On 10% of the routes" in said
    assert "single routes" in said


def test_levels_have_not_settled_where_chains_from_different_starts_disagree():
    rng = np.random.default_rng(1)
    agreed = rng.standard_normal(CHAINS * 300)
    apart = agreed + np.repeat(np.arange(CHAINS), 300)
    none = np.zeros((len(agreed), 0), dtype=np.float32)
    for level, settled in ((agreed, True), (apart, False)):
        scalars = {"log_total": level, "g": agreed}
        fit = RemovalFit(CHAINS, none, none, none, none, none, np.zeros(1), np.ones(0), scalars, {})
        assert diagnose(fit).levels_settled is settled


def test_draws_that_run_away_are_counted_against_the_middle_one():
    totals = np.log(np.array([900.0, 1000.0, 1100.0, 9e5, 1.1e6, 3e18, 950.0, 1050.0, 1000.0, 1000.0]))
    assert run_away(totals) == 2
    assert run_away(np.zeros(5)) == 0
