"""Flows: what may have moved behind the seizures, as posterior draws; ``counts`` is the uncorrected baseline."""

from __future__ import annotations

from routegraph.flows.counts import estimate_counts
from routegraph.flows.exposure import expected_flow
from routegraph.flows.posterior import FlowPosterior, interval, p_top, top_size

__all__ = ["FlowPosterior", "estimate_counts", "expected_flow", "interval", "p_top", "top_size"]
