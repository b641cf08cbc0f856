"""The map's bytes, base map and safe rendering, without a browser."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import itertools
import json
import re

import folium
import numpy as np
import pandas as pd
import pytest
import shapely
from branca import element

from routegraph.errors import AssetError
from routegraph.render.map import folium_map, render_map
from routegraph.render.map_base import base_map, case_window, topology
from routegraph.render.map_borders import _zones, contested
from routegraph.render.map_data import case_data
from routegraph.render.map_pack import json_island, packed, words
from routegraph.render.map_shell import safe_html


def unpacked(column: dict[str, object]) -> np.ndarray:
    kinds = {"f4": "<f4", "u1": "<u1", "u2": "<u2", "u4": "<u4", "i4": "<i4"}
    return np.frombuffer(base64.b64decode(str(column["data"])), dtype=kinds[str(column["type"])])


def listed(data: dict[str, object], part: str, name: str) -> dict[int, tuple[int, list[str]]]:
    """Return position -> records in all and the ids listed, as the viewer reads them."""
    found = {key: unpacked(column) for key, column in data[part][name].items()}
    ids = np.split(found["ids"], np.cumsum(found["listed"])[:-1])
    names = [[data["records"]["id"][int(one)] for one in some] for some in ids]
    return {int(at): (int(total), some) for at, total, some in zip(found["at"], found["total"], names, strict=False)}


def test_the_same_case_gives_the_same_bytes_whatever_the_order_of_rows(asean, asean_map):
    tables = dict(asean.tables)
    tables["legs"] = tables["legs"].sample(frac=1, random_state=1)
    tables["evidence"] = tables["evidence"].sample(frac=1, random_state=2)
    assert render_map(dataclasses.replace(asean, tables=tables)) == asean_map


def test_rendering_changes_nothing_that_it_was_given(asean):
    before = {name: table.copy() for name, table in asean.tables.items()}
    chart = folium_map(asean)
    names = [child.get_name() for child in chart.get_root()._children.values()]
    safe_html(chart)
    assert [child.get_name() for child in chart.get_root()._children.values()] == names
    assert len(chart.get_root().script._children) == 0
    for name, table in asean.tables.items():
        pd.testing.assert_frame_equal(table, before[name])


def test_an_ordinary_case_is_under_one_megabyte(asean_map):
    assert len(asean_map) < 1_000_000


def test_the_policy_allows_exactly_the_scripts_of_the_page(asean_map):
    page = asean_map.decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)[1]
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digests = [base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in scripts]
    assert sorted(re.findall(r"'sha256-([^']+)'", policy)) == sorted(digests)
    assert "default-src 'none'" in policy
    assert "connect-src 'none'" in policy
    assert not re.search(r"<(?:script|link|img)[^>]+(?:src|href)=\"https?:", page)


def test_leaflets_copyright_line_stays(asean_map):
    assert "Leaflet 1.9.4, a JS library for interactive maps" in asean_map.decode()


@pytest.mark.parametrize("text", ["{{7*7777}}", "{% for", "{{ open", "{# open", "${7*7777}", "a`b${7*7777}`",
                                  "\\`+1+\\`", "</script><script>bad()</script>", "<!--<script>"])  # fmt: skip
def test_text_that_a_user_adds_to_a_folium_map_cannot_act(text):
    chart = folium.Map(tiles=None)
    folium.CircleMarker([1, 2], popup=text, tooltip=text).add_to(chart)
    page = safe_html(chart).decode()
    script = page[page.rindex("var map_") :]
    assert "54439" not in page
    assert page.count("</script>") == len(re.findall(r"<script>", page.split("</head>")[0])) + 1
    literals = re.findall(r"`[^`]*`", script)
    assert literals
    assert not any("${" in literal for literal in literals)
    assert script.count("`") == 2 * len(literals)
    assert "<!--" not in script


def test_folium_alone_runs_what_safe_html_does_not():
    chart = folium.Map(tiles=None)
    folium.CircleMarker([1, 2], popup="{{7*7777}}").add_to(chart)
    assert "54439" not in safe_html(chart).decode()
    assert "54439" in chart.get_root().render()
    assert element.Template("{{ 7 * 6 }}").render() == "42"


def test_the_same_user_map_gives_the_same_bytes():
    def made() -> bytes:
        chart = folium.Map(tiles=None)
        folium.Marker([1, 2], popup="x").add_to(chart)
        return safe_html(chart)

    assert made() == made()


def test_a_part_that_is_not_bundled_is_refused():
    chart = folium.Map(tiles=None)
    chart.get_root().header.add_child(element.JavascriptLink("https://example.org/plugin.js"))
    with pytest.raises(AssetError, match=r"plugin\.js"):
        safe_html(chart)
    icons = folium.Map(tiles=None)
    folium.Marker([1, 2], icon=folium.Icon(color="red")).add_to(icons)
    with pytest.raises(AssetError, match="CircleMarker"):
        safe_html(icons)


def test_columns_that_are_not_shown_are_not_exported(asean):
    places = asean.tables["places"].assign(remarks="SECRET-REMARK")
    legs = asean.tables["legs"].assign(note="SECRET-NOTE")
    case = dataclasses.replace(asean, tables={**asean.tables, "places": places, "legs": legs})
    assert b"SECRET" not in render_map(case)


def test_named_pairs_are_not_drawn_as_travel(asean):
    legs = asean.tables["legs"].copy()
    legs.loc[legs.index[:7], "named_pair"] = "yes"
    drawn = case_data(dataclasses.replace(asean, tables={**asean.tables, "legs": legs}))["legs"]["count"]
    assert drawn == len(legs) - 7


def test_a_case_without_a_row_still_gives_a_map(asean):
    empty = {name: table.head(0) for name, table in asean.tables.items()}
    assert render_map(dataclasses.replace(asean, tables=empty))


def test_the_island_cannot_be_left():
    text = json_island({"x": "</script><!-- & \u2028 \u2029 \ud800"})
    assert not set("<>&\u2028\u2029") & set(text)
    assert json.loads(text)["x"].startswith("</script>")
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_island({"x": float("nan")})


@pytest.mark.parametrize(("values", "kind"), [([0, 255], "u1"), ([0, 256], "u2"), ([0, 70_000], "u4"), ([-1, 3], "i4"),
                                             ([0.5, 2], "f4"), ([np.nan, 2], "f4")])  # fmt: skip
def test_packed_numbers_come_back(values, kind):
    column = packed(values)
    assert column["type"] == kind
    np.testing.assert_array_equal(unpacked(column), np.array(values, dtype=unpacked(column).dtype))


def test_words_come_back():
    column = words(pd.Series(["b", "a", None, "b"]))
    assert [column["words"][code] for code in unpacked(column["codes"])] == ["b", "a", "", "b"]


@pytest.mark.parametrize(("lon", "west", "east", "centre"), [
    ([95.0, 141.0], 95, 141, 0), ([139.7, -118.2], 139.7, 241.8, 191), ([-10.0, 10.0], -10, 10, 0),
    ([177.0, -177.0], 177, 183, 180),
])  # fmt: skip
def test_the_window_takes_the_shorter_way_round(lon, west, east, centre):
    window = case_window(np.array([-5.0, 15.0]), np.array(lon))
    assert (window.west, window.east) == pytest.approx((west, east))
    assert window.centre == pytest.approx(centre, abs=0.5)


def land_holds(base: dict[str, object], lon: float, lat: float, *, keys: tuple[str, ...] = ("focus", "other")) -> bool:
    """Tell by counting crossings whether a point lies on the base map's land."""
    inside = False
    for key in keys:
        for part in base[key]:
            west, south, east, north = part["box"]
            xy = unpacked(part["xy"]).reshape(-1, 2) / 65535 * [east - west, north - south] + [west, south]
            for ring in np.split(xy, np.cumsum(unpacked(part["lengths"]))[:-1]):
                (x1, y1), (x2, y2) = ring[:-1].T, ring[1:].T
                spans = (y1 > lat) != (y2 > lat)
                cross = x1[spans] + (lat - y1[spans]) / (y2[spans] - y1[spans]) * (x2[spans] - x1[spans])
                inside ^= bool(np.count_nonzero(cross > lon) % 2)
    return inside


