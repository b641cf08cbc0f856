"""From the numbers of a fit to the places, legs and routes of a network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from routegraph.flows.posterior import Draws
    from routegraph.flows.removal.build import BuiltProblem
    from routegraph.flows.removal.fit import RemovalFit
    from routegraph.network.candidates import CandidateRoutes
    from routegraph.network.graph import RouteGraph
    from routegraph.network.reports import Reports

FLOOR = 0.5
"""Candidate routes and legs that no report lies on are shown from this mean flow on, which rounds to a consignment."""


def report_of_cell(built: BuiltProblem) -> np.ndarray:
    """Return the position in ``built.reports`` of each cell's report."""
    return np.repeat(np.arange(len(built.reports)), np.diff(built.problem.cell_start))


def most_probable(built: BuiltProblem, fit: RemovalFit) -> dict[int, tuple[int, int]]:
    """Return report -> (label of the candidate route, step of seizure) that most of its events came from.

    Of equals the first is taken. Reports that look domestic (a place alone among them) are no part of the problem, and
    so lie on no route.
    """
    report = report_of_cell(built)
    best = np.lexsort((np.arange(len(report)), -fit.allocated, report))
    best = best[np.unique(report[best], return_index=True)[1]]
    routes = built.routes[built.problem.cell_route[best]].tolist()
    steps = built.problem.cell_step[best].tolist()
    return dict(zip(built.reports[report[best]].tolist(), zip(routes, steps, strict=True), strict=True))


def shown(built: BuiltProblem, fit: RemovalFit) -> pd.Index:
    """Return labels of the candidates to show: of mean flow ``FLOOR``, and the busiest over each leg of that much."""
    problem = built.problem
    flow, legs = (drawn.mean(axis=0, dtype=np.float64) for drawn in (fit.routes, fit.legs))
    over = problem.route_leg >= 0
    route, leg = np.repeat(np.arange(len(flow)), np.diff(problem.route_start))[over], problem.route_leg[over]
    order = np.lexsort((route, -flow[route], leg))
    busiest = order[np.unique(leg[order], return_index=True)[1]]
    wanted = np.union1d(np.flatnonzero(flow >= FLOOR), route[busiest][legs[leg[busiest]] >= FLOOR])
    return built.routes[wanted]


def events_beside_routes(graph: RouteGraph, reports: Reports, built: BuiltProblem) -> pd.Series:
    """Return events seized at each place of ``graph`` that lie on no route: domestic by their looks, or unexplained."""
    laid = reports.table.loc[built.reports, ["seized", "events"]]
    by_place = laid.groupby("seized")["events"].sum()
    return graph.places["seizures"] - by_place.reindex(graph.places.index, fill_value=0)


def passed(built: BuiltProblem) -> np.ndarray:
    """Return the numbers of the places that a candidate route passes: of others nothing is estimated."""
    return np.unique(built.problem.route_place).astype(np.int64)


def columns(drawn: Draws, at: np.ndarray, *, absent: float) -> Draws:
    """Return draws x len(at): the columns at these positions, ``absent`` where a position is -1."""
    blank = np.full((len(drawn), 1), absent, dtype=np.float32)
    return np.concatenate([drawn, blank], axis=1, dtype=np.float32)[:, at]


def place_draws(graph: RouteGraph, built: BuiltProblem, drawn: Draws, *, absent: float) -> Draws:
    """Return draws x places of ``graph``; ``absent`` at places that no candidate route passes."""
    number = pd.Series(passed(built), index=built.places[passed(built)])
    return columns(drawn, number.reindex(graph.places.index, fill_value=-1).to_numpy(), absent=absent)


def leg_draws(graph: RouteGraph, built: BuiltProblem, drawn: Draws) -> Draws:
    """Return draws x legs of ``graph``."""
    return columns(drawn, built.legs.get_indexer(graph.legs.index), absent=0.0)


def route_draws(graph: RouteGraph, candidates: CandidateRoutes, built: BuiltProblem, drawn: Draws) -> Draws:
    """Return draws x routes of ``graph``, which are found by their paths."""
    paths = candidates.routes["path"].reindex(built.routes)
    number = {tuple(path): k for k, path in enumerate(paths)}
    at = np.array([number.get(tuple(path), -1) for path in graph.routes["path"]], dtype=np.int64)
    return columns(drawn, at, absent=0.0)
