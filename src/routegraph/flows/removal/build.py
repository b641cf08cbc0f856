"""From a network, its reports and the candidate routes to the arrays that the sampler is given."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypedDict

import numpy as np
import pandas as pd

from routegraph.errors import NothingToAnalyseError
from routegraph.flows.removal.effort import at_places, place_features, reporting
from routegraph.flows.removal.naming import Naming
from routegraph.flows.removal.problem import RemovalProblem
from routegraph.flows.removal.route_arrays import RouteArrays, route_arrays
from routegraph.flows.removal.unheard import without_travel

if TYPE_CHECKING:
    from routegraph.flows.removal.cells import Cells
    from routegraph.network.candidates import CandidateRoutes
    from routegraph.network.graph import RouteGraph
    from routegraph.network.reports import Reports

SOURCE_FLOOR = 30
"""Sources with fewer events than this are taken together: too few to learn what each leaves unsaid."""

MOST_CELLS = 30_000_000
"""How many ways to explain reports are kept in all: 13 bytes each."""

NO_PLACE = "where it was seized is not known, so that no travel is"
NOT_PASSED = "no candidate route passes where it was seized"
NO_FIT = "no candidate route passes the named places in this order"


@dataclass(frozen=True)
class BuiltProblem:
    """The problem, and what its numbers stand for.

    Attributes
    ----------
    problem
        What the sampler is given.
    places
        Place id of each place number, sorted.
    legs
        (origin, destination) of each leg number, sorted.
    routes
        Label in ``candidates.routes`` of each route number.
    reports
        Number in ``reports.table`` of each report that has a cell, rising.
    left_out
        Reports that inform nothing, by number: events, reason. Events of reports with cells, of ``domestic`` and of
        these are all events.
    sources
        Name of each source number; several sources taken together are joined by ``; ``.
    features, pair_features
        Names of the columns of the problem's features.
    cells_cut
        Cells with a wrong destination that were left out for want of room.
    warnings
        What whoever reads the estimate must know of its inputs.
    """

    problem: RemovalProblem
    places: pd.Index
    legs: pd.MultiIndex
    routes: pd.Index
    reports: np.ndarray
    left_out: pd.DataFrame
    sources: tuple[str, ...]
    features: tuple[str, ...]
    pair_features: tuple[str, ...]
    cells_cut: int
    warnings: tuple[str, ...]


def build_problem(
    graph: RouteGraph,
    reports: Reports,
    candidates: CandidateRoutes,
    *,
    effort: pd.DataFrame | None = None,
    most_cells: int = MOST_CELLS,
) -> BuiltProblem:
    """Return what could have made each report, and what is known of places and routes beforehand.

    Parameters
    ----------
    graph
        The reported network, for the level, the borders that count and the places' countries.
    reports
        Distinct reports at the same level.
    candidates
        What could have been travelled.
    effort
        The contract's effort frame with place ids resolved, or None.
    most_cells
        How many cells there may be in all; above it, cells with a wrong destination go first (``cells_cut``).

    Returns
    -------
    BuiltProblem
        The same whatever the order of rows in reports, candidates and effort.

    Raises
    ------
    NothingToAnalyseError
        When there is no candidate route.
    PlaceError
        When a candidate route or a report names a place that the graph does not hold.

    Notes
    -----
    Commodity and mode are not matched: a report may have been made by any route through its places. A name of a whole
    country (or region) stands for any place in it, also where origin, seizure and destination are named so alike; a
    report of a single place that names it both as seized and as destination is of the end of a route, and one that
    names it as origin of the start. Which reports are domestic is told by names, so that a consignment on its way
    abroad whose report stays silent on that counts at its place only, and so does one that names no other place: the
    sampler knows that such reports are missing.
    """
    table = reports.table.sort_index()
    if not len(candidates.routes):
        raise NothingToAnalyseError(
            "no candidate route: no two places are known that anything could have moved between"
        )
    at_home = table.loc[(table["place_only"] | table["domestic"]) & (table["seized"] != ""), "seized"]
    lines = route_arrays(graph, candidates, also=pd.Index(at_home.unique()))
    naming = Naming.of(table, lines, graph)
    known = _known_beforehand(effort, reports, candidates, graph=graph, lines=lines, naming=naming)
    # What looks domestic counts at its place only; the sampler knows that such reports are missing.
    asked = table[~(table["domestic"] | table["place_only"]) & (table["seized"] != "")]
    cells, cut = _cells(asked, lines, naming, known.declared, most=most_cells)
    explained = np.diff(cells.start) > 0
    kept = asked[explained]
    source, sources = _sources(kept)
    problem = RemovalProblem(
        features=known.features.to_numpy(np.float64).reshape(len(lines.places), -1),
        declared=known.declared,
        **lines.fields,
        **_report_fields(kept),
        source=source,
        cell_start=np.concatenate([cells.start[:-1][explained], cells.start[-1:]]),
        cell_route=cells.route,
        cell_step=cells.step,
        cell_misreport=cells.misreport,
        cell_ways=cells.ways,
        domestic=_domestic(table, lines.places),
        n_sources=len(sources),
        n_destinations=_wrong_ends(kept, lines),
    )
    silent, unheard = without_travel(problem, graph.places["country"].reindex(lines.places))
    crowded = f"{cut} unlikely explanations (by a wrong destination) were left out for want of room"
    return BuiltProblem(
        problem=replace(problem, declared=np.where(silent, 0.0, problem.declared)),
        places=lines.places,
        legs=lines.legs,
        routes=lines.labels,
        reports=kept.index.to_numpy(np.int64),
        left_out=_left_out(table, asked[~explained], naming, lines),
        sources=sources,
        features=tuple(known.features.columns),
        pair_features=lines.pair_feature_names,
        cells_cut=cut,
        warnings=(*known.warnings, *unheard, *([crowded] if cut else [])),
    )


@dataclass(frozen=True)
class _Beforehand:
    declared: np.ndarray
    features: pd.DataFrame
    warnings: tuple[str, ...]


def _known_beforehand(
    effort: pd.DataFrame | None,
    reports: Reports,
    candidates: CandidateRoutes,
    *,
    graph: RouteGraph,
    lines: RouteArrays,
    naming: Naming,
) -> _Beforehand:
    """Return what effort and licit movement say of each place."""
    if effort is None:
        features = place_features(None, candidates, graph=graph, places=lines.places)
        return _Beforehand(np.ones(len(lines.places)), features, ())
    told = at_places(effort, graph)
    declared, warnings = reporting(
        told, reports, graph=graph, places=lines.places, seized=_seized_at(reports, lines, naming)
    )
    lost = len(effort) - len(told)
    if lost:
        warnings = (*warnings, f"{lost} rows of effort are about no place of the network")
    return _Beforehand(declared, place_features(told, candidates, graph=graph, places=lines.places), warnings)


def _seized_at(reports: Reports, lines: RouteArrays, naming: Naming) -> list[tuple[str, np.ndarray]]:
    """Return each place of seizure as named with the places that it may be, single places first.

    Where routes pass any of them, only those: a country that stands for an unknown place in it is on no route.
    """
    passed = np.zeros(len(lines.places), dtype=bool)
    passed[lines.fields["route_place"]] = True
    single: list[tuple[str, np.ndarray]] = []
    wider: list[tuple[str, np.ndarray]] = []
    for at in np.flatnonzero(naming.names.isin(reports.table["seized"])).tolist():
        where = naming.places_of(at)
        where = where[passed[where]] if passed[where].any() else where
        (single if naming.is_single(at) else wider).append((str(naming.names[at]), where))
    return [*single, *wider]


def _cells(
    asked: pd.DataFrame, lines: RouteArrays, naming: Naming, declared: np.ndarray, *, most: int
) -> tuple[Cells, int]:
    """Return the cells of each report, and how many were left out for want of room."""
    from routegraph.flows.removal.cells import find_cells

    routes = naming.lines(lines, declared)
    return find_cells(routes, naming.positions(routes), naming.stated(asked), most=most)


class _ReportFields(TypedDict):
    count: np.ndarray
    basis: np.ndarray
    names_origin: np.ndarray
    names_destination: np.ndarray
    vias_before: np.ndarray
    vias_after: np.ndarray


def _report_fields(kept: pd.DataFrame) -> _ReportFields:
    return _ReportFields(
        count=kept["events"].to_numpy(np.int64),
        basis=kept["basis"].to_numpy(np.uint8),
        names_origin=(kept["origin"] != "").to_numpy(np.uint8),
        names_destination=(kept["destination"] != "").to_numpy(np.uint8),
        vias_before=kept["vias_before"].str.len().to_numpy(np.int32),
        vias_after=kept["vias_after"].str.len().to_numpy(np.int32),
    )


def _sources(kept: pd.DataFrame) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return each report's source number, and the names; sources with few events are one, the last."""
    events = kept["events"].groupby(kept["source"]).sum().sort_index()
    large, small = events.index[events >= SOURCE_FLOOR], events.index[events < SOURCE_FLOOR]
    number = large.get_indexer(pd.Index(kept["source"]))
    names = (*large, *(["; ".join(small)] if len(small) else []))
    return np.where(number < 0, len(large), number).astype(np.int32), names


