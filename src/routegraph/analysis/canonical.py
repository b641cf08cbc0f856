"""Places and legs in an order of their own, so that no result depends on the order in which tables hold them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from routegraph.analysis.sweep import joined

if TYPE_CHECKING:
    from routegraph.flows.posterior import FlowPosterior
    from routegraph.network.graph import RouteGraph


@dataclass(frozen=True)
class CanonicalLegs:
    """The places that legs join, by id, and the legs by (origin, end).

    Attributes
    ----------
    place
        Positions in ``graph.places`` of the places that a leg joins, by rising place id.
    leg
        Positions in ``graph.legs``, sorted by the ends below.
    origin, end
        Ends of those legs as positions in ``place``; ``origin`` rises.
    """

    place: np.ndarray
    leg: np.ndarray
    origin: np.ndarray
    end: np.ndarray

    @classmethod
    def of(cls, graph: RouteGraph) -> CanonicalLegs:
        """Return the places and legs of a network in their own order."""
        taking_part, compact = joined(graph)
        by_id = np.argsort(graph.places.index[taking_part].to_numpy(dtype=str), kind="stable")
        rank = np.empty(len(by_id), dtype=np.int64)
        rank[by_id] = np.arange(len(by_id))
        ends = rank[compact.to_numpy(dtype=np.int64).reshape(-1, 2)]
        order = np.lexsort((ends[:, 1], ends[:, 0]))
        return cls(taking_part[by_id], order, ends[order, 0], ends[order, 1])

    def strength(self, posterior: FlowPosterior, draw: int) -> np.ndarray:
        """Return the flow of every leg in one draw, in the order of ``leg``."""
        return np.asarray(posterior.legs[draw, self.leg], dtype=np.float64)

    def to_places(self, rows: np.ndarray, *, places: int) -> np.ndarray:
        """Return draws x all ``places`` of the graph from draws x ``place``; 0 for places that no leg joins."""
        out = np.zeros((len(rows), places))
        out[:, self.place] = rows
        return out

    def to_legs(self, rows: np.ndarray) -> np.ndarray:
        """Return draws x legs in the order of ``graph.legs``."""
        out = np.empty_like(rows)
        out[:, self.leg] = rows
        return out
