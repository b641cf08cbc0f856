"""A case in which every text field of every table is an attack, through the real command line, into real readers.

What SAFETY.md and the issue list stands in each text column of seizures, transits, effort and places, in the title and
in a file's name. Every product is then opened as its reader would open it, and the text has to be there as text.
"""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import igraph
import networkx as nx
import pytest

from routegraph.records.schema import EFFORT_COLUMNS, SEIZURE_COLUMNS, TRANSIT_COLUMNS
from routegraph.render.tables import read_table

BAD = "window.bad=1,alert(1)"
PAYLOADS = {
    "template": "{{7*7777}}",
    "template call": "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "literal": "${7*7777}",
    "script end": f"</script><script>{BAD}</script>",
    "image": f"<img src=x onerror={BAD}>",
    "attribute": f"\"' onmouseover={BAD} x='",
    "comment": "<!--<script>",
    "backtick": f"`+({BAD})+`",
    "backslash": "\\`${7*7777}\\",
    "equals": "=1+1",
    "plus": "+1+1",
    "minus": "-1+1",
    "minus one": "-1",
    "at": "@SUM(1+1)",
    "tab": "\t=1+1",
    "carriage return": "\r=1+1",
    "open expression": "{{ open",
    "open block": "{% open",
    "open remark": "{# open",
    "raw block": "{% raw %}{% for x in y %}",
    "separator": "a\u2028b\u2029c",
    "override": "safe\u202egnp.exe",
    "NUL": "a\x00b",
    "control": "a\x07b\x1b[31mc",
    "surrogate": "a\ud800b",
    "entity": "&lt;b&gt; &amp; ]]>",
    "url": "javascript:alert(1)",
    "long": "long " + "x" * 40_000,
}
NUMBERS = {"count", "seized_lat", "seized_lon", "quantity", "value_usd", "movements", "inspections", "lat", "lon"}
# Texts that no spreadsheet row can be told from when they come alone: written as JSON, which can hold them all.
PER_TABLE = {"seizures": SEIZURE_COLUMNS, "transits": TRANSIT_COLUMNS, "effort": EFFORT_COLUMNS}
FILES = {
    "corridors.csv", "legs.csv", "places.csv", "flows.csv", "evidence.csv", "rejects.csv", "duplicates.csv",
    "unmapped.csv", "map.html", "briefing.html", "corridors.geojson", "network.graphml", "run.json", "structure.csv",
    "records.csv", "briefing.json",
}  # fmt: skip
HOSTILE_NAME = "{{7*7777}} ${7*7777} <img src=x onerror=alert(1)> =1+1 `.jsonl"
TITLE = " ".join(PAYLOADS[name] for name in ("template", "literal", "script end", "image", "backtick", "open block"))


def place_rows() -> list[dict[str, object]]:
    """Return for each payload a place with a hostile name (and aliases, and region) and one with a hostile id."""
    rows = []
    for n, payload in enumerate(PAYLOADS.values()):
        country, lat = ("THA", 8.0 + 0.4 * n) if n % 2 else ("MMR", 10.0 + 0.4 * n)
        shape = {"country": country, "kind": "city", "region": payload, "aliases": f"{payload}; other {payload}"}
        rows.append(shape | {"place_id": f"P{n}", "name": f"{payload} named {n}", "lat": lat, "lon": 98.0})
        rows.append(shape | {"place_id": f"{payload} id {n}", "name": f"Plain {n}", "lat": lat, "lon": 101.0})
    return rows


def seizure_rows() -> list[dict[str, object]]:
    """Return routes through the hostile places with hostile ids, sources and remarks, and every field hostile once."""
    good = {
        "date": "2023-08-21", "seized_country": "THA", "origin_country": "MMR", "mode": "road", "quantity": 3,
        "commodity": "arms.firearm.pistol", "unit": "piece", "tlp": "GREEN", "source_grade": "B",
    }  # fmt: skip
    rows, texts = [], list(PAYLOADS.values())
    for n, payload in enumerate(texts):
        ids = [f"{payload} id {n}", f"P{n}", f"P{(n + 1) % len(texts)}"]
        for again in range(4):
            here = {"record_id": f"{payload} record {n}.{again}", "source": payload, "remarks": payload}
            stops = {"origin": ids[0], "seized_at": ids[1], "destination": ids[2]}
            where = {"seized_country": "", "origin_country": "", "date": f"20{10 + again}-0{1 + n % 9}-11"}
            rows.append(good | here | stops | where | {payload[:60]: payload})
        rows += [
            good | {"date": "2019-05-06", column: payload, "extra": f"{column} {payload}"} for column in SEIZURE_COLUMNS
        ]
    return rows


def other_rows(table: str) -> list[dict[str, object]]:
    """Return transits or effort with each field hostile in turn, beside a good row."""
    good = {
        "transits": {"period": "2020", "origin": "P1", "destination": "P3", "mode": "road", "movements": 9},
        "effort": {"period": "2020", "place": "P1", "inspections": 5, "reported": "yes"},
    }[table]  # fmt: skip
    hostile = [good | {column: payload} for payload in PAYLOADS.values() for column in PER_TABLE[table]]
    return [good, *hostile]


