"""Moves that leave the likelihood as it is: levels against effects, and spreads against scaled effects."""

from __future__ import annotations

import numpy as np

from routegraph.flows.removal import parameters as prior
from routegraph.flows.removal.parameters import Layout
from routegraph.flows.removal.problem import RemovalProblem

_WIDTH = 0.5
_MOST_STEPS_OUT = 20
_RANGE = (-12.0, 4.0)


def interweave(theta: np.ndarray, problem: RemovalProblem, rng: np.random.Generator) -> np.ndarray:
    """Return parameters moved so that no place's detection and no route's intensity changes.

    The Hamiltonian steps see standard normal effects; where data say much, level, spread and effects then move
    together only slowly. These draws fix the effects themselves instead: g against the countries, a country against
    its places, a coefficient against the places (the countries, where each is one place; all normal given the rest,
    drawn exactly), and each spread given its effects (slice sampling). Interweaving two ways of writing a model is a
    valid and faster chain: Yu & Meng (2011), doi 10.1198/jcgs.2011.203main; slice: Neal (2003),
    doi 10.1214/aos/1056562461.
    """
    theta, layout = theta.copy(), Layout.of(problem)
    country = slice(layout.country, layout.place)
    place = slice(layout.place, layout.origin)
    tau_country, tau_place = np.exp(theta[prior.TAU_COUNTRY]), np.exp(theta[prior.TAU_PLACE])
    u, e = tau_country * theta[country], tau_place * theta[place]
    level, spread = prior.LEVEL
    shift = _normal(
        -(theta[prior.G] - level) / spread**2 + u.sum() / tau_country**2,
        1 / spread**2 + len(u) / tau_country**2,
        rng.standard_normal(),
    )
    # log b stays where it is.
    theta[prior.G] += shift
    theta[prior.PSI] -= shift
    u = u - shift
    if problem.has_place_effects:
        members = np.bincount(problem.country, minlength=problem.n_countries)
        within = np.bincount(problem.country, e, minlength=problem.n_countries)
        shifts = _normal(
            -u / tau_country**2 + within / tau_place**2,
            1 / tau_country**2 + members / tau_place**2,
            rng.standard_normal(len(u)),
        )
        u, e = u + shifts, e - shifts[problem.country]
        e = _slopes(theta, e, problem.features, tau=tau_place, first=layout.features, rng=rng)
    else:
        by_country = problem.features[np.argsort(problem.country)]
        u = _slopes(theta, u, by_country, tau=tau_country, first=layout.features, rng=rng)
    theta[country], theta[place] = u / tau_country, e / tau_place
    for at, scale, block in (
        (prior.TAU_COUNTRY, prior.COUNTRY_SPREAD, country),
        (prior.TAU_PLACE, prior.PLACE_SPREAD, place),
        (prior.TAU_ORIGIN, prior.END_SPREAD, slice(layout.origin, layout.destination)),
        (prior.TAU_DESTINATION, prior.END_SPREAD, slice(layout.destination, layout.reporting)),
    ):
        effects = np.exp(theta[at]) * theta[block]
        theta[at] = _spread(float(theta[at]), float(effects @ effects), len(effects), scale=scale, rng=rng)
        theta[block] = effects / np.exp(theta[at])
    return theta


def _slopes(
    theta: np.ndarray, effects: np.ndarray, features: np.ndarray, *, tau: float, first: int, rng: np.random.Generator
) -> np.ndarray:
    """Draw each coefficient anew (in ``theta``) and return the effects, so that their sums stay as they are."""
    for k in range(features.shape[1]):
        x, at = features[:, k], first + k
        now = prior.COEFFICIENT * theta[at]
        slope = _normal(
            -now / prior.COEFFICIENT**2 + x @ effects / tau**2,
            1 / prior.COEFFICIENT**2 + x @ x / tau**2,
            rng.standard_normal(),
        )
        theta[at] = (now + slope) / prior.COEFFICIENT
        effects = effects - slope * x
    return effects


def _normal(pull: np.ndarray | float, precision: np.ndarray | float, noise: np.ndarray | float) -> np.ndarray:
    return np.asarray(pull / precision + noise / np.sqrt(precision))


def _spread(log_tau: float, squares: float, n: int, *, scale: float, rng: np.random.Generator) -> float:
    """Draw the log of a spread given its effects, by slice sampling with stepping out."""

    def log_density(x: float) -> float:
        if not _RANGE[0] < x < _RANGE[1]:
            # Beyond these nothing changes in double precision, and the prior leaves no mass.
            return -np.inf
        return float((1 - n) * x - 0.5 * squares * np.exp(-2 * x) - 0.5 * np.exp(2 * x) / scale**2)

    log_tau = min(max(log_tau, _RANGE[0] + _WIDTH), _RANGE[1] - _WIDTH)
    height = log_density(log_tau) - rng.standard_exponential()
    low = log_tau - _WIDTH * rng.random()
    high = low + _WIDTH
    for _ in range(_MOST_STEPS_OUT):
        if log_density(low) <= height:
            break
        low -= _WIDTH
    for _ in range(_MOST_STEPS_OUT):
        if log_density(high) <= height:
            break
        high += _WIDTH
    while True:
        x = low + (high - low) * rng.random()
        if log_density(x) > height:
            return x
        low, high = (x, high) if x < log_tau else (low, x)
