"""Layers: closed forms, simulated truth for participation and overlap, and the mutant that is too sure."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from tests.analysis.routes_by_hand import network

from routegraph.analysis import layer_shares
from routegraph.analysis.layer_shares import ALIKENESS, pooled
from routegraph.analysis.layers import commodity_participation, layer_overlap, mode_participation
from routegraph.errors import SettingError

MANY = 10**7
"""So many events leave a route's shares no room."""


def known(paths, flow, layers, *, kind="commodity", draws=40):
    """Routes whose layers are known for certain: ``layers`` names that of each route."""
    rows = [(k, name if kind == "mode" else "road", name if kind == "commodity" else "arms", MANY)
            for k, name in enumerate(layers)]  # fmt: skip
    return network(paths, [1] * len(paths), flow=np.repeat([flow], draws, axis=0), layers=rows)


# --- participation ----------------------------------------------------------------------------------------------------


def test_equal_flow_in_both_layers_is_1_and_one_layer_is_0():
    case = known([("a", "hub"), ("b", "hub")], [10.0, 10.0], ["arms.firearm.pistol", "drugs.cocaine"])
    table = commodity_participation(*case).table
    assert table["commodity_participation_mean"].to_dict() == pytest.approx({"a": 0, "b": 0, "hub": 1}, abs=1e-5)
    assert table["flow_arms_mean"].to_dict() == pytest.approx({"a": 10, "b": 0, "hub": 10}, abs=1e-4)
    assert table["flow_drugs_mean"].to_dict() == pytest.approx({"a": 0, "b": 10, "hub": 10}, abs=1e-4)


def test_three_modes_in_parts_of_two_one_and_one():
    case = known([("a", "hub"), ("b", "hub"), ("c", "hub")], [20.0, 10.0, 10.0], ["road", "sea", "air"], kind="mode")
    found = mode_participation(*case)
    assert found.table.loc["hub", "mode_participation_mean"] == pytest.approx(
        1.5 * (1 - 0.25 - 0.0625 - 0.0625), abs=1e-5
    )
    assert found.table.loc["hub", "tier"] == 1
    assert found.parameters["layers"] == "air, road, sea"


def test_flow_by_layer_adds_up_to_throughflow_and_a_place_passed_twice_counts_once():
    graph, posterior = network(
        [("a", "b", "a", "c")],
        [4],
        flow=np.array([[6.0], [8.0]]),
        layers=[(0, "road", "arms", 2), (0, "sea", "drugs", 2)],
    )
    table = commodity_participation(graph, posterior).table
    layers = table["flow_arms_mean"] + table["flow_drugs_mean"]
    assert layers.to_numpy() == pytest.approx(posterior.places.mean(axis=0), rel=1e-6)


@pytest.mark.parametrize(
    ("commodity", "reason"), [("arms.firearm", "all are arms"), ("", "no record states"), ("unspecified", "no record")]
)
def test_with_one_layer_or_none_participation_is_0_with_a_reason(commodity, reason):
    graph, posterior = network([("a", "b")], [3], flow=np.full((5, 1), 2.0), layers=[(0, "road", commodity, 3)])
    found = commodity_participation(graph, posterior)
    assert (found.table["commodity_participation_mean"] == 0).all()
    assert reason in found.parameters["not_estimated"]
    assert not layer_overlap(graph, posterior).table["said"].any()


def test_events_of_unknown_layer_move_nothing():
    rows = [(0, "road", "arms", 3), (0, "sea", "drugs", 1), (1, "road", "arms", 2)]
    paths, flow = [("a", "b"), ("b", "c")], np.full((50, 2), 3.0)
    plain = commodity_participation(*network(paths, [4, 2], flow=flow, layers=rows)).table
    blank = [*rows, (1, "unknown", "", 40), (0, "", "unspecified.x", 5)]
    pd.testing.assert_frame_equal(
        commodity_participation(*network(paths, [4, 2], flow=flow, layers=blank)).table, plain
    )


