"""Two rankings side by side on the briefing page: rows of text, ready to be shown."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import pandas as pd

from routegraph.briefing.findings import path_words
from routegraph.briefing.product import Briefing
from routegraph.briefing.rankings import FIRST
from routegraph.briefing.words import about, count_of, number, ordinal
from routegraph.render.plain_text import visible


@dataclass(frozen=True)
class RankRow:
    """One leg or corridor by both rankings; ``way`` is up, down, same, new (no count) or gone (no flow)."""

    name: str
    flow_rank: str
    flow: str
    count_rank: str
    counted: str
    way: str
    moved: str
    why: str


@dataclass(frozen=True)
class RankTable:
    """Rows of one kind, and what stands above them."""

    title: str
    what: str
    note: str
    rows: tuple[RankRow, ...]


def rank_tables(briefing: Briefing) -> tuple[RankTable, ...]:
    """Return legs and corridors by both rankings; none under an estimator that is itself counts."""
    ranks = briefing.rankings
    if ranks is None:
        return ()
    places = briefing.tables["places"]
    names = dict(zip(places["place_id"], places["name"], strict=True))
    legs = briefing.tables["legs"]
    own = legs.loc[legs["named_pair"] != "yes"]
    why = dict(zip(zip(own["origin"], own["destination"], strict=True), own["why"], strict=True))
    leg_note = (
        f"The first of either ranking. Of the {count_of(ranks.top, 'leg')} with most reported seizures, {ranks.kept} "
        f"{'is' if ranks.kept == 1 else 'are'} among the {ranks.top} with most estimated flow; {ranks.n_legs:,} legs "
        f"have an estimate. Counts are of the {count_of(ranks.n_counted, 'step')} that records name, as written."
    )
    corridor_note = "The first of either ranking among the corridors of corridors.csv, in order of flow, not of score."
    found = (
        RankTable("Legs", "Leg and why the two differ", leg_note, _legs(ranks.legs, names, why, briefing)),
        RankTable("Corridors", "Corridor", corridor_note, _corridors(ranks.corridors, names, briefing)),
    )
    return tuple(table for table in found if table.rows)


def _legs(
    table: pd.DataFrame, names: Mapping[str, str], why: Mapping[tuple[str, str], str], briefing: Briefing
) -> tuple[RankRow, ...]:
    return tuple(
        _row(
            row, path_words(f"{row['origin']} > {row['destination']}", names),
            why=why.get((row["origin"], row["destination"]), ""), levels_told=briefing.levels_told,
        )
        for row in table.to_dict("records")
    )  # fmt: skip


def _corridors(table: pd.DataFrame, names: Mapping[str, str], briefing: Briefing) -> tuple[RankRow, ...]:
    first = (table["flow_rank"] <= FIRST) | (table["count_rank"] <= FIRST)
    rows = table.loc[first].to_dict("records")
    return tuple(_row(row, path_words(row["path"], names), why="", levels_told=briefing.levels_told) for row in rows)


def _row(row: Mapping[Hashable, float], name: str, *, why: str, levels_told: bool) -> RankRow:
    flow, counted = row["flow_rank"], row["count_rank"]
    level = ""
    if levels_told and not math.isnan(row["flow_mean"]):
        level = f"{about(row['flow_mean'])} ({about(row['flow_p05'])} to {about(row['flow_p95'])})"
    joint = "joint " if row["tied"] else ""
    way, moved = _moved(row)
    return RankRow(
        name=visible(name, most=200),
        flow_rank="–" if math.isnan(flow) else ordinal(int(flow)),
        flow=level,
        count_rank="–" if math.isnan(counted) else f"{joint}{ordinal(int(counted))}",
        counted=f"{number(row['counted'])} reported",
        way=way,
        moved=moved,
        why=visible(why, most=500),
    )


def _moved(row: Mapping[Hashable, float]) -> tuple[str, str]:
    """Return which way the correction moved it, and the words: how many ranks."""
    if math.isnan(row["flow_rank"]):
        return "gone", "no leg of its own: its way was inferred"
    if math.isnan(row["count_rank"]):
        return "new", "not in the counts"
    places = int(row["moved"])
    if not places:
        return "same", "same rank"
    return ("up", f"\u25b2 {places:,}") if places > 0 else ("down", f"\u25bc {-places:,}")
