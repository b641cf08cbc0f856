"""Markings: the order of the protocol, national caveats, what may go to whom."""

from __future__ import annotations

import itertools

import pandas as pd
import pytest

from routegraph.errors import SettingError
from routegraph.records.markings import TLP_ORDER, Marking, most_restrictive, parse_level, releasable, tlp_rank


def records(*marks: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(marks, columns=["tlp", "releasable_to"], dtype="str")


def test_a_product_bears_the_highest_marking_of_its_records():
    for one, other in itertools.product(TLP_ORDER, repeat=2):
        both = pd.Series([one, other])
        expected = TLP_ORDER[max(TLP_ORDER.index(one), TLP_ORDER.index(other))]
        assert most_restrictive(both, pd.Series(["", ""])) == Marking(expected, None)


@pytest.mark.parametrize(
    ("lists", "common"),
    [
        (["", ""], None), (["THA MYS", ""], ("MYS", "THA")), (["THA MYS", "MYS IDN"], ("MYS",)), (["THA", "MYS"], ()),
    ],
)  # fmt: skip
def test_only_countries_that_every_caveat_allows_remain(lists, common):
    marking = most_restrictive(pd.Series(["GREEN"] * len(lists)), pd.Series(lists))
    assert marking.releasable_to == common


def test_no_country_in_common_does_not_read_as_no_caveat():
    assert (
        str(most_restrictive(pd.Series(["GREEN", "GREEN"]), pd.Series(["THA", "MYS"])))
        == "TLP:GREEN REL to owners only"
    )


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
