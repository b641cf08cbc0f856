"""What stands in the rows of the briefing page's tables: text and bars, ready to be shown."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import pandas as pd

from routegraph.briefing.findings import path_words
from routegraph.briefing.product import Briefing
from routegraph.briefing.words import (
    about,
    amounts,
    chance,
    count_of,
    in_hundred,
    likelihood,
    listing,
    number,
    percent,
)
from routegraph.flows.posterior import top_size
from routegraph.render.overview import MOST_CORRIDORS
from routegraph.render.plain_text import visible

_MOST_PLACES = 10
_MOST_REASONS = 3
_MOST_DRIVERS = 6
_BAR = 120.0

VERDICTS = {
    "supported": "supported",
    "enforcement_artefact": "may be an enforcement artefact",
    "under_detected": "under-detected",
    "single_source": "single source",
    "insufficient": "too few records",
}
INSUFFICIENT_LEVEL = "level not told"
"""What ``insufficient`` means where detection was corrected for: ranks may still be read, numbers may not."""

_PLACED = (
    "Each record is placed on a route of reported places; steps that nobody reported are inferred over the "
    "network and marked as such."
)
_RANKED = (
    "Routes that travel together become a corridor, ranked by a score whose reasons and record ids are in "
    "corridors.csv and evidence.csv."
)
_COUNTED = (
    "Counts per leg are smoothed with a gamma-Poisson model that gives every figure a 90 % credible interval; it "
    "does not correct for how likely a seizure is at each place."
)
_LAID = (
    "Each record is one of many ways that a consignment may have taken: routes are those that licit movement, distance "
    "and reports make plausible, and what a record leaves out is estimated with them."
)
_REMOVED = (
    "A removal-sampling model estimates how likely a seizure is at each place, because a seizure there also says that "
    "every place before it let the consignment pass; from that comes the flow on every leg, seized or not, with a 90 % "
    "credible interval."
)
METHOD = {"counts": (_PLACED, _COUNTED, _RANKED), "removal": (_LAID, _REMOVED, _RANKED)}


@dataclass(frozen=True)
class Heading:
    """What the estimate is called in this case's tables, and whether detection was corrected for."""

    estimate: str
    note: str
    top: int
    top_places: int
    passing: str
    detection: bool


@dataclass(frozen=True)
class Bar:
    """An interval as a bar: start, length and the mean's place, in pixels; ``text`` says the same.

    ``drawn`` False: the level is not told, and the text says a share instead.
    """

    start: float
    length: float
    mean: float
    middle: str
    text: str
    drawn: bool = True


@dataclass(frozen=True)
class CorridorRow:
    """One corridor in the page's table."""

    rank: int
    path: str
    facts: str
    reasons: tuple[str, ...]
    seizures: str
    seized: str
    bar: Bar | None
    chance: str
    records: str
    verdict: str
    firm: str = ""


@dataclass(frozen=True)
class PlaceRow:
    """One place to watch."""

    name: str
    facts: str
    seizures: str
    bar: Bar | None
    chance: str
    verdict: str
    detection: str = ""
    why: str = ""
    records: str = ""


def heading(briefing: Briefing) -> Heading:
    """Return what the estimate is called: under ``counts`` it is a reported count and nothing more."""
    top, top_places = (top_size(len(briefing.tables[name])) for name in ("corridors", "places"))
    if briefing.estimator == "counts":
        estimate, note = "Smoothed count, 90 % interval", "not corrected for detection"
        return Heading(estimate, note, top, top_places, passing="events", detection=False)
    estimate, note = "Estimated flow, 90 % interval", "corrected for detection"
    if not briefing.levels_told:
        estimate = "Estimated flow, as a share of the largest"
        note = "levels are insufficient in these data; read ranks and shares, not numbers of consignments"
    known = bool(briefing.tables["places"]["detection_mean"].notna().any())
    return Heading(estimate, note, top, top_places, passing="consignments", detection=known)


def corridor_rows(briefing: Briefing) -> list[CorridorRow]:
    """Return the first corridors of a briefing for its table."""
    corridors = briefing.tables["corridors"].iloc[:MOST_CORRIDORS]
    places = briefing.tables["places"]
    names = dict(zip(places["place_id"], places["name"], strict=True))
    widest = _widest(corridors, "flow", levels_told=briefing.levels_told)
    return [
        CorridorRow(
            rank=int(row["rank"]),
            path=visible(path_words(row["path"], names), most=300),
            facts=_facts(row["modes"], row["commodity"], _crossings(row["borders_crossed"])),
            reasons=tuple(visible(reason, most=160) for reason in row["reasons"].split("; ")[:_MOST_REASONS] if reason),
            seizures=number(row["seizures"]),
            seized=visible(amounts(row["quantity_seized"], row["unit"]), most=60),
            bar=_bar(row, "flow", widest, briefing=briefing),
            chance=_chance(row["p_top"]),
            records=count_of(int(row["n_records"]), "record"),
            verdict=verdict_words(row["verdict"], estimator=briefing.estimator),
            firm=_firm(row),
        )
        for row in corridors.to_dict("records")
    ]


