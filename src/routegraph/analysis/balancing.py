"""Flows that keep the totals of every place and are otherwise as even as distance lets them be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

MOST_ROUNDS = 5000
CLOSE = 1e-9
"""Margins are met when none is off by more than this share of all flow."""

STEEPEST = 8
"""The deterrence looked for lies between -8 and 8: per log distance, or per mean distance."""


@dataclass(frozen=True)
class Support:
    """The legs that may carry flow: origin and destination of each, as positions in two lists of places."""

    origin: np.ndarray
    end: np.ndarray
    origins: int
    ends: int

    def sent(self, flow: np.ndarray) -> np.ndarray:
        """Return what each origin sends."""
        return np.bincount(self.origin, weights=flow, minlength=self.origins)

    def received(self, flow: np.ndarray) -> np.ndarray:
        """Return what each destination receives."""
        return np.bincount(self.end, weights=flow, minlength=self.ends)

    def possible(self, flow: np.ndarray) -> np.ndarray:
        """Return which legs some flow uses that has the same totals at every place as ``flow``.

        Flow can be moved to an empty leg only round a loop of legs that give it up in turn: the leg's ends must be
        in one strong component where each leg leads from origin to destination, and back if it carries flow.
        """
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        used = flow > 0
        tails = np.concatenate([self.origin, self.origins + self.end[used]])
        heads = np.concatenate([self.origins + self.end, self.origin[used]])
        size = self.origins + self.ends
        around = coo_array((np.ones(len(tails)), (tails, heads)), shape=(size, size)).tocsr()
        _, label = connected_components(around, directed=True, connection="strong")
        return np.asarray(used | (label[self.origin] == label[self.origins + self.end]))


@dataclass(frozen=True)
class Balanced:
    """Flow with the totals asked for; ``error`` is the largest departure from one, as a share of all flow."""

    flow: np.ndarray
    factors: np.ndarray
    error: float

    @property
    def converged(self) -> bool:
        """Say whether every total is met."""
        return self.error <= CLOSE


def balanced(support: Support, near: np.ndarray, like: np.ndarray, *, start: np.ndarray | None = None) -> Balanced:
    """Return T_ij = A_i O_i B_j D_j f_ij with the totals O and D of the flow ``like``, by proportional fitting.

    Parameters
    ----------
    support
        Legs; every pair that is not among them carries nothing.
    near
        f of each leg, at least 0.
    like
        Flow whose totals are to be kept.
    start
        Factors of the destinations to start from, as an earlier result holds them.

    Returns
    -------
    Balanced
        Destinations are met exactly, origins up to about ``error``. Where it does not converge in ``MOST_ROUNDS``
        rounds (some leg must be empty, or nearly, in every flow of these totals: see :meth:`Support.possible`) the
        last round.

    References
    ----------
    Deming & Stephan 1940, doi 10.1214/aoms/1177731829; Wilson 1967, doi 10.1016/0041-1647(67)90035-4.
    """
    from routegraph.analysis.fitting_rounds import fitted

    sent, received = support.sent(like), support.received(like)
    if not like.any():
        return Balanced(np.zeros(len(like)), np.ones(support.ends), 0.0)
    factors = np.where(received > 0, 1.0 if start is None else start, 0.0)
    a, b, error = fitted(support.origin, support.end, near, sent, received, factors, MOST_ROUNDS, CLOSE)
    return Balanced(near * a[support.origin] * b[support.end], b, float(error))


@dataclass(frozen=True)
class Deterrence:
    """How flow falls with distance: f = exp(-coefficient x), x the log distance or the distance over its mean."""

    form: str
    coefficient: float
    near: np.ndarray
    null: Balanced


def deterrence(support: Support, flow: np.ndarray, distance_km: np.ndarray) -> Deterrence:
    """Return the deterrence at which balanced flow travels as far as ``flow`` does: power or exponential.

    Parameters
    ----------
    support, flow
        Legs, and the flow on them (the posterior mean).
    distance_km
        Of each leg; NaN where unknown: such a leg counts as far as the mean consignment travels.

    Returns
    -------
    Deterrence
        ``form`` is power (the mean log distance is met) or exponential (the mean distance), whichever gives the flow
        the higher likelihood; none where no distance is known or flow has no choice.

    References
    ----------
    Hyman 1969, doi 10.1068/a010105, that meeting the mean cost is the maximum of the likelihood.
    """
    known = np.isfinite(distance_km) & (flow > 0)
    even = np.ones(len(flow))
    best = Deterrence("none", 0.0, even, balanced(support, even, flow))
    if not known.any():
        return best
    distance = np.maximum(distance_km, 1.0)
    middle = float(np.average(distance[known], weights=flow[known]))
    for form, cost in (("power", np.log(distance)), ("exponential", distance / middle)):
        typical = np.average(cost[known], weights=flow[known])
        found = _met(support, flow, np.where(np.isfinite(cost), cost, typical) - typical, form=form, even=best.null)
        if _likelihood(flow, found.null.flow) > _likelihood(flow, best.null.flow) + 1e-6:
            best = found
    return best


def _met(support: Support, flow: np.ndarray, cost: np.ndarray, *, form: str, even: Balanced) -> Deterrence:
    """Return the coefficient at which balanced flow has the mean cost of ``flow``; costs have mean 0 over ``flow``."""
    from scipy.optimize import brentq

    tried: dict[float, Balanced] = {0.0: even}

    def surplus(coefficient: float) -> float:
        if coefficient not in tried:
            tried[coefficient] = balanced(support, np.exp(-coefficient * cost), flow, start=even.factors)
        return float(tried[coefficient].flow @ cost)

    towards = 1.0 if surplus(0.0) > 0 else -1.0
    step = 1.0
    while step < STEEPEST and surplus(towards * step) * towards > 0:
        step *= 2
    inner, outer = sorted((towards * step / 2 if step > 1 else 0.0, towards * step))
    crossed = surplus(inner) > 0 > surplus(outer)
    found = float(brentq(surplus, inner, outer, xtol=1e-6)) if crossed else towards * step if step > 1 else 0.0
    surplus(found)
    return Deterrence(form, found, np.exp(-found * cost), tried[found])


def _likelihood(flow: np.ndarray, null: np.ndarray) -> float:
    """Return the log likelihood of the shares of ``flow``, a mean of one consignment."""
    used = (flow > 0) & (null > 0)
    return float(flow[used] @ np.log(null[used]) / max(flow.sum(), 1e-300))
