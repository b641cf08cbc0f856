"""Words that the map's page takes from the briefing, so that no product says the same thing twice: see words.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from routegraph.briefing.estimates import verdict_words
from routegraph.briefing.words import amounts
from routegraph.places.countries import countries
from routegraph.render.map_pack import LONG_TEXT_LIMIT, clipped, texts

if TYPE_CHECKING:
    from collections.abc import Sequence


def country_names(*tables: pd.DataFrame) -> dict[str, str]:
    """Return the name of every country whose code stands in the tables; what is no code is left out."""
    cells = [table[column] for table in tables for column in ("country", "countries") if column in table.columns]
    codes = {code for cell in cells for text in texts(cell, LONG_TEXT_LIMIT) for code in text.split("; ")}
    known = countries()["name"]
    return {code: str(known[code]) for code in sorted(codes & set(known.index))}


def verdict_names(tables: Sequence[pd.DataFrame], *, estimator: str) -> dict[str, str]:
    """Return what each verdict of the tables says to a reader, in the briefing's words."""
    cells = [table["verdict"] for table in tables if "verdict" in table.columns]
    found = {str(text) for cell in cells for text in cell.dropna().unique()} - {""}
    return {clipped(verdict): clipped(verdict_words(verdict, estimator=estimator)) for verdict in sorted(found)}


def with_amounts(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with its column ``quantity``: what was seized in words, unit by unit, ``3 kg and 40 pieces``."""
    if not {"quantity_seized", "unit"} <= set(table.columns):
        return table
    cells = zip(texts(table["quantity_seized"]), texts(table["unit"]), strict=True)
    said = [amounts(quantity, unit, most=0) for quantity, unit in cells]
    return table.assign(quantity=pd.Series(said, index=table.index, dtype="object"))
