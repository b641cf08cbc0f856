"""Which place each text names: never a guess, an unresolved place falls back to its country and is listed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from routegraph.places.borders import BorderMap
from routegraph.places.countries import iso3_many
from routegraph.places.gazetteer import Gazetteer
from routegraph.records.cells import Pile, said
from routegraph.records.schema import UNNAMED

BETWEEN_STOPS = ">"
NEAR_BORDER_DEGREES = 0.5
_BLANK_STOPS = frozenset({UNNAMED, "unknown", "...", "…"})


@dataclass(frozen=True)
class Placer:
    """Resolves columns of place texts and lists what it cannot.

    Attributes
    ----------
    resolve
        False where only countries are asked for: a place text is then looked up only where its country is unknown.
    airports
        True where place texts are airport codes: CAN is then Guangzhou, and not Canada.
    """

    gazetteer: Gazetteer
    pile: Pile
    resolve: bool = True
    airports: bool = False

    def countries(self, texts: pd.Series, *, field: str) -> pd.Series:
        """Return the ISO3 of a column of countries (``''`` where blank or not recognised, which is listed)."""
        found = iso3_many(texts)
        bad = (texts != "") & (found == "")
        self.pile.cells(field, texts, said(bad, "not a country that is known here; expected ISO 3166 or a name"))
        return found

    def places(self, texts: pd.Series, countries: pd.Series, *, field: str) -> pd.DataFrame:
        """Resolve a column of places within the countries beside it.

        Returns
        -------
        ``text`` (blank where it lies in another country than the record states: the stated country wins), ``place``
        (id; the country's where the text does not resolve or none is given), ``country`` (that of the place where
        the record states none).
        """
        asked = (texts != "") & (self.resolve | (countries == ""))
        wanted = texts.where(asked, "")
        found = self._airports(wanted) if self.airports else self.gazetteer.resolve_many(wanted, countries)
        place, reason = found["place_id"].astype("str"), found["reason"].astype("str")
        self.pile.cells(field, texts, reason)
        elsewhere = reason.str.startswith("is in ")
        if not self.resolve:  # a text was looked up for its country alone
            place = self.country_of(place)
        place = place.where(place != "", countries)
        return pd.DataFrame({
            "text": texts.where(~elsewhere, ""),
            "place": place,
            "country": countries.where(countries != "", self.country_of(place)),
        })  # fmt: skip

    def _airports(self, codes: pd.Series) -> pd.DataFrame:
        """Resolve airport codes (IATA or ICAO) and nothing else."""
        places = self.gazetteer.places
        known = places.loc[places["kind"] == "airport", "aliases"].str.split(";").explode().str.strip()
        held = pd.Series(known.index, index=known.array)[known.str.fullmatch("[A-Z0-9]{3,4}").to_numpy()]
        ids = held.groupby(level=0).agg(lambda found: "; ".join(sorted(set(found))))
        place = codes.map(ids).fillna("").astype("str")
        several = place.str.contains(";")
        reason = said((codes != "") & (place == ""), "not a known airport code").where(~several, "ambiguous: " + place)
        return pd.DataFrame({"place_id": place.where(~several, ""), "reason": reason})

    def country_of(self, place: pd.Series) -> pd.Series:
        """Return the ISO3 of each place id, ``''`` where there is none."""
        codes, distinct = pd.factorize(place)
        known = self.gazetteer.places["country"]
        found = known.reindex(distinct).fillna("").astype("str")
        return pd.Series(found.array.take(codes), index=place.index, dtype="str")

    def stops(self, texts: pd.Series, *, field: str) -> pd.DataFrame:
        """Resolve paths such as ``Mae Sot > Bangkok > ?``, each distinct path once.

        Returns
        -------
        ``text`` and ``places`` (ids joined by `` > ``; ``?`` for a stop that is not named or does not resolve).
        """
        codes, distinct = pd.factorize(texts)
        split = [[stop.strip() for stop in str(text).split(BETWEEN_STOPS)] if text else [] for text in distinct]
        flat = pd.Series([stop for path in split for stop in path], dtype="str")
        unnamed = flat.str.casefold().isin(_BLANK_STOPS) | (flat == "")
        found = self.gazetteer.resolve_many(flat.where(~unnamed, ""), pd.Series([""] * len(flat), dtype="str"))
        place = found["place_id"].astype("str")
        place = place.where((place != "") & ~unnamed, UNNAMED)
        owner = np.repeat(np.arange(len(split)), [len(path) for path in split])
        paths = place.groupby(owner).agg(" > ".join).reindex(range(len(split))).fillna("").astype("str")
        bad = (flat + ": " + found["reason"].astype("str")).where(found["reason"] != "", "")
        why = bad[bad != ""].groupby(owner[(bad != "").to_numpy()]).agg("; ".join)
        why = why.reindex(range(len(split))).fillna("").astype("str")
        self.pile.cells(field, texts, pd.Series(why.array.take(codes), index=texts.index, dtype="str"))
        text = pd.Series([" > ".join(stop or UNNAMED for stop in path) for path in split], dtype="str")
        return pd.DataFrame(
            {"text": text.array.take(codes), "places": paths.array.take(codes)},
            index=texts.index,
            dtype="str",
        )

    def positions_elsewhere(self, positions: pd.DataFrame, countries: pd.Series) -> pd.Series:
        """Say which positions lie inside another country than the stated one, over 50 km from it.

        Positions near a known node of the country are taken as they are, and so are those at sea: a country may seize
        far from its coast.
        """
        asked = pd.DataFrame({"lat": positions["lat"], "lon": positions["lon"], "country": countries})
        asked = asked[asked["lat"].notna() & (asked["country"] != "")]
        distinct = asked.drop_duplicates()
        near = self.gazetteer.locate_many(distinct["lat"], distinct["lon"], distinct["country"])
        reasons = [
            "" if node else _elsewhere(*position)
            for node, position in zip(near, distinct.itertuples(index=False, name=None), strict=True)
        ]
        told = asked.merge(distinct.assign(reason=pd.array(reasons, dtype="str")), how="left")["reason"]
        return told.set_axis(asked.index).reindex(countries.index).fillna("").astype("str")

    def at_positions(self, place: pd.Series, positions: pd.DataFrame, countries: pd.Series) -> pd.Series:
        """Return the nearest known node of the country where a record has a position and no better place."""
        coarse = ((place == countries) | (place == "")) & positions["lat"].notna() & (countries != "")
        if not self.resolve or not coarse.any():
            return place
        near = self.gazetteer.locate_many(positions.loc[coarse, "lat"], positions.loc[coarse, "lon"], countries[coarse])
        result = place.copy()
        result[coarse] = near.where(near != "", place[coarse]).astype("str")
        return result


def _elsewhere(lat: float, lon: float, country: str) -> str:
    """Say in which other country a position lies, if it does and the stated one is not near."""
    import shapely

    areas = BorderMap.load("country").polygons
    if country not in areas or shapely.distance(areas[country], shapely.Point(lon, lat)) <= NEAR_BORDER_DEGREES:
        return ""
    holders = [name for name, area in areas.items() if shapely.contains_xy(area, lon, lat)]
    if not holders:
        return ""
    swapped = abs(lon) <= 90 and shapely.contains_xy(areas[country], lat, lon)
    hint = "; latitude and longitude appear swapped" if swapped else ""
    return f"lies in {holders[0]}, not in {country}{hint}"
