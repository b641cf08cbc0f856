"""What the network knows of each place that a table names: its id at the level, and the unit whose borders count."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from routegraph.errors import PlaceError, SettingError
from routegraph.places import countries
from routegraph.places.border_units import BORDERS
from routegraph.records.profile_keys import LEVELS
from routegraph.records.schema import UNNAMED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from routegraph.places import Gazetteer


def catalogue(gazetteer: Gazetteer, ids: Iterable[str], *, level: str, border: str) -> pd.DataFrame:
    """Return what each named place id is at this level.

    Parameters
    ----------
    gazetteer
        Where ids are looked up.
    ids
        Place ids as records and transits name them; blanks and repeats are allowed.
    level, border
        What a place is (place, region, country) and which borders count (country, region).

    Returns
    -------
    pandas.DataFrame
        Indexed by the id as named, sorted: place (the id at this level), country and region of that place, unit (the
        country or region whose borders it lies in; a place outside every country is a unit of its own), named_unit (the
        same before the place was widened to the level).

    Raises
    ------
    SettingError
        When level or border is none of the known ones.
    PlaceError
        When the gazetteer does not hold an id: records come with their places resolved.
    """
    for value, known, what in ((level, LEVELS, "level"), (border, BORDERS, "border")):
        if value not in known:
            raise SettingError(f"{what} is {value!r}; expected one of {', '.join(known)}")
    named = pd.Index(sorted({str(one) for one in ids} - {"", UNNAMED}), name="named", dtype="str")
    entries = _entries(gazetteer)
    unknown = named.difference(entries.index)
    if len(unknown):
        more = f" and {len(unknown) - 5} more" if len(unknown) > 5 else ""
        raise PlaceError(
            f"place ids that the gazetteer does not hold: {', '.join(unknown[:5])}{more}; "
            "expected ids as reading the records gives them"
        )
    known_as = entries.reindex(named)[["country", "region"]].copy()
    ident = pd.Series(named.to_numpy(), index=named, dtype="str")
    known_as["named_unit"] = _unit(known_as["region"], known_as["country"], ident, border=border)
    if level == "place":
        known_as["place"] = ident
    else:
        known_as["place"] = _unit(known_as["region"], known_as["country"], ident, border=level)
    if level == "country":
        known_as["region"] = ""
    known_as["unit"] = _unit(known_as["region"], known_as["country"], known_as["place"], border=border)
    return known_as[["place", "country", "region", "unit", "named_unit"]].astype("str")


def describe_places(gazetteer: Gazetteer, known_as: pd.DataFrame, *, level: str) -> pd.DataFrame:
    """Return the graph's places, sorted by id: name, country, region, lat, lon, kind.

    A region that the gazetteer does not list is named by its country and code, and stands in the middle of the places
    that the gazetteer knows in it.
    """
    known = known_as.drop_duplicates("place").set_index("place").sort_index()
    listed = _entries(gazetteer)
    entries = listed.reindex(known.index)
    table = pd.DataFrame(index=known.index.rename("place_id"))
    ident = pd.Series(known.index, index=known.index, dtype="str")
    land = known["country"].map(countries()["name"]).fillna("")
    unlisted = (land + " " + ident).str.strip().where(known["region"] == ident, ident)
    table["name"] = entries["name"].where(entries["name"].fillna("") != "", unlisted).astype("str")
    table["country"], table["region"] = known["country"], known["region"]
    middle = listed[listed["region"] != ""].groupby("region")[["lat", "lon"]].mean().reindex(known.index)
    for axis in ("lat", "lon"):
        table[axis] = entries[axis].astype(np.float64).fillna(middle[axis])
    table["kind"] = entries["kind"].fillna("other" if level == "place" else level).astype("str")
    return table


def _entries(gazetteer: Gazetteer) -> pd.DataFrame:
    return gazetteer.places[["name", "country", "region", "lat", "lon", "kind"]]


def _unit(region: pd.Series, country: pd.Series, ident: pd.Series, *, border: str) -> pd.Series:
    """Return the region (where regions count), else the country, else the id itself."""
    unit = country.where(country != "", ident)
    return region.where(region != "", unit) if border == "region" else unit
