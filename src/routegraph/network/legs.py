"""Legs: the steps of routes, each once, with what the records behind it add up to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from routegraph.network.aggregate import (
    commodities,
    distinct_texts,
    events_by_status,
    markings,
    per_key,
    quantities,
)
from routegraph.places.geodesy import distance_km

if TYPE_CHECKING:
    from routegraph.network.transits import Licit
    from routegraph.places.borders import BorderMap

ENDS = ["origin", "destination"]
LEG_COLUMNS = (
    "origin_country", "destination_country", "modes", "commodity", "distance_km", "borders_crossed", "travelled",
    "intended", "inferred", "n_records", "seizures_named", "seizures", "quantity_seized", "unit", "licit", "sources",
    "tlp",
)  # fmt: skip
TEXTS = (
    *ENDS,
    "origin_country",
    "destination_country",
    "modes",
    "commodity",
    "quantity_seized",
    "unit",
    "sources",
    "tlp",
)


def leg_table(
    steps: pd.DataFrame,
    records: pd.DataFrame,
    *,
    places: pd.DataFrame,
    borders: BorderMap,
    border: str,
    named: pd.DataFrame,
    licit: Licit | None,
    also: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return one row per directed leg, sorted by its ends, with the columns that :class:`RouteGraph` documents.

    Parameters
    ----------
    steps
        chain, origin, destination, part, status: steps of chains, or pairs that records name.
    records
        Records with events, with their chain.
    places
        The network's places.
    borders, border
        The border map, and whose borders it holds.
    named
        chain, origin, destination: pairs that records name next to each other, for ``n_records``.
    licit
        Licit movement, or None where nothing is known of it.
    also
        Legs that are wanted whether or not a record uses them: origin, destination, modes, and the tlp of one that no
        record uses. Its modes stand in where records do not say any.
    """
    wanted = steps[ENDS] if also is None else pd.concat([steps[ENDS], also[ENDS]])
    legs = wanted.drop_duplicates().sort_values(ENDS, ignore_index=True)
    keys = legs.reset_index(names="key")
    uses = steps.merge(keys, on=ENDS)[["key", "chain", "part", "status"]]
    naming = named[["chain", *ENDS]].merge(keys, on=ENDS)
    by_chain = records.groupby("chain")["count"]
    events, n_records = by_chain.sum(), by_chain.size()
    travelled = uses[uses["part"] == "travelled"]
    for end in ENDS:
        legs[f"{end}_country"] = places["country"].reindex(legs[end]).to_numpy()
    counted = events_by_status(uses, events).reindex(legs.index, fill_value=0)
    legs[counted.columns] = counted
    legs["n_records"] = per_key(naming, n_records).reindex(legs.index, fill_value=0).astype(np.int64)
    legs["seizures_named"] = per_key(naming, events).reindex(legs.index, fill_value=0).astype(np.int64)
    legs["seizures"] = per_key(travelled, events).reindex(legs.index, fill_value=0).astype(np.int64)
    legs["modes"], legs["sources"] = distinct_texts(uses, records, "mode"), distinct_texts(uses, records, "source")
    legs["commodity"], legs["tlp"] = commodities(uses, records), markings(uses, records)
    amounts = quantities(travelled, records).reindex(legs.index)
    legs["quantity_seized"], legs["unit"] = amounts["quantity"], amounts["unit"]
    if also is not None:
        legs = _without_records(legs, also)
    legs[list(TEXTS)] = legs[list(TEXTS)].astype("str").fillna("")
    legs["distance_km"] = _distances(legs, places)
    legs["borders_crossed"] = _borders_crossed(legs, places, borders, border)
    ends = pd.MultiIndex.from_frame(legs[ENDS])
    legs["licit"] = licit.table["licit"].reindex(ends).to_numpy(np.float64) if licit is not None else np.nan
    return legs.astype(dict.fromkeys(TEXTS, "str")).set_index(ENDS)[list(LEG_COLUMNS)]


def _without_records(legs: pd.DataFrame, also: pd.DataFrame) -> pd.DataFrame:
    """Give legs that no record uses their modes and marking, and modes to those whose records know none."""
    given = legs[ENDS].merge(also, on=ENDS, how="left").set_axis(legs.index)
    unsaid = legs["modes"].isna() | legs["modes"].isin(["", "unknown"])
    modes = legs["modes"].mask(unsaid & given["modes"].notna(), given["modes"])
    return legs.assign(modes=modes, tlp=legs["tlp"].mask(legs["tlp"].isna(), given["tlp"]))


def _distances(legs: pd.DataFrame, places: pd.DataFrame) -> np.ndarray:
    start, end = (places[["lat", "lon"]].reindex(legs[one]).to_numpy() for one in ENDS)
    return np.asarray(distance_km(start[:, 0], start[:, 1], end[:, 0], end[:, 1]), dtype=np.float64)


def _borders_crossed(legs: pd.DataFrame, places: pd.DataFrame, borders: BorderMap, border: str) -> pd.Series:
    """Return how many borders each leg crosses by the rule of :meth:`BorderMap.legs_borders`."""
    unit = places["country"]
    if border == "region":
        unit = places["region"].where(places["region"] != "", unit)
    origins, destinations = (pd.Series(unit.reindex(legs[end]).to_numpy(), index=legs.index) for end in ENDS)
    return borders.legs_borders(origins, destinations, legs["modes"])
