"""One partition of places from many: a search on each of many draws, and what they agree on.

What Leiden and Infomap share: the order of places, the null that chance is, the consensus and its stability.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from routegraph.analysis.leiden import Strengths, rewired
from routegraph.analysis.naming import community_names
from routegraph.analysis.scores import Partition
from routegraph.analysis.sweep import check_aligned, joined

if TYPE_CHECKING:
    from routegraph.flows.posterior import FlowPosterior
    from routegraph.network.graph import RouteGraph

RUNS, FEWEST_RUNS = 60, 10
NULLS, FEWEST_NULLS = 99, 19
LEG_VISITS = 600_000
SIGNIFICANCE = 0.05
NO_STRUCTURE = "no community structure"
ROUNDS = 3
"""Rounds in which a place's neighbours, theirs and so on enter the order of places."""


@dataclass(frozen=True)
class Method:
    """A way to find communities: what it is called, and how it searches.

    Attributes
    ----------
    measure, quality
        Name of the partition, and of the quality that it is judged by against the null: higher is better.
    stage
        This user of randomness among all stages.
    search
        Directed strengths and a seed -> a label for every place and the quality.
    settle
        How often the two ends of each leg were together, and a seed -> the labels on which the runs agree.
    stated
        What else belongs into the parameters, the treatment of direction first of all.
    leg_visits
        Legs times searches that runs, and the null, may cost each; sizes decide, never the clock.
    """

    measure: str
    quality: str
    stage: int
    search: Callable[[Strengths, int], tuple[np.ndarray, float]]
    settle: Callable[[Strengths, int], np.ndarray]
    stated: Mapping[str, object] = field(default_factory=dict)
    leg_visits: int = LEG_VISITS


