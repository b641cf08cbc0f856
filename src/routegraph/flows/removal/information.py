"""What the positions of seizures say of detection, without any assumption on how traffic is spread over routes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from routegraph.flows.removal import parameters as prior
from routegraph.flows.removal.fit import RemovalFit
from routegraph.flows.removal.problem import N_ROLES, RemovalProblem
from routegraph.flows.removal.stages import Stages, stage_chances

NOTHING = 1e-10
"""Eigenvalues below this share of the largest are rounding."""


def information(found: Stages, p: np.ndarray, *, tip: float, reporting: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Return the expected Fisher information of logit p, given that S_r reported seizures happened on each route r.

    Parameters
    ----------
    found
        Occupied routes with their events S.
    p, reporting
        float64[U]: chance of a check finding it, and of the seizure being reported, at each unit.
    tip
        Chance t of being found on word where checks let pass.
    at
        int64[U]: which row of the answer each unit adds to: units themselves, or their places.

    Returns
    -------
    numpy.ndarray
        float64[M, M], M = at.max() + 1, positive semi-definite.

    Notes
    -----
    On route r the stage of a reported seizure is multinomial: q_k = d_k / D_r, d_k = surv_k rho_k usable_k h_k; with
    x = logit p,

        G_ki = d log d_k / d x_i = c_k [i = k] - p_i [i < k],  c_k = p_k (1 - p_k) (1 - t) / h_k  (1 - p_k where t = 0)
        I = sum_r S_r (sum_k q_k G_k G_k' - m_r m_r'),          m_r = sum_k q_k G_k

    because d log D_r / d x = m_r. rho, usable and lambda cancel from the gradient: only where along a route seizures
    fall speaks, not how many. Where the basis is stated, a stage splits into a check (chance p_k, c = 1 - p_k) and a
    tip (chance (1 - p_k) t, c = -p_k). S is taken as known; where routes are latent it is not, so this is an upper
    bound.
    """
    from scipy.sparse import coo_array

    blocks = np.zeros((*found.unit.shape, found.unit.shape[1]))
    p_at = np.where(found.inside, p[found.unit], 0.0)
    h = p_at + (1 - p_at) * tip
    here = stage_chances(found, p, tip=tip, reporting=reporting)
    whole = np.maximum(here.sum(axis=1, keepdims=True), 1e-300)
    q, safe = here / whole, np.where(h > 0, h, 1.0)
    lower = -p_at[:, None, :] * np.tri(found.unit.shape[1], k=-1)[None]
    checked = np.where(h > 0, p_at / safe, 0.0)
    stated = (found.checks + found.tips).sum(axis=1)
    blocks += stated[:, None, None] * _covariance(
        np.concatenate([q * checked, q * (1 - checked)], axis=1),
        np.concatenate([_stage_gradient(lower, 1 - p_at), _stage_gradient(lower, -p_at)], axis=1),
    )
    slope = p_at * (1 - p_at) * (1 - tip) / safe
    blocks += found.unstated.sum(axis=1)[:, None, None] * _covariance(q, _stage_gradient(lower, slope))
    rows = np.broadcast_to(at[found.unit][:, :, None], blocks.shape)
    columns = np.broadcast_to(at[found.unit][:, None, :], blocks.shape)
    both = found.inside[:, :, None] & found.inside[:, None, :]
    size = int(at.max(initial=-1)) + 1
    out = coo_array((blocks[both], (rows[both], columns[both])), shape=(size, size)).toarray()
    return np.asarray((out + out.T) / 2)


