"""Land under the briefing's map, cut to its window and as fine as its pixels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from routegraph.render.frame import Frame, Numbers

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

_LAYERS = {"country": ("countries-10m.json", "countries"), "region": ("us-states-10m.json", "states")}
_FINEST_PX = 0.6
_SMALLEST_PX2 = 1.5
_MARGIN = 3.0


def land_paths(frame: Frame, *, regions: bool) -> tuple[str, ...]:
    """Return one SVG path per country (and per region where those borders count) that shows in the window.

    Raises
    ------
    AssetError
        The base map was not built when routegraph was installed.
    """
    return tuple(" ".join(_outline(ring) for ring in rings) for rings in land_rings(frame, regions=regions))


def land_rings(frame: Frame, *, regions: bool) -> tuple[tuple[Numbers, ...], ...]:
    """Return the outlines of each country (and region) that shows in the window, as open rings of pixels.

    Raises
    ------
    AssetError
        The base map was not built when routegraph was installed.
    """
    from routegraph.places.topojson import load_topology

    found: dict[str, list[Numbers]] = {}
    for layer in ("country", "region") if regions else ("country",):
        parts = load_topology(*_LAYERS[layer]).parts
        for k in _in_sight([part.polygon for part in parts], frame):
            found.setdefault(f"{layer} {parts[k].feature}", []).extend(_rings(parts[k].polygon, frame))
    return tuple(tuple(rings) for rings in found.values() if rings)


def _in_sight(areas: list[BaseGeometry], frame: Frame) -> list[int]:
    """Return which areas are in the window, large enough to be seen and nowhere near the far side of the world."""
    import shapely

    lonlat, area = shapely.get_coordinates(areas, return_index=True)
    starts = np.flatnonzero(np.diff(area, prepend=-1))
    pixels = frame.pixels(lonlat[:, ::-1])
    low, high = np.minimum.reduceat(pixels, starts), np.maximum.reduceat(pixels, starts)
    far = np.logical_or.reduceat(frame.far(lonlat[:, ::-1]), starts)
    inside = (low < (frame.width, frame.height)).all(axis=1) & (high > 0).all(axis=1)
    seen = inside & ~far & (np.prod(high - low, axis=1) >= _SMALLEST_PX2)
    return [int(k) for k in area[starts][seen]]


def _rings(area: BaseGeometry, frame: Frame) -> Iterator[Numbers]:
    """Return the outlines of an area inside the window, without the point that closes each."""
    import shapely

    flat = shapely.transform(area, lambda lonlat: frame.pixels(lonlat[:, ::-1]))
    coarse = shapely.simplify(flat, _FINEST_PX)
    coarse = coarse if coarse.is_valid else shapely.make_valid(coarse)
    window = (-_MARGIN, -_MARGIN, frame.width + _MARGIN, frame.height + _MARGIN)
    for part in shapely.get_parts(shapely.clip_by_rect(coarse, *window)):
        if part.geom_type == "Polygon" and part.area >= _SMALLEST_PX2:
            for ring in (part.exterior, *part.interiors):
                yield np.asarray(ring.coords)[:-1]


def _outline(points: Numbers) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "Z"
