"""Whether the model would have made data like these: where along routes seizures fall, and what reports leave out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from routegraph.errors import SettingError
from routegraph.flows.removal.fit import RemovalFit
from routegraph.flows.removal.missing_fields import (
    BEFORE,
    DESTINATION,
    Abroad,
    Fields,
    draw_named,
    drawn,
    fields_of,
    middling,
    moments,
)
from routegraph.flows.removal.problem import RemovalProblem
from routegraph.flows.removal.stages import Stages, at_draws, basis_of_reports, stage_chances, stages, tips, unit_checks

STAGE = 47
"""Stage number of this user of randomness (docs/architecture.md, Random stages)."""

UNLIKELY = 0.01
"""Below this, or above 1 minus it, a check is told to the analyst: five checks a run, so a false word in ten runs."""

BANDS = ("start", "first third", "middle third", "last third", "end")
"""Bands of the position k / K: the first place, the last, and thirds of the way between."""

STEPS = 4
"""Numbers of places passed are told apart up to this; beyond, they are taken together."""

SETTLING, SWEEPS = 30, 2
"""Draws of how complete reports are that come before the first replicate, and before each further one."""

CHECKS = ("position", "spread", "by_route", "vias", "destinations")

SAID = {
    "position": (
        "Seizures fall farther along routes than the model would have them.",
        "Seizures fall less far along routes than the model would have them.",
    ),
    "spread": (
        "Seizures are more spread along routes than the model would have them.",
        "Seizures are less spread along routes than the model would have them.",
    ),
    "by_route": (
        "Seizures on single routes fall elsewhere than modelled: wrong routes, or detection that differs by route.",
        "Seizures on single routes fall more evenly than chance would have them: the same event may be there twice.",
    ),
    "vias": (
        "How many of the places passed go unnamed changes along the way more than the model allows.",
        "How many of the places passed go unnamed changes along the way less than chance would have it.",
    ),
    "destinations": (
        "How often a destination goes unnamed changes along the way more than the model allows.",
        "How often a destination goes unnamed changes along the way less than chance would have it.",
    ),
}
"""What is said of a check: when the observation is above nearly every replicate, and when it is below."""


@dataclass(frozen=True)
class PredictiveChecks:
    """Observed against replicated data.

    Attributes
    ----------
    checks
        Indexed by check (position, spread, by_route, vias, destinations): observed and expected (means over replicates
        of the statistic), p (mid-rank chance that a replicate is above the observation), NaN where there is nothing
        to check.
    positions
        Indexed by band of k / K (start, first third, middle, last third, end): events observed, expected, p.
    missing
        Indexed by field (via, destination) and passed (places between the origin and the seizure; k for destinations;
        ``STEPS`` stands for that and more): could (fields that a report could have named), observed and expected
        (left unnamed), p.
    """

    checks: pd.DataFrame
    positions: pd.DataFrame
    missing: pd.DataFrame

    def numbers(self) -> dict[str, float]:
        """Return the p-values for run.json; checks without data are left out."""
        return {f"predictive_p_{name}": float(p) for name, p in self.checks["p"].dropna().items()}

    def warnings(self) -> tuple[str, ...]:
        """Return a plain sentence for each check that the model fails."""
        said = []
        for name, p in self.checks["p"].dropna().items():
            if min(p, 1 - p) < UNLIKELY:
                said.append(f"{SAID[str(name)][0 if p < UNLIKELY else 1]} ({_p_value(p)})")
        return tuple(said)


def _p_value(p: float) -> str:
    return "p under 0.001" if p < 0.001 else "p over 0.999" if p > 0.999 else f"p = {p:.3f}"


def check_predictions(
    problem: RemovalProblem, fit: RemovalFit, *, seed: int, replicates: int = 200
) -> PredictiveChecks:
    """Return posterior predictive checks at the level of allocations.

    For an analyst: whether the model that made the flows could also have made the reports.

    Parameters
    ----------
    problem, fit
        The case, and draws from its posterior with the posterior mean allocation.
    seed
        Of allocations and replicates.
    replicates
        How many, at least 1; draws of the fit are taken evenly.

    Raises
    ------
    SettingError
        Fewer than 1 replicate.

    Notes
    -----
    For each replicate a draw of detection and reporting is taken, every event is laid on a cell of its report with the
    posterior mean chances, and events are then made anew. *Positions*: given route and basis, stage k is drawn with

        q_k proportional to surv_k rho_k usable_k (p_k for a check, (1 - p_k) t for a tip, h_k where not stated),

    usable_k the chance that a report made there names anything outside its country, for one that does not looks
    domestic and is not among the reports;

    compared are the mean of k / K, its sd, and the Freeman-Tukey distance sum_rk (sqrt S_rk - sqrt(S_r q_rk))^2,
    which grows where detection at a place differs between routes.
    *Fields left out*: given where each event lies, each via before the seizure and the destination (for k < K) are
    named with a chance of the source (:mod:`routegraph.flows.removal.missing_fields`), *given that something outside
    the country is named*; compared is X^2 = sum_k (m_k - e_k)^2 / v_k over the number left unnamed by k, which grows
    where that depends on how far the consignment went. p = P(rep > obs) + P(rep = obs) / 2.

    Posterior predictive p-values are conservative: parameters have seen the data, so p crowds about 0.5, most of
    all for ``position``. A p near 0 or 1 is misfit; a p near 0.5 is no proof of fit. Allocations of incomplete reports
    follow the model and hide misfit too.

    References
    ----------
    Gelman, Meng and Stern (1996), Statistica Sinica 6, 733-807 (realised discrepancies); Meng (1994),
    doi 10.1214/aos/1176325622 (conservative p-values). Brooks, Catchpole and Morgan (2000), doi 10.1214/ss/1009213003
    (the Freeman-Tukey distance, which needs no pooling of small counts, for data of this kind).
    """
    from routegraph.flows.removal.compiled import outside_of

    if replicates < 1:
        raise SettingError(f"replicates is {replicates}; expected at least 1")
    rng = np.random.default_rng([seed, STAGE])
    found = stages(problem, fit.allocated, usable=fit.usable)
    chosen = np.linspace(0, len(fit.detection) - 1, replicates).round().astype(np.int64)
    some = at_draws(fit, chosen)
    p, tip = unit_checks(problem, some, found), tips(some)
    reporting = some.reporting[:, found.place].astype(np.float64)
    events = _events(problem, fit, found)
    abroad = Abroad.of(outside_of(problem))
    rows, named = [], middling(problem)
    for k in range(replicates):
        report, row, step = _laid(problem, events, rng)
        chances = _chances(found, p[k], tip=float(tip[k]), reporting=reporting[k])
        on_routes = _positions(found, chances, events.basis[report], (row, step), rng)
        fields = fields_of(problem, report, (found.route[row], step), abroad=abroad)
        named = draw_named(fields, named, rng, sweeps=SWEEPS if k else SETTLING)
        rows.append(np.concatenate([on_routes, _left_out(fields, named, step, rng)]))
    return _gathered(np.stack(rows))


@dataclass(frozen=True)
class _Events:
    """Events one by one: their report; and per cell the running sum of chances and the row of its route (-1 none)."""

    report: np.ndarray
    running: np.ndarray
    row: np.ndarray
    basis: np.ndarray


def _events(problem: RemovalProblem, fit: RemovalFit, found: Stages) -> _Events:
    owner = np.repeat(np.arange(len(problem.count)), np.diff(problem.cell_start))
    allocated = np.asarray(fit.allocated, dtype=np.float64)
    whole = np.bincount(owner, weights=allocated, minlength=len(problem.count))
    # One row more than routes, for the -1 of domestic cells.
    row = np.full(problem.n_routes + 1, -1, dtype=np.int64)
    row[found.route] = np.arange(len(found.route))
    return _Events(
        report=np.repeat(np.arange(len(problem.count)), np.where(whole > 0, problem.count, 0)),
        running=np.cumsum(allocated / np.where(whole > 0, whole, 1.0)[owner]),
        row=row[problem.cell_route],
        basis=basis_of_reports(problem),
    )


def _laid(
    problem: RemovalProblem, events: _Events, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return report, row of the route and step of each event, drawn from the cells of its report; domestic ones go."""
    first, end = problem.cell_start[events.report], problem.cell_start[events.report + 1]
    before = np.concatenate([[0.0], events.running])[first]
    cell = np.searchsorted(events.running, before + rng.uniform(size=len(first)), side="right")
    cell = np.clip(cell, first, end - 1)
    kept = events.row[cell] >= 0
    return events.report[kept], events.row[cell[kept]], problem.cell_step[cell[kept]].astype(np.int64)


