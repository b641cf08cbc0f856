"""What must be said of a leg, place or corridor whose evidence is thin or comes from one source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from routegraph.network.graph import RouteGraph

FEWEST_EVENTS = 5
"""Below this many events nothing is concluded: the 90 % interval of a rate behind 4 events spans a factor above six."""

LOST = 2 / 3
"""A corridor that loses more than this share of its events without one source rests on that source."""

INSUFFICIENT, SINGLE_SOURCE, NOTHING = "insufficient", "single_source", ""


def verdict(events: float, sole: Mapping[str, float], *, case_sources: int) -> str:
    """Return ``insufficient``, ``single_source`` or an empty text.

    Parameters
    ----------
    events
        Seizure events of the leg, place or corridor.
    sole
        Events that only this source reports, by source: what is lost when it is left out.
    case_sources
        Sources of the whole case; with one, leaving it out asks nothing.

    Notes
    -----
    ``single_source``: without one source fewer than ``FEWEST_EVENTS`` remain, or more than ``LOST`` is gone.
    """
    if events < FEWEST_EVENTS:
        return INSUFFICIENT
    lost = max(sole.values(), default=0.0)
    if case_sources > 1 and lost > 0 and (events - lost < FEWEST_EVENTS or lost > LOST * events):
        return SINGLE_SOURCE
    return NOTHING


def sources_of(cells: pd.Series) -> pd.Series:
    """Return each cell's sources as a sorted tuple."""
    return cells.map(lambda cell: tuple(sorted({one.strip() for one in str(cell).split(";")} - {""})))


def case_sources(graph: RouteGraph) -> tuple[str, ...]:
    """Return every source of the case, sorted."""
    return tuple(sorted({one for cell in sources_of(graph.legs["sources"]) for one in cell}))


def leg_verdicts(graph: RouteGraph) -> pd.Series:
    """Return the verdict on each leg, indexed by (origin, destination).

    Events are all that use the leg, whether travelled, intended or inferred.
    """
    events, sources, n = leg_events(graph), sources_of(graph.legs["sources"]), len(case_sources(graph))
    found = [
        verdict(count, {cell[0]: count} if len(cell) == 1 else {}, case_sources=n)
        for count, cell in zip(events, sources, strict=True)
    ]
    return pd.Series(found, index=graph.legs.index, dtype="str", name="verdict")


def leg_events(graph: RouteGraph) -> pd.Series:
    """Return the events on each leg: travelled, intended and inferred."""
    return graph.legs[["travelled", "intended", "inferred"]].sum(axis=1).astype(np.float64)


def place_verdicts(graph: RouteGraph) -> pd.Series:
    """Return the verdict on each place, indexed by place_id.

    Events are the seizures made there, or those on the legs that reach or leave it where they are more. Sources are
    those of its legs: a place without legs is never ``single_source``.
    """
    events, sources, n = leg_events(graph), sources_of(graph.legs["sources"]), len(case_sources(graph))
    sides = []
    for side in ("origin", "destination"):
        ends = graph.legs.index.get_level_values(side)
        sides.append((events.groupby(ends).sum(), sources.groupby(ends).sum()))
    found = []
    for place, seized in graph.places["seizures"].items():
        count = max(float(seized), *(float(by_end.get(place, 0.0)) for by_end, _ in sides))
        named = sorted({one for _, by_end in sides for one in by_end.get(place, ())})
        found.append(verdict(count, {named[0]: count} if len(named) == 1 else {}, case_sources=n))
    return pd.Series(found, index=graph.places.index, dtype="str", name="verdict")
