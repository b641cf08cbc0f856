"""What a map has to say about its borders: one sentence always, and one for each disputed area in its window."""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from routegraph.render.map_base import Window

NOTE = (
    "Borders and coasts are Natural Earth's, drawn as they are held in fact. They express no opinion on the status of "
    "any territory or on any border; borders at sea are not drawn."
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


def _near(lon: float, centre: float) -> float:
    """Return a longitude as it lies around the window's middle meridian."""
    return (lon - centre + 180) % 360 - 180 + centre


@cache
def _areas() -> tuple[tuple[str, float, float, str], ...]:
    text = resources.files("routegraph.places").joinpath("data", "disputed_areas.csv").read_text(encoding="utf-8")
    return tuple(
        (row["label"], float(row["lat"]), float(row["lon"]), row["note"]) for row in csv.DictReader(text.splitlines())
    )
