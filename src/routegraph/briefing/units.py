"""What every column of every table means, and in which unit: one table that all products quote."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from routegraph.briefing.columns import COLUMNS

if TYPE_CHECKING:
    from routegraph.briefing.product import Briefing


@dataclass(frozen=True)
class Meaning:
    """What a column holds; ``unit`` is '' where it holds words."""

    unit: str
    text: str

    @property
    def said(self) -> str:
        """Return both in a line: ``great-circle distance (km)``."""
        return f"{self.text} ({self.unit})" if self.unit else self.text


FLOW = "consignments"
COUNT = "reported seizure events"
_P, _SHARE, _LOG2, _RANK = "probability, 0-1", "share, 0-1", "log2 ratio, 1 = twice", "rank, 1 = first"
_EVENTS, _RECORDS, _DEGREES = "seizure events", "records", "degrees, WGS84"
_LOW, _HIGH = "lower end of the 90 % credible interval of", "upper end of the 90 % credible interval of"
_FLOWS = "consignments of the whole period that set out on it and reached its end, seized there or later or never"
_THROUGH = "consignments of the whole period that set out from the place, pass it or end there"
_ALONG = "consignments of the whole period whose way lies on the corridor"
_OF_PERIOD = "consignments of the row's period that set out on the leg and reached its end"
_BETWEEN = "share of ordered pairs of other places whose most probable way leads over it"
_DETECT = "chance that a consignment passing the place is seized there, reported or not"


def _interval(name: str, unit: str, what: str) -> dict[str, Meaning]:
    return {
        f"{name}_mean": Meaning(unit, f"mean estimate of: {what}"),
        f"{name}_p05": Meaning(unit, f"{_LOW}: {what}"),
        f"{name}_p95": Meaning(unit, f"{_HIGH}: {what}"),
    }


_EVERYWHERE: dict[str, Meaning] = {
    **_interval("flow", FLOW, _FLOWS),
    **_interval("throughflow", FLOW, _THROUGH),
    **_interval("betweenness", _SHARE, _BETWEEN),
    **_interval("detection", _P, _DETECT),
    "rank": Meaning(_RANK, "rank by score, the highest first"),
    "corridor_id": Meaning("", "the corridor's id, made from its path and commodity"),
    "path": Meaning("", "place ids in the order of travel, joined by ' > '"),
    "countries": Meaning("", "countries along the path, ISO 3166-1 alpha-3, joined by '; '"),
    "borders_crossed": Meaning("borders", "borders that it crosses; run.json says which borders count"),
    "modes": Meaning("", "modes of transport, joined by '; '"),
    "commodity": Meaning("", "code of what is moved, dotted from general to special"),
    "score": Meaning("0-1", "how notable it is: mean of its parts by declared importance; an order, no probability"),
    "surprise": Meaning(_LOG2, "flow against what licit movement and distance lead one to expect"),
    "p_top": Meaning(_P, "chance of being among the top 20 of its kind, a tenth where there are fewer than 200"),
    "tier": Meaning("", "what can be told apart: one of a tier cannot be told from its first; 1 stands highest"),
    "verdict": Meaning("", "supported, enforcement_artefact, under_detected, single_source, insufficient, or empty"),
    "reasons": Meaning("", "why it is listed, joined by '; '"),
    "seizures": Meaning(_EVENTS, "reported seizure events that bear on it"),
    "quantity_seized": Meaning("as in column unit", "amounts seized, one for each unit, joined by '; '"),
    "unit": Meaning("", "units of quantity_seized in the same order, joined by '; '"),
    "n_records": Meaning(_RECORDS, "records that name it"),
    "record_ids": Meaning("", "the first 50 of these records, joined by '; '; table evidence has all"),
    "tlp": Meaning("", "handling marking of this row: Traffic Light Protocol 2.0"),
    "rank_p05": Meaning(_RANK, "best rank in 90 % of the trials or draws"),
    "rank_p95": Meaning(_RANK, "worst rank in 90 % of the trials or draws"),
    "parts": Meaning("each 0-1", "parts of the score and their values, joined by '; '"),
    "by_weight": Meaning(_RANK, "for each part its rank with that part counting 20 % less, and 20 % more"),
    "without": Meaning(_RANK, "its rank without a source, and that source, joined by '; '"),
    "branches": Meaning(FLOW, "where other traffic joins or leaves, over which place, and how much, joined by '; '"),
    "steps": Meaning("", "how each step is known: travelled, intended or inferred, joined by '; '"),
    "origin": Meaning("", "place id where it begins"),
    "destination": Meaning("", "place id where it ends"),
    "origin_country": Meaning("", "country where it begins, ISO 3166-1 alpha-3"),
    "destination_country": Meaning("", "country where it ends, ISO 3166-1 alpha-3"),
    "distance_km": Meaning("km", "great-circle distance between its ends"),
    "travelled": Meaning(_EVENTS, "events whose consignment travelled it before the seizure"),
    "intended": Meaning(_EVENTS, "events whose consignment was bound over it after the place of seizure"),
    "inferred": Meaning(_EVENTS, "events whose way over it nobody reported: it joins reported points"),
    "expected": Meaning(FLOW, "flow that licit movement and distance lead one to expect, scaled to the total flow"),
    "p_excess": Meaning(_P, "chance that flow is above what is expected"),
    "named_pair": Meaning("", "yes: records name both ends, the way between was inferred, and it carries no flow"),
    "seizures_named": Meaning(_EVENTS, "events of the records that n_records counts"),
    "why": Meaning("", "the estimate, set against reported counts, in a sentence"),
    "place_id": Meaning("", "the place's id"),
    "name": Meaning("", "the place's name"),
    "country": Meaning("", "country, ISO 3166-1 alpha-3"),
    "region": Meaning("", "region, ISO 3166-2"),
    "lat": Meaning(_DEGREES, "latitude, north positive; empty where no position is known"),
    "lon": Meaning(_DEGREES, "longitude, east positive; empty where no position is known"),
    "pagerank_mean": Meaning(_SHARE, "mean share of time spent there by a consignment that keeps moving with the flow"),
    "community": Meaning("number of the group", "group of places that exchange more than their totals explain"),
    "community_stability": Meaning(_SHARE, "share of draws in which the place stays with its group"),
    "role": Meaning("", "source, transit or destination"),
    "analysis": Meaning("", "which analysis the row comes from"),
    "kind": Meaning("", "what the row is about"),
    "id": Meaning("", "place id, leg as 'A > B', corridor id, rule, or name of a figure"),
    "mean": Meaning("as the analysis has it", "the analysis's measure"),
    "p05": Meaning("as the analysis has it", f"{_LOW} the measure"),
    "p95": Meaning("as the analysis has it", f"{_HIGH} the measure"),
    "said": Meaning("", "further results of the analysis as 'name: value', joined by '; '"),
    "period": Meaning("", "year, or part of a year, that the row is of"),
    "record_id": Meaning("", "id of the record"),
    "date": Meaning("", "date of the record, as precisely as it is known"),
    "count": Meaning(_EVENTS, "events that the record stands for"),
    "seized_at": Meaning("", "place of the seizure"),
    "seized_country": Meaning("", "country of the seizure, ISO 3166-1 alpha-3"),
    "source": Meaning("", "who reported it, or the file that it came from"),
    "source_grade": Meaning("", "how far the source is reliable, Admiralty A-F"),
    "info_grade": Meaning("", "how far the information is credible, Admiralty 1-6"),
    "step": Meaning("number, from 0", "which step of the route or corridor"),
    "status": Meaning("", "how the record bears on it: travelled, intended or inferred"),
    "row": Meaning("row number", "row of the source"),
    "scope": Meaning("", "what was set aside: cell or row"),
    "field": Meaning("", "column of the value that was set aside"),
    "value": Meaning("", "the value as it was read"),
    "reason": Meaning("", "why it was set aside"),
    "duplicate_of": Meaning("", "id of the record that counts in its place"),
    "rule": Meaning("", "rule by which the two are one"),
    "column": Meaning("", "column that no known column takes up"),
}  # fmt: skip

_OF_TABLE: dict[tuple[str, str], Meaning] = {
    **{("corridors", name): meant for name, meant in _interval("flow", FLOW, _ALONG).items()},
    **{("flows", name): meant for name, meant in _interval("flow", FLOW, _OF_PERIOD).items()},
    ("legs", "n_records"): Meaning(_RECORDS, "records that name both ends in this order, next to each other"),
    ("places", "why"): Meaning("", "chance of a seizure there, and the records behind it, in a sentence"),
    ("places", "kind"): Meaning("", "port, airport, border_crossing, city, sea_area, region, country or other"),
    ("places", "seizures"): Meaning(_EVENTS, "reported seizure events at the place"),
    ("structure", "tier"): Meaning("", "what can be told apart at 90 %: one of a tier cannot be told from its first"),
    ("structure", "kind"): Meaning("", "place, leg, rule or case"),
    ("evidence", "kind"): Meaning("", "leg, place or corridor"),
    ("records", "source"): Meaning("", "who reported it"),
    ("rejects", "source"): Meaning("", "file that it came from"),
    ("unmapped", "source"): Meaning("", "file that it came from"),
}  # fmt: skip

NOT_TOLD = "LEVELS ARE NOT TOLD in these data: read ranks and shares, and do not quote this number"
NOT_CORRECTED = "reported counts, smoothed; not corrected for detection, and not traffic"


def meaning(table: str, column: str) -> Meaning:
    """Return what a column of a table holds, whatever the case.

    Raises
    ------
    KeyError
        No such table or column.
    """
    if column not in COLUMNS[table]:
        raise KeyError(column)
    return _OF_TABLE.get((table, column), _EVERYWHERE[column])


def column_meanings(briefing: Briefing, table: str) -> dict[str, Meaning]:
    """Return what each column of a table holds in this case, in the table's order.

    Under ``counts`` a figure of flow is a reported count and is called so; where levels are not told, each number of
    consignments says it; a column that this run could not estimate says why. The reasons are text of the case: a
    renderer makes them safe for its medium as it does every other text.
    """
    return {
        column: _in_this_case(briefing, column, meaning(table, column), empty=_empty(briefing, table, column))
        for column in COLUMNS[table]
    }


def _in_this_case(briefing: Briefing, column: str, found: Meaning, *, empty: bool) -> Meaning:
    remarks = []
    if found.unit == FLOW:
        if briefing.estimator == "counts":
            found = replace(found, unit=COUNT)
            remarks.append(NOT_CORRECTED)
        elif not briefing.levels_told:
            remarks.append(NOT_TOLD)
    reasons: Mapping[str, str] = briefing.not_estimated
    if empty and column in reasons:
        remarks.append(f"not estimated: {reasons[column]}")
    return replace(found, text=". ".join([found.text, *remarks])) if remarks else found


def _empty(briefing: Briefing, table: str, column: str) -> bool:
    """Return whether nothing stands in the column, so that a reason why is owed."""
    frame = briefing.tables.get(table)
    return frame is None or column not in frame or bool((frame[column].isna() | (frame[column] == "")).all())