def _last(found: Stages) -> np.ndarray:
    return np.asarray(found.inside.sum(axis=1) - 1)


def _chances(found: Stages, p: np.ndarray, *, tip: float, reporting: np.ndarray) -> np.ndarray:
    """Return 3 x R x K: chance of each stage given a reported seizure, by basis (CHECK, TIP, UNSTATED)."""
    whole = stage_chances(found, p, tip=tip, reporting=reporting)
    check = np.where(found.inside, p[found.unit], 0.0)
    h = check + (1 - check) * tip
    check_share = np.divide(check, h, out=np.zeros_like(h), where=h > 0)
    out = np.stack([whole * check_share, whole * (1 - check_share), whole])
    total = out.sum(axis=2, keepdims=True)
    # A basis that this draw rules out (a tip where t is 0) is spread evenly: it cannot come up in the data.
    even = found.inside / found.inside.sum(axis=1, keepdims=True)
    return np.where(total > 0, out / np.where(total > 0, total, 1.0), even)


def _positions(
    found: Stages,
    chances: np.ndarray,
    basis: np.ndarray,
    at: tuple[np.ndarray, np.ndarray],
    rng: np.random.Generator,
) -> np.ndarray:
    """Return position, spread, by_route and the bands (rows): observed, replicated, NaN (columns)."""
    row, step = at
    last = _last(found)[row]
    reached = np.cumsum(chances, axis=2)[basis, row]
    again = np.minimum((rng.uniform(size=len(row))[:, None] >= reached).sum(axis=1), last)
    width = found.inside.shape[1]
    of_basis = np.bincount(basis * len(found.route) + row, minlength=3 * len(found.route)).reshape(3, -1)
    expected = np.einsum("br,brk->rk", of_basis, chances)
    columns = [
        _place_statistics(steps, last, np.bincount(row * width + steps, minlength=expected.size), expected)
        for steps in (step, again)
    ]
    return np.column_stack([*columns, np.full(len(columns[0]), np.nan)])


