"""Leiden on a directed, weighted graph, with randomness that is ours alone."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Strengths:
    """A directed graph in canonical order: places 0..n-1, and legs sorted by (origin, end) with their strength."""

    places: int
    origin: np.ndarray
    end: np.ndarray
    strength: np.ndarray

    def flowing(self) -> Strengths:
        """Return the legs that carry something."""
        used = self.strength > 0
        return Strengths(self.places, self.origin[used], self.end[used], self.strength[used])


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Give igraph a generator of its own, and its default back: igraph would otherwise draw from ``random``."""
    import igraph

    igraph.set_random_number_generator(random.Random(seed))  # noqa: S311 - reproducible sampling, no secret
    try:
        yield
    finally:
        igraph.set_random_number_generator(random)


def leiden(graph: Strengths, *, seed: int, tries: int = 1) -> tuple[np.ndarray, float]:
    """Return the best of ``tries`` partitions and its directed modularity (Leicht & Newman 2008).

    Q = (1/m) sum_ij (s_ij - out_i in_j / m) [same community]; doi 10.1103/PhysRevLett.100.118703. Leiden: Traag,
    Waltman & van Eck 2019, doi 10.1038/s41598-019-41695-z. igraph 1.0 optimises Q on a directed graph only when out-
    and in-strengths are passed as the two node weights: left to itself its quality is not the directed modularity.
    """
    import igraph

    total = float(graph.strength.sum())
    if total <= 0:
        return np.arange(graph.places), 0.0
    view = igraph.Graph(n=graph.places, edges=np.column_stack([graph.origin, graph.end]).tolist(), directed=True)
    out = np.bincount(graph.origin, weights=graph.strength, minlength=graph.places)
    into = np.bincount(graph.end, weights=graph.strength, minlength=graph.places)
    best, quality = np.arange(graph.places), -np.inf
    with seeded(seed):
        for _ in range(tries):
            found = view.community_leiden(
                objective_function="modularity", weights=graph.strength.tolist(), node_weights=out.tolist(),
                node_in_weights=into.tolist(), n_iterations=-1,
            )  # fmt: skip
            if found.quality > quality + 1e-12:
                best, quality = np.asarray(found.membership, dtype=np.int64), float(found.quality)
    return best, quality


def rewired(graph: Strengths, *, seed: int) -> Strengths:
    """Return a random graph in which every place keeps its legs in, its legs out and its strength out.

    Legs are swapped (ten tries a leg, no loops, no parallel legs: a directed configuration model, Maslov & Sneppen
    2002, doi 10.1126/science.1065103); the strengths of the legs out of a place are then dealt to them anew.
    """
    import igraph

    view = igraph.Graph(n=graph.places, edges=np.column_stack([graph.origin, graph.end]).tolist(), directed=True)
    with seeded(seed):
        view.rewire(n=10 * len(graph.origin))
    pairs = np.asarray(view.get_edgelist(), dtype=np.int64).reshape(-1, 2)
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    shuffled = np.random.default_rng(seed).permutation(len(graph.origin))
    # legs stay grouped by origin; within an origin the strengths come in random order
    dealt = shuffled[np.argsort(graph.origin[shuffled], kind="stable")]
    return Strengths(graph.places, pairs[:, 0], pairs[:, 1], graph.strength[dealt])


def settled(together: Strengths, *, seed: int, tries: int = 10) -> np.ndarray:
    """Return the best of ``tries`` partitions of legs weighed by how often their ends were together; no direction."""
    import igraph

    pairs = np.column_stack([together.origin, together.end])
    view = igraph.Graph(n=together.places, edges=pairs.tolist(), directed=False)
    with seeded(seed):
        found = [
            view.community_leiden(objective_function="modularity", weights=together.strength.tolist(), n_iterations=-1)
            for _ in range(tries)
        ]
    return np.asarray(max(found, key=lambda one: round(one.quality, 12)).membership, dtype=np.int64)
