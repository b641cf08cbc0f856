"""The look of briefing.docx as Word's own styles, so that whoever edits it changes one style and not each line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Pt, RGBColor

from routegraph.render.office import ACCENT, DEEP, EAST_ASIAN, FONT, INK, RULE, SOFT, WASH

if TYPE_CHECKING:
    from docx.document import Document as WordFile
    from docx.styles.style import ParagraphStyle

TABLE = "Briefing Table"
PAIRS = "Briefing Pairs"
_KEPT = ("Normal", "Default Paragraph Font", "Normal Table", "No List", "Title", "Subtitle", "Heading 1", "Heading 2",
    "Heading 3", "header", "footer", "List Number", "List Bullet", "caption", "Table Grid", "Table Normal")  # fmt: skip


@dataclass(frozen=True)
class Look:
    """How one paragraph style looks: points, colour, space before and after, and what it is based on."""

    name: str
    size: float
    colour: str = INK
    bold: bool = False
    before: float = 0.0
    after: float = 0.0
    line: float = 1.0
    next_to: bool = False
    based: str = "Normal"


LOOKS = (
    Look("Normal", 10, after=4, line=1.12, based=""),
    Look("Title", 17, bold=True, before=0, after=0, next_to=True),
    Look("Subtitle", 9, SOFT, after=0),
    Look("Kind", 8, SOFT, before=0, after=0, next_to=True),
    Look("Heading 1", 14, DEEP, bold=True, before=10, after=4, next_to=True),
    Look("Heading 2", 10.5, bold=True, before=4, after=1, next_to=True),
    Look("Caption", 7.5, SOFT, before=1, after=3),
    Look("List Number", 9.2, before=1, after=1, line=1.0, next_to=True),
    Look("List Bullet", 8.6, after=1, line=1.0),
    Look("Remark", 8, SOFT, after=2),
    Look("Note", 9, before=3, after=3),
    Look("Warning", 9.5, bold=True, before=4, after=4, based="Note"),
    Look("Table Text", 8.2),
    Look("Table Heading", 7.5, SOFT, bold=True, next_to=True),
    Look("Table Small", 7.5, SOFT),
    Look("Table Point", 8, SOFT),
    Look("Table Number", 8.2, based="Table Text"),
    Look("Table Number Small", 7.5, SOFT, based="Table Small"),
    Look("Table Number Heading", 7.5, SOFT, bold=True, next_to=True, based="Table Heading"),
    Look("Marking", 9.5, bold=True, after=0),
    Look("Synthetic", 8, ACCENT, bold=True, before=1),
    Look("Page Foot", 8, SOFT, before=2),
)


def set_styles(word: WordFile) -> None:
    """Set every style of the document and take away those that nothing uses."""
    _prune(word)
    for look in LOOKS:
        _set(word, look)
    _indent(word)
    _boxes(word)
    _tables(word)
    _defaults(word)


def fonts_of(name: str, *, script: str = "") -> str:
    """Return the element that names a font for every kind of letter; ``script`` is that of complex scripts."""
    own = script or name
    return (
        f'<w:rFonts {nsdecls("w")} w:ascii="{own}" w:hAnsi="{own}" w:cs="{own}" '
        f'w:eastAsia="{EAST_ASIAN if not script else own}"/>'
    )


def _set(word: WordFile, look: Look) -> None:
    names = {style.name for style in word.styles}
    style: Any = (
        word.styles[look.name] if look.name in names else word.styles.add_style(look.name, WD_STYLE_TYPE.PARAGRAPH)
    )
    if look.based:
        style.base_style = word.styles[look.based]
    style.hidden, style.quick_style = False, True
    properties = style.element.get_or_add_rPr()
    for old in list(properties):
        properties.remove(old)
    style.font.size, style.font.bold, style.font.italic = Pt(look.size), look.bold, False
    style.font.color.rgb = RGBColor.from_string(look.colour)
    properties.insert(0, parse_xml(fonts_of(FONT)))
    _complex(properties, look)
    form = style.paragraph_format
    form.space_before, form.space_after, form.line_spacing = Pt(look.before), Pt(look.after), look.line
    form.keep_with_next, form.widow_control = look.next_to, True
    border = style.element.get_or_add_pPr().find(qn("w:pBdr"))
    if border is not None:
        style.element.pPr.remove(border)


def _complex(properties: Any, look: Look) -> None:  # noqa: ANN401 - an element of lxml
    """Give Thai, Lao, Khmer and Burmese letters the same size and strength as the others."""
    bold = properties.find(qn("w:b"))
    bold.addnext(parse_xml(f'<w:bCs {nsdecls("w")} w:val="{int(look.bold)}"/>'))
    properties.find(qn("w:sz")).addnext(parse_xml(f'<w:szCs {nsdecls("w")} w:val="{round(look.size * 2)}"/>'))


def _indent(word: WordFile) -> None:
    for name, left, first in (
        ("List Number", 0.7, -0.7), ("List Bullet", 0.5, -0.5), ("Table Point", 0.25, -0.25),
    ):  # fmt: skip
        form = _paragraph(word, name).paragraph_format
        form.left_indent, form.first_line_indent = Cm(left), Cm(first)
    for name in ("Table Number", "Table Number Small", "Table Number Heading"):
        _paragraph(word, name).paragraph_format.alignment = 2
    for name in ("Marking", "Synthetic"):
        _paragraph(word, name).paragraph_format.alignment = 1


def _paragraph(word: WordFile, name: str) -> ParagraphStyle:
    style: Any = word.styles[name]
    return style  # type: ignore[no-any-return]


def _boxes(word: WordFile) -> None:
    """Set notes apart by a line at their left, and a marking by its black."""
    for name, colour in (("Note", SOFT), ("Warning", ACCENT)):
        properties = _paragraph(word, name).element.get_or_add_pPr()
        line = f'<w:left w:val="single" w:sz="24" w:space="6" w:color="{colour}"/>'
        _put(properties, f"<w:pBdr {nsdecls('w')}>{line}</w:pBdr>")
        _put(properties, f'<w:shd {nsdecls("w")} w:val="clear" w:color="auto" w:fill="{WASH}"/>')
        _paragraph(word, name).paragraph_format.left_indent = Cm(0.3)
    _put(
        _paragraph(word, "Marking").element.get_or_add_pPr(),
        f'<w:shd {nsdecls("w")} w:val="clear" w:color="auto" w:fill="000000"/>',
    )


def _put(properties: Any, xml: str) -> None:  # noqa: ANN401 - an element of lxml
    """Put an element where Word's schema has it: borders and shading come before spacing."""
    spacing = properties.find(qn("w:spacing"))
    spacing.addprevious(parse_xml(xml))


