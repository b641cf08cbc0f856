"""Change between periods: closed forms, worlds where nothing changes, and planted surges, falls and displacements."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from tests.analysis.routes_by_hand import network

from routegraph.analysis.change import change, trend
from routegraph.errors import SettingError
from routegraph.flows.periods import flows_by_period
from routegraph.flows.removal.periods import removal_flows_by_period

YEARS = ("2019", "2020", "2021", "2022", "2023")


def by_year(paths, flow, *, years=YEARS, draws=1):
    """Each path one route; ``flow`` is legs (by their ends) x years, the same in every draw."""
    return network(paths, [1] * len(paths), periods=(years[: len(flow[0])], np.repeat([flow], draws, axis=0)))


def test_change_is_the_log_ratio_of_means_a_period_and_every_kind_has_its_name():
    flow = [
        [0.0, 0, 0, 0, 12],  # a > b: new
        [9, 9, 9, 9, 0],  # c > d: gone
        [4, 4, 4, 4, 20],  # e > f: surged
        [20, 20, 20, 20, 7],  # g > h: fell
        [10, 12, 8, 10, 11],  # i > j: steady
        [0, 0, 0, 0, 2],  # k > l: new, and too little to say so
    ]
    paths = [("a", "b"), ("c", "d"), ("e", "f"), ("g", "h"), ("i", "j"), ("k", "l")]
    table = change(*by_year(paths, flow)).table
    expected = np.log2([13 / 1, 1 / 10, 21 / 5, 8 / 21, 12 / 11, 3 / 1])
    assert table["change_mean"].to_numpy() == pytest.approx(expected)
    assert table["what"].tolist() == ["appeared", "vanished", "surged", "fell", "", ""]
    assert table["probability"].tolist()[:4] == [1, 1, 1, 1]
    assert table["probability"].isna().tolist() == [False] * 4 + [True] * 2
    assert table["flow_before_mean"].tolist() == [0, 9, 4, 20, 10, 0]
    assert table["p_up"].tolist() == [1, 0, 1, 0, 1, 1]
    assert table["p_down"].tolist() == [0, 1, 0, 1, 0, 0]


def test_a_name_needs_its_chance_and_the_expected_number_of_false_names_is_stated():
    graph, posterior = by_year([("a", "b"), ("c", "d")], [[4.0, 4], [4, 4]], draws=10)
    posterior.periods.legs[:9, 0, 1] = 30.0  # surged in nine draws of ten
    posterior.periods.legs[:7, 1, 1] = 30.0  # in seven
    found = change(graph, posterior)
    assert found.table["what"].tolist() == ["surged", ""]
    assert found.table["p_surged"].tolist() == pytest.approx([0.9, 0.7])
    assert found.parameters["expected_false"] == pytest.approx(0.1)


def test_periods_can_be_named_and_must_be_there_once():
    case = by_year([("a", "b")], [[1.0, 3, 5, 7, 9]])
    found = change(*case, before=("2019",), after=("2020", "2021"))
    assert found.table["flow_before_mean"].tolist() == [1]
    assert found.table["flow_after_mean"].tolist() == [4]
    assert change(*case, after=("2022", "2021")).parameters["before"] == "2019, 2020"
    for wrong in ({"after": ("1999",)}, {"before": ("2023",), "after": ("2023",)}, {"after": ("2019",)}):
        with pytest.raises(SettingError, match="period"):
            change(*case, **wrong)


# --- displacement -----------------------------------------------------------------------------------------------------

TWO_WAYS = [("s", "x", "t"), ("s", "y", "t"), ("p", "q", "r")]
# legs by their ends: p > q, q > r, s > x, s > y, x > t, y > t
MOVED = [[30.0, 30], [30, 30], [20, 2], [10, 28], [20, 2], [10, 28]]


def test_traffic_that_left_one_way_is_found_on_the_other_and_each_leg_is_paired_with_its_neighbour():
    table = change(*by_year(TWO_WAYS, MOVED)).table
    assert table["what"].tolist() == ["", "", *["displaced_to", "displaced_from"] * 2]
    assert table.loc[("s", "x"), "displaced_to"] == "s > y"
    assert table.loc[("x", "t"), "displaced_to"] == "y > t"
    assert table.loc[("y", "t"), "displaced_from"] == "x > t"
    assert table["displaced_probability"].tolist()[2:] == [1, 1, 1, 1]
    assert (table.loc[[("s", "x"), ("x", "t")], "p_fell"] == 1).all()


@pytest.mark.parametrize(
    ("flow", "why"),
    [
        ([[30.0, 30], [30, 30], [20, 2], [10, 17], [20, 2], [10, 17]], "the rise is under half of the fall"),
        ([[30.0, 30], [30, 30], [20, 2], [100, 112], [20, 2], [100, 112]], "so busy a leg drifts by as much"),
        ([[30.0, 60], [30, 60], [20, 2], [20, 40], [20, 2], [20, 40]], "it grew with the whole network"),
        ([[10.0, 28], [10, 28], [20, 2], [30, 30], [20, 2], [30, 30]], "what rose joins other ends"),
    ],
)
def test_it_is_no_displacement_where(flow, why):
    table = change(*by_year(TWO_WAYS, flow)).table
    assert table.loc[("s", "x"), "what"] == "fell", why
    assert (table["displaced_to"] == "").all(), why


def test_fall_and_rise_must_fall_in_the_same_draws():
    graph, posterior = by_year(TWO_WAYS, MOVED, draws=20)
    legs = posterior.periods.legs
    legs[:4, [3, 5], 1] = 10.0  # no rise on the other way in 4 draws of 20: 16 are left
    legs[16:18, [2, 4], 1] = 20.0  # and no fall in two of those
    table = change(graph, posterior).table
    assert table.loc[("s", "x"), "displaced_probability"] == pytest.approx(14 / 20)
    assert table.loc[("s", "x"), "what"] == "fell"  # in 18 of 20
    assert table.loc[("s", "y"), "what"] == "surged"  # in 16 of 20
    assert table.loc[("s", "x"), "displaced_to"] == "s > y"


# --- simulated worlds -------------------------------------------------------------------------------------------------


def world(rates, detection, *, seed, draws=150):
    """Consignments are Poisson, a share ``detection`` of them is seized; the posterior is that of the estimator."""
    rng = np.random.default_rng(seed)
    moved = rng.poisson(rates)
    seized = rng.binomial(moved, detection)
    paths = [(f"a{k:03d}", f"b{k:03d}") for k in range(len(rates))]
    total = seized.sum(axis=1)
    graph, posterior = network(paths, total.tolist())
    legs = rng.gamma(total + 0.5, 1, (draws, len(rates)))
    leg, year = np.nonzero(seized)
    if detection == 1:  # counts: flow is the events
        periods = pd.DataFrame({"route": leg, "period": np.array(YEARS)[year], "seizures": seized[leg, year]})
        legs = np.where(total > 0, legs, 0.0)
        table, drawn = flows_by_period(replace(graph, periods=periods), legs.astype(np.float32), rng=rng)
    else:
        events = pd.DataFrame(paths, columns=["origin", "destination"]).iloc[leg].reset_index(drop=True)
        events = events.assign(period=np.array(YEARS)[year], seizures=seized[leg, year])
        legs = total + rng.poisson(legs * (1 - detection) / detection)
        table, drawn = removal_flows_by_period(graph, legs.astype(np.float32), events, seed=seed)
    return graph, replace(posterior, by_period=table, periods=drawn)


@pytest.mark.parametrize(("detection", "rate"), [(1.0, 1), (1.0, 3), (1.0, 30), (0.1, 30), (0.4, 5)])
def test_where_nothing_changes_few_legs_are_named(detection, rate):
    tables = [change(*world(np.full((200, 5), rate), detection, seed=seed)).table for seed in (1, 2)]
    assert np.mean([(table["what"] != "").mean() for table in tables]) <= 0.05


@pytest.mark.parametrize(("detection", "rate"), [(1.0, 15), (0.1, 500), (0.3, 50)])
def test_planted_surges_and_ends_are_found_and_what_stayed_is_left_alone(detection, rate):
    rates = np.full((200, 5), float(rate))
    rates[:20, 4] *= 5
    rates[20:40, 4] = 0
    found = change(*world(rates, detection, seed=3))
    what = found.table["what"]
    assert what[:20].isin(["surged"]).mean() >= 0.9
    assert what[20:40].isin(["fell", "vanished"]).mean() >= 0.9
    false = int((what[40:] != "").sum())
    assert false <= found.parameters["expected_false"] + 3


def test_planted_displacement_is_told_from_a_fall_with_nothing_to_take_over():
    """Thirty pairs of ends with a sea way (a leg) and a land way (two): ten move over, ten dry up, ten stay."""
    ways = [[(f"s{k:02d}", f"t{k:02d}"), (f"s{k:02d}", f"x{k:02d}", f"t{k:02d}")] for k in range(30)]
    paths = [path for pair in ways for path in pair]
    rng = np.random.default_rng(11)
    rates = np.full((60, 5), 40.0)
    rates[0:40:2, 4] = 2.0
    rates[1:20:2, 4] = 78.0
    events = rng.poisson(rates)
    graph, posterior = network(paths, events.sum(axis=1).tolist(), flow=rng.gamma(events.sum(axis=1), size=(150, 60)))
    rows = [(route, YEARS[year], events[route, year]) for route in range(60) for year in range(5)]
    graph = replace(graph, periods=pd.DataFrame(rows, columns=["route", "period", "seizures"]))
    by_period, drawn = flows_by_period(graph, posterior.legs, rng=rng)
    table = change(graph, replace(posterior, by_period=by_period, periods=drawn)).table
    sea = table.loc[[path for path, _ in ways]]
    assert (sea["what"][:10] == "displaced_to").mean() >= 0.9
    receiver = tuple(sea["displaced_to"].iloc[0].split(" > "))
    assert receiver in (("s00", "x00"), ("x00", "t00"))
    assert table.loc[receiver, "what"] == "displaced_from"
    assert (sea["what"][10:20].isin(["fell", "vanished"])).mean() >= 0.9
    assert (sea["what"][20:] == "").all()


def test_a_mutant_that_names_by_the_mean_alone_would_name_what_never_changed():
    table = change(*world(np.full((200, 5), 1.0), 1.0, seed=4)).table
    mutant = (table["change_mean"].abs() >= 1).mean()
    assert mutant > 0.05 >= (table["what"] != "").mean()


def test_seizures_beside_the_flow_are_the_events_of_the_two_sides():
    rates = np.full((30, 5), 8.0)
    graph, posterior = world(rates, 1.0, seed=5)
    table = change(graph, posterior).table
    rows = posterior.by_period.groupby([posterior.by_period["period"] == "2023"])["seizures"].sum()
    assert (table["seizures_before"].sum(), table["seizures_after"].sum()) == (rows[False], rows[True])


# --- trend, order, nothing to compare ---------------------------------------------------------------------------------


def test_trend_compares_halves_and_leaves_the_middle_out():
    _, posterior = by_year([("a", "b"), ("c", "d"), ("e", "f")], [[1.0, 1, 99, 2, 2], [2, 2, 0, 1, 1], [0, 0, 5, 0, 0]])
    assert trend(posterior).tolist() == [1, 0, 0.5]
    assert trend(replace(posterior, periods=None)).tolist() == [0.5] * 3
    assert trend(by_year([("a", "b")], [[3.0]])[1]).tolist() == [0.5]


def test_neither_the_order_of_legs_and_routes_nor_the_names_of_places_matter():
    rng = np.random.default_rng(6)
    graph, posterior = by_year(TWO_WAYS, MOVED, draws=30)
    posterior.periods.legs[:] *= rng.gamma(20, 1 / 20, posterior.periods.legs.shape)
    expected = change(graph, posterior).table
    turned = replace(graph, legs=graph.legs[::-1], routes=graph.routes[::-1])
    periods = replace(posterior.periods, legs=posterior.periods.legs[:, ::-1])
    again = change(turned, replace(posterior, legs=posterior.legs[:, ::-1], periods=periods)).table
    pd.testing.assert_frame_equal(again.loc[expected.index], expected, check_exact=False, rtol=1e-9)
    renamed, _ = by_year([tuple("z" + place for place in path) for path in TWO_WAYS], MOVED)
    other = change(renamed, posterior).table
    assert other["what"].tolist() == expected["what"].tolist()
    told = expected["displaced_to"].str.replace(r"(\w) > (\w)", r"z\1 > z\2", regex=True)
    assert other["displaced_to"].tolist() == told.tolist()
    assert (told != "").sum() == 2


@pytest.mark.parametrize("years", [0, 1])
def test_without_two_periods_everything_is_blank_with_a_reason(years):
    full = change(*by_year([("a", "b")], [[1.0, 2.0]])).table
    graph, posterior = by_year([("a", "b")], [[1.0] * years], years=YEARS[:years])
    for one in (posterior, replace(posterior, periods=None)):
        found = change(graph, one)
        assert found.parameters["not_estimated"] == "fewer than two periods have a name"
        assert found.table.columns.tolist() == full.columns.tolist()
        assert found.table["what"].tolist() == [""]
        assert found.table.select_dtypes("number").isna().all(axis=None)


def test_an_empty_network_has_an_empty_table():
    graph, posterior = network([], [], flow=np.zeros((3, 0)), periods=(YEARS, np.zeros((3, 0, 5))))
    assert len(change(graph, posterior).table) == 0
    assert len(trend(posterior)) == 0
