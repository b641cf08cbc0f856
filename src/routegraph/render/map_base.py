"""The base map under a case: Natural Earth, fine in the case's window, coarse around it, as packed rings and lines."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from routegraph.places.topojson import Rings, load_outlines, unrolled
from routegraph.render.map_borders import NOTE, contested, disputed_areas
from routegraph.render.map_pack import packed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import shapely

LATITUDE_LIMIT = 85.0
"""Web Mercator ends here."""
SMALLEST_WINDOW = 6.0
"""Degrees: a case of one place still shows where it is."""
WIDEST_SHIFTED = 200.0
"""Degrees: a wider case is drawn on the customary sheet, edge at 180, even where another would be a little narrower."""
STEPS_ACROSS = 6000
"""The coast is simplified to this fraction of the window's longer side."""


@dataclass(frozen=True)
class Window:
    """What a case covers, in degrees; ``west`` and ``east`` may pass 180, around the meridian ``centre``."""

    west: float
    south: float
    east: float
    north: float
    centre: float

    def grown(self, share: float, *, aspect: float = 0.0) -> Window:
        """Return the window widened by a share of its size on each side, to at least the aspect where one is given."""
        wide, high = self.east - self.west, self.north - self.south
        more = max(share * wide, (aspect * high - wide) / 2 if aspect else 0.0)
        taller = max(share * high, (wide / aspect - high) / 2 if aspect else 0.0)
        return Window(
            max(self.west - more, self.centre - 180),
            max(self.south - taller, -LATITUDE_LIMIT),
            min(self.east + more, self.centre + 180),
            min(self.north + taller, LATITUDE_LIMIT),
            self.centre,
        )


@dataclass(frozen=True)
class Topology:
    """A decoded TopoJSON file: arcs as coordinates, and for each area its name and its rings of arc numbers.

    ``uses`` says how many areas an arc bounds (two: a border, whose areas are in ``between``; one: a coast); ``boxes``
    (of arcs) and ``polygon_boxes`` (of each area's polygons) hold west, south, east, north.
    """

    arcs: tuple[np.ndarray, ...]
    names: tuple[str, ...]
    polygons: tuple[tuple[Rings, ...], ...]
    uses: np.ndarray
    between: Mapping[int, frozenset[str]]
    boxes: np.ndarray
    polygon_boxes: tuple[np.ndarray, ...]


@dataclass(frozen=True)
class Layer:
    """One topology cut to a window: land of the case and other land, coasts, shared and disputed borders, labels."""

    focus: np.ndarray
    other: np.ndarray
    coasts: np.ndarray
    borders: np.ndarray
    contested: np.ndarray
    names: list[list[object]]


def case_window(lat: np.ndarray, lon: np.ndarray) -> Window:
    """Return the smallest window around the places, over the antimeridian where that is the shorter way round.

    Parameters
    ----------
    lat, lon
        Degrees, finite; may be empty, which gives the whole world.
    """
    if not len(lat):
        return Window(-180.0, -60.0, 180.0, 80.0, 0.0)
    ordered = np.unique(np.round(lon, 6))
    gaps = np.diff(np.append(ordered, ordered[0] + 360))
    widest = int(np.argmax(gaps))
    west, span = float(ordered[(widest + 1) % len(ordered)]), 360.0 - float(gaps[widest])
    crosses = west + span > 180.0
    # Kept at zero for every case that stays on one side, so that ordinary maps keep ordinary longitudes.
    centre = float(np.round(west + span / 2)) if crosses and span < WIDEST_SHIFTED else 0.0
    if not crosses or span >= WIDEST_SHIFTED:
        west, span = float(ordered[0]), float(ordered[-1] - ordered[0])
    south, north = float(np.clip(lat.min(), -80, 84)), float(np.clip(lat.max(), -80, 84))
    short = max(0.0, SMALLEST_WINDOW - span) / 2
    low = max(0.0, SMALLEST_WINDOW - (north - south)) / 2
    return Window(west - short, max(south - low, -84.0), west + span + short, min(north + low, 84.0), centre)


