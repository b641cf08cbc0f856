"""From draws of flow on routes to ranked corridors."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
from routegraph.flows.exposure import p_excess, surprise
from routegraph.flows.posterior import interval, p_top, top_size

if TYPE_CHECKING:
    from routegraph.analysis.scores import LegScores
    from routegraph.flows.posterior import FlowPosterior
    from routegraph.network.graph import RouteGraph

STAGE = 52
"""Stage number of this user of randomness (docs/architecture.md, Random stages)."""

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

    On candidate routes, flow is that of every candidate that carries the chain, taken as what set out on it, and its
    records are those that travelled half of it themselves. A chain that no record did is not flagged, however much flow
    the model has there: nobody could look up why.
    """
    check_aligned(graph, posterior)
    ways, index = Ways.of(graph), members.RouteIndex.of(graph)
    mean = posterior.routes.mean(axis=0, dtype=np.float64)
    crossing = frozenset(graph.legs.index[graph.legs["borders_crossed"] > 0])
    paths = leaders(ways, ways.per_way(mean), may_lead=partial(_may_lead, index=index, ways=ways, crossing=crossing))
    if not paths:
        return ()
    legs = betweenness_legs(graph, posterior) if betweenness is None else betweenness
    compared = _Compared.of(graph, posterior, legs, draws=_flow_draws(ways, posterior, paths))
    held = [members.Members.of(index, ways.routes_of(path), path=path) for path in paths]
    found = [_parts(index, held[k], compared, path=path, k=k) for k, path in enumerate(paths)]
    flow = compared.draws.mean(axis=0)
    order = sorted(
        range(len(paths)), key=lambda k: (-round(score.total(found[k]), 9), -round(float(flow[k]), 6), paths[k])
    )[:limit]
    flagged = _Flagged.of(posterior, compared.draws[:, order], events=[held[k].events for k in order])
    return tuple(
        _corridor(index, held[k], compared, flagged, path=paths[k], parts=found[k], at=at)
        for at, k in enumerate(order)
    )  # fmt: skip


@dataclass(frozen=True)
class _Compared:
    """What the parts of scores are read from: draws x chains, and numbers per leg of the graph."""

    draws: np.ndarray
    volume: np.ndarray
    size: np.ndarray
    standing: np.ndarray
    surprise: np.ndarray
    excess: np.ndarray

    @classmethod
    def of(cls, graph: RouteGraph, posterior: FlowPosterior, legs: LegScores, *, draws: np.ndarray) -> _Compared:
        known = posterior.detection_corrected and bool(posterior.expected.notna().any())
        blank = np.full(len(graph.legs), np.nan)
        expected = posterior.expected.reindex(graph.legs.index)
        return cls(
            draws=draws, volume=p_top(draws), size=score.size(draws),
            standing=score.leg_standing(legs.table["betweenness_mean"].reindex(graph.legs.index)),
            surprise=surprise(posterior.legs, expected).to_numpy() if known else blank,
            excess=p_excess(posterior.legs, expected).to_numpy() if known else blank,
        )  # fmt: skip


@dataclass(frozen=True)
class _Flagged:
    """The corridors flagged, best first: their draws of flow, and how they compare among themselves."""

    draws: np.ndarray
    table: pd.DataFrame
    by_counts: np.ndarray
    corrected: bool
    levels_told: bool

    @classmethod
    def of(cls, posterior: FlowPosterior, draws: np.ndarray, *, events: Sequence[int]) -> _Flagged:
        table = interval(draws, name="flow").assign(p_top=p_top(draws))
        total = posterior.routes.sum(axis=1, dtype=np.float64)
        share = np.divide(draws, total[:, None], out=np.zeros_like(draws), where=total[:, None] > 0)
        table = pd.concat([table, interval(share, name="share")], axis=1)
        rng = np.random.default_rng([posterior.seed, STAGE])
        counted = rng.standard_gamma(verdicts.JEFFREYS + np.asarray(events, dtype=np.float64), size=draws.shape)
        return cls(draws, table, p_top(counted), posterior.detection_corrected, posterior.levels_told)


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

    flow = flow_draws(corridors, graph, posterior)
    if posterior.detection_corrected:
        # Shares: where the level is not told, all corridors rise and fall together, and their order is the same.
        total = posterior.routes.sum(axis=1, dtype=np.float64)[:, None]
        flow = np.divide(flow, total, out=np.zeros_like(flow), where=total > 0) * total.mean()
    roots = np.sqrt(flow)
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


def _may_lead(
    path: Path, *, index: members.RouteIndex, ways: Ways, crossing: frozenset[tuple[str, str]]
) -> bool:  # fmt: skip
    """Return whether a path crosses a border that counts, and some record travelled half of it."""
    if not any(leg in crossing for leg in pairwise(path)):
        return False
    return bool(members.Members.of(index, ways.routes_of(path), path=path).record_ids)


