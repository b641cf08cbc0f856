"""Routes taken apart: which steps each takes, where it starts and where it ends."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from routegraph.flows.posterior import FlowPosterior
    from routegraph.network.graph import RouteGraph


@dataclass(frozen=True)
class RouteSteps:
    """Whole routes, intended steps included, in an order that rows of tables do not change.

    Attributes
    ----------
    place
        Positions in ``graph.places`` of the places on routes, by rising place id.
    route
        Positions in ``graph.routes``, by path and travelled steps.
    start, stop
        First and last place of each of those routes, as positions in ``place``.
    origin, end
        Ends of the distinct steps, sorted.
    taken
        Routes x steps: how often a route takes a step.
    """

    place: np.ndarray
    route: np.ndarray
    start: np.ndarray
    stop: np.ndarray
    origin: np.ndarray
    end: np.ndarray
    taken: csr_array

    @classmethod
    def of(cls, graph: RouteGraph) -> RouteSteps:
        """Take the routes of a network apart."""
        from scipy.sparse import csr_array

        paths = [tuple(path) for path in graph.routes["path"]]
        far = graph.routes["travelled_steps"].tolist()
        route = sorted(range(len(paths)), key=lambda k: (paths[k], far[k]))
        paths = [paths[k] for k in route]
        length = np.array([len(path) for path in paths], dtype=np.int64)
        ids, at = np.unique(np.array(list(chain.from_iterable(paths)), dtype=str), return_inverse=True)
        last = np.cumsum(length) - 1
        leaving = np.ones(len(at), dtype=bool)
        leaving[last] = False
        tail = np.flatnonzero(leaving)
        step, which = np.unique(at[tail] * len(ids) + at[tail + 1], return_inverse=True)
        by = np.repeat(np.arange(len(paths)), length)[tail]
        taken = csr_array((np.ones(len(tail)), (by, which)), shape=(len(paths), len(step)))
        place = graph.places.index.get_indexer(pd.Index(ids, dtype="str"))
        ends = step // max(len(ids), 1), step % max(len(ids), 1)
        return cls(place, np.array(route, dtype=np.int64), at[last - length + 1], at[last], *ends, taken)

    def flow(self, posterior: FlowPosterior, draw: int) -> np.ndarray:
        """Return the flow of every route in one draw, in the order of ``route``."""
        return np.asarray(posterior.routes[draw, self.route], dtype=np.float64)

    def sums(self, flow: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the flow over every step, and what starts and what ends at every place."""
        n = len(self.place)
        steps = self.taken.T @ flow
        return steps, np.bincount(self.start, flow, minlength=n), np.bincount(self.stop, flow, minlength=n)
