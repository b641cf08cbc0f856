"""Static figures: where the projection puts them, to scale, marked, text as text, and the same bytes."""

from __future__ import annotations

import io
import math
import re
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from briefings import KINDS, PLACES, corrected, plain

import routegraph
from routegraph.briefing.caveats import NOT_FLOW
from routegraph.briefing.run_facts import run_digest
from routegraph.errors import SettingError
from routegraph.render import figure_ribbon as ribbon
from routegraph.render.figure_map import overview_svg
from routegraph.render.figure_marks import fitted, width_of, wrapped
from routegraph.render.figure_scale import Scale, log_scale
from routegraph.render.figures import figure_names, figure_png, figure_svg, framed_svg
from routegraph.render.frame import EARTH_KM, frame_around
from routegraph.render.office import rank_ink
from routegraph.render.page import render_page
from routegraph.render.palette import rank_colour, tlp_colour

SVG = "{http://www.w3.org/2000/svg}"


def parsed(text: str) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314 - our own output


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_figure_of_every_case_is_safe_and_stands_alone(kind):
    briefing = KINDS[kind]()
    names = figure_names(briefing)
    assert (len(names) > 0) == (kind != "empty")
    for name in names:
        drawn = framed_svg(briefing, name)
        root = parsed(drawn)
        assert root.get("role") == "img"
        assert "54439" not in drawn
        tags = {element.tag.removeprefix(SVG) for element in root.iter()}
        assert tags <= {"svg", "g", "rect", "path", "circle", "line", "text"}
        for element in root.iter():
            assert not {key for key in element.attrib if key.startswith("on") or key in ("style", "href", "class")}
            assert "url(" not in " ".join(element.attrib.values())
        said = " ".join(element.text or "" for element in root.iter(f"{SVG}text"))
        assert said.count(fitted(briefing.marking.text, size=14.0, width=420)[:24]) >= 2
        assert ("SYNTHETIC DATA" in said) == briefing.synthetic


def test_a_place_stands_where_the_projection_says():
    briefing = plain()
    root = parsed(figure_svg(briefing, "corridor 1"))
    wide, high = (float(size) for size in root.get("viewBox").split()[2:])
    found = [(float(c.get("cx")), float(c.get("cy"))) for c in root.iter(f"{SVG}circle")]
    stops = ("MMR-yangon", "THA-mae-sot", "FJI-suva")
    assert len(found) == len(stops)
    # Lambert's azimuthal equal-area projection around a middle: its closed form, and the frame only scales it.
    phi, lam = (np.radians([PLACES[stop][k] for stop in stops]) for k in (2, 3))
    frame = next(f for f in [frame_of(briefing)] if f.width == int(wide))
    phi0, lam0 = math.radians(frame.lat), math.radians(frame.lon)
    cosine = np.sin(phi0) * np.sin(phi) + np.cos(phi0) * np.cos(phi) * np.cos(lam - lam0)
    k = np.sqrt(2 / (1 + cosine))
    x = EARTH_KM * k * np.cos(phi) * np.sin(lam - lam0)
    y = EARTH_KM * k * (np.cos(phi0) * np.sin(phi) - np.sin(phi0) * np.cos(phi) * np.cos(lam - lam0))
    expected = np.column_stack([(x - frame.west) / frame.km_per_pixel, (frame.north - y) / frame.km_per_pixel])
    np.testing.assert_allclose(sorted(map(tuple, found)), sorted(map(tuple, expected)), atol=0.11)
    assert high == pytest.approx(frame.height, abs=1)


def frame_of(briefing):
    """Return the window that the figure's own code chose, taken from it as it draws."""
    from routegraph.render import figure_map

    taken = []
    kept = figure_map.frame_around

    def spy(*args, **kwargs):
        taken.append(kept(*args, **kwargs))
        return taken[-1]

    figure_map.frame_around = spy
    try:
        figure_svg(briefing, "corridor 1")
    finally:
        figure_map.frame_around = kept
    return taken[0]


def bars(root: ET.Element) -> list[tuple[float, float]]:
    return [
        (float(r.get("x")), float(r.get("x")) + float(r.get("width")))
        for r in root.iter(f"{SVG}rect")
        if r.get("rx") == "3"
    ]


def test_intervals_are_to_scale_on_a_log_axis_and_a_linear_one_would_be_wrong():
    briefing = corrected()
    rows = briefing.rankings.legs.loc[briefing.rankings.legs["flow_mean"].notna()]
    drawn = bars(parsed(figure_svg(briefing, "flow against counts")))[1:]  # the first is the key's
    assert len(drawn) == len(rows)
    values = [*rows["flow_mean"], *rows["flow_p05"], *rows["flow_p95"], *rows["counted"]]
    scale = log_scale(values, left=372.0, right=916.0)
    linear = Scale(scale.low, scale.high, scale.left, scale.right)
    for (left, right), low, high in zip(drawn, rows["flow_p05"], rows["flow_p95"], strict=True):
        assert left == pytest.approx(scale.at(low), abs=0.1)
        assert right == pytest.approx(scale.at(high), abs=0.1)
        assert abs(right - linear.at(high)) > 5


