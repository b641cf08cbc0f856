"""The map in a browser with the network off: what it asks for, shows, prints, and how fast it answers."""

from __future__ import annotations

import dataclasses

import folium
import numpy as np
import pandas as pd
import pytest

from routegraph.briefing.product import Marking
from routegraph.render.map import render_map
from routegraph.render.map_shell import safe_html

pytestmark = pytest.mark.browser

CANARIES = ["{{7*7777}}", "${7*7777}", "</script><script>window.bad=1</script>", "<img src=x onerror=window.bad=1>",
            "`;window.bad=1;`", "=1+1", "{{ open", "{% open", "{# open", "\u202eevil\u2028line"]  # fmt: skip
CANARY = " ".join(CANARIES)
HOVER = """
async ([x, y]) => {
  const map = document.querySelector('.folium-map');
  const tip = document.querySelector('.rg-tip');
  const started = performance.now();
  map.dispatchEvent(new MouseEvent('mousemove', {bubbles: true, clientX: x, clientY: y}));
  const shown = !tip.hidden && tip.textContent.length > 0;
  tip.getBoundingClientRect();
  return [shown, performance.now() - started];
}
"""
MIDDLE = """
() => {
  const {layer, model} = window.routegraph.ready;
  const view = layer.view();
  const frame = document.querySelector('.folium-map').getBoundingClientRect();
  const offset = layer._map.layerPointToContainerPoint(layer._bounds.min);
  const leg = layer.hits.drawn.legs.find((i) => {
    const piece = model.arc(i)[0];
    const k = 2 * Math.floor(piece.length / 4);
    const x = piece[k] * view.scale - view.x + offset.x, y = piece[k + 1] * view.scale - view.y + offset.y;
    return x > 20 && y > 20 && x < frame.width - 20 && y < frame.height - 20;
  });
  const piece = model.arc(leg)[0];
  const k = 2 * Math.floor(piece.length / 4);
  const [x, y] = [piece[k] * view.scale - view.x, piece[k + 1] * view.scale - view.y];
  return [x + offset.x + frame.left, y + offset.y + frame.top];
}
"""


def test_asks_for_nothing_and_complains_of_nothing(asean_map, open_page):
    opened = open_page(asean_map)
    assert opened.requests == []
    assert opened.complaints == []


def test_lists_corridors_and_a_click_opens_the_evidence(asean_map, open_page):
    page = open_page(asean_map).page
    assert page.locator(".rg-row").count() == 14
    assert "Davao → General Santos → Jolo → Sandakan" in page.locator(".rg-row").first.inner_text()
    page.locator(".rg-row").first.click()
    panel = page.locator(".rg-body").inner_text()
    for expected in (
        "busiest tenth of legs throughout",
        "220 (154 to 330)",
        "SYN-00001",
        "TLP:AMBER",
        "Philippines, Malaysia",
    ):
        assert expected in panel


def test_the_keyboard_opens_and_closes_the_evidence(asean_map, open_page):
    page = open_page(asean_map).page
    page.locator(".rg-row").nth(1).focus()
    page.keyboard.press("Enter")
    assert "Corridor 2" in page.locator(".rg-head2").inner_text()
    page.keyboard.press("Escape")
    assert page.locator(".rg-head2").count() == 0
    assert page.evaluate("document.activeElement.dataset.at") == "1"


def test_says_marking_caveats_and_missing_correction_on_its_face(asean, asean_map, open_page):
    page = open_page(asean_map).page
    assert page.locator(".rg-marking").all_inner_texts() == ["TLP:AMBER REL TO IDN MYS PHL"] * 2
    for text in ("Ranked by reported counts: not corrected for detection", "SYNTHETIC DATA", *asean.caveats):
        assert page.get_by_text(text).first.is_visible()
    plain = dataclasses.replace(asean, estimator="removal", synthetic=False)
    text = open_page(render_map(plain)).page.locator("body").inner_text()
    assert "not corrected for detection" not in text
    assert "SYNTHETIC DATA" not in text


