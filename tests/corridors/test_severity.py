"""The declared table of severity: its codes are real, the longest holds, and what it does not cover has none."""

from __future__ import annotations

import math

import pytest

from routegraph.corridors.severity import severity, table
from routegraph.records import taxonomy


def test_every_code_is_one_of_the_taxonomy_and_every_value_a_share():
    assert set(table()) <= set(taxonomy.tree().index)
    assert all(0 < value <= 1 for value in table().values())


def test_no_line_repeats_what_the_line_above_it_says_already():
    def above(code):
        return next((table()[one] for one in _stems(code) if one in table()), None)

    assert [code for code, value in table().items() if above(code) == value] == []


def _stems(code):
    parts = code.split(".")
    return [".".join(parts[:n]) for n in range(len(parts) - 1, 0, -1)]


@pytest.mark.parametrize(
    ("commodity", "expected"),
    [
        ("arms.firearm.pistol", "arms.firearm"),
        ("arms.firearm.machine_gun.craft", "arms.firearm.machine_gun"),
        ("arms.ammunition.cartridge", "arms.ammunition"),
        ("arms", "arms"),
        ("drugs.cannabis.herb; arms.ammunition.mine", "arms.ammunition.mine"),
        ("food; drugs.heroin", "drugs.heroin"),
    ],
)
def test_the_longest_code_at_or_above_holds_and_the_gravest_of_several(commodity, expected):
    assert severity(commodity) == table()[expected]


@pytest.mark.parametrize("commodity", ["", "food", "armsx", "arms_x.firearm", "; ", "firearm"])
def test_what_no_line_covers_has_no_severity(commodity):
    assert math.isnan(severity(commodity))
