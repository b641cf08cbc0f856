"""Effective samples per second of the removal sampler beside two peers in the same run, and what a large case costs.

``python benchmarks/flows.py`` compares, on one small synthetic world: routegraph; the same sampler in plain numpy
(flows_numpy.py, first checked to give the same density and gradient) and with numba switched off (loops in Python: what
happens without a compiler, not what anyone would write); and the model with allocations summed out under NUTS in
numpyro (flows_nuts.py; needs ``numpyro``, without which its row is left out). ``--scale`` measures 100,000 records
with 30,000 candidate routes. Seconds are of processor time, for the machine may have other things to do.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from unittest import mock

import numpy as np

from routegraph.flows.removal import allocation, density
from routegraph.flows.removal.chain import Chain
from routegraph.flows.removal.diagnostics import rhat_and_ess
from routegraph.flows.removal.parameters import LOG_A, PSI, G, draw_prior
from routegraph.flows.removal.problem import CHECK, DESTINATION, ORIGIN, TRANSIT, RemovalProblem
from routegraph.flows.removal.sampler import sample
from routegraph.flows.removal.simulate import draw_completed, every_report, observed, places_and_routes, simulate

PLACES, COUNTRIES, ROUTES, LONGEST = 16, 5, 100, 5
CONSIGNMENTS, LEVEL = 6_000, -2.2
CHAINS, DRAWS, WARMUP = 4, 2_000, 300
NUTS_CHAINS, NUTS_DRAWS, NUTS_WARMUP = 2, 150, 200
TOP = 30
KERNELS = {
    density: ("derive", "log_density"),
    allocation: ("sweep", "draw_completeness", "count_up"),
}


def small_world(seed: int = 5) -> RemovalProblem:
    """Return a world drawn from the model, of some hundred routes and six thousand consignments."""
    rng = np.random.default_rng(seed)
    paths: dict[tuple[int, ...], None] = {}
    ends = [tuple(rng.choice(PLACES, 2, replace=False).tolist()) for _ in range(ROUTES // 4)]
    while len(paths) < ROUTES:
        origin, destination = ends[int(rng.integers(len(ends)))]
        others = [v for v in range(PLACES) if v not in (origin, destination)]
        between = rng.choice(others, int(rng.integers(0, LONGEST - 1)), replace=False).tolist()
        paths[origin, *between, destination] = None
    pairs = len({(path[0], path[-1]) for path in paths})
    world = every_report(
        places_and_routes(
            list(paths),
            country=(np.arange(PLACES) % COUNTRIES).tolist(),
            features=rng.standard_normal((PLACES, 1)),
            excess=rng.exponential(0.15, ROUTES).tolist(),
            pair_features=rng.standard_normal((pairs, 1)),
        )
    )
    theta = draw_prior(world.problem, rng)
    theta[G], theta[LOG_A] = LEVEL, np.log(40)
    theta[PSI] = theta[LOG_A] - np.log(CONSIGNMENTS) - LEVEL
    return observed(world, simulate(world, theta, draw_completed(world.problem, rng), rng))


def large_problem(*, records: int, routes: int, reports: int, places: int, seed: int = 1) -> RemovalProblem:
    """Return places, routes and reports of about the sizes asked for: heavy-tailed, reports incomplete, no truth.

    Ways lead through places near their ends in a ring of numbers, so that legs are shared as roads are.
    """
    rng = np.random.default_rng(seed)
    hub = rng.permutation(places)[np.minimum(rng.zipf(1.4, (routes // 4, 2)) - 1, places - 1)]
    hub = np.unique(hub[hub[:, 0] != hub[:, 1]], axis=0)
    paths: dict[tuple[int, ...], None] = {}
    while len(paths) < routes:
        origin, destination = (int(v) for v in hub[rng.integers(len(hub))])
        steps = np.linspace(origin, destination, int(rng.integers(2, 8)))[1:-1]
        between = dict.fromkeys(int(v) % places for v in np.rint((steps + rng.integers(-8, 9, len(steps))) / 4) * 4)
        paths[origin, *(v for v in between if v not in (origin, destination)), destination] = None
    listed = sorted(paths, key=lambda path: (path[0], path[-1], path))
    length = np.array([len(path) for path in listed])
    place = np.concatenate([np.array(path) for path in listed])
    start = np.concatenate([[0], np.cumsum(length)])
    last = np.zeros(len(place), dtype=bool)
    last[start[1:] - 1] = True
    legs, leg = np.unique(np.column_stack([place, np.roll(place, -1)])[~last], axis=0, return_inverse=True)
    route_leg, role = np.full(len(place), -1), np.full(len(place), TRANSIT)
    route_leg[~last], role[start[:-1]], role[last] = leg, ORIGIN, DESTINATION
    ends, pair = np.unique(np.column_stack([place[start[:-1]], place[last]]), axis=0, return_inverse=True)
    small = places_and_routes([(0, 1)], country=[0, 1])  # whatever has no reports
    problem = replace(
        small,
        country=rng.integers(0, places // 6, places).astype(np.int32),
        features=rng.standard_normal((places, 2)),
        declared=np.ones(places),
        route_start=start.astype(np.int32),
        route_place=place.astype(np.int32),
        route_role=role.astype(np.uint8),
        route_leg=route_leg.astype(np.int32),
        pair=pair.astype(np.int32),
        excess=rng.exponential(0.15, routes),
        path_size=np.zeros(routes),
        pair_origin=ends[:, 0].astype(np.int32),
        pair_destination=ends[:, 1].astype(np.int32),
        pair_features=rng.standard_normal((len(ends), 2)),
        domestic=np.zeros(places, dtype=np.int64),
        n_countries=places // 6,
        n_legs=len(legs),
    )
    return _reported(problem, records=records, reports=reports, rng=rng)


def _reported(problem: RemovalProblem, *, records: int, reports: int, rng: np.random.Generator) -> RemovalProblem:
    """Add reports of some routes: origin and destination stated more often than not, now and then a via before."""
    start, place = problem.route_start, problem.route_place
    length = np.diff(start)
    busy = rng.permutation(problem.n_routes)[np.minimum(rng.zipf(1.3, reports * 3) - 1, problem.n_routes - 1)]
    step = rng.integers(0, length[busy])
    ends = np.column_stack([place[start[busy]], place[start[busy + 1] - 1]])
    has_origin = (rng.random(len(busy)) < 0.7) & (step > 0)
    has_destination = (rng.random(len(busy)) < 0.6) | (step == length[busy] - 1)
    said = np.column_stack([
        np.where(has_origin, ends[:, 0], -1), place[start[busy] + step], np.where(has_destination, ends[:, 1], -1)
    ])  # fmt: skip
    said = np.unique(said[has_origin | has_destination], axis=0)
    said = said[rng.permutation(len(said))[:reports]]
    cells: list[np.ndarray] = []
    route_of, by_place = np.repeat(np.arange(problem.n_routes), length), np.argsort(place, kind="stable")
    first = np.searchsorted(place[by_place], np.arange(problem.n_places + 1))
    origins, destinations = place[start[:-1]], place[start[1:] - 1]
    for origin, seized, destination in said:
        at = by_place[first[seized] : first[seized + 1]]
        r = route_of[at]
        k = at - start[r]
        fits = (origin < 0) | (origins[r] == origin) & (k > 0)
        fits &= (destinations[r] == destination) if destination >= 0 else k < length[r] - 1
        cells.append(np.column_stack([r, k])[fits])
    joined = np.concatenate(cells)
    n = len(said)
    share = rng.pareto(1.0, n) + 0.2
    return replace(
        problem,
        count=1 + rng.multinomial(max(records - n, 0), share / share.sum()),
        basis=np.full(n, CHECK, dtype=np.uint8), source=np.zeros(n, dtype=np.int32),
        names_origin=(said[:, 0] >= 0).astype(np.uint8), names_destination=(said[:, 2] >= 0).astype(np.uint8),
        vias_before=np.zeros(n, dtype=np.int32), vias_after=np.zeros(n, dtype=np.int32),
        cell_start=np.cumsum([0, *map(len, cells)]).astype(np.int64),
        cell_route=joined[:, 0].astype(np.int32), cell_step=joined[:, 1].astype(np.int32),
        cell_misreport=np.zeros(len(joined), dtype=np.uint8), cell_ways=np.ones(len(joined), dtype=np.float32),
        n_destinations=problem.n_places,
    )  # fmt: skip


@contextmanager
def in_numpy(chain: Chain) -> Iterator[None]:
    """Replace the compiled kernels of the sampler by those in numpy."""
    import flows_numpy

    patches = [
        mock.patch.object(module, name, getattr(flows_numpy, name))
        for module, names in KERNELS.items()
        for name in names
    ]
    blocks = chain.blocks
    for patch in patches:
        patch.start()
    chain.blocks = [(flows_numpy.log_density, free, engine) for _, free, engine in blocks]
    try:
        yield
    finally:
        chain.blocks = blocks
        for patch in patches:
            patch.stop()


def settled(problem: RemovalProblem) -> Chain:
    """Return a chain after its warm-up."""
    chain = Chain(problem, np.random.default_rng(3))
    chain.warm_up(WARMUP)
    return chain


def seconds_an_iteration(chain: Chain, iterations: int) -> float:
    """Return processor seconds of one iteration."""
    begun = time.process_time()
    for _ in range(iterations):
        chain.advance(adapt=False)
    return (time.process_time() - begun) / iterations


def check_same(problem: RemovalProblem) -> None:
    """Stop unless the kernels in numpy give the density and gradient of the compiled ones."""
    import flows_numpy

    chain = Chain(problem, np.random.default_rng(4))
    for _ in range(5):
        chain.advance(adapt=True)
    gradients = np.empty((2, len(chain.theta)))
    values = [
        one(chain.theta, chain.arrays, chain.statistics, chain.derived, gradient)
        for one, gradient in zip((density.log_density, flows_numpy.log_density), gradients, strict=True)
    ]
    if not (np.isclose(*values, rtol=1e-10) and np.allclose(*gradients, rtol=1e-7, atol=1e-8)):
        raise SystemExit("the kernels in numpy do not give the density of the compiled ones")


def ess(log_total: np.ndarray, legs: np.ndarray, *, chains: int) -> tuple[float, float]:
    """Return effective samples of the log total and of the slowest of the busiest legs."""
    busiest = np.argsort(-legs.mean(axis=0))[:TOP]
    columns = np.column_stack([log_total, legs[:, busiest]])
    found = rhat_and_ess(columns, chains=chains)[1]
    return float(found[0]), float(np.nanmin(found[1:]))


def compare() -> None:
    """Print effective samples per second of all four, and their ratios."""
    problem = small_world()
    print(f"{problem.count.sum():,} records, {len(problem.count)} distinct; {problem.n_routes} routes, "
          f"{problem.n_legs} legs, {problem.n_places} places", flush=True)  # fmt: skip
    sample(problem, draws=2 * CHAINS, warmup=10, chains=CHAINS)  # compiles
    check_same(problem)
    chain = settled(problem)
    compiled = seconds_an_iteration(chain, 500)
    times = []
    for draws in (4 * CHAINS, DRAWS):
        begun = time.process_time()
        fit = sample(problem, draws=draws, warmup=WARMUP, chains=CHAINS)
        times.append(time.process_time() - begun)
    cost = times[1] - times[0]
    ours = ess(fit.scalars["log_total"], fit.legs, chains=CHAINS)
    note = f"{1000 * compiled:.2f} ms an iteration; {times[0]:.1f} s of warm-up"
    rows = [("routegraph", cost, *ours, _levels(fit.scalars["log_total"]), note)]
    with in_numpy(chain):
        numpy_seconds = seconds_an_iteration(chain, 30)
    loops = _without_numba(chain)
    for name, each in (("the same in numpy", numpy_seconds), ("numba off", loops)):
        rows.append((name, cost * each / compiled, *ours, "the same draws", f"{1000 * each:.1f} ms an iteration"))
    if importlib.util.find_spec("numpyro"):
        import flows_nuts

        got = flows_nuts.run(problem, draws=NUTS_DRAWS, warmup=NUTS_WARMUP, chains=NUTS_CHAINS, seed=1)
        theirs = ess(np.log(got.total), got.legs, chains=NUTS_CHAINS)
        note = f"{got.leapfrogs:.0f} leapfrogs a draw; {got.with_warmup:.0f} s with warm-up and compiling"
        rows.append(("numpyro NUTS", got.seconds, *theirs, _levels(np.log(got.total)), note))
    print(f"{'':<20}{'cpu':>9}{'ess total':>11}{'ess leg':>9}{'total/s':>9}{'leg/s':>8}{'ratio':>15}  log total")
    best = rows[0]
    for name, seconds, total, leg, level, note in rows:
        ratios = f"{best[2] / best[1] * seconds / total:.0f}x {best[3] / best[1] * seconds / leg:.0f}x"
        print(f"{name:<20}{seconds:>7.1f} s{total:>11.0f}{leg:>9.0f}{total / seconds:>9.2f}{leg / seconds:>8.2f}"
              f"{ratios:>15}  {level}; {note}")  # fmt: skip


def _levels(log_total: np.ndarray) -> str:
    low, middle, high = np.quantile(log_total, [0.05, 0.5, 0.95])
    return f"{middle:.2f} [{low:.2f}, {high:.2f}]"


def _without_numba(chain: Chain) -> float:
    """Return seconds an iteration of this chain where nothing is compiled, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder) / "chain.npz"
        engine, held = chain.blocks[0][2], chain.allocation.events
        np.savez(state, theta=chain.theta, scale=engine.scale, step=engine.step, events=held)
        ran = subprocess.run(
            [sys.executable, __file__, "--loops", str(state)],
            env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
            check=True,
            capture_output=True,
            text=True,
        )
    return float(ran.stdout.split()[-1])


