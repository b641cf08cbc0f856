"""The map of each real case in a browser with the network off: asks for nothing, is quick, shows the case large."""

from __future__ import annotations

from pathlib import Path

import pytest

from routegraph.run import run_case
from routegraph.settings import Settings

pytestmark = pytest.mark.browser

CASES = ("sample", "cocaine", "traces")
HOVER = """
async () => {
  // Over every corridor in view: the answer to the pointer, index of lines included, must come within the limit.
  const {layer, model, map} = window.routegraph.ready;
  const chart = document.querySelector('.folium-map');
  const frame = chart.getBoundingClientRect();
  const tip = document.querySelector('.rg-tip');
  const view = layer.view();
  const centre = map.getCenter();
  const moved = map.latLngToLayerPoint(centre).subtract(map.latLngToContainerPoint(centre));
  const offset = moved.subtract(layer._bounds.min);
  const at = (x, y) => [x * view.scale - view.x - offset.x, y * view.scale - view.y - offset.y];
  const answers = [];
  layer.hits.ready = false;
  for (const one of model.corridors.slice(0, 10)) {
    for (const pair of one.pairs.slice(0, 2)) {
      const piece = model.arcBetween(pair.from, pair.to)[0];
      const k = 2 * Math.floor(piece.length / 4);
      const [x, y] = at(piece[k], piece[k + 1]);
      if (x < 0 || y < 0 || x > frame.width || y > frame.height) continue;
      const started = performance.now();
      const spot = {bubbles: true, clientX: frame.left + x, clientY: frame.top + y};
      chart.dispatchEvent(new MouseEvent('mousemove', spot));
      const shown = !tip.hidden && tip.textContent.length > 0;
      tip.getBoundingClientRect();
      answers.push([shown, performance.now() - started]);
    }
  }
  return answers;
}
"""
FILLED = """
() => {
  // How much of the frame, along its tighter side, lies between the outermost places of the corridors that are drawn.
  const {model, map} = window.routegraph.ready;
  const size = map.getSize();
  const stops = model.corridors.slice(0, 5).flatMap((one) => one.stops).filter((i) => model.located(i));
  const all = [...Array(model.data.places.count).keys()].filter((i) => model.located(i));
  const spot = (i) => map.latLngToContainerPoint(map.unproject([model.placeX[i], model.placeY[i]], 0));
  const inside = (p) => p.x >= 0 && p.y >= 0 && p.x <= size.x && p.y <= size.y;
  const seen = all.map(spot).filter(inside);
  const span = (values) => Math.max(...values) - Math.min(...values);
  return {
    filled: Math.max(span(seen.map((p) => p.x)) / size.x, span(seen.map((p) => p.y)) / size.y),
    stopsInside: stops.every((i) => inside(spot(i))), inside: seen.length, all: all.length,
    said: document.querySelector('.rg-all').hidden ? '' : document.querySelector('.rg-all').textContent,
  };
}
"""
OVERLAPS = """
() => {
  // Names are painted on a canvas: watch where, and count pairs that cross.
  const {layer} = window.routegraph.ready;
  const boxes = [];
  const kind = CanvasRenderingContext2D.prototype;
  const original = kind.fillText;
  kind.fillText = function (text, x, y) {
    const width = this.measureText(text).width;
    const high = parseFloat(this.font.match(/([0-9.]+)px/)[1]);
    const left = this.textAlign === 'center' ? x - width / 2 : x;
    boxes.push([left, y - high * 0.4, left + width, y + high * 0.4, text]);
    return original.apply(this, arguments);
  };
  layer.draw();
  kind.fillText = original;
  const crossing = [];
  boxes.forEach((a, i) => boxes.slice(i + 1).forEach((b) => {
    if (a[0] < b[2] && a[2] > b[0] && a[1] < b[3] && a[3] > b[1]) crossing.push(`${a[4]} / ${b[4]}`);
  }));
  return {names: boxes.length, crossing};
}
"""

NAMED = "(one) => `${one.tagName} ${one.id} ${one.className}`"
STOPS = """
() => {
  // What a keyboard should stop at up to the first row of the list: told by what elements are, not by pressing Tab.
  const named = NAMED;
  const all = [...document.querySelectorAll('a[href], button, input, select, [tabindex]')]
    .filter((one) => one.tabIndex >= 0 && !one.disabled && one.getClientRects().length);
  return all.slice(0, all.findIndex((one) => one.classList.contains('rg-row')) + 1).map(named);
}
""".replace("NAMED", NAMED)


