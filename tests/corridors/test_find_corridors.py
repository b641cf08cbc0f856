"""Planted corridors come back one to one; the definition holds at its edges; order and hash seed are nothing."""

from __future__ import annotations

import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from routegraph.corridors import corridor_id, find_corridors, flow_draws, ranks_distinguishable
from routegraph.corridors.score import WEIGHTS, leg_standing, total
from routegraph.corridors.ways import Ways
from routegraph.errors import SettingError

TRUNK = ("AAA-1", "BBB-1", "CCC-1", "DDD-1", "EEE-1", "FFF-1")
PLANTED = (
    TRUNK,
    ("GGG-1", "HHH-1", "CCC-1", "III-1"),
    ("JJJ-1", "KKK-1", "LLL-1", "MMM-1", "NNN-1"),
    ("FFF-1", "EEE-1", "DDD-1", "OOO-1"),
)


def planted_world(route, seed, *, noise=150):
    """Consignments that go most of a known chain (often not all of it), and others that wander at random."""
    rng = np.random.default_rng(seed)
    routes = []
    for chain, n in zip(PLANTED, (60, 40, 50, 30), strict=True):
        steps = len(chain) - 1
        for _ in range(n):
            long = max(2, math.ceil(steps * rng.uniform(0.6, 1.0)))
            start = int(rng.integers(0, steps - long + 1))
            routes.append(route(chain[start : start + long + 1], events=int(rng.integers(1, 6))))
    ids = sorted({place for chain in PLANTED for place in chain} | {f"Z{k:02d}-1" for k in range(20)})
    for _ in range(noise):
        picked = rng.choice(len(ids), size=int(rng.integers(2, 5)), replace=False)
        routes.append(route(tuple(ids[k] for k in picked)))
    return routes


@pytest.mark.parametrize("seed", range(5))
def test_planted_corridors_come_back_one_to_one(case, route, seed):
    found = find_corridors(*case(planted_world(route, seed)))
    assert sorted(one.path for one in found[:4]) == sorted(PLANTED)
    assert all(one.flow_mean < 0.1 * found[3].flow_mean for one in found[4:])


def test_a_route_is_one_corridor_only_when_travelled_together(case, route):
    """The mutant that chains pairs end to end would see A > B > C: many go A > B and many B > C, nobody both."""
    graph, posterior = case([route(("AAA-1", "BBB-1"), 50), route(("BBB-1", "CCC-1"), 50)])
    assert find_corridors(graph, posterior) == ()


def test_two_flows_that_meet_are_not_one_corridor(case, route):
    """One consignment went all the way; the others change at CCC: the long chain would win by its length alone."""
    found = find_corridors(*case([route(TRUNK[:3], 100), route(TRUNK[2:5], 100), route(TRUNK[:5], 1)]))
    assert [one.path for one in found] == [TRUNK[:3], TRUNK[2:5]]


def test_an_end_stands_where_most_of_its_consignments_end(case, route):
    thin = find_corridors(*case([route(TRUNK[:4], 100), route(TRUNK, 5)]))
    assert thin[0].path == TRUNK[:4]
    assert not [one for one in thin[1:] if one.path[:4] == TRUNK[:4]]
    far = find_corridors(*case([route(TRUNK[:4], 60), route(TRUNK[:5], 100)]))
    assert far[0].path == TRUNK[:5]


def test_a_stream_of_many_pairs_along_one_road_is_one_corridor_from_end_to_end(case, route):
    """No pair is most of it: the mutant that names the busiest pair alone would cut the road into pieces."""
    pairs = [route(TRUNK[a:], n) for a, n in zip(range(4), (30, 34, 38, 36), strict=True)]
    found = find_corridors(*case(pairs))
    assert [one.path for one in found] == [TRUNK]
    assert found[0].seizures == 30 + 34 + 38


def test_a_busy_route_does_not_grow_into_the_traffic_of_others(case, route):
    """Most of it goes from AAA to DDD and no further; others pass it on ways of their own."""
    own = [route(TRUNK[:4], 100), *[route((f"P{k}P-1", *TRUNK[:4], f"Q{k}Q-1"), 9) for k in range(5)]]
    assert find_corridors(*case(own))[0].path == TRUNK[:4]


