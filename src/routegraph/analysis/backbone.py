"""Backbone: which legs carry more than an even spread, or than the sizes of their two ends, would give them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from routegraph.analysis.discovery import FALSE_SHARE, benjamini_hochberg, by_ends, flags
from routegraph.analysis.lift import lift, signed_root, tail
from routegraph.analysis.scores import LegScores
from routegraph.analysis.summary import leg_scores
from routegraph.analysis.sweep import MIN_DRAWS, check_aligned, joined, thinned

if TYPE_CHECKING:
    from collections.abc import Callable

    from routegraph.flows.posterior import FlowPosterior
    from routegraph.network.graph import RouteGraph

LEG_VISITS = 2_000_000
"""Legs x draws that a backbone may cost: some seconds; sizes decide, never the clock."""


def disparity(graph: RouteGraph, posterior: FlowPosterior) -> LegScores:
    """Score each leg against an even spread of what its origin sends and its destination receives.

    Answers: which ways out of a place, or into it, does traffic prefer so clearly that chance does not explain it?

    Parameters
    ----------
    graph, posterior
        The network, and draws of flow on it. A leg without flow in a draw is absent from it.

    Returns
    -------
    LegScores
        Indexed by (origin, destination): disparity_mean, disparity_p05, disparity_p95 (1 - p in each draw, 0-1),
        p_value (mean of p over the draws), q_value (Benjamini-Hochberg over the legs) and kept (yes where q is at most
        0.05, else no). ``parameters`` state draws, false_share and kept (how many).

    Raises
    ------
    SettingError
        The draws belong to another graph.

    Notes
    -----
    The null breaks a place's total s at random (uniformly) over its k legs; the chance that one of them gets w or more:

        p = (1 - w / s)^(k - 1),

    for what goes out and what comes in separately. A single leg says nothing: k = 1 gives p = 1. Of two sides that
    speak (k > 1 at both ends) the smaller p counts, doubled (Bonferroni), since the better of two looks is taken;
    undoubled, up to twice the stated share of null legs would pass (8 of 100 at 5 %, where both ends have 8 legs). The
    mean over the draws is at worst half of a valid p-value, whatever the dependence (Vovk & Wang 2020); draws spread
    around the truth make it cautious instead.

    Even spread is a strong null: legs differ for want of roads, not of smugglers, and a place of many small legs keeps
    its large ones almost surely. It looks at one end at a time; see :func:`noise_corrected` for both at once.

    References
    ----------
    Serrano, M. A., Boguna, M. and Vespignani, A. (2009), doi 10.1073/pnas.0808904106; Vovk & Wang 2020, doi
    10.1093/biomet/asaa027; Benjamini & Hochberg 1995, doi 10.1111/j.2517-6161.1995.tb02031.x.
    """

    def one(ends: Ends, flow: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        p = spread_p(ends.origin, ends.end, flow)
        return 1 - p, p

    return _scored(graph, posterior, one, name="disparity", tests=None)


def noise_corrected(graph: RouteGraph, posterior: FlowPosterior) -> LegScores:
    """Score each leg against what the sizes of both its ends would give it, in units of the noise of counting.

    Answers: which pairs exchange more than two places that send and receive so much would by chance?

    Parameters
    ----------
    graph, posterior
        The network, and draws of flow on it. The counts of the method are the consignments of a draw.

    Returns
    -------
    LegScores
        Indexed by (origin, destination): noise_corrected_mean, _p05, _p95 (z, the signed root of the deviance in each
        draw: 0 = as the ends' sizes give, about 2 = chance hardly explains it), lift (-1 to 1: the score L~ of the
        paper) and lift_sd (its standard deviation), both of the mean flow, p_value (mean over the draws), q_value
        (Benjamini-Hochberg over all pairs of a place that sends and another that receives) and kept (yes, no).

    Raises
    ------
    SettingError
        The draws belong to another graph.

    Notes
    -----
    Null: n_ij ~ Binomial(n.., m), m = n_i. n_.j / n..^2; p is the chance of n_ij *or more*. L~ and its sd are those of
    :func:`routegraph.analysis.lift.lift`. The paper keeps legs whose ratio L~ / sd is above a threshold. That ratio is
    no order here: its sd goes to 0 where most of what i sends goes to j, or where next to nothing is expected. On a
    synthetic network 0.9 consignments had a ratio of 150,000; and where half a consignment is expected a threshold of
    3 lets 7 of 100 null pairs pass, not 1 of 700. So the score is the signed root of the binomial deviance, and p is
    the exact tail.

    Anyone may send to anyone in this null: where geography decides who neighbours whom, most legs are kept, and with
    hundreds of thousands of consignments nearly all. :func:`routegraph.analysis.constrained_excess` knows legs and
    distances. Nobody sends to himself, which the null does not know either: with few places it expects too little.

    References
    ----------
    Coscia, M. and Neffke, F. (2017), doi 10.1109/ICDE.2017.100; on signed roots Barndorff-Nielsen 1986, doi
    10.1093/biomet/73.2.307; Benjamini & Hochberg 1995, doi 10.1111/j.2517-6161.1995.tb02031.x.
    """

    def one(ends: Ends, flow: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        sent, received = ends.sums(flow)
        total = float(flow.sum())
        return signed_root(flow, sent, received, total), tail(flow, sent, received, total)

    scores = _scored(graph, posterior, one, name="noise_corrected", tests=_pairs(graph))
    ends = Ends.of(graph)
    flow = posterior.legs.mean(axis=0, dtype=np.float64)[ends.order]
    score, sd = lift(flow, *ends.sums(flow), float(flow.sum()))
    back = np.argsort(ends.order)
    table = scores.table.assign(lift=score[back], lift_sd=sd[back])
    return replace(scores, table=table)


def spread_p(origin: np.ndarray, end: np.ndarray, flow: np.ndarray) -> np.ndarray:
    """Return the disparity p-value of every leg: the smaller of both sides, doubled where both speak."""
    sides = [_one_side(place, flow) for place in (origin, end)]
    speaking = (sides[0][1] > 1).astype(int) + (sides[1][1] > 1)
    return np.asarray(np.minimum(1.0, np.maximum(speaking, 1) * np.minimum(sides[0][0], sides[1][0])))


def _one_side(place: np.ndarray, flow: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    used = flow > 0
    legs = np.bincount(place, weights=used, minlength=1)[place]
    whole = np.bincount(place, weights=flow, minlength=1)[place]
    rest = np.maximum(1 - np.divide(flow, whole, out=np.zeros_like(flow), where=whole > 0), 0.0)
    speaks = used & (legs > 1)
    return np.where(speaks, rest ** np.where(speaks, legs - 1, 0), 1.0), legs


@dataclass(frozen=True)
class Ends:
    """Legs in an order of their own, their ends as positions among the places that legs join."""

    order: np.ndarray
    origin: np.ndarray
    end: np.ndarray

    @classmethod
    def of(cls, graph: RouteGraph) -> Ends:
        """Take the legs of a graph, sorted by the ids of their ends."""
        order = by_ends(graph.legs.index)
        ends = joined(graph)[1].iloc[order]
        return cls(order, ends["origin"].to_numpy(), ends["destination"].to_numpy())

    def sums(self, flow: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return for each leg what its origin sends in all and what its destination receives."""
        sent, received = np.bincount(self.origin, weights=flow), np.bincount(self.end, weights=flow)
        return sent[self.origin], received[self.end]


