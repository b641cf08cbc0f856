"""What licit movement and distance would lead one to expect of flow on each leg, and how far flow departs from it."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from routegraph.flows.posterior import Draws
    from routegraph.network import RouteGraph

BLOCKS = 5
FEWEST_LEGS = 20
"""Below this many legs with licit movement, the coefficients cannot be fitted block by block."""

RIDGE = 1e-3

SHRINK = 1.0
"""Consignments added to flow and to expected flow before they are compared, so that near-empty legs surprise nobody."""


def why_no_expected(graph: RouteGraph, *, flow: np.ndarray | None = None) -> str:
    """Return why ``expected`` cannot be estimated for this graph, '' where it can; ``flow`` as in expected_flow."""
    known = int(graph.legs["licit"].notna().sum())
    if not known:
        return "no transits: expected flow needs licit movement on the legs"
    if known < FEWEST_LEGS:
        return f"licit movement is known on {known} of {len(graph.legs)} legs; expected flow needs {FEWEST_LEGS}"
    if not (graph.legs["seizures"].to_numpy() if flow is None else flow).any():
        return "no leg was travelled: there is no flow to share out"
    return ""


def expected_flow(graph: RouteGraph, *, total: float, flow: np.ndarray | None = None) -> pd.Series:
    """Return the flow that licit movement and distance would lead one to expect on each leg.

    For an analyst: the yardstick that says whether a leg carries more than its trade and its geography explain.

    Parameters
    ----------
    graph
        Legs with seizures, licit, distance_km and borders_crossed.
    total
        Flow over all legs, at least 0; each leg gets its share of it.
    flow
        Estimated flow of each leg, aligned to ``graph.legs``, where detection was corrected for; without it reported
        events are what is fitted.

    Returns
    -------
    pandas.Series
        ``expected``, on the index of ``graph.legs``; NaN everywhere where :func:`why_no_expected` gives a reason.

    Notes
    -----
    Poisson regression of flow (or of events) on log(1 + licit), log distance and whether at most one border is crossed,
    with unknown licit movement (and unknown distance) as an indicator of its own, since unknown is not zero. Legs fall
    into blocks by a checksum of their ends, whatever their order; a block's expected flow comes from the others alone,

        expected_i = total * mu_i / sum_j mu_j,   mu fitted without the block of i,

    so that a leg's own count never moves its expected flow; the sum over all legs is near ``total``, not equal to it.

    Do not trust it where seizures follow enforcement that itself follows trade, or far from the legs that it was
    fitted on. Fitted to events, it is the expected *reported* flow: it inherits every bias of detection that the counts
    have.

    References
    ----------
    Santos Silva, J. M. C. and Tenreyro, S. (2006), The log of gravity, doi 10.1162/rest.88.4.641.
    """
    expected = pd.Series(np.nan, index=graph.legs.index, name="expected", dtype=np.float64)
    if why_no_expected(graph, flow=flow):
        return expected
    moved = graph.legs["seizures"] if flow is None else pd.Series(flow, index=graph.legs.index)
    legs = graph.legs.sort_index()
    features, events = _features(legs), moved.reindex(legs.index).to_numpy(np.float64)
    block = np.array([_block(origin, end) for origin, end in legs.index])
    out = np.full(len(legs), np.nan)
    for number in range(BLOCKS):
        inside = block == number
        if inside.any() and events[~inside].any():
            level = _fitted(features, events, ~inside)
            out[inside] = total * level[inside] / level.sum()
    return expected.fillna(pd.Series(out, index=legs.index)).rename("expected")


def surprise(draws: Draws, expected: pd.Series) -> pd.Series:
    """Return how far flow lies above what was expected: the posterior mean of log2((flow + 1) / (expected + 1)).

    For an analyst: 1 says twice what trade and geography explain, -1 half of it.

    Parameters
    ----------
    draws
        Draws x legs.
    expected
        Per leg (:func:`expected_flow`), NaN where unknown.

    Returns
    -------
    pandas.Series
        On the index of ``expected``, NaN where that is; 0 is as expected.

    Notes
    -----
    In each draw the expected flow is scaled to that draw's total, since what is asked is a leg's share: how many there
    are in all is the same on both sides. ``SHRINK`` = 1 consignment on both sides shrinks legs that hardly carry
    anything towards 0. It says nothing of why: a wrong list of routes surprises as much as a smuggler does.
    """
    scaled = scaled_expected(draws, expected)
    compared = np.log2((draws + SHRINK) / (scaled + SHRINK)).mean(axis=0, dtype=np.float64)
    return pd.Series(compared, index=expected.index, name="surprise")


def p_excess(draws: Draws, expected: pd.Series) -> pd.Series:
    """Return the posterior chance that a leg carries more than its expected share; parameters as :func:`surprise`."""
    above = (draws > scaled_expected(draws, expected)).mean(axis=0)
    return pd.Series(np.where(expected.isna(), np.nan, above), index=expected.index, name="p_excess")


def scaled_expected(draws: Draws, expected: pd.Series) -> np.ndarray:
    """Return draws x legs: what was expected of each leg, at the total flow of each draw."""
    total = draws.sum(axis=1, dtype=np.float64)
    share = total / total.mean() if total.any() else np.ones_like(total)
    return np.asarray(share[:, None] * expected.to_numpy(np.float64))


def _block(origin: str, destination: str) -> int:
    return zlib.crc32(f"{origin} > {destination}".encode()) % BLOCKS


def _features(legs: pd.DataFrame) -> np.ndarray:
    licit, distance = legs["licit"].to_numpy(np.float64), legs["distance_km"].to_numpy(np.float64)
    columns = []
    for values in (np.log1p(licit), np.log(np.maximum(distance, 1.0))):
        unknown = np.isnan(values)
        known_mean = values[~unknown].mean() if not unknown.all() else 0.0
        columns += [np.where(unknown, known_mean, values), unknown.astype(np.float64)]
    columns.append((legs["borders_crossed"].to_numpy(np.float64) <= 1).astype(np.float64))
    table = np.column_stack(columns)
    spread = table.std(axis=0)
    return np.asarray((table - table.mean(axis=0)) / np.where(spread > 0, spread, 1.0))


def _fitted(features: np.ndarray, events: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Return mu for all legs from a fit to the chosen ones; events are scaled to mean 1 to keep the fit well posed."""
    from sklearn.linear_model import PoissonRegressor
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    model = PoissonRegressor(alpha=RIDGE, solver="newton-cholesky", max_iter=200)
    # One thread: same bytes on any machine, and small fits do not wait for busy cores.
    with threadpool_limits(1):
        model.fit(features[chosen], events[chosen] / events[chosen].mean())
    return np.asarray(model.predict(features))
