"""Which cells of a grid are sea, from the outlines that the installation put into the package."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from routegraph.errors import SettingError
from routegraph.places.topojson import load_outlines

SAMPLES = 3
"""Each cell is looked at in so many by so many points, and is sea where most of them are."""

BLOCK = 4
"""A block of this many by this many cells, all sea, may be crossed in one step; windows are widened to whole blocks."""

FINEST, COARSEST = 0.05, 0.25
"""Limits of a cell, in degrees; coarser ones would open the isthmus of Kra."""

ICE_FROM, ICE_EVERYWHERE, OPEN_WEST, OPEN_EAST = 66.0, 82.0, -60.0, 70.0
"""Closed for ice: north of 82, and north of 66 but for Baffin Bay's east to the Kara Sea's gate. A way over the pole
would else be the shortest from Rotterdam to Japan, which no distance table has."""

Window = tuple[float, float, float, float]
"""South, west, north, east in degrees; east below west, or over 180, lies beyond the antimeridian."""


@dataclass(frozen=True)
class Grid:
    """Cells of one size, rows from north to south and columns from west to east.

    Attributes
    ----------
    north, west
        The outer corner, in degrees.
    cell
        Side of a cell, in degrees.
    rows, columns
        How many there are; both are whole numbers of blocks.
    """

    north: float
    west: float
    cell: float
    rows: int
    columns: int

    @property
    def wraps(self) -> bool:
        """Whether the last column meets the first: the grid runs all the way round."""
        return round(self.columns * self.cell, 6) >= 360

    @staticmethod
    def of(window: Window | None, cell: float) -> Grid:
        """Return the grid that covers a window (None: the world), widened to whole blocks.

        Raises
        ------
        SettingError
            The cell is out of its limits or does not divide 45 degrees, or the window is none.
        """
        if not FINEST <= cell <= COARSEST or abs(45 / cell - round(45 / cell)) > 1e-6:
            raise SettingError(
                f"cell is {cell:g} degrees; expected {FINEST:g} to {COARSEST:g} with 45 a multiple of it, such as 0.1"
            )
        south, west, north, east = window or (-90.0, -180.0, 90.0, 180.0)
        if not (-90 <= south < north <= 90 and -180 <= west <= 180 and -180 <= east <= 540 and east != west):
            raise SettingError(f"window is {window}; expected south, west, north, east in degrees")
        side = cell * BLOCK
        east += 360 if east < west else 0
        top, bottom = _outward((90 - north) / side, (90 - south) / side)
        left, right = _outward((west + 180) / side, (east + 180) / side)
        round_the_world = round(360 / side)
        if right - left >= round_the_world:
            left, right = 0, round_the_world
        return Grid(90 - top * side, left * side - 180, cell, (bottom - top) * BLOCK, (right - left) * BLOCK)

    def centres(self, cells: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """Return lat and lon (-180 to 180) of the middles of cells, numbered row by row; shape (n, 2)."""
        row, column = np.divmod(cells, self.columns)
        lon = (self.west + (column + 0.5) * self.cell + 180) % 360 - 180
        return np.column_stack([self.north - (row + 0.5) * self.cell, lon])


def _outward(low: float, high: float) -> tuple[int, int]:
    """Round a range outward to whole blocks, but not for an error of rounding."""
    return int(np.floor(low + 1e-6)), int(np.ceil(high - 1e-6))


def sea_cells(grid: Grid) -> npt.NDArray[np.bool_]:
    """Return which cells are sea (or lake, where the outlines leave one out); shape (rows, columns).

    Notes
    -----
    Down each meridian the north pole is sea, and every coastline crossed changes sea to land or back; this needs no
    polygons, and knows neither antimeridian nor an edge in Antarctica.
    """
    start, end = _coast()
    step = grid.cell / SAMPLES
    rows, columns, turn = grid.rows * SAMPLES, grid.columns * SAMPLES, round(360 / step)
    # A vertex falls between the same two meridians for both lines that meet in it, so that no crossing is lost or
    # counted twice: hence whole numbers from each vertex alone.
    place_a, place_b = (((xy[:, 0] - grid.west) % 360) / step - 0.5 for xy in (start, end))
    round_trip = np.rint((place_a - place_b) / turn).astype(np.int64) * turn
    first_a, first_b = np.ceil(place_a).astype(np.int64), np.ceil(place_b).astype(np.int64) + round_trip
    place_b = place_b + round_trip
    low, high = np.minimum(first_a, first_b), np.maximum(first_a, first_b)
    changes = np.zeros((rows + 1, columns), dtype=np.uint8)
    for shift in (-turn, 0, turn):
        left, right = np.clip(low + shift, 0, columns), np.clip(high + shift, 0, columns)
        lines = np.flatnonzero(right > left)
        count = (right - left)[lines]
        line = np.repeat(lines, count)
        column = left[line] + np.arange(len(line)) - np.repeat(np.cumsum(count) - count, count)
        along = (column - shift - place_a[line]) / (place_b - place_a)[line]
        lat = start[line, 1] + np.clip(along, 0.0, 1.0) * (end[line, 1] - start[line, 1])
        row = np.clip(np.ceil((grid.north - lat) / step - 0.5), 0, rows).astype(np.int64)
        np.bitwise_xor.at(changes, (row, column), 1)
    land = np.bitwise_xor.accumulate(changes[:-1], axis=0)
    points = sum(land[i::SAMPLES, j::SAMPLES] for i in range(SAMPLES) for j in range(SAMPLES))
    return np.asarray((points <= SAMPLES * SAMPLES // 2) & ~_ice(grid))


def _ice(grid: Grid) -> npt.NDArray[np.bool_]:
    lat = grid.north - (np.arange(grid.rows)[:, None] + 0.5) * grid.cell
    lon = (grid.west + (np.arange(grid.columns)[None, :] + 0.5) * grid.cell + 180) % 360 - 180
    return np.asarray((lat > ICE_EVERYWHERE) | ((lat > ICE_FROM) & ((lon < OPEN_WEST) | (lon > OPEN_EAST))))


@lru_cache(maxsize=1)
def _coast() -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the two ends of every straight piece of coast as lon/lat: the arcs that an odd number of rings hold."""
    outlines = load_outlines("countries-10m.json", "countries")
    holders = np.zeros(len(outlines.arcs), dtype=np.int64)
    rings = (ring for feature in outlines.polygons for polygon in feature for ring in polygon)
    numbers = np.fromiter((arc for ring in rings for arc in ring), dtype=np.int64)
    np.add.at(holders, np.where(numbers < 0, ~numbers, numbers), 1)
    lines = [outlines.arcs[arc] for arc in np.flatnonzero(holders % 2) if len(outlines.arcs[arc]) > 1]
    return np.concatenate([line[:-1] for line in lines]), np.concatenate([line[1:] for line in lines])
