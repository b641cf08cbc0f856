"""What changed since an earlier run: only what chance does not explain, and nothing that the marking forbids."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from saved_runs import PATH, corridor, leg, saved

from routegraph.briefing.changes import changes_since
from routegraph.errors import SettingError

OTHER = ("MMR-a", "MYS-c")
KEY = "C-" + "-".join(PATH)
NEW = {"inputs": {"s.csv": {"digest": "d2"}}}


def told(before, after):
    return changes_since(before, after)


def ranked(rank: int, low: int, high: int, path=PATH):
    return corridor(rank, path) | {"rank_p05": low, "rank_p95": high}


def test_the_first_sentence_names_the_run_that_was_compared():
    earlier = saved(period="2022", run_digest="0123456789abcdef0123")
    assert told(earlier, saved(**NEW))[0] == "Compared with run 0123456789abcdef on records of 2022."


def test_the_same_run_twice_has_nothing_to_tell():
    assert told(saved(), saved())[1:] == ("Data, settings and versions are the same, and so are the results.",)


def test_records_that_came_and_went_are_counted():
    after = saved(evidence=[(KEY, 0, "r1"), (KEY, 1, "r4"), (KEY, 1, "r5")])
    assert told(saved(), after)[1] == "Records: 2 records in the second run only, 2 records in the first only."


def test_new_and_lost_corridors_are_named_by_their_places():
    before, after = saved(corridors=[ranked(1, 1, 2)]), saved(corridors=[ranked(1, 1, 1, OTHER)], **NEW)
    said = told(before, after)
    assert "1 corridor flagged that was not before: Alpha > Gamma." in said
    assert "1 corridor no longer flagged: Alpha > Beta > Gamma." in said


def test_more_than_three_are_counted_beyond_the_third():
    rows = [ranked(k, k, k, ("MMR-a", f"X-{k}")) for k in range(1, 6)]
    said = told(saved(corridors=[]), saved(corridors=rows, **NEW))
    assert "5 corridors flagged that were not before: Alpha > X-1; Alpha > X-2; Alpha > X-3; and 2 more." in said


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ((9, 7, 11), (1, 1, 3), "1 corridor ranks higher than chance explains: Alpha > Beta > Gamma (9 to 1)."),
        ((1, 1, 3), (9, 7, 11), "1 corridor ranks lower than chance explains: Alpha > Beta > Gamma (1 to 9)."),
        # each rank within the other's interval, and one of the two only: chance may explain both
        ((4, 1, 9), (1, 1, 5), "The 1 corridor in both runs rank as before, as far as chance lets one tell."),
        ((9, 7, 11), (1, 1, 12), "The 1 corridor in both runs rank as before, as far as chance lets one tell."),
    ],
)
def test_a_rank_has_changed_where_each_lies_outside_the_others_interval(before, after, sentence):
    said = told(saved(corridors=[ranked(*before)]), saved(corridors=[ranked(*after)], **NEW))
    assert sentence in said


def test_flow_has_changed_where_intervals_do_not_overlap():
    before = saved(legs=[leg("MMR-a", "THA-b", 80, 60, 100), leg("THA-b", "MYS-c", 50, 40, 60)])
    after = saved(legs=[leg("MMR-a", "THA-b", 300, 250, 400), leg("THA-b", "MYS-c", 70, 55, 90)], **NEW)
    assert told(before, after)[-1] == (
        "1 leg has a flow whose 90 % intervals do not overlap: Alpha > Beta, from 80 (60 to 100) to 300 (250 to 400)."
    )
    assert told(before, saved(**NEW))[-1] == "No leg's flow changed by more than its 90 % intervals leave open."


def test_flows_that_cannot_be_held_against_each_other_are_not():
    said = told(saved(), saved(estimator="counts", **NEW))
    assert said[-1] == "Flows are not compared: they are removal in the first run and counts in the second."


def test_other_settings_are_said_before_what_may_come_of_them():
    said = told(saved(), saved(settings={"seed": 5}, versions={"routegraph": "0.2.0"}))
    assert said[1] == ("Part of what follows may come from other settings and versions: `routegraph diff` names them.")


@pytest.mark.parametrize(
    ("earlier", "now", "allowed"),
    [
        ("TLP:AMBER", "TLP:AMBER", True),
        ("TLP:GREEN", "TLP:RED", True),
        ("TLP:RED", "TLP:AMBER+STRICT", False),
        ("no marking", "TLP:AMBER", False),
        ("TLP:AMBER REL TO IDN MYS", "TLP:AMBER REL TO IDN", True),
        ("TLP:AMBER REL TO IDN", "TLP:AMBER REL TO IDN MYS", False),
        ("TLP:AMBER REL TO IDN", "TLP:AMBER", False),
        ("TLP:AMBER", "TLP:AMBER REL TO IDN", True),
    ],
)
def test_an_earlier_run_is_told_of_only_to_those_who_may_see_it(earlier, now, allowed):
    before, after = saved(marking=earlier), saved(marking=now)
    if allowed:
        assert told(before, after)
    else:
        with pytest.raises(SettingError, match="made for the same audience"):
            told(before, after)
