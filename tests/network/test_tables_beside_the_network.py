"""The tables ``layers``, ``licit`` and ``traces`` of a network, by hand: reported and completed."""

from __future__ import annotations

import pandas as pd
import pytest

from routegraph.network import build_graph
from routegraph.network.candidates import CandidateRoutes
from routegraph.network.completion import complete_graph, complete_with_least_cost
from routegraph.network.graph import LAYER_COLUMNS, LICIT_COLUMNS, TRACE_COLUMNS
from routegraph.network.reports import distinct_reports

NORTH, SOUTH, WEST, SEA = "t-north", "t-south", "m-west", "high-seas"
PISTOL, RIFLE = "arms.firearm.pistol", "arms.firearm.rifle"
THERE = {"origin_place": NORTH, "seized_place": WEST}
ROWS = [
    THERE | {"count": 3, "mode": "road", "traced": "yes", "diverted_place": SOUTH},
    THERE | {"count": 2, "mode": "road", "commodity": RIFLE, "traced": "no"},
    THERE | {"count": 4, "mode": "sea"},
    THERE | {"mode": "", "commodity": ""},
    {"origin_place": SOUTH, "seized_place": WEST, "mode": "road", "count": 5, "traced": "unknown"},
    {"origin_place": NORTH, "seized_place": SOUTH, "count": 7, "traced": "yes", "diverted_place": NORTH},  # domestic
    THERE | {"count": 0, "mode": "air", "traced": "yes", "diverted_place": WEST},  # a reported zero
    {"seized_place": SEA, "diverted_place": NORTH, "traced": "unknown"},  # on no route
]


def layers_of(graph):
    named = graph.layers.assign(route=graph.layers["route"].map(graph.routes["path"]))
    return {tuple(row[:3]): row[3] for row in named.to_numpy().tolist()}


def traces_of(graph):
    named = graph.traces.assign(route=graph.traces["route"].map(graph.routes["path"]).fillna(""))
    return {row[0]: tuple(row[1:]) for row in named[list(TRACE_COLUMNS)].to_numpy().tolist()}


LAYERS = {
    ((NORTH, WEST), "", ""): 1,
    ((NORTH, WEST), "road", PISTOL): 3,
    ((NORTH, WEST), "road", RIFLE): 2,
    ((NORTH, WEST), "sea", PISTOL): 4,
    ((SOUTH, WEST), "road", PISTOL): 5,
}
TRACES = {
    "r0": ((NORTH, WEST), "yes", SOUTH, PISTOL, 3),
    "r1": ((NORTH, WEST), "no", "", RIFLE, 2),
    "r5": ("", "yes", NORTH, PISTOL, 7),
    "r7": ("", "", NORTH, PISTOL, 1),
}


def test_events_of_each_route_by_mode_and_commodity_without_domestic_ones_and_zeros(network):
    graph = network(ROWS)
    assert layers_of(graph) == LAYERS
    assert tuple(graph.layers.columns) == LAYER_COLUMNS
    summed = graph.layers.groupby("route")["seizures"].sum()
    assert summed.to_dict() == graph.routes["seizures"].to_dict()


def test_traces_are_those_that_say_something_on_a_route_or_on_none(network):
    graph = network(ROWS)
    assert traces_of(graph) == TRACES
    assert tuple(graph.traces.columns) == TRACE_COLUMNS
    assert graph.traces.set_index("record_id")["route"]["r5"] == -1


def test_domestic_routes_have_layers_where_a_profile_says_so(network):
    graph = network(ROWS, domestic="route")
    assert layers_of(graph)[(NORTH, SOUTH), "road", PISTOL] == 7
    assert traces_of(graph)["r5"][0] == (NORTH, SOUTH)


def test_at_country_level_a_place_of_diversion_is_its_country(network):
    graph = network(ROWS, level="country")
    assert {record: row[2] for record, row in traces_of(graph).items()} == {
        "r0": "THA", "r1": "", "r5": "THA", "r7": "THA",
    }  # fmt: skip
    assert layers_of(graph)[("THA", "MYS"), "road", PISTOL] == 8
    assert "THA" in graph.places.index


def test_the_order_of_rows_changes_no_table(seizures, gazetteer, movement):
    frame = seizures(ROWS)
    moves = movement([{"origin_place": SOUTH, "destination_place": WEST, "movements": 0.1 * k} for k in range(1, 9)])
    one = build_graph(frame, gazetteer=gazetteer, transits=moves)
    other = build_graph(frame.iloc[::-1], gazetteer=gazetteer, transits=moves.iloc[::-1])
    for name in ("layers", "licit", "traces"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))


