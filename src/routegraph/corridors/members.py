"""The routes of one corridor: their records, steps, modes, marking and sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from routegraph.corridors.verdicts import case_sources, sources_of
from routegraph.corridors.ways import TOGETHER, Path
from routegraph.network.aggregate import LISTED, quantities
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
    paths
        Places of each route.
    route, leg
        For every step of every route, whole paths: position of the route, and of the leg in ``graph.legs``.
    use_route, use_step, use_leg, use_status, use_record, use_travelled, use_events
        For every row of ``graph.evidence``: position of the route, step on it, position of the leg, position in
        ``STATUSES``, record id, whether it lies before the seizure, events of the record.
    sources
        For each route the sources that report it, sorted. A route with one rests on that one alone.
    case
        Every source of the case, sorted.
    leg_at
        Position of each leg in ``graph.legs``.
    """

    graph: RouteGraph
    paths: Sequence[Path]
    route: np.ndarray
    leg: np.ndarray
    use_route: np.ndarray
    use_step: np.ndarray
    use_leg: np.ndarray
    use_status: np.ndarray
    use_record: np.ndarray
    use_travelled: np.ndarray
    use_events: np.ndarray
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
            graph, paths, np.repeat(np.arange(len(paths)), steps), leg, use_route, evidence["step"].to_numpy(np.int64),
            use_leg, status, evidence["record_id"].to_numpy(dtype=object), (evidence["part"] == "travelled").to_numpy(),
            evidence["events"].to_numpy(np.int64), tuple(sources_of(graph.routes["sources"])),
            case_sources(graph), leg_at,
        )  # fmt: skip

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


@dataclass(frozen=True)
class Members:
    """The records that carry one corridor.

    Attributes
    ----------
    uses
        Rows of evidence of these records on the corridor's legs.
    routes
        Positions of the routes that they lie on, rising.
    record_events
        Events of each record, by record id, sorted.
    events
        Their sum.
    by_route
        Events on each of ``routes``.
    ends
        Events by (place where the consignment was first seen, place of the seizure).
    passed
        For each pair of ``ends`` how many of the corridor's steps its records travelled, each number once, sorted.
    """

    uses: np.ndarray
    routes: np.ndarray
    record_events: Mapping[str, int]
    events: int
    by_route: np.ndarray
    ends: Mapping[tuple[str, str], int]
    passed: Mapping[tuple[str, str], tuple[int, ...]]

    @classmethod
    def of(cls, index: RouteIndex, routes: np.ndarray, *, path: Path) -> Members:
        """Return the records on these routes that travelled half of ``path`` and have two of its legs in a row.

        Where every record speaks of its whole route, these are all records of the routes that carry the corridor. On
        candidate routes a record speaks of a part only, and counts where that part does.
        """
        rows = index.uses(routes)
        record = pd.factorize(index.use_record[rows], sort=True)[0]
        at = np.full(len(index.graph.legs), -1)
        at[index.steps(path)] = np.arange(len(path) - 1)
        place = at[index.use_leg[rows]]
        n = int(record.max(initial=-1)) + 1
        done = _distinct(record, place, (place >= 0) & index.use_travelled[rows], n=n, width=len(path))
        order = np.lexsort((index.use_step[rows], record))
        onward = (np.diff(record[order]) == 0) & (np.diff(index.use_step[rows][order]) == 1)
        turning = onward & (place[order][:-1] >= 0) & (np.diff(place[order]) == 1)
        turned = np.zeros(n, dtype=bool)
        turned[record[order][:-1][turning]] = True
        carries = turned & (done >= TOGETHER * (len(path) - 1))
        own = carries[record]
        return cls._counted(index, rows[own], place[own] >= 0, record[own], done)

    @classmethod
    def _counted(
        cls, index: RouteIndex, rows: np.ndarray, on_path: np.ndarray, record: np.ndarray, done: np.ndarray
    ) -> Members:
        first = pd.DataFrame({"record": record, "row": rows}).drop_duplicates("record")
        at, who = first["row"].to_numpy(), first["record"].to_numpy()
        route, events = index.use_route[at], index.use_events[at]
        chosen = np.unique(route)
        by_route = np.bincount(np.searchsorted(chosen, route), events, minlength=len(chosen))
        ends: dict[tuple[str, str], int] = {}
        passed: dict[tuple[str, str], set[int]] = {}
        travelled = index.use_travelled[rows]
        begin, stop = _bounds(record[travelled], index.use_step[rows][travelled], who)
        for k, which in enumerate(route.tolist()):
            whole = index.paths[which]
            pair = (whole[begin[k]], whole[stop[k] + 1])
            ends[pair] = ends.get(pair, 0) + int(events[k])
            passed.setdefault(pair, set()).add(int(done[who[k]]))
        return cls(
            uses=rows[on_path], routes=chosen,
            record_events=dict(sorted(zip(map(str, index.use_record[at]), events.tolist(), strict=True))),
            events=int(events.sum()), by_route=by_route.astype(np.int64), ends=ends,
            passed={pair: tuple(sorted(found)) for pair, found in passed.items()},
        )  # fmt: skip

    @property
    def record_ids(self) -> tuple[str, ...]:
        """Return the records, sorted."""
        return tuple(self.record_events)

    def events_by_source(self, index: RouteIndex) -> dict[str, int]:
        """Return events by the source that reported them, most first; '' where a record states none."""
        source = index.graph.consignments["source"].reindex(list(self.record_ids), fill_value="")
        found = pd.Series(self.record_events, dtype="int64").groupby(source.to_numpy()).sum()
        order = sorted(found.items(), key=lambda item: (-item[1], str(item[0])))
        return {str(name): int(events) for name, events in order}

    def sole_events(self, index: RouteIndex) -> dict[str, float]:
        """Return events on routes that one source alone reports, by source."""
        found: dict[str, float] = {}
        for route, events in zip(self.routes, self.by_route, strict=True):
            if len(index.sources[route]) == 1:
                (one,) = index.sources[route]
                found[one] = found.get(one, 0.0) + float(events)
        return dict(sorted(found.items()))


