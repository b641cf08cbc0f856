"""Compiled betweenness against networkx and igraph, ties included, and what must not change it."""

from __future__ import annotations

import igraph
import networkx as nx
import numpy as np
import pytest

from routegraph.analysis import kernels
from routegraph.analysis.kernels import betweenness_rows

HALF = 1 - np.log(0.5)


def network(seed, *, places=40, share=0.12):
    rng = np.random.default_rng(seed)
    joined = rng.random((places, places)) < share
    np.fill_diagonal(joined, val=False)
    joined[-3:] = joined[:, -2:] = False  # some that nothing leaves, some that nothing reaches
    origin, end = np.nonzero(joined)
    return rng, origin, end


COSTS = {
    "no ties": lambda rng, n: 1 + rng.exponential(2, n),
    "all one": lambda rng, n: np.ones(n),
    "integers": lambda rng, n: rng.integers(1, 4, n).astype(float),
    "integers far apart": lambda rng, n: rng.choice([1.0, 2.0, 50.0, 1000.0], n),
    "quarters": lambda rng, n: rng.integers(4, 40, n) / 4,
    "one or 1 - ln(1/2)": lambda rng, n: rng.choice([1.0, HALF], n),
    "shares of ten": lambda rng, n: 1 - np.log(rng.integers(1, 10, n) / 10),
}
EXACT = {"no ties", "all one", "integers", "integers far apart", "quarters"}  # sums do not depend on their order


def by_igraph(places, origin, end, cost, sources=None):
    used = np.isfinite(cost)
    view = igraph.Graph(n=places, edges=np.column_stack([origin, end])[used].tolist(), directed=True)
    legs = np.zeros(len(cost))
    legs[used] = view.edge_betweenness(directed=True, weights=cost[used].tolist(), sources=sources)
    return np.array(view.betweenness(directed=True, weights=cost[used].tolist(), sources=sources)), legs


def by_networkx(places, origin, end, cost):
    view = nx.DiGraph()
    view.add_nodes_from(range(places))
    ends = list(zip(origin.tolist(), end.tolist(), strict=True))
    view.add_edges_from((a, b, {"cost": c}) for (a, b), c in zip(ends, cost.tolist(), strict=True) if np.isfinite(c))
    at = nx.betweenness_centrality(view, weight="cost", normalized=False)
    on = nx.edge_betweenness_centrality(view, weight="cost", normalized=False)
    return np.array([at[k] for k in range(places)]), np.array([on.get(leg, 0.0) for leg in ends])


def ours(places, origin, end, cost, sources=None):
    starts = np.arange(places) if sources is None else np.array(sources)
    rows = betweenness_rows(origin, end, cost[None, :], starts[None, :], places=places)
    return rows[0][0], rows[1][0]


@pytest.mark.parametrize("kind", COSTS)
@pytest.mark.parametrize("seed", range(3))
def test_places_and_legs_equal_igraph_and_networkx_ties_included(kind, seed):
    rng, origin, end = network(seed)
    cost = COSTS[kind](rng, len(origin))
    cost[rng.random(len(cost)) < 0.1] = np.inf
    found = ours(40, origin, end, cost)
    for mine, peer in zip(found, by_igraph(40, origin, end, cost), strict=True):
        assert mine == pytest.approx(peer, abs=1e-9)
    if kind in EXACT:
        for mine, peer in zip(found, by_networkx(40, origin, end, cost), strict=True):
            assert mine == pytest.approx(peer, abs=1e-9)


def test_equal_ways_whose_costs_are_added_in_another_order_tie():
    # 0 > 1 > 2 > 5 and 0 > 3 > 4 > 5: the same three costs, whose sums differ in the last bit
    origin, end = np.array([0, 0, 1, 2, 3, 4]), np.array([1, 3, 2, 5, 4, 5])
    sixth = 1 - np.log(1 / 6)
    cost = np.array([HALF, sixth, sixth, sixth, sixth, HALF])
    assert (HALF + sixth) + sixth != (sixth + sixth) + HALF
    legs = ours(6, origin, end, cost)[1]
    assert legs.tolist() == [2.5, 2.5, 3.5, 2.5, 3.5, 2.5]  # of 0 > 5 each way has half
    exact = by_networkx(6, origin, end, cost)[1]
    assert sorted(exact.tolist()) != sorted(legs.tolist())  # networkx takes one of the two
    assert by_igraph(6, origin, end, cost)[1].tolist() == legs.tolist()


