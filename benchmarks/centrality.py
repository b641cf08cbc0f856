"""Betweenness against igraph's, in one run: `python benchmarks/centrality.py [legs] [draws]`.

Both go over the same draws of a random network; routegraph counts places and legs in one sweep, on two threads. What
counts is the ratio in the last column; seconds depend on the machine and on what else it does.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import igraph
import numpy as np

from routegraph.analysis.kernels import betweenness_rows
from routegraph.analysis.sweep import next_step_cost

PLACES = 2_000
THREADS = 2

Case = tuple[np.ndarray, np.ndarray, np.ndarray]


def case(legs: int, draws: int, *, seed: int = 1) -> Case:
    """Return origins, ends and draws of costs: legs anywhere, heavy-tailed flow, cost 1 - ln P(next step)."""
    rng = np.random.default_rng(seed)
    ends = rng.permutation(PLACES * PLACES)[: legs * 2]
    ends = np.sort(ends[ends // PLACES != ends % PLACES][:legs])
    origin, end = ends // PLACES, ends % PLACES
    flows = rng.lognormal(1, 1.5, len(ends)) * rng.gamma(4, 0.25, (draws, len(ends)))
    return origin, end, np.array([next_step_cost(origin, flow) for flow in flows])


def ours(origin: np.ndarray, end: np.ndarray, cost: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sweep places and legs at once."""
    starts = np.tile(np.arange(PLACES), (len(cost), 1))
    return betweenness_rows(origin, end, cost, starts, places=PLACES, threads=THREADS)


def view(origin: np.ndarray, end: np.ndarray) -> igraph.Graph:
    """Return igraph's graph; making it is not timed."""
    return igraph.Graph(n=PLACES, edges=np.column_stack([origin, end]).tolist(), directed=True)


def by_legs(origin: np.ndarray, end: np.ndarray, cost: np.ndarray) -> list[list[float]]:
    """Sweep legs with igraph."""
    graph = view(origin, end)
    return [graph.edge_betweenness(directed=True, weights=row.tolist()) for row in cost]


def by_both(origin: np.ndarray, end: np.ndarray, cost: np.ndarray) -> list[list[list[float]]]:
    """Sweep places, then legs, with igraph."""
    graph = view(origin, end)
    at = [graph.betweenness(directed=True, weights=row.tolist()) for row in cost]
    return [at, by_legs(origin, end, cost)]


def timed(sweep: Callable[..., object], network: Case) -> tuple[float, object]:
    """Return seconds a draw, and what was found."""
    start = time.perf_counter()
    found = sweep(*network)
    return (time.perf_counter() - start) / len(network[2]), found


def main() -> None:
    """Print one line a sweep."""
    asked = [int(argument) for argument in sys.argv[1:]]
    legs, draws = (*asked, *(20_000, 6)[len(asked) :])
    ours(*case(50, 1))  # compiles what is compiled once
    network = case(legs, draws)
    print(f"{PLACES:,} places, {legs:,} legs, {draws} draws, {THREADS} threads; seconds a draw")
    seconds, found = timed(ours, network)
    legs_alone, right = timed(by_legs, network)
    both, _ = timed(by_both, network)
    assert np.allclose(found[1], right)  # type: ignore[index]  # noqa: S101 -- a fast wrong answer is none
    print(f"{'routegraph, places and legs':30} {seconds:8.3f} s")
    for name, theirs in (("igraph, legs", legs_alone), ("igraph, places and legs", both)):
        print(f"{name:30} {theirs:8.3f} s {theirs / seconds:6.1f}x")


if __name__ == "__main__":
    main()
