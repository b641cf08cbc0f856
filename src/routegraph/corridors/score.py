"""The score of a corridor: parts first, each 0-1 and higher for more notable; the weighted total second."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd

from routegraph.flows.posterior import p_top

WEIGHTS: Mapping[str, float] = MappingProxyType(
    {
        "volume": 30.0,
        "standing": 15.0,
        "p_excess": 20.0,
        "chokepoint": 15.0,
        "diversion": 10.0,
        "reach": 10.0,
        "observed": 10.0,
        "evidence": 10.0,
        "sources": 10.0,
    }
)
"""How much each part counts. Parts that a run cannot estimate are left out and the rest scaled up to a total of 1."""

HALF_REACH = 2
"""Borders at which ``reach`` is one half."""

HALF_EVIDENCE = 20
"""Events at which ``evidence`` is one half."""


def total(parts: Mapping[str, float]) -> float:
    """Return the weighted mean of the parts that are there.

    Examples
    --------
    >>> total({"volume": 1.0, "standing": 0.0})
    0.6666666666666666
    """
    weighed = sum(WEIGHTS[name] for name in sorted(parts))
    return sum(WEIGHTS[name] * parts[name] for name in sorted(parts)) / weighed


def volume(draws: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return two parts per corridor: chance of being among the top by flow, and of outdoing another at random.

    ``draws`` is draws x corridors. The second compares with every other corridor in the same draw; ties count half;
    it is 1 where there is no other.
    """
    n = draws.shape[1]
    if n < 2:
        return p_top(draws), np.ones(n)
    below = pd.DataFrame(draws).rank(axis=1, method="average").to_numpy() - 1
    return p_top(draws), np.asarray((below / (n - 1)).mean(axis=0))


def leg_standing(betweenness: pd.Series) -> np.ndarray:
    """Return for each leg the share of other legs that lie on fewer of the most probable ways (ties count half)."""
    if len(betweenness) < 2:
        return np.ones(len(betweenness))
    return np.asarray((betweenness.round(12).rank(method="average") - 1) / (len(betweenness) - 1), dtype=np.float64)


def saturating(value: float, *, half: float) -> float:
    """Return value / (value + half): 0 at 0, one half at ``half``, towards 1 beyond."""
    return value / (value + half)
