"""Profiles: what a layout says in TOML, and what becomes of it."""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path

import pandas as pd
import pytest

from routegraph.errors import ProfileError, SettingError
from routegraph.places import Gazetteer
from routegraph.records import list_profiles, load_profile, read_seizures, read_transits
from routegraph.records.profile_keys import ColumnRule
from routegraph.records.schema import TABLES
from routegraph.records.sources import fill

GAZETTEER = Gazetteer.builtin()
BUNDLED = [profile.name for profile in list_profiles()]


def own(folder: Path, text: str, name: str = "own") -> str:
    path = folder / f"{name}.toml"
    path.write_text(text if "name =" in text else f'name = "{name}"\n{text}')
    return str(path)


@pytest.mark.parametrize("name", BUNDLED)
def test_every_bundled_profile_says_whose_it_is_and_how_equal_rows_count(name):
    profile = load_profile(name)
    assert profile.name == name
    assert profile.title
    assert profile.publisher
    assert profile.terms
    assert profile.equal_rows_reason
    assert profile.tlp in {"CLEAR", "AMBER"}
    assert set(profile.columns) <= set(TABLES[profile.table])
    if name != "routegraph":
        assert profile.tlp == "CLEAR"
        assert profile.caveats
        assert profile.citation in profile.source_line
    assert (resources.files("routegraph.records.profiles") / f"{name}.toml").is_file()


def test_the_caveats_that_the_publishers_ask_for_are_there():
    assert "not a random sample" in " ".join(load_profile("atf-traces").caveats)
    assert "UNODC" in load_profile("unodc-ids").caveats[0]
    assert load_profile("atf-traces").steps == "bordering"
    assert load_profile("atf-traces").border == "region"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("caveat = []", "no key is called 'caveat'"),
        ('tlp = "WHITE"', "tlp is 'WHITE'"),
        ('caveats = "one"', "caveats is 'one'"),
        ('[columns]\nseized = "x"', "no column of seizures is called 'seized'"),
        ('[columns]\ndate = { form = "x" }', "form"),
        ('[columns]\ndate = { from = "x", constant = "y" }', "expected one of from, constant and template"),
        ('[file]\nencodng = "x"', "no key is called 'encodng'"),
        ("[values]\nA = 3", "A is 3"),
        ('[[leave_out]]\nsame = ["a", "b"]', "a reason"),
        ('[matrix]\nvalue = "n"', "two axes"),
        ('places = [["US-VA"]]', "a list of place_id"),
        ("title = ", "not TOML"),
        ('extends = "nowhere"', "no such profile"),
    ],
)
def test_a_profile_that_makes_no_sense_is_refused_in_one_line(tmp_path, text, found):
    with pytest.raises(ProfileError, match=found) as raised:
        load_profile(own(tmp_path, text))
    assert "\n" not in str(raised.value).replace(text, "")


def test_an_unknown_profile_names_those_that_exist(tmp_path):
    with pytest.raises(SettingError, match=r"no such profile; expected one of .*did you mean 'unodc-ids'"):
        load_profile("unodc")
    with pytest.raises(SettingError, match="no such file"):
        load_profile(str(tmp_path / "absent.toml"))


def test_an_own_profile_may_extend_another_and_change_one_thing(tmp_path):
    profile = load_profile(own(tmp_path, 'extends = "unodc-ids"\nname = "mine"\nequal_rows = "several"\n'))
    parent = load_profile("unodc-ids")
    assert (profile.equal_rows, profile.columns, profile.caveats) == ("several", parent.columns, parent.caveats)


def test_rules_fill_columns_in_every_documented_way():
    frame = pd.DataFrame({"a": ["x", "", "x", ""], "b": ["y", "y", "x", ""]}, dtype="str")
    assert list(fill(ColumnRule(sources=("a", "b")), frame)) == ["x", "y", "x", ""]
    assert list(fill(ColumnRule(constant="c"), frame)) == ["c"] * 4
    assert list(fill(ColumnRule(template="A {a}; B {b}"), frame)) == ["A x; B y", "B y", "A x; B x", ""]
    via = ColumnRule(sources=("b",), when="a", unless_same_as="a", otherwise="?")
    assert list(fill(via, frame)) == ["y", "", "", ""]
    assert list(fill(via, pd.DataFrame({"a": ["x"], "b": [""]}, dtype="str"))) == ["?"]
    assert list(fill(ColumnRule(sources=("absent",)), frame)) == [""] * 4


