"""The network: places, the legs between them, the routes that records report, and the records behind each step."""

from __future__ import annotations

from routegraph.network.build import build_graph
from routegraph.network.graph import RouteGraph
from routegraph.network.transits import Licit, aggregate_transits

__all__ = ["Licit", "RouteGraph", "aggregate_transits", "build_graph"]
