"""The map's controls in a browser with the network off: search, filters, time, keyboard, print, words."""

from __future__ import annotations

import dataclasses
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from routegraph.briefing.columns import COLUMNS
from routegraph.briefing.product import Marking
from routegraph.briefing.words import about
from routegraph.render.map import render_map

pytestmark = pytest.mark.browser

SOURCES = Path(__file__).resolve().parents[2] / "viewer" / "src"
SCRIPTS = {
    "THA-chiang-mai": "เชียงใหม่", "KHM-phnom-penh": "ភ្នំពេញ", "MMR-yangon": "ရန်ကုန်", "LAO-vientiane": "ວຽງຈັນ",
    "VNM-da-nang": "Đà Nẵng",
}  # fmt: skip
DRAWN = "window.routegraph.ready.layer.hits.drawn"
YEARS = ("2021", "2022", "2023")


@pytest.fixture(scope="module")
def timed(asean):
    """Return the case with three years, whose flow moves from one leg to another, and sources of its records."""
    legs = asean.tables["legs"].copy()
    legs["modes"] = ["sea" if n % 2 else "road" for n in range(len(legs))]
    legs["verdict"] = ["under_detected" if n == 3 else "supported" for n in range(len(legs))]
    shares = np.array([0.7, 0.2, 0.1])
    flows = pd.concat(
        [
            legs[["origin", "destination"]].assign(
                period=year, commodity="arms", seizures=1,
                **{f"flow_{part}": legs[f"flow_{part}"] * np.where(np.arange(len(legs)) == 0, 1 - share, share) / (
                    np.where(np.arange(len(legs)) == 0, 2.0, 1.0)) for part in ("mean", "p05", "p95")},
            )
            for year, share in zip(YEARS, shares, strict=True)
        ],
        ignore_index=True,
    )  # fmt: skip
    records = pd.DataFrame(
        [(f"SYN-{n:05d}", f"2022-0{n % 9 + 1}", 1, "Mae Sot", "THA", "arms", "Border police", "B", "2", "AMBER")
         for n in range(1, 42)],
        columns=list(COLUMNS["records"]),
    )  # fmt: skip
    corridors = asean.tables["corridors"].assign(
        tier=["1", "1", *["2"] * (len(asean.tables["corridors"]) - 2)], rank_p05=1.0, rank_p95=4.0
    )
    tables = asean.tables | {"legs": legs, "flows": flows, "records": records, "corridors": corridors}
    return dataclasses.replace(asean, tables=tables, estimator="removal")


@pytest.fixture(scope="module")
def timed_map(timed):
    return render_map(timed)


@pytest.fixture
def page(timed_map, open_page):
    opened = open_page(timed_map)
    yield opened.page
    assert opened.requests == []
    assert opened.complaints == []


def flows(page):
    return page.evaluate("Array.from({length: 3}, (_, i) => window.routegraph.ready.model.flow(i))")


# ---- filters


def test_a_filter_leaves_only_what_passes_and_says_how_much(page, timed):
    legs, corridors = timed.tables["legs"], timed.tables["corridors"]
    page.locator("#rg-filter-mode").select_option("sea")
    sea = int((legs["modes"] == "sea").sum())
    both = int(corridors["modes"].str.contains("sea").sum())
    said = page.locator(".rg-passing").inner_text()
    assert said == f"{both} of {len(corridors)} corridors, {sea} of {len(legs)} legs"
    shown = page.evaluate(f"{DRAWN}.legs.length")
    assert 0 < shown <= sea
    page.get_by_role("tab", name="Legs").click()
    assert page.locator(".rg-row").count() == sea


def test_filters_add_up_and_are_cleared_together(page, timed):
    everything = page.evaluate(f"{DRAWN}.legs.length")
    page.locator("#rg-filter-verdict").select_option("under_detected")
    page.locator("#rg-filter-mode").select_option("road")
    assert page.evaluate(f"{DRAWN}.legs.length") == 0  # the only one of that verdict goes by sea
    assert page.locator(".rg-list").count() == 0
    assert page.locator(".rg-note").inner_text() == "No corridor passes the filters."
    page.locator(".rg-clear").click()
    assert page.evaluate(f"{DRAWN}.legs.length") == everything
    assert page.locator("#rg-filter-mode").input_value() == ""
    assert page.locator(".rg-passing").inner_text() == ""
    assert not page.locator(".rg-clear").is_visible()


