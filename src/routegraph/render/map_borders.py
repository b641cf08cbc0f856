"""What a map has to say about its borders: one sentence always, and one for each disputed area in its window."""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import shapely

    from routegraph.render.map_base import Window

NOTE = (
    "Borders and coasts are Natural Earth's, drawn as they are held in fact. They express no opinion on the status of "
    "any territory or on any border; borders at sea are not drawn. A dashed border is in dispute: why stands below, "
    "where the area lies within the case."
)


def disputed_areas(window: Window) -> list[dict[str, str]]:
    """Return label and note of each area in the window whose status or border states do not agree upon.

    The table (``places/data/disputed_areas.csv``) follows the areas that Natural Earth lists as disputed and what the
    maps of the United Nations note beside them; it names the commonest and is not complete. An area stands as a point,
    so that one at the window's edge may be left out.
    """
    return [
        {"label": label, "note": note}
        for label, lat, lon, note in _areas()
        if window.south <= lat <= window.north and window.west <= _near(lon, window.centre) <= window.east
    ]


def contested(lines: np.ndarray, between: Sequence[frozenset[str]]) -> tuple[np.ndarray, np.ndarray]:
    """Return the borders that nobody disputes and those, or the parts of them, that the table names as disputed.

    Parameters
    ----------
    lines
        Borders on land, cut to the window.
    between
        The two areas on either side of each, as Natural Earth names them.
    """
    import shapely

    zones = _zones()
    plain, disputed = [], []
    for line, pair in zip(lines, between, strict=True):
        zone = zones.get(pair)
        if zone is None:
            plain.append(line)
            continue
        # The zone as it lies in the window, which may run on over 180 degrees.
        turned = [
            shapely.transform(zone, lambda xy, by=turn: xy + np.array([by, 0.0])) for turn in (-360.0, 0.0, 360.0)
        ]
        whole = shapely.union_all(turned)
        plain.append(shapely.difference(line, whole))
        disputed.append(shapely.intersection(line, whole))
    return np.array(plain, dtype=object), np.array(disputed, dtype=object)


@cache
def _zones() -> dict[frozenset[str], shapely.Geometry]:
    """Return pair of areas -> where the border between them is disputed; anywhere where the table sets no bounds."""
    import shapely

    found: dict[frozenset[str], shapely.Geometry] = {}
    for row in _rows():
        west, south, east, north = (float(one) for one in (row["within"] or "-180 -90 180 90").split())
        for pair in filter(None, row["between"].split(";")):
            ends = frozenset(pair.split("|"))
            here = shapely.box(west, south, east, north)
            found[ends] = shapely.union(found[ends], here) if ends in found else here
    return found


def _near(lon: float, centre: float) -> float:
    """Return a longitude as it lies around the window's middle meridian."""
    return (lon - centre + 180) % 360 - 180 + centre


def _areas() -> tuple[tuple[str, float, float, str], ...]:
    return tuple((row["label"], float(row["lat"]), float(row["lon"]), row["note"]) for row in _rows())


@cache
def _rows() -> tuple[dict[str, str], ...]:
    text = resources.files("routegraph.places").joinpath("data", "disputed_areas.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))
