"""legs.parquet and its kind: columns with types and units, lines and points as GeoParquet 1.1."""

from __future__ import annotations

import io
import json
from functools import partial
from typing import TYPE_CHECKING

from routegraph.briefing.product import Briefing
from routegraph.briefing.units import column_meanings
from routegraph.render.about import about
from routegraph.render.arrow_tables import arrow_table, with_shapes
from routegraph.render.geo_layers import Layer, layer, not_drawn
from routegraph.render.plain_text import storable
from routegraph.render.target import Target

if TYPE_CHECKING:
    import pyarrow as pa

GEOMETRY = "geometry"
ABOUT = "routegraph"
"""Key of the file's metadata under which, as JSON, all stands that an export says of itself."""


def render_parquet(briefing: Briefing, *, name: str) -> bytes:
    """Return a table as Parquet; corridors, legs and places as GeoParquet 1.1 with a column ``geometry``.

    pandas, geopandas, pyarrow, DuckDB and R's arrow read it. Corridors and legs are great circles (MultiLineString, cut
    at the antimeridian), places points; WGS84, longitude first; null where no position is known, and for a pair of
    places whose way was inferred (``named_pair``). The file's metadata have marking, caveats, coverage, sources,
    versions, run digest and the meaning of every column as JSON under ``routegraph``; each field has its ``unit`` and
    ``meaning``.

    Parameters
    ----------
    briefing
        The case.
    name
        ``corridors``, ``legs``, ``places`` or ``flows``; the last has no geometry.
    """
    table = arrow_table(briefing, name)
    told: dict[str, object] = {"table": name, **about(briefing).facts()}
    told["columns"] = {
        column: {"unit": said.unit, "meaning": storable(said.text)}
        for column, said in column_meanings(briefing, name).items()
    }
    geo = {}
    if name != "flows":
        told["not_drawn"] = list(not_drawn(briefing))
        shown = layer(briefing, name)
        table = with_shapes(table, shown, called=GEOMETRY)
        geo["geo"] = _json(_geo(shown))
    return _written(table.replace_schema_metadata({ABOUT: _json(told), **geo}))


def _geo(shown: Layer) -> dict[str, object]:
    column: dict[str, object] = {"encoding": "WKB", "geometry_types": [shown.geometry]}
    if shown.bounds:
        column["bbox"] = shown.bounds
    # No crs: the format's default is OGC:CRS84, WGS84 with longitude first, which is what stands in the file.
    return {"version": "1.1.0", "primary_column": GEOMETRY, "columns": {GEOMETRY: column}}


def _json(value: object) -> str:
    return json.dumps(value, allow_nan=False, ensure_ascii=False)


def _written(table: pa.Table) -> bytes:
    from pyarrow import parquet

    buffer = io.BytesIO()
    parquet.write_table(table, buffer, compression="zstd", version="2.6")
    return buffer.getvalue()


TARGETS = (
    Target("parquet", "legs.parquet", partial(render_parquet, name="legs"), on_request=True),
    *(
        Target(f"parquet-{name}", f"{name}.parquet", partial(render_parquet, name=name), on_request=True)
        for name in ("corridors", "places", "flows")
    ),
)
