"""Names resolve to candidates, and nothing is guessed between places that lie apart."""

from __future__ import annotations

import unicodedata

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routegraph.errors import InputError
from routegraph.places import Candidate, Gazetteer
from routegraph.places.gazetteer_tables import us_places

GAZETTEER = Gazetteer.builtin()
CURATED = GAZETTEER.places[GAZETTEER.places["source"].str.startswith("map reading")]
KNOWN = frozenset(GAZETTEER.places.index)


def one(text: str, country: str = "") -> tuple[str, str]:
    found = GAZETTEER.resolve_many(pd.Series([text]), pd.Series([country])).iloc[0]
    return found["place_id"], found["reason"]


@pytest.mark.parametrize(
    ("text", "country", "place_id"),
    [
        ("Mae Sot", "THA", "THA-mae-sot"),
        ("mae  SOT", "", "THA-mae-sot"),
        ("Mae Sod", "Thailand", "THA-mae-sot"),
        ("THMAQ", "", "THA-mae-sot"),
        ("THA-mae-sot", "", "THA-mae-sot"),
        ("แม่สอด", "THA", "THA-mae-sot"),
        ("Mae Sot, Thailand", "", "THA-mae-sot"),
        ("Mota ain", "IDN", "IDN-motaain"),
        ("Mota’ain", "IDN", "IDN-motaain"),
        ("Rangoon", "MMR", "MMR-yangon"),
        ("Hà Nội", "VNM", "VNM-hanoi"),
        ("HCMC", "VNM", "VNM-ho-chi-minh-city"),
        ("Bangkok", "THA", "THA-bangkok"),
        ("BKK", "THA", "THA-air-bkk"),
        ("VTBS", "", "THA-air-bkk"),
        ("Suvarnabhumi Airport", "THA", "THA-air-bkk"),
        ("Sandakan", "MYS", "MYS-sandakan"),
        ("Padang Besar", "MYS", "MYS-padang-besar"),
        ("Padang Besar", "THA", "THA-padang-besar"),
        ("Burma", "", "MMR"),
        ("NA", "", "NAM"),
        ("Singapore", "SGP", "SGP"),
        ("Jordan", "", "JOR"),
        ("Georgia", "USA", "US-GA"),
        ("Georgia", "GEO", "GEO"),
        ("CAN", "", "CAN"),
        ("CAN", "CHN", "CHN-air-can"),
    ],
)
def test_a_known_name_is_its_place(text, country, place_id):
    assert one(text, country) == (place_id, "")


@pytest.mark.parametrize(
    ("text", "country", "reason"),
    [
        ("Padang Besar", "", "ambiguous: MYS-padang-besar; THA-padang-besar"),
        ("Georgia", "", "ambiguous: GEO; US-GA"),
        ("Tanjung Balai", "IDN", "ambiguous: IDN-tanjung-balai-asahan; IDN-tanjung-balai-karimun"),
        ("Mae Sot", "MMR", "is in THA, not MMR"),
        ("THA-mae-sot", "MMR", "is in THA, not MMR"),
        ("Mae Sott", "THA", "not found"),
        ("x" * 40_000, "THA", "not found"),
        ("{{7*7777}}", "THA", "not found"),
        ("Mae Sot", "Atlantis", "not found"),
        ("", "THA", ""),
        ("  ", "", ""),
    ],
)
def test_what_cannot_be_decided_stays_open_with_its_reason(text, country, reason):
    assert one(text, country) == ("", reason)


def test_airports_of_one_city_that_lie_apart_are_candidates_and_not_a_guess():
    found = GAZETTEER.resolve("London", "GBR")
    assert {"GBR-air-lhr", "GBR-air-lgw"} <= {candidate.place_id for candidate in found}
    assert one("London", "GBR")[0] == ""


def test_candidates_come_best_first_and_say_what_matched():
    found = GAZETTEER.resolve("Batam")
    assert [candidate.place_id for candidate in found] == ["IDN-batam", "IDN-air-bth"]
    assert found[0] == Candidate("IDN-batam", "Batam", "IDN", "port", "name")
    assert GAZETTEER.resolve("THMAQ")[0].matched == "code"
    assert GAZETTEER.resolve("Rangoon")[0].matched == "alias"
    assert GAZETTEER.resolve("MMR-yangon")[0].matched == "id"
    assert GAZETTEER.resolve("no such place") == ()


