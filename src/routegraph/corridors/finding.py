"""From draws of flow on routes to ranked corridors."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from routegraph.analysis import betweenness_legs
from routegraph.analysis.sweep import check_aligned
from routegraph.corridors import members, reasons, score, verdicts
from routegraph.corridors.clustering import leaders
from routegraph.corridors.corridor import Corridor, corridor_id
from routegraph.corridors.ways import Path, Ways
from routegraph.flows.posterior import interval, p_top, top_size

if TYPE_CHECKING:
    from routegraph.analysis.scores import LegScores
    from routegraph.flows.posterior import FlowPosterior
    from routegraph.network.graph import RouteGraph

TOLD_APART = 0.95
"""Posterior probability at which two corridors count as different in flow; stricter where there are more pairs."""


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
        ``p_top`` is among those returned.

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
    standing = score.leg_standing(legs.table["betweenness_mean"].reindex(graph.legs.index))
    index, draws = members.RouteIndex.of(graph), _flow_draws(ways, posterior, paths)
    largest, chance = score.size(draws), p_top(draws)
    found = [
        _parts(index, ways.routes_of(path), standing, path=path, volume=float(chance[k]), size=float(largest[k]))
        for k, path in enumerate(paths)
    ]
    flow = draws.mean(axis=0)
    order = sorted(
        range(len(paths)), key=lambda k: (-round(score.total(found[k]), 9), -round(float(flow[k]), 6), paths[k])
    )[:limit]
    flagged = interval(draws[:, order], name="flow").assign(p_top=p_top(draws[:, order])).to_dict("records")
    return tuple(
        _corridor(
            index, ways.routes_of(paths[k]), standing, path=paths[k], parts=found[k], corridors=len(order),
            row={**row, "rank": rank, "corrected": posterior.detection_corrected},
        )
        for rank, (k, row) in enumerate(zip(order, flagged, strict=True), start=1)
    )  # fmt: skip


def flow_draws(corridors: Sequence[Corridor], graph: RouteGraph, posterior: FlowPosterior) -> np.ndarray:
    """Return draws x corridors: consignments that carry each corridor (see :mod:`routegraph.corridors.ways`)."""
    check_aligned(graph, posterior)
    return _flow_draws(Ways.of(graph), posterior, [corridor.path for corridor in corridors])


def ranks_distinguishable(corridors: Sequence[Corridor], graph: RouteGraph, posterior: FlowPosterior) -> bool:
    """Return whether any two of the corridors differ in flow by more than chance makes of as many equal ones.

    Two of fifty equal corridors differ somewhere with high probability; each of k (k - 1) / 2 pairs is therefore asked
    for 1 - 0.05 / pairs (Bonferroni), on square roots of flow, whose noise is nearly normal and alike. Where this is
    False the ranking is no better than chance and every product says so (exit status 3).
    """
    if len(corridors) < 2:
        return False
    from scipy.special import ndtri

    roots = np.sqrt(flow_draws(corridors, graph, posterior))
    mean, together = roots.mean(axis=0), np.cov(roots, rowvar=False, ddof=0)
    alone = np.diag(together)
    spread = np.sqrt(np.maximum(alone[:, None] + alone[None, :] - 2 * together, 0.0))
    pairs = len(corridors) * (len(corridors) - 1) / 2
    apart = mean[:, None] - mean[None, :]
    return bool((apart > np.maximum(ndtri(1 - (1 - TOLD_APART) / pairs) * spread, 1e-9)).any())


def _flow_draws(ways: Ways, posterior: FlowPosterior, paths: Sequence[Path]) -> np.ndarray:
    columns = [np.sort(posterior.routes[:, ways.routes_of(path)], axis=1).sum(axis=1, dtype=np.float64)
               for path in paths]  # fmt: skip
    return np.column_stack(columns) if columns else np.empty((len(posterior.routes), 0))


def _crosses(path: Path, *, crossing: frozenset[tuple[str, str]]) -> bool:
    return any(leg in crossing for leg in pairwise(path))


def _parts(
    index: members.RouteIndex, routes: np.ndarray, standing: np.ndarray, *, path: Path, volume: float, size: float
) -> dict[str, float]:
    """Return the parts of the score of one chain: 0-1, higher is more notable."""
    status = members.step_status(index, index.uses(routes), path=path)
    events = int(index.graph.routes["seizures"].to_numpy()[routes].sum())
    parts = {
        "volume": volume,
        "size": size,
        "chokepoint": float(standing[index.steps(path)].mean()),
        "reach": score.saturating(_borders(index, path), half=score.HALF_REACH),
        "observed": sum(one == "travelled" for one in status) / len(status),
        "evidence": score.saturating(events, half=score.HALF_EVIDENCE),
    }
    if len(index.case) > 1:
        parts["sources"] = score.sources(events, index.sole_events(routes), n=len(index.named_sources(routes)))
    return parts


def _borders(index: members.RouteIndex, path: Path) -> int:
    return int(index.graph.legs["borders_crossed"].to_numpy()[index.steps(path)].sum())


def _corridor(
    index: members.RouteIndex, routes: np.ndarray, standing: np.ndarray, *, path: Path, parts: Mapping[str, float],
    row: Mapping[Hashable, float], corridors: int,
) -> Corridor:  # fmt: skip
    """Put one corridor together from its routes, its parts and the summary of its draws."""
    graph, uses = index.graph, index.uses(routes)
    chosen, sole = graph.routes.iloc[routes], index.sole_events(routes)
    records, status = members.record_ids(index, uses), members.step_status(index, uses, path=path)
    events, borders, case = int(chosen["seizures"].sum()), _borders(index, path), len(index.case)
    said = (
        reasons.reported(graph, routes, path=path, n_records=len(records)),
        reasons.busiest_pair(graph, routes, path=path),
        reasons.observed(status),
        reasons.flow(row, corrected=bool(row["corrected"]), top=top_size(corridors), corridors=corridors),
        reasons.crossed(borders, border=graph.border),
        reasons.chokepoint(graph, standing[index.steps(path)], path=path),
        reasons.sources(sole, events, n=len(index.named_sources(routes)), case=case),
        reasons.scored(parts, weights=score.WEIGHTS),
    )
    amount, unit = members.quantity(chosen)
    countries = graph.places["country"].reindex(list(path)).astype(str).tolist()
    return Corridor(
        rank=int(row["rank"]), corridor_id=corridor_id(path), path=path, countries=_in_order(countries),
        borders_crossed=borders,
        modes=members.listed(chosen["modes"], unknown="unknown"), commodity=members.commodity(chosen["commodity"]),
        score=score.total(parts), flow_mean=row["flow_mean"], flow_p05=row["flow_p05"], flow_p95=row["flow_p95"],
        surprise=math.nan, p_top=row["p_top"], tier="",
        verdict=verdicts.verdict(events, sole, case_sources=case), reasons=tuple(one for one in said if one),
        seizures=events, quantity_seized=amount, unit=unit, n_records=len(records), record_ids=records,
        tlp=members.marking(index, routes), parts=parts, step_status=status,
    )  # fmt: skip


def _in_order(countries: list[str]) -> tuple[str, ...]:
    """Return the countries in order of travel, neighbours that are equal once, blanks left out."""
    known = [one for one in countries if one]
    return tuple(one for k, one in enumerate(known) if k == 0 or one != known[k - 1])
