"""The published data sets read as their publishers' and the literature's figures say, every row accounted for."""

from __future__ import annotations

from itertools import pairwise

import pandas as pd
import pyarrow.parquet as pq
import pytest

from routegraph.places import Gazetteer
from routegraph.records import RecordBatch, load_profile, read_seizures, read_transits

pytestmark = pytest.mark.real_data
GAZETTEER = Gazetteer.builtin()


@pytest.fixture(scope="module")
def ids(real_data):
    path = real_data / "unodc-ids" / "unodc_ids_2011_2016.parquet"
    return read_seizures([path], profile=load_profile("unodc-ids"), gazetteer=GAZETTEER, resolve_places=False)


@pytest.fixture(scope="module")
def traces(real_data):
    """Return the tidy file, the sheets, and the tidy file with the sheets of the years that came twice."""
    folder = real_data / "atf-firearm-traces"
    tidy, sheets = [folder / "atf_source_recovery_2010_2020.csv"], sorted((folder / "raw_xlsx").glob("*.xlsx"))
    twice = [*tidy, *(path for path in sheets if path.stem.endswith(("2012", "2013")))]
    given = {"tidy": tidy, "sheets": sheets, "both": twice}
    profile = load_profile("atf-traces")
    return {name: read_seizures(paths, profile=profile, gazetteer=GAZETTEER) for name, paths in given.items()}


def accounts(batch: RecordBatch) -> dict[str, int]:
    facts = pd.DataFrame(batch.provenance).T[["rows_in", "records", "rejected_rows", "duplicates"]].astype(int)
    assert (facts["rows_in"] == facts["records"] + facts["rejected_rows"] + facts["duplicates"]).all()
    return {str(name): int(n) for name, n in facts.sum().items()}


def edges(records: pd.DataFrame) -> set[tuple[str, str]]:
    """Chain origin > via > seized > destination, blanks bridged, repeats dropped."""
    columns = ["origin_place", "via_places", "seized_place", "destination_place"]
    found = set()
    for origin, via, seized, destination in records[columns].drop_duplicates().itertuples(index=False):
        chain = [place for place in (origin, *via.split(" > "), seized, destination) if place not in {"", "?"}]
        found |= {(a, b) for a, b in pairwise(chain) if a != b}
    return found


def degrees(pairs: set[tuple[str, str]]) -> list[str]:
    counted = pd.Series([place for pair in sorted(pairs) for place in pair]).value_counts()
    return list(counted.index)


def test_every_row_of_ids_is_a_record_or_a_duplicate(ids):
    assert accounts(ids) == {"rows_in": 311_038, "records": 266_802, "rejected_rows": 0, "duplicates": 44_236}
    assert ids.records["copies"].sum() == 311_038
    assert ids.unmapped.empty
    assert set(ids.rejects["field"]) <= {"PLACE", "quantity"}


def test_cocaine_of_ids_is_the_network_of_the_literature(ids):
    pairs = edges(ids.records[ids.records["commodity"].str.startswith("drugs.cocaine")])
    assert 149 <= len({place for pair in pairs for place in pair}) <= 152
    assert 853 <= len(pairs) <= 857
    assert len({"ESP", "ECU", "VEN", "ITA", "PRT"} & set(degrees(pairs)[:5])) >= 4


def test_the_literatures_network_needs_the_departure_countries(ids):
    cocaine = ids.records[ids.records["commodity"].str.startswith("drugs.cocaine")]
    assert not 853 <= len(edges(cocaine.assign(via_places=""))) <= 857
    hydrochloride = cocaine[cocaine["commodity"] == "drugs.cocaine"]
    assert not 853 <= len(edges(hydrochloride)) <= 857


def test_heroin_of_ids_is_the_network_of_the_literature(ids):
    pairs = edges(ids.records[ids.records["commodity"].str.startswith("drugs.heroin")])
    assert 132 <= len({place for pair in pairs for place in pair}) <= 135
    assert 411 <= len(pairs) <= 413
    assert len({"PAK", "ESP", "BGR", "ITA", "DEU"} & set(degrees(pairs)[:5])) >= 4


def test_a_domestic_seizure_of_ids_says_so(ids):
    assert (
        ids.records.loc[ids.records["remarks"].str.contains("routing: National territory"), "copies"].sum() == 161_408
    )


def test_traces_are_accounted_for_and_the_years_published_twice_count_once(traces):
    assert accounts(traces["tidy"]) == {"rows_in": 32_076, "records": 32_076, "rejected_rows": 0, "duplicates": 0}
    assert accounts(traces["sheets"]) == {"rows_in": 38_016, "records": 32_130, "rejected_rows": 0, "duplicates": 5_886}
    assert accounts(traces["both"]) == {"rows_in": 43_848, "records": 32_130, "rejected_rows": 0, "duplicates": 11_718}


def test_the_sheets_say_what_the_tidy_file_says(traces):
    sheets = traces["sheets"].records
    canada = sheets["origin_country"] == "CAN"
    assert canada.sum() == 54
    left = sheets[~canada].drop(columns=["file", "row", "copies"]).reset_index(drop=True)
    pd.testing.assert_frame_equal(left, traces["tidy"].records.drop(columns=["file", "row", "copies"]))


