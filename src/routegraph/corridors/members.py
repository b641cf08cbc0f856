"""The routes of one corridor: their records, steps, modes, marking and sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from routegraph.corridors.verdicts import case_sources, sources_of
from routegraph.corridors.ways import Path
from routegraph.network.aggregate import LISTED, shortest
from routegraph.records.markings import strictest
from routegraph.records.taxonomy import common_prefixes

if TYPE_CHECKING:
    from routegraph.network.graph import RouteGraph

STATUSES = ("travelled", "inferred", "intended")
"""What a step is, the surest first."""


@dataclass(frozen=True)
class RouteIndex:
    """The graph's routes laid out as arrays, made once for all corridors.

    Attributes
    ----------
    graph
        The network.
    route, leg
        For every step of every route, whole paths: position of the route, and of the leg in ``graph.legs``.
    use_route, use_leg, use_status, use_record
        For every row of ``graph.evidence``: positions of route and leg, position in ``STATUSES``, record id.
    sources
        For each route the sources that report it, sorted. A route with one rests on that one alone.
    case
        Every source of the case, sorted.
    leg_at
        Position of each leg in ``graph.legs``.
    """

    graph: RouteGraph
    route: np.ndarray
    leg: np.ndarray
    use_route: np.ndarray
    use_leg: np.ndarray
    use_status: np.ndarray
    use_record: np.ndarray
    sources: tuple[tuple[str, ...], ...]
    case: tuple[str, ...]
    leg_at: Mapping[tuple[str, str], int]

    @classmethod
    def of(cls, graph: RouteGraph) -> RouteIndex:
        """Lay out the routes and the evidence of ``graph``."""
        paths = [tuple(path) for path in graph.routes["path"]]
        steps = np.array([max(len(path) - 1, 0) for path in paths], dtype=np.int64)
        starts = np.cumsum(steps) - steps
        leg_at = {(str(a), str(b)): k for k, (a, b) in enumerate(graph.legs.index)}
        leg = np.array([leg_at[one] for path in paths for one in pairwise(path)], dtype=np.int64)
        evidence = graph.evidence
        use_route = graph.routes.index.get_indexer(pd.Index(evidence["route"]))
        use_leg = leg[starts[use_route] + evidence["step"].to_numpy()] if len(leg) else np.empty(0, dtype=np.int64)
        status = pd.Index(STATUSES).get_indexer(pd.Index(evidence["status"]))
        return cls(
            graph, np.repeat(np.arange(len(paths)), steps), leg, use_route, use_leg, status,
            evidence["record_id"].to_numpy(dtype=object),
            tuple(sources_of(graph.routes["sources"])), case_sources(graph), leg_at,
        )  # fmt: skip

    def sole_events(self, routes: np.ndarray) -> dict[str, float]:
        """Return events of these routes that rest on one source alone, by source."""
        events = self.graph.routes["seizures"].to_numpy(dtype=np.float64)
        found: dict[str, float] = {}
        for route in routes:
            if len(self.sources[route]) == 1:
                (one,) = self.sources[route]
                found[one] = found.get(one, 0.0) + float(events[route])
        return dict(sorted(found.items()))

    def named_sources(self, routes: np.ndarray) -> tuple[str, ...]:
        """Return the sources that report these routes, sorted."""
        return tuple(sorted({one for route in routes for one in self.sources[route]}))

    def steps(self, path: Path) -> np.ndarray:
        """Return the positions in ``graph.legs`` of the steps of ``path``."""
        return np.array([self.leg_at[leg] for leg in pairwise(path)], dtype=np.int64)

    def uses(self, routes: np.ndarray) -> np.ndarray:
        """Return the rows of evidence that lie on these routes."""
        member = np.zeros(len(self.graph.routes), dtype=bool)
        member[routes] = True
        return np.flatnonzero(member[self.use_route])


def record_ids(index: RouteIndex, uses: np.ndarray) -> tuple[str, ...]:
    """Return the distinct records behind these uses, sorted."""
    return tuple(sorted({str(one) for one in index.use_record[uses]}))


def step_status(index: RouteIndex, uses: np.ndarray, *, path: Path) -> tuple[str, ...]:
    """Return the surest status of each step of ``path`` among these uses; inferred where no record is on it."""
    unused = len(STATUSES)
    surest = np.full(len(index.graph.legs), unused)
    np.minimum.at(surest, index.use_leg[uses], index.use_status[uses])
    return tuple("inferred" if surest[k] == unused else STATUSES[surest[k]] for k in index.steps(path))


def marking(index: RouteIndex, routes: np.ndarray) -> str:
    """Return the most restrictive marking of these routes' records; an unknown one counts as the strictest."""
    return strictest(index.graph.routes["tlp"].iloc[routes])


def listed(cells: pd.Series, *, unknown: str = "") -> str:
    """Return the distinct items of cells joined by ``; ``, sorted; ``unknown`` only where nothing else is known."""
    items = set(chain.from_iterable(cell.split(LISTED) for cell in cells.astype(str))) - {""}
    return LISTED.join(sorted(items - {unknown} or items))


def commodity(cells: pd.Series) -> str:
    """Return the common dotted prefix of the commodities, one for each family, as the legs have it."""
    return common_prefixes(listed(cells).split(LISTED))


def quantity(routes: pd.DataFrame) -> tuple[str, str]:
    """Return quantities and their kinds as aligned lists, as the legs have them; empty where routes carry none."""
    amounts = routes["quantity_seized"].str.split(LISTED).explode()
    kinds = routes["unit"].str.split(LISTED).explode()
    known = amounts.to_numpy() != ""
    table = pd.Series(amounts.to_numpy()[known].astype(np.float64), index=pd.Index(kinds.to_numpy()[known]))
    summed = table.sort_values().groupby(level=0, sort=True).sum()
    return LISTED.join(shortest(value) for value in summed), LISTED.join(str(kind) for kind in summed.index)
