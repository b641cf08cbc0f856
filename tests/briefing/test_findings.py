"""Judgements, confidence and caveats: plain sentences from the tables, and never more than they hold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from routegraph.analysis.scores import PlaceScores
from routegraph.briefing.caveats import NOT_CORRECTED, NOT_FLOW, SYNTHETIC, UNSEEN
from routegraph.briefing.findings import confidence


def said(briefing) -> str:
    return " ".join(judgement.text for judgement in briefing.judgements).replace("\u00a0", " ")


def apart(compose, case):
    """The case where the second corridor carries a hundredth of its flow: the two can be told apart."""
    given = case()
    fewer = replace(given["posterior"], routes=given["posterior"].routes * np.array([1, 0.01, 1], dtype=np.float32))
    return compose(**(given | {"posterior": fewer}))


def test_the_first_judgement_names_the_first_corridor_with_its_numbers(compose, case):
    first = apart(compose, case).judgements[0]
    assert first.text.startswith(
        "Yangon > Myawaddy > Mae Sot > Bangkok ranks first by score of 2 corridors, with 5 seizure events"
    )
    assert "90 % credible interval 2.1 to 9.8" in first.text
    assert "whose way lies on it" not in first.text  # a count is of events, and says nothing of ways
    assert "very likely to be highest in smoothed count" in first.text
    assert "C-0000000001" in first.basis


def test_a_step_that_nobody_was_seen_to_travel_is_said_to_be_intended(compose, case):
    given = case()
    first, second = given["corridors"]
    ahead = replace(first, step_status=("travelled", "inferred", "intended"))
    text = said(compose(**(given | {"corridors": (ahead, second)})))
    which = "Myawaddy > Mae Sot and Mae Sot > Bangkok"
    assert f"had travelled {which}: such steps are inferred, or lay ahead of the seizure." in text
    none = replace(first, step_status=("inferred",) * 3)
    assert "had travelled any of its steps" in said(compose(**(given | {"corridors": (none, second)})))
    whole = replace(first, step_status=("travelled",) * 3)
    assert "No record says" not in said(compose(**(given | {"corridors": (whole, second)})))


def test_what_rests_on_an_unsettled_estimate_is_called_provisional_and_lowers_confidence(compose, case):
    given = case()
    flows = replace(given["posterior"], estimator="removal", not_estimated={}, diagnostics={"chains_settled": 1.0})
    settled = compose(**(given | {"posterior": flows}))
    apart = compose(**(given | {"posterior": replace(flows, diagnostics={"chains_settled": 0.0})}))
    assert "This is provisional: the estimate has not settled." in said(apart)
    assert "provisional" not in said(settled)


@pytest.mark.parametrize(("level", "unsettled"), [("high", "moderate"), ("moderate", "low"), ("low", "low")])
def test_confidence_is_a_level_lower_where_the_estimate_has_not_settled(level, unsettled):
    n = {"high": 2_000, "moderate": 300, "low": 10}[level]
    records = pd.DataFrame(
        {"source": [f"s{k % 5}" for k in range(n)], "count": 1, "origin_place": "A", "origin_country": "AAA",
         "destination_place": "B", "destination_country": "BBB"}
    )  # fmt: skip
    assert confidence(records, estimator="removal").startswith(f"Confidence is {level}:")
    lowered = confidence(records, estimator="removal", settled=False)
    assert lowered.startswith(f"Confidence is {unsettled}:")
    assert (f"It would be {level} if the estimate had settled" in lowered) == (level != unsettled)
    assert lowered.endswith("another run would give other figures.")


def test_corridors_that_rest_mostly_on_one_source_are_counted_by_their_own_records(compose, case):
    given = case()
    records = given["batch"].records
    ids = given["corridors"][0].record_ids
    mostly = records["source"].mask(records["record_id"].isin(ids), "customs")
    caveats = compose(**(given | {"batch": replace(given["batch"], records=records.assign(source=mostly))})).caveats
    (told,) = [one for one in caveats if "mostly on one source" in one]
    assert told.startswith("1 corridor of 2 rests mostly on one source: without the events that it reported")
    # sources that are not stated cannot be left out
    blank = compose(**(given | {"batch": replace(given["batch"], records=records.assign(source=""))})).caveats
    assert not any("mostly on one source" in one for one in blank)


def test_ranks_that_are_chance_are_said_to_be_so_before_any_rank(composed):
    first, second, third, *_ = composed.judgements
    assert first.text.startswith("The order of the corridors cannot be told from chance")
    assert " is listed first of 2 corridors" in second.text
    assert " is listed next." in third.text
    assert "ranks first" not in said(composed)


def test_a_single_corridor_is_not_compared_with_itself(compose, case):
    given = case()
    only = compose(**(given | {"corridors": given["corridors"][:1]})).judgements[0].text
    assert " is the only corridor, with 5 seizure events" in only
    assert not any(word in only for word in ("rank", "highest", "certain", "likely"))


def test_the_place_that_is_named_is_one_that_events_pass(compose, case):
    """Betweenness may lead with a place that nothing passes; the first of the routes passes two places five times."""
    given = case()
    table = given["scores"]["betweenness_places"].table.copy()
    table["betweenness_mean"] = (table.index == "THA-ranong") * 0.9
    scores = given["scores"] | {"betweenness_places": PlaceScores(table, "betweenness")}
    text = said(compose(**(given | {"scores": scores})))
    assert "Myawaddy lies between the ends of more reported routes than any other place" in text
    assert "over land ways that were inferred, 5 events, or 50" in text
    assert "Ranong" not in text


def test_the_place_that_is_named_stands_by_a_likelihood_word_with_its_probability(compose, case):
    given = case()
    table = given["scores"]["throughflow"].table.assign(p_top=0.4)
    table.loc["MMR-myawaddy", "p_top"] = 0.93
    scores = given["scores"] | {"throughflow": PlaceScores(table, "throughflow")}
    assert "It is very likely to be highest in smoothed count (93 %)." in said(compose(**(given | {"scores": scores})))
    table["p_top"] = float("nan")
    (passed,) = [
        one for one in compose(**(given | {"scores": scores})).judgements if "lies between the ends" in one.text
    ]
    assert passed.text.endswith("went past it or were to.")


def test_where_borders_of_regions_count_a_region_is_named_and_not_the_country(compose, case):
    given = case()
    places = given["graph"].places.assign(region="")
    places.loc["THA-mae-sot", "region"], places.loc["THA-bangkok", "region"] = "TH-63", "TH-10"
    text = said(compose(**(given | {"graph": replace(given["graph"], places=places, border="region")})))
    assert "71 % of the seizure events took place in TH-63" in text  # 5 of 7 with a region
    assert "took place in Thailand" not in text


def test_corridors_that_share_records_say_that_their_counts_do_not_add_up(compose, case):
    given = case()
    first, second = given["corridors"]
    assert not any("do not add up" in one for one in compose(**given).caveats)
    again = replace(first, corridor_id="C-again", rank=3, path=first.path[:3])
    caveats = compose(**(given | {"corridors": (first, second, again)})).caveats
    assert any("do not add up" in one for one in caveats)


def test_under_counts_no_sentence_speaks_of_flow_or_traffic_as_measured(composed):
    text = said(composed).lower()
    for claim in ("consignments", "estimated flow", "trafficked", "moved along"):
        assert claim not in text
    assert NOT_CORRECTED in composed.caveats


def test_under_removal_the_same_case_speaks_of_estimated_flow(compose, case):
    given = case()
    flows = replace(given["posterior"], estimator="removal", not_estimated={})
    briefing = compose(**(given | {"posterior": flows}))
    assert "estimated flow" in said(briefing)
    assert NOT_CORRECTED not in briefing.caveats
    assert NOT_FLOW in briefing.caveats


def test_the_country_of_seizure_is_counted_by_events_and_named(composed):
    # r1-r5 and r11, r12 of twelve were seized in Thailand
    assert "58 % of the seizure events took place in Thailand" in said(composed)


def test_a_case_without_corridors_says_so_first(compose, case):
    briefing = compose(**case(corridors=()))
    assert briefing.judgements[0].text.startswith("No corridor of more than one leg")


def test_every_product_carries_the_standing_caveats(composed):
    assert composed.caveats[0] == SYNTHETIC
    assert {NOT_FLOW, UNSEEN, "Traced firearms are not a random sample."} <= set(composed.caveats)
    text = " ".join(composed.caveats).replace("\u00a0", " ")
    assert "Of the steps counted, 22 % are inferred" in text  # 5 of 23
    assert "2 records of 12 gave no usable route" in text
    assert len(composed.caveats) == len(set(composed.caveats))


def test_one_source_is_said_to_be_one(compose, case):
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


def test_an_estimated_column_that_came_out_empty_is_named_even_if_nobody_said_why(compose, case):
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


@pytest.mark.parametrize(("settled", "said"), [(1.0, False), (0.0, True)])
def test_the_page_says_whether_chains_settled(compose, case, settled, said):
    given = case()
    flows = replace(given["posterior"], diagnostics={**given["posterior"].diagnostics, "chains_settled": settled})
    assert ("has not settled" in compose(**(given | {"posterior": flows})).confidence) == said


def test_coverage_accounts_for_every_row(compose, case):
    briefing = compose(**case())
    rows = dict(briefing.coverage)
    assert rows["seizures.csv"] == "14 rows in = 12 records + 1 set aside + 1 duplicate"
    assert rows["Left out by since"] == "3 rows"
    assert rows["Dates covered"] == "3 January 2023 to 29 November 2023"
    assert rows["Countries named"] == "3: Thailand, Myanmar and Cambodia"
    assert briefing.run["rows"]["seizures.csv"]["unaccounted"] == 0


def test_rows_that_do_not_add_up_are_said(compose, case):
    given = case()
    short = {"seizures.csv": given["batch"].provenance["seizures.csv"] | {"rows_in": 20}}
    briefing = compose(**(given | {"batch": replace(given["batch"], provenance=short)}))
    assert "6 not accounted for" in dict(briefing.coverage)["seizures.csv"]
