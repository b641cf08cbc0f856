"""How firmly each corridor stands: its ranks as flow is drawn anew, weights move, and sources are left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from routegraph.analysis.summary import rank_interval, tiers
from routegraph.corridors.parts import Parts
from routegraph.corridors.score import WEIGHTS

MOVE = 0.2
"""Each weight is tried at this share more and less than declared."""

DRAWS = 200
"""Draws of flow that each trial is given."""

MOST_SOURCES = 20
"""Sources left out in turn, those with most events on corridors first."""


@dataclass(frozen=True)
class Standing:
    """What ranks K chains have, by position; 1 is the most notable.

    Attributes
    ----------
    low, high
        90 % interval of the rank over all trials: draws of flow, each weight 20 % up and down, each of the
        ``MOST_SOURCES`` sources with most events left out.
    held
        The same upper end without the trials that leave sources out: what one of them does must not be in it.
    tier
        1: cannot be told from the first at 90 % over the same trials; and so on down.
    by_weight
        Part -> ranks with its weight 20 % less, and 20 % more.
    without
        Source -> ranks without what it alone reports; the same sources.
    """

    low: np.ndarray
    high: np.ndarray
    held: np.ndarray
    tier: np.ndarray
    by_weight: Mapping[str, tuple[np.ndarray, np.ndarray]]
    without: Mapping[str, np.ndarray]


def standing(parts: Parts, sole: Sequence[Mapping[str, float]], *, order: np.ndarray) -> Standing:
    """Return how firmly K chains stand.

    Parameters
    ----------
    parts
        The parts of their scores.
    sole
        For each chain the events that one source alone reports, by source.
    order
        The chains as ranked, best first.
    """
    few = parts.thinned(DRAWS)
    trials = [few.scores(WEIGHTS)]
    by_weight = {}
    for name in (name for name in WEIGHTS if name in parts.table):
        less, more = ({**WEIGHTS, name: WEIGHTS[name] * factor} for factor in (1 - MOVE, 1 + MOVE))
        trials += [few.scores(less), few.scores(more)]
        by_weight[name] = (_ranks(parts.scores(less)), _ranks(parts.scores(more)))
    held = rank_interval(np.concatenate(trials))["rank_p95"].to_numpy()
    without = {}
    for source in _sources(sole):
        lost = [each.get(source, 0.0) for each in sole]
        trials.append(few.without(lost).scores(WEIGHTS))
        without[source] = _ranks(parts.without(lost).scores(WEIGHTS))
    pooled = np.concatenate(trials)
    ranks = rank_interval(pooled)
    return Standing(
        low=ranks["rank_p05"].to_numpy(), high=ranks["rank_p95"].to_numpy(), held=held,
        tier=tiers(pooled, order=order), by_weight=by_weight, without=without,
    )  # fmt: skip


def _sources(sole: Sequence[Mapping[str, float]]) -> list[str]:
    lost: dict[str, float] = {}
    for one in sole:
        for source, events in one.items():
            lost[source] = lost.get(source, 0.0) + events
    return sorted(lost, key=lambda source: (-round(lost[source], 9), source))[:MOST_SOURCES]


def _ranks(scores: np.ndarray) -> np.ndarray:
    """Return the rank of each chain by its mean score; equals at the best of the ranks that they share."""
    mean = np.round(scores.mean(axis=0), 9)
    return np.asarray(1 + (mean[None, :] > mean[:, None]).sum(axis=1))
