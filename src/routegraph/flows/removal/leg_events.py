"""Reported events on the legs of a completed network, by period, place of seizure and commodity."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from routegraph.network.graph import RouteGraph
    from routegraph.network.reports import Reports

COLUMNS = ["origin", "destination", "period", "seized_at", "seizures"]


def travelled_events(
    graph: RouteGraph, reports: Reports, records: pd.DataFrame, *, by_commodity: bool = False
) -> pd.DataFrame:
    """Return the events that travelled each leg of a completed network.

    Parameters
    ----------
    graph
        The completed network: what of a route a record travelled is in its evidence.
    reports, records
        What the network was made of, for the place of seizure at its level, dates and commodities.
    by_commodity
        Whether commodities are told apart, as branches (:func:`branches`).

    Returns
    -------
    pandas.DataFrame
        origin, destination, period (year, '' unknown), seized_at and, if asked for, commodity; seizures (events).
        Sorted by all but these. An event counts once on every leg that it travelled, and on no other.
    """
    uses = graph.evidence.loc[graph.evidence["part"] == "travelled", ["route", "step", "record_id", "events"]]
    paths = [graph.routes["path"].iloc[k] for k in graph.routes.index.get_indexer(pd.Index(uses["route"]))]
    ends = [(path[step], path[step + 1]) for path, step in zip(paths, uses["step"], strict=True)]
    table = pd.DataFrame(ends, columns=["origin", "destination"], dtype="str")
    facts = records.set_index("record_id").reindex(uses["record_id"])
    table["period"] = _years(facts).to_numpy()
    report = reports.of_record.reindex(uses["record_id"])
    table["seized_at"] = reports.table["seized"].reindex(report).to_numpy()
    keys = COLUMNS[:-1]
    if by_commodity:
        table["commodity"] = branches(facts["commodity"]).to_numpy()
        keys = [*keys, "commodity"]
    table["seizures"] = uses["events"].to_numpy()
    return table.groupby(keys, sort=True)["seizures"].sum().reset_index()


def branches(codes: pd.Series) -> pd.Series:
    """Return the branch of each commodity code: its first parts, one more than all known codes share, at least two.

    Examples
    --------
    >>> branches(pd.Series(["drugs.cocaine.base", "arms.firearm.pistol", ""])).tolist()
    ['drugs.cocaine', 'arms.firearm', '']
    >>> branches(pd.Series(["arms.firearm.pistol", "arms.firearm.rifle.semi"])).tolist()
    ['arms.firearm.pistol', 'arms.firearm.rifle']
    """
    distinct = [code for code in codes.unique().tolist() if code]
    depth = max(2, _shared(code.split(".") for code in distinct) + 1)
    short = {code: ".".join(code.split(".")[:depth]) for code in [*distinct, ""]}
    return codes.map(short).astype("str")


def _shared(codes: Iterable[list[str]]) -> int:
    """Return how many first parts all codes have in common."""
    shared = 0
    for parts in zip(*codes, strict=False):
        if len(set(parts)) > 1:
            return shared
        shared += 1
    return shared


def _years(facts: pd.DataFrame) -> pd.Series:
    """Return the year of each record as text; '' where its dates do not lie within one year."""
    year = facts["date_from"].dt.year
    known = year.notna() & (year == facts["date_to"].dt.year)
    years: pd.Series = year.fillna(0).astype(np.int64).astype("str").where(known, "")
    return years