def _parts(
    index: members.RouteIndex, held: members.Members, compared: _Compared, *, path: Path, k: int
) -> dict[str, float]:
    """Return the parts of the score of one chain: 0-1, higher is more notable."""
    status, steps = members.step_status(index, held.uses, path=path), index.steps(path)
    parts = {
        "volume": float(compared.volume[k]),
        "size": float(compared.size[k]),
        "chokepoint": float(compared.standing[steps].mean()),
        "reach": score.saturating(_borders(index, path), half=score.HALF_REACH),
        "observed": sum(one == "travelled" for one in status) / len(status),
        "evidence": score.saturating(held.events, half=score.HALF_EVIDENCE),
    }
    if not np.isnan(compared.excess[steps]).any():
        parts["p_excess"] = float(compared.excess[steps].mean())
    if len(index.case) > 1:
        parts["sources"] = score.sources(held.events, held.sole_events(index), n=len(index.named_sources(held.routes)))
    return parts


def _borders(index: members.RouteIndex, path: Path) -> int:
    return int(index.graph.legs["borders_crossed"].to_numpy()[index.steps(path)].sum())


def _corridor(
    index: members.RouteIndex, held: members.Members, compared: _Compared, flagged: _Flagged, *, path: Path,
    parts: Mapping[str, float], at: int,
) -> Corridor:  # fmt: skip
    """Put one corridor together from its records, its parts and the summary of its draws."""
    graph, steps, row = index.graph, index.steps(path), flagged.table.iloc[at].to_dict()
    chosen, sole = graph.routes.iloc[held.routes], held.sole_events(index)
    status = members.step_status(index, held.uses, path=path)
    said = _reasons(index, held, compared, flagged, path=path, parts=parts, at=at)
    amount, unit = members.quantity(chosen)
    countries = graph.places["country"].reindex(list(path)).astype(str).tolist()
    return Corridor(
        rank=at + 1, corridor_id=corridor_id(path), path=path, countries=_in_order(countries),
        borders_crossed=_borders(index, path),
        modes=members.listed(chosen["modes"], unknown="unknown"), commodity=members.commodity(chosen["commodity"]),
        score=score.total(parts), flow_mean=row["flow_mean"], flow_p05=row["flow_p05"], flow_p95=row["flow_p95"],
        surprise=_mean(compared.surprise[steps]), p_top=row["p_top"], tier="",
        verdict=_verdict(held.events, sole, flagged, at=at, case_sources=len(index.case)), reasons=said,
        seizures=held.events, quantity_seized=amount, unit=unit, n_records=len(held.record_ids),
        record_ids=held.record_ids, tlp=members.marking(index, held, path=path), parts=parts, step_status=status,
    )  # fmt: skip


def _mean(values: np.ndarray) -> float:
    """Return the mean, and the one NaN, which equals itself in a tuple, where any is unknown."""
    return math.nan if np.isnan(values).any() else float(values.mean())


def _verdict(events: int, sole: Mapping[str, float], flagged: _Flagged, *, at: int, case_sources: int) -> str:
    if not flagged.corrected:
        return verdicts.verdict(events, sole, case_sources=case_sources)
    return verdicts.corridor_verdict(
        events, sole, case_sources=case_sources, flow=flagged.draws[:, at],
        p_flow=float(flagged.table["p_top"].iloc[at]), p_counts=float(flagged.by_counts[at]),
        levels_told=flagged.levels_told,
    )  # fmt: skip


def _reasons(
    index: members.RouteIndex, held: members.Members, compared: _Compared, flagged: _Flagged, *, path: Path,
    parts: Mapping[str, float], at: int,
) -> tuple[str, ...]:  # fmt: skip
    graph, row, n = index.graph, flagged.table.iloc[at].to_dict(), len(flagged.table)
    status = members.step_status(index, held.uses, path=path)
    said = (
        reasons.reported(held, path=path),
        reasons.busiest_pair(graph, held, path=path),
        reasons.observed(status, bare=members.without_records(index, held.uses, path=path)),
        reasons.flow(row, corrected=flagged.corrected, top=top_size(n), corridors=n),
        "" if flagged.levels_told else reasons.share(row),
        reasons.crossed(_borders(index, path), border=graph.border),
        reasons.chokepoint(graph, compared.standing[index.steps(path)], path=path),
        reasons.sources(
            held.sole_events(index), held.events, n=len(index.named_sources(held.routes)), case=len(index.case)
        ),
        reasons.scored(parts, weights=score.WEIGHTS),
    )
    return tuple(one for one in said if one)


def _in_order(countries: list[str]) -> tuple[str, ...]:
    """Return the countries in order of travel, neighbours that are equal once, blanks left out."""
    known = [one for one in countries if one]
    return tuple(one for k, one in enumerate(known) if k == 0 or one != known[k - 1])