def test_a_route_without_records_keeps_to_the_modes_that_the_network_gives_it():
    rows = [(0, "road", "arms", 30), (0, "sea", "arms", 30)]
    graph, posterior = network([("a", "b"), ("c", "d")], [60, 0], flow=np.full((30, 2), 5.0), layers=rows)
    loose = mode_participation(graph, posterior).table
    assert loose.loc["c", "flow_road_mean"] > 0.5
    by_sea = replace(graph, routes=graph.routes.assign(modes=["road; sea", "sea"]))
    table = mode_participation(by_sea, posterior).table
    assert table.loc["c", ["flow_road_mean", "flow_sea_mean"]].to_numpy() == pytest.approx([0, 5])
    assert table.loc["a", "flow_road_mean"] == pytest.approx(2.5, abs=0.4)


# --- overlap ----------------------------------------------------------------------------------------------------------


def test_overlap_is_the_common_part_of_the_shares_whatever_the_size_of_the_layers():
    paths = [("a", "b"), ("b", "c"), ("b", "c"), ("c", "d")]
    for scale in (1.0, 50.0):  # arms: half on a > b, half on b > c; drugs: half on b > c, half on c > d
        flow = [10.0, 10.0, 10.0 * scale, 10.0 * scale]
        table = layer_overlap(*known(paths, flow, ["arms", "arms", "drugs", "drugs"])).table
        assert table.index.tolist() == ["commodity: arms, drugs"]
        assert table["overlap_mean"].iloc[0] == pytest.approx(0.5 / 1.5, abs=1e-4)
    assert table["said"].iloc[0] == "Arms and drugs share 33 % of their legs' flow (90 % interval 33-33 %)."


def test_overlap_of_the_same_legs_is_1_and_of_none_in_common_0():
    same = layer_overlap(*known([("a", "b"), ("a", "b")], [3.0, 9.0], ["arms", "drugs"])).table
    apart = layer_overlap(*known([("a", "b"), ("c", "d")], [3.0, 9.0], ["arms", "drugs"])).table
    assert same["overlap_mean"].iloc[0] == pytest.approx(1, abs=1e-4)
    assert apart["overlap_mean"].iloc[0] == pytest.approx(0, abs=1e-4)


def test_what_is_assumed_rather_than_recorded_is_said():
    rows = [(0, "road", "arms", 9), (1, "road", "drugs", 9)]
    graph, posterior = network(
        [("a", "b"), ("c", "d"), ("e", "f")], [9, 9, 0], flow=np.array([[5.0, 5, 30]]), layers=rows
    )
    row = layer_overlap(graph, posterior).table.loc["commodity: arms, drugs"]
    assert row["told"] == pytest.approx(0.25)
    assert row["said"].endswith("only 25 % of the flow is of routes whose records tell this.")


# --- simulated truth --------------------------------------------------------------------------------------------------


def simulated(concentration, base, *, seed, per_route=3.0, routes=50, draws=200):
    """Routes whose shares are Dirichlet, with events drawn from them; returns the case and both truths."""
    rng = np.random.default_rng(seed)
    ends = rng.integers(0, 6, (routes, 3))
    paths = sorted({(f"s{a}", f"m{b}", f"t{c}") for a, b, c in ends})
    share = rng.dirichlet(concentration * np.array(base), len(paths))
    flow = rng.gamma(2, 10, len(paths))
    events = [rng.multinomial(n, p) for n, p in zip(rng.poisson(per_route, len(paths)), share, strict=True)]
    rows = [(r, "road", f"c{k}", n) for r, seen in enumerate(events) for k, n in enumerate(seen) if n]
    case = network(paths, [1] * len(paths), flow=np.repeat([flow], draws, axis=0), layers=rows)
    by_place, by_leg = {}, {}
    for path, part in zip(paths, flow[:, None] * share, strict=True):
        for key, table in [*((place, by_place) for place in path), *((leg, by_leg) for leg in pairwise(path))]:
            table[key] = table.get(key, 0) + part
    many = len(base)
    evenness = {key: many / (many - 1) * (1 - ((v / v.sum()) ** 2).sum()) for key, v in by_place.items()}
    legs = np.array(list(by_leg.values()))
    one, other = (legs / legs.sum(axis=0)).T[:2]
    return case, pd.Series(evenness), np.minimum(one, other).sum() / np.maximum(one, other).sum()


def held(row, truth, name):
    return (row[f"{name}_p05"] <= truth) & (truth <= row[f"{name}_p95"])


