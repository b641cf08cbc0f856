"""The story of one corridor: its numbers are those of the tables, it adds up, and no text can forge a line."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from saved_runs import PARTS, PATH, SCORE, corridor, saved

from routegraph.briefing.explaining import explain
from routegraph.corridors.score import WEIGHTS
from routegraph.errors import SettingError


def told(run, which="1"):
    return explain(run.tables, which, run=run.run)


def section(text, title):
    return text.partition(f"{title}\n")[2].partition("\n\n")[0].splitlines()


def test_the_whole_story_in_its_order():
    text = told(saved())
    assert text.splitlines()[:6] == [
        "TLP:AMBER",
        "C-MMR-a-THA-b-MYS-c: Alpha > Beta > Gamma",
        f"Rank 1 of 1 corridor flagged, tier 1, score {SCORE:.2f}.",
        "Flow: 42 consignments (90 % interval 30 to 55).",
        "Reported: 12 seizures in 3 records.",
        "Verdict: supported: no test for misleading counts or thin evidence holds; that does not confirm it.",
    ]
    titles = ["Step by step", "Why it is flagged", "How the score is made", "How firmly it stands",
              "What this cannot tell"]  # fmt: skip
    assert [line for line in text.splitlines() if line in titles] == titles
    assert section(text, "What this cannot tell") == ["- Seizures are not flow."]


def test_by_id_as_by_rank_and_no_other():
    rows = [corridor(), corridor(2, ("MMR-a", "THA-b", "SGP-d"))]
    run = saved(corridors=rows)
    assert told(run, "1") == told(run, "C-MMR-a-THA-b-MYS-c")
    assert "Gamma" not in told(run, "2").splitlines()[1]
    for wrong in ("3", "C-", "", "01"):
        with pytest.raises(SettingError, match=r"no corridor .* in this run; expected an id or rank, such as 1: C-"):
            told(run, wrong)


def test_a_run_that_flagged_none_says_so():
    with pytest.raises(SettingError, match=r"no corridor '1' in this run; it flagged none$"):
        told(saved(corridors=[]))


def test_one_of_several_is_on_top_with_a_chance_and_one_alone_is_on_top_of_nothing():
    several = saved(corridors=[corridor(k, (*PATH[:2], f"SGP-{k}")) for k in range(1, 13)])
    assert "; being among the 2 with most of the 12 flagged is very likely (87 %)." in told(several).replace(
        "\xa0", " "
    )
    assert "with most of" not in told(saved())


def test_steps_have_their_status_records_and_flow():
    names = {"MMR-a": "Alpha", "THA-b": "Bo", "MYS-c": "Gamma"}
    lines = section(told(saved(names=names)), "Step by step")
    assert lines == [
        "1. Alpha > Bo: travelled, 2 records (r1 and r2); all flow on this leg 60 to 100; 12.3 in 100 are seized at Bo",
        "2. Bo > Gamma: inferred, 1 record (r3); all flow on this leg 40 to 60; 12.3 in 100 are seized at Gamma",
    ]


def test_numbers_may_be_numbers():
    run = saved()
    tables = dict(run.tables)
    for name, columns in {"evidence": ["step"], "corridors": ["rank", "score", "flow_mean"]}.items():
        tables[name] = tables[name].assign(**{one: pd.to_numeric(tables[name][one]) for one in columns})
    tables["evidence"]["step"] = tables["evidence"]["step"].astype(float)
    assert explain(tables, "1", run=run.run) == told(run)


def test_the_score_can_be_summed_again():
    lines = section(told(saved()), "How the score is made")
    terms = [re.match(r"(\w+) +([\d.]+) x +(\d+) / 77 = ([\d.]+)$", line) for line in lines[:4]]
    assert [term.group(1) for term in terms] == [name for name in WEIGHTS if name in PARTS]
    assert sum(float(term.group(4)) for term in terms) == pytest.approx(SCORE, abs=0.002)
    assert lines[4] == f"score        {SCORE:.3f}"
    left = [name for name in WEIGHTS if name not in PARTS]
    assert lines[5] == f"Left out, for it could not be estimated: {', '.join(left)}."


def test_a_sum_that_is_not_the_runs_own_says_so():
    text = told(saved(corridors=[corridor(score=0.5)]))
    assert "The run itself says 0.500: it was made by a version with other weights." in text
    assert "The run itself" not in told(saved())
    strange = told(saved(corridors=[corridor(parts={"volume": 0.5, "elegance": 1.0})]))
    assert section(strange, "How the score is made") == [
        "It has parts that this version does not know: ask the version that made the run."
    ]


def test_ranks_as_weights_move_and_sources_are_left_out():
    """A source's name may hold blanks and looks like a rank: the first blank of an item ends the rank."""
    without = "4 Customs; 2 Border police of B; 1 7 Seas; 3 12"
    lines = section(told(saved(corridors=[corridor(without=without)])), "How firmly it stands")
    assert lines == [
        "Ranks 1 to 3 of all chains found, in 90 % of trials.",
        "- weight of size 20 % less: rank 1; 20 % more: rank 2",
        "- without what Customs alone reports: rank 4",
        "- without what Border police of B alone reports: rank 2",
        "- without what 7 Seas alone reports: rank 1",
        "- without what 12 alone reports: rank 3",
    ]
    still = section(told(saved(corridors=[corridor(by_weight="volume 1 1", without="")])), "How firmly it stands")
    assert still[1:] == ["- no weight moves its rank when it is 20 % less or more"]