def test_postal_codes_and_territories_are_us_regions_only_where_the_country_says_so():
    table = us_places()
    codes = table.index.str.removeprefix("US-")
    assert list(GAZETTEER.resolve_many(pd.Series(codes), pd.Series(["USA"] * 54))["place_id"]) == list(table.index)
    assert one("IN") == ("IND", "")
    assert one("Guam") == ("GUM", "")
    assert one("Guam", "USA") == ("US-GU", "")
    assert one("NY")[0] == ""


@pytest.mark.parametrize(
    ("label", "place_id"),
    [
        ("DST OF COLUMBIA", "US-DC"),
        ("DISTRICT OF COLUMBIA", "US-DC"),
        ("GUAM & NORTHERN MARIANA ISLANDS", "US-GU"),
        ("GUAM AND NORTHERN MARIANA ISLANDS", "US-GU"),
        ("US VIRGIN  ISLANDS", "US-VI"),
        ("NEW YORK", "US-NY"),
        ("WASHINGTON", "US-WA"),
        ("PUERTO RICO", "US-PR"),
    ],
)
def test_labels_of_the_trace_sheets_are_regions(label, place_id):
    assert one(label, "USA") == (place_id, "")


def test_every_curated_place_answers_to_its_id_name_and_aliases():
    shared = {"tanjungbalai"}  # two ports of Sumatra's east coast, and so ambiguous
    rows = CURATED.reset_index()
    rows["text"] = [
        [*aliases.split("; "), name, place_id]
        for aliases, name, place_id in rows[["aliases", "name", "place_id"]].to_numpy()
    ]
    rows = rows.explode("text")
    rows = rows[(rows["text"] != "") & ~rows["text"].str.lower().str.replace(" ", "").isin(shared)]
    found = GAZETTEER.resolve_many(rows["text"], rows["country"])
    assert rows.loc[(found["place_id"] != rows["place_id"]).to_numpy(), "text"].to_list() == []


@settings(deadline=None, max_examples=50)
@given(
    st.sampled_from(sorted(CURATED.index)),
    st.sampled_from(["NFC", "NFD"]),
    st.sampled_from([str.upper, str.lower, str]),
)
def test_unicode_form_and_case_do_not_count(place_id, form, case):
    name, country = CURATED.loc[place_id, ["name", "country"]]
    plain = GAZETTEER.resolve(name, country)
    assert [c.place_id for c in GAZETTEER.resolve(case(unicodedata.normalize(form, name)), country)] == [
        c.place_id for c in plain
    ]


@settings(deadline=None, max_examples=50)
@given(st.text(max_size=60), st.sampled_from(["", "THA", "USA", "??"]))
def test_no_text_breaks_resolution(text, country):
    place_id, reason = one(text, country)
    assert (place_id == "") or (reason == "")
    assert place_id == "" or place_id in KNOWN


def test_a_users_place_wins_and_keeps_its_id_and_leaves_the_built_in_gazetteer_alone():
    extra = pd.DataFrame(
        {
            "place_id": ["Camp 7", "THA-mae-sot"],
            "name": ["Umphang", "Mae Sot bridge 2"],
            "country": ["Thailand", "TH"],
            "lat": [16.0, 16.75],
            "lon": [98.9, 98.55],
            "kind": ["other", "border_crossing"],
            "aliases": ["Bangkok; บ้าน", ""],
        }
    )
    before = extra.copy()
    mine = GAZETTEER.extended(extra)
    pd.testing.assert_frame_equal(extra, before)
    assert mine.resolve("Camp 7")[0].place_id == "Camp 7"
    assert mine.resolve_many(pd.Series(["Bangkok"]), pd.Series(["THA"]))["place_id"].item() == "Camp 7"
    assert mine.places.loc["THA-mae-sot", "name"] == "Mae Sot bridge 2"
    assert mine.places.loc["Camp 7", "country"] == "THA"
    assert GAZETTEER.resolve("Camp 7") == ()
    assert GAZETTEER.places.loc["THA-mae-sot", "name"] == "Mae Sot"
    assert mine.extended(extra.iloc[:1]).places.equals(mine.places)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"lat": 91.0}, "lat is 91.0"),
        ({"lon": float("nan")}, "lon is nan"),
        ({"lat": "north"}, "lat is 'north'"),
        ({"country": "Atlantis"}, "country is 'Atlantis'"),
        ({"kind": "camp"}, "kind is 'camp'"),
        ({"place_id": ""}, "place_id is ''"),
    ],
)
def test_a_users_place_that_cannot_stand_says_why(change, says):
    row = {"place_id": "a", "name": "A", "country": "THA", "lat": 16.0, "lon": 98.0, "kind": "city"} | change
    with pytest.raises(InputError, match=says):
        GAZETTEER.extended(pd.DataFrame([row]))


