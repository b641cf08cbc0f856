"""Ends that are countries of one known place: reports that no route could explain otherwise."""

from __future__ import annotations

import pandas as pd
import pytest

from routegraph.flows.removal.build import build_problem
from routegraph.network import build_graph
from routegraph.network.candidates import candidate_routes
from routegraph.network.reports import distinct_reports
from routegraph.network.single_ends import settle_ends
from routegraph.places import Gazetteer
from routegraph.records import load_profile, read_seizures

GAZETTEER = Gazetteer.builtin()


@pytest.fixture
def case(tmp_path):
    """Return a function that reads rows: origin, stops, place of seizure, destination."""

    def read(*rows):
        table = pd.DataFrame(rows, columns=["origin_country", "via", "seized_at", "destination_country"])
        table.assign(source="police").to_csv(tmp_path / "rows.csv", index=False)
        records = read_seizures(
            [tmp_path / "rows.csv"], profile=load_profile("routegraph"), gazetteer=GAZETTEER
        ).records
        reports = distinct_reports(records, gazetteer=GAZETTEER, level="place", border="country")
        return reports, build_graph(records, gazetteer=GAZETTEER)

    return read


def test_a_country_of_one_known_place_is_that_place_and_a_route_explains_the_report(case):
    reports, graph = case(("MMR", "Myawaddy > Mae Sot", "THA-bangkok", "MYS"))
    settled = settle_ends(reports, graph)
    (row,) = settled.table[["origin", "vias_before", "seized", "destination"]].to_numpy().tolist()
    assert row == ["MMR-myawaddy", ("THA-mae-sot",), "THA-bangkok", "MYS"]
    assert unexplained(settled, graph) == 0
    # the wrong variant, the report as it is: nowhere in Myanmar could it have set out before Myawaddy
    assert unexplained(reports, graph) == 1


def unexplained(reports, graph):
    return build_problem(graph, reports, candidate_routes(graph, reports, gazetteer=GAZETTEER)).left_out["events"].sum()


def test_a_country_of_which_more_is_known_stays_a_country(case):
    reports, graph = case(
        ("MMR", "Myawaddy > Mae Sot", "THA-bangkok", "MYS"), ("MMR", "MMR-yangon > Myawaddy", "THA-mae-sot", "MYS")
    )
    pd.testing.assert_frame_equal(settle_ends(reports, graph).table, reports.table)


def test_a_destination_is_settled_from_its_own_side_and_nothing_given_is_changed(case):
    reports, graph = case(("MMR", "THA-sadao > MYS-penang", "THA-sadao", "MYS"))
    before = reports.table.copy()
    (row,) = settle_ends(reports, graph).table[["origin", "vias_after", "destination"]].to_numpy().tolist()
    assert row == ["MMR", (), "MYS-penang"]
    pd.testing.assert_frame_equal(reports.table, before)
