"""What must and what must not change what the removal sampler finds."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from removal_truth import ways_among

from routegraph.flows.removal import allocation as moves
from routegraph.flows.removal import compiled, density
from routegraph.flows.removal import parameters as at
from routegraph.flows.removal.chain import Chain, Density
from routegraph.flows.removal.parameters import Layout
from routegraph.flows.removal.problem import RemovalProblem
from routegraph.flows.removal.realise import Realised, realise, seized_by_step
from routegraph.flows.removal.simulate import (
    Completed,
    Enumerated,
    Simulated,
    draw_completed,
    every_report,
    observed,
    places_and_routes,
    simulate,
)


@dataclass
class Shifted(Chain):
    """A chain whose prior of g lies ``shift`` higher."""

    shift: float = 0.0

    def density(self, target: Density, theta: np.ndarray, gradient: np.ndarray) -> float:
        value, (mean, sd) = super().density(target, theta, gradient), at.LEVEL
        # ``interweave`` reads the shifted mean, the compiled density holds the other.
        gradient[at.G] += self.shift / sd**2
        return value + (self.shift * (theta[at.G] - mean + self.shift) - 0.5 * self.shift**2) / sd**2


@dataclass(frozen=True)
class Found:
    log_total: np.ndarray
    legs: np.ndarray
    h: np.ndarray


def run(
    problem: RemovalProblem,
    *,
    known: np.ndarray | None = None,
    reporting: np.ndarray | None = None,
    shift: float = 0.0,
    warmup: int = 250,
    draws: int = 400,
    thin: int = 2,
) -> Found:
    rng = np.random.default_rng(21)
    chain = Shifted(problem, rng, detection=known, reporting=reporting, shift=shift)
    chain.warm_up(warmup)
    reported, rows = np.zeros(len(problem.route_place), dtype=np.int64), []
    for _ in range(draws):
        for _ in range(thin):
            chain.advance(adapt=False)
        density.derive(chain.theta, chain.arrays, chain.derived)
        seized_by_step(chain.arrays, chain.reports, chain.allocation, reported)
        sizes = (problem.n_routes, problem.n_legs, problem.n_places, problem.n_places)
        routes, legs, places, detection = (np.zeros(size) for size in sizes)
        realise(
            chain.arrays, chain.derived, problem.route_leg.astype(np.int64), reported, chain.allocation.per_route,
            Realised(routes, legs, places, detection), rng,
        )  # fmt: skip
        rows.append((np.log(routes.sum() + 1), legs, chain.derived.h[::5].copy()))
    return Found(*(np.array(part) for part in zip(*rows, strict=True)))


def world(total: float, *, paths: list[tuple[int, ...]] | None = None, seed: int = 4) -> tuple[Enumerated, Simulated]:
    """Return three countries with uneven detection, and what was reported of their traffic."""
    ways = paths or ways_among(3, longest=3)
    problem = places_and_routes(ways, country=[0, 1, 2], excess=[0.0] * len(ways))
    every, layout = every_report(problem), Layout.of(problem)
    theta = np.zeros(layout.size)
    theta[at.G], theta[at.LOG_A], theta[at.PSI] = -1.0, np.log(60), np.log(60 / total) + 1.0
    theta[at.TAU_COUNTRY], theta[[at.TAU_PLACE, at.TAU_ORIGIN, at.TAU_DESTINATION]] = np.log(0.5), np.log(0.3)
    theta[layout.country : layout.country + 3] = 0.5, 2.0, -2.0
    share = np.array([0.6])
    said = Completed(share, share, share, share, np.array([0.7, 0.03]))
    return every, simulate(every, theta, said, np.random.default_rng(seed))


TRUE_H = 1 / (1 + np.exp(-np.array([-0.75, 0.0, -2.0])))
TRUE_RHO = np.full(3, 1 / (1 + np.exp(-1.7)))


def rows_of(problem: RemovalProblem) -> RemovalProblem:
    """Return the same reports one event a row."""
    q = np.repeat(np.arange(len(problem.count)), problem.count)
    sizes = np.diff(problem.cell_start)
    cells = np.concatenate([np.arange(problem.cell_start[i], problem.cell_start[i + 1]) for i in q])
    by_report = ("basis", "source", "names_origin", "names_destination", "vias_before", "vias_after")
    by_cell = ("cell_route", "cell_step", "cell_misreport", "cell_ways")
    return replace(
        problem, count=np.ones(len(q), dtype=np.int64), cell_start=np.concatenate([[0], np.cumsum(sizes[q])]),
        **{name: getattr(problem, name)[q] for name in by_report},
        **{name: getattr(problem, name)[cells] for name in by_cell},
    )  # fmt: skip


def test_a_count_is_that_many_rows() -> None:
    every, drawn = world(8_000)
    problem = observed(every, drawn)
    assert (problem.count > moves.SINGLY).sum() > 10
    one, other = (
        run(case, known=TRUE_H, reporting=TRUE_RHO, warmup=150, draws=200) for case in (problem, rows_of(problem))
    )
    for a, b in ((one.log_total[:, None], other.log_total[:, None]), (one.legs, other.legs)):
        np.testing.assert_array_less(abs(a.mean(axis=0) - b.mean(axis=0)) / b.std(axis=0), 0.4)
        np.testing.assert_allclose(a.std(axis=0), b.std(axis=0), rtol=0.25)


def test_large_groups_drawn_whole_agree_with_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    # Allocations alone, everything else fixed, from groups of 90 and from the same events in groups of 30.
    every, drawn = world(3_000)
    problem = observed(every, drawn)
    big = replace(problem, count=np.full(len(problem.count), 90))
    thirds = {
        name: np.repeat(getattr(big, name), 3) for name in ("basis", "source", "names_origin", "names_destination")
    }
    thirds |= {name: np.repeat(getattr(big, name), 3) for name in ("vias_before", "vias_after")}
    order = np.repeat(np.arange(len(big.count)), 3)
    cells = np.concatenate([np.arange(big.cell_start[i], big.cell_start[i + 1]) for i in order])
    small = replace(
        big, count=np.full(3 * len(big.count), 30), **thirds,
        cell_start=np.concatenate([[0], np.cumsum(np.diff(big.cell_start)[order])]),
        **{name: getattr(big, name)[cells] for name in ("cell_route", "cell_step", "cell_misreport", "cell_ways")},
    )  # fmt: skip
    found = []
    for case in (big, small):
        chain = Chain(case, np.random.default_rng(1))
        chain.theta[:] = 0.0
        chain.theta[[at.G, at.PSI, at.LOG_A]] = -1.0, -2.0, 1.0
        density.derive(chain.theta, chain.arrays, chain.derived)
        rows = []
        for k in range(3000):
            moves.sweep(chain.arrays, chain.derived, chain.reports, chain.completeness, chain.allocation, chain.rng)
            if k >= 200:
                rows.append(chain.allocation.per_route.copy())
        found.append(np.array(rows))
    a, b = found
    spread = np.maximum(b.std(axis=0), 1)
    np.testing.assert_array_less(abs(a.mean(axis=0) - b.mean(axis=0)) / spread, 0.3)


def test_a_place_where_nothing_is_ever_seized_changes_nothing() -> None:
    paths = [(0, 1, 2), (0, 2), (1, 2)]
    problem = places_and_routes(paths, country=[0, 1, 2, 3], excess=[0.0] * 3)
    longer = places_and_routes([(0, 3, 1, 2), (0, 2), (1, 3, 2)], country=[0, 1, 2, 3], excess=[0.0] * 3)
    theta = np.random.default_rng(1).standard_normal(Layout.of(problem).size)
    known = np.array([np.nan, np.nan, np.nan, 0.0])
    seen, chances = [], []
    for case in (problem, longer):
        arrays, out = compiled.arrays_of(every_report(case).problem, detection=known), compiled.room(case)
        density.derive(theta, arrays, out)
        chance = np.empty((3, len(case.route_place)))
        moves.reported_chances(arrays, out, chance)
        seen.append(out.seen.copy())
        chances.append(chance[0][case.route_place != 3])
    np.testing.assert_allclose(seen[0], seen[1], rtol=1e-12)
    np.testing.assert_allclose(chances[0], chances[1], rtol=1e-12)


@pytest.mark.slow
def test_a_thousand_routes_without_records_leave_the_busiest_legs_where_they_are() -> None:
    every, drawn = world(50_000)
    problem = observed(every, drawn)
    ways = ways_among(3, longest=3)
    rng = np.random.default_rng(3)
    others = {tuple((rng.choice(47, 3, replace=False) + 3).tolist()): None for _ in range(1200)}
    more = list(others)[:1000]
    wide = places_and_routes(
        [*ways, *more], country=[0, 1, 2, *(3 + np.arange(47) % 9)], excess=[0.0] * (len(ways) + 1000)
    )
    # The first twelve routes come first there, too.
    assert wide.route_place[: len(problem.route_place)].tolist() == problem.route_place.tolist()
    reports = ("count", "basis", "source", "names_origin", "names_destination", "vias_before", "vias_after")
    cells = ("cell_start", "cell_route", "cell_step", "cell_misreport", "cell_ways", "n_destinations")
    wide = replace(wide, **{name: getattr(problem, name) for name in (*reports, *cells)})
    known = np.concatenate([TRUE_H, np.full(47, np.nan)])
    rho = np.concatenate([TRUE_RHO, np.full(47, np.nan)])
    before = run(problem, known=TRUE_H, reporting=TRUE_RHO, draws=200).legs.mean(axis=0)
    after = run(wide, known=known, reporting=rho, draws=200, thin=1).legs.mean(axis=0)
    busiest = np.argsort(-before)[:4]
    kept = [[leg_of(one, step) for step in legs_of(problem)] for one in (problem, wide)]
    np.testing.assert_allclose(after[kept[1]][busiest], before[busiest], rtol=0.02)


def legs_of(problem: RemovalProblem) -> list[tuple[int, int]]:
    ends = {int(leg): i for i, leg in enumerate(problem.route_leg) if leg >= 0}
    return [(int(problem.route_place[ends[k]]), int(problem.route_place[ends[k] + 1])) for k in range(problem.n_legs)]


def leg_of(problem: RemovalProblem, step: tuple[int, int]) -> int:
    return legs_of(problem).index(step)


@pytest.mark.slow
def test_twice_the_years_double_flow_and_leave_detection() -> None:
    every, drawn = world(20_000)
    problem = observed(every, drawn)
    one, two = run(problem), run(replace(problem, count=2 * problem.count))
    assert two.log_total.mean() - one.log_total.mean() == pytest.approx(np.log(2), abs=0.15)
    np.testing.assert_allclose(two.h.mean(axis=0), one.h.mean(axis=0), rtol=0.15)


def traces(times: int) -> RemovalProblem:
    """Return two-point data: pairs of origin and place of recovery, with how often each was traced."""
    every, _ = world(1_000, paths=[(0, 1), (0, 2), (1, 2), (2, 1)])
    ends = {(0, (), 1, (), 1, 0): 20, (0, (), 2, (), 2, 0): 10, (1, (), 2, (), 2, 0): 8, (2, (), 1, (), 1, 0): 5}
    count = np.array([times * ends.get(pattern, 0) for pattern in every.patterns])
    none = np.zeros(0)
    return observed(every, Simulated(count, none, none, none, none))


@pytest.mark.slow
def test_chain_only_data_do_not_tell_the_level_however_many(monkeypatch: pytest.MonkeyPatch) -> None:
    few, many = run(traces(1), draws=600), run(traces(10), draws=600)
    assert many.log_total.std() > 0.8 * few.log_total.std()
    monkeypatch.setattr(at, "LEVEL", (at.LEVEL[0] + 1, at.LEVEL[1]))
    moved = run(traces(10), shift=1.0, draws=600)
    assert -1.4 < moved.log_total.mean() - many.log_total.mean() < -0.5


@pytest.mark.slow
def test_where_detection_is_told_its_prior_hardly_matters(monkeypatch: pytest.MonkeyPatch) -> None:
    every, drawn = world(100_000)
    problem = observed(every, drawn)
    before = run(problem, draws=800)
    monkeypatch.setattr(at, "LEVEL", (at.LEVEL[0] + 1, at.LEVEL[1]))
    after = run(problem, shift=1.0, draws=800)
    assert abs(after.log_total.mean() - before.log_total.mean()) < 0.05


def test_a_declared_half_of_a_country_s_reports_may_be_missing() -> None:
    every, drawn = world(60_000)
    rng, kept = np.random.default_rng(9), drawn.count.copy()
    here = np.array([pattern[2] == 1 for pattern in every.patterns])
    kept[here] = rng.binomial(kept[here], 0.5)
    thinned = observed(every, replace(drawn, count=kept))
    half = replace(thinned, declared=np.array([1.0, 0.5, 1.0]))
    found = run(half, thin=3)
    full = run(observed(every, drawn), thin=3).legs.mean(axis=0)
    inside = [np.quantile(found.legs, q, axis=0) for q in (0.05, 0.95)]
    assert ((inside[0] < full) & (full < inside[1])).all()
    # Against the truth, with detection known, so that intervals are narrow; without the declaration they miss it.
    off = []
    for declared in (half.declared, np.ones(3)):
        legs = run(half, known=TRUE_H, reporting=TRUE_RHO * declared).legs
        off.append(abs(legs.mean(axis=0) - drawn.legs).max() / legs.std(axis=0).max())
    assert off[0] < 4
    assert off[1] > 6


def test_draws_of_completeness_begin_at_their_priors() -> None:
    every, _ = world(100)
    rng = np.random.default_rng(2)
    after = [draw_completed(every.problem, rng).after[0] for _ in range(2000)]
    assert np.mean(after) == pytest.approx(0.25, abs=0.02)
