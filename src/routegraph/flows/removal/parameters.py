"""The continuous parameters of the removal model: their places in one vector, and their priors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from routegraph.flows.removal.problem import N_ROLES, RemovalProblem

LEVEL = (-3.0, 1.2)
"""Mean and sd of g, the logit of detection by checks at a place of average effort."""

COUNTRY_SPREAD, PLACE_SPREAD = 1.0, 0.7
"""Scales of the half-normal priors of the spreads of detection between countries and between their places."""

COEFFICIENT = 0.5
"""Sd of the coefficients of effort, licit traffic and role on the logit of detection."""

TIP = (-5.0, 1.5)
"""Mean and sd of the logit of being found on word where checks let pass."""

REPORTING = (1.7, 0.8)
"""Mean and sd of the logit of the share of seizures that a reporting country reports: 0.85 (90 %: 0.6 to 0.95)."""

SHAPE = (4.0, 1.5)
"""Mean and sd of log A, the gamma shape of all routes together: about how many routes carry the traffic."""

RATE = (-3.0, 2.0)
"""Mean and sd of log b; A / b consignments are expected over all routes."""

CHOICE = (2.0794, 0.7)
"""Mean and sd of the log of how strongly a way that costs more is avoided; 8 at a tenth more cost leaves 45 %."""

END_SPREAD = 1.0
"""Scale of the half-normal priors of the spreads between origins and between destinations."""

N_SCALARS = 9
G, PSI, LOG_A, TAU_COUNTRY, TAU_PLACE, TAU_ORIGIN, TAU_DESTINATION, LOG_CHOICE, LOGIT_TIP = range(N_SCALARS)
"""Positions of the scalars; PSI is log b - g, so that moving g alone scales detection and traffic together."""


@dataclass(frozen=True)
class Layout:
    """Where each block of parameters begins. All but the scalars are standard normal before they are scaled."""

    features: int
    roles: int
    gravity: int
    country: int
    place: int
    origin: int
    destination: int
    reporting: int
    size: int

    @classmethod
    def of(cls, problem: RemovalProblem) -> Layout:
        """Lay the parameters of a problem end to end."""
        places = problem.n_places
        widths = (
            problem.features.shape[1], N_ROLES - 1, problem.pair_features.shape[1], problem.n_countries,
            places, places, places, problem.n_countries,
        )  # fmt: skip
        ends = np.cumsum([N_SCALARS, *widths]).tolist()
        return cls(*ends)

    def of_traffic(self) -> np.ndarray:
        """Return the positions of the parameters of intensity; all others are of detection and reporting."""
        blocks = (np.arange(self.gravity, self.country), np.arange(self.origin, self.reporting))
        return np.concatenate([[PSI, LOG_A, TAU_ORIGIN, TAU_DESTINATION, LOG_CHOICE], *blocks]).astype(np.int64)

    def starts(self) -> np.ndarray:
        """Return the beginnings of the blocks, and the size, as the compiled loops take them."""
        names = ("features", "roles", "gravity", "country", "place", "origin", "destination", "reporting", "size")
        return np.array([getattr(self, name) for name in names], dtype=np.int64)


def draw_prior(problem: RemovalProblem, rng: np.random.Generator) -> np.ndarray:
    """Return a vector of parameters drawn from the prior."""
    layout = Layout.of(problem)
    theta = rng.standard_normal(layout.size)
    level, log_b = LEVEL[0] + LEVEL[1] * theta[G], RATE[0] + RATE[1] * theta[PSI]
    theta[G], theta[PSI] = level, log_b - level
    theta[LOG_A] = SHAPE[0] + SHAPE[1] * theta[LOG_A]
    for at, scale in (
        (TAU_COUNTRY, COUNTRY_SPREAD),
        (TAU_PLACE, PLACE_SPREAD),
        (TAU_ORIGIN, END_SPREAD),
        (TAU_DESTINATION, END_SPREAD),
    ):
        theta[at] = np.log(scale * abs(theta[at]))
    theta[LOG_CHOICE] = CHOICE[0] + CHOICE[1] * theta[LOG_CHOICE]
    theta[LOGIT_TIP] = TIP[0] + TIP[1] * theta[LOGIT_TIP]
    return np.asarray(theta)