def test_licit_holds_every_pair_that_is_known_whether_a_leg_joins_it_or_not(seizures, gazetteer, movement):
    moves = [
        {"origin_place": NORTH, "destination_place": WEST, "movements": 10.0},
        {"origin_place": NORTH, "destination_place": WEST, "movements": 5.0},
        {"origin_place": SEA, "destination_place": SOUTH, "movements": 2.0},
        {"origin_place": SOUTH, "destination_place": SOUTH, "movements": 99.0},
        {"origin_place": WEST, "destination_place": SEA},
    ]
    graph = build_graph(seizures(ROWS), gazetteer=gazetteer, transits=movement(moves))
    assert tuple(graph.licit.columns) == LICIT_COLUMNS
    assert graph.licit.to_numpy().tolist() == [[SEA, SOUTH, 2.0], [NORTH, WEST, 15.0]]
    assert graph.legs.loc[(NORTH, WEST), "licit"] == 15
    country = build_graph(seizures(ROWS), gazetteer=gazetteer, transits=movement(moves), level="country")
    assert ["THA", "MYS", 15.0] in country.licit.to_numpy().tolist()


def test_without_transits_and_without_routes_the_tables_have_their_columns_and_no_row(network):
    graph = network([{"seized_place": SOUTH}])
    for name, columns in (("layers", LAYER_COLUMNS), ("licit", LICIT_COLUMNS), ("traces", TRACE_COLUMNS)):
        table = getattr(graph, name)
        assert tuple(table.columns) == columns
        assert len(table) == 0


def completed(frame, gazetteer, laid, **more):
    records = frame.assign(detection_basis="unknown").astype({"detection_basis": "str"})
    graph = build_graph(records, gazetteer=gazetteer, **more)
    reports = distinct_reports(records, gazetteer=gazetteer, level=graph.level, border=graph.border)
    paths = [(NORTH, SOUTH, WEST), (SOUTH, WEST)]
    routes = pd.DataFrame({"path": pd.Series(paths, dtype="object"), "modes": ["road; road", "road"]})
    steps = [(NORTH, SOUTH), (SOUTH, WEST)]
    links = pd.DataFrame(steps, columns=["origin", "destination"], dtype="str").assign(mode="road", cost=1.0)
    candidates = CandidateRoutes(links=links, routes=routes, pairs=pd.DataFrame())
    probable = {int(reports.of_record[record]): where for record, where in laid.items()}
    whole = complete_graph(
        records, reports, candidates, probable, graph=graph, gazetteer=gazetteer, kept=pd.Index([], dtype="int64"),
        transits=more.get("transits"),
    )  # fmt: skip
    ways = complete_with_least_cost(records, links, graph=graph, gazetteer=gazetteer, transits=more.get("transits"))
    return graph, whole, ways


LONG = (NORTH, SOUTH, WEST)


@pytest.mark.parametrize("backwards", [False, True])
def test_completed_networks_have_the_same_events_on_their_own_routes(seizures, gazetteer, movement, backwards):
    frame = seizures(ROWS)
    moves = movement([{"origin_place": NORTH, "destination_place": WEST, "movements": 10.0}]).assign(tlp="CLEAR")
    laid = {"r0": (0, 2), "r1": (0, 2), "r2": (0, 2), "r3": (0, 2), "r4": (1, 1)}
    _, whole, ways = completed(frame.iloc[::-1] if backwards else frame, gazetteer, laid, transits=moves)
    on = {(NORTH, WEST): LONG, (SOUTH, WEST): (SOUTH, WEST)}
    expected = {(on[path], mode, code): n for (path, mode, code), n in LAYERS.items()}
    traces = {record: (on.get(row[0], ""), *row[1:]) for record, row in TRACES.items()}
    for graph in (whole, ways):
        assert layers_of(graph) == expected
        assert traces_of(graph) == traces
        assert graph.licit.to_numpy().tolist() == [[NORTH, WEST, 10.0]]


def test_a_report_on_no_route_is_in_no_layer_and_its_trace_is_on_none(seizures, gazetteer):
    _, whole, _ = completed(seizures(ROWS), gazetteer, {"r4": (1, 1)})
    assert layers_of(whole) == {((SOUTH, WEST), "road", PISTOL): 5}
    assert {record: row[0] for record, row in traces_of(whole).items()} == dict.fromkeys(TRACES, "")
    assert len(whole.licit) == 0
