"""What must be said of a leg, place or corridor: whether counts mislead there, and whether its evidence is thin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from routegraph.analysis.sweep import check_aligned
from routegraph.flows.candidates import candidates
from routegraph.flows.posterior import log_width, top_shares

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

LIKELY = 0.55
"""Counts mislead where it matters: being among the first by counts, or by flow, is at least likely (ICD 203)."""

TIMES, PROBABLY = 1.5, 0.7
"""Counts mislead when a share of flow is more than this many times the share of reported events, or less than one part
in so many, with at least this probability; chosen on development worlds. How often it was so in twenty others:
docs/corridor_recovery.md."""

FIRST = 20
"""How many corridors count as the first, in either ranking."""

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
        Probability of being among the first by flow and by counts; NaN where counts were not asked.
    p_more, p_less
        Probability that its share of flow is over ``TIMES`` its share of events, and under one part in ``TIMES``.
    levels_told
        False where the data cannot tell any level.
    """

    width: float
    p_flow: float
    p_counts: float
    p_more: float = 0.0
    p_less: float = 0.0
    levels_told: bool = True


def verdict(events: float, sole: Mapping[str, float], *, case_sources: int, falls: bool = False) -> str:
    """Return ``insufficient``, ``single_source`` or an empty text: all that counts alone can say.

    Parameters
    ----------
    events
        Seizure events of the leg, place or corridor.
    sole
        Events that only this source reports, by source: what is lost when it is left out.
    case_sources
        Sources of the whole case; with one, leaving it out asks nothing.
    falls
        Whether it is flagged in nearly every trial but not without one source.

    Notes
    -----
    ``single_source``: without one source fewer than ``FEWEST_EVENTS`` remain, more than ``LOST`` is gone, or it falls.
    """
    if events < FEWEST_EVENTS:
        return INSUFFICIENT
    lost = max(sole.values(), default=0.0)
    if case_sources > 1 and lost > 0 and (falls or events - lost < FEWEST_EVENTS or lost > LOST * events):
        return SINGLE_SOURCE
    return NOTHING


def corrected_verdict(
    events: float, sole: Mapping[str, float], *, case_sources: int, standing: Standing, falls: bool = False
) -> str:
    """Return the verdict where flow was corrected for detection; the first that holds, weakness before findings.

    insufficient: no level is told, or the interval spans more than ``WIDEST``. single_source: as :func:`verdict`, from
    ``FEWEST_EVENTS`` events on. enforcement_artefact: likely among the first by counts, and its share of flow is
    probably much less than its share of reported events. under_detected: likely among the first by flow, and its share
    of flow is probably much more than that of events (``TIMES``). insufficient again: no record uses it and nothing
    above holds. Else supported; an empty text where counts were not asked.

    Notes
    -----
    Few events do not by themselves make an estimate insufficient: where little is seized, few are expected, and the
    interval already says what they leave open.
    """
    if not standing.levels_told or not standing.width <= np.log(WIDEST):
        return INSUFFICIENT
    if events >= FEWEST_EVENTS and verdict(events, sole, case_sources=case_sources, falls=falls) == SINGLE_SOURCE:
        return SINGLE_SOURCE
    if standing.p_counts >= LIKELY and standing.p_less >= PROBABLY:
        return ARTEFACT
    if standing.p_flow >= LIKELY and standing.p_more >= PROBABLY:
        return UNDER_DETECTED
    if events < 1:
        return INSUFFICIENT
    return NOTHING if np.isnan(standing.p_counts) else SUPPORTED


def standings(flow: np.ndarray, counted: np.ndarray, *, levels_told: bool, most: int | None = None) -> list[Standing]:
    """Return how each column stands: draws x columns of flow, and of what counts alone would give.

    ``most`` is how many are the first in either; None: 20, or a tenth where fewer than 200.
    """
    first = [top_shares(one, most=most).mean(axis=0) for one in (flow, counted)]
    columns = np.column_stack([log_width(flow), *first, *share_chances(flow, counted)]).tolist()
    return [
        Standing(width, p_flow, p_counts, p_more, p_less, levels_told)
        for width, p_flow, p_counts, p_more, p_less in columns
    ]


def share_chances(flow: np.ndarray, counted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return per column the chance that its share of flow is over ``TIMES`` its share of counts, and under 1/``TIMES``.

    Parameters
    ----------
    flow, counted
        Draws x columns: flow, and what the same events would give by counts alone; shares are of the columns given.
    """
    of_flow, of_counts = _shares(flow), _shares(counted)
    more, less = of_flow > TIMES * of_counts, TIMES * of_flow < of_counts
    return np.asarray(more.mean(axis=0)), np.asarray(less.mean(axis=0))


def _shares(draws: np.ndarray) -> np.ndarray:
    """Return each draw over its sum; 0 where nothing flows."""
    total = draws.sum(axis=1, keepdims=True, dtype=np.float64)
    return np.asarray(np.divide(draws, total, out=np.zeros(draws.shape), where=total > 0))


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
    counted = counted_draws(graph, kind=kind, draws=len(drawn), seed=posterior.seed)
    return standings(drawn, counted, levels_told=posterior.levels_told)


def _verdicts(
    events: Sequence[float], sole: Sequence[Mapping[str, float]], case: int, standings: Sequence[Standing] | None
) -> list[str]:
    if standings is None:
        return [verdict(count, lost, case_sources=case) for count, lost in zip(events, sole, strict=True)]
    return [
        corrected_verdict(count, lost, case_sources=case, standing=standing)
        for count, lost, standing in zip(events, sole, standings, strict=True)
    ]
