"""Places to watch: through which most passes, by this case's estimate."""

from __future__ import annotations

import pandas as pd

from routegraph.briefing.document import Block, Cell, Column, Pairs, Paragraph, Section, Table
from routegraph.briefing.estimates import (
    LONGEST_NAME,
    Row,
    Terms,
    chance_words,
    detection_words,
    estimate_cell,
    facts,
    interval_of,
    shortened,
    terms_of,
    value,
    verdict_words,
    widest_of,
    words,
)
from routegraph.briefing.pictures import places_figure
from routegraph.briefing.product import Briefing
from routegraph.briefing.words import listing, number

MOST = 10
_MOST_DRIVERS = 6
_DETECTION = (
    " Chance of a seizure: of the consignments that come to the place, how many are seized there, reported or not, "
    "with a 90 % interval."
)


def places_to_watch(briefing: Briefing) -> pd.DataFrame:
    """Return the first places by what passes, starts or ends there."""
    places = briefing.tables["places"]
    found: pd.DataFrame = places.loc[places["throughflow_mean"] > 0].iloc[:MOST]
    return found


def place_section(briefing: Briefing) -> Section:
    """Return places to watch, with what drives the chance of a seizure at each."""
    places, said = places_to_watch(briefing), terms_of(briefing)
    title = "Places to watch"
    if places.empty:
        return Section(title, (Paragraph("No place has an estimate above none."),), name="places")
    note = f"Places that most {said.passing} start from, pass or end at. {said.estimate}: {said.note}."
    figure = places_figure(briefing, places)
    blocks: list[Block] = [
        Paragraph(note + (_DETECTION if said.detection else "")),
        *([figure] if figure else []),
        _table(places, said, briefing),
    ]
    reasons = _reasons(places, briefing)
    parts = (Section("What their estimates rest on", (Pairs(reasons),), name="drivers"),) if reasons else ()
    return Section(title, tuple(blocks), parts, name="places")


def _table(places: pd.DataFrame, said: Terms, briefing: Briefing) -> Table:
    widest = widest_of(places, "throughflow", levels_told=briefing.levels_told)
    rows = []
    for row in places.to_dict("records"):
        verdict = words(row, "verdict")
        cells = [
            Cell(_name(row), strong=True, under=(_kind(row),)),
            Cell(number(value(row, "seizures"))),
            *([Cell(detection_words(row))] if said.detection else []),
            estimate_cell(interval_of(row, "throughflow", widest=widest, briefing=briefing)),
            Cell(
                chance_words(value(row, "p_top")), flag=verdict_words(verdict, estimator=briefing.estimator),
                calm=verdict == "supported",
            ),
        ]  # fmt: skip
        rows.append(tuple(cells))
    columns = [
        Column("Place", 0.34 if said.detection else 0.5), Column("Seized there", 0.1, number=True),
        *([Column("Chance of a seizure", 0.16)] if said.detection else []),
        Column(f"{said.estimate}, of what passes, starts or ends there", 0.24),
        Column(f"Chance of being in the top {said.top_places}", 0.16),
    ]  # fmt: skip
    return Table(tuple(columns), tuple(rows))


def _name(row: Row) -> str:
    return shortened(words(row, "name") or words(row, "place_id"), most=LONGEST_NAME)


def _kind(row: Row) -> str:
    return facts(words(row, "country"), *(words(row, column).replace("_", " ") for column in ("kind", "role")))


def _reasons(places: pd.DataFrame, briefing: Briefing) -> tuple[tuple[str, str], ...]:
    """Return for each place why its estimate is what it is, and the first records that drive it."""
    drivers = briefing.drivers.loc[briefing.drivers["place_id"].isin(places["place_id"])]
    said = [
        (_name(row), f"{shortened(words(row, 'why'), most=400)} {_driving(drivers, words(row, 'place_id'))}".strip())
        for row in places.to_dict("records")
    ]
    return tuple((name, text) for name, text in said if text)


def _driving(drivers: pd.DataFrame, place: str) -> str:
    """Return the first record ids that drive detection at a place, in words."""
    said = []
    for how, text in (("seized", "Seized here"), ("passed", "Passed it, seized further on")):
        ids = drivers.loc[(drivers["place_id"] == place) & (drivers["how"] == how), "record_id"].tolist()
        if ids:
            named = [shortened(str(one), most=40) for one in ids]
            said.append(f"{text}: {listing(named, most=_MOST_DRIVERS)}.")
    return " ".join(said)
