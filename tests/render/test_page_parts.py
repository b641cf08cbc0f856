"""The pieces behind the page and the exchange files: frames, labels, lines, text, digests."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import sys
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import igraph
import networkx as nx
import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from briefings import corrected, hostile, plain, untold

from routegraph.briefing.chapters import document_of
from routegraph.briefing.document import Interval
from routegraph.briefing.product import Briefing
from routegraph.places.geodesy import great_circle
from routegraph.render import TARGETS, render_run_json
from routegraph.render.frame import WIDTH, frame_around, project
from routegraph.render.graphml import render_graphml
from routegraph.render.labels import Spot, place_labels
from routegraph.render.page import Bar, bar
from routegraph.render.plain_text import for_xml, storable, visible
from routegraph.render.run_json import run_digest
from routegraph.render.tables import read_table, write_table


def at(*positions: tuple[float, float]) -> np.ndarray:
    return np.array(positions, dtype=float)


def test_a_frame_across_the_antimeridian_is_small_and_keeps_east_on_the_right():
    frame = frame_around(at((-18.1, 178.4), (-13.8, -171.8)))
    assert frame.east - frame.west < 1_300  # km; the places lie 1,150 km apart
    suva, apia = frame.pixels(at((-18.1, 178.4), (-13.8, -171.8)))
    assert 0 < suva[0] < apia[0] < WIDTH
    assert 0 < apia[1] < suva[1] < frame.height


def test_a_frame_holds_every_place_it_is_made_for():
    rng = np.random.default_rng(3)
    for _ in range(50):
        n = int(rng.integers(1, 9))
        positions = np.column_stack([rng.uniform(-60, 75, n), rng.uniform(-180, 180, n)])
        frame = frame_around(positions)
        x, y = frame.pixels(positions).T
        assert ((x >= 0) & (x <= WIDTH) & (y >= 0) & (y <= frame.height)).all()
        assert WIDTH / 2.15 < frame.height < WIDTH / 1.55


def test_scale_is_true_at_the_middle_of_the_map():
    frame = frame_around(at((10, 100), (14, 106)))
    a, b, c = frame.pixels(at((frame.lat, frame.lon), (frame.lat, frame.lon + 1), (frame.lat + 1, frame.lon)))
    degree_km = np.pi * 6371.0088 / 180
    assert (b[0] - a[0]) * frame.km_per_pixel == pytest.approx(degree_km * np.cos(np.radians(frame.lat)), rel=1e-4)
    assert (a[1] - c[1]) * frame.km_per_pixel == pytest.approx(degree_km, rel=1e-4)


def test_the_projection_keeps_areas_far_from_its_middle():
    # Snyder (1987), Map Projections: A Working Manual, p. 182: equal areas; here a small square 70 degrees away.
    side = 0.01
    square = at((10, 70), (10, 70 + side), (10 + side, 70 + side), (10 + side, 70))
    x, y = project(square, lat=0, lon=0).T
    area = abs((x * np.roll(y, -1) - y * np.roll(x, -1)).sum()) / 2
    true = 6371.0088**2 * np.radians(side) * (np.sin(np.radians(10 + side)) - np.sin(np.radians(10)))
    assert area == pytest.approx(true, rel=1e-4)


def test_a_line_over_the_pole_stays_in_the_frame_between_its_ends():
    ends = at((30, 70), (56, -106))
    frame = frame_around(ends)
    (line,) = great_circle(*ends[0], *ends[1])
    x, y = frame.pixels(line).T
    assert ((x > 0) & (x < WIDTH) & (y > 0) & (y < frame.height)).all()
    straight = np.hypot(x[-1] - x[0], y[-1] - y[0])
    assert np.hypot(np.diff(x), np.diff(y)).sum() < 1.01 * straight


def test_labels_cover_neither_each_other_nor_numbers_nor_the_edge():
    rng = np.random.default_rng(1)
    dots = [Spot(float(x), float(y)) for x, y in rng.uniform(20, 580, (60, 2))]
    badges = [Spot(300, 300), Spot(100, 100)]
    labels = place_labels(
        [(f"Place {k}", dot) for k, dot in enumerate(dots)],
        badges=badges,
        dots=dots,
        lines=np.empty((0, 2)),
        size=(600, 600),
    )
    assert 15 < len(labels) < 60
    boxes = []
    for label in labels:
        wide = 8.6 * len(label.text)
        left = {"start": label.x, "end": label.x - wide, "middle": label.x - wide / 2}[label.anchor]
        boxes.append((left, label.y - 13.5, left + wide, label.y + 3.5))
    for one, other in combinations(boxes, 2):
        assert one[0] >= other[2] or other[0] >= one[2] or one[1] >= other[3] or other[1] >= one[3]
    for badge in badges:
        assert not [b for b in boxes if b[0] < badge.x < b[2] and b[1] < badge.y < b[3]]
    assert all(box[0] >= 0 and box[2] <= 600 for box in boxes)


def test_a_label_stands_clear_of_a_line_where_it_can():
    line = np.column_stack([np.linspace(100, 300, 100), np.full(100, 100.0)])
    (label,) = place_labels([("Name", Spot(100, 100))], badges=[], dots=[Spot(100, 100)], lines=line, size=(600, 600))
    assert label.anchor == "end"


def in_thai() -> Briefing:
    places = plain().tables["places"]
    named = places.assign(name=["แม่สอด", *places["name"][1:]])
    return replace(plain(), tables=plain().tables | {"places": named})


@pytest.mark.parametrize("make", [plain, in_thai])
def test_the_policy_is_the_digest_of_the_style_on_the_page(make):
    page = TARGETS["briefing"].render(make()).decode()
    css = re.search(r"<style>(.*?)</style>", page, re.DOTALL).group(1)
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    assert f"style-src &#39;sha256-{digest}&#39;" in page or f"style-src 'sha256-{digest}'" in page


def test_letters_come_along_only_for_scripts_that_the_page_shows():
    latin, thai = (TARGETS["briefing"].render(make()).decode() for make in (plain, in_thai))
    assert "@font-face" not in latin
    assert thai.count("@font-face") == 2  # regular and bold
    assert len(re.findall(r"src:url\(data:font/woff;base64,[A-Za-z0-9+/=]+\)", thai)) == 2
    assert thai == TARGETS["briefing"].render(in_thai()).decode()


def test_the_page_has_every_annex_with_its_letter_and_title():
    page = TARGETS["briefing"].render(plain()).decode()
    titles = re.findall(r'<span class="letter">([A-Z])</span> <bdi>([^<]+)</bdi>', page)
    assert titles == list(zip("ABCDEFGH", [one.title for one in document_of(plain()).annexes], strict=True))
    assert page.index("What this cannot tell you") < page.index('id="annex-A"')


def test_an_interval_is_drawn_on_the_scale_of_its_table():
    assert bar(Interval(10.0, 20.0, 40.0, 40.0, "20", "10 to 40")) == Bar(30.0, 90.0, 60.0)
    assert bar(Interval(-1.0, 0.0, 90.0, 40.0, "0", "")) == Bar(0.0, 120.0, 0.0)
    assert bar(Interval(5.0, 5.0, 5.0, 40.0, "5", "")).length == 1.0  # still to be seen


def test_no_bar_is_drawn_where_levels_are_not_told():
    drawn, hidden = (TARGETS["briefing"].render(make()).decode() for make in (corrected, untold))
    assert drawn.count('<svg class="bar"') > 5
    assert '<svg class="bar"' not in hidden
    assert hidden.count("of the largest; level not told") > 5


def test_text_for_a_page_shows_what_would_hide_or_turn_around():
    assert visible("a\u202eb") == "a[U+202E]b"
    assert visible("a\x07b\x7f") == "a\u2407b\u2421"
    assert visible("line\nnext") == "line\nnext"
    assert visible("x" * 50, most=10) == "x" * 10 + "…"
    assert visible("\ud800") == "\ufffd"
    thai = "แม่สอด ꯃ ပြည် ភ្នំពេញ ວຽງຈັນ"
    assert visible(thai) == storable(thai) == for_xml(thai) == thai


def test_csv_guards_formulas_and_leaves_negative_numbers():
    cells = [
        "=1+1",
        "+66 2",
        "-1+1",
        "-3",
        "-3.5e-2",
        "-",
        "@a",
        "\ta",
        "'=x",
        "''=x",
        "'quoted'",
        "a,b",
        'a"b',
        "a\nb",
        "",
        "＝1",
    ]
    table = pd.DataFrame({"text": cells, "number": [-1.5, *range(15)]})
    data = write_table(table)
    raw = pd.read_csv(io.BytesIO(data), dtype=str, keep_default_na=False)
    assert raw["text"].tolist()[:5] == ["'=1+1", "'+66 2", "'-1+1", "-3", "-3.5e-2"]
    assert raw["number"].tolist()[:2] == ["-1.5", "0"]
    assert read_table(data)["text"].tolist() == cells


def test_csv_numbers_are_plain_and_missing_ones_blank():
    table = pd.DataFrame({"a": [1.0, 0.333333, np.nan, 1234570.0], "b": pd.array([1, None, 3, 4], dtype="Int64")})
    assert write_table(table) == b"a,b\n1,1\n0.333333,\n,3\n1234570,4\n"


def test_geojson_is_lon_lat_split_at_the_antimeridian_with_marking_and_caveats():
    collection = json.loads(TARGETS["geojson"].render(plain()))
    assert (collection["marking"], collection["caveats"]) == ("TLP:GREEN", ["Seizures are not flow."])
    one, two, three = collection["features"]
    assert one["geometry"]["type"] == "LineString"
    assert one["geometry"]["coordinates"][0] == [96.16, 16.8]
    assert one["geometry"]["coordinates"][-1] == [178.44, -18.14]
    assert two["geometry"]["type"] == "MultiLineString"
    ends = [line[-1][0] for line in two["geometry"]["coordinates"]] + [two["geometry"]["coordinates"][-1][0][0]]
    assert ends[0] == 180
    assert ends[-1] == -180
    assert three["geometry"] is None
    assert three["properties"]["flow_mean"] is None
    assert one["properties"]["rank"] == 1


def test_graphml_gives_back_attributes_and_leaves_out_named_pairs_and_blanks():
    graph = nx.read_graphml(io.BytesIO(render_graphml(plain())))
    assert graph.graph["marking"] == "TLP:GREEN"
    assert graph.nodes["THA-mae-sot"]["name"] == "Mae Sot"
    assert "lat" not in graph.nodes["SYC-nowhere"]
    assert graph.edges["MMR-yangon", "THA-mae-sot"]["flow_mean"] == 3.25
    assert ("SYC-nowhere", "WSM-apia") not in graph.edges


def test_two_ids_that_xml_would_make_one_stay_two():
    briefing = plain()
    places = briefing.tables["places"].assign(place_id=["a\ufffe", "a\uffff", "b", "c", "d"])
    legs = briefing.tables["legs"].iloc[:1].assign(origin="a\ufffe", destination="a\uffff", named_pair="no")
    graph = nx.read_graphml(
        io.BytesIO(render_graphml(replace(briefing, tables=briefing.tables | {"places": places, "legs": legs})))
    )
    assert len(graph) == 5
    assert list(graph.edges) == [("a\ufffd", "a\ufffd~2")]


def test_run_json_has_sorted_keys_no_nan_and_timings_in_a_key_of_their_own():
    data = render_run_json(plain(), timings={"reading": 1.5})
    parsed = json.loads(data, parse_constant=pytest.fail)
    assert list(parsed) == sorted(parsed)
    assert parsed["timings"] == {"reading": 1.5}
    assert parsed["diagnostics"] == {"x": None}
    without = json.loads(render_run_json(plain()))
    assert {key: value for key, value in parsed.items() if key != "timings"} | {"timings": {}} == without


def test_the_run_digest_is_blind_to_workers_and_sees_everything_else():
    briefing = plain()
    more = replace(briefing, run=briefing.run | {"settings": {"workers": 8, "out": ["a"]}})
    other = replace(briefing, run=briefing.run | {"settings": {"workers": 1, "out": ["b"]}})
    assert run_digest(briefing) == run_digest(more) != run_digest(other)
    assert run_digest(hostile()) == run_digest(hostile())


def test_graphml_gives_back_an_id_with_quotes_tabs_and_line_breaks_and_igraph_reads_it(tmp_path):
    briefing = plain()
    odd = 'a"b\tc\nd<e>&f'
    places = briefing.tables["places"].iloc[:2].assign(place_id=[odd, "b"])
    legs = briefing.tables["legs"].iloc[:1].assign(origin=odd, destination="b", named_pair="no")
    data = render_graphml(replace(briefing, tables=briefing.tables | {"places": places, "legs": legs}))
    assert list(nx.read_graphml(io.BytesIO(data)).edges) == [(odd, "b")]
    file = tmp_path / "network.graphml"
    file.write_bytes(data)
    graph = igraph.Graph.Read_GraphML(str(file))
    assert (graph.vcount(), graph.ecount(), graph.es["flow_mean"]) == (2, 1, [3.25])


def test_a_cell_longer_than_the_csv_modules_limit_comes_back():
    table = pd.DataFrame({"text": ["x" * 200_000, "\r=1", "a\nb", "", 'q"u', "NA"], "other": ["1"] * 6})
    assert read_table(write_table(table))["text"].tolist() == table["text"].tolist()