def partition(graph: RouteGraph, posterior: FlowPosterior, method: Method, *, seed: int | None) -> Partition:
    """Return the communities on which runs over draws and seeds agree, or none where chance does as well."""
    check_aligned(graph, posterior)
    places, legs, draws = canonical(graph, posterior)
    rng = np.random.default_rng([posterior.seed if seed is None else seed, method.stage])
    mean = Strengths(legs.places, legs.origin, legs.end, _mean(draws)).flowing()
    observed, null = _against_null(mean, method, rng=rng)
    p_value = (1 + int((null >= observed - 1e-12).sum())) / (1 + len(null))
    runs = int(np.clip(method.leg_visits // max(1, len(legs.origin)), FEWEST_RUNS, RUNS))
    parameters: dict[str, object] = {
        method.quality: observed, "null_mean": float(null.mean()), "null_p95": float(np.quantile(null, 0.95)),
        "p_value": p_value, "nulls": len(null), "runs": runs, **method.stated,
    }  # fmt: skip
    if p_value > SIGNIFICANCE:
        table = pd.DataFrame({"community": 0, "stability": np.nan, "leading": 0}, index=graph.places.index)
        return Partition(table, method.measure, parameters, {0: NO_STRUCTURE})
    found = _runs(legs, draws, method, runs=runs, rng=rng)
    agreed = _consensus(mean, found, method, seed=int(rng.integers(2**31)))
    through = np.bincount(mean.origin, mean.strength, len(places)) + np.bincount(mean.end, mean.strength, len(places))
    community = _by_throughflow(agreed, through)
    table = pd.DataFrame(
        {
            "community": community,
            "stability": np.where(community > 0, _stability(community, found), np.nan),
            "leading": _leading(places, community, through),
        },
        index=places,
    ).reindex(graph.places.index)
    whole = table[["community", "leading"]].fillna(0).astype(np.int64)
    table = table.assign(community=whole["community"], leading=whole["leading"])
    names = community_names(graph, posterior, table)
    if (table["community"] == 0).any():
        names = {0: "no community"} | names
    return Partition(table, method.measure, parameters, names)


def canonical(graph: RouteGraph, posterior: FlowPosterior) -> tuple[pd.Index, Strengths, np.ndarray]:
    """Return places that legs join in an order of their own, legs by (origin, end) and draws in that order.

    Places are ordered by the flow out of and into them, then by that of their neighbours, and only where all that is
    equal by id: so that neither the order of rows, nor what places are called, nor places that no leg joins change
    which random numbers are drawn for which place.
    """
    taking_part, compact = joined(graph)
    places = graph.places.index[taking_part]
    ends = compact.to_numpy().reshape(-1, 2)
    draws = posterior.legs.astype(np.float64)
    by_flow = _by_flow(places, ends, _mean(draws))
    rank = np.empty(len(by_flow), dtype=np.int64)
    rank[by_flow] = np.arange(len(by_flow))
    ends = rank[ends]
    order = np.lexsort((ends[:, 1], ends[:, 0]))
    legs = Strengths(len(by_flow), ends[order, 0], ends[order, 1], np.zeros(len(order)))
    return places[by_flow], legs, draws[:, order]


def _mean(draws: np.ndarray) -> np.ndarray:
    return np.asarray(draws.mean(axis=0)) if len(draws) else np.zeros(draws.shape[1])


def _by_flow(places: pd.Index, ends: np.ndarray, strength: np.ndarray) -> np.ndarray:
    """Return the order of places: by flow out and in, then by what their neighbours have; ties by id."""
    keys: list[np.ndarray] = []
    value = np.ones(len(places))
    for _ in range(ROUNDS):
        out = np.bincount(ends[:, 0], weights=strength * value[ends[:, 1]], minlength=len(places))
        into = np.bincount(ends[:, 1], weights=strength * value[ends[:, 0]], minlength=len(places))
        most = max(float(out.max(initial=0.0)), float(into.max(initial=0.0))) or 1.0
        # nine digits, so that the order in which a sum was taken does not show
        keys += [-np.round(out / most, 9), -np.round(into / most, 9)]
        value = 1.0 + np.round(out / most, 9) + np.sqrt(2.0) * np.round(into / most, 9)
    return np.lexsort((places.to_numpy(dtype=str), *keys[::-1]))


def _against_null(mean: Strengths, method: Method, *, rng: np.random.Generator) -> tuple[float, np.ndarray]:
    """Return the quality found and those found the same way on rewired networks."""
    nulls = int(np.clip(method.leg_visits // max(1, len(mean.origin)), FEWEST_NULLS, NULLS))
    seeds = rng.integers(2**31, size=nulls + 1).tolist()
    _, observed = method.search(mean, seeds[0])
    null = [method.search(rewired(mean, seed=one), one)[1] if len(mean.origin) else 0.0 for one in seeds[1:]]
    return observed, np.asarray(null)


def _runs(
    legs: Strengths, draws: np.ndarray, method: Method, *, runs: int, rng: np.random.Generator
) -> np.ndarray:  # fmt: skip
    """Return runs x places: the community of each place in each run, a draw and a seed a run."""
    found = np.empty((runs, legs.places), dtype=np.int64)
    for run, seed in enumerate(rng.integers(2**31, size=runs).tolist()):
        drawn = draws[run * len(draws) // runs]
        found[run], _ = method.search(Strengths(legs.places, legs.origin, legs.end, drawn).flowing(), seed)
    return found


def _consensus(mean: Strengths, found: np.ndarray, method: Method, *, seed: int) -> np.ndarray:
    """Return one partition from many: the search on legs weighed by how often both ends were together; -1 = no legs."""
    together = Strengths(
        mean.places, mean.origin, mean.end, (found[:, mean.origin] == found[:, mean.end]).mean(axis=0)
    ).flowing()
    best = method.settle(together, seed) if len(together.origin) else np.arange(mean.places)
    flows = np.zeros(mean.places, dtype=bool)
    flows[mean.origin] = flows[mean.end] = True
    return np.where(flows, best, -1)


def _by_throughflow(labels: np.ndarray, through: np.ndarray) -> np.ndarray:
    """Return labels 1, 2, ... by falling throughflow, ties by the first place; -1 becomes 0."""
    distinct, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    total = np.bincount(inverse, weights=through)
    ranking = [k for k in np.lexsort((first, -np.round(total, 9))) if distinct[k] >= 0]
    new = np.zeros(len(distinct), dtype=np.int64)
    new[ranking] = np.arange(1, len(ranking) + 1)
    return new[inverse]


def _leading(places: pd.Index, community: np.ndarray, through: np.ndarray) -> np.ndarray:
    """Return each place's rank in its community by throughflow, 1 = busiest (ties by place id); 0 in none."""
    order = np.lexsort((places.to_numpy(dtype=str), -np.round(through, 9), community))
    rank = np.empty(len(places), dtype=np.int64)
    rank[order] = np.arange(len(places)) - np.searchsorted(community[order], community[order]) + 1
    return np.where(community > 0, rank, 0)


def _stability(community: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Return per place the mean share, over runs, of its fellow members that a run put with it (alone: 1 if alone)."""
    size = np.bincount(community)[community]
    shares = np.zeros(len(community))
    for run in found:
        _, cell, count = np.unique(np.column_stack([community, run]), axis=0, return_inverse=True, return_counts=True)
        with_it = count[cell.ravel()]
        alone = (np.bincount(run)[run] == 1).astype(float)
        shares += np.where(size > 1, (with_it - 1) / np.maximum(size - 1, 1), alone)
    return shares / len(found)
