"""What a section says, as lines of a slide and as a speaker's notes."""

from __future__ import annotations

from routegraph.briefing.document import Block, Bullets, Cell, Interval, Judgements, Pairs, Paragraph, Section, Table
from routegraph.render.office import INK, SOFT
from routegraph.render.slide_text import BODY, Line


def lines_of(section: Section | None, *, size: float = BODY, tables: bool = True) -> list[Line]:
    """Return what a section and its parts say, as lines; tables row by row, or not at all."""
    if section is None:
        return []
    found = [line for block in section.blocks for line in _lines(block, size=size, tables=tables)]
    for part in section.parts:
        inner = lines_of(part, size=size, tables=tables)
        found += [Line(part.title, size + 1, bold=True), *inner] if inner else []
    return found


def texts_of(section: Section | None) -> list[str]:
    """Return what a section and its parts say, as plain text for notes."""
    return [line.text for line in lines_of(section)]


def cell_text(cell: Cell) -> str:
    """Return what a cell says in one line."""
    level = level_of(cell.interval) if cell.interval else ""
    rank = f"{cell.rank}." if cell.rank is not None else ""
    return ", ".join(one for one in (rank, cell.text, level, *cell.under, *cell.points, cell.flag) if one)


def level_of(one: Interval) -> str:
    """Return an estimate and its interval, or what is said in their place where levels are not told."""
    return f"{one.said}  ({one.between})" if one.drawn and one.between else f"{one.said} {one.between}".strip()


def _lines(block: Block, *, size: float, tables: bool) -> list[Line]:
    match block:
        case Paragraph():
            return [Line(block.text, size, colour=SOFT if block.tone == "small" else INK)]
        case Bullets():
            return [Line(item, size, bullet=True) for item in block.items]
        case Pairs():
            return [Line(f"{label}: {value}", size) for label, value in block.items]
        case Judgements():
            return [Line(item.text, size) for item in block.items]
        case Table() if tables:
            said = ["; ".join(filter(None, map(cell_text, row))) for row in block.rows]
            return [Line(one, size, bullet=True) for one in said]
        case _:
            return []
