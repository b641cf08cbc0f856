"""Small networks by hand: legs with a strength, and draws that are those strengths times a spread."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
import pytest

from routegraph.flows.posterior import FlowPosterior
from routegraph.network.graph import RouteGraph

Case = tuple[RouteGraph, FlowPosterior]
Strengths = Mapping[tuple[str, str], float]


def build(
    strengths: Strengths, *, alone: Sequence[str] = (), draws: int = 4, spread: float = 0.0, seed: int = 0
) -> Case:
    """One route a leg; draws are gamma around the strength (``spread`` is the standard deviation over the mean)."""
    ends = sorted(strengths)
    ids = sorted({place for leg in ends for place in leg} | {*alone})
    mean = np.array([strengths[leg] for leg in ends], dtype=float)
    rng = np.random.default_rng(seed)
    noise = rng.gamma(1 / spread**2, spread**2, (draws, len(ends))) if spread else np.ones((draws, len(ends)))
    flow = (mean * noise).astype(np.float32)
    legs = pd.DataFrame(
        {
            "travelled": mean.astype(int),
            "intended": 0,
            "inferred": 0,
            "sources": "s",
            "borders_crossed": 1,
            "tlp": "CLEAR",
        },
        index=pd.MultiIndex.from_tuples(ends, names=["origin", "destination"]),
    )
    routes = pd.DataFrame({"path": ends, "travelled_steps": 1, "seizures": mean.astype(int), "n_records": 1})
    places = pd.DataFrame(
        {"name": [one.title() for one in ids], "country": "", "seizures": 0}, index=pd.Index(ids, name="place_id")
    )
    touch = np.array([[place in leg for place in ids] for leg in ends], dtype=float).reshape(len(ends), len(ids))
    empty = pd.DataFrame()
    graph = RouteGraph(places, legs, routes.rename_axis("route"), empty, empty, empty)
    posterior = FlowPosterior(
        legs=flow, places=(flow @ touch).astype(np.float32), routes=flow, by_period=empty,
        expected=pd.Series(np.nan, index=legs.index), estimator="counts", seed=1, detection_corrected=False,
    )  # fmt: skip
    return graph, posterior


@pytest.fixture
def case() -> Callable[..., Case]:
    """Return the builder of small networks."""
    return build
