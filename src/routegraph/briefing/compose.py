"""From everything a run found to one Briefing, which is all that any product is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from routegraph.analysis.scores import Partition
from routegraph.briefing.caveats import WITHHELD, not_estimated
from routegraph.briefing.caveats import caveats as all_caveats
from routegraph.briefing.columns import COLUMNS
from routegraph.briefing.coverage import coverage, row_counts
from routegraph.briefing.findings import confidence, judgements
from routegraph.briefing.product import Briefing, Marking
from routegraph.briefing.tables import Findings, Scores, conform, contract_tables
from routegraph.briefing.words import span
from routegraph.corridors import ranks_distinguishable
from routegraph.flows.posterior import FlowPosterior
from routegraph.network.graph import RouteGraph
from routegraph.records.batch import RecordBatch

if TYPE_CHECKING:
    from routegraph.corridors import Corridor

_PILES = ("rejects", "duplicates", "unmapped")


def compose(  # noqa: PLR0913 - one keyword for each thing that a run hands over
    *,
    title: str,
    graph: RouteGraph,
    posterior: FlowPosterior,
    scores: Scores,
    partition: Partition,
    roles: pd.Series,
    corridors: Sequence[Corridor],
    leg_verdicts: pd.Series,
    place_verdicts: pd.Series,
    batch: RecordBatch,
    extra_batches: Sequence[RecordBatch],
    caveats: Sequence[str],
    sources: Sequence[str],
    filters: Mapping[str, int],
    marking: Marking,
    synthetic: bool,
    settings: Mapping[str, object],
    versions: Mapping[str, str],
) -> Briefing:
    """Return the Briefing of a run.

    Parameters
    ----------
    scores
        By name: throughflow, betweenness_places, betweenness_legs, pagerank.
    batch
        The seizures. ``batch.records`` are the records that the run *used*, after its filters; the piles and the
        provenance are those of the whole reading.
    filters
        What each filter left out, in rows; ``used`` (optional) is the number of records left and is checked.
    marking
        Most restrictive of what went in: of the records and movements used (:func:`routegraph.briefing.marking_of`).
    settings
        What the run was asked to do. Where ``releasable`` is set, what was set aside is not
        shown: its marking is unknown.

    Raises
    ------
    ValueError
        ``batch`` holds other records than the run used: the products would show what a filter had left out.
    """
    _check_used(batch, filters)
    found = Findings(
        graph=graph,
        posterior=posterior,
        scores=scores,
        partition=partition,
        roles=roles,
        corridors=corridors,
        leg_verdicts=leg_verdicts,
        place_verdicts=place_verdicts,
        batch=batch,
        extra=extra_batches,
        marking=marking,
    )
    tables = contract_tables(found)
    run = _run_facts(found, tables, filters=filters, settings=settings, versions=versions)
    stated = list(caveats)
    if settings.get("releasable"):
        tables |= {name: conform(pd.DataFrame(columns=list(COLUMNS[name])), name) for name in _PILES}
        stated.append(WITHHELD)
    reasons = not_estimated(tables, known=posterior.not_estimated)
    return Briefing(
        title=title,
        period=span(batch.records),
        marking=marking,
        synthetic=synthetic,
        estimator=posterior.estimator,
        judgements=judgements(
            tables,
            graph=graph,
            records=batch.records,
            estimator=posterior.estimator,
            told=ranks_distinguishable(corridors, graph, posterior),
        ),
        caveats=all_caveats(
            graph,
            tables=tables,
            records=batch.records,
            estimator=posterior.estimator,
            not_estimated=reasons,
            stated=stated,
            synthetic=synthetic,
        ),
        coverage=coverage(graph, records=batch.records, batches=(batch, *extra_batches), filters=filters),
        not_estimated=reasons,
        sources=tuple(dict.fromkeys(sources)),
        tables=tables,
        border=graph.border,
        run=run,
        confidence=confidence(batch.records, estimator=posterior.estimator),
    )


def _check_used(batch: RecordBatch, filters: Mapping[str, int]) -> None:
    used = filters.get("used", len(batch.records))
    if used != len(batch.records):
        raise ValueError(
            f"batch holds {len(batch.records)} records, the run used {used}; "
            "pass dataclasses.replace(batch, records=those used)"
        )


def _run_facts(
    found: Findings,
    tables: Mapping[str, pd.DataFrame],
    *,
    filters: Mapping[str, int],
    settings: Mapping[str, object],
    versions: Mapping[str, str],
) -> dict[str, object]:
    """Return what run.json says of the run, but for timings; rows out are those before a view hides any."""
    graph, posterior, batches = found.graph, found.posterior, (found.batch, *found.extra)
    return {
        "versions": dict(versions),
        "settings": dict(settings),
        "seed": posterior.seed,
        "estimator": posterior.estimator,
        "detection_corrected": posterior.detection_corrected,
        "inputs": _digests(batches),
        "rows": row_counts(batches),
        "left_out": {name: int(n) for name, n in filters.items()},
        "rows_out": {name: len(table) for name, table in tables.items()},
        "network": dict(graph.counts),
        "level": graph.level,
        "border": graph.border,
        "diagnostics": dict(posterior.diagnostics),
    }


def _digests(batches: Sequence[RecordBatch]) -> dict[str, object]:
    known = {source: made for batch in batches for source, made in batch.provenance.items()}
    return {source: {key: made[key] for key in ("digest", "profile") if key in made} for source, made in known.items()}
