"""Every column that leaves the house says what it holds and in which unit."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "render"))
from briefings import corrected, empty, plain, untold

from routegraph.briefing import units
from routegraph.briefing.columns import COLUMNS, NUMBERS
from routegraph.briefing.units import FLOW, column_meanings, meaning


@pytest.mark.parametrize("table", sorted(COLUMNS))
def test_every_column_has_a_meaning_and_every_number_a_unit(table):
    for column in COLUMNS[table]:
        found = meaning(table, column)
        assert found.text, column
        assert "weight" not in found.text
        if column in NUMBERS:
            assert found.unit, column
    assert list(column_meanings(plain(), table)) == list(COLUMNS[table])


def test_the_table_names_no_column_that_is_gone():
    assert set(units._EVERYWHERE) == {column for columns in COLUMNS.values() for column in columns}
    assert all(column in COLUMNS[table] for table, column in units._OF_TABLE)
    with pytest.raises(KeyError):
        meaning("places", "flow_mean")


def test_flow_is_called_what_it_is_under_each_estimator():
    for table, column in (("legs", "flow_mean"), ("corridors", "flow_p05"), ("places", "throughflow_p95")):
        counted, estimated, level = (column_meanings(case(), table)[column] for case in (plain, corrected, untold))
        assert counted.unit == "reported seizure events"
        assert "not traffic" in counted.text
        assert estimated.unit == level.unit == FLOW
        assert units.NOT_TOLD in level.text
        assert units.NOT_TOLD not in estimated.text
    assert units.NOT_TOLD not in column_meanings(untold(), "legs")["p_top"].text


def test_a_column_that_was_not_estimated_says_why_and_one_that_was_does_not():
    assert "not estimated: no reason" in column_meanings(plain(), "corridors")["tier"].text
    assert "not estimated" not in column_meanings(plain(), "structure")["tier"].text
    assert "not estimated" not in column_meanings(empty(), "corridors")["tier"].text
