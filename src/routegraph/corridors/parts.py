"""The parts of the score of every chain found: draws where they vary with flow, one number where they do not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from routegraph.corridors import score
from routegraph.flows.posterior import top_shares


@dataclass(frozen=True)
class Parts:
    """Everything that the score of K chains is made of.

    Attributes
    ----------
    flow
        Draws x K: consignments.
    events
        K: reported events.
    fixed
        Part -> K numbers, 0-1, NaN where it cannot be estimated for a chain.
    drawn
        Part -> draws x K, 0-1; NaN throughout where it cannot be estimated for a chain.
    """

    flow: np.ndarray
    events: np.ndarray
    fixed: Mapping[str, np.ndarray]
    drawn: Mapping[str, np.ndarray]

    @cached_property
    def table(self) -> Mapping[str, np.ndarray]:
        """Return every part, draws x K or 1 x K."""
        return {
            "volume": top_shares(self.flow),
            "size": score.sizes(self.flow),
            "evidence": self.events[None, :] / (self.events[None, :] + score.HALF_EVIDENCE),
            **{name: values[None, :] for name, values in self.fixed.items()},
            **self.drawn,
        }

    def means(self, k: int) -> dict[str, float]:
        """Return the parts of one chain, those that can be estimated."""
        found = {name: float(values[:, k].mean(dtype=np.float64)) for name, values in self.table.items()}
        return {name: found[name] for name in score.WEIGHTS if name in found and not np.isnan(found[name])}

    def scores(self, weights: Mapping[str, float]) -> np.ndarray:
        """Return draws x K: the weighted mean of the parts that are there."""
        total, weighed = np.zeros(self.flow.shape), np.zeros(self.flow.shape[1])
        for name, values in self.table.items():
            known = ~np.isnan(values[0])
            total += weights[name] * np.where(known, values, 0.0)
            weighed += weights[name] * known
        return np.asarray(total / weighed)

    def thinned(self, most: int) -> Parts:
        """Return the same with at most this many draws, evenly spaced."""
        n = len(self.flow)
        kept = np.arange(min(n, most)) * n // min(n, most)
        return replace(self, flow=self.flow[kept], drawn={name: values[kept] for name, values in self.drawn.items()})

    def without(self, lost: Sequence[float]) -> Parts:
        """Return the same as if these events of each chain had not been reported, and its flow with them.

        Flow falls by the share of its events that is lost: what nobody else reports is taken for not there.
        """
        gone = np.minimum(np.asarray(lost, dtype=np.float64), self.events)
        share = np.divide(gone, self.events, out=np.zeros(len(gone)), where=self.events > 0)
        return replace(self, flow=self.flow * (1.0 - share), events=self.events - gone)
