"""The map on paper: its scale bar measures the map that is printed, and the view comes back."""

from __future__ import annotations

import math
import re
import shutil
import subprocess

import numpy as np
import pytest

from routegraph.render.map import render_map

pytestmark = pytest.mark.browser

DPI = 150
MAGENTA, BLUE, VERMILION = (255, 0, 255), (0x00, 0x72, 0xB2), (0xD5, 0x5E, 0x00)
WEST, EAST = (15.0, 96.0), (15.0, 104.0)
STATE = """
() => {
  const {map, layer} = window.routegraph.ready;
  return {zoom: map.getZoom(), centre: map.getCenter(), size: map.getSize(), pixels: layer.canvas.width,
          printing: document.body.classList.contains('rg-printing')};
}
"""
BOUNDS = """
(() => {
  const shown = window.routegraph.ready.map.getBounds();
  return [shown.getSouth(), shown.getWest(), shown.getNorth(), shown.getEast()];
})()
"""


@pytest.fixture(scope="module")
def two_points(make_briefing) -> bytes:
    """Return the map of two places eight degrees apart on one parallel, each in the colour of its community."""
    place_table, leg_table, corridor_table, briefing_of = make_briefing
    places = place_table([("West", "MMR", *WEST, "city"), ("East", "LAO", *EAST, "city")]).assign(community=[1, 2])
    ids = places["place_id"].to_list()
    legs = leg_table(places, [(ids[0], ids[1])], np.array([50.0]))
    return render_map(briefing_of(places, legs, corridor_table(places, [ids]).head(0)))


@pytest.fixture
def printed(two_points, open_page):
    """Return the page after printing, its state before, the sheets as text, and the first one as pixels."""
    for tool in ("pdftotext", "pdftoppm"):
        if shutil.which(tool) is None:
            pytest.skip(f"no {tool}; install Debian's poppler-utils to read the sheets back")
    page = open_page(two_points, width=1920, height=1080).page  # where the map is larger than on paper
    page.locator("#rg-layer-communities").check()
    page.add_style_tag(content=".leaflet-control-scale-line { border-color: #f0f !important }")
    before = page.evaluate(STATE)
    sheets = page.pdf(prefer_css_page_size=True, print_background=True)
    text = subprocess.run(["pdftotext", "-layout", "-", "-"], input=sheets, capture_output=True, check=True)
    made = subprocess.run(
        ["pdftoppm", "-r", str(DPI), "-l", "1", "-singlefile", "-"], input=sheets, capture_output=True, check=True
    )
    return page, before, text.stdout.decode("utf-8"), pixels(made.stdout)


def pixels(ppm: bytes) -> np.ndarray:
    """Return a PPM picture as rows of red, green, blue."""
    head = re.match(rb"P6\s+(\d+)\s+(\d+)\s+255\s", ppm)
    return np.frombuffer(ppm[head.end() :], dtype=np.uint8).reshape(int(head[2]), int(head[1]), 3).astype(int)


def of_colour(picture: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    """Return which pixels are of a colour."""
    return np.abs(picture - np.array(colour)).max(axis=2) < 24


def kilometres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Return the distance of two points on one parallel over the globe."""
    half = math.cos(math.radians(a[0])) * math.sin(math.radians(b[1] - a[1]) / 2)
    return 2 * 6371 * math.asin(half)


def settled(page, *, printing: bool) -> dict[str, object]:
    """Return the state of the page once it has turned to print or back, which it hears of with the next frame."""
    for _ in range(100):
        state = page.evaluate(STATE)
        if state["printing"] == printing:
            return state
        page.wait_for_timeout(50)
    pytest.fail(f"the page did not turn: {state}")


def test_the_scale_bar_on_paper_measures_the_map_on_paper(printed):
    page, _, text, picture = printed
    middle = {name: np.argwhere(of_colour(picture, colour)) for name, colour in (("w", BLUE), ("e", VERMILION))}
    assert all(len(found) > 60 for found in middle.values())
    # The sample discs of the legend have the same colours, but lie below the map: the first rows are of the map.
    at = {name: found[found[:, 0] < found[0, 0] + 40].mean(axis=0) for name, found in middle.items()}
    assert at["w"][0] == pytest.approx(at["e"][0], abs=3)
    apart = at["e"][1] - at["w"][1]
    bar = of_colour(picture, MAGENTA).sum(axis=1).max()
    (said,) = re.findall(r"(?<!\S)([\d,]+) km(?!\S)", text)
    per_pixel = kilometres(WEST, EAST) / apart
    assert float(said.replace(",", "")) / bar == pytest.approx(per_pixel, rel=0.02)
    # On the screen the map has another scale: a bar that came over from there would be wrong.
    screen = page.evaluate("parseFloat(document.querySelector('.leaflet-control-scale-line').style.width)")
    shown = page.locator(".leaflet-control-scale-line").inner_text()
    km = float(re.match(r"[\d,]+", shown)[0].replace(",", ""))
    assert km / (screen * DPI / 96) != pytest.approx(per_pixel, rel=0.05)


def test_after_printing_the_screen_is_as_it_was(printed):
    page, before, _, _ = printed
    after = page.evaluate(STATE)
    assert after["centre"] == pytest.approx(before["centre"], abs=1e-6)
    assert {**after, "centre": 0} == {**before, "centre": 0}


def test_paper_holds_what_the_reader_had_gone_to(asean_map, open_page):
    page = open_page(asean_map, width=1024, height=640).page
    page.locator(".rg-row").nth(7).click()
    south, west, north, east = page.evaluate(BOUNDS)
    page.emulate_media(media="print")
    state = settled(page, printing=True)
    assert state["pixels"] > 2.5 * state["size"]["x"]
    s, w, n, e = page.evaluate(BOUNDS)
    assert s < south + 0.01
    assert w < west + 0.01
    assert n > north - 0.01
    assert e > east - 0.01
    chart, sheet = page.locator(".folium-map").bounding_box(), page.locator("body").bounding_box()
    beside = page.evaluate("document.body.classList.contains('rg-beside')")
    assert chart["width"] == pytest.approx((221 if beside else 279) / 25.4 * 96, abs=1)
    # At the edge of a sheet whose body is as wide as this window.
    edge = chart["x"] + chart["width"] - sheet["x"] - sheet["width"] if beside else chart["x"] - sheet["x"]
    assert edge == pytest.approx(0, abs=1)
    page.emulate_media(media="screen")
    settled(page, printing=False)
    assert page.evaluate(BOUNDS) == pytest.approx([south, west, north, east], abs=1e-6)
