"""Reports laid on candidate routes, and least-cost ways between what they name: truth by hand on a small map."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from routegraph.analysis.sweep import check_aligned
from routegraph.corridors import find_corridors
from routegraph.flows import estimate_counts
from routegraph.network import build_graph
from routegraph.network.candidates import CandidateRoutes
from routegraph.network.completion import complete_graph, complete_with_least_cost
from routegraph.network.reports import distinct_reports

NORTH, SOUTH, WEST, SEA = "t-north", "t-south", "m-west", "high-seas"
LONG = (NORTH, SOUTH, WEST, SEA)
DIRECT = (NORTH, WEST)
OTHER = (SEA, SOUTH)
PATHS = [LONG, DIRECT, OTHER]


def candidates_of(paths, *, modes="road"):
    """Return candidate routes of these paths; links between neighbours on them, each as dear as it is listed late."""
    routes = pd.DataFrame({"path": pd.Series(paths, dtype="object")})
    routes["modes"] = pd.Series(["; ".join([modes] * (len(path) - 1)) for path in paths], dtype="str")
    ends = list(dict.fromkeys(step for path in paths for step in pairwise(path)))
    links = pd.DataFrame(ends, columns=["origin", "destination"], dtype="str")
    links = links.assign(mode=modes, cost=1.0)
    return CandidateRoutes(links=links, routes=routes, pairs=pd.DataFrame())


@pytest.fixture
def completed(seizures, gazetteer):
    """Return a function from rows, paths and the route and step of each row to (records, reported, completed)."""

    def complete(rows, laid, *, paths=PATHS, kept=(), **settings):
        records = seizures(rows).assign(detection_basis="unknown").astype({"detection_basis": "str"})
        graph = build_graph(records, gazetteer=gazetteer, **settings)
        reports = distinct_reports(records, gazetteer=gazetteer, level=graph.level, border=graph.border)
        probable = {int(reports.of_record[record]): where for record, where in laid.items()}
        index = pd.Index(list(kept), dtype="int64")
        candidates = candidates_of(paths)
        return graph, complete_graph(
            records, reports, candidates, probable, graph=graph, gazetteer=gazetteer, kept=index
        )

    return complete


def status(graph, record):
    rows = graph.evidence[graph.evidence["record_id"] == record]
    paths = graph.routes["path"]
    steps = [tuple(paths[route][step : step + 2]) for route, step in zip(rows["route"], rows["step"], strict=True)]
    return dict(zip(steps, zip(rows["status"], rows["part"], strict=True), strict=True))


def test_a_step_that_nobody_named_is_inferred_and_the_pair_named_across_it_carries_no_flow(completed):
    row = {"origin_place": NORTH, "seized_place": WEST, "destination_place": SEA}
    _, graph = completed([row], {"r0": (0, 2)})
    assert status(graph, "r0") == {
        (NORTH, SOUTH): ("inferred", "travelled"),
        (SOUTH, WEST): ("inferred", "travelled"),
        (WEST, SEA): ("intended", "intended"),
    }
    assert graph.pairs.index.tolist() == [(NORTH, WEST)]
    assert graph.pairs["seizures_named"].tolist() == [1]
    assert graph.legs.loc[(WEST, SEA), ["travelled", "intended", "seizures"]].tolist() == [0, 1, 0]
    assert graph.legs.loc[(SOUTH, WEST), ["inferred", "seizures", "n_records"]].tolist() == [1, 1, 0]


def test_the_way_taken_as_named_is_travelled_and_in_no_pair(completed):
    row = {"origin_place": NORTH, "via_places": SOUTH, "seized_place": WEST}
    _, graph = completed([row], {"r0": (0, 2)})
    assert set(status(graph, "r0").values()) == {("travelled", "travelled")}
    assert len(graph.pairs) == 0


def test_a_report_is_evidence_of_nothing_beyond_the_places_it_names(completed):
    """The variant that laid it on the whole route would have it travel from North, which it does not say."""
    _, graph = completed([{"seized_place": WEST, "destination_place": SEA}], {"r0": (0, 2)})
    assert list(status(graph, "r0")) == [(WEST, SEA)]
    assert graph.legs.loc[(NORTH, SOUTH), ["travelled", "intended", "inferred", "n_records"]].tolist() == [0, 0, 0, 0]


def test_a_wrong_destination_adds_no_step(completed):
    row = {"origin_place": NORTH, "seized_place": SOUTH, "destination_place": "SGP"}
    _, graph = completed([row], {"r0": (0, 1)})
    assert list(status(graph, "r0")) == [(NORTH, SOUTH)]
    assert graph.pairs.index.tolist() == [(SOUTH, "SGP")]


def test_a_country_stands_for_a_place_in_it_and_keeps_its_row_without_legs(completed):
    row = {"origin_place": "THA", "seized_place": WEST}
    _, graph = completed([row], {"r0": (1, 1)})
    assert status(graph, "r0") == {DIRECT: ("inferred", "travelled")}
    assert "THA" in graph.places.index
    assert not any("THA" in leg for leg in graph.legs.index)
    assert graph.pairs.index.tolist() == [("THA", WEST)]


def test_a_report_on_no_route_is_a_pair_and_travels_nothing(completed):
    reported, graph = completed([{"origin_place": NORTH, "seized_place": WEST}], {}, kept=[0])
    assert len(graph.evidence) == 0
    assert graph.pairs.index.tolist() == [DIRECT]
    assert graph.legs["seizures"].sum() == 0
    assert reported.legs["seizures"].sum() == 1


def test_candidates_without_records_are_there_with_the_strictest_marking_that_went_in_and_no_stricter(completed):
    rows = [
        {"origin_place": NORTH, "seized_place": WEST, "tlp": "CLEAR"},
        {"seized_place": SOUTH, "tlp": "GREEN"},
    ]
    _, graph = completed(rows, {"r0": (1, 1)}, kept=[2])
    assert graph.routes["path"].tolist() == [OTHER, DIRECT]
    assert graph.routes["n_records"].tolist() == [0, 1]
    assert graph.routes["tlp"].tolist() == ["GREEN", "CLEAR"]
    assert graph.legs["tlp"].to_dict() == {OTHER: "GREEN", DIRECT: "CLEAR"}
    assert graph.routes["travelled_steps"].tolist() == [1, 1]
    leg = graph.legs.loc[OTHER]
    assert leg[["modes", "sources", "commodity", "quantity_seized"]].tolist() == ["road", "", "", ""]
    assert leg["distance_km"] > 0
    assert not graph.legs.isna().drop(columns=["licit"]).any(axis=None)


def test_events_on_routes_are_those_of_the_records_behind_them(completed):
    rows = [
        {"origin_place": NORTH, "seized_place": WEST, "count": 7, "date_from": "2020-05-01", "date_to": "2020-05-01"},
        {"origin_place": NORTH, "seized_place": SOUTH, "count": 5, "date_from": "2021-05-01", "date_to": "2021-05-01"},
        {"origin_place": NORTH, "seized_place": NORTH, "destination_place": NORTH, "count": 2},
    ]
    reported, graph = completed(rows, {"r0": (0, 2), "r1": (0, 1)})
    assert graph.routes[["seizures", "n_records"]].to_numpy().tolist() == [[12, 2]]
    assert graph.evidence.groupby("record_id")["events"].first().to_dict() == {"r0": 7, "r1": 5}
    assert graph.periods.to_numpy().tolist() == [[0, "2020", 7], [0, "2021", 5]]
    assert graph.legs["seizures"].to_dict() == {(NORTH, SOUTH): 12, (SOUTH, WEST): 7, (WEST, SEA): 0}
    pd.testing.assert_series_equal(
        graph.places["seizures"], reported.places["seizures"].reindex(graph.places.index, fill_value=0)
    )
    assert graph.counts["laid_events"] == 12
    assert graph.counts["candidates_left_out"] == 2


def test_the_order_of_records_and_laying_is_nothing(completed, seizures, gazetteer):
    rows = [
        {"origin_place": NORTH, "seized_place": WEST, "record_id": "a"},
        {"origin_place": SEA, "seized_place": SOUTH, "record_id": "b"},
        {"seized_place": WEST, "destination_place": SEA, "record_id": "c"},
    ]
    laid = {"a": (0, 2), "b": (2, 1), "c": (0, 2)}
    _, one = completed(rows, laid)
    _, two = completed(rows[::-1], dict(reversed(laid.items())))
    for name in ("places", "legs", "routes", "evidence", "periods", "pairs"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(two, name))


@pytest.fixture
def least_cost(seizures, gazetteer):
    def complete(rows, links, **settings):
        records = seizures(rows)
        graph = build_graph(records, gazetteer=gazetteer, **settings)
        table = pd.DataFrame(links, columns=["origin", "destination", "cost"])
        return complete_with_least_cost(records, table, graph=graph, gazetteer=gazetteer)

    return complete


LINKS = [(NORTH, SOUTH, 1.0), (SOUTH, WEST, 1.0), (NORTH, WEST, 5.0), (WEST, SEA, 1.0), (WEST, SOUTH, 1.0)]


def test_counts_run_on_reports_completed_over_the_cheapest_links(least_cost):
    row = {"origin_place": NORTH, "seized_place": WEST, "destination_place": SEA, "count": 30}
    graph = least_cost([row], LINKS)
    assert graph.routes[["path", "travelled_steps"]].to_numpy().tolist() == [[LONG, 2]]
    posterior = estimate_counts(graph, draws=20)
    check_aligned(graph, posterior)
    flow = dict(zip(graph.legs.index, posterior.legs.mean(axis=0), strict=True))
    assert flow[(NORTH, SOUTH)] == pytest.approx(flow[(SOUTH, WEST)])
    assert flow[(NORTH, SOUTH)] == pytest.approx(30, rel=0.3)
    assert flow[(WEST, SEA)] == 0
    assert find_corridors(graph, posterior)


def test_least_cost_guesses_nothing_beyond_what_is_named_and_stays_direct_where_no_link_leads(least_cost):
    graph = least_cost([{"seized_place": SOUTH, "destination_place": SEA}], LINKS)
    assert graph.routes[["path", "travelled_steps"]].to_numpy().tolist() == [[(SOUTH, WEST, SEA), 0]]
    graph = least_cost([{"origin_place": SEA, "seized_place": NORTH}], LINKS)
    assert graph.routes["path"].tolist() == [(SEA, NORTH)]


def test_least_cost_takes_the_place_of_a_country_that_makes_the_whole_way_cheapest(least_cost):
    """From North on to West over South costs 2, from South 1: the country's cheapest place is South."""
    graph = least_cost([{"origin_place": "THA", "seized_place": WEST}], LINKS)
    assert graph.routes["path"].tolist() == [(SOUTH, WEST)]
    assert graph.evidence["status"].tolist() == ["inferred"]


