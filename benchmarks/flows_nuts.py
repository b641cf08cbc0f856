"""The removal model with its allocations summed out, for NUTS in numpyro, to compare with (benchmarks/flows.py).

The same model and priors, the other way round: the compiled sampler draws which route each report came by and
integrates lambda out; here a report's probability is the sum over its cells of lambda x chance, and lambda is drawn, on
the log scale. For one source, checks only and no known detection, as in the benchmark's world.
In double precision, on one core.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist
from jax.scipy.special import gammaln
from numpyro.infer import MCMC, NUTS, init_to_value

from routegraph.flows.removal import allocation as moves
from routegraph.flows.removal import compiled
from routegraph.flows.removal import parameters as at
from routegraph.flows.removal.problem import RemovalProblem

numpyro.enable_x64()


class Drawn(NamedTuple):
    """Consignments in all and by leg, chain by chain; seconds after warm-up and of it; leapfrog steps a draw."""

    total: np.ndarray
    legs: np.ndarray
    seconds: float
    with_warmup: float
    leapfrogs: float


class _Case:
    """Arrays of a problem, padded to the longest route, and the model on them."""

    def __init__(self, problem: RemovalProblem) -> None:
        self.problem = problem
        self.a, self.n = compiled.arrays_of(problem), moves.reports_of(problem)
        length = np.diff(self.a.route_start)
        self.there = np.arange(length.max()) < length[:, None]
        self.step = np.where(self.there, self.a.route_start[:-1, None] + np.arange(length.max()), 0)
        self.cell = self.a.route_cell[self.step]
        self.report = np.repeat(np.arange(len(self.n.number)), np.diff(self.n.start))
        self.of_pair = np.repeat(np.arange(problem.n_pairs), np.diff(self.a.pair_start))

    def parameters(self) -> dict[str, Any]:
        """Sample every parameter from its prior."""
        problem, sample = self.problem, numpyro.sample
        x = {name: sample(name, dist.Normal(*prior)) for name, prior in _NORMAL.items()}
        x |= {name: sample(name, dist.HalfNormal(scale)) for name, scale in _SPREAD.items()}
        widths = {
            "features": problem.features.shape[1], "roles": 4, "gravity": problem.pair_features.shape[1],
            "country": problem.n_countries, "place": problem.n_places, "o": problem.n_places, "d": problem.n_places,
            "report": problem.n_countries,
        }  # fmt: skip
        x |= {name: sample(name, dist.Normal(0, 1).expand([width]).to_event(1)) for name, width in widths.items()}
        return x | {name: sample(name, dist.Beta(1, prior)) for name, prior in _SAID.items()}

    def chances(self, x: dict[str, Any]) -> dict[str, Any]:
        """Return shapes, chances along routes (R x K) and the log chance of each cell given that it set out."""
        a, n, problem = self.a, self.n, self.problem
        logit = x["g"] + x["tau_c"] * x["country"][a.country] + x["tau_v"] * x["place"]
        logit = logit + a.features @ (at.COEFFICIENT * x["features"])
        roles = jnp.concatenate([jnp.zeros(1), at.COEFFICIENT * x["roles"]])
        p = jax.nn.sigmoid(logit[:, None] + roles).ravel()
        rho = a.declared * jax.nn.sigmoid(at.REPORTING[0] + at.REPORTING[1] * x["report"])[a.country]
        utility = x["tau_o"] * x["o"][a.pair_origin] + x["tau_d"] * x["d"][a.pair_destination]
        utility = jax.nn.log_softmax(utility + a.pair_features @ x["gravity"])
        appeal = jnp.exp(-jnp.exp(x["log_choice"]) * a.excess + a.path_size)
        likely = jax.ops.segment_sum(appeal, self.of_pair, problem.n_pairs)
        shape = jnp.exp(x["log_a"] + utility[self.of_pair]) * appeal / likely[self.of_pair]
        h = jnp.where(self.there, p[self.cell], 0.0)
        left = jnp.cumprod(jnp.concatenate([jnp.ones((len(h), 1)), 1 - h[:, :-1]], axis=1), axis=1)
        silent = (1 - x["via"]) ** a.outside[1] * (1 - x["after"]) ** a.outside[2]
        silent = silent * (1 - x["origin"]) ** a.outside[0] * (1 - x["destination"]) ** a.outside[3]
        reported = rho[self.cell // 5]
        here = jnp.where(n.step == 0, x["origin_here"], x["origin"])
        stated = jnp.where(n.destination[self.report], x["destination"] * (1 - x["wrong"]), 1 - x["destination"])
        end = jnp.where(n.wrong, x["destination"] * x["wrong"] / n.n_destinations, stated)
        fields = (
            jnp.log(n.ways)
            + jnp.log(jnp.where(n.origin[self.report], here, 1 - here))
            + jnp.log(x["via"]) * n.before[self.report] + jnp.log1p(-x["via"]) * n.unsaid_before
            + jnp.log(x["after"]) * n.after[self.report] + jnp.log1p(-x["after"]) * n.unsaid_after
            + jnp.log(jnp.where(n.last, 1.0, end))
        )  # fmt: skip
        seized = (left * reported * h)[n.route, n.step]
        usable = 1 - silent[self.step]
        seen = jnp.sum(left * reported * usable * h, axis=1)
        return {
            "shape": shape, "left": left, "h": h, "shown": reported * usable, "seen": seen,
            "log_cell": jnp.log(seized) + fields,
        }  # fmt: skip

    def model(self) -> None:
        """Add what the reports say, and lambda on the log scale."""
        x = self.parameters()
        got, n = self.chances(x), self.n
        rate = numpyro.sample("rate", dist.ImproperUniform(dist.constraints.real, (), (self.problem.n_routes,)))
        gamma = got["shape"] * (x["log_b"] + rate) - jnp.exp(x["log_b"] + rate) - gammaln(got["shape"])
        numpyro.factor("lambda", gamma.sum())
        term = rate[n.route] + got["log_cell"]
        top = jax.ops.segment_max(term, self.report, len(n.number))
        whole = top + jnp.log(jax.ops.segment_sum(jnp.exp(term - top[self.report]), self.report, len(n.number)))
        numpyro.factor("reports", n.number @ whole - jnp.exp(rate) @ got["seen"])


_NORMAL = {"g": at.LEVEL, "log_b": at.RATE, "log_a": at.SHAPE, "log_choice": at.CHOICE}
_SPREAD = {"tau_c": at.COUNTRY_SPREAD, "tau_v": at.PLACE_SPREAD, "tau_o": at.END_SPREAD, "tau_d": at.END_SPREAD}
_SAID = {"origin": 1, "origin_here": 1, "via": 1, "after": 3, "destination": 1, "wrong": 50}


def run(problem: RemovalProblem, *, draws: int, warmup: int, chains: int, seed: int) -> Drawn:
    """Draw with NUTS, and from each draw what was realised, as the compiled sampler does."""
    case = _Case(problem)
    start = {"rate": jnp.zeros(problem.n_routes), "g": jnp.array(at.LEVEL[0])}
    kernel = NUTS(case.model, init_strategy=init_to_value(values=start))
    mcmc = MCMC(kernel, num_warmup=warmup, num_samples=draws, num_chains=chains, chain_method="sequential",
                progress_bar=False)  # fmt: skip
    begun = time.process_time()
    mcmc.run(jax.random.key(seed), extra_fields=("num_steps",))
    middle = time.process_time()
    # Again from where it ended, now that all is compiled: what these draws cost, and nothing else.
    mcmc.post_warmup_state = mcmc.last_state
    mcmc.run(mcmc.post_warmup_state.rng_key, extra_fields=("num_steps",))
    done = time.process_time()
    samples = mcmc.get_samples()
    got = jax.vmap(case.chances)({name: value for name, value in samples.items() if name != "rate"})
    total, legs = _realised(case, np.exp(np.asarray(samples["rate"])), {k: np.asarray(v) for k, v in got.items()}, seed)
    return Drawn(total, legs, done - middle, middle - begun, float(np.mean(mcmc.get_extra_fields()["num_steps"])))


def _realised(case: _Case, rates: np.ndarray, got: dict[str, np.ndarray], seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng, n, problem = np.random.default_rng([seed, 1]), case.n, case.problem
    leg = np.where(case.there, problem.route_leg[case.step], -1)
    total, legs = np.zeros(len(rates)), np.zeros((len(rates), problem.n_legs))
    deal: Callable[..., np.ndarray] = rng.multinomial
    for k, rate in enumerate(rates):
        term = np.log(rate)[n.route] + got["log_cell"][k]
        events = np.zeros(len(term))
        for q in range(len(n.number)):
            here = slice(n.start[q], n.start[q + 1])
            chance = np.exp(term[here] - term[here].max())
            events[here] = deal(n.number[q], chance / chance.sum())
        left, h = got["left"][k] * rate[:, None], got["h"][k]
        seized = rng.poisson(left * h * np.maximum(1 - got["shown"][k], 0)).astype(float)
        np.add.at(seized, (n.route, n.step), events)
        through = rng.poisson(rate * np.prod(1 - h, axis=1))
        onward = seized.sum(axis=1, keepdims=True) - np.cumsum(seized, axis=1) + through[:, None]
        total[k] = seized.sum() + through.sum()
        legs[k] = np.bincount(leg[leg >= 0], onward[leg >= 0], minlength=problem.n_legs)
    return total, legs
