"""Flow by layer: what the shares of routes make of the flow through places and on legs."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from routegraph.analysis.layer_shares import Layering, layering

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scipy.sparse import csr_array

    from routegraph.flows.posterior import Draws, FlowPosterior
    from routegraph.network.graph import RouteGraph

CELLS_AT_ONCE = 2_000_000
"""Draws x routes x layers that are held at once."""


@dataclass(frozen=True)
class LayerFlows:
    """Flow through places or on legs by layer.

    Attributes
    ----------
    layering
        How routes are shared over layers.
    whole
        float64, draws x places or legs: the posterior's flow.
    parts
        float32, layers x draws x places or legs: shares of it, which add up to 1, or to 0 where no flow passes.
    told
        Mean share of flow that is of routes with an event of known layer; 0 without flow.
    """

    layering: Layering
    whole: np.ndarray
    parts: np.ndarray
    told: float

    @classmethod
    def of_places(cls, graph: RouteGraph, posterior: FlowPosterior, *, kind: str) -> LayerFlows:
        """Return the layers of the throughflow of places."""
        passed = [tuple(dict.fromkeys(path)) for path in travelled_parts(graph)]
        return cls._of(graph, posterior, _incidence(passed, graph.places.index), posterior.places, kind=kind)

    @classmethod
    def of_legs(cls, graph: RouteGraph, posterior: FlowPosterior, *, kind: str) -> LayerFlows:
        """Return the layers of the flow on legs."""
        passed = [tuple(dict.fromkeys(pairwise(path))) for path in travelled_parts(graph)]
        return cls._of(graph, posterior, _incidence(passed, graph.legs.index), posterior.legs, kind=kind)

    @classmethod
    def _of(
        cls, graph: RouteGraph, posterior: FlowPosterior, passes: csr_array, whole: Draws, *, kind: str
    ) -> LayerFlows:
        """Go over the draws in chunks: shares of routes, then the mix of what passes each place or leg."""
        found, rng = layering(graph, posterior, kind=kind)
        onto = passes[found.order].T.tocsr()
        parts = np.zeros((len(found.names), len(found.draws), onto.shape[0]), dtype=np.float32)
        told, known = found.events.any(axis=1), []
        at_once = max(1, CELLS_AT_ONCE // max(found.events.size, 1))
        for start in range(0, len(found.draws) if found.names else 0, at_once):
            some = slice(start, start + at_once)
            flow = posterior.routes[found.draws[some]][:, found.order].astype(np.float64)
            share = found.shares(some, rng)
            passing = _onto(onto, flow)
            for layer in range(len(found.names)):
                parts[layer, some] = _over(_onto(onto, flow * share[:, :, layer]), passing)
            known.append(_over(_onto(onto, flow * told).sum(axis=1), passing.sum(axis=1)))
        mean = float(np.concatenate(known).mean()) if known else 0.0
        return cls(found, whole[found.draws].astype(np.float64), parts, mean)

    def layer(self, number: int) -> np.ndarray:
        """Return draws x places or legs: the share of one layer."""
        return np.asarray(self.parts[number], dtype=np.float64)


def travelled_parts(graph: RouteGraph) -> list[tuple[str, ...]]:
    """Return the places of each route up to where it was seized, or all where it was not."""
    steps = graph.routes["travelled_steps"].tolist()
    return [tuple(path[: n + 1]) for path, n in zip(graph.routes["path"], steps, strict=True)]


def _onto(onto: csr_array, flow: np.ndarray) -> np.ndarray:
    return np.asarray(onto @ flow.T).T


def _over(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.asarray(np.divide(part, whole, out=np.zeros_like(part), where=whole > 0))


def _incidence(passed: Sequence[tuple[object, ...]], index: pd.Index) -> csr_array:
    """Return routes x places or legs: 1 where a route passes it."""
    from scipy.sparse import csr_array

    position = {key: k for k, key in enumerate(index)}
    route = np.repeat(np.arange(len(passed)), [len(one) for one in passed])
    at = np.array([position[key] for key in chain.from_iterable(passed)], dtype=np.int64)
    passes: csr_array = csr_array((np.ones(len(at)), (route, at)), shape=(len(passed), len(index)))
    return passes