@pytest.fixture(scope="module")
def page_of(request, demo, tmp_path_factory):
    """Return a function that makes a case's map once; real ones with few draws: the layout does not depend on them."""
    made: dict[str, bytes] = {}

    def settings(name: str, out: Path) -> Settings:
        data = request.getfixturevalue("real_data")
        if name == "traces":
            source = data / "atf-firearm-traces" / "atf_source_recovery_2010_2020.csv"
            return Settings(seizures=(source,), profile="atf-traces", estimator="counts", draws=40, out=out)
        source = data / "unodc-ids" / "unodc_ids_2011_2016.parquet"
        cocaine = {"profile": "unodc-ids", "commodity": "drugs.cocaine", "level": "country"}
        return Settings(seizures=(source,), estimator="counts", draws=40, out=out, **cocaine)

    def page(name: str) -> bytes:
        if name == "sample":
            return (demo[1] / "map.html").read_bytes()
        if name not in made:
            out = tmp_path_factory.mktemp(name)
            run_case(settings(name, out))
            made[name] = (out / "map.html").read_bytes()
        return made[name]

    return page


MARKS = {"sample": [], "cocaine": [pytest.mark.real_data, pytest.mark.slow]}


@pytest.mark.parametrize("name", [pytest.param(case, marks=MARKS.get(case, [pytest.mark.real_data])) for case in CASES])
class TestMapOfACase:
    def test_it_asks_for_nothing_and_answers_the_pointer(self, page_of, open_page, name):
        opened = open_page(page_of(name))
        answers = opened.page.evaluate(HOVER)
        assert len(answers) >= 5
        assert all(shown for shown, _ in answers)
        assert opened.requests == []
        assert opened.complaints == []

    @pytest.mark.parametrize("size", [(1024, 600), (1366, 768), (1920, 1080)], ids=str)
    def test_the_first_view_is_filled_and_no_name_stands_on_another(self, page_of, open_page, name, size):
        page = open_page(page_of(name), width=size[0], height=size[1]).page
        frame = page.evaluate(FILLED)
        assert frame["filled"] > 0.84
        assert frame["stopsInside"]
        outside = frame["all"] - frame["inside"]
        assert frame["said"] == (f"{outside} of {frame['all']} outside this view: show all" if outside else "")
        assert outside <= 0.2 * frame["all"]
        told = page.evaluate(OVERLAPS)
        assert told["names"] >= 12
        assert told["crossing"] == []
        chart = page.locator(".folium-map").bounding_box()
        assert chart["width"] * chart["height"] > 0.33 * size[0] * size[1]
        assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")

    def test_a_click_on_a_corridor_opens_its_evidence(self, page_of, open_page, name):
        page = open_page(page_of(name)).page
        page.locator(".rg-row").first.click()
        text = page.locator(".rg-body").inner_text()
        path = page.evaluate("routegraph.ready.model.corridors[0].stops.map((i) => routegraph.ready.model.name(i))")
        assert all(place in text for place in path)
        assert "90 %" in text
        assert page.locator(".rg-records li").count() > 0

    def test_the_first_stop_of_tab_leads_past_all_controls_to_the_list(self, page_of, open_page, name):
        page = open_page(page_of(name)).page
        before = page.url
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "rg-skip"
        shown = page.locator(".rg-skip").bounding_box()
        assert shown["y"] >= 0
        assert shown["height"] > 20
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement === document.querySelector('.rg-row')")
        assert page.url == before
        page.keyboard.press("Enter")
        assert page.locator(".rg-head2").count() == 1
        page.keyboard.press("Escape")
        assert page.locator(".rg-head2").count() == 0
        assert page.evaluate("document.activeElement === document.querySelector('.rg-row')")

    def test_tab_reaches_every_control_in_the_order_of_the_page_before_the_list(self, page_of, open_page, name):
        page = open_page(page_of(name)).page
        stops = page.evaluate(STOPS)
        reached = []
        for _ in stops:
            page.keyboard.press("Tab")
            reached.append(page.evaluate(f"({NAMED})(document.activeElement)"))
        assert reached == stops
        for wanted in ("folium-map", "rg-search", "rg-layer-corridors", "rg-how-many", "rg-row"):
            assert any(wanted in one for one in stops), (wanted, stops)
        assert len(stops) < 40  # as many as fit, but a page where it grows past this needs another way in


@pytest.mark.real_data
@pytest.mark.parametrize(("size", "outside"), [((1366, 768), 8), ((1920, 1080), 5)], ids=str)
def test_show_all_brings_the_places_outside_into_view(page_of, open_page, size, outside):
    page = open_page(page_of("traces"), width=size[0], height=size[1]).page
    # Alaska, Hawaii and the islands at any size; three quiet states of the north where the window is low.
    assert page.locator(".rg-all").inner_text() == f"{outside} of 54 outside this view: show all"
    # The legend lies under this wide case: what it takes is taken from the map.
    assert page.locator(".rg-legend").bounding_box()["height"] < 0.18 * size[1]
    page.locator(".rg-all").click()
    assert not page.locator(".rg-all").is_visible()
    assert page.evaluate(FILLED)["inside"] == 54


@pytest.mark.real_data
def test_states_of_the_us_have_their_borders(page_of, open_page):
    page = open_page(page_of("traces")).page
    assert (
        page.evaluate("routegraph.ready.model.data.base.regions.reduce((sum, part) => sum + part.lengths.length, 0)")
        > 50
    )
    assert page.evaluate("routegraph.ready.map.getZoom()") > 4
