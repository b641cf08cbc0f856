"""Chokepoints against networkx, small networks by hand, and every cut that there is."""

from __future__ import annotations

import sys
from itertools import combinations, pairwise

import networkx as nx
import numpy as np
import pytest
from tests.analysis.routes_by_hand import routed

from routegraph import analysis
from routegraph.analysis.dominators import Steps, immediate
from routegraph.analysis.vertex_cut import Ends, minimum_cut


def found(case, paths, **options):
    return analysis.chokepoints(*routed(case, paths, **options)).table


def test_what_starts_or_ends_at_a_place_does_not_make_it_a_chokepoint(case):
    table = found(case, {("a", "m", "z"): 6.0, ("b", "m", "z"): 3.0, ("m", "z"): 1.0}, alone=["none"])
    assert table["unavoidable_mean"].to_dict() == pytest.approx({"a": 0, "b": 0, "m": 0.9, "z": 0, "none": 0})
    assert table["cut_share"].to_dict() == {"a": 0, "b": 0, "m": 1, "z": 0, "none": 0}


def test_a_way_round_by_the_steps_of_other_routes_counts(case):
    paths = {("a", "m", "z"): 6.0, ("b", "m", "z"): 4.0}
    assert found(case, paths).loc["m", "unavoidable_mean"] == pytest.approx(1)
    around = {**paths, ("a", "n", "y"): 1.0, ("c", "n", "z"): 1.0}  # nobody went a > n > z, and a could
    assert found(case, around).loc["m", "unavoidable_mean"] == pytest.approx(4 / 12)
    assert found(case, around).loc["n", "unavoidable_mean"] == pytest.approx(2 / 12)


def test_a_way_without_flow_in_a_draw_is_no_way_round_in_it(case):
    graph, posterior = routed(case, {("a", "m", "z"): 6.0, ("a", "n", "z"): 2.0}, draws=4)
    posterior.routes[:3, 1] = 0
    table = analysis.chokepoints(graph, posterior).table
    assert table.loc["m", "unavoidable_mean"] == pytest.approx(0.75)
    assert table.loc["m", "unavoidable_p95"] == 1
    assert table.loc["n", "cut_share"] == 0.25


def test_busiest_and_unavoidable_are_not_the_same(case):
    """The mutant that takes throughflow for it would put the two busy ways round first."""
    paths = {("a", "n1", "z"): 50.0, ("a", "n2", "z"): 50.0, ("b", "m", "y"): 5.0}
    table = found(case, paths)
    assert table["unavoidable_mean"].idxmax() == "m"
    assert table.loc[["n1", "n2"], "unavoidable_mean"].to_list() == [0, 0]
    assert table.loc[["n1", "n2", "m"], "cut_share"].to_list() == [1, 1, 1]  # all three see it all, none can be spared


def random_paths(seed, *, places=12, routes=14):
    rng = np.random.default_rng(seed)
    paths = {}
    while len(paths) < routes:
        paths[tuple(f"p{k:02d}" for k in rng.permutation(places)[: rng.integers(2, 6)])] = float(rng.integers(1, 30))
    return paths


@pytest.mark.parametrize("seed", range(4))
def test_unavoidable_shares_are_those_of_removing_each_place_in_turn(case, seed):
    paths = random_paths(seed)
    view = nx.DiGraph([step for path in paths for step in pairwise(path)])
    total = sum(paths.values())
    right = {}
    for place in view:
        rest = view.subgraph(set(view) - {place})
        cut_off = [f for p, f in paths.items() if place not in (p[0], p[-1]) and not nx.has_path(rest, p[0], p[-1])]
        right[place] = sum(cut_off) / total
    assert max(right.values()) > 0
    table = found(case, paths)
    assert table["unavoidable_mean"].to_dict() == pytest.approx(right)


@pytest.mark.parametrize("seed", range(6))
def test_dominators_equal_networkx_and_a_nearest_predecessor_does_not(seed):
    view = nx.gnp_random_graph(30, 0.07, seed=seed, directed=True)
    origin, end = np.array(sorted(view.edges())).T
    steps = Steps.of(origin, end, places=30)
    number, order = np.empty(30, dtype=np.int32), np.empty(30, dtype=np.int32)
    differ = 0
    for source in range(30):
        above = immediate(source, steps, number, order)
        ours = {int(order[k]): int(order[above[k]]) for k in range(len(above))}
        right = dict(nx.immediate_dominators(view, source))
        ours.pop(source)
        right.pop(source, None)
        assert ours == right
        differ += sum(ours[v] != nx.shortest_path(view, source, v)[-2] for v in ours)
    assert differ > 0


