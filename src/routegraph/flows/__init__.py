"""Flows: what may have moved behind the seizures, as posterior draws; ``counts`` is the uncorrected baseline."""

from __future__ import annotations

from routegraph.flows.counts import estimate_counts
from routegraph.flows.exposure import expected_flow
from routegraph.flows.posterior import FlowPosterior, interval, p_top, top_size
from routegraph.flows.removal.estimate import Material, RemovalEstimate, estimate_removal

__all__ = [
    "FlowPosterior",
    "Material",
    "RemovalEstimate",
    "estimate_counts",
    "estimate_removal",
    "expected_flow",
    "interval",
    "p_top",
    "top_size",
]
