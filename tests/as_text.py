"""Any product as the text that its reader gets out of it; whatever acts, points outside or does not parse fails."""

from __future__ import annotations

import io
import json
import re
import shutil
import sqlite3
import subprocess
import zipfile
from collections.abc import Callable
from xml.etree import ElementTree as ET

import pytest

from routegraph.render.tables import read_table

OUTSIDE = re.compile(r'TargetMode="External"|<!DOCTYPE|<!ENTITY|DDEAUTO|<script|javascript:alert\(1\)"', re.IGNORECASE)
ACTING = {"script", "foreignObject", "iframe", "object", "embed", "NetworkLink", "Script"}
PICTURES = {"png", "svg"}
"""Pictures carry marking and title; what they rest on stands in the products that they are part of."""


def of_xml(data: bytes) -> str:
    """Return the text and attributes of an XML file that neither acts nor points outside."""
    text = data.decode("utf-8")
    assert not re.search(r"<!DOCTYPE|<!ENTITY", text)
    said = []
    for element in ET.fromstring(data).iter():  # noqa: S314 - our own output, of which no entity was just asked
        assert str(element.tag).rpartition("}")[2] not in ACTING, element.tag
        for name, value in element.attrib.items():
            assert not name.lower().startswith("on"), name
            if name.rpartition("}")[2] in ("href", "src", "action"):
                assert not re.match(r"\s*(javascript|data|file|https?):", value), (name, value)
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


def of_text(data: bytes) -> str:
    return data.decode("utf-8")


READERS: dict[str, Callable[[bytes], str]] = {
    "csv": of_csv, "docx": of_parts, "geojson": of_json, "gexf": of_xml, "gpkg": of_geopackage, "graphml": of_xml,
    "html": of_text, "json": of_json, "kml": of_xml, "kmz": of_parts, "parquet": of_parquet, "pdf": of_pdf,
    "png": of_picture, "pptx": of_parts, "svg": of_xml, "xlsx": of_parts,
}  # fmt: skip


def as_text(suffix: str, data: bytes) -> str:
    """Return what a file of this ending says."""
    return READERS[suffix](data)
