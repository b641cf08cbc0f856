"""The committed sample read by the package itself: accounted for to the last row, faults found, duplicates linked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from routegraph.places import Gazetteer
from routegraph.records import RecordBatch, load_profile, read_effort, read_seizures, read_transits

# Hostile text in a free-text column is good data; of these only the direction character is taken out and listed.
AS_TEXT = "to be shown as text"


@pytest.fixture(scope="module")
def batch(samples: Path) -> RecordBatch:
    file = samples / "synthetic_seizures.csv"
    return read_seizures([file], profile=load_profile("routegraph"), gazetteer=Gazetteer.builtin())


def truth(samples: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(samples / "truth" / f"{name}.csv", dtype=str, keep_default_na=False)


def test_rows_in_are_records_rejected_rows_and_duplicates(samples: Path, batch: RecordBatch):
    (known,) = batch.provenance.values()
    rows = len(pd.read_csv(samples / "synthetic_seizures.csv", dtype=str))
    assert known["rows_in"] == rows
    assert known["records"] == len(batch.records)
    assert known["records"] + known["rejected_rows"] + known["duplicates"] == rows


def test_every_spoilt_cell_is_set_aside_with_its_row(samples: Path, batch: RecordBatch):
    bad = truth(samples, "bad_cells")
    bad = bad[~bad["what"].str.contains(AS_TEXT) & (bad["written"] != "")]
    lines = pd.read_csv(samples / "synthetic_seizures.csv", dtype=str, keep_default_na=False)["record_id"]
    row_of = pd.Series(lines.index + 2, index=lines).groupby(level=0).first()
    rejected = set(zip(batch.rejects["row"], batch.rejects["field"], strict=True))
    read_as_one = {"seized_lat": "seized_lon", "seized_lon": "seized_lat", "unit": "quantity"}
    unseen = [
        (one.record_id, one.field)
        for one in bad.itertuples()
        if not rejected
        & {(row_of[one.record_id], field) for field in (one.field, read_as_one.get(one.field, one.field))}
    ]
    assert unseen == []


def test_nothing_but_what_was_spoilt_is_set_aside(samples: Path, batch: RecordBatch):
    lines = pd.read_csv(samples / "synthetic_seizures.csv", dtype=str, keep_default_na=False)["record_id"]
    rejected = lines.iloc[batch.rejects["row"].to_numpy() - 2]
    assert set(rejected) <= set(truth(samples, "bad_cells")["record_id"])


def test_planted_second_reports_are_linked(samples: Path, batch: RecordBatch):
    pairs = truth(samples, "duplicates")
    planted = {
        frozenset(pair) for pair in pairs[pairs["kind"] == "second report"][["record_id", "duplicate_of"]].to_numpy()
    }
    linked = batch.duplicates[batch.duplicates["record_id"] != batch.duplicates["duplicate_of"]]
    found = {frozenset(pair) for pair in linked[["record_id", "duplicate_of"]].to_numpy()}
    assert len(planted & found) >= 0.95 * len(planted), "recall"
    assert len(planted & found) >= 0.90 * len(found), "precision"


def test_places_resolve_to_where_it_happened(samples: Path, batch: RecordBatch):
    records = batch.records.merge(truth(samples, "records"), on="record_id")
    spoilt = truth(samples, "bad_cells")["record_id"]
    records = records[~records["record_id"].isin(spoilt)]
    paths = truth(samples, "routes")["path"].str.split(" > ")
    true = np.array(
        [paths[int(route)][int(step)] for route, step in zip(records["route"], records["step"], strict=True)]
    )
    coarse = records["seized_place"] == records["seized_country"]
    assert (records["seized_place"] == true)[~coarse].all()
    assert 0.02 < coarse.mean() < 0.15


def test_transits_and_effort_read_without_a_reject(samples: Path):
    profile, gazetteer = load_profile("routegraph"), Gazetteer.builtin()
    transits = read_transits([samples / "synthetic_transits.csv"], profile=profile, gazetteer=gazetteer)
    effort = read_effort([samples / "synthetic_effort.csv"], profile=profile, gazetteer=gazetteer)
    assert transits.rejects.empty
    assert effort.rejects.empty
    assert (transits.records["origin_place"] != "").all()
    assert set(effort.records.loc[effort.records["reported"] == "no", "country"]) == {"LAO"}
