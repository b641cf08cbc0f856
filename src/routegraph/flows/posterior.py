"""Posterior draws of flow, and how a draw becomes a mean, an interval and a probability of being on top."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

Draws = np.ndarray

MOST_CELLS = 30_000_000
"""Numbers that draws by period may hold: a tenth of a gigabyte; with more legs and periods fewer draws are kept."""

FEWEST_DRAWS = 40


@dataclass(frozen=True)
class PeriodDraws:
    """Draws of the flow on every leg in every period that has a name.

    Attributes
    ----------
    names
        Periods in order, such as ``2019``; events of unknown date are in none.
    draw
        Which draws of the posterior these are, rising: all of them, or evenly spaced ones where there are many legs.
    legs
        float32, kept draws x legs x periods, aligned to ``graph.legs``.
    """

    names: tuple[str, ...]
    draw: np.ndarray
    legs: Draws

    @classmethod
    def empty(cls, names: tuple[str, ...], *, draws: int, legs: int) -> PeriodDraws:
        """Return zeros for as many evenly spaced draws as ``MOST_CELLS`` pays for, ``FEWEST_DRAWS`` at least."""
        use = min(draws, max(FEWEST_DRAWS, MOST_CELLS // max(1, legs * len(names))))
        return cls(names, np.arange(use) * draws // max(use, 1), np.zeros((use, legs, len(names)), dtype=np.float32))


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
    detection, reporting
        float32, draws x places: chance that a consignment passing the place is seized there, reported or not, and that
        a seizure there is reported. None where the estimator does not tell them.
    levels_told
        False where the data cannot tell how much moves in all: then every level (flow_mean and its interval) is
        `insufficient`; ranks and shares may still be shown.
    warnings
        Plain sentences for the analyst: what in this run is not to be relied on, and why.
    leg_width
        Per leg, on the index of ``graph.legs``: how wide its flow's interval is (:func:`log_width`). None where the
        intervals do not speak of traffic, as under ``counts``.
    periods
        Draws of each leg's flow by period; None where no period is known.
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
    detection: Draws | None = None
    reporting: Draws | None = None
    levels_told: bool = True
    warnings: tuple[str, ...] = ()
    leg_width: pd.Series | None = None
    periods: PeriodDraws | None = None


def interval(draws: Draws, *, name: str) -> pd.DataFrame:
    """Return mean and 90 % credible interval of each column of ``draws`` as {name}_mean, {name}_p05, {name}_p95."""
    low, high = np.quantile(draws, [0.05, 0.95], axis=0) if draws.shape[1] else (np.empty(0), np.empty(0))
    mean = draws.mean(axis=0, dtype=np.float64)
    return pd.DataFrame({f"{name}_mean": mean, f"{name}_p05": low, f"{name}_p95": high})


def log_width(draws: Draws) -> np.ndarray:
    """Return how wide each column's 90 % interval is: ln((p95 + 0.5) / (p05 + 0.5)), in log units, at least 0.

    ln 2 = 0.7 says that the upper end is twice the lower. Half a consignment is added to both ends so that a column
    whose interval reaches down to 0 has a finite width, and one that is 0 in every draw has width 0.
    """
    ends = interval(draws, name="flow")
    return np.asarray(np.log((ends["flow_p95"] + 0.5) / (ends["flow_p05"] + 0.5)), dtype=np.float64)


def top_size(n: int) -> int:
    """Return how many count as the top: 20, or a tenth (rounded up) where fewer than 200."""
    return 20 if n >= 200 else max(1, -(-n // 10))


def top_shares(draws: Draws, *, most: int | None = None) -> np.ndarray:
    """Return for each draw which columns are among the ``most`` highest (None: :func:`top_size`): 1 or 0.

    Ties at the edge of the top share its remaining places, so that each draw sums to ``most``.
    """
    n = draws.shape[1]
    if n == 0:
        return np.zeros(draws.shape)
    k = top_size(n) if most is None else min(most, n)
    edge = np.partition(draws, n - k, axis=1)[:, n - k, None]
    above, tied = draws > edge, draws == edge
    left = k - above.sum(axis=1, keepdims=True)
    return np.asarray(above + tied * left / tied.sum(axis=1, keepdims=True))


def p_top(draws: Draws) -> np.ndarray:
    """Return the probability that each column is among the top ones (see :func:`top_size`).

    Ties at the edge of the top share its remaining places, so that the values always sum to ``top_size(n)``.
    """
    return np.asarray(top_shares(draws).mean(axis=0)) if draws.shape[1] else np.empty(0)