def test_the_base_map_holds_small_islands_and_no_land_at_sea():
    lat, lon = np.array([1.3, 13.7, -6.2]), np.array([103.8, 100.5, 106.8])
    base = base_map(case_window(lat, lon), lat=lat, lon=lon, border="country")
    # Singapore, Batam, Natuna (all absent at 110m), Delhi beyond the window; then three seas.
    for at in ((103.82, 1.36), (104.03, 1.08), (108.2, 3.95), (77.2, 28.6)):
        assert land_holds(base, *at), at
    for at in ((101.0, 10.0), (110.0, -5.0), (88.0, 12.0)):
        assert not land_holds(base, *at), at
    assert land_holds(base, 101.5, 16.0, keys=("focus",))
    assert not land_holds(base, 96.0, 20.0, keys=("focus",))


def test_the_base_map_of_a_pacific_case_runs_on_over_180_degrees():
    lat, lon = np.array([35.7, 34.0]), np.array([139.7, -118.2])
    window = case_window(lat, lon)
    base = base_map(window, lat=lat, lon=lon, border="country")
    assert land_holds(base, 360 - 118.0, 35.0)
    assert land_holds(base, 360 - 155.5, 19.6)
    assert not land_holds(base, 180.0, 30.0)
    # Chukotka lies on both sides of 180 degrees; a ring that leapt back would streak across the sheet.
    assert land_holds(base, 178.0, 67.0)
    assert land_holds(base, 360 - 175.0, 66.5)


