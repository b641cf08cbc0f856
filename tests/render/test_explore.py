"""Maps for notebooks: what is drawn is what the tables hold, no text acts, nothing is fetched, however it is saved."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import folium
import numpy as np
import pandas as pd
import pytest
from tests.render.results_by_hand import IDS, LEGS, case_by_hand, change_scores, everything, figures, rules

from routegraph.analysis.scores import PlaceScores
from routegraph.errors import SettingError
from routegraph.render.explore import explore
from routegraph.render.explore_layers import LARGEST, place_layers
from routegraph.render.map_notebook import _bowed
from routegraph.render.shown import Around

CANARIES = ["{{7*7777}}", "${7*7777}", "</script><script>window.bad=1</script>", "<img src=x onerror=window.bad=1>",
            "`;window.bad=1;`", "\u202eevil\u2028line"]  # fmt: skip
ON_A_MAP = ["case", "places", "legs", "change", "partition", "corridors", "corridor"]


@pytest.fixture(scope="module")
def case():
    return case_by_hand()


def parts(chart: folium.Map, kind: type) -> list[object]:
    groups = [one for one in chart._children.values() if isinstance(one, folium.FeatureGroup)]
    return [one for group in groups for one in group._children.values() if type(one) is kind]


def names(chart: folium.Map) -> list[str]:
    return [one.layer_name for one in chart._children.values() if isinstance(one, folium.FeatureGroup)]


@pytest.mark.parametrize("kind", ON_A_MAP)
def test_every_map_is_a_folium_map_with_its_marking_twice_the_same(case, kind):
    chart = explore(everything(case)[kind], case=case)
    assert type(chart) is folium.Map
    page = chart.get_root().render()
    assert "TLP:AMBER REL TO IDN PHL | SYNTHETIC DATA" in page
    assert "Estimated flow, corrected for detection" in page
    assert page == explore(everything(case)[kind], case=case).get_root().render()
    assert not re.search(r"<(?:script|link|img)[^>]+(?:src|href)=\"(?!data:)", page)
    assert "default-src 'none'" in page


def test_however_it_is_shown_or_saved_it_is_the_safe_page(case, tmp_path):
    chart = explore(case.scores["throughflow"], case=case)
    page = chart.get_root().render()
    chart.save(tmp_path / "map.html")
    assert (tmp_path / "map.html").read_text(encoding="utf-8") == page
    shown = html.unescape(re.search(r'srcdoc="([^"]+)"', chart._repr_html_())[1])
    assert shown == page


def test_places_are_as_large_as_their_score_and_say_it(case):
    scores = case.scores["throughflow"]
    table = scores.table.sort_values("throughflow_mean", ascending=False)
    dots = {one.place: one for one in place_layers(scores, around=Around(case.graph), top=300)[0].dots}
    areas = pd.Series({place: (dots[place].radius - 3) ** 2 for place in table.index})
    np.testing.assert_allclose(
        areas / areas.max(), table["throughflow_mean"] / table["throughflow_mean"].max(), atol=0.01
    )
    assert dots[table.index[0]].radius == LARGEST
    words = dict(dots[IDS[0]].words)
    assert set(words) == {"throughflow", "90 % interval", "rank, 90 % interval", "tier"}
    (marker,) = parts(explore(scores, case=case, top=1), folium.CircleMarker)
    assert marker.location == pytest.approx(case.graph.places.loc[table.index[0], ["lat", "lon"]].tolist())
    assert names(explore(scores, case=case, top=1)) == ["Throughflow: first 1 of 6 places"]


def test_legs_run_from_place_to_place_bowed_to_the_right_of_travel(case):
    chart = explore(everything(case)["legs"], case=case)
    lines = parts(chart, folium.PolyLine)
    assert len(lines) == len(LEGS)
    ends = {(tuple(line.locations[0][0]), tuple(line.locations[0][-1])) for line in lines}
    assert ((13.7, 100.5), (5.4, 100.3)) in ends
    east = np.array(_bowed((0.0, 0.0), (0.0, 10.0)))
    west = np.array(_bowed((0.0, 10.0), (0.0, 0.0)))
    assert east[len(east) // 2, 0] < -0.3 < 0.3 < west[len(west) // 2, 0]


def test_a_line_over_the_antimeridian_does_not_run_round_the_world():
    pacific = case_by_hand(lat=[35.0, 20.0, 40.0, 37.0, 10.0, 5.0], lon=[140.0, 170.0, -170.0, -122.0, 179.0, -179.0])
    for line in parts(explore(everything(pacific)["legs"], case=pacific), folium.PolyLine):
        for way in line.locations:
            lon = np.array(way)[:, 1]
            assert np.abs(np.diff(lon)).max() < 30
            assert 100 < lon.min() < lon.max() < 260


def test_change_is_in_the_colour_of_what_happened(case):
    lines = parts(explore(change_scores(case.graph), case=case), folium.PolyLine)
    assert len({line.options["color"] for line in lines}) == 4


def test_a_run_has_legs_corridors_places_and_communities_to_switch_on(case):
    chart = explore(case)
    found = names(chart)
    assert found[:4] == ["Flow: 5 legs", "Corridor 1: Bangkok > Penang", "Corridor 2: Manila > Penang",
                         "Throughflow: 6 places"]  # fmt: skip
    assert found[4:] == ["1. Bangkok: 3 places", "2. Saigon: 2 places", "no community: 1 place"]
    shown = [one.show for one in chart._children.values() if isinstance(one, folium.FeatureGroup)]
    assert shown == [True] * 4 + [False] * 3


def test_what_has_no_place_on_a_map_is_refused_in_one_line(case):
    for wrong in (rules(), figures()):
        with pytest.raises(SettingError, match=r"no place on a map; draw it with routegraph\.plot"):
            explore(wrong, case=case)
    with pytest.raises(SettingError, match="where places lie"):
        explore(case.scores["throughflow"])
    for wrong in (3, "text", pd.DataFrame()):
        with pytest.raises(SettingError, match="explore draws a whole result"):
            explore(wrong, case=case)
    with pytest.raises(SettingError, match="expected 1 to 2,000"):
        explore(case, top=0)


def test_places_without_a_position_are_counted_and_nothing_still_gives_a_map():
    some = case_by_hand(lat=[np.nan, *[10.0] * 5])
    assert "1 without a position not shown" in explore(some.scores["throughflow"], case=some).get_root().render()
    nowhere = case_by_hand(lat=[np.nan] * 6, lon=[np.nan] * 6)
    assert "6 without a position" in explore(nowhere.scores["throughflow"], case=nowhere).get_root().render()
    nothing = PlaceScores(pd.DataFrame({"x_mean": []}), "x")
    assert explore(nothing, graph=nowhere.graph).get_root().render()
    assert explore((), graph=nowhere.graph).get_root().render()


def hostile_case():
    hostile = case_by_hand(CANARIES)
    partition = replace(hostile.partition, names=dict(enumerate(CANARIES)))
    corridors = tuple(
        replace(one, reasons=tuple(CANARIES), verdict=CANARIES[k]) for k, one in enumerate(hostile.corridors)
    )
    return replace(hostile, partition=partition, corridors=corridors)


@pytest.mark.parametrize("kind", ON_A_MAP)
def test_text_from_records_cannot_act(kind):
    hostile = hostile_case()
    page = explore(everything(hostile)[kind], case=hostile).get_root().render()
    assert "54439" not in page
    assert "<img" not in page
    body = page[page.rindex("var map_") :]
    assert not any("${" in one for one in re.findall(r"`[^`]*`", body))
    assert "\u202e" not in page
    assert page.count("</script>") == len(re.findall(r"<script>", page.split("</head>")[0])) + 1


def test_folium_alone_would_run_it():
    """The mutant: the same words on folium's own figure."""
    chart = folium.Map(tiles=None)
    folium.CircleMarker([1, 2], popup=CANARIES[0]).add_to(chart)
    assert "54439" in chart.get_root().render()