def test_near_duplicates_are_one_corridor_with_all_their_records(case, route):
    detour = (*TRUNK[:2], "XXX-1", *TRUNK[3:])
    found = find_corridors(*case([route(TRUNK, 80), route(TRUNK[:5], 40), route(TRUNK[1:], 40), route(detour, 2)]))
    assert found[0].path == TRUNK
    assert found[0].seizures == 160
    assert [one.path for one in found[1:]] in ([], [detour])


def test_a_report_that_leaves_places_out_does_not_name_the_corridor_again(case, route):
    short = (TRUNK[0], TRUNK[2], TRUNK[3], TRUNK[5])
    other = (TRUNK[0], "XXX-1", "YYY-1", TRUNK[5])
    found = find_corridors(*case([route(TRUNK, 50), route(short, 30), route(other, 20)]))
    assert [one.path for one in found] == [TRUNK, other]


def test_the_way_ahead_is_on_a_corridor_only_as_far_as_it_was_travelled_before(case, route):
    """Seized after 3 of 5 steps: the rest is the way ahead. After 1: a beginning of 2 steps. After 0: nothing."""
    (one,) = find_corridors(*case([route(TRUNK, 50, travelled=3)]))
    assert one.path == TRUNK
    assert one.step_status == ("travelled",) * 3 + ("intended",) * 2
    assert any("2 are only reported as the way ahead" in reason for reason in one.reasons)
    (one,) = find_corridors(*case([route(TRUNK, 50, travelled=1)]))
    assert one.path == TRUNK[:3]
    assert find_corridors(*case([route(TRUNK, 50, travelled=0)])) == ()


def test_consignments_seized_before_half_of_it_add_no_flow(case, route):
    routes = [route(TRUNK, 40, travelled=4), route(TRUNK, 7, travelled=2)]
    (one,) = find_corridors(*case(routes))
    assert (one.path, one.seizures) == (TRUNK, 40)


def test_a_domestic_chain_is_no_corridor(case, route):
    domestic = ("AAA-1", "AAA-2", "AAA-3")
    found = find_corridors(*case([route(domestic, 90), route(("AAA-1", "AAA-2", "BBB-1"), 9)]))
    assert [one.path for one in found] == [("AAA-1", "AAA-2", "BBB-1")]
    assert found[0].borders_crossed == 1
    assert found[0].countries == ("AAA", "BBB")


def test_flow_is_that_of_routes_that_travelled_half_of_it_two_steps_in_a_row(case, route):
    """Members by hand: whole (5 of 5), three of five; not two of five, not three of five never in a row."""
    broken = ("AAA-1", "BBB-1", "XXX-1", "CCC-1", "DDD-1", "YYY-1", "EEE-1", "FFF-1")
    routes = [route(TRUNK, 100), route(TRUNK[:4], 30), route(TRUNK[:3], 7), route(broken, 5)]
    graph, posterior = case(routes, draws=2000)
    one = next(one for one in find_corridors(graph, posterior) if one.path == TRUNK)
    assert one.seizures == 130
    names = [" > ".join(path) for path in graph.routes["path"]]
    members = [names.index(" > ".join(path)) for path in (TRUNK, TRUNK[:4])]
    draws = posterior.routes[:, members].sum(axis=1)
    assert one.flow_mean == pytest.approx(draws.mean(), rel=1e-5)
    assert (one.flow_p05, one.flow_p95) == pytest.approx(tuple(np.quantile(draws, [0.05, 0.95])), rel=1e-5)
    assert flow_draws([one], graph, posterior)[:, 0] == pytest.approx(draws, rel=1e-5)


def test_records_steps_and_marking_are_those_of_its_routes(case, route):
    routes = [
        route(TRUNK[:4], 3, named=("AAA-1", "DDD-1"), tlp="GREEN"),
        route(TRUNK[:4], 2, named=("AAA-1", "BBB-1", "DDD-1"), tlp="AMBER", mode="sea"),
        route(("QQQ-1", "RRR-1", "SSS-1"), 1, tlp="RED"),
    ]
    one = next(one for one in find_corridors(*case(routes)) if one.path == TRUNK[:4])
    assert one.step_status == ("travelled", "inferred", "inferred")
    assert one.record_ids == ("r00000-0", "r00000-1", "r00000-2", "r00001-0", "r00001-1")
    assert (one.n_records, one.tlp, one.modes) == (5, "AMBER", "road; sea")
    assert one.commodity == "arms.firearm"


