"""Which records stand behind each leg, place and corridor: the rows of evidence.csv."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from routegraph.briefing.columns import COLUMNS
from routegraph.network.graph import RouteGraph
from routegraph.records.schema import UNNAMED

if TYPE_CHECKING:
    from routegraph.corridors import Corridor

_KEY = ["kind", "id", "step", "record_id", "status"]
_NAMED = ("origin_place", "seized_place", "destination_place", "diverted_place", "origin_country", "seized_country",
          "destination_country")  # fmt: skip


def evidence_table(graph: RouteGraph, *, corridors: Sequence[Corridor], records: pd.DataFrame) -> pd.DataFrame:
    """Return every use of a record by a leg, a place or a corridor, sorted, each use once.

    ``step`` counts from 0 along the route that the record is on (legs, places) or along the corridor. A place that the
    record does not name and that only inferred steps touch is ``inferred``; a record that names a place of seizure
    and no route is evidence for that place alone, with no step.
    """
    uses = _uses(graph)
    parts = [_legs(uses), _places(uses, graph, records), _corridors(uses, corridors)]
    table = pd.concat(parts, ignore_index=True)[list(COLUMNS["evidence"])]
    table["step"] = table["step"].astype("Int64")
    return table.drop_duplicates().sort_values(_KEY, ignore_index=True)


def route_stops(graph: RouteGraph) -> pd.DataFrame:
    """Return every place of every route: route, step (from 0), origin (that place), end (the next, '' at the last)."""
    paths = graph.routes["path"].tolist()
    lengths = np.fromiter((len(path) for path in paths), dtype=np.int64, count=len(paths))
    starts = np.repeat(np.cumsum(lengths) - lengths, lengths)
    stops = pd.DataFrame(
        {
            "route": np.repeat(graph.routes.index.to_numpy(), lengths),
            "step": np.arange(lengths.sum()) - starts,
            "origin": pd.Series(list(chain.from_iterable(paths)), dtype="str"),
        }
    )
    stops["end"] = stops.groupby("route", sort=False)["origin"].shift(-1).fillna("")
    return stops


def _uses(graph: RouteGraph) -> pd.DataFrame:
    """Return the graph's evidence with the two ends of each step beside it."""
    stops = route_stops(graph)
    steps = stops.loc[stops["end"] != ""]
    return graph.evidence.merge(steps, on=["route", "step"], how="inner", validate="many_to_one")


def _legs(uses: pd.DataFrame) -> pd.DataFrame:
    leg = uses["origin"] + " > " + uses["end"]
    return pd.DataFrame(
        {"kind": "leg", "id": leg, "step": uses["step"], "record_id": uses["record_id"], "status": uses["status"]}
    )


def _places(uses: pd.DataFrame, graph: RouteGraph, records: pd.DataFrame) -> pd.DataFrame:
    reached = uses.assign(id=uses["end"], at=uses["step"] + 1, reaching=True)
    left = uses.assign(id=uses["origin"], at=uses["step"], reaching=False)
    touched = pd.concat([reached, left], ignore_index=True)
    # The step that reaches a place says whether it was travelled or intended; the first place has only the next step.
    touched = touched.sort_values(["reaching", "status"], ascending=[False, True], kind="stable")
    touched["sure"] = touched["status"] != "inferred"
    keys = ["route", "record_id", "at", "id"]
    at = touched.groupby(keys, sort=False).agg(part=("part", "first"), sure=("sure", "max")).reset_index()
    named = _named(records).assign(named=True)
    at = at.merge(named, on=["record_id", "id"], how="left")
    sure = at["sure"].astype(bool) | at["named"].notna()
    on_routes = pd.DataFrame(
        {
            "kind": "place",
            "id": at["id"],
            "step": at["at"],
            "record_id": at["record_id"],
            "status": at["part"].where(sure, "inferred"),
        }
    )
    return pd.concat([on_routes, _seized_only(on_routes, graph, records)], ignore_index=True)


def _named(records: pd.DataFrame) -> pd.DataFrame:
    """Return the places and countries that each record itself names: record_id, id."""
    via = records.set_index("record_id")["via_places"].str.split(" > ").explode()
    columns = [records.set_index("record_id")[column] for column in _NAMED]
    named = pd.concat([*columns, via]).rename("id").reset_index()
    known: pd.DataFrame = named.loc[~named["id"].isin(["", UNNAMED]) & named["id"].notna()]
    return known.drop_duplicates(ignore_index=True)


def _seized_only(on_routes: pd.DataFrame, graph: RouteGraph, records: pd.DataFrame) -> pd.DataFrame:
    """Return seizures that inform the count of their place and no route, such as domestic ones."""
    found = seized_there(graph, records)
    known = pd.MultiIndex.from_frame(on_routes[["id", "record_id"]])
    new = found.loc[~pd.MultiIndex.from_frame(found).isin(known)]
    no_step = pd.Series(pd.NA, index=new.index, dtype="Int64")
    return new.assign(kind="place", step=no_step, status="travelled")


def seized_there(graph: RouteGraph, records: pd.DataFrame) -> pd.DataFrame:
    """Return where each record with events was seized, among the places of the network: id, record_id."""
    place = records["seized_place"]
    if graph.level != "place":
        place = place.where(place.isin(graph.places.index), records["seized_country"])
    found = pd.DataFrame({"id": place, "record_id": records["record_id"]})
    known: pd.DataFrame = found.loc[place.isin(graph.places.index) & (records["count"] > 0)]
    return known


def _corridors(uses: pd.DataFrame, corridors: Sequence[Corridor]) -> pd.DataFrame:
    """Return, for every step of a corridor, those of its records that are on that leg."""
    steps = pd.DataFrame(
        [
            (corridor.corridor_id, step, origin, end)
            for corridor in corridors
            for step, (origin, end) in enumerate(zip(corridor.path, corridor.path[1:], strict=False))
        ],
        columns=["id", "step", "origin", "end"],
    )
    members = pd.DataFrame(
        [(corridor.corridor_id, record) for corridor in corridors for record in corridor.record_ids],
        columns=["id", "record_id"],
    )
    found = uses.drop(columns="step").merge(steps, on=["origin", "end"]).merge(members, on=["id", "record_id"])
    return found.assign(kind="corridor")[_KEY]
