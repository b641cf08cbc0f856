"""What the counts alone would have said: legs and corridors by estimated flow and by reported counts."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from routegraph.briefing.document import Block, Cell, Column, Paragraph, Section, Table
from routegraph.briefing.estimates import Row, place_names, shortened, value, way, words
from routegraph.briefing.pictures import counts_figure
from routegraph.briefing.product import Briefing
from routegraph.briefing.rankings import FIRST, Rankings
from routegraph.briefing.words import about, count_of, number, ordinal

_COUNTS = (
    "This run ranks by reported counts and corrects nothing: there is no second ranking to set beside them. "
    "Run it with the estimator removal to have one."
)
_BESIDE = (
    "Estimated flow and reported counts, side by side. An arrow says by how many ranks flow stands above (▲) or below "
    "(▼) the counts."
)


def rank_section(briefing: Briefing) -> Section:
    """Return both rankings; a sentence in their place under an estimator that is itself counts."""
    ranks = briefing.rankings
    title = "What the counts alone would have said"
    if ranks is None:
        return Section(title, (Paragraph(_COUNTS),), name="counts")
    names, figure = place_names(briefing), counts_figure(briefing)
    legs, corridors = _legs(ranks, names, briefing), _corridors(ranks, names, briefing)
    parts = [
        Section("Legs", (Paragraph(_leg_note(ranks), tone="small"), legs), name="legs"),
        Section("Corridors", (Paragraph(_CORRIDOR_NOTE, tone="small"), corridors), name="corridors"),
    ]
    blocks: list[Block] = [Paragraph(_BESIDE), *([figure] if figure else [])]
    return Section(title, tuple(blocks), tuple(part for part in parts if _rows(part)), name="counts")


_CORRIDOR_NOTE = "The first of either ranking among the corridors of corridors.csv, in order of flow, not of score."


def _rows(part: Section) -> bool:
    return any(isinstance(block, Table) and block.rows for block in part.blocks)


def _leg_note(ranks: Rankings) -> str:
    return (
        f"The first of either ranking. Of the {count_of(ranks.top, 'leg')} with most reported seizures, {ranks.kept} "
        f"{'is' if ranks.kept == 1 else 'are'} among the {ranks.top} with most estimated flow; {ranks.n_legs:,} legs "
        f"have an estimate. Counts are of the {count_of(ranks.n_counted, 'step')} that records say were travelled: a "
        "record that leaves out the places in between counts on the step between its ends alone."
    )


def _legs(ranks: Rankings, names: Mapping[str, str], briefing: Briefing) -> Table:
    legs = briefing.tables["legs"]
    own = legs.loc[legs["named_pair"] != "yes"]
    why = dict(zip(zip(own["origin"], own["destination"], strict=True), own["why"], strict=True))
    rows = [
        _row(
            row, way(f"{row['origin']} > {row['destination']}", names),
            why=str(why.get((row["origin"], row["destination"]), "")), levels_told=briefing.levels_told,
        )
        for row in ranks.legs.to_dict("records")
    ]  # fmt: skip
    return Table(_columns("Leg and why the two differ"), tuple(rows))


def _corridors(ranks: Rankings, names: Mapping[str, str], briefing: Briefing) -> Table:
    table: pd.DataFrame = ranks.corridors
    first = (table["flow_rank"] <= FIRST) | (table["count_rank"] <= FIRST)
    rows = [
        _row(row, way(words(row, "path"), names), why="", levels_told=briefing.levels_told)
        for row in table.loc[first].to_dict("records")
    ]
    return Table(_columns("Corridor"), tuple(rows))


def _columns(what: str) -> tuple[Column, ...]:
    return (
        Column(what, 0.52), Column("By estimated flow", 0.18, number=True),
        Column("By reported seizures", 0.16, number=True), Column("Moved", 0.14, number=True),
    )  # fmt: skip


def _row(row: Row, name: str, *, why: str, levels_told: bool) -> tuple[Cell, ...]:
    flow, counted = value(row, "flow_rank"), value(row, "count_rank")
    level = ""
    if levels_told and not math.isnan(value(row, "flow_mean")):
        mean, low, high = (about(value(row, f"flow_{part}")) for part in ("mean", "p05", "p95"))
        level = f"{mean} ({low} to {high})"
    joint = "joint " if row["tied"] else ""
    return (
        Cell(name, strong=True, under=(shortened(why, most=500),) if why else ()),
        Cell("–" if math.isnan(flow) else ordinal(int(flow)), strong=True, under=(level,) if level else ()),
        Cell(
            "–" if math.isnan(counted) else f"{joint}{ordinal(int(counted))}", strong=True,
            under=(f"{number(value(row, 'counted'))} as written",),
        ),
        _moved(row),
    )  # fmt: skip


def _moved(row: Row) -> Cell:
    """Return by how many ranks the correction moved it, and which way."""
    if math.isnan(value(row, "flow_rank")):
        return Cell("no leg of its own: its way was inferred")
    if math.isnan(value(row, "count_rank")):
        return Cell("not in the counts")
    places = int(value(row, "moved"))
    if not places:
        return Cell("same rank")
    return Cell(f"\u25b2 {places:,}" if places > 0 else f"\u25bc {-places:,}", strong=True)
