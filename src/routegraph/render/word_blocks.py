"""The blocks of a document, each as Word has it: headings, lists, notes, figures with captions, tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import groupby
from typing import TYPE_CHECKING, Any

from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Length, Pt

from routegraph.briefing.document import Block, Bullets, Figure, Judgements, Pairs, Paragraph, Section, Table
from routegraph.render.office import SOFT, png_size
from routegraph.render.word_table import add_pairs, add_table, describe
from routegraph.render.word_text import write

if TYPE_CHECKING:
    from docx.document import Document as WordFile
    from docx.text.paragraph import Paragraph as WordParagraph

Pictures = Callable[[str], bytes]
"""A figure as PNG, by its name."""
_TALLEST = Cm(14.5)
_TONES = {"plain": "Normal", "small": "Remark", "note": "Note", "warn": "Warning"}
_BESIDE = 2


@dataclass(frozen=True)
class Writer:
    """Where blocks are written to: the file, where its figures come from, and the width of its text."""

    word: WordFile
    picture: Pictures
    wide: Length

    def section(self, section: Section, *, letter: str = "", level: int = 1) -> None:
        """Write a section; one with a letter is an annex, which begins a page."""
        heading = self.word.add_paragraph(style=f"Heading {level}")
        write(heading, f"Annex {letter}. {section.title}" if letter else section.title, most=200)
        heading.paragraph_format.page_break_before = True if letter else None
        self._blocks(section.blocks)
        for part in section.parts:
            self._part(part, level=2)

    def _part(self, section: Section, *, level: int) -> None:
        write(self.word.add_paragraph(style=f"Heading {min(level, 3)}"), section.title, most=200)
        self._blocks(section.blocks)
        for part in section.parts:
            self._part(part, level=level + 1)

    def _blocks(self, blocks: Sequence[Block]) -> None:
        for small, some in groupby(blocks, key=lambda block: isinstance(block, Figure) and block.small):
            if small:
                self._beside([block for block in some if isinstance(block, Figure)])
                continue
            for block in some:
                self._block(block)

    def _block(self, block: Block) -> None:
        match block:
            case Paragraph():
                write(self.word.add_paragraph(style=_TONES.get(block.tone, "Normal")), block.text)
            case Judgements():
                self._judgements(block)
            case Bullets():
                for item in block.items:
                    write(self.word.add_paragraph(style="List Bullet"), item)
            case Pairs():
                if block.items:
                    add_pairs(self.word, block.items, wide=self.wide)
            case Table():
                if block.columns:
                    add_table(self.word, block, wide=self.wide)
            case Figure():
                self._figure(block, self.word.add_paragraph(), wide=self.wide)
                if block.caption:
                    write(self.word.add_paragraph(style="Caption"), block.caption)

    def _judgements(self, judgements: Judgements) -> None:
        number = restart(self.word)
        for item in judgements.items:
            paragraph = self.word.add_paragraph(style="List Number")
            properties = paragraph._p.get_or_add_pPr()  # noqa: SLF001
            properties.get_or_add_numPr().get_or_add_numId().val = number
            write(paragraph, item.text)
            if item.basis:
                said = len(paragraph.runs)
                write(paragraph, f" [{item.basis}]", colour=SOFT)
                for run in paragraph.runs[said:]:
                    run.font.size = Pt(7.5)

    def _beside(self, figures: list[Figure]) -> None:
        """Set small figures two by two, each over its caption."""
        rows = -(-len(figures) // _BESIDE)
        grid = self.word.add_table(rows, _BESIDE)
        grid.autofit = False
        width = Length(self.wide // _BESIDE)
        for column in grid.columns:
            column.width = width
        for row in grid.rows:
            row._tr.get_or_add_trPr().append(parse_xml(f"<w:cantSplit {nsdecls('w')}/>"))  # noqa: SLF001
            for cell in row.cells:
                cell.width = width
        for k, figure in enumerate(figures):
            cell = grid.cell(*divmod(k, _BESIDE))
            self._figure(figure, cell.paragraphs[0], wide=Length(width - Cm(0.4)))
            if figure.caption:
                write(cell.add_paragraph(style="Caption"), figure.caption)
        self.word.add_paragraph(style="Table Small")

    def _figure(self, figure: Figure, paragraph: WordParagraph, *, wide: Length) -> None:
        data = self.picture(figure.name)
        if not data:
            return
        across, down = png_size(data)
        width = Length(min(wide, _TALLEST * across // down))
        paragraph.paragraph_format.keep_with_next = bool(figure.caption)
        describe(paragraph.add_run().add_picture(BytesIO(data), width), figure.alt or figure.caption)


def side_by_side(writer: Writer, *, share: float) -> tuple[Writer, Writer]:
    """Return two rooms beside each other, the first with its share of the width, to write sections into."""
    grid = writer.word.add_table(1, 2)
    grid.autofit = False
    widths = [Length(int(writer.wide * part)) for part in (share, 1 - share)]
    rooms: list[Any] = []
    for column, cell, width in zip(grid.columns, grid.rows[0].cells, widths, strict=True):
        column.width = cell.width = width
        rooms.append(cell)
    for cell in rooms:  # a cell's own first paragraph would stand empty above the heading
        cell._tc.remove(cell.paragraphs[0]._p)  # noqa: SLF001
    return tuple(  # type: ignore[return-value]
        Writer(cell, writer.picture, Length(width - Cm(0.4))) for cell, width in zip(rooms, widths, strict=True)
    )


def restart(word: WordFile) -> int:
    """Return a new list in the numbering of List Number, counted from 1."""
    numbering = word.part.numbering_part.element
    style = word.styles["List Number"].element
    used = style.find(f"{qn('w:pPr')}/{qn('w:numPr')}/{qn('w:numId')}").get(qn("w:val"))
    kind = next(num for num in numbering.num_lst if str(num.numId) == used)
    number = numbering.add_num(kind.abstractNumId.val)
    number.add_lvlOverride(ilvl=0).add_startOverride(1)
    return int(number.numId)
