"""From everything a run found to one Briefing, which is all that any product is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from routegraph.analysis.scores import CaseFigures
from routegraph.briefing.caveats import NOTHING_TO_COMPARE, WITHHELD, not_estimated
from routegraph.briefing.caveats import caveats as all_caveats
from routegraph.briefing.columns import COLUMNS
from routegraph.briefing.coverage import coverage, row_counts
from routegraph.briefing.findings import confidence, judgements
from routegraph.briefing.place_detection import detection_records
from routegraph.briefing.product import Briefing
from routegraph.briefing.rankings import compare_rankings
from routegraph.briefing.tables import Findings, conform, contract_tables
from routegraph.briefing.words import span
from routegraph.corridors import ranks_distinguishable
from routegraph.records.batch import RecordBatch

UNSEEN = {"routes_at_least": "Routes unseen", "legs_at_least": "Legs unseen"}
"""Bounds that stand beside what the records show, and what they are called."""

_PILES = ("rejects", "duplicates", "unmapped")


def compose(
    found: Findings,
    *,
    title: str,
    caveats: Sequence[str],
    sources: Sequence[str],
    filters: Mapping[str, int],
    synthetic: bool,
    settings: Mapping[str, object],
    versions: Mapping[str, str],
) -> Briefing:
    """Return the Briefing of a run.

    Parameters
    ----------
    found
        What the run found. ``found.batch.records`` are the records that the run *used*, after its filters; the piles
        and the provenance are those of the whole reading.
    caveats, sources
        What the profiles say must stand beside anything made from their data.
    filters
        What each filter left out, in rows; ``used`` (optional) is the number of records left and is checked.
    settings
        What the run was asked to do. Where ``releasable`` is set, what was set aside is not shown: its marking is
        unknown.

    Raises
    ------
    ValueError
        ``found.batch`` holds other records than the run used: the products would show what a filter had left out.
    """
    _check_used(found.batch, filters)
    graph, records, estimator = found.graph, found.batch.records, found.posterior.estimator
    tables = contract_tables(found)
    run = _run_facts(found, tables, filters=filters, settings=settings, versions=versions)
    stated = [*_said(found, ("route_coverage", "flow_without_record")).values(), *caveats]
    if settings.get("releasable"):
        tables |= {name: conform(pd.DataFrame(columns=list(COLUMNS[name])), name) for name in _PILES}
        stated.append(WITHHELD)
    posterior = found.posterior
    compared = {} if posterior.detection_corrected else {"why": NOTHING_TO_COMPARE}
    reasons = not_estimated(tables, known=compared | dict(posterior.not_estimated))
    told = ranks_distinguishable(found.corridors, graph, posterior)
    settled = bool(posterior.diagnostics.get("chains_settled", 1.0))
    rankings = compare_rankings(graph, posterior, reported=found.reported, corridors=found.corridors)
    return Briefing(
        title=title,
        period=span(records),
        marking=found.marking,
        synthetic=synthetic,
        estimator=estimator,
        judgements=judgements(
            tables, graph=found.reported or graph, records=records, estimator=estimator, told=told,
            levels_told=posterior.levels_told, settled=settled, rankings=rankings,
        ),
        caveats=all_caveats(
            graph, posterior, tables=tables, records=records, not_estimated=reasons, stated=stated,
            synthetic=synthetic, reported=found.reported,
        ),
        coverage=(
            *coverage(graph, records=records, batches=(found.batch, *found.extra), filters=filters),
            *((UNSEEN[name], said) for name, said in _said(found, tuple(UNSEEN)).items()),
        ),
        not_estimated=reasons,
        sources=tuple(dict.fromkeys(sources)),
        tables=tables,
        border=graph.border,
        run=run,
        confidence=confidence(records, estimator=estimator, settled=settled),
        levels_told=posterior.levels_told,
        rankings=rankings,
        drivers=_drivers(found),
    )  # fmt: skip


def _said(found: Findings, figures: Sequence[str]) -> dict[str, str]:
    """Return the sentences on what records have not shown, by figure; those not estimated are left out."""
    unseen = found.scores.get("unseen")
    if not isinstance(unseen, CaseFigures):
        return {}
    said = unseen.table["said"].reindex(list(figures)).fillna("")
    return {str(name): sentence for name, sentence in said.items() if sentence}


def _drivers(found: Findings) -> pd.DataFrame:
    """Return the records that drive detection at each place; no row where it is not estimated."""
    if found.posterior.detection is None:
        return pd.DataFrame(columns=["place_id", "how", "record_id"])
    return detection_records(found.graph, found.batch.records)


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
        "levels_told": posterior.levels_told,
        "warnings": list(posterior.warnings),
    }


def _digests(batches: Sequence[RecordBatch]) -> dict[str, object]:
    known = {source: made for batch in batches for source, made in batch.provenance.items()}
    return {source: {key: made[key] for key in ("digest", "profile") if key in made} for source, made in known.items()}
