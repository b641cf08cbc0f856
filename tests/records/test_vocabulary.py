"""Closed lists of words: what is allowed, what else is understood, what is turned down."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routegraph.errors import SettingError
from routegraph.records import dates, quantities, taxonomy, vocabulary


def read(*texts: str, field: str) -> list[str]:
    return vocabulary.parse(pd.Series(texts, dtype="str"), field=field)["value"].tolist()


def reason(text: str, *, field: str) -> str:
    return str(vocabulary.parse(pd.Series([text], dtype="str"), field=field)["reason"].iloc[0])


@pytest.mark.parametrize(
    ("field", "allowed"),
    [  # CONTRACT.md
        ("mode", "road rail sea air river foot post unknown"), ("recovery", "seized found surrendered"),
        ("traced", "yes no unknown"), ("source_grade", "A B C D E F"), ("info_grade", "1 2 3 4 5 6"),
        ("detection_basis", "random routine profile model intelligence tip_off incidental unknown"),
        ("tlp", "CLEAR GREEN AMBER AMBER+STRICT RED"),
        ("kind", "port airport border_crossing city sea_area region country other"),
    ],
)  # fmt: skip
def test_the_contracts_words_are_allowed_and_read_as_themselves(field, allowed):
    words = allowed.split()
    assert list(vocabulary.values(field)) == words
    assert read(*words, field=field) == words
    assert read(*[f" {word.upper()} " for word in words], field=field) == words


@pytest.mark.real_data
def test_every_transport_of_ids_has_a_mode(real_data):
    transport = pd.read_parquet(real_data / "unodc-ids" / "unodc_ids_2011_2016.parquet", columns=["TRANSPORT"])
    found = vocabulary.parse(transport["TRANSPORT"], field="mode")
    assert found["reason"].eq("").all()
    assert (found["value"] == "").sum() == transport["TRANSPORT"].isna().sum()


def test_markings_of_both_versions_of_the_protocol_are_read():
    assert read("TLP:AMBER+STRICT", "WHITE", "tlp:white", "tlp:clear", field="tlp") == [
        "AMBER+STRICT", "CLEAR", "CLEAR", "CLEAR",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["AMBERISH", "SECRET", "TLP:", "RED RED", "{{7*7777}}", "G" * 40_000])
def test_an_unknown_marking_is_turned_down_and_not_taken_for_the_nearest(text):
    assert read(text, field="tlp") == [""]
    assert "CLEAR, GREEN, AMBER, AMBER+STRICT, RED" in reason(text, field="tlp")


def test_blank_stays_blank_without_a_reason():
    found = vocabulary.parse(pd.Series(["", None, "  "]), field="mode")
    assert found["value"].tolist() == found["reason"].tolist() == ["", "", ""]


def test_countries_of_release_are_checked_sorted_and_taken_once():
    assert read("tha MYS", "THA, IDN;THA", "NAM", "", field="releasable_to") == ["MYS THA", "IDN THA", "NAM", ""]
    assert read("THA XXX", field="releasable_to") == [""]
    assert "'XXX'" in reason("THA XXX", field="releasable_to")


def test_a_field_without_a_list_is_a_setting_that_makes_no_sense():
    with pytest.raises(SettingError, match="no list of words"):
        vocabulary.parse(pd.Series(["x"]), field="colour")


def test_the_answer_keeps_the_index():
    texts = pd.Series(["air", "sea"], index=[7, 3])
    assert vocabulary.parse(texts, field="mode").index.tolist() == [7, 3]


TEXTS = st.one_of(
    st.text(max_size=30).filter(lambda text: text.isprintable()),
    st.from_regex(r"\A[0-9./:+\- ,tTzZkgA-Fx~]{1,24}\Z"),
    st.from_regex(r"\A(drugs|arms|TLP|93)[.:a-z0-9 ]{0,20}\Z"),
)


@given(st.lists(TEXTS, min_size=1, max_size=20))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_no_text_breaks_a_column_and_each_cell_has_a_value_or_a_reason(texts):
    column = pd.Series(texts, dtype="str")
    filled = column.str.strip() != ""
    fields = ("mode", "tlp", "releasable_to")
    checks = {field: vocabulary.parse(column, field=field) for field in fields}
    checks["commodity"] = taxonomy.commodity(column)
    checks["date"] = dates.parse_dates(column).rename(columns={"date": "value"})
    for name, found in checks.items():
        assert ((found["value"] != "") ^ (found["reason"] != "") | ~filled).all(), name
    amounts = quantities.parse_quantities(column, pd.Series([""] * len(column)))
    assert (amounts["quantity"].notna() ^ (amounts["reason"] != "") | ~filled).all()
    assert (amounts["quantity"].dropna() >= 0).all()
