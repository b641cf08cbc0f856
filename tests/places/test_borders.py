"""Who borders whom, which units a land way passes, and how many borders a leg crosses."""

from __future__ import annotations

from itertools import pairwise

import networkx as nx
import pandas as pd
import pytest
import shapely

from routegraph.errors import AssetError, SettingError
from routegraph.places import BorderMap
from routegraph.places.borders import SLIVER_KM
from routegraph.places.land_ways import LONGEST_DETOUR, LandWays
from routegraph.places.topojson import load_topology

# National Geographic Institute and CIA World Factbook both list these land neighbours.
NEIGHBOURS = {
    "THA": {"KHM", "LAO", "MMR", "MYS"},
    "LAO": {"CHN", "KHM", "MMR", "THA", "VNM"},
    "BRN": {"MYS"},
    "TLS": {"IDN"},
    "FRA": {"AND", "BEL", "CHE", "DEU", "ESP", "ITA", "LUX", "MCO", "GBR"},  # Britain by the tunnel
    "GUF": {"BRA", "SUR"},
    "US-NY": {"US-CT", "US-MA", "US-NJ", "US-PA", "US-VT"},
    "US-TN": {"US-AL", "US-AR", "US-GA", "US-KY", "US-MO", "US-MS", "US-NC", "US-VA"},
    "US-HI": set(),
    "PHL": set(),
}


@pytest.fixture(scope="module")
def countries() -> BorderMap:
    return BorderMap.load("country")


@pytest.fixture(scope="module")
def states() -> BorderMap:
    return BorderMap.load("region")


def map_of(unit: str) -> BorderMap:
    return BorderMap.load("region" if unit.startswith("US-") else "country")


@pytest.mark.parametrize("unit", sorted(NEIGHBOURS))
def test_neighbours_are_those_of_the_atlas(unit):
    assert set(map_of(unit).neighbours(unit)) == NEIGHBOURS[unit]


def test_states_have_all_107_pairs_that_share_a_border_on_land(states):
    # Other counts include borders that run in water only (Michigan with Illinois and Minnesota) and mere corners.
    table = states.adjacency
    assert len(table) == 107
    assert (table["a"] < table["b"]).all()
    assert ("US-AZ", "US-CO") not in set(zip(table["a"], table["b"], strict=True))  # they meet in a corner


def test_a_border_midpoint_lies_on_both_units(countries):
    table = countries.adjacency[countries.adjacency["kind"] == "border"]
    outlines = countries.polygons
    for row in table.itertuples():
        point = shapely.Point(row.lon, row.lat)
        assert shapely.distance(outlines[row.a], point) < 0.01
        assert shapely.distance(outlines[row.b], point) < 0.01


@pytest.mark.parametrize(
    ("a", "b", "published_km"), [("KHM", "THA", 817), ("CAN", "USA", 8893), ("LAO", "THA", 1845), ("ESP", "PRT", 1224)]
)
def test_border_lengths_are_near_the_published_ones(countries, a, b, published_km):
    # CIA World Factbook; a coarser outline is shorter, and Canada's includes lakes
    table = countries.adjacency.set_index(["a", "b"])["length_km"]
    assert table[a, b] == pytest.approx(published_km, rel=0.2)


def test_florida_to_new_york_goes_up_the_coast(states):
    path = states.path("US-FL", "US-NY")
    assert path[:5] == ("US-FL", "US-GA", "US-SC", "US-NC", "US-VA")
    assert path[-1] == "US-NY"
    assert len(path) <= 9


@pytest.mark.parametrize(
    ("a", "b", "passed"),
    [
        ("US-FL", "US-VA", ("US-FL", "US-GA", "US-SC", "US-NC", "US-VA")),
        ("US-GA", "US-NC", ("US-GA", "US-NC")),
        ("US-VA", "US-NY", ("US-VA", "US-MD", "US-DE", "US-NJ", "US-NY")),
        ("SGP", "THA", ("SGP", "MYS", "THA")),
        ("BHR", "KWT", ("BHR", "SAU", "KWT")),
        ("IRN", "BGR", ("IRN", "IRQ", "TUR", "BGR")),  # over the Bosporus, inside Türkiye
        ("DEU", "SWE", ("DEU", "DNK", "SWE")),  # over the Belts, inside Denmark
        ("ESP", "MAR", ("ESP", "MAR")),
        ("US-TX", "US-TX", ("US-TX",)),
    ],
)
def test_least_cost_way(a, b, passed):
    assert map_of(a).path(a, b) == passed


def test_georgia_to_new_york_keeps_the_order_of_the_pipeline(states):
    path = states.path("US-GA", "US-NY")
    places = [path.index(unit) for unit in ("US-GA", "US-SC", "US-NC", "US-VA", "US-NY")]
    assert places == sorted(places)


def test_thailand_to_viet_nam_passes_one_of_two(countries):
    assert countries.path("THA", "VNM") in {("THA", "LAO", "VNM"), ("THA", "KHM", "VNM")}


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("US-HI", "US-CA"),
        ("US-AK", "US-WA"),
        ("PHL", "MYS"),
        ("JPN", "KOR"),
        ("THA", "IDN"),  # Malaysia's two halves are not joined by land
        ("FRA", "BRA"),  # French Guiana is a unit of its own
        ("FRA", "MAR"),  # round the Mediterranean is no way
        ("THA", "ZZZ"),
    ],
)
def test_no_land_way_is_an_empty_path(a, b):
    assert map_of(a).path(a, b) == ()
    assert map_of(b if b != "ZZZ" else a).path(b, a) == ()