def _loops(state: Path) -> None:
    """Print seconds an iteration of the chain whose state another process wrote."""
    chain, held = Chain(small_world(), np.random.default_rng(3)), np.load(state)
    engine = chain.blocks[0][2]
    chain.theta, engine.scale, engine.step = held["theta"], held["scale"], float(held["step"])
    chain.allocation.events[:] = held["events"]
    chain.allocation.per_route[:] = np.bincount(chain.reports.route, held["events"], minlength=chain.problem.n_routes)
    with np.errstate(all="ignore"):
        print(seconds_an_iteration(chain, 3))


def scale(*, records: int, routes: int, reports: int, iterations: int) -> None:
    """Print what an iteration of a large case costs, and what follows for a run."""
    problem = large_problem(records=records, routes=routes, reports=reports, places=600)
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{problem.count.sum():,} records, {len(problem.count):,} distinct, {len(problem.cell_route):,} cells; "
          f"{problem.n_routes:,} routes, {problem.n_legs:,} legs, {problem.n_places} places")  # fmt: skip
    chain = Chain(problem, np.random.default_rng(3))
    chain.advance(adapt=True)
    begun = time.process_time()
    for _ in range(iterations):
        chain.advance(adapt=True)
    each = (time.process_time() - begun) / iterations
    a, n, m = chain.arrays, chain.reports, chain.allocation
    begun = time.process_time()
    for _ in range(3):
        allocation.sweep(a, chain.derived, n, chain.completeness, m, chain.rng)
    swept = (time.process_time() - begun) / 3
    print(f"{each:.2f} s an iteration, of which {swept:.2f} s to sweep the allocations")
    begun = time.process_time()
    sample(problem, draws=8, warmup=5, workers=2)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(
        f"4 chains of 5 + 2 draws: {time.process_time() - begun:.0f} s; peak {peak:.2f} GB, {held:.2f} GB before them"
    )


def main() -> None:
    """Compare, or measure a large case."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--scale", action="store_true", help="measure a large case instead")
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--routes", type=int, default=30_000)
    parser.add_argument("--reports", type=int, default=10_000)
    parser.add_argument("--iterations", type=int, default=20)
    parser.add_argument("--loops", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.loops:
        _loops(given.loops)
    elif given.scale:
        scale(records=given.records, routes=given.routes, reports=given.reports, iterations=given.iterations)
    else:
        compare()


if __name__ == "__main__":
    main()
