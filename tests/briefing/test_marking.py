"""Markings: the most restrictive of what went in, and never a wider release."""

from __future__ import annotations

import pandas as pd
import pytest

from routegraph.briefing import Marking, marking_of


def marked(*rows: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["tlp", "releasable_to"])


@pytest.mark.parametrize(("tlp", "expected"), [("GREEN", "GREEN"), ("AMBER+STRICT", "AMBER+STRICT"), ("", "RED")])
def test_a_product_bears_the_highest_marking_and_red_where_one_is_blank(tlp, expected):
    assert marking_of([marked(("CLEAR", "")), marked((tlp, ""))]) == Marking(expected)


def test_nothing_marked_is_clear():
    assert marking_of([]) == marking_of([marked()]) == Marking("CLEAR")


def test_a_release_is_what_all_lists_share():
    frames = [marked(("GREEN", "IDN MYS PHL"), ("AMBER", "")), marked(("CLEAR", "PHL MYS"))]
    assert marking_of(frames) == Marking("AMBER", ("MYS", "PHL"))


def test_lists_with_nobody_in_common_go_to_nobody_named():
    assert marking_of([marked(("GREEN", "IDN"), ("GREEN", "MYS"))]) == Marking("RED")


def test_tables_without_markings_change_nothing():
    assert marking_of([marked(("GREEN", "")), pd.DataFrame({"period": ["2023"]})]) == Marking("GREEN")
