"""Real records end to end: published facts come out of the products, not of a notebook on the side."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from routegraph.run import run_case
from routegraph.settings import Settings

pytestmark = pytest.mark.real_data


def legs_of(settings: Settings) -> pd.DataFrame:
    # Counts of records depend on neither draws nor estimator; few of them keep the test short.
    run_case(replace(settings, estimator="counts", draws=20))
    return pd.read_csv(settings.out / "legs.csv", keep_default_na=False)


def degrees(legs: pd.DataFrame) -> pd.Series:
    return pd.concat([legs["origin"], legs["destination"]]).value_counts()


def accounted(out: Path) -> None:
    for source, counts in json.loads((out / "run.json").read_text())["rows"].items():
        assert counts["rows_in"] == counts["records"] + counts["rejected_rows"] + counts["duplicates"], source


@pytest.mark.parametrize(
    ("commodity", "places", "edges", "leaders"),
    [
        ("drugs.cocaine", (149, 152), (853, 857), {"ESP", "ECU", "VEN", "ITA", "PRT"}),
        pytest.param(
            "drugs.heroin", (132, 135), (411, 413), {"PAK", "ESP", "BGR", "ITA", "DEU"}, marks=pytest.mark.slow
        ),
    ],
)
def test_ids_networks_are_the_published_ones(real_data, tmp_path, commodity, places, edges, leaders):
    """Giommoni, Berlusconi & Aziani 2021, doi 10.1007/s10610-020-09473-0; the file is a slightly different cut."""
    source = real_data / "unodc-ids" / "unodc_ids_2011_2016.parquet"
    legs = legs_of(
        Settings(seizures=(source,), profile="unodc-ids", commodity=commodity, level="country", out=tmp_path / "out")
    )
    assert places[0] <= len(set(legs["origin"]) | set(legs["destination"])) <= places[1]
    assert edges[0] <= len(legs) <= edges[1]
    assert len(set(degrees(legs).index[:5]) & leaders) >= 4
    accounted(tmp_path / "out")


def atf(real_data: Path, years: tuple[int, int], out: Path, *, sheets: bool) -> pd.DataFrame:
    """Return the ATF legs of some years, from the tidy table or from the sheets as they were published."""
    folder = real_data / "atf-firearm-traces"
    files = (folder / "atf_source_recovery_2010_2020.csv",)
    if sheets:
        files = tuple(folder / "raw_xlsx" / f"d_{year}.xlsx" for year in range(years[0], years[1] + 1))
    legs = legs_of(Settings(seizures=files, profile="atf-traces", since=str(years[0]), until=str(years[1]), out=out))
    return legs.set_index(["origin", "destination"])


@pytest.mark.parametrize("sheets", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["tidy", "sheets"])
class TestAtfFacts:
    """The four facts of the data README, read off legs.csv and places.csv."""

    def test_new_york_2014_top_outside_sources(self, real_data, tmp_path, sheets):
        legs = atf(real_data, (2014, 2014), tmp_path, sheets=sheets)
        named = legs.xs("US-NY", level="destination")["seizures_named"].nlargest(5)
        assert named.to_dict() == {"US-VA": 395, "US-GA": 386, "US-PA": 371, "US-FL": 292, "US-NC": 279}

    def test_california_2017(self, real_data, tmp_path, sheets):
        legs = atf(real_data, (2017, 2017), tmp_path, sheets=sheets)
        named = legs.xs("US-CA", level="destination")["seizures_named"]
        assert named.sum() == 9654
        assert named[["US-AZ", "US-NV"]].to_dict() == {"US-AZ": 2185, "US-NV": 1554}

    def test_2016_shares_from_out_of_state(self, real_data, tmp_path, sheets):
        legs = atf(real_data, (2016, 2016), tmp_path, sheets=sheets)
        places = pd.read_csv(tmp_path / "places.csv", keep_default_na=False).set_index("place_id")["seizures"]
        outside = legs.groupby("destination")["seizures_named"].sum()
        assert round(100 * (1 - outside.sum() / places.sum())) == 71
        share = (100 * outside / places).round()
        assert share[["US-DC", "US-NJ", "US-NY"]].to_dict() == {"US-DC": 96, "US-NJ": 79, "US-NY": 73}

    def test_2010_ten_largest_out_of_state_sources(self, real_data, tmp_path, sheets):
        legs = atf(real_data, (2010, 2010), tmp_path, sheets=sheets)
        largest = legs.groupby("origin")["seizures_named"].sum().nlargest(10).index
        assert sorted(largest) == [f"US-{s}" for s in ("AZ", "CA", "FL", "GA", "IN", "NC", "OH", "PA", "TX", "VA")]


def passes_in_order(path: str, wanted: list[str]) -> bool:
    places = iter(path.split(" > "))
    return all(place in places for place in wanted)


def test_the_iron_pipeline_is_flagged_as_one_corridor_of_inferred_steps(real_data, tmp_path):
    source = real_data / "atf-firearm-traces" / "atf_source_recovery_2010_2020.csv"
    run_case(Settings(seizures=(source,), profile="atf-traces", estimator="counts", draws=400, out=tmp_path))
    corridors = pd.read_csv(tmp_path / "corridors.csv", keep_default_na=False)
    pipeline = ["US-FL", "US-GA", "US-SC", "US-NC", "US-VA", "US-NY"]
    found = corridors[corridors["path"].map(lambda path: passes_in_order(path, pipeline))]
    assert len(found) >= 1
    evidence = pd.read_csv(tmp_path / "evidence.csv", keep_default_na=False, dtype=str)
    steps = evidence[(evidence["kind"] == "corridor") & (evidence["id"] == found["corridor_id"].iloc[0])]
    assert "inferred" in set(steps["status"])
    accounted(tmp_path)
