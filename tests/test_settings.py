"""Options: from a file, from the command line, and what is said when they are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from routegraph.cli import _repeat_flags
from routegraph.errors import SettingError
from routegraph.settings import Settings, read_config


def test_a_misspelt_option_is_refused_with_the_nearest_right_one(tmp_path):
    (tmp_path / "case.toml").write_text('comodity = "arms"\n')
    with pytest.raises(SettingError, match="unknown option 'comodity'; did you mean 'commodity'"):
        read_config(tmp_path / "case.toml")


def test_an_option_that_is_like_none_is_told_the_names_that_the_command_line_uses(tmp_path):
    (tmp_path / "case.toml").write_text("[run]\ndraws = 50\n")
    with pytest.raises(SettingError, match=r"unknown option 'run'; expected one of .*min-quantity.*, set, "):
        read_config(tmp_path / "case.toml")


def test_paths_in_a_file_are_taken_from_the_folder_of_the_file(tmp_path):
    (tmp_path / "case.toml").write_text('seizures = ["a.csv", "b.csv"]\nout = "here"\nsince = 2019-06-30\n')
    read = read_config(tmp_path / "case.toml")
    assert read["seizures"] == (tmp_path / "a.csv", tmp_path / "b.csv")
    assert read["out"] == tmp_path / "here"
    assert read["since"] == "2019-06-30"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("draws = true", "draws is True; expected a whole number"),
        ('draws = "many"', "expected a whole number"),
        ("seizures = 3", "expected a text or a list of texts"),
        ("set = 3", "expected a table"),
        ("draws = ", "expected a TOML file"),
    ],
)
def test_a_value_of_the_wrong_type_is_one_clear_line(tmp_path, text, said):
    (tmp_path / "case.toml").write_text(text)
    with pytest.raises(SettingError, match=said):
        Settings(**read_config(tmp_path / "case.toml"))


def test_a_path_may_be_a_text_and_one_may_stand_for_several():
    settings = Settings(seizures="a.csv", transits=["b.csv", Path("c.csv")], drop="name", out="case")
    assert settings.seizures == (Path("a.csv"),)
    assert settings.transits == (Path("b.csv"), Path("c.csv"))
    assert (settings.drop, settings.out) == (("name",), Path("case"))


def test_all_wrong_options_are_said_at_once():
    with pytest.raises(SettingError, match=r"level is 'town'.*border is 'sea'.*draws is 3"):
        Settings(level="town", border="sea", draws=3)


def test_an_unknown_estimator_is_refused_with_those_there_are():
    with pytest.raises(SettingError, match="estimator is 'removel'; expected one of removal, counts"):
        Settings(estimator="removel")


def test_counts_cannot_tell_commodities_apart():
    assert Settings(estimator="removal", by_commodity=True).by_commodity
    with pytest.raises(SettingError, match="by-commodity"):
        Settings(estimator="counts", by_commodity=True)


def test_several_files_may_follow_one_flag():
    assert _repeat_flags(["run", "--seizures", "a", "b", "--level", "country", "--set", "x=1"]) == [
        "run", "--seizures", "a", "--seizures", "b", "--level", "country", "--set", "x=1",
    ]  # fmt: skip
