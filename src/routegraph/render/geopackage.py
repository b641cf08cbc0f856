"""case.gpkg: the whole case in one file for QGIS and other GIS, with units, marking and evidence inside."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from routegraph.briefing.product import Briefing
from routegraph.render.about import About, about
from routegraph.render.arrow_tables import arrow_table, with_shapes
from routegraph.render.geo_layers import LAYERS, Layer, Line, layer, not_drawn, period_bounds
from routegraph.render.plain_text import for_xml, storable
from routegraph.render.target import Target

if TYPE_CHECKING:
    import pyarrow as pa

BESIDE = ("evidence", "records")
"""Tables without shapes that go into the file, so that a line can be followed back to its records."""
_COMMENT = "GDAL:OGR:comment"
_FIXED = "2000-01-01T00:00:00.000Z"
"""Time of change that stands in the file: the same case gives the same bytes, and run digest says which run it was."""
_WHAT = {
    "corridors": "Flagged corridors, best first, as great circles",
    "legs": "Directed legs of the network, as great circles",
    "places": "Places; no geometry where no position is known",
    "flows": "Flow of each leg by period; begins and ends are its first and last day",
    "evidence": "Which record bears on which leg, place or corridor",
    "records": "Who reported each record",
    "about": "What this file is, its marking and what it cannot tell you",
}


def render_geopackage(briefing: Briefing) -> bytes:
    """Return the case as a GeoPackage (EPSG:4326), written by GDAL through pyogrio.

    Layers ``corridors``, ``legs`` and ``flows`` (MultiLineString, great circles cut at the antimeridian) and ``places``
    (Point); tables ``evidence``, ``records`` and ``about``. ``flows`` has dates, for a time slider. A pair of places
    whose way was inferred (``named_pair``) has no line, what has no position no geometry. Units and meanings of the
    columns stand as their descriptions (gpkg_data_columns), marking, title and run digest in gpkg_metadata as well as
    in ``about``. NUL, which SQLite would cut a text at, becomes U+2400.

    GDAL writes one new file in a folder of its own and reads none.
    """
    said = about(briefing)
    drawn: dict[tuple[str, str], list[Line]] = {}
    with tempfile.TemporaryDirectory(prefix="routegraph-") as folder, _time_stands_still():
        path = Path(folder) / "case.gpkg"
        for name in LAYERS:
            shown = layer(briefing, name, drawn=drawn)
            table = _table(briefing, name)
            if name == "flows":
                table = _with_days(table)
            _write(path, with_shapes(table, shown, called="geom"), name, said=said, shown=shown)
        for name in BESIDE:
            _write(path, _table(briefing, name), name, said=said)
        _write(path, _about_table(said, not_drawn(briefing)), "about", said=said)
        return path.read_bytes()


def _table(briefing: Briefing, name: str) -> pa.Table:
    return arrow_table(briefing, name, text=_kept, note=_COMMENT)


def _kept(text: str) -> str:
    return storable(text).replace("\x00", "\u2400")


def _with_days(table: pa.Table) -> pa.Table:
    """Return the table with the first and last day of each row's period; null where it is no year or month."""
    import pyarrow as pa

    bounds = [period_bounds(period) for period in table["period"].to_pylist()]
    for number, (name, what) in enumerate((("begins", "first day of the period"), ("ends", "last day of the period"))):
        days = [date.fromisoformat(bound[number]) if bound[number] else None for bound in bounds]
        table = table.append_column(pa.field(name, pa.date32(), metadata={_COMMENT: what}), pa.array(days, pa.date32()))
    return table


def _about_table(said: About, left: tuple[str, ...]) -> pa.Table:
    import pyarrow as pa

    *rows, digest = said.rows()
    items, texts = zip(*rows, *(("not drawn", text) for text in left), digest, strict=True)
    return pa.table({"item": [_kept(item) for item in items], "said": [_kept(text) for text in texts]})


def _write(path: Path, table: pa.Table, name: str, *, said: About, shown: Layer | None = None) -> None:
    """Add one layer, or one table without shapes, to the file; the first one makes it."""
    from pyogrio.raw import write_arrow

    spatial: dict[str, object] = {}
    if shown is not None:
        spatial = {"geometry_name": "geom", "geometry_type": shown.geometry, "crs": "EPSG:4326"}
    first = not path.exists()
    write_arrow(
        table,
        str(path),
        layer=name,
        driver="GPKG",
        append=not first,
        dataset_metadata=_metadata(said) if first else None,
        layer_options={"DESCRIPTION": for_xml(f"{said.marking}. {_WHAT[name]}. {said.estimate}"), "FID": "fid"},
        **spatial,
    )


def _metadata(said: About) -> Mapping[str, str]:
    """Return what GDAL, and through it any GIS, shows of the file; the rest stands in ``about``."""
    told = {
        "TITLE": said.title,
        "MARKING": said.marking,
        "SYNTHETIC": "yes" if said.synthetic else "no",
        "PERIOD": said.period,
        "ESTIMATE": said.estimate,
        "CAVEATS": "\n".join(said.caveats),
        "RUN_DIGEST": said.digest,
    }
    return {name: for_xml(text) for name, text in told.items()}


@contextmanager
def _time_stands_still() -> Iterator[None]:
    """Let GDAL write one fixed date, and put back what was set before."""
    import pyogrio

    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _FIXED})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


TARGETS = (Target("gpkg", "case.gpkg", render_geopackage, on_request=True),)
