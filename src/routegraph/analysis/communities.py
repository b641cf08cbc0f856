"""Communities: which places exchange mostly among themselves, and whether that is more than chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from routegraph.analysis.leiden import Strengths, leiden, rewired, seeded
from routegraph.analysis.scores import Partition
from routegraph.analysis.sweep import check_aligned, joined

if TYPE_CHECKING:
    from routegraph.flows.posterior import FlowPosterior
    from routegraph.network.graph import RouteGraph

STAGE = 51
"""This user of randomness among all stages."""

RUNS, FEWEST_RUNS = 60, 10
NULLS, FEWEST_NULLS = 99, 19
LEG_VISITS = 600_000
SIGNIFICANCE = 0.05
NO_STRUCTURE = "no community structure"


def communities(graph: RouteGraph, posterior: FlowPosterior, *, seed: int | None = None) -> Partition:
    """Group places that exchange more flow than their totals explain, or say that there are no such groups.

    Parameters
    ----------
    graph, posterior
        The network, and draws of flow on it. Direction counts: the modularity is the directed one, which compares
        each leg with what its origin sends and its destination receives.
    seed
        Seed of the search and of the null; None takes the posterior's.

    Returns
    -------
    Partition
        Indexed by place_id: community (1 = largest throughflow; 0 = none) and stability (0-1: how often, over draws
        and seeds, the other members were found with this place; NaN where community is 0). ``names`` says "around"
        and the busiest place. Where the modularity is within the null's range, community is 0 everywhere and
        ``names[0]`` is "no community structure". ``parameters``: modularity, null_mean, null_p95, p_value, runs.

    Raises
    ------
    SettingError
        The draws belong to another graph.

    Notes
    -----
    Consensus: each run takes a draw and a seed of its own; legs are then weighed by the share of runs that found
    both ends together, and Leiden is run once more on those (Lancichinetti & Fortunato 2012, restricted to legs as
    in Poulin & Theberge 2019). The null keeps every place's legs in and out and its strength out. Modularity cannot
    see groups much smaller than the square root of the network (Fortunato & Barthelemy 2007); on small or nearly
    complete networks the null has little room and the answer is often "no community structure". A community of
    seizure flow can be one agency's area of reporting.

    References
    ----------
    Traag, Waltman & van Eck 2019, doi 10.1038/s41598-019-41695-z; Leicht & Newman 2008, doi
    10.1103/PhysRevLett.100.118703; Lancichinetti & Fortunato 2012, doi 10.1038/srep00336; Poulin & Theberge 2019,
    doi 10.1007/978-3-030-05411-3_19; Fortunato & Barthelemy 2007, doi 10.1073/pnas.0605965104.
    """
    check_aligned(graph, posterior)
    places, legs, draws = _canonical(graph, posterior)
    rng = np.random.default_rng([posterior.seed if seed is None else seed, STAGE])
    mean = Strengths(legs.places, legs.origin, legs.end, draws.mean(axis=0)).flowing()
    observed, null = _against_null(mean, rng=rng)
    p_value = (1 + int((null >= observed - 1e-12).sum())) / (1 + len(null))
    runs = int(np.clip(LEG_VISITS // max(1, len(legs.origin)), FEWEST_RUNS, RUNS))
    parameters: dict[str, object] = {
        "modularity": observed, "null_mean": float(null.mean()), "null_p95": float(np.quantile(null, 0.95)),
        "p_value": p_value, "nulls": len(null), "runs": runs, "resolution": 1.0, "direction": "directed modularity",
    }  # fmt: skip
    if p_value > SIGNIFICANCE:
        table = pd.DataFrame({"community": 0, "stability": np.nan}, index=graph.places.index)
        return Partition(table, "communities", parameters, {0: NO_STRUCTURE})
    found = _runs(legs, draws, runs=runs, rng=rng)
    consensus = _consensus(mean, found, seed=int(rng.integers(2**31)))
    through = np.bincount(mean.origin, mean.strength, len(places)) + np.bincount(mean.end, mean.strength, len(places))
    community = _by_throughflow(consensus, through)
    stability = np.where(community > 0, _stability(community, found), np.nan)
    table = pd.DataFrame({"community": community, "stability": stability}, index=places).reindex(graph.places.index)
    table["community"] = table["community"].fillna(0).astype(np.int64)
    names = _names(graph, places, community, through)
    if (table["community"] == 0).any():
        names = {0: "no community"} | names
    return Partition(table, "communities", parameters, names)


def _canonical(graph: RouteGraph, posterior: FlowPosterior) -> tuple[pd.Index, Strengths, np.ndarray]:
    """Return places that legs join by id, legs by (origin, end) and draws in that order.

    So that neither the order of rows nor places that no leg joins change which random numbers are drawn.
    """
    taking_part, compact = joined(graph)
    places = graph.places.index[taking_part]
    by_id = np.argsort(places.to_numpy(dtype=str), kind="stable")
    rank = np.empty(len(by_id), dtype=np.int64)
    rank[by_id] = np.arange(len(by_id))
    ends = rank[compact.to_numpy().reshape(-1, 2)]
    order = np.lexsort((ends[:, 1], ends[:, 0]))
    origin, end = ends[order, 0], ends[order, 1]
    legs = Strengths(len(by_id), origin, end, np.zeros(len(order)))
    return places[by_id], legs, posterior.legs[:, order].astype(np.float64)


def _against_null(mean: Strengths, *, rng: np.random.Generator) -> tuple[float, np.ndarray]:
    """Return the modularity found and those found the same way on rewired networks."""
    nulls = int(np.clip(LEG_VISITS // max(1, len(mean.origin)), FEWEST_NULLS, NULLS))
    seeds = rng.integers(2**31, size=nulls + 1).tolist()
    _, observed = leiden(mean, seed=seeds[0])
    null = [leiden(rewired(mean, seed=one), seed=one)[1] if len(mean.origin) else 0.0 for one in seeds[1:]]
    return observed, np.asarray(null)


def _runs(legs: Strengths, draws: np.ndarray, *, runs: int, rng: np.random.Generator) -> np.ndarray:
    """Return runs x places: the community of each place in each run, a draw and a seed a run."""
    found = np.empty((runs, legs.places), dtype=np.int64)
    for run, seed in enumerate(rng.integers(2**31, size=runs).tolist()):
        drawn = draws[run * len(draws) // runs]
        found[run], _ = leiden(Strengths(legs.places, legs.origin, legs.end, drawn).flowing(), seed=seed)
    return found


def _consensus(mean: Strengths, found: np.ndarray, *, seed: int) -> np.ndarray:
    """Return one partition from many: Leiden on legs weighed by how often both ends were together; -1 = no legs."""
    import igraph

    together = (found[:, mean.origin] == found[:, mean.end]).mean(axis=0)
    kept = together > 0
    pairs = np.column_stack([mean.origin, mean.end])[kept]
    view = igraph.Graph(n=mean.places, edges=pairs.tolist(), directed=False)
    best = np.arange(mean.places)
    if kept.any():
        with seeded(seed):
            tries = [
                view.community_leiden(objective_function="modularity", weights=together[kept].tolist(), n_iterations=-1)
                for _ in range(10)
            ]
        best = np.asarray(max(tries, key=lambda one: round(one.quality, 12)).membership, dtype=np.int64)
    joined = np.zeros(mean.places, dtype=bool)
    joined[mean.origin] = joined[mean.end] = True
    return np.where(joined, best, -1)


def _by_throughflow(partition: np.ndarray, through: np.ndarray) -> np.ndarray:
    """Return labels 1, 2, ... by falling throughflow, ties by the first place; -1 becomes 0."""
    labels, first, inverse = np.unique(partition, return_index=True, return_inverse=True)
    total = np.bincount(inverse, weights=through)
    ranking = [k for k in np.lexsort((first, -np.round(total, 9))) if labels[k] >= 0]
    new = np.zeros(len(labels), dtype=np.int64)
    new[ranking] = np.arange(1, len(ranking) + 1)
    return new[inverse]


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


def _names(graph: RouteGraph, places: pd.Index, community: np.ndarray, through: np.ndarray) -> dict[int, str]:
    """Name each community after its busiest place (ties by place id)."""
    shown = graph.places["name"].reindex(places).astype(str)
    names: dict[int, str] = {}
    for one in range(1, int(community.max(initial=0)) + 1):
        members = np.flatnonzero(community == one)
        busiest = members[np.argmax(np.round(through[members], 9))]
        names[one] = f"around {shown.iloc[busiest] or places[busiest]}"
    return names
