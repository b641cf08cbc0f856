"""``routegraph export``: a product made later is the one that the run made, and a word finds the right one."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from briefings import KINDS, corrected, plain

from routegraph import cli, export
from routegraph.briefing.product import Marking
from routegraph.errors import InputError, OutputError, SettingError
from routegraph.render import RUN_TARGETS, TARGETS, registry, write_products
from routegraph.render import export as exporting
from routegraph.render.briefing_json import read_briefing
from routegraph.render.export import find_target
from routegraph.render.run_json import run_digest

PAGES = [target for target in RUN_TARGETS.values() if target.name != "map"]


def saved(briefing, folder):
    write_products({target.filename: target.render(briefing) for target in PAGES}, folder)
    return folder


def another():
    """Return a briefing of another run than the plain and the corrected one, which have one digest."""
    return replace(corrected(), run=corrected().run | {"seed": 1})


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"hostile"}))
def test_every_product_of_a_saved_run_is_the_one_that_the_run_made(kind, tmp_path):
    briefing = KINDS[kind]()
    again = read_briefing(saved(briefing, tmp_path))
    for target in PAGES:
        assert target.render(again) == (tmp_path / target.filename).read_bytes(), target.filename
    for name, table in briefing.tables.items():
        assert [str(one) for one in again.tables[name].dtypes if one.kind != "O"] == [
            str(one) for one in table.dtypes if one.kind != "O"
        ]


def test_hostile_text_comes_back_as_the_files_hold_it(tmp_path):
    again = read_briefing(saved(KINDS["hostile"](), tmp_path))
    for target in PAGES:
        # NUL was written as a picture of itself, which is what comes back; types of text columns differ
        if target.name not in ("briefing-data", "run"):
            assert "54439" not in target.render(again).decode("utf-8")
    assert "{{7*7777}}THA-mae-sot" in set(again.tables["places"]["place_id"])


def test_the_digest_is_that_of_the_run(tmp_path):
    briefing = corrected()
    assert run_digest(read_briefing(saved(briefing, tmp_path))) == run_digest(briefing)


def test_no_product_is_made_of_a_table_that_was_changed_by_hand(tmp_path):
    folder = saved(plain(), tmp_path)
    file = folder / "legs.csv"
    file.write_bytes(file.read_bytes().replace(b"3.25", b"9.25"))
    with pytest.raises(InputError, match=r"legs\.csv: is not the file that this run wrote; expected its own"):
        export(folder, to="graphml")


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"tables": 3}', '{"tables": {"corridors": {}}}'])
def test_what_is_no_briefing_is_one_line(text, tmp_path):
    folder = saved(plain(), tmp_path)
    (folder / "briefing.json").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="expected the folder of a run of this version; run it again"):
        read_briefing(folder)


def test_a_key_too_many_or_too_few_is_another_version(tmp_path):
    folder = saved(plain(), tmp_path)
    held = json.loads((folder / "briefing.json").read_text(encoding="utf-8"))
    for wrong in (held | {"more": 1}, {key: value for key, value in held.items() if key != "caveats"}):
        (folder / "briefing.json").write_text(json.dumps(wrong), encoding="utf-8")
        with pytest.raises(InputError, match="is not as this version writes it"):
            read_briefing(folder)


def test_a_folder_without_a_run_is_one_line(tmp_path):
    with pytest.raises(InputError, match=r"none: is no folder; expected the folder of a run"):
        export(tmp_path / "none", to="graphml")
    with pytest.raises(InputError, match=r"briefing\.json: is not there; expected the folder of a run of this version"):
        export(tmp_path, to="graphml")
    folder = saved(plain(), tmp_path / "run")
    with pytest.raises(InputError, match=r"run\.json: is a file; name its folder, .*run; expected the folder of a run"):
        export(folder / "run.json", to="graphml")
    with pytest.raises(InputError, match=r"cannot be read \(File name too long\)"):
        export(tmp_path / ("x" * 300), to="graphml", out=tmp_path)
    (folder / "run.json").unlink()
    with pytest.raises(InputError, match=r"run\.json: is not there"):
        export(folder, to="graphml")


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("marking", {"tlp": "CLEAR", "releasable_to": [], "text": "TLP:CLEAR"}),
        ("caveats", []),
        ("synthetic", True),
        ("judgements", [{"text": "Mae Sot leads.", "basis": "30 records"}]),
        ("levels_told", False),
        ("confidence", "Confidence is high."),
    ],
)
def test_no_product_is_made_of_facts_that_were_changed_by_hand(name, changed, tmp_path):
    folder = saved(plain(), tmp_path)
    held = json.loads((folder / "briefing.json").read_text(encoding="utf-8"))
    (folder / "briefing.json").write_text(json.dumps(held | {name: changed}), encoding="utf-8")
    with pytest.raises(InputError, match=r"briefing\.json: is not the file that this run wrote; expected its own"):
        read_briefing(folder)
    older = {key: value for key, value in held.items() if key != "sha256"}
    (folder / "briefing.json").write_text(json.dumps(older), encoding="utf-8")
    with pytest.raises(
        InputError, match=r"briefing\.json: is not as this version writes it; expected the folder of a run"
    ):
        read_briefing(folder)
    (folder / "briefing.json").write_text(json.dumps(held), encoding="utf-8")  # laid out otherwise, and as it was
    assert read_briefing(folder).marking == plain().marking


def test_a_briefing_beside_the_run_json_of_another_run_is_refused(tmp_path):
    folder = saved(plain(), tmp_path)
    less = replace(plain(), caveats=("All is known.",))
    (folder / "briefing.json").write_bytes(TARGETS["briefing-data"].render(less))
    with pytest.raises(InputError, match=r"run\.json: is of another run than briefing\.json"):
        read_briefing(folder)


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_every_target_is_found_by_its_name_and_by_its_file(name):
    target = TARGETS[name]
    assert find_target(name) == (target, None)
    assert find_target(f"somewhere/{target.filename}") == (target, Path("somewhere") / target.filename)


def test_a_file_is_found_by_its_ending_where_only_one_product_ends_so():
    assert find_target("reports/case 2023.graphml") == (TARGETS["graphml"], Path("reports/case 2023.graphml"))
    with pytest.raises(SettingError, match=r"several products end so; name the product: .*briefing.*map"):
        find_target("case.html")


@pytest.mark.parametrize("word", ["PDF", ".pdf", ".Pdf", "pdf"])
def test_a_word_is_read_as_people_write_it(word):
    assert find_target(word) == (TARGETS["pdf"], None)


def test_a_near_miss_names_the_nearest():
    with pytest.raises(SettingError, match=r"to is 'geojsn' \(do you mean geojson\?\); expected one of"):
        find_target("geojsn")
    with pytest.raises(SettingError, match=r"to is 'qqqq'; expected one of"):
        find_target("qqqq")


@pytest.mark.parametrize("word", ["", "nothing", "case.exe", ".", "..", "pdff"])
def test_a_word_that_is_no_product_lists_them(word):
    with pytest.raises(SettingError, match=r"expected one of .*graphml.*, or a file that ends so"):
        find_target(word)


def test_where_a_product_goes(tmp_path):
    folder = saved(plain(), tmp_path / "run")
    (folder / "network.graphml").unlink()
    assert export(folder, to="graphml") == folder / "network.graphml"
    assert export(folder, to=tmp_path / "a" / "my case.graphml") == tmp_path / "a" / "my case.graphml"
    assert export(plain(), to="graphml", out=tmp_path / "b") == tmp_path / "b" / "network.graphml"
    made = {path.read_bytes() for path in tmp_path.rglob("*.graphml")}
    assert made == {TARGETS["graphml"].render(plain())}
    with pytest.raises(SettingError, match="name the file once"):
        export(folder, to="x.graphml", out=tmp_path / "y.graphml")
    (tmp_path / "taken.graphml").mkdir()
    with pytest.raises(OutputError, match="is a folder"):
        export(folder, to=tmp_path / "taken.graphml")


def test_a_file_and_a_folder_are_put_together(tmp_path):
    assert export(plain(), to="case 1.graphml", out=tmp_path / "new") == tmp_path / "new" / "case 1.graphml"
    with pytest.raises(SettingError, match="name the file once"):
        export(plain(), to="a/case.graphml", out=tmp_path)


@pytest.mark.parametrize("name", ["a\nb.graphml", "\x1b[31m.graphml", "\u202eslx.graphml", "a\x00.graphml"])
def test_a_name_with_control_characters_is_refused(name, tmp_path):
    for options in ({"to": tmp_path / name}, {"to": "graphml", "out": tmp_path / name}):
        with pytest.raises(SettingError, match="holds control characters") as raised:
            export(plain(), **options)
        assert "\n" not in str(raised.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "where", ["x" * 300 + ".graphml", "x" * 300, "x" * 300 + "/a.graphml", "y/" * 3000 + "a.graphml"]
)
def test_a_name_too_long_is_one_line(where, tmp_path):
    to = "kmz" if where.endswith("kmz") else "graphml"
    with pytest.raises(SettingError, match="too long"):
        export(plain(), to=to, out=tmp_path / where)
    assert not list(tmp_path.iterdir())


@pytest.fixture
def call(capsys):
    """Return a function that runs a command line: exit status, standard output, standard error."""

    def called(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as leaving:
            cli.main([str(one) for one in arguments])
        said = capsys.readouterr()
        return int(leaving.value.code or 0), said.out, said.err

    return called


def test_the_command_says_where_each_file_is(call, tmp_path):
    folder = saved(plain(), tmp_path / "run")
    out = tmp_path / "out"
    status, said, wrong = call("export", folder, "--to", "graphml", "--to", "legs", "--out", out)
    assert (status, wrong) == (0, "")
    assert said.splitlines() == [str(out / "network.graphml"), str(out / "legs.csv")]
    assert {path.name for path in out.iterdir()} == {"network.graphml", "legs.csv"}


def test_the_command_lists_what_can_be_made(call, tmp_path):
    status, said, _ = call("export", tmp_path)
    assert status == 0
    for target in TARGETS.values():
        assert f"{target.name} " in said
        assert target.filename in said


def test_a_misspelt_target_is_wrong_usage_before_anything_is_made(call, tmp_path):
    folder = saved(plain(), tmp_path / "run")
    status, said, wrong = call("export", folder, "--to", "legs", "--to", "pfd", "--out", tmp_path / "out")
    assert (status, said) == (2, "")
    assert wrong.count("\n") == 1
    assert not (tmp_path / "out").exists()
    status, _, wrong = call("export", folder, "--to", "legs", "--to", "graphml", "--out", tmp_path / "one.csv")
    assert status == 2
    assert "expected a folder" in wrong


def test_a_product_says_what_changed_since_an_earlier_run(tmp_path):
    earlier = saved(corrected(), tmp_path / "a")
    records = corrected().tables["evidence"].assign(record_id=["r1", "r1", "r3"])
    briefing = corrected()
    later = replace(briefing, tables=briefing.tables | {"evidence": records}, run=briefing.run | {"seed": 1})
    made = json.loads(export(later, to="briefing-data", out=tmp_path, previous=earlier).read_text(encoding="utf-8"))
    assert made["changes"][0] == f"Compared with run {run_digest(corrected())[:16]} on records of 2022 to 2023."
    assert made["changes"][1] == "Records: 1 record in the second run only, 1 record in the first only."
    assert made["run"]["compared_with"] == run_digest(corrected())
    assert later.changes == ()


def test_an_earlier_run_of_a_stricter_marking_is_not_told_of(tmp_path):
    red = replace(plain(), marking=Marking("RED"))
    with pytest.raises(SettingError, match=r"the earlier run is TLP:RED and this one TLP:GREEN"):
        export(plain(), to="briefing-data", out=tmp_path, previous=saved(red, tmp_path / "red"))
    assert not (tmp_path / "briefing.json").exists()


def test_tables_of_text_alone_come_back_with_their_columns(tmp_path):
    briefing = plain()
    none = {name: table.iloc[:0] for name, table in briefing.tables.items()}
    again = read_briefing(saved(replace(briefing, tables=none), tmp_path))
    for name, table in none.items():
        pd.testing.assert_index_equal(again.tables[name].columns, table.columns)


def test_the_folder_of_a_run_never_holds_products_of_two(tmp_path):
    one, other = saved(plain(), tmp_path / "one"), saved(another(), tmp_path / "other")
    before = {path.name: path.read_bytes() for path in other.iterdir()}
    for options in ({"out": other}, {"previous": one, "out": one}):
        with pytest.raises(SettingError, match=r"would be of two runs|the run itself"):
            export(one, to="corridors", **options)
    with pytest.raises(SettingError, match="would be of two runs"):
        export(other, to="briefing", previous=one)
    with pytest.raises(SettingError, match="the run itself; name an earlier one"):
        export(one, to="briefing", previous=one, out=tmp_path)
    assert {path.name: path.read_bytes() for path in other.iterdir()} == before
    assert export(other, to="corridors").read_bytes() == before["corridors.csv"]  # its own file, as it was


def test_a_file_that_ends_unlike_its_product_is_refused(tmp_path):
    with pytest.raises(SettingError, match=r"graphml makes a \.graphml; name it so, or a folder"):
        export(plain(), to="graphml", out=tmp_path / "case.pdf")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["places.csv", "PLACES.CSV", "evidence.csv"])
def test_a_product_never_takes_the_place_of_another_one_of_a_run(name, tmp_path):
    folder, other = saved(plain(), tmp_path / "one"), saved(corrected(), tmp_path / "other")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    for run in (folder, other, plain()):
        with pytest.raises(SettingError, match=rf"{name} is another product of the run there; give legs another name"):
            export(run, to="legs", out=folder / name)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert export(folder, to="legs", out=folder / "my legs.csv").exists()
    assert export(folder, to="legs", out=tmp_path / "free" / name).exists()  # no run is there
    (folder / "run.json").unlink()  # a run that was broken off is one all the same
    with pytest.raises(SettingError, match="another product of the run there"):
        export(plain(), to="legs", out=folder / name)


def test_several_products_of_one_run_go_into_one_new_folder(call, tmp_path):
    folder, out = saved(plain(), tmp_path / "run"), tmp_path / "d"
    status, said, wrong = call("export", folder, "--to", "run", "--to", "legs", "--to", "x.graphml", "--out", out)
    assert (status, wrong) == (0, "")
    assert said.splitlines() == [str(out / name) for name in ("run.json", "legs.csv", "x.graphml")]
    status, said, _ = call("export", folder, "--to", "places", "--out", out)  # the folder is of this very run
    assert (status, said) == (0, f"{out / 'places.csv'}\n")
    other = saved(another(), tmp_path / "other")
    status, _, wrong = call("export", other, "--to", "x.graphml", "--to", "corridors", "--out", out)
    assert status == 2
    assert "would be of two runs" in wrong
    assert (out / "x.graphml").read_bytes() == TARGETS["graphml"].render(plain())  # all is checked before any is made


def test_a_run_is_read_once_for_all_products(monkeypatch, tmp_path):
    folder, read = saved(plain(), tmp_path / "run"), []
    monkeypatch.setattr(exporting, "read_briefing", lambda path: read.append(path) or read_briefing(path))
    assert len(list(exporting.export_each(folder, to=["legs", "places", "run"], out=tmp_path / "d"))) == 3
    assert read == [folder]


def test_no_module_that_the_registry_passes_over_holds_a_target():
    rooms = {path.stem: path.read_text(encoding="utf-8") for path in Path(registry.__file__).parent.glob("*.py")}
    passed_over = {name for name in rooms if not registry._loads(name)}
    assert {"map", "plot_map", "slide_text", "word_text"} <= passed_over
    assert not passed_over & {"mapping", "plots", "slides", "word"}
    assert [name for name in passed_over if "\nTARGETS" in rooms[name]] == ["registry"]
