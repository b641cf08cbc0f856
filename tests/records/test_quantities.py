"""Quantities: one canonical unit a kind, kinds never mixed, nothing guessed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from routegraph.records.quantities import parse_quantities, units


def one(amount: str, unit: str = "") -> tuple[float, str, str]:
    found = parse_quantities(pd.Series([amount], dtype="str"), pd.Series([unit], dtype="str")).iloc[0]
    return found["quantity"], found["unit"], found["reason"]


@pytest.mark.parametrize(
    ("amount", "unit", "quantity", "canonical"),
    [
        ("12", "kg", 12.0, "kg"), ("12 kg", "", 12.0, "kg"), ("12kg", "KG", 12.0, "kg"), ("1.5e3", "g", 1.5, "kg"),
        ("7", "Gram", 7 * 0.001, "kg"), ("3", "Milligram", 3 * 0.000001, "kg"), ("2", "Ton", 2000.0, "kg"),
        ("250", "Millilitre", 0.25, "litre"), ("250", "Cc", 0.25, "litre"), ("1", "Gallons (UK)", 4.54609, "litre"),
        ("5", "Thousand of tablets", 5000.0, "tablet"), ("5", "Pill", 5.0, "tablet"), ("5", "m3", 5.0, "m3"),
        ("0", "kg", 0.0, "kg"), ("-0", "kg", 0.0, "kg"), ("12", "", 12.0, ""), ("12", "other", 12.0, ""),
        ("1,200,000", "round", 1_200_000.0, "round"), ("1,200.50", "kg", 1200.5, "kg"),
        ("1.200,50", "kg", 1200.5, "kg"), ("1,5", "kg", 1.5, "kg"), ("0,125", "kg", 0.125, "kg"),
        ("1 200", "kg", 1200.0, "kg"), ("1.200", "kg", 1.2, "kg"), ("1", "Viss", 1.63293, "kg"),
        ("12,34,567", "round", 1_234_567.0, "round"), ("3 tablets", "Tablet", 3.0, "tablet"),
    ],
)  # fmt: skip
def test_amounts_become_numbers_in_the_canonical_unit_of_their_kind(amount, unit, quantity, canonical):
    assert one(amount, unit) == (quantity, canonical, "")


@pytest.mark.parametrize(
    ("amount", "unit", "why"),
    [
        ("-3", "kg", "below zero"), ("twelve", "kg", "not a number"), ("1e400", "kg", "too large"),
        ("1e308", "ton", "too large"), ("inf", "kg", "not a number"), ("NaN", "kg", "not a number"),
        ("5-10", "kg", "more than one number"), ("5 to 10 kg", "", "more than one number"), ("~50", "kg", "estimate"),
        (">50 kg", "", "estimate"), ("about 50", "kg", "estimate"), ("50±5", "kg", "estimate"),
        ("1,200", "kg", "ambiguous: 1200 or 1.200"), ("1,200 kg", "", "ambiguous"),
        ("12 kg", "litre", "the unit column"),
        ("3", "bags of stuff", "unknown unit"), ("3 foo", "", "unknown unit"), ("", "foo", "unknown unit"),
        ("0x10", "", "unknown unit"), ("1_000", "kg", "unknown unit"), ("=1+1", "kg", "not a number"),
        ("$5", "kg", "not a number"), ("9" * 40_000, "kg", "too long"), ("1.2.3", "kg", "not a number"),
    ],
)  # fmt: skip
def test_what_is_no_single_number_with_a_known_unit_is_rejected_with_its_reason(amount, unit, why):
    quantity, canonical, reason = one(amount, unit)
    assert np.isnan(quantity)
    assert canonical == ""
    assert why in reason


def test_no_noise_is_added_and_none_is_hidden():
    assert one("0.006999999999999999", "kg")[0] == 0.006999999999999999
    assert one("7", "g")[0] == 0.007


def test_the_table_of_units_keeps_one_canonical_unit_a_kind():
    table = units()
    assert table.groupby("kind")["unit"].nunique().eq(1).all()
    assert table.groupby("unit")["kind"].nunique().eq(1).all()
    assert table["factor"].gt(0).all()
    assert table["text"].str.casefold().is_unique
    itself = parse_quantities(pd.Series(["1"] * len(table)), table["unit"])
    assert (itself["quantity"] == 1).all()


def test_a_number_without_a_unit_is_kept_and_has_no_kind():
    found = parse_quantities(pd.Series(["12", "12"]), pd.Series(["", "kg"]))
    assert found["quantity"].tolist() == [12.0, 12.0]
    assert found["unit"].tolist() == ["", "kg"]


def test_blank_is_no_quantity_and_no_fault():
    assert one("", "kg")[1:] == ("", "")
    assert np.isnan(one("", "kg")[0])


@pytest.mark.real_data
def test_every_amount_and_unit_of_ids_is_read(real_data):
    table = pd.read_parquet(real_data / "unodc-ids" / "unodc_ids_2011_2016.parquet", columns=["AMOUNT", "DRUG_UNIT"])
    assert table["DRUG_UNIT"].nunique() == 43
    amounts = table["AMOUNT"].astype("str").where(table["AMOUNT"].notna(), "")
    found = parse_quantities(amounts, table["DRUG_UNIT"])
    assert found["reason"].eq("").all()
    grams = table["DRUG_UNIT"] == "Gram"
    assert (found.loc[grams, "quantity"] == table.loc[grams, "AMOUNT"] * 0.001).all()
    assert found.loc[grams, "unit"].eq("kg").all()
    stated = table["DRUG_UNIT"].notna() & (table["DRUG_UNIT"] != "other") & table["AMOUNT"].notna()
    assert ((found["unit"] != "") == stated).all()
