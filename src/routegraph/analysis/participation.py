"""Participation: whether a place's traffic stays in its community or is spread over several."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from routegraph.analysis.canonical import CanonicalLegs
from routegraph.analysis.communities import communities
from routegraph.analysis.summary import place_scores
from routegraph.analysis.sweep import check_aligned

if TYPE_CHECKING:
    from routegraph.analysis.scores import Partition, PlaceScores
    from routegraph.flows.posterior import FlowPosterior
    from routegraph.network.graph import RouteGraph

CONNECTOR = 0.62
"""Guimera & Amaral's line between peripheral places and connectors, where communities are many."""

OWN_SHARE = 0.6
"""The share of its flow in one community that their line stands for."""


def participation(graph: RouteGraph, posterior: FlowPosterior, *, partition: Partition | None = None) -> PlaceScores:
    """Score each place by how evenly its flow is spread over the communities, and mark gateways between them.

    Parameters
    ----------
    graph, posterior
        The network, and draws of flow on it; flow in and out of a place counts alike.
    partition
        One partition for all draws; that of ``communities(graph, posterior)`` where None.

    Returns
    -------
    PlaceScores
        Indexed by place_id: participation_mean, participation_p05, participation_p95 (0 = all its flow is with one
        community, towards 1 - 1/C = spread evenly over C), ``gateway`` (yes where the participation is above
        ``parameters["gateway_above"]`` in more than half of the draws, else no; '' without flow or communities) and
        ``gateway_probability`` (share of draws above it). Where there is no community structure all scores are 0 and
        ``parameters["not_estimated"]`` says so.

    Raises
    ------
    SettingError
        The draws belong to another graph.

    Notes
    -----
    P_i = 1 - sum_c (k_ic / k_i)^2. Guimera & Amaral put connectors above 0.62, which with two or three communities is
    out of reach for all. Their reason, that less than 60 % is with one community, gives the line used: 1 - 0.6^2 -
    0.4^2 / (C - 1), the participation with 60 % in one community and the rest even over the others, at most 0.62. It
    reads the spread of flow, not its volume: one consignment each way makes a gateway of a place nobody else uses.
    Look at throughflow beside it. The partition is taken as known; ``stability`` of communities says how well it is.

    References
    ----------
    Guimera & Amaral 2005, doi 10.1038/nature03288.
    """
    check_aligned(graph, posterior)
    partition = communities(graph, posterior) if partition is None else partition
    community = partition.table["community"].reindex(graph.places.index).to_numpy(dtype=np.int64)
    count = int(community.max(initial=0))
    line = gateway_line(count)
    rows, flows = _spread(graph, posterior, community)
    parameters: dict[str, object] = {"communities": count, "gateway_above": line, "draws": len(rows)}
    if count == 0:
        rows = np.zeros_like(rows)
        parameters["not_estimated"] = "no community structure: there is nothing to be spread over"
    scores = place_scores(graph, rows, name="participation", parameters=parameters)
    above = (rows > line).mean(axis=0) if len(rows) else np.zeros(len(graph.places))
    told = flows & (count > 0)
    table = scores.table.assign(
        gateway=np.where(told, np.where(above > 0.5, "yes", "no"), ""),
        gateway_probability=np.where(told, above, np.nan),
    )
    return replace(scores, table=table)


def gateway_line(communities: int) -> float:
    """Return the participation above which a place is a gateway, given how many communities there are."""
    if communities < 2:
        return CONNECTOR
    return min(CONNECTOR, 1 - OWN_SHARE**2 - (1 - OWN_SHARE) ** 2 / (communities - 1))


def _spread(graph: RouteGraph, posterior: FlowPosterior, community: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return draws x places of participation (0 without flow), and which places have flow in some draw."""
    legs = CanonicalLegs.of(graph)
    n, groups = len(legs.place), int(community.max(initial=0)) + 1
    at = community[legs.place]
    cell = np.concatenate([legs.origin * groups + at[legs.end], legs.end * groups + at[legs.origin]])
    rows = np.zeros((len(posterior.legs), n))
    flows = np.zeros(n, dtype=bool)
    for draw in range(len(rows)):
        strength = legs.strength(posterior, draw)
        both = np.bincount(cell, np.concatenate([strength, strength]), minlength=n * groups)
        held = both.astype(np.float64).reshape(n, groups)
        total = held.sum(axis=1)
        share = np.divide(held, total[:, None], out=np.zeros_like(held), where=total[:, None] > 0)
        rows[draw] = np.where(total > 0, np.maximum(1 - (share**2).sum(axis=1), 0.0), 0.0)
        flows |= total > 0
    everywhere = legs.to_places(flows[None, :].astype(np.float64), places=len(graph.places))[0] > 0
    return legs.to_places(rows, places=len(graph.places)), everywhere
