"""Chains of the removal model: collapsed allocations, conjugate completeness, Hamiltonian steps for the rest."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event

import numpy as np

from routegraph.errors import SettingError
from routegraph.flows.removal import allocation as moves
from routegraph.flows.removal import density
from routegraph.flows.removal import parameters as at
from routegraph.flows.removal.chain import Chain
from routegraph.flows.removal.fit import RemovalFit
from routegraph.flows.removal.parameters import Layout
from routegraph.flows.removal.problem import RemovalProblem
from routegraph.flows.removal.realise import Realised, realise, seized_by_step

STAGE = 42
"""Stage number of this user of randomness (docs/architecture.md, Random stages)."""


@dataclass(frozen=True)
class _Kept:
    legs: np.ndarray
    places: np.ndarray
    routes: np.ndarray
    detection: np.ndarray
    reporting: np.ndarray
    allocated: np.ndarray
    usable: np.ndarray
    scalars: dict[str, np.ndarray]
    notes: dict[str, float]


def sample(  # noqa: PLR0913 -- each is an option of the run
    problem: RemovalProblem,
    *,
    draws: int = 400,
    chains: int = 4,
    warmup: int = 300,
    thin: int = 2,
    seed: int = 0,
    workers: int = 1,
    detection: np.ndarray | None = None,
    reporting: np.ndarray | None = None,
    modular: bool = False,
) -> RemovalFit:
    """Draw from the posterior of flow, detection and everything that was not reported.

    Parameters
    ----------
    problem
        Places, candidate routes, reports and the cells that could have made them.
    draws, chains, warmup, thin
        Draws kept over all chains (rounded up to a multiple of ``chains``); half of the chains start from concentrated
        allocations; iterations of warm-up; iterations for each draw kept.
    seed, workers
        The same draws for the same seed, whatever the number of workers (threads).
    detection, reporting
        Per place, where they are known and not to be estimated (an oracle in a test); NaN where unknown.

    modular
        Whether detection learns from the places of seizures along routes alone (:class:`Chain`), as real data need.

    Raises
    ------
    SettingError
        A number of draws, chains or iterations below 1, a route too long, or numbers of routes that are none.
    """
    if min(draws, chains, warmup, thin) < 1:
        raise SettingError(f"draws {draws}, chains {chains}, warmup {warmup}, thin {thin}; expected at least 1 each")
    longest = int(np.diff(problem.route_start).max(initial=0))
    if longest >= moves.LONGEST:
        raise SettingError(f"a route passes {longest} places; expected fewer than {moves.LONGEST}")
    for name in ("excess", "path_size", "pair_features", "features"):
        if not np.isfinite(getattr(problem, name)).all():
            # Draws from a gamma distribution whose shape is no number never end.
            raise SettingError(f"{name} of a removal problem has values that are no numbers; expected finite ones")
    keep, stop = -(-draws // chains), Event()

    def run(number: int) -> _Kept:
        rng = np.random.default_rng([seed, STAGE, number])
        chain = Chain(
            problem, rng, concentrated=number % 2 == 1, detection=detection, reporting=reporting, modular=modular,
            stop=stop,
        )  # fmt: skip
        chain.warm_up(warmup)
        return _keep(chain, keep, thin=thin)

    with ThreadPoolExecutor(max_workers=workers) as pool:
        try:
            kept = list(pool.map(run, range(chains)))
        except KeyboardInterrupt:
            stop.set()  # else the threads would go on to their end before the program does
            raise
    return RemovalFit(
        chains=chains,
        **{
            name: np.concatenate([getattr(one, name) for one in kept])
            for name in ("legs", "places", "routes", "detection", "reporting")
        },
        allocated=np.mean([one.allocated for one in kept], axis=0),
        usable=np.mean([one.usable for one in kept], axis=0),
        scalars={name: np.concatenate([one.scalars[name] for one in kept]) for name in kept[0].scalars},
        notes={name: float(np.sum([one.notes[name] for one in kept])) for name in ("divergences",)}
        | {name: float(np.mean([one.notes[name] for one in kept])) for name in ("acceptance", "step", "leapfrogs")},
    )


def _keep(chain: Chain, draws: int, *, thin: int) -> _Kept:
    problem = chain.problem
    sizes = {"legs": problem.n_legs, "places": problem.n_places, "routes": problem.n_routes}
    sizes |= {"detection": problem.n_places, "reporting": problem.n_places}
    kept = {name: np.zeros((draws, size), dtype=np.float32) for name, size in sizes.items()}
    one = {name: np.zeros(size) for name, size in sizes.items()}
    allocated, usable = np.zeros(len(problem.cell_route)), np.zeros(len(problem.route_place))
    scalars: dict[str, list[float]] = {}
    reported = np.zeros(len(problem.route_place), dtype=np.int64)
    route_leg = problem.route_leg.astype(np.int64)
    for k in range(draws):
        for _ in range(thin):
            chain.advance(adapt=False)
        density.derive(chain.theta, chain.arrays, chain.derived)
        seized_by_step(chain.arrays, chain.reports, chain.allocation, reported)
        realise(
            chain.arrays, chain.derived, route_leg, reported, chain.allocation.per_route,
            Realised(one["routes"], one["legs"], one["places"], one["detection"]), chain.rng,
        )  # fmt: skip
        one["reporting"][:] = chain.derived.reporting
        for name, row in one.items():
            kept[name][k] = row
        allocated[chain.reports.order] += chain.allocation.events
        usable += chain.derived.usable
        for name, value in _scalars(chain, float(one["routes"].sum())).items():
            scalars.setdefault(name, []).append(value)
    engines = [engine for _, _, engine in chain.blocks]
    notes = {
        "divergences": float(sum(engine.divergences for engine in engines)),
        "acceptance": min(engine.accepted / engine.trajectories for engine in engines),
        "step": min(engine.step for engine in engines),
        "leapfrogs": sum(engine.leapfrogs / engine.trajectories for engine in engines),
    }
    return _Kept(
        **kept,
        allocated=allocated / draws,
        usable=usable / draws,
        scalars={name: np.array(values) for name, values in scalars.items()},
        notes=notes,
    )


def _scalars(chain: Chain, total: float) -> dict[str, float]:
    theta, layout, case = chain.theta, Layout.of(chain.problem), chain.completeness.case
    named = {
        "log_total": float(np.log(max(total, 0.5))),
        "g": theta[at.G],
        "log_a": theta[at.LOG_A],
        "log_b": theta[at.PSI] + theta[at.G],
        "tau_country": np.exp(theta[at.TAU_COUNTRY]),
        "tau_place": np.exp(theta[at.TAU_PLACE]),
        "tau_origin": np.exp(theta[at.TAU_ORIGIN]),
        "tau_destination": np.exp(theta[at.TAU_DESTINATION]),
        "choice": np.exp(theta[at.LOG_CHOICE]),
        "tip": chain.derived.scalars[0],
        "misreport": case[1],
    }
    for block, end in (("features", layout.roles), ("roles", layout.gravity), ("gravity", layout.country)):
        scale = 1.0 if block == "gravity" else at.COEFFICIENT
        for k, value in enumerate(theta[getattr(layout, block) : end]):
            named[f"{block}_{k}"] = scale * value
    return {name: float(value) for name, value in named.items()}