def base_map(window: Window, *, lat: np.ndarray, lon: np.ndarray, border: str) -> dict[str, object]:
    """Return the base map of a case as plain data for the page.

    Parameters
    ----------
    window
        The case's window; what is drawn finely reaches beyond it, so that panning a little stays fine.
    lat, lon
        Positions of the places: the countries under them are drawn as the case's own.
    border
        ``region`` adds the borders of the states of the USA.

    Returns
    -------
    dict
        ``focus`` and ``other`` (land as rings), ``coasts``, ``borders``, ``contested``, ``regions`` (lines), ``names``
        (label, lon, lat, size in degrees), ``note`` and ``disputed`` (what to say of borders). Each set of rings or
        lines is quantised to 16 bits in its own box.

    Notes
    -----
    Natural Earth shows boundaries as they are held in fact; it takes no side, and neither does the map.
    """
    import shapely

    fine = window.grown(0.25, aspect=1.9)
    whole = Window(window.centre - 180, -LATITUDE_LIMIT, window.centre + 180, LATITUDE_LIMIT, window.centre)
    step = max(fine.east - fine.west, fine.north - fine.south) / STEPS_ACROSS
    points = shapely.points(_about(lon, window.centre), lat)
    hole = shapely.box(fine.west, fine.south, fine.east, fine.north)
    near = _layer(topology("countries-10m.json", "countries"), fine, step=step, points=points)
    far = _layer(topology("countries-110m.json", "countries"), whole, step=0.0, points=points)
    drawn: dict[str, object] = {"names": near.names, "regions": [], "note": NOTE, "disputed": disputed_areas(window)}
    for key in ("focus", "other", "coasts", "borders", "contested"):
        beyond = shapely.difference(getattr(far, key), hole)
        rings = key in {"focus", "other"}
        drawn[key] = [_quantised(getattr(near, key), fine, rings=rings), _quantised(beyond, whole, rings=rings)]
    if border == "region":
        states = _layer(topology("us-states-10m.json", "states"), fine, step=step, points=points)
        drawn["regions"] = [_quantised(states.borders, fine, rings=False)]
    return drawn


@lru_cache(maxsize=4)
def topology(file: str, layer: str) -> Topology:
    """Return one of the bundled outlines with the boxes and uses that cutting it needs.

    Raises
    ------
    AssetError
        Where the installation was made without building the base maps.
    """
    source = load_outlines(file, layer)
    arcs, polygons = tuple(unrolled(arc) for arc in source.arcs), source.polygons
    uses = np.zeros(len(arcs), dtype=np.int64)
    sides: dict[int, set[str]] = {}
    for name, area in zip(source.names, polygons, strict=True):
        own = sorted(_numbers(area))
        uses[own] += 1
        for number in own:
            sides.setdefault(number, set()).add(name)
    between = {number: frozenset(names) for number, names in sides.items() if len(names) == 2}
    boxes = np.array([[*arc.min(axis=0), *arc.max(axis=0)] for arc in arcs])
    polygon_boxes = tuple(
        np.array([_around(boxes[sorted(_numbers([polygon]))]) for polygon in area]).reshape(-1, 4) for area in polygons
    )
    return Topology(arcs, source.names, polygons, uses, between, boxes, polygon_boxes)


def _around(boxes: np.ndarray) -> np.ndarray:
    return np.array([*boxes[:, :2].min(axis=0), *boxes[:, 2:].max(axis=0)])


def _about(lon: np.ndarray, centre: float) -> np.ndarray:
    """Return longitudes within 180 degrees of the centre."""
    return (lon - centre + 180.0) % 360.0 - 180.0 + centre


def _layer(source: Topology, window: Window, *, step: float, points: np.ndarray) -> Layer:
    """Cut one topology to a window: land under the points, other land, coasts, shared borders and labels."""
    import shapely

    near = _near(source.boxes, window)
    kept = [
        [polygon for polygon, wanted in zip(area, _near(boxes, window), strict=True) if wanted]
        for area, boxes in zip(source.polygons, source.polygon_boxes, strict=True)
    ]
    drawn = np.flatnonzero(near & (source.uses > 0)).tolist()
    needed = sorted({*drawn, *_numbers(polygon for area in kept for polygon in area)})
    arcs = dict(zip(needed, _simplified([source.arcs[number] for number in needed], step), strict=True))
    lands = _clipped(np.array([_area(area, arcs, step=step) for area in kept], dtype=object), window)
    present = ~shapely.is_empty(lands)
    own = np.zeros(len(lands), dtype=bool)
    if len(points) and present.any():
        own[shapely.STRtree(lands).query(points, predicate="intersects")[1]] = True
    lines = _clipped(np.array([_open(arcs[number]) for number in drawn], dtype=object), window)
    shared = source.uses[drawn] > 1
    pairs = [source.between.get(drawn[k], frozenset()) for k in np.flatnonzero(shared)]
    plain, disputed = contested(lines[shared], pairs)
    return Layer(
        lands[own & present], lands[~own & present], lines[~shared], plain, disputed, _labels(lands, source.names)
    )


def _numbers(polygons: Iterable[Rings]) -> set[int]:
    """Return the arcs that polygons are made of, whichever way round they run."""
    return {number if number >= 0 else ~number for polygon in polygons for ring in polygon for number in ring}


def _near(boxes: np.ndarray, window: Window) -> np.ndarray:
    """Tell which boxes touch the window, one turn of the globe to either side included."""
    turns = np.array([-360.0, 0.0, 360.0])
    across = (boxes[:, [0]] + turns < window.east) & (boxes[:, [2]] + turns > window.west)
    near: np.ndarray = across.any(axis=1) & (boxes[:, 1] < window.north) & (boxes[:, 3] > window.south)
    return near


