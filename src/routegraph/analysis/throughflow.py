"""Throughflow: how much passes through each place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from routegraph.analysis.scores import PlaceScores
from routegraph.analysis.summary import place_scores
from routegraph.analysis.sweep import check_aligned

if TYPE_CHECKING:
    from routegraph.flows.posterior import FlowPosterior
    from routegraph.network.graph import RouteGraph


def throughflow(graph: RouteGraph, posterior: FlowPosterior) -> PlaceScores:
    """Score each place by the consignments that set out from it, pass it or end there.

    Parameters
    ----------
    graph, posterior
        The network, and draws of flow on it.

    Returns
    -------
    PlaceScores
        Indexed by place_id: throughflow_mean, throughflow_p05, throughflow_p95 (consignments over the whole period,
        >= 0) and p_top. Places without legs stay, at the flow the posterior gives them.

    Raises
    ------
    SettingError
        The draws belong to another graph.

    Notes
    -----
    Under the estimator ``counts`` this is reported seizures with their counting error: it ranks enforcement as much
    as traffic.
    """
    check_aligned(graph, posterior)
    return place_scores(graph, posterior.places, name="throughflow", parameters={"draws": len(posterior.places)})
