"""Betweenness against igraph's, in one run: `python benchmarks/centrality.py [legs] [draws]`.

Both go over the same draws of a random network; routegraph counts places and legs in one sweep, on two threads. They
take turns, and the best turn of each counts, since another program may hold a processor. What counts are the ratios: of
seconds, and of processor time, which does not know of threads.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import igraph
import numpy as np

from routegraph.analysis.kernels import betweenness_rows
from routegraph.analysis.sweep import next_step_cost

PLACES = 2_000
THREADS = 2
TURNS = 3

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


@dataclass
class Best:
    """The best turn of a sweep so far, in seconds and processor seconds a draw, and what it found."""

    seconds: float = np.inf
    processor: float = np.inf
    found: object = None

    def turn(self, sweep: Callable[..., object], network: Case) -> None:
        """Run it once more."""
        start, spent = time.perf_counter(), time.process_time()
        self.found = sweep(*network)
        self.seconds = min(self.seconds, (time.perf_counter() - start) / len(network[2]))
        self.processor = min(self.processor, (time.process_time() - spent) / len(network[2]))


def main() -> None:
    """Print one line a sweep."""
    asked = [int(argument) for argument in sys.argv[1:]]
    legs, draws = (*asked, *(20_000, 4)[len(asked) :])
    ours(*case(50, 1))  # compiles what is compiled once
    network = case(legs, draws)
    sweeps = {"routegraph, places and legs": ours, "igraph, legs": by_legs, "igraph, places and legs": by_both}
    best = {name: Best() for name in sweeps}
    for _ in range(TURNS):
        for name, sweep in sweeps.items():
            best[name].turn(sweep, network)
    mine, right = best["routegraph, places and legs"], best["igraph, places and legs"].found
    assert all(np.allclose(a, b) for a, b in zip(mine.found, right, strict=True))  # type: ignore[call-overload]  # noqa: S101
    print(f"{PLACES:,} places, {legs:,} legs, {draws} draws, {THREADS} threads, best of {TURNS} turns; a draw takes")
    for name, one in best.items():
        ratios = f"{one.seconds / mine.seconds:6.1f}x {one.processor / mine.processor:6.1f}x"
        print(f"{name:28} {one.seconds:8.3f} s {one.processor:8.3f} s of processor {ratios}")


if __name__ == "__main__":
    main()
