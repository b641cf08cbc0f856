"""The annexes on data: what went in to the last row, what the case cannot tell, and who reported it."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from routegraph.briefing.caveats import NOT_FLOW
from routegraph.briefing.document import Block, Bullets, Cell, Column, Pairs, Paragraph, Section, Table
from routegraph.briefing.estimates import shortened, table_of
from routegraph.briefing.product import Briefing
from routegraph.briefing.words import count_of, number
from routegraph.records.markings import strictest

_MOST_REASONS = 12
_MOST_SOURCES = 40
_GRADES = (
    "Source grades are Admiralty A (completely reliable) to E (unreliable) and F (cannot be judged), "
    "information grades 1 (confirmed) to 5 (improbable) and 6 (cannot be judged). Numbers in brackets count records."
)
_NOTHING = "Nothing is listed as set aside."


def data_section(briefing: Briefing) -> Section:
    """Return the account of the data to the last row, and what was set aside."""
    coverage = Pairs(briefing.coverage) if briefing.coverage else Paragraph("No account of the data is stated.")
    aside = _set_aside(briefing)
    return Section(
        "Data and coverage",
        (coverage,),
        (Section("What was set aside", (aside or Paragraph(_NOTHING),), name="set aside"),),
        name="data",
    )


def _set_aside(briefing: Briefing) -> Table | None:
    """Return what was set aside, the commonest first: how many, which field, why."""
    rejects = table_of(briefing, "rejects")
    if rejects.empty:
        return None
    counted = rejects.groupby(["field", "reason"]).size().rename("n").reset_index()
    counted = counted.sort_values(["n", "field", "reason"], ascending=[False, True, True])
    rows = [
        (Cell(number(n)), Cell(shortened(field, most=60)), Cell(shortened(reason, most=200)))
        for n, field, reason in zip(
            counted["n"][:_MOST_REASONS], counted["field"], counted["reason"], strict=False
        )
    ]  # fmt: skip
    left = int(counted["n"].iloc[_MOST_REASONS:].sum())
    if left:
        rows.append((Cell(number(left)), Cell("various"), Cell("further reasons, all in rejects.csv")))
    columns = (Column("Cells or rows", 0.16, number=True), Column("Field", 0.24), Column("Reason", 0.6))
    return Table(columns, tuple(rows))


def caveat_section(briefing: Briefing) -> Section:
    """Return all that the case cannot tell, in full, and what was left empty and why."""
    caveats = tuple(dict.fromkeys((*briefing.caveats, *(() if NOT_FLOW in briefing.caveats else (NOT_FLOW,)))))
    empty: Block = Pairs(_left_empty(briefing.not_estimated))
    if not briefing.not_estimated:
        empty = Paragraph("Nothing that this run should estimate was left empty.")
    return Section(
        "Assumptions and caveats",
        (Paragraph("What this cannot tell you, in full.", tone="small"), Bullets(caveats)),
        (Section("Left empty, and why", (empty,), name="empty"),),
        name="caveats",
    )


def _left_empty(reasons: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return the columns that share a reason, and the reason."""
    by_reason: dict[str, list[str]] = {}
    for column, reason in reasons.items():
        by_reason.setdefault(reason, []).append(column)
    return tuple((", ".join(columns), reason) for reason, columns in by_reason.items())


def source_section(briefing: Briefing) -> Section:
    """Return who reported the records, how they are graded, and the terms on which the data came."""
    records, stated = table_of(briefing, "records"), briefing.sources
    graded = bool((records["source_grade"] != "").any() or (records["info_grade"] != "").any())
    table = _sources(records, graded=graded)
    terms: Block = Bullets(stated) if stated else Paragraph("No publisher, terms or citation is stated.")
    blocks: tuple[Block, ...] = (Paragraph("No record was used."),)
    if table.rows:
        blocks = (
            Paragraph(_GRADES if graded else "No record states a source grade or an information grade.", tone="small"),
            table,
        )
    return Section("Sources", blocks, (Section("Publishers, terms and citation", (terms,), name="terms"),), "sources")


def _sources(records: pd.DataFrame, *, graded: bool) -> Table:
    """Return records, events and grades by source, the largest first; no grades where none is stated."""
    grades = (Column("Source grade", 0.14), Column("Information grade", 0.28)) if graded else ()
    columns = (
        Column("Source", 0.25 if graded else 0.67), Column("Records", 0.09, number=True),
        Column("Events", 0.09, number=True), *grades, Column("Strictest TLP", 0.15),
    )  # fmt: skip
    sizes = records.groupby("source", sort=True).size().sort_values(ascending=False, kind="stable")
    rows = [
        _source(str(one), records.loc[records["source"] == one], graded=graded) for one in sizes.index[:_MOST_SOURCES]
    ]
    others = records.loc[records["source"].isin(sizes.index[_MOST_SOURCES:])]
    if len(others):
        n = len(sizes) - _MOST_SOURCES
        rows.append(_source(f"{count_of(n, 'other source')}, in records.csv", others, graded=graded))
    return Table(columns, tuple(rows))


def _source(name: str, records: pd.DataFrame, *, graded: bool) -> tuple[Cell, ...]:
    grades = (Cell(_grades(records[column])) for column in ("source_grade", "info_grade") if graded)
    return (
        Cell(shortened(name, most=80) or "not stated", strong=True),
        Cell(f"{len(records):,}"),
        Cell(number(int(records["count"].sum()))),
        *grades,
        Cell(strictest(records["tlp"])),
    )


def _grades(grades: pd.Series) -> str:
    """Return how many records have each grade: ``B`` where all have one, else ``A (3), B (12), none (1)``."""
    counted = grades.value_counts().sort_index()
    if len(counted) == 1:
        return shortened(str(counted.index[0]), most=20) or "none"
    known = [(str(grade), n) for grade, n in counted.items() if grade]
    each = [f"{shortened(grade, most=20)} ({n:,})" for grade, n in known[:8]]
    without = int(counted.get("", 0))
    return ", ".join([*each, *([f"none ({without:,})"] if without else [])])
