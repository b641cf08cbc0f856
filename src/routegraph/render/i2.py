"""i2_links.csv: one row a link with both its ends, as Analyst's Notebook and its like import charts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

import pandas as pd

from routegraph.briefing.caveats import SYNTHETIC
from routegraph.briefing.estimates import verdict_words
from routegraph.briefing.positions import positions
from routegraph.briefing.product import Briefing
from routegraph.briefing.units import COUNT, FLOW
from routegraph.briefing.words import count_of
from routegraph.render.case_days import case_days
from routegraph.render.records_behind import Behind, behind_legs, behind_steps, leg_status
from routegraph.render.run_json import run_digest
from routegraph.render.tables import write_table
from routegraph.render.target import Target
from routegraph.render.told import share_of_largest

Row = Mapping[Any, Any]

_END = ("Type", "Identity", "Label", "Country", "Latitude", "Longitude")
COLUMNS = (
    *(f"From {name}" for name in _END), *(f"To {name}" for name in _END), "Link Type", "Link Label", "Direction",
    "Strength", "Known as", "Flow mean", "Flow p05", "Flow p95", "Flow share of largest", "Flow unit", "Verdict",
    "Modes", "Commodity", "Distance km", "Reported seizures", "Records behind", "Record ids", "Source", "Grade",
    "Date from", "Date to", "Corridor", "Step", "Description", "Marking", "Own marking", "Synthetic", "Caveat",
    "Run digest",
)  # fmt: skip
_NUMBERS = (
    "From Latitude", "From Longitude", "To Latitude", "To Longitude", "Flow mean", "Flow p05", "Flow p95",
    "Flow share of largest", "Distance km", "Reported seizures", "Records behind", "Step",
)  # fmt: skip
STRENGTHS = {"travelled": "Confirmed", "intended": "Unconfirmed", "inferred": "Tentative", "": "Tentative"}
"""How Analyst's Notebook draws a line: solid, dashed, dotted. A leg that no record names is tentative."""
_UNTOLD = "share of the largest of its kind; how many consignments there are these data cannot tell"
_MOST_CAVEATS = 2


def render_i2(briefing: Briefing) -> bytes:
    """Return legs, and the steps of corridors, one row a link, as CSV guarded against formulas like all our tables.

    A place is an entity by its id. Strength follows how the link is best known: travelled is Confirmed, intended
    Unconfirmed, inferred Tentative; it grades the report of the way, not the estimate. The format has no place for
    what a file says of itself, so marking, warning and the gravest caveats stand in every row. A corridor's step
    carries the flow of the whole corridor. A case without links has one row that says so. Pairs whose way was
    inferred (``named_pair`` in legs.csv) carry no flow and are not here.
    """
    rows = [*_legs(briefing), *_steps(briefing)] or [{"Description": "No link was found in this case."}]
    about = _about(briefing)
    columns = {
        column: pd.Series([row.get(column) for row in rows], dtype="float64")
        if column in _NUMBERS
        else pd.Series([row.get(column, about.get(column, "")) for row in rows], dtype=object)
        for column in COLUMNS
    }
    return write_table(pd.DataFrame(columns))


def _about(briefing: Briefing) -> dict[str, str]:
    """Return what every row says of the whole file."""
    days = case_days(briefing.tables["records"])
    said, more = briefing.caveats[:_MOST_CAVEATS], len(briefing.caveats) - _MOST_CAVEATS
    if briefing.synthetic:
        said = tuple(caveat for caveat in briefing.caveats if caveat != SYNTHETIC)[:_MOST_CAVEATS]
        more = len(set(briefing.caveats) - {SYNTHETIC, *said})
    return {
        "Flow unit": _unit(briefing),
        "Direction": "From to",
        "Date from": days[0].isoformat() if days else "",
        "Date to": days[1].isoformat() if days else "",
        "Marking": briefing.marking.text,
        "Synthetic": SYNTHETIC if briefing.synthetic else "no",
        "Caveat": " ".join([*said, *([f"And {count_of(more, 'caveat')} more in run.json."] if more > 0 else [])]),
        "Run digest": run_digest(briefing),
    }


