"""Networks from routes given by hand: path, events, steps travelled, source, mode."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from routegraph.flows.posterior import FlowPosterior
from routegraph.network.graph import CONSIGNMENT_COLUMNS, RouteGraph

Case = tuple[RouteGraph, FlowPosterior]
ORDER = ("CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED")


@dataclass(frozen=True)
class Route:
    """One route with one record an event; ``named`` are the places that the record names (default: all)."""

    path: tuple[str, ...]
    events: int = 1
    travelled: int | None = None
    source: str = "agency"
    tlp: str = "CLEAR"
    mode: str = "road"
    named: tuple[str, ...] = ()

    @property
    def done(self) -> int:
        return len(self.path) - 1 if self.travelled is None else self.travelled

    def status(self, step: int) -> str:
        if self.named and not {self.path[step], self.path[step + 1]} <= {*self.named}:
            return "inferred"
        return "travelled" if step < self.done else "intended"


def country(place: str) -> str:
    return place.split("-", maxsplit=1)[0]


def build(routes: Sequence[Route], *, draws: int = 200, seed: int = 0, shape: float = 0.5) -> Case:
    """Places named ``AAA-x`` lie in country AAA; draws are gamma(events + shape), as counts alone would have it."""
    grouped: dict[tuple[tuple[str, ...], int], list[tuple[int, Route]]] = {}
    for number, route in enumerate(routes):
        grouped.setdefault((route.path, route.done), []).append((number, route))
    keys = sorted(grouped, key=lambda key: (" > ".join(key[0]), key[1]))
    legs: dict[tuple[str, str], dict[str, object]] = {}
    evidence = []
    seized: dict[str, tuple[str, float, str, str]] = {}
    for k, key in enumerate(keys):
        for number, route in grouped[key]:
            for event in range(min(route.events, 3)):
                seized[f"r{number:05d}-{event}"] = ("arms.firearm", np.nan, "", route.source)
            for step, leg in enumerate(pairwise(route.path)):
                row = legs.setdefault(
                    leg,
                    {"travelled": 0, "intended": 0, "inferred": 0, "seizures": 0, "sources": set(), "tlp": "CLEAR",
                     "modes": set()},
                )  # fmt: skip
                row["seizures"] += route.events if step < route.done else 0
                row[route.status(step)] += route.events
                row["sources"].add(route.source)
                row["modes"].add(route.mode)
                row["tlp"] = max(row["tlp"], route.tlp, key=ORDER.index)
                part = "travelled" if step < route.done else "intended"
                evidence += [
                    (k, step, f"r{number:05d}-{event}", route.status(step), part, route.events - 2 if event == 2 else 1)
                    for event in range(min(route.events, 3))
                ]
    ends = sorted(legs)
    table = pd.DataFrame(
        [legs[leg] for leg in ends], index=pd.MultiIndex.from_tuples(ends, names=["origin", "destination"])
    )
    table["borders_crossed"] = [int(country(a) != country(b)) for a, b in ends]
    for column in ("sources", "modes"):
        table[column] = ["; ".join(sorted(cell)) for cell in table[column]]
    events = np.array([sum(route.events for _, route in grouped[key]) for key in keys])
    route_table = pd.DataFrame(
        {
            "path": [key[0] for key in keys], "travelled_steps": [key[1] for key in keys],
            "seized_at": [key[0][key[1]] for key in keys], "seizures": events,
            "n_records": [len(grouped[key]) for key in keys],
            "modes": ["; ".join(sorted({route.mode for _, route in grouped[key]})) for key in keys],
            "commodity": "arms.firearm", "quantity_seized": "", "unit": "",
            "sources": ["; ".join(sorted({route.source for _, route in grouped[key]} - {""})) for key in keys],
            "tlp": [max((route.tlp for _, route in grouped[key]), key=ORDER.index) for key in keys],
        }
    ).rename_axis("route")  # fmt: skip
    ids = sorted({place for leg in ends for place in leg})
    places = pd.DataFrame(
        {"name": ids, "country": [country(one) for one in ids], "seizures": 0}, index=pd.Index(ids, name="place_id")
    )
    flow = np.random.default_rng(seed).gamma(events + shape, 1.0, (draws, len(keys))).astype(np.float32)
    on = np.array([[leg in list(pairwise(key[0]))[: key[1]] for leg in ends] for key in keys], dtype=float)
    at = np.array([[place in key[0][: key[1] + 1] for place in ids] for key in keys], dtype=float)
    empty = pd.DataFrame()
    graph = RouteGraph(
        places, table, route_table,
        pd.DataFrame(evidence, columns=["route", "step", "record_id", "status", "part", "events"]), empty, empty,
        consignments=pd.DataFrame.from_dict(seized, orient="index", columns=list(CONSIGNMENT_COLUMNS)),
    )  # fmt: skip
    posterior = FlowPosterior(
        legs=(flow @ on).astype(np.float32), places=(flow @ at).astype(np.float32), routes=flow, by_period=empty,
        expected=pd.Series(np.nan, index=table.index), estimator="counts", seed=seed, detection_corrected=False,
    )  # fmt: skip
    return graph, posterior


@pytest.fixture
def case() -> Callable[..., Case]:
    """Return the builder of networks from routes."""
    return build


@pytest.fixture
def route() -> type[Route]:
    """Return the kind of route that the builder takes."""
    return Route
