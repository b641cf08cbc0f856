"""What licit movement and distance would lead one to expect of flow on each leg."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from routegraph.network import RouteGraph

BLOCKS = 5
FEWEST_LEGS = 20
"""Below this many legs with licit movement, the coefficients cannot be fitted block by block."""

RIDGE = 1e-3


def why_no_expected(graph: RouteGraph) -> str:
    """Return why ``expected`` cannot be estimated for this graph, '' where it can."""
    known = int(graph.legs["licit"].notna().sum())
    if not known:
        return "no transits: expected flow needs licit movement on the legs"
    if known < FEWEST_LEGS:
        return f"licit movement is known on {known} of {len(graph.legs)} legs; expected flow needs {FEWEST_LEGS}"
    if not graph.legs["seizures"].any():
        return "no leg was travelled: there is no flow to share out"
    return ""


def expected_flow(graph: RouteGraph, *, total: float) -> pd.Series:
    """Return the flow that licit movement and distance would lead one to expect on each leg.

    For an analyst: the yardstick that says whether a leg carries more than its trade and its geography explain.

    Parameters
    ----------
    graph
        Legs with seizures, licit, distance_km and borders_crossed.
    total
        Flow over all legs, at least 0; each leg gets its share of it.

    Returns
    -------
    pandas.Series
        ``expected``, on the index of ``graph.legs``; NaN everywhere where :func:`why_no_expected` gives a reason.

    Notes
    -----
    Poisson regression of events on log(1 + licit), log distance, and whether at most one border is crossed, with
    unknown licit movement (and unknown distance) as an indicator of its own, since unknown is not zero. Legs fall into
    blocks by a checksum of their ends, whatever their order; a block's expected flow comes from the other blocks alone,

        expected_i = total * mu_i / sum_j mu_j,   mu fitted without the block of i,

    so that a leg's own count never moves its expected flow; the sum over all legs is near ``total``, not equal to it.

    Do not trust it where seizures follow enforcement that itself follows trade, or far from the legs that it was
    fitted on. It is the expected *reported* flow: it inherits every bias of detection that the counts have.

    References
    ----------
    Santos Silva, J. M. C. and Tenreyro, S. (2006), The log of gravity, doi 10.1162/rest.88.4.641.
    """
    expected = pd.Series(np.nan, index=graph.legs.index, name="expected", dtype=np.float64)
    if why_no_expected(graph):
        return expected
    legs = graph.legs.sort_index()
    features, events = _features(legs), legs["seizures"].to_numpy(np.float64)
    block = np.array([_block(origin, end) for origin, end in legs.index])
    out = np.full(len(legs), np.nan)
    for number in range(BLOCKS):
        inside = block == number
        if inside.any() and events[~inside].any():
            level = _fitted(features, events, ~inside)
            out[inside] = total * level[inside] / level.sum()
    return expected.fillna(pd.Series(out, index=legs.index)).rename("expected")


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
