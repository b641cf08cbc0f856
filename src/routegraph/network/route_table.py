"""Routes, each once, with what its records add up to; the records behind each step; events by period."""

from __future__ import annotations

import numpy as np
import pandas as pd

from routegraph.network.aggregate import commodities, distinct_texts, markings, quantities, runs_of
from routegraph.network.graph import CONSIGNMENT_COLUMNS

ROUTE_TEXTS = ("seized_at", "modes", "commodity", "quantity_seized", "unit", "sources", "tlp")
ROUTE_COLUMNS = ("path", "travelled_steps", "seizures", "n_records", *ROUTE_TEXTS)


def path_text(path: tuple[str, ...]) -> str:
    """Return a path as text, the key that routes are sorted by."""
    return " > ".join(path)


def distinct_routes(steps: pd.DataFrame, seized_at: pd.Series) -> tuple[pd.DataFrame, pd.Series]:
    """Return the distinct routes of chains (path, travelled_steps, seized_at), and the route of each chain.

    ``steps`` has chain, step, origin, destination and part, by chain and in order; ``seized_at`` is per chain.
    """
    first = steps.drop_duplicates("chain").set_index("chain")["origin"]
    onward = runs_of(steps["chain"], steps["destination"])
    paths = [(start, *rest) for start, rest in zip(first, onward, strict=True)]
    found = pd.DataFrame({"path": pd.Series(paths, index=first.index, dtype="object")})
    found["text"] = pd.Series([path_text(path) for path in paths], index=first.index, dtype="str")
    found["travelled_steps"] = (steps["part"] == "travelled").groupby(steps["chain"]).sum().astype(np.int64)
    found["seized_at"] = seized_at.reindex(found.index)
    route_of = found.groupby(["text", "travelled_steps", "seized_at"], sort=True).ngroup().rename("key")
    routes = found.assign(route=route_of).drop_duplicates("route").set_index("route").sort_index()
    return routes[["path", "travelled_steps", "seized_at"]], route_of


def with_records(routes: pd.DataFrame, route_of: pd.Series, records: pd.DataFrame) -> pd.DataFrame:
    """Return routes with the columns that their records add up to, as :class:`RouteGraph` documents them.

    Parameters
    ----------
    routes
        Indexed by route: path, travelled_steps, seized_at. A route without records has 0 of them and empty texts.
    route_of
        Route of each chain.
    records
        Records with events, with their chain.
    """
    routes, uses = routes.copy(), route_of.rename("key").rename_axis("chain").reset_index()
    by_chain = records[records["chain"].isin(route_of.index)].groupby("chain")["count"]
    for column, amount in (("seizures", by_chain.sum()), ("n_records", by_chain.size())):
        routes[column] = amount.groupby(route_of).sum().reindex(routes.index, fill_value=0).astype(np.int64)
    routes["modes"], routes["sources"] = distinct_texts(uses, records, "mode"), distinct_texts(uses, records, "source")
    routes["commodity"], routes["tlp"] = commodities(uses, records), markings(uses, records)
    amounts = quantities(uses, records).reindex(routes.index)
    routes["quantity_seized"], routes["unit"] = amounts["quantity"], amounts["unit"]
    texts = routes[list(ROUTE_TEXTS)].astype("str").fillna("")
    return routes.assign(**{column: texts[column] for column in ROUTE_TEXTS})[list(ROUTE_COLUMNS)]


def evidence_of(steps: pd.DataFrame, records: pd.DataFrame, route_of: pd.Series) -> pd.DataFrame:
    """Return one row per use of a record on a step: route, step, record_id, status, part, events."""
    uses = records[["record_id", "chain", "count"]].merge(steps[["chain", "step", "status", "part"]], on="chain")
    uses = uses.rename(columns={"count": "events"})
    uses["route"] = route_of.reindex(uses["chain"]).to_numpy()
    columns = ["route", "step", "record_id", "status", "part", "events"]
    return uses[columns].sort_values(["route", "step", "record_id"], ignore_index=True)


def consignments_of(records: pd.DataFrame, evidence: pd.DataFrame) -> pd.DataFrame:
    """Return what each record of the evidence says was seized, as :class:`RouteGraph` documents it."""
    routed = records.loc[records["record_id"].isin(evidence["record_id"])]
    return routed.set_index("record_id")[list(CONSIGNMENT_COLUMNS)].sort_index()


def events_by_period(records: pd.DataFrame, route_of: pd.Series) -> pd.DataFrame:
    """Return events per route and year; '' where a record's dates do not lie within one year."""
    year = records["date_from"].dt.year
    known = (year == records["date_to"].dt.year) & year.notna()
    period = year.fillna(0).astype(np.int64).astype("str").where(known, "")
    routed = pd.DataFrame({"route": records["chain"].map(route_of), "period": period, "seizures": records["count"]})
    routed = routed[routed["route"].notna()].astype({"route": np.int64})
    return routed.groupby(["route", "period"], sort=True)["seizures"].sum().reset_index()


def events_by_layer(records: pd.DataFrame, route_of: pd.Series) -> pd.DataFrame:
    """Return events per route, mode and commodity of its records; '' where a record does not say."""
    routed = records[["mode", "commodity", "count"]].assign(route=records["chain"].map(route_of))
    routed = routed[routed["route"].notna()].astype({"route": np.int64})
    summed = routed.groupby(["route", "mode", "commodity"], sort=True)["count"].sum()
    return summed.rename("seizures").reset_index()


def traces_of(records: pd.DataFrame, route_of: pd.Series, place_of: pd.Series) -> pd.DataFrame:
    """Return what tracing established, as :class:`RouteGraph` documents it; ``place_of`` maps ids to the level."""
    stated = records[records["traced"].isin(["yes", "no"]) | (records["diverted_place"] != "")]
    table = stated[["record_id", "traced", "commodity"]].assign(
        route=stated["chain"].map(route_of).fillna(-1).astype(np.int64),
        traced=stated["traced"].where(stated["traced"] != "unknown", ""),
        diverted_at=stated["diverted_place"].map(place_of).fillna("").astype("str"),
        events=stated["count"],
    )
    columns = ["record_id", "route", "traced", "diverted_at", "commodity", "events"]
    return table[columns].sort_values("record_id", ignore_index=True)
