"""A run read back from its folder, as ``routegraph explain`` and ``routegraph diff`` need it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from routegraph.briefing.changes import changes_since
from routegraph.briefing.columns import COLUMNS
from routegraph.briefing.difference import Saved
from routegraph.briefing.product import Briefing
from routegraph.briefing.run_facts import COMPARED
from routegraph.errors import InputError
from routegraph.render.run_json import render_run_json
from routegraph.render.tables import read_table, write_table

RUN_FILE = "run.json"
"""What marks a folder as that of a run."""
WANTED = ("corridors", "legs", "places", "evidence")


def as_saved(briefing: Briefing) -> Saved:
    """Return a run that is still in memory just as its folder would give it back."""
    tables = {name: read_table(write_table(briefing.tables[name])) for name in WANTED}
    return Saved(tables, json.loads(render_run_json(briefing)))


def with_changes(briefing: Briefing, earlier: Path) -> Briefing:
    """Return a briefing that also says what changed since an earlier run, read from its folder.

    Raises
    ------
    InputError
        The folder holds no run of this version.
    SettingError
        The earlier run may not go where this one may.
    """
    before = read_run(earlier)
    said = changes_since(before, as_saved(briefing))
    run = {**briefing.run, COMPARED: str(before.run.get("run_digest", ""))}
    return replace(briefing, changes=said, run=run)


def digest_in(folder: Path) -> str:
    """Return the digest of the run whose run.json is in the folder; '' where there is none that can be read."""
    try:
        run = json.loads((folder / RUN_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    return str(run.get("run_digest", "")) if isinstance(run, dict) else ""


def read_run(folder: Path) -> Saved:
    """Return the tables and facts of a run that was written into ``folder``.

    Raises
    ------
    InputError
        The folder holds no run, or one of another version.
    """
    tables = {}
    for name in WANTED:
        file = folder / f"{name}.csv"
        try:
            tables[name] = read_table(file.read_bytes())
        except (OSError, ValueError) as error:
            raise InputError(str(file), _unread(error), expected="the folder of a routegraph run") from error
        missing = [column for column in COLUMNS[name] if column not in tables[name]]
        if missing:
            raise InputError(str(file), f"has no column {missing[0]}", expected="a run of this version; run it again")
    try:
        run = json.loads((folder / RUN_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(str(folder / RUN_FILE), _unread(error), expected="run.json of a run") from error
    if not isinstance(run, dict):
        raise InputError(str(folder / RUN_FILE), "holds no facts of a run", expected="run.json of a run")
    return Saved(tables, run)


def _unread(error: OSError | ValueError) -> str:
    said = str(getattr(error, "strerror", None) or error)
    return f"cannot be read ({' '.join(said.split())})"
