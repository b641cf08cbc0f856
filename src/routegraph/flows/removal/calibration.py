"""Are the sampler's intervals right on average? Worlds drawn from the model, and the rank of the truth in each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from routegraph.errors import SettingError
from routegraph.flows.removal import parameters as at
from routegraph.flows.removal.parameters import Layout, draw_prior
from routegraph.flows.removal.problem import RemovalProblem
from routegraph.flows.removal.simulate import (
    Enumerated,
    draw_completed,
    every_report,
    observed,
    places_and_routes,
    simulate,
)

STAGE = 48
"""Stage number of this user of randomness (docs/architecture.md, Random stages)."""

PLACES, COUNTRIES, ROUTES, LONGEST = 12, 4, 40, 5
REPORTS = (10, 1_500)
"""Worlds with fewer or more reports are drawn again. That depends on the data alone, so ranks stay uniform."""


def drawn_world(seed: int) -> tuple[RemovalProblem, dict[str, float], Enumerated]:
    """Draw twelve places with forty routes, and a world of the model on them.

    Returns
    -------
    The problem as an analyst would have it, what is true of the quantities that ``measured`` names, and all reports.
    """
    rng = np.random.default_rng([seed, STAGE])
    world = _routes(rng)
    while True:
        theta, said = draw_prior(world.problem, rng), draw_completed(world.problem, rng)
        if theta[at.LOG_A] - theta[at.PSI] - theta[at.G] > 25:
            # Billions of consignments: too many reports by far, whatever the rest.
            continue
        drawn = simulate(world, theta, said, rng)
        if REPORTS[0] <= drawn.count.sum() <= REPORTS[1]:
            break
    problem = observed(world, drawn)
    return problem, measured(problem, theta, drawn.routes, drawn.legs), world


def _routes(rng: np.random.Generator) -> Enumerated:
    country = np.arange(PLACES) % COUNTRIES
    paths: dict[tuple[int, ...], None] = {}
    ends = [tuple(rng.choice(PLACES, 2, replace=False).tolist()) for _ in range(ROUTES // 3)]
    while len(paths) < ROUTES:
        origin, destination = ends[int(rng.integers(len(ends)))]
        others = [v for v in range(PLACES) if v not in (origin, destination)]
        between = rng.choice(others, int(rng.integers(0, LONGEST - 1)), replace=False).tolist()
        paths[origin, *between, destination] = None
    pairs = len({(path[0], path[-1]) for path in paths})
    problem = places_and_routes(
        list(paths), country=country.tolist(), declared=[0.0 if v == 1 else 1.0 for v in range(PLACES)],
        features=rng.standard_normal((PLACES, 1)), excess=rng.exponential(0.15, ROUTES).tolist(),
        pair_features=rng.standard_normal((pairs, 1)),
    )  # fmt: skip
    return every_report(problem)


def measured(problem: RemovalProblem, theta: np.ndarray, routes: np.ndarray, legs: np.ndarray) -> dict[str, float]:
    """Return the quantities that are ranked, from parameters and realised flows.

    Which place, leg and routes they are of depends on the problem alone: the places with most and fewest seizures, a
    blind place, the legs most and least passed, and all routes between ends that no report names together.
    """
    from routegraph.flows.removal import compiled, density

    derived = compiled.room(problem)
    density.derive(theta, compiled.arrays_of(problem), derived)
    layout, per_place, per_leg, unseen = Layout.of(problem), *_marks(problem)
    h = derived.h[::5]
    quantities = {
        "g": theta[at.G],
        "log_a": theta[at.LOG_A],
        "log_b": theta[at.PSI] + theta[at.G],
        "tau_place": theta[at.TAU_PLACE],
        "choice": theta[at.LOG_CHOICE],
        "gravity": theta[layout.gravity],
        "p_most_seized": h[int(np.argmax(per_place))],
        "p_least_seized": h[int(np.argmin(np.where(problem.declared > 0, per_place, np.inf)))],
        "p_blind": h[int(np.argmin(problem.declared))],
        "reporting": derived.reporting[0],
        "log_total": routes.sum(),
        "leg_flow": legs[int(np.argmax(per_leg))],
        "leg_flow_least": legs[int(np.argmin(per_leg))],
        "flow_on_unseen": routes[unseen].sum(),
    }
    return {name: float(value) for name, value in quantities.items()}


def _marks(problem: RemovalProblem) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return events by place of seizure, events by leg passed, and routes between ends never named together."""
    report = np.repeat(np.arange(len(problem.count)), np.diff(problem.cell_start))
    on_route = np.flatnonzero(problem.cell_route >= 0)
    route, step = problem.cell_route[on_route], problem.cell_step[on_route]
    share = (problem.count / np.diff(problem.cell_start))[report[on_route]]
    seized = problem.route_place[problem.route_start[route] + step]
    per_place = np.bincount(seized, share, minlength=problem.n_places)
    passed = np.bincount(problem.route_start[route] + step, share, minlength=len(problem.route_place))
    leaves = problem.route_leg >= 0
    per_leg = np.bincount(problem.route_leg[leaves], passed[leaves], minlength=problem.n_legs)
    named = (problem.names_origin & problem.names_destination)[report[on_route]].astype(bool)
    pairs = np.unique(problem.pair[route[named & (problem.cell_misreport[on_route] == 0)]])
    return per_place, per_leg, np.flatnonzero(~np.isin(problem.pair, pairs))


