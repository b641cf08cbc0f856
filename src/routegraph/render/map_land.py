"""Land under a notebook's map: outlines of a window as plain rings, light enough for the output of a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from routegraph.places.topojson import load_topology

if TYPE_CHECKING:
    from routegraph.render.map_base import Window

STEPS_ACROSS = 1500
"""The coast is simplified to this fraction of the window's longer side."""


def land_rings(window: Window) -> list[list[list[float]]]:
    """Return the outlines of countries that show in a window, as rings of latitude and longitude.

    Longitudes run on over 180 degrees where the window does. Holes are rings of their own.

    Raises
    ------
    AssetError
        The outlines were not built when routegraph was installed.
    """
    import shapely

    step = max(window.east - window.west, window.north - window.south) / STEPS_ACROSS
    found: list[list[list[float]]] = []
    shapes = np.array([part.polygon for part in load_topology("countries-10m.json", "countries").parts], dtype=object)
    bounds = shapely.bounds(shapes)
    for turn in (-360.0, 0.0, 360.0):
        near = shapes[(bounds[:, 0] + turn < window.east) & (bounds[:, 2] + turn > window.west)]
        moved = shapely.transform(near, lambda xy, by=turn: xy + np.array([by, 0.0]))
        cut = shapely.clip_by_rect(moved, window.west, window.south, window.east, window.north)
        simple = shapely.simplify(cut, step)
        parts = shapely.get_parts(simple)
        parts = parts[(shapely.get_type_id(parts) == 3) & (shapely.area(parts) > 4 * step * step)]
        found += [np.round(shapely.get_coordinates(ring)[:, ::-1], 3).tolist() for ring in shapely.get_rings(parts)]
    return found
