"""The page and the command that makes it."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from routegraph.evaluation import __main__ as command
from routegraph.evaluation import table
from routegraph.evaluation.recovery import ALL

MEASURES = [name for _, columns in table.TABLES for name in columns]


def rows(worlds: int = 3) -> pd.DataFrame:
    lines = [
        {"regime": regime, "seed": 1000 + k, "estimator": name, "events": 500 + k}
        | dict.fromkeys(MEASURES, 0.5 + 0.1 * k + 0.01 * e)
        for regime in ("equal", "few_records")
        for k in range(worlds)
        for e, name in enumerate(ALL)
    ]
    return pd.DataFrame(lines)


def made(**changed) -> str:
    asked = {"command": "make recovery", "csv": "recovery.csv", "by_command": True}
    return table.page(rows(), **(asked | changed))


def test_a_number_is_a_mean_with_two_standard_errors():
    text = made()
    # 0.5, 0.6, 0.7: mean 0.6, two standard errors 2 * 0.1 / sqrt(3).
    assert "| counts | 0.600 +- 0.115 |" in text
    assert "| oracle | 0.630 +- 0.115 |" in text


def test_what_was_not_estimated_is_a_dash_and_one_world_has_no_error():
    lone = rows(worlds=1).assign(spearman_detection=float("nan"))
    text = table.page(lone, command="c", csv="x.csv", by_command=True)
    assert "| counts | 0.500 | 0.500 | 0.500 | - | 0.500 |" in text
    assert "nan" not in text.lower()


def test_the_page_leaves_no_mark_open_and_names_worlds_command_and_rows():
    text = made()
    assert re.findall(r"@[A-Z]+@", text) == []
    assert "3 worlds of each of 2 kinds, seeds\n1000-1002" in text
    assert "    make recovery\n" in text
    assert "### few records: a few hundred records\n\n3 worlds, 500 to 502 reported events each." in text
    for label in ("counts", "counts on completed routes", "this (removal)", "oracle"):
        assert text.count(f"\n| {label} |") == 2 * len(table.TABLES)


def test_every_table_is_well_formed():
    width = 0
    for line in made().splitlines():
        cells = line.count("|")
        assert not (width and cells) or cells == width, line
        width = cells


def test_the_page_says_how_the_run_went():
    assert table.BY_COMMAND in made()
    assert table.BY_COMMAND not in made(by_command=False)


def test_the_csv_holds_every_row():
    lines = table.per_world(rows()).splitlines()
    assert len(lines) == 1 + len(rows())
    assert lines[0].startswith("regime,seed,estimator,events,found,")


def test_the_command_writes_page_and_csv_and_passes_on_what_it_was_asked(tmp_path, monkeypatch, capsys):
    asked = []

    def stand_in(plan, *, progress):
        asked.append(plan)
        progress("a word")
        return rows()

    monkeypatch.setattr("routegraph.evaluation.worlds_run.run_worlds", stand_in)
    out = tmp_path / "docs" / "recovery.md"
    arguments = f"--worlds 20 --first-seed 1000 --regimes equal few_records --workers 2 --out {out}"
    assert command.main(arguments.split()) == 0
    (plan,) = asked
    assert plan.seeds == tuple(range(1000, 1020))
    assert list(plan.regimes) == ["equal", "few_records"]
    assert (plan.workers, plan.by_command, plan.estimators, plan.draws) == (2, True, ALL, 400)
    written = out.read_text(encoding="utf-8")
    assert "--worlds 20 --first-seed 1000" in written
    assert str(tmp_path) not in written
    assert len(pd.read_csv(out.with_suffix(".csv"))) == len(rows())
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "a word\n")


@pytest.mark.parametrize("wrong", ["--worlds 0", "--regimes nowhere", "--estimators guess", "--draws none"])
def test_wrong_usage_is_refused(wrong, tmp_path, capsys):
    with pytest.raises(SystemExit) as leaving:
        command.main([*wrong.split(), "--out", str(tmp_path / "x.md")])
    assert leaving.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_a_page_of_few_worlds_says_so_before_anything_else():
    few = rows()
    many = pd.concat([few.assign(seed=few["seed"] + 1000 * k) for k in range(20)], ignore_index=True)
    said = [table.page(one, command="c", csv="x.csv", by_command=True) for one in (few, many)]
    assert [("Too few worlds to judge by" in one.split("Made by one command")[0]) for one in said] == [True, False]
