"""The sea as a graph: neighbouring cells, whole blocks of open water, and the declared straits and canals."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from routegraph.errors import AssetError
from routegraph.places.geodesy import distance_km
from routegraph.places.sea_mask import BLOCK, Grid
from routegraph.places.tables import read_table

JOINED_DEGREES = 0.1
"""A point of a passage is joined to a cell this near, on any grid: coarser ones must not cut a canal short."""

Edges = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float64]]
"""Tail and head of each edge, and its km."""

# Half of the 16 directions (rows, columns); the other half are the same edges backwards.
_STEPS = ((0, 1), (1, 0), (1, 1), (1, -1), (1, 2), (1, -2), (2, 1), (2, -1))


def cell_edges(
    grid: Grid, sea: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Return the cells that are nodes, ascending, and the edges between them as numbers of nodes and km.

    Blocks that are all sea are joined by their middle cells. Cells are joined among themselves where a block that is
    not all sea is near; there the middle cells of whole blocks are among them, which ties the two together.
    """
    from scipy.ndimage import binary_dilation

    block = sea.reshape(grid.rows // BLOCK, BLOCK, grid.columns // BLOCK, BLOCK)
    whole = np.asarray(block.all(axis=(1, 3)))
    margin = ((1, 1), (1, 1))
    around = np.pad(~whole, margin, mode="wrap" if grid.wraps else "constant")
    around[[0, -1]] = False
    coastal = binary_dilation(around, np.ones((3, 3), dtype=bool))[1:-1, 1:-1]
    fine = np.asarray(sea & np.repeat(np.repeat(coastal, BLOCK, axis=0), BLOCK, axis=1))
    number = np.arange(grid.rows * grid.columns, dtype=np.int64).reshape(grid.rows, grid.columns)
    middles = number[BLOCK // 2 :: BLOCK, BLOCK // 2 :: BLOCK]
    parts = [
        _edges(fine, sea, number, grid=grid, side=grid.cell),
        _edges(whole, whole, middles, grid=grid, side=grid.cell * BLOCK),
    ]
    tail, head, km = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    cells = np.union1d(number[fine], middles[whole])
    return cells, np.searchsorted(cells, tail), np.searchsorted(cells, head), km


def _edges(
    used: npt.NDArray[np.bool_],
    open_: npt.NDArray[np.bool_],
    number: npt.NDArray[np.int64],
    *,
    grid: Grid,
    side: float,
) -> Edges:
    """Return edges in 16 directions between used squares, where the squares that they pass over are open.

    A diagonal needs one of the two squares beside it, a knight's move both: no step cuts through an isthmus.
    """
    rows, columns = used.shape
    row, column = np.nonzero(used)
    found: list[Edges] = []
    north = grid.centres(number[:, 0])[:, 0]

    def at(what: npt.NDArray[np.bool_], down: int, right: int) -> npt.NDArray[np.bool_]:
        return np.asarray(what[np.minimum(row + down, rows - 1), (column + right) % columns])

    for down, right in _STEPS:
        aside = int(np.sign(right))
        inside = row + down < rows
        if not grid.wraps:
            inside &= (column + right >= 0) & (column + right < columns)
        if (down, abs(right)) == (1, 1):
            clear = at(open_, 1, 0) | at(open_, 0, aside)
        elif abs(right) == 2:
            clear = at(open_, 0, aside) & at(open_, 1, aside)
        elif down == 2:
            clear = at(open_, 1, 0) & at(open_, 1, aside)
        else:
            clear = np.ones(len(row), dtype=bool)
        kept = np.flatnonzero(inside & clear & at(used, down, right))
        to = (row[kept] + down, (column[kept] + right) % columns)
        by_row = distance_km(north[: rows - down], 0.0, north[down:], right * side) if down < rows else np.empty(0)
        found.append((number[row[kept], column[kept]], number[to], by_row[row[kept]]))
    tail, head, km = (np.concatenate(part) for part in zip(*found, strict=True))
    return tail, head, km


def passage_edges(grid: Grid, positions: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float64], Edges]:
    """Return the points of the passages inside the grid, edges along them, and edges to the cells that they touch.

    Each point is joined to the nearest cell within ``JOINED_DEGREES``, an end to the nearest node (within a block's
    side): a passage may be entered wherever it lies in open water.
    """
    from scipy.spatial import KDTree

    size = len(positions)
    lines = {name: line for name, line in passage_lines().items() if _inside(grid, line)}
    if not lines or not size:
        return np.empty((0, 2)), (np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0))
    points, place = np.unique(np.vstack(list(lines.values())), axis=0, return_inverse=True)
    chord, nearest = KDTree(unit_vectors(positions)).query(unit_vectors(points))
    gap = np.degrees(chord)
    tails, heads = [], []
    ends = np.zeros(len(points), dtype=bool)
    for name, own in zip(lines, np.split(place, np.cumsum([len(line) for line in lines.values()])[:-1]), strict=True):
        if (gap[own[[0, -1]]] > BLOCK * grid.cell).any():
            raise AssetError(f"the passage {name} does not end in the sea; sea_passages.csv does not fit the outlines")
        ends[own[[0, -1]]] = True
        tails.append(size + own[:-1])
        heads.append(size + own[1:])
    touching = np.flatnonzero(ends | (gap <= JOINED_DEGREES))
    tail = np.concatenate([*tails, size + touching])
    head = np.concatenate([*heads, nearest[touching]])
    every = np.vstack([positions, points])
    return points, (tail, head, distance_km(*every[tail].T, *every[head].T))


def _inside(grid: Grid, line: npt.NDArray[np.float64]) -> bool:
    east, south = (line[:, 1] - grid.west) % 360, grid.north - line[:, 0]
    return bool(((south >= 0) & (south <= grid.rows * grid.cell) & (east <= grid.columns * grid.cell)).all())


@lru_cache(maxsize=1)
def passage_lines() -> dict[str, npt.NDArray[np.float64]]:
    """Return the declared straits and canals: name to lat/lon points, shape (n, 2)."""
    return {
        row["name"]: np.array([point.split() for point in row["line"].split(";")], dtype=float)
        for row in read_table("sea_passages.csv")
    }


def unit_vectors(lat_lon: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return positions (n, 2) of lat and lon as points (n, 3) of the unit sphere."""
    phi, lam = np.radians(lat_lon).T
    return np.column_stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)])
