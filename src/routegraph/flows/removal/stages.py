"""Occupied routes as stages at which a consignment can be seized, and the chance of each stage."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from routegraph.flows.removal.fit import RemovalFit
from routegraph.flows.removal.problem import CHECK, N_ROLES, TIP, UNSTATED, RemovalProblem

LEAST = 1e-6
"""Routes with fewer allocated events than this are not occupied."""

LEAST_USABLE = 0.01
"""Routes on which no stage has this chance of a report that does not look domestic are left out: the few reports laid
there name a wrong destination, and one such report would stand for hundreds unseen."""

ROUNDS = 8
"""Newton steps from detection averaged over roles to detection at each role; four are enough in practice."""


PASSES = 6
"""Rounds in which what reaches each place and its detection by role are brought in line with one another."""


@dataclass(frozen=True)
class Stages:
    """Occupied routes, R of them, side by side: up to K stages each, at U units; a unit is a place in one role.

    Attributes
    ----------
    route
        int64[R]: numbers of the routes in the problem, rising.
    unit, inside
        int64[R, K]: unit of each stage (0 beyond the last place), and whether there is such a stage.
    checks, tips, unstated
        float64[R, K]: allocated events by stage, on what word. Without any tip in the case all are checks.
    usable
        float64[R, K]: chance that a report made at the stage names anything outside its country, 0 beyond the last
        place; one that does not looks domestic, and is not among the events.
    place, role
        int64[U]: place and role of each unit, sorted by both.
    """

    route: np.ndarray
    unit: np.ndarray
    inside: np.ndarray
    checks: np.ndarray
    tips: np.ndarray
    unstated: np.ndarray
    usable: np.ndarray
    place: np.ndarray
    role: np.ndarray

    @property
    def events(self) -> np.ndarray:
        """Allocated events by route and stage, float64[R, K]."""
        return np.asarray(self.checks + self.tips + self.unstated)

    @property
    def taken(self) -> np.ndarray:
        """Allocated events by route, float64[R]."""
        return np.asarray(self.events.sum(axis=1))


def has_tips(problem: RemovalProblem) -> bool:
    """Return whether any report was made on word beforehand; without one, a basis that is not stated is a check."""
    return bool(((problem.basis == TIP) & (problem.count > 0)).any())


def basis_of_reports(problem: RemovalProblem) -> np.ndarray:
    """Return the basis of each report as the model takes it."""
    basis = problem.basis.astype(np.int64)
    return basis if has_tips(problem) else np.where(basis == UNSTATED, CHECK, basis)


def stages(
    problem: RemovalProblem,
    allocated: np.ndarray,
    *,
    usable: np.ndarray,
    most_units: int | None = None,
    leave_out: float = 0.0,
) -> Stages:
    """Return the occupied routes of allocated events.

    Parameters
    ----------
    problem
        Routes, reports and cells.
    allocated
        float64[J]: events that came from each cell; those of domestic cells are left out.
    usable
        float64, laid out like ``route_place``, as in the fit: chance of a report made there being among the events.
    most_units
        Keep the busiest routes that touch no more units than this (all where None). Leaving routes out loses
        information, never makes any up.
    leave_out
        Leave out the routes with fewest events, up to this share of all events: thousands may hold a hundredth of them.
    """
    chosen = (problem.cell_route >= 0) & (allocated > 0)
    events, of_route = allocated[chosen].astype(np.float64), problem.cell_route[chosen].astype(np.int64)
    taken = np.bincount(of_route, weights=events, minlength=problem.n_routes)
    route = np.flatnonzero((taken >= LEAST) & (_best(problem, usable) >= LEAST_USABLE))
    rising = np.sort(taken[route])
    least = int(np.searchsorted(np.cumsum(rising), leave_out * rising.sum(), side="right"))
    if leave_out and least < len(rising):
        route = route[taken[route] >= rising[least]]
    code = problem.route_place.astype(np.int64) * N_ROLES + problem.route_role
    if most_units is not None:
        route = _busiest(problem, route, taken, code, most_units=most_units)
    start = problem.route_start.astype(np.int64)
    length = np.diff(start)[route]
    step = np.arange(int(length.max(initial=1)))
    inside = step < length[:, None]
    at = np.where(inside, start[route][:, None] + step, 0)
    units, unit = np.unique(code[at[inside]], return_inverse=True)
    laid = np.zeros(inside.shape, dtype=np.int64)
    laid[inside] = unit
    row = np.full(problem.n_routes, -1, dtype=np.int64)
    row[route] = np.arange(len(route))
    basis = np.repeat(basis_of_reports(problem), np.diff(problem.cell_start))[chosen]
    kept = row[of_route] >= 0
    flat = row[of_route] * len(step) + problem.cell_step[chosen]
    by_basis = [
        np.bincount(flat[kept & (basis == b)], weights=events[kept & (basis == b)], minlength=inside.size)
        for b in (CHECK, TIP, UNSTATED)
    ]
    checks, tips, unstated = (part.astype(np.float64).reshape(inside.shape) for part in by_basis)
    told = np.where(inside, usable[at], 0.0)
    return Stages(route, laid, inside, checks, tips, unstated, told, units // N_ROLES, units % N_ROLES)


def _best(problem: RemovalProblem, usable: np.ndarray) -> np.ndarray:
    """Return the highest chance on each route of a report being among those of the problem."""
    return np.maximum.reduceat(usable, problem.route_start[:-1]) if problem.n_routes else np.zeros(0)


def _busiest(
    problem: RemovalProblem, route: np.ndarray, taken: np.ndarray, code: np.ndarray, *, most_units: int
) -> np.ndarray:
    order = route[np.argsort(-taken[route], kind="stable")]
    length = np.diff(problem.route_start)[order]
    owner = np.repeat(np.arange(len(order)), length)
    inside = np.arange(len(owner)) - np.repeat(np.cumsum(length) - length, length)
    _, first = np.unique(code[problem.route_start[order][owner] + inside], return_index=True)
    new = np.bincount(owner[first], minlength=len(order)).cumsum()
    return np.sort(order[new <= most_units])


def unit_checks(problem: RemovalProblem, fit: RemovalFit, found: Stages) -> np.ndarray:
    """Return float64[N, U]: chance p of being found by a check at each unit, in each draw.

    The fit holds detection h of a place averaged over what passed it, whatever its role there. With the shares w of the
    roles in the mean flow that reaches the place, coefficients c and tips t, x solves
    sum_role w p(x + c) = (h - t) / (1 - t), and logit p = x + c.
    """
    from scipy.special import expit

    coefficient = role_coefficients(fit)
    place, which = np.unique(found.place, return_inverse=True)
    shares = _role_shares(problem, fit, coefficient)[place]
    target = _checks_only(fit.detection[:, place], tips(fit)[:, None])
    x = _without_roles(target, coefficient, shares)
    return np.asarray(expit(x[:, which] + coefficient[:, found.role]))


def _checks_only(h: np.ndarray, t: np.ndarray) -> np.ndarray:
    from scipy.special import logit

    return np.asarray(logit(np.clip((h - t) / (1 - t), 1e-9, 1 - 1e-9)))


def _without_roles(target: np.ndarray, coefficient: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Return N x V: x with sum_role shares p(x + coefficient) = p(target), for N x V, N x 5 and V x 5."""
    from scipy.special import expit, logit

    x = target - coefficient @ shares.T
    for _ in range(ROUNDS if coefficient.any() else 0):
        p = np.stack([expit(x + coefficient[:, [role]]) for role in range(N_ROLES)])
        mean = np.clip(np.einsum("vk,knv->nv", shares, p), 1e-12, 1 - 1e-12)
        slope = np.einsum("vk,knv->nv", shares, p * (1 - p)) / (mean * (1 - mean))
        x = x - (logit(mean) - target) / np.maximum(slope, 0.1)
    return np.asarray(x)


