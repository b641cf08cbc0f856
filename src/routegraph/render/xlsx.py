"""case.xlsx: every table as a sheet of one workbook, behind a sheet that says what it is and what it cannot tell."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from routegraph.briefing.caveats import SYNTHETIC
from routegraph.briefing.product import Briefing
from routegraph.render.about import About, about
from routegraph.render.plain_text import visible
from routegraph.render.target import Target
from routegraph.render.told import told_table
from routegraph.render.xlsx_cells import fitted, shown
from routegraph.render.xlsx_styles import Styles, page_set_up
from routegraph.render.xlsx_tables import MOST_ROWS, SHEETS, write_table_sheet

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook

FIRST_SHEET, LAST_SHEET = "Read me first", "Units"
# A workbook says when it was made; the same case gives the same bytes, so this one does not.
_MADE = datetime(2000, 1, 1, tzinfo=UTC)
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_LABEL, _TEXT = 26, 112
"""Characters across of the two columns of the first sheet."""
_COUNTED = "Figures of flow are reported counts, not corrected for detection, and not traffic."
_UNTOLD = "Levels are not told: shares of the largest stand in place of numbers of consignments."
_HOW = """\
Every sheet has the marking in its first row, units above the headings and a filter on them; what a column means is in \
the comment of its heading and in sheet Units. A mean stands with both ends of its 90 % interval (p05, p95): read it \
with them, never alone.
An empty cell is unknown or not estimated. Numbers are numbers of up to six digits; how many are shown is a matter of \
format. Lists in a cell are joined by '; ', ways by ' > '.
Dates known to the day are dates; those of a month or a year are text, as precise as they are known.
Text is as it was reported. No cell is a formula or a link, whatever it looks like; a character that would be unseen \
or turn text around is shown by its code."""


def render_xlsx(briefing: Briefing) -> bytes:
    """Return the workbook: Read me first, one sheet a table, Units.

    Cells are typed: numbers are numbers, dates known to the day are dates, all else is text, and none is a formula or a
    link. Text longer than a cell holds is cut and says where the rest is; so does a table longer than a sheet. Where
    levels are not told no number of consignments is in it, only shares.
    """
    from xlsxwriter import Workbook

    target = io.BytesIO()
    said = about(briefing)
    with Workbook(target, _OPTIONS) as workbook:
        workbook.set_size(1800, 1200)
        workbook.set_properties(
            {
                "title": shown(visible(said.title, most=200)),
                "subject": shown(visible(said.marking, most=200)),
                "category": "SYNTHETIC" if said.synthetic else "",
                "comments": shown(visible(said.lines(), most=4_000)),
                "author": "routegraph",
                "created": _MADE,
            }
        )
        workbook.set_custom_property("run digest", said.digest)
        workbook.set_custom_property("marking", shown(visible(said.marking, most=200)))
        styles = Styles(workbook, briefing.marking.tlp)
        _write_front(workbook, styles, briefing=briefing, said=said)
        for sheet in SHEETS:
            write_table_sheet(workbook, styles, sheet, briefing=briefing, remark=_remark(said))
        _write_units(workbook, styles, briefing=briefing)
    return target.getvalue()


def _remark(said: About) -> str:
    if said.estimator == "counts":
        return _COUNTED
    return "" if said.levels_told else _UNTOLD


def _write_front(workbook: Workbook, styles: Styles, *, briefing: Briefing, said: About) -> None:
    """Write the first sheet: two columns, item and text, section by section."""
    page = workbook.add_worksheet(FIRST_SHEET)
    page.set_column(0, 0, _LABEL, styles.label)
    page.set_column(1, 1, _TEXT, styles.text)
    page.hide_gridlines(2)
    page.set_row(0, 20, styles.banner)
    page.write_string(0, 0, _cell(said.marking), styles.banner)
    page.set_row(1, 22 * max(1, -(-len(said.title) // 70)))
    page.write_string(1, 0, "Case", styles.label)
    page.write_string(1, 1, _cell(said.title), styles.title)
    row = 2
    for section, lines in _sections(briefing, said):
        row += 1
        page.write_string(row, 0, section, styles.section)
        page.write_blank(row, 1, None, styles.section)
        for label, text in lines:
            row += 1
            warned = label in ("Synthetic", "Levels")
            page.set_row(row, max(_height(label, _LABEL), _height(text, _TEXT)))
            page.write_string(row, 0, _cell(label), styles.label)
            page.write_string(row, 1, _cell(text), styles.warning if warned else styles.text)
        row += 1
    page.freeze_panes(1, 0)
    page.print_area(0, 0, row, 1)
    page.repeat_rows(0)
    page_set_up(page, marking=said.marking, synthetic=said.synthetic)


def _sections(briefing: Briefing, said: About) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Return the parts of the first sheet, the weightiest first; a part without a line is left out."""
    warnings = [("Synthetic", SYNTHETIC)] if said.synthetic else []
    if not said.levels_told:
        warnings.append(("Levels", _UNTOLD))
    whole = [
        ("Marking", said.marking),
        ("Period", said.period),
        *warnings,
        ("What figures are", said.estimate),
        ("Confidence", said.confidence),
    ]
    judgements = [(f"{n}", f"{one.text}\n({one.basis})") for n, one in enumerate(briefing.judgements, 1)]
    parts = (
        ("This workbook", whole),
        ("Key judgements", judgements),
        ("What changed", [("", text) for text in briefing.changes]),
        ("What this cannot tell you", [("", caveat) for caveat in said.caveats]),
        ("Not estimated", list(said.not_estimated)),
        ("How to read it", [("", text) for text in _HOW.split("\n")]),
        ("Sheets", list(_contents(briefing))),
        ("Data and coverage", list(said.coverage)),
        ("Sources", [("", source) for source in said.sources]),
        ("Method", [("Estimator", said.estimator), ("In words", said.method), ("Borders that count", said.border)]),
        ("Inputs (SHA-256)", list(said.inputs)),
        ("Versions", list(said.versions)),
        ("Run", [("Run digest", said.digest)]),
    )
    yield from ((name, lines) for name, lines in parts if any(text for _, text in lines))


