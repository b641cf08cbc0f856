"""A folium map for a notebook: it asks no server for anything, and text from records on it stays text."""

from __future__ import annotations

import html
import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import folium
import numpy as np
from branca.element import Figure

from routegraph.places.geodesy import great_circle
from routegraph.render.map_base import Window, case_window
from routegraph.render.map_land import land_rings
from routegraph.render.map_shell import PlainText, safe_html
from routegraph.render.palette import tlp_colour
from routegraph.render.plain_text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from routegraph.network.graph import RouteGraph
    from routegraph.render.explore_layers import Layer, Words
    from routegraph.render.shown import Around

BOW = 0.05
"""How far a line swings to the right of travel, of its length, so that two directions stay apart."""

STEP_KM = 120.0
LONGEST = 600
MOST_LISTED = 12
"""Layers that are listed openly; more are behind a button."""
At = dict[str, tuple[float, float]]
_STYLE = (
    "body{display:flex;flex-direction:column}.folium-map{flex:1 1 auto;min-height:0;height:auto!important}"
    ".leaflet-container{background:#dbe6ec}.leaflet-popup-content{max-height:15em;overflow:auto}"
    ".rg-said{order:2;font:12px sans-serif;padding:2px 8px;background:#fff}"
    ".leaflet-control-layers-overlays{max-width:270px}"
    ".leaflet-control-layers-overlays label{padding-left:4px;margin:1px 0;white-space:nowrap;overflow:hidden;"
    "text-overflow:ellipsis}"
)


class SafeFigure(Figure):
    """A folium map's outermost element, whose every rendering is :func:`routegraph.safe_html`.

    A notebook, ``save``, ``show_in_browser`` and ``get_root().render()`` all come here, so that none of them compiles
    text from records as a template or loads scripts and tiles from outside.
    """

    def render(self, **_: object) -> str:
        """Return the whole page."""
        # It takes whatever knows its root, which this is.
        whole: Any = self
        return safe_html(whole).decode("utf-8")


def draw_map(layers: Sequence[Layer], *, graph: RouteGraph, around: Around) -> folium.Map:
    """Return layers as a folium map over the outlines of countries, with the marking and what its numbers are of."""
    window, at = _positions(graph, _used(layers))
    middle = [(window.south + window.north) / 2, (window.west + window.east) / 2]
    chart = folium.Map(
        location=middle,
        tiles=None,
        prefer_canvas=True,
        control_scale=True,
        font_size="13px",
        zoom_snap=0.25,
        max_zoom=12,
    )
    figure: Any = SafeFigure(ratio="62%")
    figure.add_child(chart)  # in place of the figure that folium gives every map
    figure.title = visible(around.handling)
    _land(chart, window)
    undrawn = 0
    for layer in layers:
        group = folium.FeatureGroup(name=visible(layer.name, most=90), show=layer.shown)
        undrawn += _fill(group, layer, at)
        group.add_to(chart)
    listed = len(layers) <= MOST_LISTED
    folium.LayerControl(collapsed=not listed).add_to(chart)
    # The open list covers the right edge: places are kept clear of it.
    chart.fit_bounds(
        [[window.south, window.west], [window.north, window.east]],
        padding_top_left=(12, 12),
        padding_bottom_right=(270 if listed and len(layers) > 1 else 12, 12),
    )
    figure.html.add_child(PlainText(_face(around, layers, undrawn)), name="face")
    return chart


def _used(layers: Sequence[Layer]) -> list[str]:
    """Return the places that any layer shows, each once."""
    dots = [dot.place for layer in layers for dot in layer.dots]
    stops = [place for layer in layers for line in layer.lines for place in line.path]
    return list(dict.fromkeys(dots + stops))


def _positions(graph: RouteGraph, used: list[str]) -> tuple[Window, At]:
    """Return the window of the places in use and where each lies in it: longitude may run on over 180 degrees."""
    places = graph.places.reindex(used)[["lat", "lon"]].dropna()
    lat, lon = places["lat"].to_numpy(dtype=float), places["lon"].to_numpy(dtype=float)
    window = case_window(lat, lon)
    about = _about(lon, window.centre)
    return window, dict(zip(places.index, zip(lat.tolist(), about.tolist(), strict=True), strict=True))


def _about(lon: np.ndarray, centre: float) -> np.ndarray:
    return np.asarray((lon - centre + 180.0) % 360.0 - 180.0 + centre)


