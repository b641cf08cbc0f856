"""Infomap: the map equation of a random walk that follows the flow, with randomness that is ours alone."""

from __future__ import annotations

import numpy as np

from routegraph.analysis.leiden import Strengths, seeded

TELEPORTATION = 0.15
"""Chance that the walk starts anew instead of taking a leg (Rosvall & Bergstrom 2008)."""

STEPS = 200
"""Most steps towards the steady state: what is left of the start is 0.85 ** 200 = 1e-14."""

STEADY = 1e-13
"""Change in a step below which the state is steady."""


def walk(graph: Strengths) -> np.ndarray:
    """Return how often the walk takes each leg, summing to 1: its steady state, new starts not recorded.

    From a place the walk takes a leg in proportion to its strength, with chance 0.15 (and always where no leg leads
    on) it starts anew at a place in proportion to the strength out of it. Only steps along legs are recorded
    (Lambiotte & Rosvall 2012, doi 10.1103/PhysRevE.85.056107), so that groups do not depend on 0.15 much.
    """
    out = np.bincount(graph.origin, weights=graph.strength, minlength=graph.places)
    start = out / out.sum()
    share = graph.strength / out[graph.origin]
    onward = (1 - TELEPORTATION) * share
    visits = start
    for _ in range(STEPS):
        stepped = np.bincount(graph.end, weights=visits[graph.origin] * onward, minlength=graph.places)
        before, visits = visits, stepped + (1.0 - stepped.sum()) * start
        if np.abs(visits - before).sum() < STEADY:
            break
    taken = visits[graph.origin] * share
    return np.asarray(taken / taken.sum())


def codelength(graph: Strengths, taken: np.ndarray, labels: np.ndarray) -> float:
    """Return the map equation in bits a step: how briefly the walk can be told, module by module.

    L = plogp(sum_m q_m) - 2 sum_m plogp(q_m) - sum_i plogp(p_i) + sum_m plogp(q_m + p_m), plogp(x) = x log2 x; p_i is
    the share of ends of steps at place i, q_m the mean of the steps into and out of module m. In the steady state of a
    walk that never starts anew the two are equal, and L is the published directed map equation.
    """
    modules = int(labels.max(initial=-1)) + 1
    across = labels[graph.origin] != labels[graph.end]
    ends = np.concatenate([graph.origin, graph.end])
    visits = np.bincount(ends, weights=np.tile(taken / 2, 2), minlength=graph.places)
    crossed = np.bincount(labels[ends], weights=np.tile(taken * across / 2, 2), minlength=modules)
    inside = np.bincount(labels, weights=visits, minlength=modules)
    return float(
        _plogp(crossed.sum()) - 2 * _plogp(crossed).sum() - _plogp(visits).sum() + _plogp(crossed + inside).sum()
    )


def infomap(graph: Strengths, *, seed: int, tries: int = 1) -> tuple[np.ndarray, float]:
    """Return the partition with the shortest code of the walk, and the share of code that it saves over one module.

    Rosvall & Bergstrom 2008, doi 10.1073/pnas.0706851105. igraph 1.0 ignores the direction of legs (its Infomap is left
    on the undirected flow model): the walk is therefore worked out here, and igraph searches on how often it takes
    each leg, of which its undirected flow is exactly :func:`codelength`.
    """
    if not len(graph.origin) or graph.strength.sum() <= 0:
        return np.arange(graph.places), 0.0
    taken = walk(graph)
    labels = _searched(graph.origin, graph.end, taken, places=graph.places, seed=seed, tries=tries)
    whole = codelength(graph, taken, np.zeros(graph.places, dtype=np.int64))
    return labels, (whole - codelength(graph, taken, labels)) / whole


def settled(together: Strengths, *, seed: int, tries: int = 10) -> np.ndarray:
    """Return the partition of legs weighed by how often their ends were together; no direction."""
    return _searched(
        together.origin, together.end, together.strength, places=together.places, seed=seed, tries=tries
    )  # fmt: skip


def _searched(
    origin: np.ndarray, end: np.ndarray, taken: np.ndarray, *, places: int, seed: int, tries: int
) -> np.ndarray:
    """Return labels of places from igraph's search; places that no leg joins are each alone."""
    import igraph

    joined, compact = np.unique(np.column_stack([origin, end]), return_inverse=True)
    view = igraph.Graph(n=len(joined), edges=compact.reshape(-1, 2).tolist(), directed=False)
    with seeded(seed):
        found = [view.community_infomap(edge_weights=taken.tolist(), trials=1) for _ in range(tries)]
    labels = np.arange(places) + places
    labels[joined] = np.asarray(min(found, key=lambda one: round(one.codelength, 12)).membership, dtype=np.int64)
    return np.asarray(np.unique(labels, return_inverse=True)[1], dtype=np.int64)


def _plogp(value: np.ndarray | float) -> np.ndarray:
    held = np.asarray(value, dtype=np.float64)
    return np.asarray(held * np.log2(held, out=np.zeros_like(held), where=held > 0))
