"""The cheapest way between two places when changing the mode of transport costs."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.sparse import coo_array, csr_array
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
    order, indices, indptr
        The graph in compressed rows: its entries are the links' costs and those of changing mode, in this order.
    """

    places: pd.Index
    order: np.ndarray
    indices: np.ndarray
    indptr: np.ndarray

    @classmethod
    def over(cls, places: pd.Index, links: pd.DataFrame) -> WaySearch:
        """Prepare the search over links (origin, destination, mode)."""
        width = len(MODES)
        mode = links["mode"].map({name: i for i, name in enumerate(MODES)}).to_numpy()
        here, other = np.indices((width, width)).reshape(2, -1)
        here, other = here[here != other], other[here != other]
        base = np.repeat(np.arange(len(places)) * width, len(here))
        tail = places.get_indexer(pd.Index(links["origin"])) * width + mode
        head = places.get_indexer(pd.Index(links["destination"])) * width + mode
        rows = np.concatenate([tail, base + np.tile(here, len(places))])
        ends = np.concatenate([head, base + np.tile(other, len(places))])
        size = len(places) * width
        graph = coo_array((np.arange(len(rows)), (rows, ends)), shape=(size, size)).tocsr()
        return cls(places, order=graph.data, indices=graph.indices, indptr=graph.indptr)

    def cheapest(self, cost: np.ndarray, *, origin: int, destination: int) -> Way | None:
        """Return the cheapest way between two places (positions) under a cost of each link, if there is any."""
        width = len(MODES)
        size = len(self.places) * width
        both = np.concatenate([cost, np.full(len(self.order) - len(cost), CHANGE_COST)])
        distance, before, _ = dijkstra(
            csr_array((both[self.order], self.indices, self.indptr), shape=(size, size)),
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