def all_cuts(view, sources, ends, capacity):
    """Every least set of inner places without which no way is left."""
    inner = sorted(set(view) - sources - ends)
    parts = [set(some) for k in range(len(inner) + 1) for some in combinations(inner, k)]
    price = {frozenset(some): sum(capacity[p] for p in some) for some in parts if not joins(view, sources, ends, some)}
    return [some for some in price if price[some] == min(price.values())]


def joins(view, sources, ends, without):
    rest = view.subgraph(set(view) - without)
    return any(nx.has_path(rest, s, e) for s in sources for e in ends)


@pytest.mark.parametrize("seed", range(8))
def test_the_cut_is_the_minimum_one_nearest_the_sources_among_all_there_are(seed):
    rng = np.random.default_rng(seed)
    sources, ends = {0, 1}, {8, 9}
    view = nx.gnp_random_graph(10, 0.25, seed=seed, directed=True)
    view.remove_edges_from([(s, e) for s in sources for e in ends])
    capacity = rng.integers(1, 4, 10)
    right = all_cuts(view, sources, ends, capacity)
    origin, end = np.array(sorted(view.edges())).T
    flags = [np.isin(np.arange(10), sorted(one)) for one in (sources, ends)]
    ours = set(np.flatnonzero(minimum_cut(origin, end, capacity, Ends(*flags))).tolist())
    assert frozenset(ours) in right
    for other in right:  # what sources reach without passing the cut is least for ours
        assert reached(view, sources, ours) <= reached(view, sources, set(other))


def reached(view, sources, without):
    rest = view.subgraph(set(view) - without)
    return {v for s in sources for v in {s} | nx.descendants(rest, s)}


def test_the_cut_goes_where_least_passes_and_not_where_fewest_places_are(case):
    # all of it passes m, which 90 others that start and end at hand pass too: two quiet places before it cost less
    paths = {("a", "l1", "m", "z"): 10.0, ("b", "l2", "m", "z"): 10.0, ("k", "m", "k"): 90.0}
    table = found(case, paths)
    assert table["cut_share"].to_dict() == {"a": 0, "b": 0, "k": 0, "l1": 1, "l2": 1, "m": 0, "z": 0}
    assert table.loc["m", "unavoidable_mean"] == 1  # k comes back to where it started and is no pair


def test_equal_cuts_in_a_row_count_the_one_nearest_the_sources(case):
    table = found(case, {("a", "b", "c", "d"): 1 / 3, ("x", "b", "c", "y"): 1 / 7})
    assert table["unavoidable_mean"][["b", "c"]].to_list() == [1, 1]
    assert table["cut_share"][["b", "c"]].to_list() == [1, 0]


def test_a_straight_step_from_source_to_destination_is_left_out_and_its_share_is_told(case):
    scores = analysis.chokepoints(*routed(case, {("a", "z"): 5.0, ("a", "m", "z"): 15.0}))
    assert scores.table["cut_share"].to_dict() == {"a": 0, "m": 1, "z": 0}
    assert scores.parameters["uncut_flow"] == pytest.approx(0.25)
    assert scores.table["unavoidable_mean"].to_list() == [0, 0, 0]


def test_on_large_networks_the_busiest_origins_are_used_and_their_share_is_told(case, monkeypatch):
    module = sys.modules["routegraph.analysis.chokepoints"]  # the package shows the function under this name
    monkeypatch.setattr(module, "MIN_ORIGINS", 2)
    monkeypatch.setattr(module, "LEG_VISITS", 1)
    paths = {("a", "m", "z"): 6.0, ("b", "m", "z"): 3.0, ("c", "n", "z"): 1.0}
    scores = analysis.chokepoints(*routed(case, paths, draws=30))
    assert (scores.parameters["draws"], scores.parameters["origins"]) == (20, 2)
    assert scores.parameters["origin_flow"] == pytest.approx(0.9)
    assert scores.table["unavoidable_mean"][["m", "n"]].to_list() == [1, 0]
