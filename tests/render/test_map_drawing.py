"""What the map draws, read off its pixels and its model in a browser: width, colour, uncertainty, layers, size."""

from __future__ import annotations

import dataclasses
import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from routegraph.briefing.columns import COLUMNS
from routegraph.briefing.leg_changes import leg_changes
from routegraph.render.map import render_map
from routegraph.render.map_base import case_window
from routegraph.render.map_borders import NOTE, disputed_areas

pytestmark = pytest.mark.browser

LAYER = "window.routegraph.ready.layer"
# How many pixels of the canvas are within a distance of a colour.
COUNT = """([r, g, b, reach]) => {
  const {canvas} = window.routegraph.ready.layer;
  const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let found = 0;
  for (let k = 0; k < data.length; k += 4) {
    if (Math.abs(data[k] - r) + Math.abs(data[k + 1] - g) + Math.abs(data[k + 2] - b) < reach) found += 1;
  }
  return found;
}"""


def rgb(hexed: str, reach: int = 24) -> list[int]:
    return [int(hexed[k : k + 2], 16) for k in (1, 3, 5)] + [reach]


@pytest.fixture(scope="module")
def found(asean):
    """Return the case with surprise, communities, a place of diversion, two legs that changed, one without a name."""
    legs, places = asean.tables["legs"], asean.tables["places"]
    ends = [f"{a} > {b}" for a, b in zip(legs["origin"], legs["destination"], strict=True)]
    blank = dict.fromkeys(COLUMNS["structure"], "")
    numbers = {"mean": 0.5, "p05": 0.2, "p95": 0.9, "rank_p05": 1, "rank_p95": 2, "p_top": 0.9}
    change = "flow_before_mean: 1; flow_after_mean: 9; p_appeared: 0.99; p_surged: 0; what: {}"
    rows = [
        blank | numbers | {"analysis": "diversion", "kind": "place", "id": places["place_id"][4],
                           "said": "in_credible_set: yes; basis: traces"},
        *(blank | numbers | {"analysis": "change", "kind": "leg", "id": ends[n], "said": change.format(what)}
          for n, what in ((0, "appeared"), (1, "vanished"), (2, ""))),
    ]  # fmt: skip
    corridors = asean.tables["corridors"].assign(surprise=np.linspace(3, -2, len(asean.tables["corridors"])))
    tables = asean.tables | {
        "structure": pd.DataFrame(rows, columns=list(COLUMNS["structure"])),
        "corridors": corridors,
        "places": places.assign(community=[1 + n % 3 for n in range(len(places))]),
    }
    return dataclasses.replace(asean, tables=tables, estimator="removal")


@pytest.fixture
def page(found, open_page):
    opened = open_page(render_map(found))
    yield opened.page
    # reading pixels back is what the tests do, not the page
    assert [said for said in opened.complaints if "getImageData" not in said] == []


def only(page, *layers):
    """Leave these layers on."""
    for name in ("corridors", "legs", "places", "communities", "diversion", "change", "seizures"):
        box = page.locator(f"#rg-layer-{name}")
        if box.count():
            box.set_checked(name in layers)


@pytest.mark.parametrize(
    ("layer", "colour"),
    [("communities", "#0072b2"), ("diversion", "#7a0177"), ("change", "#0072b2"), ("seizures", "#00707e")],
)
def test_a_layer_draws_in_its_own_colour_and_only_where_it_is_on(page, layer, colour):
    only(page)
    assert page.evaluate(COUNT, rgb(colour, 80)) == 0
    only(page, layer)
    assert page.evaluate(COUNT, rgb(colour, 80)) > 30


WRITTEN = """() => {
  const kind = CanvasRenderingContext2D.prototype;
  const [original, found] = [kind.fillText, []];
  kind.fillText = function (text, x, y) {
    found.push([text, x, y]);
    return original.apply(this, arguments);
  };
  window.routegraph.ready.layer.draw();
  kind.fillText = original;
  return found.filter(([text]) => /^[A-Z]$/.test(text));
}"""


