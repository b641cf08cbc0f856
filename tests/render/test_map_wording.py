"""What the map says of numbers, verdicts, countries and records: the same as the briefing, in the same words."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pandas as pd
import pytest

from routegraph.briefing.columns import COLUMNS
from routegraph.briefing.estimates import verdict_words
from routegraph.briefing.product import Marking
from routegraph.briefing.words import about, number
from routegraph.render.map import render_map
from routegraph.render.map_data import case_data
from routegraph.render.palette import tlp_colour

BUSIEST = 4877.31
CODES = ("insufficient", "supported", "enforcement_artefact", "under_detected", "single_source")
GRADES = (("B", "2"), ("", "3"), ("F", ""), ("", ""))


@pytest.fixture(scope="module")
def case(asean):
    """Return a case under removal: verdicts of all kinds, several units, half graded records, a place of diversion."""
    legs, places, corridors = (asean.tables[name].copy() for name in ("legs", "places", "corridors"))
    legs.loc[0, ["flow_mean", "flow_p05", "flow_p95"]] = [BUSIEST, 1006.4, 6070.2]
    legs["quantity_seized"], legs["unit"] = "733; 40", "piece; round"
    corridors.loc[0, ["flow_mean", "flow_p05", "flow_p95"]] = [2633.17, 1006.4, 6070.2]
    corridors["quantity_seized"], corridors["unit"] = "1; 2.5", "piece; kg"
    corridors["verdict"] = [CODES[n % len(CODES)] for n in range(len(corridors))]
    said = "first_appearances_mean: 2030.39; in_credible_set: yes; basis: traces; first appearances"
    row = dict.fromkeys(COLUMNS["structure"], "") | {
        "analysis": "diversion", "kind": "place", "id": places["place_id"][0], "mean": 0.066088, "p05": 0.045303,
        "p95": 0.090909, "said": said,
    }  # fmt: skip
    records = pd.DataFrame(
        [(f"SYN-{n:05d}", "2022-01", 1, "", "", "arms", "Police", *GRADES[n % 4], "AMBER") for n in range(1, 60)],
        columns=list(COLUMNS["records"]),
    )
    tables = asean.tables | {
        "legs": legs, "corridors": corridors, "records": records, "structure": pd.DataFrame([row]),
    }  # fmt: skip
    return dataclasses.replace(asean, tables=tables, estimator="removal", marking=Marking("GREEN"))


@pytest.fixture(scope="module")
def case_map(case):
    return render_map(case)


@pytest.fixture
def page(case_map, open_page):
    opened = open_page(case_map)
    yield opened.page
    assert opened.complaints == []


def numbers() -> list[float]:
    """Return amounts of every size, with those that lie just on, above or below where rounding turns."""
    edges = [0, 0.0004, 0.05, 0.099, 0.25, 1.25, 1.45, 9.46, 9.5, 9.96, 10.5, 12.5, 99.5, 99.96, 150, 995, 1150, 1250]
    drawn = np.exp(np.random.default_rng(5).uniform(np.log(0.02), np.log(3e6), 300))
    return [*edges, 2633.17, 4877.31, 123456.7, *(float(f"{value:.6g}") for value in drawn)]


@pytest.mark.browser
@pytest.mark.parametrize(("kind", "said"), [("removal", about), ("counts", number)])
def test_the_map_says_every_amount_as_the_briefing_does(case_map, asean_map, open_page, kind, said):
    page = open_page(case_map if kind == "removal" else asean_map).page
    # As the page holds them: in 32 bits.
    found = page.evaluate("(values) => values.map((one) => routegraph.estimate(Math.fround(one)))", numbers())
    assert found == [said(value) for value in numbers()]


@pytest.mark.browser
def test_lists_evidence_and_bars_have_two_digits_and_say_once_what_brackets_are(page, open_page, case_map):
    row = page.locator(".rg-row").first
    assert "flow 2,600 (1,000 to 6,100)" in row.inner_text()
    for tab in ("Corridors", "Places", "Legs"):
        page.get_by_role("tab", name=tab).click()
        assert page.locator(".rg-body").inner_text().count("90 %") == 1
    assert "flow 4,900 (1,000 to 6,100)" in page.locator(".rg-row").first.inner_text()
    page.get_by_role("tab", name="Corridors").click()
    row.click()
    text = page.locator(".rg-body").inner_text()
    assert "2,600 (1,000 to 6,100)" in text
    assert page.locator(".rg-bar-value").first.inner_text() == "2,600"
    assert not re.search(r"2,63\d|6,07\d", text)


@pytest.mark.browser
def test_the_last_stop_of_least_flow_keeps_the_busiest_leg(page):
    page.locator("#rg-filter-flow").press("End")
    assert page.locator(".rg-least").inner_text() == "4,800 or more"
    assert page.locator(".rg-passing").inner_text().split(", ")[1].startswith("1 of ")
    # And a flow that is said to be 4,900 passes 4,900, though it is less.
    passing = (
        "(() => { const {model} = routegraph.ready; return [4900, 5000].map((flow) => model.passesLeg(0, {flow})); })()"
    )
    assert page.evaluate(passing) == [True, False]


@pytest.mark.browser
def test_verdicts_are_in_the_words_of_the_briefing_everywhere(page, case):
    words = {code: verdict_words(code, estimator="removal") for code in CODES}
    options = page.locator("#rg-filter-verdict option").all_inner_texts()
    assert set(words.values()) <= set(options)
    page.locator("#rg-filter-verdict").select_option("insufficient")
    assert page.locator(".rg-row .rg-chip").first.inner_text() == "level not told"
    assert page.locator(".rg-asked").text_content() == "Verdict: level not told"
    page.locator(".rg-row").first.click()
    assert "level not told" in page.locator(".rg-facts").first.inner_text()
    assert not re.search("insufficient|enforcement_artefact|too little", page.locator("body").inner_text())
    told = case_data(dataclasses.replace(case, estimator="counts"))["verdicts"]
    assert told["insufficient"] == "too few records"


@pytest.mark.browser
def test_evidence_names_countries_every_unit_both_grades_and_what_diversion_is_a_share_of(page):
    page.locator(".rg-row").first.click()
    text = page.locator(".rg-body").inner_text()
    assert "Philippines, Malaysia" in text
    assert "1 piece and 2.5 kg" in text
    assert "source not graded, information 3" in text
    assert "source F, information not graded" in text
    assert "graded B2" in text
    assert "-3" not in text
    page.keyboard.press("Escape")
    page.get_by_role("tab", name="Legs").click()
    page.locator(".rg-row").first.click()
    text = page.locator(".rg-body").inner_text()
    assert "733 pieces and 40 rounds" in text
    for label in ("Reported as travelled", "Intended", "Inferred between named places"):
        assert label in text
    page.keyboard.press("Escape")
    page.get_by_role("tab", name="Places").click()
    page.locator(".rg-row").first.click()
    assert page.locator(".rg-head2 h2").inner_text() == "Mae Sot (Thailand)"
    text = page.locator(".rg-body").inner_text()
    assert re.search(r"Share of what was diverted, estimated at this place.*\s6\.6 % \(4\.5 to 9\.1\)", text)


@pytest.mark.browser
def test_search_says_how_many_it_leaves_out_and_that_records_csv_has_more(page, case):
    carried = page.evaluate("routegraph.ready.model.data.records.id.length")
    assert carried < len(case.tables["records"])
    page.locator("#rg-search").fill("SYN-00058")  # in records.csv and behind nothing on the page
    said = f"This page carries {carried} of {len(case.tables['records'])} record ids; records.csv has all."
    assert page.locator("#rg-found li").all_inner_texts() == ["Nothing found", said]
    page.locator("#rg-search").fill("SYN-0000")
    assert page.locator("#rg-found [role=option]").count() == 9
    assert page.locator(".rg-nothing").count() == 0
    page.locator("#rg-search").fill("SYN-000")
    assert page.locator("#rg-found [role=option]").count() == 12
    assert page.locator(".rg-nothing").inner_text().startswith(f"12 of {carried}")
    page.locator("#rg-search").fill("timor-leste")
    assert "Dili" in page.locator("#rg-found-0").inner_text()


@pytest.mark.browser
def test_the_marking_has_the_colour_of_every_other_product(page):
    (colour,) = set(
        page.evaluate("[...document.querySelectorAll('.rg-marking')].map((one) => getComputedStyle(one).color)")
    )
    hexed = tlp_colour("GREEN")
    assert colour == f"rgb({', '.join(str(int(hexed[k : k + 2], 16)) for k in (1, 3, 5))})"
