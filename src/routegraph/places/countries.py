"""Countries: every spelling that records use, one ISO 3166-1 alpha-3 code, and nothing guessed.

The tables are ``data/countries.csv`` (all of ISO 3166-1, and XKX for Kosovo, which ISO leaves to its users),
``data/country_aliases.csv`` (long names, variants, former names of the same state, parts of a state, local names,
former codes) and ``data/country_unresolved.csv`` (texts that look like a country and are none, or more than one, with
the reason).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd

from routegraph.errors import PlaceError
from routegraph.places.matching import fold
from routegraph.places.tables import read_table


def iso3(text: str) -> str | None:
    """Return the ISO 3166-1 alpha-3 code of a country named in any known way, or None.

    Parameters
    ----------
    text
        A name (short, long, inverted, former, local) or an alpha-2, alpha-3 or three-digit numeric code. Case, accents,
        punctuation and spaces do not count.

    Returns
    -------
    str or None
        None where the text is unknown, a placeholder, a dissolved state with several successors, or names more than one
        country; ``unresolved_names`` says which of those it is.

    Notes
    -----
    A part of a state (Svalbard, Sabah) gives the state. Disputed territories go to the code that ISO 3166 lists them
    under. ISO's short name "Congo" is the Republic of the Congo (COG); a source that means the other by it is misread.

    Examples
    --------
    >>> iso3("Venezuela, Bolivarian Republic of"), iso3("NA"), iso3("Yugoslavia")
    ('VEN', 'NAM', None)
    """
    key = fold(text)
    found = _index().get(key)
    if found is None and "," in text:
        last, first = text.split(",", 1)
        found = _index().get(fold(f"{first} {last}"))
    return found


def iso3_many(texts: pd.Series) -> pd.Series:
    """Return the alpha-3 code of every text, ``''`` where it does not resolve; index and name are those of ``texts``.

    Each distinct text is looked up once, so that whole columns cost little more than their distinct values.
    """
    codes, unique = pd.factorize(texts)
    found = np.array([*((iso3(str(text)) or "") for text in unique), ""], dtype=object)
    return pd.Series(found[codes], index=texts.index, name=texts.name, dtype="str")


def country_name(iso3: str) -> str:
    """Return the common short English name of a country, such as ``Laos`` or ``Viet Nam``.

    Raises
    ------
    PlaceError
        ``iso3`` is not an alpha-3 code in the table.
    """
    table = _table()
    if iso3 not in table.index:
        raise PlaceError(f"country {iso3!r} is unknown; expected an ISO 3166-1 alpha-3 code such as 'THA'")
    return str(table["name"].loc[iso3])


def countries() -> pd.DataFrame:
    """Return all countries and territories, a fresh frame each time.

    Returns
    -------
    pandas.DataFrame
        Index ``iso3``, sorted; ``name``, ``alpha2``, ``numeric`` (three digits as text; ``''`` for XKX), ``lat`` and
        ``lon`` (the point of the main land that is farthest from its edge), ``asean`` (one of its eleven members).
    """
    return _table().copy()


def country_aliases() -> pd.DataFrame:
    """Return every further spelling: ``iso3``, ``alias``, ``kind`` (long, variant, former, part, local, code)."""
    return pd.DataFrame(read_table("country_aliases.csv"), dtype="str")


def unresolved_names() -> pd.DataFrame:
    """Return texts that stand for no one country, with the reason: ``text``, ``reason``."""
    return pd.DataFrame(read_table("country_unresolved.csv"), dtype="str")


@lru_cache(maxsize=1)
def _table() -> pd.DataFrame:
    table = pd.DataFrame(read_table("countries.csv"), dtype="str").set_index("iso3").sort_index()
    table["lat"], table["lon"] = table["lat"].astype(float), table["lon"].astype(float)
    table["asean"] = table["asean"] == "yes"
    return table


@lru_cache(maxsize=1)
def _index() -> dict[str, str]:
    """Every known key to its country; codes before names, and texts known to be no country taken out."""
    index = {fold(row["alias"]): row["iso3"] for row in read_table("country_aliases.csv")}
    rows = read_table("countries.csv")
    for column in ("name", "numeric", "alpha2", "iso3"):
        index |= {fold(row[column]): row["iso3"] for row in rows}
    for key in ["", *(fold(row["text"]) for row in read_table("country_unresolved.csv"))]:
        index.pop(key, None)
    return index
