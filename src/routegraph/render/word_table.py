"""Tables in briefing.docx: real ones, whose heading row stands again on every page and whose rows do not break."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.shared import Cm, Length

from routegraph.briefing.document import Cell, Column, Interval, Table
from routegraph.render.office import ACCENT, INK, SOFT, SPAN, TRACK, rank_ink, said
from routegraph.render.word_styles import PAIRS, TABLE
from routegraph.render.word_text import badge, tag, write

if TYPE_CHECKING:
    from docx.document import Document as WordFile
    from docx.table import Table as WordTable
    from docx.table import _Cell
    from docx.text.paragraph import Paragraph

_BAR_CM = (2.9, 0.24)
_BAR_PX = (580, 48)
_CLEAR = 3
_LONGEST_CELL = 600
_LONGEST_ALT = 600


def add_table(word: WordFile, table: Table, *, wide: Length) -> None:
    """Write a table under its headings."""
    drawn = word.add_table(1 + len(table.rows), len(table.columns))
    widths = _shape(drawn, [column.share for column in table.columns], style=TABLE, wide=wide)
    _head(drawn, table.columns)
    for row, cells in zip(drawn.rows[1:], table.rows, strict=True):
        _keep_whole(row)
        for room, cell, column, width in zip(row.cells, cells, table.columns, widths, strict=True):
            fill(room, cell, number=column.number, wide=width)
    word.add_paragraph(style="Table Small")


def add_pairs(word: WordFile, items: tuple[tuple[str, str], ...], *, wide: Length) -> None:
    """Write labels and their values beside each other."""
    drawn = word.add_table(len(items), 2)
    _shape(drawn, [0.28, 0.72], style=PAIRS, wide=wide)
    for row, (label, value) in zip(drawn.rows, items, strict=True):
        _keep_whole(row)
        write(_first(row.cells[0], "Table Text"), label, most=120, bold=True)
        write(_first(row.cells[1], "Table Text"), value)
    word.add_paragraph(style="Table Small")


def fill(room: _Cell, cell: Cell, *, number: bool, wide: int) -> None:
    """Write what a cell says: its line, smaller lines, points, a bar and a tag."""
    main, small = ("Table Number", "Table Number Small") if number else ("Table Text", "Table Small")
    lines = _Lines(room)
    if cell.rank is not None:
        badge(lines.new(main), f"{cell.rank}", fill=rank_ink(cell.rank))
    if cell.text:
        write(lines.new(main), cell.text, most=_LONGEST_CELL, bold=cell.strong or None)
    if cell.interval is not None:
        _interval(lines, cell.interval, main, wide=wide)
    for text in cell.under:
        write(lines.new(small), text, most=_LONGEST_CELL)
    for text in cell.points:
        write(lines.new("Table Point"), f"\u2022 {text}", most=_LONGEST_CELL)
    if cell.flag:
        tag(lines.new(small), cell.flag, colour=SOFT if cell.calm else ACCENT)
    if not lines.used:
        lines.new(main)


class _Lines:
    """The paragraphs of a cell: Word gives it a first one, which must not stay empty."""

    def __init__(self, room: _Cell) -> None:
        self._room = room
        self.used = False

    def new(self, style: str) -> Paragraph:
        paragraph = self._room.add_paragraph(style=style) if self.used else _first(self._room, style)
        self.used = True
        return paragraph


def _interval(lines: _Lines, interval: Interval, main: str, *, wide: int) -> None:
    line = lines.new(main)
    write(line, interval.said, most=60, bold=True)
    write(line, f" {interval.between}", most=80, colour=SOFT)
    if interval.drawn:
        bar = (
            lines.new(main)
            .add_run()
            .add_picture(BytesIO(bar_png(interval)), min(Cm(_BAR_CM[0]), Length(wide - Cm(0.35))), Cm(_BAR_CM[1]))
        )
        describe(bar, f"{interval.said}, 90 % interval {interval.between}")


def describe(picture: Any, text: str) -> None:  # noqa: ANN401
    """Give a picture the words that a screen reader says."""
    for side in ("distT", "distB", "distL", "distR"):  # without them some readers push a picture off its place
        picture._inline.set(side, "0")  # noqa: SLF001
    picture._inline.docPr.set("descr", said(text, most=_LONGEST_ALT))  # noqa: SLF001


def bar_png(interval: Interval) -> bytes:
    """Return an interval as a bar drawn to scale from 0 to its widest: a PNG of a few hundred bytes."""
    from PIL import Image, ImageDraw

    wide, high = _BAR_PX
    scale = (wide - 1) / interval.widest if interval.widest > 0 else 0.0
    low, mean, high_end = (
        round(min(max(value, 0.0) * scale, wide - 1)) for value in (interval.low, interval.mean, interval.high)
    )
    picture = Image.new("P", (wide, high), color=_CLEAR)
    picture.putpalette(b"".join(bytes.fromhex(colour) for colour in (TRACK, SPAN, INK, "FFFFFF")))
    pen = ImageDraw.Draw(picture)
    parts = ((0, wide, 0.35), (low, max(high_end, low + 4), 0.7), (max(mean - 4, 0), min(mean + 5, wide), 1.0))
    for colour, (start, end, share) in enumerate(parts):
        top = round(high * (1 - share) / 2)
        pen.rectangle((start, top, end - 1, high - 1 - top), fill=colour)
    out = BytesIO()
    picture.save(out, format="PNG", transparency=_CLEAR, optimize=True)
    return out.getvalue()


def _shape(drawn: WordTable, shares: list[float], *, style: str, wide: Length) -> list[int]:
    """Give a table its style and its columns their widths, which no content moves."""
    drawn.style = style
    drawn.autofit = False
    whole = sum(shares) or 1.0
    widths = [int(wide * share / whole) for share in shares]
    for column, width in zip(drawn.columns, widths, strict=True):
        column.width = Length(width)
    for row in drawn.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = Length(width)
    return widths


def _head(drawn: WordTable, columns: tuple[Column, ...]) -> None:
    row = drawn.rows[0]
    _keep_whole(row)
    row._tr.get_or_add_trPr().append(parse_xml(f"<w:tblHeader {nsdecls('w')}/>"))  # noqa: SLF001
    for room, column in zip(row.cells, columns, strict=True):
        write(_first(room, "Table Number Heading" if column.number else "Table Heading"), column.title, most=120)


def _keep_whole(row: Any) -> None:  # noqa: ANN401
    row._tr.get_or_add_trPr().append(parse_xml(f"<w:cantSplit {nsdecls('w')}/>"))  # noqa: SLF001


def _first(room: _Cell, style: str) -> Paragraph:
    paragraph: Paragraph = room.paragraphs[0]
    paragraph.style = style
    return paragraph
