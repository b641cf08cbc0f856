"""One corridor put together from its records, its parts and the summary of its draws."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from routegraph.corridors import making, members, reasons, score, verdicts
from routegraph.corridors.branches import Branch, branches
from routegraph.corridors.corridor import Corridor, corridor_id
from routegraph.corridors.ways import Path, Ways
from routegraph.flows.posterior import interval, p_top, top_size

if TYPE_CHECKING:
    from routegraph.corridors.standing import Standing
    from routegraph.flows.posterior import FlowPosterior

STAGE = 52
"""Stage number of this user of randomness (docs/architecture.md, Random stages)."""


@dataclass(frozen=True)
class Case:
    """What every corridor of one search is described from.

    ``found`` is the number of chains that stand beside it, ``limit`` how many of them are flagged.
    """

    index: members.RouteIndex
    ways: Ways
    posterior: FlowPosterior
    legs: making.Legs
    stands: Standing
    found: int
    limit: int


@dataclass(frozen=True)
class Chain:
    """One chain: its places and core, its records, parts of the score, and position among all that were found."""

    path: Path
    core: Path
    held: members.Members
    parts: Mapping[str, float]
    k: int


@dataclass(frozen=True)
class Flagged:
    """The corridors flagged, best first: their draws of flow, and how they compare among themselves."""

    draws: np.ndarray
    table: pd.DataFrame
    standings: Sequence[verdicts.Standing]
    corrected: bool
    levels_told: bool

    @classmethod
    def of(cls, posterior: FlowPosterior, draws: np.ndarray, *, events: Sequence[int]) -> Flagged:
        """Compare these corridors, draws x corridors, and what their events alone would say."""
        table = interval(draws, name="flow").assign(p_top=p_top(draws))
        total = posterior.routes.sum(axis=1, dtype=np.float64)
        share = np.divide(draws, total[:, None], out=np.zeros_like(draws), where=total[:, None] > 0)
        table = pd.concat([table, interval(share, name="share")], axis=1)
        rng = np.random.default_rng([posterior.seed, STAGE])
        counted = rng.standard_gamma(verdicts.JEFFREYS + np.asarray(events, dtype=np.float64), size=draws.shape)
        stands = verdicts.standings(draws, counted, levels_told=posterior.levels_told, most=verdicts.FIRST)
        return cls(draws, table, stands, posterior.detection_corrected, posterior.levels_told)


@dataclass(frozen=True)
class Ranks:
    """How one chain ranks among all that were found, over all trials; as the fields of :class:`Corridor`."""

    low: int
    high: int
    by_weight: Mapping[str, tuple[int, int]]
    without: Mapping[str, int]

    @classmethod
    def of(cls, stands: Standing, sole: Mapping[str, float], *, k: int) -> Ranks:
        """Read them for the chain at position ``k``; ``sole``: the sources that report some of it alone."""
        by_weight = {name: (int(less[k]), int(more[k])) for name, (less, more) in stands.by_weight.items()}
        without = {source: int(ranks[k]) for source, ranks in stands.without.items() if sole.get(source, 0.0) > 0}
        return cls(int(stands.low[k]), int(stands.high[k]), by_weight, without)


def described(case: Case, chain: Chain, flagged: Flagged, *, at: int) -> Corridor:
    """Return the corridor of a chain that was flagged at position ``at``."""
    index, path, held, row = case.index, chain.path, chain.held, flagged.table.iloc[at].to_dict()
    graph, chosen = index.graph, index.graph.routes.iloc[held.routes]
    commodity, amount, unit = members.seized(graph, held.record_ids)
    sole = held.sole_events(index)
    ranks = Ranks.of(case.stands, sole, k=chain.k)
    beside = branches(case.ways, case.posterior, path=path, flow=row["flow_mean"])
    return Corridor(
        rank=at + 1, corridor_id=corridor_id(path), path=path,
        countries=_in_order(graph.places["country"].reindex(list(path)).astype(str).tolist()),
        borders_crossed=making.borders(index, path),
        modes=members.listed(chosen["modes"], unknown="unknown"), commodity=commodity,
        score=score.total(chain.parts), flow_mean=row["flow_mean"], flow_p05=row["flow_p05"],
        flow_p95=row["flow_p95"], surprise=_mean(case.legs.surprise[index.steps(path)]), p_top=row["p_top"],
        tier=str(case.stands.tier[chain.k]), verdict=_verdict(case, chain, flagged, ranks, sole=sole, at=at),
        reasons=_reasons(case, chain, flagged, ranks, beside=beside, at=at),
        seizures=held.events, quantity_seized=amount, unit=unit, n_records=len(held.record_ids),
        record_ids=held.record_ids, tlp=members.marking(index, held, path=path), parts=chain.parts,
        step_status=members.step_status(index, held.uses, path=path),
        rank_p05=ranks.low, rank_p95=ranks.high, by_weight=ranks.by_weight, without=ranks.without, branches=beside,
        core=chain.core,
    )  # fmt: skip


def _mean(values: np.ndarray) -> float:
    """Return the mean, and the one NaN, which equals itself in a tuple, where any is unknown."""
    return math.nan if np.isnan(values).any() else float(values.mean())


def _verdict(case: Case, chain: Chain, flagged: Flagged, ranks: Ranks, *, sole: Mapping[str, float], at: int) -> str:
    """Return the verdict; a corridor that is flagged whatever flow and weights but for one source rests on that."""
    falls = case.stands.held[chain.k] <= case.limit < max(ranks.without.values(), default=0)
    events, sources = chain.held.events, len(case.index.case)
    if not flagged.corrected:
        return verdicts.verdict(events, sole, case_sources=sources, falls=falls)
    return verdicts.corrected_verdict(events, sole, case_sources=sources, standing=flagged.standings[at], falls=falls)


def _reasons(
    case: Case, chain: Chain, flagged: Flagged, ranks: Ranks, *, beside: Sequence[Branch], at: int
) -> tuple[str, ...]:
    index, path, held = case.index, chain.path, chain.held
    graph, row, n = index.graph, flagged.table.iloc[at].to_dict(), len(flagged.table)
    status = members.step_status(index, held.uses, path=path)
    said = (
        reasons.reported(held, path=path),
        reasons.busiest_pair(graph, held, path=path),
        reasons.observed(status, bare=members.without_records(index, held.uses, path=path)),
        reasons.flow(row, corrected=flagged.corrected, top=top_size(n), corridors=n, levels_told=flagged.levels_told),
        "" if flagged.levels_told else reasons.share(row),
        reasons.crossed(making.borders(index, path), border=graph.border),
        reasons.chokepoint(graph, case.legs.standing[index.steps(path)], path=path),
        reasons.branching(graph, beside, corrected=flagged.corrected, levels_told=flagged.levels_told),
        reasons.sources(held.events_by_source(index), held.sole_events(index), case=len(index.case)),
        reasons.firmness(
            ranks.low,
            ranks.high,
            ranks.without,
            of=case.found,
            left_out=len(case.stands.without),
            corrected=flagged.corrected,
        ),
        reasons.scored(chain.parts, weights=score.WEIGHTS),
    )
    return tuple(one for one in said if one)


def _in_order(countries: list[str]) -> tuple[str, ...]:
    """Return the countries in order of travel, neighbours that are equal once, blanks left out."""
    known = [one for one in countries if one]
    return tuple(one for k, one in enumerate(known) if k == 0 or one != known[k - 1])
