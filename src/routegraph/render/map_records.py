"""The record ids that the map's page carries, and the facts of those records: nothing of any other record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from routegraph.render.map_pack import LONG_TEXT_LIMIT, clipped, packed, texts, words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from routegraph.briefing.product import Briefing

IDS_SHOWN = 25
"""Record ids that a panel lists for one leg or place; evidence.csv has them all."""
IDS_IN_ALL = 15_000
FACTS = {"date": "date", "source": "source", "at": "seized_at", "country": "seized_country", "commodity": "commodity",
         "tlp": "tlp"}  # fmt: skip
"""Facts of a record as the page calls them, and their columns."""


def record_data(briefing: Briefing, *, legs: pd.DataFrame, position: pd.Series) -> dict[str, Any]:
    """Return ``evidence``, ``drivers`` and ``records`` of the page.

    Parameters
    ----------
    briefing
        Its tables ``evidence``, ``records`` and ``corridors``, and its drivers.
    legs
        The drawn legs in the page's order.
    position
        Place id -> its position on the page.

    Returns
    -------
    dict
        ``evidence`` (legs, places) and ``drivers`` (seized, passed): for each leg or place that has any, how many
        records in all and the first ones as positions in ``records``. ``recordCount``: of how many the run is.
        ``records``: the ids that stand anywhere on the
        page, with date, source, grade, place, commodity and marking where the case tells them.
    """
    evidence = briefing.tables.get("evidence", pd.DataFrame(columns=["kind", "id", "record_id"]))
    leg_ids = legs["origin"].map(str) + " > " + legs["destination"].map(str)
    drivers = briefing.drivers.rename(columns={"place_id": "id"})
    lists = {
        "legs": _first(evidence.loc[evidence["kind"] == "leg"], pd.Series(legs.index, index=leg_ids)),
        "places": _first(evidence.loc[evidence["kind"] == "place"], position),
        **{how: _first(drivers.loc[drivers["how"] == how], position) for how in ("seized", "passed")},
    }
    carried = set(_listed(briefing.tables["corridors"])).union(*(found["record"] for found in lists.values()))
    ids = pd.Index(sorted(carried), dtype="object")
    coded = {name: _coded(found, ids) for name, found in lists.items()}
    return {
        "evidence": {name: coded[name] for name in ("legs", "places")},
        "drivers": {name: coded[name] for name in ("seized", "passed")},
        "recordCount": len(briefing.tables.get("records", ())),
        "records": {"id": [clipped(one) for one in ids], **_facts(briefing.tables, ids)},
    }


def _listed(corridors: pd.DataFrame) -> list[str]:
    """Return the ids that the corridors' cells hold, as far as the page shows the cells."""
    if "record_ids" not in corridors.columns or not len(corridors):
        return []
    shown = corridors["record_ids"].astype("object").where(corridors["record_ids"].notna(), "").map(str)
    return [one for cell in shown for one in cell[:LONG_TEXT_LIMIT].split("; ") if one]


def _first(uses: pd.DataFrame, position: pd.Series) -> pd.DataFrame:
    """Return at, record and total: the first ids of each position, lower positions first, until the page is full."""
    at = uses["id"].map(str).map(position[~position.index.duplicated()])
    pairs = pd.DataFrame({"at": at, "record": uses["record_id"].map(str)}).dropna().drop_duplicates()
    pairs = pairs.sort_values(["at", "record"], ignore_index=True)
    pairs["total"] = pairs.groupby("at")["record"].transform("size")
    shown = pairs.loc[pairs.groupby("at").cumcount() < IDS_SHOWN].head(IDS_IN_ALL)
    return shown.astype({"at": np.int64, "total": np.int64})


def _coded(found: pd.DataFrame, ids: pd.Index) -> dict[str, Any]:
    """Return position, number of records in all, number listed, and the listed ones one after the other."""
    rows = found.groupby("at", sort=True)["total"].agg(["first", "size"])
    return {
        "at": packed(rows.index.to_numpy()),
        "total": packed(rows["first"]),
        "listed": packed(rows["size"]),
        "ids": packed(ids.get_indexer(pd.Index(found["record"], dtype="object"))),
    }


def _facts(tables: Mapping[str, pd.DataFrame], ids: pd.Index) -> dict[str, Any]:
    """Return the facts of the carried ids, column by column; an id that two records share tells nothing."""
    records = tables.get("records", pd.DataFrame())
    if not len(records) or "record_id" not in records.columns or not len(ids):
        return {}
    own = records.assign(record_id=records["record_id"].map(str)).drop_duplicates("record_id", keep=False)
    rows = own.set_index("record_id").reindex(ids)
    found = {name: words(rows[column]) for name, column in FACTS.items() if column in rows}
    return {**found, "grade": words(_grades(rows))}


def _grades(rows: pd.DataFrame) -> pd.Series:
    """Return both grades as one word such as B2; ``-`` stands for the one that is not stated, '' for neither."""
    blank = pd.Series("", index=rows.index)
    source, info = (pd.Series(texts(rows.get(part, blank)), dtype="object") for part in ("source_grade", "info_grade"))
    return (source.replace("", "-") + info.replace("", "-")).replace("--", "")
