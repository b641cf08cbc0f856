"""Whether flagged corridors are the true ones, verdicts right, chances of being on top calibrated and tiers stable."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from routegraph.evaluation.truth import truth_of

if TYPE_CHECKING:
    from routegraph.corridors import Corridor
    from routegraph.flows import FlowPosterior
    from routegraph.network import RouteGraph
    from routegraph.synthetic import World

HEAVIEST, FLAGGED = 20, 30
"""How many of the heaviest true corridors are looked for, and among how many of the first flagged ones."""

SHARED, LONGER = 0.6, 1.5
"""A flagged corridor is a true one when it has at least this share of its legs and is at most so many times as long."""

BANDS = (0.0, 0.05, 0.2, 0.45, 0.55, 0.8, 0.95, 1.0)
"""Edges of the bands of ICD 203 in which chances of being on top are compared with how often it was so."""

Path_ = tuple[str, ...]


def evaluate_corridors(
    world: World, *, estimators: Sequence[str] = ("counts", "removal"), draws: int = 400, by_command: bool = False
) -> pd.DataFrame:
    """Return how the corridors of ``counts`` and of ``removal`` compare with the truth of a world.

    Returns
    -------
    pandas.DataFrame
        Indexed by estimator: events; found (share of the 20 heaviest true routes matched one to one among the first 30
        flagged), found_50 (among the 50 flagged), under, under_right, artefact, artefact_right (corridors so called;
        those whose true share of flow lies on that side of their share of events by ``verdicts.TIMES``), and for each
        band of ``BANDS`` top_K (legs whose p_top lies in it), top_K_chance (sum of their chances), top_K_true (those
        among the truly busiest).
    """
    del by_command
    with tempfile.TemporaryDirectory(prefix="routegraph-") as folder:
        cases = _estimated(world, Path(folder), estimators=estimators, draws=draws, seeds=(world.seed,))
        rows = {}
        for name, (graph, posterior, corridors, events) in cases.items():
            rows[name] = {
                "events": events,
                "found": share_matched(_heaviest(world), [one.path for one in corridors[:FLAGGED]]),
                "found_50": share_matched(_heaviest(world), [one.path for one in corridors]),
                **_verdicts(world, corridors),
                **_reliability(world, graph, posterior),
            }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("estimator")


def evaluate_tiers(
    world: World, *, estimators: Sequence[str] = ("removal",), draws: int = 400, by_command: bool = False
) -> pd.DataFrame:
    """Return how far tiers and ranks move when the same case is run with another seed.

    Returns
    -------
    pandas.DataFrame
        One row, ``removal``: events; both (corridors flagged by both runs, of the first 50 of each), same_tier and
        near_tier (share of those in the same tier, and at most one apart), rank_correlation (Spearman), within (share
        whose rank in the other run lies within the rank interval of the first).
    """
    del by_command, estimators
    with tempfile.TemporaryDirectory(prefix="routegraph-") as folder:
        seeds = (world.seed, world.seed + 100_000)
        cases = _estimated(world, Path(folder), estimators=("removal",), draws=draws, seeds=seeds)
    one, other = ({each.corridor_id: each for each in corridors} for _, _, corridors, _ in cases.values())
    both = sorted(set(one) & set(other))
    moved = np.array([abs(int(one[key].tier) - int(other[key].tier)) for key in both])
    ranks = pd.DataFrame([(one[key].rank, other[key].rank) for key in both], columns=["one", "other"])
    inside = [one[key].rank_p05 <= other[key].rank <= one[key].rank_p95 for key in both]
    row = {
        "events": next(iter(cases.values()))[3],
        "both": len(both),
        "same_tier": float((moved == 0).mean()) if both else np.nan,
        "near_tier": float((moved <= 1).mean()) if both else np.nan,
        "rank_correlation": float(ranks["one"].corr(ranks["other"], method="spearman")) if len(both) > 1 else np.nan,
        "within": float(np.mean(inside)) if both else np.nan,
    }
    return pd.DataFrame([row], index=pd.Index(["removal"], name="estimator"))


def share_matched(true: Sequence[Path_], flagged: Sequence[Path_]) -> float:
    """Return the largest share of true paths that can be matched one to one with flagged ones; NaN where none is true.

    A flagged path matches a true one that has ``SHARED`` of its legs on it and is not over ``LONGER`` times shorter.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import maximum_bipartite_matching

    if not true:
        return np.nan
    wanted, offered = ([set(pairwise(path)) for path in paths] for paths in (true, flagged))
    fits = np.array(
        [
            [len(a & b) >= SHARED * len(a) - 1e-9 and len(b) <= LONGER * len(a) + 1e-9 for b in offered]
            for a in wanted
        ],
        dtype=np.int8,
    ).reshape(len(wanted), len(offered))  # fmt: skip
    found = (
        maximum_bipartite_matching(csr_array(fits), perm_type="column") if len(offered) else np.full(len(wanted), -1)
    )
    return float((found >= 0).mean())