def as_csv(rows: list[dict[str, object]], columns: tuple[str, ...]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().replace("\x00", "").encode("utf-8", "replace")


def as_json_lines(rows: list[dict[str, object]]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode("ascii")


@pytest.fixture(scope="module")
def case(tmp_path_factory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """Run the command line on the hostile case; return the folder of its products and what it printed."""
    folder = tmp_path_factory.mktemp("hostile")
    written = {
        HOSTILE_NAME: as_json_lines(seizure_rows()),
        "transits.jsonl": as_json_lines(other_rows("transits")),
        "effort.csv": as_csv(other_rows("effort"), EFFORT_COLUMNS),
        "places.jsonl": as_json_lines(place_rows()),
    }
    for name, content in written.items():
        (folder / name).write_bytes(content)
    command = [
        "run", "--seizures", HOSTILE_NAME, "--transits", "transits.jsonl", "--effort", "effort.csv",
        "--places", "places.jsonl", "--title", TITLE, "--draws", "60", "--out", "out",
    ]  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "routegraph.cli", *command], cwd=folder, capture_output=True, text=True, check=False
    )
    return folder / "out", done


def as_read(payload: str) -> str:
    """Return the beginning of a text as a page shows it: reading takes control and direction characters out."""
    return "".join(c for c in payload.strip()[:60] if c.isprintable() or c in "\u2028\u2029")


def read_back(case: tuple[Path, object], name: str) -> str:
    return (case[0] / name).read_bytes().decode("utf-8")


def test_the_run_ends_well_and_prints_nothing_that_acts(case):
    out, done = case
    assert done.returncode in (0, 3), done.stderr
    assert {path.name for path in out.iterdir()} == FILES
    assert "Traceback" not in done.stderr
    said = done.stdout + done.stderr
    assert all(character.isprintable() or character == "\n" for character in said)
    assert "54439" not in said


@pytest.mark.parametrize("name", sorted(FILES))
def test_no_product_holds_the_canarys_answer(case, name):
    assert not re.search(r"(?<![0-9a-f.])54439(?![0-9a-f])", read_back(case, name))


def test_no_row_is_lost(case):
    run = json.loads(read_back(case, "run.json"))
    assert set(run["rows"]) == {HOSTILE_NAME, "transits.jsonl", "effort.csv", "places.jsonl"}
    for facts in run["rows"].values():
        assert facts["rows_in"] == facts["records"] + facts["rejected_rows"] + facts["duplicates"] > 0, facts


@pytest.mark.parametrize("name", sorted(name for name in FILES if name.endswith(".csv")))
def test_no_cell_opens_like_a_formula_and_the_text_comes_back(case, name):
    content = (case[0] / name).read_bytes()
    number = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
    usual = csv.field_size_limit(10**9)
    try:
        cells = [cell for row in csv.reader(io.StringIO(content.decode("utf-8"), newline="")) for cell in row]
    finally:
        csv.field_size_limit(usual)
    for cell in cells:
        assert cell[:1] not in tuple("=+-@\t\r\n") or number.fullmatch(cell) or not cell, cell
    assert read_table(content).shape[1] > 0


def test_what_the_payloads_were_is_in_the_tables_as_text(case):
    values = {
        cell
        for name in ("rejects.csv", "unmapped.csv", "evidence.csv", "places.csv")
        for column in read_table((case[0] / name).read_bytes()).itertuples(index=False)
        for cell in column
    }
    whole = "\n".join(values)
    for name, payload in PAYLOADS.items():
        stripped = payload.strip()
        held = stripped.replace("\ud800", "\ufffd").replace("\x00", "\u2400")
        assert held[:2000] in whole, name


def test_graphml_opens_in_two_graph_libraries(case):
    path = case[0] / "network.graphml"
    graph = nx.read_graphml(path, force_multigraph=True)
    other = igraph.Graph.Read_GraphML(str(path))
    assert graph.number_of_nodes() == other.vcount() > 2 * len(PAYLOADS) - 10
    assert graph.number_of_edges() == other.ecount() > 0
    names = " ".join(str(value) for _, value in graph.nodes(data="name"))
    for payload in ("template", "literal", "script end", "image", "backtick", "equals", "open remark"):
        assert PAYLOADS[payload] in names


def test_geojson_and_run_json_parse_and_hold_no_number_that_is_none(case):
    def refuse(text: str) -> None:
        pytest.fail(f"{text} is no JSON")

    for name in ("corridors.geojson", "run.json"):
        content = json.loads(read_back(case, name), parse_constant=refuse)
        assert content["title"].startswith("{{7*7777}} ${7*7777} </script><script>")


@pytest.mark.browser
def test_the_briefing_shows_the_texts_and_nothing_acts(case, open_page):
    opened = open_page((case[0] / "briefing.html").read_bytes(), wait="")
    page = opened.page
    inert(opened, scripts=0)
    text = page.locator("body").text_content()
    assert TITLE in text
    assert page.title().count("{{7*7777}}") == 1
    assert "\u202e" not in text
    shown = [name for name, payload in PAYLOADS.items() if as_read(payload) in text]
    assert len(shown) > len(PAYLOADS) // 2, shown


@pytest.mark.browser
def test_the_map_shows_the_texts_and_nothing_acts(case, open_page):
    content = (case[0] / "map.html").read_bytes()
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
    inert(opened, scripts=len(re.findall(rb"<script[ >]", content.split(b"</head>")[0])) + 2)


def inert(opened, *, scripts: int) -> None:
    """Check that nothing ran, was asked for or was complained of, and that no element came out of a text."""
    page = opened.page
    assert page.evaluate("window.bad") is None
    assert page.evaluate("document.scripts.length") == scripts
    assert page.locator("img[src='x']").count() == 0
    assert page.locator("[onerror], [onmouseover], a[href^='javascript']").count() == 0
    assert not re.search(r"(?<![0-9a-f.])54439(?![0-9a-f])", page.content())
    assert opened.requests == []
    assert opened.complaints == []


def test_the_story_of_every_corridor_is_told_in_lines_that_nothing_forges(case):
    from routegraph.briefing.difference import difference
    from routegraph.briefing.explaining import explain
    from routegraph.render.saved import read_run

    saved = read_run(case[0])
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