def _stage_gradient(lower: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Return R x K x K: gradient of log d_k by logit p at each stage of the route."""
    return np.asarray(lower + own[:, :, None] * np.eye(own.shape[1])[None])


def _covariance(q: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    mean = np.einsum("rc,rci->ri", q, gradient)
    return np.asarray(np.einsum("rc,rci,rcj->rij", q, gradient, gradient) - mean[:, :, None] * mean[:, None, :])


@dataclass(frozen=True)
class Hierarchy:
    """Prior of logit p at U units: m + F z with z standard normal; the first column of F is the level g.

    Attributes
    ----------
    mean
        float64[U].
    factors
        float64[U, Z]: g, effort and traffic, roles, countries, places, each times its prior sd.
    """

    mean: np.ndarray
    factors: np.ndarray

    @property
    def covariance(self) -> np.ndarray:
        """Prior covariance of logit p."""
        return np.asarray(self.factors @ self.factors.T)

    @property
    def beside_level(self) -> np.ndarray:
        """Prior covariance of logit p with the level known."""
        return np.asarray(self.factors[:, 1:] @ self.factors[:, 1:].T)


def hierarchy(problem: RemovalProblem, found: Stages, *, country_sd: float, place_sd: float) -> Hierarchy:
    """Return the prior of logit p at the units, with the spreads between countries and places given."""
    place, role = found.place, found.role
    of_country = problem.country[place][:, None] == np.unique(problem.country[place])
    of_place = place[:, None] == np.unique(place)
    of_role = role[:, None] == np.arange(1, N_ROLES)
    columns = [
        np.full((len(place), 1), prior.LEVEL[1]),
        prior.COEFFICIENT * problem.features[place],
        prior.COEFFICIENT * of_role,
        country_sd * of_country,
        (place_sd if problem.has_place_effects else 0.0) * of_place,
    ]
    return Hierarchy(np.full(len(place), prior.LEVEL[0]), np.concatenate(columns, axis=1).astype(np.float64))


def spreads(fit: RemovalFit) -> tuple[float, float]:
    """Return the spreads between countries and between places: posterior geometric means, else their prior scales."""
    scales = (("tau_country", prior.COUNTRY_SPREAD), ("tau_place", prior.PLACE_SPREAD))
    known = (fit.scalars.get(name, np.full(1, scale)) for name, scale in scales)
    country, place = (float(np.exp(np.log(np.maximum(values, 1e-6)).mean())) for values in known)
    return country, place


@dataclass(frozen=True)
class LambdaFree:
    """Detection from positions alone. ``log_seen`` is the mean over events of log D_r, ``variance`` its variance."""

    p: np.ndarray
    log_seen: float
    variance: float


def lambda_free_fit(found: Stages, assumed: Hierarchy, *, tip: float, reporting: np.ndarray) -> LambdaFree:
    """Return the mode of detection under prod over cells of (d / D_r)^S and the model's prior.

    How traffic is spread over routes does not enter. t and rho are held at what is given.

        log f(z) = sum_cells S log d - sum_r S_r log D_r - |z|^2 / 2,     logit p = m + F z

    The variance of L = sum_r S_r log D_r / sum_r S_r is Laplace's: a' (I + C^-1)^-1 a = a' C (1 + I C)^-1 a, with the
    information I (:func:`information`), the prior covariance C and a = dL / d logit p, all at the mode.
    """
    from scipy.optimize import minimize
    from scipy.special import expit

    def misfit(z: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope = _log_likelihood(found, expit(assumed.mean + assumed.factors @ z), tip=tip, reporting=reporting)
        return float(z @ z / 2 - value), np.asarray(z - assumed.factors.T @ slope)

    start = np.zeros(assumed.factors.shape[1])
    best = minimize(misfit, start, jac=True, method="L-BFGS-B", options={"maxiter": 500, "maxcor": 20, "ftol": 1e-12})
    p = np.asarray(expit(assumed.mean + assumed.factors @ best.x))
    told = information(found, p, tip=tip, reporting=reporting, at=np.arange(len(p)))
    a = slope_of_log_seen(found, p, tip=tip, reporting=reporting)
    prior_covariance = assumed.covariance
    spread = prior_covariance @ np.linalg.solve(np.eye(len(p)) + told @ prior_covariance, a)
    return LambdaFree(p, mean_log_seen(found, p, tip=tip, reporting=reporting), float(a @ spread))


def mean_log_seen(found: Stages, p: np.ndarray, *, tip: float, reporting: np.ndarray) -> float:
    """Return the mean over allocated events of log D_r."""
    seen = stage_chances(found, p, tip=tip, reporting=reporting).sum(axis=1)
    return float(found.taken @ np.log(np.maximum(seen, 1e-300)) / found.taken.sum())


def slope_of_log_seen(
    found: Stages, p: np.ndarray, *, tip: float, reporting: np.ndarray, shares: np.ndarray | None = None
) -> np.ndarray:
    """Return float64[U]: derivative of sum_r shares_r log D_r by logit p; shares are those of the events by default.

    d log D_r / d x_i = q_i c_i - p_i sum_{k > i} q_k: looking harder at i finds more there, and leaves less for later.
    """
    of_route = found.taken / found.taken.sum() if shares is None else shares
    here = stage_chances(found, p, tip=tip, reporting=reporting)
    q = here / np.maximum(here.sum(axis=1, keepdims=True), 1e-300)
    p_at = np.where(found.inside, p[found.unit], 0.0)
    h = p_at + (1 - p_at) * tip
    own = p_at * (1 - p_at) * (1 - tip) / np.where(h > 0, h, 1.0)
    later = q.sum(axis=1, keepdims=True) - np.cumsum(q, axis=1)
    slope = of_route[:, None] * (q * own - p_at * later)
    return np.bincount(found.unit[found.inside], weights=slope[found.inside], minlength=len(p)).astype(np.float64)


def _log_likelihood(found: Stages, p: np.ndarray, *, tip: float, reporting: np.ndarray) -> tuple[float, np.ndarray]:
    """Return sum over cells of S log(d / D_r), constants in t and rho left out, and its derivative by logit p."""
    size, unit = len(p), found.unit[found.inside]
    events = found.events
    passed = events.sum(axis=1, keepdims=True) - np.cumsum(events, axis=1)
    checks, tips, unstated, let_by = (
        np.bincount(unit, weights=table[found.inside], minlength=size)
        for table in (found.checks, found.tips, found.unstated, passed)
    )
    h = p + (1 - p) * tip
    value = checks @ np.log(p) + (tips + let_by) @ np.log1p(-p) + unstated @ np.log(h)
    slope = checks * (1 - p) - (tips + let_by) * p + unstated * p * (1 - p) * (1 - tip) / h
    seen = stage_chances(found, p, tip=tip, reporting=reporting).sum(axis=1)
    value -= found.taken @ np.log(np.maximum(seen, 1e-300))
    slope -= slope_of_log_seen(found, p, tip=tip, reporting=reporting, shares=found.taken)
    return float(value), np.asarray(slope)
