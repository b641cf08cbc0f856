"""The map: one HTML file that opens with no network at all."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

from routegraph.briefing.document import SYNTHETIC_LINE
from routegraph.render.fonts import font_faces
from routegraph.render.map_base import base_map, case_window
from routegraph.render.map_data import case_data, located
from routegraph.render.map_pack import json_island
from routegraph.render.palette import tlp_colour

if TYPE_CHECKING:
    import folium

    from routegraph.briefing.product import Briefing

MAX_ZOOM = 12
ISLAND = "routegraph-case"


def render_map(briefing: Briefing) -> bytes:
    """Return map.html: where the corridors run, how busy each leg and place is, and on which records.

    Parameters
    ----------
    briefing
        A whole case; its tables hold the contract's columns.

    Returns
    -------
    bytes
        UTF-8 HTML with everything inside it: script, style, base map and case. The same briefing gives the same bytes.

    Raises
    ------
    AssetError
        Where the installation was made without building the map's parts.

    Notes
    -----
    A wide line is flow as estimated, with its 90 % interval one click away; it is not a road. Lines follow great
    circles (bowed a little to the right of travel, so that two directions stay apart), not the way a vehicle took.
    Records reach the page only as JSON data, which the viewer shows as text.
    """
    from routegraph.render.map_shell import safe_html

    return safe_html(folium_map(briefing))


def folium_map(briefing: Briefing) -> folium.Map:
    """Return the same map as a folium object, to which more can be added; write it with ``safe_html``.

    folium's own ``save`` compiles rendered text as a template and loads scripts from outside hosts: not for this.
    """
    import folium

    from routegraph.render.map_shell import PlainText, Start

    at = located(briefing.tables["places"].reset_index(drop=True))
    lat, lon = at["lat"].to_numpy(), at["lon"].to_numpy()
    window = case_window(lat, lon)
    payload = case_data(briefing) | {
        "window": [window.west, window.south, window.east, window.north],
        "centre": window.centre,
        "base": base_map(window, lat=lat, lon=lon, border=briefing.border),
    }
    chart = folium.Map(
        location=[(window.south + window.north) / 2, (window.west + window.east) / 2],
        tiles=None,
        zoom_start=4,
        zoom_control="topright",
        max_zoom=MAX_ZOOM,
        min_zoom=1,
        zoom_snap=0.25,
        font_size="13px",
    )
    figure: Any = chart.get_root()
    figure.title = f"{briefing.marking.text}: {briefing.title}"
    for edge in ("top", "bottom"):
        figure.html.add_child(PlainText(_banner(briefing, edge)), name=f"banner_{edge}")
    text = json_island(payload)
    figure.html.add_child(PlainText(f"<style>\n{font_faces(_names(payload))}{_sheets(briefing)}</style>"), name="names")
    island = f'<script type="application/json" id="{ISLAND}">{text}</script>'
    figure.html.add_child(PlainText(island), name=ISLAND)
    chart.add_child(Start(ISLAND))
    return chart


def _names(payload: dict[str, Any]) -> str:
    """Return all text that the page may have to draw or write in letters beyond Latin."""
    places, corridors = payload["places"], payload["corridors"]
    said = [payload["title"], *payload["caveats"], *payload["sources"], *places["name"], *places["id"]]
    said += [str(value) for one in corridors for value in one.values() if isinstance(value, str)]
    return "".join(sorted(set("".join(said))))


def _sheets(briefing: Briefing) -> str:
    """Return the style that puts the marking, and the word for synthetic data, into the margins of every sheet."""
    lines = [briefing.marking.text, *([SYNTHETIC_LINE] if briefing.synthetic else [])]
    said = "\\a ".join("".join(c if c.isascii() and c.isalnum() else f"\\{ord(c):06x}" for c in line) for line in lines)
    colour = tlp_colour(briefing.marking.tlp)
    look = (
        f'content:"{said}";white-space:pre;text-align:center;width:100%;height:10mm;background:#000;color:{colour};'
        "font:700 10pt sans-serif"
    )
    return f"@page{{@top-center{{{look};margin-top:4mm}}@bottom-center{{{look};margin-bottom:4mm}}}}"


def _banner(briefing: Briefing, edge: str) -> str:
    """Return the marking as markup of its own, so that it stands even where no script runs."""
    said, colour = html.escape(briefing.marking.text), tlp_colour(briefing.marking.tlp)
    return f'<div class="rg-marking rg-{edge}" style="--rg-tlp:{colour}" role="note">{said}</div>'
