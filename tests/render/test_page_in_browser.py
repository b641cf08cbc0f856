"""The briefing page in a real browser with the network off: nothing runs, nothing is asked for, the style applies."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from briefings import KINDS

from routegraph.briefing.product import Briefing, Judgement
from routegraph.render import TARGETS


@pytest.mark.browser
@pytest.mark.parametrize("kind", ["plain", "hostile"])
def test_page_runs_nothing_and_asks_for_nothing(browser, tmp_path, kind):
    file = tmp_path / "briefing.html"
    file.write_bytes(TARGETS["briefing"].render(KINDS[kind]()))
    context = browser.new_context(offline=True, viewport={"width": 1100, "height": 900})
    page = context.new_page()
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    page.goto(file.as_uri())
    assert asked == [file.as_uri()]
    assert said == []
    assert page.evaluate("document.scripts.length") == 0
    # The style sheet is allowed by its digest: without it the banner would not be black.
    black = page.evaluate("getComputedStyle(document.querySelector('.screen .banner')).backgroundColor")
    assert black == "rgb(0, 0, 0)"
    assert page.evaluate("document.documentElement.scrollWidth") <= 1100
    context.close()


def opened(browser, folder: Path, briefing: Briefing, **how: object):
    """Open the page of a briefing with the network off."""
    file = folder / "briefing.html"
    file.write_bytes(TARGETS["briefing"].render(briefing))
    page = browser.new_context(offline=True, **how).new_page()
    page.goto(file.as_uri())
    return page


@pytest.mark.browser
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_nothing_has_to_be_scrolled_sideways_however_narrow_the_screen(browser, tmp_path, kind):
    page = opened(browser, tmp_path, KINDS[kind](), viewport={"width": 1366, "height": 768})
    for width in (1920, 1366, 820, 600, 390):
        page.set_viewport_size({"width": width, "height": 768})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.context.close()


def long_case(asean: Briefing) -> Briefing:
    """Return an ordinary case with long judgements, long changes and long names of countries."""
    route = "Venezuela, Bolivarian Republic of > Dominican Republic > Bosnia and Herzegovina > United Kingdom"
    sentence = f"{route} ranks first by score of 50 corridors, with 1,234 seizure events reported on its routes and a "
    said = f"{sentence}smoothed count of 1,200 whose way lies on it (90 % credible interval 1,000 to 1,400)."
    words = ("Bosnia and Herzegovina", "Venezuela (Bolivarian Republic)", "Democratic People's Republic of Korea")
    places = asean.tables["places"]
    named = places.assign(name=[words[k % 3] for k in range(len(places))])
    return replace(
        asean,
        judgements=tuple(Judgement(said, "corridor C-0123456789; 1,234 records") for _ in range(5)),
        changes=("No corridor of the first five has left the first five, and none has entered it.",) * 4,
        confidence="Confidence is low: 198,219 records from 78 sources, the largest with 77 %; 71 % state an origin.",
        tables=asean.tables | {"places": named},
    )


@pytest.mark.browser
@pytest.mark.parametrize("make", [lambda case: case, long_case], ids=["ordinary", "long names"])
def test_the_first_page_is_one_sheet_of_a4(browser, tmp_path, asean, make):
    sheet, page_margins, millimetre = 297, 7 + 9, 96 / 25.4
    wide = round((210 - 2 * 13) * millimetre)
    page = opened(browser, tmp_path, make(asean), viewport={"width": wide, "height": 1000})
    page.emulate_media(media="print")
    high = {
        name: page.evaluate(f"document.querySelector({selector!r}).getBoundingClientRect().height")
        for name, selector in (("front", ".front"), ("head", ".sheet > thead"), ("foot", ".sheet > tfoot"))
    }
    assert sum(high.values()) <= (sheet - page_margins) * millimetre
    assert high["front"] > 0.4 * sheet * millimetre  # it is there, in its print layout
    columns = page.evaluate("getComputedStyle(document.querySelector('.front')).gridTemplateColumns")
    assert len(columns.split()) == 2
    page.context.close()


@pytest.mark.browser
def test_in_print_the_marking_is_on_every_page_and_each_annex_begins_one(browser, tmp_path):
    page = opened(browser, tmp_path, KINDS["corrected"](), viewport={"width": 700, "height": 1000})
    page.emulate_media(media="print")
    for edge in ("head", "foot"):
        place = page.evaluate(f"getComputedStyle(document.querySelector('.running.{edge}')).position")
        assert place == "fixed"  # which a browser repeats on every printed page
        assert "TLP:GREEN" in page.inner_text(f".running.{edge}")
    breaks = page.evaluate(
        "[...document.querySelectorAll('.annex:not(.brief)')].map(one => getComputedStyle(one).breakBefore)"
    )
    assert len(breaks) >= 7
    assert set(breaks) == {"page"}
    rows = page.evaluate("[...document.querySelectorAll('.rows tr')].map(one => getComputedStyle(one).breakInside)")
    assert set(rows) == {"avoid"}
    heads = page.evaluate("[...document.querySelectorAll('.rows thead')].map(one => getComputedStyle(one).display)")
    assert set(heads) == {"table-header-group"}
    page.context.close()


@pytest.mark.browser
def test_names_in_scripts_of_the_region_are_shown_in_letters_that_the_page_brings_along(browser, tmp_path):
    briefing = KINDS["plain"]()
    places = briefing.tables["places"].copy()
    places["name"] = [
        "\u0e41\u0e21\u0e48\u0e2a\u0e2d\u0e14",
        "\u101b\u1014\u103a\u1000\u102f\u1014\u103a",
        *places["name"][2:],
    ]
    page = opened(browser, tmp_path, replace(briefing, tables=briefing.tables | {"places": places}))
    page.evaluate("document.fonts.ready")
    faces = page.evaluate("[...document.fonts].map(one => [one.family, one.status])")
    assert {family.strip('"') for family, _ in faces} == {"routegraph names"}
    assert [status for _, status in faces].count("loaded") >= 2
    page.context.close()
