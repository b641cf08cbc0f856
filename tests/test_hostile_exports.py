"""Every product on request of a case in which every text is an attack, opened as its reader would.

The case is that of ``test_hostile_case``: the same tables through the same command line.
"""

from __future__ import annotations

import io
import json
import re
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from routegraph import export
from routegraph.render import TARGETS
from routegraph.render.tables import read_table
from test_hostile_case import PAYLOADS, case, inert  # noqa: F401 - a fixture

ON_REQUEST = sorted(name for name, target in TARGETS.items() if target.on_request)
CANARY = re.compile(r"(?<![0-9a-fA-F.])54439(?![0-9a-fA-F])")
OUTSIDE = re.compile(r'TargetMode="External"|<!DOCTYPE|<!ENTITY|DDEAUTO|<script|javascript:alert\(1\)"', re.IGNORECASE)
ACTING = {"script", "foreignObject", "iframe", "object", "embed", "NetworkLink", "Script"}


@pytest.fixture(scope="module")
def made(case, tmp_path_factory) -> dict[str, Path]:  # noqa: F811
    """Return every product on request, by name."""
    out = tmp_path_factory.mktemp("exports")
    return {name: export(case[0], to=name, out=out) for name in ON_REQUEST}


def of_xml(data: bytes) -> str:
    """Return the text and attributes of an XML file that neither acts nor points outside."""
    text = data.decode("utf-8")
    assert not re.search(r"<!DOCTYPE|<!ENTITY", text)
    said = []
    for element in ET.fromstring(data).iter():  # noqa: S314 - our own output, of which no entity was just asked
        assert str(element.tag).rpartition("}")[2] not in ACTING, element.tag
        for name, value in element.attrib.items():
            assert not name.lower().startswith("on"), name
            assert not re.match(r"\s*(javascript|data|file|https?):", value) or "}" not in name, (name, value)
            said.append(value)
        said.append(element.text or "")
    return "\n".join(said)


def of_parts(data: bytes) -> str:
    """Return the text of an archive's parts, each of which parses and points at nothing outside."""
    said = []
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        assert parts.testzip() is None
        for name in parts.namelist():
            assert ".." not in name
            assert not name.startswith("/")
            if name.endswith((".xml", ".rels", ".kml")):
                part = parts.read(name)
                assert not OUTSIDE.search(part.decode("utf-8")), name
                assert b"<f>" not in part
                said.append(of_xml(part))
    return "\n".join(said)


def of_json(data: bytes) -> str:
    def refuse(text: str) -> None:
        pytest.fail(f"{text} is no JSON")

    said: list[str] = []

    def walk(value: object) -> None:
        if isinstance(value, dict):
            for key, item in value.items():
                said.append(key)
                walk(item)
        elif isinstance(value, list):
            for item in value:
                walk(item)
        elif isinstance(value, str):
            said.append(value)

    walk(json.loads(data, parse_constant=refuse))
    return "\n".join(said)


def of_csv(data: bytes) -> str:
    number = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
    raw = data.decode("utf-8")
    assert not re.search(r'(?:^|,)"?[=+@\t\r]', raw, flags=re.MULTILINE)
    cells = [cell for row in read_table(data).itertuples(index=False) for cell in row]
    assert not [cell for cell in cells if cell.startswith("-") and not number.fullmatch(cell) and f",{cell}," in raw]
    return "\n".join(cells)


def of_geopackage(data: bytes) -> str:
    connection = sqlite3.connect(":memory:")
    connection.deserialize(data)
    assert connection.execute("pragma integrity_check").fetchone() == ("ok",)
    tables = [name for (name,) in connection.execute("select table_name from gpkg_contents")]
    said = []
    for table in sorted(tables):
        columns = [row[1] for row in connection.execute(f'pragma table_info("{table}")')]
        kept = [column for column in columns if column not in ("geom", "fid")]
        wanted = ", ".join(f'"{column}"' for column in kept)
        rows = connection.execute(f'select {wanted} from "{table}"').fetchall()  # noqa: S608 - names of our own
        said += [str(cell) for row in rows for cell in row]
    connection.close()
    return "\n".join(said)


def of_parquet(data: bytes) -> str:
    import pyarrow.parquet as pq

    table = pq.read_table(io.BytesIO(data))
    facts = "\n".join(value.decode("utf-8") for value in (table.schema.metadata or {}).values())
    kept = [name for name in table.column_names if name != "geometry"]
    return facts + "\n".join(str(cell) for row in table.select(kept).to_pylist() for cell in row.values())


def of_pdf(data: bytes) -> str:
    assert data.startswith(b"%PDF-")
    assert not re.search(rb"/(JavaScript|JS|Launch|EmbeddedFile|URI|OpenAction)\b", data)
    if shutil.which("pdftotext") is None:
        pytest.skip("no pdftotext; install Debian's poppler-utils to read the PDF back")
    done = subprocess.run(["pdftotext", "-", "-"], input=data, capture_output=True, check=True)
    return done.stdout.decode("utf-8")


def of_picture(data: bytes) -> str:
    from PIL import Image

    with Image.open(io.BytesIO(data)) as picture:
        picture.verify()
        return "\n".join(str(value) for value in picture.info.values())


READERS: dict[str, Callable[[bytes], str]] = {
    "csv": of_csv, "docx": of_parts, "geojson": of_json, "gexf": of_xml, "gpkg": of_geopackage, "json": of_json,
    "kml": of_xml, "kmz": of_parts, "parquet": of_parquet, "pdf": of_pdf, "png": of_picture, "pptx": of_parts,
    "svg": of_xml, "xlsx": of_parts,
}  # fmt: skip
WHOLE = {"gpkg", "xlsx"}
"""Products that hold the tables whole, and so every payload."""


def test_every_format_has_a_reader_here():
    assert {TARGETS[name].suffix for name in ON_REQUEST} <= set(READERS)


@pytest.mark.parametrize("name", ON_REQUEST)
def test_nothing_acts_and_nothing_breaks(made, name):
    text = READERS[TARGETS[name].suffix](made[name].read_bytes())
    assert not CANARY.search(text)
    if TARGETS[name].suffix != "png":
        assert "{{7*7777}}" in text.replace("\n", "")
    if name in WHOLE:
        for label in (
            "template call",
            "literal",
            "script end",
            "image",
            "attribute",
            "backtick",
            "equals",
            "at",
            "url",
        ):
            assert PAYLOADS[label] in text, label


@pytest.mark.browser
@pytest.mark.parametrize("name", [name for name in ON_REQUEST if TARGETS[name].suffix == "svg"])
def test_a_picture_runs_nothing_in_a_browser(made, name, open_page):
    opened = open_page(b"<!doctype html><meta charset='utf-8'>" + made[name].read_bytes(), wait="")
    inert(opened, scripts=0)
