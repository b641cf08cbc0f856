"""structure.csv: every analysis in one long table, its numbers where they belong and its other words in one cell."""

from __future__ import annotations

import numpy as np
import pandas as pd

from routegraph.analysis.scores import CaseFigures, LegScores, Partition, PathRules, PlaceScores
from routegraph.analysis.summary import leg_scores, place_scores
from routegraph.briefing.columns import COLUMNS
from routegraph.briefing.structure import MOST_ROWS, structure_table
from routegraph.briefing.tables import conform

PLACES = pd.Index(["A-1", "B-1", "C-1"], name="place_id")


class Network:
    """As much of a network as scores ask for."""

    places = pd.DataFrame(index=PLACES)
    legs = pd.DataFrame(
        index=pd.MultiIndex.from_tuples([("A-1", "B-1"), ("B-1", "C-1")], names=["origin", "destination"])
    )


def written(scores):
    return conform(structure_table(scores), "structure")


def several():
    draws = np.array([[1.0, 0.0, 5.0], [2.0, 0.0, 4.0]])
    table = pd.DataFrame({"community": [1, 2, 0], "stability": [0.5, 0.9, np.nan]}, index=PLACES)
    rules = pd.DataFrame(
        {"rule": "After B comes C.", "context": ["A-1 > B-1"], "next": ["C-1"], "memory_mean": [0.5],
         "memory_p05": [0.4], "memory_p95": [0.6], "support": [7]}
    )  # fmt: skip
    figures = pd.DataFrame(
        {"unseen_mean": [np.nan, 3.0], "unseen_p05": [np.nan, 2.0], "unseen_p95": [np.nan, 4.0],
         "said": ["Not estimated.", "About 3."]}, index=pd.Index(["coverage", "paths"], name="figure"),
    )  # fmt: skip
    return {
        "throughflow": place_scores(Network, draws, name="flow", parameters={}),
        "betweenness_legs": leg_scores(Network, draws[:, [0, 2]], name="betweenness", parameters={}),
        "communities": Partition(table, "leiden", {}, {1: "West; by sea", 2: "East"}),
        "memory": PathRules(rules, "memory"),
        "unseen": CaseFigures(figures, "unseen"),
    }


def test_every_analysis_has_its_rows_with_the_columns_of_the_contract():
    table = written(several())
    assert tuple(table.columns) == COLUMNS["structure"]
    assert list(dict.fromkeys(table["analysis"])) == [
        "betweenness_legs",
        "communities",
        "memory",
        "throughflow",
        "unseen",
    ]
    kinds = table.drop_duplicates("analysis").set_index("analysis")["kind"].to_dict()
    assert kinds == {
        "betweenness_legs": "leg", "communities": "place", "memory": "rule", "throughflow": "place", "unseen": "case",
    }  # fmt: skip
    assert table.loc[table["analysis"] == "memory", "id"].tolist() == ["A-1 > B-1 > C-1"]
    assert table.loc[table["analysis"] == "betweenness_legs", "id"].tolist() == ["B-1 > C-1", "A-1 > B-1"]
    assert table.loc[table["analysis"] == "unseen", "id"].tolist() == ["coverage", "paths"]


def test_what_is_zero_throughout_is_left_out_and_the_highest_comes_first():
    table = written(several())
    assert table.loc[table["analysis"] == "throughflow", "id"].tolist() == ["C-1", "A-1"]


def test_a_tier_is_a_whole_number_beside_analyses_that_have_none():
    """Tables are put together: the mutant that leaves the column to itself writes 1.0."""
    table = written(several())
    assert table.loc[table["analysis"] == "throughflow", "tier"].tolist() == ["1", "2"]
    assert set(table.loc[table["analysis"].isin(["communities", "unseen", "memory"]), "tier"]) == {""}
    ranks = table.loc[table["analysis"] == "throughflow", ["rank_p05", "rank_p95"]]
    assert ranks.to_numpy().tolist() == [[1, 1], [2, 2]]


def test_other_columns_are_said_without_blanks_and_a_sentence_stands_alone():
    table = written(several()).set_index(["analysis", "id"])["said"]
    assert table["communities", "A-1"] == "community: 1; called: West; by sea"
    assert table["communities", "C-1"] == "community: 0"
    assert table["unseen", "paths"] == "About 3."
    assert table["unseen", "coverage"] == "Not estimated."
    assert table["memory", "A-1 > B-1 > C-1"] == "rule: After B comes C.; context: A-1 > B-1; next: C-1; support: 7"
    assert table["throughflow", "A-1"] == ""


def test_further_columns_stay_with_their_own_row():
    """Rows are sorted and cut: the mutant that takes them in the order of the table gives C-1 what is A-1's."""
    found = several()["throughflow"]
    beside = PlaceScores(found.table.assign(role=["first", "second", "third"], of=[0.123456789, 2.0, np.nan]), "flow")
    table = written({"x": beside}).set_index("id")["said"]
    assert table.to_dict() == {"C-1": "role: third", "A-1": "role: first; of: 0.123457"}


def test_no_more_rows_than_a_reader_can_use():
    index = pd.MultiIndex.from_tuples([(f"A{k}", f"B{k}") for k in range(MOST_ROWS + 50)])
    table = pd.DataFrame({f"m_{part}": np.arange(MOST_ROWS + 50.0) for part in ("mean", "p05", "p95")}, index=index)
    found = written({"x": LegScores(table, "m")})
    assert len(found) == MOST_ROWS
    assert found["mean"].iloc[0] == MOST_ROWS + 49


def test_what_an_analysis_names_is_kept_however_low_it_stands():
    index = pd.MultiIndex.from_tuples(
        [(f"A{k}", f"B{k}") for k in range(MOST_ROWS + 50)], names=["origin", "destination"]
    )
    numbers = {f"m_{part}": -np.arange(MOST_ROWS + 50.0) for part in ("mean", "p05", "p95")}
    table = pd.DataFrame(numbers, index=index).assign(what="")
    table.iloc[-1, -1] = "fell"
    found = structure_table({"change": LegScores(table, "m")})
    assert len(found) == MOST_ROWS + 1
    assert (found["id"].iloc[-1], found["said"].iloc[-1]) == (f"A{MOST_ROWS + 49} > B{MOST_ROWS + 49}", "what: fell")


def test_nothing_analysed_and_nothing_found_are_empty_tables():
    assert written({}).shape == (0, len(COLUMNS["structure"]))
    empty = PlaceScores(several()["throughflow"].table.iloc[:0], "flow")
    assert written({"x": empty}).shape == (0, len(COLUMNS["structure"]))


def test_equals_come_in_the_order_of_their_ids_whatever_the_order_of_rows():
    found = place_scores(Network, np.full((3, 3), 2.0), name="flow", parameters={})
    turned = PlaceScores(found.table.iloc[::-1], "flow")
    assert written({"x": found}).equals(written({"x": turned}))
    assert written({"x": found})["id"].tolist() == ["A-1", "B-1", "C-1"]


def test_what_could_not_be_estimated_says_why_in_a_row_of_its_own():
    none = place_scores(Network, np.zeros((2, 3)), name="flow", parameters={"not_estimated": "no transits"})
    table = written({**several(), "excess": none})
    row = table[(table["analysis"] == "excess")].iloc[0]
    assert (row["kind"], row["id"], row["said"]) == ("case", "not_estimated", "no transits")
    assert np.isnan(row["mean"])
    assert (table["id"] == "not_estimated").sum() == 1
