"""What changed between two runs: what went in, corridors and why, legs; and what cannot be held against each other."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from saved_runs import PARTS, PATH, corridor, leg, saved

from routegraph.briefing.difference import OTHERS, Saved, difference

KEY = "C-" + "-".join(PATH)
OTHER = ("IDN-d", "MYS-e", "SGP-f")
OTHER_KEY = "C-" + "-".join(OTHER)


def rows(found):
    return found.corridors.set_index("corridor_id").to_dict("index")


def test_the_same_run_twice_differs_in_nothing():
    found = difference(saved(), saved())
    assert found.why == ()
    assert found.corridors["what"].tolist() == ["stays"]
    assert found.corridors[["told", "because"]].to_numpy().tolist() == [["no", ""]]
    assert len(found.legs) == 0
    assert found.not_compared == ""


def test_where_it_was_written_and_by_how_many_workers_is_no_difference():
    other = saved(settings={"seed": 0, "out": "b", "workers": 4})
    assert difference(saved(), other).why == ()


def test_what_went_in_differently_is_said():
    after = saved(
        settings={"seed": 3, "since": "2020", "workers": 1}, versions={"routegraph": "0.2.0"},
        inputs={"s.csv": {"digest": "d2"}, "t.csv": {"digest": "x"}}, evidence=[(KEY, 0, "r1"), (KEY, 0, "r9")],
    )  # fmt: skip
    assert difference(saved(), after).why == (
        "settings: seed was 0, is 3",
        "settings: since was 'not set', is '2020'",
        "versions: routegraph was '0.1.0', is '0.2.0'",
        "input: s.csv has other content",
        "input: t.csv is new",
        "records: 1 record in the second run only, 2 records in the first only",
    )
    assert "input: t.csv is gone" in difference(after, saved()).why


def test_corridors_that_appear_vanish_rise_fall_and_stay():
    third, fourth = ("MMR-a", "THA-b", "KHM-g"), ("MMR-a", "THA-b", "LAO-h")
    before = saved(corridors=[corridor(1), corridor(2, OTHER), corridor(3, third), corridor(4, fourth)])
    after = saved(corridors=[corridor(1, OTHER), corridor(2), corridor(3, third), corridor(4, ("VNM-i", *PATH[1:]))])
    found = rows(difference(before, after))
    assert {key: row["what"] for key, row in found.items()} == {
        OTHER_KEY: "rose", KEY: "fell", f"C-{'-'.join(third)}": "stays", "C-VNM-i-THA-b-MYS-c": "appeared",
        f"C-{'-'.join(fourth)}": "vanished",
    }  # fmt: skip
    assert (found[KEY]["rank_a"], found[KEY]["rank_b"]) == ("1", "2")
    new, gone = found["C-VNM-i-THA-b-MYS-c"], found[f"C-{'-'.join(fourth)}"]
    assert (new["rank_a"], new["flow_a"], new["verdict_a"], new["path"]) == ("", "", "", "VNM-i > THA-b > MYS-c")
    assert (gone["rank_b"], gone["flow_b"], gone["path"]) == ("", "", " > ".join(fourth))


def test_because_names_the_parts_that_moved_it_most_and_the_records():
    """Evidence moved most (0.5 to 0.7), but volume weighs six times as much."""
    before = saved(corridors=[corridor(2), corridor(1, OTHER)])
    parts = PARTS | {"volume": 1.0, "evidence": 0.7, "reach": 0.51}
    uses = [(KEY, 0, "r1"), (KEY, 0, "r2"), (KEY, 1, "r7"), (KEY, 1, "r8")]
    after = saved(corridors=[corridor(1, parts=parts), corridor(2, OTHER)], evidence=uses)
    assert rows(difference(before, after))[KEY]["because"] == (
        "parts of the score: volume 0.90 to 1.00 and evidence 0.50 to 0.70; 2 records came (r7 and r8); "
        "1 record went (r3)"
    )
    assert rows(difference(before, after))[OTHER_KEY]["because"] == OTHERS


def test_a_part_that_could_not_be_estimated_is_not_nought():
    """The mutant that takes what is absent for 0 says that the chance of an excess rose from nothing."""
    after = saved(corridors=[corridor(1, parts=PARTS | {"p_excess": 0.7})])
    assert rows(difference(saved(), after))[KEY]["because"] == "parts of the score: p_excess not estimated to 0.70"


def test_a_part_of_another_version_and_empty_parts_do_no_harm():
    strange = saved(corridors=[corridor(parts={"elegance": 1.0})])
    empty = saved(corridors=[corridor(parts={})])
    assert "elegance" not in rows(difference(strange, empty))[KEY]["because"]
    assert "volume 0.90 to not estimated" in rows(difference(saved(), empty))[KEY]["because"]


def test_flow_is_told_where_intervals_do_not_overlap():
    more = saved(corridors=[corridor(flow_mean=90, flow_p05=55.2, flow_p95=120)])
    touching = saved(corridors=[corridor(flow_mean=90, flow_p05=55.1, flow_p95=120)])
    assert rows(difference(saved(), more))[KEY]["told"] == "yes"
    assert rows(difference(more, saved()))[KEY]["told"] == "yes"
    assert rows(difference(saved(), touching))[KEY]["told"] == "no"
    assert rows(difference(saved(), more))[KEY]["flow_b"] == "90 (55 to 120)"
    empty = saved(corridors=[corridor(flow_mean="", flow_p05="", flow_p95="")])
    assert rows(difference(saved(), empty))[KEY]["told"] == "no"
    assert rows(difference(saved(), empty))[KEY]["flow_b"] == ""


LEGS = [leg("A", "B", 10, 8, 12), leg("B", "C", 100, 80, 120), leg("C", "D", 50, 40, 60), leg("D", "E", 9, 8, 10)]
MOVED = [leg("A", "B", 30, 20, 40), leg("B", "C", 20, 10, 30), leg("C", "D", 70, 60, 80), leg("D", "E", 9, 8, 10)]


def test_legs_whose_intervals_are_apart_the_farthest_first():
    found = difference(saved(legs=LEGS), saved(legs=MOVED)).legs
    assert found.to_numpy().tolist() == [
        ["B", "C", "100 (80 to 120)", "20 (10 to 30)", "0.2"],
        ["A", "B", "10 (8 to 12)", "30 (20 to 40)", "3"],
    ]
    assert found.equals(difference(saved(legs=LEGS[::-1]), saved(legs=MOVED[::-1])).legs)


def test_named_pairs_carry_no_flow_and_are_no_legs():
    pair = leg("A", "B", "", "", "", named_pair="yes")
    assert len(difference(saved(legs=[pair]), saved(legs=[*LEGS[1:], pair])).legs) == 0


def test_all_legs_that_differ_are_there():
    many = [leg("A", f"B{k:02d}", 10, 9, 11) for k in range(25)]
    more = [leg("A", f"B{k:02d}", 40, 30, 50) for k in range(25)]
    assert len(difference(saved(legs=many), saved(legs=more)).legs) == 25


def test_a_leg_that_is_not_in_the_network_is_no_flow_of_nought():
    """The mutant that fills in 0 tells a leg of one event from nothing, and a route that was not kept from its flow."""
    before, after = (
        saved(legs=LEGS[1:2]),
        saved(legs=[*LEGS[1:2], leg("X", "Y", 30, 20, 40), leg("Y", "Z", 1.5, 0.2, 4)]),
    )
    assert len(difference(before, after).legs) == 0
    counts = {"estimator": "counts", "detection_corrected": False}
    before, after = (Saved(run.tables, {**run.run, **counts}) for run in (before, after))
    assert difference(before, after).legs.to_numpy().tolist() == [["X", "Y", "not in the network", "30 (20 to 40)", ""]]
    assert difference(after, before).legs.to_numpy().tolist() == [["X", "Y", "30 (20 to 40)", "not in the network", ""]]


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"levels_told": False}, "the data of the second run cannot tell how many consignments"),
        ({"estimator": "counts"}, "they are removal in the first run and counts in the second"),
    ],
)
def test_levels_that_cannot_be_compared_are_not(facts, reason):
    before, after = saved(legs=LEGS), saved(legs=MOVED, corridors=[corridor(2, flow_p05=300, flow_p95=400)], **facts)
    found = difference(before, after)
    assert found.not_compared == reason
    assert found.legs.shape == (0, 5)
    row = rows(found)[KEY]
    assert (row["told"], row["what"], row["flow_a"]) == ("no", "fell", "42 (30 to 55)")
    assert (row["flow_b"] == "") == ("levels_told" in facts)


def test_levels_told_in_neither_run():
    untold = saved(levels_told=False)
    assert difference(untold, untold).not_compared == (
        "the data of the first and the second run cannot tell how many consignments"
    )


def test_runs_that_found_nothing_differ_in_nothing():
    nothing = saved(corridors=[], legs=[], evidence=[])
    found = difference(nothing, nothing)
    assert (len(found.corridors), len(found.legs), found.why) == (0, 0, ())
    assert rows(difference(nothing, saved()))[KEY]["what"] == "appeared"
    assert rows(difference(saved(), nothing))[KEY]["because"] == "3 records went (r1, r2 and r3)"
    assert difference(replace(nothing, run={}), replace(nothing, run={})).why == ()