def nearest(base: dict[str, object], key: str, lon: float, lat: float) -> float:
    """Return degrees from a point to the base map's nearest line of a kind."""
    away = [np.inf]
    for part in base[key]:
        west, south, east, north = part["box"]
        xy = unpacked(part["xy"]).reshape(-1, 2) / 65535 * [east - west, north - south] + [west, south]
        lines = np.split(xy, np.cumsum(unpacked(part["lengths"]))[:-1])
        away += [shapely.LineString(line).distance(shapely.Point(lon, lat)) for line in lines if len(line) > 1]
    return min(away)


@pytest.mark.parametrize(
    ("lat", "lon", "disputed", "agreed"),
    [
        ([28.0, 35.0], [70.0, 82.0], (74.3, 34.0), (70.8, 27.7)),  # the line of control; the border at Rajasthan
        ([10.0, 18.0], [99.0, 106.0], (104.68, 14.39), (102.55, 13.65)),  # Preah Vihear; Poipet
        ([44.0, 50.0], [30.0, 40.0], (34.0, 46.1), (36.2, 50.4)),  # Perekop; Belgorod
        ([2.0, 12.0], [40.0, 50.0], (48.58, 8.91), (44.0, 8.9)),  # Somaliland
    ],
)
def test_borders_that_the_table_names_are_dashed_and_others_are_not(lat, lon, disputed, agreed):
    base = base_map(case_window(np.array(lat), np.array(lon)), lat=np.array(lat), lon=np.array(lon), border="country")
    assert nearest(base, "contested", *disputed) < 0.15 < nearest(base, "borders", *disputed)
    assert nearest(base, "borders", *agreed) < 0.15 < nearest(base, "contested", *agreed)


def test_every_pair_of_the_table_of_disputed_borders_has_a_border_on_the_base_map():
    source = topology("countries-10m.json", "countries")
    for pair, zone in _zones().items():
        lines = [shapely.LineString(source.arcs[number]) for number, names in source.between.items() if names == pair]
        _, disputed = contested(np.array(lines, dtype=object), [pair] * len(lines))
        assert sum(line.length for line in disputed) > 0.05, (pair, zone)


