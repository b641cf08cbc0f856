"""The map against its peers, in one run: `python benchmarks/maps.py [legs ...]` (10,000 and 100,000 unless told).

The same legs become four pages: routegraph's map; folium with one PolyLine a leg; folium with one GeoJson layer on
Leaflet's canvas; pydeck with an ArcLayer. Each is opened from a file in headless Chromium with the network off, and a
mouse is moved over it until the first label stands: that is `first label`, from the moment the page is asked for.
Each is measured once, and routegraph's before and after the others, so that a machine that grew busier shows.

folium's own pages ask outside hosts for their scripts and stay blank without them, so both are written through
routegraph's safe writer, which bundles them; its time is in `build`, as pydeck's bundling is in pydeck's. pydeck draws
with WebGL, here without a graphics card; on one it would be faster. Its page still names five outside hosts for styles
and a map library, which the figures do without.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import folium
import pandas as pd
import pydeck
from playwright.sync_api import Browser, Error, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parent))
from hover import ARGS, plain_folium
from products import case

from routegraph import safe_html
from routegraph.briefing import Briefing
from routegraph.render import TARGETS

PATIENCE = 240.0
"""Seconds after which a page counts as one that never answered."""
LABEL = """() => [...document.querySelectorAll('.rg-tip, .leaflet-tooltip, .deck-tooltip')].some(
  tip => tip.textContent.trim() && getComputedStyle(tip).display !== 'none' && !tip.hidden)"""


@dataclass(frozen=True)
class Figures:
    """One map as measured; ``label`` is None where no label ever came."""

    name: str
    build: float
    megabytes: float
    label: float | None


def routegraph_map(briefing: Briefing) -> bytes:
    """Return routegraph's map."""
    return TARGETS["map"].render(briefing)


def geojson_canvas(briefing: Briefing) -> bytes:
    """Return all legs as one GeoJSON layer on Leaflet's canvas."""
    features = [
        {
            "type": "Feature",
            "properties": {"leg": f"{origin} > {end}", "flow": flow},
            "geometry": {"type": "LineString", "coordinates": [here, there]},
        }
        for origin, end, flow, here, there in _ways(briefing)
    ]
    shown = folium.Map(location=(8, 115), zoom_start=5, tiles=None, max_zoom=12, prefer_canvas=True)
    folium.GeoJson(
        {"type": "FeatureCollection", "features": features}, tooltip=folium.GeoJsonTooltip(["leg", "flow"])
    ).add_to(shown)
    return safe_html(shown)


def pydeck_arcs(briefing: Briefing) -> bytes:
    """Return all legs as arcs of deck.gl, its scripts bundled, over no map."""
    arcs = pd.DataFrame(_ways(briefing), columns=["origin", "end", "flow", "here", "there"])
    layer = pydeck.Layer(
        "ArcLayer",
        arcs,
        get_source_position="here",
        get_target_position="there",
        get_source_color=[0, 114, 178],
        get_target_color=[213, 94, 0],
        get_width=2,
        pickable=True,
    )
    view = pydeck.ViewState(latitude=8, longitude=115, zoom=4)
    deck = pydeck.Deck(
        [layer], initial_view_state=view, map_provider=None, tooltip={"text": "{origin} > {end}: {flow}"}
    )
    return str(deck.to_html(as_string=True, offline=True, notebook_display=False)).encode()


def _ways(briefing: Briefing) -> list[tuple[str, str, float, list[float], list[float]]]:
    places, legs = briefing.tables["places"], briefing.tables["legs"]
    at = dict(zip(places["place_id"], places[["lon", "lat"]].to_numpy().tolist(), strict=True))
    ends = zip(legs["origin"], legs["destination"], legs["flow_mean"].tolist(), strict=True)
    return [(origin, end, flow, at[origin], at[end]) for origin, end, flow in ends]


OURS = "routegraph"
MAPS: dict[str, Callable[[Briefing], bytes]] = {
    OURS: routegraph_map,
    "folium PolyLine": plain_folium,
    "GeoJSON on canvas": geojson_canvas,
    "pydeck ArcLayer": pydeck_arcs,
}


def first_label(browser: Browser, content: bytes) -> float | None:
    """Return seconds from asking for the page until a label stands under the mouse; None if none ever does."""
    context = browser.new_context(offline=True, viewport={"width": 1366, "height": 768})
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "map.html"
            path.write_bytes(content)
            page = context.new_page()
            page.set_default_timeout(1_000 * PATIENCE)
            start = time.perf_counter()
            page.goto(path.as_uri(), timeout=1_000 * PATIENCE, wait_until="commit")
            return _label_after(page, start)
    except Error as error:  # a page that took all memory, or more than the time there was
        print(f"    {str(error).splitlines()[0]}", file=sys.stderr)
        return None
    finally:
        context.close()


def _label_after(page: Page, start: float) -> float | None:
    for x, y in _points():
        if time.perf_counter() - start > PATIENCE:
            return None
        page.mouse.move(x, y)
        if page.evaluate(LABEL):
            return time.perf_counter() - start
    return None


def _points() -> Iterator[tuple[int, int]]:
    """Return points over the middle of the page, for ever: neighbours first, as a hand would move."""
    while True:
        for y in range(260, 520, 20):
            for x in range(420, 960, 9):
                yield x, y


def measured(browser: Browser, name: str, briefing: Briefing) -> Figures:
    """Build one map, open it, and wait for its first label."""
    start = time.perf_counter()
    content = MAPS[name](briefing)
    build = time.perf_counter() - start
    return Figures(name, build, len(content) / 1e6, first_label(browser, content))


def slower(first: Figures, last: Figures) -> Figures:
    """Return the worse of two measurements of one map, figure by figure."""
    label = None if first.label is None or last.label is None else max(first.label, last.label)
    return Figures(first.name, max(first.build, last.build), max(first.megabytes, last.megabytes), label)


def line(legs: int, found: Figures, ours: Figures) -> str:
    """Return one row of the table; ratios are of routegraph's figures."""
    label = f"{found.label:8.2f} s" if found.label is not None else f"{'none':>10}"
    ratios = [found.build / ours.build, found.megabytes / ours.megabytes]
    ratios += [found.label / ours.label] if found.label is not None and ours.label else []
    said = " ".join(f"{ratio:7.1f}x" for ratio in ratios)
    return f"{legs:9,} {found.name:18} {found.build:8.2f} s {found.megabytes:8.2f} MB {label}   {said}"


def main() -> None:
    """Print one line a map; routegraph's stands first and last, and ratios are of the slower of both."""
    sizes = [int(text) for text in sys.argv[1:]] or [10_000, 100_000]
    args = [*ARGS, "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
    executable = os.environ.get("CHROMIUM") or shutil.which("chromium")
    for make in MAPS.values():
        make(case(10))  # loads what is loaded once
    heads = f"{'build':>10} {'size':>11} {'first label':>10}   {'build':>8} {'size':>8} {'label':>8}"
    print(f"{'legs':>9} {'map':18} {heads} (times routegraph's)")
    with sync_playwright() as play:
        for legs in sizes:
            briefing = case(legs)
            found: list[Figures] = []
            for name in (OURS, *[name for name in MAPS if name != OURS], OURS):
                browser = play.chromium.launch(executable_path=executable, args=args)
                found.append(measured(browser, name, briefing))
                browser.close()
            ours = slower(found[0], found[-1])
            for one in found:
                print(line(legs, one, ours), flush=True)


if __name__ == "__main__":
    main()