def test_a_way_does_not_pass_through_an_exclave_of_its_own_end(countries):
    path = countries.path("DEU", "RUS")
    assert path.count("RUS") == 1
    assert path[-1] == "RUS"


def test_every_step_of_a_path_is_between_neighbours(countries):
    for b in countries.units:
        path = countries.path("DEU", b)
        assert len(set(path)) == len(path)
        for before, after in pairwise(path):
            assert after in countries.neighbours(before)


def test_paths_of_a_column_are_the_paths_one_by_one_whatever_the_order(states):
    pairs = pd.DataFrame({"a": ["US-FL", "US-HI", "US-FL"], "b": ["US-NY", "US-CA", "US-ME"]}, index=[7, 3, 5])
    found = states.paths(pairs)
    assert list(found.index) == [7, 3, 5]
    assert list(found) == [states.path(a, b) for a, b in pairs.itertuples(index=False)]
    assert list(states.paths(pairs[::-1])) == list(found)[::-1]
    assert states.paths(pairs.iloc[:0]).empty
    fresh = LandWays.of(states._units)
    assert fresh.path("US-FL", "US-ME") == found[5]


def test_the_hop_count_over_state_centres_would_take_another_way(states):
    """The variant that must fail: fewest states, which is how a detour over centres comes about."""
    graph = nx.from_pandas_edgelist(states.adjacency, "a", "b")
    fewest = nx.shortest_path(graph, "US-FL", "US-NY")
    assert fewest[:5] != ["US-FL", "US-GA", "US-SC", "US-NC", "US-VA"]


def test_borders_of_a_leg_follow_its_mode(states, countries):
    legs = pd.DataFrame(
        [
            ("US-FL", "US-FL", "road", 0),
            ("US-FL", "US-GA", "road", 1),
            ("US-FL", "US-NY", "air", 1),
            ("US-FL", "US-NY", "post", 1),
            ("US-FL", "US-NY", "", 1),
            ("US-FL", "US-NY", "air; road", 1),
            ("US-FL", "US-NY", "road", 8),
            ("US-FL", "US-NY", "rail; road", 8),
            ("US-HI", "US-NY", "road", 1),
            ("", "US-NY", "road", 0),
        ],
        columns=["a", "b", "modes", "expected"],
        index=range(10, 20),
    )
    found = states.legs_borders(legs["a"], legs["b"], legs["modes"])
    assert found.to_dict() == legs["expected"].to_dict()
    assert found.dtype == "int64"
    ones = pd.Series(["THA"]), pd.Series(["VNM"]), pd.Series(["road"])
    assert countries.legs_borders(*ones).to_list() == [2]


def test_brunei_to_brunei_over_limbang_crosses_twice(countries):
    assert countries.crossings_on_line(4.8903, 114.9422, 4.7100, 115.0667) == 2


def test_the_bends_of_the_moei_are_no_crossings(countries):
    line = (16.5, 98.58, 17.1, 98.42)
    stretches = countries._stretches(*line)
    raw = sum(a[0] != b[0] for a, b in pairwise(stretches))
    assert min(km for _, km, _ in stretches) < SLIVER_KM
    assert countries.crossings_on_line(*line) < raw


def test_known_ends_win_over_the_outline(countries):
    mae_sot, myawaddy = (16.713, 98.570), (16.689, 98.508)
    assert countries.crossings_on_line(*mae_sot, *myawaddy, start="THA", end="MMR") == 1
    assert countries.crossings_on_line(*mae_sot, *myawaddy, start="THA", end="THA") == 0
    assert countries.crossings_on_line(13.75, 100.5, 21.03, 105.85, start="THA", end="VNM") == 2


def test_a_line_over_the_antimeridian_inside_russia_crosses_nothing(countries):
    assert countries.crossings_on_line(64.7, 177.5, 66.0, -170.0) == 0


def test_the_line_from_cambodia_to_thailand_and_back_is_the_same(countries):
    there, back = (11.56, 104.92, 13.75, 100.50), (13.75, 100.50, 11.56, 104.92)
    assert countries.crossings_on_line(*there) == countries.crossings_on_line(*back) == 1


def test_outlines_are_valid_and_within_the_map(countries):
    for unit, outline in countries.polygons.items():
        assert outline.is_valid, unit
        west, south, east, north = outline.bounds
        assert west >= -180.001
        assert east <= 180.001
        assert south >= -90
        assert north <= 90
    fiji, russia = countries.polygons["FJI"], countries.polygons["RUS"]
    assert fiji.area < 3
    assert russia.contains(shapely.Point(-172.0, 66.0))
    assert countries.polygons["ATA"].contains(shapely.Point(100.0, -89.0))


def test_units_are_iso_codes_and_disputed_reefs_are_in_none(countries):
    assert {"XKX", "TWN", "PSE", "ESH", "SJM", "GUF"} <= set(countries.units)
    assert "" not in countries.units
    assert all(len(unit) == 3 for unit in countries.units)


def test_the_detour_limit_is_what_stops_the_way_round_the_mediterranean(countries, monkeypatch):
    assert LONGEST_DETOUR == 3
    monkeypatch.setattr("routegraph.places.land_ways.LONGEST_DETOUR", 100.0)
    assert len(LandWays.of(countries._units).path("FRA", "MAR")) > 8


def test_an_unknown_border_setting_and_a_missing_outline_say_so():
    with pytest.raises(SettingError, match="'county'; expected 'country' or 'region'"):
        BorderMap.load("county")
    with pytest.raises(AssetError, match=r"counties-10m\.json is missing .*`pip install"):
        load_topology("counties-10m.json", "counties")
