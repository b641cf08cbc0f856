"""network.graphml: places and legs for graph tools; written column by column, for a network may have 200,000 legs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from xml.sax.saxutils import escape

import pandas as pd

from routegraph.briefing.product import Briefing
from routegraph.briefing.units import Meaning, column_meanings
from routegraph.render.about import about
from routegraph.render.plain_text import for_xml
from routegraph.render.target import Target
from routegraph.render.xml_network import ends_beyond, node_names, type_of, written

_NAMESPACE = "http://graphml.graphdrawing.org/xmlns"


def render_graphml(briefing: Briefing) -> bytes:
    """Return the network as GraphML: nodes are place ids, attributes the tables' columns.

    networkx, igraph and Gephi read it. Each attribute's declaration says its meaning and unit; title, marking, caveats,
    coverage, sources, versions and run digest are attributes of the graph. Pairs that records name and whose way was
    inferred (``named_pair`` in legs.csv) are not edges here: they carry no flow. What is missing has no attribute; no
    attribute is called ``weight``; characters that XML cannot hold become control pictures.
    """
    places, legs = briefing.tables["places"], briefing.tables["legs"]
    legs = legs.loc[legs["named_pair"] != "yes"].drop(columns="named_pair")
    told = {name: _text(value) for name, value in about(briefing).facts().items()}
    beyond = ends_beyond(places, legs)
    names = node_names([*places["place_id"], *beyond])
    node_keys = _keys(places.drop(columns="place_id"), kind="node", said=column_meanings(briefing, "places"))
    edge_keys = _keys(legs.drop(columns=["origin", "destination"]), kind="edge", said=column_meanings(briefing, "legs"))
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<graphml xmlns="{_NAMESPACE}">',
        *(f'<key id="graph_{name}" for="graph" attr.name="{name}" attr.type="string"/>' for name in told),
        *(line for line, _ in (*node_keys.values(), *edge_keys.values())),
        '<graph edgedefault="directed">',
        *(f'<data key="graph_{name}">{escape(for_xml(text))}</data>' for name, text in told.items()),
        *_elements(
            [f'<node id="{names[place]}">' for place in places["place_id"]], places, keys=node_keys, close="</node>"
        ),
        *(f'<node id="{names[place]}"/>' for place in beyond),
        *_elements(
            [
                f'<edge source="{names[origin]}" target="{names[end]}">'
                for origin, end in zip(legs["origin"], legs["destination"], strict=True)
            ],
            legs,
            keys=edge_keys,
            close="</edge>",
        ),
        "</graph>",
        "</graphml>",
        "",
    ]
    return "\n".join(lines).encode("utf-8")


def _text(value: object) -> str:
    """Return a fact of the case as lines of text: ``yes`` or ``no``, an item a line, ``name: value`` a line."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return "\n".join(f"{name}: {one}" for name, one in value.items())
    return "\n".join(value) if isinstance(value, list) else str(value)


def _keys(table: pd.DataFrame, *, kind: str, said: Mapping[str, Meaning]) -> dict[str, tuple[str, str]]:
    """Return for each column the line that declares it and the opening tag of its values."""
    keys = {}
    for column in table.columns:
        about_it = f"<desc>{escape(for_xml(said[column].said))}</desc>" if column in said else ""
        opened = f'<key id="{kind}_{column}" for="{kind}" attr.name="{column}" attr.type="{type_of(table[column])}"'
        declared = f"{opened}>{about_it}</key>" if about_it else f"{opened}/>"
        keys[str(column)] = declared, f'<data key="{kind}_{column}">'
    return keys


def _elements(opened: list[str], table: pd.DataFrame, *, keys: dict[str, tuple[str, str]], close: str) -> Iterator[str]:
    """Return one line per row: the opening tag, an element for each value that is known, the closing tag."""
    columns = [written(table[column], before=tag, after="</data>") for column, (_, tag) in keys.items()]
    for parts in zip(opened, *columns, strict=True):
        yield "".join(parts) + close


TARGETS = (Target("graphml", "network.graphml", render_graphml),)
