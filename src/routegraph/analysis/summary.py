"""From draws of a measure to the table that every analysis returns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from routegraph.analysis.scores import LegScores, PlaceScores
from routegraph.flows.posterior import interval, p_top

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from routegraph.network.graph import RouteGraph


def place_scores(graph: RouteGraph, draws: np.ndarray, *, name: str, parameters: Mapping[str, object]) -> PlaceScores:
    """Return draws x places as mean, 90 % interval and probability of being on top."""
    return PlaceScores(_table(draws, graph.places.index, name=name), name, parameters)


def leg_scores(graph: RouteGraph, draws: np.ndarray, *, name: str, parameters: Mapping[str, object]) -> LegScores:
    """Return draws x legs as mean, 90 % interval and probability of being on top."""
    return LegScores(_table(draws, graph.legs.index, name=name), name, parameters)


def _table(draws: np.ndarray, index: pd.Index, *, name: str) -> pd.DataFrame:
    wide = np.asarray(draws, dtype=np.float64)
    return interval(wide, name=name).assign(p_top=p_top(wide)).set_axis(index, axis=0)