def place_rows(briefing: Briefing) -> list[PlaceRow]:
    """Return the places through which most passes, by this case's estimate."""
    places = briefing.tables["places"]
    places = places.loc[places["throughflow_mean"] > 0].iloc[:_MOST_PLACES]
    widest = _widest(places, "throughflow", levels_told=briefing.levels_told)
    drivers = briefing.drivers.loc[briefing.drivers["place_id"].isin(places["place_id"])]
    return [
        PlaceRow(
            name=visible(row["name"] or row["place_id"], most=80),
            facts=_facts(row["country"], row["kind"].replace("_", " "), row["role"].replace("_", " ")),
            seizures=number(row["seizures"]),
            bar=_bar(row, "throughflow", widest, briefing=briefing),
            chance=_chance(row["p_top"]),
            verdict=verdict_words(row["verdict"], estimator=briefing.estimator),
            detection=_detection(row),
            why=visible(row["why"], most=400),
            records=_driving(drivers, row["place_id"]),
        )
        for row in places.to_dict("records")
    ]


def set_aside(briefing: Briefing) -> list[tuple[str, str, str]]:
    """Return what was set aside, the commonest first: how many, which field, why."""
    rejects = briefing.tables["rejects"]
    counted = rejects.groupby(["field", "reason"]).size().rename("n").reset_index()
    counted = counted.sort_values(["n", "field", "reason"], ascending=[False, True, True])
    rows = [
        (number(n), visible(field, most=60), visible(reason, most=200))
        for n, field, reason in zip(counted["n"][:8], counted["field"], counted["reason"], strict=False)
    ]
    left = int(counted["n"].iloc[8:].sum())
    return [*rows, *([(number(left), "various", "further reasons, all in rejects.csv")] if left else [])]


def _facts(*facts: str) -> str:
    return " · ".join(visible(fact, most=80) for fact in facts if fact)


def _crossings(borders: float) -> str:
    if math.isnan(borders):
        return ""
    return "1 border" if borders == 1 else f"{number(borders)} borders"


def _widest(table: pd.DataFrame, name: str, *, levels_told: bool) -> float:
    column = table[f"{name}_p95" if levels_told else f"{name}_mean"]
    return float(column.max()) if len(table) else 0.0


def _bar(row: Mapping[Hashable, float], name: str, widest: float, *, briefing: Briefing) -> Bar | None:
    mean, low, high = (row[f"{name}_{part}"] for part in ("mean", "p05", "p95"))
    if math.isnan(mean) or not 0 < widest < float("inf"):
        return None
    if not briefing.levels_told:
        return Bar(0.0, 0.0, 0.0, percent(min(mean / widest, 1.0)), "of the largest; level not told", drawn=False)
    said = number if briefing.estimator == "counts" else about
    start, middle, end = (round(_BAR * min(max(value / widest, 0), 1), 1) for value in (low, mean, high))
    return Bar(start, max(round(end - start, 1), 1.0), middle, said(mean), f"{said(low)} to {said(high)}")


def _detection(row: Mapping[Hashable, float]) -> str:
    if math.isnan(row["detection_mean"]):
        return ""
    low, high = in_hundred(row["detection_p05"]), in_hundred(row["detection_p95"])
    return f"{in_hundred(row['detection_mean'])} in 100 ({low} to {high})"


def _driving(drivers: pd.DataFrame, place: str) -> str:
    """Return the first record ids that drive detection at a place, in words."""
    said = []
    for how, words in (("seized", "Seized here"), ("passed", "Passed it, seized further on")):
        ids = drivers.loc[(drivers["place_id"] == place) & (drivers["how"] == how), "record_id"].tolist()
        if ids:
            said.append(f"{words}: {listing([visible(one, most=40) for one in ids], most=_MOST_DRIVERS)}.")
    return " ".join(said)


def _firm(row: Mapping[Hashable, object]) -> str:
    """Return the tier of a corridor and between which ranks it lies."""
    if not row["tier"] or str(row["rank_p05"]) in ("", "nan", "<NA>"):
        return ""
    low, high = (int(float(str(row[f"rank_{end}"]))) for end in ("p05", "p95"))
    return visible(f"tier {row['tier']}, " + (f"rank {low}" if low == high else f"ranks {low} to {high}"), most=60)


def _chance(p: float) -> str:
    return "" if math.isnan(p) else f"{likelihood(p)} ({chance(p)})"


def verdict_words(verdict: str, *, estimator: str) -> str:
    """Return what a verdict means to a reader; ``insufficient`` is of records under counts, else of the level."""
    if verdict == "insufficient" and estimator != "counts":
        return INSUFFICIENT_LEVEL
    return VERDICTS.get(verdict, visible(verdict, most=40))