def test_a_log_scale_has_equal_room_for_equal_factors():
    scale = log_scale([3.0, 450.0], left=0.0, right=300.0)
    assert (scale.low, scale.high) == (1.0, 1000.0)
    assert [scale.at(value) for value in (1, 10, 100, 1000)] == pytest.approx([0, 100, 200, 300])
    assert scale.ticks() == [1.0, 10.0, 100.0, 1000.0]
    assert log_scale([], left=0, right=1).high > log_scale([], left=0, right=1).low
    assert Scale(0.0, 5.0, 0.0, 100.0).ticks() == pytest.approx([0, 1, 2, 3, 4, 5])


def test_where_levels_are_not_told_no_interval_and_no_number_of_consignments_is_drawn():
    told, untold = corrected(), replace(corrected(), levels_told=False)
    assert len(bars(parsed(figure_svg(told, "flow against counts")))) > 1
    root = parsed(figure_svg(untold, "flow against counts"))
    assert len(bars(root)) == 1  # the key alone
    said = [element.text or "" for element in root.iter(f"{SVG}text")]
    assert "share of the largest" in said
    assert not [text for text in said if re.fullmatch(r"[\d,]{2,}", text)]


def test_png_is_as_large_as_asked_and_the_same_twice():
    from PIL import Image

    briefing = corrected()
    once = figure_png(briefing, "corridor 1", dpi=72)
    assert once == figure_png(briefing, "corridor 1", dpi=72)
    with Image.open(io.BytesIO(once)) as picture:
        assert picture.width == 482
        colours = picture.convert("RGB").getcolors(1 << 24)
    black = sum(n for n, colour in colours if colour == (0, 0, 0))
    assert black > 482 * 20  # the marking's two banners


def test_names_of_the_region_are_drawn_and_not_left_as_boxes():
    """A name in a script that a font lacks would come out as the same box for each letter."""
    from PIL import Image, ImageChops

    briefing = corrected()
    pictures = []
    for name in ("เชียงใหม่", "ភ្នំពេញញ", "ရန်ကုန်", "ວຽງຈັນນນ"):
        places = briefing.tables["places"].assign(name=name)
        named = replace(briefing, tables=briefing.tables | {"places": places})
        with Image.open(io.BytesIO(figure_png(named, "corridor 1", dpi=72))) as picture:
            pictures.append(picture.convert("L").copy())
    for k, one in enumerate(pictures):
        for other in pictures[k + 1 :]:
            assert ImageChops.difference(one, other).getbbox() is not None


@pytest.mark.parametrize("name", ["", "corridor 99", "corridor x", "map", "overview "])
def test_a_figure_that_is_not_there_is_one_line(name):
    with pytest.raises(SettingError, match="expected one of overview, corridor 1"):
        figure_svg(plain(), name)


@pytest.mark.parametrize("dpi", [0, 39, 601])
def test_dots_out_of_range_are_refused(dpi):
    with pytest.raises(SettingError, match="expected 40 to 600"):
        figure_png(plain(), "overview", dpi=dpi)


def test_a_rank_has_one_colour_everywhere():
    css = render_page(corrected()).decode("utf-8")
    for rank in range(1, 8):
        assert rank_colour(rank)[1:].upper() == rank_ink(rank)
        assert rank_colour(rank) in css


def test_a_marking_has_one_colour_everywhere_and_the_strictest_where_it_is_unknown():
    css = render_page(corrected()).decode("utf-8")
    for tlp in ("GREEN", "AMBER", "AMBER+STRICT", "RED"):
        assert re.search(rf"\.tlp-{tlp.lower().replace('+', '-')}\b[^}}]*color: {tlp_colour(tlp)}", css), tlp
    assert tlp_colour("none known") == tlp_colour("RED") != tlp_colour("CLEAR")


@pytest.mark.parametrize(
    ("said", "homes"),
    [
        ("2f7d4f", {"palette.py", "briefing.css"}),  # the third rank
        ("33ff00", {"palette.py", "briefing.css"}),  # TLP:GREEN
        ("synthetic data: not real events", {"document.py"}),
    ],
)
def test_what_all_products_share_stands_in_one_place(said, homes):
    files = [path for path in Path(routegraph.__file__).parent.rglob("*.*") if "assets" not in path.parts]
    ours = [path for path in files if path.suffix in {".py", ".typ", ".html", ".css"}]
    assert {path.name for path in ours if said in path.read_text(encoding="utf-8").lower()} == homes


