"""The licit side of a network: what moves in and out of each place, what goes missing there, and where it may lead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from routegraph.network.graph import RouteGraph

FARTHEST = 6.0
"""Effective distance beyond which a known licit way says no more than an unknown one: a step that one in 150 takes."""
IMBALANCE_PULL = 1.0
"""What one usual spread of unexplained inflow adds to the log prior of a place: it is nearly three times as likely."""
MOST_SPREADS = 3.0
"""Spreads at which the imbalance of a place stops counting: final use looks like a leak, and must not decide alone."""
USUAL_SPREAD = 0.2
"""Spread of the relative imbalance that is presumed where few places tell it: in is 1.5 times out."""
USUAL_PLACES = 5.0
"""How many places that presumption is worth."""


@dataclass(frozen=True)
class LicitSide:
    """Licit movement by place, in the order of the places it was asked for.

    Attributes
    ----------
    into, out
        Known licit movement into and out of each place, NaN where no pair is known.
    imbalance
        (in - out) / (in + out + m / 2), m being the median of what is known on a side: -1 to 1, NaN where either side
        is unknown.
    excess
        By how many spreads the imbalance lies above what is usual here, 0 to ``MOST_SPREADS``; 0 where unknown.
    prior
        Chance of each place before any illicit record is read: exposure x exp(``IMBALANCE_PULL`` x excess), to sum 1.
    steps
        Places x places: effective distance 1 - ln P of each licit step, P its share of what leaves its origin.
    """

    into: np.ndarray
    out: np.ndarray
    imbalance: np.ndarray
    excess: np.ndarray
    prior: np.ndarray
    steps: csr_array

    @classmethod
    def of(cls, graph: RouteGraph, places: np.ndarray) -> LicitSide:
        """Read the licit side of ``graph`` for ``places`` (ids, sorted); movement between others is left out."""
        origin, end, moved = _pairs(graph, places)
        into, out = (_known_sum(at, moved, len(places)) for at in (end, origin))
        imbalance = _imbalance(into, out)
        excess = _excess(imbalance)
        exposure = np.fmax(into, out)
        usual = float(np.nanmedian(exposure)) if (exposure > 0).any() else 1.0
        prior = np.where(exposure > 0, exposure, usual) * np.exp(IMBALANCE_PULL * excess)
        return cls(into, out, imbalance, excess, prior / prior.sum(), _steps(origin, end, moved, len(places)))

    def distances_to(self, places: np.ndarray) -> np.ndarray:
        """Return len(places) x all places: effective distance of each place *to* those, inf beyond ``FARTHEST``."""
        from scipy.sparse.csgraph import dijkstra

        return np.asarray(dijkstra(self.steps.T.tocsr(), indices=places, limit=FARTHEST))


def _pairs(graph: RouteGraph, places: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return origin and destination (positions in ``places``) and movement of each known pair, in a fixed order."""
    import pandas as pd

    index = pd.Index(places, dtype="str")
    origin, end = (index.get_indexer(graph.licit[name].astype("str")) for name in ("origin", "destination"))
    moved = graph.licit["licit"].to_numpy(np.float64)
    use = np.flatnonzero((origin >= 0) & (end >= 0) & (origin != end) & (moved > 0))
    use = use[np.lexsort((moved[use], end[use], origin[use]))]
    return origin[use], end[use], moved[use]


def _known_sum(at: np.ndarray, moved: np.ndarray, n: int) -> np.ndarray:
    total = np.bincount(at, weights=moved, minlength=n)
    return np.asarray(np.where(np.bincount(at, minlength=n) > 0, total, np.nan))


def _imbalance(into: np.ndarray, out: np.ndarray) -> np.ndarray:
    known = np.concatenate([into[into > 0], out[out > 0]])
    small = float(np.median(known)) if len(known) else 0.0
    return np.asarray((into - out) / (into + out + small / 2))


def _excess(imbalance: np.ndarray) -> np.ndarray:
    """Judge an imbalance by how imbalanced places usually are here, for final use and production are no leaks."""
    known = imbalance[~np.isnan(imbalance)]
    if not len(known):
        return np.zeros(len(imbalance))
    told = len(known) / (len(known) + USUAL_PLACES)
    middle = float(np.median(known))
    spread = told * 1.4826 * float(np.median(np.abs(known - middle))) + (1 - told) * USUAL_SPREAD
    return np.clip(np.nan_to_num((imbalance - told * middle) / spread), 0.0, MOST_SPREADS)


def _steps(origin: np.ndarray, end: np.ndarray, moved: np.ndarray, n: int) -> csr_array:
    from scipy.sparse import csr_array

    from routegraph.analysis.sweep import next_step_cost

    cost = next_step_cost(origin, moved) if len(moved) else moved
    near = cost < FARTHEST  # a longer step is on no way that counts
    return csr_array((cost[near], (origin[near], end[near])), shape=(n, n))
