"""Products reach the folder whole or not at all, and what stood there before survives every failure."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from routegraph.errors import OutputError
from routegraph.render import write_products

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
