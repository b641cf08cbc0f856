"""From records to a RouteGraph."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from routegraph.errors import SettingError
from routegraph.network.catalogue import catalogue, describe_places
from routegraph.network.chains import Chains, report_chains
from routegraph.network.graph import RouteGraph
from routegraph.network.legs import leg_table
from routegraph.network.route_table import (
    consignments_of,
    distinct_routes,
    events_by_layer,
    events_by_period,
    evidence_of,
    traces_of,
    with_records,
)
from routegraph.network.transits import aggregate_transits
from routegraph.network.ways import over_borders
from routegraph.places.borders import BorderMap
from routegraph.records.profile_keys import DOMESTIC, STEPS

if TYPE_CHECKING:
    from routegraph.places import Gazetteer


def build_graph(
    records: pd.DataFrame,
    *,
    gazetteer: Gazetteer,
    level: str = "place",
    border: str = "country",
    steps: str = "direct",
    transits: pd.DataFrame | None = None,
    domestic: str = "at_place",
) -> RouteGraph:
    """Return the network that seizure records report: which legs were travelled, on the word of which records.

    Parameters
    ----------
    records
        The canonical frame of ``docs/architecture.md`` with place ids resolved; it is not changed.
    gazetteer
        Where the place ids are described.
    level
        What a place of the network is. At ``country`` every place id becomes its country's ISO3, at ``region`` its
        region code (its country where it has no region), at ``place`` it stays.
    border
        Which borders count, ``country`` or ``region``. A record whose named places all lie in one unit is domestic: it
        counts at its place and enters no route.
    steps
        ``direct``: a step is what the record names. ``bordering``: a step between units that are not neighbours is
        replaced by the least-cost way over bordering units, each step of it inferred, and the named pair goes to
        ``pairs``; air, sea and post records and steps with no way over land stay direct.
    transits
        Licit or observed movement, for ``licit``; the places it names stay in the network without legs.
    domestic
        ``at_place``: domestic records count at their place only. ``route``, where a profile says so: they have routes.

    Returns
    -------
    RouteGraph
        Tables sorted by their keys, the same whatever the order of the records.

    Raises
    ------
    SettingError
        When level, border, steps or domestic is none of the known ones.
    PlaceError
        When the gazetteer does not hold a place id.

    Notes
    -----
    Seizures are not flow: a leg with many seizures may be a leg that is well watched. Inferred steps say where a
    consignment may have gone between two reported places, not that anybody saw it there; of two ways over borders that
    cost nearly the same, only one is shown. Records with count 0 are reported zeros: their places stay, without events.
    """
    for value, known, what in ((steps, STEPS, "steps"), (domestic, DOMESTIC, "domestic")):
        if value not in known:
            raise SettingError(f"{what} is {value!r}; expected one of {', '.join(known)}")
    records = records.sort_values("record_id", ignore_index=True)
    known_as = catalogue(gazetteer, named_places(records, transits), level=level, border=border)
    borders = BorderMap.load(border)
    chains = report_chains(records, known_as, by_land=steps == "bordering")
    if domestic == "route":
        chains = replace(chains, table=chains.table.assign(domestic=False))
    if steps == "bordering":
        chains = over_borders(chains, borders)
        known_as = _with_units_between(known_as, chains, gazetteer, level=level, border=border)
    eventful = records.assign(chain=chains.of_record)[records["count"] > 0]
    places = describe_places(gazetteer, known_as, level=level)
    seized_at = chains.table["seized_at"].reindex(eventful["chain"]).to_numpy()
    seized = eventful["count"].groupby(seized_at).sum()
    places["seizures"] = seized.reindex(places.index, fill_value=0).astype(np.int64)
    licit = aggregate_transits(at_level(transits, known_as)) if transits is not None else None
    routes, route_of = _routes(chains, eventful)
    travelling = chains.steps[chains.steps["chain"].isin(route_of.index)]
    named = chains.named[chains.named["chain"].isin(route_of.index)]
    table = partial(leg_table, places=places, borders=borders, border=border, named=named, licit=licit)
    evidence = evidence_of(travelling, eventful, route_of)
    return RouteGraph(
        places=places,
        legs=table(travelling, eventful),
        routes=routes,
        evidence=evidence,
        consignments=consignments_of(eventful, evidence),
        periods=events_by_period(eventful, route_of),
        pairs=table(named[named["replaced"]], eventful),
        layers=events_by_layer(eventful, route_of),
        traces=traces_of(eventful, route_of, known_as["place"]),
        **({"licit": licit.pairs} if licit is not None else {}),
        level=level,
        border=border,
        counts=_account(records, chains, route_of),
        licit_measure=licit.measure if licit is not None else "",
    )


def named_places(records: pd.DataFrame, transits: pd.DataFrame | None) -> list[str]:
    """Return every place id that records and transits name."""
    columns = [records[name] for name in ("seized_place", "origin_place", "destination_place", "diverted_place")]
    columns.append(pd.Series(records["via_places"].unique(), dtype="str").str.split(">").explode().str.strip())
    if transits is not None:
        columns += [transits["origin_place"], transits["destination_place"]]
    return [str(one) for column in columns for one in column.dropna().unique()]


def _with_units_between(
    known_as: pd.DataFrame, chains: Chains, gazetteer: Gazetteer, *, level: str, border: str
) -> pd.DataFrame:
    """Add the units that inferred ways pass, which no record names."""
    passed = pd.unique(pd.concat([chains.steps["origin"], chains.steps["destination"]]))
    unnamed = pd.Index(passed).difference(pd.Index(known_as["place"]))
    added = catalogue(gazetteer, unnamed, level=level, border=border)
    return pd.concat([known_as, added]).sort_index()


def at_level(transits: pd.DataFrame, known_as: pd.DataFrame) -> pd.DataFrame:
    """Return transits with their ends as places of the network."""
    ends = {end: transits[f"{end}_place"].map(known_as["place"]).fillna("") for end in ("origin", "destination")}
    return transits.drop(columns=["origin", "destination"], errors="ignore").assign(**ends)


def _routes(chains: Chains, records: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    """Return the routes table, and the route of each chain that has one and any event."""
    wanted = chains.table.index[~chains.table["domestic"]].intersection(pd.Index(records["chain"].unique()))
    steps = chains.steps[chains.steps["chain"].isin(wanted)]
    routes, route_of = distinct_routes(steps, chains.table["seized_at"])
    return with_records(routes, route_of, records), route_of


def _account(records: pd.DataFrame, chains: Chains, route_of: pd.Series) -> dict[str, int]:
    """Return how many records went where; the kinds of records add up to ``records``."""
    zero = records["count"] == 0
    routed = chains.of_record.isin(route_of.index) & ~zero
    alone = (records[["origin_place", "via_places", "destination_place"]] == "").all(axis=1) & ~zero & ~routed
    domestic = chains.of_record.map(chains.table["domestic"]).astype("bool") & ~zero & ~routed & ~alone
    kinds: dict[str, pd.Series] = {"routed": routed, "domestic": domestic, "place_only": alone, "reported_zero": zero}
    kinds["one_place_at_level"] = ~(routed | domestic | alone | zero)
    counted = {f"{kind}_records": int(which.sum()) for kind, which in kinds.items()}
    events = {"events": int(records["count"].sum()), "routed_events": int(records.loc[routed, "count"].sum())}
    return {"records": len(records), **counted, **events}
