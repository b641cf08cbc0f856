"""The contract's tables, assembled from the network, the flows, the analyses and the corridors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from routegraph.analysis.scores import Partition, Scores
from routegraph.briefing.columns import COLUMNS, NUMBERS
from routegraph.briefing.evidence import evidence_table
from routegraph.briefing.leg_reasons import leg_sentences
from routegraph.briefing.place_detection import detection_records, detection_table, place_sentences
from routegraph.briefing.product import Marking
from routegraph.briefing.structure import structure_table
from routegraph.flows.exposure import p_excess, surprise
from routegraph.flows.posterior import FlowPosterior, interval, p_top
from routegraph.network.graph import RouteGraph
from routegraph.records.batch import RecordBatch
from routegraph.records.markings import TLP_ORDER, tlp_of_rank, tlp_rank

if TYPE_CHECKING:
    from routegraph.corridors import Corridor

_MOST_RECORD_IDS = 50
_ENDS = ["origin", "destination"]


@dataclass(frozen=True)
class Findings:
    """Everything that a run found, as the tables need it.

    ``batch.records`` are the records that the run used; ``extra`` are the batches beside them. ``reported`` is the
    network before an estimator completed its routes (None: ``graph`` itself), ``counts`` the counts estimate on it.
    """

    graph: RouteGraph
    posterior: FlowPosterior
    scores: Mapping[str, Scores]
    partition: Partition
    roles: pd.Series
    corridors: Sequence[Corridor]
    leg_verdicts: pd.Series
    place_verdicts: pd.Series
    batch: RecordBatch
    extra: Sequence[RecordBatch]
    marking: Marking
    reported: RouteGraph | None = None
    counts: FlowPosterior | None = None


def contract_tables(found: Findings) -> dict[str, pd.DataFrame]:
    """Return the contract's tables by name: every column present and in order, rows in the products' order.

    Numbers carry six significant digits and positions five decimals (about a metre): more would be noise, and files
    stay small. What a run cannot estimate is empty.
    """
    evidence = evidence_table(found.graph, corridors=found.corridors, records=found.batch.records)
    batches = (found.batch, *found.extra)
    tables = {
        "corridors": _corridors(found.corridors),
        "legs": _legs(found),
        "places": _places(found, evidence),
        "structure": structure_table(found.scores),
        "flows": _flows(found),
        "records": found.batch.records.sort_values("record_id", kind="stable"),
        "evidence": evidence,
        "rejects": _pile(batches, "rejects"),
        "duplicates": _pile(batches, "duplicates"),
        "unmapped": _pile(batches, "unmapped"),
    }
    return {name: conform(table, name) for name, table in tables.items()}


def conform(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return ``table`` with exactly the contract's columns: numbers rounded, text never missing."""
    columns = {}
    for column in COLUMNS[name]:
        if column in NUMBERS:
            values = table.get(column, pd.Series(np.nan, index=table.index))
            columns[column] = _rounded(values, decimals=5 if column in ("lat", "lon") else None)
        else:
            values = table.get(column, pd.Series("", index=table.index))
            columns[column] = _texts(values)
    return pd.DataFrame(columns, columns=list(COLUMNS[name])).reset_index(drop=True)


def _texts(values: pd.Series) -> pd.Series:
    """Return text that is never missing; half a surrogate pair, which no file can hold, becomes U+FFFD."""
    known = values.where(values.notna(), "")
    if not isinstance(known.dtype, pd.StringDtype):
        clean = [str(value).encode("utf-16", "surrogatepass").decode("utf-16", "replace") for value in known]
        known = pd.Series(clean, index=values.index, dtype="str")
    return known


def _rounded(values: pd.Series, *, decimals: int | None) -> pd.Series:
    """Return whole numbers as they are, others with six significant digits or ``decimals`` places."""
    if pd.api.types.is_integer_dtype(values.dtype):
        return values
    numbers = pd.to_numeric(values).astype("float64").to_numpy()
    text = np.char.mod("%.6g" if decimals is None else f"%.{decimals}f", numbers)
    return pd.Series(text.astype(np.float64) + 0.0, index=values.index)


def _corridors(corridors: Sequence[Corridor]) -> pd.DataFrame:
    rows = [
        {
            **{column: getattr(corridor, column, "") for column in COLUMNS["corridors"]},
            "path": " > ".join(corridor.path),
            "countries": _cell(corridor.countries),
            "modes": _cell(corridor.modes),
            "reasons": _cell(corridor.reasons),
            "record_ids": _cell(corridor.record_ids[:_MOST_RECORD_IDS]),
            **_trials(corridor),
        }
        for corridor in sorted(corridors, key=lambda corridor: corridor.rank)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS["corridors"]))


def _trials(corridor: Corridor) -> dict[str, str]:
    """Return the parts of a corridor's score and how it stood in trials, as text that ``explain`` reads back."""
    beside = (f"{one.kind} {one.at} {one.other} {one.flow_mean:.6g}" for one in corridor.branches)
    return {
        "parts": _cell(f"{name} {value:.6g}" for name, value in corridor.parts.items()),
        "by_weight": _cell(f"{name} {less} {more}" for name, (less, more) in corridor.by_weight.items()),
        "without": _cell(f"{rank} {source}" for source, rank in corridor.without.items()),
        "branches": _cell(beside),
        "steps": _cell(corridor.step_status),
    }


