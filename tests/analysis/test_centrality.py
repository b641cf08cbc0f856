"""Centrality against networkx, closed forms, and the mutants that mix strength and cost."""

from __future__ import annotations

from dataclasses import replace

import networkx as nx
import numpy as np
import pytest

from routegraph import analysis
from routegraph.analysis.betweenness import Sweep, betweenness
from routegraph.analysis.sweep import next_step_cost, thinned
from routegraph.errors import SettingError


def random_strengths(seed, n=14, p=0.25):
    rng = np.random.default_rng(seed)
    names = [f"p{k:02d}" for k in range(n)]
    return {(a, b): float(rng.integers(1, 50)) for a in names for b in names if a != b and rng.random() < p}


def view_by_cost(graph, strengths):
    """A networkx graph with the cost worked out leg by leg, in plain Python."""
    view = nx.DiGraph()
    view.add_nodes_from(graph.places.index)
    out = {}
    for (a, _), s in strengths.items():
        out[a] = out.get(a, 0.0) + s
    for (a, b), s in strengths.items():
        view.add_edge(a, b, cost=1 - np.log(s / out[a]), strength=s)
    return view


@pytest.mark.parametrize("seed", range(4))
def test_betweenness_of_places_and_legs_equals_networkx(case, seed):
    strengths = random_strengths(seed)
    graph, posterior = case(strengths, alone=["zz"])
    view = view_by_cost(graph, strengths)
    view.remove_node("zz")  # no leg joins it: it is no end of any way
    places = nx.betweenness_centrality(view, weight="cost", normalized=True) | {"zz": 0.0}
    legs = nx.edge_betweenness_centrality(view, weight="cost", normalized=True)
    ours = analysis.betweenness_places(graph, posterior).table["betweenness_mean"]
    assert ours.to_dict() == pytest.approx(places, abs=1e-9)
    ours = analysis.betweenness_legs(graph, posterior).table["betweenness_mean"]
    assert ours.to_dict() == pytest.approx(legs, abs=1e-9)


def test_betweenness_shares_ties_as_networkx_does(case):
    # a splits evenly into b and c, which both lead to d, which leads to e: two equal ways
    strengths = {("a", "b"): 8.0, ("a", "c"): 8.0, ("b", "d"): 4.0, ("c", "d"): 4.0, ("d", "e"): 2.0}
    graph, posterior = case(strengths)
    table = analysis.betweenness_places(graph, posterior).table["betweenness_mean"]
    assert table["b"] == pytest.approx(1.0 / 12) == table["c"]  # half of a>d and half of a>e, of 4 x 3 pairs
    assert table["d"] == pytest.approx(3.0 / 12)
    assert table.to_dict() == pytest.approx(nx.betweenness_centrality(view_by_cost(graph, strengths), weight="cost"))


TWO_WAYS = {("a", "strong"): 90.0, ("strong", "z"): 90.0, ("a", "weak"): 10.0, ("weak", "z"): 10.0}


def test_the_strong_way_is_the_near_one_and_the_mutant_picks_the_weak_one(case):
    graph, posterior = case(TWO_WAYS)
    ours = analysis.betweenness_places(graph, posterior).table["betweenness_mean"]
    assert ours["strong"] > 0
    assert ours["weak"] == 0
    mutant = nx.betweenness_centrality(view_by_cost(graph, TWO_WAYS), weight="strength")
    assert mutant["weak"] > 0
    assert mutant["strong"] == 0


def test_cost_is_one_where_there_is_one_way_and_grows_as_the_share_falls():
    cost = next_step_cost(np.array([0, 1, 1]), np.array([5.0, 3.0, 1.0]))
    assert cost == pytest.approx([1.0, 1 - np.log(0.75), 1 - np.log(0.25)])


def test_rescaling_every_flow_changes_no_betweenness(case):
    strengths = random_strengths(7)
    one = analysis.betweenness_legs(*case(strengths)).table
    ten = analysis.betweenness_legs(*case({leg: 16 * s for leg, s in strengths.items()})).table
    assert np.allclose(one, ten)


