"""Every render target, whoever wrote it: the contract that a newcomer is held to the day it is listed."""

from __future__ import annotations

import csv
import io
import json
import sys
import zipfile
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import networkx as nx
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from briefings import KINDS, LONG, PAYLOADS, hostile, plain
from read_back import in_another_process

from contract import FILES
from routegraph.briefing.columns import COLUMNS
from routegraph.briefing.tables import conform
from routegraph.errors import AssetError
from routegraph.render import RUN_TARGETS, TARGETS, render_all
from routegraph.render.plain_text import storable, visible
from routegraph.render.tables import read_table

SLOW = {"map", "pdf", "pptx", "docx"}
"""Take seconds each: their own tests, or invariant 2, make them twice; invariant 3 makes them in another process."""


def made(name: str, kind: str) -> bytes:
    briefing = KINDS[kind]()
    if name == "map":
        # The map's frames are of dtype str, which half a surrogate pair cannot enter; compose has replaced it by then.
        tables = {table: conform(frame, table) for table, frame in briefing.tables.items()}
        briefing = replace(briefing, tables=tables)
    try:
        return TARGETS[name].render(briefing)
    except AssetError as error:
        pytest.skip(f"{name} needs a part that the installation builds: {error}")


COMPRESSED = {"pdf", "png"}
"""Formats whose text cannot be read off their bytes: their own tests look for the marking."""


def text_of(data: bytes) -> str:
    """Return what a file says: of an archive the text of every part, one after another."""
    if data[:2] != b"PK":
        return data.decode("utf-8", "replace")
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        return "\n".join(parts.read(name).decode("utf-8", "replace") for name in parts.namelist())


def test_targets_fill_the_contracts_files():
    assert {target.filename for target in RUN_TARGETS.values()} == set(FILES)
    assert all(name == target.name for name, target in TARGETS.items())


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("name", sorted(TARGETS))
def test_target_is_text_that_evaluates_nothing_and_is_the_same_twice(name, kind):
    if (name, kind) == ("map", "empty"):
        pytest.skip("the map's own tests say what a case without places does")
    data = made(name, kind)
    text = text_of(data)
    assert "54439" not in text
    if name not in SLOW:
        assert made(name, kind) == data
    if name not in COLUMNS and TARGETS[name].suffix not in COMPRESSED:
        assert "TLP:" in text


def test_same_case_gives_the_same_bytes_in_every_process():
    names = sorted(set(TARGETS) - SLOW - {"overview-png", "overview-svg"})
    code = (
        "import hashlib\n"
        "from briefings import KINDS\n"
        "from routegraph.render import TARGETS\n"
        f"for name in {names!r}:\n"
        "    for kind in ('corrected', 'hostile'):\n"
        "        print(name, kind, hashlib.sha256(TARGETS[name].render(KINDS[kind]())).hexdigest())\n"
    )
    first, second = (in_another_process(code, seed=seed) for seed in ("1", "2"))
    assert first == second
    digests = dict(zip(first.split()[::3], first.split()[2::3], strict=True))
    assert set(digests) == set(names) >= {"gpkg", "i2", "kml", "kmz", "parquet", "stix", "xlsx"}
    assert len(set(first.split()[2::3])) == 2 * len(names)


@pytest.mark.parametrize("name", sorted(COLUMNS))
def test_csv_read_back_gives_the_text_that_went_in(name):
    table = hostile().tables[name]
    data = made(name, "hostile")
    again = read_table(data)
    assert list(again.columns) == list(COLUMNS[name])
    for column in table.columns:
        if table[column].dtype == object:
            assert again[column].tolist() == [storable(text).replace("\x00", "\u2400") for text in table[column]]
    cells = [cell for row in csv.reader(io.StringIO(data.decode(), newline="")) for cell in row]
    assert not [cell for cell in cells if cell[:1] in ("=", "+", "@", "\t", "\r") or cell.startswith("-1+1")]


