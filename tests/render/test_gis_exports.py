"""GeoPackage, KML, KMZ and GeoJSON, read back by GDAL."""

from __future__ import annotations

import json
import sqlite3
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from briefings import KINDS, PAYLOADS, corrected, hostile, plain
from read_back import SUVA_TO_APIA_KM, km, same_values

from routegraph.briefing.columns import COLUMNS, NUMBERS
from routegraph.render import RUN_TARGETS, TARGETS
from routegraph.render.briefing_json import read_briefing
from routegraph.render.geo_layers import not_drawn, period_bounds
from routegraph.render.plain_text import storable
from routegraph.render.run_json import run_digest

pyogrio = pytest.importorskip("pyogrio", reason="needs GDAL")
pytest.importorskip("geopandas", reason="reads geometry; of the test extra")

PACKED = ("gpkg", "kml", "kmz", "gexf", "graphml", "legs-geojson", "parquet")
TABLES = ("corridors", "legs", "places", "flows", "evidence", "records")


def without_nul(text: str) -> str:
    return storable(text).replace("\x00", "\u2400")


@pytest.fixture(scope="module")
def packages(tmp_path_factory) -> dict[str, Path]:
    """Return the GeoPackage of each kind of case, as a file."""
    folder = tmp_path_factory.mktemp("packages")
    for kind, briefing in KINDS.items():
        (folder / f"{kind}.gpkg").write_bytes(TARGETS["gpkg"].render(briefing()))
    return {kind: folder / f"{kind}.gpkg" for kind in KINDS}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_geopackage_gives_every_cell_back(packages, kind):
    briefing = KINDS[kind]()
    for name in TABLES:
        read = pyogrio.read_dataframe(packages[kind], layer=name)
        same_values(read, briefing.tables[name], text=without_nul)
    layers = dict(pyogrio.list_layers(packages[kind]).tolist())
    assert layers == {
        "corridors": "MultiLineString", "legs": "MultiLineString", "flows": "MultiLineString", "places": "Point",
        "evidence": None, "records": None, "about": None,
    }  # fmt: skip


def test_geopackage_carries_units_marking_and_what_it_cannot_tell(packages):
    with closing(sqlite3.connect(packages["hostile"])) as base:
        columns = base.execute("select table_name, column_name, description from gpkg_data_columns").fetchall()
        said = base.execute("select item, said from about").fetchall()
        described = base.execute("select description from gpkg_contents").fetchall()
    told = {(table, column): text for table, column, text in columns}
    for name in TABLES:
        assert {column for table, column in told if table == name} >= set(COLUMNS[name])
    assert "(consignments)" in told["legs", "flow_mean"]
    assert "(km)" in told["legs", "distance_km"]
    assert said[0] == ("marking", hostile().marking.text)
    assert said[-1] == ("run digest", run_digest(hostile()))
    caveats = [text for item, text in said if item == "what this cannot tell you"]
    assert caveats == [without_nul(payload) for payload in PAYLOADS]
    assert all(text.startswith(hostile().marking.text) for (text,) in described)
    told = pyogrio.read_info(packages["hostile"], layer="legs")["dataset_metadata"]
    assert told["MARKING"] == hostile().marking.text
    assert told["SYNTHETIC"] == "yes"
    assert told["RUN_DIGEST"] == run_digest(hostile())


def test_geopackage_says_that_levels_are_not_told(packages):
    for kind, expected in (("untold", True), ("corrected", False)):
        with closing(sqlite3.connect(packages[kind])) as base:
            (text,) = base.execute(
                "select description from gpkg_data_columns where table_name='legs' and column_name='flow_mean'"
            ).fetchone()
        assert ("LEVELS ARE NOT TOLD" in text) is expected


def test_geopackage_is_valid_sqlite_in_wgs84_and_holds_no_date_of_today(packages):
    with closing(sqlite3.connect(packages["plain"])) as base:
        assert base.execute("pragma integrity_check").fetchone() == ("ok",)
        assert base.execute("pragma application_id").fetchone() == (0x47504B47,)
        assert base.execute("pragma foreign_key_check").fetchall() == []
        changed = base.execute(
            "select last_change from gpkg_contents union select timestamp from gpkg_metadata_reference"
        )
        assert changed.fetchall() == [("2000-01-01T00:00:00.000Z",)]
    assert pyogrio.read_info(packages["plain"], layer="places")["crs"] == "EPSG:4326"
    assert pyogrio.get_gdal_config_option("OGR_CURRENT_DATE") is None


