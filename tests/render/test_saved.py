"""A run read back from its folder: what is no run is one clear line."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from routegraph.briefing.columns import COLUMNS
from routegraph.errors import InputError
from routegraph.render.saved import WANTED, read_run
from routegraph.render.tables import write_table


@pytest.fixture
def folder(tmp_path):
    """Return a folder that holds the least a run can: one row of nothing a table, and run.json."""
    for name in WANTED:
        row = pd.DataFrame([dict.fromkeys(COLUMNS[name], "")]).assign(**{COLUMNS[name][0]: "=1+1, \u202e a\nb"})
        (tmp_path / f"{name}.csv").write_bytes(write_table(row))
    (tmp_path / "run.json").write_text(json.dumps({"levels_told": False}), encoding="utf-8")
    return tmp_path


def refused(folder):
    with pytest.raises(InputError) as said:
        read_run(folder)
    text = str(said.value)
    assert "\n" not in text
    assert "; expected " in text
    return text


def test_a_run_comes_back_as_text_just_as_it_was(folder):
    saved = read_run(folder)
    assert set(saved.tables) == set(WANTED)
    assert saved.tables["corridors"]["rank"].tolist() == ["=1+1, \u202e a\nb"]
    assert saved.run == {"levels_told": False}


def test_a_folder_without_a_run_says_so(tmp_path):
    assert "cannot be read (No such file or directory); expected the folder of a routegraph run" in refused(tmp_path)
    assert "corridors.csv" in refused(tmp_path / "missing")


def test_a_file_in_place_of_a_folder_says_so(folder):
    assert "cannot be read" in refused(folder / "run.json")


@pytest.mark.parametrize("name", WANTED)
def test_a_run_of_an_older_version_is_to_be_made_again(folder, name):
    file = folder / f"{name}.csv"
    old = pd.DataFrame([dict.fromkeys(COLUMNS[name][:-1], "")])
    file.write_bytes(write_table(old))
    assert f"has no column {COLUMNS[name][-1]}; expected a run of this version; run it again" in refused(folder)


@pytest.mark.parametrize("data", [b"", b"\xff\xfe\x00", b'rank,"', b"\n", b"a,b\n1,2,3\n", b"\xef\xbb\xbfrank"])
def test_a_table_that_is_none_is_one_line(folder, data):
    (folder / "corridors.csv").write_bytes(data)
    assert "corridors.csv" in refused(folder)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "3", '"text"'])
def test_a_run_json_that_holds_no_facts_is_one_line(folder, text):
    (folder / "run.json").write_text(text, encoding="utf-8")
    assert "run.json" in refused(folder)
    (folder / "run.json").unlink()
    assert "No such file or directory" in refused(folder)
