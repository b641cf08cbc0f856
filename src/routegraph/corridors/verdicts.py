"""What must be said of a leg, place or corridor: whether counts mislead there, and whether its evidence is thin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from routegraph.analysis.sweep import check_aligned
from routegraph.flows.candidates import candidates
from routegraph.flows.posterior import log_width, p_top

if TYPE_CHECKING:
    from routegraph.flows.posterior import FlowPosterior
    from routegraph.network.graph import RouteGraph

STAGE = 53
"""Stage number of this user of randomness (docs/architecture.md, Random stages)."""

JEFFREYS = 0.5
"""Added to the reported events of a leg or place for what counts alone would say of it: Gamma(events + 0.5)."""

FEWEST_EVENTS = 5
"""Below this many events counts conclude nothing: the 90 % interval of a rate behind 4 events spans a factor of six."""

LOST = 2 / 3
"""A corridor that loses more than this share of its events without one source rests on that source."""

WIDEST = 10.0
"""Where the 90 % interval of an estimated flow spans more than this factor, its level is not told."""

LIKELY, VERY_UNLIKELY = 0.55, 0.20
"""Edges of ICD 203 words: being on top is at least likely by one ranking, and very unlikely (or less) by the other."""

INSUFFICIENT, SINGLE_SOURCE, NOTHING = "insufficient", "single_source", ""
ARTEFACT, UNDER_DETECTED, SUPPORTED = "enforcement_artefact", "under_detected", "supported"


@dataclass(frozen=True)
class Standing:
    """How a leg, place or corridor stands by estimated flow and by reported counts.

    Attributes
    ----------
    width
        How wide the interval of its flow is, in log units (:func:`routegraph.flows.posterior.log_width`).
    p_flow, p_counts
        Probability of being among the top (20, or a tenth) by flow and by counts; NaN where counts were not asked.
    levels_told
        False where the data cannot tell any level.
    """

    width: float
    p_flow: float
    p_counts: float
    levels_told: bool = True


def verdict(events: float, sole: Mapping[str, float], *, case_sources: int) -> str:
    """Return ``insufficient``, ``single_source`` or an empty text: all that counts alone can say.

    Parameters
    ----------
    events
        Seizure events of the leg, place or corridor.
    sole
        Events that only this source reports, by source: what is lost when it is left out.
    case_sources
        Sources of the whole case; with one, leaving it out asks nothing.

    Notes
    -----
    ``single_source``: without one source fewer than ``FEWEST_EVENTS`` remain, or more than ``LOST`` is gone.
    """
    if events < FEWEST_EVENTS:
        return INSUFFICIENT
    lost = max(sole.values(), default=0.0)
    if case_sources > 1 and lost > 0 and (events - lost < FEWEST_EVENTS or lost > LOST * events):
        return SINGLE_SOURCE
    return NOTHING


def corrected_verdict(events: float, sole: Mapping[str, float], *, case_sources: int, standing: Standing) -> str:
    """Return the verdict where flow was corrected for detection; the first that holds, weakness before findings.

    insufficient: no level is told, or the interval spans more than ``WIDEST``. single_source: as :func:`verdict`, from
    ``FEWEST_EVENTS`` events on. enforcement_artefact: likely on top by counts, very unlikely by flow. under_detected:
    the other way round. insufficient again: no record uses it and nothing above holds. Else supported; an empty text
    where counts were not asked.

    Notes
    -----
    Few events do not by themselves make an estimate insufficient: where little is seized, few are expected, and the
    interval already says what they leave open.
    """
    if not standing.levels_told or not standing.width <= np.log(WIDEST):
        return INSUFFICIENT
    if events >= FEWEST_EVENTS and verdict(events, sole, case_sources=case_sources) == SINGLE_SOURCE:
        return SINGLE_SOURCE
    if standing.p_counts >= LIKELY and standing.p_flow < VERY_UNLIKELY:
        return ARTEFACT
    if standing.p_flow >= LIKELY and standing.p_counts < VERY_UNLIKELY:
        return UNDER_DETECTED
    if events < 1:
        return INSUFFICIENT
    return NOTHING if np.isnan(standing.p_counts) else SUPPORTED


def corridor_verdict(
    events: float, sole: Mapping[str, float], *, case_sources: int, flow: np.ndarray, p_flow: float, p_counts: float,
    levels_told: bool = True,
) -> str:  # fmt: skip
    """Return the verdict on one corridor under an estimator that corrects for detection.

    Parameters
    ----------
    events, sole, case_sources
        As for :func:`verdict`.
    flow
        Draws of its flow, one a draw.
    p_flow, p_counts
        Its ``p_top`` among the corridors compared, by draws of flow, and by draws of ``counts`` on the same chains of
        the reported network; NaN where counts were not asked.
    levels_told
        ``FlowPosterior.levels_told``.
    """
    width = float(log_width(flow[:, None])[0])
    return corrected_verdict(
        events, sole, case_sources=case_sources, standing=Standing(width, p_flow, p_counts, levels_told)
    )


def sources_of(cells: pd.Series) -> pd.Series:
    """Return each cell's sources as a sorted tuple."""
    return cells.map(lambda cell: tuple(sorted({one.strip() for one in str(cell).split(";")} - {""})))