_Found = tuple["RouteGraph", "FlowPosterior", "tuple[Corridor, ...]", int]


def _estimated(
    world: World, folder: Path, *, estimators: Sequence[str], draws: int, seeds: Sequence[int]
) -> dict[str, _Found]:
    """Return what each estimator makes of a world, as ``routegraph run`` would: once, or once for each seed."""
    from routegraph.analysis import diversion
    from routegraph.corridors import find_corridors
    from routegraph.evaluation.cases import case_of
    from routegraph.evaluation.estimators import removal_of
    from routegraph.flows import estimate_counts

    case = case_of(world, folder, draws=draws, seed=world.seed)
    found: dict[str, _Found] = {}
    for name in estimators:
        for seed in seeds:
            if name == "counts":
                graph, posterior = case.graph, estimate_counts(case.graph, draws=draws, seed=seed)
            else:
                estimate = removal_of(case, seed=seed)
                graph, posterior = estimate.graph, estimate.posterior
            corridors = find_corridors(graph, posterior, scores={"diversion": diversion(graph, posterior)})
            key = name if seed == seeds[0] else f"{name} {seed}"
            found[key] = graph, posterior, corridors, int(case.graph.counts["events"])
    return found


def _true_routes(world: World) -> pd.Series:
    """Return the shipments of each true cross-border path, most first."""
    across = ~world.routes["domestic"].to_numpy(dtype=bool)
    flow = pd.Series(world.shipments.sum(axis=1)[across], dtype="float64")
    paths = pd.Series([tuple(path) for path in world.routes["path"]], dtype="object")[across]
    total = flow.groupby(paths.to_numpy()).sum()
    return total.sort_index().sort_values(ascending=False, kind="stable")


def _heaviest(world: World) -> list[Path_]:
    flow = _true_routes(world)
    return [tuple(path) for path in flow.index[flow.to_numpy() > 0][:HEAVIEST]]


def _verdicts(world: World, corridors: Sequence[Corridor]) -> dict[str, float]:
    """Return how many corridors are called under-detected and artefacts, and of how many that is true."""
    from routegraph.corridors.verdicts import ARTEFACT, TIMES, UNDER_DETECTED
    from routegraph.corridors.ways import Ways

    flow = _true_routes(world)
    steps = [len(path) - 1 for path in flow.index]
    routes = pd.DataFrame({"path": list(flow.index), "travelled_steps": steps})
    ways = Ways.of(cast("RouteGraph", SimpleNamespace(routes=routes)))
    true = np.array([flow.to_numpy()[ways.routes_of(one.path, core=one.core)].sum() for one in corridors])
    events = np.array([one.seizures for one in corridors]) + 0.5
    if not len(corridors) or not true.sum():
        return dict.fromkeys(("under", "under_right", "artefact", "artefact_right"), 0.0)
    ratio = (true / true.sum()) / (events / events.sum())
    said = np.array([one.verdict for one in corridors])
    under, artefact = said == UNDER_DETECTED, said == ARTEFACT
    return {
        "under": float(under.sum()),
        "under_right": float((under & (ratio > TIMES)).sum()),
        "artefact": float(artefact.sum()),
        "artefact_right": float((artefact & (TIMES * ratio < 1)).sum()),
    }


def _reliability(world: World, graph: RouteGraph, posterior: FlowPosterior) -> dict[str, float]:
    """Return for each band of chances how many legs lie in it, their chances, and how many truly are on top."""
    from routegraph.evaluation.metrics import busiest
    from routegraph.flows.posterior import p_top, top_size

    chance = p_top(posterior.legs)
    top = busiest(truth_of(world).legs, most=top_size(len(graph.legs)))
    true = np.asarray(graph.legs.index.isin(top))
    band = np.clip(np.searchsorted(BANDS, chance, side="right") - 1, 0, len(BANDS) - 2)
    row: dict[str, float] = {}
    for k in range(len(BANDS) - 1):
        mine = band == k
        row[f"top_{k}"] = float(mine.sum())
        row[f"top_{k}_chance"] = float(chance[mine].sum())
        row[f"top_{k}_true"] = float(true[mine].sum())
    return row
