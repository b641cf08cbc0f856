"""What went in and what became of it, to the last row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from routegraph.briefing.words import count_of, listing, number, percent, span
from routegraph.network.graph import RouteGraph
from routegraph.places.countries import country_name
from routegraph.records.batch import RecordBatch

_COUNTED = ("rows_in", "records", "rejected_rows", "duplicates")


def row_counts(batches: Sequence[RecordBatch]) -> dict[str, dict[str, int]]:
    """Return for each source file: rows_in, records, rejected_rows, duplicates, unaccounted (0 when all is well)."""
    counts: dict[str, dict[str, int]] = {}
    for batch in batches:
        for source, known in batch.provenance.items():
            one = {name: int(str(known.get(name, 0))) for name in _COUNTED}
            one["unaccounted"] = one["rows_in"] - one["records"] - one["rejected_rows"] - one["duplicates"]
            counts[source] = one
    return dict(sorted(counts.items()))


def source_base(records: pd.DataFrame) -> dict[str, float]:
    """Return what confidence rests on: records, events, sources, largest_share, origin_known, destination_known."""
    by_source = records.loc[records["source"] != "", "source"].value_counts()
    return {
        "records": len(records),
        "events": int(records["count"].sum()),
        "sources": len(by_source),
        "largest_share": float(by_source.iloc[0] / len(records)) if len(by_source) else 1.0,
        "origin_known": _known(records, "origin"),
        "destination_known": _known(records, "destination"),
    }


def _known(records: pd.DataFrame, end: str) -> float:
    known = (records[f"{end}_place"] != "") | (records[f"{end}_country"] != "")
    return float(known.mean()) if len(records) else 0.0


def coverage(
    graph: RouteGraph, *, records: pd.DataFrame, batches: Sequence[RecordBatch], filters: Mapping[str, int]
) -> tuple[tuple[str, str], ...]:
    """Return label and value pairs that account for the data, from the rows of each file to the network."""
    base = source_base(records)
    rows = [(source, _account(counts)) for source, counts in row_counts(batches).items()]
    left_out = {label: n for label, n in filters.items() if n and label != "used"}
    left = [(label[:1].upper() + label[1:], count_of(n, "row")) for label, n in left_out.items()]
    countries = _countries(records)
    sources = sorted(records.loc[records["source"] != "", "source"].unique())
    reported = listing(sources, most=6) if sources else "not stated"
    if len(sources) > 1:
        reported += f" (the largest gave {percent(base['largest_share'])} of the records)"
    parts = ((graph.places, "place"), (graph.legs, "leg"), (graph.routes, "route"))
    network = listing([count_of(len(table), noun) for table, noun in parts]) + f"; {graph.border} borders count"
    return (
        *rows,
        *left,
        ("Records used", f"{number(base['records'])}, standing for {count_of(int(base['events']), 'seizure event')}"),
        ("Dates covered", span(records)),
        ("Countries named", f"{len(countries)}: {listing(countries, most=14)}" if countries else "none"),
        ("Reported by", reported),
        ("Origin stated", f"{percent(base['origin_known'])} of the records"),
        ("Destination stated", f"{percent(base['destination_known'])} of the records"),
        ("Network", network),
    )


def _account(counts: Mapping[str, int]) -> str:
    text = (
        f"{count_of(counts['rows_in'], 'row')} in = {count_of(counts['records'], 'record')} + "
        f"{number(counts['rejected_rows'])} set aside + {count_of(counts['duplicates'], 'duplicate')}"
    )
    return text if not counts["unaccounted"] else f"{text}; {number(counts['unaccounted'])} not accounted for"


def _countries(records: pd.DataFrame) -> list[str]:
    """Return the countries that records name, those named most often first."""
    named = pd.concat([records[c] for c in ("origin_country", "seized_country", "destination_country")])
    often = named[named != ""].map(country_words).value_counts()
    return sorted((str(name) for name in often.index), key=lambda name: (-int(often[name]), name))


def country_words(code: str) -> str:
    """Return a country's name; a code that no table knows stays as it is."""
    try:
        return country_name(code)
    except LookupError:
        return code