def _role_shares(problem: RemovalProblem, fit: RemovalFit, coefficient: np.ndarray) -> np.ndarray:
    """Return float64[V, 5]: roles in what reaches each place; what was seized before does not."""
    from scipy.special import expit

    start = problem.route_start.astype(np.int64)
    route = np.repeat(np.arange(problem.n_routes), np.diff(start))
    step = np.arange(len(route)) - start[route]
    code = problem.route_place.astype(np.int64) * N_ROLES + problem.route_role
    setting_out = fit.routes.mean(axis=0, dtype=np.float64)[route]
    t, middle = tips(fit).mean(), coefficient.mean(axis=0, keepdims=True)
    target = _checks_only(fit.detection.mean(axis=0, dtype=np.float64, keepdims=True), t)
    reaching, shares = np.ones(len(route)), np.eye(N_ROLES)[np.zeros(problem.n_places, dtype=np.int64)]
    for _ in range(PASSES if coefficient.any() else 0):
        passing = np.bincount(code, weights=setting_out * reaching, minlength=problem.n_places * N_ROLES)
        passing = passing.reshape(-1, N_ROLES)
        whole = passing.sum(axis=1, keepdims=True)
        shares = np.where(whole > 0, passing / np.where(whole > 0, whole, 1), np.eye(N_ROLES)[0])
        p = expit(_without_roles(target, middle, shares)[0][:, None] + middle)
        let_by = (1 - (p + (1 - p) * t)).ravel()[code]
        for k in range(1, int(step.max(initial=0)) + 1):
            at = np.flatnonzero(step == k)
            reaching[at] = reaching[at - 1] * let_by[at - 1]
    return np.asarray(shares)


