"""Words for numbers: the bands of METHODS.md section 7, edges included."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from routegraph.briefing.words import amounts, between, events, likelihood, listing, number, percent, span


@pytest.mark.parametrize(
    ("p", "word"),
    [
        (0.0, "remote"),
        (0.00999, "remote"),
        (0.01, "almost no chance"),
        (0.0499, "almost no chance"),
        (0.05, "very unlikely"),
        (0.1999, "very unlikely"),
        (0.20, "unlikely"),
        (0.4499, "unlikely"),
        (0.45, "roughly even chance"),
        (0.5499, "roughly even chance"),
        (0.55, "likely"),
        (0.7999, "likely"),
        (0.80, "very likely"),
        (0.9499, "very likely"),
        (0.95, "almost certain"),
        (1.0, "almost certain"),
    ],
)
def test_likelihood_bands_are_closed_below_and_open_above(p, word):
    assert likelihood(p) == word


def test_float_noise_moves_no_value_over_an_edge():
    assert likelihood(0.1 + 0.1 + 0.1 + 0.1 + 0.15) == likelihood(0.55)
    assert likelihood(1 - 0.05) == "almost certain"


def test_missing_probability_has_no_word_and_an_impossible_one_is_an_error():
    assert likelihood(math.nan) == ""
    for p in (-0.2, 1.2):
        with pytest.raises(ValueError, match="between 0 and 1"):
            likelihood(p)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (12380, "12,380"),
        (12380.4, "12,380"),
        (41.0, "41"),
        (3.24, "3.2"),
        (0.0471, "0.047"),
        (0.0002, "under 0.001"),
        (0, "0"),
        (99.96, "100"),
        (9.999, "10"),
        (-3.24, "−3.2"),
        (-1234, "−1,234"),
        (math.nan, "–"),
        (None, "–"),
        (math.inf, "unbounded"),
    ],
)
def test_numbers_as_people_write_them(value, text):
    assert number(value) == text


def test_a_share_never_rounds_to_none_or_all():
    shares = [0, 0.004, 0.38, 0.996, 1]
    assert [percent(s).replace("\u00a0", " ") for s in shares] == ["0 %", "under 1 %", "38 %", "over 99 %", "100 %"]


def test_lists_amounts_and_events():
    assert [listing([]), listing(["a"]), listing(["a", "b"]), listing(["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
    assert listing(list("abcdef"), most=2) == "a, b and 4 more"
    assert amounts("3; 1200", "kg; piece") == "3 kg and 1,200 pieces"
    assert amounts("1", "piece") == "1 piece"
    assert amounts("1; 571", "piece (unknown); piece (arms)") == "1 piece (unknown) and 571 pieces (arms)"
    assert amounts("", "") == ""
    assert amounts("{{7*7}}", "kg") == ""
    assert [events(1), events(1204)] == ["1 seizure event", "1,204 seizure events"]
    assert between(np.float64(121), 167) == "121 to 167"


def dated(*rows: tuple[str, str, str]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["date_from", "date_to", "date_precision"])
    return table.assign(date_from=pd.to_datetime(table["date_from"]), date_to=pd.to_datetime(table["date_to"]))


def test_a_span_is_no_more_precise_than_the_records_at_its_ends():
    year, day = ("2019-01-01", "2019-12-31", "year"), ("2021-08-21", "2021-08-21", "day")
    month = ("2021-08-01", "2021-08-31", "month")
    assert span(dated(year, day)) == "2019 to 21 August 2021"
    assert span(dated(day, month)) == "August 2021"
    assert span(dated(year)) == "2019"
    assert span(dated((None, None, ""))) == "no dates given"
