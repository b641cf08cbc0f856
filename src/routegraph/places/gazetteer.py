"""Where a name is: candidates, best first, and never a guess between places that are apart."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from routegraph.places.claims import COUNTRY_CODE, ID, NAME, OWN, Claim, claims_by_key
from routegraph.places.countries import iso3
from routegraph.places.gazetteer_tables import KINDS, builtin_places, checked_places
from routegraph.places.geodesy import distance_km
from routegraph.places.matching import fold

SAME_PLACE_KM = 25.0
"""Nodes of one name and country within this distance are one place to an analyst (a town, its port, its airport)."""


@dataclass(frozen=True)
class Candidate:
    """A place that a text may mean; ``matched`` says by what: id, name, alias or code."""

    place_id: str
    name: str
    country: str
    kind: str
    matched: str


class Gazetteer:
    """Places, and what their names resolve to.

    Parameters
    ----------
    places
        Frame indexed by ``place_id``: name, country (ISO3), region (ISO 3166-2 or ``''``), lat, lon, kind, aliases
        (joined by ``; ``), pair (place_id of a crossing's other side), source, precision_km.
    own
        Ids of the places that the user brought; they go before built-in ones of the same name and country.

    Notes
    -----
    Use ``Gazetteer.builtin()``, and ``.extended(frame)`` for a case's own places. A name means its country node where
    it is a country's name. Otherwise a curated node goes before an airport's name or code, and that before the city
    that an airport serves; among equals a crossing or city goes before a port, and that before an airport.
    """

    def __init__(self, places: pd.DataFrame, *, own: frozenset[str] = frozenset()) -> None:
        self._places = places.sort_index()
        self._own = own
        self._ids = self._places.index.to_numpy(dtype=object)
        self._country = self._places["country"].to_numpy(dtype=object)
        self._name = self._places["name"].to_numpy(dtype=object)
        self._kind = self._places["kind"].to_numpy(dtype=object)
        self._lat, self._lon = (self._places[column].to_numpy(dtype=float) for column in ("lat", "lon"))
        self._claims = claims_by_key(self._places, own=own)
        self._row = {str(place_id): row for row, place_id in enumerate(self._ids)}
        self._nodes: dict[str, np.ndarray] = {
            str(country): np.asarray(rows)
            for country, rows in self._places.reset_index(drop=True).groupby("country").indices.items()
        }

    @staticmethod
    def builtin() -> Gazetteer:
        """Return the gazetteer that ships with the package; the same object each time."""
        return _builtin()

    @property
    def places(self) -> pd.DataFrame:
        """All places, indexed by ``place_id`` and sorted by it; a copy, so that changing it changes nothing here."""
        return self._places.copy()

    def extended(self, extra: pd.DataFrame) -> Gazetteer:
        """Return a gazetteer with a user's own places added; one with a known id replaces the place of that id.

        Parameters
        ----------
        extra
            Contract columns place_id, name, country, lat, lon, kind, and where wanted region, aliases, pair.

        Raises
        ------
        InputError
            A column is missing or a value cannot stand; see ``checked_places``.
        """
        added = checked_places(extra)
        kept = self._places[~self._places.index.isin(added.index)]
        return Gazetteer(pd.concat([kept, added]), own=self._own | frozenset(added.index))

    def resolve(self, text: str, country: str | None = None) -> tuple[Candidate, ...]:
        """Return every place that a text may mean, best first; empty where none is known.

        Parameters
        ----------
        text
            Place id, name, alias, UN/LOCODE, IATA or ICAO code, or a country. "Name, Country" is understood.
        country
            ISO3 (or any name) of the country it must be in; without it, all countries are searched.
        """
        name, within = self._split(text, country)
        found = self._entries(name, within)
        return tuple(
            Candidate(str(self._ids[e.row]), str(self._name[e.row]), str(self._country[e.row]),
                      str(self._kind[e.row]), e.matched)
            for e in found
        )  # fmt: skip

    def resolve_many(self, texts: pd.Series, countries: pd.Series) -> pd.DataFrame:
        """Resolve a column of texts, each within the country beside it (``''`` where that is unknown).

        Returns
        -------
        pandas.DataFrame
            Index of ``texts``; ``place_id`` (``''`` where none or not just one) and ``reason``: ``''``, ``not found``,
            ``ambiguous: A; B`` (place ids) or ``is in X, not Y``. A blank text gives both blank.
        """
        asked = pd.DataFrame(
            {"text": texts.fillna("").astype(str).array, "country": countries.fillna("").astype(str).array},
            index=texts.index,
        )
        text_codes, distinct_texts = pd.factorize(asked["text"])
        country_codes, distinct_countries = pd.factorize(asked["country"])
        pairs, inverse = np.unique(text_codes * max(len(distinct_countries), 1) + country_codes, return_inverse=True)
        answers = [
            self._decide(
                str(distinct_texts[pair // len(distinct_countries)]),
                str(distinct_countries[pair % len(distinct_countries)]),
            )
            for pair in pairs
        ]
        table = pd.DataFrame(answers, columns=["place_id", "reason"], dtype="str")
        picked = table.take(inverse)
        picked.index = asked.index
        return picked

    def locate(self, lat: float, lon: float, country: str) -> str:
        """Return a country's nearest node within 25 km of a position, or ``''``; never a country or region node."""
        rows = self._nodes.get(country, np.empty(0, dtype=int))
        rows = rows[~np.isin(self._kind[rows], ["country", "region"])]
        if not len(rows):
            return ""
        far = distance_km(lat, lon, self._lat[rows], self._lon[rows])
        if np.isnan(far).all() or np.nanmin(far) > SAME_PLACE_KM:
            return ""
        return str(self._ids[rows[int(np.nanargmin(far))]])

    def locate_many(self, lat: pd.Series, lon: pd.Series, countries: pd.Series) -> pd.Series:
        """Return ``locate`` for every row, each distinct position once; index of ``lat``."""
        asked = pd.DataFrame(
            {"lat": lat.array, "lon": lon.array, "country": countries.fillna("").array}, index=lat.index
        )
        distinct = asked.drop_duplicates()
        found = [self.locate(*row) for row in distinct.itertuples(index=False, name=None)]
        known = distinct.assign(place_id=pd.array(found, dtype="str"))
        merged = asked.reset_index(drop=True).merge(known, on=["lat", "lon", "country"], how="left")
        return pd.Series(merged["place_id"].array, index=lat.index, name="place_id", dtype="str")

    def _decide(self, text: str, country: str) -> tuple[str, str]:
        """Return the one place that a text means, or why there is not one."""
        if not text.strip():
            return "", ""
        if country and iso3(country) is None:
            return "", "not found"
        name, within = self._split(text, country or None)
        found = self._entries(name, within)
        if not found:
            elsewhere = sorted({str(self._country[e.row]) for e in self._entries(name, None)}) if within else []
            return "", f"is in {', '.join(elsewhere)}, not {within}" if elsewhere else "not found"
        rivals = self._rivals(found, has_country=within is not None)
        best = rivals[0].row
        spread = distance_km(
            self._lat[best], self._lon[best], *(a[[e.row for e in rivals]] for a in (self._lat, self._lon))
        )
        in_one_country = all(self._country[e.row] == self._country[best] for e in rivals)
        if len(rivals) == 1 or (in_one_country and bool((spread <= SAME_PLACE_KM).all())):
            return str(self._ids[best]), ""
        return "", "ambiguous: " + "; ".join(str(self._ids[e.row]) for e in rivals)

    def _rivals(self, found: list[Claim], *, has_country: bool) -> list[Claim]:
        """Return the claims between which a text does not decide, best first."""
        best = found[0]
        if self._kind[best.row] == "country":
            named = [e for e in found if e.tier == best.tier and self._country[e.row] != self._country[best.row]]
            return [best, *named]
        if best.tier <= OWN or has_country:
            return [e for e in found if e.tier == best.tier]
        # With no country given, a curated town does not outrank a namesake abroad that only an airport stands for here.
        abroad = [e for e in found if self._country[e.row] != self._country[best.row]]
        return [e for e in found if e.tier == best.tier or e in abroad]

    def _split(self, text: str, country: str | None) -> tuple[str, str | None]:
        """Return a text and the ISO3 it is sought in, taking "Name, Country" apart where the whole is no known name."""
        within = iso3(country) if country else None
        head, comma, tail = text.rpartition(",")
        if comma and head.strip() and fold(text) not in self._claims and iso3(text) is None:
            named = iso3(tail)
            if named is not None and within in (None, named):
                return head, named
        return text, within

    def _entries(self, text: str, country: str | None) -> list[Claim]:
        """Return the claims on a text in rank order, one for each place."""
        entries = list(self._claims.get(fold(text), ()))
        code = iso3(text)
        if code is not None and code in self._row:
            row = self._row[code]
            coded = len(text.strip()) <= 3 and text.strip().isascii()
            entries.append(Claim(COUNTRY_CODE if coded else NAME, row, "code" if coded else "name"))
        exact = self._row.get(text)
        if exact is not None and country in (None, self._country[exact]):
            return [Claim(ID, exact, "id")]  # an id as it is stands, however alike another id looks
        entries = [e for e in entries if (country is None and not e.only_in) or self._country[e.row] == country]
        best: dict[int, Claim] = {}
        for entry in sorted(entries, key=self._rank):
            best.setdefault(entry.row, entry)
        return list(best.values())

    def _rank(self, entry: Claim) -> tuple[int, int, str, str]:
        # A country goes before any other place of the same tier: its name is what the text says.
        kind = -1 if self._kind[entry.row] == "country" else KINDS.index(self._kind[entry.row])
        return entry.tier, kind, str(self._ids[entry.row]), entry.matched


@lru_cache(maxsize=1)
def _builtin() -> Gazetteer:
    return Gazetteer(builtin_places())