def ranks(seed: int, *, draws: int = 50, thin: int = 12, warmup: int = 300, chains: int = 2) -> dict[str, float]:
    """Return, for one world, the share of posterior draws below the truth: uniform over worlds if the sampler is right.

    Simulation-based calibration: Talts et al. (2018), arXiv 1804.06788. Ties (flows are whole numbers) are broken at
    random. ``draws`` of each of ``chains`` are kept, every ``thin``-th, so that they are nearly independent.
    """
    from routegraph.flows.removal import density
    from routegraph.flows.removal.chain import Chain
    from routegraph.flows.removal.realise import Realised, realise, seized_by_step

    if min(draws, thin, warmup, chains) < 1:
        raise SettingError(f"draws {draws}, thin {thin}, warmup {warmup}, chains {chains}; expected at least 1 each")
    problem, truth, _ = drawn_world(seed)
    rows: list[dict[str, float]] = []
    route_leg, reported = problem.route_leg.astype(np.int64), np.zeros(len(problem.route_place), dtype=np.int64)
    routes, legs = np.zeros(problem.n_routes), np.zeros(problem.n_legs)
    places, detection = np.zeros(problem.n_places), np.zeros(problem.n_places)
    for number in range(chains):
        rng = np.random.default_rng([seed, STAGE, number])
        chain = Chain(problem, rng, concentrated=number % 2 == 1)
        chain.warm_up(warmup)
        for k in range(draws * thin):
            chain.advance(adapt=False)
            if (k + 1) % thin:
                continue
            density.derive(chain.theta, chain.arrays, chain.derived)
            seized_by_step(chain.arrays, chain.reports, chain.allocation, reported)
            realise(
                chain.arrays, chain.derived, route_leg, reported, chain.allocation.per_route,
            Realised(routes, legs, places, detection), rng,
            )  # fmt: skip
            rows.append(measured(problem, chain.theta, routes, legs))
    rng = np.random.default_rng([seed, STAGE, chains])
    return {name: _rank([row[name] for row in rows], value, rng) for name, value in truth.items()}


def _rank(draws: Sequence[float], truth: float, rng: np.random.Generator) -> float:
    below, equal = (float(np.sum(one)) for one in (np.less(draws, truth), np.equal(draws, truth)))
    return float((below + rng.random() * (equal + 1)) / (len(draws) + 1))


def uniformity(table: pd.DataFrame, *, bins: int = 20) -> pd.DataFrame:
    """Say for each quantity whether its ranks (a column, a row a world) are uniform.

    Returns
    -------
    By quantity: worlds, mean rank (0.5 expected), share of worlds whose truth is inside the central 50 and 90 %
    interval, and the p values of a chi-square test over ``bins`` bins and of the Kolmogorov-Smirnov test.
    """
    from scipy.stats import chisquare, kstest

    rows = {}
    for name in table.columns:
        u = table[name].to_numpy()
        counts = np.histogram(u, bins=bins, range=(0, 1))[0]
        rows[name] = {
            "worlds": len(u),
            "mean": u.mean(),
            "inside_50": float(np.mean(np.abs(u - 0.5) < 0.25)),
            "inside_90": float(np.mean(np.abs(u - 0.5) < 0.45)),
            "p_chi_square": float(chisquare(counts).pvalue),
            "p_ks": float(kstest(u, "uniform").pvalue),
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("quantity")
