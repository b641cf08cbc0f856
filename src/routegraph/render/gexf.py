"""network.gexf: places and legs for Gephi, laid out on the map, sized and coloured at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from xml.sax.saxutils import escape

import numpy as np
import pandas as pd

from routegraph.briefing.positions import positions
from routegraph.briefing.product import Briefing
from routegraph.briefing.units import Meaning, column_meanings
from routegraph.render.about import About, about
from routegraph.render.palette import COMMUNITIES, GREY
from routegraph.render.plain_text import for_xml
from routegraph.render.target import Target
from routegraph.render.xml_network import ends_beyond, in_attribute, node_names, type_of, written

PER_DEGREE = 100.0
"""Units of Gephi's page for a degree, so that dots of its usual size keep apart."""
_SMALLEST, _LARGEST, _THINNEST, _THICKEST = 8.0, 60.0, 1.0, 12.0
_NO_STRENGTH = (
    "Edges have no GEXF strength of their own, since flow is an estimate with an interval and readers would take "
    "its mean for the fact. To use it in Gephi, copy the column flow_mean to Weight in the Data Laboratory."
)
_LAID = "Positions are longitude and latitude times 100; size is throughflow, colour the community, thickness flow."


def render_gexf(briefing: Briefing) -> bytes:
    """Return the network as GEXF 1.3, which Gephi opens and networkx reads.

    Nodes are place ids with the columns of places, edges the legs with theirs, flow with its interval. Gephi shows
    places where they lie (``viz:position`` is longitude and latitude times 100), as large as their throughflow and in
    the colour of their community, edges as thick as their flow. The description has marking, caveats, run digest and
    the meaning and unit of every column. No date is written.

    Edges deliberately have no ``weight``, GEXF's word for their strength: a layout would then rest on a mean without
    its interval. Gephi copies ``flow_mean`` there in two clicks (Data Laboratory, copy data to other column). Pairs of
    places whose way was inferred (``named_pair``) are no edges; what is missing has no value.
    """
    places, legs = briefing.tables["places"], briefing.tables["legs"]
    legs = legs.loc[legs["named_pair"] != "yes"].drop(columns="named_pair")
    beyond = ends_beyond(places, legs)
    names = node_names([*places["place_id"], *beyond])
    of_places, of_legs = (column_meanings(briefing, name) for name in ("places", "legs"))
    nodes, edges = places.drop(columns="place_id"), legs.drop(columns=["origin", "destination"])
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<gexf xmlns="http://gexf.net/1.3" xmlns:viz="http://gexf.net/1.3/viz" version="1.3">',
        "<meta>",
        "<creator>routegraph</creator>",
        f"<description>{_description(about(briefing), places=of_places, legs=of_legs)}</description>",
        "</meta>",
        '<graph defaultedgetype="directed" mode="static">',
        *_declared(nodes, kind="node"),
        *_declared(edges, kind="edge"),
        "<nodes>",
        *_nodes(places, nodes, names),
        *(f'<node id="{names[place]}" label="{in_attribute(place)}"/>' for place in beyond),
        "</nodes>",
        "<edges>",
        *_edges(legs, edges, names),
        "</edges>",
        "</graph>",
        "</gexf>",
        "",
    ]
    return "\n".join(lines).encode("utf-8")


def _description(said: About, *, places: Mapping[str, Meaning], legs: Mapping[str, Meaning]) -> str:
    columns = [
        f"{kind} {column}: {meant.said}"
        for kind, meanings in (("node", places), ("edge", legs))
        for column, meant in meanings.items()
    ]
    return escape(for_xml("\n".join([said.lines(), _LAID, _NO_STRENGTH, *columns])))


def _declared(table: pd.DataFrame, *, kind: str) -> list[str]:
    columns = [f'<attribute id="{name}" title="{name}" type="{type_of(table[name])}"/>' for name in table.columns]
    return [f'<attributes class="{kind}">', *columns, "</attributes>"]


def _nodes(places: pd.DataFrame, table: pd.DataFrame, names: Mapping[str, str]) -> Iterator[str]:
    at, sizes = positions(places), _scaled(places["throughflow_mean"], least=_SMALLEST, most=_LARGEST)
    colours = [_colour(number) for number in places["community"].tolist()]
    labels = places["name"].where(places["name"] != "", places["place_id"]).tolist()
    values = _values(table)
    for place, name, size, colour, known in zip(places["place_id"], labels, sizes, colours, values, strict=True):
        spot = ""
        if place in at:
            x, y = (round(PER_DEGREE * one, 3) for one in reversed(at[place]))
            spot = f'<viz:position x="{x!r}" y="{y!r}" z="0.0"/>'
        look = f'{colour}{spot}<viz:size value="{size:.2f}"/>'
        yield f'<node id="{names[place]}" label="{in_attribute(name)}">{known}{look}</node>'


def _edges(legs: pd.DataFrame, table: pd.DataFrame, names: Mapping[str, str]) -> Iterator[str]:
    ends = zip(legs["origin"], legs["destination"], strict=True)
    widths = _scaled(legs["flow_mean"], least=_THINNEST, most=_THICKEST)
    for number, ((origin, end), width, known) in enumerate(zip(ends, widths, _values(table), strict=True)):
        opened = f'<edge id="{number}" source="{names[origin]}" target="{names[end]}">'
        yield f'{opened}{known}<viz:thickness value="{width:.2f}"/></edge>'


def _values(table: pd.DataFrame) -> Iterator[str]:
    """Return for each row the element with its values that are known."""
    columns = [written(table[name], before=f'<attvalue for="{name}" value="', after='"/>') for name in table.columns]
    for cells in zip(*columns, strict=True):
        yield f"<attvalues>{''.join(cells)}</attvalues>"


def _scaled(flow: pd.Series, *, least: float, most: float) -> list[float]:
    """Return sizes that grow with the square root of flow; the least where it is not known."""
    values = np.nan_to_num(flow.astype(float).to_numpy(), nan=0.0, posinf=0.0)
    widest = values.max(initial=0.0)
    share = np.sqrt(np.maximum(values, 0.0) / widest) if widest > 0 else np.zeros(len(values))
    return [float(one) for one in least + (most - least) * share]


def _colour(number: float) -> str:
    known = not pd.isna(number) and 1 <= int(number) <= len(COMMUNITIES)
    colour = COMMUNITIES[int(number) - 1] if known else GREY
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f'<viz:color r="{red}" g="{green}" b="{blue}"/>'


TARGETS = (Target("gexf", "network.gexf", render_gexf, on_request=True),)
