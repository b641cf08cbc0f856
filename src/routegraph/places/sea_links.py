"""Which coastal places are near each other by sea."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from routegraph.errors import SettingError
from routegraph.places.geodesy import EARTH_RADIUS_KM, distance_km
from routegraph.places.sea_graph import unit_vectors
from routegraph.places.sea_mask import Window
from routegraph.places.sea_ways import ASHORE_KM, SeaMap

MOST_AT_ONCE = 8_000_000
"""Distances held in memory at a time while many origins are searched (64 MB)."""

SHORTEST_REACH_KM = 50.0
"""A search for the nearest few starts no narrower than this."""

_KM_PER_DEGREE = float(np.radians(1.0) * EARTH_RADIUS_KM)


def sea_links(
    places: pd.DataFrame,
    *,
    most_km: float,
    nearest: int | None = None,
    ashore_km: float = ASHORE_KM,
    cell: float = 0.1,
    sea: SeaMap | None = None,
) -> pd.DataFrame:
    """Return pairs of places that are neighbours by sea.

    Parameters
    ----------
    places
        Index of place ids, each once; columns lat and lon in degrees. Places without a position or far from the sea are
        in no pair.
    most_km
        Longest way by sea, km.
    nearest
        Keep a pair only where one of the two is among this many nearest of the other; None keeps all.
    ashore_km
        Places farther than this from the sea are left out; at most ``ASHORE_KM``.
    cell
        Side of the mask's cells, degrees.
    sea
        A map to use instead of one made for these places (its window then decides which ways are known).

    Returns
    -------
    pandas.DataFrame
        origin, destination, distance_km (rounded to the metre): every pair in both directions with the same distance,
        sorted by (origin, destination), default index. It does not depend on the order of ``places``.

    Raises
    ------
    SettingError
        An id comes twice, or a limit is out of its range.

    Notes
    -----
    The map's window reaches half of ``most_km`` beyond the places, so that no way within the limit leaves it. With
    ``nearest``, each origin is searched only as far as it takes: half as far again as the great circle to the last of
    them, then wider by doubling; without, all are searched to ``most_km``. Two places that moor at one node have the
    straight line between them.
    """
    _check(places, most_km=most_km, nearest=nearest, ashore_km=ashore_km)
    table = places.sort_index()[["lat", "lon"]].astype(float).dropna()
    where = table.to_numpy()
    if len(where) > 1 and sea is None:
        sea = SeaMap.load(window_around(where, margin_km=most_km / 2 + ASHORE_KM), cell)
    if len(where) < 2 or sea is None:
        return _frame(table.index, np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0))
    node, km = sea.moorings(where)
    coastal = km <= ashore_km
    table, where, node, km = table[coastal], where[coastal], node[coastal], km[coastal]
    found = _within(sea, where, node, km, most_km=most_km, nearest=nearest)
    return _frame(table.index, *found)


def _check(places: pd.DataFrame, *, most_km: float, nearest: int | None, ashore_km: float) -> None:
    if not places.index.is_unique:
        raise SettingError("places: an id comes twice; expected each place id once")
    if not 0 < most_km < np.inf or (nearest is not None and nearest < 1) or not 0 < ashore_km <= ASHORE_KM:
        raise SettingError(
            f"most_km is {most_km}, nearest {nearest}, ashore_km {ashore_km}; "
            f"expected a length, at least 1 or None, and above 0 to {ASHORE_KM:g}"
        )


def window_around(where: npt.NDArray[np.float64], *, margin_km: float) -> Window:
    """Return the narrowest window that holds places (n, 2) of lat and lon, with a margin on every side.

    The antimeridian is an edge like any other: the window leaves out the widest gap of longitude between the places.
    """
    south, north = (float(edge) for edge in (where[:, 0].min(), where[:, 0].max()))
    high = margin_km / _KM_PER_DEGREE
    south, north = max(south - high, -90.0), min(north + high, 90.0)
    shrunk = np.cos(np.radians(min(max(abs(south), abs(north)), 89.0)))
    wide = high / shrunk
    lon = np.unique(where[:, 1] % 360)
    gaps = np.diff(np.append(lon, lon[0] + 360))
    widest = int(np.argmax(gaps))
    if gaps[widest] <= 2 * wide + 1:
        return south, -180.0, north, 180.0
    west = float(lon[(widest + 1) % len(lon)] - wide)
    span = 360 - float(gaps[widest]) + 2 * wide
    west = (west + 180) % 360 - 180
    return south, west, north, west + span


def _within(
    sea: SeaMap,
    where: npt.NDArray[np.float64],
    node: npt.NDArray[np.int64],
    km: npt.NDArray[np.float64],
    *,
    most_km: float,
    nearest: int | None,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Return origins, destinations and km of all links, as rows of ``where``, one row for each direction found."""
    from scipy.spatial import KDTree

    count = len(where)
    reach = np.full(count, most_km)
    if nearest is not None and count > nearest:
        chord = KDTree(unit_vectors(where)).query(unit_vectors(where), k=[nearest + 1])[0][:, 0]
        reach = 1.5 * EARTH_RADIUS_KM * chord + SHORTEST_REACH_KM
    # A few limits shared by many origins, so that they are searched together.
    steps = np.maximum(np.ceil(np.log2(most_km / np.clip(reach, most_km / 4096, most_km)) - 1), 0).astype(np.int64)
    origins: list[npt.NDArray[np.int64]] = []
    others: list[npt.NDArray[np.int64]] = []
    lengths: list[npt.NDArray[np.float64]] = []
    for step in range(int(steps.max(initial=0)), -1, -1):
        limit = most_km / 2.0**step
        asked = np.flatnonzero(steps == step)
        per_search = max(MOST_AT_ONCE // max(len(sea.positions), 1), 1)
        for part in np.array_split(asked, max(-(-len(asked) // per_search), 1)):
            if not len(part):
                continue
            far = _searched(sea, where, node, km, part=part, limit=limit)
            far[np.arange(len(part)), part] = np.inf
            short = np.zeros(len(part), dtype=bool)
            if nearest is not None:
                order = np.argsort(far, axis=1, kind="stable")[:, :nearest]  # a tie goes to the first id
                kept = np.zeros(far.shape, dtype=bool)
                np.put_along_axis(kept, order, values=True, axis=1)
                short = (np.isfinite(far).sum(axis=1) < min(nearest, count - 1)) & (step > 0)
                far = np.where(kept, far, np.inf)
            steps[part[short]] = step - 1
            row, column = np.nonzero(np.isfinite(far) & ~short[:, None])
            origins.append(part[row])
            others.append(column)
            lengths.append(far[row, column])
    if not origins:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0)
    return np.concatenate(origins), np.concatenate(others), np.concatenate(lengths)


def _searched(
    sea: SeaMap,
    where: npt.NDArray[np.float64],
    node: npt.NDArray[np.int64],
    km: npt.NDArray[np.float64],
    *,
    part: npt.NDArray[np.int64],
    limit: float,
) -> npt.NDArray[np.float64]:
    """Return km to the metre from some places to all, inf beyond the limit; shape (part, places)."""
    from scipy.sparse.csgraph import dijkstra

    starts, which = np.unique(node[part], return_inverse=True)
    reached = np.atleast_2d(dijkstra(sea.graph, indices=starts, limit=limit))[:, node][which]
    same = node[part][:, None] == node[None, :]
    straight = distance_km(where[part][:, None, 0], where[part][:, None, 1], where[None, :, 0], where[None, :, 1])
    far = np.where(same, straight, reached + km[part][:, None] + km[None, :])
    return np.asarray(np.where(far <= limit, np.round(far, 3), np.inf), dtype=np.float64)


def _frame(
    ids: pd.Index, origin: npt.NDArray[np.int64], other: npt.NDArray[np.int64], km: npt.NDArray[np.float64]
) -> pd.DataFrame:
    """Return links both ways with one distance, the shorter where rounding made two."""
    pairs = pd.DataFrame({"low": np.minimum(origin, other), "high": np.maximum(origin, other), "distance_km": km})
    once = pairs.groupby(["low", "high"], as_index=False)["distance_km"].min()
    low, high, length = (once[column].to_numpy() for column in ("low", "high", "distance_km"))
    table = pd.DataFrame(
        {"a": np.concatenate([low, high]), "b": np.concatenate([high, low]), "distance_km": np.tile(length, 2)}
    ).sort_values(["a", "b"], ignore_index=True)
    names = ids.to_numpy(dtype=object)
    return pd.DataFrame(
        {
            "origin": pd.Series(names[table["a"].to_numpy(dtype=np.int64)], dtype="str"),
            "destination": pd.Series(names[table["b"].to_numpy(dtype=np.int64)], dtype="str"),
            "distance_km": table["distance_km"].to_numpy(dtype=float),
        }
    )