def _simplified(arcs: Sequence[np.ndarray], step: float) -> list[np.ndarray]:
    """Simplify arcs one by one, so that neighbours keep sharing them; a closed arc keeps its area."""
    import shapely

    if not step or not arcs:
        return list(arcs)
    sizes = [len(arc) for arc in arcs]
    lines = shapely.linestrings(np.concatenate(arcs), indices=np.repeat(np.arange(len(arcs)), sizes))
    simple = shapely.simplify(lines, step, preserve_topology=True)
    ends = np.cumsum(shapely.get_num_coordinates(simple))[:-1]
    return np.split(shapely.get_coordinates(simple), ends)


def _area(area: Sequence[Rings], arcs: Mapping[int, np.ndarray], *, step: float) -> shapely.Geometry:
    """Assemble the polygons of one country; islets smaller than a step go, unless the country is nothing else."""
    import shapely

    shapes = []
    for polygon in area:
        rings = [_ring(ring, arcs) for ring in polygon]
        rings = [ring for ring in rings if len(ring) >= 4]
        if rings:
            shapes.append(shapely.Polygon(rings[0], rings[1:]))
    if not shapes:
        return shapely.Polygon()
    sizes = shapely.area(shapes)
    kept = [shape for shape, size in zip(shapes, sizes, strict=True) if size >= step * step or size == sizes.max()]
    return shapely.make_valid(shapely.MultiPolygon(kept))


def _ring(numbers: Sequence[int], arcs: Mapping[int, np.ndarray]) -> np.ndarray:
    parts = [arcs[number] if number >= 0 else arcs[~number][::-1] for number in numbers]
    ring = unrolled(np.concatenate([parts[0], *(part[1:] for part in parts[1:])]))
    if abs(ring[-1, 0] - ring[0, 0]) > 180.0:
        # It runs round the pole (Antarctica): closed along the lower edge of the sheet.
        ring = np.vstack([ring, [ring[-1, 0], -90.0], [ring[0, 0], -90.0], ring[0]])
    return ring


def _open(arc: np.ndarray) -> shapely.Geometry:
    """Return an arc as lines, without the edge of the sheet at the pole, which is no coast."""
    import shapely

    edge = arc[:, 1] < -89.9
    cut = edge[1:] & edge[:-1]
    if not cut.any():
        return shapely.LineString(arc)
    pieces = np.split(arc, np.flatnonzero(cut) + 1)
    return shapely.MultiLineString([piece for piece in pieces if len(piece) > 1])


def _clipped(shapes: np.ndarray, window: Window) -> np.ndarray:
    """Cut shapes to the window, looking for them one turn of the globe to either side as well."""
    import shapely

    box = (window.west, window.south, window.east, window.north)
    found = np.full(len(shapes), shapely.GeometryCollection(), dtype=object)
    bounds = shapely.bounds(shapes)
    for turn in (-360.0, 0.0, 360.0):
        near = np.flatnonzero((bounds[:, 0] + turn < window.east) & (bounds[:, 2] + turn > window.west))
        moved = shapely.transform(shapes[near], lambda xy, by=turn: xy + np.array([by, 0.0]))
        cut = shapely.clip_by_rect(moved, *box)
        seen = ~shapely.is_empty(cut)
        near, cut = near[seen], cut[seen]
        again = ~shapely.is_empty(found[near])
        found[near[again]] = shapely.union(found[near[again]], cut[again])
        found[near[~again]] = cut[~again]
    return found


def _labels(lands: np.ndarray, names: Sequence[str]) -> list[list[object]]:
    """Return name, longitude, latitude and size of each country in the window, largest first."""
    import shapely

    found: list[list[object]] = []
    for land, name in zip(lands, names, strict=True):
        parts = [part for part in shapely.get_parts(land) if part.geom_type == "Polygon"]
        if name and parts:
            largest = max(parts, key=lambda part: part.area)
            point = largest.representative_point()
            found.append([name, round(point.x, 3), round(point.y, 3), round(float(largest.area) ** 0.5, 2)])
    return sorted(found, key=lambda label: (-float(str(label[3])), str(label[0])))


def _quantised(shapes: np.ndarray, window: Window, *, rings: bool) -> dict[str, object]:
    """Pack rings or lines as 16-bit steps in the window's box."""
    import shapely

    parts = shapely.get_parts(shapely.get_parts(shapes))
    wanted = 3 if rings else 1
    parts = parts[shapely.get_type_id(parts) == wanted]
    lines = shapely.get_rings(parts) if rings else parts
    xy = shapely.get_coordinates(lines)
    corner = np.array([window.west, window.south])
    size = np.array([window.east - window.west, window.north - window.south])
    steps = np.clip(np.round((xy - corner) / size * 65535), 0, 65535).astype(np.int64)
    return {
        "box": [window.west, window.south, window.east, window.north],
        "lengths": packed(shapely.get_num_coordinates(lines)),
        "xy": packed(steps.ravel()),
    }