def _domestic(table: pd.DataFrame, places: pd.Index) -> np.ndarray:
    """Return events of reports that look domestic, by place of seizure: they name no place elsewhere."""
    domestic = table[table["domestic"] | table["place_only"]]
    events = domestic["events"].groupby(domestic["seized"]).sum()
    return events.reindex(places, fill_value=0).to_numpy(np.int64)


def _wrong_ends(kept: pd.DataFrame, lines: RouteArrays) -> int:
    """Return how many places a wrong destination could be stated as: all ends, of routes or stated, but the right."""
    ends = {*lines.places[lines.fields["pair_destination"]], *lines.places.intersection(pd.Index(kept["destination"]))}
    return max(len(ends) - 1, 1)


def _left_out(table: pd.DataFrame, unexplained: pd.DataFrame, naming: Naming, lines: RouteArrays) -> pd.DataFrame:
    """Return what informs nothing: events and reason by report number."""
    nowhere = table.loc[table["seized"] == "", ["events"]].assign(reason=NO_PLACE)
    passed = np.unique(lines.fields["route_place"])
    number = naming.names.get_indexer(pd.Index(unexplained["seized"]))
    reached = {at: bool(np.isin(naming.places_of(at), passed).any()) for at in np.unique(number).tolist()}
    reason = [NO_FIT if reached[at] else NOT_PASSED for at in number.tolist()]
    beside = unexplained[["events"]].assign(reason=pd.Series(reason, index=unexplained.index, dtype="str"))
    return pd.concat([nowhere, beside]).sort_index().astype({"events": np.int64, "reason": "str"})
