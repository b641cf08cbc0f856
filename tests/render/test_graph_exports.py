"""GraphML and GEXF, read back by networkx and igraph: values, units, provenance, and no plain weight."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import networkx as nx
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from briefings import KINDS, PAYLOADS, corrected, empty, hostile, plain, untold
from read_back import same_values

from routegraph.briefing.columns import COLUMNS
from routegraph.briefing.units import column_meanings
from routegraph.render import TARGETS
from routegraph.render.plain_text import for_xml
from routegraph.render.run_json import run_digest

READERS = {"graphml": nx.read_graphml, "gexf": nx.read_gexf}
GEXF = "{http://gexf.net/1.3}"
GRAPHML = "{http://graphml.graphdrawing.org/xmlns}"


def network(name: str, briefing) -> nx.DiGraph:
    return READERS[name](io.BytesIO(TARGETS[name].render(briefing)))


def parsed(name: str, briefing) -> ET.Element:
    return ET.fromstring(TARGETS[name].render(briefing))  # noqa: S314 - our own output


@pytest.mark.parametrize("name", sorted(READERS))
@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"empty"}))
def test_every_place_and_leg_comes_back_with_every_value(name, kind):
    tables = KINDS[kind]().tables
    legs = tables["legs"].loc[lambda table: table["named_pair"] != "yes"].drop(columns="named_pair")
    graph = network(name, KINDS[kind]())
    assert graph.is_directed()
    places = pd.DataFrame([{"place_id": place, **data} for place, data in graph.nodes(data=True)])
    same_values(places.reindex(columns=tables["places"].columns), tables["places"], text=for_xml)
    edges = pd.DataFrame([{"origin": a, "destination": b, **data} for a, b, data in graph.edges(data=True)])
    order = ["origin", "destination"]
    for column in order:
        legs[column] = legs[column].map(for_xml)
    legs = legs.sort_values(order)
    same_values(edges.sort_values(order).reindex(columns=legs.columns), legs, text=for_xml)


@pytest.mark.parametrize("name", sorted(READERS))
def test_no_attribute_is_called_weight_and_no_date_is_written(name):
    graph = network(name, corrected())
    assert {"weight", "Weight"}.isdisjoint(key for *_, data in graph.edges(data=True) for key in data)
    data = TARGETS[name].render(corrected()).decode()
    assert "lastmodifieddate" not in data
    assert 'weight="' not in data


def test_the_empty_case_is_an_empty_graph():
    for name in READERS:
        assert len(network(name, empty())) == 0


def test_gexf_lays_places_on_the_map_and_sizes_them_by_throughflow():
    places = corrected().tables["places"]
    busier = places.assign(throughflow_mean=[0.0, 4.0, 9.0, 36.0, None], community=[1, 2, 1, 99, None])
    graph = network("gexf", replace(corrected(), tables=corrected().tables | {"places": busier}))
    look = {place: data["viz"] for place, data in graph.nodes(data=True)}
    assert look["FJI-suva"]["position"] == {"x": 17844.0, "y": -1814.0, "z": 0.0}
    assert "position" not in look["SYC-nowhere"]
    sizes = [look[place]["size"] for place in busier["place_id"]]
    assert sizes == pytest.approx([8, 8 + 52 / 3, 8 + 52 / 2, 60, 8], abs=0.01)
    colours = [tuple(look[place]["color"][part] for part in "rgb") for place in busier["place_id"]]
    assert colours[0] == colours[2] == (0, 114, 178)
    assert colours[1] == (213, 94, 0)
    assert colours[3] == colours[4] == (138, 148, 157)


def test_gexf_says_what_it_is_and_what_its_columns_mean():
    text = parsed("gexf", hostile()).findtext(f"{GEXF}meta/{GEXF}description")
    assert text.startswith(f"marking: {hostile().marking.text}")
    assert run_digest(hostile()) in text
    for payload in PAYLOADS:
        assert for_xml(payload) in text, payload[:30]
    for kind, name in (("node", "places"), ("edge", "legs")):
        for column, meant in column_meanings(hostile(), name).items():
            assert f"\n{kind} {column}: {for_xml(meant.said)}" in text
    assert "LEVELS ARE NOT TOLD" in parsed("gexf", untold()).findtext(f"{GEXF}meta/{GEXF}description")


def test_gexf_declares_every_attribute_that_it_uses():
    root = parsed("gexf", hostile())
    for kind in ("node", "edge"):
        declared = {
            one.get("id"): one.get("type")
            for group in root.iter(f"{GEXF}attributes")
            if group.get("class") == kind
            for one in group
        }
        used = {value.get("for") for item in root.iter(f"{GEXF}{kind}") for value in item.iter(f"{GEXF}attvalue")}
        assert used <= set(declared)
        assert declared["seizures"] == "long"
        assert declared["tlp"] == "string"


def test_graphml_carries_provenance_and_units():
    graph = network("graphml", hostile()).graph
    assert graph["marking"] == hostile().marking.text
    assert graph["run_digest"] == run_digest(hostile())
    assert graph["caveats"] == for_xml("\n".join(hostile().caveats))
    assert graph["synthetic"] == "yes"
    assert {"sources", "versions", "inputs", "estimate", "levels_told", "coverage"} <= set(graph)
    keys = {
        (key.get("for"), key.get("attr.name")): key.findtext(f"{GRAPHML}desc")
        for key in parsed("graphml", corrected()).iter(f"{GRAPHML}key")
    }
    assert keys["edge", "flow_mean"].endswith("(consignments)")
    assert keys["edge", "distance_km"].endswith("(km)")
    assert {column for kind, column in keys if kind == "node"} == set(COLUMNS["places"]) - {"place_id"}
    assert network("graphml", plain()).graph["versions"] == "routegraph: 0"


def test_igraph_reads_the_graphml(tmp_path):
    igraph = pytest.importorskip("igraph", reason="needs igraph")
    path = tmp_path / "network.graphml"
    path.write_bytes(TARGETS["graphml"].render(plain()))
    graph = igraph.Graph.Read_GraphML(str(path))
    assert graph.vcount() == len(plain().tables["places"])
    assert graph.es["flow_mean"] == [3.25] * graph.ecount()
    assert "weight" not in graph.es.attributes()


@pytest.mark.parametrize("name", sorted(READERS))
def test_an_end_that_the_table_of_places_does_not_hold_is_a_node_all_the_same(name):
    case = replace(plain(), tables=plain().tables | {"places": plain().tables["places"].iloc[:2]})
    graph = network(name, case)
    assert set(graph.nodes) == {"THA-mae-sot", "MMR-yangon", "FJI-suva", "WSM-apia", "SYC-nowhere"} & set(
        network(name, plain()).nodes
    )
    assert set(graph.edges) == set(network(name, plain()).edges)