def test_of_a_tier_far_down_the_first_are_drawn(page, timed):
    page.locator("#rg-filter-tier").select_option("2")
    drawn = page.evaluate(f"{DRAWN}.corridors.map((one) => one.rank)")
    assert drawn == list(range(3, 3 + len(drawn)))
    assert len(drawn) == min(10, len(timed.tables["corridors"]) - 2)


def test_least_flow_is_what_its_words_say(page, timed):
    slider = page.locator("#rg-filter-flow")
    slider.focus()
    for _ in range(30):
        page.keyboard.press("ArrowRight")
    words = page.locator(".rg-least").inner_text()
    least = float(re.fullmatch(r"([\d.,]+) or more", words)[1].replace(",", ""))
    assert slider.get_attribute("aria-valuetext") == words
    said = [float(about(flow).replace(",", "")) for flow in timed.tables["legs"]["flow_mean"]]
    passing = sum(flow >= least for flow in said)
    assert 0 < passing < len(timed.tables["legs"])
    assert page.locator(".rg-passing").inner_text().endswith(f"{passing} of {len(timed.tables['legs'])} legs")
    slider.press("Home")
    assert page.locator(".rg-least").inner_text() == "any flow"


# ---- time


def test_the_slider_shows_the_flow_of_each_period_and_the_whole(page, timed):
    whole = flows(page)
    table = timed.tables["flows"]
    slider = page.locator("#rg-time")
    slider.focus()
    for year in YEARS:
        page.keyboard.press("ArrowRight")
        assert page.locator(".rg-period-now").inner_text() == year
        assert slider.get_attribute("aria-valuetext") == year
        expected = table.loc[table["period"] == year, "flow_mean"].to_numpy()[:3]
        assert flows(page) == pytest.approx(expected, rel=2e-3, abs=0.02)
    assert not np.allclose(flows(page), whole)  # else the line above proves nothing
    slider.press("Home")
    assert page.locator(".rg-period-now").inner_text() == "Whole period"
    assert flows(page) == pytest.approx(whole)


def test_play_runs_through_the_periods_and_stops_at_the_last(page):
    page.get_by_role("button", name="Play").click()
    assert page.locator(".rg-period-now").inner_text() == YEARS[0]
    page.locator(".rg-period-now").filter(has_text=YEARS[1]).wait_for(timeout=4000)
    page.get_by_role("button", name="Pause").click()
    page.wait_for_timeout(1700)
    assert page.locator(".rg-period-now").inner_text() == YEARS[1]
    page.locator("#rg-time").focus()
    page.keyboard.press("Space")
    page.locator(".rg-period-now").filter(has_text=YEARS[2]).wait_for(timeout=4000)
    page.get_by_role("button", name="Play").wait_for(timeout=4000)


def test_steps_go_one_period_either_way(page):
    page.get_by_role("button", name="Later").click()
    page.get_by_role("button", name="Later").click()
    assert page.locator(".rg-period-now").inner_text() == YEARS[1]
    page.get_by_role("button", name="Earlier").click()
    assert page.locator(".rg-period-now").inner_text() == YEARS[0]


def test_evidence_that_is_open_follows_the_period(page):
    page.get_by_role("tab", name="Legs").click()
    page.locator(".rg-row").first.click()
    assert "Flow in" not in page.locator(".rg-body").inner_text()
    page.get_by_role("button", name="Later").click()
    assert f"Flow in {YEARS[0]}" in page.locator(".rg-body").inner_text()


def test_lists_and_tip_follow_the_period(page, timed):
    table = timed.tables["flows"]
    year = table.loc[table["period"] == YEARS[0]].reset_index(drop=True)
    page.get_by_role("tab", name="Legs").click()
    whole = page.locator(".rg-row").first.inner_text()
    assert "flow in" not in whole
    page.get_by_role("button", name="Later").click()
    assert YEARS[0] in page.locator(".rg-whole").inner_text()
    # The busiest of the year come first, each with its flow of the year.
    order = page.evaluate("[...document.querySelectorAll('.rg-row')].map((row) => Number(row.dataset.at))")
    flow = year["flow_mean"].to_numpy()[order]
    assert len(order) == len(year)
    assert (np.diff(flow) <= 0.02).all()
    assert order != sorted(order)  # else this is still the order of the whole time
    said = page.locator(".rg-row .rg-line").first.inner_text()
    mean, low, high = (year.loc[order[0], f"flow_{part}"] for part in ("mean", "p05", "p95"))
    assert said.startswith(f"flow in {YEARS[0]}: {about(mean)} ({about(low)} to {about(high)})")
    page.get_by_role("tab", name="Corridors").click()
    line = page.locator(".rg-row .rg-line").first.inner_text()
    now = page.evaluate(
        "(() => { const {model} = routegraph.ready; return model.corridorFlow(model.corridors[0]); })()"
    )
    assert line.startswith(f"flow in {YEARS[0]}: {about(now)}")
    assert "seizure" not in line  # of the whole time, and the line is of a year
    page.get_by_role("tab", name="Places").click()
    assert f"throughflow in {YEARS[0]}: " in page.locator(".rg-row").first.inner_text()
    page.get_by_role("button", name="Earlier").click()
    page.get_by_role("tab", name="Legs").click()
    assert page.locator(".rg-row").first.inner_text() == whole
    assert page.locator(".rg-whole").count() == 0


