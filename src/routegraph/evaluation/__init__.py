"""Evaluation: how much of a known truth the estimators recover, and whether their intervals can be believed."""

from __future__ import annotations

from routegraph.evaluation.recovery import evaluate_world, measures
from routegraph.evaluation.truth import Truth, truth_of

__all__ = ["Truth", "evaluate_world", "measures", "truth_of"]
