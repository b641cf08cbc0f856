"""Excess over the doubly constrained null: flow on a leg against what its ends send and receive and how far it is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from routegraph.analysis.balancing import CLOSE, Deterrence, Support, balanced, deterrence
from routegraph.analysis.discovery import bayes_fdr, by_ends, flags, said
from routegraph.analysis.scores import LegScores
from routegraph.analysis.summary import leg_scores
from routegraph.analysis.sweep import MIN_DRAWS, check_aligned, thinned
from routegraph.flows.exposure import SHRINK

if TYPE_CHECKING:
    from routegraph.flows.posterior import FlowPosterior
    from routegraph.network.graph import RouteGraph

LEG_VISITS = 200_000_000
ROUNDS = 100
"""Rounds that a draw is taken to need when draws are thinned by size."""

SAME = 1e-3
"""log2 units within which flow and null are the same: what proportional fitting leaves, not a difference."""


def constrained_excess(graph: RouteGraph, posterior: FlowPosterior) -> LegScores:
    """Score each leg by its flow over what its two ends' totals and its length would give it.

    Answers: which legs are used more than one would think from how much their origin sends, how much their destination
    receives and how far apart they are? A yardstick of its own: it needs no licit movement and is not ``expected``.

    Parameters
    ----------
    graph, posterior
        The network with distance_km of legs, and draws of flow on it.

    Returns
    -------
    LegScores
        Indexed by (origin, destination): constrained_excess_mean, _p05, _p95 (log2 of flow over null flow in each draw,
        one consignment added to both; 0 = as the null, 1 = twice), null_flow (mean over the draws), p_excess_null (0-1:
        posterior chance that flow is above the null; a draw in which both are the same counts half; NaN, with a measure
        of 0, where the totals of the places leave the leg no choice in any draw), q_value and flagged (yes, no, '') as
        in :func:`routegraph.analysis.excess`; NaN and '' everywhere where detection was not corrected for.
        ``parameters``: deterrence (power, exponential or none) and its coefficient, legs_without_choice,
        unknown_distance (legs), draws_not_balanced and largest_error (share of all flow), draws, flagged.

    Raises
    ------
    SettingError
        The draws belong to another graph.

    Notes
    -----
    T_ij = A_i O_i B_j D_j f(c_ij) on the legs of the network and 0 elsewhere; O and D are the totals of each draw, A
    and B come from iterative proportional fitting, f from the posterior mean. Among all flows with these totals and
    this mean length it is the one of largest entropy. Legs that are empty in every flow of a draw's totals are taken
    out first; the rest converges.

    A leg is part of the totals that it is measured against: the smaller the choice, the nearer the null to the flow,
    and a bridge is always as expected. A network of few legs has little to say here. Traffic that passes a place raises
    what it receives and what it sends, so chains as such are no excess. A flag says that flow is above the null, not by
    how much: a flag is false where flow is at or below it. Where every leg follows the null, and its draws know of
    nothing but its own count, 7 to 9 legs of 100 are flagged; look at the measure and its interval as well. On five
    synthetic worlds 7 of 100 flags were false under `removal`; under `counts` 52 were, so there are none there.

    References
    ----------
    Wilson, A. G. (1967), doi 10.1016/0041-1647(67)90035-4; Hyman 1969, doi 10.1068/a010105; Newton et al. 2004, doi
    10.1093/biostatistics/5.2.155.
    """
    check_aligned(graph, posterior)
    order = by_ends(graph.legs.index)
    support, mean = _support(graph, order), posterior.legs.mean(axis=0, dtype=np.float64)[order]
    distance = _distance(graph)[order]
    held = deterrence(support, mean, distance)
    draws = thinned(len(posterior.legs), visits=len(order) * ROUNDS, budget=LEG_VISITS)
    excess, null, errors = _over_draws(posterior.legs[draws][:, order], support, held)
    free = (excess != 0).any(axis=0)
    above = np.where(free, (excess > 0).mean(axis=0) + 0.5 * (excess == 0).mean(axis=0), np.nan)
    back = np.argsort(order)
    q_value = bayes_fdr(above if posterior.detection_corrected else np.full(len(above), np.nan))
    parameters: dict[str, object] = {
        "draws": len(draws), "thinning": f"{LEG_VISITS} leg visits, at least {MIN_DRAWS} draws",
        "deterrence": held.form, "coefficient": held.coefficient, "legs_without_choice": int((~free).sum()),
        "unknown_distance": int(np.isnan(distance).sum()), "draws_not_balanced": int((errors > CLOSE).sum()),
        "largest_error": float(errors.max(initial=0.0)), **said(q_value),
    }  # fmt: skip
    if not posterior.detection_corrected:
        parameters["not_estimated"] = "flagged: needs the removal estimator; these draws are of reports, not of traffic"
    if not free.any():
        parameters["not_estimated"] = "the totals of the places leave no leg any choice"
    scores = leg_scores(graph, excess[:, back], name="constrained_excess", parameters=parameters)
    columns = {"null_flow": null, "p_excess_null": above, "q_value": q_value, "flagged": flags(q_value)}
    return replace(scores, table=scores.table.assign(**{name: values[back] for name, values in columns.items()}))


def _over_draws(flows: np.ndarray, support: Support, held: Deterrence) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return draws x legs of excess, the mean null flow and each draw's largest error."""
    excess, null, errors = np.zeros(flows.shape), np.zeros(flows.shape[1]), np.zeros(len(flows))
    for turn, one in enumerate(flows):
        flow = one.astype(np.float64)
        near = held.near * support.possible(flow)
        found = balanced(support, near, flow, start=held.null.factors)
        compared = np.log2((flow + SHRINK) / (found.flow + SHRINK))
        excess[turn] = np.where(np.abs(compared) <= SAME, 0.0, compared)
        null += found.flow
        errors[turn] = found.error
    return excess, null / max(len(flows), 1), errors


def _support(graph: RouteGraph, order: np.ndarray) -> Support:
    """Return the legs in this order; their ends are numbered by place id, whatever the order of places."""
    ends = [graph.legs.index.get_level_values(side).to_numpy(dtype=str)[order] for side in ("origin", "destination")]
    (origins, origin), (destinations, end) = (np.unique(side, return_inverse=True) for side in ends)
    return Support(origin, end, len(origins), len(destinations))


def _distance(graph: RouteGraph) -> np.ndarray:
    """Return the length of each leg in km, NaN where unknown; a network made by hand may have none at all."""
    if "distance_km" not in graph.legs:
        return np.full(len(graph.legs), np.nan)
    return graph.legs["distance_km"].to_numpy(np.float64)
