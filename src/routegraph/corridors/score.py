"""The score of a corridor: parts first, each 0-1 and higher for more notable; the weighted total second."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd

WEIGHTS: Mapping[str, float] = MappingProxyType(
    {
        "volume": 30.0,
        "size": 40.0,
        "p_excess": 5.0,
        "chokepoint": 5.0,
        "diversion": 5.0,
        "severity": 5.0,
        "trend": 5.0,
        "observed": 5.0,
        "evidence": 5.0,
        "sources": 5.0,
        "reach": 2.0,
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
    >>> total({"volume": 1.0, "size": 0.0})
    0.6666666666666666
    """
    weighed = sum(WEIGHTS[name] for name in sorted(parts))
    return sum(WEIGHTS[name] * parts[name] for name in sorted(parts)) / weighed


def sizes(draws: np.ndarray) -> np.ndarray:
    """Return draws x corridors: sqrt(flow / flow of the largest) in each draw; 0 where nothing flows.

    ``draws`` is draws x corridors. The square root, because the noise of a count grows with its root: equal steps of
    it are equally well supported, and one giant does not make all others alike.
    """
    flow = draws.astype(np.float64)
    largest = flow.max(axis=1, initial=0.0, keepdims=True)
    return np.asarray(np.sqrt(np.divide(flow, largest, out=np.zeros_like(flow), where=largest > 0)))


def leg_standing(betweenness: pd.Series) -> np.ndarray:
    """Return for each leg the share of all legs that lie on fewer of the most probable ways; equals are not fewer."""
    return np.asarray((betweenness.round(12).rank(method="min") - 1) / max(len(betweenness), 1), dtype=np.float64)


def sources(events: float, sole: Mapping[str, float], *, n: int) -> float:
    """Return the share of events that stays without the source that most rest on alone, at most 1 - 1/n.

    What several sources report on one route cannot be told apart: n sources are never taken for more than n equal ones.
    """
    if not n or events <= 0:
        return 0.0
    return min(1 - 1 / n, 1 - max(sole.values(), default=0.0) / events)


def saturating(value: float, *, half: float) -> float:
    """Return value / (value + half): 0 at 0, one half at ``half``, towards 1 beyond."""
    return value / (value + half)
