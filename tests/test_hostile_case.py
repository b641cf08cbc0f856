"""A case in which every text field of every table is an attack, through the real command line, into real readers.

What SAFETY.md and the issue list stands in each text column of seizures, transits, effort and places, in the title and
in a file's name. Every product is then opened as its reader would open it, and the text has to be there as text.
"""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from pathlib import Path

import igraph
import networkx as nx
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from contract import FILES
from hostile_case import HOSTILE_NAME, PAYLOADS, TITLE, acted
from routegraph.render.tables import read_table


def as_read(payload: str) -> str:
    """Return the beginning of a text as a page shows it: reading takes control and direction characters out."""
    return "".join(c for c in payload.strip()[:60] if c.isprintable() or c in "\u2028\u2029")


def read_back(hostile_run: tuple[Path, object], name: str) -> str:
    return (hostile_run[0] / name).read_bytes().decode("utf-8")


def test_the_run_ends_well_and_prints_nothing_that_acts(hostile_run):
    out, done = hostile_run
    assert done.returncode in (0, 3), done.stderr
    assert {path.name for path in out.iterdir()} == set(FILES)
    assert "Traceback" not in done.stderr
    said = done.stdout + done.stderr
    assert all(character.isprintable() or character == "\n" for character in said)
    assert "54439" not in said


@pytest.mark.parametrize("name", sorted(FILES))
def test_no_product_holds_the_canarys_answer(hostile_run, name):
    assert not re.search(r"(?<![0-9a-f.])54439(?![0-9a-f])", read_back(hostile_run, name))


def test_no_row_is_lost(hostile_run):
    run = json.loads(read_back(hostile_run, "run.json"))
    assert set(run["rows"]) == {HOSTILE_NAME, "transits.jsonl", "effort.csv", "places.jsonl"}
    for facts in run["rows"].values():
        assert facts["rows_in"] == facts["records"] + facts["rejected_rows"] + facts["duplicates"] > 0, facts


@pytest.mark.parametrize("name", sorted(name for name in FILES if name.endswith(".csv")))
def test_no_cell_opens_like_a_formula_and_the_text_comes_back(hostile_run, name):
    content = (hostile_run[0] / name).read_bytes()
    number = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
    usual = csv.field_size_limit(10**9)
    try:
        cells = [cell for row in csv.reader(io.StringIO(content.decode("utf-8"), newline="")) for cell in row]
    finally:
        csv.field_size_limit(usual)
    for cell in cells:
        assert cell[:1] not in tuple("=+-@\t\r\n") or number.fullmatch(cell) or not cell, cell
    assert read_table(content).shape[1] > 0


def test_what_the_payloads_were_is_in_the_tables_as_text(hostile_run):
    values = {
        cell
        for name in ("rejects.csv", "unmapped.csv", "evidence.csv", "places.csv")
        for column in read_table((hostile_run[0] / name).read_bytes()).itertuples(index=False)
        for cell in column
    }
    whole = "\n".join(values)
    for name, payload in PAYLOADS.items():
        stripped = payload.strip()
        held = stripped.replace("\ud800", "\ufffd").replace("\x00", "\u2400")
        assert held[:2000] in whole, name


def test_graphml_opens_in_two_graph_libraries(hostile_run):
    path = hostile_run[0] / "network.graphml"
    graph = nx.read_graphml(path, force_multigraph=True)
    other = igraph.Graph.Read_GraphML(str(path))
    assert graph.number_of_nodes() == other.vcount() > 2 * len(PAYLOADS) - 10
    assert graph.number_of_edges() == other.ecount() > 0
    names = " ".join(str(value) for _, value in graph.nodes(data="name"))
    for payload in ("template", "literal", "script end", "image", "backtick", "equals", "open remark"):
        assert PAYLOADS[payload] in names


def test_geojson_and_run_json_parse_and_hold_no_number_that_is_none(hostile_run):
    def refuse(text: str) -> None:
        pytest.fail(f"{text} is no JSON")

    for name in ("corridors.geojson", "run.json"):
        content = json.loads(read_back(hostile_run, name), parse_constant=refuse)
        assert content["title"].startswith("{{7*7777}} ${7*7777} </script><script>")


@pytest.mark.browser
def test_the_briefing_shows_the_texts_and_nothing_acts(hostile_run, open_page):
    opened = open_page((hostile_run[0] / "briefing.html").read_bytes(), wait="")
    page = opened.page
    assert acted(opened, scripts=0) == []
    text = page.locator("body").text_content()
    assert TITLE in text
    assert page.title().count("{{7*7777}}") == 1
    assert "\u202e" not in text
    shown = [name for name, payload in PAYLOADS.items() if as_read(payload) in text]
    assert len(shown) > len(PAYLOADS) // 2, shown


@pytest.mark.browser
def test_the_map_shows_the_texts_and_nothing_acts(hostile_run, open_page):
    content = (hostile_run[0] / "map.html").read_bytes()
    opened = open_page(content)
    page, seen = opened.page, []
    for tab in range(4):
        page.locator(".rg-tabs button").nth(tab).click()
        seen.append(page.locator("body").text_content())
        for row in range(min(3, page.locator(".rg-row").count())):
            page.locator(".rg-row").nth(row).click()
            seen.append(page.locator(".rg-body").text_content())
            page.locator(".rg-back").click()
    frame = page.locator(".folium-map").bounding_box()
    for step in range(12):
        page.mouse.move(frame["x"] + 60 + step * frame["width"] / 14, frame["y"] + frame["height"] / 2)
        seen.append(page.locator(".rg-tip").text_content())
    text = "\n".join(seen)
    for name, payload in PAYLOADS.items():
        assert as_read(payload) in text, name
    assert acted(opened, scripts=len(re.findall(rb"<script[ >]", content.split(b"</head>")[0])) + 2) == []


def test_the_story_of_every_corridor_is_told_in_lines_that_nothing_forges(hostile_run):
    from routegraph.briefing.difference import difference
    from routegraph.briefing.explaining import explain
    from routegraph.render.saved import read_run

    saved = read_run(hostile_run[0])
    corridors = saved.tables["corridors"]
    assert len(corridors)
    for rank in corridors["rank"]:
        text = explain(saved.tables, rank, run=saved.run)
        lines = text.split("\n")[:-1]
        assert all(line.isprintable() for line in lines)
        assert sum(line.startswith("Verdict: ") for line in lines) == 1
        steps = len(re.findall(r"^\d+\. ", text, flags=re.MULTILINE))
        assert steps == corridors.loc[corridors["rank"] == rank, "steps"].iloc[0].count("; ") + 1
        assert re.search(r"^\d+\. .*\(.* record \d+\.\d", text, flags=re.MULTILINE)
    assert difference(saved, saved).why == ()