def test_the_legend_follows_the_period(page):
    sizes = "[...document.querySelectorAll('.rg-group')].map((one) => one.querySelector('.rg-means').innerText)"
    whole = page.evaluate(sizes)
    page.locator("#rg-time").focus()
    page.keyboard.press("ArrowRight")
    first = page.evaluate(sizes)
    most = page.evaluate("routegraph.ready.model.most.leg")
    assert f"Flow, {YEARS[0]}" in first[1]
    # The widest sample is of the most that any leg carried in any year, as lines are drawn.
    widest = float(first[1].split()[-1].replace(",", ""))
    assert widest == pytest.approx(most, rel=0.5 / float(str(widest)[0]))
    assert widest < float(whole[1].split()[-1].replace(",", ""))
    page.keyboard.press("ArrowRight")
    assert page.evaluate(sizes)[1] == first[1].replace(YEARS[0], YEARS[1])  # one scale for all years
    page.keyboard.press("Home")
    assert page.evaluate(sizes) == whole


def test_a_case_of_one_period_has_no_slider(timed, open_page):
    one = timed.tables["flows"].loc[lambda table: table["period"] == "2023"]
    page = open_page(render_map(dataclasses.replace(timed, tables=timed.tables | {"flows": one}))).page
    assert page.locator(".rg-time").count() == 0


# ---- search


@pytest.mark.parametrize(
    ("typed", "kind", "found"),
    [("mae sot", "place", "Mae Sot"), ("THA-bangkok", "place", "Bangkok"), ("C003", "corridor", "Corridor 3"),
     ("SYN-00007", "corridor", "SYN-00007")],
)  # fmt: skip
def test_search_goes_to_what_was_typed(page, typed, kind, found):
    page.locator("#rg-search").fill(typed)
    page.locator("#rg-found [role=option]").first.wait_for()
    page.keyboard.press("Enter")
    assert page.locator(f".rg-kind:has-text('{kind.title()}')").count() == 1
    assert found in page.locator(".rg-body").inner_text()
    assert page.locator("#rg-search").get_attribute("aria-expanded") == "false"


def test_arrow_keys_choose_and_escape_closes_only_the_list(page):
    field = page.locator("#rg-search")
    field.fill("bang")
    first = page.locator("#rg-found-0").inner_text()
    page.keyboard.press("ArrowDown")
    assert field.get_attribute("aria-activedescendant") == "rg-found-1"
    assert page.locator("[role=option][aria-selected=true]").count() == 1
    page.keyboard.press("ArrowUp")
    assert page.locator("[role=option][aria-selected=true]").inner_text() == first
    page.keyboard.press("Escape")
    assert not page.locator("#rg-found").is_visible()
    assert page.locator("#rg-search").input_value() == "bang"


def test_what_is_not_there_is_said(page):
    page.locator("#rg-search").fill("no such thing at all")
    assert page.locator("#rg-found").inner_text() == "Nothing found"
    page.keyboard.press("Enter")
    assert page.locator(".rg-head2").count() == 0


@pytest.fixture(scope="module")
def scripted_map(asean):
    """Return a map whose places are named in the scripts of the region."""
    places = asean.tables["places"].copy()
    places.loc[: len(SCRIPTS) - 1, "name"] = list(SCRIPTS.values())
    return render_map(dataclasses.replace(asean, tables=asean.tables | {"places": places}))


@pytest.mark.parametrize("typed", [*SCRIPTS.values(), "da nang", "ĐÀ NẴNG"])
def test_search_finds_names_in_the_scripts_of_the_region(scripted_map, open_page, typed):
    page = open_page(scripted_map).page
    page.locator("#rg-search").fill(typed)
    wanted = SCRIPTS["VNM-da-nang"] if typed.isascii() or "Đ" in typed else typed
    assert wanted in page.locator("#rg-found-0").inner_text()


