"""Reads the tables of facts that ship with the package."""

from __future__ import annotations

import csv
import io
from importlib import resources


def read_table(name: str, *, room: str = "places") -> list[dict[str, str]]:
    """Return the rows of a room's ``data/<name>`` as text, in file order; ``NA`` is Namibia and a blank is ``''``."""
    text = (resources.files(f"routegraph.{room}") / "data" / name).read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text, newline="")))