def _cell(items: str | Iterable[object]) -> str:
    return items if isinstance(items, str) else "; ".join(str(item) for item in items)


def _legs(found: Findings) -> pd.DataFrame:
    graph, posterior = found.graph, found.posterior
    legs = graph.legs.copy()
    flow = interval(posterior.legs, name="flow").set_index(legs.index)
    legs[flow.columns] = flow
    legs["p_top"] = p_top(posterior.legs)
    legs["expected"] = posterior.expected.reindex(legs.index)
    if "surprise" not in posterior.not_estimated:
        legs["surprise"] = surprise(posterior.legs, legs["expected"])
    if "p_excess" not in posterior.not_estimated:
        legs["p_excess"] = p_excess(posterior.legs, legs["expected"])
    betweenness = found.scores["betweenness_legs"].table.filter(regex="^betweenness_").reindex(legs.index)
    legs[betweenness.columns] = betweenness
    legs["verdict"] = found.leg_verdicts.reindex(legs.index)
    legs["named_pair"] = "no"
    legs["why"] = leg_sentences(graph, posterior, reported=found.reported)
    pairs = graph.pairs.assign(travelled=0, intended=0, inferred=0, named_pair="yes")
    both = pd.concat([legs.reset_index(), pairs.reset_index()], ignore_index=True)
    return both.sort_values(
        ["named_pair", "flow_mean", "seizures", *_ENDS], ascending=[True, False, False, True, True], ignore_index=True
    )


def _places(found: Findings, evidence: pd.DataFrame) -> pd.DataFrame:
    places = found.graph.places.copy()
    for measure in ("throughflow", "betweenness_places", "pagerank"):
        table = found.scores[measure].table.reindex(places.index)
        wanted = table.filter(regex="_(mean|p05|p95)$")
        places[wanted.columns] = wanted
    places["p_top"] = found.scores["throughflow"].table["p_top"].reindex(places.index)
    community = found.partition.table.reindex(places.index)
    places["community"], places["community_stability"] = community["community"], community["stability"]
    places["role"] = found.roles.reindex(places.index)
    places["verdict"] = found.place_verdicts.reindex(places.index)
    detection = detection_table(found.graph, found.posterior)
    places[detection.columns] = detection
    drivers = detection_records(found.graph, found.batch.records)
    places["why"] = place_sentences(found.graph, found.posterior, drivers)
    places["tlp"] = _place_markings(found, evidence, places.index)
    places = places.rename_axis("place_id").reset_index()
    return places.sort_values(["throughflow_mean", "seizures", "place_id"], ascending=[False, False, True])


def _place_markings(found: Findings, evidence: pd.DataFrame, places: pd.Index) -> pd.Series:
    """Return the strictest marking of the records and movements that name each place; else the product's own.

    ``extra`` still holds the movements that a view for a lower marking left out: they mark nothing in it.
    """
    own = TLP_ORDER.index(found.marking.tlp)
    at = evidence.loc[evidence["kind"] == "place", ["id", "record_id"]]
    marked = [at.merge(found.batch.records[["record_id", "tlp"]], on="record_id")[["id", "tlp"]]]
    marked += [
        batch.records.loc[tlp_rank(batch.records["tlp"]) <= own, [end, "tlp"]].set_axis(["id", "tlp"], axis=1)
        for batch in found.extra
        for end in ("origin_place", "destination_place")
        if {end, "tlp"} <= set(batch.records.columns)
    ]
    uses = pd.concat(marked, ignore_index=True).drop_duplicates()
    strictest = tlp_rank(uses["tlp"]).groupby(uses["id"]).max().reindex(places).fillna(own).clip(upper=own)
    return tlp_of_rank(strictest.astype("int64"))


def _flows(found: Findings) -> pd.DataFrame:
    """Return flow by period; told apart by branch of commodity where asked, else what the whole leg carried."""
    flows = found.posterior.by_period
    if "commodity" not in flows:
        flows = flows.merge(found.graph.legs["commodity"].reset_index(), on=_ENDS, how="left")
    return flows.sort_values(["period", *_ENDS, "commodity"], ignore_index=True)


def _pile(batches: Sequence[RecordBatch], name: str) -> pd.DataFrame:
    piles = [pile for pile in (getattr(batch, name) for batch in batches) if len(pile)]
    if not piles:
        return pd.DataFrame(columns=list(COLUMNS[name]))
    pile = pd.concat(piles, ignore_index=True)
    if "row" in pile:
        pile["row"] = pd.to_numeric(pile["row"], errors="coerce").astype("Int64")
    by = [column for column in COLUMNS[name] if column in pile]
    order = pile[by].assign(**{column: pile[column].astype(str) for column in by if column != "row"})
    ordered: pd.DataFrame = pile.loc[order.sort_values(by).index]
    return ordered.reset_index(drop=True)
