"""Severity of commodities: a declared table (``data/severity.csv``), a judgement that orders lists, never a finding."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import numpy as np


@cache
def table() -> dict[str, float]:
    """Return severity (0-1) by commodity code."""
    text = files("routegraph.corridors").joinpath("data/severity.csv").read_text(encoding="utf-8")
    rows = [line.split(",", 2) for line in text.splitlines() if line and not line.startswith("#")]
    return {code: float(value) for code, value, _ in rows[1:]}


def severity(commodity: str) -> float:
    """Return the severity of the gravest of the listed commodities; NaN where no line of the table covers one.

    Examples
    --------
    >>> severity("arms.firearm.pistol; drugs.cannabis.herb"), severity("food")
    (0.7, nan)
    """
    known = [value for one in commodity.split("; ") if not np.isnan(value := _of(one.strip()))]
    return max(known, default=float("nan"))


def _of(code: str) -> float:
    """Return the severity of the longest code at or above ``code``."""
    parts = code.split(".")
    above = (".".join(parts[:n]) for n in range(len(parts), 0, -1))
    return next((table()[one] for one in above if one in table()), float("nan"))