def test_a_leg_without_flow_in_a_draw_is_absent_from_it(case):
    graph, posterior = case({("a", "b"): 1.0, ("b", "c"): 1.0}, draws=2)
    posterior.legs[0, :] = 0
    table = analysis.betweenness_places(graph, posterior).table
    assert table.loc["b", "betweenness_mean"] == pytest.approx(0.25)  # 1 of 2 ordered pairs, in one of two draws


def test_sampled_starting_places_estimate_the_full_sweep(case, monkeypatch):
    strengths = random_strengths(3, n=40, p=0.12)
    graph, posterior = case(strengths, draws=40)
    full = analysis.betweenness_places(graph, posterior)
    assert full.parameters["starting_places"] == 40
    monkeypatch.setattr("routegraph.analysis.betweenness.LEG_VISITS", 20 * len(strengths) * 10)
    sampled = analysis.betweenness_places(graph, posterior)
    assert sampled.parameters["starting_places"] == 10
    assert sampled.parameters["draws"] == 20
    a, b = (one.table["betweenness_mean"].to_numpy() for one in (full, sampled))
    assert b.sum() == pytest.approx(a.sum(), rel=0.1)
    assert np.corrcoef(a, b)[0, 1] > 0.97


def test_both_betweennesses_in_one_sweep_are_those_of_two(case):
    graph, posterior = case(random_strengths(6), draws=9, spread=0.5)
    places, legs = betweenness(graph, posterior)
    assert places.table.equals(analysis.betweenness_places(graph, posterior).table)
    assert legs.table.equals(analysis.betweenness_legs(graph, posterior).table)


def test_the_order_of_tables_changes_no_bit_even_where_starting_places_are_sampled(case, monkeypatch):
    monkeypatch.setattr("routegraph.analysis.betweenness.LEG_VISITS", 5000)
    graph, posterior = case(random_strengths(6, n=30), draws=25, spread=0.5)
    turned = replace(graph, places=graph.places[::-1], legs=graph.legs[::-1])
    there = betweenness(graph, posterior)
    back = betweenness(turned, replace(posterior, legs=posterior.legs[:, ::-1], places=posterior.places[:, ::-1]))
    assert there[0].parameters["starting_places"] == 10
    for one, other in zip(there, back, strict=True):
        columns = one.table.columns.drop("tier")  # equals at the edge of a tier are taken in the order of the table
        assert other.table.loc[one.table.index, columns].equals(one.table[columns])


def test_draws_are_thinned_by_size_alone():
    assert thinned(400, visits=10, budget=4000).tolist() == list(range(400))
    assert len(thinned(400, visits=100, budget=4000)) == 40
    assert len(thinned(400, visits=10**9, budget=4000)) == 20
    assert len(thinned(7, visits=10**9, budget=4000)) == 7
    assert Sweep.of(available=400, places=150, legs=850).pivots == 150
    huge = Sweep.of(available=400, places=20_000, legs=200_000)
    assert (len(huge.draws), huge.pivots) == (20, 200)


def test_pagerank_on_a_cycle_is_even_whatever_the_strength(case):
    graph, posterior = case({("a", "b"): 100.0, ("b", "c"): 1.0, ("c", "a"): 7.0})
    assert analysis.pagerank(graph, posterior).table["pagerank_mean"].to_numpy() == pytest.approx([1 / 3] * 3)


def test_pagerank_follows_strength_as_networkx_does_and_a_cost_mutant_does_not(case):
    strengths = random_strengths(2)
    graph, posterior = case(strengths, alone=["zz"])
    view = view_by_cost(graph, strengths)
    view.remove_node("zz")
    ours = analysis.pagerank(graph, posterior).table["pagerank_mean"].to_dict()
    assert ours.pop("zz") == 0
    assert ours == pytest.approx(nx.pagerank(view, alpha=0.85, weight="strength", tol=1e-12, max_iter=1000), abs=1e-8)
    assert ours != pytest.approx(nx.pagerank(view, alpha=0.85, weight="cost", tol=1e-12, max_iter=1000), abs=1e-3)


