"""Hubs and authorities: places that feed what is well fed, and places that are fed by such."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from routegraph.analysis.canonical import CanonicalLegs
from routegraph.analysis.summary import place_scores
from routegraph.analysis.sweep import check_aligned, thinned

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from routegraph.analysis.scores import PlaceScores
    from routegraph.flows.posterior import FlowPosterior
    from routegraph.network.graph import RouteGraph

LEG_VISITS = 50_000_000
VISITS_PER_LEG = 60
"""A principal vector costs some thirty passes to and fro."""

_BASIS, _RESTARTS, _CLOSE = 40, 50, 1e-12
_LOOKS = 4  # passes between two looks at whether the vector is settled


def hubs(graph: RouteGraph, posterior: FlowPosterior) -> PlaceScores:
    """Score each place as a hub: it sends much to places that receive much from hubs.

    Answers: which origins supply the same busy set of destinations, and so could stand in for each other?

    Parameters
    ----------
    graph, posterior
        The network, and draws of flow on it; the flow of a leg is its *strength*, never a distance.

    Returns
    -------
    PlaceScores
        Indexed by place_id: hub_mean, hub_p05, hub_p95 (sum to 1 over places in each draw with flow) and p_top.

    Raises
    ------
    SettingError
        The draws belong to another graph.

    Notes
    -----
    The principal vector of S S', S being the flow of legs: the limit of Kleinberg's iteration from equal scores. That
    limit is one vector even where the principal one is not: where several groups share the largest singular value,
    each has a part of it. As a rule one group has the largest value and *all* of the score, and places outside it
    have 0, however busy: on a network of several separate trades hubs tell of one of them only (Lempel & Moran 2001
    call it the tightly knit community effect). Where two groups are nearly equal, draws go now to one and now to the
    other, and the intervals say so.

    References
    ----------
    Kleinberg 1999, doi 10.1145/324133.324140; Lempel & Moran 2001, doi 10.1145/382979.383041.
    """
    return _scored(graph, posterior, name="hub")


def authorities(graph: RouteGraph, posterior: FlowPosterior) -> PlaceScores:
    """Score each place as an authority: it receives much from places that send much to authorities.

    Parameters
    ----------
    graph, posterior
        As for :func:`hubs`.

    Returns
    -------
    PlaceScores
        Indexed by place_id: authority_mean, authority_p05, authority_p95 (sum to 1 over places in each draw with
        flow) and p_top.

    Raises
    ------
    SettingError
        The draws belong to another graph.

    Notes
    -----
    What hubs send to a place, each hub counted by its score: the principal vector of S' S. As for :func:`hubs`. Under
    ``counts`` flow ends where it was seized, so that places with much enforcement are authorities.

    References
    ----------
    Kleinberg 1999, doi 10.1145/324133.324140.
    """
    return _scored(graph, posterior, name="authority")


def _scored(graph: RouteGraph, posterior: FlowPosterior, *, name: str) -> PlaceScores:
    """Go over the draws: hubs, or the authorities that they feed."""
    from scipy.sparse import csr_array

    check_aligned(graph, posterior)
    legs = CanonicalLegs.of(graph)
    n = len(legs.place)
    chosen = thinned(len(posterior.legs), visits=VISITS_PER_LEG * (n + len(legs.leg)), budget=LEG_VISITS)
    rows = np.zeros((len(chosen), n))
    for turn, draw in enumerate(chosen):
        strength = legs.strength(posterior, int(draw))
        if strength.max(initial=0.0) > 0:
            view = csr_array((strength / strength.max(), (legs.origin, legs.end)), shape=(n, n))
            hub = principal(view)
            rows[turn] = hub if name == "hub" else fed_by(hub, view)
    parameters = {"on": "strength", "start": "equal scores", "draws": len(chosen)}
    return place_scores(graph, legs.to_places(rows, places=len(graph.places)), name=name, parameters=parameters)


def principal(strength: csr_array) -> np.ndarray:
    """Return the limit of Kleinberg's iteration x <- S S' x from equal scores, scaled to sum to 1.

    By Lanczos' method from the same start (Golub & Van Loan 2013, section 10.1): what it spans holds the limit, also
    where the largest value is shared, and it needs tens of passes where the iteration may need thousands.
    """
    turned = strength.T.tocsr()
    vector = np.ones(strength.shape[0])
    for _ in range(_RESTARTS):
        vector, settled = _lanczos(strength, turned, vector)
        if settled:
            break
    vector = np.abs(vector)
    vector[vector < _CLOSE * vector.max()] = 0.0
    return np.asarray(vector / vector.sum())


def fed_by(hub: np.ndarray, strength: csr_array) -> np.ndarray:
    """Return the authority of each place: what hubs send it, each counted by its score; sums to 1."""
    authority = strength.T @ hub
    return np.asarray(authority / authority.sum())


def _lanczos(strength: csr_array, turned: csr_array, start: np.ndarray) -> tuple[np.ndarray, bool]:
    """Return the best vector in the span of the first passes from ``start``, and whether it is the limit."""
    basis = np.zeros((_BASIS, len(start)))
    basis[0] = start / np.linalg.norm(start)
    along, beside = np.zeros(_BASIS), np.zeros(_BASIS)
    for k in range(_BASIS):
        passed = strength @ (turned @ basis[k])
        along[k] = basis[k] @ passed
        for _ in range(2):  # twice is enough: once leaves what rounding brought in
            passed -= basis[: k + 1].T @ (basis[: k + 1] @ passed)
        beside[k] = np.linalg.norm(passed)
        spent = beside[k] <= _CLOSE * along[0]
        if k + 1 < _BASIS and not spent and k % _LOOKS:
            basis[k + 1] = passed / beside[k]
            continue
        inner = np.diag(along[: k + 1]) + np.diag(beside[:k], 1) + np.diag(beside[:k], -1)
        values, vectors = np.linalg.eigh(inner)
        settled = beside[k] * abs(vectors[-1, -1]) <= _CLOSE * values[-1]
        if settled or spent or k + 1 == _BASIS:
            break
        basis[k + 1] = passed / beside[k]
    return vectors[:, -1] @ basis[: k + 1], bool(settled or spent)
