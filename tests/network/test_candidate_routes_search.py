"""Ways over small networks whose least costs are known in closed form."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from routegraph.network import route_sets
from routegraph.network.choice_sets import simulated
from routegraph.network.route_sets import MODE_CHANGE_KM, StateGraph, Ways, path_size


def graph_of(links: list[tuple[str, str, str, float]]) -> StateGraph:
    frame = pd.DataFrame(links, columns=["origin", "destination", "mode", "cost"])
    frame = frame.sort_values(["origin", "destination", "mode"], ignore_index=True)
    places = pd.Index(sorted({*frame["origin"], *frame["destination"]}))
    return StateGraph(places, frame)


def rows_of(graph: StateGraph, *texts: str) -> Ways:
    paths = [[graph.places.get_loc(place) for place in text] for text in texts]
    width = max(map(len, paths))
    places = np.array([path + [-1] * (width - len(path)) for path in paths])
    marks = np.array([graph.mark_of(path) for path in paths])
    return Ways(places, np.array([len(path) for path in paths]), marks)


def texts_of(graph: StateGraph, ways: Ways) -> list[str]:
    names = graph.places.to_list()
    return [
        "".join(names[k] for k in row[:n]) for row, n in zip(ways.places.tolist(), ways.length.tolist(), strict=True)
    ]


LADDER = [
    ("a", "b", "road", 100.0), ("b", "c", "road", 100.0), ("a", "c", "rail", 150.0), ("c", "d", "rail", 50.0),
    ("c", "d", "road", 120.0), ("b", "d", "sea", 60.0),
]  # fmt: skip


def test_price_is_the_least_over_modes_with_every_change_paid_once():
    graph = graph_of(LADDER)
    cost, mode = graph.price(rows_of(graph, "abc", "acd", "abcd", "abd"))
    # abcd: stay on the road (320), not a change to rail for the last step (100 + 100 + 100 + 50).
    assert cost == pytest.approx([200.0, 200.0, 320.0, 160.0 + MODE_CHANGE_KM])
    named = [[graph.modes[k] for k in row if k >= 0] for row in mode]
    assert named == [["road", "road"], ["rail", "rail"], ["road"] * 3, ["road", "sea"]]


def test_a_way_over_places_that_no_link_joins_has_no_price():
    graph = graph_of(LADDER)
    assert np.isinf(graph.price(rows_of(graph, "acb"))[0][0])


def test_least_cost_search_finds_what_trying_every_way_finds():
    rng = np.random.default_rng(5)
    names = "abcdefg"
    links = [
        (a, b, mode, float(rng.uniform(20, 400)))
        for a in names
        for b in names
        for mode in ("air", "road", "sea")
        if a != b and rng.random() < 0.25
    ]
    graph = graph_of(links)
    least = _by_trying(graph, links)
    origin, end = np.array([pair for pair in sorted(least) if np.isfinite(least[pair])]).T
    sets = simulated(graph, origin, end, draws=0)
    assert sets.cost == pytest.approx([least[pair] for pair in zip(origin.tolist(), end.tolist(), strict=True)])
    distance, _ = graph.search(np.arange(graph.n_places))
    assert distance[origin, end] - MODE_CHANGE_KM == pytest.approx(sets.cost)


def _by_trying(graph: StateGraph, links: list[tuple[str, str, str, float]]) -> dict[tuple[int, int], float]:
    """Return the least cost of every pair by relaxing (place, mode) states until nothing changes."""
    position = {place: k for k, place in enumerate(graph.places)}
    least: dict[tuple[int, int], float] = {}
    for start, first in position.items():
        at = {(b, mode): cost for a, b, mode, cost in sorted(links, reverse=True) if a == start}
        for a, b, mode, cost in links:
            if a == start:
                at[b, mode] = min(at[b, mode], cost)
        changed = True
        while changed:
            changed = False
            for a, b, mode, cost in links:
                reach = min(
                    (old + cost + (MODE_CHANGE_KM if m != mode else 0) for (p, m), old in at.items() if p == a),
                    default=np.inf,
                )
                if b != start and reach < at.get((b, mode), np.inf) - 1e-9:
                    at[b, mode], changed = reach, True
        for end, last in position.items():
            if end != start:
                found = [cost for (p, _), cost in at.items() if p == end]
                least[first, last] = min(found, default=np.inf)
    return least


def test_perceived_costs_belong_to_links_not_to_rows():
    graph, turned = graph_of(LADDER), graph_of(LADDER[::-1])
    more = graph_of([*LADDER, ("a", "a2", "road", 10.0)])
    kept = [k for k in range(len(more.cost)) if more.places[more.destination[k]] != "a2"]
    for draw in (1, 2):
        assert np.array_equal(graph.perceived(draw), turned.perceived(draw))
        assert np.array_equal(graph.perceived(draw), more.perceived(draw)[kept])
    assert not np.array_equal(graph.perceived(1), graph.perceived(2))


def test_perceived_costs_are_lognormal_about_the_declared_ones():
    graph = graph_of([(f"a{k}", f"b{k}", "road", 50.0) for k in range(400)])
    noise = np.concatenate([np.log(graph.perceived(draw) / graph.cost) for draw in range(1, 11)])
    assert abs(noise.mean()) < 4 * route_sets.PERTURBATION_SD / np.sqrt(len(noise))
    assert noise.std() == pytest.approx(route_sets.PERTURBATION_SD, rel=0.05)


def test_choice_sets_hold_the_least_way_first_near_ways_and_no_far_ones():
    # Three ways from a to z: 100, 110 and 300; the last is never near.
    links = [("a", "b", "road", 50.0), ("b", "z", "road", 50.0), ("a", "c", "road", 55.0), ("c", "z", "road", 55.0)]
    graph = graph_of([*links, ("a", "d", "road", 150.0), ("d", "z", "road", 150.0)])
    a, z = graph.places.get_indexer(["a", "z"])
    sets = simulated(graph, np.array([a]), np.array([z]), draws=200)
    assert texts_of(graph, sets.ways) == ["abz", "acz"]
    assert sets.cost == pytest.approx([100.0, 110.0])
    # The chance that the second seems cheaper: sums of two lognormals, by plain simulation.
    rng = np.random.default_rng(0)
    noise = np.exp(route_sets.PERTURBATION_SD * rng.standard_normal((200_000, 4)))
    chance = float((55 * noise[:, :2].sum(axis=1) < 50 * noise[:, 2:].sum(axis=1)).mean())
    assert abs(sets.share[1] - chance) < 4 * np.sqrt(chance * (1 - chance) / 201)


def test_a_pair_has_the_same_choice_set_whatever_else_is_asked():
    rng = np.random.default_rng(2)
    names = [f"p{k:02}" for k in range(12)]
    links = [(a, b, "road", float(rng.uniform(50, 99))) for a in names for b in names if a != b and rng.random() < 0.3]
    graph = graph_of(links)
    cost, _ = graph.search(np.arange(graph.n_places))
    origin, end = np.nonzero(np.isfinite(cost[:, : graph.n_places]) & ~np.eye(graph.n_places, dtype=bool))
    every = simulated(graph, origin, end)
    back = simulated(graph, origin[::-1], end[::-1])
    alone = simulated(graph, origin[7:8], end[7:8])
    chosen = np.flatnonzero(every.pair == 7)
    assert every.ways.mark[chosen].tolist() == alone.ways.mark.tolist()
    assert every.share[chosen].tolist() == alone.share.tolist()
    assert back.ways.mark[back.pair == len(origin) - 8].tolist() == alone.ways.mark.tolist()
    for path in texts_of(graph, every.ways):
        places = [path[k : k + 3] for k in range(0, len(path), 3)]
        assert len(set(places)) == len(places)
        assert all((a, b) in {(x, y) for x, y, *_ in links} for a, b in pairwise(places))


def test_path_size_of_ways_that_share_nothing_all_or_half():
    steps = ["ab", "bz", "ac", "cz", "bc"]
    graph = graph_of([(start, end, "road", 1.0) for start, end in steps])
    ways = rows_of(graph, "abz", "acz", "abcz")
    km = np.array([[30.0, 10.0, 0.0], [20.0, 20.0, 0.0], [30.0, 5.0, 20.0]])
    got = np.exp(path_size(ways, np.zeros(3, dtype=int), km))
    expected = [(30 / 2 + 10) / 40, (20 + 20 / 2) / 40, (30 / 2 + 5 + 20 / 2) / 55]
    assert got == pytest.approx(expected)
    apart = path_size(ways, np.array([0, 1, 2]), km)
    assert apart == pytest.approx(np.zeros(3))
    unknown = np.exp(path_size(ways, np.zeros(3, dtype=int), np.zeros((3, 3))))
    assert unknown == pytest.approx([3 / 4, 3 / 4, 2 / 3])
