"""Nine records whose every number is worked out on paper, through the reader: what a whole case adds up to."""

from __future__ import annotations

import pytest

from routegraph.network import build_graph
from routegraph.places import Gazetteer
from routegraph.records import load_profile, read_seizures

CASE = """record_id,date,count,seized_at,seized_country,origin,origin_country,via,destination,destination_country,mode,commodity,quantity,unit,source,tlp
A1,2020-01-05,1,Mae Sot,THA,Myawaddy,MMR,,Bangkok,THA,road,arms.firearm.pistol,2,piece,S1,CLEAR
A2,2020-03-05,2,Mae Sot,THA,Myawaddy,MMR,,Bangkok,THA,road,arms.ammunition,100,round,S2,GREEN
A3,2021-01-05,1,Bangkok,THA,Yangon,MMR,Myawaddy > Mae Sot,Bangkok,THA,road,arms.firearm.pistol,3,piece,S1,CLEAR
A4,2021,1,Mae Sot,THA,Yangon,MMR,Myawaddy > ? > Mae Sot > Bangkok,Singapore,SGP,sea,drugs.heroin,1.5,kg,S1,CLEAR
A5,2021-02,0,Mae Sot,THA,Yangon,MMR,,Bangkok,THA,road,arms.firearm.pistol,0,piece,S1,CLEAR
A6,2021-02-02,1,Bangkok,THA,Chiang Mai,THA,,,,road,arms.firearm.pistol,1,piece,S3,CLEAR
A7,2021-02-03,1,Laem Chabang,THA,Laem Chabang,THA,Port of Singapore,Tanjung Priok,IDN,sea,arms.firearm.pistol,1,piece,S3,CLEAR
A8,2021-03-03,1,,THA,Mandalay,MMR,,Kuala Lumpur,MYS,road,arms.firearm.pistol,4,piece,S3,CLEAR
A9,2020-07-09,1,Bangkok,THA,Bangkok,THA,Yangon > Bangkok,Singapore,SGP,air,arms.firearm.pistol,4,piece,S3,CLEAR
"""  # noqa: E501
# travelled, intended, inferred, n_records, seizures, seizures_named, quantity_seized, unit, tlp
LEGS = {
    ("MMR-mandalay", "THA"): (1, 0, 0, 1, 1, 1, "4", "piece", "CLEAR"),
    ("MMR-myawaddy", "THA-mae-sot"): (4, 0, 1, 4, 5, 5, "5; 100; 1.5", "piece; round; kg", "GREEN"),
    ("MMR-yangon", "MMR-myawaddy"): (2, 0, 0, 2, 2, 2, "3; 1.5", "piece; kg", "CLEAR"),
    ("MMR-yangon", "THA-bangkok"): (1, 0, 0, 1, 1, 1, "4", "piece", "CLEAR"),
    ("SGP-singapore-port", "IDN-tanjung-priok"): (0, 1, 0, 1, 0, 1, "", "", "CLEAR"),
    ("THA", "MYS-kuala-lumpur"): (0, 1, 0, 1, 0, 1, "", "", "CLEAR"),
    ("THA-bangkok", "MMR-yangon"): (1, 0, 0, 1, 1, 1, "4", "piece", "CLEAR"),
    ("THA-bangkok", "SGP"): (0, 2, 0, 2, 0, 2, "", "", "CLEAR"),
    ("THA-laem-chabang", "SGP-singapore-port"): (0, 1, 0, 1, 0, 1, "", "", "CLEAR"),
    ("THA-mae-sot", "THA-bangkok"): (1, 4, 0, 4, 1, 5, "3", "piece", "GREEN"),
}
COLUMNS = ["travelled", "intended", "inferred", "n_records", "seizures", "seizures_named", "quantity_seized", "unit"]


@pytest.fixture(scope="module")
def graph(tmp_path_factory):
    file = tmp_path_factory.mktemp("hand") / "hand.csv"
    file.write_text(CASE, encoding="utf-8")
    gazetteer = Gazetteer.builtin()
    records = read_seizures((file,), profile=load_profile("routegraph"), gazetteer=gazetteer).records
    return build_graph(records, gazetteer=gazetteer)


def test_every_leg_adds_up_as_on_paper(graph):
    found = graph.legs[[*COLUMNS, "tlp"]]
    kinds = {leg: dict(zip(row[7].split("; "), row[6].split("; "), strict=True)) for leg, row in LEGS.items()}
    assert set(found.index) == set(LEGS)
    for leg, row in zip(found.index, found.itertuples(index=False, name=None), strict=True):
        assert (*row[:6], row[8]) == (*LEGS[leg][:6], LEGS[leg][8]), leg
        assert dict(zip(row[7].split("; "), row[6].split("; "), strict=True)) == kinds[leg], leg


def test_places_count_what_was_seized_there_and_every_record_is_accounted_for(graph):
    seized = graph.places["seizures"]
    assert seized[seized > 0].to_dict() == {"THA": 1, "THA-bangkok": 3, "THA-laem-chabang": 1, "THA-mae-sot": 4}
    assert graph.counts == {
        "records": 9, "routed_records": 7, "domestic_records": 1, "place_only_records": 0, "reported_zero_records": 1,
        "one_place_at_level_records": 0, "events": 9, "routed_events": 8,
    }  # fmt: skip
    assert graph.periods.groupby("period")["seizures"].sum().to_dict() == {"2020": 4, "2021": 4}
