"""Diversion: where licit turns illicit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from routegraph.analysis.appearances import Appearances
from routegraph.analysis.licit_side import LicitSide
from routegraph.analysis.scores import PlaceScores
from routegraph.analysis.summary import place_scores
from routegraph.analysis.suppliers import OWN_WAYS, PRIOR_CASES, TRACE_ERROR, Candidates, supplied
from routegraph.analysis.sweep import check_aligned

if TYPE_CHECKING:
    from routegraph.flows.posterior import FlowPosterior
    from routegraph.network.graph import RouteGraph

STAGE = 57
CREDIBLE = 0.9


def diversion(graph: RouteGraph, posterior: FlowPosterior) -> PlaceScores:
    """Score each place by the share of the case's illicit first appearances that were diverted from licit hands there.

    Answers: where do goods with a licit side leave it, and which places are worth a look at their books?

    Parameters
    ----------
    graph, posterior
        The network with its tables ``traces``, ``licit`` and ``layers``, and draws of flow on its routes.

    Returns
    -------
    PlaceScores
        Indexed by place_id: diversion_mean, diversion_p05, diversion_p95 (0-1; a draw sums to 1 over all places, to 0
        where nothing sets out in it), p_top, ranks and tier; licit_in, licit_out (in ``graph.licit_measure``, NaN
        unknown), imbalance (-1 to 1, NaN unknown), first_appearances_mean (flow that sets out there, in consignments),
        traced_events (events that a trace says were diverted there), in_credible_set (yes, no: the smallest set of
        places that holds 90 % of the mean) and basis ('' or words joined by ``; ``: traces, first appearances,
        downstream appearances, licit imbalance). With neither licit movement nor traces all are 0, and
        ``parameters["not_estimated"]`` says why.

    Raises
    ------
    SettingError
        The draws belong to another graph.

    Notes
    -----
    Flow that sets out at s (the first place of its routes) was diverted at v with share q_s(v):

    q_s ~ Dirichlet(``OWN_WAYS`` m_s + traces of s that name v), m_s(v) proportional to w_v exp(-d(v, s)),
    w ~ Dirichlet(A x exposure x exp(excess imbalance)), A ~ exponential with mean ``PRIOR_CASES``.

    d(v, s) adds 1 - ln P over the licit steps from v to s; exp(-d) is the chance that goods take those steps and
    that each is followed by another with chance 1/e. With nothing else known, v one licit step upstream of s is
    weighed by its licit movement into s / e against the exposure of s itself. w and A are learnt from as many places
    of first appearance as there effectively are. A trace counts by its chance of being right. A missing licit pair is
    unknown, not zero: a place whose movement on one side is not known has no imbalance and is neither suspect nor
    cleared; one whose exposure is unknown is given the median.

    The score says where among the places of this case, never whether goods were diverted at all. Without traces it
    rests on first appearances and on what is presumed of licit ways: in invented worlds its intervals then held the
    truth in less than half of the cases where goods always travel on before they appear. Where records do not state
    origins, the first place they name looks like the source: the spread upstream covers licit ways only. Licit
    movement is that of all goods in the transit table, so that tables of the goods in question tell more. Final use
    looks like a leak; stocks and production are not seen. Traces are taken to succeed equally often wherever goods
    were diverted, given where they first appear; records on no route, domestic ones among them, do not count.

    References
    ----------
    Brockmann & Helbing 2013, doi 10.1126/science.1245200 (effective distance). Teh et al. 2006, doi
    10.1198/016214506000000302 (shares around common shares). Escobar & West 1995, doi 10.1080/01621459.1995.10476550
    (learning A). Huggins & Miller 2023, doi 10.1214/21-BA1301 (learning from resampled data where a model is rough).
    """
    check_aligned(graph, posterior)
    seen = Appearances.of(graph, posterior)
    side = LicitSide.of(graph, seen.places)
    told, licit = seen.traces[:, 2].sum(), not np.isnan(np.fmax(side.into, side.out)).all()
    reason = _reason(seen, told=told, licit=licit)
    order = graph.places.index.get_indexer(pd.Index(seen.places, dtype="str"))
    share = np.zeros((max(1, len(seen.flow)), len(order)))
    if not reason:
        candidates = Candidates.of(side, seen.first, seen.traces)
        share = supplied(side, candidates, seen.flow, rng=np.random.default_rng([posterior.seed, STAGE]))
    draws = np.zeros_like(share)
    draws[:, order] = share
    scores = place_scores(graph, draws, name="diversion", parameters=_parameters(seen, graph, reason))
    mean = share.mean(axis=0)
    first = np.zeros(len(order))
    first[seen.first] = seen.flow.mean(axis=0) if len(seen.flow) else 0.0
    traced = np.bincount(seen.traces[:, 1], weights=seen.traces[:, 2], minlength=len(order)).astype(np.int64)
    columns = {
        "licit_in": side.into, "licit_out": side.out, "imbalance": side.imbalance, "first_appearances_mean": first,
        "traced_events": traced, "in_credible_set": np.where(credible(mean), "yes", "no"),
        "basis": _basis(mean, traced=traced, first=first, excess=side.excess),
    }  # fmt: skip
    added = pd.DataFrame(columns, index=pd.Index(seen.places, dtype="str")).reindex(graph.places.index)
    return replace(scores, table=pd.concat([scores.table, added.set_axis(scores.table.index, axis=0)], axis=1))


def _reason(seen: Appearances, *, told: int, licit: bool) -> str:
    if not len(seen.first) or not seen.flow.any():
        return "no route of goods that have a licit side carries flow"
    if not licit and not told:
        return "no licit movement between these places and no trace says where goods were diverted"
    return ""


def _parameters(seen: Appearances, graph: RouteGraph, reason: str) -> dict[str, object]:
    stated: dict[str, object] = {
        "score": "share of the case's illicit first appearances that were diverted at the place",
        "distance": "1 - ln P(next licit step)", "licit_measure": graph.licit_measure, "trace_error": TRACE_ERROR,
        "prior_cases": PRIOR_CASES, "own_ways": OWN_WAYS, "credible": CREDIBLE, **seen.parameters,
    }  # fmt: skip
    return stated | ({"not_estimated": reason} if reason else {})


def credible(mean: np.ndarray, *, hold: float = CREDIBLE) -> np.ndarray:
    """Return which places make the smallest set that holds ``hold`` of the whole; equals by their order."""
    order = np.lexsort((np.arange(len(mean)), -np.round(mean, 12)))
    before = np.cumsum(mean[order]) - mean[order]
    chosen = np.zeros(len(mean), dtype=bool)
    chosen[order] = (before < hold * mean.sum()) & (mean[order] > 0)
    return chosen


def _basis(mean: np.ndarray, *, traced: np.ndarray, first: np.ndarray, excess: np.ndarray) -> list[str]:
    words = {
        "traces": traced > 0,
        "first appearances": first > 0,
        "downstream appearances": (first <= 0) & (mean > 0),
        "licit imbalance": excess >= 1,
    }
    return [
        "; ".join(word for word, holds in words.items() if holds[k]) if mean[k] > 0 else "" for k in range(len(mean))
    ]