def test_the_page_brings_letters_that_no_font_of_the_machine_may_have(scripted_map, asean_map, open_page):
    page = open_page(scripted_map).page
    loaded = page.evaluate("[...document.fonts].filter((face) => face.status === 'loaded').map((face) => face.family)")
    assert len(loaded) == 2 * 4  # two weights of Thai, Khmer, Burmese and Lao; every machine has Vietnamese letters
    assert {name.strip('"') for name in loaded} == {"routegraph names"}
    for name in list(SCRIPTS.values())[:4]:
        # the same width whether the family alone or the page's whole list is asked for: it is what draws the name
        alone, listed = page.evaluate(
            """(text) => ['"routegraph names"', getComputedStyle(document.body).fontFamily].map((family) => {
              const ctx = document.createElement('canvas').getContext('2d');
              ctx.font = `20px ${family}`;
              return ctx.measureText(text).width;
            })""",
            name,
        )
        assert alone == listed > 0
    assert open_page(asean_map).page.evaluate("document.fonts.size") == 0


# ---- evidence


def test_evidence_gives_date_source_and_grade_of_each_record_and_flow_beside_counts(page):
    page.locator(".rg-row").first.click()
    text = page.locator(".rg-body").inner_text()
    assert "SYN-00001" in text
    assert "Border police · graded B2" in text
    assert "2022-0" in text
    assert "1 to 4" in text  # the interval of its rank
    assert "They do not count the same consignments" in text
    assert "in 100" not in text  # a quotient of unlike counts would be read as a chance
    span, count = (page.locator(f".rg-bar-{name} .rg-bar-span").bounding_box() for name in ("flow", "count"))
    track = page.locator(".rg-bar-flow").bounding_box()
    assert span["width"] / track["width"] == pytest.approx((330 - 154) / 330, abs=0.01)
    assert count["width"] / track["width"] == pytest.approx(73 / 330, abs=0.01)


def test_under_counts_no_number_is_called_flow_that_moved(asean_map, open_page):
    page = open_page(asean_map).page
    page.locator(".rg-row").first.click()
    text = page.locator(".rg-body").inner_text()
    assert "Counts are not corrected" in text
    assert "Smoothed count, events (90 % interval)" in text
    everything = page.locator("body").inner_text().lower()
    assert "throughflow" not in everything
    assert "in consignments" not in page.locator(".rg-legend").inner_text()


# ---- keyboard, size, print


def test_from_load_to_evidence_and_back_by_keyboard_alone(page):
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "rg-skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.className") == "rg-row"
    page.keyboard.press("Enter")
    assert "Corridor 1" in page.locator(".rg-head2").inner_text()
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.dataset.at") == "0"


def test_everything_that_acts_has_a_name_and_can_be_reached(page):
    for name in ("corridors", "legs", "places", "seizures"):
        page.locator(f"#rg-layer-{name}").check()
    nameless = page.evaluate(
        """[...document.querySelectorAll('button, input, select, [role=tab], [tabindex="0"]')].filter((one) => {
          const label = one.labels?.length ? one.labels[0].textContent : '';
          return one.offsetParent && !(one.getAttribute('aria-label') || label || one.textContent).trim();
        }).map((one) => one.outerHTML)"""
    )
    assert nameless == []
    seen = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("document.activeElement.id || document.activeElement.className"))
    assert {"rg-search", "rg-filter-mode", "rg-filter-flow", "rg-time", "rg-layer-legs", "rg-row"} <= seen


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (1024, 640), (1920, 1080), (390, 844)])
def test_nothing_runs_over_the_side(timed_map, open_page, width, height):
    page = open_page(timed_map, width=width, height=height).page
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    chart = page.locator(".folium-map").bounding_box()
    assert chart["width"] * chart["height"] > 0.35 * width * min(height, 640)
    size = page.evaluate("parseFloat(getComputedStyle(document.querySelector('.rg-path')).fontSize)")
    assert size >= (16 if width == 1920 else 14)


