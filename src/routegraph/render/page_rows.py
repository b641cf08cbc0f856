"""What stands in the rows of the briefing page's tables: text and bars, ready to be shown."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass

from routegraph.briefing.findings import path_words
from routegraph.briefing.product import Briefing
from routegraph.briefing.words import amounts, between, chance, count_of, likelihood, number
from routegraph.flows.posterior import top_size
from routegraph.render.overview import MOST_CORRIDORS
from routegraph.render.plain_text import visible

_MOST_PLACES = 10
_MOST_REASONS = 3
_BAR = 120.0

VERDICTS = {
    "supported": "supported",
    "enforcement_artefact": "may be an enforcement artefact",
    "under_detected": "under-detected",
    "single_source": "single source",
    "insufficient": "too few records",
}

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
_REMOVED = (
    "A removal-sampling model estimates how likely a seizure is at each place, and from that the flow on every leg, "
    "with a 90 % credible interval."
)
METHOD = {"counts": (_PLACED, _COUNTED, _RANKED), "removal": (_PLACED, _REMOVED, _RANKED)}


@dataclass(frozen=True)
class Heading:
    """What the estimate is called in this case's tables, and whether detection was corrected for."""

    estimate: str
    note: str
    top: int
    top_places: int


@dataclass(frozen=True)
class Bar:
    """An interval as a bar: start, length and the mean's place, in pixels; ``text`` says the same."""

    start: float
    length: float
    mean: float
    middle: str
    text: str


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


@dataclass(frozen=True)
class PlaceRow:
    """One place to watch."""

    name: str
    facts: str
    seizures: str
    bar: Bar | None
    chance: str
    verdict: str


def heading(briefing: Briefing) -> Heading:
    """Return what the estimate is called: under ``counts`` it is a reported count and nothing more."""
    top, top_places = (top_size(len(briefing.tables[name])) for name in ("corridors", "places"))
    if briefing.estimator == "counts":
        return Heading("Smoothed count, 90 % interval", "not corrected for detection", top, top_places)
    return Heading("Estimated flow, 90 % interval", "corrected for detection", top, top_places)


def corridor_rows(briefing: Briefing) -> list[CorridorRow]:
    """Return the first corridors of a briefing for its table."""
    corridors = briefing.tables["corridors"].iloc[:MOST_CORRIDORS]
    places = briefing.tables["places"]
    names = dict(zip(places["place_id"], places["name"], strict=True))
    widest = float(corridors["flow_p95"].max()) if len(corridors) else 0.0
    return [
        CorridorRow(
            rank=int(row["rank"]),
            path=visible(path_words(row["path"], names), most=300),
            facts=_facts(row["modes"], row["commodity"], _crossings(row["borders_crossed"])),
            reasons=tuple(visible(reason, most=160) for reason in row["reasons"].split("; ")[:_MOST_REASONS] if reason),
            seizures=number(row["seizures"]),
            seized=visible(amounts(row["quantity_seized"], row["unit"]), most=60),
            bar=_bar(row, "flow", widest),
            chance=_chance(row["p_top"]),
            records=count_of(int(row["n_records"]), "record"),
            verdict=_verdict(row["verdict"]),
        )
        for row in corridors.to_dict("records")
    ]


def place_rows(briefing: Briefing) -> list[PlaceRow]:
    """Return the places through which most passes, by this case's estimate."""
    places = briefing.tables["places"]
    places = places.loc[places["throughflow_mean"] > 0].iloc[:_MOST_PLACES]
    widest = float(places["throughflow_p95"].max()) if len(places) else 0.0
    return [
        PlaceRow(
            name=visible(row["name"] or row["place_id"], most=80),
            facts=_facts(row["country"], row["kind"].replace("_", " "), row["role"].replace("_", " ")),
            seizures=number(row["seizures"]),
            bar=_bar(row, "throughflow", widest),
            chance=_chance(row["p_top"]),
            verdict=_verdict(row["verdict"]),
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


def _bar(row: Mapping[Hashable, float], name: str, widest: float) -> Bar | None:
    mean, low, high = (row[f"{name}_{part}"] for part in ("mean", "p05", "p95"))
    if math.isnan(mean) or not 0 < widest < float("inf"):
        return None
    start, middle, end = (round(_BAR * min(max(value / widest, 0), 1), 1) for value in (low, mean, high))
    return Bar(start, max(round(end - start, 1), 1.0), middle, number(mean), between(low, high))


def _chance(p: float) -> str:
    return "" if math.isnan(p) else f"{likelihood(p)} ({chance(p)})"


def _verdict(verdict: str) -> str:
    return VERDICTS.get(verdict, visible(verdict, most=40))