def test_six_sums_that_the_sheets_of_2012_state_wrongly_are_listed(traces):
    told = traces["sheets"].rejects
    assert set(told["source"]) == {"d_2012.xlsx", "y_2012.xlsx"}
    assert set(told["field"]) == {"total"}
    assert told["source"].value_counts().tolist() == [6, 6]


@pytest.mark.parametrize("given", ["tidy", "sheets", "both"])
def test_new_york_2014_has_the_published_sources(traces, given):
    assert top(traces[given].records, "2014", into="US-NY")[:5] == [
        ("US-VA", 395), ("US-GA", 386), ("US-PA", 371), ("US-FL", 292), ("US-NC", 279),
    ]  # fmt: skip


@pytest.mark.parametrize("given", ["tidy", "sheets", "both"])
def test_california_2017_has_the_published_sources(traces, given):
    found = [(place, n) for place, n in top(traces[given].records, "2017", into="US-CA") if place != "CAN"]
    assert sum(n for _, n in found) == 9_654
    assert found[:2] == [("US-AZ", 2_185), ("US-NV", 1_554)]


@pytest.mark.parametrize("given", ["tidy", "sheets", "both"])
def test_2016_has_the_published_shares_from_other_states(traces, given):
    year = of_year(traces[given].records, "2016")
    home = year["origin_place"] == year["seized_place"]
    assert round(year.loc[home, "count"].sum() / year["count"].sum(), 2) == 0.71
    all_of, home_of = (frame.groupby("seized_place")["count"].sum() for frame in (year, year[home]))
    share = (1 - home_of / all_of).round(2)
    assert [share[place] for place in ("US-DC", "US-NJ", "US-NY")] == [0.96, 0.79, 0.73]


@pytest.mark.parametrize("given", ["tidy", "sheets", "both"])
def test_2010_has_the_published_ten_largest_sources(traces, given):
    year = of_year(traces[given].records, "2010")
    sold = year[year["origin_place"] != year["seized_place"]].groupby("origin_place")["count"].sum()
    assert sorted(sold.nlargest(10).index) == [
        f"US-{state}" for state in ["AZ", "CA", "FL", "GA", "IN", "NC", "OH", "PA", "TX", "VA"]
    ]


def of_year(records: pd.DataFrame, year: str) -> pd.DataFrame:
    return records[records["date"] == year]


def top(records: pd.DataFrame, year: str, *, into: str) -> list[tuple[str, int]]:
    rows = of_year(records, year)
    rows = rows[(rows["seized_place"] == into) & (rows["origin_place"] != into)].sort_values("count", ascending=False)
    return [(str(place), int(n)) for place, n in zip(rows["origin_place"], rows["count"], strict=True)]


@pytest.mark.slow
def test_exports_of_small_arms_are_accounted_for_and_no_flow_is_told_twice(real_data):
    path = real_data / "nisat-exports" / "nisat_mad_1992_2011.parquet"
    batch = read_transits([path], profile=load_profile("nisat-exports"), gazetteer=GAZETTEER)
    assert accounts(batch) == {"rows_in": 109_522, "records": 106_525, "rejected_rows": 132, "duplicates": 2_865}
    raw = pd.read_parquet(path)
    sides = raw.groupby(["Exporter_COW", "Importer_COW", "Year", "PRIO_Weapons_Code"])["IsMirror"].nunique()
    assert (sides == 1).all()
    assert set(batch.records["commodity"]) == {"arms", "arms.firearm", "arms.ammunition"}


def test_trade_within_a_country_is_left_out_and_counted(real_data, tmp_path):
    table = pq.read_table(real_data / "itpd-trade" / "itpd_bilateral_2000_2016.parquet", filters=[("year", "=", 2016)])
    pq.write_table(table, tmp_path / "itpd.parquet")
    batch = read_transits([tmp_path / "itpd.parquet"], profile=load_profile("itpd-trade"), gazetteer=GAZETTEER)
    found = accounts(batch)
    within = (table.to_pandas().eval("exporter == importer")).sum()
    assert (found["rejected_rows"], found["duplicates"]) == (within, 0)
    assert not (batch.records["origin_place"] == batch.records["destination_place"]).any()


@pytest.mark.slow
def test_airline_routes_are_accounted_for_and_name_airports(real_data):
    path = real_data / "openflights" / "routes.dat"
    batch = read_transits([path], profile=load_profile("openflights"), gazetteer=GAZETTEER)
    found = accounts(batch)
    assert (found["rows_in"], found["duplicates"]) == (67_663, 0)
    assert (batch.rejects["reason"].str.startswith("codeshare")).sum() == 14_597
    assert len(batch.records) > 0.97 * (67_663 - 14_597)
    assert set(batch.records["mode"]) == {"air"}
    assert batch.records["origin_place"].str.fullmatch(r"[A-Z]{3}-.+").all()
    guangzhou = batch.records.loc[batch.records["origin"] == "CAN", "origin_country"]
    assert set(guangzhou) == {"CHN"}