def _place_statistics(step: np.ndarray, last: np.ndarray, counts: np.ndarray, expected: np.ndarray) -> np.ndarray:
    share = step / np.maximum(last, 1)
    inner = 1 + np.minimum((share * 3).astype(np.int64), 2)
    band = np.where(step == 0, 0, np.where(step == last, len(BANDS) - 1, inner))
    bands = np.bincount(band, minlength=len(BANDS))
    if not len(step):
        return np.array([np.nan, np.nan, np.nan, *bands])
    misfit = ((np.sqrt(counts) - np.sqrt(expected.ravel())) ** 2).sum()
    return np.array([share.mean(), share.std(), misfit, *bands])


def _left_out(fields: Fields, named: np.ndarray, step: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return for vias, then destinations: misfit, then fields left unnamed by distance. Columns as above, and could."""
    out = []
    for which, by in ((BEFORE, fields.could[BEFORE]), (DESTINATION, step)):
        group, could = np.minimum(by, STEPS), fields.could[which]
        mean, variance = moments(fields, named, which)
        again = drawn(fields, named, which, rng)
        possible, left, new, expected, spread = (
            np.bincount(group, weights=n, minlength=STEPS + 1)
            for n in (could, could - fields.stated[which], could - again, could - mean, variance)
        )
        some = possible > 0
        misfits = [
            ((table - expected)[some] ** 2 / np.maximum(spread[some], 1e-12)).sum() if some.any() else np.nan
            for table in (left, new)
        ]
        by_step = [np.where(some, table, np.nan) for table in (left, new, possible)]
        out += [np.array([[*misfits, np.nan]]), np.column_stack(by_step)]
    return np.concatenate(out)


def _gathered(rows: np.ndarray) -> PredictiveChecks:
    """Turn replicates x statistics x (observed, replicated, could) into tables, in the order they were put together."""
    bare = np.isnan(rows[:, :, 0])
    observed, again, could = (np.where(np.isnan(part), 0.0, part) for part in np.moveaxis(rows, 2, 0))
    above = (again > observed) + 0.5 * (again == observed)
    n = np.maximum((~bare).sum(axis=0), 1)
    columns = {"could": could, "observed": observed, "expected": again, "p": above}
    table = pd.DataFrame({name: (np.where(bare, 0.0, part)).sum(axis=0) / n for name, part in columns.items()})
    table.loc[bare.all(axis=0)] = np.nan
    size = STEPS + 1
    places, fields = 3 + len(BANDS), 1 + size
    checks = table.iloc[[0, 1, 2, places, places + fields]].drop(columns="could")
    rest = [table.iloc[places + 1 : places + fields], table.iloc[places + fields + 1 :]]
    missing = pd.concat(
        [part.assign(passed=range(size)) for part in rest], keys=["via", "destination"], names=["field"]
    )
    return PredictiveChecks(
        checks=checks.set_axis(pd.Index(CHECKS, name="check")),
        positions=table.iloc[3:places].drop(columns="could").set_axis(pd.Index(BANDS, name="band")),
        missing=missing.dropna().reset_index("field").set_index(["field", "passed"]),
    )
