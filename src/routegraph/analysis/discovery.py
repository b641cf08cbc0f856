"""Flags over many legs: which to raise so that at most a declared share of them is false."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from routegraph.analysis.scores import LegScores
from routegraph.analysis.summary import leg_scores
from routegraph.analysis.sweep import MIN_DRAWS, check_aligned, thinned
from routegraph.errors import SettingError
from routegraph.flows.exposure import SHRINK, p_excess, scaled_expected

if TYPE_CHECKING:
    import pandas as pd

    from routegraph.flows.posterior import FlowPosterior
    from routegraph.network.graph import RouteGraph

FALSE_SHARE = 0.05
"""Share of flags that may be false."""

LEG_VISITS = 4_000_000
"""Legs x draws that are compared at most: memory, not time."""

DIGITS = 12
"""Chances that agree to so many digits are equal: the last bits of a sum must not order them."""


def excess(graph: RouteGraph, posterior: FlowPosterior) -> LegScores:
    """Score each leg by how far its flow lies above what licit movement and distance lead one to expect; flag the sure.

    Answers: which legs carry more than their trade and their geography explain, and of how many can that be said
    while at most one in twenty is wrong?

    Parameters
    ----------
    graph, posterior
        The network, and draws of flow on it with ``posterior.expected``.

    Returns
    -------
    LegScores
        Indexed by (origin, destination): surprise_mean, surprise_p05, surprise_p95 (log2 of flow over expected flow,
        one consignment added to both; 0 = as expected, 1 = twice), p_excess (0-1), q_value (0-1: share of false flags
        if this leg and all that are surer were flagged), flagged (yes, no). Where nothing is expected of a leg its
        measure is 0, p_excess and q_value are NaN, flagged is '' and ``parameters["not_estimated"]`` says why.
        ``parameters``: false_share, flagged (how many), expected_false_share (among those flagged).

    Raises
    ------
    SettingError
        The draws belong to another graph.

    Notes
    -----
    See :func:`routegraph.flows.exposure.surprise` and :func:`bayes_fdr`. False is a flag on a leg whose flow is at or
    below what is expected, by however little. The flags are as good as the posterior: on five synthetic worlds 6 of 100
    were false under `removal`, and 74 of 100 under `counts`, for which nothing is said here therefore. An excess says
    nothing of why.

    References
    ----------
    Newton, M. A., Noueiry, A., Sarkar, D. and Ahlquist, P. (2004), doi 10.1093/biostatistics/5.2.155; Mueller, P.,
    Parmigiani, G., Robert, C. and Rousseau, J. (2004), doi 10.1198/016214504000001646.
    """
    check_aligned(graph, posterior)
    order = by_ends(graph.legs.index)
    draws = thinned(len(posterior.legs), visits=len(order), budget=LEG_VISITS)
    flow = posterior.legs[draws][:, order].astype(np.float64)
    expected = posterior.expected.reindex(graph.legs.index).iloc[order]
    uncorrected = posterior.not_estimated.get("surprise", "")
    if uncorrected:
        expected = expected * np.nan
    compared = np.log2((flow + SHRINK) / (scaled_expected(flow, expected) + SHRINK))
    compared = np.where(expected.isna(), 0.0, compared)
    back = np.argsort(order)
    above = p_excess(flow, expected).to_numpy(np.float64)[back]
    q_value = bayes_fdr(above)
    thinning = f"{LEG_VISITS} leg visits, at least {MIN_DRAWS} draws"
    parameters = {"draws": len(flow), "thinning": thinning, **said(q_value)}
    if expected.isna().any():
        reason = uncorrected or posterior.not_estimated.get("expected", "of some legs no flow is expected")
        parameters |= {"not_estimated": reason, "legs_without": int(expected.isna().sum())}
    scores = leg_scores(graph, compared[:, back], name="surprise", parameters=parameters)
    return replace(scores, table=scores.table.assign(p_excess=above, q_value=q_value, flagged=flags(q_value)))


def bayes_fdr(p_excess: np.ndarray) -> np.ndarray:
    """Return the share of false flags to expect if each one and all that are surer were flagged.

    Parameters
    ----------
    p_excess
        Posterior chance that the excess is real, 0-1; NaN where it is not known.

    Returns
    -------
    numpy.ndarray
        q-values, 0-1, NaN where ``p_excess`` is: the mean of 1 - p over the k largest p. Equal chances share one value.

    Notes
    -----
    Given the data, a flag of chance p is false with chance 1 - p, so the mean over the flags is their expected false
    share. It holds for any dependence between legs, but only if the chances are calibrated.

    References
    ----------
    Newton et al. 2004, doi 10.1093/biostatistics/5.2.155, section 4.
    """
    chance = np.asarray(p_excess, dtype=np.float64)
    out = np.full(len(chance), np.nan)
    known = np.isfinite(chance)
    error = np.round(1 - chance[known], DIGITS)
    rising = np.sort(error)
    share = np.cumsum(rising) / np.arange(1, len(rising) + 1)
    out[known] = share[np.searchsorted(rising, error, side="right") - 1]
    return out


def benjamini_hochberg(p_value: np.ndarray, *, tests: int | None = None) -> np.ndarray:
    """Return q-values: the smallest false discovery rate at which each test would be rejected.

    Parameters
    ----------
    p_value
        0-1; NaN where nothing was tested.
    tests
        How many tests were made in all, those without a row included (taken to have p = 1); None: the rows.

    Returns
    -------
    numpy.ndarray
        min over j >= k of p_(j) m / j, at most 1; NaN where ``p_value`` is.

    Raises
    ------
    SettingError
        ``tests`` is below the number of p-values.

    Notes
    -----
    Rejecting q <= a keeps the expected false share at a or below for independent or positively dependent tests
    (Benjamini & Yekutieli 2001, doi 10.1214/aos/1013699998).

    References
    ----------
    Benjamini & Hochberg 1995, doi 10.1111/j.2517-6161.1995.tb02031.x.
    """
    from scipy.stats import false_discovery_control

    p = np.asarray(p_value, dtype=np.float64)
    known = np.flatnonzero(np.isfinite(p))
    made = len(known) if tests is None else tests
    if made < len(known):
        raise SettingError(f"tests is {made}; expected at least the {len(known)} p-values given")
    out = np.full(len(p), np.nan)
    out[known] = np.minimum(false_discovery_control(p[known]) * (made / max(len(known), 1)), 1.0)
    return out


def flags(q_value: np.ndarray) -> np.ndarray:
    """Return yes where the q-value is at most ``FALSE_SHARE``, no where it is above, '' where there is none."""
    return np.where(np.isnan(q_value), "", np.where(q_value <= FALSE_SHARE, "yes", "no"))


def said(q_value: np.ndarray) -> dict[str, object]:
    """Return what ``run.json`` says of Bayesian flags: the rate asked for, how many, and how many may be false."""
    flagged = q_value[q_value <= FALSE_SHARE]
    expected_false = float(flagged.max()) if len(flagged) else 0.0
    return {"false_share": FALSE_SHARE, "flagged": len(flagged), "expected_false_share": expected_false}


def by_ends(legs: pd.Index) -> np.ndarray:
    """Return the order of legs by the ids of their ends, so that sums do not depend on the order of rows."""
    origin, end = (legs.get_level_values(level).to_numpy(dtype=str) for level in ("origin", "destination"))
    return np.lexsort((end, origin))
