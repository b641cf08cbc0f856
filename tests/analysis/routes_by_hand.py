"""Networks of whole routes by hand: paths with events, a record for each event, and draws of flow on the routes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd

from routegraph.flows.posterior import FlowPosterior, PeriodDraws
from routegraph.network.graph import RouteGraph

Case = tuple[RouteGraph, FlowPosterior]
Path = tuple[str, ...]


def network(
    paths: Sequence[Path],
    events: Sequence[int],
    *,
    flow: np.ndarray | None = None,
    layers: Sequence[tuple[int, str, str, int]] = (),
    periods: tuple[tuple[str, ...], np.ndarray] | None = None,
    per_record: int = 1,
    corrected: bool = False,
) -> Case:
    """Every route was travelled to its end; ``flow`` is draws x routes (the events where None).

    ``layers`` are rows of graph.layers; ``periods`` are names and draws x legs x periods, legs by their ends.
    """
    flow = np.asarray([events] if flow is None else flow, dtype=np.float32)
    ends = sorted({leg for path in paths for leg in pairwise(path)})
    ids = sorted({place for path in paths for place in path})
    routes = pd.DataFrame({"path": pd.Series(list(paths), dtype="object")}).rename_axis("route")
    routes["travelled_steps"] = [len(path) - 1 for path in paths]
    routes["seized_at"], routes["modes"] = "", ""
    routes["seizures"] = np.array(events, dtype=np.int64)
    rows = [
        (route, step, f"R-{route}-{k}", "travelled", "travelled", min(per_record, count - k))
        for route, (path, count) in enumerate(zip(paths, events, strict=True))
        for k in range(0, count, per_record)
        for step in range(len(path) - 1)
    ]
    evidence = pd.DataFrame(rows, columns=["route", "step", "record_id", "status", "part", "events"])
    passes, visits = np.zeros((len(paths), len(ends))), np.zeros((len(paths), len(ids)))
    for route, path in enumerate(paths):
        passes[route, [ends.index(leg) for leg in pairwise(path)]] = 1
        visits[route, [ids.index(place) for place in path]] = 1
    index = pd.MultiIndex.from_tuples(ends, names=["origin", "destination"]) if ends else pd.MultiIndex.from_arrays(
        [[], []], names=["origin", "destination"]
    )  # fmt: skip
    graph = RouteGraph(
        pd.DataFrame({"name": ids, "country": ""}, index=pd.Index(ids, name="place_id", dtype="str")),
        pd.DataFrame(index=index),
        routes, evidence, pd.DataFrame(), pd.DataFrame(),
        layers=pd.DataFrame(list(layers), columns=["route", "mode", "commodity", "seizures"]),
    )  # fmt: skip
    drawn = None
    if periods is not None:
        legs = np.asarray(periods[1], dtype=np.float32)
        drawn = PeriodDraws(periods[0], np.arange(len(legs)), legs)
    posterior = FlowPosterior(
        legs=(flow @ passes).astype(np.float32), places=(flow @ visits).astype(np.float32), routes=flow,
        by_period=pd.DataFrame(), expected=pd.Series(np.nan, index=graph.legs.index), estimator="by hand", seed=1,
        detection_corrected=corrected, periods=drawn,
    )  # fmt: skip
    return graph, posterior


def routed(case, paths, *, alone=(), draws=3):
    """Return ``case`` (the fixture of legs) with whole routes of these flows, all draws alike."""
    legs = {}
    for path, flow in paths.items():
        for leg in pairwise(path):
            legs[leg] = legs.get(leg, 0.0) + flow
    graph, posterior = case(legs, alone=alone, draws=draws)
    flows = np.tile(np.array(list(paths.values()), dtype=np.float32), (draws, 1))
    routes = pd.DataFrame({"path": list(paths), "travelled_steps": 1, "seizures": 1, "n_records": 1})
    return replace(graph, routes=routes.rename_axis("route")), replace(posterior, routes=flows)
