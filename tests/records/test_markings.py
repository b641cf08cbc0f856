"""Markings: the order of the protocol, national caveats, what may go to whom."""

from __future__ import annotations

import itertools

import pandas as pd
import pytest

from routegraph.errors import SettingError
from routegraph.records.markings import TLP_ORDER, parse_level, releasable, strictest, tlp_rank


def records(*marks: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(marks, columns=["tlp", "releasable_to"], dtype="str")


def test_the_strictest_of_two_is_the_later_in_the_order():
    for one, other in itertools.product(TLP_ORDER, repeat=2):
        assert strictest(pd.Series([one, other])) == TLP_ORDER[max(TLP_ORDER.index(one), TLP_ORDER.index(other))]
    assert strictest(pd.Series([], dtype="str")) == "CLEAR"
    assert strictest(pd.Series(["CLEAR", ""])) == "RED"


@pytest.mark.parametrize("level", TLP_ORDER)
def test_nothing_above_the_level_is_released(level):
    table = records(*[(tlp, "") for tlp in TLP_ORDER])
    assert table["tlp"][releasable(table, level)].tolist() == list(TLP_ORDER[: TLP_ORDER.index(level) + 1])


def test_a_record_with_a_caveat_goes_only_to_a_country_it_names():
    table = records(("GREEN", ""), ("GREEN", "THA MYS"), ("RED", "THA"), ("GREEN", "IDN"))
    assert releasable(table, "AMBER:THA").tolist() == [True, True, False, False]
    assert releasable(table, "AMBER").tolist() == [True, False, False, False]


def test_what_is_no_marking_is_never_released():
    assert tlp_rank(pd.Series(["", "AMBERISH"])).tolist() == [4, 4]
    assert not releasable(records(("", ""), ("AMBERISH", "")), "AMBER+STRICT").any()


@pytest.mark.parametrize("level", ["", "PURPLE", "GREEN:", "GREEN:XXX", "GREEN:THA MYS", "GREEN:THA:MYS", "{{7*7}}"])
def test_a_level_that_makes_no_sense_is_refused(level):
    with pytest.raises(SettingError, match="no level of release"):
        parse_level(level)


def test_levels_are_read_as_the_contract_writes_them():
    assert parse_level("amber+strict:tha") == ("AMBER+STRICT", "THA")
    assert parse_level("TLP:WHITE") == ("CLEAR", "")
