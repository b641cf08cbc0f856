"""The collapsed log density of the removal model and its gradient, compiled."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from routegraph.flows.removal import parameters as prior
from routegraph.flows.removal.compiled import Arrays, Derived, Statistics

_LEVEL, _LEVEL_SD = prior.LEVEL
_COUNTRY, _PLACE, _END = prior.COUNTRY_SPREAD, prior.PLACE_SPREAD, prior.END_SPREAD
_COEFFICIENT = prior.COEFFICIENT
_TIP, _TIP_SD = prior.TIP
_REPORT, _REPORT_SD = prior.REPORTING
_SHAPE, _SHAPE_SD = prior.SHAPE
_RATE, _RATE_SD = prior.RATE
_CHOICE, _CHOICE_SD = prior.CHOICE
_G, _PSI, _LOG_A, _TAU_C, _TAU_V, _TAU_O, _TAU_D, _LOG_CHOICE, _LOGIT_TIP = range(prior.N_SCALARS)
_FEATURES, _ROLES, _GRAVITY, _U, _E, _O, _D, _R, _END_OF = range(9)


@njit(cache=True, nogil=True, error_model="numpy")
def logistic(x: float) -> float:
    """Return 1 / (1 + exp(-x)) without overflow, kept inside (0, 1)."""
    if x >= 0:
        return min(1.0 / (1.0 + math.exp(-x)), 1.0 - 1e-12)
    e = math.exp(max(x, -600.0))
    return e / (1.0 + e)


@njit(cache=True, nogil=True, error_model="numpy")
def digamma(x: float) -> float:
    """Return the derivative of the log gamma function for x > 0 (Bernardo 1976, algorithm AS 103)."""
    below = 0.0
    while x < 6.0:
        below -= 1.0 / x
        x += 1.0
    f = 1.0 / (x * x)
    series = f * (1 / 12 - f * (1 / 120 - f * (1 / 252 - f * (1 / 240 - f * (1 / 132)))))
    return below + math.log(x) - 0.5 / x - series


@njit(cache=True, nogil=True, error_model="numpy")
def derive(theta: np.ndarray, a: Arrays, out: Derived) -> None:
    """Fill detection, reporting, shapes and the chance of ending as a report (D_r) from the parameters.

    ``out.scalars`` are t, b, A and the choice coefficient.
    """
    _detection(theta, a, out)
    _intensity(theta, a, out)
    for r in range(len(out.seen)):
        _seen(r, a, out)


@njit(cache=True, nogil=True, error_model="numpy")
def _seen(r: int, a: Arrays, out: Derived) -> None:
    seen = 0.0
    for i in range(a.route_start[r + 1] - 1, a.route_start[r] - 1, -1):
        h = out.h[a.route_cell[i]]
        seen = h * out.reporting[a.route_cell[i] // 5] * out.usable[i] + (1.0 - h) * seen
        out.onward[i] = seen
    out.seen[r] = seen


@njit(cache=True, nogil=True, error_model="numpy")
def _intensity(theta: np.ndarray, a: Arrays, out: Derived) -> None:
    s = a.starts
    total, choice = math.exp(theta[_LOG_A]), math.exp(theta[_LOG_CHOICE])
    out.scalars[1], out.scalars[2], out.scalars[3] = math.exp(theta[_PSI] + theta[_G]), total, choice
    utility = np.empty(len(a.pair_origin))
    top = -np.inf
    tau_o, tau_d = math.exp(theta[_TAU_O]), math.exp(theta[_TAU_D])
    for k in range(len(utility)):
        x = tau_o * theta[s[_O] + a.pair_origin[k]] + tau_d * theta[s[_D] + a.pair_destination[k]]
        for j in range(a.pair_features.shape[1]):
            x += a.pair_features[k, j] * theta[s[_GRAVITY] + j]
        utility[k] = x
        top = max(top, x)
    whole = 0.0
    for k in range(len(utility)):
        if a.pair_start[k + 1] > a.pair_start[k]:
            utility[k] = math.exp(utility[k] - top)
            whole += utility[k]
    for k in range(len(utility)):
        first, last = a.pair_start[k], a.pair_start[k + 1]
        likely = 0.0
        for r in range(first, last):
            out.shape[r] = math.exp(-choice * a.excess[r] + a.path_size[r])
            likely += out.shape[r]
        for r in range(first, last):
            # A shape of 0 would make a route impossible, which nothing here can know.
            out.shape[r] = max(total * utility[k] / whole * out.shape[r] / likely, 1e-280)


@njit(cache=True, nogil=True, error_model="numpy")
def _detection(theta: np.ndarray, a: Arrays, out: Derived) -> None:
    s = a.starts
    tip = logistic(theta[_LOGIT_TIP]) if a.has_tips else 0.0
    out.scalars[0] = tip
    tau_c, tau_v = math.exp(theta[_TAU_C]), math.exp(theta[_TAU_V]) * a.place_effects
    for v in range(len(a.country)):
        x = theta[_G] + tau_c * theta[s[_U] + a.country[v]] + tau_v * theta[s[_E] + v]
        for j in range(a.features.shape[1]):
            x += a.features[v, j] * _COEFFICIENT * theta[s[_FEATURES] + j]
        for role in range(5):
            cell = v * 5 + role
            logit = x + (_COEFFICIENT * theta[s[_ROLES] + role - 1] if role > 0 else 0.0)
            out.p[cell] = logistic(logit)
            out.h[cell] = out.p[cell] + (1.0 - out.p[cell]) * tip
            if not math.isnan(a.known[v]):
                out.h[cell] = a.known[v]
                out.p[cell] = max(a.known[v] - tip, 1e-9) / (1.0 - tip)
        out.reporting[v] = a.declared[v] * logistic(_REPORT + _REPORT_SD * theta[s[_R] + a.country[v]])
        if not math.isnan(a.known_reporting[v]):
            out.reporting[v] = a.known_reporting[v]


@njit(cache=True, nogil=True, error_model="numpy")
def log_density(theta: np.ndarray, a: Arrays, n: Statistics, out: Derived, gradient: np.ndarray) -> float:
    """Return the collapsed log density (up to a constant) and fill its gradient; ``out`` is filled on the way.

    sum_cells S log d + sum_r [lnG(a_r + S_r) - lnG(a_r) + a_r log b - (a_r + S_r) log(b + D_r)] + log prior
    """
    derive(theta, a, out)
    gradient[:] = 0.0
    value = _prior_of_detection(theta, a, gradient) + _prior_of_traffic(theta, a, gradient)
    by_h, by_reporting = np.zeros(len(out.h)), np.zeros(len(a.country))
    by_shape = np.empty(len(out.shape))
    value += _traffic(theta, n, out, gradient, by_shape)
    for r in range(len(out.shape)):
        _detecting(r, (out.shape[r] + n.per_route[r]) / (out.scalars[1] + out.seen[r]), a, out, by_h, by_reporting)
    value += _cells(theta, a, n, out, gradient, by_h, by_reporting)
    _shapes(theta, a, out, gradient, by_shape)
    return value


@njit(cache=True, nogil=True, error_model="numpy")
def detection_density(theta: np.ndarray, a: Arrays, n: Statistics, out: Derived, gradient: np.ndarray) -> float:
    """Return the lambda-free log density of detection and fill its gradient: where seizures fall, not how many.

    sum_cells S log d - sum_r S_r log D_r + log prior
    """
    _detection(theta, a, out)
    gradient[:] = 0.0
    value = _prior_of_detection(theta, a, gradient)
    by_h, by_reporting = np.zeros(len(out.h)), np.zeros(len(a.country))
    for r in range(len(out.shape)):
        if n.per_route[r] > 0:
            _seen(r, a, out)
            value -= n.per_route[r] * math.log(out.seen[r])
            _detecting(r, n.per_route[r] / out.seen[r], a, out, by_h, by_reporting)
    return value + _cells(theta, a, n, out, gradient, by_h, by_reporting)


@njit(cache=True, nogil=True, error_model="numpy")
def traffic_density(theta: np.ndarray, a: Arrays, n: Statistics, out: Derived, gradient: np.ndarray) -> float:
    """Return the log density of the parameters of traffic given detection as derived, and fill its gradient."""
    _intensity(theta, a, out)
    gradient[:] = 0.0
    value = _prior_of_traffic(theta, a, gradient)
    by_shape = np.empty(len(out.shape))
    value += _traffic(theta, n, out, gradient, by_shape)
    _shapes(theta, a, out, gradient, by_shape)
    return value


@njit(cache=True, nogil=True, error_model="numpy")
def _prior_of_detection(theta: np.ndarray, a: Arrays, gradient: np.ndarray) -> float:
    s = a.starts
    value = _standard_normal(theta, s[_FEATURES], s[_GRAVITY], gradient)
    value += _standard_normal(theta, s[_U], s[_O], gradient) + _standard_normal(theta, s[_R], s[_END_OF], gradient)
    for at, mean, sd in ((_G, _LEVEL, _LEVEL_SD), (_LOGIT_TIP, _TIP, _TIP_SD)):
        z = (theta[at] - mean) / sd
        value -= 0.5 * z * z
        gradient[at] -= z / sd
    for at, scale in ((_TAU_C, _COUNTRY), (_TAU_V, _PLACE)):
        tau = math.exp(theta[at]) / scale
        value += theta[at] - 0.5 * tau * tau
        gradient[at] += 1.0 - tau * tau
    return value


@njit(cache=True, nogil=True, error_model="numpy")
def _prior_of_traffic(theta: np.ndarray, a: Arrays, gradient: np.ndarray) -> float:
    s = a.starts
    value = _standard_normal(theta, s[_GRAVITY], s[_U], gradient) + _standard_normal(theta, s[_O], s[_R], gradient)
    rate = (theta[_PSI] + theta[_G] - _RATE) / _RATE_SD
    value -= 0.5 * rate * rate
    gradient[_G] -= rate / _RATE_SD
    gradient[_PSI] -= rate / _RATE_SD
    for at, mean, sd in ((_LOG_A, _SHAPE, _SHAPE_SD), (_LOG_CHOICE, _CHOICE, _CHOICE_SD)):
        z = (theta[at] - mean) / sd
        value -= 0.5 * z * z
        gradient[at] -= z / sd
    for at in (_TAU_O, _TAU_D):
        tau = math.exp(theta[at]) / _END
        value += theta[at] - 0.5 * tau * tau
        gradient[at] += 1.0 - tau * tau
    return float(value)


@njit(cache=True, nogil=True, error_model="numpy")
def _standard_normal(theta: np.ndarray, first: int, last: int, gradient: np.ndarray) -> float:
    value = 0.0
    for i in range(first, last):
        value -= 0.5 * theta[i] * theta[i]
        gradient[i] -= theta[i]
    return value


@njit(cache=True, nogil=True, error_model="numpy")
def _traffic(theta: np.ndarray, n: Statistics, out: Derived, gradient: np.ndarray, by_shape: np.ndarray) -> float:
    """Add what the routes' reports say of traffic; ``by_shape`` gets the derivatives by the shapes."""
    log_b, b = theta[_PSI] + theta[_G], out.scalars[1]
    value, by_log_b = 0.0, 0.0
    for r in range(len(out.shape)):
        shape, reports = out.shape[r], n.per_route[r]
        away = math.log(b + out.seen[r])
        value += shape * (log_b - away) - reports * away
        by_shape[r] = log_b - away
        if reports > 0:
            value += math.lgamma(shape + reports) - math.lgamma(shape)
            by_shape[r] += digamma(shape + reports) - digamma(shape)
        by_log_b += shape - (shape + reports) / (b + out.seen[r]) * b
    gradient[_G] += by_log_b
    gradient[_PSI] += by_log_b
    return value


