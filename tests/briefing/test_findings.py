"""Judgements, confidence and caveats: plain sentences from the tables, and never more than they hold."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from routegraph.briefing import compose
from routegraph.briefing.caveats import NOT_CORRECTED, NOT_FLOW, SYNTHETIC, UNSEEN
from routegraph.briefing.findings import confidence


def said(briefing) -> str:
    return " ".join(judgement.text for judgement in briefing.judgements).replace("\u00a0", " ")


def test_the_first_judgement_names_the_first_corridor_with_its_numbers(composed):
    first = composed.judgements[0]
    assert first.text.startswith(
        "Yangon > Myawaddy > Mae Sot > Bangkok ranks first of 2 corridors, with 5 seizure events"
    )
    assert "90 % credible interval 2.1 to 9.8" in first.text
    assert "very likely" in first.text
    assert "C-0000000001" in first.basis


def test_under_counts_no_sentence_speaks_of_flow_or_traffic_as_measured(composed):
    text = said(composed).lower()
    for claim in ("consignments", "estimated flow", "trafficked", "moved along"):
        assert claim not in text
    assert NOT_CORRECTED in composed.caveats


def test_under_removal_the_same_case_speaks_of_estimated_flow(case):
    given = case()
    flows = replace(given["posterior"], estimator="removal", not_estimated={})
    briefing = compose(**(given | {"posterior": flows}))
    assert "estimated flow" in said(briefing)
    assert NOT_CORRECTED not in briefing.caveats
    assert NOT_FLOW in briefing.caveats


def test_the_country_of_seizure_is_counted_by_events_and_named(composed):
    # r1-r5 and r11, r12 of twelve were seized in Thailand
    assert "58 % of the seizure events took place in Thailand" in said(composed)


def test_a_case_without_corridors_says_so_first(case):
    briefing = compose(**case(corridors=()))
    assert briefing.judgements[0].text.startswith("No corridor of more than one leg")


def test_every_product_carries_the_standing_caveats(composed):
    assert composed.caveats[0] == SYNTHETIC
    assert {NOT_FLOW, UNSEEN, "Traced firearms are not a random sample."} <= set(composed.caveats)
    text = " ".join(composed.caveats).replace("\u00a0", " ")
    assert "Of the steps counted, 22 % are inferred" in text  # 5 of 23
    assert "2 records of 12 gave no usable route" in text
    assert len(composed.caveats) == len(set(composed.caveats))


def test_one_source_is_said_to_be_one(case):
    given = case()
    one = replace(given["batch"], records=given["batch"].records.assign(source="agency"))
    briefing = compose(**(given | {"batch": one}))
    assert any("one source" in caveat for caveat in briefing.caveats)
    assert briefing.confidence.startswith("Confidence is low")


def test_what_is_empty_is_named_with_a_reason(composed):
    assert {"detection", "surprise", "p_excess", "tier", "expected"} <= set(composed.not_estimated)
    for name, table in composed.tables.items():
        for column in ("surprise", "expected", "tier", "detection_mean", "flow_mean"):
            if column in table and (table[column].isna() | (table[column].astype(str) == "")).all():
                stem = column.removesuffix("_mean")
                assert {column, stem, f"{name}.{column}"} & set(composed.not_estimated), column


def test_an_estimated_column_that_came_out_empty_is_named_even_if_nobody_said_why(case):
    given = case()
    flows = replace(given["posterior"], not_estimated={"surprise": "x", "p_excess": "x", "tier": "x", "expected": "x"})
    reasons = compose(**(given | {"posterior": flows})).not_estimated
    assert "places.detection_mean" in reasons


def base(n: int, sources: int, *, known: float = 1.0, largest: float | None = None) -> pd.DataFrame:
    names = [f"s{k % sources}" for k in range(n)]
    if largest is not None:
        names[: int(n * largest)] = ["s0"] * int(n * largest)
    ends = ["THA" if k < known * n else "" for k in range(n)]
    columns = {f"{end}_{what}": ends for end in ("origin", "destination") for what in ("place", "country")}
    return pd.DataFrame({"source": names, "count": 1, **columns})


@pytest.mark.parametrize(
    ("records", "estimator", "level"),
    [
        (base(2000, 5), "removal", "high"),
        (base(2000, 5), "counts", "moderate"),
        (base(2000, 1), "removal", "low"),
        (base(100, 5), "removal", "low"),
        (base(2000, 5, known=0.3), "removal", "low"),
        (base(2000, 5, known=0.5), "removal", "moderate"),
        (base(2000, 5, largest=0.9), "removal", "low"),
    ],
)
def test_confidence_comes_from_the_source_base_alone(records, estimator, level):
    assert confidence(records, estimator=estimator).startswith(f"Confidence is {level}:")


def test_coverage_accounts_for_every_row(case):
    briefing = compose(**case())
    rows = dict(briefing.coverage)
    assert rows["seizures.csv"] == "14 rows in = 12 records + 1 set aside + 1 duplicate"
    assert rows["Left out by since"] == "3 rows"
    assert rows["Dates covered"] == "3 January 2023 to 29 November 2023"
    assert rows["Countries named"] == "3: Cambodia, Myanmar and Thailand"
    assert briefing.run["rows"]["seizures.csv"]["unaccounted"] == 0


def test_rows_that_do_not_add_up_are_said(case):
    given = case()
    short = {"seizures.csv": given["batch"].provenance["seizures.csv"] | {"rows_in": 20}}
    briefing = compose(**(given | {"batch": replace(given["batch"], provenance=short)}))
    assert "6 not accounted for" in dict(briefing.coverage)["seizures.csv"]
