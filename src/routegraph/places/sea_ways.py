"""How far it is by sea, and which way: least-cost ways over a mask of the sea.

The grid is fine along coasts and coarse in open water; narrow straits and canals that no grid of this size shows are
lines of their own, each declared with its source in ``places/data/sea_passages.csv``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from routegraph.places.geodesy import EARTH_RADIUS_KM, HALF_TURN, distance_km
from routegraph.places.sea_graph import cell_edges, passage_edges, unit_vectors
from routegraph.places.sea_mask import BLOCK, Grid, Window, sea_cells

if TYPE_CHECKING:
    from scipy.sparse import csr_array
    from scipy.spatial import KDTree

ASHORE_KM = 75.0
"""A place farther than this from the sea has no way by sea: Yangon and Ho Chi Minh City are ports, Mandalay is not."""


@dataclass(frozen=True)
class SeaMap:
    """The sea of a window as a graph.

    Attributes
    ----------
    grid
        The cells.
    positions
        Lat and lon of each node: middles of cells, then the points of passages; shape (n, 2).
    graph
        Km between neighbouring nodes, both ways.
    shore
        Nodes that a place may set out from: those of the sea, and of no lake or closed lagoon.
    tree
        Finds the nearest of ``shore``.

    Notes
    -----
    Distances are those of a vessel that keeps to water of any depth: no shoals, traffic lanes, territorial waters or
    seasons. The 16 directions make a way up to 2.8 % longer than the shortest. Where a way within the window would lead
    outside it, it is not found: give a window with room around, or none (the world). Not to be trusted below two cells
    (about 20 km), where the mask decides more than the coast.
    """

    grid: Grid
    positions: npt.NDArray[np.float64]
    graph: csr_array
    shore: npt.NDArray[np.int64]
    tree: KDTree

    @staticmethod
    def load(window: Window | None = None, cell: float = 0.1) -> SeaMap:
        """Return the sea of a window; made from the packaged outlines on first use and kept in memory.

        Parameters
        ----------
        window
            South, west, north, east in degrees; east below west lies beyond the antimeridian. None: the world, which
            takes some seconds and nearly 1 GB at 0.1 degree, a quarter of that at 0.25.
        cell
            Side of a cell in degrees, 0.05 to 0.25, of which 45 is a multiple.

        Raises
        ------
        SettingError
            The window or the cell makes no sense.
        AssetError
            The outlines are missing from the installation.
        """
        return _load(Grid.of(window, cell))

    def from_sea(self, lat_lon: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Return the km from each place (n, 2) to the sea node it sets out from, inf beyond ``ASHORE_KM``."""
        return self.moorings(lat_lon)[1]

    def moorings(self, lat_lon: npt.ArrayLike) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        """Return the sea node of each place and the km to it; -1 and inf where none is near (or a position is NaN)."""
        places = np.asarray(lat_lon, dtype=float).reshape(-1, 2)
        node, km = np.full(len(places), -1, dtype=np.int64), np.full(len(places), np.inf)
        known = np.flatnonzero(np.isfinite(places).all(axis=1))
        if len(known) and len(self.shore):
            chord, nearest = self.tree.query(unit_vectors(places[known]))
            far = 2 * EARTH_RADIUS_KM * np.arcsin(np.clip(chord / 2, 0.0, 1.0))
            near = far <= ASHORE_KM
            node[known[near]], km[known[near]] = self.shore[nearest[near]], far[near]
        return node, km

    def distances(self, origin: tuple[float, float], many: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Return the km by sea from one place to each of many.

        Parameters
        ----------
        origin
            Lat and lon, in degrees.
        many
            Lat and lon of the others; shape (n, 2).

        Returns
        -------
        numpy.ndarray
            Shape (n,), from sea node to sea node and the ways from place to node; inf where there is no way: another
            sea, or a place farther than ``ASHORE_KM`` from any. Two places with one sea node: the straight line.
        """
        from scipy.sparse.csgraph import dijkstra

        others = np.asarray(many, dtype=float).reshape(-1, 2)
        start, leave = self.moorings(origin)
        end, arrive = self.moorings(others)
        if start[0] < 0:
            return np.full(len(others), np.inf)
        reached = dijkstra(self.graph, indices=int(start[0]))
        km = np.where(end >= 0, reached[end] + leave[0] + arrive, np.inf)
        return np.where(end == start[0], distance_km(*origin, others[:, 0], others[:, 1]), km)

    def way(self, a: tuple[float, float], b: tuple[float, float]) -> tuple[float, list[npt.NDArray[np.float64]]]:
        """Return the km by sea from ``a`` to ``b`` (lat, lon) and the line, cut where it crosses the antimeridian.

        Returns
        -------
        tuple of float and list of numpy.ndarray
            As ``distances`` has it, and arrays (n, 2) of lat and lon in the order of travel, as ``great_circle`` gives
            them; inf and an empty list where there is no way.
        """
        from scipy.sparse.csgraph import dijkstra

        (start, end), (leave, arrive) = self.moorings([a, b])
        if start < 0 or end < 0:
            return np.inf, []
        ends = np.array([a, b], dtype=float)
        if start == end:
            return float(distance_km(*a, *b)), _cut(ends)
        reached, before = dijkstra(self.graph, indices=int(start), return_predecessors=True)
        if not np.isfinite(reached[end]):
            return np.inf, []
        nodes = [int(end)]
        while nodes[-1] != start:
            nodes.append(int(before[nodes[-1]]))
        line = np.vstack([ends[0], self.positions[nodes[::-1]], ends[1]])
        return float(reached[end] + leave + arrive), _cut(line)


@lru_cache(maxsize=2)
def _load(grid: Grid) -> SeaMap:
    from scipy.sparse import csr_array
    from scipy.spatial import KDTree

    sea = sea_cells(grid)
    cells, tail, head, km = cell_edges(grid, sea)
    positions = grid.centres(cells)
    points, extra = passage_edges(grid, positions)
    first, last, length = (np.concatenate([one, other]) for one, other in zip((tail, head, km), extra, strict=True))
    positions = np.vstack([positions, points])
    size = len(positions)
    both = tuple(np.concatenate(pair).astype(np.int32) for pair in ((first, last), (last, first)))
    graph = csr_array((np.concatenate([length, length]), both), shape=(size, size))
    shore = _shore(grid, cells, graph)
    positions.setflags(write=False)  # the map is shared by all who load it
    shore.setflags(write=False)
    return SeaMap(grid, positions, graph, shore, KDTree(unit_vectors(positions[shore])))


def _shore(grid: Grid, cells: npt.NDArray[np.int64], graph: csr_array) -> npt.NDArray[np.int64]:
    """Return the nodes of the largest water, and of waters at the window's edge, which may join it outside."""
    from scipy.sparse.csgraph import connected_components

    if not graph.shape[0]:
        return np.empty(0, dtype=np.int64)
    label = connected_components(graph, directed=False)[1]
    kept = np.zeros(label.max() + 1, dtype=bool)
    kept[np.bincount(label).argmax()] = True
    if not grid.wraps:
        row, column = np.divmod(cells, grid.columns)
        edge = (row < BLOCK) | (row >= grid.rows - BLOCK) | (column < BLOCK) | (column >= grid.columns - BLOCK)
        kept[label[: len(cells)][edge]] = True
    return np.flatnonzero(kept[label])


def _cut(line: npt.NDArray[np.float64]) -> list[npt.NDArray[np.float64]]:
    """Cut a line of short steps where it crosses longitude 180, with a point on either side of the cut."""
    pieces: list[npt.NDArray[np.float64]] = []
    begin, head = 0, np.empty((0, 2))
    for leap in np.flatnonzero(np.abs(np.diff(line[:, 1])) > HALF_TURN).tolist():
        (lat, lon), (next_lat, next_lon) = line[leap], line[leap + 1]
        edge = float(np.copysign(180.0, lon))
        share = (edge - lon) / (next_lon + 2 * edge - lon)
        crossing = lat + share * (next_lat - lat)
        pieces.append(np.vstack([head, line[begin : leap + 1], [crossing, edge]]))
        begin, head = leap + 1, np.array([[crossing, -edge]])
    return [*pieces, np.vstack([head, line[begin:]])]