def test_an_in_house_layout_reads_with_its_file_name_values_and_placeholders(tmp_path):
    profile = own(
        tmp_path,
        """
        name = "customs"
        title = "Customs log"
        tlp = "GREEN"
        placeholders = ["n/a"]
        placeholders_except = ["Ref"]
        [file]
        name = '_(?P<station>[A-Z]+)_(?P<year>[0-9]{4})'
        delimiter = ";"
        encoding = "cp1252"
        [columns]
        record_id = { template = "{station}-{Ref}" }
        date = ["Jour", "year"]
        seized_country = "Pays"
        mode = "Moyen"
        source = { constant = "Douane" }
        remarks = { template = "cache: {Cache}" }
        [values.Moyen]
        camion = "road"
        [aside]
        Page = "page of the paper log"
        """.replace("        ", ""),
    )
    path = tmp_path / "log_ABC_2023.csv"
    path.write_bytes(
        "Ref;Jour;Pays;Moyen;Cache;Page\n1;2023-05-01;Côte d'Ivoire;Camion;n/a;7\nn/a;;Niger;N/A;sac;8\n".encode(
            "cp1252"
        )
    )
    batch = read_seizures([path], profile=load_profile(profile), gazetteer=GAZETTEER)
    wanted = ["record_id", "date", "seized_country", "mode", "remarks", "tlp", "source"]
    assert batch.records[wanted].to_numpy().tolist() == [
        ["ABC-1", "2023-05-01", "CIV", "road", "", "GREEN", "Douane"],
        ["ABC-n/a", "2023", "NER", "", "cache: sac", "GREEN", "Douane"],
    ]
    assert batch.rejects.empty
    assert batch.unmapped.empty
    assert batch.provenance[path.name]["aside"] == {"Page": {"cells": 2, "reason": "page of the paper log"}}


def test_rows_that_a_layout_does_not_mean_are_listed_with_the_reason(tmp_path):
    frame = pd.DataFrame(
        {"exporter": ["Chad", "Chad"], "importer": ["Chad", "Mali"], "trade_usd2010": [1.5, 2], "year": [2001, 2001]}
    )
    frame.to_csv(tmp_path / "t.csv", index=False)
    batch = read_transits([tmp_path / "t.csv"], profile=load_profile("itpd-trade"), gazetteer=GAZETTEER)
    assert batch.records[["origin_place", "destination_place", "value_usd", "period"]].to_numpy().tolist() == [
        ["TCD", "MLI", 2.0, "2001"]
    ]
    assert batch.rejects[["row", "scope", "reason"]].to_numpy().tolist() == [
        [2, "row", "trade within one country, which crosses no border"]
    ]


def test_a_file_that_lacks_what_the_profile_needs_is_refused(tmp_path):
    (tmp_path / "x.csv").write_text("COUNTRY,PLACE\nChad,N'Djamena\n")
    with pytest.raises(ProfileError, match="'DRUG_NAME' is missing"):
        read_seizures([tmp_path / "x.csv"], profile=load_profile("unodc-ids"), gazetteer=GAZETTEER)


def test_the_chain_of_ids_bridges_an_unknown_departure_and_repeats_no_producer(tmp_path):
    columns = [
        "COUNTRY",
        "DRUG_NAME",
        "PRODUCING_COUNTRY",
        "DEPARTURE_COUNTRY",
        "DESTINATION_COUNTRY",
        "SEIZURE_DATE",
        "ROUTING",
    ]
    rows = [
        ["Iran", "Heroin", "Afghanistan", "Pakistan", "Multiple Countries", "2014-01-01", "Border - inbound"],
        ["Iran", "Heroin", "Afghanistan", "Unknown", "Turkey", "2014-01-02", ""],
        ["Iran", "Heroin", "Afghanistan", "Afghanistan", "Other", "2014-01-03", ""],
        ["Iran", "Heroin", "", "Pakistan", "", "2014-01-04", "National territory/domestic seizure"],
        ["Iran", "Heroin", "Unknown", "Unknown", "", "2014-01-05", ""],
    ]
    pd.DataFrame(rows, columns=columns).to_csv(tmp_path / "ids.csv", index=False)
    batch = read_seizures(
        [tmp_path / "ids.csv"], profile=load_profile("unodc-ids"), gazetteer=GAZETTEER, resolve_places=False
    )
    found = batch.records.sort_values("date")
    assert found[["origin_place", "via_places", "seized_place", "destination_place"]].to_numpy().tolist() == [
        ["AFG", "PAK", "IRN", ""],
        ["AFG", "?", "IRN", "TUR"],
        ["AFG", "", "IRN", ""],
        ["PAK", "", "IRN", ""],
        ["", "", "IRN", ""],
    ]
    assert "routing: National territory/domestic seizure" in found["remarks"].iloc[3]
    assert set(found["source"]) == {"UNODC IDS: Iran"}


