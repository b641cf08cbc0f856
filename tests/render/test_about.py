"""What every export says about itself."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from briefings import KINDS, PAYLOADS, corrected, hostile, plain, untold

from routegraph.render import TARGETS
from routegraph.render.about import about
from routegraph.render.plain_text import storable
from routegraph.render.run_json import run_digest


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_rows_and_facts_can_be_stored_and_carry_the_marking_and_the_digest(kind):
    briefing = KINDS[kind]()
    said = about(briefing)
    assert said.rows()[0] == ("marking", storable(briefing.marking.text))
    assert said.rows()[-1] == ("run digest", run_digest(briefing))
    assert json.loads(json.dumps(said.facts(), allow_nan=False)) == said.facts()
    said.lines().encode("utf-8")


def test_every_caveat_and_payload_is_there_as_it_stands():
    texts = [text for _, text in about(hostile()).rows()]
    assert [text for text in texts if storable(PAYLOADS[5]) == text]
    for payload in PAYLOADS:
        assert texts.count(storable(payload)) >= 3, payload[:30]  # caveat, coverage, source


def test_coverage_under_one_label_is_not_lost():
    twice = replace(plain(), coverage=(("a.csv", "1 row"), ("a.csv", "2 rows")))
    assert about(twice).facts()["coverage"] == {"a.csv": "1 row\n2 rows"}


def test_counts_are_never_called_traffic_and_levels_not_told_are_said():
    assert "not traffic" in about(plain()).estimate
    assert "consignments" in about(corrected()).estimate
    assert "Levels are not told" in about(untold()).estimate
    assert "Levels are not told" not in about(corrected()).estimate
    assert dict(about(untold()).rows())["levels told"] == "no"


def test_synthetic_is_said_only_of_synthetic_cases():
    assert "SYNTHETIC" in about(hostile()).lines()
    assert "SYNTHETIC" not in about(plain()).lines()


def test_inputs_and_versions_come_from_the_run():
    run = {"versions": {"routegraph": "1"}, "inputs": {"a.csv": {"digest": "ff", "profile": "p"}, "b.csv": {}}}
    said = about(replace(plain(), run=run))
    assert said.versions == (("routegraph", "1"),)
    assert said.inputs == (("a.csv", "ff"),)
    assert about(replace(plain(), run={"versions": "1", "inputs": ["a"]})).inputs == ()


def test_what_changed_is_said_and_the_digest_stays_that_of_the_run():
    later = replace(plain(), changes=("One leg is new.", "One is gone."), run=plain().run | {"compared_with": "ab12"})
    said = about(later)
    assert [text for item, text in said.rows() if item.startswith("what changed")] == [
        "One leg is new.",
        "One is gone.",
    ]
    assert ("compared with run", "ab12") in said.rows()
    assert (said.facts()["changes"], said.facts()["compared_with"]) == (["One leg is new.", "One is gone."], "ab12")
    assert said.digest == run_digest(plain())
    assert run_digest(replace(plain(), run=plain().run | {"seed": 9})) != run_digest(plain())
    assert not {"changes", "compared_with"} & set(about(plain()).facts())


@pytest.mark.parametrize("name", ["gpkg", "kml", "stix", "geojson", "parquet", "graphml", "gexf"])
def test_every_export_that_says_what_it_is_says_what_changed(name):
    later = replace(plain(), changes=("One leg is new.",), run=plain().run | {"compared_with": "ab12cd"})
    assert b"One leg is new." in TARGETS[name].render(later)
    assert b"ab12cd" in TARGETS[name].render(later)
    assert b"One leg is new." not in TARGETS[name].render(plain())
