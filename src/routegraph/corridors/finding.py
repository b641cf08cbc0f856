"""From draws of flow on routes to ranked corridors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from routegraph.analysis.sweep import check_aligned
from routegraph.corridors import making, members, score
from routegraph.corridors.clustering import Lead, leaders
from routegraph.corridors.corridor import Corridor
from routegraph.corridors.describing import Case, Chain, Flagged, described
from routegraph.corridors.standing import standing
from routegraph.corridors.ways import Ways

if TYPE_CHECKING:
    from routegraph.analysis.scores import Scores
    from routegraph.flows.posterior import FlowPosterior
    from routegraph.network.graph import RouteGraph

TOLD_APART = 0.95
"""Posterior probability at which two corridors count as different in flow; stricter where there are more pairs."""


def find_corridors(
    graph: RouteGraph, posterior: FlowPosterior, *, limit: int = 50, scores: Mapping[str, Scores] | None = None
) -> tuple[Corridor, ...]:
    """Flag chains of legs, over at least one border, that the same consignments travelled together.

    Parameters
    ----------
    graph, posterior
        The network, and draws of flow on its routes.
    limit
        How many to return, best first; >= 0.
    scores
        Results of ``ANALYSES`` that are at hand: ``betweenness_legs`` (else computed) and ``diversion`` (else that
        part is left out of the score).

    Returns
    -------
    tuple of Corridor
        Ranked by score, ties by flow and path; fewer than ``limit``, or none, where records do not support more.
        ``p_top`` is among those returned; rank intervals and tiers are among all chains found.

    Raises
    ------
    SettingError
        The draws belong to another graph.

    Notes
    -----
    Routes are clustered by shared legs, and each cluster is named by its most probable path. A consignment is a
    corridor's traffic when at least four fifths of its own way lie on it, two legs in a row, it holds three fifths of
    that path, and it travelled half of the corridor or more. Steps that nobody travelled before a seizure are on it
    where records name them as the way ahead, and say so in ``step_status``. See ``docs/corridors.md`` for the declared
    numbers, and when not to trust it.

    On candidate routes, flow is that of every candidate on the chain, taken as what set out on it, and its records are
    those that travelled half of it themselves. A chain that no record did is not flagged, however much flow the model
    has there: nobody could look up why.
    """
    check_aligned(graph, posterior)
    ways, index = Ways.of(graph), members.RouteIndex.of(graph)
    mean = posterior.routes.mean(axis=0, dtype=np.float64)
    crossing = frozenset(graph.legs.index[graph.legs["borders_crossed"] > 0])
    leads = leaders(ways, ways.per_way(mean), may_lead=partial(_may_lead, index=index, ways=ways, crossing=crossing))
    if not leads:
        return ()
    paths = [lead.path for lead in leads]
    legs = making.Legs.of(graph, posterior, scores or {})
    held = [_members(lead, index=index, ways=ways) for lead in leads]
    parts = making.parts_of(index, held, legs, paths=paths, flow=_flow_draws(ways, posterior, leads))
    means = [parts.means(k) for k in range(len(paths))]
    flow = parts.flow.mean(axis=0)
    ranked = sorted(
        range(len(paths)), key=lambda k: (-round(score.total(means[k]), 9), -round(float(flow[k]), 6), paths[k])
    )
    alone = [one.sole_events(index) if len(index.case) > 1 else {} for one in held]
    stands = standing(parts, alone, order=np.array(ranked))
    order = ranked[:limit]
    case = Case(index, ways, posterior, legs, stands, len(ranked), limit)
    flagged = Flagged.of(posterior, parts.flow[:, order], events=[held[k].events for k in order])
    return tuple(described(case, Chain(*leads[k], held[k], means[k], k), flagged, at=at) for at, k in enumerate(order))


def flow_draws(corridors: Sequence[Corridor], graph: RouteGraph, posterior: FlowPosterior) -> np.ndarray:
    """Return draws x corridors: consignments that carry each corridor (see :mod:`routegraph.corridors.ways`)."""
    check_aligned(graph, posterior)
    leads = [Lead(corridor.path, corridor.core or corridor.path) for corridor in corridors]
    return _flow_draws(Ways.of(graph), posterior, leads)


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


def _flow_draws(ways: Ways, posterior: FlowPosterior, leads: Sequence[Lead]) -> np.ndarray:
    rows = [ways.routes_of(lead.path, core=lead.core) for lead in leads]
    columns = [np.sort(posterior.routes[:, mine], axis=1).sum(axis=1, dtype=np.float64) for mine in rows]
    return np.column_stack(columns) if columns else np.empty((len(posterior.routes), 0))


def _members(lead: Lead, *, index: members.RouteIndex, ways: Ways) -> members.Members:
    return members.Members.of(index, ways.routes_of(lead.path, core=lead.core), path=lead.path)


def _may_lead(lead: Lead, *, index: members.RouteIndex, ways: Ways, crossing: frozenset[tuple[str, str]]) -> bool:
    """Return whether a chain crosses a border that counts, and some record of its traffic travelled half of it."""
    if not any(leg in crossing for leg in pairwise(lead.path)):
        return False
    return bool(_members(lead, index=index, ways=ways).record_ids)
