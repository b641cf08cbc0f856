"""Posterior moments of a three-place case by integration over the prior, in numpy and without a Markov chain.

Parameters are drawn from the prior (b half of the time near what the number of reports suggests). Given
them, reports are put on their cells one after the other with chance proportional to
(a_r + S_r) / (b + D_r) x d_{r,k} x P(fields | the reports before) x ways, and the sums of those numbers, times
prod_r (b / (b + D_r))^a_r, are the weight of the draw: an unbiased estimate of the probability of the data.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.special import expit
from scipy.stats import norm

from routegraph.flows.removal.problem import RemovalProblem
from routegraph.flows.removal.simulate import Pattern, Simulated, every_report, observed, places_and_routes

WAYS = [(0, 1, 2), (0, 2), (1, 2), (0, 1), (2, 0), (2, 1, 0), (1, 0, 2)]


def three_places(
    counts: Mapping[Pattern, int], *, declared: tuple[float, float, float] = (1.0, 1.0, 1.0)
) -> RemovalProblem:
    """Return seven routes between three places of two countries, and these reports."""
    world = every_report(places_and_routes(WAYS, country=[0, 1, 1], declared=declared))
    count = np.array([counts.get(pattern, 0) for pattern in world.patterns])
    assert count.sum() == sum(counts.values())
    none = np.zeros(0)
    return observed(world, Simulated(count, none, none, none, none))


class Draws:
    """Draws from the prior with their weights; arrays have a row a draw."""

    def __init__(self, problem: RemovalProblem, n: int, rng: np.random.Generator) -> None:
        self.problem, self.n = problem, n
        self.scalars: dict[str, np.ndarray] = {}
        self._parameters(rng)
        self._put_reports(rng)

    def _parameters(self, rng: np.random.Generator) -> None:
        problem, n, v = self.problem, self.n, self.problem.n_places
        z = rng.standard_normal
        g, log_a = -3 + 1.2 * z(n), 4 + 1.5 * z(n)
        tau_c, tau_v, tau_o, tau_d = abs(z(n)), 0.7 * abs(z(n)), abs(z(n)), abs(z(n))
        choice = np.exp(2.0794 + 0.7 * z(n))
        u, e = tau_c[:, None] * z((n, problem.n_countries)), tau_v[:, None] * z((n, v))
        role = np.concatenate([np.zeros((n, 1)), 0.5 * z((n, 4))], axis=1)
        self.p = expit((g[:, None] + u[:, problem.country] + e)[:, :, None] + role[:, None, :])
        self.rho = problem.declared * expit(1.7 + 0.8 * z((n, problem.n_countries)))[:, problem.country]
        ends = (
            tau_o[:, None] * z((n, v))[:, problem.pair_origin] + tau_d[:, None] * z((n, v))[:, problem.pair_destination]
        )
        mass = np.exp(ends - ends.max(axis=1, keepdims=True))
        appeal = np.exp(-choice[:, None] * problem.excess)
        of_pair = np.stack([appeal[:, problem.pair == k].sum(axis=1) for k in range(problem.n_pairs)], axis=1)
        share = (mass / mass.sum(axis=1, keepdims=True))[:, problem.pair] * appeal / of_pair[:, problem.pair]
        self.said = {name: rng.beta(1, 1, n) for name in ("origin", "via", "destination")} | {
            "after": rng.beta(1, 3, n)
        }
        steps = [range(len(self.path(r))) for r in range(problem.n_routes)]
        seen = [sum(self.cell(r, k) * self.usable(r, k) for k in steps[r]) for r in range(problem.n_routes)]
        self.seen = np.stack(seen, axis=1)
        suggested = log_a + np.log((share * self.seen).sum(axis=1)) - np.log(problem.count.sum())
        log_b = np.where(rng.random(n) < 0.5, -3 + 2 * z(n), suggested + z(n))
        prior, near = norm.pdf(log_b, -3, 2), norm.pdf(log_b, suggested, 1)
        self.log_weight = np.log(prior / (0.5 * prior + 0.5 * near))
        self.a, self.b = np.exp(log_a)[:, None] * share, np.exp(log_b)
        # Yes and no so far, the prior included, of what is integrated out.
        self.yes, self.no = ({name: np.ones(n) for name in ("here", "wrong")} for _ in range(2))
        self.no["wrong"] += 49
        self.scalars = {
            "g": g, "log_a": log_a, "log_b": log_b, "tau_country": tau_c, "tau_place": tau_v, "tau_origin": tau_o,
            "tau_destination": tau_d, "choice": choice,
        }  # fmt: skip

    def path(self, r: int) -> list[tuple[int, int]]:
        """Return place and role at each step of a route."""
        span = slice(int(self.problem.route_start[r]), int(self.problem.route_start[r + 1]))
        places, roles = self.problem.route_place[span].tolist(), self.problem.route_role[span].tolist()
        return list(zip(places, roles, strict=True))

    def cell(self, r: int, k: int) -> np.ndarray:
        """Return d_{r,k}."""
        path = self.path(r)
        left = np.prod([1 - self.p[:, v, role] for v, role in path[:k]], axis=0)
        v, role = path[k]
        return np.asarray(left * self.p[:, v, role] * self.rho[:, v])

    def fields(self, q: int, j: int) -> list[tuple[str, bool]]:
        """Return what report q states and does not state, if it came from cell j."""
        problem, stated = self.problem, bool(self.problem.names_destination[q])
        k, last = int(problem.cell_step[j]), len(self.path(int(problem.cell_route[j]))) - 1
        out = [("here" if k == 0 else "origin", bool(problem.names_origin[q]))]
        for name, between, said in (
            ("via", max(k - 1, 0), int(problem.vias_before[q])),
            ("after", max(last - k - 1, 0), int(problem.vias_after[q])),
        ):
            out += [(name, i < said) for i in range(between)]
        if k < last:
            out += [("destination", stated)] + [("wrong", bool(problem.cell_misreport[j]))] * stated
        return out

    def chance(self, fields: list[tuple[str, bool]], *, put: np.ndarray | None = None) -> np.ndarray:
        """Return P(these fields | the reports before); where ``put``, count them from now on."""
        chance = np.ones(self.n)
        for name, answer in fields:
            share = self.said[name] if name in self.said else self.yes[name] / (self.yes[name] + self.no[name])
            chance *= share if answer else 1 - share
            if put is not None and name not in self.said:
                (self.yes if answer else self.no)[name][put] += 1
        return chance

    def usable(self, r: int, k: int) -> np.ndarray:
        """Return the chance that a report of a seizure at step k names anything outside its country."""
        path, country, silent = self.path(r), self.problem.country.tolist(), np.ones(self.n)
        for i, (v, _) in enumerate(path):
            if country[v] != country[path[k][0]]:
                end = {0: "origin", len(path) - 1: "destination"}
                silent *= 1 - self.said[end.get(i, "via" if i < k else "after")]
        return 1 - silent

    def _put_reports(self, rng: np.random.Generator) -> None:
        problem, n = self.problem, self.n
        b = self.b[:, None]
        self.log_weight += (self.a * np.log(b / (b + self.seen))).sum(axis=1)
        self.taken = np.zeros((n, problem.n_routes))
        self.seized = np.zeros((n, len(problem.route_place)))
        for q in range(len(problem.count)):
            cells = range(int(problem.cell_start[q]), int(problem.cell_start[q + 1]))
            plain = [
                self.cell(int(problem.cell_route[j]), int(problem.cell_step[j])) * problem.cell_ways[j]
                / (problem.n_destinations if problem.cell_misreport[j] else 1)
                / (self.b + self.seen[:, problem.cell_route[j]])
                for j in cells
            ]  # fmt: skip
            for _ in range(int(problem.count[q])):
                mass = [self.a[:, r] + self.taken[:, r] for r in problem.cell_route[cells.start : cells.stop]]
                stated = [self.chance(self.fields(q, j)) for j in cells]
                weights = np.stack([m * f * s for m, f, s in zip(mass, plain, stated, strict=True)], axis=1)
                whole = weights.sum(axis=1)
                self.log_weight += np.log(whole)
                chosen = (rng.random(n)[:, None] * whole[:, None] > np.cumsum(weights, axis=1)).sum(axis=1)
                for i, j in enumerate(cells):
                    here, r, k = chosen == i, int(problem.cell_route[j]), int(problem.cell_step[j])
                    self.chance(self.fields(q, j), put=here)
                    self.taken[here, r] += 1
                    self.seized[here, problem.route_start[r] + k] += 1

    def realised(self, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Return log total, log (1 + flow) of each leg, and detection and reporting of each place."""
        problem, n = self.problem, self.n
        rate = rng.gamma(self.a + self.taken, 1 / (self.b[:, None] + self.seen))
        legs, places, met = (
            np.zeros((n, problem.n_legs)),
            np.zeros((n, problem.n_places)),
            np.zeros((n, problem.n_places)),
        )
        total = np.zeros(n)
        for r in range(problem.n_routes):
            path, first, left = self.path(r), int(problem.route_start[r]), rate[:, r].copy()
            gone = []
            for k, (v, role) in enumerate(path):
                hidden = left * self.p[:, v, role] * (1 - self.rho[:, v] * self.usable(r, k))
                gone.append(self.seized[:, first + k] + rng.poisson(hidden))
                left = left * (1 - self.p[:, v, role])
            travelling = rng.poisson(left) + sum(gone)
            total += travelling
            for k, (v, role) in enumerate(path):
                places[:, v] += travelling
                met[:, v] += travelling * self.p[:, v, role]
                travelling = travelling - gone[k]
                if k < len(path) - 1:
                    legs[:, problem.route_leg[first + k]] += travelling
        h = np.where(places > 0, met / np.maximum(places, 1), self.p[:, :, 0])
        out = {"log_total": np.log(np.maximum(total, 0.5)), "misreport": rng.beta(self.yes["wrong"], self.no["wrong"])}
        out |= {f"leg_{k}": np.log1p(legs[:, k]) for k in range(problem.n_legs)}
        out |= {f"p_{v}": np.log(h[:, v]) for v in range(problem.n_places)}
        return out | {f"reporting_{v}": self.rho[:, v] for v in range(problem.n_places)}


def moments(problem: RemovalProblem, *, chunks: int, seed: int = 0, size: int = 50_000) -> tuple[dict, float]:
    """Return posterior mean and sd by quantity, and how many independent draws from the posterior these are worth."""
    parts = []
    for k in range(chunks):
        rng = np.random.default_rng([seed, 9, k])
        drawn = Draws(problem, size, rng)
        parts.append((drawn.log_weight, drawn.scalars | drawn.realised(rng)))
    log_weight = np.concatenate([one for one, _ in parts])
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    out = {}
    for name in parts[0][1]:
        value = np.concatenate([part[name] for _, part in parts])
        mean = float(weight @ value)
        out[name] = (mean, float(np.sqrt(weight @ (value - mean) ** 2)))
    return out, float(1 / (weight**2).sum())