def _land(chart: folium.Map, window: Window) -> None:
    land = folium.Polygon(
        land_rings(window.grown(0.6, aspect=1.7)), color="#b5bec6", weight=0.7, fill_color="#f4f4f1", fill_opacity=1.0
    )
    # A click on land must reach what lies on it; folium has no argument for this.
    land.options["interactive"] = False
    land.add_to(chart)


def _fill(group: folium.FeatureGroup, layer: Layer, at: At) -> int:
    """Add a layer's lines and dots; return how many have no position."""
    undrawn = 0
    for line in layer.lines:
        steps = [(at[a], at[b]) for a, b in pairwise(line.path) if a in at and b in at and a != b]
        undrawn += len(steps) < len(line.path) - 1
        if steps:
            ways = [_bowed(*step) for step in steps]
            folium.PolyLine(  # type: ignore[no-untyped-call]
                ways, color=line.colour, weight=line.width, opacity=0.6, popup=_popup(line.title, line.words),
                tooltip=_tooltip(line.title),
            ).add_to(group)  # fmt: skip
    for dot in layer.dots:
        if dot.place not in at:
            undrawn += 1
            continue
        folium.CircleMarker(
            at[dot.place], radius=dot.radius, color="#ffffff", weight=0.8, fill_color=dot.colour, fill_opacity=0.85,
            popup=_popup(dot.title, dot.words), tooltip=_tooltip(dot.title),
        ).add_to(group)  # fmt: skip
    return undrawn


def _bowed(start: tuple[float, float], end: tuple[float, float]) -> list[list[float]]:
    """Return the great circle between two points, bowed to the right of travel; longitude never leaps."""
    # Longitudes may run on over 180 here, and the great circle takes only those that do not.
    (lat1, lon1), (lat2, lon2) = ((lat, float(_about(np.array(lon), 0.0))) for lat, lon in (start, end))
    pieces = np.vstack(great_circle(lat1, lon1, lat2, lon2, step_km=STEP_KM))
    lon = np.unwrap(pieces[:, 1], period=360.0)
    line = np.column_stack([pieces[:, 0], lon + start[1] - lon[0]])
    if len(line) < 9:  # a short way needs points of its own to bow
        share = np.linspace(0, 1, 9)
        line = np.column_stack([np.interp(share, np.linspace(0, 1, len(line)), line[:, k]) for k in (0, 1)])
    across = line[-1] - line[0]
    right = np.array([-across[1], across[0]]) * BOW
    bow = np.sin(np.linspace(0, np.pi, len(line)))[:, None]
    return np.round(line + bow * right, 4).tolist()  # type: ignore[no-any-return]


def _popup(title: str, words: Words) -> folium.Popup:
    """Return what a click says, every word of it escaped."""
    rows = "".join(f"<br>{_safe(name)}: {_safe(value)}" for name, value in words)
    return folium.Popup(f"<b>{_safe(title)}</b>{rows}", max_width=340)


def _tooltip(title: str) -> folium.Tooltip:
    return folium.Tooltip(_safe(title))


def _safe(text: str) -> str:
    return html.escape(visible(" ".join(text.split()), most=LONGEST))


def _face(around: Around, layers: Sequence[Layer], undrawn: int) -> str:
    """Return the marking and what the numbers are of as markup of its own, which stands even where no script runs."""
    found = re.match(r"TLP:(CLEAR|GREEN|AMBER|RED)\b", around.marking)
    colour = tlp_colour(found[1] if found else "CLEAR")
    missing = f" {undrawn:,} without a position not shown." if undrawn else ""
    bows = " Lines bow to the right of travel and are no roads." if any(layer.lines for layer in layers) else ""
    said = f"{around.measured}.{missing}{bows}"
    return (
        f"<style>{_STYLE}{_key(layers)}</style>"
        f'<div class="rg-marking" style="--rg-tlp:{colour}" role="note">{_safe(around.handling)}</div>'
        f'<div class="rg-said" role="note">{_safe(said)}</div>'
    )


def _key(layers: Sequence[Layer]) -> str:
    """Return the colour of each layer beside its name in the list of layers."""
    colours = [_colour(layer) for layer in layers]
    where = ".leaflet-control-layers-overlays label:nth-child"
    return "".join(f"{where}({k}){{border-left:9px solid {colour}}}" for k, colour in enumerate(colours, start=1))


def _colour(layer: Layer) -> str:
    """Return the colour of a layer's first dot or line."""
    if layer.dots:
        return layer.dots[0].colour
    return layer.lines[0].colour if layer.lines else "#ffffff"
