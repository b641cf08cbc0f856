"""The rows of the table: each estimator as a function of a case."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from routegraph.errors import RoutegraphError
from routegraph.evaluation.estimate import Estimate, bounds, from_posterior, from_products, total_of
from routegraph.evaluation.oracle import true_candidates

if TYPE_CHECKING:
    from routegraph.evaluation.cases import Case
    from routegraph.flows.removal.estimate import RemovalEstimate
    from routegraph.network import RouteGraph
    from routegraph.network.candidates import CandidateRoutes
    from routegraph.network.reports import Reports

_DONE = (0, 3)
"""Exit status of a run that made its products: 3 says that no two ranks could be told apart."""


CANDIDATES_PER_REPORT, FEWEST_CANDIDATES, MOST_CANDIDATES = 3, 8_000, 30_000
"""How many candidate routes a run takes: a test holds these to those of ``run``, which this layer may not import."""


@dataclass(frozen=True)
class Estimator:
    """One row of the table: what it is called there, and how it answers."""

    label: str
    estimate: Callable[[Case], Estimate]


def _counts(case: Case) -> Estimate:
    return _counted(case, case.graph)


def _completed(case: Case) -> Estimate:
    from routegraph.network.completion import complete_with_least_cost

    links = _candidates(case, _reports(case)).links
    graph = complete_with_least_cost(
        case.chosen.records,
        links,
        graph=case.graph,
        gazetteer=case.inputs.gazetteer,
        transits=case.chosen.transits,
    )
    return _counted(case, graph)


def _counted(case: Case, graph: RouteGraph) -> Estimate:
    from routegraph.corridors import leg_verdicts
    from routegraph.flows import estimate_counts

    posterior = estimate_counts(graph, draws=case.settings.draws, seed=case.settings.seed)
    return from_posterior(graph, posterior, verdicts=leg_verdicts(graph))


def _removal(case: Case) -> Estimate:
    return _removal_by_command(case) if case.by_command else _removal_in_memory(case)


def _removal_by_command(case: Case) -> Estimate:
    """Run ``routegraph run`` on the case's files as a user would, and read its products."""
    asked, files = case.settings, []
    for name in ("seizures", "transits", "effort"):
        files += [f"--{name}", *map(str, getattr(asked, name))]
    command = [
        sys.executable, "-m", "routegraph.cli", "run", *files, "--estimator", "removal", "--draws", str(asked.draws),
        "--seed", str(asked.seed), "--workers", str(asked.workers), "--out", str(asked.out),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own interpreter
    if done.returncode not in _DONE:
        last = (done.stderr.strip().splitlines() or ["nothing said"])[-1]
        raise RoutegraphError(f"routegraph run: exit status {done.returncode} on a synthetic world: {last}")
    return from_products(asked.out)


def _removal_in_memory(case: Case) -> Estimate:
    from routegraph.corridors import leg_verdicts

    found = removal_of(case, seed=case.settings.seed)
    total = np.exp(found.fit.scalars["log_total"])
    return from_posterior(
        found.graph, found.posterior, verdicts=leg_verdicts(found.graph, found.posterior), total=total
    )


def removal_of(case: Case, *, seed: int) -> RemovalEstimate:
    """Estimate a case by ``removal`` as ``routegraph run`` does, in memory."""
    from routegraph.flows.removal.estimate import Material, estimate_removal

    reports = _reports(case)
    return estimate_removal(
        case.graph,
        reports,
        _candidates(case, reports),
        material=Material(case.chosen.records, case.inputs.gazetteer, case.chosen.transits),
        effort=_effort(case),
        draws=case.settings.draws,
        seed=seed,
        workers=case.settings.workers,
    )


def _oracle(case: Case) -> Estimate:
    """Know how well every place looks and reports, and every route that was travelled; learn only how much moved."""
    from routegraph.flows.removal.build import build_problem
    from routegraph.flows.removal.sampler import sample

    built = build_problem(case.graph, _reports(case), true_candidates(case.world), effort=_effort(case))
    known = case.world.places.reindex(built.places)
    fit = sample(
        built.problem,
        draws=case.settings.draws,
        seed=case.settings.seed,
        workers=case.settings.workers,
        detection=known["p"].to_numpy(dtype=float),
        reporting=known["rho"].to_numpy(dtype=float),
        modular=True,
    )
    places = bounds(fit.places, built.places)
    return Estimate(
        legs=bounds(fit.legs, built.legs).assign(insufficient=False),
        places=places.assign(detection=known["p"].to_numpy(dtype=float)),
        total=total_of(np.exp(fit.scalars["log_total"])),
    )


def _reports(case: Case) -> Reports:
    from routegraph.network.reports import distinct_reports

    graph = case.graph
    return distinct_reports(
        case.chosen.records, gazetteer=case.inputs.gazetteer, level=graph.level, border=graph.border
    )


def _candidates(case: Case, reports: Reports) -> CandidateRoutes:
    from routegraph.network.candidates import candidate_routes

    most = min(max(CANDIDATES_PER_REPORT * len(reports.table), FEWEST_CANDIDATES), MOST_CANDIDATES)
    return candidate_routes(
        case.graph, reports, gazetteer=case.inputs.gazetteer, transits=case.chosen.transits, most=most
    )


def _effort(case: Case) -> pd.DataFrame | None:
    return None if case.inputs.effort is None else case.inputs.effort.records


ESTIMATORS: Mapping[str, Estimator] = {
    "counts": Estimator("counts", _counts),
    "completed": Estimator("counts on completed routes", _completed),
    "removal": Estimator("this (removal)", _removal),
    "oracle": Estimator("oracle", _oracle),
}
