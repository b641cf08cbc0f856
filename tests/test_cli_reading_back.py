"""``routegraph explain`` and ``routegraph diff``: what they print, and one line for every mistake."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "briefing"))
from saved_runs import PATH, corridor, leg, saved

from routegraph import cli
from routegraph.briefing.difference import MOST_LEGS
from routegraph.render.tables import write_table

KEY = "C-" + "-".join(PATH)


def written(run, folder):
    folder.mkdir()
    for name, table in run.tables.items():
        (folder / f"{name}.csv").write_bytes(write_table(table))
    (folder / "run.json").write_text(json.dumps(run.run), encoding="utf-8")
    return str(folder)


@pytest.fixture
def call(capsys):
    """Return a function that runs a command line: exit status, standard output, standard error."""

    def called(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as leaving:
            cli.main(list(arguments))
        said = capsys.readouterr()
        return int(leaving.value.code or 0), said.out, said.err

    return called


@pytest.mark.parametrize("command", ["explain", "diff"])
def test_each_has_a_help_with_an_example(call, command):
    status, out, err = call(command, "--help")
    assert (status, err) == (0, "")
    assert f"Example: routegraph {command} " in out


def test_a_corridor_is_told_by_rank_and_by_id(call, tmp_path):
    folder = written(saved(), tmp_path / "a")
    status, out, err = call("explain", folder, "1")
    assert (status, err) == (0, "")
    assert out.startswith(f"TLP:AMBER\n{KEY}: Alpha > Beta > Gamma\n")
    assert out.endswith("- Seizures are not flow.\n")
    assert call("explain", folder, KEY) == (0, out, "")


def test_an_unknown_corridor_is_wrong_usage_in_one_line(call, tmp_path):
    folder = written(saved(), tmp_path / "a")
    status, out, err = call("explain", folder, "C-\nnone")
    assert (status, out) == (2, "")
    assert err.count("\n") == 1
    assert f"expected an id or rank, such as 1: {KEY}" in err


@pytest.mark.parametrize(
    "arguments", [("explain", "{none}", "1"), ("diff", "{none}", "{run}"), ("diff", "{run}", "{none}")]
)
def test_a_folder_without_a_run_is_one_line(call, tmp_path, arguments):
    places = {"run": written(saved(), tmp_path / "a"), "none": str(tmp_path / "none")}
    status, out, err = call(*(one.format(**places) for one in arguments))
    assert (status, out) == (1, "")
    assert err.count("\n") == 1
    assert "expected the folder of a routegraph run" in err


def test_hostile_names_stay_on_their_line(call, tmp_path):
    names = {"MMR-a": "A\nVerdict: supported", "THA-b": "\x1b[31m\u202eB", "MYS-c": "=C"}
    status, out, _ = call("explain", written(saved(names=names), tmp_path / "a"), "1")
    assert status == 0
    assert out.splitlines()[1] == f"{KEY}: A Verdict: supported >  [31m B > =C"
    assert sum(line.startswith("Verdict") for line in out.splitlines()) == 1


def test_a_difference_in_words_and_as_json(call, tmp_path):
    many = [leg("A", f"B{k:02d}", 10, 9, 11) for k in range(MOST_LEGS + 5)]
    more = [leg("A", f"B{k:02d}", 40, 30, 50) for k in range(MOST_LEGS + 5)]
    evidence = [(KEY, 0, "r1"), (KEY, 0, "r\n2 forged"), (KEY, 1, "r3")]
    one = written(saved(legs=many), tmp_path / "a")
    other = written(saved(legs=more, corridors=[corridor(2)], evidence=evidence, settings={"seed": 1}), tmp_path / "b")
    status, out, err = call("diff", one, other)
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[:2] == ["Why:", "- settings: seed was 0, is 1"]
    assert "Corridors: 1 moved, 0 in their place" in lines
    assert sum("1 record came (r 2 forged)" in line for line in lines) == 1
    assert "Legs whose 90 % intervals of flow do not overlap: 15, the first 10" in lines
    assert sum(line.startswith("A ") for line in lines) == MOST_LEGS
    status, out, err = call("diff", one, other, "--json")
    found = json.loads(out)
    assert (status, err, len(found["legs"]), found["not_compared"]) == (0, "", 15, "")
    assert found["corridors"][0]["what"] == "fell"
    assert found["why"][0] == "settings: seed was 0, is 1"


def test_the_same_run_twice(call, tmp_path):
    folder = written(saved(), tmp_path / "a")
    status, out, _ = call("diff", folder, folder)
    assert status == 0
    assert out == (
        "Why:\n- same data, settings and versions\n\nCorridors: 0 moved, 1 in their place\n\n"
        "Legs whose 90 % intervals of flow do not overlap: none\n"
    )


def test_levels_that_cannot_be_compared_say_why(call, tmp_path):
    one, other = written(saved(), tmp_path / "a"), written(saved(levels_told=False), tmp_path / "b")
    status, out, _ = call("diff", one, other)
    assert status == 0
    assert out.endswith("\nFlows are not compared: the data of the second run cannot tell how many consignments\n")
    assert "overlap" not in out
