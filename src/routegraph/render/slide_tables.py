"""Tables on slides: rows with bars drawn to scale, and PowerPoint's own tables, each with its headings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn
from pptx.util import Inches, Pt

from routegraph.briefing.document import Cell, Column, Interval, Table
from routegraph.render.office import ACCENT, INK, RULE, SOFT, rank_ink
from routegraph.render.slide_lines import level_of
from routegraph.render.slide_parts import Deck, badge, fill_text, inches, interval_bar, rule, text
from routegraph.render.slide_text import BODY, CONTENT, FINE, Box, Line, fitting, height, left_out, shortened, width_of

_HEAD = 0.6
_GAP = 0.2
_WIDEST = 3.4
_UNBROKEN = 24


def drawn_rows(
    slide: Any, columns: Sequence[Column], rows: Sequence[tuple[Cell, ...]], *, most: int, foot: Sequence[Line] = (),  # noqa: ANN401
) -> None:  # fmt: skip
    """Draw rows under their headings, as high as ``most`` of them may be, intervals as bars on one scale.

    ``foot`` stands under them: what the figures are.
    """
    low = sum(height(line, wide=CONTENT.wide) for line in foot)
    each = (CONTENT.high - _HEAD - low) / most
    if foot:
        text(slide, Box(CONTENT.left, CONTENT.top + CONTENT.high - low + 0.04, CONTENT.wide, low), foot)
    boxes = _across(columns, rows, size=BODY, head=FINE)
    for column, (left, wide) in zip(columns, boxes, strict=True):
        head = [Line(column.title, FINE, bold=True, colour=SOFT, after=0)]
        text(slide, Box(left, CONTENT.top - 0.06, wide, _HEAD), head, right=column.number)
    rule(slide, CONTENT.top + _HEAD - 0.02, colour=INK, thick=0.02)
    for k, row in enumerate(rows):
        top = CONTENT.top + _HEAD + k * each
        for cell, column, (left, wide) in zip(row, columns, boxes, strict=True):
            _cell(slide, cell, Box(left, top + 0.07, wide, each - 0.1), right=column.number)
        rule(slide, top + each - 0.006)


def _across(
    columns: Sequence[Column], rows: Sequence[tuple[Cell, ...]], *, size: float, head: float
) -> list[tuple[float, float]]:
    """Return where each column starts and how wide it is: its share, and never too narrow for what must not break."""
    whole = sum(column.share for column in columns) or 1.0
    wides = [CONTENT.wide * column.share / whole for column in columns]
    needs = [
        max(*(_need(row[k], size) for row in rows), _heading(column, head)) / 0.97 + _GAP
        for k, column in enumerate(columns)
    ]
    missing = sum(max(need - wide, 0.0) for need, wide in zip(needs, wides, strict=True))
    spare = sum(max(wide - need, 0.0) for need, wide in zip(needs, wides, strict=True))
    given = min(missing / spare, 1.0) if spare else 0.0
    wides = [max(wide - given * max(wide - need, 0.0), min(need, wide) if spare < missing else need)
             for need, wide in zip(needs, wides, strict=True)]  # fmt: skip
    wides = [wide * CONTENT.wide / sum(wides) for wide in wides]
    return [(CONTENT.left + sum(wides[:k]), wide - _GAP) for k, wide in enumerate(wides)]


def _need(cell: Cell, size: float) -> float:
    """Return how wide a cell must be for its numbers to stand unbroken and its words whole."""
    whole = [one for one in (cell.text,) if len(one) <= _UNBROKEN]
    whole += [one for one in cell.under if len(one) <= 2 * _UNBROKEN]
    if cell.interval is not None and cell.interval.drawn:
        whole.append(level_of(cell.interval))
    lines = [Line(one, size, bold=cell.strong) for one in ("", *whole)]
    words = [_words(one, size, bold=cell.strong) for one in (cell.text, *cell.under, cell.flag)]
    return min(max(*map(width_of, lines), *words, 0.5 if cell.rank is not None else 0.0), _WIDEST)


def _heading(column: Column, size: float) -> float:
    """Return how wide a heading must be to stand in three rows."""
    third = width_of(Line(column.title, size, bold=True)) / 3 + size / 25
    return max(min(third, _WIDEST), _words(column.title, size, bold=True))


def _words(text: str, size: float, *, bold: bool = False) -> float:
    words = (Line(word, size, bold=bold) for word in text.split(" "))
    return min(max(map(width_of, words), default=0.0), 2.0)


def _cell(slide: Any, cell: Cell, box: Box, *, right: bool) -> None:  # noqa: ANN401
    if cell.rank is not None:
        badge(slide, cell.rank, rank_ink(cell.rank), left=box.left, top=box.top)
    under = [Line(line, BODY, colour=SOFT, after=0) for line in cell.under]
    if cell.interval is not None:
        _estimate(slide, cell.interval, under, box)
        return
    lines = []
    if cell.text:
        lines.append(Line(_short(cell, box), BODY, bold=cell.strong, after=1))
    lines += under
    if cell.flag:
        lines.append(Line(cell.flag, BODY, bold=not cell.calm, colour=SOFT if cell.calm else ACCENT, after=0))
    if lines:
        text(slide, box, lines, right=right)


def _estimate(slide: Any, one: Interval, under: Sequence[Line], box: Box) -> None:  # noqa: ANN401
    """Write an estimate, which is never cut, with its bar under it; one that is not told has no bar."""
    level = Line(level_of(one), BODY, bold=True, after=0)
    if not one.drawn:
        text(slide, box, [level, *under])
        return
    fill_text(slide.shapes.add_textbox(*inches(Box(box.left, box.top, box.wide, 0.3))), [level])
    interval_bar(slide, one, Box(box.left, box.top + 0.31, box.wide, 0.15))
    if under:
        text(slide, Box(box.left, box.top + 0.49, box.wide, box.high - 0.49), under)


def _short(cell: Cell, box: Box) -> str:
    """Return a way in as many rows as its smaller lines leave it; the briefing and the notes have it whole."""
    taken = sum(height(Line(one, after=0), wide=box.wide) for one in cell.under)
    rows = max(1, int((box.high + 0.03 - taken) / height(Line("A", after=0), wide=box.wide)))
    return shortened(cell.text, size=BODY, wide=box.wide, rows=rows) if " > " in cell.text else cell.text


def table_slides(deck: Deck, title: str, table: Table, *, size: float, most: int, intro: Sequence[Line] = ()) -> None:
    """Add a table as PowerPoint's own, slide by slide under ``intro`` and its headings; ``most`` slides at most."""
    widths = [wide + _GAP for _, wide in _across(table.columns, table.rows, size=size, head=size)]
    above = sum(height(line, wide=CONTENT.wide) for line in intro)
    box = Box(CONTENT.left, CONTENT.top + above, CONTENT.wide, CONTENT.high - above)
    pages = list(_pages(table, widths, size, above=above))
    for number, page in enumerate(pages[:most]):
        slide = deck.slide(title if not number else f"{title} ({number + 1})")
        if not number and intro:
            text(slide, Box(CONTENT.left, CONTENT.top, CONTENT.wide, above), intro)
        _draw(slide, table.columns, page, widths, box if not number else CONTENT, size=size)
        left = sum(map(len, pages[most:])) if number == most - 1 else 0
        if left:
            more = Line(left_out(left, "row"), FINE, colour=SOFT, after=0)
            text(slide, Box(CONTENT.left, CONTENT.top + CONTENT.high - 0.22, CONTENT.wide - 1.2, 0.24), [more])


