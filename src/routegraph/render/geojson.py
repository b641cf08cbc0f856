"""corridors.geojson: each corridor as great circles, for any GIS (RFC 7946, split at the antimeridian)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise

import pandas as pd

from routegraph.briefing.product import Briefing
from routegraph.render.plain_text import storable
from routegraph.render.target import Target

Line = list[list[float]]


def render_geojson(briefing: Briefing) -> bytes:
    """Return the corridors as a FeatureCollection that carries the marking and the caveats beside its features.

    A corridor whose places have no position has a null geometry; a step with an unknown end is left out of its line.
    """
    corridors, places = briefing.tables["corridors"], briefing.tables["places"]
    at = places.set_index("place_id")[["lat", "lon"]]
    features = [
        {
            "type": "Feature",
            "id": storable(row["corridor_id"]),
            "geometry": _geometry(row["path"].split(" > "), at),
            "properties": {column: _value(value) for column, value in row.items()},
        }
        for row in corridors.to_dict("records")
    ]
    collection = {
        "type": "FeatureCollection",
        "title": storable(briefing.title),
        "marking": storable(briefing.marking.text),
        "synthetic": briefing.synthetic,
        "caveats": [storable(caveat) for caveat in briefing.caveats],
        "coverage": {storable(label): storable(value) for label, value in briefing.coverage},
        "features": features,
    }
    return (json.dumps(collection, allow_nan=False, ensure_ascii=False) + "\n").encode()


def _geometry(path: list[str], at: pd.DataFrame) -> dict[str, object] | None:
    lines = corridor_lines(path, at)
    if not lines:
        return None
    if len(lines) == 1:
        return {"type": "LineString", "coordinates": lines[0]}
    return {"type": "MultiLineString", "coordinates": lines}


def corridor_lines(path: list[str], at: pd.DataFrame, *, step_km: float = 100) -> list[Line]:
    """Return the great circles along a path of place ids as lines of [lon, lat], joined wherever they meet.

    ``at`` holds lat and lon by place id.
    """
    lines: list[Line] = []
    for piece in _pieces(path, at, step_km):
        if lines and lines[-1][-1] == piece[0]:
            lines[-1] += piece[1:]
        else:
            lines.append(piece)
    return lines


def _pieces(path: list[str], at: pd.DataFrame, step_km: float) -> Iterator[Line]:
    from routegraph.places.geodesy import great_circle

    spots = at.reindex(path).to_numpy(dtype=float)
    for (lat1, lon1), (lat2, lon2) in pairwise(spots):
        known = not pd.isna([lat1, lon1, lat2, lon2]).any()
        if known and (lat1, lon1) != (lat2, lon2):
            for piece in great_circle(lat1, lon1, lat2, lon2, step_km=step_km):
                yield [[round(float(lon), 5), round(float(lat), 5)] for lat, lon in piece]


def _value(value: object) -> object:
    if value is None or value is pd.NA or (isinstance(value, float) and not abs(value) < float("inf")):
        return None
    return storable(value) if isinstance(value, str) else value


TARGETS = (Target("geojson", "corridors.geojson", render_geojson),)