def test_state_borders_are_drawn_where_regions_count():
    lat, lon = np.array([40.7, 25.8]), np.array([-74.0, -80.2])
    window = case_window(lat, lon)
    assert base_map(window, lat=lat, lon=lon, border="country")["regions"] == []
    (states,) = base_map(window, lat=lat, lon=lon, border="region")["regions"]
    assert len(unpacked(states["lengths"])) > 20


def test_a_missing_base_map_is_named(monkeypatch):
    with pytest.raises(AssetError, match="no-such-file"):
        topology("no-such-file.json", "countries")


def test_a_mark_that_turns_text_around_is_shown_on_the_map_and_not_obeyed(make_briefing):
    place_table, leg_table, corridor_table, briefing_of = make_briefing
    places = place_table([("safe\u202egnp.exe", "THA", 10.0, 100.0, "port"), ("B\u2066", "MMR", 12.0, 98.0, "city")])
    ids = places["place_id"].to_list()
    case = briefing_of(
        places, leg_table(places, [(ids[0], ids[1])], np.array([3.0])), corridor_table(places, [ids]), title="\u202ex"
    )
    data = case_data(case)
    assert data["places"]["name"] == ["safe[U+202E]gnp.exe", "B[U+2066]"]
    assert data["title"] == "[U+202E]x"
    assert data["corridors"][0]["stops"] == [0, 1]


def test_a_corridor_says_how_each_of_its_steps_is_known(make_briefing):
    place_table, leg_table, corridor_table, briefing_of = make_briefing
    places = place_table([(f"P{n}", "THA", 5.0 + n, 100.0, "port") for n in range(4)])
    ids = places["place_id"].to_list()
    legs = leg_table(places, list(itertools.pairwise(ids)), np.array([3.0, 2.0, 1.0]))
    case = briefing_of(places, legs, corridor_table(places, [ids]))
    own = case.tables["corridors"]["corridor_id"].iloc[0]
    rows = [(0, "inferred"), (0, "travelled"), (1, "intended"), (2, "inferred")]
    uses = [("corridor", own, step, f"r{n}", status) for n, (step, status) in enumerate(rows)]
    case.tables["evidence"] = pd.DataFrame(uses, columns=["kind", "id", "step", "record_id", "status"])
    assert case_data(case)["corridors"][0]["steps"] == [0, 1, 2]


def test_the_page_carries_sentences_detection_and_the_records_that_drive_it(asean):
    legs = asean.tables["legs"].assign(why=[f"why {k}" for k in range(len(asean.tables["legs"]))])
    places = asean.tables["places"].assign(
        detection_mean=0.02, detection_p05=0.01, detection_p95=0.05, why=[f"place {k}" for k in range(50)]
    )
    drivers = pd.DataFrame(
        [(places["place_id"][3], "seized", "r1"), (places["place_id"][3], "passed", "r2"), ("nowhere", "seized", "r3")],
        columns=["place_id", "how", "record_id"],
    )
    tables = asean.tables | {"legs": legs, "places": places}
    data = case_data(dataclasses.replace(asean, tables=tables, estimator="removal", drivers=drivers, levels_told=False))
    assert data["levelsTold"] is False
    assert listed(data, "drivers", "seized") == {3: (1, ["r1"])}
    assert listed(data, "drivers", "passed") == {3: (1, ["r2"])}
    assert data["places"]["why"][0] == "place 0"
    assert "detection_mean" in data["places"]
    # legs come busiest first, and their sentences with them
    busiest = legs.sort_values("flow_mean", ascending=False, kind="stable").iloc[0]
    assert data["legs"]["why"][0] == busiest["why"]
    plain = case_data(asean)
    assert "why" not in plain["legs"]
    assert "why" not in plain["places"]
    assert plain["levelsTold"] is True
    assert listed(plain, "drivers", "seized") == listed(plain, "drivers", "passed") == {}