def test_a_users_table_without_a_needed_column_or_with_an_id_twice_says_so():
    row = {"place_id": "a", "name": "A", "country": "THA", "lat": 16.0, "lon": 98.0, "kind": "city"}
    with pytest.raises(InputError, match="no column kind"):
        GAZETTEER.extended(pd.DataFrame([row]).drop(columns="kind"))
    with pytest.raises(InputError, match="comes once"):
        GAZETTEER.extended(pd.DataFrame([row, row]))


def test_a_position_goes_to_the_nearest_node_of_its_country_within_25_km():
    assert GAZETTEER.locate(16.70, 98.56, "THA") == "THA-mae-sot"
    assert GAZETTEER.locate(16.70, 98.56, "MMR") == "MMR-myawaddy"
    assert GAZETTEER.locate(15.9, 101.0, "THA") == ""
    assert GAZETTEER.locate(16.70, 98.56, "") == ""
    assert GAZETTEER.locate(float("nan"), 98.56, "THA") == ""
    found = GAZETTEER.locate_many(
        pd.Series([16.70, np.nan, 16.70], index=[4, 2, 9]),
        pd.Series([98.56, 1.0, 98.56], index=[4, 2, 9]),
        pd.Series(["THA", "THA", "MMR"], index=[4, 2, 9]),
    )
    assert found.to_dict() == {4: "THA-mae-sot", 2: "", 9: "MMR-myawaddy"}


def test_the_world_is_there_once_each_with_its_kinds():
    places = GAZETTEER.places
    assert places.index.is_unique
    assert (places["kind"] == "country").sum() == 250
    assert (places["kind"] == "airport").sum() > 7000
    assert (places["kind"] == "region").sum() == 54
    assert places[["lat", "lon"]].notna().all(axis=None)
    assert Gazetteer.builtin() is GAZETTEER
    places.loc["THA", "name"] = "changed"
    assert GAZETTEER.places.loc["THA", "name"] == "Thailand"


def test_answers_do_not_depend_on_row_order_and_keep_the_index():
    texts = pd.Series(["Muse", "Padang Besar", "Muse", None], index=[9, 1, 5, 5])
    countries = pd.Series(["MMR", "", "CHN", "THA"], index=[9, 1, 5, 5])
    found = GAZETTEER.resolve_many(texts, countries)
    assert list(found.index) == [9, 1, 5, 5]
    back = GAZETTEER.resolve_many(texts[::-1], countries[::-1])
    assert back[::-1].equals(found)
    assert list(found["reason"]) == ["", "ambiguous: MYS-padang-besar; THA-padang-besar", "is in MMR, not CHN", ""]
    assert GAZETTEER.resolve_many(texts[:0], countries[:0]).empty


def test_a_large_column_resolves_as_its_distinct_texts_do():
    rng = np.random.default_rng(0)
    names = GAZETTEER.places["name"].iloc[:3000].to_list() + [f"village {number}" for number in range(12_000)]
    pick = rng.integers(0, len(names), 300_000)
    countries = np.array(["THA", "MMR", "", "COL"])[pick % 4]
    texts = pd.Series(np.array(names, dtype=object)[pick])
    found = GAZETTEER.resolve_many(texts, pd.Series(countries))
    once = pd.DataFrame({"text": texts, "country": countries}).drop_duplicates()
    alone = GAZETTEER.resolve_many(once["text"].reset_index(drop=True), once["country"].reset_index(drop=True))
    pd.testing.assert_frame_equal(found.loc[once.index].reset_index(drop=True), alone)
