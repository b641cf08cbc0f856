"""Read TopoJSON: arcs that neighbours share, and the polygons that they bound."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from routegraph.errors import AssetError

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry


@dataclass(frozen=True)
class Part:
    """One polygon of one feature, with the arcs that bound it.

    Attributes
    ----------
    feature
        The feature's id (ISO numeric or FIPS code), or its name where it has no id.
    arcs
        Index of every arc in its rings, each once; two parts that hold the same arc are neighbours along it.
    polygon
        Its area as lon/lat, cut at the antimeridian (a MultiPolygon where that cuts it in two).
    """

    feature: str
    arcs: tuple[int, ...]
    polygon: BaseGeometry


@dataclass(frozen=True)
class Topology:
    """A decoded TopoJSON object: arcs as (n, 2) lon/lat arrays, and the parts of every feature in file order."""

    arcs: tuple[np.ndarray, ...]
    parts: tuple[Part, ...]


Rings = tuple[tuple[int, ...], ...]
"""Rings of one polygon, outer first, as arc numbers; a negative one runs backwards (``~number``)."""


@dataclass(frozen=True)
class Outlines:
    """One layer as the file has it, before areas are made of it.

    Attributes
    ----------
    arcs
        Lines that neighbours share, as (n, 2) lon/lat arrays.
    features, names
        Id (or else name) and name of each feature, in file order.
    polygons
        The polygons of each feature.
    """

    arcs: tuple[np.ndarray, ...]
    features: tuple[str, ...]
    names: tuple[str, ...]
    polygons: tuple[tuple[Rings, ...], ...]


@lru_cache(maxsize=4)
def load_outlines(asset: str, layer: str) -> Outlines:
    """Decode one layer of an asset that the installation put beside this module.

    Parameters
    ----------
    asset
        File name in ``routegraph/places/assets``, such as ``countries-10m.json``.
    layer
        Name of the TopoJSON object in it, such as ``countries``.

    Raises
    ------
    AssetError
        The file is not there: the package was not built by its installer.
    """
    path = resources.files("routegraph.places") / "assets" / asset
    if not path.is_file():
        raise AssetError(
            f"map outline {asset} is missing from the installed package; "
            "install routegraph again with `pip install .` (or `make demo`), which builds it in"
        )
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    scale, translate = content["transform"]["scale"], content["transform"]["translate"]
    geometries = [one for one in content["objects"][layer]["geometries"] if one["type"] in {"Polygon", "MultiPolygon"}]
    names = [str(one.get("properties", {}).get("name", "")) for one in geometries]
    shapes = [one["arcs"] if one["type"] == "MultiPolygon" else [one["arcs"]] for one in geometries]
    return Outlines(
        arcs=tuple(np.cumsum(np.asarray(arc, dtype=float), axis=0) * scale + translate for arc in content["arcs"]),
        features=tuple(str(one.get("id") or name) for one, name in zip(geometries, names, strict=True)),
        names=tuple(names),
        polygons=tuple(tuple(tuple(tuple(ring) for ring in rings) for rings in shape) for shape in shapes),
    )


@lru_cache(maxsize=4)
def load_topology(asset: str, layer: str) -> Topology:
    """Return one layer of an asset as areas and the arcs that bound them; see :func:`load_outlines`."""
    source = load_outlines(asset, layer)
    parts: list[Part] = []
    for feature, polygons in zip(source.features, source.polygons, strict=True):
        for rings in polygons:
            polygon = _polygon([_ring(source.arcs, ring) for ring in rings])
            if not polygon.is_empty:
                indices = sorted({arc if arc >= 0 else ~arc for ring in rings for arc in ring})
                parts.append(Part(feature, tuple(indices), polygon))
    return Topology(source.arcs, tuple(parts))


def _ring(arcs: tuple[np.ndarray, ...], indices: tuple[int, ...]) -> np.ndarray:
    """Join arcs (a negative index runs backwards) and unroll longitude: from 180 to -180 is a step and not a leap."""
    pieces = [arcs[index] if index >= 0 else arcs[~index][::-1] for index in indices]
    return unrolled(np.concatenate([pieces[0], *(piece[1:] for piece in pieces[1:])]))


def unrolled(xy: np.ndarray) -> np.ndarray:
    """Return positions whose longitude steps over 180 instead of leaping back to -180."""
    return np.column_stack([np.unwrap(xy[:, 0], period=360.0), xy[:, 1]])


def _polygon(rings: list[np.ndarray]) -> BaseGeometry:
    """Return the area of rings, valid and within longitude -180 to 180."""
    import shapely

    outer, holes = rings[0], [ring for ring in rings[1:] if len(ring) > 3]
    if len(outer) < 4:
        return shapely.Polygon()
    if abs(outer[-1, 0] - outer[0, 0]) > 180:  # the ring runs round a pole: close it along the map's edge
        edge = -90.0 if outer[:, 1].mean() < 0 else 90.0
        outer = np.vstack([outer, [outer[-1, 0], edge], [outer[0, 0], edge], outer[0]])
    polygon = shapely.Polygon(outer, holes)
    if not polygon.is_valid:
        polygon = shapely.make_valid(polygon, method="structure", keep_collapsed=False)
    west, _, east, _ = polygon.bounds
    if west >= -180 and east <= 180:
        return _areas(polygon)
    cut = []
    for turn in (-360.0, 0.0, 360.0):
        window = shapely.box(-180 - turn, -90, 180 - turn, 90)
        cut.append(
            shapely.transform(shapely.intersection(polygon, window), lambda xy, by=turn: xy + np.array([by, 0.0]))
        )
    return _areas(shapely.union_all(cut))


def _areas(geometry: BaseGeometry) -> BaseGeometry:
    """Keep the areas of a geometry that repair may have left with stray lines and points."""
    import shapely

    if geometry.geom_type in ("Polygon", "MultiPolygon"):
        return geometry
    return shapely.union_all([piece for piece in shapely.get_parts(geometry) if piece.area > 0])
