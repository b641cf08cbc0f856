"""Evidence: every leg, place and corridor traces to record ids, and says how each is known."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest


@pytest.fixture
def uses(composed) -> pd.DataFrame:
    return composed.tables["evidence"]


def of(uses: pd.DataFrame, kind: str, name: str) -> set[tuple[int, str, str]]:
    rows = uses.loc[(uses["kind"] == kind) & (uses["id"] == name)]
    return set(zip(rows["step"], rows["record_id"], rows["status"], strict=True))


def test_a_leg_lists_each_record_with_its_step_and_status(uses):
    ids = [f"r{n}" for n in range(1, 6)]
    assert of(uses, "leg", "MMR-yangon > MMR-myawaddy") == {(0, one, "inferred") for one in ids}
    assert of(uses, "leg", "THA-mae-sot > THA-bangkok") == {(2, one, "intended") for one in ids}


def test_a_corridor_step_lists_only_the_records_of_the_corridor(uses):
    found = of(uses, "corridor", "C-0000000002")
    assert found == {(step, one, "travelled") for step in (0, 1) for one in ("r6", "r7", "r8")}


def test_a_place_that_a_record_names_is_not_inferred_and_one_that_it_does_not_name_is(uses):
    # Yangon is named as the origin although its only step is inferred; Myawaddy's next step is reported.
    assert {status for *_, status in of(uses, "place", "MMR-yangon")} == {"travelled"}
    assert {status for *_, status in of(uses, "place", "MMR-myawaddy")} == {"travelled"}
    assert {status for *_, status in of(uses, "place", "THA-bangkok") if _[1] == "r1"} == {"intended"}


def test_a_place_between_inferred_steps_that_no_record_names_is_inferred(compose, case):
    given = case()
    evidence = given["graph"].evidence.assign(status="inferred")
    table = compose(**(given | {"graph": replace(given["graph"], evidence=evidence)})).tables["evidence"]
    assert {status for *_, status in of(table, "place", "MMR-myawaddy")} == {"inferred"}
    assert {status for *_, status in of(table, "place", "THA-mae-sot")} == {"travelled"}  # the place of seizure


def test_a_seizure_without_a_route_is_evidence_for_its_place_alone(uses):
    rows = uses.loc[uses["record_id"].isin(["r11", "r12"])]
    assert rows[["kind", "id", "status"]].drop_duplicates().to_numpy().tolist() == [
        ["place", "THA-bangkok", "travelled"]
    ]
    assert rows["step"].isna().all()


def test_every_leg_of_the_network_and_every_corridor_has_evidence(composed, uses):
    legs = composed.tables["legs"]
    legs = legs.loc[legs["named_pair"] == "no"]
    assert set(legs["origin"] + " > " + legs["destination"]) == set(uses.loc[uses["kind"] == "leg", "id"])
    assert set(composed.tables["corridors"]["corridor_id"]) == set(uses.loc[uses["kind"] == "corridor", "id"])


def test_no_use_is_listed_twice(uses):
    assert not uses.duplicated().any()