def _pages(table: Table, widths: Sequence[float], size: float, *, above: float) -> Iterator[list[list[list[Line]]]]:
    """Yield the rows of each slide, every cell cut to a third of it."""
    room = CONTENT.high - 0.3 - _row_high([[Line(column.title, size, bold=True)] for column in table.columns], widths)
    page: list[list[list[Line]]] = []
    left = room - above
    for row in table.rows:
        cells = [
            list(fitting(_lines(cell, size), Box(0, 0, wide - _GAP, room / 3)))
            for cell, wide in zip(row, widths, strict=True)
        ]
        needed = _row_high(cells, widths)
        if page and needed > left:
            yield page
            page, left = [], room
        page.append(cells)
        left -= needed
    if page:
        yield page


def _lines(cell: Cell, size: float) -> list[Line]:
    lines = [Line(cell.text, size, bold=cell.strong, after=0)] if cell.text else []
    if cell.interval:
        lines.append(Line(level_of(cell.interval), size, after=0))
    rest = (*cell.under, *cell.points, *([cell.flag] if cell.flag else []))
    return [*lines, *(Line(one, size, colour=SOFT, after=0) for one in rest)]


def _row_high(cells: Sequence[Sequence[Line]], widths: Sequence[float]) -> float:
    each = (sum(height(line, wide=wide - _GAP) for line in lines) for lines, wide in zip(cells, widths, strict=True))
    return max(each, default=0.0) + 0.09


def _draw(
    slide: Any, columns: Sequence[Column], page: list[list[list[Line]]], widths: Sequence[float], box: Box, *,  # noqa: ANN401
    size: float,
) -> None:  # fmt: skip
    head = [[Line(column.title, size, bold=True, colour=SOFT, after=0)] for column in columns]
    rows = [head, *page]
    highs = [_row_high(cells, widths) for cells in rows]
    box = Box(box.left, box.top, sum(widths), sum(highs))
    drawn = slide.shapes.add_table(len(rows), len(columns), *inches(box)).table
    drawn.horz_banding = False
    drawn._tbl.tblPr.find(qn("a:tableStyleId")).text = _PLAIN  # noqa: SLF001
    for column, wide in zip(drawn.columns, widths, strict=True):
        column.width = Inches(wide)
    for k, (row, cells, high) in enumerate(zip(drawn.rows, rows, highs, strict=True)):
        row.height = Inches(high)
        for cell, lines, column in zip(row.cells, cells, columns, strict=True):
            cell.margin_left, cell.margin_right = 0, Inches(_GAP)
            cell.margin_top = cell.margin_bottom = Pt(2)
            fill_text(cell, lines or [Line("", FINE)], right=column.number)
            _line_under(cell, INK if k == 0 else RULE, points=1.5 if k == 0 else 0.75)


def _line_under(cell: Any, colour: str, *, points: float) -> None:  # noqa: ANN401
    properties = cell._tc.get_or_add_tcPr()  # noqa: SLF001
    fill = f'<a:solidFill><a:srgbClr val="{colour}"/></a:solidFill>'
    properties.append(parse_xml(f'<a:lnB {nsdecls("a")} w="{int(points * 12_700)}">{fill}</a:lnB>'))


_PLAIN = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"
"""PowerPoint's table style without fill or line."""
