"""Transits, effort and places: the three smaller tables, checked like the records."""

from __future__ import annotations

import numpy as np
import pandas as pd

from routegraph.records import vocabulary
from routegraph.records.cells import Pile, numbers, positions, said
from routegraph.records.normalise import check_amounts, check_commodity, check_dates, check_numbers, check_words, marked
from routegraph.records.placing import Placer
from routegraph.records.profile import Profile
from routegraph.records.schema import EFFORT_FRAME, PLACE_FRAME, TRANSIT_FRAME, in_shape


def check_periods(texts: pd.Series, pile: Pile) -> pd.Series:
    """Return periods: a year or a month; a day is taken to its month, what is no date is set aside."""
    parsed = check_dates(texts, pile, field="period")
    return parsed["date"].astype("str").str.slice(0, 7)


def normalise_transits(text: pd.DataFrame, *, pile: Pile, placer: Placer, profile: Profile) -> pd.DataFrame:
    """Return the transits frame; a row without an origin or a destination says nothing and is set aside whole."""
    quantity, unit = check_amounts(text["quantity"], text["unit"], pile)
    columns: dict[str, pd.Series] = {name: text[name] for name in ("source", "file", "row")}
    columns |= {"quantity": quantity, "unit": unit, "period": check_periods(text["period"], pile)}
    columns["mode"] = check_words(text["mode"], pile, field="mode")
    columns["tlp"] = marked(text["tlp"], check_words(text["tlp"], pile, field="tlp"), profile.tlp)
    columns["commodity"] = check_commodity(text["commodity"], pile, scheme=profile.commodity_scheme)
    columns["movements"] = check_numbers(text["movements"], pile, field="movements")
    columns["value_usd"] = check_numbers(text["value_usd"], pile, field="value_usd")
    bad = pd.Series(data=False, index=text.index)
    for end in ("origin", "destination"):
        stated = placer.countries(text[f"{end}_country"], field=f"{end}_country")
        found = placer.places(text[end], stated, field=end)
        columns |= {end: found["text"], f"{end}_country": found["country"], f"{end}_place": found["place"]}
        missing = (found["place"] == "") & ~bad
        shown = (text[end] + " " + text[f"{end}_country"]).str.strip()
        pile.rows(end, shown, said(missing, f"no {end} that is known here"))
        bad |= missing
    return in_shape(pd.DataFrame(columns), TRANSIT_FRAME)[~bad]


def normalise_effort(text: pd.DataFrame, *, pile: Pile, placer: Placer, profile: Profile) -> pd.DataFrame:  # noqa: ARG001
    """Return the effort frame; a row without a place or without a number that can be read is set aside whole."""
    stated = placer.countries(text["country"], field="country")
    found = placer.places(text["place"], stated, field="place")
    inspections, why = numbers(text["inspections"])
    why = why.where((why != "") | (inspections.isna()) | (inspections % 1 == 0), "not a whole number of inspections")
    pile.cells("inspections", text["inspections"], why)
    columns = {
        "period": check_periods(text["period"], pile), "place": found["text"], "country": found["country"],
        "inspections": inspections.where(why == ""), "place_id": found["place"], "file": text["file"],
        "row": text["row"], "reported": check_words(text["reported"], pile, field="reported"),
    }  # fmt: skip
    bad = found["place"] == ""
    shown = (text["place"] + " " + text["country"]).str.strip()
    pile.rows("place", shown, said(bad, "no place or country that is known here"))
    return in_shape(pd.DataFrame(columns), EFFORT_FRAME)[~bad]


def normalise_places(text: pd.DataFrame, *, pile: Pile, placer: Placer, profile: Profile) -> pd.DataFrame:  # noqa: ARG001
    """Return the places frame for ``Gazetteer.extended``; a row without id, name, country or position is set aside."""
    country = placer.countries(text["country"], field="country")
    where, why = positions(text["lat"], text["lon"])
    kind = vocabulary.parse(text["kind"], field="kind")
    pile.cells("kind", text["kind"], kind["reason"])
    columns = {name: text[name] for name in ("place_id", "name", "region", "aliases", "file", "row")}
    columns |= {"country": country, "lat": where["lat"], "lon": where["lon"]}
    columns["kind"] = kind["value"].where(kind["value"] != "", "other").astype("str")
    bad = pd.Series(data=False, index=text.index)
    order = text.assign(_position=np.arange(len(text))).sort_values(["place_id", "name", "country", "lat", "lon"])
    again = order.duplicated("place_id").reindex(text.index) & (text["place_id"] != "")
    for field, missing, reason in (
        ("place_id", text["place_id"] == "", "a place needs an id"),
        ("place_id", again, "this place_id stands for another place as well; the first by content is kept"),
        ("country", country == "", "a place needs a country that is known here"),
        ("lat", where["lat"].isna(), "a place needs a position"),
    ):
        hit = missing & ~bad
        reasons = said(hit, reason)
        if field == "lat":
            reasons = reasons.where(~hit | (why == ""), why)
        pile.rows(field, text[field], reasons)
        bad |= hit
    columns["name"] = columns["name"].where(columns["name"] != "", columns["place_id"])
    return in_shape(pd.DataFrame(columns), PLACE_FRAME)[~bad]
