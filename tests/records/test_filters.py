"""Filters: what stays, what leaves, and that every record that leaves is counted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from routegraph.errors import SettingError
from routegraph.records.filters import by_commodity, by_date, by_quantity, by_release

CASE = pd.DataFrame({
    "record_id": list("abcdef"),
    "commodity": ["drugs.cocaine", "drugs.cocaine.hcl", "drugs.coca.leaf", "arms.firearm.pistol", "", "drugs"],
    "quantity": [1.0, 0.5, 2.0, 40.0, np.nan, 5.0],
    "unit": ["kg", "kg", "kg", "piece", "", ""],
    "date_from": pd.to_datetime(["2023-01-01", "2023-08-01", "2023-08-21", "2022-12-31", None, "2023-09-01"]),
    "date_to": pd.to_datetime(["2023-12-31", "2023-08-31", "2023-08-21", "2022-12-31", None, "2023-09-01"]),
    "tlp": ["CLEAR", "GREEN", "AMBER", "RED", "CLEAR", "CLEAR"],
    "releasable_to": ["", "THA", "", "", "MYS", ""],
})  # fmt: skip


def ids(found: tuple[pd.DataFrame, int]) -> str:
    kept, left_out = found
    assert len(kept) + left_out == len(CASE)
    assert kept.index.tolist() == list(range(len(kept)))
    return "".join(kept["record_id"])


@pytest.mark.parametrize(
    ("prefix", "stay"), [("drugs.cocaine", "ab"), ("drugs", "abcf"), ("", "abcdef"), ("Arms.", "d")]
)
def test_a_commodity_is_kept_with_everything_under_it(prefix, stay):
    assert ids(by_commodity(CASE, prefix)) == stay


def test_a_mistyped_commodity_is_refused_with_the_nearest_code():
    with pytest.raises(SettingError, match=r"drugs\.cocain'.*did you mean 'drugs\.cocaine'"):
        by_commodity(CASE, "drugs.cocain")


def test_a_least_quantity_keeps_records_of_its_own_kind_only():
    assert ids(by_quantity(CASE, "1 kg")) == "ac"
    assert ids(by_quantity(CASE, "500 g")) == "abc"
    assert ids(by_quantity(CASE, "1 piece")) == "d"


@pytest.mark.parametrize("minimum", ["1", "kg", "-1 kg", "1 foo", "", "1,200 kg"])
def test_a_least_quantity_without_a_number_and_a_kind_is_refused(minimum):
    with pytest.raises(SettingError, match="min-quantity"):
        by_quantity(CASE, minimum)


@pytest.mark.parametrize(
    ("since", "until", "stay"),
    [
        ("", "", "abcdef"), ("2023", "", "abcf"), ("2023-08-22", "", "abf"), ("2023-09", "", "af"),
        ("", "2022", "d"), ("", "2023-08", "abcd"), ("2023-08", "2023-08", "abc"), ("2030", "", ""),
        ("", "2030", "abcdf"),
    ],
)  # fmt: skip
def test_a_record_stays_where_its_interval_overlaps_the_window(since, until, stay):
    assert ids(by_date(CASE, since=since, until=until)) == stay


@pytest.mark.parametrize(("since", "until"), [("soon", ""), ("2566", ""), ("2024", "2023")])
def test_limits_that_make_no_sense_are_refused(since, until):
    with pytest.raises(SettingError, match="since"):
        by_date(CASE, since=since, until=until)


def test_release_keeps_what_the_audience_may_see():
    assert ids(by_release(CASE, "GREEN:THA")) == "abf"
    assert ids(by_release(CASE, "CLEAR")) == "af"
    assert ids(by_release(CASE, "")) == "abcdef"


def test_no_filter_changes_its_input():
    before = CASE.copy(deep=True)
    by_commodity(CASE, "drugs")
    by_quantity(CASE, "1 kg")
    by_date(CASE, since="2023")
    by_release(CASE, "GREEN")
    pd.testing.assert_frame_equal(CASE, before)
