"""Per place: how likely a seizure is there, and the records that raise or lower it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from routegraph.briefing.place_detection import detection_records, place_sentence


@pytest.fixture
def detected(case):
    """The hand-made case with detection drawn for each place but Ranong."""
    given = case()
    places = given["graph"].places.index
    rng = np.random.default_rng(4)
    detection = rng.beta(4, 96, (200, len(places))).astype(np.float32)
    detection[:, places.get_loc("THA-ranong")] = np.nan
    reporting = np.ones_like(detection)
    reporting[:, places.get_loc("KHM-poipet")] = 0.0
    posterior = replace(
        given["posterior"], estimator="removal", detection_corrected=True, not_estimated={}, detection=detection,
        reporting=reporting,
    )  # fmt: skip
    return given | {"posterior": posterior}


def test_places_carry_detection_with_its_interval(compose, detected):
    table = compose(**detected).tables["places"].set_index("place_id")
    draws = detected["posterior"].detection[:, detected["graph"].places.index.get_loc("THA-bangkok")]
    row = table.loc["THA-bangkok"]
    assert row["detection_mean"] == pytest.approx(draws.mean(), rel=1e-4)
    assert row["detection_p05"] == pytest.approx(np.quantile(draws, 0.05), rel=1e-4)
    assert row["detection_p95"] == pytest.approx(np.quantile(draws, 0.95), rel=1e-4)
    assert table.loc["THA-ranong", ["detection_mean", "detection_p05", "detection_p95"]].isna().all()
    assert table.loc["THA-ranong", "why"] == ""


def test_under_counts_detection_and_its_records_stay_empty(composed):
    assert composed.tables["places"]["detection_mean"].isna().all()
    assert set(composed.tables["places"]["why"]) == {""}
    assert composed.drivers.empty


def test_records_are_those_seized_there_and_those_that_got_past(case):
    given = case()
    table = detection_records(given["graph"], given["batch"].records)
    found = {key: rows["record_id"].tolist() for key, rows in table.groupby(["place_id", "how"])}
    first = [f"r{n}" for n in range(1, 6)]
    assert found["THA-mae-sot", "seized"] == first
    assert found["MMR-yangon", "passed"] == found["MMR-myawaddy", "passed"] == first
    # r11 and r12 name no route; r1 to r5 were only bound for Bangkok, r6 to r8 set out there
    assert found["THA-bangkok", "seized"] == ["r11", "r12"]
    assert found["THA-bangkok", "passed"] == ["r6", "r7", "r8"]
    assert not table.duplicated(["place_id", "record_id"]).any()


def test_the_sentence_counts_both_kinds_of_record(compose, detected):
    briefing = compose(**detected)
    places = briefing.tables["places"].set_index("place_id")["why"]
    assert "2 records were seized here, 3 records passed it and were seized further on." in places["THA-bangkok"]
    assert places["KHM-poipet"].endswith(
        "seizures here are not reported: places like it inform the value, and what passes it."
    )
    assert briefing.drivers["place_id"].isin(places.index).all()


def test_a_place_that_no_record_speaks_of_says_where_its_value_comes_from():
    row = {
        "detection_mean": 0.021,
        "detection_p05": 0.003,
        "detection_p95": 0.06,
        "seized": 0,
        "passed": 0,
        "reported": 1.0,
    }
    assert place_sentence(row) == (
        "About 2.1 in 100 consignments that come here are seized here, reported or not (90 % interval 0.3 to 6 in 100)"
        ": no record was seized here or had passed it: the value is that of places like it."
    )
    assert place_sentence(row, levels_told=False).endswith("compare places, do not quote the number.")
    one = place_sentence({**row, "seized": 1, "passed": 1})
    assert one.endswith(": 1 record was seized here, 1 record passed it and was seized further on.")
