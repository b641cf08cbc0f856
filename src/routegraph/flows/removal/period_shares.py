"""How a leg's traffic divides over periods: pooled over legs, seen events held fixed, silent periods allowed for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SMOOTH = 5.0
"""A period's share of all traffic leans on the periods next to it as if they were this many events."""

BOUNDS = (0.1, 1e5)
"""Bounds of kappa. The upper one says that all legs have the same shares."""

ROUNDS = 30
SMALLEST = 1e-8


@dataclass(frozen=True)
class Pooling:
    """Prior of the shares of any leg: Dirichlet(kappa * base)."""

    base: np.ndarray
    kappa: float


def pool(events: np.ndarray, exposure: np.ndarray, *, ordered: bool) -> Pooling:
    """Return what the shares of all legs together say of the shares of one.

    Parameters
    ----------
    events
        float64[L, T], at least 0: events on each leg in each part.
    exposure
        float64[L, T] in [0, 1]: chance that a seizure of the leg's traffic is reported, relative to full reporting.
    ordered
        Whether neighbouring columns are neighbours in time: then base shares are smoothed over them.

    Returns
    -------
    Pooling
        Equal shares and kappa 1 where there is nothing to go by.

    Notes
    -----
    With R_l the events that leg l would have had under full reporting, and e_t = sum_l R_l x_lt,

        base_t proportional to (n_t + s T m_t) / (e_t + s T),   m_t = rate over the neighbours of t,   s = 5 events,

    iterated with R_l = E_l / sum_t base_t x_lt. kappa maximises the product over legs of the Dirichlet-multinomial

        G(kappa) / G(kappa + E_l) prod_t G(kappa q_lt + e_lt) / G(kappa q_lt),   q_lt = base_t x_lt / sum_s base_s x_ls.

    Legs of one route share events, so the likelihood is a composite one: good for a point, not for an interval.
    """
    parts = events.shape[1]
    base = np.full(parts, 1.0 / parts)
    totals, count = events.sum(axis=1), events.sum(axis=0)
    if not totals.any():
        return Pooling(base, 1.0)
    seen = exposure @ base > 0
    for _ in range(ROUNDS):
        full = np.divide(totals, exposure @ base, out=np.zeros_like(totals), where=seen)
        exposed = full @ exposure
        base = _smoothed(count, exposed, ordered=ordered)
    return Pooling(base, _fitted_kappa(events, base, exposure))


def _smoothed(count: np.ndarray, exposed: np.ndarray, *, ordered: bool) -> np.ndarray:
    parts = len(count)
    overall = count.sum() / exposed.sum()
    near_count, near_exposed = np.full(parts, count.sum()), np.full(parts, exposed.sum())
    if ordered and parts > 2:
        near_count, near_exposed = (np.convolve(values, [1, 0, 1], mode="same") for values in (count, exposed))
    near = np.divide(near_count, near_exposed, out=np.full(parts, overall), where=near_exposed > 0)
    rate = (count + SMOOTH * parts * near) / (exposed + SMOOTH * parts)
    return np.asarray(rate / rate.sum())


def _fitted_kappa(events: np.ndarray, base: np.ndarray, exposure: np.ndarray) -> float:
    from scipy.optimize import minimize_scalar

    some = events.sum(axis=1) > 1
    if not some.any() or events.shape[1] < 2:
        return 1.0
    chance = base * exposure[some]
    chance = np.maximum(chance / chance.sum(axis=1, keepdims=True), 1e-12)

    def misfit(log_kappa: float) -> float:
        return -log_score(events[some], np.exp(log_kappa) * chance)

    best = minimize_scalar(misfit, bounds=tuple(np.log(BOUNDS)), method="bounded", options={"xatol": 1e-4})
    return float(np.exp(best.x))


def log_score(events: np.ndarray, shape: np.ndarray) -> float:
    """Return the Dirichlet-multinomial log chance of the events, rows independent, without binomial coefficients."""
    from scipy.special import gammaln

    total = gammaln(shape.sum(axis=1)) - gammaln((shape + events).sum(axis=1))
    each = (gammaln(shape + events) - gammaln(shape)).sum(axis=1)
    return float(np.sort(total + each).sum())


