"""Degree: how many legs join each place to others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from routegraph.analysis.scores import PlaceScores
from routegraph.analysis.summary import place_scores
from routegraph.analysis.sweep import check_aligned

if TYPE_CHECKING:
    from routegraph.flows.posterior import FlowPosterior
    from routegraph.network.graph import RouteGraph


def degree(graph: RouteGraph, posterior: FlowPosterior) -> PlaceScores:
    """Score each place by the number of legs that leave it plus the number that reach it.

    Parameters
    ----------
    graph, posterior
        The network, intended legs included; the draws are not used, as a count of legs has no draws.

    Returns
    -------
    PlaceScores
        Indexed by place_id: degree_mean, degree_p05, degree_p95 (all three the same whole number) and p_top (1 for
        the top ones; ties at the edge share).

    Raises
    ------
    SettingError
        The draws belong to another graph.

    Notes
    -----
    One record is enough for a leg, so degree grows with reporting effort: a country that reports everything leads.
    It is here to compare with published networks, not to rank by.

    References
    ----------
    Giommoni, Berlusconi & Aziani 2021, doi 10.1007/s10610-020-09473-0.
    """
    check_aligned(graph, posterior)
    ends = graph.leg_ends().to_numpy()
    counted = np.bincount(ends.ravel(), minlength=len(graph.places))[None, :]
    return place_scores(graph, counted, name="degree", parameters={"direction": "in plus out", "draws": 0})
