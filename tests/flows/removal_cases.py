"""Small cases for removal sampling, made by hand: places, routes, reports in the documented shapes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from routegraph.network.candidates import CandidateRoutes
from routegraph.network.graph import RouteGraph
from routegraph.network.reports import Reports

REPORT: dict[str, Any] = {
    "origin": "", "seized": "", "destination": "", "vias_before": (), "vias_after": (), "basis": 0, "source": "s",
    "place_only": False, "domestic": False, "events": 1,
}  # fmt: skip


def graph_of(
    places: Mapping[str, str], *, level: str = "place", regions: Mapping[str, str] | None = None
) -> RouteGraph:
    """Return a graph that holds these places (id -> country) and their countries, and no legs."""
    wide = {} if level == "country" else {country: country for country in sorted({*places.values()} - {""})}
    wide |= {region: region[:3] for region in sorted({*(regions or {}).values()})}
    held = {**wide, **places}
    table = pd.DataFrame({"country": pd.Series(held, dtype="str")}).sort_index()
    own = {**(regions or {}), **{region: region for region in (regions or {}).values()}}
    table["region"] = pd.Series([own.get(str(one), "") for one in table.index], index=table.index, dtype="str")
    table["kind"], table["lat"], table["lon"] = "city", 0.0, 0.0
    none = pd.DataFrame()
    index = pd.MultiIndex.from_arrays([[], []], names=["origin", "destination"])
    legs = pd.DataFrame({"licit": pd.Series(dtype=float)}, index=index)
    return RouteGraph(table.rename_axis("place_id"), legs, none, none, none, none, level=level)


def candidates_of(
    paths: Sequence[Sequence[str]],
    *,
    excess: Sequence[float] | None = None,
    licit: Mapping[tuple[str, str], float] | None = None,
    pairs: Mapping[tuple[str, str], Mapping[str, Any]] | None = None,
) -> CandidateRoutes:
    """Return candidate routes of these paths."""
    ends = sorted({(path[0], path[-1]) for path in paths})
    table = pd.DataFrame(ends, columns=["origin", "destination"]).astype("str")
    for name, plain in (("distance_km", 100.0), ("licit", np.nan), ("borders", 1), ("reported", True)):
        table[name] = [(pairs or {}).get(end, {}).get(name, plain) for end in ends]
    order = sorted(range(len(paths)), key=lambda k: (ends.index((paths[k][0], paths[k][-1])), " > ".join(paths[k])))
    routes = pd.DataFrame(
        {
            "path": [tuple(paths[k]) for k in order],
            "modes": ["; ".join(["road"] * (len(paths[k]) - 1)) for k in order],
            "pair": [ends.index((paths[k][0], paths[k][-1])) for k in order],
            "cost": 1.0,
            "excess": [excess[k] if excess else 0.0 for k in order],
            "path_size": 0.0,
        }
    )
    steps = sorted({step for path in paths for step in pairwise(path)})
    links = pd.DataFrame(steps, columns=["origin", "destination"]).astype("str").assign(mode="road", distance_km=1.0)
    links["licit"] = [(licit or {}).get(step, np.nan) for step in steps]
    return CandidateRoutes(links, routes, table)


def reports_of(rows: Sequence[Mapping[str, Any]], *, periods: Sequence[tuple[int, str, int]] = ()) -> Reports:
    """Return reports, numbered as given; periods as (report, year, events)."""
    filled = [{**REPORT, **row} for row in rows]
    for row, given in zip(filled, rows, strict=True):
        if "place_only" not in given:
            named = (row["origin"], row["destination"], *row["vias_before"], *row["vias_after"])
            row["place_only"] = bool(row["seized"]) and not any(named)
    table = pd.DataFrame(filled, columns=list(REPORT)).rename_axis("report")
    table = table.astype({"origin": "str", "seized": "str", "destination": "str", "source": "str", "basis": "int8"})
    dated = list(periods) or [(q, "2020", int(row["events"])) for q, row in enumerate(filled)]
    frame = pd.DataFrame(dated, columns=["report", "period", "events"]).assign(commodity="drugs")
    return Reports(table, pd.Series(dtype="int64"), frame.astype({"period": "str"}))


def effort_of(rows: Sequence[tuple[str, str, str, float, str]]) -> pd.DataFrame:
    """Return an effort frame of (period, place id, country, inspections, reported)."""
    frame = pd.DataFrame(rows, columns=["period", "place_id", "country", "inspections", "reported"])
    text = dict.fromkeys(("period", "place_id", "country", "reported"), "str")
    return frame.astype({**text, "inspections": "float64"}).assign(place="", file="", row=2)
