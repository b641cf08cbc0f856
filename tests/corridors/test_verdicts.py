"""Verdicts: thin evidence, one source among several, and the question that cannot be asked."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from routegraph.corridors import find_corridors, leg_verdicts, place_verdicts, score, verdict
from routegraph.corridors.verdicts import Standing, corrected_verdict, counted_draws, share_chances
from routegraph.errors import SettingError

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
    assert any("nobody else reports the routes of 40 events" in reason for reason in found[PATH].reasons)


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


# --- against counts, where flow is corrected for detection -----------------------------------------------------------

TOP, REST = ("AAA-1", "BBB-1", "CCC-1"), [(f"G{k:02d}-1", f"H{k:02d}-1", f"I{k:02d}-1") for k in range(9)]


def standing(width=1.0, p_flow=0.5, p_counts=0.5, *, p_more=0.0, p_less=0.0, levels_told=True):
    return Standing(width, p_flow, p_counts, p_more, p_less, levels_told)


@pytest.mark.parametrize(
    ("events", "sole", "where", "expected"),
    [
        (9, {}, standing(), "supported"),
        (9, {}, standing(p_counts=0.55, p_less=0.70), "enforcement_artefact"),
        (9, {}, standing(p_counts=0.55, p_less=0.69), "supported"),
        (9, {}, standing(p_counts=0.54, p_less=0.70), "supported"),
        (9, {}, standing(p_flow=0.55, p_more=0.70), "under_detected"),
        (9, {}, standing(p_flow=0.54, p_more=0.70), "supported"),
        (9, {}, standing(p_flow=0.55, p_more=0.69), "supported"),
        (9, {"a": 9}, standing(p_flow=0.55, p_more=0.7), "single_source"),  # weakness before a finding
        (2, {"a": 2}, standing(p_flow=0.55, p_more=0.9), "under_detected"),  # few events are what one expects there
        (0, {}, standing(p_flow=0.55, p_more=0.9), "under_detected"),
        (0, {}, standing(), "insufficient"),  # nothing but the model speaks of it
        (9, {}, standing(width=math.log(10) - 1e-9), "supported"),
        (9, {}, standing(width=math.log(10) + 1e-9), "insufficient"),
        (9, {}, standing(width=math.nan), "insufficient"),
        (9, {}, standing(p_flow=0.9, p_counts=0.0, levels_told=False), "insufficient"),
        (9, {}, standing(p_counts=math.nan), ""),  # counts were not asked
    ],
)
def test_a_corrected_verdict_takes_the_first_rule_that_holds(events, sole, where, expected):
    assert corrected_verdict(events, sole, case_sources=3, standing=where) == expected


def corrected(case, route, *, hidden: float, told: bool = True, events=None):
    """Ten chains of three places, 20 events each or as told; the flow of the first is ``hidden`` times the others'."""
    graph, counts = case([route(path, (events or {}).get(path, 20)) for path in [TOP, *REST]], draws=400)
    flow = np.random.default_rng(3).gamma(200, 1.0, counts.routes.shape)
    first = [k for k, path in enumerate(graph.routes["path"]) if path == TOP]
    flow[:, first] *= hidden
    on = np.array([[leg in [*pairwise(p)] for leg in graph.legs.index] for p in graph.routes["path"]], dtype=float)
    at = np.array([[place in p for place in graph.places.index] for p in graph.routes["path"]], dtype=float)
    flows = replace(
        counts, legs=(flow @ on).astype(np.float32), places=(flow @ at).astype(np.float32),
        routes=flow.astype(np.float32), estimator="removal", detection_corrected=True, levels_told=told,
    )  # fmt: skip
    return graph, flows, counts


def test_legs_and_places_that_counts_overlook_are_under_detected(case, route):
    # four chains with ten times its events: by counts the first is nowhere near the top
    graph, flows, _ = corrected(case, route, hidden=8.0, events=dict.fromkeys(REST[:4], 200))
    legs = leg_verdicts(graph, flows)
    assert legs[TOP[0], TOP[1]] == legs[TOP[1], TOP[2]] == "under_detected"
    assert place_verdicts(graph, flows)[TOP[1]] == "under_detected"
    assert (legs == "under_detected").sum() == 2


