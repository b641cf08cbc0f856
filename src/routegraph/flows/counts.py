"""The baseline estimator ``counts``: what reported seizures alone say of flow. It is not corrected for detection."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from routegraph.errors import SettingError
from routegraph.flows.candidates import Candidates, candidates
from routegraph.flows.exposure import expected_flow, why_no_expected
from routegraph.flows.periods import flows_by_period
from routegraph.flows.posterior import Draws, FlowPosterior

if TYPE_CHECKING:
    from routegraph.network import RouteGraph

STAGE = 41
"""Stage number of this user of randomness (docs/architecture.md, Determinism)."""

FEWEST_ROUTES = 10
"""With fewer candidates than this the prior's shape is not fitted; Jeffreys' 0.5 stands in."""

JEFFREYS = 0.5
SHAPES = (0.05, 10.0)
"""Bounds of the fitted shape. The upper one keeps equal counts from passing for certainty."""

_NEEDS = "needs the removal estimator: `counts` is not corrected for detection"
NOT_ESTIMATED = {
    "detection": f"the chance of being seized at a place {_NEEDS}",
    "surprise": f"flow against what licit movement and distance lead one to expect {_NEEDS}",
    "p_excess": f"the chance that flow is above what was expected {_NEEDS}",
}


def estimate_counts(graph: RouteGraph, *, draws: int = 400, seed: int = 0) -> FlowPosterior:
    """Return flow as reported counts alone would have it: the baseline, NOT corrected for detection.

    For an analyst: how many consignments a leg would carry if seizures were in proportion to traffic everywhere, and
    how far that number could move by chance alone. Kept for good as the baseline that better estimators must beat.

    Parameters
    ----------
    graph
        Routes with their events; the intended part of a route adds no flow.
    draws
        Posterior draws, at least 1.
    seed
        Same seed and graph, same bytes, whatever the order of the graph's routes.

    Returns
    -------
    FlowPosterior
        ``legs`` are the sums over the routes that travelled them; ``places`` the sum over the routes that pass (ends
        included) plus the events seized there that have no route, such as domestic ones; ``routes`` share the draw of
        their common travelled part in proportion to their events. ``detection_corrected`` is False.

    Raises
    ------
    SettingError
        When draws is below 1.

    Notes
    -----
    Candidates are the distinct travelled parts of routes. With n_r events on candidate r,

        n_r | rate_r ~ Poisson(rate_r),   rate_r ~ Gamma(a, b),   rate_r | n_r ~ Gamma(a + n_r, b + 1),

    with a / b fixed to the mean count, so that posterior means add up to the events, and a at the maximum of the
    marginal (negative binomial) likelihood of counts above 0, within ``SHAPES``; see :func:`fit_prior`. Events
    without a travelled step are fitted apart, one candidate a place.

    Do not trust it where places differ in how well they look or report: it then ranks enforcement. Routes that
    nobody reported are missing: a leg without events has flow 0 with no width, and the unseen is in no interval.
    See ``docs/flows.md``.

    References
    ----------
    Gelman et al., Bayesian Data Analysis (3rd ed., 2013), section 2.6, on the gamma-Poisson model.
    Efron, B. (2010), Large-Scale Inference, doi 10.1017/CBO9780511761362, on empirical Bayes.
    """
    if draws < 1:
        raise SettingError(f"draws is {draws}; expected at least 1")
    rng = np.random.default_rng([seed, STAGE])
    found = candidates(graph)
    moving, resting = fit_prior(found.moving), fit_prior(found.resting)
    rates = np.hstack(
        [draw_rates(found.moving, moving, draws, rng=rng), draw_rates(found.resting, resting, draws, rng=rng)]
    )
    routes = _split(found, rates, rng)
    legs = np.asarray((found.on_leg @ rates.T).T, dtype=np.float32)
    places = np.asarray((found.at_place @ rates.T).T, dtype=np.float32)
    total = float(legs.mean(axis=0, dtype=np.float64).sum())
    events = float(found.moving.sum() + found.resting.sum())
    diagnostics = {
        "prior_a": moving[0],
        "prior_b": moving[1],
        "place_prior_a": resting[0],
        "place_prior_b": resting[1],
        "routes": float(len(found.moving)),
        "places_without_route": float(len(found.resting)),
        "route_events": float(found.moving.sum()),
        "events": events,
    }
    missing = why_no_expected(graph)
    by_period, periods = flows_by_period(graph, legs, rng=rng)
    return FlowPosterior(
        legs=legs,
        places=places,
        routes=routes,
        by_period=by_period,
        expected=expected_flow(graph, total=total),
        estimator="counts",
        seed=seed,
        detection_corrected=False,
        not_estimated=NOT_ESTIMATED | ({"expected": missing} if missing else {}),
        diagnostics=diagnostics,
        periods=periods if periods.names else None,
    )


def fit_prior(events: np.ndarray) -> tuple[float, float]:
    """Return shape a and rate b of Gamma(a, b): a by marginal likelihood, b so that a / b is the mean of ``events``.

    The marginal of a count is negative binomial with mean m, P(n) = C(n + a - 1, n) (a / (a + m))^a (m / (a + m))^n. A
    route that nobody reported is not among the candidates, so the likelihood is that of counts known to be above 0,
    P(n) / (1 - P(0)); taken as complete, single reports would pass for equal routes and pull the busy ones down. Counts
    that hold zeros are taken as complete. Where every count is 1, and below ``FEWEST_ROUTES``, a is Jeffreys' 0.5.
    Without events the answer is (0.5, inf): nothing moved.
    """
    from scipy.optimize import minimize_scalar

    if not events.sum():
        return JEFFREYS, float("inf")
    mean = float(events.mean())
    if len(events) < FEWEST_ROUTES or events.max() == events.min() == 1:
        return JEFFREYS, JEFFREYS / mean
    values, times = np.unique(events, return_counts=True)

    def misfit(log_shape: float) -> float:
        return -float(times @ _log_chance(values, float(np.exp(log_shape)), mean))

    best = minimize_scalar(misfit, bounds=tuple(np.log(SHAPES)), method="bounded", options={"xatol": 1e-6})
    a = float(np.exp(best.x))
    return a, a / mean


def _log_chance(n: np.ndarray, a: float, mean: float) -> np.ndarray:
    """Return log P(n | a) at its best m: the mean, or the m whose counts above 0 have that mean where none is 0."""
    from scipy.optimize import brentq
    from scipy.special import gammaln

    def seen(m: float) -> float:
        return float(-np.expm1(-a * np.log1p(m / a)))

    complete = bool((n == 0).any())
    m = mean if complete else brentq(lambda m: m / seen(m) - mean, mean * 1e-9, mean)
    chance = gammaln(n + a) - gammaln(a) - gammaln(n + 1) - a * np.log1p(m / a) + n * (np.log(m) - np.log(m + a))
    return np.asarray(chance if complete else chance - np.log(seen(m)))


def draw_rates(events: np.ndarray, prior: tuple[float, float], draws: int, *, rng: np.random.Generator) -> Draws:
    """Return draws x candidates of Gamma(a + events, b + 1)."""
    a, b = prior
    shape = np.asarray(events, dtype=np.float32) + np.float32(a)
    return rng.standard_gamma(shape, size=(draws, len(shape)), dtype=np.float32) / np.float32(b + 1)


def _split(found: Candidates, rates: Draws, rng: np.random.Generator) -> Draws:
    """Share each candidate's draw among the graph's routes that travelled it: Dirichlet over their events."""
    from scipy.sparse import csr_array

    n, sharing = len(found.shares), np.bincount(found.candidate_of_share, minlength=rates.shape[1])
    several = sharing[found.candidate_of_share] > 1
    share = np.ones((len(rates), n), dtype=np.float32)
    drawn = rng.standard_gamma(found.shares[several], size=(len(rates), int(several.sum())), dtype=np.float32)
    # A float32 draw can be exactly 0; two of them would leave nothing to divide by.
    share[:, several] = np.maximum(drawn, np.finfo(np.float32).tiny)
    of_candidate = csr_array(
        (np.ones(n, dtype=np.float32), (found.candidate_of_share, np.arange(n))), shape=(rates.shape[1], n)
    )
    whole = (of_candidate @ share.T).T
    parts = share / whole[:, found.candidate_of_share] * rates[:, found.candidate_of_share]
    routes = np.empty((len(rates), found.n_routes), dtype=np.float32)
    routes[:, found.route_of_share] = parts[:, : found.n_routes]
    return routes
