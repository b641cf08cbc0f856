"""Expected visits against the ruin of a gambler, a simulated chain and the flow that passes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.analysis.routes_by_hand import routed

from routegraph import analysis
from routegraph.analysis.visits import MOST_STEPS


def random_paths(seed, *, places=9, routes=25):
    rng = np.random.default_rng(seed)
    paths = {}
    while len(paths) < routes:
        path = tuple(f"p{k}" for k in rng.permutation(places)[: rng.integers(2, 6)])
        paths[path] = float(rng.integers(1, 30))
    return paths


# Start at 2 of 0..4 and step up or down with even chance until 0 or 4: made of two routes that do have memory.
RUIN = {("2", "1", "2", "3", "4"): 5.0, ("2", "3", "2", "1", "0"): 5.0}


def test_visits_and_steps_are_those_of_the_gamblers_ruin(case):
    table = analysis.expected_visits(*routed(case, RUIN)).table
    # row 2 of N for an even game on 0..4 is 1, 2, 1; either end is reached with an even chance
    assert table["visits_mean"].to_dict() == pytest.approx({"0": 0.5, "1": 1, "2": 2, "3": 1, "4": 0.5})
    # expected duration from i is i (4 - i)
    assert table["steps_left"].to_dict() == pytest.approx({"0": 0, "1": 3, "2": 4, "3": 3, "4": 0}, abs=1e-12)


def test_a_chain_of_legs_with_ends_on_the_way_has_the_geometric_form(case):
    # of what comes to each place one half ends there
    paths = {("a", "b"): 8.0, ("a", "b", "c"): 4.0, ("a", "b", "c", "d"): 4.0}
    table = analysis.expected_visits(*routed(case, paths, alone=["none"])).table
    assert table["visits_mean"].to_dict() == pytest.approx({"a": 1, "b": 1, "c": 0.5, "d": 0.25, "none": 0})
    assert table["steps_left"].drop("none").to_dict() == pytest.approx({"a": 1.75, "b": 0.75, "c": 0.5, "d": 0})
    assert np.isnan(table.loc["none", "steps_left"])


@pytest.mark.parametrize("seed", range(3))
def test_visits_are_the_flow_that_passes_over_consignments_with_memory_or_without(case, seed):
    paths = random_paths(seed)
    found = analysis.expected_visits(*routed(case, paths)).table["visits_mean"]
    total = sum(paths.values())
    passing = {place: sum(f * path.count(place) for path, f in paths.items()) / total for place in found.index}
    assert found.to_dict() == pytest.approx(passing)


def simulated(paths, *, runs=20_000, seed=1, ends=True):
    """Visits and steps of consignments that go on as flow does; ``ends=False`` is the mutant that forgets them."""
    rng = np.random.default_rng(seed)
    start, on = {}, {}
    for path, flow in paths.items():
        start[path[0]] = start.get(path[0], 0) + flow
        for k, place in enumerate(path):
            step = path[k + 1] if k + 1 < len(path) else ""
            if step or ends:
                row = on.setdefault(place, {})
                row[step] = row.get(step, 0) + flow
    visits, left = {}, {}
    shares = {place: (list(row), np.array(list(row.values())) / sum(row.values())) for place, row in on.items()}
    first = rng.choice(list(start), runs, p=np.array(list(start.values())) / sum(start.values()))
    for sets_out in first:
        at, seen = sets_out, []
        while at in shares and len(seen) < 100:
            seen.append(at)
            at = rng.choice(shares[at][0], p=shares[at][1])
            if not at:
                break
        for k, place in enumerate(seen):
            visits[place] = visits.get(place, 0) + 1 / runs
            left.setdefault(place, []).append(len(seen) - 1 - k)
    return visits, {place: float(np.mean(one)) for place, one in left.items()}


def test_a_simulated_chain_agrees_and_one_without_ends_does_not(case):
    paths = random_paths(4, places=6, routes=12)
    table = analysis.expected_visits(*routed(case, paths)).table
    visits, left = simulated(paths, runs=4000)
    assert table["visits_mean"].to_dict() == pytest.approx(visits, rel=0.08)
    assert table["steps_left"].to_dict() == pytest.approx(left, rel=0.12, abs=0.05)
    wrong, _ = simulated(paths, runs=200, ends=False)
    assert wrong != pytest.approx(table["visits_mean"].to_dict(), rel=0.3)


def test_steps_left_assume_no_memory_and_say_so_by_being_off_where_there_is(case):
    # past m one step is left to what came from a, and three to what came from b: the chain gives both the mean
    paths = {("a", "m", "x"): 5.0, ("b", "m", "y", "z", "w"): 5.0}
    table = analysis.expected_visits(*routed(case, paths)).table
    assert table["steps_left"][["m", "a", "b"]].to_list() == pytest.approx([2, 3, 3])


def test_traffic_that_goes_round_for_very_long_is_solved_all_the_same(case):
    # of 1,000 that come to b, 1 ends there; the others are back after one step: 1 / 0.001 visits of b
    around = ("a", *(["b", "c"] * 999), "b")
    table = analysis.expected_visits(*routed(case, {around: 1.0})).table
    assert table["visits_mean"].to_dict() == pytest.approx({"a": 1, "b": 1000, "c": 999})
    assert table["steps_left"].to_dict() == pytest.approx({"a": 1999, "b": 1998, "c": 1999})
    assert MOST_STEPS < 1999


def test_draws_without_flow_count_as_no_visits_and_not_as_no_steps(case):
    graph, posterior = routed(case, RUIN, draws=4)
    posterior.routes[0] = 0
    table = analysis.expected_visits(graph, posterior).table
    assert table.loc["2", "visits_mean"] == pytest.approx(1.5)
    assert table.loc["2", "steps_left"] == pytest.approx(4)


@pytest.mark.parametrize("name", ["expected_visits", "chokepoints"])
def test_the_order_of_routes_places_and_legs_changes_no_bit(case, name):
    graph, posterior = routed(case, random_paths(3))
    posterior = replace(posterior, routes=posterior.routes * np.float32(1 / 3))
    shuffled = np.random.default_rng(2).permutation(len(graph.routes))
    turned = replace(graph, routes=graph.routes.iloc[shuffled], places=graph.places[::-1], legs=graph.legs[::-1])
    there = analysis.ANALYSES[name](graph, posterior).table.drop(columns="tier")
    back = analysis.ANALYSES[name](turned, replace(posterior, routes=posterior.routes[:, shuffled])).table
    assert back.loc[there.index, there.columns].equals(there)


@pytest.mark.parametrize("name", ["authorities", "chokepoints", "expected_visits", "hubs", "participation"])
def test_one_draw_and_no_flow_at_all_are_answered(case, name):
    graph, posterior = routed(case, RUIN, draws=1)
    graph_scores = analysis.ANALYSES[name](graph, replace(posterior, legs=posterior.legs[:1]))
    assert graph_scores.table[f"{graph_scores.measure}_mean"].notna().all()
    still = replace(posterior, legs=posterior.legs * 0, routes=posterior.routes * 0)
    assert (analysis.ANALYSES[name](graph, still).table[f"{graph_scores.measure}_mean"] == 0).all()