def test_geopackage_lines_lie_right(packages):
    read = pyogrio.read_dataframe(packages["plain"], layer="corridors").set_index("corridor_id")
    lines = [list(line.coords) for line in read.loc["C-2", "geometry"].geoms]
    assert [len(line) > 1 for line in lines] == [True, True]
    assert km(lines[1:]) < SUVA_TO_APIA_KM < km(lines)
    assert lines[0][0] == (98.57, 16.71)
    assert lines[1][-1] == (-171.76, -13.83)
    assert read.loc["C-3", "geometry"] is None
    legs = pyogrio.read_dataframe(packages["plain"], layer="legs")
    assert legs.loc[legs["named_pair"] == "yes", "geometry"].isna().all()
    places = pyogrio.read_dataframe(packages["plain"], layer="places").set_index("place_id")
    assert places.loc["SYC-nowhere", "geometry"] is None
    assert places.loc["FJI-suva", "geometry"].coords[0] == (178.44, -18.14)


def test_flows_have_days_for_a_time_slider(packages):
    flows = pyogrio.read_dataframe(packages["plain"], layer="flows")
    assert {str(day)[:10] for day in flows["begins"]} == {"2023-01-01"}
    assert {str(day)[:10] for day in flows["ends"]} == {"2023-12-31"}
    assert pyogrio.read_dataframe(packages["hostile"], layer="flows")["begins"].isna().all()


@pytest.mark.parametrize(
    ("period", "bounds"),
    [
        ("2023", ("2023-01-01", "2023-12-31")), ("2024-02", ("2024-02-01", "2024-02-29")), ("", ("", "")),
        ("2023-13", ("", "")), ("{{7*7777}}2023", ("", "")), ("0000", ("", "")), ("2023-Q1", ("", "")),
    ],
)  # fmt: skip
def test_a_period_has_days_only_where_it_is_a_year_or_a_month(period, bounds):
    assert period_bounds(period) == bounds


@pytest.mark.parametrize("name", ["corridors", "legs", "places"])
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_geojson_gives_every_cell_back_with_its_unit(name, kind):
    briefing = KINDS[kind]()
    parsed = json.loads(TARGETS["geojson" if name == "corridors" else f"{name}-geojson"].render(briefing))
    rows = [feature["properties"] for feature in parsed["features"]]
    for column in briefing.tables[name].columns if rows else ():
        same_values(pd.DataFrame({column: [row[column] for row in rows]}), briefing.tables[name][[column]])
    assert all(parsed["columns"][column]["unit"] for column in COLUMNS[name] if column in NUMBERS)
    assert parsed["run_digest"] == run_digest(briefing)
    assert parsed["marking"] == briefing.marking.text
    assert parsed["levels_told"] is briefing.levels_told


def test_geojson_of_legs_is_cut_at_the_antimeridian_and_gdal_reads_it(tmp_path):
    path = tmp_path / "legs.geojson"
    path.write_bytes(TARGETS["legs-geojson"].render(plain()))
    read = pyogrio.read_dataframe(path)
    (leg,) = read.loc[(read["origin"] == "FJI-suva") & (read["destination"] == "WSM-apia"), "geometry"]
    assert km([list(line.coords) for line in leg.geoms]) == pytest.approx(SUVA_TO_APIA_KM, rel=0.01)
    assert read.loc[read["named_pair"] == "yes", "geometry"].isna().all()


def test_an_export_of_a_saved_run_is_the_export_of_the_run(tmp_path):
    run = {
        **corrected().run,
        "versions": {"routegraph": "1", "numpy": "2"},
        "inputs": {"b.csv": {"digest": "ff"}, "a.csv": {"digest": "00"}},
    }
    briefing = replace(corrected(), run=run)
    for target in RUN_TARGETS.values():
        if target.suffix != "html":
            (tmp_path / target.filename).write_bytes(target.render(briefing))
    saved = read_briefing(tmp_path)
    for name in PACKED:
        assert TARGETS[name].render(saved) == TARGETS[name].render(briefing), name


@pytest.mark.parametrize("name", ["gpkg", "kml", "legs-geojson", "parquet"])
def test_a_leg_between_two_places_at_one_position_is_told_of(name, tmp_path):
    places = plain().tables["places"]
    places = places.assign(lat=[16.71, 16.71, *places["lat"][2:]], lon=[98.57, 98.57, *places["lon"][2:]])
    case = replace(plain(), tables=plain().tables | {"places": places})
    assert not_drawn(plain()) == ("1 leg with an end whose position is unknown: no line; the row is there",)
    said = "1 leg between two places that have one position"
    assert said in not_drawn(case)[0]
    path = tmp_path / TARGETS[name].filename
    path.write_bytes(TARGETS[name].render(case))
    data = path.read_bytes()
    if name == "parquet":
        from pyarrow import parquet

        data = parquet.read_schema(path).metadata[b"routegraph"]
    assert said.encode() in data
    other = tmp_path / "other"
    other.write_bytes(TARGETS[name].render(plain()))
    assert said.encode() not in other.read_bytes()
