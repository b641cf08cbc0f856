"""The compiled kernels of the removal sampler written again in plain numpy, to compare with (benchmarks/flows.py).

Whole columns wherever the model allows it: density, gradient, completeness and statistics have no loop over routes or
reports. The collapsed allocations are a loop over events, for the weights of each depend on all others. For one source,
checks only and no known detection, as in the benchmark's world.
"""

from __future__ import annotations

import numpy as np
from scipy.special import digamma, expit, gammaln

from routegraph.flows.removal import allocation as moves
from routegraph.flows.removal import compiled
from routegraph.flows.removal import parameters as at


def padded(a: compiled.Arrays) -> tuple[np.ndarray, np.ndarray]:
    """Return the position of each step of each route (R x K) and whether there is one."""
    length = np.diff(a.route_start)
    step = np.arange(length.max())
    there = step < length[:, None]
    return np.where(there, a.route_start[:-1, None] + step, 0), there


def derive(theta: np.ndarray, a: compiled.Arrays, out: compiled.Derived) -> None:
    """Do as ``density.derive``."""
    s = a.starts
    features, roles, gravity, country, place, origin, destination, report = (theta[s[k] : s[k + 1]] for k in range(8))
    b, total, choice = np.exp([theta[at.PSI] + theta[at.G], theta[at.LOG_A], theta[at.LOG_CHOICE]])
    out.scalars[:4] = 0.0, b, total, choice
    tau = np.exp(theta[[at.TAU_COUNTRY, at.TAU_PLACE, at.TAU_ORIGIN, at.TAU_DESTINATION]])
    x = theta[at.G] + tau[0] * country[a.country] + tau[1] * place + a.features @ (at.COEFFICIENT * features)
    p = np.clip(expit(x[:, None] + np.concatenate([[0.0], at.COEFFICIENT * roles])), 0.0, 1 - 1e-12).ravel()
    out.p[:], out.h[:] = p, p
    out.reporting[:] = a.declared * expit(at.REPORTING[0] + at.REPORTING[1] * report[a.country])
    utility = tau[2] * origin[a.pair_origin] + tau[3] * destination[a.pair_destination] + a.pair_features @ gravity
    mass = np.exp(utility - utility.max())
    of_pair = np.repeat(np.arange(len(mass)), np.diff(a.pair_start))
    appeal = np.exp(-choice * a.excess + a.path_size)
    likely = np.bincount(of_pair, appeal, minlength=len(mass))
    out.shape[:] = np.maximum(total * (mass / mass.sum())[of_pair] * appeal / likely[of_pair], 1e-280)
    step, there = padded(a)
    h = np.where(there, out.h[a.route_cell[step]], 0.0)
    seized = h * out.reporting[a.route_cell[step] // 5] * out.usable[step]
    seen = np.zeros(len(step))
    for k in range(step.shape[1] - 1, -1, -1):
        seen = seized[:, k] + (1 - h[:, k]) * seen
        out.onward[step[there[:, k], k]] = seen[there[:, k]]
    out.seen[:] = seen


def log_density(
    theta: np.ndarray, a: compiled.Arrays, n: compiled.Statistics, out: compiled.Derived, gradient: np.ndarray
) -> float:
    """Do as ``density.log_density``."""
    derive(theta, a, out)
    gradient[:] = 0.0
    value = _prior(theta, a, gradient)
    b, total, choice, log_b = out.scalars[1], out.scalars[2], out.scalars[3], theta[at.PSI] + theta[at.G]
    away, gathered = np.log(b + out.seen), out.shape + n.per_route
    value += np.sum(out.shape * log_b - gathered * away + gammaln(gathered) - gammaln(out.shape))
    by_shape = log_b - away + digamma(gathered) - digamma(out.shape)
    pull = gathered / (b + out.seen)
    gradient[[at.G, at.PSI]] += np.sum(out.shape - pull * b)
    by_h, by_reporting = _along(a, out, pull)
    value += _cells(theta, a, n, out, gradient, by_h=by_h, by_reporting=by_reporting)
    _shapes(theta, a, out, gradient, drawn=out.shape * by_shape, total=total, choice=choice)
    return float(value)


def _prior(theta: np.ndarray, a: compiled.Arrays, gradient: np.ndarray) -> float:
    blocks = slice(a.starts[0], a.starts[8])
    gradient[blocks] -= theta[blocks]
    value = -0.5 * theta[blocks] @ theta[blocks]
    for position, (mean, sd) in (
        (at.G, at.LEVEL),
        (at.LOG_A, at.SHAPE),
        (at.LOG_CHOICE, at.CHOICE),
        (at.LOGIT_TIP, at.TIP),
    ):
        z = (theta[position] - mean) / sd
        value -= 0.5 * z * z
        gradient[position] -= z / sd
    z = (theta[at.PSI] + theta[at.G] - at.RATE[0]) / at.RATE[1]
    gradient[[at.G, at.PSI]] -= z / at.RATE[1]
    scales = np.array([at.COUNTRY_SPREAD, at.PLACE_SPREAD, at.END_SPREAD, at.END_SPREAD])
    spreads = [at.TAU_COUNTRY, at.TAU_PLACE, at.TAU_ORIGIN, at.TAU_DESTINATION]
    tau = np.exp(theta[spreads]) / scales
    gradient[spreads] += 1 - tau * tau
    return float(value - 0.5 * z * z + np.sum(theta[spreads] - 0.5 * tau * tau))


def _along(a: compiled.Arrays, out: compiled.Derived, pull: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return derivatives by detection (place and role) and by reporting (place), of all routes at once."""
    step, there = padded(a)
    cell = a.route_cell[step]
    h = np.where(there, out.h[cell], 0.0)
    left = pull[:, None] * np.cumprod(np.column_stack([np.ones(len(h)), 1 - h[:, :-1]]), axis=1)
    after = np.column_stack([np.where(there[:, 1:], out.onward[step[:, 1:]], 0.0), np.zeros(len(h))])
    usable, reporting = out.usable[step], out.reporting[cell // 5]
    by_h = -np.bincount(cell[there], (left * (usable * reporting - after))[there], minlength=len(out.h))
    by_reporting = -np.bincount((cell // 5)[there], (left * usable * h)[there], minlength=len(out.reporting))
    return by_h, by_reporting


def _cells(
    theta: np.ndarray, a: compiled.Arrays, n: compiled.Statistics, out: compiled.Derived, gradient: np.ndarray,
    *, by_h: np.ndarray, by_reporting: np.ndarray,
) -> float:  # fmt: skip
    s, p = a.starts, out.p
    value = np.sum(n.check * np.log(p) + n.passed * np.log(1 - p))
    by_logit = (n.check * (1 - p) - n.passed * p + by_h * p * (1 - p)).reshape(-1, 5)
    at_place = by_logit.sum(axis=1)
    at_country = np.bincount(a.country, at_place, minlength=len(n.per_country))
    gradient[s[1] : s[2]] += at.COEFFICIENT * by_logit[:, 1:].sum(axis=0)
    gradient[at.G] += at_place.sum()
    country, place, report = theta[s[3] : s[4]], theta[s[4] : s[5]], theta[s[7] : s[8]]
    tau = np.exp(theta[[at.TAU_COUNTRY, at.TAU_PLACE]])
    gradient[s[3] : s[4]] += tau[0] * at_country
    gradient[s[4] : s[5]] += tau[1] * at_place
    gradient[at.TAU_COUNTRY] += tau[0] * country @ at_country
    gradient[at.TAU_PLACE] += tau[1] * place @ at_place
    gradient[s[0] : s[1]] += at.COEFFICIENT * at_place @ a.features
    share = expit(at.REPORTING[0] + at.REPORTING[1] * report)
    slope = by_reporting * a.declared * (share * (1 - share))[a.country]
    gradient[s[7] : s[8]] += at.REPORTING[1] * (
        np.bincount(a.country, slope, minlength=len(share)) + n.per_country * (1 - share)
    )
    return float(value + n.per_country @ np.log(share))


def _shapes(
    theta: np.ndarray, a: compiled.Arrays, out: compiled.Derived, gradient: np.ndarray,
    *, drawn: np.ndarray, total: float, choice: float,
) -> None:  # fmt: skip
    s, pairs = a.starts, len(a.pair_origin)
    of_pair = np.repeat(np.arange(pairs), np.diff(a.pair_start))
    mine, mass, weighed, cost = (
        np.bincount(of_pair, one, minlength=pairs) for one in (drawn, out.shape, drawn * a.excess, out.shape * a.excess)
    )
    gradient[at.LOG_A] += drawn.sum()
    gradient[at.LOG_CHOICE] -= choice * np.sum(weighed - mine * cost / mass)
    by_utility = mine - mass / total * drawn.sum()
    for block, spread, end in ((5, at.TAU_ORIGIN, a.pair_origin), (6, at.TAU_DESTINATION, a.pair_destination)):
        by_end = np.exp(theta[spread]) * np.bincount(end, by_utility, minlength=len(a.country))
        gradient[s[block] : s[block + 1]] += by_end
        gradient[spread] += theta[s[block] : s[block + 1]] @ by_end
    gradient[s[2] : s[3]] += by_utility @ a.pair_features


def sweep(
    a: compiled.Arrays, d: compiled.Derived, n: moves.Reports, c: moves.Completeness, m: moves.Allocation,
    rng: np.random.Generator,
) -> None:  # fmt: skip
    """Do as ``allocation.sweep``: what does not depend on allocations for all cells at once, then event by event."""
    fixed = _factors(a, d, n, c)
    for q in np.flatnonzero((n.number > 0) & (np.diff(n.start) > 1)):
        here = slice(n.start[q], n.start[q + 1])
        f, route = fixed[here], n.route[here]
        if n.number[q] > moves.SINGLY:
            routes, which = np.unique(route, return_inverse=True)
            weights = f * rng.standard_gamma(d.shape[routes] + m.per_route[routes])[which]
            np.subtract.at(m.per_route, route, m.events[here])
            m.events[here] = rng.multinomial(n.number[q], weights / weights.sum())
            np.add.at(m.per_route, route, m.events[here])
        for _ in range(min(n.number[q], moves.SINGLY)):
            old = np.searchsorted(np.cumsum(m.events[here]), rng.integers(n.number[q]), side="right")
            m.events[here.start + old] -= 1
            m.per_route[route[old]] -= 1
            chances = np.cumsum(f * (d.shape[route] + m.per_route[route]))
            new = min(int(np.searchsorted(chances, rng.random() * chances[-1], side="right")), len(f) - 1)
            m.events[here.start + new] += 1
            m.per_route[route[new]] += 1


def _factors(a: compiled.Arrays, d: compiled.Derived, n: moves.Reports, c: moves.Completeness) -> np.ndarray:
    step, there = padded(a)
    h = np.where(there, d.h[a.route_cell[step]], 0.0)
    left = np.cumprod(np.column_stack([1 / (d.scalars[1] + d.seen), 1 - h[:, :-1]]), axis=1)
    chance = np.zeros(len(a.route_cell))
    chance[step[there]] = (left * d.reporting[a.route_cell[step] // 5] * d.p[a.route_cell[step]])[there]
    q = np.repeat(np.arange(len(n.number)), np.diff(n.start))
    origin = np.where(n.step == 0, c.case[0], c.origin[0])
    stated = np.where(n.destination[q], c.destination[0] * (1 - c.case[1]), 1 - c.destination[0])
    wrong = c.destination[0] * c.case[1] / n.n_destinations
    return np.asarray(
        chance[n.at] * n.ways * np.where(n.origin[q], origin, 1 - origin)
        * (1 - c.via[0]) ** n.unsaid_before * (1 - c.after[0]) ** n.unsaid_after
        * np.where(n.last, n.destination[q], np.where(n.wrong, wrong, stated))
    )  # fmt: skip


def count_up(a: compiled.Arrays, n: moves.Reports, m: moves.Allocation, out: compiled.Statistics) -> None:
    """Do as ``allocation.count_up``."""
    for one in out:
        one[:] = 0.0
    out.per_route[:] = m.per_route
    made = np.flatnonzero(m.events)
    cell = a.route_cell[n.at[made]]
    out.check[:] = np.bincount(cell, m.events[made], minlength=len(out.check))
    out.per_country[:] = np.bincount(a.country[cell // 5], m.events[made], minlength=len(out.per_country))
    for back in range(1, int(n.step[made].max(initial=0)) + 1):
        on = made[n.step[made] >= back]
        out.passed[:] += np.bincount(a.route_cell[n.at[on] - back], m.events[on], minlength=len(out.passed))


def draw_completeness(
    a: compiled.Arrays, d: compiled.Derived, n: moves.Reports, m: moves.Allocation, c: moves.Completeness,
    rng: np.random.Generator,
) -> None:  # fmt: skip
    """Do as ``completeness.draw_completeness``, for one source."""
    q = np.repeat(np.arange(len(n.number)), np.diff(n.start))
    events, first, short = m.events, n.step == 0, ~n.last
    step, there = padded(a)
    h = np.where(there, d.h[a.route_cell[step]], 0.0)
    rate = rng.standard_gamma(d.shape + m.per_route) / (d.scalars[1] + d.seen)
    left = rate[:, None] * np.cumprod(np.column_stack([np.ones(len(h)), 1 - h[:, :-1]]), axis=1)
    silent = rng.poisson((left * h * d.reporting[a.route_cell[step] // 5] * (1 - d.usable[step]))[there])
    missing = a.outside[:, step[there]] @ silent
    said = (
        (~first, n.origin[q].astype(int), 1 - n.origin[q], missing[0], 1),
        (None, n.before[q], n.unsaid_before, missing[1], 1),
        (None, n.after[q], n.unsaid_after, missing[2], 3),
        (short, n.destination[q].astype(int), 1 - n.destination[q], missing[3], 1),
    )
    for chance, (where, yes, no, more, prior) in zip((c.origin, c.via, c.after, c.destination), said, strict=True):
        kept = events if where is None else events * where
        chance[0] = _beta(1 + kept @ yes, prior + kept @ no + more, rng)
    c.case[0] = _beta(1 + (events * first) @ n.origin[q], 1 + (events * first) @ ~n.origin[q], rng)
    named = events * (short & n.destination[q])
    c.case[1] = _beta(1 + named @ n.wrong, 50 + named @ ~n.wrong, rng)
    abroad = (1 - c.via[0]) ** a.outside[1] * (1 - c.after[0]) ** a.outside[2]
    d.usable[:] = 1 - abroad * (1 - c.origin[0]) ** a.outside[0] * (1 - c.destination[0]) ** a.outside[3]


def _beta(yes: float, no: float, rng: np.random.Generator) -> float:
    return min(max(float(rng.beta(yes, no)), 1e-9), 1 - 1e-9)