@pytest.mark.parametrize("name", ["run", "geojson"])
def test_json_holds_the_payloads_as_text(name):
    parsed = json.loads(made(name, "hostile"), parse_constant=lambda found: pytest.fail(f"{found} is no JSON"))
    caveats = parsed["caveats"]
    assert caveats == [storable(payload) for payload in PAYLOADS]


def test_graphml_reads_back_with_every_place_and_leg():
    data = made("graphml", "hostile")
    ET.fromstring(data)  # noqa: S314 - our own output
    graph = nx.read_graphml(io.BytesIO(data))
    legs = hostile().tables["legs"]
    assert len(graph) == len(hostile().tables["places"])
    assert graph.number_of_edges() == (legs["named_pair"] == "no").sum()
    assert "{{7*7777}}THA-mae-sot" in graph
    attributes = {key for *_, row in [*graph.nodes(data=True), *graph.edges(data=True)] for key in row}
    assert "weight" not in attributes


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_page_holds_no_script_no_handler_and_no_address(kind):
    page = _Page()
    page.feed(made("briefing", kind).decode())
    names = {tag for tag, _ in page.tags}
    assert not names & {"script", "img", "iframe", "object", "embed", "link", "form", "base", "a"}
    for _, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on") or name in ("style", "src", "href")]
    (policy,) = [a["content"] for _, a in page.tags if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")


def test_page_shows_every_payload_as_text():
    page = _Page()
    page.feed(made("briefing", "hostile").decode())
    text = "".join(page.text)
    for payload in PAYLOADS:
        assert visible(payload, most=1_200) in text, payload[:40]
    assert LONG not in text
    assert "\u202e" not in text


def test_markings_and_synthetic_notice_stand_on_the_page():
    page = made("briefing", "hostile").decode()
    assert page.count("TLP:AMBER+STRICT") >= 4
    assert "SYNTHETIC" in page
    assert "SYNTHETIC" not in made("briefing", "plain").decode()


def page_text(kind: str) -> str:
    page = _Page()
    page.feed(made("briefing", kind).decode())
    return " ".join(" ".join(page.text).split()).replace("\u00a0", " ")


def test_page_sets_estimated_flow_beside_reported_counts_and_says_what_moved():
    text = page_text("corrected")
    assert "Estimated flow and reported counts, side by side." in text
    first = "Yangon > Mae Sot Sentence on leg 0. 1st 3.2 (1 to 7) joint 9th 3 as written \u25b2 8"
    assert first in text
    assert "joint 1st 3 as written \u25bc 1" in text
    assert "\u2013 3 as written not in the counts" in text
    assert "no leg of its own: its way was inferred" in text
    plain = page_text("plain")
    assert "there is no second ranking to set beside them" in plain
    assert "side by side" not in plain


def test_page_shows_detection_with_its_interval_and_the_records_that_drive_it():
    text = page_text("corrected")
    assert "2.1 in 100 (0.3 to 6)" in text
    assert "0.03 in 100 (under 0.01 to 0.1)" in text
    assert "Sentence on place 0. Seized here: r1. Passed it, seized further on: r2." in text
    assert "Chance of a seizure" not in page_text("plain")


def test_page_gives_shares_and_no_numbers_where_levels_are_not_told():
    text = page_text("untold")
    assert "levels are insufficient in these data; read ranks and shares, not numbers of consignments" in text
    assert "52 % of the largest; level not told" in text  # 21 of 40.1
    assert "level not told" in text
    for number in ("12 to 33", "30 to 52", "4 to 15", "(1 to 7)"):
        assert number not in text
        assert number in page_text("corrected"), number


@pytest.mark.parametrize(("kind", "words"), [("plain", "too few records"), ("corrected", "level not told")])
def test_page_says_what_insufficient_means_under_each_estimator(kind, words):
    assert words in page_text(kind)


def test_render_all_names_files():
    try:
        files = render_all(plain())
    except AssetError as error:
        pytest.skip(str(error))
    assert set(files) == set(FILES)
