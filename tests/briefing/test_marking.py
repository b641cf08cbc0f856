"""Markings: the most restrictive of what went in, and never a wider release."""

from __future__ import annotations

import pandas as pd
import pytest

from routegraph.briefing import Marking, marking_of
from routegraph.briefing.marking import stricter, strictest


def marked(*rows: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["tlp", "releasable_to"])


def test_levels_are_in_the_order_of_tlp_2():
    order = ["CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"]
    for k, level in enumerate(order):
        assert strictest(order[: k + 1][::-1]) == level
    assert strictest(["CLEAR", ""]) == "AMBER"


def test_a_release_is_what_all_lists_share():
    frames = [marked(("GREEN", "IDN MYS PHL"), ("AMBER", "")), marked(("CLEAR", "PHL MYS"))]
    assert marking_of(frames) == Marking("AMBER", ("MYS", "PHL"))


def test_lists_with_nobody_in_common_go_to_nobody_named():
    assert marking_of([marked(("GREEN", "IDN"), ("GREEN", "MYS"))]) == Marking("RED")


def test_tables_without_markings_change_nothing():
    assert marking_of([marked(("GREEN", "")), pd.DataFrame({"period": ["2023"]})]) == Marking("GREEN")


@pytest.mark.parametrize("turn", [1, -1])
def test_two_markings_meet_at_the_stricter(turn):
    pair = (Marking("GREEN", ("IDN", "MYS")), Marking("AMBER"))[::turn]
    assert stricter(*pair) == Marking("AMBER", ("IDN", "MYS"))
