"""Corridors in the document: one table, and the story of each of the first ones."""

from __future__ import annotations

import math
from collections.abc import Sequence

from routegraph.briefing.document import Block, Bullets, Cell, Column, Pairs, Section, Table
from routegraph.briefing.estimates import (
    INSUFFICIENT_LEVEL,
    Row,
    chance_words,
    estimate_cell,
    facts,
    interval_of,
    items,
    place_names,
    rank_words,
    shortened,
    table_of,
    terms_of,
    value,
    verdict_cell,
    verdict_words,
    way,
    widest_of,
    words,
)
from routegraph.briefing.explaining import VERDICTS
from routegraph.briefing.pictures import corridor_figure, drawn_steps
from routegraph.briefing.product import Briefing
from routegraph.briefing.words import amounts, count_of, events, listing, number, ordinal

FRONT, ANNEX = 5, 10
"""Corridors on the first page, and in the annex."""

NO_CORRIDOR = "No corridor of more than one leg across a border was found."
_MOST_IDS = 8
_LEVEL_UNKNOWN = "these data cannot tell how many consignments there are, or the interval is too wide."
_FEW = "too few records: it rests on too few records to conclude from."


def corridor_table(briefing: Briefing, *, most: int) -> Table:
    """Return the first corridors: rank, path, what was reported, the estimate with its interval, tier, verdict."""
    said, names = terms_of(briefing), place_names(briefing)
    corridors = briefing.tables["corridors"].iloc[:most]
    widest = widest_of(briefing.tables["corridors"], "flow", levels_told=briefing.levels_told, most=most)
    rows = [
        (
            Cell(rank=int(value(row, "rank"))),
            Cell(way(words(row, "path"), names), strong=True, under=_one(_facts(row))),
            Cell(
                number(value(row, "seizures")),
                strong=True,
                under=_one(count_of(round(value(row, "n_records")), "record")),
            ),
            estimate_cell(
                interval_of(row, "flow", widest=widest, briefing=briefing),
                under=_one(chance_words(value(row, "p_top"))),
            ),
            Cell(shortened(words(row, "tier"), most=20) or "–", under=_one(rank_words(row))),
            verdict_cell(words(row, "verdict"), estimator=briefing.estimator),
        )
        for row in corridors.to_dict("records")
    ]
    columns = (
        Column("Rank", 0.05), Column("Corridor", 0.44), Column("Events reported", 0.1, number=True),
        Column(f"{said.estimate}; chance of being in the top {said.top}", 0.21), Column("Tier", 0.1),
        Column("Verdict", 0.1),
    )  # fmt: skip
    return Table(columns, tuple(rows))


def corridor_sections(briefing: Briefing) -> tuple[Section, ...]:
    """Return a part for each of the first corridors: map, numbers, reasons, records, sources, what moves its rank."""
    names, drawn = place_names(briefing), drawn_steps(briefing)
    by_source = _sources(briefing)
    sections = []
    for row in briefing.tables["corridors"].iloc[:ANNEX].to_dict("records"):
        rank, path = int(value(row, "rank")), way(words(row, "path"), names)
        figure = corridor_figure(rank, path)
        reasons = [one for one in items(row, "reasons") if not one.startswith("its score")]
        blocks: list[Block] = [
            *([figure] if rank in drawn else []),
            _said(_numbers(row, briefing)),
            *([Bullets(tuple(shortened(one, most=400) for one in reasons))] if reasons else []),
            _said(_behind(row, by_source.get(words(row, "corridor_id"), []))),
        ]
        sections.append(Section(f"{rank}. {path}", tuple(blocks), name=f"corridor {rank}"))
    return tuple(sections)


def _said(pairs: Sequence[tuple[str, str]]) -> Pairs:
    return Pairs(tuple((label, text) for label, text in pairs if text))


def _behind(row: Row, found: list[tuple[str, int]]) -> list[tuple[str, str]]:
    """Return what a corridor rests on: record ids, who reported them, its marking and id."""
    tlp = f"TLP:{words(row, 'tlp')}" if words(row, "tlp") else ""
    return [
        ("Records", _records(row)),
        ("Sources", _said_sources(found)),
        ("Id", facts(words(row, "corridor_id"), tlp)),
    ]


def _numbers(row: Row, briefing: Briefing) -> list[tuple[str, str]]:
    verdict = words(row, "verdict")
    reported = f"{events(value(row, 'seizures'))} in {count_of(round(value(row, 'n_records')), 'record')}"
    seized = _amounts(row)
    return [
        ("Goes over", facts(words(row, "countries"), words(row, "modes"), words(row, "commodity"), _crossings(row))),
        ("Reported", reported + (f"; {seized} seized" if seized else "")),
        (terms_of(briefing).estimate, _estimate(row, briefing)),
        ("Chance of being at the top", _top(row, briefing)),
        ("Flow against counts", _both(row, briefing)),
        ("Against licit movement", _licit(row, briefing)),
        ("How firm its rank is", _firm(row)),
        ("What would change its rank", _moving(row)),
        ("Verdict", _verdict(verdict, briefing)),
    ]


def _estimate(row: Row, briefing: Briefing) -> str:
    corridors, told = briefing.tables["corridors"], briefing.levels_told
    widest = widest_of(corridors, "flow", levels_told=told, most=ANNEX)
    found = interval_of(row, "flow", widest=widest, briefing=briefing)
    if found is None:
        return ""
    return f"{found.said} ({found.between})" if found.drawn else f"{found.said} {found.between}"