def _contents(briefing: Briefing) -> Iterator[tuple[str, str]]:
    for sheet in SHEETS:
        n = len(briefing.tables[sheet.table])
        cut = f" (the first {MOST_ROWS:,} are here, all are in {sheet.table}.csv)" if n > MOST_ROWS else ""
        yield sheet.name, f"{n:,} {'row' if n == 1 else 'rows'}{cut}. {sheet.row}"
    yield LAST_SHEET, "What every column means, and its unit."


def _write_units(workbook: Workbook, styles: Styles, *, briefing: Briefing) -> None:
    page = workbook.add_worksheet(LAST_SHEET)
    page.set_row(0, 20, styles.banner)
    page.write_string(0, 0, _cell(briefing.marking.text), styles.banner)
    for at, (heading, width) in enumerate((("sheet", 14), ("column", 24), ("unit", 30), ("meaning", 110))):
        page.set_column(at, at, width, styles.text)
        page.write_string(1, at, heading, styles.heading)
    row = 1
    for sheet in SHEETS:
        for column, meant in told_table(briefing, sheet.table)[1].items():
            row += 1
            for at, text in enumerate((sheet.name, column, meant.unit, meant.text)):
                page.write_string(row, at, _cell(text), styles.text)
    page.freeze_panes(2, 2)
    page.autofilter(1, 0, row, 3)
    page.print_area(0, 0, row, 3)
    page.repeat_rows(0, 1)
    page_set_up(page, marking=briefing.marking.text, synthetic=briefing.synthetic)


def _height(text: str, across: int) -> float:
    """Return the points that wrapped text takes: not every program works this out when it opens a file."""
    lines = sum(max(1, -(-len(line) // across)) for line in text.split("\n"))
    return min(15.0 * lines + 1, 400.0)


def _cell(text: str) -> str:
    return fitted(shown(text), rest="all of it is in run.json or briefing.html")


TARGETS = (Target("xlsx", "case.xlsx", render_xlsx, on_request=True),)
