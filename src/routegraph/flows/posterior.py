"""Posterior draws of flow, and how a draw becomes a mean, an interval and a probability of being on top."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

Draws = np.ndarray


@dataclass(frozen=True)
class FlowPosterior:
    """Draws of the flow on every leg, through every place and along every route of one RouteGraph.

    Attributes
    ----------
    legs, places, routes
        float32 arrays, draws x legs, draws x places (throughflow), draws x routes, aligned to the graph's tables.
    by_period
        One row per leg and period: period, origin, destination, flow_mean, flow_p05, flow_p95, seizures.
    expected
        Per leg: flow that licit movement and distance would lead one to expect, NaN where unknown.
    estimator, seed, detection_corrected
        What made the draws; whether detection was estimated.
    not_estimated
        Column or table name -> the reason why it stays empty.
    diagnostics
        Numbers that say how far to trust the draws.
    """

    legs: Draws
    places: Draws
    routes: Draws
    by_period: pd.DataFrame
    expected: pd.Series
    estimator: str
    seed: int
    detection_corrected: bool
    not_estimated: Mapping[str, str] = field(default_factory=dict)
    diagnostics: Mapping[str, float] = field(default_factory=dict)


def interval(draws: Draws, *, name: str) -> pd.DataFrame:
    """Return mean and 90 % credible interval of each column of ``draws`` as {name}_mean, {name}_p05, {name}_p95."""
    low, high = np.quantile(draws, [0.05, 0.95], axis=0) if draws.shape[1] else (np.empty(0), np.empty(0))
    mean = draws.mean(axis=0, dtype=np.float64)
    return pd.DataFrame({f"{name}_mean": mean, f"{name}_p05": low, f"{name}_p95": high})


def top_size(n: int) -> int:
    """Return how many count as the top: 20, or a tenth (rounded up) where fewer than 200."""
    return 20 if n >= 200 else max(1, -(-n // 10))


def p_top(draws: Draws) -> np.ndarray:
    """Return the probability that each column is among the top ones (see :func:`top_size`).

    Ties at the edge of the top share its remaining places, so that the values always sum to ``top_size(n)``.
    """
    n = draws.shape[1]
    if n == 0:
        return np.empty(0)
    k = top_size(n)
    edge = np.partition(draws, n - k, axis=1)[:, n - k, None]
    above, tied = draws > edge, draws == edge
    left = k - above.sum(axis=1, keepdims=True)
    return np.asarray((above + tied * left / tied.sum(axis=1, keepdims=True)).mean(axis=0))
