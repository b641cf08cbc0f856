"""Seizure records: text in the contract's columns becomes the canonical frame, every bad cell named."""

from __future__ import annotations

import pandas as pd

from routegraph.records import dates, quantities, taxonomy, vocabulary
from routegraph.records.cells import Pile, counts, numbers, positions, said
from routegraph.records.identity import Identified
from routegraph.records.placing import Placer
from routegraph.records.profile import Profile
from routegraph.records.schema import RECORD_COLUMNS, in_shape

NOWHERE_KNOWN = "neither the place nor the country of seizure is known; state seized_country, or the place in --places"
WORDS = ("mode", "recovery", "traced", "detection_basis", "source_grade", "info_grade", "tlp", "releasable_to")


def check_words(texts: pd.Series, pile: Pile, *, field: str) -> pd.Series:
    """Return a column of a closed list; a word that is not on it is set aside."""
    parsed = vocabulary.parse(texts, field=field)
    pile.cells(field, texts, parsed["reason"])
    return parsed["value"].astype("str")


def check_numbers(texts: pd.Series, pile: Pile, *, field: str) -> pd.Series:
    """Return a column of numbers from zero up, NaN where blank or set aside."""
    values, reasons = numbers(texts)
    pile.cells(field, texts, reasons)
    return values


def check_commodity(texts: pd.Series, pile: Pile, *, scheme: str) -> pd.Series:
    """Return dotted commodity codes; a name that no code takes is set aside."""
    parsed = taxonomy.commodity(texts, scheme=scheme)
    pile.cells("commodity", texts, parsed["reason"])
    return parsed["value"].astype("str")


def check_amounts(amounts: pd.Series, units: pd.Series, pile: Pile) -> tuple[pd.Series, pd.Series]:
    """Return quantities in canonical units; an amount that does not make sense is set aside with its unit."""
    parsed = quantities.parse_quantities(amounts, units)
    shown = (amounts + " " + units).str.strip()
    pile.cells("quantity", shown, parsed["reason"])
    return parsed["quantity"].astype(float), parsed["unit"].astype("str")


def check_dates(texts: pd.Series, pile: Pile, *, field: str = "date") -> pd.DataFrame:
    """Return dates as precise as given and the days they may stand for; what is no date is set aside."""
    parsed = dates.parse_dates(texts)
    pile.cells(field, texts, parsed["reason"])
    return parsed


def normalise_seizures(text: pd.DataFrame, *, pile: Pile, placer: Placer, profile: Profile) -> pd.DataFrame:
    """Return canonical columns for every row that is a record; bad cells and rows go to the pile.

    Parameters
    ----------
    text
        canonical text columns with ``file`` and ``row``.
    profile
        tells the marking of rows that state none, and whose words the commodities are.

    Returns
    -------
    The record columns but for ``record_id`` as given and ``copies`` (1); rows that were set aside whole are missing.
    """
    when = check_dates(text["date"], pile)
    events, why = counts(text["count"])
    pile.rows("count", text["count"], why)
    quantity, unit = check_amounts(text["quantity"], text["unit"], pile)
    words = {field: check_words(text[field], pile, field=field) for field in WORDS}
    words["tlp"] = marked(text["tlp"], words["tlp"], profile.tlp)
    # A release list that cannot be read must not become "no national caveat".
    words["tlp"] = words["tlp"].mask((text["releasable_to"] != "") & (words["releasable_to"] == ""), "RED")
    columns: dict[str, pd.Series] = {name: text[name] for name in ("record_id", "source", "remarks", "file", "row")}
    columns |= {name: when[name] for name in ("date", "date_from", "date_to", "date_precision")}
    columns |= words | {"count": events.fillna(0), "quantity": quantity, "unit": unit}
    columns["commodity"] = check_commodity(text["commodity"], pile, scheme=profile.commodity_scheme)
    columns["value_usd"] = check_numbers(text["value_usd"], pile, field="value_usd")
    columns |= _placed(text, placer)
    columns["copies"] = pd.Series(1, index=text.index)
    nowhere = columns["seized_place"] == ""
    shown = (text["seized_at"] + " " + text["seized_country"]).str.strip()
    unnamed = (shown == "") & columns["seized_lat"].isna()
    pile.rows("seized_at", shown, said(nowhere & unnamed & (why == ""), "no place of seizure"))
    pile.rows("seized_at", shown, said(nowhere & ~unnamed & (why == ""), NOWHERE_KNOWN))
    return in_shape(pd.DataFrame(columns), RECORD_COLUMNS)[~(nowhere | (why != ""))]


def marked(texts: pd.Series, values: pd.Series, default: str) -> pd.Series:
    """Return markings: the default where none is stated, RED where the one stated cannot be read."""
    return values.where(values != "", said(texts == "", default, "RED"))


def _placed(text: pd.DataFrame, placer: Placer) -> dict[str, pd.Series]:
    """Resolve every place of a record."""
    where, why = positions(text["seized_lat"], text["seized_lon"])
    placer.pile.cells("seized_lat", (text["seized_lat"] + " " + text["seized_lon"]).str.strip(), why)
    columns: dict[str, pd.Series] = {}
    for place, country, resolved in (
        ("seized_at", "seized_country", "seized_place"),
        ("origin", "origin_country", "origin_place"),
        ("destination", "destination_country", "destination_place"),
    ):
        stated = placer.countries(text[country], field=country)
        found = placer.places(text[place], stated, field=place)
        columns |= {place: found["text"], country: found["country"], resolved: found["place"]}
    elsewhere = placer.positions_elsewhere(where, columns["seized_country"])
    placer.pile.cells("seized_lat", (text["seized_lat"] + " " + text["seized_lon"]).str.strip(), elsewhere)
    where = where.where(elsewhere == "")
    columns |= {"seized_lat": where["lat"], "seized_lon": where["lon"]}
    columns["seized_place"] = placer.at_positions(columns["seized_place"], where, columns["seized_country"])
    nowhere = pd.Series("", index=text.index, dtype="str")
    diverted = placer.places(text["diverted_at"], nowhere, field="diverted_at")
    path = placer.stops(text["via"], field="via")
    return columns | {
        "diverted_at": diverted["text"], "diverted_place": diverted["place"],
        "via": path["text"], "via_places": path["places"],
    }  # fmt: skip


def finish(frame: pd.DataFrame, found: Identified) -> pd.DataFrame:
    """Return the records sorted by id, with their ids and how many equal rows each stands for."""
    kept = frame.loc[found.keep].assign(record_id=found.record_ids.to_numpy(), copies=found.copies.to_numpy())
    return in_shape(kept, RECORD_COLUMNS).sort_values("record_id", kind="stable", ignore_index=True)
