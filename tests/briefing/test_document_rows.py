"""The annexes of the Document, row by row: evidence, ranks, periods, sources, the run."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "render"))
from briefings import corrected, hostile, plain, untold

from routegraph.analysis.change import PROBABLE, TWICE
from routegraph.briefing.chapters import document_of
from routegraph.briefing.columns import COLUMNS
from routegraph.briefing.corridor_rows import corridor_sections, corridor_table
from routegraph.briefing.data_rows import data_section, source_section
from routegraph.briefing.document import Bullets, Pairs, Table
from routegraph.briefing.estimates import shortened
from routegraph.briefing.method_rows import method_line, method_section
from routegraph.briefing.periods import change_section, leg_periods
from routegraph.briefing.place_rows import place_section
from routegraph.briefing.product import Briefing
from routegraph.briefing.rank_rows import rank_section
from routegraph.briefing.run_facts import run_digest
from routegraph.render.told import share_of_largest


def with_table(briefing: Briefing, name: str, table: pd.DataFrame) -> Briefing:
    return replace(briefing, tables=briefing.tables | {name: table})


def pairs(section) -> dict[str, str]:
    return {label: text for block in section.blocks if isinstance(block, Pairs) for label, text in block.items}


def changed(**columns: object) -> Briefing:
    return with_table(corrected(), "corridors", corrected().tables["corridors"].assign(**columns))


def test_every_corridor_names_its_records_their_sources_and_its_marking():
    first, second, third = corridor_sections(corrected())
    assert first.title == "1. Yangon > Mae Sot > Suva"
    assert pairs(first)["Records"] == "r1, r2 and 28 more in evidence.csv"
    assert pairs(first)["Sources"] == "Police (1)"  # r1 by evidence.csv; r2 is not its evidence
    assert pairs(first)["Id"] == "C-1 · TLP:GREEN"
    assert pairs(third)["Records"] == "-7"
    assert "Sources" not in pairs(second)


def test_record_ids_beyond_the_first_are_counted_and_none_is_invented():
    ids = [f"id-{k}" for k in range(20)]
    story = pairs(corridor_sections(changed(record_ids="; ".join(ids), n_records=20))[0])
    assert story["Records"] == f"{', '.join(ids[:8])} and 12 more in evidence.csv"


def test_a_corridor_stands_by_flow_and_by_counts():
    first, second, third = (pairs(one) for one in corridor_sections(corrected()))
    assert first["Flow against counts"] == (
        "1st of 3 by estimated flow, 2nd by reported counts (1 seizure event on it as records word it)"
    )
    assert "1st by reported counts (5 seizure events on it as records word it)" in second["Flow against counts"]
    assert "Flow against counts" not in third  # it has no flow
    assert "Flow against counts" not in pairs(corridor_sections(plain())[0])


@pytest.mark.parametrize(
    ("by_weight", "without", "said"),
    [
        ("volume 1 1; size 1 1", "", "no weight of the score moves it when it is 20 % less or more"),
        ("volume 2 1; size 1 1", "", "weight of volume 20 % less or more: rank 2 or 1"),
        ("", "4 Customs A", "without what Customs A alone reports: rank 4"),
        ("", "", None),
    ],
)
def test_what_would_change_a_rank_is_what_the_trials_found(by_weight, without, said):
    story = pairs(corridor_sections(changed(by_weight=by_weight, without=without))[0])
    assert story.get("What would change its rank") == said


def test_tier_and_interval_of_the_rank_and_the_ratio_to_licit_movement():
    story = pairs(corridor_sections(changed(tier="2", rank_p05=1, rank_p95=4, surprise=2.0))[0])
    assert story["How firm its rank is"] == "tier 2, ranks 1 to 4 of all chains found, in 90 % of trials"
    assert (
        story["Against licit movement"] == "on the mean of its steps 4 times what licit movement and distance explain"
    )


def test_reasons_are_listed_without_the_sum_of_the_score():
    reasons = "41 seizures; its score is (size 0.9 x 40) / 112; 2 sources"
    (bullets,) = [one for one in corridor_sections(changed(reasons=reasons))[0].blocks if isinstance(one, Bullets)]
    assert bullets.items == ("41 seizures", "2 sources")


def test_places_say_what_their_estimate_rests_on():
    section = place_section(corrected())
    table = next(one for one in section.blocks if isinstance(one, Table))
    first = table.rows[0]
    assert [cell.text for cell in first[:3]] == ["Mae Sot", "4", "2.1 in 100 (0.3 to 6)"]
    said = dict(section.parts[0].blocks[0].items)
    assert said["Mae Sot"] == "Sentence on place 0. Seized here: r1. Passed it, seized further on: r2."
    assert place_section(plain()).parts == ()


def test_both_rankings_stand_beside_each_other():
    legs, corridors = rank_section(corrected()).parts
    (table,) = (one for one in legs.blocks if isinstance(one, Table))
    first, *_, last = table.rows
    assert [cell.text for cell in first] == ["Yangon > Mae Sot", "1st", "joint 9th", "\u25b2 8"]
    assert first[0].under == ("Sentence on leg 0.",)
    assert first[1].under == ("3.2 (1 to 7)",)
    assert last[3].text == "no leg of its own: its way was inferred"
    assert len(corridors.blocks[1].rows) == 2
    assert rank_section(untold()).parts[0].blocks[1].rows[0][1].under == ()
    assert rank_section(plain()).parts == ()


def by_period(*periods: tuple[str, float, float, float], levels_told: bool = True) -> Briefing:
    """Return the corrected case with a flow on two legs in each period; the second leg carries a tenth."""
    rows = [
        (period, *ends, "arms", mean / part, low / part, high / part, 4)
        for period, mean, low, high in periods
        for ends, part in ((("MMR-yangon", "THA-mae-sot"), 1), (("THA-mae-sot", "FJI-suva"), 10))
    ]
    return with_table(corrected(levels_told=levels_told), "flows", pd.DataFrame(rows, columns=list(COLUMNS["flows"])))


def with_changes(*rows: tuple[str, float, float, float, str]) -> Briefing:
    """Return a case whose flow on the first leg is far apart in two years, and these rows of the analysis change."""
    briefing = by_period(("2021", 10.0, 5.0, 12.0), ("2022", 90.0, 60.0, 120.0))
    table = pd.DataFrame([
        dict.fromkeys(COLUMNS["structure"], "") | {
            "analysis": "change", "kind": "leg", "id": leg, "mean": mean, "p05": low, "p95": high, "said": said,
        }
        for leg, mean, low, high, said in rows
    ])  # fmt: skip
    return with_table(briefing, "structure", table.reindex(columns=list(COLUMNS["structure"])))


def told_changes(briefing: Briefing) -> tuple[str, ...]:
    (bullets,) = (one for one in change_section(briefing).parts[1].blocks if isinstance(one, Bullets))
    return bullets.items


QUIET = ("THA-mae-sot > FJI-suva", 0.1, 0.05, 0.2, "p_up: 0.965; p_surged: 0")


def test_a_change_is_told_only_where_the_analysis_names_it_and_always_with_its_own_interval():
    named = ("MMR-yangon > THA-mae-sot", 2.0, 1.0, 3.0, "p_surged: 0.97; what: surged; probability: 0.97")
    first, second, rule = told_changes(with_changes(named, QUIET))
    times = "times (90 % interval 2 to 8) what it was in those before."
    assert first == (
        f"Estimated flow on Yangon > Mae Sot surged (chance 97\u00a0%): it was in the last period 4 {times}"
    )
    # Its interval lies above no change, as one leg in ten does by chance alone: no name, no verb.
    assert second == (
        "No change is named on Mae Sot > Suva: estimated flow was in the last period 1.1 times (90 % interval 1 to "
        "1.1) what it was in those before."
    )
    assert "1 of 2 legs compared is named" in rule
    assert not re.search("rose|fell", " ".join((first, second)))


def test_levels_far_apart_are_no_change_where_none_is_named():
    """The mutant that compares two intervals of level would say that flow rose: 60 to 120 after 5 to 12."""
    lines = told_changes(with_changes(("MMR-yangon > THA-mae-sot", 2.0, 1.0, 3.0, "p_surged: 0.7"), QUIET))
    assert lines[0].startswith("No change is named on Yangon > Mae Sot: estimated flow was in the last period 4 times")
    assert "none of 2 legs compared are named" in lines[-1]
    unknown = ("MMR-yangon > THA-mae-sot", 2.0, 1.0, 3.0, "what: exploded; probability: 1")
    assert told_changes(with_changes(unknown, QUIET))[0] == lines[0]


def test_a_case_whose_change_was_not_measured_says_so():
    (line,) = told_changes(with_changes())
    assert line == "No change was measured from period to period."
    blank = dict.fromkeys(COLUMNS["structure"], "")
    reason = blank | {"analysis": "change", "kind": "case", "id": "not_estimated", "said": "no draws"}
    (line,) = told_changes(with_table(with_changes(), "structure", pd.DataFrame([reason])))
    assert line == "No change was measured from period to period: no draws."


def test_text_that_no_file_can_hold_breaks_no_annex():
    briefing = with_changes(QUIET)
    rows = briefing.tables["structure"].astype("object")
    text = {"id": "\ud800 > \x00", "said": "p_surged: 1; what: surged; probability: 1; from: \ud800"}
    strange = {name: pd.Series([text.get(name, rows.loc[0, name])], dtype="object") for name in rows.columns}
    table = pd.concat([rows, *[pd.DataFrame(strange)] * 2], ignore_index=True)
    lines = told_changes(with_table(briefing, "structure", table))
    assert lines[0] == "No change was measured on Yangon > Mae Sot."
    assert "1 of 2 legs compared is named" in lines[-1]  # a leg that stands twice is one leg


def test_what_a_name_takes_is_what_the_analysis_takes():
    assert (PROBABLE, TWICE) == (0.8, 2.0)  # said as 80 %, and as doubled or halved, here and on the map


def test_each_corridor_is_followed_on_its_busiest_leg_and_a_leg_stands_once():
    found = leg_periods(by_period(("2021", 10.0, 5.0, 12.0), ("2022", 20.0, 15.0, 30.0)))
    assert found[["rank", "origin", "period", "mean"]].to_numpy().tolist() == [
        [1, "MMR-yangon", "2021", 10.0], [1, "MMR-yangon", "2022", 20.0],
        [2, "THA-mae-sot", "2021", 1.0], [2, "THA-mae-sot", "2022", 2.0],
    ]  # fmt: skip
    assert leg_periods(by_period(("2021", 10.0, 5.0, 12.0))).empty


def test_periods_are_shares_where_levels_are_not_told():
    briefing = by_period(("2021", 10.0, 5.0, 12.0), ("2022", 40.0, 35.0, 60.0), levels_told=False)
    found = leg_periods(briefing)
    assert found["mean"].tolist() == [0.25, 1.0, 0.25, 1.0]
    assert found[["p05", "p95"]].isna().all(axis=None)
    periods = change_section(briefing).parts[1]
    assert not [one for one in periods.blocks if isinstance(one, Bullets)]
    (table,) = (one for one in periods.blocks if isinstance(one, Table))
    assert [cell.text for cell in table.rows[0][2:]] == ["25\u00a0%", "100\u00a0%"]


def test_flow_by_branch_of_commodity_follows_the_largest_branch():
    briefing = by_period(("2021", 10.0, 5.0, 12.0), ("2022", 20.0, 15.0, 30.0))
    flows = briefing.tables["flows"]
    other = flows.assign(commodity="drugs", flow_mean=flows["flow_mean"] / 2)
    found = leg_periods(with_table(briefing, "flows", pd.concat([other, flows], ignore_index=True)))
    assert found["mean"].tolist() == [10.0, 20.0, 1.0, 2.0]


def records(n: int, *, sources: int, grades: tuple[str, ...] = ("A", "B", "")) -> pd.DataFrame:
    return pd.DataFrame({
        "record_id": [f"r{k}" for k in range(n)], "date": "2023", "count": 2, "seized_at": "", "seized_country": "",
        "commodity": "arms", "source": [f"s{k % sources:02d}" for k in range(n)],
        "source_grade": [grades[k % len(grades)] for k in range(n)], "info_grade": "2",
        "tlp": ["GREEN", "RED"] * (n // 2),
    })  # fmt: skip


def test_sources_are_counted_with_their_grades_to_the_last_record():
    section = source_section(with_table(plain(), "records", records(120, sources=50)))
    table = section.blocks[1]
    assert len(table.rows) == 41
    assert sum(int(row[1].text) for row in table.rows) == 120
    assert sum(int(row[2].text) for row in table.rows) == 240
    assert table.rows[-1][0].text == "10 other sources, in records.csv"
    two = source_section(with_table(plain(), "records", records(12, sources=2))).blocks[1].rows
    assert [cell.text for cell in two[0]] == ["s00", "6", "12", "A (2), B (2), none (2)", "2", "GREEN"]
    assert two[1][5].text == "RED"


def test_without_grades_the_table_has_none_and_says_so():
    table = records(4, sources=1).assign(source_grade="", info_grade="", source="")
    note, found = source_section(with_table(plain(), "records", table)).blocks
    assert note.text == "No record states a source grade or an information grade."
    assert [cell.text for cell in found.rows[0]] == ["not stated", "4", "8", "RED"]


def test_what_was_set_aside_adds_up():
    rejects = pd.DataFrame({
        "source": "a.csv", "row": range(40), "scope": "cell", "field": "date", "value": "",
        "reason": [f"reason {min(k, 20)}" for k in range(40)],
    })  # fmt: skip
    table = data_section(with_table(plain(), "rejects", rejects)).parts[0].blocks[0]
    assert sum(int(row[0].text) for row in table.rows) == 40
    assert table.rows[0][2].text == "reason 20"
    assert table.rows[-1][2].text == "further reasons, all in rejects.csv"


def test_the_run_is_named_by_its_digest_and_verdicts_by_what_the_estimator_can_say():
    briefing = corrected()
    assert method_line(briefing) == f"Made with routegraph 0. Run {run_digest(briefing)[:16]}."
    section = method_section(briefing)
    assert pairs(section.parts[1])["Run digest"] == run_digest(briefing)
    removal, counts = pairs(section.parts[0]), pairs(method_section(plain()).parts[0])
    assert removal["Verdict: level not told"].startswith("too little is known to say how much")
    assert counts["Verdict: too few records"] == "it rests on too few records to conclude from."
    assert "Verdict: under-detected" in removal
    assert "Verdict: under-detected" not in counts


def test_names_are_cut_and_the_document_of_a_hostile_case_stays_small():
    assert shortened("x" * 50, most=10) == "x" * 10 + "…"
    assert shortened("short", most=10) == "short"
    stories = corridor_sections(hostile())
    assert max(len(one.title) for one in stories) < 620
    assert max(len(text) for one in stories for text in pairs(one).values()) < 1_000


def test_a_document_depends_on_no_order_of_the_evidence():
    briefing = corrected()
    shuffled = briefing.tables["evidence"].iloc[::-1].reset_index(drop=True)
    assert document_of(with_table(briefing, "evidence", shuffled)) == document_of(briefing)
    assert np.isnan(briefing.tables["corridors"]["flow_mean"].iloc[2])


def test_a_share_of_the_largest_is_of_the_whole_table_in_every_product():
    corridors = untold().tables["corridors"].assign(flow_mean=[10.0, 20.0, 40.0])
    case = replace(untold(), tables=untold().tables | {"corridors": corridors})
    shares = [row[3].interval.said for row in corridor_table(case, most=2).rows]
    assert shares == ["25\u00a0%", "50\u00a0%"]  # of the third, which is not shown
    assert share_of_largest(corridors["flow_mean"]).tolist() == [0.25, 0.5, 1.0]
    told = replace(case, levels_told=True)  # where bars are drawn their scale ends with those that are
    assert corridor_table(told, most=1).rows[0][3].interval.widest == corridors["flow_p95"][0]
