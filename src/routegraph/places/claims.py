"""What each spelling may mean: every place's claim on its id, its name and its aliases, and how sure that claim is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from routegraph.places.countries import countries, iso3
from routegraph.places.matching import fold

# How a text can be meant, surest first. Only the surest tier that has a candidate in the country is looked at.
ID, COUNTRY_CODE, OWN, NAME, AIRPORT, AIRPORT_CITY = range(6)
_CODE = re.compile(r"[A-Z]{3}|[A-Z0-9]{4}|[A-Z]{2}[A-Z2-9]{3}")


@dataclass(frozen=True)
class Claim:
    """One key's claim on one place; ``only_in`` is the country that must be given for it to count.

    Attributes
    ----------
    tier
        how sure it is: ``ID`` is surest.
    row
        position of the place in the frame that the claims were made from.
    matched
        by what the text meets the place: id, name, alias or code.
    """

    tier: int
    row: int
    matched: str
    only_in: str = ""


def claims_by_key(places: pd.DataFrame, *, own: frozenset[str]) -> dict[str, list[Claim]]:
    """Return the claims on every key (see :func:`routegraph.places.matching.fold`), in the order of the places.

    Parameters
    ----------
    places
        Indexed by place_id: name, aliases, kind, source.
    own
        Ids of the places that the user brought. Names of built-in countries are left to ``iso3``.
    """
    keys: dict[str, list[Claim]] = {}
    columns = (places[column].to_list() for column in ("name", "aliases", "kind", "source"))
    for row, (place_id, name, aliases, kind, source) in enumerate(zip(places.index, *columns, strict=True)):
        keys.setdefault(fold(place_id), []).append(Claim(ID, row, "id"))
        users = place_id in own
        if kind == "country" and not users:
            continue
        tier = OWN if users else AIRPORT if source == "airportsdata" else NAME
        region = place_id if kind == "region" and not users else ""
        keys.setdefault(fold(name), []).append(Claim(tier, row, "name", _only_in(name, region)))
        for alias in filter(None, (alias.strip() for alias in aliases.split(";"))):
            coded = _CODE.fullmatch(alias) is not None
            lower = AIRPORT_CITY if tier == AIRPORT and not coded else tier
            only_in = _only_in(alias, region)
            by_code = coded or (bool(only_in) and len(alias) == 2)
            keys.setdefault(fold(alias), []).append(Claim(lower, row, "code" if by_code else "alias", only_in))
    keys.pop("", None)
    return keys


def _only_in(alias: str, region: str) -> str:
    """Return the country that must be given before an alias counts for a built-in US region.

    ``IN`` is India and ``Guam`` has an ISO code of its own: both mean the region only once the country is the USA.
    """
    if not region:
        return ""
    code = iso3(alias)
    return "USA" if len(alias) == 2 or (code is not None and _alpha2(code) == region.removeprefix("US-")) else ""


@lru_cache(maxsize=512)
def _alpha2(code: str) -> str:
    return str(countries()["alpha2"].loc[code])