def test_print_view_has_marking_and_every_caveat_even_when_folded(asean, asean_map, open_page):
    page = open_page(asean_map, width=700).page
    page.locator(".rg-caveats .rg-fold").click()
    assert not page.get_by_text(asean.caveats[3]).is_visible()
    page.emulate_media(media="print")
    assert page.locator(".rg-marking").nth(0).is_visible()
    assert page.locator(".rg-marking").nth(1).is_visible()
    for caveat in asean.caveats:
        assert page.get_by_text(caveat).is_visible()


def poisoned(frame: pd.DataFrame, keep: set[str]) -> pd.DataFrame:
    """Return the frame with every text column but those to keep set to the canary and the row's number."""
    found = frame.copy()
    for column in frame.columns:
        if column not in keep and not pd.api.types.is_numeric_dtype(frame[column]):
            found[column] = [f"{CANARY} {row}" for row in range(len(frame))]
    return found


def test_hostile_text_in_every_field_is_shown_as_text_and_never_acts(make_briefing, open_page):
    place_table, leg_table, corridor_table, briefing_of = make_briefing
    rows = [(f"{canary} {n}", "THA", 10.0 + n, 100.0 + n, "port") for n, canary in enumerate([*CANARIES, CANARY])]
    places = place_table(rows)
    ids = [f"id {CANARY} {n}" for n in range(len(places))]
    places["place_id"] = ids
    legs = leg_table(places, [(ids[n], ids[n + 1]) for n in range(10)], np.linspace(90.0, 9.0, 10))
    corridors = corridor_table(places, [ids[:3], ids[4:7]])
    case = briefing_of(
        poisoned(places, {"place_id", "name"}), poisoned(legs, {"origin", "destination", "named_pair"}),
        poisoned(corridors, {"path"}), title=CANARY, period=CANARY, marking=Marking(CANARY), caveats=(CANARY,),
        coverage=((CANARY, CANARY),), not_estimated={"detection_mean": CANARY, CANARY: CANARY}, sources=(CANARY,),
    )  # fmt: skip
    case.tables["evidence"]["record_id"] = [f"{CANARY} {n}" for n in range(len(case.tables["evidence"]))]
    content = render_map(case)
    assert b"54439" not in content
    opened = open_page(content)
    page, seen = opened.page, []
    for tab in range(4):
        page.locator(".rg-tabs button").nth(tab).click()
        seen.append(page.locator("body").text_content())
        if tab < 3:
            page.locator(".rg-row").first.click()
            seen.append(page.locator(".rg-body").text_content())
            page.locator(".rg-back").click()
    page.locator(".folium-map").hover()
    text = "\n".join(seen)
    assert "54439" not in page.content()
    assert page.evaluate("window.bad") is None
    assert page.locator("img[src='x']").count() == 0
    for canary in CANARIES:
        assert text.count(canary) >= 4, canary
    assert opened.requests == []
    assert opened.complaints == []


def test_a_folium_map_of_ones_own_shows_hostile_text_and_nothing_acts(open_page):
    chart = folium.Map(tiles=None, location=[1, 2], zoom_start=6)
    layer = folium.FeatureGroup(name=CANARY).add_to(chart)
    shown = CANARY.replace("<", "&lt;")
    folium.CircleMarker([1, 2], radius=30, popup=shown, tooltip=shown).add_to(layer)
    folium.Marker([1.5, 2.5], popup=folium.Popup(CANARY, parse_html=True)).add_to(chart)
    point = {"type": "Point", "coordinates": [3, 1]}
    folium.GeoJson({"type": "Feature", "geometry": point, "properties": {"x": CANARY}}).add_to(chart)
    folium.LayerControl(collapsed=False).add_to(chart)
    opened = open_page(safe_html(chart), wait="document.querySelector('.leaflet-marker-icon')")
    page = opened.page
    page.locator(".leaflet-marker-icon").first.click()
    text = page.locator(".leaflet-popup-content").text_content()
    for canary in CANARIES[:-1]:
        assert canary in text
    assert "54439" not in page.content()
    assert page.evaluate("window.bad") is None
    assert opened.requests == []


