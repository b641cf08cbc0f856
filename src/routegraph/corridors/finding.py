"""From draws of flow on routes to ranked corridors."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from routegraph.analysis import betweenness_legs
from routegraph.analysis.sweep import check_aligned
from routegraph.corridors import members, reasons, score, verdicts
from routegraph.corridors.clustering import leaders
from routegraph.corridors.corridor import Corridor, corridor_id
from routegraph.corridors.ways import Path, Ways
from routegraph.flows.posterior import interval, top_size

if TYPE_CHECKING:
    from routegraph.analysis.scores import LegScores
    from routegraph.flows.posterior import FlowPosterior
    from routegraph.network.graph import RouteGraph

TOLD_APART = 0.95
"""Posterior probability at which two corridors count as different in flow."""


def find_corridors(
    graph: RouteGraph, posterior: FlowPosterior, *, limit: int = 50, betweenness: LegScores | None = None
) -> tuple[Corridor, ...]:
    """Flag chains of legs, over at least one border, that the same consignments travelled together.

    Parameters
    ----------
    graph, posterior
        The network, and draws of flow on its routes.
    limit
        How many to return, best first; >= 0.
    betweenness
        Scores of :func:`routegraph.analysis.betweenness_legs` where they are at hand; else computed.

    Returns
    -------
    tuple of Corridor
        Ranked by score, ties by flow and path; fewer than ``limit``, or none, where records do not support more.

    Raises
    ------
    SettingError
        The draws belong to another graph.

    Notes
    -----
    A consignment carries a corridor when it travelled at least half of its legs on a way that has two of them in a row;
    pairs are never chained end to end. A chain is cut where few consignments go on and where its ends are thin. Steps
    that nobody travelled before a seizure are on it where records name them as the way ahead, and say so in
    ``step_status``. See ``docs/corridors.md`` for the declared numbers, and when not to trust it.
    """
    check_aligned(graph, posterior)
    ways = Ways.of(graph)
    mean = posterior.routes.mean(axis=0, dtype=np.float64)
    crosses = partial(_crosses, crossing=frozenset(graph.legs.index[graph.legs["borders_crossed"] > 0]))
    paths = leaders(ways, ways.per_way(mean), crosses=crosses)
    if not paths:
        return ()
    legs = betweenness_legs(graph, posterior) if betweenness is None else betweenness
    draws = _flow_draws(ways, posterior, paths)
    standing = score.leg_standing(legs.table["betweenness_mean"].reindex(graph.legs.index))
    index = members.RouteIndex.of(graph)
    shares = pd.DataFrame(np.column_stack(score.volume(draws)), columns=["volume", "standing"])
    summary = pd.concat([interval(draws, name="flow"), shares], axis=1)
    corrected = posterior.detection_corrected
    found = [
        _corridor(index, ways.routes_of(path), standing, path=path, row=row, corridors=len(paths), corrected=corrected)
        for path, row in zip(paths, summary.to_dict("records"), strict=True)
    ]
    ranked = sorted(found, key=lambda one: (-round(one.score, 9), -round(one.flow_mean, 6), one.path))
    return tuple(replace(one, rank=rank) for rank, one in enumerate(ranked[:limit], start=1))


def flow_draws(corridors: Sequence[Corridor], graph: RouteGraph, posterior: FlowPosterior) -> np.ndarray:
    """Return draws x corridors: consignments that carry each corridor (see :mod:`routegraph.corridors.ways`)."""
    check_aligned(graph, posterior)
    return _flow_draws(Ways.of(graph), posterior, [corridor.path for corridor in corridors])


def ranks_distinguishable(corridors: Sequence[Corridor], graph: RouteGraph, posterior: FlowPosterior) -> bool:
    """Return whether any two of the corridors differ in flow with posterior probability 0.95 or more.

    Where this is False the ranking is no better than chance and every product says so (exit status 3).
    """
    draws = flow_draws(corridors, graph, posterior)
    return any(bool(((draws[:, [k]] > draws).mean(axis=0) >= TOLD_APART).any()) for k in range(draws.shape[1]))


def _flow_draws(ways: Ways, posterior: FlowPosterior, paths: Sequence[Path]) -> np.ndarray:
    columns = [np.sort(posterior.routes[:, ways.routes_of(path)], axis=1).sum(axis=1, dtype=np.float64)
               for path in paths]  # fmt: skip
    return np.column_stack(columns) if columns else np.empty((len(posterior.routes), 0))


def _crosses(path: Path, *, crossing: frozenset[tuple[str, str]]) -> bool:
    return any(leg in crossing for leg in pairwise(path))


def _corridor(
    index: members.RouteIndex, routes: np.ndarray, standing: np.ndarray, *, path: Path, row: Mapping[Hashable, float],
    corridors: int, corrected: bool,
) -> Corridor:  # fmt: skip
    """Put one corridor together from its routes and the summary of its draws."""
    graph = index.graph
    chosen, steps = graph.routes.iloc[routes], index.steps(path)
    uses = index.uses(routes)
    records, status = members.record_ids(index, uses), members.step_status(index, uses, path=path)
    events, sole = int(chosen["seizures"].sum()), index.sole_events(routes)
    named = index.named_sources(routes)
    case, borders = len(index.case), int(graph.legs["borders_crossed"].to_numpy()[steps].sum())
    at = standing[steps]
    parts = {
        "volume": row["volume"],
        "standing": row["standing"],
        "chokepoint": float(at.mean()),
        "reach": score.saturating(borders, half=score.HALF_REACH),
        "observed": sum(one == "travelled" for one in status) / len(status),
        "evidence": score.saturating(events, half=score.HALF_EVIDENCE),
    }
    if case > 1:
        parts["sources"] = 1 - 1 / len(named) if named else 0.0
    said = (
        reasons.reported(graph, routes, path=path, n_records=len(records)),
        reasons.busiest_pair(graph, routes, path=path),
        reasons.observed(status),
        reasons.flow(row, corrected=corrected, top=top_size(corridors), corridors=corridors),
        reasons.chokepoint(graph, at, path=path),
        reasons.sources(sole, events, n=len(named), case=case),
    )  # fmt: skip
    amount, unit = members.quantity(chosen)
    countries = graph.places["country"].reindex(list(path)).astype(str).tolist()
    return Corridor(
        rank=0, corridor_id=corridor_id(path), path=path, countries=_in_order(countries), borders_crossed=borders,
        modes=members.listed(chosen["modes"], unknown="unknown"), commodity=members.commodity(chosen["commodity"]),
        score=score.total(parts), flow_mean=row["flow_mean"], flow_p05=row["flow_p05"], flow_p95=row["flow_p95"],
        surprise=math.nan, p_top=row["volume"], tier="",
        verdict=verdicts.verdict(events, sole, case_sources=case), reasons=tuple(one for one in said if one),
        seizures=events, quantity_seized=amount, unit=unit, n_records=len(records), record_ids=records,
        tlp=members.marking(index, routes), parts=parts, step_status=status,
    )  # fmt: skip


def _in_order(countries: list[str]) -> tuple[str, ...]:
    """Return the countries in order of travel, neighbours that are equal once, blanks left out."""
    known = [one for one in countries if one]
    return tuple(one for k, one in enumerate(known) if k == 0 or one != known[k - 1])
