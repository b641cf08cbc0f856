"""corridors.geojson, legs.geojson, places.geojson: for any GIS (RFC 7946, split at the antimeridian)."""

from __future__ import annotations

import json
from functools import partial

import pandas as pd

from routegraph.briefing.product import Briefing
from routegraph.briefing.units import column_meanings
from routegraph.render.about import about
from routegraph.render.geo_layers import Line, layer, not_drawn
from routegraph.render.plain_text import storable
from routegraph.render.target import Target

_ID = {"corridors": "corridor_id", "places": "place_id"}


def render_geojson(briefing: Briefing, *, name: str = "corridors") -> bytes:
    """Return a table as a FeatureCollection with the marking, the caveats and the columns' units beside its features.

    Corridors and legs are great circles, places points. What has no position has a null geometry; a step of a corridor
    with an unknown end is left out of its line, and a pair of places whose way was inferred (``named_pair``) has none.

    Parameters
    ----------
    briefing
        The case.
    name
        ``corridors``, ``legs`` or ``places``.
    """
    shown = layer(briefing, name)
    features = []
    for row, shape in zip(shown.table.to_dict("records"), shown.shapes, strict=True):
        feature: dict[str, object] = {"type": "Feature"}
        if name in _ID:
            feature["id"] = storable(row[_ID[name]])
        feature["geometry"] = _geometry(shape, points=shown.points)
        feature["properties"] = {column: _value(value) for column, value in row.items()}
        features.append(feature)
    meanings = column_meanings(briefing, name)
    collection = {
        "type": "FeatureCollection",
        "name": name,
        **about(briefing).facts(),
        "not_drawn": list(not_drawn(briefing)),
        "columns": {column: {"unit": said.unit, "meaning": storable(said.text)} for column, said in meanings.items()},
        "features": features,
    }
    return (json.dumps(collection, allow_nan=False, ensure_ascii=False) + "\n").encode()


def _geometry(shape: list[Line], *, points: bool) -> dict[str, object] | None:
    if not shape:
        return None
    if points:
        return {"type": "Point", "coordinates": shape[0][0]}
    if len(shape) == 1:
        return {"type": "LineString", "coordinates": shape[0]}
    return {"type": "MultiLineString", "coordinates": shape}


def _value(value: object) -> object:
    if value is None or value is pd.NA or (isinstance(value, float) and not abs(value) < float("inf")):
        return None
    return storable(value) if isinstance(value, str) else value


TARGETS = (
    Target("geojson", "corridors.geojson", render_geojson),
    Target("legs-geojson", "legs.geojson", partial(render_geojson, name="legs"), on_request=True),
    Target("places-geojson", "places.geojson", partial(render_geojson, name="places"), on_request=True),
)