def case_sources(graph: RouteGraph) -> tuple[str, ...]:
    """Return every source of the case, sorted."""
    return tuple(sorted({one for cell in sources_of(graph.legs["sources"]) for one in cell}))


def leg_verdicts(graph: RouteGraph, posterior: FlowPosterior | None = None) -> pd.Series:
    """Return the verdict on each leg, indexed by (origin, destination).

    Parameters
    ----------
    graph, posterior
        The network and the draws of flow on it. Without draws, or where they are not corrected for detection, events
        alone decide (:func:`verdict`).

    Raises
    ------
    SettingError
        The draws belong to another graph.

    Notes
    -----
    Events are all that use the leg, whether travelled, intended or inferred. Flow is compared with the reported events
    that travelled the leg on this same network (:func:`counted_draws`), not on the network as reported: where records
    name Bangkok and Penang and the way between was inferred, they are counted on its legs. Else every leg that no
    record names would look overlooked by counts, and only because routes were completed.
    """
    events, sources, n = leg_events(graph), sources_of(graph.legs["sources"]), len(case_sources(graph))
    sole = [{cell[0]: float(count)} if len(cell) == 1 else {} for cell, count in zip(sources, events, strict=True)]
    found = _verdicts(events.tolist(), sole, n, _standings(graph, posterior, kind="legs"))
    return pd.Series(found, index=graph.legs.index, dtype="str", name="verdict")


def leg_events(graph: RouteGraph) -> pd.Series:
    """Return the events on each leg: travelled, intended and inferred."""
    return graph.legs[["travelled", "intended", "inferred"]].sum(axis=1).astype(np.float64)


def place_verdicts(graph: RouteGraph, posterior: FlowPosterior | None = None) -> pd.Series:
    """Return the verdict on each place, indexed by place_id; parameters and errors as for :func:`leg_verdicts`.

    Events are the seizures made there, or those on the legs that reach or leave it where they are more. Sources are
    those of its legs: a place without legs is never ``single_source``. Flow and counts are of what passes the place.
    """
    events, sources, n = leg_events(graph), sources_of(graph.legs["sources"]), len(case_sources(graph))
    sides = []
    for side in ("origin", "destination"):
        ends = graph.legs.index.get_level_values(side)
        sides.append((events.groupby(ends).sum(), sources.groupby(ends).sum()))
    counted, sole = [], []
    for place, seized in graph.places["seizures"].items():
        count = max(float(seized), *(float(by_end.get(place, 0.0)) for by_end, _ in sides))
        named = sorted({one for _, by_end in sides for one in by_end.get(place, ())})
        counted.append(count)
        sole.append({named[0]: count} if len(named) == 1 else {})
    found = _verdicts(counted, sole, n, _standings(graph, posterior, kind="places"))
    return pd.Series(found, index=graph.places.index, dtype="str", name="verdict")


def counted_draws(graph: RouteGraph, *, kind: str, draws: int, seed: int) -> np.ndarray:
    """Return what counts alone say of each leg or place of ``graph``: draws of Gamma(e + 0.5) for e reported events.

    Parameters
    ----------
    graph
        The network, completed or not.
    kind
        ``legs``: events that travelled the leg, inferred steps included. ``places``: events that set out from the
        place, passed it, or were seized there.
    draws, seed
        Same seed and network, same draws.
    """
    found = candidates(graph)
    on = found.on_leg if kind == "legs" else found.at_place
    events = np.asarray(on @ np.concatenate([found.moving, found.resting]).astype(np.float64))
    rng = np.random.default_rng([seed, STAGE, ("legs", "places").index(kind)])
    ranked = getattr(graph, kind).index.argsort()  # by name, so that the order of the tables changes nothing
    drawn = np.empty((draws, len(events)))
    drawn[:, ranked] = rng.standard_gamma(JEFFREYS + events[ranked], size=drawn.shape)
    return drawn


def _standings(graph: RouteGraph, posterior: FlowPosterior | None, *, kind: str) -> list[Standing] | None:
    if posterior is None or not posterior.detection_corrected:
        return None
    check_aligned(graph, posterior)
    drawn: np.ndarray = getattr(posterior, kind)
    by_counts = p_top(counted_draws(graph, kind=kind, draws=len(drawn), seed=posterior.seed))
    return [
        Standing(float(width), float(p), float(q), posterior.levels_told)
        for width, p, q in zip(log_width(drawn), p_top(drawn), by_counts, strict=True)
    ]


def _verdicts(
    events: Sequence[float], sole: Sequence[Mapping[str, float]], case: int, standings: Sequence[Standing] | None
) -> list[str]:
    if standings is None:
        return [verdict(count, lost, case_sources=case) for count, lost in zip(events, sole, strict=True)]
    return [
        corrected_verdict(count, lost, case_sources=case, standing=standing)
        for count, lost, standing in zip(events, sole, standings, strict=True)
    ]
