"""Distances and great circles on a sphere of the earth's mean radius; positions are WGS84 decimal degrees."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the earth (IUGG 1980: (2a + b) / 3); the sphere is within 0.6 % of the ellipsoid."""

HALF_TURN = 180.0 + 1e-9
"""A line over a pole turns by 180 degrees of longitude, but for rounding; more is a leap across longitude 180."""

_ANTIPODE_GAP = 1e-8  # in earth radii: within six centimetres of the antipode no way is the shortest


def distance_km(
    lat1: npt.ArrayLike, lon1: npt.ArrayLike, lat2: npt.ArrayLike, lon2: npt.ArrayLike
) -> npt.NDArray[np.float64]:
    """Return great-circle distances in km, by the haversine formula, which keeps its precision at short distances.

    Parameters
    ----------
    lat1, lon1, lat2, lon2
        Degrees; numbers or arrays that broadcast together. NaN gives NaN.

    Returns
    -------
    numpy.ndarray
        Distances of the broadcast shape (zero-dimensional for four numbers), 0 to 20,015 km.

    References
    ----------
    Sinnott, R. W. (1984), Virtues of the haversine, Sky and Telescope 68(2), 159.
    """
    phi1, lambda1, phi2, lambda2 = (np.radians(np.asarray(angle, dtype=float)) for angle in (lat1, lon1, lat2, lon2))
    chord = np.sin((phi2 - phi1) / 2) ** 2 + np.cos(phi1) * np.cos(phi2) * np.sin((lambda2 - lambda1) / 2) ** 2
    return np.asarray(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(chord, 0.0, 1.0))))


def great_circle(
    lat1: float, lon1: float, lat2: float, lon2: float, *, step_km: float = 100.0
) -> list[npt.NDArray[np.float64]]:
    """Return the shortest way between two points as line segments that never cross the antimeridian.

    Parameters
    ----------
    lat1, lon1, lat2, lon2
        Ends, in degrees.
    step_km
        Longest distance between neighbouring points of the line, above 0.

    Returns
    -------
    list of numpy.ndarray
        Arrays of shape (n, 2), n >= 2, of lat and lon in the order of travel. One array, or two where the line crosses
        longitude 180: the first then ends and the second begins on it, at the same latitude, with opposite sign of 180.

    Notes
    -----
    Antipodes have no one shortest way: the line goes over the north pole, so that it is the same every time. A line of
    no length is the same point twice.
    """
    start, end = _unit_vector(lat1, lon1), _unit_vector(lat2, lon2)
    angle = float(distance_km(lat1, lon1, lat2, lon2)) / EARTH_RADIUS_KM
    count = max(int(np.ceil(angle * EARTH_RADIUS_KM / step_km)), 1) + 1
    if float(np.linalg.norm(start + end)) < _ANTIPODE_GAP:
        towards = _towards_pole(lat1, lon1)
    else:
        towards = end - start * np.dot(start, end)
        length = float(np.linalg.norm(towards))
        if length < 1e-15:
            return _split_at_antimeridian(np.array([[lat1, lon1], [lat2, lon2]], dtype=float))
        towards = towards / length
    turn = np.linspace(0.0, angle, count)[:, None]
    points = np.cos(turn) * start + np.sin(turn) * towards
    lat = np.degrees(np.arctan2(points[:, 2], np.hypot(points[:, 0], points[:, 1])))
    lon = np.degrees(np.arctan2(points[:, 1], points[:, 0]))
    line = np.column_stack([lat, lon])
    line[0], line[-1] = (lat1, lon1), (lat2, lon2)
    return _split_at_antimeridian(line)


def _unit_vector(lat: float, lon: float) -> npt.NDArray[np.float64]:
    phi, lam = np.radians(lat), np.radians(lon)
    return np.array([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)])


def _towards_pole(lat: float, lon: float) -> npt.NDArray[np.float64]:
    """Return the direction of north at a point (at a pole: along its own meridian away from it)."""
    phi, lam = np.radians(lat), np.radians(lon)
    return np.array([-np.sin(phi) * np.cos(lam), -np.sin(phi) * np.sin(lam), np.cos(phi)])


def _latitude_at_antimeridian(before: npt.NDArray[np.float64], after: npt.NDArray[np.float64]) -> float:
    """Return where the great circle between two near points meets longitude 180: exact, also right by a pole."""
    start, end = _unit_vector(*before), _unit_vector(*after)
    x, _, z = np.cross(start, end)
    if np.hypot(x, z) < _ANTIPODE_GAP**2:
        return float(before[0])  # one point under two longitudes, as a pole has
    lat = float(np.degrees(np.arctan2(np.copysign(x, x * z), abs(z))))
    # over a pole both poles meet the condition, and rounding picks one of them
    return lat if np.dot(_unit_vector(lat, 180.0), start + end) >= 0 else -lat


def _split_at_antimeridian(line: npt.NDArray[np.float64]) -> list[npt.NDArray[np.float64]]:
    """Cut a line where it steps across longitude 180, with a point of its own on either side of the cut."""
    line = line.copy()
    for point in np.flatnonzero(np.abs(line[:, 1]) >= 180.0 - 1e-12):  # 180 and -180 are one: take the neighbour's side
        line[point, 1] = np.copysign(180.0, line[point - 1 if point else 1, 1])
    turned = np.unwrap(line[:, 1], period=360.0)
    leaps = np.flatnonzero(np.abs(np.diff(line[:, 1])) > HALF_TURN)
    if not len(leaps):
        return [line]
    pieces: list[npt.NDArray[np.float64]] = []
    begin = 0
    head = np.empty((0, 2))
    for leap in leaps:
        west_to_east = turned[leap + 1] > turned[leap]
        edge = 180.0 if west_to_east else -180.0
        lat = _latitude_at_antimeridian(line[leap], line[leap + 1])
        pieces.append(np.vstack([head, line[begin : leap + 1], [lat, edge]]))
        head, begin = np.array([[lat, -edge]]), int(leap) + 1
    pieces.append(np.vstack([head, line[begin:]]))
    long_enough = [piece for piece in pieces if np.ptp(piece, axis=0).any()]  # an end on the edge leaves a mere point
    return long_enough or pieces[:1]
