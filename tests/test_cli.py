"""The command line: exit statuses, one line for every mistake, and what goes to which stream."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from contract import FILES  # noqa: I001

from routegraph import cli, run
from routegraph.synthetic import files as synthetic_files

HEADER = "date,seized_at,seized_country,origin_country,via,destination_country,mode,commodity,quantity,unit,source\n"
ROWS = [
    "2023-08-21,Mae Sot,TH,Burma,Myawaddy,Malaysia,road,arms.firearm.pistol,12,piece,Customs",
    "2023-09-02,Padang Besar,TH,Myanmar,Myawaddy > Mae Sot,Malaysia,road,pistol,5,piece,Police",
    "2023-09-09,Hat Yai,Thailand,MMR,Myawaddy > Mae Sot > Bangkok,MYS,road,pistol,twelve,piece,Police",
    "2023-10-01,Sadao,TH,MM,Myawaddy > Mae Sot > Bangkok,MY,road,arms.ammunition,2000,round,Customs",
]
QUICK = ("--draws", "20", "--estimator", "counts")
"""For what does not depend on how flow is estimated."""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return a folder with a small file of seizures, as an analyst would stand in one."""
    (tmp_path / "mine.csv").write_text(HEADER + "\n".join(ROWS) + "\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def call(capsys):
    """Return a function that runs a command line: exit status, standard output, standard error."""

    def called(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as leaving:
            cli.main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return int(leaving.value.code or 0), said.out, said.err

    return called


@pytest.fixture
def settings_of(monkeypatch, call):
    """Return a function that gives the settings a command line would run with, without running it."""

    def given(*arguments: str) -> run.Settings:
        seen = []

        def stand_in(settings, *, progress=None):
            seen.append(settings)
            raise KeyboardInterrupt

        monkeypatch.setattr(run, "run_case", stand_in)
        call("run", *arguments)
        return seen[0]

    return given


@pytest.mark.parametrize("command", ["demo", "run", "check", "profiles", "synth"])
def test_every_command_has_a_help_with_an_example_and_no_python_types(call, command):
    status, out, err = call(command, "--help")
    assert (status, err) == (0, "")
    assert f"Example: routegraph {command}" in out
    options = out.partition("Options:")[2]
    assert not [word for word in ("list[", "<str>", "<int>", "<path>") if word in options]


def test_the_example_in_each_help_is_a_line_that_parses(folder, settings_of, call):
    (folder / "seizures.csv").write_text(HEADER + ROWS[0] + "\n")
    _, out, _ = call("run", "--help")
    example = " ".join(out.partition("Example: routegraph run ")[2].partition("\n\n")[0].split())
    settings = settings_of(*example.split())
    assert (settings.commodity, settings.out) == ("arms", Path("case"))
    assert call("check", "seizures.csv")[0] == 0


def test_no_command_shows_the_help_and_counts_as_wrong_usage(call):
    status, out, _ = call()
    assert status == 2
    assert all(name in out for name in ("demo", "run", "check", "profiles", "synth"))


def test_the_version_is_told(call):
    from importlib.metadata import version

    assert call("--version") == (0, f"routegraph {version('routegraph')}\n", "")


def test_a_run_writes_every_file_and_keeps_its_streams_apart(folder, call):
    status, out, err = call("run", "--seizures", "mine.csv", "--out", "case", "--draws", "50")
    assert sorted(path.name for path in (folder / "case").iterdir()) == sorted(FILES)
    assert out.startswith("rank  tier  score")
    assert "Myawaddy > Mae Sot" in out
    assert all(word not in out for word in ("map.html", "rejected"))
    assert "4 rows = 4 records + 0 rejected rows + 0 duplicates" in err
    assert str(Path("case/map.html")) in err
    # four records cannot tell corridors apart: the status says so, and so do the words
    assert status == 3
    assert "could be told apart" in err
    assert "exit status 3" in err
    # this is no terminal, so that no progress is shown
    assert "reading records" not in err
    assert "\x1b" not in err


def test_products_of_an_earlier_run_that_a_run_does_not_renew_are_named_and_left(folder, call):
    again = ("run", "--seizures", "mine.csv", "--out", "case", *QUICK)
    assert "older products" not in call(*again)[2]
    (folder / "case" / "briefing.pdf").write_bytes(b"mine")
    (folder / "case" / "my notes.txt").write_bytes(b"mine")
    assert "older products" not in call(*again)[2]  # the same run once more: the files are its own
    said = [line for line in call(*again, "--seed", "1")[2].splitlines() if "older products" in line]
    assert len(said) == 1
    assert said[0].endswith("in case: briefing.pdf; export them anew or delete them")
    assert (folder / "case" / "briefing.pdf").read_bytes() == b"mine"


def _shown(value: str | list[str]) -> str:
    return value[:40] if isinstance(value, str) else " ".join(value)


WRONG_USAGE = [
    (["run"], "no seizure files"),
    (["rnu"], "No such command 'rnu'"),
    (["run", "mine.csv"], "files of seizures follow --seizures"),
    (["run", "--seizures"], "requires an argument"),
    (["run", "--comodity", "arms"], "--commodity"),
    (["run", "--seizures", "mine.csv", "--draws", "many"], "'many'; expected a whole number"),
    (["run", "--seizures", "mine.csv", "--draws", "3"], "draws is 3; expected 20 or more"),
    (["run", "--seizures", "mine.csv", "--workers", "0"], "workers is 0; expected 1 or more"),
    (["run", "--seizures", "mine.csv", "--seed", "-1"], "seed is -1; expected 0 or more"),
    (["run", "--seizures", "mine.csv", "--level", "town"], "level is 'town'; expected one of place"),
    (["run", "--seizures", "mine.csv", "--border", "sea"], "border is 'sea'; expected one of country"),
    (["run", "--seizures", "mine.csv", "--estimator", "guess"], "'guess'; expected one of removal, counts"),
    (["run", "--seizures", "mine.csv", "--commodity", "arms.pistol"], "did you mean 'arms.firearm.pistol'"),
    (["run", "--seizures", "mine.csv", "--min-quantity", "5"], "expected a number and a unit"),
    (["run", "--seizures", "mine.csv", "--since", "2023-99"], "expected a date such as 2019"),
    (["run", "--seizures", "mine.csv", "--since", "2024", "--until", "2023"], "expected the earlier date first"),
    (["run", "--seizures", "mine.csv", "--releasable", "PURPLE"], "expected one of CLEAR"),
    (["run", "--seizures", "mine.csv", "--set", "tlp"], "expected column=value"),
    (["run", "--seizures", "mine.csv", "--set", "colour=red"], "expected one of record_id"),
    (["run", "--seizures", "mine.csv", "--drop", "Surname"], "no file has this column"),
    (["run", "--seizures", "mine.csv", "--config", "absent.toml"], "absent.toml: no such file"),
    (["run", "--seizures", "mine.csv", "--profile", "unodc"], "did you mean 'unodc-ids'"),
    (["run", "--seizures", "mine.csv", "--profile", "absent.toml"], "no such file"),
    (["check"], "Missing argument"),
    (["check", "mine.csv", "--drop", "Surname"], "no file has this column"),
    (["check", "mine.csv", "--table", "seizure"], "table is 'seizure'; expected one of seizures"),
    (["synth"], "Missing option '--out'"),
    (["synth", "--out", "made", "--seed", "-1"], "expected 0 or more"),
    (["demo", "--seed", "1.5"], "expected a whole number"),
]


@pytest.mark.parametrize(("arguments", "said"), WRONG_USAGE, ids=_shown)
def test_wrong_usage_is_one_line_and_status_2(folder, call, arguments, said):
    before = sorted(folder.iterdir())
    status, out, err = call(*arguments)
    assert (status, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1
    assert err.startswith("routegraph")
    assert sorted(folder.iterdir()) == before


UNUSABLE = [
    (["run", "--seizures", "absent.csv"], "absent.csv: no such file"),
    (["run", "--seizures", "deep/er/absent.csv"], str(Path("deep/er/absent.csv"))),
    (["run", "--seizures", "https://example.org/a.csv"], "it is an address, not a file"),
    (["run", "--seizures", "german.csv"], "docs/profiles.md"),
    (["run", "--seizures", "."], ".: it is a folder"),
    (["run", "--seizures", "empty.csv"], "empty.csv: the file is empty"),
    (["run", "--seizures", "header.csv"], "a header and no rows"),
    (["run", "--seizures", "old.xls"], "save it as .xlsx"),
    (["run", "--seizures", "records.json"], "one record a line"),
    (["run", "--seizures", "latin.csv"], "line 2 is not utf-8 text (byte 0xe7)"),
    (["run", "--seizures", "persons.csv"], "--drop 'Suspect name'"),
    (["run", "--seizures", "mine.csv", "--transits", "mine.csv"], "belongs to seizures"),
    (["run", "--seizures", "mine.csv", "--effort", "mine.csv"], "mine.csv"),
    (["run", "--seizures", "mine.csv", "--places", "mine.csv"], "expected columns such as place_id"),
    (["run", "--seizures", "mine.csv", "--profile", "openflights"], "expected a profile of seizures"),
    (["run", "--seizures", "mine.csv", "--since", "2030"], "no record is left of 4: date left out 4"),
    (["run", "--seizures", "mine.csv", "--out", "mine.csv"], "mine.csv is a file; expected a folder"),
    (["run", "--seizures", "mine.csv", "--out", "mine.csv/deeper"], "mine.csv is a file; expected a folder"),
    (["synth", "--out", "mine.csv"], "mine.csv is a file; expected a folder"),
    (["check", "absent.csv"], "absent.csv: no such file"),
    (["check", "transits.csv"], "is it the right table"),
]


@pytest.mark.parametrize(("arguments", "said"), UNUSABLE, ids=_shown)
def test_data_that_cannot_be_used_is_one_line_and_status_1(folder, call, arguments, said):
    (folder / "empty.csv").touch()
    (folder / "header.csv").write_text(HEADER)
    (folder / "german.csv").write_text("Datum;Ort;Land\n2023;Mae Sot;TH\n")
    (folder / "old.xls").write_bytes(b"\xd0\xcf\x11\xe0")
    (folder / "records.json").write_text("[]")
    (folder / "latin.csv").write_bytes((HEADER + ROWS[0].replace("Customs", "Douane française")).encode("cp1252"))
    (folder / "persons.csv").write_text("seized_at,Suspect name\nMae Sot,x\n")
    (folder / "transits.csv").write_text("period,origin,destination,movements\n2023,Mae Sot,Bangkok,3\n")
    before = sorted(folder.iterdir())
    status, out, err = call(*arguments)
    assert (status, out) == (1, "")
    assert said in err
    assert err.count("\n") == 1
    assert sorted(folder.iterdir()) == before


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_folder_that_may_not_be_written_is_refused_before_the_work(folder, call):
    (folder / "locked").mkdir(mode=0o500)
    status, _, err = call("run", "--seizures", "mine.csv", "--out", "locked/case")
    assert status == 1
    assert "nothing may be written there" in err


def test_a_bad_folder_is_refused_before_any_record_is_read(folder, call, monkeypatch):
    monkeypatch.setattr(run, "run_case", lambda *a, **k: pytest.fail("the work had begun"))
    status, _, _ = call("run", "--seizures", "mine.csv", "--out", "mine.csv")
    assert status == 1


def test_text_of_a_file_stays_on_the_one_line_of_its_error(folder, call):
    (folder / "a.csv").write_text("bell\x07\x1b[31m,x\n1,2\n")
    status, _, err = call("check", "a.csv")
    assert status == 1
    assert err.count("\n") == 1
    assert "\x1b" not in err


def test_columns_that_name_persons_are_refused_until_they_are_dropped(folder, call):
    lines = [HEADER.strip() + ",Driver Name", *[f"{row},NOBODY-{i}" for i, row in enumerate(ROWS)]]
    (folder / "persons.csv").write_text("\n".join(lines))
    status, out, err = call("check", "persons.csv")
    assert (status, out) == (1, "")
    advice = err.partition("Leave them out with ")[2].strip().replace("'", "")
    assert advice == "--drop Driver Name"
    status, out, _ = call("check", "--drop", "Driver Name", "persons.csv")
    assert status == 0
    assert "NOBODY" not in out
    status, out, err = call("run", "--seizures", "persons.csv", "--drop", "Driver Name", "--out", "c", *QUICK)
    assert status in (0, 3)
    for path in (folder / "c").iterdir():
        assert b"NOBODY" not in path.read_bytes(), path.name


def test_the_command_line_wins_over_the_file_and_the_file_over_the_defaults(folder, settings_of):
    (folder / "case.toml").write_text(
        'seizures = "mine.csv"\ndraws = 77\nseed = 5\ncommodity = "arms"\nmin-quantity = "1 piece"\n'
        'since = 2023-01-01\n[set]\ntlp = "GREEN"\n'
    )
    settings = settings_of("--config", "case.toml", "--seed", "0", "--commodity", "arms.firearm")
    assert settings.seizures == (Path("mine.csv"),)
    assert (settings.draws, settings.min_quantity, settings.since) == (77, "1 piece", "2023-01-01")
    assert settings.set_values == {"tlp": "GREEN"}
    # given on the command line, though it is the default's own value
    assert settings.seed == 0
    assert settings.commodity == "arms.firearm"
    assert settings.workers == 1


def test_every_option_of_run_can_stand_in_the_file(folder, call):
    from dataclasses import fields

    _, out, _ = call("run", "--help")
    options = {word.removeprefix("--") for word in out.split() if word.startswith("--")} - {"config", "help"}
    names = {{"set": "set_values"}.get(name, name.replace("-", "_")) for name in options}
    assert names >= {field.name for field in fields(run.Settings)}


def test_a_misspelt_key_in_the_file_is_wrong_usage(folder, call):
    (folder / "case.toml").write_text('seizures = "mine.csv"\ncomodity = "arms"\n')
    status, _, err = call("run", "--config", "case.toml")
    assert status == 2
    assert "did you mean 'commodity'" in err


def test_several_values_may_follow_one_flag(folder, settings_of):
    settings = settings_of(
        "--seizures", "mine.csv", "b.csv", "--seizures", "c.csv", "--set", "tlp=GREEN", "source=a=b", "--drop", "x", "y"
    )
    assert settings.seizures == (Path("mine.csv"), Path("b.csv"), Path("c.csv"))
    assert settings.set_values == {"tlp": "GREEN", "source": "a=b"}
    assert settings.drop == ("x", "y")


def test_a_file_after_an_option_of_check_is_a_file(folder, call):
    status, out, _ = call("check", "--drop", "unit", "mine.csv")
    assert status == 0
    assert "column dropped" in out


def test_set_reaches_every_row_and_its_marking_every_product(folder, call):
    call("run", "--seizures", "mine.csv", "--set", "tlp=RED", "--out", "case", *QUICK)
    legs = pd.read_csv(folder / "case" / "legs.csv", dtype=str)
    assert set(legs["tlp"]) == {"RED"}
    assert "TLP:RED" in (folder / "case" / "briefing.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(("level", "used", "transits_out"), [("AMBER", 4, 1), ("GREEN", 3, 2)])
def test_a_view_for_a_lower_marking_takes_transits_and_effort_as_well(folder, call, level, used, transits_out):
    header = HEADER.strip() + ",tlp\n"
    (folder / "marked.csv").write_text(header + "".join(f"{row},GREEN\n" for row in ROWS[:3]) + f"{ROWS[3]},AMBER\n")
    (folder / "transits.csv").write_text(
        "period,origin,destination,movements,tlp\n2023,Mae Sot,Hat Yai,3,GREEN\n2023,Mae Sot,Bangkok,3,AMBER\n"
        "2023,Sadao,Hat Yai,3,RED\n"
    )
    (folder / "effort.csv").write_text("period,place,country,inspections,reported\n2023,Mae Sot,TH,10,yes\n")
    status, _, err = call(
        "run", "--seizures", "marked.csv", "--transits", "transits.csv", "--effort", "effort.csv",
        "--releasable", level, "--out", "view", *QUICK,
    )  # fmt: skip
    assert status in (0, 3)
    assert f"TLP:{level}" in err
    stated = json.loads((folder / "view" / "run.json").read_text(encoding="utf-8"))["left_out"]
    assert (stated["used"], stated["transits left out by releasable"]) == (used, transits_out)


def test_check_says_in_which_row_a_bad_cell_stands(folder, call):
    status, out, err = call("check", "mine.csv")
    assert (status, err) == (0, "")
    line = next(line for line in out.splitlines() if "twelve" in line)
    assert "quantity" in line
    assert " 4 " in line
    assert sorted(path.name for path in folder.iterdir()) == ["mine.csv"]


def test_a_line_that_states_the_delimiter_is_no_header_and_counts_as_a_row(folder, call):
    text = "sep=;\r\ndate;seized_at;seized_country\r\n2023;Mae Sot;TH\r\n2023-13;Sadao;TH\r\n2023;Sadao\r\n"
    (folder / "excel.csv").write_text(text, encoding="utf-8-sig", newline="")
    _, out, _ = call("check", "excel.csv", "--json")
    rows = {(row["what"], row["row"]): row["count"] for row in json.loads(out) if "set aside" in row["what"]}
    assert rows == {("cell set aside", 4): 1, ("row set aside", 5): 1}


def test_a_long_cell_is_cut_on_the_screen_and_whole_in_json(folder, call):
    (folder / "long.csv").write_text(f"seized_at,seized_country\n{'x' * 5000},TH\n")
    assert max(len(line) for line in call("check", "long.csv")[1].splitlines()) < 400
    assert "x" * 5000 in call("check", "long.csv", "--json")[1]


def test_check_prints_json_that_holds_the_same(folder, call):
    _, out, _ = call("check", "mine.csv", "--json")
    rows = json.loads(out)
    bad = [row for row in rows if row["what"] == "cell set aside"]
    assert [(row["row"], row["field"], row["example"]) for row in bad] == [(4, "quantity", "twelve piece")]
    assert next(row for row in rows if row["what"] == "rows in") | {"count": 4, "row": None} in rows


def test_check_reads_each_table_of_the_contract(folder, call):
    (folder / "transits.csv").write_text("period,origin,destination,movements\n2023,Mae Sot,Hat Yai,3\n")
    (folder / "effort.csv").write_text("period,place,country,inspections,reported\n2023,Mae Sot,TH,many,yes\n")
    (folder / "places.csv").write_text("place_id,name,country,lat,lon,kind\nMY-GATE,My gate,THA,16.0,98.9,other\n")
    for table in ("transits", "effort", "places"):
        status, out, _ = call("check", f"{table}.csv", "--table", table)
        assert status == 0
        assert "rows in" in out
    assert call("check", "transits.csv", "--table", "transits", "--profile", "unodc-ids")[0] == 1


def test_check_knows_the_users_own_places_as_a_run_does(folder, call):
    (folder / "own.csv").write_text("seized_at,seized_country\nMy gate,THA\n")
    (folder / "places.csv").write_text("place_id,name,country,lat,lon,kind\nMY-GATE,My gate,THA,16.0,98.9,other\n")
    assert "My gate" in call("check", "own.csv")[1]
    status, out, _ = call("check", "own.csv", "--places", "places.csv")
    assert status == 0
    assert "My gate" not in out


def test_check_of_a_layout_by_country_looks_up_no_place_as_a_run_does_not(folder, call):
    (folder / "by_country.toml").write_text('name = "mine"\nextends = "routegraph"\nlevel = "country"\n')
    (folder / "own.csv").write_text("seized_at,seized_country\nNo such hamlet,THA\n")
    assert "No such hamlet" in call("check", "own.csv")[1]
    assert "No such hamlet" not in call("check", "own.csv", "--profile", "by_country.toml")[1]


def test_profiles_lists_every_layout_as_text_and_as_json(call):
    status, out, err = call("profiles")
    assert (status, err) == (0, "")
    listed = json.loads(call("profiles", "--json")[1])
    assert {row["profile"] for row in listed} >= {"routegraph", "unodc-ids", "atf-traces", "nisat-exports"}
    assert all(row["profile"] in out and row["table"] in ("seizures", "transits") for row in listed)


def test_synth_writes_the_case_of_its_seed_and_nothing_beside_it(folder, call, samples):
    status, out, err = call("synth", "--out", "made", "--seed", "2023")
    assert (status, out) == (0, "")
    assert "made" in err
    ours = {str(path.relative_to(folder / "made")) for path in (folder / "made").rglob("*") if path.is_file()}
    assert ours == {str(path.relative_to(samples)) for path in samples.rglob("*") if path.is_file()}


def test_synth_does_not_take_a_readme_of_ones_own_away(folder, call, monkeypatch):
    (folder / "README.md").write_text("my notes\n")
    monkeypatch.setattr("routegraph.synthetic.make_world", lambda *, seed: None)
    monkeypatch.setattr(synthetic_files, "case_files", lambda world: {"README.md": "# A synthetic case\n", "a.csv": ""})
    status, _, err = call("synth", "--out", ".")
    assert status == 1
    assert "README.md" in err
    assert (folder / "README.md").read_text() == "my notes\n"
    assert not (folder / "a.csv").exists()


@pytest.mark.parametrize("existing", [False, True])
def test_a_stop_while_a_synthetic_case_is_written_leaves_nothing(tmp_path, monkeypatch, existing):
    out = tmp_path / "made"
    if existing:
        out.mkdir()
    written = []
    original = Path.write_text

    def stopping(path, *args, **kwargs):
        written.append(path)
        if len(written) == 3:
            raise KeyboardInterrupt
        return original(path, *args, **kwargs)

    monkeypatch.setattr(
        synthetic_files, "case_files", lambda world: {f"{n}.csv": "x" for n in "abcd"} | {"README.md": "#"}
    )
    monkeypatch.setattr(Path, "write_text", stopping)
    with pytest.raises(KeyboardInterrupt):
        synthetic_files.write_case(None, out)
    assert len(written) == 3
    assert (list(out.iterdir()) == []) if existing else not out.exists()


def test_a_stop_says_so_and_leaves_with_130(folder, call, monkeypatch):
    def stopped(settings, *, progress=None):
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "run_case", stopped)
    status, out, err = call("run", "--seizures", "mine.csv")
    assert (status, out) == (130, "")
    assert "no file was left half written" in err


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is a signal here")
@pytest.mark.parametrize("after", [1.0, 3.0])
def test_ctrl_c_at_any_time_leaves_nothing_or_everything(folder, after):
    before = sorted(folder.iterdir())
    started = subprocess.Popen(
        [sys.executable, "-m", "routegraph.cli", "run", "--seizures", "mine.csv", "--out", "case"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    time.sleep(after)
    started.send_signal(signal.SIGINT)
    _, err = started.communicate(timeout=60)
    if started.returncode == 130:
        assert "stopped" in err
        assert "Traceback" not in err
        assert sorted(folder.iterdir()) == before
    else:
        assert started.returncode in (0, 3)
        assert sorted(path.name for path in (folder / "case").iterdir()) == sorted(FILES)


def test_letters_that_a_terminal_lacks_do_not_end_in_a_traceback(folder):
    (folder / "own.csv").write_text("seized_at,seized_country\nĐà Nẵng-xyz,VNM\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "routegraph.cli", "check", "own.csv"],
        env={**os.environ, "PYTHONIOENCODING": "ascii"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "xyz" in done.stdout
