"""What a record's places become: which steps, how far travelled, what is inferred."""

from __future__ import annotations

import pytest

from routegraph.errors import PlaceError, SettingError


def route(graph, which=0):
    row = graph.routes.loc[which]
    return row["path"], row["travelled_steps"]


def statuses(graph):
    return dict(zip(graph.evidence["step"], graph.evidence["status"], strict=True))


def test_travelled_up_to_the_seizure_and_intended_after_it(network):
    graph = network(
        [{"origin_place": "COL", "via_places": "ECU > PER", "seized_place": "BRA", "destination_place": "ESP"}]
    )
    assert route(graph) == (("COL", "ECU", "PER", "BRA", "ESP"), 3)
    assert statuses(graph) == {0: "travelled", 1: "travelled", 2: "travelled", 3: "intended"}
    assert graph.legs.loc[("BRA", "ESP"), ["travelled", "intended", "seizures"]].tolist() == [0, 1, 0]
    assert graph.legs.loc[("PER", "BRA"), ["travelled", "intended", "seizures"]].tolist() == [1, 0, 1]


def test_blanks_only_shorten_the_chain(network):
    assert route(network([{"via_places": "ECU", "seized_place": "BRA"}])) == (("ECU", "BRA"), 1)
    assert route(network([{"seized_place": "BRA", "destination_place": "ESP"}])) == (("BRA", "ESP"), 0)


def test_step_across_an_unnamed_stop_is_inferred_and_keeps_its_part(network):
    graph = network([{"origin_place": "COL", "via_places": "?", "seized_place": "BRA", "destination_place": "ESP"}])
    assert route(graph) == (("COL", "BRA", "ESP"), 1)
    assert graph.evidence[["status", "part"]].to_numpy().tolist() == [["inferred", "travelled"], ["intended"] * 2]
    leg = graph.legs.loc[("COL", "BRA")]
    assert (leg["inferred"], leg["travelled"], leg["seizures"], leg["n_records"]) == (1, 0, 1, 1)


@pytest.mark.parametrize("via", ["? > ECU", "ECU > ?", "? > ECU > ?"])
def test_only_the_step_across_the_unnamed_stop_is_inferred(network, via):
    graph = network([{"origin_place": "COL", "via_places": via, "seized_place": "BRA"}])
    expected = ["inferred" if via.startswith("?") else "travelled", "inferred" if via.endswith("?") else "travelled"]
    assert graph.evidence["status"].tolist() == expected


def test_unnamed_stop_before_everything_named_infers_nothing(network):
    graph = network([{"via_places": "? > ECU", "seized_place": "BRA"}])
    assert (route(graph), graph.evidence["status"].tolist()) == ((("ECU", "BRA"), 1), ["travelled"])


def test_consecutive_repeats_collapse(network):
    graph = network(
        [
            {
                "origin_place": "COL",
                "via_places": "COL > ECU > ? > ECU",
                "seized_place": "ECU",
                "destination_place": "ESP",
            }
        ]
    )
    assert route(graph) == (("COL", "ECU", "ESP"), 1)
    assert "inferred" not in graph.evidence["status"].tolist()


def test_stops_named_after_the_seized_one_are_intended(network):
    graph = network([{"origin_place": "COL", "via_places": "ECU > PER > BRA", "seized_place": "PER"}])
    assert route(graph) == (("COL", "ECU", "PER", "BRA"), 2)


def test_record_without_a_place_of_seizure_establishes_no_travel(network):
    graph = network([{"origin_place": "COL", "via_places": "ECU", "destination_place": "ESP"}])
    assert route(graph) == (("COL", "ECU", "ESP"), 0)
    assert graph.routes.loc[0, "seized_at"] == ""
    assert graph.places["seizures"].sum() == 0
    assert graph.evidence["part"].tolist() == ["intended", "intended"]


def test_country_next_to_a_place_inside_it_says_nothing_more(network):
    graph = network(
        [
            {"origin_place": "THA", "via_places": "t-south", "seized_place": "m-west", "destination_place": "MYS"},
            {"origin_place": "t-north", "seized_place": "THA", "destination_place": "MMR"},
        ]
    )
    assert set(graph.routes["path"]) == {("t-south", "m-west"), ("t-north", "THA", "MMR")}


def test_domestic_record_counts_at_its_place_and_enters_no_route(network):
    graph = network([{"origin_place": "t-north", "seized_place": "t-south", "destination_place": "THA", "count": 5}])
    assert len(graph.routes) == len(graph.legs) == len(graph.evidence) == 0
    assert graph.places.loc["t-south", "seizures"] == 5
    assert graph.counts["domestic_records"] == 1