def _distinct(record: np.ndarray, place: np.ndarray, wanted: np.ndarray, *, n: int, width: int) -> np.ndarray:
    """Return how many distinct places of the path each of n records has among the wanted rows."""
    keys = np.unique(record[wanted] * width + place[wanted])
    return np.bincount(keys // width, minlength=n)


def _bounds(record: np.ndarray, step: np.ndarray, who: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the first and the last step of each record of ``who``; every one has a step."""
    n = int(who.max(initial=-1)) + 1
    first, last = np.full(n, np.iinfo(np.int64).max), np.full(n, -1)
    np.minimum.at(first, record, step)
    np.maximum.at(last, record, step)
    return first[who], last[who]


def step_status(index: RouteIndex, uses: np.ndarray, *, path: Path) -> tuple[str, ...]:
    """Return the surest status of each step of ``path`` among these uses; inferred where no record is on it."""
    unused = len(STATUSES)
    surest = np.full(len(index.graph.legs), unused)
    np.minimum.at(surest, index.use_leg[uses], index.use_status[uses])
    return tuple("inferred" if surest[k] == unused else STATUSES[surest[k]] for k in index.steps(path))


def without_records(index: RouteIndex, uses: np.ndarray, *, path: Path) -> int:
    """Return how many steps of ``path`` none of these uses is on: the model has them, no record of it does."""
    return int((~np.isin(index.steps(path), index.use_leg[uses])).sum())


def marking(index: RouteIndex, members: Members, *, path: Path) -> str:
    """Return the most restrictive marking of the members' routes, and of the path's legs that no record is on.

    An unknown one counts as the strictest.
    """
    steps = index.steps(path)
    bare = index.graph.legs["tlp"].iloc[steps[~np.isin(steps, index.use_leg)]]
    return strictest(pd.concat([index.graph.routes["tlp"].iloc[members.routes], bare]))


def listed(cells: pd.Series, *, unknown: str = "") -> str:
    """Return the distinct items of cells joined by ``; ``, sorted; ``unknown`` only where nothing else is known."""
    items = set(chain.from_iterable(cell.split(LISTED) for cell in cells.astype(str))) - {""}
    return LISTED.join(sorted(items - {unknown} or items))


def seized(graph: RouteGraph, record_ids: Sequence[str]) -> tuple[str, str, str]:
    """Return commodity, quantity and unit of what these records say was seized.

    The commodity is their common dotted prefix, one for each family; quantities are lists aligned with their kinds, as
    the legs have them, empty where no record states any.
    """
    known = graph.consignments.reindex(list(record_ids)).rename_axis("chain").reset_index()
    known = known.assign(**{column: known[column].fillna("").astype("str") for column in ("commodity", "unit")})
    amounts = quantities(known[["chain"]].assign(key=0), known)
    codes = common_prefixes(sorted(set(known["commodity"]) - {""})) if len(known) else ""
    quantity, unit = amounts.iloc[0] if len(amounts) else ("", "")
    return codes, str(quantity), str(unit)