@pytest.mark.parametrize("count", [200, 200_000])
def test_hover_answers_and_a_thinned_map_says_so(make_briefing, open_page, count):
    place_table, leg_table, corridor_table, briefing_of = make_briefing
    rng = np.random.default_rng(5)
    size = 60 if count == 200 else 1500
    lat, lon = rng.uniform(-10, 22, size), rng.uniform(93, 140, size)
    rows = [(f"Place {n}", "IDN", lat[n], lon[n], "port") for n in range(size)]
    places = place_table(rows)
    ids = places["place_id"].to_numpy()
    picked = rng.choice(size * size, size=count + size, replace=False)
    origin, end = picked // size, picked % size
    apart = np.flatnonzero(origin != end)[:count]
    pairs = list(zip(ids[origin[apart]].tolist(), ids[end[apart]].tolist(), strict=True))
    legs = leg_table(places, pairs, np.round(rng.lognormal(1.0, 1.2, count), 2))
    content = render_map(briefing_of(places, legs, corridor_table(places, [list(ids[:4])])))
    assert len(content) < (1_000_000 if count == 200 else 10_500_000)
    opened = open_page(content)
    page = opened.page
    page.wait_for_timeout(300)
    notice = page.locator(".rg-notice")
    if count == 200:
        assert not notice.is_visible()
    else:
        assert "Showing the 5,000 largest of 200,000 legs" in notice.inner_text()
    at = page.evaluate(MIDDLE)
    answers = [page.evaluate(HOVER, [at[0] + step, at[1]]) for step in (0, 0.5, 1)]
    assert all(shown for shown, _ in answers)
    assert opened.complaints == []


def test_tokyo_to_los_angeles_leaves_the_sheet_on_one_side_and_comes_back_on_the_other(asean_map, open_page):
    page = open_page(asean_map).page
    straight = "([centre]) => routegraph.arc(35.68, 139.69, 34.05, -118.24, {centre, bow: 0}).map((p) => [...p])"
    atlantic = page.evaluate(straight, [0])
    assert len(atlantic) == 2
    assert atlantic[0][-2] == pytest.approx(256)
    assert atlantic[1][0] == pytest.approx(0)
    assert atlantic[0][-1] == pytest.approx(atlantic[1][1])
    # No step leaps over the sheet, and the great circle passes north of 47 degrees, well above both ends.
    assert max(np.abs(np.diff(np.array(piece[::2]))).max() for piece in atlantic) < 20
    top = min(min(piece[1::2]) for piece in atlantic)
    assert 90 - 360 / np.pi * np.arctan(np.exp((top / 256 - 0.5) * 2 * np.pi)) == pytest.approx(47.6, abs=0.5)
    pacific = page.evaluate(straight, [180])
    assert len(pacific) == 1
    assert page.evaluate("routegraph.arc(10, 20, -10, -160, {centre: 0}).flatMap((p) => [...p]).every(Number.isFinite)")


@pytest.mark.parametrize("apart", [True, False], ids=["one place far off", "none"])
def test_a_tall_case_has_its_legend_beside_it_and_one_far_quiet_place_does_not_shrink_it(
    make_briefing, open_page, apart
):
    place_table, leg_table, corridor_table, briefing_of = make_briefing
    rows = [(f"Place {n}", "THA", -10.0 + 2 * n, 100.0 + n % 4, "port") for n in range(18)]
    places = place_table([*rows, ("Far", "PNG", -5.0, 147.0, "port")] if apart else rows)
    ids = places["place_id"].to_list()
    pairs = [(ids[n], ids[n + 1]) for n in range(17)] + ([(ids[0], ids[18])] if apart else [])
    case = briefing_of(
        places, leg_table(places, pairs, np.linspace(90, 1, len(pairs))), corridor_table(places, [ids[:4]])
    )
    page = open_page(render_map(case)).page
    assert page.evaluate("routegraph.ready.map.getZoom()") > 4.4
    legend, chart = (page.locator(part).bounding_box() for part in (".rg-legend", ".folium-map"))
    assert legend["x"] + legend["width"] <= chart["x"]
    shown = page.locator(".rg-all")
    assert shown.is_visible() == apart
    assert not apart or shown.inner_text() == "1 of 19 outside this view: show all"


