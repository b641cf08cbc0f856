"""Text in briefing.docx: runs with a font for each script, fields for page numbers, the marking at head and foot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Pt, RGBColor

from routegraph.briefing.document import SYNTHETIC_LINE
from routegraph.briefing.product import Marking
from routegraph.render.office import MOST, said, script_runs, tlp_ink
from routegraph.render.word_styles import fonts_of

if TYPE_CHECKING:
    from docx.section import Section
    from docx.text.paragraph import Paragraph

_LONGEST_MARKING = 110


def write(
    paragraph: Paragraph, text: str, *, most: int = MOST, bold: bool | None = None, colour: str = ""
) -> Paragraph:
    """Write text as data into a paragraph: nothing in it becomes a field, a link or a command."""
    for piece, font in script_runs(said(text, most=most)):
        run = paragraph.add_run(piece)
        run.bold = bold
        if colour:
            run.font.color.rgb = RGBColor.from_string(colour)
        if font:
            properties = run._r.get_or_add_rPr()  # noqa: SLF001 - python-docx names no font of complex scripts
            properties.insert(0, parse_xml(fonts_of(font, script=font)))
            if bold:
                properties.find(qn("w:b")).addnext(parse_xml(f"<w:bCs {nsdecls('w')}/>"))
    return paragraph


def badge(paragraph: Paragraph, text: str, *, fill: str) -> None:
    """Write a short text in white on a colour, as a corridor's number stands on the maps."""
    run = paragraph.add_run(f"\u00a0{said(text, most=8)}\u00a0")
    run.bold = True
    run.font.size = Pt(10)
    run.font.color.rgb = RGBColor(255, 255, 255)
    run._r.get_or_add_rPr().append(  # noqa: SLF001
        parse_xml(f'<w:shd {nsdecls("w")} w:val="clear" w:color="auto" w:fill="{fill}"/>')
    )


def tag(paragraph: Paragraph, text: str, *, colour: str) -> None:
    """Write a verdict as a tag: a word or two in a thin frame."""
    write(paragraph, text, most=60, bold=True, colour=colour)
    for run in paragraph.runs:
        run.font.size = Pt(7)
        properties: Any = run._r.get_or_add_rPr()  # noqa: SLF001
        properties.append(parse_xml(f'<w:bdr {nsdecls("w")} w:val="single" w:sz="6" w:space="0" w:color="{colour}"/>'))


def write_margins(section: Section, *, marking: Marking, synthetic: bool, title: str) -> None:
    """Put the marking at head and foot of every page, and the page's number under it."""
    for part in (section.header, section.footer):
        part.is_linked_to_previous = False
        first = part.paragraphs[0]
        first.style = "Marking"
        write(first, marking.text, most=_LONGEST_MARKING, bold=True, colour=tlp_ink(marking.tlp))
        if synthetic:
            part.add_paragraph(SYNTHETIC_LINE, style="Synthetic")
    foot = section.footer.add_paragraph(style="Page Foot")
    usable = section.page_width - section.left_margin - section.right_margin  # type: ignore[operator]
    foot.paragraph_format.tab_stops.add_tab_stop(usable, 2)
    write(foot, title, most=80)
    foot.add_run("\tPage ")
    _field(foot, "PAGE")
    foot.add_run(" of ")
    _field(foot, "NUMPAGES")


def _field(paragraph: Paragraph, code: str) -> None:
    """Put in a number that Word counts; ``code`` is a constant of this module, never data."""
    paragraph._p.append(  # noqa: SLF001
        parse_xml(f'<w:fldSimple {nsdecls("w")} w:instr=" {code} "><w:r><w:t>1</w:t></w:r></w:fldSimple>')
    )
