"""KML and KMZ: parsed, read back by GDAL, and nothing of a record that could run or expand in a viewer."""

from __future__ import annotations

import io
import sys
import zipfile
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from briefings import KINDS, LONG, PAYLOADS, corrected, hostile, plain, untold
from read_back import SUVA_TO_APIA_KM, km, same_values

from routegraph.render import TARGETS, kml
from routegraph.render.kml_styles import DOT, dot_png
from routegraph.render.kml_text import html_text, label
from routegraph.render.plain_text import for_xml, visible
from routegraph.render.run_json import run_digest

NS = "{http://www.opengis.net/kml/2.2}"
# Order of elements as the KML 2.2 schema has it.
ORDER = {
    "Document": ("name", "open", "Snippet", "description", "Style", "ExtendedData", "Schema", "Folder"),
    "Folder": ("name", "visibility", "TimeSpan", "Placemark"),
    "Placemark": (
        "name", "visibility", "description", "TimeSpan", "styleUrl", "ExtendedData", "Point", "LineString",
        "MultiGeometry",
    ),
    "Style": ("IconStyle", "LabelStyle", "LineStyle", "BalloonStyle"),
    "IconStyle": ("color", "scale", "Icon"),
    "LineStyle": ("color", "width"),
    "LineString": ("tessellate", "coordinates"),
}  # fmt: skip


def document(kind: str = "plain", briefing=None) -> ET.Element:
    root = ET.fromstring(TARGETS["kml"].render(briefing or KINDS[kind]()))  # noqa: S314 - our own output
    return root.find(f"{NS}Document")


def folder(doc: ET.Element, name: str) -> ET.Element:
    return next(one for one in doc.findall(f"{NS}Folder") if one.findtext(f"{NS}name") == name)


def rows(part: ET.Element) -> pd.DataFrame:
    """Return the typed data of a folder's features."""
    found = [
        {cell.get("name"): cell.text for cell in mark.iter(f"{NS}SimpleData")} for mark in part.iter(f"{NS}Placemark")
    ]
    return pd.DataFrame(found)


class _Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[tuple[str, str]] = set()
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags |= {(tag, name) for name, _ in attrs} or {(tag, "")}

    def handle_data(self, data):
        self.text += data


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_element_stands_where_the_schema_has_it(kind):
    doc = document(kind)
    for element in doc.iter():
        name = element.tag.removeprefix(NS)
        if name in ORDER:
            at = [ORDER[name].index(child.tag.removeprefix(NS)) for child in element]
            assert at == sorted(at), name
    styles = {style.get("id") for style in doc.findall(f"{NS}Style")}
    assert {url.text[1:] for url in doc.iter(f"{NS}styleUrl")} == styles
    schemas = {schema.get("id") for schema in doc.findall(f"{NS}Schema")}
    assert {data.get("schemaUrl")[1:] for data in doc.iter(f"{NS}SchemaData")} <= schemas


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"empty"}))
def test_every_cell_is_there_as_typed_data(kind):
    doc, tables = document(kind), KINDS[kind]().tables
    legs = tables["legs"].loc[lambda table: table["named_pair"] != "yes"]
    for name, table in (("Corridors", tables["corridors"]), ("Places", tables["places"]), ("Legs, whole period", legs)):
        read = rows(folder(doc, name)).reindex(columns=table.columns)
        same_values(read, table.reset_index(drop=True), text=for_xml)
    flows = pd.concat([rows(one) for one in doc.findall(f"{NS}Folder") if one.findtext(f"{NS}name").startswith("Flow")])
    assert len(flows) == len(tables["flows"])


def test_types_and_units_are_declared():
    fields = {
        (schema.get("id"), one.get("name")): (one.get("type"), one.findtext(f"{NS}displayName"))
        for schema in document("corrected").findall(f"{NS}Schema")
        for one in schema
    }
    assert fields["legs", "flow_mean"][0] == "double"
    assert fields["legs", "flow_mean"][1].endswith("(consignments)")
    assert fields["corridors", "rank"][0] == "int"
    assert fields["places", "name"][0] == "string"


