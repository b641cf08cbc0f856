"""Displacement: which leg, on another way between the same ends, took over the traffic of one that fell."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from routegraph.network.graph import RouteGraph

COVERED = 0.5
"""Share of the fall that the rise elsewhere must make up for."""

NOTABLE = 0.25
"""Rise, as a share of what the leg carried, below which it could be its own drift: a busy leg covers any small fall."""

TOLD = 0.5
"""Chance from which on a displacement is told at all."""


def displaced(graph: RouteGraph, *, before: np.ndarray, after: np.ndarray, fell: np.ndarray) -> pd.DataFrame:
    """Return where the traffic of legs that fell may have gone.

    Parameters
    ----------
    graph
        The network; its routes say which legs lie on other ways between the same ends.
    before, after
        Draws x legs: mean flow a period.
    fell
        Positions of the legs that fell.

    Returns
    -------
    pandas.DataFrame
        On the index of ``graph.legs``: to (text ``A > B`` of the leg that took over, '' none), from (the leg that
        this one took over from, '') and probability (of that; NaN where neither).

    Notes
    -----
    Leg e fell from b_e to a_e, and f is any leg of a route that shares its first and last place with a route over e and
    does not pass e itself. f took over from e in a draw where e fell to half of what it was or less, and

        a_f - g b_f >= max((b_e - a_e) / 2, b_f / 4),   g = max(1, growth),

    growth being that of the leg in the middle of all earlier traffic (:func:`network_growth`): a leg that grew with
    the whole network, or by less than a quarter, took over from nobody. The leg with the highest probability is
    named; among equals one that shares an end with e, then the one that rose most. A leg that took over from several
    is paired with the one whose probability is highest, and the others still name it.
    """
    legs = [f"{a} > {b}" for a, b in graph.legs.index]
    out = pd.DataFrame({"to": "", "from": "", "probability": np.nan}, index=graph.legs.index)
    if not len(fell):
        return out.astype({"to": "str", "from": "str"})
    growth = max(network_growth(before, after), 1.0)
    rise = after - growth * before
    rise[rise < NOTABLE * before] = 0.0
    rising = (rise > 0).mean(axis=0) >= TOLD
    others = _Ways(graph)
    pairs = []
    for leg in sorted(fell.tolist(), key=lambda leg: legs[leg]):
        candidates = others.beside(leg)
        candidates = candidates[rising[candidates]]
        if not len(candidates):
            continue
        fall = (before[:, leg] - after[:, leg])[:, None]
        halved = (before[:, leg] >= 2 * after[:, leg])[:, None]
        held = (halved & (fall > 0) & (rise[:, candidates] >= COVERED * fall)).mean(axis=0)
        ends = set(graph.legs.index[leg])
        mean = rise[:, candidates].mean(axis=0)
        order = [
            (-round(float(held[k]), 9), not ends & set(graph.legs.index[f]), -round(float(mean[k]), 6), legs[f], k)
            for k, f in enumerate(candidates.tolist())
        ]
        best = min(order)[-1]
        if held[best] >= TOLD:
            pairs.append((float(held[best]), leg, int(candidates[best])))
    return _written(out, pairs, legs)


def network_growth(before: np.ndarray, after: np.ndarray) -> float:
    """Return the growth of mean flow that legs with half of the earlier traffic exceed: 1 = as before.

    A middle, not a total: the fall of some legs does not hide that the others grew together.
    """
    was, now = before.mean(axis=0), after.mean(axis=0)
    moved = was > 0
    if not moved.any():
        return 1.0
    ratio = np.round(now[moved] / was[moved], 9)
    order = np.lexsort((was[moved], ratio))
    passed = np.cumsum(was[moved][order])
    return float(ratio[order][np.searchsorted(passed, passed[-1] / 2)])


def _written(out: pd.DataFrame, pairs: list[tuple[float, int, int]], legs: list[str]) -> pd.DataFrame:
    to, source = np.full(len(legs), "", dtype=object), np.full(len(legs), "", dtype=object)
    probability = np.full(len(legs), np.nan)
    for held, leg, target in sorted(pairs, key=lambda pair: (-round(pair[0], 9), legs[pair[1]])):
        to[leg], probability[leg] = legs[target], held
        if source[target] == "":
            source[target], probability[target] = legs[leg], held
    return out.assign(to=to, **{"from": source}, probability=probability).astype({"to": "str", "from": "str"})


class _Ways:
    """Routes by leg and by their ends."""

    def __init__(self, graph: RouteGraph) -> None:
        position = {ends: k for k, ends in enumerate(graph.legs.index)}
        self.legs: list[list[int]] = []
        self.ends: list[tuple[str, str]] = []
        self.over: dict[int, list[int]] = {}
        self.between: dict[tuple[str, str], list[int]] = {}
        for route, path in enumerate(graph.routes["path"]):
            mine = sorted({position[step] for step in pairwise(path) if step in position})
            self.legs.append(mine)
            self.ends.append((path[0], path[-1]))
            self.between.setdefault(self.ends[-1], []).append(route)
            for leg in mine:
                self.over.setdefault(leg, []).append(route)

    def beside(self, leg: int) -> np.ndarray:
        """Return the legs of routes that share their ends with one over this leg and do not pass it."""
        ends = dict.fromkeys(self.ends[route] for route in self.over.get(leg, []))
        routes = [route for pair in ends for route in self.between[pair] if leg not in self.legs[route]]
        return np.unique([other for route in routes for other in self.legs[route]]).astype(np.int64)