def test_quantities_are_those_of_its_own_records_by_kind_and_empty_where_they_state_none(case, route):
    graph, posterior = case([route(TRUNK, 9), route(TRUNK[:5], 9), route(TRUNK, 3, travelled=1)])
    first = find_corridors(graph, posterior)[0]
    assert (first.quantity_seized, first.commodity) == ("", "arms.firearm")
    stated = graph.consignments.copy()
    stated.loc["r00000-0", ["quantity", "unit"]] = 3.0, "kg"
    stated.loc["r00000-1", ["commodity", "quantity", "unit"]] = "arms.ammunition", 40.5, "round"
    stated.loc["r00001-0", ["quantity", "unit"]] = 1.5, "kg"
    # on the same route, and seized on its first step: not one of the corridor's records
    stated.loc["r00002-0", ["commodity", "quantity", "unit"]] = "drugs.cocaine", 700.0, "kg"
    assert "r00002-0" not in first.record_ids
    one = find_corridors(replace(graph, consignments=stated), posterior)[0]
    assert (one.quantity_seized, one.unit, one.commodity) == ("4.5; 40.5", "kg; round", "arms")


def test_a_reason_names_who_reported_most_of_its_own_events(case, route):
    routes = [route(TRUNK, 7, source="a"), route(TRUNK, 2, source="b"), route(("QQQ-1", "RRR-1"), 1, source="c")]
    (said,) = (one for one in find_corridors(*case(routes))[0].reasons if "sources of" in one or "source of" in one)
    assert said == "2 sources of 3 reported its seizures, a 77 % of them"
    routes = [route(TRUNK, 7, source="a"), route(("QQQ-1", "RRR-1"), 1, source="c")]
    (said,) = (one for one in find_corridors(*case(routes))[0].reasons if "source of" in one)
    assert said == (
        "1 source of 2 reported all its seizures whose source is stated, a, "
        "and nobody else reports the routes of 7 events"
    )


def test_reasons_carry_the_numbers_of_the_data(case, route):
    routes = [route(TRUNK, 386, named=("AAA-1", "FFF-1")), route(TRUNK[:5], 20)]
    text = " / ".join(find_corridors(*case(routes))[0].reasons)
    assert "406 reported seizures in 6 records, on 2 routes" in text
    assert "386 reported seizures from AAA-1 to FFF-1, passing 5 of its 5 steps" in text
    assert "4 of 5 steps are reported as travelled, 1 is inferred" in text


def test_ways_between_one_pair_that_pass_different_steps_are_not_all_said_to_pass_most(case, route):
    long = tuple(f"{letter * 3}-1" for letter in "ABCDEFGHIJK")
    routes = [route(long, 30), route((*long[:4], "YYY-1", *long[5:]), 12)]
    one = next(one for one in find_corridors(*case(routes)) if one.path == long)
    assert one.seizures == 42
    assert any(
        "42 reported seizures from AAA-1 to KKK-1, passing 8 to 10 of its 10 steps" in said for said in one.reasons
    )


def test_the_score_is_the_weighted_mean_of_the_parts_that_are_there(case, route):
    one = find_corridors(*case(planted_world(route, 1)))[0]
    assert one.score == pytest.approx(
        sum(WEIGHTS[name] * value for name, value in one.parts.items()) / sum(WEIGHTS[name] for name in one.parts)
    )
    assert "sources" not in one.parts  # one source in the case: breadth of sources asks nothing
    assert all(0 <= value <= 1 for value in one.parts.values())
    assert total({"volume": 1.0}) == 1.0


def test_more_flow_alone_never_lowers_a_rank(case, route):
    world = planted_world(route, 2)
    before = next(one for one in find_corridors(*case(world)) if one.path == PLANTED[3])
    more = [*world, *[route(PLANTED[3], 5) for _ in range(60)]]
    after = next(one for one in find_corridors(*case(more)) if one.path == PLANTED[3])
    assert after.rank <= before.rank
    assert after.score > before.score


def test_order_of_rows_and_draws_of_hashes_change_nothing(case, route):
    graph, posterior = case(planted_world(route, 3))
    first = find_corridors(graph, posterior)
    rng = np.random.default_rng(0)
    rows, legs, uses = (rng.permutation(len(table)) for table in (graph.routes, graph.legs, graph.evidence))
    shuffled = replace(
        graph, routes=graph.routes.iloc[rows], legs=graph.legs.iloc[legs], evidence=graph.evidence.iloc[uses],
        places=graph.places.iloc[::-1],
    )  # fmt: skip
    draws = replace(
        posterior, routes=posterior.routes[:, rows], legs=posterior.legs[:, legs], places=posterior.places[:, ::-1]
    )
    assert find_corridors(shuffled, draws) == first


