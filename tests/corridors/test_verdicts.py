"""Verdicts: thin evidence, one source among several, and the question that cannot be asked."""

from __future__ import annotations

import pytest

from routegraph.corridors import find_corridors, leg_verdicts, place_verdicts, score, verdict

PATH = ("AAA-1", "BBB-1", "CCC-1")
OTHER = ("DDD-1", "EEE-1", "FFF-1")


@pytest.mark.parametrize(
    ("events", "sole", "sources", "expected"),
    [
        (4, {}, 3, "insufficient"),
        (5, {}, 3, ""),
        (100, {"a": 100}, 3, "single_source"),
        (100, {"a": 67}, 3, "single_source"),
        (100, {"a": 66, "b": 34}, 3, ""),
        (7, {"a": 3}, 3, "single_source"),  # 4 are left, below the floor
        (100, {"a": 100}, 1, ""),  # the case has one source: the question cannot be asked
    ],
)
def test_a_verdict_leaves_one_source_out_at_a_time(events, sole, sources, expected):
    assert verdict(events, sole, case_sources=sources) == expected


def test_legs_and_places_of_one_source_are_named_only_where_the_case_has_more(case, route):
    graph, _ = case([route(PATH, 9, source="a"), route(OTHER, 9, source="a"), route(OTHER, 9, source="b")])
    assert leg_verdicts(graph).to_dict() == {
        ("AAA-1", "BBB-1"): "single_source",
        ("BBB-1", "CCC-1"): "single_source",
        ("DDD-1", "EEE-1"): "",
        ("EEE-1", "FFF-1"): "",
    }
    assert place_verdicts(graph).to_dict() == dict.fromkeys(PATH, "single_source") | dict.fromkeys(OTHER, "")
    alone, _ = case([route(PATH, 9, source="a")])
    assert set(leg_verdicts(alone)) | set(place_verdicts(alone)) == {""}


def test_thin_legs_and_places_are_insufficient_before_anything_else(case, route):
    graph, _ = case([route(PATH, 4, source="a"), route(OTHER, 9, source="b")])
    assert leg_verdicts(graph)["AAA-1", "BBB-1"] == "insufficient"
    assert place_verdicts(graph)["AAA-1"] == "insufficient"
    assert place_verdicts(graph)["DDD-1"] == "single_source"


def test_intended_events_count_as_evidence_for_a_leg(case, route):
    graph, _ = case([route(PATH, 9, travelled=1)])
    assert leg_verdicts(graph)["BBB-1", "CCC-1"] == ""


def test_a_corridor_that_rests_on_one_of_several_sources_says_so(case, route):
    routes = [route(PATH, 40, source="a"), route(OTHER, 20, source="a"), route(OTHER, 20, source="b")]
    found = {one.path: one for one in find_corridors(*case(routes))}
    assert found[PATH].verdict == "single_source"
    assert found[OTHER].verdict == ""
    assert found[PATH].parts["sources"] == 0
    assert found[OTHER].parts["sources"] == 0.5
    assert any("100 % of its reported seizures rest on a alone" in reason for reason in found[PATH].reasons)


def test_breadth_of_sources_is_what_stays_without_the_largest(case, route):
    """Five sources of which one reports 68 of 100 are not five equal ones."""
    lesser = [route((*PATH[:2], f"X{k:02d}-1", PATH[-1]), 8, source=f"s{k}") for k in range(4)]
    found = find_corridors(*case([route(PATH, 68, source="most"), *lesser, route(OTHER, 9, source="z")]))
    assert score.sources(100, {"most": 68.0, "s0": 8.0}, n=5) == pytest.approx(0.32)
    assert score.sources(40, {}, n=2) == 0.5
    assert score.sources(40, {}, n=0) == 0
    assert next(one for one in found if one.path == OTHER).parts["sources"] == 0


def test_a_corridor_with_few_events_is_insufficient(case, route):
    (one,) = find_corridors(*case([route(PATH, 4)]))
    assert one.verdict == "insufficient"