def _unit(briefing: Briefing) -> str:
    if briefing.estimator == "counts":
        return f"{COUNT}, smoothed; not corrected for detection, and not traffic"
    return f"{FLOW}, estimated, 90 % interval" if briefing.levels_told else _UNTOLD


def _legs(briefing: Briefing) -> Iterator[dict[str, object]]:
    places, behind, none = _places(briefing), behind_legs(briefing), Behind()
    legs = briefing.tables["legs"]
    legs = legs.loc[legs["named_pair"] != "yes"]
    shares = share_of_largest(legs["flow_mean"]).tolist()
    for row, share in zip(legs.to_dict("records"), shares, strict=True):
        records = behind.get(f"{row['origin']} > {row['destination']}", none)
        yield {
            **_ends(places, row["origin"], row["destination"]),
            "Link Type": "Leg",
            "Link Label": row["modes"],
            **_figures(row, share, levels_told=briefing.levels_told),
            **_records(records, status=leg_status(row)),
            "Verdict": verdict_words(row["verdict"], estimator=briefing.estimator),
            "Distance km": row["distance_km"],
            "Description": row["why"],
        }


def _steps(briefing: Briefing) -> Iterator[dict[str, object]]:
    places, behind, none = _places(briefing), behind_steps(briefing), Behind()
    corridors = briefing.tables["corridors"]
    shares = share_of_largest(corridors["flow_mean"]).tolist()
    for row, share in zip(corridors.to_dict("records"), shares, strict=True):
        path = row["path"].split(" > ")
        for step, (origin, end) in enumerate(pairwise(path)):
            records = behind.get((row["corridor_id"], step), none)
            yield {
                **_ends(places, origin, end),
                "Link Type": "Corridor step",
                "Link Label": f"Corridor {row['rank']}, step {step + 1} of {len(path) - 1}",
                **_figures(row, share, levels_told=briefing.levels_told),
                **_records(records, status=records.status or "inferred"),
                "Verdict": verdict_words(row["verdict"], estimator=briefing.estimator),
                "Corridor": row["corridor_id"],
                "Step": step + 1,
                "Description": f"Flow, seizures and verdict are of the whole corridor. {row['reasons']}",
            }


def _places(briefing: Briefing) -> dict[str, Row]:
    places = briefing.tables["places"]
    at = positions(places)
    return {
        str(row["place_id"]): {**row, "at": at.get(row["place_id"], (None, None))} for row in places.to_dict("records")
    }


def _ends(places: Mapping[str, Row], origin: str, destination: str) -> dict[str, object]:
    ends: dict[str, object] = {}
    for side, place in (("From", origin), ("To", destination)):
        known = places.get(place, {})
        cells = (
            str(known.get("kind", "")).replace("_", " ") or "place",
            place,
            known.get("name") or place,
            known.get("country", ""),
            *known.get("at", (None, None)),
        )
        ends |= {f"{side} {name}": cell for name, cell in zip(_END, cells, strict=True)}
    return ends


def _figures(row: Row, share: float, *, levels_told: bool) -> dict[str, object]:
    """Return the columns that legs and corridors share; no number of consignments where levels are not told."""
    flow = {f"Flow {part}": row[f"flow_{part}"] for part in ("mean", "p05", "p95")} if levels_told else {}
    return {
        **flow,
        "Flow share of largest": share,
        "Modes": row["modes"],
        "Commodity": row["commodity"],
        "Reported seizures": row["seizures"],
        "Own marking": f"TLP:{row['tlp']}" if row["tlp"] else "",
    }


def _records(behind: Behind, *, status: str) -> dict[str, object]:
    ids = [record for record, _ in behind.records]
    if behind.count > len(ids):
        ids.append(f"and {behind.count - len(ids):,} more in evidence.csv")
    return {
        "Strength": STRENGTHS[status],
        "Known as": status or "no record names it",
        "Records behind": behind.count,
        "Record ids": "; ".join(ids),
        "Source": "; ".join(behind.sources),
        "Grade": "; ".join(behind.grades),
    }


TARGETS = (Target("i2", "i2_links.csv", render_i2, on_request=True),)
