"""Opening and hovering, routegraph's map against folium's own, in one run: `python benchmarks/hover.py`.

Each page is opened from a file in headless Chromium with the network off. `open` is until the map is drawn; `labels` at
how many of 195 points of the map a label stood after the pointer came; `hover` the slowest of those answers, layout
included. folium's own page asks outside hosts for its scripts and stays blank without them, so its lines are written
through routegraph's safe writer, which bundles them.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

import folium
from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parent))
from products import case

from routegraph import safe_html
from routegraph.briefing import Briefing
from routegraph.render import TARGETS

ARGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
HOVER = """() => {
  const answers = [];
  for (let x = 250; x < 900; x += 10) {
    for (const y of [250, 330, 410]) {
      const target = document.elementFromPoint(x, y) ?? document.body;
      const started = performance.now();
      for (const kind of ['mouseover', 'mousemove'])
        target.dispatchEvent(new MouseEvent(kind, {bubbles: true, clientX: x, clientY: y}));
      const tip = document.querySelector('.rg-tip:not([hidden])') ?? document.querySelector('.leaflet-tooltip');
      tip?.getBoundingClientRect();
      if (tip?.textContent) answers.push(performance.now() - started);
      target.dispatchEvent(new MouseEvent('mouseout', {bubbles: true, clientX: x, clientY: y}));
    }
  }
  return [answers.length, Math.max(...answers)];
}"""


def plain_folium(briefing: Briefing) -> bytes:
    """Draw each leg as an object of folium's own."""
    at = briefing.tables["places"].set_index("place_id")[["lat", "lon"]]
    shown = folium.Map(location=(8, 115), zoom_start=5, tiles=None, max_zoom=12)
    for leg in briefing.tables["legs"].itertuples():
        ends = [tuple(at.loc[leg.origin]), tuple(at.loc[leg.destination])]
        folium.PolyLine(ends, tooltip=f"{leg.origin} > {leg.destination}").add_to(shown)
    return safe_html(shown)


def measured(page: Page, content: bytes, ready: str) -> tuple[float, int, float]:
    """Return seconds to open, how many points showed a label, and milliseconds of the slowest of them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "map.html"
        path.write_bytes(content)
        start = time.perf_counter()
        page.goto(path.as_uri(), timeout=300_000)
        while not page.evaluate(ready):
            page.wait_for_timeout(20)
        opened = time.perf_counter() - start
        labels, slowest = page.evaluate(HOVER)
        return opened, labels, slowest


def main() -> None:
    """Print one line a map."""
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium"), args=ARGS
        )
        page = browser.new_context(offline=True, viewport={"width": 1366, "height": 768}).new_page()
        print(f"{'legs':>8} {'map':12} {'size':>10} {'open':>9} {'labels':>7} {'hover':>10}")
        for legs in (200, 20_000, 200_000):
            briefing = case(legs)
            pages = {"routegraph": (TARGETS["map"].render(briefing), "Boolean(window.routegraph?.ready)")}
            if legs <= 20_000:
                pages["folium"] = (plain_folium(briefing), "Boolean(document.querySelector('.leaflet-pane path'))")
            for name, (content, ready) in pages.items():
                opened, labels, hover = measured(page, content, ready)
                size = f"{len(content) / 1e6:7.2f} MB"
                print(f"{legs:8,} {name:12} {size} {opened:7.2f} s {labels:7} {hover:7.1f} ms")
        browser.close()


if __name__ == "__main__":
    main()