def _top(row: Row, briefing: Briefing) -> str:
    said, n = chance_words(value(row, "p_top")), len(briefing.tables["corridors"])
    top = terms_of(briefing).top
    measured = "smoothed count" if briefing.estimator == "counts" else "flow"
    place = f"highest of {n} in {measured}" if top == 1 else f"among the {top} of {n} highest in {measured}"
    return f"{place}: {said}" if said and n > 1 else ""


def _both(row: Row, briefing: Briefing) -> str:
    """Say where flow and reported counts put a corridor among those that are flagged."""
    ranks = briefing.rankings
    if ranks is None:
        return ""
    own = ranks.corridors.loc[ranks.corridors["corridor_id"] == words(row, "corridor_id")].to_dict("records")
    if not own or math.isnan(value(own[0], "flow_rank")):
        return ""
    one = own[0]
    flow = f"{ordinal(int(value(one, 'flow_rank')))} of {len(ranks.corridors):,} by estimated flow"
    if math.isnan(value(one, "count_rank")):
        return f"{flow}; no reported event travelled all that makes one its traffic, so counts give it no rank"
    joint = "joint " if one["tied"] else ""
    counted = events(value(one, "counted"))
    rank = f"{joint}{ordinal(int(value(one, 'count_rank')))} by reported counts"
    return f"{flow}, {rank} ({counted} on it as records word it)"


def _licit(row: Row, briefing: Briefing) -> str:
    surprise = value(row, "surprise")
    if briefing.estimator == "counts" or math.isnan(surprise):
        return ""
    times = number(float(f"{2.0 ** min(max(surprise, -60.0), 60.0):.2g}"))
    return f"on the mean of its steps {times} times what licit movement and distance explain"


def _firm(row: Row) -> str:
    ranks, tier = rank_words(row), shortened(words(row, "tier"), most=20)
    said = [f"tier {tier}" if tier else "", f"{ranks} of all chains found, in 90 % of trials" if ranks else ""]
    return ", ".join(one for one in said if one)


def _moving(row: Row) -> str:
    """Say which weights of the score and which sources its rank hangs on; '' where that was not tried."""
    rank = str(int(value(row, "rank")))
    tried = [one.split(" ") for one in items(row, "by_weight")]
    tried = [one for one in tried if len(one) == 3 and one[1].isdigit() and one[2].isdigit()]
    moved = [
        f"weight of {shortened(name, most=40)} 20 % less or more: rank {less} or {more}"
        for name, less, more in tried
        if {less, more} != {rank}
    ]
    alone = [one.partition(" ") for one in items(row, "without")]
    lost = [
        f"without what {shortened(source, most=60)} alone reports: rank {found}"
        for found, _, source in alone
        if found.isdigit()
    ]
    still = ["no weight of the score moves it when it is 20 % less or more"] if tried and not moved else []
    return "; ".join([*still, *moved, *lost])


def _verdict(verdict: str, briefing: Briefing) -> str:
    if not verdict:
        return "none: nothing was found against it, which does not confirm it."
    if verdict == "insufficient":
        return _FEW if briefing.estimator == "counts" else f"{INSUFFICIENT_LEVEL}: {_LEVEL_UNKNOWN}"
    return VERDICTS.get(verdict, verdict_words(verdict, estimator=briefing.estimator))


def _records(row: Row) -> str:
    ids, n = items(row, "record_ids"), round(value(row, "n_records"))
    if not ids:
        return ""
    shown = [shortened(one, most=60) for one in ids[:_MOST_IDS]]
    more = max(n, len(ids)) - len(shown)
    return ", ".join(shown) + (f" and {more:,} more in evidence.csv" if more else "")


def _sources(briefing: Briefing) -> dict[str, list[tuple[str, int]]]:
    """Return who reported the records of each corridor, with how many records, most first."""
    evidence = table_of(briefing, "evidence")
    uses = evidence.loc[evidence["kind"] == "corridor", ["id", "record_id"]].drop_duplicates()
    records = table_of(briefing, "records")[["record_id", "source"]].drop_duplicates("record_id")
    counted = uses.merge(records, on="record_id").groupby(["id", "source"]).size().rename("n").reset_index()
    counted = counted.sort_values(["id", "n", "source"], ascending=[True, False, True])
    found: dict[str, list[tuple[str, int]]] = {}
    for corridor, source, n in zip(counted["id"], counted["source"], counted["n"], strict=True):
        found.setdefault(str(corridor), []).append((str(source), int(n)))
    return found


def _said_sources(found: list[tuple[str, int]]) -> str:
    each = [f"{shortened(source, most=60) or 'not stated'} ({n:,})" for source, n in found]
    return listing(each, most=8)


def _facts(row: Row) -> str:
    return facts(words(row, "modes"), words(row, "commodity"), _crossings(row))


def _crossings(row: Row) -> str:
    borders = value(row, "borders_crossed")
    if math.isnan(borders):
        return ""
    return "1 border" if borders == 1 else f"{number(borders)} borders"


def _amounts(row: Row) -> str:
    return shortened(amounts(words(row, "quantity_seized"), words(row, "unit")), most=60)


def _one(*said: str) -> tuple[str, ...]:
    return tuple(one for one in said if one)
