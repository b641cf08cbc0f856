"""stix_bundle.json: read back with stix2, compared with the tables, and the same wherever it is made."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
import stix2

sys.path.insert(0, str(Path(__file__).parent))
from briefings import KINDS, LONG, PATHS, PAYLOADS, corrected, hostile, plain, untold

from routegraph.briefing.product import Briefing, Marking
from routegraph.render.case_days import case_days, day_span
from routegraph.render.plain_text import storable
from routegraph.render.stix import COUNTED, UNTOLD, render_stix
from routegraph.render.stix_terms import CONFIDENCE, EXTENSION, LIKELIHOOD, tlp_marking

# The ids that OASIS publishes, written out once more: a slip in the code must not agree with itself.
GREEN = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"
STRICT = "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003"
RED = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"


def objects(briefing: Briefing, kind: str) -> list[dict]:
    return [one for one in json.loads(render_stix(briefing))["objects"] if one["type"] == kind]


def ours(one: dict) -> dict:
    return one["extensions"][EXTENSION["id"]]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_stix2_takes_the_bundle_without_custom_content(kind):
    data = render_stix(KINDS[kind]())
    bundle = stix2.parse(data.decode(), allow_custom=False)
    again = bundle.serialize(ensure_ascii=False).replace(".000Z", "Z")
    assert json.loads(again) == json.loads(data.decode().replace(".000Z", "Z"))


def test_what_is_not_stix_is_refused_by_the_same_reader():
    bundle = json.loads(render_stix(plain()))
    place = next(one for one in bundle["objects"] if one["type"] == "location")
    place["x_flow"] = 1
    with pytest.raises(stix2.exceptions.STIXError):
        stix2.parse(json.dumps(bundle), allow_custom=False)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_reference_leads_to_an_object_of_the_bundle_and_ids_are_unique(kind):
    found = json.loads(render_stix(KINDS[kind]()))["objects"]
    ids = [one["id"] for one in found]
    assert len(set(ids)) == len(ids)
    for one in found:
        refs = [one[name] for name in ("source_ref", "target_ref", "created_by_ref") if name in one]
        refs += one.get("object_refs", []) + one.get("object_marking_refs", [])
        assert set(refs) <= set(ids), one["type"]


def test_legs_places_and_corridors_hold_the_tables_values():
    briefing = corrected()
    tables, locations = briefing.tables, objects(briefing, "location")
    at = {ours(one)["place_id"]: one for one in locations}
    for row in tables["places"].to_dict("records"):
        one = at[row["place_id"]]
        assert (one.get("latitude"), one.get("longitude")) == (
            (None, None) if row["lat"] != row["lat"] else (row["lat"], row["lon"])
        )
        assert ours(one)["throughflow_mean"] == row["throughflow_mean"]
        assert ours(one).get("detection_mean", "none") == (
            row["detection_mean"] if row["detection_mean"] == row["detection_mean"] else "none"
        )
    assert (at["THA-mae-sot"]["name"], at["THA-mae-sot"]["country"]) == ("Mae Sot", "TH")
    legs = tables["legs"].loc[tables["legs"]["named_pair"] != "yes"]
    links = objects(briefing, "relationship")
    ends = {at[place]["id"]: place for place in at}
    assert [(ends[one["source_ref"]], ends[one["target_ref"]]) for one in links] == list(
        zip(legs["origin"], legs["destination"], strict=True)
    )
    assert [ours(one)["flow_mean"] for one in links] == legs["flow_mean"].tolist()
    assert {one["relationship_type"] for one in links} == {"related-to"}
    assert all(
        (one["start_time"], one["stop_time"][:10]) == ("2022-01-01T00:00:00.000Z", "2023-08-31") for one in links
    )


def test_a_grouping_names_its_places_in_order_and_its_legs():
    groupings, links = objects(plain(), "grouping"), objects(plain(), "relationship")
    at = {ours(one)["place_id"]: one["id"] for one in objects(plain(), "location")}
    by_ends = {(one["source_ref"], one["target_ref"]): one["id"] for one in links}
    for grouping, path in zip(groupings, PATHS, strict=True):
        stops = [at[place] for place in path]
        steps = [by_ends[leg] for leg in pairwise(stops) if leg in by_ends]
        assert grouping["object_refs"] == stops + steps
        assert ours(grouping)["path"] == list(path)
    assert [ours(one).get("flow_mean") for one in groupings] == [40.1235, 21.0, None]


def test_records_stand_as_external_references_and_the_leg_says_how_it_is_known():
    briefing = plain()
    legs = (
        briefing.tables["evidence"].iloc[:2].assign(kind="leg", id="MMR-yangon > THA-mae-sot", record_id=["r1", "r2"])
    )
    one = objects(replace(briefing, tables=briefing.tables | {"evidence": legs}), "relationship")[0]
    assert one["external_references"] == [
        {"source_name": "Police", "external_id": "r1"},
        {"source_name": "source not stated", "external_id": "r2"},
    ]
    assert "How it is known: travelled." in one["description"]
    nobody = briefing.tables["legs"].assign(travelled=0, inferred=0)
    (*_, last) = objects(replace(briefing, tables=briefing.tables | {"legs": nobody}), "relationship")
    assert "No record names it" in last["description"]


def test_every_object_has_the_products_marking_by_the_id_of_oasis_and_its_rows_own_level_beside():
    assert {tuple(one["object_marking_refs"]) for one in objects(plain(), "location")} == {(GREEN,)}
    release = replace(plain(), marking=Marking("AMBER+STRICT", ("IDN", "PHL")), synthetic=True)
    level, *rest = objects(release, "marking-definition")
    assert (level["id"], level["name"]) == (STRICT, "TLP:AMBER+STRICT")
    assert [one["definition"]["statement"].split(":")[0] for one in rest] == ["SYNTHETIC", "TLP"]
    assert "IDN, PHL only" in rest[1]["definition"]["statement"]
    for kind in ("location", "relationship", "grouping", "note", "report"):
        for one in objects(release, kind):
            assert one["object_marking_refs"] == [STRICT, *(statement["id"] for statement in rest)]
            assert one["labels"] == ["synthetic"]
            # An estimate rests on all records: no row's own, lower level may let it out.
            assert kind in ("note", "report") or ours(one)["tlp"] == "GREEN"
    assert tlp_marking("no such level")["id"] == RED


def test_confidence_follows_the_scales_of_the_standard():
    from stix2.confidence.scales import none_low_med_high_to_value, value_to_dni

    assert [CONFIDENCE[word] for word in ("low", "moderate", "high")] == [
        none_low_med_high_to_value(word) for word in ("Low", "Med", "High")
    ]
    for word, value in LIKELIHOOD.items():
        assert word in value_to_dni(value).lower()


def test_confidence_stands_on_the_report_and_on_likelihoods_alone():
    found = json.loads(render_stix(plain()))["objects"]
    assert {one["type"] for one in found if "confidence" in one} == {"report", "note"}
    assert objects(plain(), "report")[0]["confidence"] == 15  # "Confidence is low"
    said = [(one["abstract"], one["confidence"]) for one in objects(plain(), "note") if "confidence" in one]
    assert said == [
        ("Corridor 1: almost certain", 95),
        ("Corridor 2: roughly even chance", 50),
        ("Corridor 3: remote", 5),
    ]
    content = [one["content"] for one in objects(plain(), "note") if "confidence" in one]
    assert content[0] == (
        "That corridor 1 is among the one of 3 listed that have most by reported counts: almost certain (97\u00a0%)."
    )
    assert content[2].endswith(": remote (under\u00a01\u00a0%).")
    without = replace(plain(), confidence="Not stated.")
    assert "confidence" not in objects(without, "report")[0]


def test_no_level_is_given_where_levels_are_not_told():
    for kind, column, largest in (
        ("relationship", "flow", 1.0),
        ("location", "throughflow", 1.0),
        ("grouping", "flow", 1.0),
    ):
        told, not_told = objects(corrected(), kind), objects(untold(), kind)
        assert f"{column}_mean" in ours(told[0])
        for one in not_told:
            names = {name for name in ours(one) if name.startswith(("flow", "throughflow", "expected", "branches"))}
            assert names <= {f"{column}_share"}
            assert ours(one)["levels_told"] is False
        assert max(ours(one).get(f"{column}_share", 0) for one in not_told) == largest
    assert all(UNTOLD in one["description"] for one in objects(untold(), "relationship"))
    assert not any(UNTOLD in one["description"] for one in objects(corrected(), "relationship"))
    assert all(COUNTED in one["description"] for one in objects(plain(), "grouping"))


def test_hostile_text_is_text_and_none_is_lost():
    text = json.dumps(json.loads(render_stix(hostile())), ensure_ascii=False)
    for payload in PAYLOADS:
        assert json.dumps(storable(payload), ensure_ascii=False)[1:-1] in text
    assert LONG in text
    (report,) = objects(hostile(), "report")
    assert all(storable(caveat) in report["description"] for caveat in hostile().caveats)


def test_a_place_without_country_and_position_still_is_a_location():
    table = plain().tables["places"].assign(country="", lat=float("nan"), lon=float("nan"))
    lost = replace(plain(), tables=plain().tables | {"places": table.iloc[:2]})
    stix2.parse(render_stix(lost).decode(), allow_custom=False)
    found = objects(lost, "location")
    assert {one["region"] for one in found} == {"unknown"}
    assert len(found) == 5  # ends of legs that the table does not hold are there as well
    assert len(objects(lost, "relationship")) == len(objects(plain(), "relationship"))


def test_other_content_gets_other_ids():
    first, second = ({one["id"] for one in objects(b, "relationship")} for b in (corrected(), untold()))
    assert not first & second


def test_nothing_is_created_or_published_in_the_future():
    records = plain().tables["records"].assign(date=["2023-08", "2023"])
    case = replace(plain(), tables=plain().tables | {"records": records})
    made = [one for kind in ("location", "grouping", "note", "report") for one in objects(case, kind)]
    assert {one["created"] for one in made} == {"2023-08-01T00:00:00.000Z"}  # the year may not be over
    assert objects(case, "report")[0]["published"] == "2023-08-01T00:00:00.000Z"
    assert objects(case, "relationship")[0]["stop_time"][:10] == "2023-12-31"


def test_a_country_or_a_region_is_no_point():
    table = plain().tables["places"].assign(kind=["country", "region", "port", "city", "country"])
    found = objects(replace(plain(), tables=plain().tables | {"places": table}), "location")
    assert ["latitude" in one and "longitude" in one for one in found] == [False, False, True, True, False]
    assert found[0]["country"] == "TH"


def test_a_position_out_of_range_is_none():
    spots = {"lat": [91.0, -90.0, float("inf"), 1.0, 2.0], "lon": [0.0, 180.0, 0.0, 181.0, 3.0]}
    case = replace(plain(), tables=plain().tables | {"places": plain().tables["places"].assign(**spots)})
    assert ["latitude" in one for one in objects(case, "location")] == [False, True, False, False, True]
    stix2.parse(render_stix(case).decode(), allow_custom=False)


def test_what_changed_since_an_earlier_run_is_a_note_on_the_report():
    later = objects(replace(plain(), changes=("One leg is new.",)), "note")
    (note,) = [one for one in later if "changed" in one["abstract"]]
    assert note["content"] == "One leg is new."
    assert not [one for one in objects(plain(), "note") if "changed" in one["abstract"]]


def test_days_of_a_case():
    assert [str(day) for day in day_span("2024-02")] == ["2024-02-01", "2024-02-29"]
    assert [str(day) for day in day_span("2023")] == ["2023-01-01", "2023-12-31"]
    assert day_span("2023-02-30") is day_span("=2023") is day_span("2023-13") is day_span("0000") is None
    assert case_days(plain().tables["records"].iloc[:0]) is None