def test_a_community_has_its_letter_in_every_disc_with_room_for_one(page):
    only(page, "places")
    assert page.evaluate(WRITTEN) == []
    only(page, "places", "communities")
    letters = page.evaluate(WRITTEN)
    places = page.evaluate(
        """(() => {
          const {model, layer} = window.routegraph.ready;
          const view = layer.view();
          return [...Array(model.data.places.count).keys()].filter((i) => model.radius(i) >= 6.5).map((i) =>
            [i % 3, model.placeX[i] * view.scale - view.x, model.placeY[i] * view.scale - view.y]);
        })()"""
    )
    assert len(places) > 3
    found = {("ABC".index(text), round(x), round(y - 0.4)) for text, x, y in letters}
    assert len(found) == len(places)
    for community, x, y in places:
        assert any(k == community and abs(a - x) < 2 and abs(b - y) < 2 for k, a, b in found)


def test_what_appeared_and_what_vanished_have_different_signs(page):
    only(page, "change")
    told = page.evaluate("[0, 1].map((i) => window.routegraph.ready.model.changeOf(i)?.what)")
    assert sorted(told) == ["appeared", "vanished"]
    assert page.evaluate(COUNT, rgb("#0072b2")) > 30 < page.evaluate(COUNT, rgb("#b83b00"))


def test_a_change_without_a_name_is_said_with_its_interval_and_drawn_nowhere(found, open_page):
    """Some legs of many have an interval on one side of no change by chance alone: no layer, no verb."""
    structure = found.tables["structure"]
    quiet = structure.assign(said=structure["said"].str.replace(r"; what: \w+", "; what: ", regex=True))
    page = open_page(render_map(dataclasses.replace(found, tables=found.tables | {"structure": quiet}))).page
    assert page.locator("#rg-layer-change").count() == 0
    page.get_by_role("tab", name="Data").click()
    assert "None of 3 legs compared is named as changed" in page.locator(".rg-body").inner_text()
    page.get_by_role("tab", name="Legs").click()
    page.locator(".rg-row").first.click()
    text = page.locator(".rg-body").inner_text()
    assert "no change is named: 9 against 1 a period, 1.4 times (1.1 to 1.9)" in text
    assert not re.search(r"\b(rose|sank|surged)\b", text)


def test_a_change_with_a_name_is_said_with_it(page):
    page.get_by_role("tab", name="Legs").click()
    page.locator(".rg-row").first.click()
    assert "appeared: 9 against 1 a period, 1.4 times (1.1 to 1.9)" in page.locator(".rg-body").inner_text()
    page.keyboard.press("Escape")
    page.get_by_role("tab", name="Data").click()
    assert "2 of 3 legs compared are named as changed" in page.locator(".rg-body").inner_text()


def test_the_map_draws_what_the_briefing_names(found, page):
    named = leg_changes(found.tables["structure"])["what"].loc[lambda what: what != ""]
    assert len(named) == 2
    only(page, "change")
    assert sorted(
        page.evaluate(f"Array.from({LAYER}.hits.drawn.legs, (i) => routegraph.ready.model.changeOf(i).what)")
    ) == (sorted(named))


def test_a_layer_without_findings_is_not_offered(asean_map, open_page):
    page = open_page(asean_map).page
    assert page.locator("#rg-layer-diversion, #rg-layer-change").count() == 0
    assert page.locator("#rg-layer-seizures").count() == 1


def grey(colour: str) -> float:
    """Return the lightness that a grey print gives a colour."""
    red, green, blue = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_surprise_is_one_colour_scale_that_keeps_its_order_in_grey(page, found):
    told = page.evaluate("window.routegraph.ready.model.corridors.map((one) => [one.surprise, one.colour])")
    assert [value for value, _ in told] == pytest.approx(found.tables["corridors"]["surprise"])
    for side in ([c for v, c in told if v >= 0.5], [c for v, c in told if v <= -0.5][::-1]):
        lights = [grey(colour) for colour in side]
        assert len(set(side)) > 2
        assert lights == sorted(lights)  # the farther from what is expected, the darker
    assert grey(told[0][1]) < grey(told[-1][1])


