"""i2_links.csv: every link with both its ends, its figures as in the tables, and the case's limits in every row."""

from __future__ import annotations

import csv
import io
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from briefings import KINDS, PATHS, corrected, empty, hostile, plain, untold

from routegraph.briefing.product import Briefing
from routegraph.render.i2 import COLUMNS, render_i2
from routegraph.render.plain_text import storable
from routegraph.render.tables import read_table

FLOWS = ["Flow mean", "Flow p05", "Flow p95"]


def links(briefing: Briefing, kind: str = "") -> pd.DataFrame:
    table = read_table(render_i2(briefing))
    return table.loc[table["Link Type"] == kind].reset_index(drop=True) if kind else table


def numbers(column: pd.Series) -> list[float]:
    return pd.to_numeric(column.replace("", np.nan)).tolist()


def same(first: list[float], second: list[float]) -> bool:
    return np.array_equal(np.asarray(first, dtype=float), np.asarray(second, dtype=float), equal_nan=True)


def test_a_leg_carries_the_tables_values():
    briefing = corrected()
    legs = briefing.tables["legs"].loc[briefing.tables["legs"]["named_pair"] != "yes"]
    places = briefing.tables["places"].set_index("place_id")
    found = links(briefing, "Leg")
    assert found["From Identity"].tolist() == legs["origin"].tolist()
    assert found["To Identity"].tolist() == legs["destination"].tolist()
    for column, own in zip(FLOWS, ("flow_mean", "flow_p05", "flow_p95"), strict=True):
        assert same(numbers(found[column]), legs[own].tolist())
    assert same(numbers(found["Distance km"]), legs["distance_km"].tolist())
    for side, own in (("From", "origin"), ("To", "destination")):
        assert same(numbers(found[f"{side} Latitude"]), places["lat"].reindex(legs[own]).tolist())
        assert same(numbers(found[f"{side} Longitude"]), places["lon"].reindex(legs[own]).tolist())
        assert found[f"{side} Country"].tolist() == places["country"].reindex(legs[own]).tolist()
    assert found["From Label"].tolist()[0] == "Yangon"
    assert found["Description"].tolist() == legs["why"].tolist()
    assert set(found["Own marking"]) == {"TLP:GREEN"}


def test_a_corridor_is_its_steps_in_order_with_its_records():
    found = links(plain(), "Corridor step")
    steps = [leg for path in PATHS for leg in pairwise(path)]
    assert list(zip(found["From Identity"], found["To Identity"], strict=True)) == steps
    assert found["Step"].tolist() == ["1", "2"] * 3
    assert found.loc[0, ["Link Label", "Record ids", "Source", "Grade", "Strength", "Known as"]].tolist() == [
        "Corridor 1, step 1 of 2",
        "r1",
        "Police",
        "B2",
        "Confirmed",
        "travelled",
    ]
    assert found["Strength"].tolist() == ["Confirmed", "Unconfirmed"] + ["Tentative"] * 4
    assert same(numbers(found["Flow mean"]), [40.1235, 40.1235, 21, 21, np.nan, np.nan])


@pytest.mark.parametrize(
    ("events", "strength", "known"),
    [
        ((1, 5, 9), "Confirmed", "travelled"),
        ((0, 1, 9), "Unconfirmed", "intended"),
        ((0, 0, 1), "Tentative", "inferred"),
        ((0, 0, 0), "Tentative", "no record names it"),
    ],
)
def test_strength_follows_how_a_leg_is_best_known(events, strength, known):
    briefing = plain()
    legs = briefing.tables["legs"].assign(**dict(zip(("travelled", "intended", "inferred"), events, strict=True)))
    found = links(replace(briefing, tables=briefing.tables | {"legs": legs}), "Leg")
    assert set(zip(found["Strength"], found["Known as"], strict=True)) == {(strength, known)}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_row_carries_marking_warning_and_caveat(kind):
    briefing = KINDS[kind]()
    table = links(briefing)
    assert list(table.columns) == list(COLUMNS)
    assert len(table) >= 1
    assert set(table["Marking"]) == {storable(briefing.marking.text)}
    assert all(text.startswith("SYNTHETIC") == briefing.synthetic for text in table["Synthetic"])
    assert all(storable(briefing.caveats[0]).replace("\x00", "\u2400") in text for text in table["Caveat"] if text)
    assert all(bool(text) == bool(briefing.caveats) for text in table["Caveat"])
    assert table["Run digest"].str.fullmatch("[0-9a-f]{64}").all()


def test_further_caveats_are_counted():
    many = replace(plain(), caveats=("One.", "Two.", "Three.", "Four."))
    assert set(links(many)["Caveat"]) == {"One. Two. And 2 caveats more in run.json."}


def test_a_case_without_links_says_so():
    table = links(empty())
    assert table["Description"].tolist() == ["No link was found in this case."]
    assert table[["From Identity", "To Identity"]].to_numpy().tolist() == [["", ""]]


def test_no_level_where_levels_are_not_told_and_counts_are_no_traffic():
    not_told = links(untold())
    assert (not_told[FLOWS] == "").all(axis=None)
    assert "cannot tell" in not_told["Flow unit"][0]
    assert not_told["Flow share of largest"].tolist() == links(corrected())["Flow share of largest"].tolist()
    assert "not traffic" in links(plain())["Flow unit"][0]
    assert (links(corrected())[FLOWS] != "").any(axis=None)


def test_hostile_text_stays_text_and_no_cell_is_a_formula():
    data = render_i2(hostile())
    cells = [cell for row in csv.reader(io.StringIO(data.decode(), newline="")) for cell in row]
    assert not [cell for cell in cells if cell[:1] in tuple("=+@\t\r\n＝") or cell.startswith("-1+1")]
    found = links(hostile())
    known = {storable(text).replace("\x00", "\u2400") for text in hostile().tables["places"]["place_id"]}
    assert set(found["From Identity"]) | set(found["To Identity"]) <= known
    reasons = [storable(text).replace("\x00", "\u2400") for text in hostile().tables["corridors"]["reasons"]]
    assert all(any(reason in text for text in found["Description"]) for reason in reasons)


def test_records_beyond_fifty_are_counted():
    briefing = plain()
    many = pd.DataFrame({"kind": "leg", "id": "MMR-yangon > THA-mae-sot", "step": 0, "status": "travelled",
                         "record_id": [f"r{k:02d}" for k in range(60)]})  # fmt: skip
    row = links(replace(briefing, tables=briefing.tables | {"evidence": many}), "Leg").iloc[0]
    assert row["Record ids"].endswith("r49; and 10 more in evidence.csv")
    assert row["Records behind"] == "60"
