"""``routegraph export``: any product of a run, made later and put where it is wanted."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Protocol

from routegraph.briefing.product import Briefing
from routegraph.errors import SettingError
from routegraph.render.briefing_json import NAME, read_briefing
from routegraph.render.registry import RUN_TARGETS, TARGETS
from routegraph.render.run_json import run_digest
from routegraph.render.saved import RUN_FILE, digest_in, with_changes
from routegraph.render.target import Target
from routegraph.render.write import write_file

_LONGEST, _DEEPEST = 255, 4_000
"""Bytes of a file's name and of its whole path, at most, on every file system in use."""
_TURNING = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
_OF_A_RUN = frozenset(target.filename.casefold() for target in RUN_TARGETS.values())


class Run(Protocol):
    """What is read of a run: :class:`routegraph.Result` is one; this room may not import it."""

    @property
    def briefing(self) -> Briefing: ...  # noqa: D102


def export(
    run: Run | Briefing | Path | str,
    *,
    to: str | Path,
    out: Path | str | None = None,
    previous: Path | str | None = None,
) -> Path:
    """Make one product of a run and write it.

    Parameters
    ----------
    run
        A result, its briefing, or the folder that ``routegraph run`` wrote.
    to
        A product by its name (``pdf``, ``gpkg``, ``xlsx``, ...: the keys of ``routegraph.render.TARGETS``), or a file
        by whose ending the product is found (``reports/case.kmz``), which is then written there.
    out
        The file, or a folder: the product then has its usual name, or the one that ``to`` gives. By default the folder
        of the run, or the current one where ``run`` is no folder.
    previous
        Folder of an earlier run: the product then says what changed since.

    Returns
    -------
    Path
        The file that was written, whole; what stood there before is replaced.

    Raises
    ------
    SettingError
        No product is called so, ``to`` and ``out`` both name a file, the name is no good one, the file is one of
        another run or another product of this one, or ``previous`` may not go where this may.
    InputError
        The folder holds no run of this version, or a file of it was changed by hand.
    OutputError
        The file cannot be written.
    """
    return next(export_each(run, to=[to], out=out, previous=previous))


def export_each(
    run: Run | Briefing | Path | str,
    *,
    to: Sequence[str | Path],
    out: Path | str | None = None,
    previous: Path | str | None = None,
    progress: Callable[[str], None] | None = None,
) -> Iterator[Path]:
    """Make several products of a run: all is checked before the first is written, and the run is read once.

    Parameters are those of :func:`export`; ``progress`` is called with a few words as each is begun. The files come
    one by one, as they are written.

    Raises
    ------
    SettingError, InputError, OutputError
        As for :func:`export`.
    """
    folder = Path(run) if isinstance(run, str | Path) else None
    earlier = None if previous is None else Path(previous)
    if earlier is not None and folder is not None and earlier.resolve() == folder.resolve():
        raise SettingError(f"previous is {previous}, the run itself; name an earlier one")
    found = [find_target(one) for one in to]
    if len(to) > 1 and out is not None and not _is_folder(Path(out)):
        raise SettingError(f"out is the file {out}, for {len(to)} products; expected a folder")
    briefing = briefing_of(run)
    wanted = [(target, _where(target, named, out=out, folder=folder)) for target, named in found]
    for target, where in wanted:
        _check_place(target, where, folder=folder, digest="" if earlier else run_digest(briefing))
    if earlier is not None:
        briefing = with_changes(briefing, earlier)
    for one, (target, where) in zip(to, wanted, strict=True):
        if progress is not None:
            progress(f"making {one}")
        write_file(target.render(briefing), where)
        yield where


def briefing_of(run: Run | Briefing | Path | str) -> Briefing:
    """Return the briefing of a run, whichever way it is given."""
    if isinstance(run, str | Path):
        return read_briefing(Path(run))
    return run if isinstance(run, Briefing) else run.briefing


def find_target(to: str | Path) -> tuple[Target, Path | None]:
    """Return the product that a word stands for (``pdf``, ``PDF``, ``.pdf``), and the file where the word is one.

    Raises
    ------
    SettingError
        No product is called so, or several end so.
    """
    word = str(to).removeprefix(".").casefold()
    if word in TARGETS:
        return TARGETS[word], None
    path = Path(to)
    named = [one for one in TARGETS.values() if one.filename == path.name.casefold()]
    suffix = path.suffix[1:].casefold()
    # A product that bears its ending as its name is the one that is meant: legs.parquet, not places.parquet.
    alike = named or ([TARGETS[suffix]] if suffix in TARGETS else [])
    alike = alike or [one for one in TARGETS.values() if one.suffix == suffix]
    if not suffix or not alike:
        near = get_close_matches(word, TARGETS, n=1)
        meant = f" (do you mean {near[0]}?)" if near else ""
        raise SettingError(
            f"to is {str(to)[:80]!r}{meant}; expected one of {', '.join(TARGETS)}, or a file that ends so"
        )
    if len(alike) > 1:
        names = ", ".join(one.name for one in alike)
        raise SettingError(f"to is {str(to)[:80]!r}, and several products end so; name the product: {names}")
    return alike[0], path


def _where(target: Target, named: Path | None, *, out: Path | str | None, folder: Path | None) -> Path:
    """Return the file that a product goes to."""
    if named is not None and out is not None and (len(named.parts) > 1 or not _is_folder(Path(out))):
        raise SettingError(f"to is the file {named}, and out is {out}; name the file once")
    if named is not None:
        where = named if out is None else Path(out) / named
    else:
        where = Path(out) if out is not None else folder or Path()
        if _is_folder(where):
            where /= target.filename
        elif where.suffix[1:].casefold() != target.suffix:
            raise SettingError(f"out is {where}, and {target.name} makes a .{target.suffix}; name it so, or a folder")
    _check_name(where)
    return where


def _is_folder(path: Path) -> bool:
    """Tell whether a path is that of a folder: one that is there, or one that has no ending and will be."""
    return not path.suffix or _stands(path, folder=True)


def _stands(path: Path, *, folder: bool = False) -> bool:
    """Tell whether a file or folder is there; a path that no file system holds is not."""
    try:
        return path.is_dir() if folder else path.exists()
    except OSError:
        return False


def _check_name(where: Path) -> None:
    """Refuse the name of a file or of a folder that no file system holds, or that turns around what is printed."""
    for path in (where, *where.parents):
        if _stands(path):
            return
        name = path.name
        if len(name.encode(errors="replace")) > _LONGEST or len(str(where).encode(errors="replace")) > _DEEPEST:
            raise SettingError(f"the name {name[:40]!r}... is too long; expected at most {_LONGEST} bytes")
        if any(unicodedata.category(one) == "Cc" or unicodedata.bidirectional(one) in _TURNING for one in name):
            raise SettingError(f"the name {name[:80]!r} holds control characters; give one without")


def _check_place(target: Target, where: Path, *, folder: Path | None, digest: str) -> None:
    """Refuse to put a product over another one of a run, or where the folder would hold products of two runs.

    ``digest`` is that of the run where the product is just the one that it wrote, else empty.
    """
    if where.name.casefold() not in _OF_A_RUN:
        return
    holds_run = any(_stands(where.parent / name) for name in (RUN_FILE, NAME))
    if holds_run and where.name.casefold() != target.filename:
        raise SettingError(f"{where} is another product of the run there; give {target.name} another name or folder")
    own = folder is not None and where.parent.resolve() == folder.resolve()
    if holds_run and not (digest and (own or digest_in(where.parent) == digest)):
        raise SettingError(f"{where} is a file of a run, whose folder would be of two runs; give --out another folder")
