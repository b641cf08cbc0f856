"""What each record reports, equal reports taken together."""

from __future__ import annotations

import pandas as pd
import pytest

from routegraph.errors import InputError, PlaceError, SettingError
from routegraph.network.reports import REPORT_COLUMNS, distinct_reports

CHECK, TIP, UNSTATED = 0, 1, 2


@pytest.fixture
def told(gazetteer, seizures):
    """Return a function from rows to distinct reports."""

    def tell(rows, *, level="place", border="country"):
        frame = seizures([{key: value for key, value in row.items() if key != "basis"} for row in rows])
        frame["detection_basis"] = pd.Series([row.get("basis", "") for row in rows], dtype="str")
        return distinct_reports(frame, gazetteer=gazetteer, level=level, border=border)

    return tell


def row(reports, which=0):
    table = reports.table.loc[which]
    return tuple(table[["origin", "vias_before", "seized", "vias_after", "destination"]])


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (
            {"origin_place": "COL", "via_places": "ECU > PER", "seized_place": "BRA", "destination_place": "ESP"},
            ("COL", ("ECU", "PER"), "BRA", (), "ESP"),
        ),
        # The seized place is among the stops: those after it lie ahead.
        (
            {"origin_place": "COL", "via_places": "ECU > PER > BRA", "seized_place": "PER"},
            ("COL", ("ECU",), "PER", ("BRA",), ""),
        ),
        (
            {"via_places": "PER > ECU > PER > BRA", "seized_place": "PER", "destination_place": "ESP"},
            ("", ("PER", "ECU"), "PER", ("BRA",), "ESP"),
        ),
        # Seized where it set out: all stops lie ahead.
        (
            {"origin_place": "COL", "via_places": "ECU > PER", "seized_place": "COL", "destination_place": "ESP"},
            ("COL", (), "COL", ("ECU", "PER"), "ESP"),
        ),
        # Seized where it was bound.
        ({"origin_place": "COL", "via_places": "ECU", "seized_place": "ESP", "destination_place": "ESP"},
         ("COL", ("ECU",), "ESP", (), "ESP")),
        # Without a place of seizure no travel is known.
        ({"origin_place": "COL", "via_places": "ECU", "destination_place": "ESP"}, ("COL", (), "", ("ECU",), "ESP")),
        # Unnamed stops are left out, and so are repeats.
        ({"origin_place": "COL", "via_places": "? > COL > ECU > ? > ECU > BRA", "seized_place": "BRA"},
         ("COL", ("ECU",), "BRA", (), "")),
        # A stop wider than its neighbour says nothing more; a wider origin, seizure or destination stays.
        ({"origin_place": "t-north", "via_places": "THA > MYS", "seized_place": "m-west", "destination_place": "SGP"},
         ("t-north", (), "m-west", (), "SGP")),
        ({"origin_place": "THA", "via_places": "t-south", "seized_place": "MYS", "destination_place": "SGP"},
         ("THA", ("t-south",), "MYS", (), "SGP")),
        ({"origin_place": "THA", "seized_place": "t-south", "destination_place": "MYS"},
         ("THA", (), "t-south", (), "MYS")),
    ],
)  # fmt: skip
def test_what_lies_before_and_after_the_seizure(told, record, expected):
    assert row(told([record])) == expected


def test_places_are_widened_to_the_level_and_repeats_collapse_again(told):
    record = {"origin_place": "t-north", "via_places": "t-south", "seized_place": "m-west", "destination_place": "SGP"}
    assert row(told([record])) == ("t-north", ("t-south",), "m-west", (), "SGP")
    assert row(told([record], level="country")) == ("THA", (), "MYS", (), "SGP")
    assert row(told([record], level="region")) == ("TH-50", ("TH-90",), "MYS", (), "SGP")


@pytest.mark.parametrize(
    ("record", "place_only", "domestic"),
    [
        ({"seized_place": "t-south"}, True, False),
        ({"seized_place": "t-south", "via_places": "? > t-south"}, True, False),
        ({"seized_place": "t-south", "destination_place": "t-south"}, False, True),
        ({"seized_place": "t-south", "origin_place": "THA"}, False, True),
        ({"seized_place": "t-south", "via_places": "t-north"}, False, True),
        ({"seized_place": "t-south", "destination_place": "MYS"}, False, False),
        ({"origin_place": "t-south", "destination_place": "t-north"}, False, True),
        ({"origin_place": "t-south", "destination_place": "MYS"}, False, False),
        ({"destination_place": "MYS"}, False, True),
        ({}, False, False),
        # Nobody's waters are a unit of their own.
        ({"seized_place": "high-seas", "destination_place": "MYS"}, False, False),
    ],
)
def test_place_only_and_domestic(told, record, place_only, domestic):
    for level in ("place", "country"):
        table = told([record], level=level).table
        assert (bool(table["place_only"][0]), bool(table["domestic"][0])) == (place_only, domestic)