def test_the_count_of_equal_ways_is_right_on_a_grid():
    # every least-cost way from one corner of a grid to the other goes right or down: C(10, 5) = 252 of them
    side = 6
    at = np.arange(side * side).reshape(side, side)
    pairs = np.concatenate([np.stack([at[:, :-1], at[:, 1:]], -1).reshape(-1, 2),
                            np.stack([at[:-1], at[1:]], -1).reshape(-1, 2)])  # fmt: skip
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    legs = ours(side * side, pairs[:, 0], pairs[:, 1], np.ones(len(pairs)), sources=[0])[1]
    only_last = {tuple(pair): leg for pair, leg in zip(pairs.tolist(), legs, strict=True)}
    assert only_last[(34, 35)] == pytest.approx(0.5)  # half of the ways to the far corner, and of nothing else
    assert only_last[(0, 1)] == pytest.approx((side * side - 1) / 2)


def test_starting_places_are_those_asked_for():
    rng, origin, end = network(7)
    cost = COSTS["integers"](rng, len(origin))
    some = [3, 11, 30]
    for mine, peer in zip(ours(40, origin, end, cost, some), by_igraph(40, origin, end, cost, some), strict=True):
        assert mine == pytest.approx(peer, abs=1e-9)


def test_the_number_of_threads_changes_no_bit():
    rng, origin, end = network(8)
    cost = COSTS["shares of ten"](rng, 30 * len(origin)).reshape(30, -1)
    starts = np.tile(np.arange(40), (30, 1))
    one, many = (betweenness_rows(origin, end, cost, starts, places=40, threads=k) for k in (1, 5))
    assert all(a.tobytes() == b.tobytes() for a, b in zip(one, many, strict=True))


@pytest.mark.parametrize("what", ["_keep", "_drop_detours"])
def test_leaving_out_legs_that_no_way_takes_changes_nothing_and_does_leave_some_out(what):
    rng, origin, end = network(9, share=0.4)
    cost = COSTS["shares of ten"](rng, len(origin)) ** 2
    legs = ours(40, origin, end, cost)[1]
    ways = kernels._ways(40, origin.astype(np.int32), end.astype(np.int32), cost)
    if what == "_drop_detours":
        kernels._drop_detours(40, ways)
    else:
        room = kernels._room(40, ways, 0.999 * cost.min())
        for source in range(40):
            kernels._search(source, ways, room, 0.999 * cost.min())
            kernels._keep(source, ways, room.reach)
    left = {leg for u in range(40) for leg in ways.leg[ways.first[u] : ways.last[u]].tolist()}
    assert 40 < len(left) < len(cost)
    assert set(np.flatnonzero(legs).tolist()) <= left


@pytest.mark.parametrize("width", [3.0, 50.0])
def test_buckets_wider_than_the_cheapest_leg_would_be_wrong(width):
    """The mutant: places would be settled before the best way to them is known."""
    rng, origin, end = network(8)
    cost = COSTS["shares of ten"](rng, len(origin))
    ways = kernels._ways(40, origin.astype(np.int32), end.astype(np.int32), cost)
    view = igraph.Graph(n=40, edges=np.column_stack([origin, end]).tolist(), directed=True)
    right = np.array(view.distances(source=[0], weights=cost.tolist())[0])

    def distances(bucket):
        room = kernels._room(40, ways, bucket)
        settled = kernels._search(0, ways, room, bucket)
        found = np.full(40, np.inf)
        found[room.order[:settled]] = room.distance[room.order[:settled]]
        return found, settled

    found, settled = distances(0.999 * cost.min())
    assert found == pytest.approx(right)
    assert settled == np.isfinite(right).sum()
    wrong, settled = distances(width)
    assert settled != np.isfinite(right).sum() or not np.allclose(wrong, right)


def test_no_legs_no_starts_and_no_draws_give_zeros():
    nothing = np.zeros(0, dtype=int)
    assert [one.shape for one in ours(3, nothing, nothing, np.zeros(0))] == [(3,), (0,)]
    places, legs = ours(2, np.array([0]), np.array([1]), np.array([np.inf]))
    assert not places.any()
    assert not legs.any()
    empty = betweenness_rows(nothing, nothing, np.zeros((0, 0)), np.zeros((0, 0)), places=3)
    assert [one.shape for one in empty] == [(0, 3), (0, 0)]
