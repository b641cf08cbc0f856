"""What an analysis returns: a table, the measure's name and its parameters; a higher score is more notable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd


@dataclass(frozen=True)
class AnalysisResult:
    """What every analysis returns: a plain table, the name of the measure, and what it was computed with."""

    table: pd.DataFrame
    measure: str
    parameters: Mapping[str, object] = field(default_factory=dict)

    def _repr_html_(self) -> str:
        return shown(self.table, title=self.measure, parameters=self.parameters)


@dataclass(frozen=True)
class PlaceScores(AnalysisResult):
    """One measure of every place, indexed by ``place_id``.

    ``table`` has {measure}_mean, {measure}_p05, {measure}_p95 (90 % interval), p_top (probability of being among the
    top: 20, or a tenth where fewer than 200), rank_p05, rank_p95 (90 % interval of the rank, 1 = highest) and tier
    (1 = cannot be told from the highest at 90 %, and so on down); some measures add columns of their own.
    """


@dataclass(frozen=True)
class LegScores(AnalysisResult):
    """One measure of every leg, indexed by (origin, destination); columns as of :class:`PlaceScores`."""


@dataclass(frozen=True)
class Partition(AnalysisResult):
    """A community for every place, indexed by ``place_id``: community (1 = largest; 0 = none), stability (0-1)."""

    names: Mapping[int, str] = field(default_factory=dict)

    def _repr_html_(self) -> str:
        table = self.table.assign(called=self.table["community"].map(dict(self.names)).fillna(""))
        return shown(table, title=self.measure, parameters=self.parameters)


@dataclass(frozen=True)
class PathRules(AnalysisResult):
    """Rules of path memory, one a row, the strongest first; columns: see :func:`routegraph.analysis.memory`."""


@dataclass(frozen=True)
class CaseFigures(AnalysisResult):
    """Numbers about the whole case, indexed by ``figure``: {measure}_mean, {measure}_p05, {measure}_p95, said."""


Scores = PlaceScores | LegScores | Partition | PathRules | CaseFigures
"""Whatever an analysis returns: each has ``table``, ``measure`` and ``parameters``."""

ROWS_SHOWN = 20


def shown(table: pd.DataFrame, *, title: str, parameters: Mapping[str, object]) -> str:
    """Return a table as a notebook shows it: title, first rows, what it was computed with; all text escaped."""
    from html import escape

    head = table.sort_values(f"{title}_mean", ascending=False, kind="stable") if f"{title}_mean" in table else table
    body = head.head(ROWS_SHOWN).to_html(float_format=lambda value: f"{value:.4g}", escape=True, border=0)
    stated = "; ".join(f"{name}: {value}" for name, value in parameters.items())
    rows = f"{min(len(table), ROWS_SHOWN):,} of {len(table):,} rows"
    return f"<div><b>{escape(title)}</b> ({rows})<br><small>{escape(stated)}</small>{body}</div>"
