"""The network: places, the legs between them, the routes that records report, and the records behind each step."""

from __future__ import annotations

from routegraph.network.build import build_graph
from routegraph.network.candidates import CandidateRoutes, candidate_routes
from routegraph.network.completion import complete_graph, complete_with_least_cost
from routegraph.network.graph import RouteGraph
from routegraph.network.reports import Reports, distinct_reports
from routegraph.network.transits import Licit, aggregate_transits

__all__ = [
    "CandidateRoutes",
    "Licit",
    "Reports",
    "RouteGraph",
    "aggregate_transits",
    "build_graph",
    "candidate_routes",
    "complete_graph",
    "complete_with_least_cost",
    "distinct_reports",
]
