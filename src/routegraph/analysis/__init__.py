"""One question a file, asked of a network and the draws of flow on it; ``ANALYSES`` lists them by name.

A new analysis is one function (RouteGraph, FlowPosterior) -> scores and one line in ``ANALYSES``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from routegraph.analysis.backbone import disparity, noise_corrected
from routegraph.analysis.betweenness import betweenness_legs, betweenness_places
from routegraph.analysis.change import change, trend
from routegraph.analysis.chokepoints import chokepoints
from routegraph.analysis.communities import communities
from routegraph.analysis.constrained import constrained_excess
from routegraph.analysis.degree import degree
from routegraph.analysis.discovery import excess
from routegraph.analysis.diversion import diversion
from routegraph.analysis.flow_communities import flow_communities
from routegraph.analysis.hubs import authorities, hubs
from routegraph.analysis.layers import commodity_participation, layer_overlap, mode_participation
from routegraph.analysis.memory import memory
from routegraph.analysis.pagerank import pagerank
from routegraph.analysis.participation import participation
from routegraph.analysis.role import role
from routegraph.analysis.scores import CaseFigures, LegScores, Partition, PathRules, PlaceScores, Scores
from routegraph.analysis.throughflow import throughflow
from routegraph.analysis.unseen import unseen
from routegraph.analysis.visits import expected_visits
from routegraph.flows.posterior import FlowPosterior
from routegraph.network.graph import RouteGraph

Analysis = Callable[[RouteGraph, FlowPosterior], Scores]

ANALYSES: Mapping[str, Analysis] = MappingProxyType(
    {
        "authorities": authorities,
        "betweenness_legs": betweenness_legs,
        "betweenness_places": betweenness_places,
        "change": change,
        "chokepoints": chokepoints,
        "commodity_participation": commodity_participation,
        "communities": communities,
        "constrained_excess": constrained_excess,
        "degree": degree,
        "disparity": disparity,
        "diversion": diversion,
        "excess": excess,
        "expected_visits": expected_visits,
        "flow_communities": flow_communities,
        "hubs": hubs,
        "layer_overlap": layer_overlap,
        "memory": memory,
        "mode_participation": mode_participation,
        "noise_corrected": noise_corrected,
        "pagerank": pagerank,
        "participation": participation,
        "role": role,
        "throughflow": throughflow,
        "unseen": unseen,
    }
)
"""Every analysis by name."""


def analyse(graph: RouteGraph, posterior: FlowPosterior) -> dict[str, Scores]:
    """Return what every analysis says, by name; what two of them need is computed once."""
    from routegraph.analysis.betweenness import betweenness

    places, legs = betweenness(graph, posterior)
    partition = communities(graph, posterior)
    shared: dict[str, Scores] = {
        "betweenness_places": places,
        "betweenness_legs": legs,
        "communities": partition,
        "participation": participation(graph, posterior, partition=partition),
    }
    return {name: shared[name] if name in shared else ask(graph, posterior) for name, ask in ANALYSES.items()}


__all__ = [
    "ANALYSES",
    "Analysis",
    "CaseFigures",
    "LegScores",
    "Partition",
    "PathRules",
    "PlaceScores",
    "Scores",
    "analyse",
    "authorities",
    "betweenness_legs",
    "betweenness_places",
    "change",
    "chokepoints",
    "commodity_participation",
    "communities",
    "constrained_excess",
    "degree",
    "disparity",
    "diversion",
    "excess",
    "expected_visits",
    "flow_communities",
    "hubs",
    "layer_overlap",
    "memory",
    "mode_participation",
    "noise_corrected",
    "pagerank",
    "participation",
    "role",
    "throughflow",
    "trend",
    "unseen",
]