def widths(page, shares: list[float]) -> float:
    """Return how many pixels wide the first corridor lies across its longest step: the median over some shares."""
    return page.evaluate(
        """(shares) => {
          const {layer, model} = window.routegraph.ready;
          const view = layer.view();
          const one = model.corridors[0];
          const pieces = one.pairs.flatMap((pair) => model.arcBetween(pair.from, pair.to));
          const far = (p) => Math.hypot(p[p.length - 2] - p[0], p[p.length - 1] - p[1]);
          const piece = pieces.sort((a, b) => far(b) - far(a))[0];
          const ctx = layer.canvas.getContext('2d');
          const want = [1, 3, 5].map((n) => parseInt(one.colour.slice(n, n + 2), 16));
          const found = shares.map((share) => {
            const k = 2 * Math.floor(share * (piece.length / 2 - 2));
            const at = (i) => [piece[i] * view.scale - view.x, piece[i + 1] * view.scale - view.y];
            const [[x1, y1], [x2, y2]] = [at(k), at(k + 2)];
            const length = Math.hypot(x2 - x1, y2 - y1);
            const [nx, ny] = [-(y2 - y1) / length, (x2 - x1) / length];
            const inked = (d) => {
              const pixel = ctx.getImageData(Math.round((x1 + d * nx) * view.ratio), Math.round((y1 + d * ny) * view.ratio), 1, 1).data;
              return want.reduce((sum, v, n) => sum + Math.abs(v - pixel[n]), 0) < 150;
            };
            let wide = 0;
            for (const side of [0.25, -0.25]) for (let d = side; Math.abs(d) < 14 && inked(d); d += side) wide += 0.25;
            return wide;
          });
          return found.sort((a, b) => a - b)[Math.floor(found.length / 2)];
        }""",  # noqa: E501
        shares,
    )


def test_a_corridor_is_wider_where_consignments_set_out(found, open_page):
    steps = [("corridor", "C001", step, f"SYN-{step:05d}", "travelled") for step in range(3)]
    evidence = pd.DataFrame(steps, columns=["kind", "id", "step", "record_id", "status"])
    page = open_page(render_map(dataclasses.replace(found, tables=found.tables | {"evidence": evidence}))).page
    only(page, "corridors")
    assert page.evaluate("window.routegraph.ready.model.corridors[0].pairs.map((pair) => pair.status)") == [0, 0, 0]
    begin, end = widths(page, [0.1, 0.15, 0.2, 0.25, 0.3]), widths(page, [0.7, 0.75, 0.8, 0.85, 0.9])
    # Width 11 leaves 42 % at the end: 9.7 pixels after a fifth of the way, 5.9 after four fifths.
    assert begin == pytest.approx(9.7, abs=1.5)
    assert end == pytest.approx(5.9, abs=1.5)


def beside(page) -> float:
    """Return the share of points a little beside the first corridor's line that are of its band's colour."""
    return page.evaluate(
        """() => {
          const {layer, model} = window.routegraph.ready;
          const view = layer.view();
          const one = model.corridors[0];
          const want = [1, 3, 5].map((n) => 0.42 * parseInt(one.colour.slice(n, n + 2), 16) + 0.58 * 255);
          const ctx = layer.canvas.getContext('2d');
          let [inside, all] = [0, 0];
          for (const pair of one.pairs) for (const piece of model.arcBetween(pair.from, pair.to)) {
            for (let k = 2; k + 2 < piece.length / 2; k += 2) {
              const at = (i) => [piece[i] * view.scale - view.x, piece[i + 1] * view.scale - view.y];
              const [[x1, y1], [x2, y2]] = [at(k), at(k + 2)];
              const length = Math.hypot(x2 - x1, y2 - y1);
              const out = (one.width / 2 + 2.8) * (1 - 0.58 * (k / (piece.length - 2)));
              for (const side of [out, -out]) {
                const [x, y] = [x1 - ((y2 - y1) / length) * side, y1 + ((x2 - x1) / length) * side];
                const pixel = ctx.getImageData(Math.round(x * view.ratio), Math.round(y * view.ratio), 1, 1).data;
                all += 1;
                inside += want.reduce((sum, v, n) => sum + Math.abs(v - pixel[n]), 0) < 90;
              }
            }
          }
          return inside / all;
        }"""
    )


