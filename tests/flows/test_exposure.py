"""Expected flow against a gravity world whose truth is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from routegraph.flows import estimate_counts, expected_flow
from routegraph.flows.exposure import p_excess, surprise
from routegraph.network import RouteGraph


def gravity_world(seed=0, places=25, unknown=0.0):
    """Return a graph of legs with known intensity: 0.9 on log licit, -0.7 on log distance, 0.5 next door."""
    rng = np.random.default_rng(seed)
    names = [f"p{k:02d}" for k in range(places)]
    index = pd.MultiIndex.from_product([names, names], names=["origin", "destination"])
    index = index[index.get_level_values(0) != index.get_level_values(1)]
    licit, distance = rng.lognormal(4, 1.2, len(index)), rng.uniform(50, 6000, len(index))
    borders = rng.integers(1, 4, len(index))
    mu = np.exp(-1.0 + 0.9 * np.log1p(licit) - 0.7 * np.log(distance / 500) + 0.5 * (borders <= 1))
    columns = {"seizures": rng.poisson(mu), "licit": licit, "distance_km": distance, "borders_crossed": borders}
    legs = pd.DataFrame(columns, index=index)
    legs.loc[rng.random(len(legs)) < unknown, "licit"] = np.nan
    return legs, pd.Series(mu, index=index)


def graph_with(legs):
    none = pd.DataFrame()
    return RouteGraph(none, legs, none, none, none, none)


def test_known_gravity_is_recovered():
    legs, mu = gravity_world()
    found = expected_flow(graph_with(legs), total=float(mu.sum()))
    assert np.abs(np.log(found / mu)).max() < 0.25
    assert np.corrcoef(np.log(found), np.log(mu))[0, 1] > 0.99


def test_it_is_scaled_to_the_total_flow():
    legs, _ = gravity_world()
    one, ten = (expected_flow(graph_with(legs), total=total) for total in (1000.0, 10_000.0))
    assert one.sum() == pytest.approx(1000, rel=0.05)
    assert ten.to_numpy() == pytest.approx(10 * one.to_numpy())


def test_own_count_does_not_move_it():
    legs, _ = gravity_world()
    leg = legs.index[37]
    louder = legs.copy()
    louder.loc[leg, "seizures"] = 100 * legs["seizures"].max()
    quiet, loud = (expected_flow(graph_with(one), total=1000.0) for one in (legs, louder))
    assert quiet[leg] == loud[leg]
    assert (quiet != loud).any(), "legs of other blocks do see it"


def test_row_order_does_not_matter():
    legs, _ = gravity_world(unknown=0.2)
    shuffled = legs.sample(frac=1, random_state=1)
    one, other = expected_flow(graph_with(legs), total=10.0), expected_flow(graph_with(shuffled), total=10.0)
    pd.testing.assert_series_equal(one, other.reindex(one.index), check_exact=True)


def test_unknown_licit_movement_is_not_zero():
    legs, mu = gravity_world(unknown=0.3)
    unknown = legs["licit"].isna()
    found = expected_flow(graph_with(legs), total=float(mu.sum()))
    as_zero = expected_flow(graph_with(legs.fillna({"licit": 0.0})), total=float(mu.sum()))
    assert found[unknown].sum() == pytest.approx(mu[unknown].sum(), rel=0.15)
    misfit = {
        name: np.abs(np.log(values / mu))[~unknown].mean() for name, values in (("as is", found), ("zero", as_zero))
    }
    assert misfit["as is"] < 0.5 * misfit["zero"]


def test_without_transits_it_stays_empty_with_a_reason(graph):
    made = graph([(("a", "b"), 1, {"": 3})])
    posterior = estimate_counts(made)
    assert posterior.expected.isna().all()
    assert posterior.expected.index.equals(made.legs.index)
    assert posterior.not_estimated["expected"].startswith("no transits")


def test_too_few_known_legs_stay_empty_with_a_reason():
    legs, _ = gravity_world(places=8)
    legs.loc[legs.index[10:], "licit"] = np.nan
    assert expected_flow(graph_with(legs), total=1.0).isna().all()


def test_with_transits_the_posterior_carries_it(graph):
    rng = np.random.default_rng(4)
    made = graph([((f"p{k:02d}", f"p{k + 1:02d}"), 1, {"": int(n)}) for k, n in enumerate(rng.poisson(30, 60) + 1)])
    made.legs["licit"], made.legs["distance_km"] = rng.lognormal(3, 1, 60), 100.0
    made.legs["borders_crossed"] = 1
    posterior = estimate_counts(made)
    assert "expected" not in posterior.not_estimated
    assert posterior.expected.sum() == pytest.approx(posterior.legs.mean(axis=0).sum(), rel=0.1)
    assert (posterior.expected > 0).all()


def test_no_events_is_no_expectation():
    legs, _ = gravity_world()
    assert expected_flow(graph_with(legs.assign(seizures=0)), total=0.0).isna().all()


def expected_of(values):
    return pd.Series(values, index=pd.RangeIndex(len(values)), name="expected")


def test_surprise_is_the_log_ratio_shrunk_by_one_consignment():
    """Two draws of equal total: log2(401 / 101) and log2(201 / 101) on the first leg, by hand."""
    draws = np.array([[400.0, 100.0], [200.0, 300.0]], dtype=np.float32)
    found = surprise(draws, expected_of([100.0, 100.0]))
    assert found[0] == pytest.approx((np.log2(401 / 101) + np.log2(201 / 101)) / 2)
    near_empty = surprise(np.array([[0.5, 99.5]], dtype=np.float32), expected_of([0.05, 99.95]))
    assert abs(near_empty[0]) < 0.6 < np.log2(0.5 / 0.05)


def test_surprise_and_excess_do_not_hang_on_how_much_moves_in_all():
    """The variant that compares each draw with one fixed expectation gives 1/2 where the share is known exactly."""
    share = np.array([0.6, 0.4], dtype=np.float32)
    draws = np.array([[1e3], [1e4], [1e5]], dtype=np.float32) * share
    expected = expected_of(draws.mean(axis=0)[::-1].tolist())
    assert p_excess(draws, expected).tolist() == [1.0, 0.0]
    assert surprise(draws, expected)[0] == pytest.approx(np.log2(0.6 / 0.4), abs=0.01)
    fixed = (draws > expected.to_numpy()).mean(axis=0)
    assert 0 < fixed[0] < 1


def test_where_nothing_is_expected_nothing_is_said():
    draws = np.ones((3, 2), dtype=np.float32)
    expected = expected_of([np.nan, 2.0])
    assert surprise(draws, expected).isna().tolist() == [True, False]
    assert p_excess(draws, expected).isna().tolist() == [True, False]
