"""What the records behind a leg add up to."""

from __future__ import annotations

import numpy as np
import pytest

from routegraph.network.aggregate import shortest

STEP = {"origin_place": "t-south", "seized_place": "m-west"}
LEG = ("t-south", "m-west")


def test_quantities_of_several_units_are_listed_never_added(network):
    legs = network(
        [
            {**STEP, "quantity": 3, "unit": "piece"},
            {**STEP, "quantity": 40.5, "unit": "round"},
            {**STEP, "quantity": 2, "unit": "piece"},
            {**STEP, "quantity": np.nan, "unit": "piece"},
        ]
    ).legs
    assert legs.loc[LEG, ["quantity_seized", "unit"]].tolist() == ["5; 40.5", "piece; round"]


def test_one_unit_in_two_families_stays_apart_and_says_so(network):
    legs = network(
        [{**STEP, "quantity": 3, "unit": "kg"}, {**STEP, "quantity": 4, "unit": "kg", "commodity": "drugs.cocaine"}]
    ).legs
    assert legs.loc[LEG, ["quantity_seized", "unit"]].tolist() == ["3; 4", "kg (arms); kg (drugs)"]


def test_quantity_that_was_only_bound_for_a_leg_is_not_seized_on_it(network):
    legs = network(
        [{"origin_place": "t-south", "seized_place": "m-west", "destination_place": "SGP", "quantity": 9, "unit": "kg"}]
    ).legs
    assert legs["quantity_seized"].to_dict() == {LEG: "9", ("m-west", "SGP"): ""}


def test_numbers_are_written_as_short_as_they_are_exact():
    assert [shortest(x) for x in (0.1 + 0.2, 12.0, 1e16, 0.000001, 1234567.25)] == [
        "0.3",
        "12",
        "10000000000000000",
        "1e-06",
        "1234567.25",
    ]


def test_commodity_is_the_common_prefix_of_each_family(network):
    rows = [{**STEP, "commodity": code} for code in ("drugs.cocaine.hcl", "drugs.cocaine.base", "arms.firearm.pistol")]
    graph = network(rows)
    assert graph.legs.loc[LEG, "commodity"] == "arms.firearm.pistol; drugs.cocaine"
    assert graph.routes.loc[0, "commodity"] == "arms.firearm.pistol; drugs.cocaine"


def test_modes_and_sources_are_distinct_and_sorted_and_blank_only_where_nothing_is_known(network):
    legs = network(
        [
            {**STEP, "mode": "sea", "source": "b"},
            {**STEP, "mode": "road", "source": "a"},
            {**STEP, "mode": "sea", "source": ""},
        ]
    ).legs
    assert legs.loc[LEG, ["modes", "sources"]].tolist() == ["road; sea", "a; b"]
    assert network([{**STEP, "source": ""}]).legs.loc[LEG, "sources"] == ""


@pytest.mark.parametrize(
    ("markings", "most"),
    [
        (["CLEAR", "GREEN"], "GREEN"),
        (["AMBER+STRICT", "AMBER"], "AMBER+STRICT"),
        (["RED", "CLEAR"], "RED"),
        (["CLEAR", "secret"], "RED"),
    ],
)
def test_marking_is_the_most_restrictive(network, markings, most):
    assert network([{**STEP, "tlp": one} for one in markings]).legs.loc[LEG, "tlp"] == most


def test_n_records_counts_those_that_name_both_ends_once_each(network):
    graph = network(
        [
            {"origin_place": "COL", "via_places": "ECU > COL > ECU", "seized_place": "PER"},
            {"origin_place": "COL", "via_places": "?", "seized_place": "ECU", "count": 10},
            {"origin_place": "ECU", "seized_place": "COL"},
        ]
    )
    leg = graph.legs.loc[("COL", "ECU")]
    assert (leg["n_records"], leg["seizures"], leg["travelled"], leg["inferred"]) == (2, 11, 1, 10)


def test_distance_is_the_great_circle(network):
    # Haversine by hand: 6371.0088 km, from 7.0 N 100.5 E to 6.5 N 100.4 E.
    a, b = np.radians([7.0, 100.5]), np.radians([6.5, 100.4])
    angle = np.arccos(np.sin(a[0]) * np.sin(b[0]) + np.cos(a[0]) * np.cos(b[0]) * np.cos(a[1] - b[1]))
    assert network([STEP]).legs.loc[LEG, "distance_km"] == pytest.approx(6371.0088 * angle, rel=1e-4)


def test_borders_crossed_within_between_beyond_and_through_the_air(network):
    rows = [
        {"origin_place": "t-north", "via_places": "t-south", "seized_place": "MYS"},
        {"origin_place": "PRT", "seized_place": "FRA"},
        {"origin_place": "IDN", "seized_place": "FRA", "mode": "air"},
        {"origin_place": "AUS", "seized_place": "NZL", "mode": "unknown"},
    ]
    crossed = network(rows).legs["borders_crossed"]
    assert crossed[("t-north", "t-south")] == 0
    assert crossed[("t-south", "MYS")] == 1
    assert crossed[("PRT", "FRA")] == 2, "over Spain"
    assert crossed[("IDN", "FRA")] == 1
    assert crossed[("AUS", "NZL")] == 1, "no way over land"


def test_licit_comes_from_transits_and_unknown_is_not_zero(network, movement):
    known = movement(
        [
            {"origin_place": "t-south", "destination_place": "m-west", "movements": 4},
            {"origin_place": "t-south", "destination_place": "m-west", "movements": 6},
            {"origin_place": "SGP", "destination_place": "m-west", "movements": 1},
        ]
    )
    graph = network([STEP, {"origin_place": "m-west", "seized_place": "t-south"}], transits=known)
    assert graph.legs["licit"].to_dict() == pytest.approx({LEG: 10.0, LEG[::-1]: np.nan}, nan_ok=True)
    assert graph.licit_measure == "movements"
    assert "SGP" in graph.places.index
    assert network([STEP]).legs["licit"].isna().all()


def test_periods_are_years_and_blank_where_dates_span_two(network):
    spans = [("2015-01-03", "2015-01-03"), ("2015-02-01", "2015-02-28"), ("2015-12-31", "2016-01-01"), (None, None)]
    graph = network([{**STEP, "date_from": a, "date_to": b, "count": 10**k} for k, (a, b) in enumerate(spans)])
    assert graph.periods.to_numpy().tolist() == [[0, "", 1100], [0, "2015", 11]]