def at_draws(fit: RemovalFit, chosen: np.ndarray) -> RemovalFit:
    """Return a fit with the chosen draws of detection, reporting and scalars; flows stay as they are."""
    n = len(fit.detection)
    scalars = {name: values[chosen] for name, values in fit.scalars.items() if len(values) == n}
    return replace(fit, detection=fit.detection[chosen], reporting=fit.reporting[chosen], scalars=scalars)


def tips(fit: RemovalFit) -> np.ndarray:
    """Return float64[N]: chance t of being found on word where checks let pass; 0 where the fit has none."""
    return np.asarray(fit.scalars.get("tip", np.zeros(len(fit.detection))), dtype=np.float64)


def role_coefficients(fit: RemovalFit) -> np.ndarray:
    """Return float64[N, 5]: what each role adds to the logit of detection; 0 for TRANSIT and where the fit has none."""
    none = np.zeros(len(fit.detection))
    others = [np.asarray(fit.scalars.get(f"roles_{k}", none)) for k in range(N_ROLES - 1)]
    return np.column_stack([none, *others])


def stage_chances(found: Stages, p: np.ndarray, *, tip: float, reporting: np.ndarray) -> np.ndarray:
    """Return float64[R, K]: chance of being seized at each stage *and among the reports*; a row sums to D_r.

    surv_k rho_k usable_k h_k with h = p + (1 - p) t and surv_k = prod_{i<k} (1 - h_i), from p and reporting by unit.
    """
    h = np.where(found.inside, (p + (1 - p) * tip)[found.unit], 0.0)
    survived = np.cumprod(1 - h, axis=1)
    before = np.concatenate([np.ones((len(h), 1)), survived[:, :-1]], axis=1)
    return np.asarray(before * h * reporting[found.unit] * found.usable)


def log_seen(found: Stages, p: np.ndarray, *, tip: np.ndarray, reporting: np.ndarray) -> np.ndarray:
    """Return float64[n, R]: log D_r for n rows of p and reporting (n x U) and n values of t."""
    left, seen = np.ones((len(p), len(found.route))), np.zeros((len(p), len(found.route)))
    h = p + (1 - p) * tip[:, None]
    reported = h * reporting
    order = np.argsort(-found.inside.sum(axis=1), kind="stable")
    for k in range(found.unit.shape[1]):
        going = int(found.inside[:, k].sum())
        unit = found.unit[order[:going], k]
        seen[:, :going] += left[:, :going] * reported[:, unit] * found.usable[order[:going], k]
        left[:, :going] *= 1 - h[:, unit]
    seen = seen[:, np.argsort(order, kind="stable")]
    return np.asarray(np.log(np.maximum(seen, 1e-300)))