def test_least_cost_agrees_with_all_ways_tried(least_cost, rng_links):
    links, cheapest = rng_links
    rows = [{"origin_place": a, "seized_place": b} for a, b in sorted(cheapest)]
    graph = least_cost(rows, links)
    cost = {(a, b): c for a, b, c in links}
    for path in graph.routes["path"]:
        found = sum(cost[step] for step in pairwise(path))
        assert found == pytest.approx(cheapest[path[0], path[-1]])


@pytest.fixture
def rng_links():
    """Return random links of four places and the cost of the cheapest way between any two, over all orders."""
    from itertools import permutations

    rng = np.random.default_rng(7)
    places = [NORTH, SOUTH, WEST, SEA]
    links = [(a, b, float(rng.uniform(1, 10))) for a, b in permutations(places, 2)]
    cost = {(a, b): c for a, b, c in links}
    ways = [way for n in (2, 3, 4) for way in permutations(places, n)]
    cheapest = {}
    for way in ways:
        whole, ends = sum(cost[step] for step in pairwise(way)), (way[0], way[-1])
        cheapest[ends] = min(whole, cheapest.get(ends, np.inf))
    country = {NORTH: "THA", SOUTH: "THA", WEST: "MYS", SEA: ""}
    return links, {ends: c for ends, c in cheapest.items() if country[ends[0]] != country[ends[1]]}
