"""``routegraph export``: any product of a run, made later and put where it is wanted."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from routegraph.briefing.product import Briefing
from routegraph.errors import SettingError
from routegraph.render.briefing_json import read_briefing
from routegraph.render.registry import TARGETS
from routegraph.render.saved import with_changes
from routegraph.render.target import Target
from routegraph.render.write import write_file

RUN_FILE = "run.json"
"""What marks a folder as that of a run."""


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
        The file, or a folder that is there: the product then has its usual name. By default the folder of the run,
        or the current one where ``run`` is no folder.
    previous
        Folder of an earlier run: the product then says what changed since.

    Returns
    -------
    Path
        The file that was written, whole; what stood there before is replaced.

    Raises
    ------
    SettingError
        No product is called so, ``to`` and ``out`` both name a file, or ``previous`` may not go where this may.
    InputError
        The folder holds no run of this version, or a table in it was changed by hand.
    OutputError
        The file cannot be written.
    """
    target, named = find_target(to)
    if named is not None and out is not None:
        raise SettingError(f"to is the file {named}, and out is {out}; name the file once")
    folder = Path(run) if isinstance(run, str | Path) else None
    where = named or _where(target, Path(out) if out is not None else folder or Path())
    _check_place(target, where, folder, previous=None if previous is None else Path(previous))
    briefing = briefing_of(run)
    if previous is not None:
        briefing = with_changes(briefing, Path(previous))
    write_file(target.render(briefing), where)
    return where


def briefing_of(run: Run | Briefing | Path | str) -> Briefing:
    """Return the briefing of a run, whichever way it is given."""
    if isinstance(run, str | Path):
        return read_briefing(Path(run))
    return run if isinstance(run, Briefing) else run.briefing


def find_target(to: str | Path) -> tuple[Target, Path | None]:
    """Return the product that a word stands for, and the file where the word is one.

    Raises
    ------
    SettingError
        No product is called so, or several end so.
    """
    if str(to) in TARGETS:
        return TARGETS[str(to)], None
    path = Path(to)
    named = [one for one in TARGETS.values() if one.filename == path.name]
    suffix = path.suffix[1:].lower()
    # A product that bears its ending as its name is the one that is meant: legs.parquet, not places.parquet.
    alike = named or ([TARGETS[suffix]] if suffix in TARGETS else [])
    alike = alike or [one for one in TARGETS.values() if one.suffix == suffix]
    if not suffix or not alike:
        raise SettingError(f"to is {str(to)[:80]!r}; expected one of {', '.join(TARGETS)}, or a file that ends so")
    if len(alike) > 1:
        names = ", ".join(one.name for one in alike)
        raise SettingError(f"to is {str(to)[:80]!r}, and several products end so; name the product: {names}")
    return alike[0], path


def _where(target: Target, out: Path) -> Path:
    if out.is_dir() or not out.suffix:
        return out / target.filename
    if out.suffix[1:].lower() != target.suffix:
        raise SettingError(f"out is {out}, and {target.name} makes a .{target.suffix}; name it so, or a folder")
    return out


def _check_place(target: Target, where: Path, folder: Path | None, *, previous: Path | None) -> None:
    """Refuse what would leave the folder of a run with products of two runs."""
    if previous is not None and folder is not None and previous.resolve() == folder.resolve():
        raise SettingError(f"previous is {previous}, the run itself; name an earlier one")
    own = folder is not None and where.parent.resolve() == folder.resolve()
    of_a_run = where.name == target.filename and not target.on_request and (where.parent / RUN_FILE).exists()
    if of_a_run and (not own or previous is not None):
        raise SettingError(f"{where} is a file of a run, whose folder would be of two runs; give --out another folder")