def test_lines_that_are_too_long_are_cut_to_their_width():
    lines = wrapped("a word and another " * 60, size=14.0, width=200.0, lines=3)
    assert len(lines) == 3
    assert lines[-1].endswith("…")
    assert all(width_of(line, size=14.0) <= 200.0 for line in lines)
    assert fitted("short", size=14.0, width=200.0) == "short"


def test_the_window_is_as_wide_and_as_large_as_asked():
    frame = frame_around(np.array([[10.0, 100.0], [12.0, 101.0]]), width=440, shape=(1.3, 1.5), pad=0.1, least_km=600.0)
    assert frame.width == 440
    assert 1.3 - 1e-6 <= frame.width / frame.height <= 1.5 + 0.02
    assert frame.north - frame.south >= 600 / 1.5 - 1e-6


def area(ring: np.ndarray) -> float:
    x, y = ring.T
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)


def test_a_ribbon_is_as_wide_as_it_says_and_narrows_the_way_it_runs():
    line = np.array([[0.0, 0.0], [50.0, 0.0], [200.0, 0.0]])
    ring = ribbon.outline(line, 10.0, between=(0.0, 200.0))
    wide = np.abs(ring[:3, 1] - ring[::-1][:3, 1])
    np.testing.assert_allclose(wide, [10.0, 10 - 6 * 0.25, 10.0 * ribbon.TAIL])
    assert area(ring) == pytest.approx(200 * 7.0)  # a trapezium from 10 to 4
    half = ribbon.outline(line, 10.0, between=(100.0, 200.0))
    assert area(half) == pytest.approx(100 * 5.5)
    assert len(ribbon.outline(line, 10.0, between=(30.0, 30.0))) == 0
    assert len(ribbon.outline(np.zeros((2, 2)), 10.0, between=(0.0, 1.0))) == 0


def test_width_is_in_proportion_to_flow_and_no_root_of_it():
    full, half = ribbon.width_of_share(1.0), ribbon.width_of_share(0.5)
    assert half / full == pytest.approx(0.5)
    assert abs(half / full - math.sqrt(0.5)) > 0.1
    assert ribbon.width_of_share(0.0) == ribbon.THIN
    assert ribbon.width_of_share(1e9) == ribbon.WIDEST
    assert math.isnan(ribbon.width_of_share(math.nan))


def paths(svg: str, **wanted: str) -> list[str]:
    return [
        path.get("d")
        for path in parsed(svg).iter(f"{SVG}path")
        if all(path.get(name.replace("_", "-")) == value for name, value in wanted.items())
    ]


def test_a_pale_band_reaches_the_upper_end_and_is_gone_where_levels_are_not_told():
    told, pale = corrected(), f"{ribbon._PALE:.1f}"
    colour = rank_colour(1)
    bands = paths(overview_svg(told, alt=""), fill=colour, fill_opacity=pale)
    assert bands
    flow = told.tables["corridors"].iloc[0]
    first = np.array([[float(x) for x in pair.split()] for pair in bands[0].strip("MZ").split("L")])
    start = math.dist(first[0], first[-1])
    # Both corridors share a leg, and the first steps is theirs alone: as wide as the upper end there.
    assert start == pytest.approx(
        ribbon.THICK * flow["flow_p95"] / told.tables["corridors"]["flow_mean"].max(), abs=0.15
    )
    untold = replace(told, levels_told=False)
    assert not paths(overview_svg(untold, alt=""), fill=colour, fill_opacity=pale)


def test_how_a_step_is_known_can_be_told_without_colour():
    line = np.column_stack([np.arange(0.0, 301.0, 10.0), np.zeros(31)])
    drawn = {
        status: parsed(ribbon.core(ribbon.Step(1, status, 5.0, math.nan, line))).get("d")
        for status in ("travelled", "intended", "inferred")
    }
    assert drawn["travelled"].count("Z") == 1
    assert 8 < drawn["intended"].count("Z") < drawn["inferred"].count("Z")
    assert ("a" in drawn["inferred"], "a" in drawn["intended"]) == (True, False)  # round dots, straight dashes


