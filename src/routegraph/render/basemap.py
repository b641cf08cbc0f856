"""Land under the briefing's map, cut to its window and as fine as its pixels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from routegraph.render.frame import WIDTH, Frame

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

_FINEST_PX = 0.6
_SMALLEST_PX2 = 2.0


def land_paths(frame: Frame, *, regions: bool) -> tuple[str, ...]:
    """Return one SVG path per country (and per region where those borders count) that shows in the window.

    Raises
    ------
    AssetError
        The base map was not built when routegraph was installed.
    """
    return tuple(path for area in _areas(regions=regions) if (path := _path(area, frame)))


def _areas(*, regions: bool) -> Iterator[BaseGeometry]:
    from routegraph.places.borders import BorderMap

    for border in ("country", "region") if regions else ("country",):
        polygons = BorderMap.load(border).polygons
        yield from (polygons[name] for name in sorted(polygons.keys()))


def _path(area: BaseGeometry, frame: Frame) -> str:
    import shapely
    from shapely.affinity import translate

    rings: list[str] = []
    for turn in (-360.0, 0.0, 360.0):
        west, south, east, north = shapely.bounds(area)
        if west + turn > frame.east or east + turn < frame.west or south > frame.north or north < frame.south:
            continue
        cut = shapely.clip_by_rect(translate(area, xoff=turn), frame.west, frame.south, frame.east, frame.north)
        flat = shapely.transform(cut, lambda lonlat: frame.flat(lonlat[:, 0], lonlat[:, 1]))
        rings += _rings(shapely.simplify(flat, _FINEST_PX))
    return " ".join(rings)


def _rings(flat: BaseGeometry) -> Iterator[str]:
    import shapely

    for part in shapely.get_parts(flat):
        if part.geom_type != "Polygon" or part.area < _SMALLEST_PX2:
            continue
        for ring in (part.exterior, *part.interiors):
            points = np.clip(np.asarray(ring.coords)[:-1], -2, 4 * WIDTH)
            if len(points) >= 3:
                yield "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "Z"