@pytest.mark.parametrize(("concentration", "base"), [(1.0, (0.6, 0.4)), (5.0, (0.5, 0.3, 0.2))])
def test_intervals_hold_the_truth_about_nine_times_in_ten(concentration, base):
    places, overlaps = [], []
    for seed in range(40):
        case, evenness, overlap = simulated(concentration, base, seed=seed)
        table = commodity_participation(*case).table
        places.append(held(table, evenness[table.index], "commodity_participation").mean())
        overlaps.append(held(layer_overlap(*case).table.loc["commodity: c0, c1"], overlap, "overlap"))
    assert np.mean(places) >= 0.83
    assert np.mean(overlaps) >= 0.78  # 0.9 less two and a half standard errors


def test_a_mutant_that_takes_the_shares_of_the_case_for_known_is_too_sure(monkeypatch):
    def sure(events, *, draws, rng):
        base, concentration = pooled(events, draws=draws, rng=rng)
        return np.repeat([base.mean(axis=0)], draws, axis=0), np.full(draws, np.median(concentration))

    cases = [simulated(5.0, (0.5, 0.3, 0.2), seed=seed) for seed in range(40)]

    def covered():
        return np.mean(
            [held(layer_overlap(*case).table.loc["commodity: c0, c1"], x, "overlap") for case, _, x in cases]
        )

    honest = covered()
    monkeypatch.setattr(layer_shares, "pooled", sure)
    assert covered() < min(honest, 0.78)


def test_concentration_and_shares_of_the_case_are_found_where_routes_are_alike_and_where_they_are_not():
    rng = np.random.default_rng(0)
    for truth in (0.3, 3.0, 30.0):
        share = rng.dirichlet(truth * np.array([0.7, 0.3]), 800)
        events = np.array([rng.multinomial(12, p) for p in share], dtype=float)
        base, concentration = pooled(events, draws=400, rng=rng)
        low, high = np.quantile(concentration, [0.01, 0.99])
        assert low <= truth * 1.05
        assert high >= truth * 0.95
        assert base[:, 0].mean() == pytest.approx(0.7, abs=0.05)
    assert pooled(np.ones((4, 1)), draws=3, rng=rng)[0].tolist() == [[1], [1], [1]]
    assert (np.diff(ALIKENESS) > 0).all()


# --- order, names, nothing there --------------------------------------------------------------------------------------

ANALYSES = (commodity_participation, mode_participation, layer_overlap)
ROWS = [(0, "road", "arms", 3), (0, "sea", "drugs", 2), (1, "road", "arms", 4), (2, "sea", "drugs", 1)]
PATHS = [("a", "b", "c"), ("a", "d", "c"), ("b", "d")]


def test_neither_the_order_of_tables_nor_the_names_of_places_matter():
    flow = np.random.default_rng(1).gamma(5, 2, (60, 3))
    graph, posterior = network(PATHS, [5, 4, 1], flow=flow, layers=ROWS)
    turned = replace(
        graph, places=graph.places[::-1], legs=graph.legs[::-1], routes=graph.routes[::-1], layers=graph.layers[::-1]
    )
    other = replace(
        posterior, legs=posterior.legs[:, ::-1], places=posterior.places[:, ::-1], routes=posterior.routes[:, ::-1]
    )
    renamed = network([tuple("z" + place for place in path) for path in PATHS], [5, 4, 1], flow=flow, layers=ROWS)
    for analysis in ANALYSES:
        expected = analysis(graph, posterior).table
        pd.testing.assert_frame_equal(analysis(turned, other).table.loc[expected.index], expected, check_exact=False)
        named = analysis(*renamed).table
        assert np.array_equal(named.select_dtypes("number"), expected.select_dtypes("number"))


@pytest.mark.parametrize("analysis", ANALYSES)
def test_an_empty_network_and_draws_without_flow_are_answered(analysis):
    found = analysis(*network([], [], flow=np.zeros((3, 0))))
    assert len(found.table) == 0
    graph, posterior = network(PATHS, [5, 4, 1], flow=np.array([[0.0, 0, 0], [1, 2, 3]]), layers=ROWS)
    table = analysis(graph, posterior).table
    assert table.filter(regex="_mean$").notna().all(axis=None)


def test_draws_of_another_graph_are_refused():
    graph, _ = network(PATHS, [5, 4, 1], layers=ROWS)
    _, other = network(PATHS[:1], [5])
    for analysis in ANALYSES:
        with pytest.raises(SettingError, match="expected"):
            analysis(graph, other)
