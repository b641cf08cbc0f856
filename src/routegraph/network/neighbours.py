"""Links that nobody stated: between places that border each other or lie near, by land and by sea."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from routegraph.places.borders import BorderMap
from routegraph.places.geodesy import distance_km

if TYPE_CHECKING:
    from collections.abc import Sequence

    from routegraph.places import Gazetteer

ENDS = ["origin", "destination"]
KEYS = [*ENDS, "mode"]

UNSTATED = "unknown"
"""Mode of a link of which no record or transit row states it."""

NEAREST, NEAREST_KM = 5, 600.0
"""A place is linked by road to so many nearest places of its own country and those that border it, so far away."""

SEA_NEAREST, SEA_KM = 8, 4000.0
"""A coastal place is linked by sea to so many nearest coastal places, so far away."""

_FINE_CELL, _COARSE_CELL = 0.1, 0.25
_WIDE = 60.0  # degrees: over a wider area the sea is taken in coarse cells, which takes a tenth of the time


def unknown_links(ends: Sequence[tuple[str, str]]) -> pd.DataFrame:
    """Return links of unstated mode, length and licit movement: origin, destination, mode, licit, distance_km."""
    table = pd.DataFrame(list(ends), columns=ENDS, dtype="str")
    return table.assign(mode=pd.Series(UNSTATED, index=table.index, dtype="str"), licit=np.nan, distance_km=np.nan)


def neighbour_links(
    places: pd.DataFrame, unlinked: pd.Index, *, gazetteer: Gazetteer, level: str, by_land: bool = False
) -> pd.DataFrame:
    """Return links both ways with an unlinked place at one end.

    By road: places that share a border (level country or region), or each place's nearest few within ``NEAREST_KM`` in
    its own country and those that border it (level place). By sea: the nearest few coastal places within ``SEA_KM``; a
    country or region is where that of its known places is that lies by the sea and nearest its middle.

    Parameters
    ----------
    places
        Indexed by place id: country, unit, lat, lon, kind.
    unlinked
        Ids of places for which links are wanted.
    gazetteer
        Where coastal places of countries and regions are looked up.
    level
        place, region or country.
    by_land
        Whether links by sea are for places without a link by road only.

    Returns
    -------
    pandas.DataFrame
        origin, destination, mode (road, sea), licit (NaN), distance_km (by sea; NaN on land).

    Notes
    -----
    Nothing says that anybody travels these links: they say what is near. A country's one place by the sea stands for
    all its coasts, so distances by sea between large countries are rough.
    """
    if not len(unlinked):
        return unknown_links([])
    land = _near(places) if level == "place" else _bordering(places, level=level)
    sea = _by_sea(places, gazetteer, level=level)
    if by_land:
        ashore = {*land["origin"], *land["destination"]}
        sea = sea[~sea["origin"].isin(ashore) | ~sea["destination"].isin(ashore)]
    there = pd.concat([land.assign(mode="road", distance_km=np.nan), sea.assign(mode="sea")], ignore_index=True)
    back = there.rename(columns={"origin": "destination", "destination": "origin"})
    links = pd.concat([there, back]).drop_duplicates(KEYS)
    links = links[links["origin"].isin(unlinked) | links["destination"].isin(unlinked)]
    table: pd.DataFrame = links.assign(licit=np.nan)[[*KEYS, "licit", "distance_km"]]
    return table


def _bordering(places: pd.DataFrame, *, level: str) -> pd.DataFrame:
    shared = BorderMap.load(level).adjacency
    shared = shared[shared["a"].isin(places.index) & shared["b"].isin(places.index)]
    return pd.DataFrame({"origin": shared["a"].astype("str"), "destination": shared["b"].astype("str")})


def _near(places: pd.DataFrame) -> pd.DataFrame:
    """Return each place's nearest places in its own country or one that borders it."""
    shared = BorderMap.load("country").adjacency
    countries = sorted({*places["country"]})
    number = pd.Series(np.arange(len(countries)), index=countries)
    joined = np.eye(len(countries), dtype=bool)
    shared = shared[shared["a"].isin(countries) & shared["b"].isin(countries)]
    a, b = number[shared["a"]].to_numpy(), number[shared["b"]].to_numpy()
    joined[a, b] = joined[b, a] = True
    country = number[places["country"]].to_numpy()
    lat, lon = places["lat"].to_numpy(np.float64), places["lon"].to_numpy(np.float64)
    far = np.nan_to_num(distance_km(lat[:, None], lon[:, None], lat, lon), nan=np.inf)
    far[~joined[country[:, None], country]] = np.inf
    np.fill_diagonal(far, np.inf)
    # Ties go to the place whose id comes first: places are sorted, and so is the order of a stable sort.
    nearest = np.argsort(np.round(far, 6), axis=1, kind="stable")[:, :NEAREST]
    start, end = np.repeat(np.arange(len(places)), nearest.shape[1]), nearest.ravel()
    kept = far[start, end] <= NEAREST_KM
    ids = places.index.to_numpy()
    return pd.DataFrame({"origin": ids[start[kept]], "destination": ids[end[kept]]}).astype("str")


def _by_sea(places: pd.DataFrame, gazetteer: Gazetteer, *, level: str) -> pd.DataFrame:
    from routegraph.places.sea_links import sea_links, window_around

    located = places[["lat", "lon"]].dropna()
    if level != "place":
        located = _harbours(places, gazetteer, level=level)
    if len(located) < 2:
        return pd.DataFrame({**{end: pd.Series(dtype="str") for end in ENDS}, "distance_km": pd.Series(dtype=float)})
    _, west, _, east = window_around(located.to_numpy(np.float64), margin_km=SEA_KM / 2)
    cell = _COARSE_CELL if (east - west) % 360 > _WIDE or east - west >= 360 else _FINE_CELL
    links = sea_links(located, most_km=SEA_KM, nearest=SEA_NEAREST, cell=cell)
    return links[[*ENDS, "distance_km"]]


def _harbours(places: pd.DataFrame, gazetteer: Gazetteer, *, level: str) -> pd.DataFrame:
    """Return for each country or region the known place in it by the sea that is nearest its middle: lat, lon."""
    from routegraph.places.sea_ways import SeaMap

    known = gazetteer.places[["country", "region", "kind", "lat", "lon"]].dropna()
    unit = known["country"]
    if level == "region":
        unit = known["region"].where(known["region"] != "", unit)
    known = known.assign(unit=unit)[unit.isin(places.index) & ~known["kind"].isin(["country", "region"])]
    known = known[np.isfinite(SeaMap.load(None, _COARSE_CELL).from_sea(known[["lat", "lon"]]))]
    middle = places[["lat", "lon"]].reindex(known["unit"])
    far = distance_km(known["lat"], known["lon"], middle["lat"].to_numpy(), middle["lon"].to_numpy())
    known = known.assign(far=np.nan_to_num(np.round(far, 6), nan=np.inf)).sort_index()
    nearest = known.sort_values(["unit", "far"], kind="stable").drop_duplicates("unit").set_index("unit")
    return nearest[["lat", "lon"]]
