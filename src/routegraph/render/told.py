"""Tables as a reader may see them: where levels are not told, shares stand in place of numbers of consignments."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from routegraph.briefing.product import Briefing
from routegraph.briefing.units import FLOW, Meaning, column_meanings, meaning

_IN_CONSIGNMENTS = ("throughflow",)
"""Analyses of the table ``structure`` whose measure is a number of consignments."""

_LEVEL = re.compile(r"(?:flow_|null_flow\b|first_appearances_)")
"""How a further result of an analysis begins (in ``said``) that is a number of consignments."""


def told_table(briefing: Briefing, name: str) -> tuple[pd.DataFrame, dict[str, Meaning]]:
    """Return a table with what each column means, both without any level that the data cannot tell.

    Where levels are told this is the table as it is. Where they are not, a mean number of consignments becomes a share
    of the largest in its table (``flow_mean`` becomes ``flow_share``) and what else counts consignments is left out.
    """
    table, meanings = briefing.tables[name], column_meanings(briefing, name)
    if briefing.levels_told:
        return table, meanings
    columns: dict[str, pd.Series] = {}
    kept: dict[str, Meaning] = {}
    for column, meant in meanings.items():
        if meaning(name, column).unit != FLOW:
            columns[column], kept[column] = table[column], meant
        elif column.endswith("_mean"):
            share = f"{column.removesuffix('_mean')}_share"
            columns[share] = share_of_largest(table[column])
            kept[share] = Meaning("share, 0-1", "mean estimate as a share of the largest in this table")
    frame = pd.DataFrame(columns, index=table.index)
    return (_without_levels(frame) if name == "structure" else frame), kept


def share_of_largest(values: pd.Series) -> pd.Series:
    """Return each value over the largest, with six significant digits; missing where there is nothing to compare."""
    numbers = pd.to_numeric(values).astype("float64")
    widest = numbers.max()
    if not 0 < widest < np.inf:
        return numbers * np.nan
    return (numbers / widest).map(lambda share: float(f"{share:.6g}")).astype("float64")


def _without_levels(structure: pd.DataFrame) -> pd.DataFrame:
    """Return the table of analyses without the numbers of consignments among their measures and further results."""
    counted = structure["analysis"].isin(_IN_CONSIGNMENTS)
    told = structure.assign(**{column: structure[column].mask(counted) for column in ("mean", "p05", "p95")})
    return told.assign(said=[_told_items(text) for text in structure["said"]])


def _told_items(said: str) -> str:
    return "; ".join(item for item in said.split("; ") if not _LEVEL.match(item))
