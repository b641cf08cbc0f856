"""From draws of a measure to the table that every analysis returns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from routegraph.analysis.scores import LegScores, PlaceScores
from routegraph.flows.posterior import interval, p_top

if TYPE_CHECKING:
    from collections.abc import Mapping

    from routegraph.network.graph import RouteGraph

TOLD = 0.95
"""Chance of being higher from which one is told from another: 90 % two-sided."""


def place_scores(graph: RouteGraph, draws: np.ndarray, *, name: str, parameters: Mapping[str, object]) -> PlaceScores:
    """Return draws x places as mean, 90 % interval, probability of being on top, rank interval and tier."""
    return PlaceScores(_table(draws, graph.places.index, name=name), name, parameters)


def leg_scores(graph: RouteGraph, draws: np.ndarray, *, name: str, parameters: Mapping[str, object]) -> LegScores:
    """Return draws x legs as mean, 90 % interval, probability of being on top, rank interval and tier."""
    return LegScores(_table(draws, graph.legs.index, name=name), name, parameters)


def rank_interval(draws: np.ndarray) -> pd.DataFrame:
    """Return the 90 % interval of each column's rank, 1 = highest: rank_p05 (best) and rank_p95.

    Equals, to twelve digits, have no order: rank_p05 takes them at the best of the ranks that they share, rank_p95 at
    the worst. Both are ranks that some draw gives, never between two.
    """
    from scipy.stats import rankdata

    if not draws.size:
        nothing = np.full(draws.shape[1], np.nan)
        return pd.DataFrame({"rank_p05": nothing, "rank_p95": nothing})
    settled = _settled(draws)
    best = np.quantile(rankdata(-settled, method="min", axis=1), 0.05, axis=0, method="lower")
    worst = np.quantile(rankdata(-settled, method="max", axis=1), 0.95, axis=0, method="higher")
    return pd.DataFrame({"rank_p05": best.astype(np.int64), "rank_p95": worst.astype(np.int64)})


def tiers(draws: np.ndarray, *, order: np.ndarray | None = None) -> np.ndarray:
    """Return the tier of each column: 1 = cannot be told from the highest, 2 = from the highest below those, ...

    Parameters
    ----------
    draws
        Draws x columns of one measure, higher more notable.
    order
        Columns, the most notable first; by falling mean where None.

    Returns
    -------
    numpy.ndarray
        int64, rising along ``order``. A column opens a new tier where the head of the tier is higher in more than
        ``TOLD`` of the draws (a tie counts half). Two of one tier may still be told from each other; two of different
        tiers that follow each other may not: a tier says what stands with its head.
    """
    ranked = np.argsort(-np.round(draws.mean(axis=0), 12), kind="stable") if order is None else order
    draws = _settled(draws)
    out = np.zeros(draws.shape[1], dtype=np.int64)
    tier, left = 0, ranked
    while len(left):
        tier += 1
        head = draws[:, left[0], None]
        rest = draws[:, left]
        higher = (head > rest).mean(axis=0) + 0.5 * (head == rest).mean(axis=0)
        told = np.flatnonzero(higher > TOLD)
        end = int(told[0]) if len(told) else len(left)
        out[left[:end]] = tier
        left = left[end:]
    return out


def _settled(draws: np.ndarray) -> np.ndarray:
    """Return draws over the largest of each, to twelve places: the last bits of a sum must not order equals."""
    draws = np.asarray(draws, dtype=np.float64)
    largest = np.abs(draws).max(axis=1, keepdims=True, initial=0.0)
    return np.asarray(np.round(np.divide(draws, largest, out=np.zeros_like(draws), where=largest > 0), 12))


def _table(draws: np.ndarray, index: pd.Index, *, name: str) -> pd.DataFrame:
    wide = np.asarray(draws, dtype=np.float64)
    summed = interval(wide, name=name).assign(p_top=p_top(wide))
    ranks = rank_interval(wide)
    return pd.concat([summed, ranks], axis=1).assign(tier=tiers(wide)).set_axis(index, axis=0)