@pytest.mark.browser
@pytest.mark.parametrize("kind", ["case", "partition", "corridors"])
def test_in_a_browser_it_fetches_nothing_complains_of_nothing_and_shows_text_as_text(kind, open_page):
    hostile = hostile_case()
    page_bytes = explore(everything(hostile)[kind], case=hostile).get_root().render().encode()
    opened = open_page(page_bytes, wait="document.querySelector('.leaflet-control-layers-overlays label')")
    page = opened.page
    assert opened.requests == []
    assert opened.complaints == []
    assert "TLP:AMBER" in page.locator(".rg-marking").inner_text()
    listed = " ".join(page.locator(".leaflet-control-layers-overlays label").all_text_contents())
    assert "{{7*7777}}" in listed
    assert page.locator("canvas").count() == 1
    said = page.evaluate(
        """() => {
          const map = Object.entries(window).find(([name]) => name.startsWith('map_'))[1];
          const words = [];
          map.eachLayer((layer) => { if (layer.getPopup && layer.getPopup()) {
            layer.openPopup(); words.push(layer.getPopup().getElement().innerText); } });
          return words.join(' ');
        }"""
    )
    for canary in CANARIES[:5] if kind != "corridors" else CANARIES[:3]:
        assert canary[:24] in said
    assert page.evaluate("window.bad") is None
    assert opened.requests == []
    assert opened.complaints == []
