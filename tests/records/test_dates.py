"""Dates: precision kept, two readings never guessed between, every refusal with its reason."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from routegraph.records.dates import parse_dates

TODAY = date(2024, 6, 30)


def one(text: str) -> pd.Series:
    return parse_dates(pd.Series([text], dtype="str"), today=TODAY).iloc[0]


@pytest.mark.parametrize(
    ("text", "iso", "first", "last", "precision"),
    [
        ("2023", "2023", "2023-01-01", "2023-12-31", "year"),
        ("2023-08", "2023-08", "2023-08-01", "2023-08-31", "month"),
        ("2024-02", "2024-02", "2024-02-01", "2024-02-29", "month"),
        ("2023-08-21", "2023-08-21", "2023-08-21", "2023-08-21", "day"),
        ("20230821", "2023-08-21", "2023-08-21", "2023-08-21", "day"),
        ("2023-08-21T10:15:00Z", "2023-08-21", "2023-08-21", "2023-08-21", "day"),
        ("2023-08-21 00:00:00", "2023-08-21", "2023-08-21", "2023-08-21", "day"),
        ("2023-08-21T23:30:00-05:00", "2023-08-22", "2023-08-22", "2023-08-22", "day"),
        ("2024-01-01T05:00+07:00", "2023-12-31", "2023-12-31", "2023-12-31", "day"),
        ("21/08/2023", "2023-08-21", "2023-08-21", "2023-08-21", "day"),
        ("08/21/2023", "2023-08-21", "2023-08-21", "2023-08-21", "day"),
        ("05.05.2023", "2023-05-05", "2023-05-05", "2023-05-05", "day"),
        ("21 Aug 2023", "2023-08-21", "2023-08-21", "2023-08-21", "day"),
        ("Aug 21, 2023", "2023-08-21", "2023-08-21", "2023-08-21", "day"),
        ("21-AUG-2023", "2023-08-21", "2023-08-21", "2023-08-21", "day"),
        ("August 2023", "2023-08", "2023-08-01", "2023-08-31", "month"),
        ("2024", "2024", "2024-01-01", "2024-12-31", "year"),
    ],
)
def test_a_date_keeps_the_precision_it_was_given_with(text, iso, first, last, precision):
    found = one(text)
    assert (found["date"], found["date_precision"], found["reason"]) == (iso, precision, "")
    assert (found["date_from"], found["date_to"]) == (pd.Timestamp(first), pd.Timestamp(last))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2023-02-30", "February 2023 has no day 30"), ("2023-02-29", "has no day 29"), ("31/11/2023", "no day 31"),
        ("2023-13-01", "no such month: 13"), ("2023-00", "no such month: 0"),
        ("03/04/2023", "ambiguous: 3 April or 4 March"), ("21/08/23", "two digits"),
        ("2566-08-21", "looks like a Buddhist-era year: 2566 is 2023"), ("2566", "2566 is 2023"),
        ("21/08/2566", "2566 is 2023"), ("๒๕๖๖-08-21", "2566 is 2023"), ("2566-08-21T10:00", "2566 is 2023"),
        ("2024-07-01", "future"), ("2025", "future"), ("9999-12-31", "future"), ("1899-12-31", "before 1900"),
        ("0000-00-00", "before 1900"), ("45159", "serial"), ("45159.0", "serial"), ("202308", "serial"),
        ("2023-01-01/2023-02-01", "more than one date"), ("2023 to 2024", "more than one date"),
        ("2023-08-21T25:00", "no such time"), ("2023-08-21T10:00+99:00", "no such time"), ("soon", "not a date"),
        ("{{7*7777}}", "not a date"), ("x" * 40_000, "too long"), ("-1", "not a date"), ("NaT", "not a date"),
    ],
)  # fmt: skip
def test_what_is_no_single_date_is_rejected_with_a_reason_a_person_understands(text, why):
    found = one(text)
    assert why in found["reason"]
    assert (found["date"], found["date_precision"]) == ("", "")
    assert pd.isna(found["date_from"])


def test_blank_is_no_date_and_no_fault():
    found = parse_dates(pd.Series(["", None, "  "]), today=TODAY)
    assert found["reason"].tolist() == ["", "", ""]
    assert found["date_from"].isna().all()


def test_every_day_of_a_leap_cycle_reads_back_in_every_unambiguous_form():
    days = pd.Series(pd.date_range("2020-01-01", "2023-12-31"))
    iso = days.dt.strftime("%Y-%m-%d")
    for form in ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%d %B %Y", "%b %d, %Y", "%Y-%m-%dT12:00:00Z"):
        found = parse_dates(days.dt.strftime(form), today=TODAY)
        assert (found["date"] == iso).all(), form
    slashed = parse_dates(days.dt.strftime("%d/%m/%Y"), today=TODAY)
    ambiguous = (days.dt.day <= 12) & (days.dt.day != days.dt.month)
    assert (slashed["reason"] != "").tolist() == ambiguous.tolist()


def test_dtypes_and_index_are_the_contracts():
    found = parse_dates(pd.Series(["2023", "x"], index=[9, 4]), today=TODAY)
    assert found.index.tolist() == [9, 4]
    assert found[["date_from", "date_to"]].dtypes.astype(str).tolist() == ["datetime64[s]"] * 2


def test_a_day_that_has_begun_somewhere_on_earth_is_not_the_future():
    found = parse_dates(pd.Series([pd.Timestamp.now(tz="Pacific/Kiritimati").strftime("%Y-%m-%d")]))
    assert found["reason"].tolist() == [""]


def test_300_000_repeating_dates_are_all_read():
    texts = pd.Series(pd.date_range("2011-01-01", "2016-12-31").strftime("%Y-%m-%d"))
    column = texts.take(np.random.default_rng(0).integers(0, len(texts), 300_000)).reset_index(drop=True)
    assert parse_dates(column)["reason"].eq("").all()