def _tables(word: WordFile) -> None:
    under = f'<w:bottom w:val="single" w:sz="12" w:space="0" w:color="{INK}"/>'
    head = f'<w:tblStylePr w:type="firstRow"><w:tcPr><w:tcBorders>{under}</w:tcBorders><w:vAlign w:val="bottom"/>'
    head += "</w:tcPr></w:tblStylePr>"
    line = f'w:val="single" w:sz="4" w:space="0" w:color="{RULE}"'
    for name, borders, more in (
        (TABLE, f"<w:bottom {line}/><w:insideH {line}/>", head),
        (PAIRS, f"<w:insideH {line}/>", ""),
    ):
        word.styles.element.append(
            parse_xml(
                f'<w:style {nsdecls("w")} w:type="table" w:customStyle="1" w:styleId="{name.replace(" ", "")}">'
                f'<w:name w:val="{name}"/><w:basedOn w:val="TableNormal"/><w:uiPriority w:val="99"/><w:qFormat/>'
                f'<w:tblPr><w:tblBorders>{borders}</w:tblBorders><w:tblCellMar><w:top w:w="34" w:type="dxa"/>'
                f'<w:left w:w="45" w:type="dxa"/><w:bottom w:w="34" w:type="dxa"/><w:right w:w="45" w:type="dxa"/>'
                f"</w:tblCellMar></w:tblPr>{more}</w:style>"
            )
        )


def _defaults(word: WordFile) -> None:
    """Say that the text is English and which fonts stand behind the styles."""
    for language in word.styles.element.iter(qn("w:lang")):
        for kind, code in (("val", "en-GB"), ("eastAsia", "zh-CN"), ("bidi", "th-TH")):
            language.set(qn(f"w:{kind}"), code)
    defaults = word.styles.element.find(f".//{qn('w:rPrDefault')}/{qn('w:rPr')}")
    old = defaults.find(qn("w:rFonts"))
    if old is not None:
        defaults.remove(old)
    defaults.insert(0, parse_xml(fonts_of(FONT)))
    for language in word.settings.element.iter(qn("w:themeFontLang")):
        language.set(qn("w:val"), "en-GB")


def _prune(word: WordFile) -> None:
    """Take away the template's hundred table styles and the like; what is kept stands in one list."""
    for style in list(word.styles.element.findall(qn("w:style"))):
        name = style.find(qn("w:name")).get(qn("w:val"))
        if name not in _KEPT and name.title() not in _KEPT:
            word.styles.element.remove(style)
            continue
        for kind in ("link", "next"):  # they may name a style that is gone
            for other in style.findall(qn(f"w:{kind}")):
                style.remove(other)
        for spacing in list(style.iter(qn("w:contextualSpacing"))):
            spacing.getparent().remove(spacing)