COUNTS = [[5, 2, 0], [1, 7, 3]]
SOURCES, RECOVERIES = ["VIRGINIA", "GUAM"], ["NEW YORK", "US VIRGIN  ISLANDS", "VIRGINIA"]


def sheet(folder: Path, name: str, *, by_recovery: bool, total: int = 0) -> Path:
    grid = pd.DataFrame(COUNTS, index=SOURCES, columns=RECOVERIES)
    top, side = ("Recovery State", "Source State")
    if by_recovery:
        grid, top, side = grid.T, side, top
    grid.loc["TOTAL"] = grid.sum()
    grid["TOTALS"] = grid.sum(axis=1)
    grid.loc["TOTAL", "TOTALS"] += total
    if total:
        grid.iloc[0, -1] += total
    lines = [["", "", top, *[""] * (grid.shape[1] - 1)], [side, "", *grid.columns]]
    lines += [["", label, *row] for label, row in zip(grid.index, grid.to_numpy().tolist(), strict=True)]
    lines += [["", "", *[""] * grid.shape[1]], ["", "- Duplicate traces are not included.", *[""] * grid.shape[1]]]
    pd.DataFrame(lines).to_excel(folder / name, header=False, index=False)
    return folder / name


def read_traces(*paths: Path):
    return read_seizures(list(paths), profile=load_profile("atf-traces"), gazetteer=GAZETTEER)


def test_a_matrix_reads_the_same_in_both_orientations_and_as_a_tidy_table(tmp_path):
    tidy = [
        [2012, s, r, n] for s, line in zip(SOURCES, COUNTS, strict=True) for r, n in zip(RECOVERIES, line, strict=True)
    ]
    pd.DataFrame(tidy, columns=["year", "source", "recovery", "n"]).to_csv(tmp_path / "tidy.csv", index=False)
    paths = [
        sheet(tmp_path, "d_2012.xlsx", by_recovery=False),
        sheet(tmp_path, "y_2012.xlsx", by_recovery=True),
        tmp_path / "tidy.csv",
    ]
    frames = [read_traces(path).records.drop(columns=["file", "row"]) for path in paths]
    assert frames[0]["count"].sum() == 18
    assert frames[0]["record_id"][0] == "ATF-2012-US-GU-US-NY"
    for other in frames[1:]:
        pd.testing.assert_frame_equal(frames[0], other)
    together = read_traces(*paths)
    assert len(together.records) == 6
    assert set(together.records["copies"]) == {3}
    assert set(together.duplicates["rule"]) == {"same record_id"}


def test_zeros_of_a_matrix_are_reported_zeros_and_footers_are_notes(tmp_path):
    batch = read_traces(sheet(tmp_path, "d_2012.xlsx", by_recovery=False))
    assert (batch.records["count"] == 0).sum() == 1
    assert batch.rejects.empty
    assert any("Duplicate traces" in str(note) for note in batch.provenance["d_2012.xlsx"]["notes"])
    assert set(batch.records["date_precision"]) == {"year"}


def test_a_sum_that_its_cells_do_not_add_up_to_is_said(tmp_path):
    batch = read_traces(sheet(tmp_path, "d_2012.xlsx", by_recovery=False, total=1))
    assert batch.rejects[["scope", "value"]].to_numpy().tolist() == [["cell", "8"]]
    assert "VIRGINIA; its cells add up to 7" in batch.rejects["reason"][0]


def test_one_pair_and_year_with_two_counts_keeps_one_and_lists_the_other(tmp_path):
    rows = pd.DataFrame(
        [[2012, "VIRGINIA", "NEW YORK", 5], [2012, "VIRGINIA", "NEW YORK", 6]],
        columns=["year", "source", "recovery", "n"],
    )
    rows.to_csv(tmp_path / "t.csv", index=False)
    batch = read_traces(tmp_path / "t.csv")
    assert list(batch.records["count"]) == [5]
    assert batch.rejects["scope"].tolist() == ["row"]


def test_the_example_in_the_documentation_is_a_profile_that_loads(tmp_path):
    page = Path(__file__).resolve().parents[2] / "docs" / "profiles.md"
    blocks = page.read_text(encoding="utf-8").split("```toml\n")[1:]
    examples = [block.split("```")[0] for block in blocks]
    assert len(examples) >= 1
    for number, text in enumerate(examples):
        assert tomllib.loads(text)
        load_profile(own(tmp_path, text, f"example{number}"))