def test_two_hash_seeds_give_the_same_corridors():
    script = (
        Path(__file__).with_name("conftest.py").read_text()
        + """
from routegraph.corridors import find_corridors
rng = np.random.default_rng(5)
ids = [f"{c * 3}-1" for c in "ABCDEFGHIJ"]
routes = [Route(tuple(ids[k] for k in rng.choice(10, size=4, replace=False)), source=f"s{i % 3}") for i in range(300)]
print([(one.path, one.score, one.reasons, one.record_ids, one.verdict) for one in find_corridors(*build(routes))])
"""
    )
    running = [
        subprocess.Popen([sys.executable, "-c", script], env={"PYTHONHASHSEED": seed}, stdout=subprocess.PIPE)
        for seed in ("1", "2")
    ]
    one, two = (process.communicate()[0] for process in running)
    assert one == two
    assert len(one) > 1000


def test_inputs_are_not_changed(case, route):
    graph, posterior = case(planted_world(route, 4))
    before = [table.copy(deep=True) for table in (graph.routes, graph.legs, graph.places, graph.evidence)]
    draws = posterior.routes.copy()
    find_corridors(graph, posterior)
    assert all(
        a.equals(b) for a, b in zip(before, (graph.routes, graph.legs, graph.places, graph.evidence), strict=True)
    )
    assert np.array_equal(draws, posterior.routes)


def test_limit_keeps_the_best(case, route):
    graph, posterior = case(planted_world(route, 0))
    few = find_corridors(graph, posterior, limit=2)
    best = find_corridors(graph, posterior)[:2]
    assert [(one.rank, one.path, one.score, one.flow_mean) for one in few] == [
        (rank, one.path, one.score, one.flow_mean) for rank, one in enumerate(best, start=1)
    ]


