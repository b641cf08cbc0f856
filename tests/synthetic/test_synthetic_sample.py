"""The committed sample: what is in it, that it is what the command makes, and that it says what it is."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from routegraph.errors import OutputError
from routegraph.records.schema import EFFORT_COLUMNS, SEIZURE_COLUMNS, TRANSIT_COLUMNS
from routegraph.synthetic import SAMPLE_SEED, World, case_files, sample_case, write_case

CONTRACT_MODES = {"road", "rail", "sea", "air", "river", "foot", "post", "unknown"}
ASEAN = {"BRN", "IDN", "KHM", "LAO", "MMR", "MYS", "PHL", "SGP", "THA", "TLS", "VNM"}
VERDICTS = {"supported", "enforcement_artefact", "under_detected", "single_source", "insufficient"}

DIGEST = """
import hashlib, json, sys
from routegraph.synthetic import case_files, sample_case
files = case_files(sample_case())
json.dump({name: hashlib.sha256(text.encode()).hexdigest() for name, text in files.items()}, sys.stdout)
"""


def table(samples: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(samples / name, dtype=str, keep_default_na=False)


@pytest.fixture(scope="module")
def seizures(samples: Path) -> pd.DataFrame:
    return table(samples, "synthetic_seizures.csv")


@pytest.fixture(scope="module")
def artefacts(samples: Path) -> pd.DataFrame:
    return table(samples, "truth/artefacts.csv").astype({"shipments": int, "seized": int, "reported": int})


@pytest.fixture(scope="module")
def made() -> World:
    return sample_case()


def test_the_committed_sample_is_what_the_command_makes_under_another_hash_seed(samples: Path):
    made = subprocess.run(
        [sys.executable, "-c", DIGEST],
        env={**os.environ, "PYTHONHASHSEED": "4242"},
        capture_output=True,
        check=True,
        text=True,
    )
    committed = {
        path.relative_to(samples).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in samples.rglob("*")
        if path.is_file()
    }
    assert committed == json.loads(made.stdout)


def test_sizes_are_those_of_a_sample(samples: Path, seizures: pd.DataFrame):
    assert 2500 <= len(seizures) <= 4000
    assert 1000 <= len(table(samples, "synthetic_transits.csv")) <= 4000
    assert 300 <= len(table(samples, "synthetic_effort.csv")) <= 1000
    assert sum(path.stat().st_size for path in samples.rglob("*") if path.is_file()) < 1.3e6


def test_columns_are_the_contracts_and_one_that_it_does_not_know(samples: Path, seizures: pd.DataFrame):
    assert tuple(seizures.columns) == (*SEIZURE_COLUMNS, "local_form")
    assert tuple(table(samples, "synthetic_transits.csv").columns) == TRANSIT_COLUMNS
    assert tuple(table(samples, "synthetic_effort.csv").columns) == EFFORT_COLUMNS
    assert (seizures != "").any().all(), "a column that no row fills"


def test_every_row_says_that_it_is_synthetic(samples: Path, seizures: pd.DataFrame):
    assert seizures["source"].str.startswith("SYNTHETIC").all()
    assert table(samples, "synthetic_transits.csv")["source"].str.startswith("SYNTHETIC").all()
    assert "Nothing here happened" in (samples / "README.md").read_text(encoding="utf-8")


def test_every_mode_and_at_least_eight_countries_occur(samples: Path, seizures: pd.DataFrame):
    assert set(seizures["mode"]) >= CONTRACT_MODES
    countries = set(seizures["seized_country"])
    assert len(countries & ASEAN) >= 8
    places = table(samples, "truth/places.csv")
    assert set(places["country"]) >= ASEAN
    assert set(places["country"]) - ASEAN, "no neighbour"


def test_arms_lead_and_other_goods_are_there_for_layers(seizures: pd.DataFrame):
    kinds = seizures["commodity"].str.split(".").str[:2].str.join(".").value_counts()
    assert {"arms.firearm", "arms.ammunition", "arms.parts", "arms.explosive"} <= set(kinds.index)
    assert 0 < kinds.filter(like="drugs").sum() < 0.2 * len(seizures)


def test_values_of_closed_columns_are_valid_but_for_the_spoilt_cells(samples: Path, seizures: pd.DataFrame):
    spoilt = table(samples, "truth/bad_cells.csv")
    good = seizures[~seizures["record_id"].isin(spoilt["record_id"])]
    assert set(good["mode"]) <= CONTRACT_MODES | {""}
    assert set(good["recovery"]) == {"seized", "found", "surrendered", ""}
    assert set(good["traced"]) == {"yes", "no", "unknown", ""}
    assert set(good["detection_basis"]) >= {
        "random", "routine", "profile", "model", "intelligence", "tip_off", "incidental", "unknown",
    }  # fmt: skip
    assert set(good["tlp"]) == {"CLEAR", "GREEN", "AMBER", "AMBER+STRICT"}
    assert set(good["date"].str.len()) == {4, 7, 10}
    assert (good["count"] == "0").sum() == 30


def test_every_verdict_has_its_planted_corridor(artefacts: pd.DataFrame):
    assert set(artefacts["verdict"]) == VERDICTS
    supported = artefacts[artefacts["verdict"] == "supported"]
    assert (supported["path"].str.count(" > ") >= 2).all()
    assert (supported["reported"] >= 100).all()


def test_the_enforcement_artefact_is_thin_and_much_reported(samples: Path, artefacts: pd.DataFrame):
    routes = table(samples, "truth/routes.csv").astype({"shipments": int, "reported": int})
    planted = artefacts.set_index("verdict").loc["enforcement_artefact"]
    assert planted["reported"] > 0.5 * planted["shipments"]
    busier = routes["shipments"] > 2 * planted["shipments"]
    assert (routes.loc[busier, "reported"] < planted["reported"]).sum() >= 5


def test_the_under_detected_corridor_carries_much_and_reports_little(samples: Path, artefacts: pd.DataFrame):
    routes = table(samples, "truth/routes.csv").astype({"shipments": int, "reported": int})
    planted = artefacts.set_index("verdict").loc["under_detected"]
    assert planted["shipments"] == routes["shipments"].max()
    assert planted["reported"] < 0.03 * planted["shipments"]
    assert (routes["reported"] > planted["reported"]).sum() >= 15


def test_the_single_source_corridor_is_known_by_one_source(
    made: World, artefacts: pd.DataFrame, seizures: pd.DataFrame
):
    planted = artefacts.set_index("verdict").loc["single_source"]
    own = made.records[made.records["route"] == int(planted["route"])]
    rows = seizures[seizures["record_id"].isin(own["record_id"])]
    assert len(rows) >= 20
    assert rows["source"].unique().tolist() == [planted["only_source"]]


def test_the_insufficient_corridor_has_a_handful(artefacts: pd.DataFrame):
    assert 1 <= artefacts.set_index("verdict").loc["insufficient", "reported"] <= 8


def test_spoilt_cells_stand_as_listed(samples: Path, seizures: pd.DataFrame):
    listed = table(samples, "truth/bad_cells.csv")
    rows = seizures.drop_duplicates("record_id").set_index("record_id")
    stands = np.array([rows.loc[one.record_id, one.field] for one in listed.itertuples()])
    assert (stands == listed["written"].to_numpy()).all()
    assert listed["record_id"].is_unique
    assert 30 <= len(listed) <= 60
    assert {"count", "date", "quantity", "seized_at", "via", "mode", "remarks", "traced"} <= set(listed["field"])


def test_a_folder_that_cannot_be_made_is_one_clear_error(tmp_path: Path, made: World):
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    with pytest.raises(OutputError, match="could not be written"):
        write_case(made, tmp_path / "taken")


def test_writing_gives_what_case_files_holds(tmp_path: Path, made: World):
    written = write_case(made, tmp_path)
    texts = {path.relative_to(tmp_path).as_posix(): path.read_text(encoding="utf-8") for path in written}
    assert texts == case_files(made)
    assert f"--seed {SAMPLE_SEED}" in texts["README.md"]
