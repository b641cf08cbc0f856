"""What the map shows of a Briefing, as plain data: only columns that are shown, whole columns at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from routegraph.briefing.pictures import step_statuses
from routegraph.briefing.positions import within_range
from routegraph.render.map_findings import finding_data
from routegraph.render.map_levels import without_levels
from routegraph.render.map_pack import LONG_TEXT_LIMIT, clipped, numbers, numeric, packed, texts, words
from routegraph.render.map_records import record_data
from routegraph.render.map_time import time_data
from routegraph.render.map_wording import country_names, verdict_names, with_amounts

if TYPE_CHECKING:
    from routegraph.briefing.product import Briefing

PLACE_NUMBERS = (
    "seizures", "detection_mean", "detection_p05", "detection_p95", "throughflow_mean", "throughflow_p05",
    "throughflow_p95", "betweenness_mean", "betweenness_p05", "betweenness_p95", "p_top", "community",
    "community_stability",
)  # fmt: skip
PLACE_WORDS = ("country", "kind", "role", "verdict", "tlp")
LEG_WORDS = ("modes", "commodity", "quantity", "verdict", "tlp")
LEG_NUMBERS = (
    "flow_mean", "flow_p05", "flow_p95", "travelled", "intended", "inferred", "n_records", "seizures", "surprise",
)  # fmt: skip
LEG_DETAIL = ("expected", "p_excess", "p_top", "distance_km", "borders_crossed")
"""Shown where the network is small enough for the page to carry them; legs.csv always has them."""
DETAIL_UP_TO = 20_000
CORRIDOR_NUMBERS = (
    "rank", "borders_crossed", "score", "flow_mean", "flow_p05", "flow_p95", "surprise", "p_top", "seizures",
    "n_records", "rank_p05", "rank_p95",
)  # fmt: skip
CORRIDOR_TEXTS = (
    "corridor_id", "path", "countries", "modes", "commodity", "tier", "verdict", "reasons", "quantity", "record_ids",
    "tlp",
)  # fmt: skip
STATUSES = ("travelled", "intended", "inferred")
"""How a step is known, best first, as the viewer numbers them."""
SENTENCES = 2_000
"""Legs and places, busiest first, whose sentence the page carries; legs.csv and places.csv have them all."""


def case_data(briefing: Briefing) -> dict[str, Any]:
    """Return the case as the page carries it.

    Parameters
    ----------
    briefing
        Tables ``places``, ``legs``, ``corridors`` and ``evidence`` with the contract's columns.

    Returns
    -------
    dict
        Text and numbers fit for :func:`routegraph.render.map_pack.json_island`. Legs come busiest first, which is how
        the viewer thins them; a leg or corridor refers to places by their position.
    """
    briefing = without_levels(briefing)
    places = briefing.tables["places"].reset_index(drop=True)
    position = pd.Series(np.arange(len(places)), index=places["place_id"].map(str))
    legs = _drawn_legs(briefing.tables["legs"], position)
    return {
        "title": clipped(briefing.title),
        "period": clipped(briefing.period),
        "synthetic": bool(briefing.synthetic),
        "estimator": briefing.estimator,
        "border": briefing.border,
        "levelsTold": bool(briefing.levels_told),
        "marking": clipped(briefing.marking.text),
        "tlp": briefing.marking.tlp,
        "caveats": [clipped(caveat, LONG_TEXT_LIMIT) for caveat in briefing.caveats],
        "coverage": [[clipped(label), clipped(value, LONG_TEXT_LIMIT)] for label, value in briefing.coverage],
        "notEstimated": {
            clipped(str(key)): clipped(str(why), LONG_TEXT_LIMIT) for key, why in sorted(briefing.not_estimated.items())
        },
        "sources": [clipped(source, LONG_TEXT_LIMIT) for source in briefing.sources],
        "countries": country_names(places, briefing.tables["corridors"]),
        "verdicts": verdict_names((places, legs, briefing.tables["corridors"]), estimator=briefing.estimator),
        "places": _places(places),
        "legs": _legs(legs),
        "corridors": _corridors(briefing.tables["corridors"], position, statuses=step_statuses(briefing)),
        "time": time_data(briefing, legs=legs, places=places),
        **finding_data(briefing, legs=legs, position=position),
        **record_data(briefing, legs=legs, position=position),
    }


def located(places: pd.DataFrame) -> pd.DataFrame:
    """Return lat and lon of the places that have a usable position, each within its range."""
    found = pd.DataFrame({"lat": numeric(places, "lat"), "lon": numeric(places, "lon")})
    return found.loc[within_range(found["lat"], found["lon"])]


def _places(places: pd.DataFrame) -> dict[str, Any]:
    at = located(places).reindex(places.index)
    return {
        "count": len(places),
        "id": texts(places["place_id"]),
        "name": texts(places["name"]),
        "lat": packed(at["lat"]),
        "lon": packed(at["lon"]),
        **{column: words(places[column]) for column in PLACE_WORDS if column in places},
        **numbers(places, PLACE_NUMBERS),
        **_sentences(places),
    }


def _drawn_legs(legs: pd.DataFrame, position: pd.Series) -> pd.DataFrame:
    """Return the legs that carry flow, busiest first, with the positions of their ends.

    A named pair (records name both ends, the way between was inferred) is no leg: a line would show travel nobody saw.
    """
    if "named_pair" in legs.columns:
        legs = legs.loc[legs["named_pair"] != "yes"]
    ends = pd.DataFrame({side: legs[side].map(position) for side in ("origin", "destination")})
    known = ends.notna().all(axis=1)
    whole = ends.loc[known].astype(np.int64)
    found = legs.loc[known].assign(start=whole["origin"], end=whole["destination"])
    busy = found.assign(_flow=np.nan_to_num(numeric(found, "flow_mean"), nan=-1.0))
    busy = busy.sort_values(["_flow", "start", "end"], ascending=[False, True, True], ignore_index=True)
    return busy.drop(columns="_flow")


def _legs(legs: pd.DataFrame) -> dict[str, Any]:
    legs = with_amounts(legs)
    columns = LEG_NUMBERS + (LEG_DETAIL if len(legs) <= DETAIL_UP_TO else ())
    return {
        "count": len(legs),
        "start": packed(legs["start"]),
        "end": packed(legs["end"]),
        **{column: words(legs[column]) for column in LEG_WORDS if column in legs},
        **numbers(legs, columns),
        **_sentences(legs),
    }


def _sentences(table: pd.DataFrame) -> dict[str, Any]:
    """Return the sentences of the first rows, which are the busiest; nothing where the estimator gives none."""
    first = table["why"].iloc[:SENTENCES] if "why" in table.columns else pd.Series(dtype="str")
    return {"why": texts(first)} if (first != "").any() else {}


def _corridors(
    corridors: pd.DataFrame, position: pd.Series, *, statuses: dict[tuple[str, int], str]
) -> list[dict[str, Any]]:
    """Return the corridors, one mapping each; blank numbers are left out, ``steps`` says how each step is known."""
    corridors = with_amounts(corridors)
    ids = corridors["corridor_id"].tolist() if len(corridors) else []
    values = {column: numeric(corridors, column) for column in CORRIDOR_NUMBERS}
    wording = {column: texts(corridors[column], LONG_TEXT_LIMIT) for column in CORRIDOR_TEXTS if column in corridors}
    paths = corridors["path"].map(str) if len(corridors) else pd.Series(dtype="object")
    found = []
    for row, path in enumerate(paths):
        stops = [int(position.get(stop, -1)) for stop in path.split(" > ")]
        one: dict[str, Any] = {column: wording[column][row] for column in wording if wording[column][row] != ""}
        one |= {column: float(values[column][row]) for column in values if not np.isnan(values[column][row])}
        steps = [STATUSES.index(statuses.get((ids[row], step), "inferred")) for step in range(len(stops) - 1)]
        found.append(one | {"stops": stops, "steps": steps})
    return found
