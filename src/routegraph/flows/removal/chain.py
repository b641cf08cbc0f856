"""One chain of the removal model: its state, and how it moves on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event

import numpy as np

from routegraph.flows.removal import allocation as moves
from routegraph.flows.removal import compiled, completeness, density
from routegraph.flows.removal import parameters as at
from routegraph.flows.removal.hmc import Gradient, Hamiltonian
from routegraph.flows.removal.interweave import interweave
from routegraph.flows.removal.parameters import Layout, draw_prior
from routegraph.flows.removal.problem import RemovalProblem

WINDOWS = (0.15, 0.3, 0.6)
"""Shares of the warm-up after which the scales of the parameters are taken anew."""

FEW_ROUTES = 2000
"""Up to this many routes a Hamiltonian trajectory costs less than a sweep, and several follow each."""

Density = Callable[[np.ndarray, compiled.Arrays, compiled.Statistics, compiled.Derived, np.ndarray], float]


@dataclass
class Chain:
    """One chain: its state, and what it needs to move on. ``advance`` is one iteration.

    Attributes
    ----------
    concentrated
        Whether it starts from a concentrated allocation rather than a dispersed one.
    detection, reporting
        Known per place, NaN where not.
    modular
        False: all parameters move on the one collapsed density. True: detection learns only from where along their
        routes seizures fall (the lambda-free density), not from how many there are on which route; traffic then follows
        given detection. This *cuts* the feedback from intensities, whose exchangeability no real network keeps to: see
        ``docs/flows.md``. Plummer (2015), doi 10.1007/s11222-014-9503-z.
    stop
        Once set, the chain does not go on: ``advance`` raises KeyboardInterrupt.
    """

    problem: RemovalProblem
    rng: np.random.Generator
    concentrated: bool = False
    detection: np.ndarray | None = None
    reporting: np.ndarray | None = None
    modular: bool = False
    stop: Event = field(default_factory=Event)

    def __post_init__(self) -> None:
        """Start from the prior, narrowed, and from a dispersed or a concentrated allocation."""
        problem, layout = self.problem, Layout.of(self.problem)
        self.arrays = compiled.arrays_of(problem, detection=self.detection, reporting=self.reporting)
        self.reports = moves.reports_of(problem)
        self.derived, self.statistics = compiled.room(problem), moves.no_statistics(problem)
        self.allocation = moves.nothing_allocated(problem)
        self.completeness = completeness.middling(max(problem.n_sources, int(self.arrays.source.max()) + 1))
        self.theta = _start(problem, self.rng)
        everything = np.arange(layout.size)
        blocks: list[tuple[Density, np.ndarray]] = [(density.log_density, everything)]
        if self.modular:
            traffic = layout.of_traffic()
            detecting = np.setdiff1d(everything, traffic)
            blocks = [(density.detection_density, detecting), (density.traffic_density, traffic)]
        self.blocks = [(target, free, Hamiltonian(len(free))) for target, free in blocks]
        completeness.usable_reports(self.arrays, self.completeness, self.derived.usable)
        density.derive(self.theta, self.arrays, self.derived)
        moves.first_allocation(
            self.arrays, self.derived, self.reports, self.completeness, self.allocation, self.rng,
            self.concentrated,
        )  # fmt: skip

    def advance(self, *, adapt: bool) -> None:
        """Move allocations, completeness and parameters once."""
        if self.stop.is_set():
            raise KeyboardInterrupt
        a, n, m = self.arrays, self.reports, self.allocation
        density.derive(self.theta, a, self.derived)
        moves.sweep(a, self.derived, n, self.completeness, m, self.rng)
        completeness.draw_completeness(a, self.derived, n, m, self.completeness, self.rng)
        moves.count_up(a, n, m, self.statistics)
        for _ in range(3 if self.problem.n_routes <= FEW_ROUTES else 1):
            for target, free, engine in self.blocks:
                density.derive(self.theta, a, self.derived)
                self.theta[free] = engine.move(self.theta[free], self._over(target, free), rng=self.rng, adapt=adapt)
            self.theta = interweave(self.theta, self.problem, self.rng)

    def _over(self, target: Density, free: np.ndarray) -> Gradient:
        """Return a density of the free parameters alone, the others as they are."""
        theta, slope = self.theta.copy(), np.empty(len(self.theta))

        def of_free(x: np.ndarray, gradient: np.ndarray) -> float:
            theta[free] = x
            value = self.density(target, theta, slope)
            gradient[:] = slope[free]
            return value

        return of_free

    def density(self, target: Density, theta: np.ndarray, gradient: np.ndarray) -> float:
        """Return a log density at the allocations as they are, and fill its gradient."""
        return float(target(theta, self.arrays, self.statistics, self.derived, gradient))

    def observe(self, count: np.ndarray, *, events: np.ndarray) -> None:
        """Take other counts of the same reports, with events by cell of the problem, as tests by simulation do."""
        self.reports = self.reports._replace(number=count.astype(np.int64))
        m, n = self.allocation, self.reports
        m.events[:] = events[n.order]
        m.per_route[:] = np.bincount(n.route, m.events, minlength=len(m.per_route))

    def warm_up(self, iterations: int) -> None:
        """Adapt the scales and the steps, then settle."""
        ends = {int(share * iterations) for share in WINDOWS}
        for k in range(iterations):
            if k in ends:
                self.rescale()
            self.advance(adapt=True)
        self.settle()

    def rescale(self) -> None:
        """Take the scales of the parameters anew."""
        for _, _, engine in self.blocks:
            engine.rescale()

    def settle(self) -> None:
        """Keep the steps as they are from here on."""
        for _, _, engine in self.blocks:
            engine.settle()


def _start(problem: RemovalProblem, rng: np.random.Generator) -> np.ndarray:
    """Return a start drawn from the prior with half its spread, so that chains begin apart but not in the tails."""
    theta = draw_prior(problem, rng)
    centre = np.zeros(len(theta))
    centre[at.G], centre[at.PSI] = at.LEVEL[0], at.RATE[0] - at.LEVEL[0]
    centre[at.LOG_A], centre[at.LOG_CHOICE], centre[at.LOGIT_TIP] = at.SHAPE[0], at.CHOICE[0], at.TIP[0]
    centre[[at.TAU_COUNTRY, at.TAU_PLACE, at.TAU_ORIGIN, at.TAU_DESTINATION]] = np.log(0.5)
    return np.asarray(centre + 0.5 * (theta - centre))
