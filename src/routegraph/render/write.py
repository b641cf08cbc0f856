"""Products into a folder, whole or not at all."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from routegraph.errors import OutputError

_STAGING = ".routegraph-"
_OURS = ".routegraph-staging"
"""File inside a staging folder, without which none is taken away: the user may have folders of such a name."""
_LAST = "run.json"
_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}")


def write_products(files: Mapping[str, bytes], out: Path) -> None:
    """Write ``files`` (name -> content) into the folder ``out``, which is made where it is missing.

    Everything is written to a hidden folder inside ``out`` first and reaches the disk before the first product is put
    in place by renaming. Should anything fail, or Ctrl-C come, what stood there before stands there again and nothing
    is left over. Other files in the folder are not touched. Links are replaced, not followed.

    Of two runs that write into one folder at once, the later waits for the earlier, so that all products are of one
    run (where the system can lock a folder: not on Windows). A process that is killed outright can neither undo nor
    tidy up: the next run into the folder does, and ``run.json`` comes last, so that one older than the other products
    tells of it.

    Raises
    ------
    OutputError
        No space, no permission, ``out`` is a file or a link, a product's name is taken by a folder: one clear line.
    """
    for name in files:
        if not _SAFE_NAME.fullmatch(name):
            raise OutputError(f"{name!r} is no file name for a product; expected letters, digits, dots, dashes")
    _told(files, out, run=True)


def write_file(content: bytes, path: Path) -> None:
    """Write one file, whole or not at all, under a name that the user chose; the folder is theirs and not tidied up.

    Raises
    ------
    OutputError
        As for :func:`write_products`.
    """
    _told({path.name: content}, path.parent, run=False)


def _told(files: Mapping[str, bytes], out: Path, *, run: bool) -> None:
    try:
        _write(files, out, run=run)
    except OutputError:
        raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(f"{out}: products could not be written ({reason}); what stood there is untouched") from error


def _write(files: Mapping[str, bytes], out: Path, *, run: bool) -> None:
    if out.is_symlink():
        raise OutputError(f"{out} is a symbolic link; name the folder itself")
    if out.exists() and not out.is_dir():
        raise OutputError(f"{out} is a file; expected a folder, or a name that is free")
    with contextlib.ExitStack() as made:
        _make_folder(out, made)
        with _alone(out) as alone:
            _place(files, out, tidy=alone and run)
        made.pop_all()


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Hold the folder against other runs, to the end of the process at most; False where the system cannot."""
    try:
        import fcntl
    except ImportError:
        yield False
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            held = True
        except OSError:
            held = False
        yield held
    finally:
        os.close(handle)


def _place(files: Mapping[str, bytes], out: Path, *, tidy: bool) -> None:
    """Write everything aside, then rename it into place; where ``tidy``, staging that is there is of a dead run."""
    for left in sorted(out.glob(f"{_STAGING}*")) if tidy else ():
        if _kind(left) == "folder" and _kind(left / _OURS) == "file":
            shutil.rmtree(left, ignore_errors=True)
    with contextlib.ExitStack() as undo:
        staging = Path(tempfile.mkdtemp(prefix=_STAGING, dir=out))
        undo.callback(shutil.rmtree, staging, ignore_errors=True)
        (staging / _OURS).touch()
        for name, content in sorted(files.items()):
            if _kind(out / name) == "folder":
                raise OutputError(f"{out / name} is a folder; expected a file or nothing")
            _write_through(staging / name, content)
        for name in sorted(files, key=lambda name: (name == _LAST, name)):
            _put(staging, name, out=out, undo=undo)
        _sync_folder(out)
        undo.pop_all()
    shutil.rmtree(staging, ignore_errors=True)


def _make_folder(out: Path, undo: contextlib.ExitStack) -> None:
    """Make the folder and its missing parents, and take away again what was made should the rest fail."""
    missing = [folder for folder in (out, *out.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(exist_ok=True)
        undo.callback(_remove_empty, folder)


def _remove_empty(folder: Path) -> None:
    with contextlib.suppress(OSError):
        folder.rmdir()


def _kind(path: Path) -> str:
    """Return what stands at ``path`` without following a link: '', file or folder."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return ""
    return "folder" if stat.S_ISDIR(mode) else "file"


def _write_through(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _put(staging: Path, name: str, *, out: Path, undo: contextlib.ExitStack) -> None:
    """Move one product into place; register how to bring back what stood there before the move is made."""
    target, kept = out / name, staging / f"{name}.before"
    if _kind(target) == "file":
        _keep(target, kept)
        undo.callback(os.replace, kept, target)
    else:
        undo.callback(target.unlink, missing_ok=True)
    os.replace(staging / name, target)


def _keep(target: Path, kept: Path) -> None:
    """Give the old file a second name; where the file system has no hard links, copy it."""
    try:
        os.link(target, kept, follow_symlinks=False)
    except (OSError, NotImplementedError):
        shutil.copy2(target, kept, follow_symlinks=False)


def _sync_folder(folder: Path) -> None:
    """Make the renames last through a power cut, where the system lets a folder be opened."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
