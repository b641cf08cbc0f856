"""The parts of every chain that was found, from its records, its legs and what other analyses say of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from routegraph.analysis import betweenness_legs, trend
from routegraph.corridors import members, score
from routegraph.corridors.parts import Parts
from routegraph.corridors.severity import severity
from routegraph.flows.exposure import scaled_expected, surprise

if TYPE_CHECKING:
    from routegraph.analysis.scores import Scores
    from routegraph.corridors.ways import Path
    from routegraph.flows.posterior import FlowPosterior
    from routegraph.network.graph import RouteGraph


@dataclass(frozen=True)
class Legs:
    """What the parts of scores are read from, per leg of the graph (NaN where not estimated) or place.

    Attributes
    ----------
    standing
        Share of all legs with a lower betweenness.
    surprise
        log2(flow / expected).
    above
        Draws x legs: whether more flows than expected; None without expected flow.
    trend
        Chance of more flow in the later half of the periods; None where there are not two.
    diversion
        By place, share of what is diverted; None where not estimated.
    """

    standing: np.ndarray
    surprise: np.ndarray
    above: np.ndarray | None
    trend: np.ndarray | None
    diversion: Mapping[str, float] | None

    @classmethod
    def of(cls, graph: RouteGraph, posterior: FlowPosterior, scores: Mapping[str, Scores]) -> Legs:
        """Read the analyses that are at hand; betweenness is computed where it is not."""
        between = scores["betweenness_legs"] if "betweenness_legs" in scores else betweenness_legs(graph, posterior)
        expected = posterior.expected.reindex(graph.legs.index)
        known = posterior.detection_corrected and bool(expected.notna().any())
        dated = posterior.periods is not None and len(posterior.periods.names) > 1
        diverted = scores["diversion"].table["diversion_mean"] if "diversion" in scores else pd.Series(dtype="float64")
        blank = np.full(len(graph.legs), np.nan)
        return cls(
            standing=score.leg_standing(between.table["betweenness_mean"].reindex(graph.legs.index)),
            surprise=surprise(posterior.legs, expected).to_numpy() if known else blank,
            above=np.asarray(posterior.legs > scaled_expected(posterior.legs, expected)) if known else None,
            trend=trend(posterior) if dated else None,
            diversion={str(place): float(share) for place, share in diverted.items()} if diverted.any() else None,
        )


def parts_of(
    index: members.RouteIndex, held: Sequence[members.Members], legs: Legs, *, paths: Sequence[Path], flow: np.ndarray
) -> Parts:
    """Return the parts of the chains ``paths`` with their draws of flow (draws x chains)."""
    steps = [index.steps(path) for path in paths]
    ways = list(zip(paths, held, steps, strict=True))
    named = [len(index.named_sources(one.routes)) for one in held]
    grave = gravest(index.graph)
    fixed = {
        "chokepoint": [float(legs.standing[on].mean()) for on in steps],
        "reach": [score.saturating(borders(index, path), half=score.HALF_REACH) for path in paths],
        "observed": [_observed(index, one, path=path) for path, one, _ in ways],
        "severity": [float(np.fmax.reduce(grave[one.routes], initial=np.nan)) for one in held],
    }
    if len(index.case) > 1:
        sole = [one.sole_events(index) for one in held]
        fixed["sources"] = [
            score.sources(one.events, lost, n=n) for one, lost, n in zip(held, sole, named, strict=True)
        ]
    if legs.trend is not None:
        fixed["trend"] = [float(legs.trend[on].mean()) for on in steps]
    if legs.diversion is not None:
        fixed["diversion"] = list(map(partial(_diverted, legs.diversion), paths))
    drawn = {}
    if legs.above is not None:
        unknown = [bool(np.isnan(legs.surprise[on]).any()) for on in steps]
        each = [legs.above[:, on].mean(axis=1) for on in steps]
        drawn["p_excess"] = np.column_stack(
            [np.full(len(flow), np.nan) if out else column for out, column in zip(unknown, each, strict=True)]
        )
    return Parts(
        flow=flow,
        events=np.array([one.events for one in held], dtype=np.float64),
        fixed={name: np.array(values, dtype=np.float64) for name, values in fixed.items()},
        drawn=drawn,
    )


def gravest(graph: RouteGraph) -> np.ndarray:
    """Return for each row of routes the severity of the gravest commodity that its records name; NaN where unknown.

    From ``layers``, for what several goods have in common (``arms`` for pistols and mines) is less grave than each.
    """
    stated = graph.layers.assign(severity=graph.layers["commodity"].map(severity).astype(np.float64))
    named = stated.groupby("route")["severity"].max().reindex(graph.routes.index).to_numpy(np.float64)
    return np.asarray(np.fmax(named, graph.routes["commodity"].map(severity).to_numpy(np.float64)))


def borders(index: members.RouteIndex, path: Path) -> int:
    """Return how many borders that count a chain crosses."""
    return int(index.graph.legs["borders_crossed"].to_numpy()[index.steps(path)].sum())


def _observed(index: members.RouteIndex, held: members.Members, *, path: Path) -> float:
    status = members.step_status(index, held.uses, path=path)
    return sum(one == "travelled" for one in status) / len(status)


def _diverted(by_place: Mapping[str, float], path: Path) -> float:
    """Return the chance-like share of all diversion that happens at the places of a chain, at most 1."""
    return min(1.0, sum(by_place.get(place, 0.0) for place in path))