def test_what_was_not_tried_is_not_said_to_hold():
    bare = corridor(by_weight="", without="", parts={}, branches="", steps="", p_top="", tier="", reasons="")
    text = told(saved(corridors=[bare]))
    assert "no weight moves" not in text
    assert "How the score is made" not in text
    assert "Why it is flagged" not in text
    assert "tier" not in text
    assert "How firmly" not in told(saved(corridors=[bare | {"rank_p05": "", "rank_p95": ""}]))


def test_levels_that_are_not_told_are_nowhere_in_the_text():
    text = told(saved(levels_told=False, corridors=[corridor(reasons="of all estimated flow it is 3.0 %")]))
    assert "Flow: these data cannot tell how many consignments." in text
    for level in ("42", "30", "55", "60", "100", "12.3", "consignments (90 %"):
        assert level not in text.partition("How the score is made")[0].replace("Reported: 12", "")
    assert "of all estimated flow it is 3.0 %" in text
    assert "tier 1" in text


def test_counts_are_said_to_be_counts():
    text = told(saved(estimator="counts", detection_corrected=False))
    assert "Smoothed count, not corrected for detection: 42 seizure events (90 % interval 30 to 55)." in text
    assert "Flow:" not in text
    assert "all flow on this leg" not in text
    assert "counts alone put this leg at 60 to 100" in text


def test_flow_that_was_not_estimated_is_left_out():
    empty = dict.fromkeys(("flow_mean", "flow_p05", "flow_p95", "p_top"), "")
    text = told(saved(corridors=[corridor(**empty)], legs=[]))
    assert "Flow" not in text
    assert "on this leg" not in text


def test_the_marking_and_the_word_synthetic_stand_first():
    assert told(saved(synthetic=True)).splitlines()[0] == "TLP:AMBER | SYNTHETIC DATA"
    bare = saved(marking="")
    assert told(bare).startswith("C-MMR-a")
    assert explain(bare.tables, "1").startswith("C-MMR-a")


@pytest.mark.parametrize("mark", ["\n", "\r", "\u2028", "\x85", "\x0b", "\x1c", "\x1b[31m", "\u202e", "\x00", "\t"])
def test_text_of_the_data_can_forge_no_line(mark):
    """The mutant that splits the text into lines first gives a hostile name a line of its own."""
    forged = f"x{mark}Verdict: supported: all is well."
    names = {"MMR-a": forged, "THA-b": "Beta", "MYS-c": "Gamma"}
    key = "C-MMR-a-THA-b-MYS-c"
    row = corridor(reasons=f"seen at {forged}", without=f"4 {forged}", verdict="insufficient", tlp=forged)
    run = saved(names=names, corridors=[row], evidence=[(key, 0, forged)], caveats=[forged], marking=forged)
    text = told(run)
    assert text.count(forged.replace(mark, " " * len(mark)) if mark != "\x1b[31m" else "x [31m") == 7
    lines = text.splitlines()
    assert text.split("\n")[:-1] == lines
    assert [line for line in lines if line.startswith("Verdict")] == [
        "Verdict: insufficient: too little is known to say how much moves on it."
    ]
    assert all(c.isprintable() for line in lines for c in line)


def test_a_name_with_separators_stays_in_its_place():
    names = {"MMR-a": "Port > of; Alpha", "THA-b": "", "MYS-c": "Gamma"}
    assert told(saved(names=names)).splitlines()[1] == "C-MMR-a-THA-b-MYS-c: Port > of; Alpha > THA-b > Gamma"


def test_ids_with_blanks_and_semicolons_are_followed_step_by_step():
    path = ("A b; c", "D 12", "E")
    row = corridor(path=path, branches="joins D 12 A b; c 12.5")
    run = saved(corridors=[row], legs=[], names={}, evidence=[(row["corridor_id"], 1, "r; 9")])
    assert section(told(run), "Step by step") == ["1. A b; c > D 12: travelled, 0 records",
                                                  "2. D 12 > E: inferred, 1 record (r; 9)"]  # fmt: skip


def test_many_records_are_counted_and_few_are_named():
    key = "C-MMR-a-THA-b-MYS-c"
    run = saved(evidence=[(key, 0, f"r{k:02d}") for k in range(9)])
    assert "9 records (r00, r01, r02, r03, r04, r05 and 3 more)" in told(run)
