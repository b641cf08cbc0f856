"""Hamiltonian steps for the continuous parameters: leapfrog with a diagonal mass and an adapted step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

TARGET = 0.8
"""Acceptance that the step size is adapted to (Hoffman & Gelman 2014)."""

REACH = 1.6
"""Length of a trajectory in units of the scaled parameters: about a quarter turn of a standard normal."""

MOST_STEPS = 24
Gradient = Callable[[np.ndarray, np.ndarray], float]


@dataclass
class Hamiltonian:
    """A sampler of one vector, which adapts while it warms up.

    Step size by dual averaging, mass by Welford's running variance over windows of warm-up. Hoffman & Gelman (2014),
    JMLR 15, and Neal (2011), doi 10.1201/b10905-6.
    """

    size: int
    step: float = 0.05
    scale: np.ndarray = field(init=False)
    divergences: int = 0
    accepted: float = 0.0
    trajectories: int = 0
    leapfrogs: int = 0
    _log_average: float = 0.0
    _error: float = 0.0
    _anchor: float = 0.0
    _count: int = 0
    _seen: int = 0
    _mean: np.ndarray = field(init=False)
    _squares: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        """Begin with unit scales."""
        self.scale, self._mean, self._squares = np.ones(self.size), np.zeros(self.size), np.zeros(self.size)
        self._anchor = np.log(10 * self.step)

    def move(self, theta: np.ndarray, log_density: Gradient, *, rng: np.random.Generator, adapt: bool) -> np.ndarray:
        """Return the next vector; its stationary distribution has ``log_density``, which fills a gradient."""
        gradient = np.empty(self.size)
        value = log_density(theta, gradient)
        momentum = rng.standard_normal(self.size)
        energy = value - 0.5 * momentum @ momentum
        step = self.step * (0.8 + 0.4 * rng.random())
        steps = int(min(max(1, round(REACH / step)), MOST_STEPS))
        place, chance = theta.copy(), 0.0
        # While the step adapts a trajectory may run off to where momentum overflows: its chance is then 0, no error.
        with np.errstate(over="ignore", invalid="ignore"):
            momentum = momentum + 0.5 * step * self.scale * gradient
            for k in range(steps):
                place = place + step * self.scale * momentum
                value = log_density(place, gradient)
                if not np.isfinite(value):
                    break
                momentum = momentum + (1.0 if k < steps - 1 else 0.5) * step * self.scale * gradient
            change = value - 0.5 * momentum @ momentum - energy if np.isfinite(value) else -np.inf
        if np.isfinite(change):
            chance = float(np.exp(min(0.0, change)))
        self.divergences += int(not change > -1000 and not adapt)
        if not adapt:
            self.accepted += chance
            self.trajectories += 1
            self.leapfrogs += steps
        theta = place if rng.random() < chance else theta
        if adapt:
            self._adapt(theta, chance)
        return theta

    def _adapt(self, theta: np.ndarray, chance: float) -> None:
        self._count += 1
        self._error += (TARGET - chance - self._error) / (self._count + 10)
        log_step = self._anchor - np.sqrt(self._count) / 0.05 * self._error
        share = self._count**-0.75
        self._log_average = share * log_step + (1 - share) * self._log_average
        self.step = float(np.exp(min(log_step, 0.5)))
        self._seen += 1
        change = theta - self._mean
        self._mean = self._mean + change / self._seen
        self._squares = self._squares + change * (theta - self._mean)

    def rescale(self) -> None:
        """Take the spread seen since the last call as the new scale, and adapt the step from where it is."""
        n = self._seen
        variance = self._squares / max(n - 1, 1) * n / (n + 5) + 1e-3 * 5 / (n + 5)
        self.scale = np.sqrt(variance)
        self._mean, self._squares, self._seen = np.zeros(self.size), np.zeros(self.size), 0
        self._restart(0.5 / self.size**0.25)

    def settle(self) -> None:
        """End the warm-up: keep the averaged step."""
        if self._count:
            self.step = float(np.exp(min(self._log_average, 0.5)))

    def _restart(self, step: float) -> None:
        self.step, self._anchor = step, np.log(10 * step)
        self._log_average, self._error, self._count = np.log(step), 0.0, 0