def divide(
    whole: np.ndarray, events: np.ndarray, exposure: np.ndarray, pooled: Pooling, rng: np.random.Generator
) -> np.ndarray:
    """Return each draw of each leg divided over the parts, float64[N, L, T]; the parts of a draw add up to it.

    Parameters
    ----------
    whole
        N x L: realised consignments on each leg, reported events among them.
    events, exposure
        L x T, as in :func:`pool`.
    pooled
        Prior of the shares.
    rng
        Where shares are drawn.

    Notes
    -----
    Events that are known to be of a part stay there; what was never reported is drawn. With c_l = E_l / sum_t r_t x_lt,

        r_t ~ Gamma(kappa base_t + e_t) / (kappa + c x_t),   s = r / sum r:

    Dirichlet(kappa base + e) where x is 1 throughout, and the prior's share where x_t = 0. Of N consignments N - E are
    unreported, and part t expects u_t = N s_t - E s_t x_t / sum_s s_s x_s of them; their split is multinomial with
    chances pi_t proportional to max(u_t, 0), drawn as (N - E) Dirichlet((N - E - 1) pi), which has the multinomial's
    means and covariances, and which one consignment alone makes the exact one-in-T draw. Where a draw of N is below E
    (allocations move) the events are scaled down to N.
    """
    whole = whole.astype(np.float64)
    totals = events.sum(axis=1)
    shape, rate = posterior_shares(events, exposure, pooled)
    size = (len(whole), *events.shape)
    share = _normalised(_log_gamma(shape, size, rng) - np.log(rate))
    visible = share * exposure
    shown = visible.sum(axis=2, keepdims=True)
    expected_seen = totals[:, None] * np.divide(visible, shown, out=np.zeros_like(visible), where=shown > 0)
    seen = np.minimum(whole, totals)
    left = whole - seen
    unseen = np.maximum(whole[:, :, None] * share - expected_seen, SMALLEST * share)
    unseen = np.maximum(unseen, 1e-300)
    chance = unseen / unseen.sum(axis=2, keepdims=True)
    split = _normalised(_log_gamma(np.maximum(left - 1, 0)[:, :, None] * chance, size, rng, floor=SMALLEST * chance))
    kept = events * np.divide(seen, totals, out=np.zeros_like(seen), where=totals > 0)[:, :, None]
    return np.asarray(kept + left[:, :, None] * split)


def posterior_shares(events: np.ndarray, exposure: np.ndarray, pooled: Pooling) -> tuple[np.ndarray, np.ndarray]:
    """Return shape and rate, L x T each, of the gamma variables r of :func:`divide`."""
    totals = events.sum(axis=1, keepdims=True)
    shape = pooled.kappa * pooled.base + events
    mean = np.broadcast_to(pooled.base, events.shape)
    rate = np.full(events.shape, pooled.kappa)
    for _ in range(ROUNDS):
        shown = (mean * exposure).sum(axis=1, keepdims=True)
        rate = pooled.kappa + exposure * np.divide(totals, shown, out=np.zeros_like(totals), where=shown > 0)
        mean = shape / rate
        mean = mean / mean.sum(axis=1, keepdims=True)
    return shape, rate


def _log_gamma(
    shape: np.ndarray, size: tuple[int, ...], rng: np.random.Generator, *, floor: np.ndarray | float = SMALLEST
) -> np.ndarray:
    """Return log of gamma draws. G(a) = G(a + 1) U^(1/a): small shapes, whose draws underflow, are safe as logs."""
    a = np.maximum(shape, floor)
    high = np.log(rng.standard_gamma(np.broadcast_to(a + 1, size)))
    with np.errstate(over="ignore"):
        return np.asarray(high - rng.standard_exponential(size) / a)


def _normalised(log_values: np.ndarray) -> np.ndarray:
    values = np.exp(log_values - log_values.max(axis=-1, keepdims=True))
    return np.asarray(values / values.sum(axis=-1, keepdims=True))