def test_a_wide_interval_shows_as_a_band_and_a_narrow_one_has_none(found, open_page):
    corridors = found.tables["corridors"]
    bands = {}
    for name, times in (("wide", 4.0), ("narrow", 1.02)):
        table = corridors.assign(flow_p05=corridors["flow_mean"] / times, flow_p95=corridors["flow_mean"] * times)
        page = open_page(render_map(dataclasses.replace(found, tables=found.tables | {"corridors": table}))).page
        model = "window.routegraph.ready.model"
        bands[name] = page.evaluate(f"{model}.corridorBand({model}.corridors[0]) - {model}.corridors[0].width")
        bands[f"{name} sure"] = page.evaluate(f"{model}.corridorSure({model}.corridors[0])")
        only(page, "corridors")
        bands[f"{name} tinted"] = beside(page)
    assert bands["wide"] == pytest.approx(8.0)  # 3 + 8 sqrt(4) against 3 + 8 sqrt(1)
    assert bands["narrow"] == pytest.approx(8 * (np.sqrt(1.02) - 1), abs=1e-3)
    assert bands["wide tinted"] > 0.5
    assert bands["narrow tinted"] < 0.1
    assert bands["narrow sure"] == 1 > bands["wide sure"] == pytest.approx(0.5)  # log2(16) = 4 of 1 to 7


@pytest.fixture(scope="module")
def yearly(found):
    """Return the case with two years: a twentieth of the flow in the second, of the busiest leg in the first."""
    legs = found.tables["legs"]
    first = np.where(np.arange(len(legs)) == 0, 0.05, 0.95)
    years = [(year, share) for year, share in (("2021", first), ("2022", 1 - first))]
    flows = pd.concat([
        legs[["origin", "destination"]].assign(
            period=year, **{f"flow_{part}": legs[f"flow_{part}"] * share for part in ("mean", "p05", "p95")})
        for year, share in years
    ])  # fmt: skip
    table = flows.reindex(columns=list(COLUMNS["flows"]))
    modes = np.where(np.arange(len(legs)) % 2, "sea", "road")
    return dataclasses.replace(found, tables=found.tables | {"flows": table, "legs": legs.assign(modes=modes)})


def test_a_period_is_drawn_with_its_own_widths_and_a_filter_takes_lines_off_the_map(yearly, open_page):
    page = open_page(render_map(yearly)).page
    only(page, "legs")
    inks = {}
    for name, change in (
        ("whole", "state.period = null"), ("2021", "model.setPeriod(0)"), ("2022", "model.setPeriod(1)"),
        ("all", "model.setPeriod(null)"), ("sea", "state.filters.mode = 'sea'"),
    ):  # fmt: skip
        page.evaluate(
            f"(() => {{ const {{state, model, layer}} = window.routegraph.ready; {change}; layer.draw(); }})()"
        )
        inks[name] = page.evaluate(COUNT, rgb("#8fa3b4", 90))
        inks[f"{name} hits"] = page.evaluate(f"{LAYER}.hits.drawn.legs.length")
        if name == "2022":
            flow = yearly.tables["legs"]["flow_mean"] * np.where(np.arange(len(yearly.tables["legs"])) == 0, 0.95, 0.05)
            order = page.evaluate("Array.from(window.routegraph.ready.model.clock.order)")
            assert [round(flow[n], 6) for n in order] == [round(value, 6) for value in sorted(flow, reverse=True)]
    assert inks["2021"] > 1.5 * inks["2022"] > 0  # a twentieth of the flow is thinner
    assert inks["all"] == inks["whole"]
    assert inks["sea"] < 0.8 * inks["all"]
    assert 0 < inks["sea hits"] < inks["all hits"]


