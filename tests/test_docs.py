"""What the pages show is what the program does: commands parse, profiles read, answers in comments are true."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from routegraph import cli, inputs, run
from routegraph.places import BorderMap, Gazetteer, iso3
from routegraph.places.sea_ways import SeaMap
from routegraph.records import load_profile, read_seizures
from routegraph.records.schema import TABLES
from routegraph.render import export, saved

PROJECT = Path(__file__).resolve().parents[1]
PAGES = [PROJECT / "README.md", PROJECT / "data" / "samples" / "README.md", *sorted((PROJECT / "docs").glob("*.md"))]
SHOWN = re.compile(
    r"^\s*(?:\.venv/bin/|\$ )?(routegraph (?:run|demo|check|profiles|synth|explain|diff|export)\b.*)$", re.MULTILINE
)


def commands() -> list[tuple[str, str]]:
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8").replace("\\\n", " ")
        found += [(page.name, line.strip()) for line in SHOWN.findall(text)]
    return found


def test_the_pages_show_each_command_that_does_something():
    shown = {line.split()[1] for _, line in commands()}
    assert shown >= {"run", "check", "synth", "explain", "diff", "export"}


@pytest.mark.parametrize(("page", "line"), commands())
def test_a_shown_command_parses(page, line, monkeypatch):
    """Nothing runs: what would begin the work takes note of being reached."""
    reached = []

    def stand_in(*arguments, **options):
        reached.append(line)
        raise KeyboardInterrupt

    begins = ((run, "run_case"), (inputs, "read_table"), (inputs, "check_out"), (saved, "read_run"),
              (export, "read_briefing"))  # fmt: skip
    for module, name in begins:
        monkeypatch.setattr(module, name, stand_in)
    with pytest.raises(SystemExit) as leaving:
        cli.main(shlex.split(line, comments=True)[1:])
    assert leaving.value.code == cli.STOPPED
    assert reached == [line]


def blocks(page: str, language: str) -> list[str]:
    text = (PROJECT / "docs" / page).read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def test_the_profile_that_is_shown_reads_the_file_that_it_describes(tmp_path):
    first, encoded, counted = blocks("profiles.md", "toml")
    (tmp_path / "customs-log.toml").write_text(first, encoding="utf-8")
    (tmp_path / "log_ABC_2023.csv").write_bytes(
        "Jour;Lieu;Pays;Moyen;Nature;Quantite;Cache;Page;Tampon\n"
        "2023-01-05;Mae Sot;TH;Camion;pistol;3;sous le siège;12;x\n"
        "-;Sadao;TH;bateau;pistol;n/a;;;y\n".encode("cp1252")
    )
    batch = read_seizures(
        [tmp_path / "log_ABC_2023.csv"],
        profile=load_profile(str(tmp_path / "customs-log.toml")),
        gazetteer=Gazetteer.builtin(),
    )
    assert list(batch.rejects["reason"]) == []
    records = batch.records.sort_values("row")
    assert list(records["date"]) == ["2023-01-05", "2023"]
    assert list(records["mode"]) == ["road", "sea"]
    assert set(records["source"]) == {"Customs, station ABC"}
    assert list(records["remarks"]) == ["hidden: sous le siège; page: 12", ""]
    (tmp_path / "mine.toml").write_text(encoded, encoding="utf-8")
    (tmp_path / "mine.csv").write_bytes(
        "seized_at;seized_country;source\nMae Sot;TH;Douane française\n".encode("cp1252")
    )
    mine = inputs.read_table([tmp_path / "mine.csv"], profile=str(tmp_path / "mine.toml")).records
    assert list(mine["source"]) == ["Douane française"]
    (tmp_path / "every.toml").write_text(counted, encoding="utf-8")
    assert load_profile(str(tmp_path / "every.toml")).equal_rows == "several"


def test_the_code_on_places_gives_the_answers_beside_it():
    gazetteer = Gazetteer.builtin()
    code, at_sea = blocks("places.md", "python")
    assert code.startswith("from routegraph.places import BorderMap, Gazetteer, iso3")

    def ids(*asked: str) -> list[str]:
        return [one.place_id for one in gazetteer.resolve(*asked)]

    assert ids("Batam") == ["IDN-batam", "IDN-air-bth"]
    assert ids("Padang Besar") == ["MYS-padang-besar", "THA-padang-besar"]
    assert ids("Padang Besar", "Thailand") == ["THA-padang-besar"]
    assert (iso3("Burma"), iso3("NA"), iso3("Yugoslavia")) == ("MMR", "NAM", None)
    way = BorderMap.load("region").path("US-FL", "US-NY")
    assert way[:5] == ("US-FL", "US-GA", "US-SC", "US-NC", "US-VA")
    assert way[-1] == "US-NY"
    for shown in ("IDN-batam, IDN-air-bth", "THA-padang-besar", "('MMR', 'NAM', None)", "'US-FL', 'US-GA', 'US-SC'"):
        assert shown in code
    sea = SeaMap.load((-15, 85, 30, 145))
    (direct,) = sea.distances((9.97, 98.63), [(16.77, 96.17)])
    km, _ = sea.way((9.97, 98.63), (7.22, 100.58))
    for shown in (f"Ranong-Yangon: {direct:,.0f} km", f"({direct / 1.852:,.0f} nautical miles)", f"{km:,.0f} km"):
        assert shown in at_sea


def test_the_places_file_that_is_shown_is_read(tmp_path):
    (shown,) = blocks("places.md", "csv")
    (tmp_path / "places.csv").write_text(shown, encoding="utf-8")
    batch = inputs.read_table([tmp_path / "places.csv"], table="places")
    assert len(batch.rejects) == 0
    known = Gazetteer.builtin().extended(batch.records)
    assert [one.place_id for one in known.resolve("Umphang", "THA")] == ["THA-umphang-gate"]


def test_links_between_the_pages_lead_somewhere():
    for page in PAGES:
        for target in re.findall(r"(?<!!)\[[^\]]*\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_page_on_tables_names_every_column():
    page = (PROJECT / "docs" / "records.md").read_text(encoding="utf-8")
    missing = [(table, column) for table, columns in TABLES.items() for column in columns if f"`{column}`" not in page]
    assert missing == []
