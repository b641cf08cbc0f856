"""The tables behind the built-in gazetteer, one loader for each source, all in one shape."""

from __future__ import annotations

from functools import lru_cache

import pandas as pd

from routegraph.errors import InputError
from routegraph.places.countries import countries, country_aliases, iso3
from routegraph.places.tables import read_table

COLUMNS = ["name", "country", "region", "lat", "lon", "kind", "aliases", "pair", "source", "precision_km"]
"""Columns of every places frame, whose index is ``place_id``."""

KINDS = ("border_crossing", "city", "port", "airport", "sea_area", "region", "country", "other")
"""Kinds of place, the likeliest meaning of a bare name first: the order in which candidates are ranked."""


@lru_cache(maxsize=1)
def builtin_places() -> pd.DataFrame:
    """Return countries, curated nodes, US jurisdictions and the world's airports; a curated row wins."""
    stacked = pd.concat([_countries(), _curated("gazetteer.csv"), us_places(), _airports()])
    return stacked[~stacked.index.duplicated(keep="first")].sort_index()


def checked_places(extra: pd.DataFrame) -> pd.DataFrame:
    """Bring a user's own places into the gazetteer's shape, or say what is wrong with them.

    Raises
    ------
    InputError
        A column is missing, an id is blank, comes twice or holds " > ", a position is no position, or a country or kind
        is unknown.
    """
    frame = extra.copy()
    if "place_id" not in frame.columns and frame.index.name == "place_id":
        frame = frame.reset_index()
    missing = [
        column for column in ("place_id", "name", "country", "lat", "lon", "kind") if column not in frame.columns
    ]
    if missing:
        raise InputError(
            "places", f"no column {', '.join(missing)}", expected="place_id, name, country, lat, lon, kind"
        )
    for column in ("place_id", "name", "country", "kind", "region", "aliases", "pair", "source"):
        frame[column] = (
            (frame[column] if column in frame.columns else pd.Series("", index=frame.index)).fillna("").astype(str)
        )
        frame[column] = frame[column].str.strip()
    twice = frame["place_id"].duplicated(keep=False)
    _refuse(frame, twice | (frame["place_id"] == ""), column="place_id", expected="an id that is there and comes once")
    joined = frame["place_id"].str.contains(" > ")
    _refuse(frame, joined, column="place_id", expected="an id without ' > ', which parts the places of a path")
    for column, limit in (("lat", 90.0), ("lon", 180.0)):
        numbers = pd.to_numeric(frame[column], errors="coerce")
        _refuse(frame, ~numbers.abs().le(limit), column=column, expected=f"degrees from {-limit:g} to {limit:g}")
        frame[column] = numbers.astype(float)
    frame["kind"] = frame["kind"].replace("", "other")
    _refuse(frame, ~frame["kind"].isin(KINDS), column="kind", expected=f"one of {', '.join(sorted(KINDS))}")
    codes = frame["country"].map(lambda text: iso3(text) or "")
    _refuse(
        frame,
        (codes == "") & (frame["country"] != ""),
        column="country",
        expected="a country's name or ISO 3166-1 code",
    )
    frame["country"] = codes
    frame["name"] = frame["name"].where(frame["name"] != "", frame["place_id"])
    frame["source"] = frame["source"].replace("", "user")
    precision = frame["precision_km"] if "precision_km" in frame.columns else pd.Series(float("nan"), index=frame.index)
    frame["precision_km"] = pd.to_numeric(precision, errors="coerce").astype(float)
    return frame.set_index("place_id")[COLUMNS].sort_index()


def _refuse(frame: pd.DataFrame, wrong: pd.Series, *, column: str, expected: str) -> None:
    if wrong.any():
        row = frame.loc[wrong].iloc[0]
        value = row[column]
        shown = repr(value) if isinstance(value, str) else str(value)
        found = f"{column} is {shown} (place_id {row['place_id']!r}; {int(wrong.sum())} such rows)"
        raise InputError("places", found, expected=expected)


def us_places() -> pd.DataFrame:
    """Return the 54 jurisdictions of US firearm traces: 50 states, DC, Guam with the Marianas, PR and VI."""
    return _curated("us_states.csv")


def us_fips() -> dict[str, str]:
    """Return FIPS state codes and the ISO 3166-2 code of the jurisdiction that each is in."""
    return {code: row["place_id"] for row in read_table("us_states.csv") for code in row["fips"].split()}


def _curated(name: str) -> pd.DataFrame:
    frame = pd.DataFrame(read_table(name), dtype="str").set_index("place_id")
    for column in ("lat", "lon", "precision_km"):
        frame[column] = frame[column].astype(float)
    return frame[COLUMNS]


def _countries() -> pd.DataFrame:
    frame = countries()
    named = country_aliases()
    named = named[~named["alias"].str.contains(";", regex=False)]
    frame["aliases"] = named.groupby("iso3")["alias"].agg("; ".join).reindex(frame.index).fillna("")
    frame = frame.assign(
        country=frame.index, region="", kind="country", pair="", source="Natural Earth 10m", precision_km=float("nan")
    )
    return frame.rename_axis("place_id")[COLUMNS]


def _airports() -> pd.DataFrame:
    """Return airports with an IATA code, named after their town so that a reader need not know whom they honour.

    Aliases are the IATA code, the ICAO code, the city and the airport's own name.
    """
    import airportsdata

    frame = pd.DataFrame(list(airportsdata.load("IATA").values()))
    code_of = countries().reset_index().set_index("alpha2")["iso3"]
    frame["country"] = frame["country"].map(code_of).fillna("")
    frame = frame[(frame["country"] != "") & (frame["iata"] != "")]
    city = frame["city"].str.replace(";", ",", regex=False).str.strip()
    town = city.str.split(r"[,/(]", regex=True).str[0].str.strip()  # "Batam, Batam Island" is known as Batam
    official = frame["name"].str.replace(";", ",", regex=False).str.strip()
    aliases = frame["iata"] + "; " + frame["icao"] + "; " + city + "; " + town.where(town != city, "") + "; " + official
    frame = frame.assign(
        name=(town + " airport (" + frame["iata"] + ")").where(town != "", official),
        place_id=frame["country"] + "-air-" + frame["iata"].str.lower(),
        aliases=aliases.str.replace(r"(; )+", "; ", regex=True).str.removesuffix("; "),
        region="",
        kind="airport",
        pair="",
        source="airportsdata",
        precision_km=1.0,
    )
    return frame.set_index("place_id")[COLUMNS]
