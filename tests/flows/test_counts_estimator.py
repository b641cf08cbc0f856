"""The baseline `counts` against truth: totals, coverage, and what never adds flow."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import nbinom

from routegraph.errors import SettingError
from routegraph.flows import estimate_counts, interval
from routegraph.flows.counts import FEWEST_ROUTES, JEFFREYS, draw_rates, fit_prior

SHAPE, MEAN = 1.5, 12.0


def world(rng, graph, routes=160):
    """Return a graph of what was seized, and the true rate of each of its legs (routes that nobody saw included)."""
    places = [f"p{k:02d}" for k in range(25)]
    paths = sorted({tuple(rng.choice(places, rng.integers(2, 5), replace=False)) for _ in range(routes)})
    rates = rng.gamma(SHAPE, MEAN / SHAPE, len(paths))
    counts = rng.poisson(rates)
    seen = [(path, len(path) - 2 + (len(path) == 2), {"": int(n)}) for path, n in zip(paths, counts, strict=True) if n]
    made = graph(seen)
    truth = pd.Series(0.0, index=made.legs.index)
    for path, rate in zip(paths, rates, strict=True):
        for step in list(pairwise(path))[: max(1, len(path) - 2)]:
            if step in truth.index:
                truth[step] += rate
    return made, truth


def coverage(graph, estimate, worlds=12):
    inside = []
    for seed in range(worlds):
        made, truth = world(np.random.default_rng([seed, 1]), graph)
        bounds = interval(estimate(made, seed), name="flow")
        moved = made.legs["seizures"].to_numpy() > 0
        hit = (bounds["flow_p05"].to_numpy() <= truth) & (truth <= bounds["flow_p95"].to_numpy())
        inside.append(hit[moved])
    return np.concatenate(inside).mean()


def test_ninety_per_cent_intervals_cover_the_truth_ninety_per_cent_of_the_time(graph):
    assert 0.86 <= coverage(graph, lambda made, seed: estimate_counts(made, seed=seed).legs) <= 0.94


def test_a_flat_prior_would_not_cover(graph):
    from routegraph.flows.candidates import candidates

    def flat(made, seed):
        found = candidates(made)
        rates = draw_rates(found.moving, (1.0, 1.0), 400, rng=np.random.default_rng(seed))
        return (found.on_leg[:, : rates.shape[1]] @ rates.T).T

    assert coverage(graph, flat, worlds=4) < 0.5


def test_counting_intended_legs_would_not_cover(graph):
    def all_travelled(made, seed):
        routes = made.routes.assign(travelled_steps=made.routes["path"].str.len() - 1)
        rows = [(row.path, row.travelled_steps, {"": row.seizures}) for row in routes.itertuples()]
        return estimate_counts(graph(rows), seed=seed).legs

    assert coverage(graph, all_travelled, worlds=4) < 0.8


def test_posterior_means_add_up_to_the_events(graph):
    made, _ = world(np.random.default_rng(5), graph)
    posterior = estimate_counts(made, draws=2000)
    events = made.routes["seizures"].sum()
    assert posterior.routes.sum(axis=1).mean() == pytest.approx(events, rel=0.01)
    assert posterior.legs.sum(axis=1).mean() == pytest.approx(made.legs["seizures"].sum(), rel=0.01)
    # in closed form: sum of (a + n) / (b + 1)
    n = made.routes.groupby(made.routes["path"].map(str))["seizures"].sum().to_numpy()
    a, b = fit_prior(n)
    assert ((a + n) / (b + 1)).sum() == pytest.approx(n.sum())


def test_shape_is_recovered_from_counts_above_zero():
    rng = np.random.default_rng(2)
    counts = rng.poisson(rng.gamma(0.8, 5.0, 6000))
    counts = counts[counts > 0]
    a, b = fit_prior(counts)
    assert a == pytest.approx(0.8, rel=0.12)
    assert a / b == pytest.approx(counts.mean())


def test_shape_is_the_maximum_of_the_zero_truncated_likelihood():
    counts = np.array([1] * 40 + [2] * 12 + [3, 4, 4, 7, 9, 15, 22])

    def misfit(logs):
        a, m = np.exp(logs)
        p = a / (a + m)
        return -(nbinom.logpmf(counts, a, p) - np.log1p(-nbinom.pmf(0, a, p))).sum()

    a = fit_prior(counts)[0]
    grid = [minimize_scalar(lambda log_m, x=x: misfit((x, log_m)), bounds=(-12, 5), method="bounded").fun
            for x in np.log([a, 1.3 * a, 2 * a, 5.0])]  # fmt: skip
    assert grid == sorted(grid)


def test_single_reports_do_not_pull_a_busy_route_down(graph):
    made = graph([(("a", "b"), 1, {"": 60})] + [((f"s{k:03d}", "t"), 1, {"": 1}) for k in range(200)])
    bounds = interval(estimate_counts(made).legs, name="flow").set_index(made.legs.index)
    assert bounds.loc[("a", "b"), "flow_p05"] < 60 < bounds.loc[("a", "b"), "flow_p95"]


def test_few_routes_fall_back_to_jeffreys_and_keep_the_mean():
    counts = np.array([3, 9] + [1] * (FEWEST_ROUTES - 3))
    a, b = fit_prior(counts)
    assert (a, a / b) == (JEFFREYS, pytest.approx(counts.mean()))
    assert fit_prior(np.array([*counts, 1]))[0] != JEFFREYS
    assert fit_prior(np.ones(500, dtype=int)) == (JEFFREYS, JEFFREYS), "equal single reports are no certainty"


def test_one_route_has_the_closed_form_posterior(graph):
    draws = estimate_counts(graph([(("a", "b"), 1, {"": 40})]), draws=40_000).legs[:, 0]
    b = 0.5 / 40
    assert draws.mean() == pytest.approx((0.5 + 40) / (1 + b), rel=0.01)
    assert draws.var() == pytest.approx((0.5 + 40) / (1 + b) ** 2, rel=0.05)


def test_intended_part_never_adds_flow(graph):
    made = graph([(("a", "b", "c", "d"), 1, {"": 30}), (("a", "b"), 1, {"": 5}), (("x", "y"), 0, {"": 8})])
    posterior = estimate_counts(made)
    flow = dict(zip(made.legs.index, posterior.legs.mean(axis=0), strict=True))
    assert flow[("b", "c")] == flow[("c", "d")] == flow[("x", "y")] == 0
    assert flow[("a", "b")] == pytest.approx(35, rel=0.05)
    places = dict(zip(made.places.index, posterior.places.mean(axis=0), strict=True))
    assert places["c"] == places["d"] == places["y"] == 0
    assert places["x"] == pytest.approx(8, rel=0.1)


def test_routes_with_one_travelled_part_share_its_draw_by_their_events(graph):
    made = graph([(("a", "b", "c"), 1, {"": 30}), (("a", "b"), 1, {"": 10})])
    posterior = estimate_counts(made, draws=4000)
    assert posterior.routes.sum(axis=1) == pytest.approx(posterior.legs[:, 0], rel=1e-4)
    assert posterior.routes.mean(axis=0) == pytest.approx([30, 10], rel=0.03)


def test_throughflow_is_routes_that_pass_plus_events_without_a_route(graph):
    made = graph([(("a", "b", "c"), 2, {"": 20}), (("b", "a"), 1, {"": 12})], domestic={"b": 100, "z": 7})
    posterior = estimate_counts(made, draws=4000)
    flow = dict(zip(made.places.index, posterior.places.mean(axis=0), strict=True))
    assert flow == pytest.approx({"a": 32, "b": 132, "c": 20, "z": 7}, rel=0.08)


def test_a_place_passed_twice_is_passed_by_each_consignment_once(graph):
    made = graph([(("a", "b", "a", "b", "c"), 4, {"": 50})])
    posterior = estimate_counts(made)
    assert np.ptp(posterior.places, axis=1).max() == 0
    assert np.ptp(posterior.legs, axis=1).max() == 0


def test_periods_add_up_to_the_leg(graph):
    made = graph([(("a", "b"), 1, {"2014": 30, "2015": 10}), (("a", "b", "c"), 2, {"2015": 20, "": 2})])
    posterior = estimate_counts(made)
    table = posterior.by_period
    summed = table.groupby(["origin", "destination"])["flow_mean"].sum()
    assert summed.to_dict() == pytest.approx(
        dict(zip(made.legs.index, posterior.legs.mean(axis=0), strict=True)), rel=1e-5
    )
    at = table.set_index(["period", "origin", "destination"])["seizures"]
    assert at.to_dict() == {("2014", "a", "b"): 30, ("2015", "a", "b"): 30, ("", "a", "b"): 2,
                            ("2015", "b", "c"): 20, ("", "b", "c"): 2}  # fmt: skip
    assert (table["flow_p05"] < table["flow_mean"]).all()
    assert (table["flow_mean"] < table["flow_p95"]).all()


def test_same_draws_whatever_the_order_of_routes(graph):
    made, _ = world(np.random.default_rng(8), graph)
    order = np.random.default_rng(1).permutation(len(made.routes))
    shuffled = type(made)(made.places, made.legs, made.routes.iloc[order], made.evidence,
                          made.periods.iloc[::-1], made.pairs)  # fmt: skip
    one, other = estimate_counts(made, draws=50, seed=3), estimate_counts(shuffled, draws=50, seed=3)
    for name in ("legs", "places"):
        assert np.array_equal(getattr(one, name), getattr(other, name))
    assert np.array_equal(one.routes[:, order], other.routes)
    pd.testing.assert_frame_equal(one.by_period, other.by_period, check_exact=True)
    assert not np.array_equal(one.legs, estimate_counts(made, draws=50, seed=4).legs)


def test_it_says_that_detection_is_not_corrected(graph):
    posterior = estimate_counts(graph([(("a", "b"), 1, {"": 3})]))
    assert (posterior.estimator, posterior.detection_corrected) == ("counts", False)
    for column in ("detection", "surprise", "p_excess"):
        assert "not corrected for detection" in posterior.not_estimated[column]
    assert "not corrected for detection" in (estimate_counts.__doc__ or "").replace("NOT", "not")


def test_shapes_and_types_align_with_the_graph(graph):
    made, _ = world(np.random.default_rng(9), graph)
    posterior = estimate_counts(made, draws=30)
    for name in ("legs", "places", "routes"):
        draws = getattr(posterior, name)
        assert draws.shape == (30, len(getattr(made, name)))
        assert draws.dtype == np.float32
        assert np.isfinite(draws).all()


def test_nothing_at_all_and_places_alone_have_flows_of_the_right_shape(graph):
    empty, alone = estimate_counts(graph([]), draws=5), estimate_counts(graph([], domestic={"a": 3}), draws=5)
    assert empty.legs.shape == empty.places.shape == empty.routes.shape == (5, 0)
    assert len(empty.by_period) == 0
    assert alone.places.shape == (5, 1)
    assert (alone.places > 0).all()


def test_graph_is_not_changed(graph):
    made, _ = world(np.random.default_rng(6), graph)
    before = {name: getattr(made, name).copy(deep=True) for name in ("places", "legs", "routes", "periods")}
    estimate_counts(made, draws=5)
    for name, table in before.items():
        pd.testing.assert_frame_equal(getattr(made, name), table)


@pytest.mark.parametrize("wrong", [{"draws": 0}, {"draws": -1}])
def test_settings_out_of_range_are_refused(graph, wrong):
    with pytest.raises(SettingError, match="expected"):
        estimate_counts(graph([(("a", "b"), 1, {"": 3})]), **wrong)