@pytest.mark.parametrize("name", ["betweenness_places", "betweenness_legs", "pagerank"])
def test_places_that_no_leg_joins_change_no_measure_of_ways(case, name, monkeypatch):
    """Transits name thousands of ports that no record names: the busiest crossing must not fall for that."""
    monkeypatch.setattr("routegraph.analysis.betweenness.LEG_VISITS", 5000)  # few starting places
    strengths = random_strengths(5)
    few = analysis.ANALYSES[name](*case(strengths, draws=30))
    many = analysis.ANALYSES[name](*case(strengths, draws=30, alone=[f"port{k:03d}" for k in range(300)]))
    measure = few.table.filter(regex="_mean$")
    assert many.table.filter(regex="_mean$").loc[measure.index].equals(measure)


def test_throughflow_is_the_posterior_of_places_with_its_interval(case):
    graph, posterior = case({("a", "b"): 50.0, ("b", "c"): 5.0}, draws=4000, spread=0.2)
    table = analysis.throughflow(graph, posterior).table
    assert table["throughflow_mean"].to_numpy() == pytest.approx([50, 55, 5], rel=0.02)
    # gamma with shape 25 and mean 50: its 5 % and 95 % points
    assert table.loc["a", ["throughflow_p05", "throughflow_p95"]].to_numpy() == pytest.approx([34.8, 67.5], rel=0.02)
    assert table["p_top"].sum() == pytest.approx(1)


def test_degree_counts_legs_in_and_out(case):
    graph, posterior = case({("a", "b"): 1.0, ("b", "a"): 1.0, ("b", "c"): 9.0}, alone=["d"])
    assert analysis.degree(graph, posterior).table["degree_mean"].to_dict() == {"a": 2, "b": 3, "c": 1, "d": 0}


def test_roles_follow_from_where_routes_start_pass_and_end(case):
    graph, posterior = case({("src", "mid"): 10.0, ("mid", "end"): 8.0}, alone=["none"])
    found = analysis.role(graph, posterior).table
    assert found["role"].to_dict() == {"src": "source", "mid": "transit", "end": "destination", "none": ""}
    assert found.loc["mid", "balance_mean"] == pytest.approx((8 - 10) / 18)


def test_draws_of_another_graph_are_refused(case):
    graph, _ = case({("a", "b"): 1.0})
    _, other = case({("a", "b"): 1.0, ("b", "c"): 1.0})
    with pytest.raises(SettingError, match="expected"):
        analysis.throughflow(graph, other)


@pytest.mark.parametrize("name", sorted(analysis.ANALYSES))
def test_every_analysis_answers_on_an_empty_and_on_a_disconnected_network(case, name):
    for strengths, alone in (({}, ["a", "b"]), ({("a", "b"): 2.0, ("c", "d"): 3.0}, ["e"])):
        graph, posterior = case(strengths, alone=alone)
        found = analysis.ANALYSES[name](graph, posterior)
        rows = {analysis.LegScores: graph.legs, analysis.PlaceScores: graph.places, analysis.Partition: graph.places}
        if type(found) in rows:
            assert found.table.index.equals(rows[type(found)].index)


@pytest.mark.parametrize("name", sorted(analysis.ANALYSES))
def test_every_score_has_an_interval_around_its_mean_and_a_chance_of_being_on_top(case, name):
    graph, posterior = case(random_strengths(5), draws=50, spread=0.5)
    found = analysis.ANALYSES[name](graph, posterior)
    if not isinstance(found, analysis.PlaceScores | analysis.LegScores):
        return
    low, mean, high = (found.table[f"{found.measure}_{end}"] for end in ("p05", "mean", "p95"))
    told = mean.notna()
    # A share that is 0 or 1 in nearly every draw has its mean outside its interval.
    assert (low <= mean + 1e-9)[told].sum() >= 0.9 * told.sum()
    assert (low <= high)[told].all()
    assert found.table["p_top"].dropna().between(0, 1).all()
