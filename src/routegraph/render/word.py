"""briefing.docx: the briefing as a Word file that a reader can edit: real headings, lists, tables and pictures."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from routegraph.briefing.chapters import document_of
from routegraph.briefing.document import Document, Section
from routegraph.briefing.product import Briefing
from routegraph.render.figures import figure_png
from routegraph.render.office import drop_template_parts, fixed_archive, set_properties
from routegraph.render.target import Target

if TYPE_CHECKING:
    from docx.document import Document as WordFile
    from docx.shared import Length

    from routegraph.render.word_blocks import Pictures, Writer

_DPI = 200
_BESIDE = ("where", "change", "limits")


def render_docx(briefing: Briefing) -> bytes:
    """Return the briefing as a Word file: the front page, then annexes, the marking at head and foot of every page.

    Everything from a record is plain text in it: no field, link, macro or outside part. Same Briefing, same bytes.
    """
    return write_docx(document_of(briefing), picture=lambda name: figure_png(briefing, name, dpi=_DPI, framed=False))


def write_docx(document: Document, *, picture: Pictures) -> bytes:
    """Return a document as a Word file; ``picture`` gives a figure as PNG by its name."""
    import docx

    from routegraph.render.word_blocks import Writer
    from routegraph.render.word_styles import set_styles
    from routegraph.render.word_text import write, write_margins

    word = docx.Document()
    drop_template_parts(word.part.package)
    set_styles(word)
    marking, synthetic = document.marking, document.synthetic
    set_properties(word.core_properties, title=document.title, marking=marking.text, synthetic=synthetic)
    wide = _page(word)
    write_margins(word.sections[0], marking=marking, synthetic=synthetic, title=document.title)
    write(word.add_paragraph(style="Kind"), "Corridor briefing")
    write(word.add_paragraph(style="Title"), document.title, most=200)
    write(word.add_paragraph(style="Subtitle"), f"Records of {document.period}", most=300)
    writer = Writer(word, picture, wide)
    _front(writer, document.front)
    for letter, section in document.lettered():
        writer.section(section, letter=letter)
    if document.method:
        write(word.add_paragraph(style="Remark"), document.method)
    out = BytesIO()
    word.save(out)
    return fixed_archive(out.getvalue())


def _front(writer: Writer, sections: tuple[Section, ...]) -> None:
    """Write the first page: where beside what changed and what cannot be told, the rest over the whole width."""
    from routegraph.render.word_blocks import side_by_side

    beside = {section.name: section for section in sections if section.name in _BESIDE}
    placed = False
    for section in sections:
        if section.name not in _BESIDE or "where" not in beside:
            writer.section(section, level=2)
        elif not placed:
            placed = True
            left, right = side_by_side(writer, share=0.5)
            for name, room in (("where", left), ("change", right), ("limits", right)):
                if name in beside:
                    room.section(beside[name], level=2)
            writer.word.add_paragraph(style="Table Small")


def _page(word: WordFile) -> Length:
    """Make the pages A4 and return the width of their text."""
    from docx.shared import Cm, Length

    section = word.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2)
    section.top_margin, section.bottom_margin = Cm(2.1), Cm(2.2)
    section.header_distance, section.footer_distance = Cm(0.8), Cm(0.7)
    return Length(section.page_width - section.left_margin - section.right_margin)


TARGETS = (Target("docx", "briefing.docx", render_docx, on_request=True),)
