"""Least-cost ways over land, from border point to border point."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from routegraph.places.border_units import UnitMap
from routegraph.places.geodesy import distance_km

if TYPE_CHECKING:
    from scipy.sparse import csr_array

POINT_EVERY_KM = 50.0
MOST_POINTS = 12
"""Borders can be crossed at points about this far apart, and at no more of them on one stretch."""

LONGEST_DETOUR = 3.0
"""A land way longer than this many times the straight line is none: France to Morocco is by sea, not through Libya."""

_TIE_KM = 1e-9


@dataclass(frozen=True)
class _Stretch:
    """A run of border between one polygon of a and one of b, as lat/lon points in order."""

    a: str
    b: str
    part_a: int
    part_b: int
    line: npt.NDArray[np.float64]

    @property
    def km(self) -> float:
        return float(_along(self.line)[-1])


def shared_borders(units: UnitMap) -> pd.DataFrame:
    """Return pairs of units with a common border or a fixed link: ``a, b, lat, lon, length_km, kind``."""
    pairs: dict[tuple[str, str], list[_Stretch]] = {}
    for stretch in _stretches(units):
        pairs.setdefault((stretch.a, stretch.b), []).append(stretch)
    rows: list[tuple[str, str, float, float, float, str]] = []
    for (a, b), stretches in pairs.items():
        longest = max(stretches, key=lambda s: (s.km, *s.line[0]))
        middle = _points(longest.line, 1)[0]
        rows.append((a, b, middle[0], middle[1], sum(s.km for s in stretches), "border"))
    for link in units.links:
        a, b = sorted([link.a, link.b])
        if (a, b) not in pairs:
            pairs[a, b] = []
            middle = np.mean([link.position_a, link.position_b], axis=0)
            rows.append((a, b, middle[0], middle[1], 0.0, "link"))
    table = pd.DataFrame(rows, columns=["a", "b", "lat", "lon", "length_km", "kind"])
    return table.sort_values(["a", "b"], ignore_index=True)


@dataclass(frozen=True)
class _Reached:
    """Least cost in km to every node, and the node before it (negative where there is none)."""

    km: npt.NDArray[np.float64]
    before: npt.NDArray[np.int32]


@dataclass(frozen=True)
class LandWays:
    """A graph whose nodes are "at this border point, having entered this unit", searched once per origin.

    Every unit has four more nodes: it starts and ends on the land that its point is on, or, where that leads nowhere,
    on any of its land (Spain's way to Morocco starts in Ceuta).
    """

    graph: csr_array
    entered: tuple[str, ...]
    ends: dict[str, int]
    on_main: npt.NDArray[np.bool_]
    positions: Mapping[str, tuple[float, float]]
    searched: dict[int, _Reached] = field(default_factory=dict, compare=False, repr=False)

    @staticmethod
    def of(units: UnitMap) -> LandWays:
        """Build the graph of a map's borders."""
        return _build(units)

    def path(self, a: str, b: str) -> tuple[str, ...]:
        """Return the units passed from ``a`` to ``b``, or ``()``."""
        if a == b:
            return (a,) if a in self.ends else ()
        if a not in self.ends or b not in self.ends:
            return ()
        for any_land in (0, 1):
            found = self._trace(a, b, any_land, self._search(self.ends[a] + any_land))
            closed: set[str] = set()
            while twice := {unit for unit in found if found.count(unit) > 1} - closed:
                # The way enters an exclave and leaves it again (Kaliningrad, on the way to Russia): go round it.
                closed |= twice
                found = self._trace(a, b, any_land, self._search_round(a, b, any_land, closed))
            if found:
                return found
        return ()

    def _trace(self, a: str, b: str, any_land: int, reached: _Reached) -> tuple[str, ...]:
        """Return the units passed, or ``()`` where ``b`` was not reached or only by too long a detour."""
        node = self.ends[b] + 2 + any_land
        straight = float(distance_km(*self.positions[a], *self.positions[b]))
        if not reached.km[node] <= LONGEST_DETOUR * straight:
            return ()
        passed: list[str] = [b]
        node = int(reached.before[node])
        while reached.before[node] >= 0:
            node = int(reached.before[node])
            passed.append(self.entered[node] if node < len(self.entered) else a)
        return tuple(reversed(passed))

    def _search(self, start: int) -> _Reached:
        if start not in self.searched:
            self.searched[start] = _dijkstra(self.graph, start)
        return self.searched[start]

    def _search_round(self, a: str, b: str, any_land: int, closed: set[str]) -> _Reached:
        """Search with ``a`` closed to entry, ``b`` to passing through, and the exclaves of ``closed`` units to both."""
        graph = self.graph.copy()
        size = graph.shape[0]
        entered = np.full(size, "", dtype=object)
        entered[: len(self.entered)] = self.entered
        exclave = np.zeros(size, dtype=bool)
        exclave[: len(self.entered)] = [unit in closed for unit in self.entered] & ~self.on_main
        tails = np.repeat(np.arange(size), np.diff(graph.indptr))
        onward = (entered[tails] == b) & (graph.indices != self.ends[b] + 2 + any_land)
        shut = (entered == a) | (exclave & (entered != b))
        graph.data[onward | shut[graph.indices]] = np.inf
        return _dijkstra(graph, self.ends[a] + any_land)


def _dijkstra(graph: csr_array, start: int) -> _Reached:
    from scipy.sparse.csgraph import dijkstra

    km, before = dijkstra(graph, indices=start, return_predecessors=True)
    return _Reached(km, before)


def _build(units: UnitMap) -> LandWays:
    from scipy.sparse import csr_array

    a_side, b_side, position = _border_points(units)
    entered = [units.unit[part] for part in np.concatenate([b_side, a_side])]  # node p: into b; node p + n: into a
    n = len(a_side)
    land = np.array(units.land)
    names = sorted(set(units.unit) - {""})
    rank = {name: place for place, name in enumerate(names)}
    ends = {name: 2 * n + 4 * place for place, name in enumerate(n for n in names if n in units.position)}
    tails: list[npt.NDArray[np.int64]] = []
    heads: list[npt.NDArray[np.int64]] = []
    costs: list[npt.NDArray[np.float64]] = []

    def add(tail: npt.NDArray[np.int64], head: npt.NDArray[np.int64], km: npt.NDArray[np.float64]) -> None:
        tails.append(tail)
        heads.append(head)
        costs.append(km + _TIE_KM)

    inside = np.concatenate([land[b_side], land[a_side]])  # the land on which each node stands
    leaves = np.concatenate([land[a_side], land[b_side]])  # the land that one leaves to get there
    where = np.concatenate([position, position])
    for piece in np.unique(inside):
        come, go = np.flatnonzero(inside == piece), np.flatnonzero(leaves == piece)
        tail, head = (grid.ravel() for grid in np.meshgrid(come, go, indexing="ij"))
        other = tail % n != head % n  # a step back over the same point leads nowhere
        tail, head = tail[other], head[other]
        into = np.array([rank[entered[node]] for node in go])[np.searchsorted(go, head)]
        add(tail, head, distance_km(*where[tail].T, *where[head].T) + into * _TIE_KM)
    on_main = np.zeros(2 * n, dtype=bool)
    left = np.array([*(units.unit[part] for part in a_side), *(units.unit[part] for part in b_side)], dtype=object)
    at = np.array(entered, dtype=object)
    for name, node in ends.items():
        home = units.part_near(name, *units.position[name])
        main = -1 if home is None else units.land[home]
        go, come = np.flatnonzero(left == name), np.flatnonzero(at == name)
        on_main[come] = inside[come] == main
        for any_land in (0, 1):
            start = go if any_land else go[leaves[go] == main]
            add(np.full(len(start), node + any_land), start, distance_km(*units.position[name], *where[start].T))
            end = come if any_land else come[inside[come] == main]
            add(end, np.full(len(end), node + 2 + any_land), distance_km(*units.position[name], *where[end].T))
    size = 2 * n + 4 * len(ends)
    matrix = csr_array((np.concatenate(costs), (np.concatenate(tails), np.concatenate(heads))), shape=(size, size))
    return LandWays(matrix, tuple(entered), ends, on_main, units.position)


def _border_points(units: UnitMap) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Return where borders can be crossed: the parts on either side, and positions (lat, lon)."""
    rows: list[tuple[int, int, float, float]] = []
    for stretch in _stretches(units):
        count = int(np.clip(round(stretch.km / POINT_EVERY_KM), 1, MOST_POINTS))
        rows += [(stretch.part_a, stretch.part_b, lat, lon) for lat, lon in _points(stretch.line, count).tolist()]
    for link in units.links:
        sides = (units.part_near(link.a, *link.position_a), units.part_near(link.b, *link.position_b))
        if sides[0] is not None and sides[1] is not None:
            lat, lon = np.mean([link.position_a, link.position_b], axis=0).tolist()
            rows.append((sides[0], sides[1], lat, lon))
    table = np.array(rows, dtype=float).reshape(-1, 4)
    return table[:, 0].astype(np.int64), table[:, 1].astype(np.int64), table[:, 2:]


def _stretches(units: UnitMap) -> list[_Stretch]:
    """Return every run of border, from the arcs that polygons of two units share, sorted by units and polygons."""
    import shapely

    holders: dict[int, list[int]] = {}
    for index, part in enumerate(units.topology.parts):
        if units.unit[index]:
            for arc in part.arcs:
                holders.setdefault(arc, []).append(index)
    shared: dict[tuple[str, str, int, int], list[npt.NDArray[np.float64]]] = {}
    for arc, parts in sorted(holders.items()):
        for first, second in ((i, j) for i in parts for j in parts if units.unit[i] < units.unit[j]):
            shared.setdefault((units.unit[first], units.unit[second], first, second), []).append(
                units.topology.arcs[arc]
            )
    found: list[_Stretch] = []
    for (a, b, part_a, part_b), arcs in sorted(shared.items(), key=lambda item: item[0]):
        merged = shapely.line_merge(shapely.MultiLineString([arc for arc in arcs if len(arc) > 1]))
        lines = (shapely.get_coordinates(line)[:, ::-1] for line in shapely.get_parts(merged))
        found.extend(_Stretch(a, b, part_a, part_b, line) for line in lines)
    return found


def _along(line: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the km from a line's start to each of its points."""
    steps = distance_km(line[:-1, 0], line[:-1, 1], line[1:, 0], line[1:, 1])
    return np.concatenate([[0.0], np.cumsum(steps)])


def _points(line: npt.NDArray[np.float64], count: int) -> npt.NDArray[np.float64]:
    """Return points spread evenly: one is the line's middle, two stand at a quarter and three quarters, and so on."""
    along = _along(line)
    wanted = (np.arange(count) + 0.5) / count * along[-1]
    return np.column_stack([np.interp(wanted, along, line[:, 0]), np.interp(wanted, along, line[:, 1])])
