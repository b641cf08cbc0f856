"""Role: whether traffic starts at a place, passes it, or ends there."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from routegraph.analysis.scores import PlaceScores
from routegraph.analysis.summary import place_scores
from routegraph.analysis.sweep import check_aligned

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from routegraph.flows.posterior import FlowPosterior
    from routegraph.network.graph import RouteGraph

TWICE = 1 / 3
"""Balance at which one side is twice the other: (2 - 1) / (2 + 1)."""


def role(graph: RouteGraph, posterior: FlowPosterior) -> PlaceScores:
    """Say whether each place is a source, a transit place or a destination of the routes that name it.

    Parameters
    ----------
    graph, posterior
        The network, and draws of flow on its routes. Whole routes count, intended steps included: a consignment
        seized at a port on its way elsewhere makes that port a transit place, not a destination.

    Returns
    -------
    PlaceScores
        Indexed by place_id: balance_mean, balance_p05, balance_p95 ((out - in) / (out + in), -1 to 1; 0 without
        flow), p_top, ``role`` (source where out is at least twice in on the mean, destination where in is at least
        twice out, else transit; '' without flow) and ``role_probability`` (share of draws that give this role).

    Raises
    ------
    SettingError
        The draws belong to another graph.

    Notes
    -----
    Where records name no origin or no onward destination, the first and last place that they do name look like
    source and destination.
    """
    check_aligned(graph, posterior)
    leaves, reaches = _steps(graph)
    routes = posterior.routes.astype(np.float64)
    out, into = routes @ leaves, routes @ reaches
    total = out + into
    balance = np.divide(out - into, total, out=np.zeros_like(total), where=total > 0)
    names = np.array(["destination", "transit", "source"])

    def named(value: np.ndarray) -> np.ndarray:
        return np.asarray((value >= TWICE).astype(int) - (value <= -TWICE).astype(int) + 1)

    mean = named(balance.mean(axis=0)) if len(balance) else np.ones(len(graph.places), dtype=int)
    flows = total.max(axis=0, initial=0.0) > 0
    scores = place_scores(graph, balance, name="balance", parameters={"twice": TWICE, "draws": len(balance)})
    table = scores.table.assign(
        role=np.where(flows, names[mean], ""),
        role_probability=np.where(flows, (named(balance) == mean).mean(axis=0), np.nan),
    )
    return replace(scores, table=table)


def _steps(graph: RouteGraph) -> tuple[csr_array, csr_array]:
    """Return routes x places twice: how often a route leaves a place, and how often it reaches it."""
    from scipy.sparse import csr_array

    paths = [tuple(path) for path in graph.routes["path"]]
    length = np.array([len(path) for path in paths], dtype=np.int64)
    place = graph.places.index.get_indexer(pd.Index(list(chain.from_iterable(paths)), dtype="str"))
    route = np.repeat(np.arange(len(paths)), length)
    ends = np.cumsum(length)[length > 0] - 1
    last = np.zeros(len(place), dtype=bool)
    last[ends] = True
    first = np.zeros(len(place), dtype=bool)
    first[(ends - length[length > 0]) + 1] = True
    shape = (len(paths), len(graph.places))

    def counted(use: np.ndarray) -> csr_array:
        return csr_array((np.ones(use.sum()), (route[use], place[use])), shape=shape)

    return counted(~last), counted(~first)
