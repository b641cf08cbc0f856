"""What the sampler returns: draws of everything that a product needs, and of what says how far to trust them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class RemovalFit:
    """Posterior draws over all chains: chain by chain, N = chains x draws a chain.

    Attributes
    ----------
    chains
        Number of chains; draws of one chain lie together.
    legs
        float32[N, L]: *realised* consignments that set out on the leg and reached its end, seized there or not.
    places
        float32[N, V]: realised consignments that set out at the place or reached it.
    routes
        float32[N, R]: realised consignments that set out on the route.
    detection
        float32[N, V]: chance that a consignment passing the place is seized there, reported or not.
    reporting
        float32[N, V]: chance that a seizure there is reported (declared share included).
    allocated
        float64[J]: posterior mean of how many of the report's events came from each cell.
    usable
        float64[steps], laid out like ``route_place``: posterior mean of the chance that a report of a seizure there
        names anything outside its country; one that does not looks domestic and is not among the reports.
    scalars
        Name -> float64[N]: log_total (log of realised consignments on all routes), g, log_a, log_b, tau_country,
        tau_place, choice, tip, misreport, and the coefficients, for diagnostics.
    notes
        Numbers about the run: divergences, mean acceptance, step size, leapfrog steps.
    """

    chains: int
    legs: np.ndarray
    places: np.ndarray
    routes: np.ndarray
    detection: np.ndarray
    reporting: np.ndarray
    allocated: np.ndarray
    usable: np.ndarray
    scalars: Mapping[str, np.ndarray]
    notes: Mapping[str, float] = field(default_factory=dict)
