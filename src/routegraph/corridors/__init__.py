"""Corridors: chains of legs that consignments travel together, with reasons, verdicts and record ids."""

from __future__ import annotations

from routegraph.corridors.corridor import Corridor, corridor_id
from routegraph.corridors.finding import TOLD_APART, find_corridors, flow_draws, ranks_distinguishable
from routegraph.corridors.score import WEIGHTS
from routegraph.corridors.verdicts import leg_verdicts, place_verdicts, verdict

__all__ = [
    "TOLD_APART",
    "WEIGHTS",
    "Corridor",
    "corridor_id",
    "find_corridors",
    "flow_draws",
    "leg_verdicts",
    "place_verdicts",
    "ranks_distinguishable",
    "verdict",
]
