"""Which unit (country or US jurisdiction) each polygon of the outlines is in, and which polygons hang together by land.

Natural Earth draws some territories inside the state that holds them and some lines of control as units. Here a unit is
what ISO 3166-1 lists: overseas departments stand on their own (else France would border Brazil), Northern Cyprus and
Somaliland are in the states that ISO lists them under, and what no one state holds belongs to no unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from routegraph.errors import AssetError, SettingError
from routegraph.places.countries import countries
from routegraph.places.gazetteer_tables import us_fips, us_places
from routegraph.places.tables import read_table
from routegraph.places.topojson import Topology, load_topology

BORDERS = ("country", "region")
"""Whose borders may count: those of countries, or of US jurisdictions."""

JOINED_DEGREES = 0.03
"""Polygons of one unit closer than this (about 3 km) are joined by land: straits of a river's width have bridges."""

STEPPING_STONE_DEGREES2 = 0.002
"""Islands smaller than this (about 25 square km) carry no bridge between larger ones."""

_NAMED = {
    "Kosovo": "XKX",
    "Somaliland": "SOM",
    "N. Cyprus": "CYP",
    "Cyprus U.N. Buffer Zone": "CYP",
    "Dhekelia": "CYP",  # British bases without a customs line to the republic
    "Akrotiri": "CYP",
    "USNB Guantanamo Bay": "CUB",
    "Baikonur": "KAZ",
    "Coral Sea Is.": "AUS",
    "Clipperton I.": "FRA",
    "Indian Ocean Ter.": "AUS",
    "Siachen Glacier": "",
    "Spratly Is.": "",
    "Bajo Nuevo Bank": "",
    "Serranilla Bank": "",
    "Scarborough Reef": "",
}

# Territories with an ISO code of their own inside the outline of their state: state, code, south, west, north, east.
_OWN_CODE = (
    ("FRA", "GUF", 2.0, -55.0, 6.0, -51.0),
    ("FRA", "GLP", 15.8, -61.9, 16.6, -60.9),
    ("FRA", "MTQ", 14.3, -61.3, 15.0, -60.7),
    ("FRA", "REU", -21.5, 55.1, -20.8, 55.9),
    ("FRA", "MYT", -13.1, 44.9, -12.5, 45.4),
    ("NLD", "BES", 12.0, -68.5, 12.4, -68.1),
    ("NLD", "BES", 17.4, -63.3, 17.7, -62.9),
    ("NOR", "SJM", 74.0, 5.0, 81.0, 36.0),
    ("NOR", "SJM", 70.5, -10.0, 71.5, -7.0),
    ("NOR", "BVT", -55.0, 3.0, -54.0, 4.0),
    ("NZL", "TKL", -10.0, -173.0, -8.0, -171.0),
    ("AUS", "CXR", -11.0, 105.0, -10.0, 106.0),
    ("AUS", "CCK", -13.0, 96.0, -11.5, 97.5),
)


@dataclass(frozen=True)
class LandLink:
    """A bridge, causeway or tunnel between two units, or between two pieces of land of one."""

    a: str
    position_a: tuple[float, float]
    b: str
    position_b: tuple[float, float]
    name: str


@dataclass(frozen=True)
class UnitMap:
    """Polygons with their units.

    Attributes
    ----------
    topology
        The decoded outlines.
    unit
        Unit of each of ``topology.parts``; ``''`` for what belongs to none.
    land
        Number of the connected piece of land that each part is in; equal numbers can be driven between inside the unit.
    position
        Unit to (lat, lon) of its point.
    links
        Bridges, causeways and tunnels between units.
    """

    topology: Topology
    unit: tuple[str, ...]
    land: tuple[int, ...]
    position: Mapping[str, tuple[float, float]]
    links: tuple[LandLink, ...]

    def part_near(self, unit: str, lat: float, lon: float) -> int | None:
        """Return the index of the unit's polygon that holds a point or is nearest to it; None where it has none."""
        import shapely

        mine = [index for index, name in enumerate(self.unit) if name == unit]
        if not mine:
            return None
        far = shapely.distance([self.topology.parts[index].polygon for index in mine], shapely.Point(lon, lat))
        return mine[int(np.argmin(far))]


def load_units(border: str) -> UnitMap:
    """Return the units whose borders count: ``country`` (ISO 3166-1 alpha-3) or ``region`` (US, ISO 3166-2).

    Raises
    ------
    SettingError
        ``border`` is neither.
    AssetError
        The outlines are missing, or hold a feature that this version knows nothing about.
    """
    if border == "country":
        topology = load_topology("countries-10m.json", "countries")
        table = countries()
        named = _NAMED | dict(zip(table["numeric"].to_list(), table.index.to_list(), strict=True))
    elif border == "region":
        topology = load_topology("us-states-10m.json", "states")
        table = us_places()
        named = dict(us_fips()) | {"60": "US-AS"}
    else:
        raise SettingError(f"border is {border!r}; expected 'country' or 'region'")
    unknown = sorted({part.feature for part in topology.parts} - set(named))
    if unknown:
        raise AssetError(
            f"the outlines hold {', '.join(unknown)}, which this version of routegraph cannot place in a unit"
        )
    units = tuple(_own_code(named[part.feature], part.polygon.representative_point()) for part in topology.parts)
    points = zip(table["lat"].astype(float).to_list(), table["lon"].astype(float).to_list(), strict=True)
    position = dict(zip(table.index.to_list(), points, strict=True))
    links = _links()
    map_ = UnitMap(
        topology, units, tuple(range(len(units))), position, tuple(x for x in links if x.a != x.b and x.a in units)
    )
    return UnitMap(
        topology, units, _land(map_, [x for x in links if x.a == x.b and x.a in units]), position, map_.links
    )


def _own_code(unit: str, point: object) -> str:
    lon, lat = float(point.x), float(point.y)  # type: ignore[attr-defined]
    for state, code, south, west, north, east in _OWN_CODE:
        if unit == state and south <= lat <= north and west <= lon <= east:
            return code
    return unit


def _links() -> list[LandLink]:
    return [
        LandLink(
            row["a"],
            (float(row["lat_a"]), float(row["lon_a"])),
            row["b"],
            (float(row["lat_b"]), float(row["lon_b"])),
            row["name"],
        )
        for row in read_table("land_links.csv")
    ]


def _land(units: UnitMap, inside: list[LandLink]) -> tuple[int, ...]:
    """Return the number of each polygon's piece of land: those of a unit that touch, all but touch, or are bridged."""
    import shapely
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    polygons = np.array([part.polygon for part in units.topology.parts], dtype=object)
    names = np.array(units.unit, dtype=object)
    sizeable = shapely.area(polygons) >= STEPPING_STONE_DEGREES2
    ends: list[np.ndarray] = []
    for name in sorted({unit for unit in units.unit if unit}):
        mine = np.flatnonzero((names == name) & sizeable)
        if len(mine) > 1:
            near = shapely.STRtree(polygons[mine]).query(polygons[mine], predicate="dwithin", distance=JOINED_DEGREES)
            ends.append(mine[near])
    for link in inside:
        pair = [units.part_near(link.a, *link.position_a), units.part_near(link.b, *link.position_b)]
        ends.append(np.array(pair, dtype=int)[:, None])
    first, second = np.concatenate(ends, axis=1)
    graph = coo_array((np.ones(len(first)), (first, second)), shape=(len(polygons), len(polygons)))
    return tuple(int(label) for label in connected_components(graph, directed=False)[1])
