"""From canonical files to records: nothing vanishes, nothing is guessed, the order of rows does not matter."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from routegraph.errors import InputError, PersonColumnError, ProfileError, SettingError
from routegraph.places import Gazetteer
from routegraph.records import load_profile, read_effort, read_places, read_seizures, read_transits, summarise
from routegraph.records.cells import positions
from routegraph.records.persons import names_persons
from routegraph.records.schema import RECORD_COLUMNS, dtype_of

CANONICAL = load_profile("routegraph")
GAZETTEER = Gazetteer.builtin()


def save(folder: Path, rows: list[dict[str, str]], name: str = "rows.csv") -> Path:
    path = folder / name
    pd.DataFrame(rows).fillna("").to_csv(path, index=False)
    return path


def read(*paths: Path, profile=CANONICAL, **options):
    return read_seizures(list(paths), profile=profile, gazetteer=GAZETTEER, **options)


def rows_accounted_for(batch) -> bool:
    return all(
        f["rows_in"] == f["records"] + f["rejected_rows"] + f["duplicates"] for f in batch.provenance.values()
    ) and len(batch.records) == sum(f["records"] for f in batch.provenance.values())


MESSY = [
    {"record_id": "a", "seized_at": "Mae Sot", "seized_country": "THA", "date": "2023-08-21", "count": "1"},
    {"record_id": "a", "seized_at": "Mae Sot", "seized_country": "THA", "date": "2023-08-21", "count": "1"},
    {"record_id": "a", "seized_at": "Poipet", "seized_country": "KHM", "date": "2023-08-22", "count": "1"},
    {"record_id": "b", "seized_country": "Burma", "date": "30 February 2023", "quantity": "-3", "unit": "kg"},
    {"record_id": "c", "seized_at": "Atlantis", "seized_country": "KHM"},
    {"record_id": "d", "origin_country": "VNM"},
    {"record_id": "e", "seized_country": "LAO", "count": "twelve"},
    {"record_id": "f", "seized_country": "LAO", "count": "0"},
    {"record_id": "", "seized_country": "VNM", "remarks": "x"},
    {"record_id": "", "seized_country": "VNM", "remarks": "x"},
    {"record_id": "", "seized_country": "VNM", "remarks": "x"},
    {"record_id": "g", "seized_country": "Ruritania"},
]


def test_rows_in_are_records_and_rejected_rows_and_duplicates(tmp_path):
    batch = read(save(tmp_path, MESSY))
    assert rows_accounted_for(batch)
    facts = batch.provenance["rows.csv"]
    assert (facts["rows_in"], facts["records"], facts["rejected_rows"], facts["duplicates"]) == (12, 5, 4, 3)
    assert set(batch.records["record_id"]) & {"a", "b", "c", "f"} == {"a", "b", "c", "f"}


def test_torn_rows_are_accounted_for_too(tmp_path):
    path = tmp_path / "torn.csv"
    path.write_text("seized_country,remarks\nTHA,a\nTHA\nKHM,b,c\n")
    batch = read(path)
    assert rows_accounted_for(batch)
    assert batch.provenance["torn.csv"]["rows_in"] == 3


def test_the_frame_is_the_documented_one(tmp_path):
    records = read(save(tmp_path, MESSY)).records
    assert tuple(records.columns) == RECORD_COLUMNS
    assert all(records[column].dtype == dtype_of(column) for column in records.columns)
    assert not records.select_dtypes("str").isna().any().any()
    assert records["record_id"].is_monotonic_increasing
    assert list(records.index) == list(range(len(records)))


def test_every_bad_cell_is_named_with_its_row_and_the_rest_of_the_row_stays(tmp_path):
    batch = read(save(tmp_path, MESSY))
    kept = batch.records.set_index("record_id").loc["b"]
    assert (kept["seized_country"], kept["date"]) == ("MMR", "")
    assert np.isnan(kept["quantity"])
    cells = batch.rejects[batch.rejects["row"] == 5]
    assert set(zip(cells["field"], cells["value"], strict=True)) == {
        ("date", "30 February 2023"),
        ("quantity", "-3 kg"),
    }


def test_a_count_of_zero_is_kept_and_one_that_cannot_be_read_costs_the_row(tmp_path):
    batch = read(save(tmp_path, MESSY))
    assert batch.records.set_index("record_id").loc["f", "count"] == 0
    rows = batch.rejects[batch.rejects["scope"] == "row"]
    assert rows.set_index("row").loc[8, ["field", "value"]].tolist() == ["count", "twelve"]


def test_equal_rows_count_once_and_say_how_many_they_were(tmp_path):
    batch = read(save(tmp_path, MESSY))
    made = batch.records[~batch.records["record_id"].isin(list("abcf"))]
    assert list(made["copies"]) == [3]
    listed = batch.duplicates[batch.duplicates["rule"] == "equal row"]
    assert list(listed["duplicate_of"]) == list(made["record_id"]) * 2


def test_equal_rows_are_several_where_the_profile_says_so_but_a_file_given_twice_counts_once(tmp_path):
    own = tmp_path / "own.toml"
    own.write_text(
        'extends = "routegraph"\nname = "own"\nequal_rows = "several"\nequal_rows_reason = "log of arrests"\n'
    )
    rows = [{"seized_country": "VNM", "remarks": "x"}] * 3
    first, second = save(tmp_path, rows, "one.csv"), save(tmp_path, rows, "two.csv")
    batch = read(first, second, profile=load_profile(str(own)))
    assert len(batch.records) == 3
    assert batch.records["record_id"].is_unique
    assert set(batch.duplicates["rule"]) == {"same file"}
    assert rows_accounted_for(batch)


def test_rows_that_differ_only_where_no_canonical_column_looks_are_not_equal(tmp_path):
    rows = [{"seized_country": "VNM", "case": "1"}, {"seized_country": "VNM", "case": "2"}]
    batch = read(save(tmp_path, rows))
    assert len(batch.records) == 2
    assert batch.unmapped[["row", "column", "value"]].to_numpy().tolist() == [[2, "case", "1"], [3, "case", "2"]]


def test_one_id_with_two_contents_keeps_the_first_by_content_whatever_the_order(tmp_path):
    kept = [read(save(tmp_path, rows)).records for rows in (MESSY, MESSY[::-1])]
    assert [frame.set_index("record_id").loc["a", "seized_at"] for frame in kept] == ["Mae Sot", "Mae Sot"]


def test_ids_and_digests_do_not_depend_on_the_order_of_rows_or_columns(tmp_path):
    frame = pd.DataFrame(MESSY).fillna("")
    batches = []
    for seed in (None, 1, 2):
        shuffled = frame if seed is None else frame.sample(frac=1, random_state=seed)[sorted(frame.columns)]
        shuffled.to_csv(tmp_path / "s.csv", index=False)
        batches.append(read(tmp_path / "s.csv"))
    for other in batches[1:]:
        pd.testing.assert_frame_equal(
            batches[0].records.drop(columns="row"), other.records.drop(columns="row"), check_exact=True
        )
        assert batches[0].provenance["s.csv"]["digest"] == other.provenance["s.csv"]["digest"]
        for pile in ("rejects", "unmapped", "duplicates"):
            mine, theirs = (getattr(b, pile).drop(columns="row", errors="ignore") for b in (batches[0], other))
            pd.testing.assert_frame_equal(mine, theirs)
    frame.loc[0, "remarks"] = "changed"
    assert (
        read(save(tmp_path, frame.to_dict("records"), "s.csv")).provenance["s.csv"]["digest"]
        != (batches[0].provenance["s.csv"]["digest"])
    )


def test_the_order_in_which_files_are_given_does_not_matter(tmp_path):
    one, two = save(tmp_path, MESSY[:5], "b.csv"), save(tmp_path, MESSY[3:], "a.csv")
    pd.testing.assert_frame_equal(read(one, two).records, read(two, one).records)


def test_files_of_one_name_in_two_folders_are_told_apart_without_a_machine_path(tmp_path):
    paths = []
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        paths.append(save(tmp_path / folder, [{"seized_country": "THA", "remarks": folder}]))
    assert set(read(*paths).provenance) == {"x/rows.csv", "y/rows.csv"}


@pytest.mark.parametrize(
    "column", ["Suspect Name", "suspects", "Driver", "passport_no", "DOB", "name", "OwnerName", "date of birth"]
)
def test_columns_that_name_persons_are_refused_unless_dropped_and_leave_no_trace(tmp_path, column):
    path = save(
        tmp_path, [{"seized_country": "THA", column: "Somchai\u0007 J."}, {"seized_country": "KHM", column: "Sok"}]
    )
    with pytest.raises(PersonColumnError, match="--drop"):
        read(path)
    batch = read(path, drop=[column])
    assert len(batch.records) == 2
    shown = "".join(frame.to_csv() for frame in (batch.records, batch.rejects, batch.unmapped, batch.duplicates))
    assert "Somchai" not in shown
    assert "Sok" not in shown
    assert batch.provenance["rows.csv"]["dropped_columns"] == {column: 2}


def test_the_ids_of_rows_do_not_let_a_dropped_name_be_confirmed(tmp_path):
    ids = [
        read(save(tmp_path, [{"seized_country": "THA", "suspect": who}]), drop=["suspect"]).records["record_id"][0]
        for who in "ab"
    ]
    assert ids[0] == ids[1]


@pytest.mark.parametrize("column", ["drug_name", "port_name", "suspects_count", "owner_country", "vessel", "seized_at"])
def test_columns_about_places_and_things_are_not_taken_for_persons(column):
    assert not names_persons(column)


def test_a_position_is_taken_or_named(tmp_path):
    lats = pd.Series(["16.7", "13,75", "1.234,5", "16°42'N", "0", "120.5", "95", "", "16.7", "nan"], dtype="str")
    lons = pd.Series(["98.6", "100,5", "100", "98", "0", "14.5", "200", "98", "", "98"], dtype="str")
    found, reasons = positions(lats, lons)
    assert found["lat"].dropna().tolist() == [16.7, 13.75]
    assert (reasons == "").tolist() == [True, True] + [False] * 8
    assert "swapped" in reasons[5]
    assert "degrees and minutes" in reasons[3]
    assert "together" in reasons[7]


def test_a_position_near_a_known_node_of_the_country_names_it(tmp_path):
    node = GAZETTEER.places.loc["THA-mae-sot"]
    rows = [{"seized_country": "THA", "seized_lat": str(node["lat"]), "seized_lon": str(node["lon"])}]
    assert read(save(tmp_path, rows)).records["seized_place"][0] == "THA-mae-sot"
    assert read(save(tmp_path, rows), resolve_places=False).records["seized_place"][0] == "THA"


@pytest.mark.parametrize(
    ("lat", "lon", "reason"),
    [("-6.2", "106.8", "lies in IDN, not in THA"), ("7", "103", ""), ("15.8", "101.2", "")],
)
def test_a_position_inside_another_country_is_listed_and_one_at_sea_is_taken(tmp_path, lat, lon, reason):
    batch = read(save(tmp_path, [{"seized_country": "THA", "seized_lat": lat, "seized_lon": lon}]))
    assert batch.records["seized_lat"].notna()[0] == (reason == "")
    assert list(batch.rejects["reason"]) == ([reason] if reason else [])


def test_a_swapped_position_is_recognised_by_the_stated_country(tmp_path):
    batch = read(save(tmp_path, [{"seized_country": "TUR", "seized_lat": "34.5", "seized_lon": "39"}]))
    assert batch.rejects["reason"][0] == "lies in SYR, not in TUR; latitude and longitude appear swapped"


def test_a_place_in_another_country_loses_against_the_stated_country(tmp_path):
    batch = read(save(tmp_path, [{"seized_at": "Mae Sot", "seized_country": "KHM"}]))
    record = batch.records.iloc[0]
    assert (record["seized_place"], record["seized_country"], record["seized_at"]) == ("KHM", "KHM", "")
    assert batch.rejects["reason"][0] == "is in THA, not KHM"


def test_an_unknown_place_falls_back_to_its_country_and_keeps_its_text(tmp_path):
    batch = read(save(tmp_path, [{"seized_at": "Atlantis", "seized_country": "KHM"}, {"seized_at": "Lemuria"}]))
    assert dict(zip(batch.records["seized_at"], batch.records["seized_place"], strict=True)) == {"Atlantis": "KHM"}
    whole = batch.rejects[batch.rejects["scope"] == "row"]
    assert whole["value"].tolist() == ["Lemuria"]
    assert whole["reason"].str.contains("state seized_country").all()
    assert set(batch.rejects.loc[batch.rejects["scope"] == "cell", "reason"]) == {"not found"}


def test_an_origin_without_a_country_takes_that_of_its_place(tmp_path):
    record = read(save(tmp_path, [{"seized_country": "KHM", "origin": "Mae Sot"}])).records.iloc[0]
    assert (record["origin_country"], record["origin_place"]) == ("THA", "THA-mae-sot")


def test_stops_on_the_way_keep_their_order_and_an_unknown_one_its_place(tmp_path):
    rows = [{"seized_country": "MYS", "via": "Mae Sot > Nowhereville > ? >THA"}]
    batch = read(save(tmp_path, rows))
    assert batch.records["via_places"][0] == "THA-mae-sot > ? > ? > THA"
    assert batch.rejects[["field", "reason"]].to_numpy().tolist() == [["via", "Nowhereville: not found"]]


def test_with_countries_alone_a_place_text_is_kept_and_not_looked_up(tmp_path):
    batch = read(
        save(tmp_path, [{"seized_at": "Atlantis", "seized_country": "KHM"}, {"seized_at": "Mae Sot"}]),
        resolve_places=False,
    )
    assert batch.rejects.empty
    assert dict(zip(batch.records["seized_at"], batch.records["seized_place"], strict=True)) == {
        "Atlantis": "KHM",
        "Mae Sot": "THA",
    }


def test_na_is_namibia(tmp_path):
    assert read(save(tmp_path, [{"seized_country": "NA"}])).records["seized_place"][0] == "NAM"


def test_set_values_stand_in_every_row_and_a_misspelt_column_is_refused(tmp_path):
    path = save(tmp_path, [{"seized_country": "THA", "tlp": "RED"}])
    assert read(path, set_values={"tlp": "GREEN"}).records["tlp"][0] == "GREEN"
    with pytest.raises(SettingError, match="no such column"):
        read(path, set_values={"tpl": "GREEN"})


def test_a_marking_that_cannot_be_read_is_the_strictest(tmp_path):
    rows = [{"record_id": "a", "seized_country": "THA", "tlp": "PURPLE"}, {"record_id": "b", "seized_country": "THA"}]
    assert list(read(save(tmp_path, rows)).records["tlp"]) == ["RED", "AMBER"]


def test_text_that_looks_like_a_formula_or_a_template_stays_text(tmp_path):
    for text in ("{{7*7777}}", "${7*7777}", "=1+1", "</script><script>", "`x`"):
        batch = read(save(tmp_path, [{"seized_country": "THA", "remarks": text}]))
        assert batch.records["remarks"][0] == text


def test_hidden_characters_are_taken_out_and_shown_in_the_reject(tmp_path):
    batch = read(save(tmp_path, [{"seized_country": "THA", "remarks": "a\u202eb\u0007c"}]))
    assert batch.records["remarks"][0] == "abc"
    assert batch.rejects["value"][0] == "a\\u202eb\\u0007c"


def test_composed_and_decomposed_letters_are_one_text(tmp_path):
    rows = [{"seized_country": "VNM", "remarks": "Móng"}, {"seized_country": "VNM", "remarks": "Mo\u0301ng"}]
    assert len(read(save(tmp_path, rows)).records) == 1


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("seized_country,remarks\n", InputError),
        ("foo,bar\n1,2\n", ProfileError),
        ("seized_country,date\n,2023\n", ProfileError),
    ],
)
def test_a_file_that_does_not_fit_ends_in_one_line(tmp_path, text, error):
    (tmp_path / "x.csv").write_text(text)
    with pytest.raises(error, match=r"x\.csv") as raised:
        read(tmp_path / "x.csv")
    assert "\n" not in str(raised.value)


def test_a_repeated_column_is_kept_aside_and_the_first_one_counts(tmp_path):
    (tmp_path / "x.csv").write_text("seized_country,remarks,remarks\nTHA,first,second\n")
    batch = read(tmp_path / "x.csv")
    assert batch.records["remarks"][0] == "first"
    assert batch.unmapped[["column", "value"]].to_numpy().tolist() == [["remarks (2)", "second"]]


def test_a_header_below_a_title_and_in_other_letters_is_found(tmp_path):
    frame = pd.DataFrame(
        [["Seizures of 2023", "", ""], ["", "", ""], ["Seized Country", "Date", "x"], ["THA", "2023", "9"]]
    )
    with pd.ExcelWriter(tmp_path / "x.xlsx") as book:
        pd.DataFrame([["nothing here"]]).to_excel(book, sheet_name="cover", header=False, index=False)
        frame.to_excel(book, sheet_name="data", header=False, index=False)
    batch = read(tmp_path / "x.xlsx")
    assert batch.records[["seized_country", "date", "row"]].to_numpy().tolist() == [["THA", "2023", 4]]
    assert batch.provenance["x.xlsx"]["notes"] == ["sheets not read: cover"]


def test_transits_keep_missing_numbers_missing_and_need_both_ends(tmp_path):
    rows = [
        {
            "period": "2023-08-05",
            "origin_country": "THA",
            "destination_country": "Lao PDR",
            "mode": "road",
            "movements": "",
        },
        {"period": "2023", "origin_country": "THA", "destination_country": "", "movements": "4"},
    ]
    batch = read_transits([save(tmp_path, rows)], profile=CANONICAL, gazetteer=GAZETTEER)
    kept = batch.records.iloc[0]
    assert (kept["period"], kept["origin_place"], kept["destination_place"], kept["tlp"]) == (
        "2023-08",
        "THA",
        "LAO",
        "AMBER",
    )
    assert np.isnan(kept["movements"])
    assert rows_accounted_for(batch)


def test_effort_and_places_are_read_and_accounted_for(tmp_path):
    effort = [
        {"period": "2023", "place": "Mae Sot", "country": "THA", "inspections": "120", "reported": "yes"},
        {"period": "2023", "place": "", "country": "", "inspections": "1", "reported": "no"},
        {"period": "2023", "place": "Mae Sot", "country": "THA", "inspections": "1.5", "reported": "maybe"},
    ]
    batch = read_effort([save(tmp_path, effort)], gazetteer=GAZETTEER)
    assert rows_accounted_for(batch)
    assert batch.records["place_id"].tolist() == ["THA-mae-sot"] * 2
    assert sorted(batch.records["reported"]) == ["", "yes"]
    said = batch.rejects.set_index("field")["reason"]
    assert said["reported"] == "not a known reported; expected one of yes, no"
    assert batch.records["inspections"].notna().sum() == 1
    places = [
        {
            "place_id": "P1",
            "name": "Pier 1",
            "country": "THA",
            "lat": "7,5",
            "lon": "99,1",
            "kind": "port",
            "aliases": "Pier One",
        },
        {"place_id": "P2", "name": "Nowhere", "country": "THA", "lat": "0", "lon": "0", "kind": "port"},
        {"place_id": "", "name": "x", "country": "THA", "lat": "1", "lon": "1"},
    ]
    own = read_places([save(tmp_path, places, "places.csv")])
    assert rows_accounted_for(own)
    known = GAZETTEER.extended(own.records)
    record = read_seizures([save(tmp_path, [{"seized_at": "Pier One"}])], profile=CANONICAL, gazetteer=known).records
    assert record["seized_place"][0] == "P1"


def test_the_summary_says_what_became_of_every_row_and_cell(tmp_path):
    summary = summarise(read(save(tmp_path, [*MESSY, {"seized_country": "THA", "odd": "y"}])))
    counts = summary[summary["field"] == ""].set_index("what")["count"]
    assert counts["rows in"] == counts["records"] + counts["rejected rows"] + counts["duplicates"] == 13
    odd = summary[summary["what"] == "cell without a column"].iloc[0]
    assert (odd["field"], odd["example"]) == ("odd", "y")
    assert "twelve" in set(summary["example"])
