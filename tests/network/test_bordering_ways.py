"""Steps between units that are not neighbours, completed over the borders in between."""

from __future__ import annotations

import pandas as pd

PAIR = {"origin_place": "US-FL", "seized_place": "US-NY", "count": 30, "mode": "unknown"}


def regions(network, rows):
    return network(rows, level="region", border="region", steps="bordering")


def test_pair_is_routed_over_neighbours_and_each_step_is_inferred(network):
    graph = regions(network, [PAIR])
    path = graph.routes.loc[0, "path"]
    assert (path[0], path[-1]) == ("US-FL", "US-NY")
    assert len(path) > 2
    assert (graph.evidence["status"] == "inferred").all()
    assert (graph.evidence["part"] == "travelled").all()
    assert (graph.legs["borders_crossed"] == 1).all(), "neighbours only"
    assert (graph.legs["inferred"] == 30).all()
    assert (graph.legs["seizures"] == 30).all()
    assert (graph.legs["n_records"] == 0).all(), "the record names none of these pairs"
    assert set(path) <= set(graph.places.index)


def test_named_pair_goes_to_pairs_with_its_records(network):
    pairs = regions(network, [PAIR, {"origin_place": "US-NJ", "seized_place": "US-NY"}]).pairs
    assert list(pairs.index) == [("US-FL", "US-NY")]
    assert pairs.loc[("US-FL", "US-NY"), ["n_records", "seizures", "travelled", "inferred"]].tolist() == [1, 30, 30, 0]


def test_reported_counts_of_neighbours_stay_apart_from_what_passed(network):
    graph = regions(network, [PAIR, {"origin_place": "US-FL", "seized_place": "US-GA", "count": 4}])
    leg = graph.legs.loc[("US-FL", "US-GA")]
    assert (leg["travelled"], leg["inferred"], leg["seizures"], leg["n_records"]) == (4, 30, 34, 1)


def test_no_way_over_land_and_air_stay_as_reported(network):
    rows = [{"origin_place": "US-HI", "seized_place": "US-NY", "mode": "unknown"}, {**PAIR, "mode": "air"}]
    graph = regions(network, rows)
    assert sorted(graph.legs.index) == [("US-FL", "US-NY"), ("US-HI", "US-NY")]
    assert (graph.evidence["status"] == "travelled").all()
    assert len(graph.pairs) == 0


def test_intended_part_is_completed_as_intended(network):
    graph = regions(network, [{"origin_place": "US-FL", "seized_place": "US-GA", "destination_place": "US-NY"}])
    row = graph.routes.loc[0]
    assert row["travelled_steps"] == 1
    assert graph.evidence["part"].tolist() == ["travelled"] + ["intended"] * (len(row["path"]) - 2)
    assert graph.legs["seizures"].sum() == 1


def test_each_record_of_a_replaced_pair_is_evidence_of_every_step(network):
    graph = regions(network, [PAIR, PAIR])
    used = graph.evidence.groupby("step")["record_id"].agg(list)
    assert used.tolist() == [["r0", "r1"]] * len(graph.legs)


def test_iron_pipeline_runs_through_the_states_in_order(network):
    path = pd.Index(regions(network, [PAIR]).routes.loc[0, "path"])
    named = ["US-FL", "US-GA", "US-VA", "US-NY"]
    positions = path.get_indexer(named)
    assert (positions >= 0).all()
    assert (positions == sorted(positions)).all()
    assert {"US-SC", "US-NC"} & set(path)


def test_candidate_routes_keep_to_the_land_where_pairs_are_routed_over_it(network):
    """The wrong variant takes every named pair and every ferry for a link: Florida to New York in one step."""
    from tests.network.conftest import seizure_frame

    from routegraph.network.candidates import candidate_routes
    from routegraph.network.reports import distinct_reports
    from routegraph.network.single_ends import end_where_found
    from routegraph.places import BorderMap, Gazetteer

    rows = [PAIR, {"origin_place": "US-HI", "seized_place": "US-NY", "mode": "unknown"}]
    graph = regions(network, rows)
    gazetteer = Gazetteer.builtin()
    records = seizure_frame(rows).assign(detection_basis="unknown")
    reports = end_where_found(distinct_reports(records, gazetteer=gazetteer, level="region", border="region"))
    shared = BorderMap.load("region").adjacency
    next_to = {frozenset(pair) for pair in zip(shared["a"], shared["b"], strict=True)}

    def far(*, by_land: bool) -> set[tuple[str, str]]:
        found = candidate_routes(graph, reports, gazetteer=gazetteer, by_land=by_land, most=500)
        ends = set(zip(found.links["origin"], found.links["destination"], strict=True))
        return {pair for pair in ends if frozenset(pair) not in next_to}

    assert ("US-FL", "US-NY") not in far(by_land=True)
    assert {"US-HI"} <= {one for pair in far(by_land=True) for one in pair}
    assert all("US-HI" in pair for pair in far(by_land=True))
    assert ("US-FL", "US-NY") in far(by_land=False)
