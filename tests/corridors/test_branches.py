"""Where traffic joins and leaves a corridor: by hand."""

from __future__ import annotations

import numpy as np
import pytest

from routegraph.corridors import find_corridors
from routegraph.corridors.branches import LEAST, MOST, branches
from routegraph.corridors.ways import Ways

TRUNK = ("AAA-1", "BBB-1", "CCC-1", "DDD-1", "EEE-1")


def told(graph, posterior, *, path=TRUNK, flow=None):
    ways = Ways.of(graph)
    whole = posterior.routes[:, ways.routes_of(path)].sum(axis=1).mean() if flow is None else flow
    return branches(ways, posterior, path=path, flow=float(whole))


def named(found):
    return [(one.kind, one.at, one.other) for one in found]


def test_what_joins_and_leaves_has_two_steps_of_it_in_a_row(case, route):
    routes = [
        route(TRUNK, 50),
        route(("XXX-1", *TRUNK[1:4]), 30),  # comes to BBB
        route((*TRUNK[:4], "YYY-1"), 20),  # goes on from DDD
        route(("ZZZ-1", *TRUNK[3:]), 40),  # one step only: it crosses
        route((TRUNK[1], TRUNK[2], "QQQ-1"), 40),  # one step only
    ]
    graph, posterior = case(routes, draws=2000)
    found = told(graph, posterior)
    assert named(found) == [("joins", "BBB-1", "XXX-1"), ("leaves", "DDD-1", "YYY-1")]
    row = [" > ".join(path) for path in graph.routes["path"]].index(" > ".join(("XXX-1", *TRUNK[1:4])))
    drawn = posterior.routes[:, row]
    assert found[0].flow_mean == pytest.approx(drawn.mean(), rel=1e-5)
    assert (found[0].flow_p05, found[0].flow_p95) == pytest.approx(tuple(np.quantile(drawn, [0.05, 0.95])), rel=1e-5)


def test_one_way_may_join_and_leave_and_several_ways_are_one_branch(case, route):
    both = ("XXX-1", *TRUNK[1:4], "YYY-1")
    other = ("WWW-1", "XXX-1", *TRUNK[1:4])
    graph, posterior = case([route(TRUNK, 60), route(both, 20), route(other, 30)], draws=1000)
    found = told(graph, posterior)
    assert named(found) == [("joins", "BBB-1", "XXX-1"), ("leaves", "DDD-1", "YYY-1")]
    assert found[0].flow_mean == pytest.approx(51, abs=1.5)


def test_the_way_back_is_no_branch(case, route):
    """Legs are directed: the mutant that forgets it sees the way home join at every place."""
    graph, posterior = case([route(TRUNK, 60), route((*TRUNK[::-1], "XXX-1"), 60)])
    assert told(graph, posterior) == ()


def test_a_trickle_is_not_told_and_no_more_than_a_few_are(case, route):
    few = [route((*TRUNK[:3], f"S{k:02d}-1"), 10 + k) for k in range(7)]
    graph, posterior = case([route(TRUNK, 60), *few, route((*TRUNK[:4], "TTT-1"), 1)], draws=2000)
    found = told(graph, posterior)
    assert [one.other for one in found] == ["S06-1", "S05-1", "S04-1", "S03-1"]
    assert len(found) == MOST
    assert all(one.flow_mean >= LEAST * 61 for one in found)
    assert told(graph, posterior, flow=1e6) == ()
    assert told(graph, posterior, flow=0.0) == ()


def test_equals_are_told_in_the_order_of_their_names_whatever_the_order_of_rows(case, route):
    from dataclasses import replace

    routes = [route(TRUNK, 60), *[route((*TRUNK[:3], f"S{k:02d}-1"), 10) for k in range(3)]]
    graph, posterior = case(routes)
    drawn = posterior.routes.copy()
    drawn[:] = 10.0
    posterior = replace(posterior, routes=drawn)
    first = told(graph, posterior)
    assert [one.other for one in first] == ["S00-1", "S01-1", "S02-1"]
    order = np.array([3, 1, 0, 2])
    turned = replace(graph, routes=graph.routes.iloc[order])
    assert told(turned, replace(posterior, routes=drawn[:, order])) == first


def test_a_corridor_tells_its_branches_and_says_so(case, route):
    graph, posterior = case([route(TRUNK, 60), route((*TRUNK[:3], "SSS-1"), 30)])
    one = next(one for one in find_corridors(graph, posterior) if one.path == TRUNK)
    assert named(one.branches) == [("leaves", "CCC-1", "SSS-1")]
    (said,) = (reason for reason in one.reasons if reason.startswith("traffic that"))
    assert said.startswith("traffic that leaves at CCC-1 for SSS-1 (")
    assert said.endswith("seizure events, 90 % interval")
