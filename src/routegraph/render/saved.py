"""A run read back from its folder, as ``routegraph explain`` and ``routegraph diff`` need it."""

from __future__ import annotations

import json
from pathlib import Path

from routegraph.briefing.columns import COLUMNS
from routegraph.briefing.difference import Saved
from routegraph.errors import InputError
from routegraph.render.tables import read_table

WANTED = ("corridors", "legs", "places", "evidence")


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
        run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(str(folder / "run.json"), _unread(error), expected="run.json of a run") from error
    if not isinstance(run, dict):
        raise InputError(str(folder / "run.json"), "holds no facts of a run", expected="run.json of a run")
    return Saved(tables, run)


def _unread(error: OSError | ValueError) -> str:
    said = str(getattr(error, "strerror", None) or error)
    return f"cannot be read ({' '.join(said.split())})"
