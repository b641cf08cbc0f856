"""First appearances: where flow of goods that may have a licit side sets out, and where traces say it was diverted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from routegraph.analysis.sweep import thinned

if TYPE_CHECKING:
    from collections.abc import Mapping

    from routegraph.flows.posterior import FlowPosterior
    from routegraph.network.graph import RouteGraph

CELLS = 3_000_000
"""Numbers that all draws together may cost; sizes decide how many draws are used, never the clock."""
PLACES_PER_FIRST, PLACES_PER_ROW = 40, 10
"""What a place of first appearance, and any place, costs of those: numbers held and drawn."""
NEVER_LICIT = (
    "drugs.ats", "drugs.cannabis", "drugs.coca", "drugs.cocaine", "drugs.hallucinogen", "drugs.heroin", "drugs.nps",
    "counterfeit",
)  # fmt: skip
"""Branches of the taxonomy that have no licit trade to be diverted from; all else, and goods not stated, may."""


@dataclass(frozen=True)
class Appearances:
    """What of the case has a licit side: where it first appears, and what traces say of it.

    Attributes
    ----------
    places
        Ids of all places of the network, sorted.
    first
        Positions of the places where routes begin.
    flow
        Draws x those places: consignments that set out there.
    traces
        Rows of (position in ``first``, position in ``places`` of the place of diversion, events).
    parameters
        What was used and what was left out, for ``run.json``.
    """

    places: np.ndarray
    first: np.ndarray
    flow: np.ndarray
    traces: np.ndarray
    parameters: Mapping[str, object]

    @classmethod
    def of(cls, graph: RouteGraph, posterior: FlowPosterior) -> Appearances:
        """Read them from a network and its draws."""
        places = np.sort(graph.places.index.to_numpy(dtype=str))
        begins = pd.Index(places, dtype="str").get_indexer(graph.routes["path"].map(_start).astype("str"))
        sided = _licit_sided(graph)
        used = np.flatnonzero((sided > 0) & (begins >= 0))
        first, column = np.unique(begins[used], return_inverse=True)
        visits = PLACES_PER_FIRST * len(first) + PLACES_PER_ROW * len(places)
        draw = thinned(len(posterior.routes), visits=visits, budget=CELLS)
        flow = np.zeros((len(draw), len(first)))
        # In the order of the paths, whatever that of the table: the last bits of a sum depend on it.
        text = graph.routes["path"].map(" > ".join).to_numpy(dtype=str)[used]
        steps = graph.routes["travelled_steps"].to_numpy(dtype=np.int64)[used]
        for k in np.lexsort((steps, text)):
            flow[:, column[k]] += posterior.routes[draw, used[k]].astype(np.float64) * sided[used[k]]
        traces, said = _traces(graph, places, begins=begins, first=first)
        return cls(places, first, flow, traces, {"draws": len(draw), **said})


def _start(path: tuple[str, ...]) -> str:
    return path[0] if len(path) else ""


def _licit_sided(graph: RouteGraph) -> np.ndarray:
    """Return per route the share of its events whose goods may have a licit side; the case's where it has none."""
    layers = graph.layers
    if not len(layers):
        return np.ones(len(graph.routes))
    events = layers["seizures"].to_numpy(np.float64)
    may = events * ~_never(layers["commodity"])
    route = graph.routes.index.get_indexer(pd.Index(layers["route"]))
    of_route, held = (
        np.bincount(route[route >= 0], weights=of[route >= 0], minlength=len(graph.routes)) for of in (events, may)
    )
    whole = may.sum() / events.sum() if events.sum() else 1.0
    return np.where(of_route > 0, held / np.where(of_route > 0, of_route, 1.0), whole)


def _never(commodity: pd.Series) -> np.ndarray:
    text = commodity.astype("str")
    return np.asarray(text.isin(NEVER_LICIT) | text.str.startswith(tuple(f"{one}." for one in NEVER_LICIT)))


def _traces(
    graph: RouteGraph, places: np.ndarray, *, begins: np.ndarray, first: np.ndarray
) -> tuple[np.ndarray, dict[str, object]]:
    """Return rows of (position in first, place of diversion, events), and what is said of tracing."""
    table = graph.traces[~_never(graph.traces["commodity"])]
    route = graph.routes.index.get_indexer(pd.Index(table["route"]))
    on_route = table[route >= 0].assign(at=begins[route[route >= 0]])
    made = on_route[on_route["diverted_at"] != ""]
    known = made["diverted_at"].isin(places) & np.isin(made["at"], first)
    rows = pd.DataFrame(
        {
            "at": np.searchsorted(first, made.loc[known, "at"]),
            "named": np.searchsorted(places, made.loc[known, "diverted_at"].to_numpy(dtype=str)),
            "events": made.loc[known, "events"].astype(np.int64),
        }
    )
    summed = rows.groupby(["at", "named"], sort=True)["events"].sum().reset_index()
    moved = float(graph.routes["seizures"].sum()) if len(graph.routes) else 0.0
    said: dict[str, object] = {
        "traced_events": int(made["events"].sum()),
        "traced_share": float(made["events"].sum() / moved) if moved else 0.0,
        "traces_of_events_on_no_route": int(table.loc[(route < 0) & (table["diverted_at"] != ""), "events"].sum()),
    }
    return np.asarray(summed.to_numpy(dtype=np.int64).reshape(-1, 3)), said
