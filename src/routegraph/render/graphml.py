"""network.graphml: places and legs for graph tools, through networkx."""

from __future__ import annotations

import io
import math

import pandas as pd

from routegraph.briefing.product import Briefing
from routegraph.render.plain_text import for_xml
from routegraph.render.target import Target


def render_graphml(briefing: Briefing) -> bytes:
    """Return the network as GraphML that networkx reads back: nodes are place ids, attributes the tables' columns.

    Pairs that records name and whose way was inferred (``named_pair`` in legs.csv) are not edges here: they carry no
    flow. What is missing has no attribute; no attribute is called ``weight``; characters that XML cannot hold become
    control pictures.
    """
    import networkx as nx

    graph = nx.DiGraph(
        title=for_xml(briefing.title),
        marking=for_xml(briefing.marking.text),
        synthetic=briefing.synthetic,
        caveats=for_xml("\n".join(briefing.caveats)),
    )
    places = briefing.tables["places"]
    legs = briefing.tables["legs"]
    legs = legs.loc[legs["named_pair"] != "yes"].drop(columns="named_pair")
    names = _node_names(places["place_id"])
    for row in _rows(places):
        graph.add_node(names[str(row.pop("place_id"))], **_flat(row))
    for row in _rows(legs):
        ends = names[str(row.pop("origin"))], names[str(row.pop("destination"))]
        graph.add_edge(*ends, **_flat(row))
    # networkx's default writer is lxml's where that is installed, and its bytes differ; this one is always there.
    writer = nx.readwrite.graphml.GraphMLWriter(encoding="utf-8", prettyprint=True)
    writer.add_graph_element(graph)
    file = io.BytesIO()
    writer.dump(file)
    return file.getvalue()


def _rows(table: pd.DataFrame) -> list[dict[str, object]]:
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]


def _node_names(ids: pd.Series) -> dict[str, str]:
    """Return each id as XML can hold it; two ids that would become one are told apart by a number."""
    names: dict[str, str] = {}
    taken: dict[str, int] = {}
    for place in ids:
        name = for_xml(place)
        taken[name] = taken.get(name, 0) + 1
        names[place] = name if taken[name] == 1 else f"{name}~{taken[name]}"
    return names


def _flat(row: dict[str, object]) -> dict[str, str | int | float]:
    """Return the attributes of a node or an edge as the types that GraphML knows; missing ones are left out."""
    flat: dict[str, str | int | float] = {}
    for column, value in row.items():
        if value is None or value is pd.NA or value == "" or (isinstance(value, float) and not math.isfinite(value)):
            continue
        flat[column] = value if isinstance(value, int | float) else for_xml(str(value))
    return flat


TARGETS = (Target("graphml", "network.graphml", render_graphml),)
