"""Parquet: values, units, marking and lines, read back by geopandas, pandas and DuckDB."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from briefings import KINDS, PAYLOADS, hostile, plain, untold
from read_back import SUVA_TO_APIA_KM, km, same_values

from routegraph.briefing.columns import COLUMNS, NUMBERS
from routegraph.render import TARGETS
from routegraph.render.geo_layers import lines_along
from routegraph.render.plain_text import storable
from routegraph.render.run_json import run_digest

pq = pytest.importorskip("pyarrow.parquet", reason="needs pyarrow")
geopandas = pytest.importorskip("geopandas", reason="reads GeoParquet; of the test extra")

NAMES = {"parquet": "legs", **{f"parquet-{name}": name for name in ("corridors", "places", "flows")}}


def schema(target: str, kind: str):
    return pq.read_schema(io.BytesIO(TARGETS[target].render(KINDS[kind]())))


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("target", sorted(NAMES))
def test_every_cell_comes_back(target, kind):
    briefing, name = KINDS[kind](), NAMES[target]
    data = io.BytesIO(TARGETS[target].render(briefing))
    read = pd.read_parquet(data) if name == "flows" else geopandas.read_parquet(data)
    extra = [] if name == "flows" else ["geometry"]
    assert list(read.columns) == [*briefing.tables[name].columns, *extra]
    same_values(read, briefing.tables[name])


@pytest.mark.parametrize("target", sorted(NAMES))
def test_units_and_provenance_are_inside(target):
    briefing = hostile()
    found = schema(target, "hostile")
    for column in COLUMNS[NAMES[target]]:
        about = found.field(column).metadata
        assert about[b"meaning"], column
        assert about[b"unit"] or column not in NUMBERS
    told = json.loads(found.metadata[b"routegraph"])
    assert told["marking"] == briefing.marking.text
    assert told["caveats"] == [storable(payload) for payload in PAYLOADS]
    assert told["run_digest"] == run_digest(briefing)
    assert told["synthetic"] is True
    assert told["columns"].keys() == {*COLUMNS[NAMES[target]]}
    assert b"weight" not in found.names


def test_levels_that_are_not_told_are_said_beside_the_number():
    assert b"LEVELS ARE NOT TOLD" in schema("parquet", "untold").field("flow_mean").metadata[b"meaning"]
    assert b"LEVELS ARE NOT TOLD" not in schema("parquet", "corrected").field("flow_mean").metadata[b"meaning"]
    told = json.loads(schema("parquet", "untold").metadata[b"routegraph"])
    assert told["levels_told"] is False
    assert not untold().levels_told


def test_numbers_are_numbers_and_missing_ones_are_null():
    table = pq.read_table(io.BytesIO(TARGETS["parquet-corridors"].render(plain())))
    assert str(table.schema.field("flow_mean").type) == "double"
    assert str(table.schema.field("rank").type) == "int64"
    assert table["flow_mean"].to_pylist()[2] is None
    assert table["geometry"].null_count == 1


def test_lines_are_great_circles_cut_at_the_antimeridian():
    read = geopandas.read_parquet(io.BytesIO(TARGETS["parquet"].render(plain())))
    assert read.crs.to_epsg() in (4326, None)
    assert read.crs.axis_info[0].direction == "east"
    (leg,) = read.loc[(read["origin"] == "FJI-suva") & (read["destination"] == "WSM-apia"), "geometry"]
    lines = [list(line.coords) for line in leg.geoms]
    assert len(lines) == 2
    assert lines[0][-1][0] == 180
    assert lines[1][0][0] == -180
    assert km(lines) == pytest.approx(SUVA_TO_APIA_KM, rel=0.01)
    uncut = [[*lines[0], *lines[1]]]
    assert km(uncut) > 20_000


def test_a_pair_whose_way_was_inferred_and_a_place_without_position_have_no_geometry():
    legs = geopandas.read_parquet(io.BytesIO(TARGETS["parquet"].render(plain())))
    assert legs.loc[legs["named_pair"] == "yes", "geometry"].isna().all()
    assert (legs["named_pair"] == "yes").any()
    places = geopandas.read_parquet(io.BytesIO(TARGETS["parquet-places"].render(plain()))).set_index("place_id")
    assert places["geometry"].isna().tolist() == places["lat"].isna().tolist()
    assert places.loc["FJI-suva", "geometry"].coords[0] == (178.44, -18.14)


def test_a_step_with_an_unknown_end_is_left_out_of_a_line():
    assert lines_along([(0.0, 0.0), None, (1.0, 1.0)]) == []
    assert lines_along([(0.0, 0.0), (0.0, 0.5), None]) == [[[0.0, 0.0], [0.5, 0.0]]]
    assert lines_along([(5.0, 5.0), (5.0, 5.0)]) == []


def test_geo_metadata_say_what_is_inside():
    geo = json.loads(schema("parquet", "plain").metadata[b"geo"])
    column = geo["columns"][geo["primary_column"]]
    assert geo["version"] == "1.1.0"
    assert column["encoding"] == "WKB"
    assert column["geometry_types"] == ["MultiLineString"]
    assert column["bbox"] == [-180.0, -18.14, 180.0, 16.8]
    assert "bbox" not in json.loads(schema("parquet", "empty").metadata[b"geo"])["columns"]["geometry"]
    assert b"geo" not in schema("parquet-flows", "plain").metadata


def test_duckdb_reads_it_without_running_anything(tmp_path):
    duckdb = pytest.importorskip("duckdb", reason="needs DuckDB")
    path = tmp_path / "corridors.parquet"
    path.write_bytes(TARGETS["parquet-corridors"].render(hostile()))
    with duckdb.connect() as base:
        rows = base.execute("select corridor_id, flow_mean from read_parquet(?)", [str(path)]).fetchall()
        kept = base.execute("select value from parquet_kv_metadata(?) where key = 'routegraph'", [str(path)]).fetchone()
    assert [row[0] for row in rows] == [storable(one) for one in hostile().tables["corridors"]["corridor_id"]]
    assert json.loads(bytes(kept[0]))["marking"] == hostile().marking.text