def _pairs(graph: RouteGraph) -> int:
    """Return how many pairs a sender and another receiver make: all that the null lets exchange."""
    ends = Ends.of(graph)
    senders, receivers = np.unique(ends.origin), np.unique(ends.end)
    return len(senders) * len(receivers) - len(np.intersect1d(senders, receivers))


def _scored(
    graph: RouteGraph,
    posterior: FlowPosterior,
    one: Callable[[Ends, np.ndarray], tuple[np.ndarray, np.ndarray]],
    *,
    name: str,
    tests: int | None,
) -> LegScores:
    """Return scores from one function of a draw -> (score, p): over the draws, with q-values and what is kept."""
    check_aligned(graph, posterior)
    ends = Ends.of(graph)
    draws = thinned(len(posterior.legs), visits=len(ends.order), budget=LEG_VISITS)
    scores, p_sum = np.zeros((len(draws), len(ends.order))), np.zeros(len(ends.order))
    for turn, draw in enumerate(draws):
        score, p = one(ends, posterior.legs[draw, ends.order].astype(np.float64))
        scores[turn, ends.order] = score
        p_sum[ends.order] += p
    p_value = p_sum / max(len(draws), 1)
    q_value = benjamini_hochberg(p_value, tests=tests)
    kept = flags(q_value)
    parameters = {
        "draws": len(draws), "thinning": f"{LEG_VISITS} leg visits, at least {MIN_DRAWS} draws",
        "false_share": FALSE_SHARE, "tests": len(p_value) if tests is None else tests,
        "kept": int((kept == "yes").sum()),
    }  # fmt: skip
    found = leg_scores(graph, scores, name=name, parameters=parameters)
    return replace(found, table=found.table.assign(p_value=p_value, q_value=q_value, kept=kept))