def test_no_template_but_the_one_of_the_balloon_and_no_markup_from_a_record():
    briefing = hostile()
    legs = briefing.tables["legs"].assign(why="$[description] $[name] ${a}", verdict="<script>$[x]</script>")
    doc = document(briefing=replace(briefing, title="$[name]<b>", tables=briefing.tables | {"legs": legs}))
    assert {text.text for text in doc.iter(f"{NS}text")} == {"$[description]"}
    allowed = {
        ("p", ""),
        ("b", ""),
        ("table", "border"),
        ("table", "cellpadding"),
        ("tr", ""),
        ("th", "align"),
        ("td", ""),
    }
    shown = ""
    for element in doc.iter():
        if element.tag in (f"{NS}description", f"{NS}name", f"{NS}Snippet"):
            assert "$[" not in element.text
            assert LONG not in element.text
            found = _Tags(element.text)
            assert found.tags <= allowed
            assert element.tag == f"{NS}description" or not found.tags
            shown += found.text
    assert "$[description] $[name] ${a}" in shown  # to be read as it was written
    for payload in PAYLOADS:
        assert for_xml(visible(payload, most=1_200)) in shown, payload[:30]
    assert "<script" not in TARGETS["kml"].render(briefing).decode()


def test_escaping_that_leaves_a_dollar_would_be_seen():
    assert html_text("$[name]<b>") == "&#36;[name]&lt;b&gt;"
    assert label("$[name]<b>&lt;") == "$ [name]‹b›&amp;lt;"


def test_marking_caveats_and_digest_are_in_the_document_and_the_marking_in_every_balloon():
    doc = document("hostile")
    marking = hostile().marking.text
    text = _Tags(doc.findtext(f"{NS}description")).text
    assert text.startswith(f"{marking}SYNTHETIC")
    assert run_digest(hostile()) in text
    for mark in doc.iter(f"{NS}Placemark"):
        assert _Tags(mark.findtext(f"{NS}description")).text.startswith(f"{marking} · SYNTHETIC")
    told = {one.get("name"): one.findtext(f"{NS}value") for one in doc.find(f"{NS}ExtendedData")}
    assert told["run digest"] == run_digest(hostile())
    assert document("plain").findtext(f"{NS}name") == "TLP:GREEN · Test case"


def test_balloons_give_no_level_that_is_not_told():
    def balloon(briefing) -> str:
        return folder(document(briefing=briefing), "Corridors")[2].findtext(f"{NS}description")

    assert "40 (30 to 52)" in balloon(corrected())
    assert "40 (30 to 52)" not in balloon(untold())
    assert "level not told" in balloon(untold())
    assert "reported seizure events" in balloon(plain())


def test_a_balloon_says_chances_and_estimates_as_the_briefing_does():
    corridors = corrected().tables["corridors"].assign(p_top=[1.0, 0.5, 0.0], flow_mean=[1234.0, 21.0, 3.26])
    places = corrected().tables["places"].assign(detection_mean=0.021, p_top=1.0)
    case = replace(corrected(), tables=corrected().tables | {"corridors": corridors, "places": places})
    said = [_Tags(mark.findtext(f"{NS}description")).text for mark in folder(document(briefing=case), "Corridors")[2:]]
    assert "p_top (chance)over\u00a099\u00a0%" in said[0]
    assert "1,200 (30 to 52)" in said[0]
    assert "p_top (chance)under\u00a01\u00a0%" in said[2]
    place = _Tags(folder(document(briefing=case), "Places")[1].findtext(f"{NS}description")).text
    assert "2.1 in 100 (0.3 to 6)" in place
    counted = replace(case, estimator="counts")
    said = _Tags(folder(document(briefing=counted), "Corridors")[2].findtext(f"{NS}description")).text
    assert "1,234 (30 to 52)" in said  # a count is a count


@pytest.mark.parametrize("kind", ["corridors", "legs"])
def test_an_endless_surprise_has_the_last_colour(kind):
    def styles(most: float) -> list[str | None]:
        table = corrected().tables[kind]
        table = table.assign(surprise=[most, -most, *[0.0] * (len(table) - 2)])
        doc = document(briefing=replace(corrected(), tables=corrected().tables | {kind: table}))
        return [one.text for one in doc.iter(f"{NS}styleUrl")]

    assert styles(float("inf")) == styles(1e6) != styles(0.0)