def test_borders_of_regions_make_domestic_what_stays_in_one(told):
    record = {"origin_place": "t-north", "seized_place": "t-south"}
    assert told([record]).table["domestic"].tolist() == [True]
    assert told([record], border="region").table["domestic"].tolist() == [False]
    # One place at the level has no way to have travelled.
    assert told([record], border="region", level="country").table["domestic"].tolist() == [True]


def test_equal_reports_are_one_and_events_add_up(told):
    record = {"origin_place": "COL", "seized_place": "BRA", "count": 2, "mode": "air", "commodity": "drugs.cocaine"}
    rows = [record, {**record, "mode": "sea", "commodity": "drugs.heroin"}, {**record, "source": "b", "count": 5}]
    reports = told([*rows, {**record, "basis": "tip_off"}, {**record, "count": 0}])
    assert reports.table[["source", "basis", "events"]].to_numpy().tolist() == [
        ["a", TIP, 2], ["a", UNSTATED, 4], ["b", UNSTATED, 5],
    ]  # fmt: skip
    assert reports.of_record.to_dict() == {"r0": 1, "r1": 1, "r2": 2, "r3": 0}


def test_count_of_ten_is_ten_rows(told):
    record = {"origin_place": "COL", "seized_place": "BRA", "basis": "routine"}
    one, ten = told([{**record, "count": 10}]), told([record] * 10)
    pd.testing.assert_frame_equal(one.table, ten.table)
    pd.testing.assert_frame_equal(one.periods, ten.periods)


def test_words_for_the_basis(told):
    basis = {"random": CHECK, "routine": CHECK, "profile": CHECK, "incidental": CHECK, "intelligence": TIP,
             "tip_off": TIP, "model": TIP, "unknown": UNSTATED, "": UNSTATED}  # fmt: skip
    for word, expected in basis.items():
        assert told([{"seized_place": "BRA", "basis": word}]).table["basis"].tolist() == [expected]
    with pytest.raises(InputError, match="hunch"):
        told([{"seized_place": "BRA", "basis": "hunch"}])


def test_periods_are_years_where_dates_lie_within_one(told):
    record = {"origin_place": "COL", "seized_place": "BRA", "commodity": "drugs"}
    rows = [
        {**record, "date_from": "2020-01-01", "date_to": "2020-12-31", "count": 2},
        {**record, "date_from": "2020-12-31", "date_to": "2021-01-01", "count": 3},
        {**record, "count": 5},
        {**record, "date_from": "2021-05-01", "date_to": "2021-05-01", "commodity": "arms"},
    ]
    assert told(rows).periods.to_numpy().tolist() == [
        [0, "", "drugs", 8],
        [0, "2020", "drugs", 2],
        [0, "2021", "arms", 1],
    ]


def test_order_of_records_does_not_matter_and_nothing_is_changed(gazetteer, seizures):
    places = ["COL", "ECU", "PER", "BRA", "ESP", "t-north", "t-south", "THA", ""]
    rows = [
        {"origin_place": places[k % 9], "via_places": places[k % 5], "seized_place": places[k % 7],
         "destination_place": places[k % 4], "count": k % 3, "source": f"s{k % 2}"}
        for k in range(200)
    ]  # fmt: skip
    frame = seizures(rows).assign(detection_basis="")
    before = frame.copy(deep=True)
    settings = {"gazetteer": gazetteer, "level": "place", "border": "country"}
    reports = distinct_reports(frame, **settings)
    shuffled = distinct_reports(frame.sample(frac=1, random_state=1), **settings)
    pd.testing.assert_frame_equal(frame, before)
    pd.testing.assert_frame_equal(reports.table, shuffled.table)
    pd.testing.assert_series_equal(reports.of_record, shuffled.of_record)
    pd.testing.assert_frame_equal(reports.periods, shuffled.periods)
    assert reports.table["events"].sum() == reports.periods["events"].sum() == frame["count"].sum()


def test_no_records_and_wrong_settings(told):
    empty = told([])
    assert (len(empty.table), list(empty.table.columns)) == (0, list(REPORT_COLUMNS))
    with pytest.raises(SettingError, match="level"):
        told([{"seized_place": "BRA"}], level="planet")
    with pytest.raises(PlaceError, match="atlantis"):
        told([{"seized_place": "atlantis"}])
