"""Products reach the folder whole or not at all, and what stood there before survives every failure."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from routegraph.errors import OutputError
from routegraph.render import write_products
from routegraph.render.write import write_file

OLD = {"a.csv": b"old a", "b.csv": b"old b", "notes.txt": b"mine"}
NEW = {"a.csv": b"new a", "b.csv": b"new b", "c.csv": b"new c"}


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture
def out(tmp_path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    for name, content in OLD.items():
        (folder / name).write_bytes(content)
    return folder


def failing(monkeypatch, name: str, error: BaseException, *, on: int) -> None:
    """Let the ``on``-th call of os.<name> raise."""
    real, calls = getattr(os, name), []

    def call(*args, **kwargs):
        calls.append(args)
        if len(calls) == on:
            raise error
        return real(*args, **kwargs)

    monkeypatch.setattr(os, name, call)


def test_products_replace_their_forerunners_and_leave_other_files(out):
    write_products(NEW, out)
    assert contents(out) == NEW | {"notes.txt": b"mine"}


def test_a_missing_folder_is_made_with_its_parents(tmp_path):
    write_products(NEW, tmp_path / "deep" / "er" / "out")
    assert contents(tmp_path / "deep" / "er" / "out") == NEW


@pytest.mark.parametrize("step", [1, 2, 3])
@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_full_disk_at_any_step_leaves_what_stood_there(out, monkeypatch, call, step):
    failing(monkeypatch, call, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), on=step)
    with pytest.raises(OutputError, match="No space left on device") as raised:
        write_products(NEW, out)
    assert "\n" not in str(raised.value)
    assert contents(out) == OLD


@pytest.mark.parametrize("step", [1, 2, 3])
@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_ctrl_c_at_any_step_leaves_what_stood_there(out, monkeypatch, call, step):
    failing(monkeypatch, call, KeyboardInterrupt(), on=step)
    with pytest.raises(KeyboardInterrupt):
        write_products(NEW, out)
    assert contents(out) == OLD


def test_a_failure_takes_away_the_folders_it_made(tmp_path, monkeypatch):
    failing(monkeypatch, "fsync", OSError(errno.ENOSPC, "full"), on=2)
    with pytest.raises(OutputError):
        write_products(NEW, tmp_path / "deep" / "out")
    assert list(tmp_path.iterdir()) == []


def test_where_hard_links_are_unknown_the_old_files_are_kept_by_copy(out, monkeypatch):
    def no_link(*args, **kwargs):
        raise OSError(errno.EPERM, "no hard links here")

    monkeypatch.setattr(os, "link", no_link)
    failing(monkeypatch, "replace", OSError(errno.EIO, "gone"), on=3)
    with pytest.raises(OutputError):
        write_products(NEW, out)
    assert contents(out) == OLD


def test_a_link_in_the_folder_is_replaced_and_its_target_untouched(out, tmp_path):
    elsewhere = tmp_path / "elsewhere.csv"
    elsewhere.write_bytes(b"precious")
    (out / "c.csv").symlink_to(elsewhere)
    write_products(NEW, out)
    assert elsewhere.read_bytes() == b"precious"
    assert not (out / "c.csv").is_symlink()
    assert (out / "c.csv").read_bytes() == b"new c"


def test_a_link_that_a_failed_run_met_is_a_link_again(out, tmp_path, monkeypatch):
    elsewhere = tmp_path / "elsewhere.csv"
    elsewhere.write_bytes(b"precious")
    (out / "a.csv").unlink()
    (out / "a.csv").symlink_to(elsewhere)
    failing(monkeypatch, "replace", OSError(errno.EIO, "gone"), on=3)
    with pytest.raises(OutputError):
        write_products(NEW, out)
    assert (out / "a.csv").readlink() == elsewhere
    assert elsewhere.read_bytes() == b"precious"


def test_a_folder_that_is_a_link_is_refused(out, tmp_path):
    (tmp_path / "link").symlink_to(out)
    with pytest.raises(OutputError, match="symbolic link"):
        write_products(NEW, tmp_path / "link")
    assert contents(out) == OLD


def test_a_file_where_the_folder_should_be_is_refused(tmp_path):
    (tmp_path / "out").write_bytes(b"a file")
    for folder in (tmp_path / "out", tmp_path / "out" / "below"):
        with pytest.raises(OutputError):
            write_products(NEW, folder)
    assert (tmp_path / "out").read_bytes() == b"a file"


def test_a_folder_where_a_product_should_be_is_refused(out):
    (out / "c.csv").mkdir()
    with pytest.raises(OutputError, match=r"c\.csv is a folder"):
        write_products(NEW, out)
    assert (out / "a.csv").read_bytes() == b"old a"


@pytest.mark.parametrize("name", ["../a.csv", "/etc/a", "a/b", "", ".hidden", "a\x00b", "x" * 300, "a\nb", "-rf"])
def test_a_name_that_could_leave_the_folder_is_refused(out, name):
    with pytest.raises(OutputError):
        write_products({name: b"x"}, out)
    assert contents(out) == OLD


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a file system that nobody can write to")
def test_a_read_only_target_is_one_clear_line():
    with pytest.raises(OutputError, match="could not be written") as raised:
        write_products(NEW, Path("/proc/routegraph-out"))
    assert "\n" not in str(raised.value)


# A process of its own that writes thirteen products of one letter, with what each test lets happen while it does.
WRITER = """
import os, resource, signal, sys, time
from pathlib import Path
from routegraph.errors import OutputError
from routegraph.render import write_products
letter, what, out = sys.argv[1:]
names = [f"table{n}.csv" for n in range(11)] + ["map.html", "run.json"]
real, calls = os.replace, []
def replace(*args, **kwargs):
    calls.append(args)
    if what == "slow": time.sleep(0.02)
    if what == "killed" and len(calls) == 6: os.kill(os.getpid(), signal.SIGKILL)
    if what == "interrupted" and len(calls) == 6: os.kill(os.getpid(), signal.SIGINT)
    return real(*args, **kwargs)