def test_legs_that_only_counts_put_on_top_are_artefacts(case, route):
    graph, flows, counts = corrected(case, route, hidden=0.5, events={TOP: 400})
    assert leg_verdicts(graph, flows)[TOP[0], TOP[1]] == "enforcement_artefact"
    assert place_verdicts(graph, flows)[TOP[1]] == "enforcement_artefact"
    # the wrong variant, counts against themselves, finds nothing
    same = replace(counts, detection_corrected=True)
    assert "enforcement_artefact" not in set(leg_verdicts(graph, same))


def test_where_levels_are_not_told_every_verdict_says_so(case, route):
    graph, flows, _ = corrected(case, route, hidden=8.0, told=False)
    assert set(leg_verdicts(graph, flows)) == {"insufficient"}
    assert set(place_verdicts(graph, flows)) == {"insufficient"}
    seen = {levels: standing(p_flow=0.9, p_more=0.9, levels_told=levels) for levels in (True, False)}
    said = {levels: corrected_verdict(99, {}, case_sources=1, standing=one) for levels, one in seen.items()}
    assert said == {True: "under_detected", False: "insufficient"}


def test_an_inferred_leg_counts_the_events_that_were_laid_on_it(case, route):
    """Completed routes put events on legs that no record names; the flow on them agrees with those events."""
    graph, flows, _ = corrected(case, route, hidden=8.0, events={TOP: 160})
    on = [(TOP[0], TOP[1]), (TOP[1], TOP[2])]
    assert set(leg_verdicts(graph, flows)[on]) == {"supported"}
    # the wrong variant, counts on the network as reported: there nobody named these legs, so that they count none
    bare = graph.routes["seizures"].where(graph.routes["path"] != TOP, 0)
    unnamed = replace(graph, routes=graph.routes.assign(seizures=bare))
    assert set(leg_verdicts(unnamed, flows)[on]) == {"under_detected"}


def test_what_counts_say_of_a_leg_and_a_place_are_the_events_that_travelled_and_passed(case, route):
    graph, _ = case([route(PATH, 30), route(PATH, 9, travelled=1), route(OTHER, 50)])
    legs = counted_draws(graph, kind="legs", draws=20_000, seed=0)
    events = graph.legs["seizures"].to_numpy()
    assert events[graph.legs.index.get_loc((PATH[1], PATH[2]))] == 30  # the other nine were bound there
    np.testing.assert_allclose(legs.mean(axis=0), events + 0.5, rtol=0.01)
    np.testing.assert_allclose(legs.var(axis=0), events + 0.5, rtol=0.05)
    places = counted_draws(graph, kind="places", draws=20_000, seed=0)
    passed = dict(zip(graph.places.index, places.mean(axis=0), strict=True))
    told = dict.fromkeys(PATH[:2], 39.5) | {PATH[2]: 30.5} | dict.fromkeys(OTHER, 50.5)
    assert passed == pytest.approx(told, rel=0.01)
    turned = replace(graph, legs=graph.legs.iloc[::-1])
    np.testing.assert_array_equal(counted_draws(turned, kind="legs", draws=20_000, seed=0), legs[:, ::-1])


def test_draws_of_another_network_are_refused(case, route):
    _, flows, _ = corrected(case, route, hidden=1.0)
    other, _ = case([route(OTHER, 50)])
    with pytest.raises(SettingError, match="expected"):
        leg_verdicts(other, flows)


def test_draws_that_are_not_corrected_change_nothing(case, route):
    graph, counts = case([route(PATH, 4), route(OTHER, 9)])
    assert leg_verdicts(graph, counts).to_dict() == leg_verdicts(graph).to_dict()
    assert place_verdicts(graph, counts).to_dict() == place_verdicts(graph).to_dict()


def test_chances_of_shares_are_those_of_a_gamma_ratio():
    """The share of flow is known, that of counts Beta(30.5, 30.5); the mutant without counting error is sure."""
    from scipy.stats import beta

    counted = np.random.default_rng(1).standard_gamma(30.5, size=(20_000, 2))
    flow = np.tile([30.0, 70.0], (20_000, 1))
    more, less = share_chances(flow, counted)
    assert less[0] == pytest.approx(1 - beta(30.5, 30.5).cdf(0.45), abs=0.01)
    assert more[0] == pytest.approx(beta(30.5, 30.5).cdf(0.2), abs=0.01)
    assert 0.5 < less[0] < 0.95
    assert share_chances(flow, np.full((20_000, 2), 30.5))[1][0] == 1.0
    nothing = share_chances(np.zeros((4, 2)), np.zeros((4, 2)))
    assert nothing[0].tolist() == nothing[1].tolist() == [0.0, 0.0]