def corrected(asean):
    """The case under removal: a leg without records, detection, sentences, verdicts and what drives detection."""
    legs = asean.tables["legs"].copy()
    legs.loc[0, ["travelled", "intended", "inferred", "n_records"]] = 0
    legs["why"] = ["Estimated 180 consignments; <img src=x onerror=window.bad=1>", *["Another."] * (len(legs) - 1)]
    legs["verdict"] = ["under_detected", *["supported"] * (len(legs) - 1)]
    places = asean.tables["places"].assign(
        detection_mean=0.021, detection_p05=0.003, detection_p95=0.06, why=f"About 2 in 100. {CANARY}"
    )
    drivers = pd.DataFrame([(places["place_id"][0], "seized", CANARY)], columns=["place_id", "how", "record_id"])
    tables = asean.tables | {"legs": legs, "places": places}
    return dataclasses.replace(asean, tables=tables, estimator="removal", drivers=drivers)


def test_a_leg_that_no_record_names_says_so_and_its_sentence_is_text(asean, open_page):
    opened = open_page(render_map(corrected(asean)))
    page = opened.page
    assert "no record" in page.locator(".rg-legend").inner_text()
    page.get_by_role("tab", name="Legs").click()
    assert (
        "no record names this leg: what is counted on it is inferred from routes"
        in page.locator(".rg-row").first.inner_text()
    )
    page.locator(".rg-row").first.click()
    panel = page.locator(".rg-body").inner_text()
    assert "Estimated 180 consignments; <img src=x" in panel
    assert "no record names this leg: what is counted on it is inferred from routes" in panel
    assert opened.complaints == []


def test_a_place_shows_detection_and_the_records_that_drive_it(asean, open_page):
    opened = open_page(render_map(corrected(asean)))
    page = opened.page
    page.get_by_role("tab", name="Places").click()
    row = page.locator(".rg-row").first
    assert "seized here: 2.1 in 100 (0.3 to 6)" in row.inner_text()
    row.click()
    panel = page.locator(".rg-body").inner_text()
    assert "2.1 in 100 (0.3 to 6)" in panel
    assert "these raise the chance" in panel.lower()
    assert "{{7*7777}}" in panel
    assert page.evaluate("window.bad") is None
    assert opened.complaints == []


def test_a_verdict_can_be_asked_for_alone(asean, open_page):
    page = open_page(render_map(corrected(asean))).page
    page.get_by_role("tab", name="Legs").click()
    assert page.locator(".rg-row").count() > 1
    page.locator("#rg-filter-verdict").select_option("under_detected")
    assert page.locator(".rg-row").count() == 1
    assert page.evaluate("window.routegraph.ready.layer.hits.drawn.legs.length") == 1


def test_levels_that_are_not_told_are_shares_of_the_largest_and_no_number_of_them_is_in_the_page(asean, open_page):
    page = open_page(render_map(dataclasses.replace(corrected(asean), levels_told=False))).page
    assert "these data cannot tell how many" in page.locator(".rg-estimator").inner_text()
    flow = asean.tables["corridors"]["flow_mean"]
    for row in (0, 2):
        share = f"{100 * flow[row] / flow.max():.0f}"
        text = page.locator(".rg-row").nth(row).inner_text()
        assert f"flow {share} % of the largest; level not told" in text
    data = "window.routegraph.ready.model.data"
    held = page.evaluate(
        f"[{data}.corridors.map((one) => one.flow_mean), [...{data}.legs.flow_mean]].map((all) => Math.max(...all))"
    )
    assert held == [100, 100]
    assert flow.max() > 100
    page.locator(".rg-row").first.click()
    assert "consignments" not in page.locator(".rg-panel").inner_text()
