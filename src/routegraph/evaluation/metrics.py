"""What an estimate is held to, each measure a function of an estimate and the truth.

Every measure on flows works on ``log(1 + flow)``: a leg that carries 10 and is said to carry 20 is as wrong as one of
1,000 said to carry 2,000, and a leg that carries nothing still has a place on the scale.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

LEVEL = 0.9
"""What the intervals of every product claim to hold (``flow_p05`` to ``flow_p95``)."""


def busiest(flow: pd.Series, *, most: int) -> pd.Index:
    """Return the labels of the ``most`` largest positive values, largest first; equals in the order of their labels.

    What carries nothing is never among the busiest, so that fewer than ``most`` may come back.
    """
    ordered = flow.sort_index().sort_values(ascending=False, kind="stable")
    return ordered.index[ordered.to_numpy() > 0][:most]


def share_found(estimated: pd.Series, true: pd.Series, *, most: int = 30) -> float:
    """Return the share of the truly busiest that are among the estimated busiest; NaN where nothing moved.

    Parameters
    ----------
    estimated, true
        Flow by leg. What ``estimated`` does not list was not found.
    most
        How many are the busiest, in both.
    """
    wanted = busiest(true, most=most)
    if not len(wanted):
        return np.nan
    return float(wanted.isin(busiest(estimated, most=most)).mean())


def spearman(estimated: pd.Series, true: pd.Series) -> float:
    """Return Spearman's rank correlation over the labels of ``true``, ties at their mean rank.

    A label that ``estimated`` lacks counts as 0; one that ``true`` lacks is not asked for. NaN where one is constant.
    """
    ranks = estimated.reindex(true.index).fillna(0.0).rank(), true.rank()
    if any(one.nunique() < 2 for one in ranks):
        return np.nan
    return float(np.corrcoef(*ranks)[0, 1])


def log_error(estimated: pd.Series, true: pd.Series, *, most: int = 30) -> float:
    """Return the median over the truly busiest of ``|log((estimated + 1) / (true + 1))|``; 0.69 is a factor of two.

    Chosen by the truth, so that a busy leg that was overlooked counts (as 0 estimated).
    """
    wanted = busiest(true, most=most)
    if not len(wanted):
        return np.nan
    error = np.log1p(estimated.reindex(wanted).fillna(0.0)) - np.log1p(true[wanted])
    return float(error.abs().median())


def chosen_by_estimate(estimates: pd.DataFrame, *, most: int) -> pd.Index:
    """Return the labels of the ``most`` largest estimated means.

    Coverage is asked of what the *estimate* calls busy, for that is what a reader looks at. Chosen by the truth it
    would be another number: the winner's curse, a mean that is high by chance, would be hidden.
    """
    return busiest(estimates["mean"], most=most)


def covered(estimates: pd.DataFrame, true: pd.Series) -> pd.Series:
    """Tell for each row of ``estimates`` whether low <= true <= high; what ``true`` does not list is 0."""
    truth = true.reindex(estimates.index).fillna(0.0)
    return (estimates["low"] <= truth) & (truth <= estimates["high"])


def log_width(estimates: pd.DataFrame) -> pd.Series:
    """Return ``log((high + 1) / (low + 1))`` of each row: 0.69 says that the ends are a factor of two apart."""
    width: pd.Series = np.log1p(estimates["high"]) - np.log1p(estimates["low"])
    return width


def interval_score(estimates: pd.DataFrame, true: pd.Series, *, level: float = LEVEL) -> pd.Series:
    """Return the interval score of each row on the log scale; lower is better.

    Width, plus 2 / (1 - level) times the distance by which the truth lies outside: a narrow interval is worth having
    only where it holds the truth. Proper: stating one's real quantiles minimises its expectation.

    References
    ----------
    Gneiting, T. and Raftery, A. E. (2007), Strictly proper scoring rules, prediction, and estimation, *Journal of the
    American Statistical Association* 102, eq. 43, doi 10.1198/016214506000001437.
    """
    low, high = np.log1p(estimates["low"]), np.log1p(estimates["high"])
    truth = np.log1p(true.reindex(estimates.index).fillna(0.0))
    outside = (low - truth).clip(lower=0.0) + (truth - high).clip(lower=0.0)
    score: pd.Series = high - low + 2.0 / (1.0 - level) * outside
    return score


def interval_measures(estimates: pd.DataFrame, true: pd.Series, *, name: str) -> dict[str, float]:
    """Return how the intervals of these rows did: coverage, median log width and mean interval score.

    Returns
    -------
    dict
        ``cover_{name}`` (share of the rows), ``width_{name}``, ``score_{name}``; NaN where there is no row.
    """
    if not len(estimates):
        return {f"{what}_{name}": np.nan for what in ("cover", "width", "score")}
    return {
        f"cover_{name}": float(covered(estimates, true).mean()),
        f"width_{name}": float(log_width(estimates).median()),
        f"score_{name}": float(interval_score(estimates, true).mean()),
    }
