"""Find the corridors in seizure and transit records, with the evidence and the uncertainty behind each.

Records -> network -> flows -> analysis -> corridors -> briefing -> files: the rooms and the names below. Each
name is loaded when it is first used, so that importing routegraph stays light.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version as _installed_version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from routegraph.corridors import Corridor, find_corridors
    from routegraph.errors import RoutegraphError
    from routegraph.flows import FlowPosterior, estimate_counts
    from routegraph.network import RouteGraph, build_graph
    from routegraph.places import Gazetteer
    from routegraph.records import RecordBatch, load_profile, read_effort, read_places, read_seizures, read_transits
    from routegraph.render.explore import explore
    from routegraph.render.export import export
    from routegraph.render.map_shell import safe_html
    from routegraph.render.plot import plot
    from routegraph.run import Result, run_case
    from routegraph.settings import Settings

_HOMES = {
    "Corridor": "corridors",
    "FlowPosterior": "flows",
    "Gazetteer": "places",
    "RecordBatch": "records",
    "Result": "run",
    "RouteGraph": "network",
    "RoutegraphError": "errors",
    "Settings": "settings",
    "build_graph": "network",
    "estimate_counts": "flows",
    "explore": "render.explore",
    "export": "render.export",
    "find_corridors": "corridors",
    "load_profile": "records",
    "plot": "render.plot",
    "read_effort": "records",
    "read_places": "records",
    "read_seizures": "records",
    "read_transits": "records",
    "run_case": "run",
    "safe_html": "render.map_shell",
}

__all__ = [
    "Corridor",
    "FlowPosterior",
    "Gazetteer",
    "RecordBatch",
    "Result",
    "RouteGraph",
    "RoutegraphError",
    "Settings",
    "__version__",
    "build_graph",
    "estimate_counts",
    "explore",
    "export",
    "find_corridors",
    "load_profile",
    "plot",
    "read_effort",
    "read_places",
    "read_seizures",
    "read_transits",
    "run_case",
    "safe_html",
]


def __getattr__(name: str) -> object:
    """Load a public name from its room on first use."""
    if name == "__version__":
        return _installed_version("routegraph")
    if name not in _HOMES:
        raise AttributeError(f"module 'routegraph' has no attribute {name!r}")
    return getattr(import_module(f"routegraph.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
