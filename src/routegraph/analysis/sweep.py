"""How an analysis goes over posterior draws: which draws, as which graph, at which cost of a step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from routegraph.errors import SettingError

if TYPE_CHECKING:
    import igraph

    from routegraph.flows.posterior import FlowPosterior
    from routegraph.network.graph import RouteGraph

MIN_DRAWS = 20


def check_aligned(graph: RouteGraph, posterior: FlowPosterior) -> None:
    """Raise ``SettingError`` where the draws belong to another graph than this one."""
    found = posterior.legs.shape[1], posterior.places.shape[1], posterior.routes.shape[1]
    expected = len(graph.legs), len(graph.places), len(graph.routes)
    if found != expected:
        raise SettingError(f"draws are of {found} legs, places and routes; expected {expected}, those of this graph")


def thinned(available: int, *, visits: int, budget: int) -> np.ndarray:
    """Return which draws to use: evenly spaced, as many as ``budget`` leg visits pay for, at least ``MIN_DRAWS``.

    The rule knows sizes only, never the time, so that a slow machine gives the same bytes as a fast one.
    """
    use = min(available, max(MIN_DRAWS, budget // max(visits, 1)))
    return np.arange(use) * available // max(use, 1)


def next_step_cost(origin: np.ndarray, strength: np.ndarray) -> np.ndarray:
    """Return the cost 1 - ln P of each leg, P being its share of the flow that leaves its origin.

    Brockmann & Helbing 2013, doi 10.1126/science.1245200: the most probable way is the shortest. ``strength`` must
    be positive; the cost is at least 1, and equals it where a place has one way on.
    """
    leaving = np.bincount(origin, weights=strength)[origin]
    return np.asarray(1.0 - np.log(strength / leaving))


def joined(graph: RouteGraph) -> tuple[np.ndarray, pd.DataFrame]:
    """Return the positions of the places that a leg joins to others, and the ends of legs as positions among those.

    Places that only licit movement names, or only domestic records, take no part in ways: measures of ways that
    counted them would fall whenever somebody brings a longer list of ports.
    """
    ends = graph.leg_ends()
    taking_part, compact = np.unique(ends.to_numpy(), return_inverse=True)
    return taking_part, pd.DataFrame(compact.reshape(-1, 2), columns=ends.columns)


def flowing(
    ends: pd.DataFrame, strength: np.ndarray, *, places: int
) -> tuple[igraph.Graph, np.ndarray, np.ndarray, np.ndarray]:
    """Return the graph of legs that carry flow in one draw, their positions, their origins and their strength."""
    import igraph

    used = np.flatnonzero(strength > 0)
    pairs = ends.to_numpy()[used]
    return igraph.Graph(n=places, edges=pairs.tolist(), directed=True), used, pairs[:, 0], strength[used]
