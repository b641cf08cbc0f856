"""Small cases of the removal model, and the model in plain Python, written from its description, not from its code."""

from __future__ import annotations

import math
from itertools import permutations

import numpy as np

from routegraph.flows.removal import allocation as moves
from routegraph.flows.removal import compiled
from routegraph.flows.removal.parameters import Layout
from routegraph.flows.removal.problem import RemovalProblem
from routegraph.flows.removal.simulate import Completed, Enumerated, every_report, places_and_routes


def ways_among(n: int, *, longest: int) -> list[tuple[int, ...]]:
    """Return every way between n places with two to ``longest`` places on it."""
    return [path for size in range(2, longest + 1) for path in permutations(range(n), size)]


def everything(seed: int, *, tips: bool) -> Enumerated:
    """Return four places in three countries: features, one blind and one half declared, tips, coarse names."""
    rng = np.random.default_rng([seed, 7])
    paths = [path for path in ways_among(4, longest=4) if rng.random() < 0.3 or len(path) == 2]
    pairs = len({(path[0], path[-1]) for path in paths})
    problem = places_and_routes(
        paths,
        country=[0, 0, 1, 2],
        declared=[1.0, 0.5, 0.0, 1.0],
        features=rng.standard_normal((4, 2)),
        excess=rng.exponential(0.2, len(paths)).tolist(),
        pair_features=rng.standard_normal((pairs, 2)),
    )
    bases = (0, 1, 2) if tips else (0, 2)
    return every_report(problem, bases=bases, sources=[0, 1, 0], coarse=True)


def statistics(problem: RemovalProblem, events: np.ndarray) -> compiled.Statistics:
    """Return what the density reads of events by cell."""
    arrays, reports = compiled.arrays_of(problem), moves.reports_of(problem)
    allocation = moves.nothing_allocated(problem)
    allocation.events[:] = events[reports.order]
    allocation.per_route[:] = np.bincount(problem.cell_route, weights=events, minlength=problem.n_routes)
    out = moves.no_statistics(problem)
    moves.count_up(arrays, reports, allocation, out)
    return out


def logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x))