@njit(cache=True, nogil=True, error_model="numpy")
def _detecting(r: int, pull: float, a: Arrays, out: Derived, by_h: np.ndarray, by_reporting: np.ndarray) -> None:
    """Take -pull x the derivative of D_r back to the chances at the places of the route."""
    left, last = pull, a.route_start[r + 1] - 1
    for i in range(a.route_start[r], last + 1):
        cell = a.route_cell[i]
        here, h = left * out.usable[i], out.h[cell]
        after = out.onward[i + 1] if i < last else 0.0
        by_h[cell] -= here * out.reporting[cell // 5] - left * after
        by_reporting[cell // 5] -= here * h
        left *= 1.0 - h


@njit(cache=True, nogil=True, error_model="numpy")
def _cells(
    theta: np.ndarray,
    a: Arrays,
    n: Statistics,
    out: Derived,
    gradient: np.ndarray,
    by_h: np.ndarray,
    by_reporting: np.ndarray,
) -> float:
    """Add the part of seizures and passages, and take all derivatives back to the parameters of detection."""
    s, tip, value = a.starts, out.scalars[0], 0.0
    tau_c, tau_v = math.exp(theta[_TAU_C]), math.exp(theta[_TAU_V]) * a.place_effects
    for v in range(len(a.country)):
        c, at_place = a.country[v], 0.0
        for role in range(5):
            cell = v * 5 + role
            p, h = out.p[cell], out.h[cell]
            if n.check[cell] > 0:
                value += n.check[cell] * math.log(p)
            if n.tip[cell] > 0:
                value += n.tip[cell] * (math.log(1.0 - p) + math.log(tip))
            if n.unstated[cell] > 0:
                value += n.unstated[cell] * math.log(h)
            value += n.passed[cell] * math.log(1.0 - h)
            slope = by_h[cell] + (n.unstated[cell] / h if n.unstated[cell] > 0 else 0.0)
            if math.isnan(a.known[v]):
                by_logit = n.check[cell] * (1.0 - p) - (n.tip[cell] + n.passed[cell]) * p
                by_logit += slope * (1.0 - tip) * p * (1.0 - p)
                at_place += by_logit
                if role > 0:
                    gradient[s[_ROLES] + role - 1] += _COEFFICIENT * by_logit
                if a.has_tips:
                    by_tip = n.tip[cell] * (1.0 - tip) - n.passed[cell] * tip
                    gradient[_LOGIT_TIP] += by_tip + slope * (1.0 - p) * tip * (1.0 - tip)
        gradient[_G] += at_place
        gradient[s[_U] + c] += tau_c * at_place
        gradient[s[_E] + v] += tau_v * at_place
        gradient[_TAU_C] += tau_c * theta[s[_U] + c] * at_place
        gradient[_TAU_V] += tau_v * theta[s[_E] + v] * at_place
        for j in range(a.features.shape[1]):
            gradient[s[_FEATURES] + j] += _COEFFICIENT * a.features[v, j] * at_place
        if math.isnan(a.known_reporting[v]) and a.declared[v] > 0:
            share = out.reporting[v] / a.declared[v]
            gradient[s[_R] + c] += _REPORT_SD * by_reporting[v] * out.reporting[v] * (1.0 - share)
    for c in range(len(n.per_country)):
        share = logistic(_REPORT + _REPORT_SD * theta[s[_R] + c])
        value += n.per_country[c] * math.log(share)
        gradient[s[_R] + c] += _REPORT_SD * n.per_country[c] * (1.0 - share)
    return value


@njit(cache=True, nogil=True, error_model="numpy")
def _shapes(theta: np.ndarray, a: Arrays, out: Derived, gradient: np.ndarray, by_shape: np.ndarray) -> None:
    """Take derivatives by the shapes back to total, gravity, ends and route choice."""
    s, total, choice = a.starts, out.scalars[2], out.scalars[3]
    tau_o, tau_d = math.exp(theta[_TAU_O]), math.exp(theta[_TAU_D])
    everything = 0.0
    for r in range(len(out.shape)):
        everything += out.shape[r] * by_shape[r]
    gradient[_LOG_A] += everything
    for k in range(len(a.pair_origin)):
        mine, mass, weighed, cost = 0.0, 0.0, 0.0, 0.0
        for r in range(a.pair_start[k], a.pair_start[k + 1]):
            pull = out.shape[r] * by_shape[r]
            mine += pull
            weighed += pull * a.excess[r]
            mass += out.shape[r]
            cost += out.shape[r] * a.excess[r]
        if mass <= 0.0:
            continue
        gradient[_LOG_CHOICE] -= choice * (weighed - mine * cost / mass)
        by_utility = mine - mass / total * everything
        o, d = s[_O] + a.pair_origin[k], s[_D] + a.pair_destination[k]
        gradient[o] += tau_o * by_utility
        gradient[d] += tau_d * by_utility
        gradient[_TAU_O] += tau_o * theta[o] * by_utility
        gradient[_TAU_D] += tau_d * theta[d] * by_utility
        for j in range(a.pair_features.shape[1]):
            gradient[s[_GRAVITY] + j] += a.pair_features[k, j] * by_utility
