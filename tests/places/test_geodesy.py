"""Distances and great circles against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routegraph.places import distance_km, great_circle
from routegraph.places.geodesy import EARTH_RADIUS_KM, HALF_TURN

lats, lons = st.floats(-90, 90), st.floats(-180, 180)


def test_distances_equal_closed_forms():
    quarter = np.pi / 2 * EARTH_RADIUS_KM
    assert distance_km(0, 0, 0, 90) == pytest.approx(quarter)
    assert distance_km(0, 30, 90, -100) == pytest.approx(quarter)
    assert distance_km(0, 0, 0, 180) == pytest.approx(2 * quarter)
    assert distance_km(60, 0, 60, 180) == pytest.approx(2 * quarter * 60 / 180)  # over the pole, not along the parallel
    assert distance_km(0, 179.5, 0, -179.5) == pytest.approx(quarter / 90)
    # Spherical law of cosines, another formula, on New York to London.
    phi1, phi2, turn = np.radians([40.7, 51.5, 73.9])
    expected = EARTH_RADIUS_KM * np.arccos(np.sin(phi1) * np.sin(phi2) + np.cos(phi1) * np.cos(phi2) * np.cos(turn))
    assert distance_km(40.7, -74.0, 51.5, -0.1) == pytest.approx(expected)


def test_short_distances_keep_their_precision():
    one_metre = np.degrees(0.001 / EARTH_RADIUS_KM)
    assert distance_km(16.7, 98.5, 16.7 + one_metre, 98.5) == pytest.approx(0.001, rel=1e-6)


def test_distances_broadcast_and_missing_stays_missing():
    found = distance_km(np.array([0.0, np.nan]), 0.0, 0.0, np.array([[0.0], [90.0]]))
    assert found.shape == (2, 2)
    assert np.isnan(found[:, 1]).all()
    assert found[0, 0] == 0


@settings(deadline=None, max_examples=60)
@given(lats, lons, lats, lons)
def test_distance_is_symmetric_and_at_most_half_the_globe(lat1, lon1, lat2, lon2):
    there, back = distance_km(lat1, lon1, lat2, lon2), distance_km(lat2, lon2, lat1, lon1)
    assert there == pytest.approx(float(back), abs=1e-6)
    assert 0 <= there <= np.pi * EARTH_RADIUS_KM + 1e-6


@settings(deadline=None, max_examples=60)
@given(lats, lons, lats, lons)
def test_great_circle_runs_from_end_to_end_and_is_no_longer_than_the_distance(lat1, lon1, lat2, lon2):
    pieces = great_circle(lat1, lon1, lat2, lon2, step_km=500)
    assert tuple(pieces[0][0]) == pytest.approx((lat1, lon1), abs=1e-6) or abs(abs(lon1) - 180) < 1e-6
    assert tuple(pieces[-1][-1]) == pytest.approx((lat2, lon2), abs=1e-6) or abs(abs(lon2) - 180) < 1e-6
    length = sum(distance_km(p[:-1, 0], p[:-1, 1], p[1:, 0], p[1:, 1]).sum() for p in pieces)
    assert length == pytest.approx(float(distance_km(lat1, lon1, lat2, lon2)), rel=1e-6, abs=1e-3)
    for piece in pieces:
        assert piece.shape[1] == 2
        assert len(piece) >= 2
        assert np.abs(np.diff(piece[:, 1])).max() <= HALF_TURN
        assert np.abs(piece[:, 0]).max() <= 90
        assert np.abs(piece[:, 1]).max() <= 180


@pytest.mark.parametrize(
    "ends",
    [
        (90, 179, 90, -2),
        (-90, 10, -90, 10),
        (10, 180, 10, -180),
        (0, 0, 0, -180),
        (5, -180, 60, 170),
        (0, 84, 1, -96),
        (0, -96, 1, 84),
        (-50, 84, -60, -96.001),  # 250 km too long when cut where a straight line meets longitude 180
        (60, 100, 61, -79.999),
        (-70, 30, -71, -150),
        (80, 179, 81, -2),
        (5, 170, -8, -160),
    ],
)
def test_a_line_by_a_pole_or_the_antimeridian_is_as_long_as_the_distance_and_never_leaps(ends):
    pieces = great_circle(*ends, step_km=500)
    length = sum(distance_km(p[:-1, 0], p[:-1, 1], p[1:, 0], p[1:, 1]).sum() for p in pieces)
    assert length == pytest.approx(float(distance_km(*ends)), rel=1e-9, abs=1e-9)
    assert max(np.abs(np.diff(piece[:, 1])).max() for piece in pieces) <= HALF_TURN


def test_a_line_over_the_antimeridian_is_cut_at_one_latitude():
    west, east = great_circle(35.0, 140.0, 37.0, -122.0)  # Tokyo to San Francisco
    assert west[-1, 1] == 180
    assert east[0, 1] == -180
    assert west[-1, 0] == east[0, 0]
    assert west[-1, 0] > 40  # the great circle runs north of both ends
    back_east, back_west = great_circle(37.0, -122.0, 35.0, 140.0)
    assert back_east[-1, 1] == -180
    assert back_west[0, 1] == 180


def test_antipodes_go_over_the_north_pole():
    (line,) = great_circle(10.0, 20.0, -10.0, -160.0)
    assert line[:, 0].max() > 89
    assert tuple(line[0]) == (10.0, 20.0)
    assert tuple(line[-1]) == (-10.0, -160.0)


def test_a_line_of_no_length_is_its_point_twice():
    (line,) = great_circle(5.0, 100.0, 5.0, 100.0)
    np.testing.assert_array_equal(line, [[5.0, 100.0], [5.0, 100.0]])


def test_steps_are_no_longer_than_asked():
    (line,) = great_circle(13.7, 100.5, 21.0, 105.8, step_km=50)
    assert distance_km(line[:-1, 0], line[:-1, 1], line[1:, 0], line[1:, 1]).max() <= 50.001
