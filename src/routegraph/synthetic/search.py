"""The cheapest way between two places when changing the mode of transport costs."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

MODES = ("road", "rail", "sea", "air", "river", "foot", "post")
CHANGE_COST = 120.0  # of changing mode, in kilometres of road

Way = tuple[tuple[str, ...], tuple[str, ...]]
"""Place ids in order of travel, and the mode of each leg."""


@dataclass(frozen=True)
class WaySearch:
    """Links as a graph of states (place, mode), ready to be searched again and again under other costs.

    Attributes
    ----------
    places
        Place ids; state = position of the place x number of modes + mode.
    tail, head
        States that each link joins, in the order of the links.
    change_tail, change_head
        States joined by changing mode at a place, at ``CHANGE_COST``.
    """

    places: pd.Index
    tail: np.ndarray
    head: np.ndarray
    change_tail: np.ndarray
    change_head: np.ndarray

    @classmethod
    def over(cls, places: pd.Index, links: pd.DataFrame) -> WaySearch:
        """Prepare the search over links (origin, destination, mode)."""
        width = len(MODES)
        mode = links["mode"].map({name: i for i, name in enumerate(MODES)}).to_numpy()
        here, other = np.indices((width, width)).reshape(2, -1)
        here, other = here[here != other], other[here != other]
        base = np.repeat(np.arange(len(places)) * width, len(here))
        return cls(
            places,
            tail=places.get_indexer(pd.Index(links["origin"])) * width + mode,
            head=places.get_indexer(pd.Index(links["destination"])) * width + mode,
            change_tail=base + np.tile(here, len(places)),
            change_head=base + np.tile(other, len(places)),
        )

    def cheapest(self, cost: np.ndarray, *, origin: int, destination: int) -> Way | None:
        """Return the cheapest way between two places (positions) under a cost of each link, if there is any."""
        width = len(MODES)
        rows, ends = np.concatenate([self.tail, self.change_tail]), np.concatenate([self.head, self.change_head])
        size = len(self.places) * width
        distance, before, _ = dijkstra(
            coo_array(
                (np.concatenate([cost, np.full(len(self.change_tail), CHANGE_COST)]), (rows, ends)), shape=(size, size)
            ).tocsr(),
            indices=origin * width + np.arange(width),
            min_only=True,
            return_predecessors=True,
        )
        state = destination * width + int(np.argmin(distance[destination * width : (destination + 1) * width]))
        if not np.isfinite(distance[state]):
            return None
        path, modes = [self.places[destination]], []
        while before[state] >= 0:
            earlier = int(before[state])
            if earlier // width != state // width:
                path.append(self.places[earlier // width])
                modes.append(MODES[state % width])
            state = earlier
        return tuple(reversed(path)), tuple(reversed(modes))


def way_cost(way: Way, link_cost: dict[tuple[str, str, str], float]) -> float:
    """Return what a way costs: its links, and a change wherever one leg's mode differs from the next."""
    path, modes = way
    links = sum(link_cost[origin, end, mode] for (origin, end), mode in zip(pairwise(path), modes, strict=True))
    return links + CHANGE_COST * sum(one != other for one, other in pairwise(modes))