def test_domestic_records_have_routes_where_the_profile_says_so(network):
    row = {"origin_place": "t-north", "seized_place": "t-south", "count": 5}
    graph = network([row], domestic="route")
    assert graph.legs["seizures"].to_dict() == {("t-north", "t-south"): 5}
    assert graph.counts["routed_records"] == 1


def test_domestic_steps_of_a_record_bound_abroad_stay(network):
    graph = network([{"origin_place": "t-north", "seized_place": "t-south", "destination_place": "m-west"}])
    assert route(graph) == (("t-north", "t-south", "m-west"), 1)


def test_borders_of_regions_count_where_the_profile_says_so(network):
    rows = [{"origin_place": "US-FL", "seized_place": "US-GA"}]
    assert len(network(rows).legs) == 0
    assert list(network(rows, border="region").legs.index) == [("US-FL", "US-GA")]


def test_count_is_that_many_events_and_zero_is_a_reported_zero(network):
    graph = network(
        [
            {"origin_place": "COL", "seized_place": "ECU", "count": 7},
            {"origin_place": "PER", "seized_place": "BOL", "count": 0},
        ]
    )
    assert list(graph.legs.index) == [("COL", "ECU")]
    assert graph.legs["seizures"].tolist() == [7]
    assert graph.places["seizures"].to_dict() == {"BOL": 0, "COL": 0, "ECU": 7, "PER": 0}
    assert graph.counts["reported_zero_records"] == 1


def test_places_widen_to_the_level(network):
    rows = [{"origin_place": "t-north", "via_places": "t-south > high-seas", "seized_place": "m-west"}]
    assert route(network(rows))[0] == ("t-north", "t-south", "high-seas", "m-west")
    assert route(network(rows, level="region"))[0] == ("TH-50", "TH-90", "high-seas", "MYS")
    assert route(network(rows, level="country"))[0] == ("THA", "high-seas", "MYS")


def test_the_kinds_of_records_add_up(network):
    graph = network(
        [
            {"origin_place": "COL", "seized_place": "ECU"},
            {"seized_place": "ECU"},
            {"seized_place": "THA"},
            {"origin_place": "t-north", "seized_place": "t-south"},
            {"seized_place": "THA", "count": 0},
        ]
    )
    kinds = [count for kind, count in graph.counts.items() if kind.endswith("_records")]
    assert (sum(kinds), sorted(kinds)) == (graph.counts["records"], [0, 1, 1, 1, 2])


def test_unknown_place_or_setting_is_one_clear_line(network):
    with pytest.raises(PlaceError, match="does not hold: nowhere"):
        network([{"origin_place": "nowhere", "seized_place": "ECU"}])
    for wrong in ({"level": "town"}, {"border": "place"}, {"steps": "both"}, {"domestic": "both"}):
        with pytest.raises(SettingError, match="expected one of"):
            network([{"seized_place": "ECU"}], **wrong)


def test_seized_where_it_set_out_the_named_stops_lie_ahead(network):
    """Else one record at a port of loading would assert a way to Ecuador and back that nobody saw."""
    graph = network(
        [{"origin_place": "COL", "via_places": "ECU", "seized_place": "COL", "destination_place": "ESP", "count": 3}]
    )
    assert route(graph) == (("COL", "ECU", "ESP"), 0)
    assert set(statuses(graph).values()) == {"intended"}
    assert graph.legs["seizures"].tolist() == [0, 0]
    assert graph.places.loc["COL", "seizures"] == 3


def test_a_named_return_to_the_origin_is_kept(network):
    graph = network([{"origin_place": "COL", "via_places": "ECU > COL", "seized_place": "COL"}])
    assert route(graph) == (("COL", "ECU", "COL"), 2)


def test_an_unnamed_stop_after_the_origin_changes_no_seizure_there(network):
    graph = network([{"origin_place": "COL", "via_places": "?", "seized_place": "COL", "destination_place": "ESP"}])
    assert route(graph) == (("COL", "ESP"), 0)
    assert statuses(graph) == {0: "intended"}


def test_a_region_that_nobody_listed_is_named_by_its_country_and_stands_amid_its_places(network, gazetteer):
    rows = [{"origin_place": "t-north", "via_places": "high-seas", "seized_place": "m-west"}]
    places = network(rows, level="region").places
    members = gazetteer.places.query("region == 'TH-50'")
    assert places.loc["TH-50", "name"] == "Thailand TH-50"
    assert places.loc["TH-50", ["lat", "lon"]].tolist() == members[["lat", "lon"]].mean().tolist()
    assert places.loc["high-seas", "name"] == gazetteer.places.loc["high-seas", "name"]