os.replace = replace
if what == "limited": resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))
try:
    write_products({name: letter.encode() * 50_000 for name in names}, Path(out))
except OutputError as error:
    sys.exit(f"one line: {error}")
except KeyboardInterrupt:
    sys.exit(130)
"""


def writer(letter: str, what: str, out: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, letter, what, str(out)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    said = process.communicate(timeout=60)[1]
    return process.returncode, said


def letters(folder: Path) -> dict[str, str]:
    """Return the letters that each product is made of; a hidden folder left behind shows as one entry more."""
    return {
        path.name: "left behind" if path.is_dir() else "".join(sorted(set(path.read_text())))
        for path in folder.iterdir()
    }


def test_two_runs_at_once_leave_the_products_of_one_of_them(tmp_path):
    for n in range(3):
        out = tmp_path / f"out{n}"
        both = [writer("A", "slow", out), writer("B", "slow", out)]
        assert [ended(one)[0] for one in both] == [0, 0]
        assert len(letters(out)) == 13
        assert len(set(letters(out).values())) == 1


def test_a_run_that_was_killed_is_told_by_run_json_and_tidied_up_by_the_next(tmp_path):
    out = tmp_path / "out"
    assert ended(writer("A", "", out))[0] == 0
    assert ended(writer("B", "killed", out))[0] == -signal.SIGKILL
    left = letters(out)
    assert "left behind" in left.values()
    assert left["run.json"] == "A"
    assert ended(writer("C", "", out))[0] == 0
    assert letters(out) == dict.fromkeys(left.keys() - {k for k, v in left.items() if v == "left behind"}, "C")


def test_a_folder_of_the_user_is_never_taken_for_what_a_dead_run_left(out, tmp_path):
    mine = out / ".routegraph-notes"
    mine.mkdir()
    (mine / "plan.txt").write_bytes(b"precious")
    (out / ".routegraph-link").symlink_to(tmp_path)
    write_products(NEW, out)
    assert (mine / "plan.txt").read_bytes() == b"precious"
    assert (out / ".routegraph-link").is_symlink()


def test_one_file_in_a_folder_of_the_user_tidies_nothing(tmp_path):
    assert ended(writer("B", "killed", tmp_path))[0] == -signal.SIGKILL
    left = {path.name for path in tmp_path.glob(".routegraph-*")}
    assert len(left) == 1
    write_file(b"x", tmp_path / "case.kmz")
    assert {path.name for path in tmp_path.glob(".routegraph-*")} == left
    write_products({"a.csv": b"x"}, tmp_path)
    assert not list(tmp_path.glob(".routegraph-*"))


@pytest.mark.parametrize(("what", "status"), [("interrupted", 130), ("limited", 1)])
def test_a_signal_or_a_file_that_cannot_grow_leaves_the_run_before(tmp_path, what, status):
    out = tmp_path / "out"
    assert ended(writer("A", "", out))[0] == 0
    ended_with, said = ended(writer("B", what, out))
    assert ended_with == status
    assert letters(out) == dict.fromkeys([*(f"table{n}.csv" for n in range(11)), "map.html", "run.json"], "A")
    if what == "limited":
        assert said.startswith("one line: ")
        assert len(said.splitlines()) == 1
