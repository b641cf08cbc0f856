"""The unseen: a published table, arithmetic by hand, simulated worlds, and the mutant that divides by kinds."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from tests.analysis.routes_by_hand import network

from routegraph.analysis.unseen import Sightings, chao1, coverage, leg_sightings, route_sightings, unseen
from routegraph.errors import SettingError

# Spiders of girdled hemlock plots (Sackett et al. 2011, doi 10.1890/ES11-00069.1), as Chao's iNEXT shows them:
# 168 animals of 26 kinds, coverage 0.9289; Chao1 43.893 with the 95 % interval 30.511 to 96.971.
GIRDLED = [46, 22, 17, 15, 15, 9, 8, 6, 6, 4, 2, 2, 2, 2, *[1] * 12]


def routes_of(counts):
    """A network of one-step routes with these events."""
    return network([(f"a{k:03d}", f"b{k:03d}") for k in range(len(counts))], counts)


def counted(counts):
    return route_sightings(routes_of(counts)[0])


def test_coverage_and_chao1_are_those_of_the_published_table():
    seen = counted(GIRDLED)
    assert (seen.units, seen.seen, seen.once, seen.twice) == (168, 26, 12, 4)
    assert coverage(seen).value == pytest.approx(0.9289, abs=5e-5)
    assert chao1(seen, deviate=1.959964) == pytest.approx((43.893, 30.511, 96.971), abs=2e-3)


def test_the_arithmetic_by_hand_with_and_without_routes_seen_twice():
    # 20 events: 4 routes once, 2 twice. a = 19 x 4 / (19 x 4 + 4) = 0.95; Chao1 = 8 + 0.95 x 16 / 4
    found = counted([1, 1, 1, 1, 2, 2, 6, 6])
    assert coverage(found).value == pytest.approx(1 - 4 / 20 * 0.95)
    assert chao1(found).value == pytest.approx(8 + 3.8)
    half = 1.6448536 * np.sqrt(4 + 4 - 16 / 20) / 20
    assert coverage(found).low == pytest.approx(coverage(found).value - half)
    # no route twice: a = 9 x 2 / (9 x 2 + 2); Chao1 = 4 + 0.9 x 3 x 2 / 2
    found = counted([1, 1, 1, 7])
    assert coverage(found).value == pytest.approx(1 - 3 / 10 * 0.9)
    assert chao1(found).value == pytest.approx(4 + 2.7)
    # nothing once: a single unseen route of share u is missed 10 times with chance (1 - u)^10
    found = counted([5, 5])
    assert coverage(found) == pytest.approx((1.0, 0.05 ** (1 / 10), 1.0))
    assert chao1(found) == (2, 2, 2)


def simulated(rng, routes, spread, events):
    share = rng.lognormal(0, spread, routes)
    share /= share.sum()
    counts = rng.multinomial(events, share)
    return share[counts > 0].sum(), counts[counts > 0]


def summary_of(counts):
    n, once, twice = counts.sum(), (counts == 1).sum(), (counts == 2).sum()
    return Sightings(n, n, len(counts), int(once), int(twice), once + 2 * twice - once**2 / n)


@pytest.mark.parametrize(("routes", "spread", "events"), [(300, 1.5, 200), (1000, 2.0, 400), (270, 1.5, 4000)])
def test_the_interval_of_coverage_holds_the_truth_nine_times_in_ten_and_the_mutant_does_not(routes, spread, events):
    rng = np.random.default_rng(routes)
    hits = mutants = 0
    bound = []
    for _ in range(400):
        truth, counts = simulated(rng, routes, spread, events)
        seen = summary_of(counts)
        found = coverage(seen)
        hits += found.low <= truth <= found.high
        mutants += abs(1 - seen.once / seen.seen - truth) <= found.high - found.value  # f1 over kinds, not over events
        bound.append(chao1(seen).value)
    assert hits / 400 == pytest.approx(0.9, abs=0.045)  # three standard errors
    assert mutants / 400 < 0.1
    assert np.mean(bound) <= routes


def test_the_bound_is_the_number_itself_where_all_routes_are_alike():
    rng = np.random.default_rng(3)
    found = [chao1(summary_of(simulated(rng, 200, 0.0, 300)[1])) for _ in range(300)]
    assert np.mean([one.value for one in found]) == pytest.approx(200, rel=0.04)
    assert np.mean([one.low <= 200 <= one.high for one in found]) == pytest.approx(0.9, abs=0.06)


def test_legs_that_the_same_events_see_do_not_narrow_the_interval():
    """Each route has six legs, and two routes at a time share their last: what is not seen comes and goes in sixes."""
    rng = np.random.default_rng(8)
    stops = [[f"r{route:02d}s{k}" for k in range(5)] for route in range(60)]
    paths = [(*own, f"hub{route // 2:02d}", f"end{route // 2:02d}") for route, own in enumerate(stops)]
    hits = blind = 0
    for _ in range(120):
        share = rng.lognormal(0, 1.2, 60)
        share /= share.sum()
        events = rng.multinomial(80, share)
        graph, _ = network(paths, events.tolist())
        seen = leg_sightings(graph)
        passed = {leg for path, n in zip(paths, events, strict=True) if n for leg in pairwise(path)}
        truth = sum(
            s * np.mean([leg in passed for leg in pairwise(path)]) for s, path in zip(share, paths, strict=True)
        )
        found = coverage(seen)
        hits += found.low <= truth <= found.high
        alone = coverage(seen._replace(variance=seen.once + 2 * seen.twice - seen.once**2 / seen.sightings))
        blind += alone.low <= truth <= alone.high
    assert hits / 120 == pytest.approx(0.9, abs=0.08)
    assert blind / 120 < 0.75  # the mutant that takes every leg for a sighting of its own


def test_the_sentences_say_what_was_counted():
    graph, posterior = routes_of([1, 1, 1, 1, 2, 2, 6, 6])
    named = unseen(graph, posterior).table["said"]
    assert named["routes_at_least"].startswith("Reports like these would name at least about 12 paths")
    assert "incomplete and mistaken reports" in named["route_coverage"]
    laid = unseen(replace(graph, counts={"laid_events": 20}), posterior).table["said"]
    assert laid["routes_at_least"].startswith("As reports were laid on routes, at least about 12 routes are in use (90")
    assert laid["route_coverage"].startswith("Of further reports like these, about 81 % (90 % interval 59-over 99 %)")


def test_flow_without_a_record_is_the_share_of_the_draws_and_needs_the_removal_estimator():
    flow = np.array([[90.0, 10.0], [60.0, 40.0], [80.0, 20.0]])
    paths = [("a", "b"), ("a", "c")]
    graph, posterior = network(paths, [5, 0], flow=flow, corrected=True)
    row = unseen(graph, posterior).table.loc["flow_without_record"]
    assert row["unseen_mean"] == pytest.approx((0.1 + 0.4 + 0.2) / 3)
    assert "of the flow is on routes that no record shows" in row["said"]
    hidden = replace(posterior, diagnostics={"flow_on_routes_not_shown": 100.0})
    expected = (110 / 200 + 140 / 200 + 120 / 200) / 3
    assert unseen(graph, hidden).table.loc["flow_without_record", "unseen_mean"] == pytest.approx(expected)
    found = unseen(graph, replace(posterior, detection_corrected=False))
    assert np.isnan(found.table.loc["flow_without_record", "unseen_mean"])
    assert "needs the removal estimator" in found.parameters["not_estimated"]


def test_rows_that_stand_for_many_seizures_are_said():
    paths = [("a", "b"), ("a", "c"), ("a", "d")]
    one_by_one = unseen(*network(paths, [9, 9, 1]))
    assert "caution" not in one_by_one.parameters
    in_bulk = unseen(*network(paths, [9, 9, 1], per_record=9))
    assert "95 % of the events come in rows that stand for several" in in_bulk.parameters["caution"]


@pytest.mark.parametrize("counts", [[], [0, 0], [1], [1, 1, 1]])
def test_what_nothing_tells_is_nan_with_a_reason(counts):
    found = unseen(*routes_of(counts))
    assert found.table["said"].iloc[0] == ""
    assert np.isnan(found.table.loc["route_coverage", "unseen_mean"])
    assert "route_coverage" in found.parameters["not_estimated"]


def test_neither_the_order_of_rows_nor_the_names_of_places_matter():
    graph, posterior = network([("a", "b", "c"), ("a", "c"), ("d", "b", "c")], [1, 3, 2])
    expected = unseen(graph, posterior).table
    turned = replace(graph, routes=graph.routes[::-1], evidence=graph.evidence[::-1], legs=graph.legs[::-1])
    pd.testing.assert_frame_equal(unseen(turned, posterior).table, expected)
    renamed = unseen(*network([("z", "y", "x"), ("z", "x"), ("w", "y", "x")], [1, 3, 2])).table
    pd.testing.assert_frame_equal(renamed, expected)


def test_draws_of_another_graph_are_refused():
    with pytest.raises(SettingError, match="expected"):
        unseen(routes_of([1])[0], routes_of([1, 2])[1])