def test_no_name_rank_or_sign_lies_over_another(page):
    for layers in (("corridors", "legs", "places"), ("places", "diversion", "change", "legs")):
        only(page, *layers)
        boxes = np.array(page.evaluate(f"{LAYER}.labels.written"))
        assert len(boxes) > 12
        low = np.maximum(boxes[:, None, :2], boxes[None, :, :2])
        high = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
        over = (high - low > 0).all(axis=2)
        assert over.sum() == len(boxes)  # each only with itself


def test_a_change_is_drawn_whatever_period_is_in_force(yearly, open_page):
    page = open_page(render_map(yearly)).page
    only(page, "change")
    before = page.evaluate(COUNT, rgb("#b83b00"))
    page.evaluate("(() => { const {model, layer} = window.routegraph.ready; model.setPeriod(1); layer.draw(); })()")
    assert page.evaluate(COUNT, rgb("#b83b00")) > 0.25 * before > 15
    assert page.evaluate(f"{LAYER}.hits.drawn.legs.length") == 2


def test_levels_that_are_not_told_have_no_band(found, open_page):
    page = open_page(render_map(dataclasses.replace(found, levels_told=False))).page
    assert page.evaluate("window.routegraph.ready.model.corridorBand(window.routegraph.ready.model.corridors[0])") == 0


def test_the_page_says_what_is_disputed_in_its_window_and_nothing_of_elsewhere(page, found):
    page.locator(".rg-coverage .rg-fold").click()
    text = page.locator(".rg-coverage").inner_text()
    assert NOTE in text
    assert "Preah Vihear: Thailand and Cambodia" in text
    assert "Crimea" not in text


def test_an_area_beyond_the_date_line_is_found_from_either_side():
    there = case_window(np.array([44.0, 45.0]), np.array([170.0, -175.0]))
    assert disputed_areas(there) == []
    here = case_window(np.array([40.0, 50.0]), np.array([140.0, -170.0]))
    assert "Southern Kuril Islands" in {area["label"] for area in disputed_areas(here)}


def test_a_hundred_thousand_legs_are_in_five_megabytes_and_answer_hover_and_click(open_page):
    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))
    from products import case

    content = render_map(case(100_000))
    assert len(content) <= 5_000_000
    opened = open_page(content)
    page = opened.page
    assert page.evaluate("window.routegraph.ready.model.data.legs.count") == 100_000
    x, y = page.evaluate(
        """() => {
          const {layer, model} = window.routegraph.ready;
          const view = layer.view();
          const offset = layer._map.layerPointToContainerPoint(layer._bounds.min);
          const frame = document.querySelector('.folium-map').getBoundingClientRect();
          const leg = layer.hits.drawn.legs.find((i) => {
            const piece = model.arc(i)[0];
            const [px, py] = [piece[8] * view.scale - view.x + offset.x, piece[9] * view.scale - view.y + offset.y];
            return px > 60 && py > 60 && px < frame.width - 90 && py < frame.height - 60;
          });
          const piece = model.arc(leg)[0];
          return [piece[8] * view.scale - view.x + offset.x + frame.x, piece[9] * view.scale - view.y + offset.y + frame.y];
        }"""  # noqa: E501
    )
    page.mouse.move(x, y)
    assert page.locator(".rg-tip").inner_text() != ""
    page.mouse.click(x, y)
    assert page.locator(".rg-head2").count() == 1
    assert opened.requests == []
    assert opened.complaints == []
