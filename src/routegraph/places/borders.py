"""Borders: who borders whom, which units a land way passes, and how many borders a leg crosses."""

from __future__ import annotations

from functools import cached_property, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from routegraph.places.border_units import UnitMap, load_units
from routegraph.places.geodesy import distance_km, great_circle
from routegraph.places.land_ways import LandWays, shared_borders

if TYPE_CHECKING:
    from shapely import STRtree
    from shapely.geometry.base import BaseGeometry

SLIVER_KM = 5.0
"""Stretches of a line shorter than this inside a unit are a river's bends or a coarse outline, and cross nothing."""

_LAND_MODES = frozenset({"road", "rail", "river", "foot"})
_LINE_STEP_KM = 10.0


class BorderMap:
    """The borders that count in a run: between countries, or between US jurisdictions.

    Use ``BorderMap.load("country")`` or ``BorderMap.load("region")``; both are kept once loaded.

    Notes
    -----
    Outlines are Natural Earth's 1:10m (``world-atlas``) and the US Census Bureau's cartographic boundaries
    (``us-atlas``). They take a side where a border is disputed, and this map follows ISO 3166 in what is a unit;
    neither is a statement about who should hold a territory.
    """

    def __init__(self, units: UnitMap) -> None:
        self._units = units

    @staticmethod
    def load(border: str) -> BorderMap:
        """Return the map of ``country`` or ``region`` borders.

        Raises
        ------
        SettingError
            ``border`` is neither.
        AssetError
            The outlines were not built into the package.
        """
        return _load(border)

    @cached_property
    def _ways(self) -> LandWays:
        return LandWays.of(self._units)

    @cached_property
    def _adjacency(self) -> pd.DataFrame:
        return shared_borders(self._units)

    @cached_property
    def _neighbouring(self) -> frozenset[tuple[str, str]]:
        return frozenset(zip(self._adjacency["a"], self._adjacency["b"], strict=True))

    @property
    def units(self) -> tuple[str, ...]:
        """All units, sorted."""
        return tuple(sorted({unit for unit in self._units.unit if unit}))

    @property
    def adjacency(self) -> pd.DataFrame:
        """Pairs of units that share a border or a fixed link, sorted by ``a``, ``b`` (a < b).

        ``lat``, ``lon`` is the midpoint along the border's longest stretch, ``length_km`` its whole length (slivers are
        kept, with their length), ``kind`` is ``border``, or ``link`` for a bridge, causeway or tunnel (length 0).
        """
        return self._adjacency.copy()

    @cached_property
    def polygons(self) -> dict[str, BaseGeometry]:
        """Each unit's area as lon/lat, cut at the antimeridian; made when first asked for."""
        import shapely

        grouped: dict[str, list[BaseGeometry]] = {}
        for unit, part in zip(self._units.unit, self._units.topology.parts, strict=True):
            if unit:
                grouped.setdefault(unit, []).extend(shapely.get_parts(part.polygon))
        whole = {unit: shapely.MultiPolygon(grouped[unit]) for unit in sorted(grouped)}
        # Only where two features make one unit (Somalia and Somaliland) do polygons share an edge that has to go.
        return {unit: area if area.is_valid else shapely.union_all(grouped[unit]) for unit, area in whole.items()}

    def neighbours(self, unit: str) -> tuple[str, ...]:
        """Return the units that border a unit or have a fixed link to it, sorted; empty for an island."""
        table = self._adjacency
        return tuple(sorted([*table.loc[table["a"] == unit, "b"], *table.loc[table["b"] == unit, "a"]]))

    def path(self, a: str, b: str) -> tuple[str, ...]:
        """Return the units passed on the least-cost land way from ``a`` to ``b``, with both; ``()`` where none is.

        The cost is great-circle km from the unit's point to the border, from border point to border point within each
        unit passed, and on to the other unit's point. Neighbours are reached directly. A unit is passed only on
        connected land (Malaysia does not join Thailand to Borneo), and a way of more than three times the straight
        line is none. Ties go to the unit whose id comes first.

        Notes
        -----
        This is geometry, not roads: use it to fill in steps that nobody reported, and mark them inferred.
        """
        return (a, b) if (a, b) in self._neighbouring or (b, a) in self._neighbouring else self._ways.path(a, b)

    def paths(self, pairs: pd.DataFrame) -> pd.Series:
        """Return ``path`` for every row of columns ``a`` and ``b``; one search for each distinct ``a``."""
        found = [self.path(a, b) for a, b in zip(pairs["a"].to_list(), pairs["b"].to_list(), strict=True)]
        series = pd.Series(index=pairs.index, dtype=object, name="path")
        series[:] = pd.array(found, dtype=object) if found else []
        return series

    def legs_borders(self, origins: pd.Series, destinations: pd.Series, modes: pd.Series) -> pd.Series:
        """Return how many borders each leg crosses.

        Parameters
        ----------
        origins, destinations
            Units at the ends; ``''`` where an end is in none.
        modes
            Modes of each leg, joined by ``; ``.

        Returns
        -------
        pandas.Series
            int64 on the index of ``origins``. 0 within a unit or where an end's unit is unknown; 1 between neighbours,
            where no land way exists, and for any leg that is not by land alone (road, rail, river, foot); else the
            borders on ``path``.
        """
        frame = pd.DataFrame({"a": origins.array, "b": destinations.array}, index=origins.index)
        apart = (frame["a"] != frame["b"]) & (frame["a"] != "") & (frame["b"] != "")
        by_land = {text: _is_land(text) for text in pd.unique(modes)}
        land = apart & pd.Series(modes.map(by_land).to_numpy(dtype=bool), index=origins.index)
        distinct = frame.loc[land, ["a", "b"]].drop_duplicates()
        passed = self.paths(distinct).map(lambda units: max(len(units) - 1, 1))
        lookup = dict(zip(zip(distinct["a"], distinct["b"], strict=True), passed, strict=True))
        counts = apart.to_numpy().astype(np.int64)
        counts[land.to_numpy()] = [lookup[pair] for pair in frame.loc[land].itertuples(index=False, name=None)]
        return pd.Series(counts, index=origins.index, name="borders_crossed", dtype="int64")

    def crossings_on_line(
        self, lat1: float, lon1: float, lat2: float, lon2: float, *, start: str = "", end: str = ""
    ) -> int:
        """Return how many borders the great circle between two points crosses, over land or from coast to coast.

        Stretches of less than 5 km inside a unit are dropped, except at the ends. ``start`` and ``end`` are the units
        that the ends are known to be in: they win over the outline, which puts some border towns on the wrong bank.
        """
        stretches = [s for s in self._stretches(lat1, lon1, lat2, lon2) if s[1] >= SLIVER_KM or s[2]]
        order = [unit for unit, _, _ in stretches]
        if start:
            order = [start, *order[1 if len(order) > 1 and stretches[0][2] else 0 :]]
        if end:
            order = [*order[: -1 if len(stretches) > 1 and stretches[-1][2] else None], end]
        return sum(before != after for before, after in pairwise(order))

    def _stretches(self, lat1: float, lon1: float, lat2: float, lon2: float) -> list[tuple[str, float, bool]]:
        """Return a line's stretches inside units, in order of travel: unit, km, whether an end of the line is in it."""
        import shapely

        found: list[tuple[float, str, float, bool]] = []
        travelled = 0.0
        pieces = great_circle(lat1, lon1, lat2, lon2, step_km=_LINE_STEP_KM)
        for number, piece in enumerate(pieces):
            line = shapely.LineString(piece[:, ::-1])
            for row in sorted(self._tree.query(line, predicate="intersects")):
                part = self._units.topology.parts[row].polygon
                for run in shapely.get_parts(shapely.intersection(line, part)):
                    xy = shapely.get_coordinates(run)
                    km = float(distance_km(xy[:-1, 1], xy[:-1, 0], xy[1:, 1], xy[1:, 0]).sum()) if len(xy) > 1 else 0.0
                    where = float(shapely.line_locate_point(line, shapely.Point(xy[len(xy) // 2])))
                    ends = (number == 0 and _touches(xy, piece[0])) or (
                        number == len(pieces) - 1 and _touches(xy, piece[-1])
                    )
                    found.append((travelled + where, self._units.unit[row], km, ends))
            travelled += line.length
        return _joined([(unit, km, ends) for _, unit, km, ends in sorted(found) if unit])

    @cached_property
    def _tree(self) -> STRtree:
        import shapely

        return shapely.STRtree([part.polygon for part in self._units.topology.parts])


def _touches(xy: np.ndarray, latlon: np.ndarray) -> bool:
    return bool((np.abs(xy[[0, -1]] - latlon[::-1]).max(axis=1) < 1e-9).any())


def _joined(runs: list[tuple[str, float, bool]]) -> list[tuple[str, float, bool]]:
    """Add up neighbouring stretches in one unit, which the outline's islands and holes take apart."""
    joined: list[tuple[str, float, bool]] = []
    for unit, km, ends in runs:
        if joined and joined[-1][0] == unit:
            joined[-1] = (unit, joined[-1][1] + km, joined[-1][2] or ends)
        else:
            joined.append((unit, km, ends))
    return joined


def _is_land(modes: str) -> bool:
    named = {mode.strip() for mode in str(modes).split(";")}
    return bool(named) and named <= _LAND_MODES


@lru_cache(maxsize=2)
def _load(border: str) -> BorderMap:
    return BorderMap(load_units(border))
