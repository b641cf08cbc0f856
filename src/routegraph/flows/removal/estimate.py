"""The removal estimator: from reports and candidate routes to the completed network and the flow on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from routegraph.errors import NothingToAnalyseError
from routegraph.flows.exposure import expected_flow, why_no_expected
from routegraph.flows.posterior import FlowPosterior, interval, log_width
from routegraph.flows.removal import alignment
from routegraph.flows.removal.diagnostics import FAR, run_away
from routegraph.network.completion import complete_graph

if TYPE_CHECKING:
    from routegraph.flows.posterior import Draws
    from routegraph.flows.removal.build import BuiltProblem
    from routegraph.flows.removal.diagnostics import Diagnostics
    from routegraph.flows.removal.fit import RemovalFit
    from routegraph.flows.removal.identification import Identification
    from routegraph.flows.removal.predictive import PredictiveChecks
    from routegraph.network.candidates import CandidateRoutes
    from routegraph.network.graph import RouteGraph
    from routegraph.network.reports import Reports
    from routegraph.places import Gazetteer

REPLICATES = 200
"""Data sets that are made anew for posterior predictive checks."""

NO_ROUTE = (
    "no route fits any of these records, so that no flow can be estimated; --estimator counts shows what was reported"
)

EXPOSED = ("expected", "surprise", "p_excess")


@dataclass(frozen=True)
class Material:
    """What the reported network was made of, for completing it.

    Attributes
    ----------
    records
        The records of the network.
    gazetteer
        Where their place ids are described.
    transits
        Licit or observed movement, or None.
    by_commodity
        Whether flow by period is told apart by branch of commodity as well.
    """

    records: pd.DataFrame
    gazetteer: Gazetteer
    transits: pd.DataFrame | None = None
    by_commodity: bool = False


@dataclass(frozen=True)
class RemovalEstimate:
    """What the estimator made of a case.

    Attributes
    ----------
    graph
        The completed network: candidate routes with the reports laid on them.
    posterior
        Flow on it.
    fit, built
        Draws over all candidates, and what their numbers stand for.
    diagnostics, identification, predictive
        Whether the chains agree, whether the data tell levels, and whether the model could have made the reports.
    """

    graph: RouteGraph
    posterior: FlowPosterior
    fit: RemovalFit
    built: BuiltProblem
    diagnostics: Diagnostics
    identification: Identification
    predictive: PredictiveChecks


def estimate_removal(
    graph: RouteGraph,
    reports: Reports,
    candidates: CandidateRoutes,
    *,
    material: Material,
    effort: pd.DataFrame | None = None,
    draws: int = 1000,
    seed: int = 0,
    workers: int = 1,
) -> RemovalEstimate:
    """Return the flow behind the seizures, corrected for how well each place looks and reports.

    For an analyst: how many consignments moved along each leg, seized or not, reported or not; and how sure that is.

    Parameters
    ----------
    graph
        The reported network.
    reports, candidates
        Distinct reports of its records, and the routes that consignments could have travelled.
    material
        What the network was made of, and whether flow by period is wanted by commodity as well.
    effort
        The contract's effort frame with place ids resolved, or None.
    draws, seed, workers
        Draws kept over all chains; the same draws for the same seed, whatever the number of workers.

    Returns
    -------
    RemovalEstimate
        ``posterior`` is aligned to ``graph``, the completed network. A candidate is in it where a report lies on it,
        where its mean flow is at least ``alignment.FLOOR``, or where it is the busiest over a leg of that much flow.
        Flow of legs and places counts every candidate, ``routes`` those shown; ``diagnostics`` say what is left out.

    Raises
    ------
    NothingToAnalyseError
        No candidate route, or none that fits any report.
    PlaceError
        A place that the gazetteer or the network does not hold.

    Notes
    -----
    Reports that look domestic (all they name lies in the country of the seizure, a place alone among them) are at their
    place as the events that they are: throughflow is the estimated flow on routes plus these events, *not* corrected
    for detection, since nothing tells how much domestic traffic was let through. Some were of consignments on
    routes whose reports stayed silent on that; those are in both terms, so that where domestic seizures are many,
    throughflow is at most their number too high. Reports that no route explains are counted in the same way.

    Detection is drawn from where along their routes seizures fall, traffic given detection: how many there are on which
    route does not move detection (``sampler.sample(modular=True)``; why: ``docs/flows.md``).

    Do not trust levels where ``levels_told`` is False: the data do not tell them, or the chains did not agree. Nor
    single routes between the same ends: of the ways that one pair may have taken, costs tell more than records do.
    """
    from routegraph.flows.removal.build import build_problem
    from routegraph.flows.removal.diagnostics import diagnose
    from routegraph.flows.removal.identification import identify
    from routegraph.flows.removal.leg_events import travelled_events
    from routegraph.flows.removal.periods import declared_shares, removal_flows_by_period
    from routegraph.flows.removal.predictive import check_predictions
    from routegraph.flows.removal.sampler import sample

    if not len(candidates.routes):
        raise NothingToAnalyseError(NO_ROUTE)
    built = build_problem(graph, reports, candidates, effort=effort)
    if not len(built.reports):
        raise NothingToAnalyseError(NO_ROUTE)
    fit = sample(built.problem, draws=draws, seed=seed, workers=workers, modular=True)
    completed = complete_graph(
        material.records, reports, candidates, alignment.most_probable(built, fit),
        graph=graph, gazetteer=material.gazetteer, kept=alignment.shown(built, fit), transits=material.transits,
    )  # fmt: skip
    checked = _Checked(diagnose(fit), identify(built.problem, fit, seed=seed, modular=True), check_predictions(
        built.problem, fit, seed=seed, replicates=min(REPLICATES, draws)
    ))  # fmt: skip
    aligned = _Aligned.of(completed, reports, candidates, built, fit)
    legs = aligned.legs
    by_period, periods = removal_flows_by_period(
        completed, legs, travelled_events(completed, reports, material.records, by_commodity=material.by_commodity),
        declared_by_period=None if effort is None else declared_shares(effort, completed), seed=seed,
    )  # fmt: skip
    mean = legs.mean(axis=0, dtype=np.float64)
    missing = why_no_expected(completed, flow=mean)
    posterior = FlowPosterior(
        legs=legs,
        places=aligned.places,
        routes=aligned.routes,
        by_period=by_period,
        expected=expected_flow(completed, total=float(mean.sum()), flow=mean),
        estimator="removal",
        seed=seed,
        detection_corrected=True,
        not_estimated=dict.fromkeys(EXPOSED, missing) if missing else {},
        diagnostics=_numbers(built, fit, aligned, checked),
        detection=alignment.place_draws(completed, built, fit.detection, absent=np.nan),
        reporting=alignment.place_draws(completed, built, fit.reporting, absent=np.nan),
        levels_told=checked.identification.levels_told and checked.diagnostics.levels_settled,
        warnings=_warnings(completed, built, checked, astray=run_away(fit.scalars["log_total"])),
        leg_width=pd.Series(log_width(legs), index=completed.legs.index, name="leg_width"),
        periods=periods if periods.names else None,
    )
    return RemovalEstimate(completed, posterior, fit, built, *checked)


class _Checked(NamedTuple):
    """What says how far to trust a fit."""

    diagnostics: Diagnostics
    identification: Identification
    predictive: PredictiveChecks


class _Aligned(NamedTuple):
    """Draws aligned to the completed network."""

    legs: Draws
    places: Draws
    routes: Draws

    @classmethod
    def of(
        cls, graph: RouteGraph, reports: Reports, candidates: CandidateRoutes, built: BuiltProblem, fit: RemovalFit
    ) -> _Aligned:
        """Line up the draws of a fit with the places, legs and routes of ``graph``."""
        beside = alignment.events_beside_routes(graph, reports, built).to_numpy(np.float32)
        return cls(
            legs=alignment.leg_draws(graph, built, fit.legs),
            places=alignment.place_draws(graph, built, fit.places, absent=0.0) + beside,
            routes=alignment.route_draws(graph, candidates, built, fit.routes),
        )


def _numbers(built: BuiltProblem, fit: RemovalFit, aligned: _Aligned, checked: _Checked) -> dict[str, float]:
    """Return what run.json states: total flow, what is not shown, whether chains agree, whether levels are told."""
    total = interval(np.exp(fit.scalars["log_total"])[:, None], name="total_flow").iloc[0]
    numbers = {
        **{str(name): float(value) for name, value in total.items()},
        "candidates": float(built.problem.n_routes),
        "candidates_shown": float(aligned.routes.shape[1]),
        "flow_on_routes_not_shown": _flow(fit.routes) - _flow(aligned.routes),
        "flow_on_legs_not_shown": _flow(fit.legs) - _flow(aligned.legs),
        "events_unexplained": float(built.left_out["events"].sum()),
        **checked.diagnostics.numbers(),
        **checked.identification.numbers(),
        **checked.predictive.numbers(),
        "draws_run_away": float(run_away(fit.scalars["log_total"])),
    }
    return {name: value for name, value in numbers.items() if np.isfinite(value)}


def _flow(drawn: Draws) -> float:
    """Return the mean over draws of the sum of all columns."""
    return float(drawn.sum(dtype=np.float64)) / len(drawn)


def _warnings(graph: RouteGraph, built: BuiltProblem, checked: _Checked, *, astray: int) -> tuple[str, ...]:
    called = graph.places["name"].to_dict()
    legs = {
        f"leg {number}": " > ".join(called.get(end) or str(end) for end in ends)
        for number, ends in enumerate(built.legs)
    }
    said = [
        *built.warnings,
        *checked.diagnostics.warnings(names=legs),
        *checked.identification.warnings(),
        *checked.predictive.warnings(),
    ]
    if astray:
        said.append(
            f"In {astray} of {checked.diagnostics.draws:,} draws flow ran away to over {FAR:,.0f} times the middle "
            "one: do not use means of flow, which rest on these, but the ends of intervals and ranks."
        )
    unexplained = built.left_out.groupby("reason", sort=True)["events"].sum()
    said += [f"{events:,} reported events inform nothing: {reason}." for reason, events in unexplained.items()]
    return tuple(dict.fromkeys(said))