class Model:
    """Detection, reporting and intensity at one vector of parameters, in plain Python."""

    def __init__(self, world: Enumerated, theta: np.ndarray, said: Completed) -> None:
        self.problem = problem = world.problem
        self.said, at = said, Layout.of(problem)
        names = ("g", "psi", "log_a", "tau_c", "tau_v", "tau_o", "tau_d", "log_choice", "logit_t")
        self.x = dict(zip(names, map(float, theta[:9]), strict=True))
        blocks = {name: getattr(at, name) for name in ("features", "roles", "gravity", "country", "place")}
        self.z = {name: theta[start:].tolist() for name, start in blocks.items()}
        self.z |= {name: theta[getattr(at, name) :].tolist() for name in ("origin", "destination", "reporting")}
        self.normal = theta[9:].tolist()
        self.t = logistic(self.x["logit_t"]) if 1 in problem.basis else 0.0
        self.log_b = self.x["psi"] + self.x["g"]
        self.routes = [
            list(zip(problem.route_place[first:last].tolist(), problem.route_role[first:last].tolist(), strict=True))
            for first, last in zip(problem.route_start[:-1], problem.route_start[1:], strict=True)
        ]
        self.shapes = self._shapes()
        self.sources = [(pattern[2], int(s)) for pattern, s in zip(world.patterns, problem.source, strict=True)]

    def p(self, v: int, role: int) -> float:
        x, z, c = self.x, self.z, int(self.problem.country[v])
        logit = x["g"] + math.exp(x["tau_c"]) * z["country"][c] + math.exp(x["tau_v"]) * z["place"][v]
        logit += sum(0.5 * z["features"][j] * value for j, value in enumerate(self.problem.features[v]))
        return logistic(logit + (0.5 * z["roles"][role - 1] if role else 0.0))

    def h(self, v: int, role: int) -> float:
        return self.p(v, role) + (1 - self.p(v, role)) * self.t

    def rho(self, v: int) -> float:
        share = logistic(1.7 + 0.8 * self.z["reporting"][int(self.problem.country[v])])
        return float(self.problem.declared[v]) * share

    def cell(self, r: int, k: int, basis: int) -> float:
        """Return d_{r,k}: the chance of being seized and reported at step k, on that basis."""
        chance = self.rho(self.routes[r][k][0])
        for v, role in self.routes[r][:k]:
            chance *= 1 - self.h(v, role)
        v, role = self.routes[r][k]
        return chance * (self.p(v, role), (1 - self.p(v, role)) * self.t, self.h(v, role))[basis]

    def seen(self, r: int) -> float:
        """Return D_r: seized, reported, and something stated that lies outside the country."""
        return sum(self.cell(r, k, 2) * self.usable(r, k) for k in range(len(self.routes[r])))

    def usable(self, r: int, k: int) -> float:
        """Return the chance that a report of a seizure at step k does not look domestic; a country has one source."""
        country, last = self.problem.country.tolist(), len(self.routes[r]) - 1
        here = country[self.routes[r][k][0]]
        source = {country[v]: s for v, s in self.sources}[here]
        silent = 1.0
        for step, (v, _) in enumerate(self.routes[r]):
            if step == k or country[v] == here:
                continue
            end = self.said.origin if step == 0 else self.said.destination
            named = end if step in (0, last) else self.said.via if step < k else self.said.after
            silent *= 1 - float(named[source])
        return 1 - silent

    def _shapes(self) -> list[float]:
        problem, x, z = self.problem, self.x, self.z
        ends = zip(problem.pair_origin.tolist(), problem.pair_destination.tolist(), problem.pair_features, strict=True)
        mass = [
            math.exp(
                sum(z["gravity"][j] * value for j, value in enumerate(features))
                + math.exp(x["tau_o"]) * z["origin"][o]
                + math.exp(x["tau_d"]) * z["destination"][d]
            )
            for o, d, features in ends
        ]
        appeal = [
            math.exp(-math.exp(x["log_choice"]) * e + s)
            for e, s in zip(problem.excess.tolist(), problem.path_size.tolist(), strict=True)
        ]
        of_pair = [0.0] * len(mass)
        for r, pair in enumerate(problem.pair):
            of_pair[pair] += appeal[r]
        return [
            math.exp(x["log_a"]) * mass[pair] / sum(mass) * appeal[r] / of_pair[pair]
            for r, pair in enumerate(problem.pair.tolist())
        ]

    def log_prior(self) -> float:
        def normal(value: float, mean: float, sd: float) -> float:
            return -0.5 * ((value - mean) / sd) ** 2

        x = self.x
        value = normal(x["g"], -3, 1.2) + normal(self.log_b, -3, 2) + normal(x["log_a"], 4, 1.5)
        value += normal(x["log_choice"], round(math.log(8), 4), 0.7) + normal(x["logit_t"], -5, 1.5)
        for name, scale in (("tau_c", 1.0), ("tau_v", 0.7), ("tau_o", 1.0), ("tau_d", 1.0)):
            # Half-normal on the spread; its logarithm is what moves.
            value += normal(math.exp(x[name]), 0, scale) + x[name]
        return value + sum(normal(one, 0, 1) for one in self.normal)

    def log_density(self, events: np.ndarray) -> float:
        """Return the collapsed log density of events by cell, up to a constant."""
        problem, value = self.problem, self.log_prior()
        taken, b = [0] * len(self.routes), math.exp(self.log_b)
        report = np.repeat(np.arange(len(problem.count)), np.diff(problem.cell_start))
        for j in np.flatnonzero(events):
            r, k = int(problem.cell_route[j]), int(problem.cell_step[j])
            taken[r] += int(events[j])
            value += int(events[j]) * math.log(self.cell(r, k, int(problem.basis[report[j]])))
        for r, a in enumerate(self.shapes):
            value += math.lgamma(a + taken[r]) - math.lgamma(a) + a * self.log_b
            value -= (a + taken[r]) * math.log(b + self.seen(r))
        return value
