"""Least-cost ways between the places that records name, over the links of the candidate network."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Path = tuple[str, ...]


@dataclass(frozen=True)
class LeastCost:
    """Costs of the least-cost ways out of some places.

    Attributes
    ----------
    nodes
        Places that a link joins, sorted.
    sources
        Row of each place whose ways were asked for.
    cost, before
        sources x nodes: cost of the way (inf where there is none), and the place before the last (negative: none).
    """

    nodes: pd.Index
    sources: Mapping[int, int]
    cost: np.ndarray
    before: np.ndarray

    @classmethod
    def over(cls, links: pd.DataFrame, nodes: pd.Index, sources: Sequence[int]) -> LeastCost:
        """Search the links (origin, destination, cost; the cheapest of several modes counts) from these nodes."""
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import dijkstra

        cheapest = links.groupby(["origin", "destination"], sort=True)["cost"].min()
        ends = [nodes.get_indexer(cheapest.index.get_level_values(end)) for end in ("origin", "destination")]
        # A link that costs nothing would be no link in a sparse matrix.
        cost = np.maximum(cheapest.to_numpy(np.float64), np.finfo(np.float32).tiny)
        matrix = csr_array((cost, (ends[0], ends[1])), shape=(len(nodes), len(nodes)))
        wanted = np.array(sorted(sources), dtype=np.int64)
        if not len(wanted):
            return cls(nodes, {}, np.empty((0, len(nodes))), np.empty((0, len(nodes)), dtype=np.int32))
        found, before = dijkstra(matrix, indices=wanted, return_predecessors=True)
        return cls(nodes, {int(node): row for row, node in enumerate(wanted)}, found, before)

    def between(self, start: int, end: int) -> list[int]:
        """Return the nodes of the way from ``start`` to ``end``, without ``start`` itself."""
        way, row = [end], self.sources[start]
        while way[-1] != start:
            way.append(int(self.before[row, way[-1]]))
        return way[-2::-1]

    def through(self, stops: Sequence[np.ndarray]) -> tuple[list[int], list[int]]:
        """Return the cheapest way past one node of each stop in turn, and where on it each stop lies; empty: no way."""
        best, choices = np.zeros(len(stops[0])), []
        for here, onward in pairwise(stops):
            rows = np.array([self.sources[int(node)] for node in here], dtype=np.int64)
            total = best[:, None] + self.cost[np.ix_(rows, onward)]
            choices.append(total.argmin(axis=0))
            best = total.min(axis=0)
        if not np.isfinite(best).any():
            return [], []
        chosen = [int(np.argmin(best))]
        for choice in reversed(choices):
            chosen.append(int(choice[chosen[-1]]))
        picked = [int(stop[k]) for stop, k in zip(stops, reversed(chosen), strict=True)]
        way, at = [picked[0]], [0]
        for start, end in pairwise(picked):
            way += self.between(start, end)
            at.append(len(way) - 1)
        return way, at


def least_cost_ways(named: pd.DataFrame, links: pd.DataFrame, *, country: pd.Series) -> pd.DataFrame:
    """Return the least-cost way past all places that each chain names, in their order.

    Parameters
    ----------
    named
        chain, origin, destination, part: pairs that records name next to each other, by chain and in order.
    links
        origin, destination, cost: what may be travelled.
    country
        Place -> its country. A country that is no place of ``links`` stands for any place in it, the cheapest.

    Returns
    -------
    pandas.DataFrame
        Indexed by chain: path, seized_step, first (0) and last (its length). Where no way is known, the path is what
        was named. Chains whose way is one place are left out. Of ways that cost the same, one is taken.
    """
    waypoints = {chain: (rows["origin"].iloc[0], *rows["destination"]) for chain, rows in named.groupby("chain")}
    nodes = pd.Index(np.unique(links[["origin", "destination"]].to_numpy(dtype=object))).astype("str")
    # place numbers by country
    inside = pd.Series(np.arange(len(nodes)), index=country.reindex(nodes))
    stops_of = {}
    for place in sorted({one for path in waypoints.values() for one in path}):
        own = nodes.get_indexer(pd.Index([place]))
        members = inside.loc[[place]].to_numpy() if own[0] < 0 and place in inside.index else own
        stops_of[place] = members[members >= 0]
    sources = {int(node) for path in waypoints.values() for one in path[:-1] for node in stops_of[one]}
    ways = LeastCost.over(links, nodes, sorted(sources))
    travelled = (named["part"] == "travelled").groupby(named["chain"]).sum()
    done: dict[Path, tuple[Path, list[int]]] = {}
    rows = {}
    for chain, path in waypoints.items():
        if path not in done:
            stops = [stops_of[one] for one in path]
            way, at = ways.through(stops) if all(len(one) for one in stops) else ([], [])
            done[path] = (tuple(nodes[way]), at) if way else (path, list(range(len(path))))
        whole, at = done[path]
        rows[chain] = (whole, at[int(travelled[chain])], 0, len(whole) - 1)
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["path", "seized_step", "first", "last"])
    return table[table["last"] > 0].sort_index()