def test_words_on_their_ground_have_contrast_enough(page):
    page.locator("#rg-filter-mode").select_option("sea")
    worst = page.evaluate(
        """() => {
          const parse = (text) => text.match(/[\\d.]+/g).map(Number);
          const linear = (v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
          const light = ([r, g, b]) => [r, g, b].map((v) => linear(v / 255))
            .reduce((sum, v, k) => sum + v * [0.2126, 0.7152, 0.0722][k], 0);
          const ground = (node) => {
            for (let one = node; one; one = one.parentElement) {
              const colour = parse(getComputedStyle(one).backgroundColor);
              if ((colour[3] ?? 1) > 0.5) return colour;
            }
            return [255, 255, 255];
          };
          const found = [];
          for (const node of document.querySelectorAll('body *')) {
            const own = [...node.childNodes].some((one) => one.nodeType === 3 && one.textContent.trim());
            if (!own || !node.offsetParent || node.closest('.leaflet-pane, .rg-rank, .rg-hidden, .rg-skip')) continue;
            const [a, b] = [light(parse(getComputedStyle(node).color)), light(ground(node))];
            found.push([(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), node.className || node.tagName]);
          }
          return found.sort((x, y) => x[0] - y[0])[0];
        }"""
    )
    assert worst[0] >= 4.5, worst


def test_print_shows_marking_legend_limits_coverage_and_what_is_filtered(page, timed):
    page.locator("#rg-filter-mode").select_option("sea")
    page.get_by_role("button", name="Later").click()
    page.emulate_media(media="print")
    assert page.locator(".rg-passing").is_visible()
    assert page.locator(".rg-period-now").inner_text() == YEARS[0]
    for part in (".rg-legend", ".rg-north", ".leaflet-control-scale", ".rg-caveats", ".rg-coverage", ".rg-title"):
        assert page.locator(part).is_visible(), part
    for label, _ in timed.coverage:
        assert page.locator(".rg-coverage").get_by_text(label, exact=True).is_visible()
    for part in (".rg-search", ".rg-field >> nth=0", ".leaflet-control-zoom", ".rg-track", ".rg-play"):
        assert not page.locator(part).is_visible(), part
    assert page.locator(".rg-marking").count() == 2


# ---- words


def test_every_word_stands_in_the_one_table():
    """No script but words.js holds a word that a reader sees, and every key that is asked for is in it, and used."""
    table = (SOURCES / "words.js").read_text(encoding="utf-8").split("let table")[0]
    keys = set(re.findall(r'^\s+"?([\w.]+)"?: (?:"|\{ one)', table, flags=re.MULTILINE)) - {"language"}
    asked, literal = set(), []
    for file in sorted(SOURCES.glob("*.js")):
        text = re.sub(r"^\s*//.*$", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
        if file.name == "words.js":
            continue
        asked |= set(re.findall(r'(?:say|has)\(\s*"([\w.]+)"', text))
        asked |= {f"{stem}*" for stem in re.findall(r"(?:say|has)\(`([\w.]+\.)\$\{", text)}
        asked |= set(re.findall(r'\? "([a-z][\w.]+)" :', text)) | set(re.findall(r': "([a-z]+\.[\w.]+)"', text))
        shown = re.findall(r'(?:text|"aria-label"|title|placeholder)[:=] ?["`]([^"`]*)["`]', text)
        literal += [
            (file.name, words) for words in shown if re.search(r"[A-Za-z]{3}", re.sub(r"\$\{[^}]*\}|TLP:", "", words))
        ]
    assert literal == []
    stems = {one[:-1] for one in asked if one.endswith("*")}
    missing = {one for one in asked if not one.endswith("*")} - keys
    assert {one for one in missing if "." in one} == set()
    unused = {key for key in keys - asked if not any(key.startswith(stem) for stem in stems)}
    assert unused == set()


def test_another_language_is_another_table(timed_map, open_page):
    page = open_page(timed_map).page
    page.evaluate("window.routegraph.speak({language: 'vi', words: {'list.none.filtered': 'Không có {n}'}})")
    page.locator("#rg-filter-verdict").select_option("under_detected")
    page.locator("#rg-filter-mode").select_option("road")
    assert page.locator(".rg-note").inner_text().startswith("Không có")


def test_every_printed_sheet_carries_the_marking_and_that_data_are_synthetic(timed, open_page):
    if shutil.which("pdftotext") is None:
        pytest.skip("no pdftotext; install Debian's poppler-utils to read the sheets back")
    marking = Marking("AMBER+STRICT", ('"} body{display:none} <b>',))
    made = open_page(render_map(dataclasses.replace(timed, synthetic=True, marking=marking))).page
    printed = made.pdf(prefer_css_page_size=True, print_background=True)
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=printed, capture_output=True, check=True)
    sheets = done.stdout.decode("utf-8").split("\f")[:-1]
    assert len(sheets) > 1
    for sheet in sheets:
        assert sheet.count(marking.text) >= 2
        assert sheet.count("SYNTHETIC DATA: NOT REAL EVENTS") >= 2
    assert timed.caveats[-1] in " ".join(" ".join(sheets).split())
