"""Graphs made by hand: flows need nothing of a network but its tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from routegraph.network import RouteGraph

Row = tuple[Sequence[str], int, Mapping[str, int]]


def graph_of(rows: Sequence[Row], *, domestic: Mapping[str, int] | None = None) -> RouteGraph:
    """Return a graph of routes (places, travelled steps, events by period) and events at places that have no route."""
    domestic = domestic or {}
    events = [sum(periods.values()) for _, _, periods in rows]
    routes = pd.DataFrame(
        {
            "path": pd.Series([tuple(path) for path, _, _ in rows], dtype="object"),
            "travelled_steps": pd.Series([steps for _, steps, _ in rows], dtype="int64"),
            "seized_at": pd.Series([path[steps] for path, steps, _ in rows], dtype="str"),
            "seizures": pd.Series(events, dtype="int64"),
        }
    ).rename_axis("route")
    ids = sorted({place for path, _, _ in rows for place in path} | set(domestic))
    seized = routes.groupby("seized_at")["seizures"].sum().reindex(ids, fill_value=0)
    places = pd.DataFrame({"seizures": seized + pd.Series(domestic, dtype="int64").reindex(ids, fill_value=0)})
    ends = sorted({step for path, _, _ in rows for step in pairwise(path)})
    index = pd.MultiIndex.from_frame(pd.DataFrame(ends, columns=["origin", "destination"], dtype="str"))
    counted = dict.fromkeys(ends, 0)
    for (path, steps, _), n in zip(rows, events, strict=True):
        for step in dict.fromkeys(pairwise(path[: steps + 1])):
            counted[step] += n
    legs = pd.DataFrame({"seizures": [counted[end] for end in ends], "licit": np.nan}, index=index)
    dated = [(k, period, n) for k, (_, _, periods) in enumerate(rows) for period, n in sorted(periods.items())]
    periods = pd.DataFrame(dated, columns=["route", "period", "seizures"]).astype(
        {"route": "int64", "seizures": "int64"}
    )
    none = pd.DataFrame()
    return RouteGraph(places.rename_axis("place_id"), legs, routes, none, periods.astype({"period": "str"}), none)


@pytest.fixture
def graph() -> Callable[..., RouteGraph]:
    return graph_of
