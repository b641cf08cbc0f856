"""How a table of the document says an estimate: its heading, its interval, its chance, its verdict."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import pandas as pd

from routegraph.briefing.columns import COLUMNS
from routegraph.briefing.document import Cell, Interval
from routegraph.briefing.product import Briefing
from routegraph.briefing.words import about, between, chance, in_hundred, likelihood, number, percent
from routegraph.flows.posterior import top_size

VERDICTS = {
    "supported": "supported",
    "enforcement_artefact": "may be an enforcement artefact",
    "under_detected": "under-detected",
    "single_source": "single source",
    "insufficient": "too few records",
}
INSUFFICIENT_LEVEL = "level not told"
"""What ``insufficient`` means where detection was corrected for: ranks may still be read, numbers may not."""

LONGEST_NAME = 80

Row = Mapping[Hashable, object]


@dataclass(frozen=True)
class Terms:
    """What the estimate is called in this case's tables.

    Attributes
    ----------
    estimate
        The heading of its column.
    note
        Whether detection was corrected for, after the heading and a colon.
    top, top_places
        How many corridors and places count as the top.
    passing
        What passes a place: consignments, or only events.
    detection
        Whether the chance of a seizure was estimated.
    """

    estimate: str
    note: str
    top: int
    top_places: int
    passing: str
    detection: bool


def terms_of(briefing: Briefing) -> Terms:
    """Return what the estimate is called: under ``counts`` it is a reported count and nothing more."""
    top, top_places = (top_size(len(briefing.tables[name])) for name in ("corridors", "places"))
    if briefing.estimator == "counts":
        return Terms(
            "Smoothed count, 90 % interval", "not corrected for detection", top, top_places, "events", detection=False
        )
    estimate, note = "Estimated flow, 90 % interval", "corrected for detection"
    if not briefing.levels_told:
        estimate = "Estimated flow, as a share of the largest"
        note = "levels are insufficient in these data; read ranks and shares, not numbers of consignments"
    known = bool(briefing.tables["places"]["detection_mean"].notna().any())
    return Terms(estimate, note, top, top_places, "consignments", detection=known)


def widest_of(table: pd.DataFrame, name: str, *, levels_told: bool, most: int | None = None) -> float:
    """Return where the scale of the bars of a table's first ``most`` rows ends.

    Where levels are not told it is the largest mean of the whole table: a share of the largest is then the same in
    every product.
    """
    column = table[f"{name}_p95"].iloc[:most] if levels_told else table[f"{name}_mean"]
    return float(column.max()) if len(column) else 0.0


def interval_of(row: Row, name: str, *, widest: float, briefing: Briefing) -> Interval | None:
    """Return an estimate with its interval; a share of the largest where levels are not told; None where it is missing.

    Where levels are not told no number of the estimate is in what is returned.
    """
    mean, low, high = (value(row, f"{name}_{part}") for part in ("mean", "p05", "p95"))
    if math.isnan(mean) or not 0 < widest < float("inf"):
        return None
    if not briefing.levels_told:
        share = percent(min(mean / widest, 1.0))
        return Interval(0.0, 0.0, 0.0, 1.0, share, "of the largest; level not told", drawn=False)
    if briefing.estimator == "counts":
        return Interval(low, mean, high, widest, number(mean), between(low, high))
    return Interval(low, mean, high, widest, about(mean), f"{about(low)} to {about(high)}")


def estimate_cell(found: Interval | None, *, under: tuple[str, ...] = ()) -> Cell:
    """Return the cell of an estimate, with a dash where there is none."""
    return Cell(text="" if found else "–", interval=found, under=tuple(one for one in under if one))


def chance_words(p: float) -> str:
    """Return a probability as an ICD 203 word and a per cent; '' where it is missing."""
    return "" if math.isnan(p) else f"{likelihood(p)} ({chance(p)})"


def detection_words(row: Row) -> str:
    """Return the chance of a seizure at a place as a count of a hundred, with its interval; '' where it is missing."""
    if math.isnan(value(row, "detection_mean")):
        return ""
    mean, low, high = (in_hundred(value(row, f"detection_{part}")) for part in ("mean", "p05", "p95"))
    return f"{mean} in 100 ({low} to {high})"


def verdict_words(verdict: str, *, estimator: str) -> str:
    """Return what a verdict means to a reader; ``insufficient`` is of records under counts, else of the level."""
    if verdict == "insufficient" and estimator != "counts":
        return INSUFFICIENT_LEVEL
    return VERDICTS.get(verdict, shortened(verdict, most=40))


def verdict_cell(verdict: str, *, estimator: str) -> Cell:
    """Return a verdict as a tag; an empty cell where nothing was found against it."""
    return Cell(flag=verdict_words(verdict, estimator=estimator), calm=verdict == "supported")


def rank_words(row: Row) -> str:
    """Return between which ranks a corridor lies: ``rank 3``, ``ranks 1 to 4``; '' where no trial was made."""
    low, high = (value(row, f"rank_{end}") for end in ("p05", "p95"))
    if math.isnan(low) or math.isnan(high) or not low:
        return ""
    return f"rank {low:.0f}" if low == high else f"ranks {low:.0f} to {high:.0f}"


def value(row: Row, column: str) -> float:
    """Return a number of a row; NaN where it is missing."""
    found = row.get(column)
    return math.nan if found is None or found is pd.NA or str(found) == "" else float(str(found))


def words(row: Row, column: str) -> str:
    """Return a text of a row; '' where it is missing."""
    found = row.get(column, "")
    return "" if found is None or found is pd.NA or found != found else str(found)  # noqa: PLR0124 - NaN


def items(row: Row, column: str) -> list[str]:
    """Return the list that a cell holds."""
    return [one for one in words(row, column).split("; ") if one]


def shortened(text: str, *, most: int) -> str:
    """Return a text of at most ``most`` characters, an ellipsis in place of the rest."""
    return text if len(text) <= most else f"{text[:most].rstrip()}…"


def place_names(briefing: Briefing) -> dict[str, str]:
    """Return a name for each place id, never longer than a table can hold."""
    places = briefing.tables["places"]
    named = zip(places["place_id"], places["name"], strict=True)
    return {place: shortened(name or place, most=LONGEST_NAME) for place, name in named}


def way(path: str, names: Mapping[str, str]) -> str:
    """Return a path of place ids as names, shortened as they are."""
    places = path.split(" > ")
    return shortened(" > ".join(names.get(one) or shortened(one, most=LONGEST_NAME) for one in places), most=600)


def facts(*said: str) -> str:
    """Return short facts on one line, those that are empty left out."""
    return " · ".join(shortened(one, most=LONGEST_NAME) for one in said if one)


def table_of(briefing: Briefing, name: str) -> pd.DataFrame:
    """Return one of the contract's tables; without rows where the briefing has none of that name."""
    known = briefing.tables.get(name)
    return pd.DataFrame(columns=list(COLUMNS[name])) if known is None else known
