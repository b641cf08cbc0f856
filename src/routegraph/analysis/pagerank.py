"""PageRank: where a consignment would be found that keeps moving along the flow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from routegraph.analysis.scores import PlaceScores
from routegraph.analysis.summary import place_scores
from routegraph.analysis.sweep import check_aligned, flowing, joined, thinned

if TYPE_CHECKING:
    from routegraph.flows.posterior import FlowPosterior
    from routegraph.network.graph import RouteGraph

DAMPING = 0.85
LEG_VISITS = 100_000_000
VISITS_PER_LEG = 100
"""A solution of one draw costs about a hundred passes over its legs."""


def pagerank(graph: RouteGraph, posterior: FlowPosterior) -> PlaceScores:
    """Score each place by PageRank on strength: it is fed by places that are themselves fed.

    Parameters
    ----------
    graph, posterior
        The network, and draws of flow on it; the flow of a leg is its *strength*, never a distance.

    Returns
    -------
    PlaceScores
        Indexed by place_id: pagerank_mean, pagerank_p05, pagerank_p95 (sum to 1 over places in each draw) and
        p_top. Every place that a leg joins gets something; a place without legs has 0.

    Raises
    ------
    SettingError
        The draws belong to another graph.

    Notes
    -----
    Damping 0.85; a place that nothing leaves restarts anywhere. Under ``counts`` flow ends where it was seized, so
    that places with much enforcement are ends and rank high.

    References
    ----------
    Brin & Page 1998, doi 10.1016/S0169-7552(98)00110-X.
    """
    check_aligned(graph, posterior)
    taking_part, ends = joined(graph)
    n = len(taking_part)
    chosen = thinned(len(posterior.legs), visits=VISITS_PER_LEG * (n + len(ends)), budget=LEG_VISITS)
    scores = np.zeros((len(chosen), len(graph.places)))
    for turn, draw in enumerate(chosen):
        view, _, _, strength = flowing(ends, posterior.legs[draw].astype(np.float64), places=n)
        if n:
            scores[turn, taking_part] = view.pagerank(weights=strength.tolist() or None, damping=DAMPING, directed=True)
    return place_scores(graph, scores, name="pagerank", parameters={"damping": DAMPING, "draws": len(chosen)})
