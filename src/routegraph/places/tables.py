"""Reads the tables of facts that lie beside this module."""

from __future__ import annotations

import csv
import io
from importlib import resources


def read_table(name: str) -> list[dict[str, str]]:
    """Return the rows of ``data/<name>`` as text, in file order; ``NA`` is Namibia and a blank is ``''``."""
    text = (resources.files("routegraph.places") / "data" / name).read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text, newline="")))