def test_the_chance_of_being_on_top_is_among_the_corridors_shown(case, route):
    """A reader of 50 rows asks of 5 on top: the chances add up to 5, and the sentence says what the column says."""
    found = find_corridors(*case(planted_world(route, 0)))
    top = -(-len(found) // 10)
    assert len(found) == 50
    assert sum(one.p_top for one in found) == pytest.approx(top)
    (said,) = (reason for reason in found[-1].reasons if "not corrected" in reason)
    assert f"among the {top} with most of the {len(found)} corridors flagged" in said


def test_a_single_corridor_is_not_said_to_be_on_top(case, route):
    (one,) = find_corridors(*case([route(TRUNK, 3)]))
    assert not any("with most" in reason for reason in one.reasons)


def test_no_routes_no_corridors_and_nothing_to_tell_apart(case, route):
    graph, posterior = case([route(("AAA-1", "BBB-1"))])
    assert find_corridors(graph, posterior) == ()
    assert not ranks_distinguishable((), graph, posterior)


def test_ranks_are_told_apart_only_where_flows_differ(case, route):
    def told(a, b):
        graph, posterior = case([route(TRUNK[:3], a), route(PLANTED[2][:3], b)])
        return ranks_distinguishable(find_corridors(graph, posterior), graph, posterior)

    assert told(100, 20)
    assert not told(10, 10)
    assert not told(3, 2)


def test_equal_corridors_are_not_told_apart_because_there_are_many(case, route):
    """Of 30 with one true rate, some two always look different: the mutant that asks each pair for 0.95 is fooled."""
    told, fooled, worlds = 0, 0, 20
    for seed in range(worlds):
        events = np.random.default_rng(seed).poisson(12, size=30)
        chains = [tuple(f"{chr(65 + k % 26) * 3}-{k}{end}" for end in "xyz") for k in range(30)]
        chains = [(a, f"QQQ-{k}", c) for k, (a, _, c) in enumerate(chains)]
        graph, posterior = case([route(one, int(n)) for one, n in zip(chains, events, strict=True)], seed=seed)
        found = find_corridors(graph, posterior)
        told += ranks_distinguishable(found, graph, posterior)
        draws = flow_draws(found, graph, posterior)
        fooled += any(((draws[:, [k]] > draws).mean(axis=0) >= 0.95).any() for k in range(len(found)))
    assert told <= 3
    assert fooled == worlds


def test_far_more_traffic_outranks_more_borders_and_busier_ways(case, route):
    """191 of one source over two steps stand above 51 of one source that cross more borders."""
    short, long = TRUNK[:3], ("GGG-1", "HHH-1", "III-1", "JJJ-1", "KKK-1", "LLL-1")
    noise = [route((f"Y{k:02d}-1", f"Y{k + 1:02d}-1", f"Y{k + 2:02d}-1"), 2) for k in range(0, 60, 3)]
    found = find_corridors(*case([route(short, 150), route(long, 51), *noise]))
    assert [one.path for one in found[:2]] == [short, long]
    assert found[1].parts["reach"] > found[0].parts["reach"]


def test_the_reasons_say_what_the_score_is_made_of(case, route):
    one = find_corridors(*case(planted_world(route, 1)))[0]
    (said,) = (reason for reason in one.reasons if reason.startswith("its score is"))
    listed, weight = said.removeprefix("its score is (").split(") / ")
    terms = [term.rsplit(" ", 3) for term in listed.split(", ")]
    assert {name: float(value) for name, value, _, _ in terms} == pytest.approx(one.parts, abs=0.005)
    assert sum(float(value) * float(w) for _, value, _, w in terms) / float(weight) == pytest.approx(
        one.score, abs=0.005
    )
    assert f"crosses {one.borders_crossed} borders between countries" in " / ".join(one.reasons)


def test_no_leg_lies_on_more_ways_than_all_legs():
    """Equals are not fewer: legs without any way stand at 0, and the best is not above itself."""
    standing = leg_standing(pd.Series([0.0, 0.0, 0.2, 0.5]))
    assert standing.tolist() == [0.0, 0.0, 0.5, 0.75]


def test_draws_of_another_graph_are_refused(case, route):
    graph, _ = case([route(TRUNK)])
    _, other = case([route(TRUNK), route(TRUNK[:3])])
    with pytest.raises(SettingError):
        find_corridors(graph, other)


def test_the_id_is_that_of_the_path():
    assert corridor_id(TRUNK) == corridor_id(list(TRUNK))
    assert corridor_id(("A", "B > C")) != corridor_id(("A > B", "C"))
    assert corridor_id(TRUNK) != corridor_id(TRUNK[::-1])


def test_a_cycle_and_a_place_passed_twice_do_no_harm(case, route):
    loop = ("AAA-1", "BBB-1", "CCC-1", "AAA-1", "BBB-1", "DDD-1")
    found = find_corridors(*case([route(loop, 9)]))
    assert [one.path for one in found] == [("AAA-1", "BBB-1", "CCC-1")]


def test_a_way_there_and_back_is_no_corridor(case, route):
    back = ("AAA-1", "BBB-1", "AAA-1")
    found = find_corridors(*case([route(back, 30, travelled=1), route(("AAA-1", "BBB-1", "CCC-1"), 5)]))
    assert [one.path for one in found] == [("AAA-1", "BBB-1", "CCC-1")]
    assert found[0].seizures == 5


@pytest.mark.slow
def test_ten_thousand_routes_are_grouped_in_seconds(case, route):
    rng = np.random.default_rng(1)
    ids = [f"{a}{b}{b}-1" for a in "ABCDEFGHIJ" for b in "ABCDEFGHIJKLMNOPQRST"]
    near = {one: [ids[(k + d) % 200] for d in (1, 2, 3, 14)] for k, one in enumerate(ids)}
    paths = set()
    while len(paths) < 10_000:
        path = [ids[rng.integers(200)]]
        for _ in range(int(rng.integers(2, 9))):
            path.append(near[path[-1]][rng.integers(4)])
        paths.add(tuple(path))
    graph, posterior = case([route(path) for path in sorted(paths)], draws=20)
    assert len(Ways.of(graph).leads) == 10_000
    assert len(find_corridors(graph, posterior)) == 50


def test_a_corridor_tells_its_own_story_and_shows_itself_with_all_text_escaped(case, route):
    hostile = ("<b>A-1", "BBB-1", "CCC-1")
    one = find_corridors(*case([route(hostile, 30, source="a"), route(hostile, 9, source="<i>b")]))[0]
    told = one.explain()
    assert told.startswith(f"{one.corridor_id}: <b>A-1 > BBB-1 > CCC-1\nRank 1, tier 1, verdict")
    assert "1. <b>A-1 > BBB-1: travelled" in told
    assert f"{'score':<12} {one.score:.3f}" in told
    assert all(record in told for record in one.record_ids)
    shown = one._repr_html_()
    assert "&lt;b&gt;A-1" in shown
    assert "<b>" not in shown