def test_lanes_of_a_shared_leg_run_apart_and_meet_at_its_ends():
    from routegraph.render.figure_map import _aside

    line = np.array([[0.0, 0.0], [100.0, 0.0]])
    left, right = _aside(line, 6.0), _aside(line, -6.0)
    assert abs(left[len(left) // 2] - right[len(right) // 2])[1] == pytest.approx(12.0)
    for end in (0, -1):
        np.testing.assert_allclose(left[end], right[end])


@pytest.mark.parametrize("kind", ["plain", "corrected", "hostile"])
def test_a_picture_that_travels_alone_says_what_it_cannot_tell_and_no_line_leaves_it(kind):
    briefing = KINDS[kind]()
    for name in figure_names(briefing):
        root = parsed(framed_svg(briefing, name))
        wide = float(root.get("viewBox").split()[2])
        said = " ".join(" ".join(element.text or "" for element in root.iter(f"{SVG}text")).split())
        assert NOT_FLOW in said
        assert run_digest(briefing)[:16] in said
        for text in root.findall(f"{SVG}text"):  # of the frame; the figure itself is one level deeper
            long = width_of(text.text or "", size=float(text.get("font-size")))
            left = float(text.get("x")) - (long / 2 if text.get("text-anchor") == "middle" else 0.0)
            assert left >= 0, text.text
            assert left + long <= wide, text.text


def test_a_corridor_that_its_own_badge_would_hide_has_it_beside():
    briefing = plain()
    corridors = briefing.tables["corridors"].iloc[:2].copy()
    corridors["path"] = ["MMR-yangon > THA-mae-sot", "FJI-suva > WSM-apia > MMR-yangon"]
    near = replace(briefing, tables=briefing.tables | {"corridors": corridors})
    root = parsed(overview_svg(near, alt=""))
    (badge,) = [c for c in root.iter(f"{SVG}circle") if c.get("fill") == rank_colour(1)]
    dots = [c for c in root.iter(f"{SVG}circle") if c.get("r") == "4.2"]
    for dot in dots:
        assert math.dist(*((float(c.get("cx")), float(c.get("cy"))) for c in (badge, dot))) > 12.0
    leads = [one for one in root.iter(f"{SVG}line") if one.get("stroke") == rank_colour(1)]
    assert len(leads) == 1


REGION = ("ភ្នំពេញ", "မြဝတီ", "ວຽງຈັນ", "แม่สอด")


@pytest.mark.parametrize("name", REGION)
def test_a_name_is_shaped_as_typst_shapes_text_and_svg_alone_would_not(name):
    """What a reader of SVG makes of these letters is not the name: vowels that go before a letter cover the next."""
    import typst
    from PIL import Image, ImageChops

    from routegraph.render.figure_letters import FONTS, parted
    from routegraph.render.figure_marks import drawing, mark, words
    from routegraph.render.figures import raster
    from routegraph.render.fonts import font_folder

    paper = mark("rect", width=300.0, height=80.0, fill="#ffffff")
    svg = drawing(paper, words(20.0, 50.0, name, size=30.0), width=300.0, height=80.0, label="x")
    parts = parted(svg)
    assert [(one["text"], one["x"], one["y"], one["size"]) for one in parts.letters] == [(name, 20.0, 50.0, 30.0)]
    assert name not in parts.svg
    fonts = ", ".join(f'"{font}"' for font in FONTS)
    source = (
        "#set page(width: 300pt, height: 80pt, margin: 0pt, fill: white)\n"
        f'#place(dx: 20pt, dy: 50pt, text(font: ({fonts}), size: 30pt, fill: rgb("#17202a"), top-edge: "baseline",'
        ' bottom-edge: "baseline", sys.inputs.name))'
    )
    truth = typst.compile(
        source.encode(), font_paths=[str(font_folder())], ignore_system_fonts=True, format="png", ppi=72.0,
        sys_inputs={"name": name},
    )  # fmt: skip
    with Image.open(io.BytesIO(raster(svg, dpi=72, width_pt=300.0))) as one, Image.open(io.BytesIO(truth)) as other:
        assert ImageChops.difference(one.convert("L"), other.convert("L")).getextrema()[1] < 40


def test_lines_are_found_wherever_their_parents_moved_them_and_latin_ones_stay():
    from routegraph.render.figure_letters import parted
    from routegraph.render.figure_marks import drawing, mark, words

    held = mark("g", words(5.0, 6.0, REGION[0], bold=True, halo=True), transform="translate(100.0 20.0)")
    inner = drawing(held, words(1.0, 2.0, "Hải Phòng"), width=50.0, height=50.0, label="x")
    whole = drawing(inner.replace("<svg ", '<svg y="30.5" ', 1), width=200.0, height=100.0, label="x")
    parts = parted(whole)
    (line,) = parts.letters
    assert (line["x"], line["y"], line["bold"], line["halo"], line["anchor"]) == (105.0, 56.5, True, True, "start")
    assert "Hải Phòng" in parts.svg
    assert parts.across == 200.0
    latin = drawing(words(1.0, 2.0, "Hải Phòng"), width=50.0, height=50.0, label="x")
    assert parted(latin).svg == latin
