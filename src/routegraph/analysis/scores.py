"""What an analysis returns: a table, the measure's name and its parameters; a higher score is more notable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd


@dataclass(frozen=True)
class PlaceScores:
    """One measure of every place, indexed by ``place_id``: {measure}_mean, {measure}_p05, {measure}_p95, p_top."""

    table: pd.DataFrame
    measure: str
    parameters: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class LegScores:
    """One measure of every leg, indexed by (origin, destination): {measure}_mean, _p05, _p95, p_top."""

    table: pd.DataFrame
    measure: str
    parameters: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Partition:
    """A community for every place, indexed by ``place_id``: community (1 = largest; 0 = none), stability (0-1)."""

    table: pd.DataFrame
    measure: str
    parameters: Mapping[str, object] = field(default_factory=dict)
    names: Mapping[int, str] = field(default_factory=dict)