def test_time_of_periods_and_of_the_case():
    doc = document("plain")
    span = folder(doc, "Flow in 2023").find(f"{NS}TimeSpan")
    assert [one.text for one in span] == ["2023-01-01", "2023-12-31"]
    assert len(list(folder(doc, "Flow in 2023").iter(f"{NS}TimeSpan"))) == 1 + len(plain().tables["flows"])
    assert len(list(folder(doc, "Corridors").iter(f"{NS}TimeSpan"))) == 4
    assert not list(folder(doc, "Places").iter(f"{NS}TimeSpan"))
    # All periods at once hide each other: the whole period is shown, and each of them when a reader ticks it.
    assert folder(doc, "Legs, whole period").find(f"{NS}visibility") is None
    hidden = folder(doc, "Flow in 2023")
    assert hidden.findtext(f"{NS}visibility") == "0"
    assert all(mark.findtext(f"{NS}visibility") == "0" for mark in hidden.iter(f"{NS}Placemark"))


def test_lines_are_cut_at_the_antimeridian():
    marks = folder(document(), "Corridors").findall(f"{NS}Placemark")
    lines = [
        [tuple(map(float, pair.split(","))) for pair in line.text.split()] for line in marks[1].iter(f"{NS}coordinates")
    ]
    assert len(lines) == 2
    assert km(lines[1:]) < SUVA_TO_APIA_KM < km(lines)
    assert all(abs(lon) <= 180 for line in lines for lon, _ in line)
    assert marks[2].find(f"{NS}LineString") is None  # no two neighbours of it have a position


def test_gdal_reads_the_kml_and_the_kmz(tmp_path):
    pyogrio = pytest.importorskip("pyogrio", reason="needs GDAL")
    pytest.importorskip("geopandas", reason="reads geometry; of the test extra")
    for name in ("kml", "kmz"):
        path = tmp_path / f"case.{name}"
        path.write_bytes(TARGETS[name].render(plain()))
        layers = [layer for layer, _ in pyogrio.list_layers(path)]
        assert layers == ["Corridors", "Legs, whole period", "Flow in 2023", "Places"]
        places = pyogrio.read_dataframe(path, layer="Places")
        assert places["geometry"].isna().sum() == 1
        assert places.loc[places["Name"] == "Suva", "geometry"].iloc[0].coords[0][:2] == (178.44, -18.14)
    corridors = pyogrio.read_dataframe(tmp_path / "case.kml", layer="Corridors")
    assert corridors["flow_mean"].iloc[0] == plain().tables["corridors"]["flow_mean"].iloc[0]
    assert corridors["rank"].tolist() == [1, 2, 3]
    assert str(corridors["begin"].iloc[0])[:10] == "2023-01-01"


def test_kmz_carries_its_picture_and_a_fixed_date_and_asks_no_network():
    data = TARGETS["kmz"].render(hostile())
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        assert parts.namelist() == ["doc.kml", DOT]
        assert {one.date_time for one in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        packed, picture = parts.read("doc.kml"), parts.read(DOT)
    root = ET.fromstring(packed)  # noqa: S314 - our own output
    assert {href.text for href in root.iter(f"{NS}href")} == {DOT}
    assert not list(document("hostile").iter(f"{NS}href"))
    image = pytest.importorskip("PIL.Image", reason="reads the picture").open(io.BytesIO(picture))
    assert image.size == (32, 32)
    assert image.getpixel((16, 16)) == (255, 255, 255, 255)
    assert image.getpixel((0, 0))[3] == 0
    assert picture == dot_png()


def test_more_legs_than_a_viewer_takes_are_said_not_lost(monkeypatch):
    monkeypatch.setattr(kml, "MOST_LEGS", 2)
    doc = document("plain")
    own = int((plain().tables["legs"]["named_pair"] != "yes").sum())
    assert len(rows(folder(doc, "Legs, whole period"))) == 2
    text = _Tags(doc.findtext(f"{NS}description")).text
    assert f"the busiest 2 of {own} legs are drawn" in text
    assert "1 pair of places" in text
    assert "busiest" not in _Tags(document("empty").findtext(f"{NS}description")).text
