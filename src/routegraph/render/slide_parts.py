"""What slides are made of: a sheet with its marking, text in its box, pictures, bars to scale, badges."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn
from pptx.util import Emu, Inches, Pt

from routegraph.briefing.document import SYNTHETIC_LINE, Interval
from routegraph.briefing.product import Marking
from routegraph.render.office import (
    EAST_ASIAN,
    FONT,
    INK,
    RULE,
    SOFT,
    SPAN,
    TRACK,
    said,
    script_runs,
    tlp_ink,
)  # fmt: skip
from routegraph.render.slide_text import ELSEWHERE, FINE, HIGH, LEFT, RIGHT, WIDE, Box, Line, fitting

if TYPE_CHECKING:
    from pptx.presentation import Presentation

_BAND, _STRIP = 0.34, 0.26
_NUMBER = "{B6F15528-21DE-4FAA-801E-634DDDAF4B2B}"
"""The id that every field of a slide's number has: any will do, and a random one would make two files differ."""


@dataclass(frozen=True)
class Deck:
    """A presentation in the making, and what stands on every slide and on its notes."""

    file: Presentation
    marking: Marking
    synthetic: bool

    def slide(self, title: str, *, notes: Sequence[str] = (), size: float = 26) -> Any:  # noqa: ANN401 - python-pptx names no type of its own
        """Add a slide with its marking at head and foot, its title, its number and the speaker's notes."""
        found = self.file.slides.add_slide(self.file.slide_layouts[5])
        for shape in list(found.placeholders):
            if shape != found.shapes.title:
                shape.element.getparent().remove(shape.element)
        place(found.shapes.title, Box(LEFT, 0.66, RIGHT - LEFT, 0.6))
        fill_text(found.shapes.title, [Line(title, size, bold=True)], anchor=MSO_ANCHOR.MIDDLE, most=200)
        banners = [shape for top in (0.0, HIGH - _BAND) for shape in self._banner(found, top)]
        if len(self.file.slides) == 1:
            self._mark_new_slides(banners)
        self._number(found)
        if notes:
            self._note(found, notes)
        return found

    def _banner(self, slide: Any, top: float) -> list[Any]:  # noqa: ANN401
        bar = block(slide, Box(0, top, WIDE, _BAND), "000000")
        fill_text(
            bar, [Line(self.marking.text, 13, bold=True, colour=tlp_ink(self.marking.tlp))], centred=True, most=120
        )
        if not self.synthetic:
            return [bar]
        strip = block(slide, Box(0, top + _BAND if top == 0 else top - _STRIP, WIDE, _STRIP), "FFE9B8")
        fill_text(strip, [Line(SYNTHETIC_LINE, FINE, bold=True)], centred=True)
        return [bar, strip]

    def _mark_new_slides(self, banners: Sequence[Any]) -> None:
        """Put the marking on the master too, so that a slide which somebody adds carries it."""
        tree = self.file.slide_master.shapes._spTree  # noqa: SLF001
        for k, shape in enumerate(banners):
            copy = deepcopy(shape._element)  # noqa: SLF001
            copy.nvSpPr.cNvPr.set("id", f"{9001 + k}")
            tree.append(copy)

    def _number(self, slide: Any) -> None:  # noqa: ANN401
        """Write the slide's number as PowerPoint counts it; nothing of it is data."""
        shape = slide.shapes.add_textbox(*inches(Box(RIGHT - 1.0, HIGH - _BAND - _STRIP, 1.0, _STRIP)))
        fill_text(shape, [Line("", FINE)], right=True)
        shape.text_frame.paragraphs[0]._p.append(  # noqa: SLF001
            parse_xml(
                f'<a:fld {nsdecls("a")} id="{_NUMBER}" type="slidenum"><a:rPr lang="en-GB" sz="{int(FINE * 100)}"/>'
                f"<a:t>{len(self.file.slides)}</a:t></a:fld>"
            )
        )

    def _note(self, slide: Any, lines: Sequence[str]) -> None:  # noqa: ANN401
        """Write the speaker's notes between markings, for notes are printed by themselves."""
        head = said(self.marking.text, most=120) + (f". {SYNTHETIC_LINE}" if self.synthetic else "")
        slide.notes_slide.notes_text_frame.text = "\n".join([head, *(said(line) for line in lines), head])


def inches(box: Box) -> tuple[int, int, int, int]:
    """Return a box in PowerPoint's own unit."""
    return tuple(Inches(value) for value in (box.left, box.top, box.wide, box.high))  # type: ignore[return-value]


def rgb(colour: str) -> RGBColor:
    """Return a colour of six hexadecimal digits."""
    return RGBColor(*bytes.fromhex(colour))  # type: ignore[no-untyped-call]


def block(slide: Any, box: Box, colour: str, *, form: Any = MSO_SHAPE.RECTANGLE) -> Any:  # noqa: ANN401
    """Draw a form in one colour, without the edge and the shadow of the theme."""
    shape = slide.shapes.add_shape(form, *inches(box))
    shape.fill.solid()
    shape.fill.fore_color.rgb = rgb(colour)
    shape.line.fill.background()
    theme = shape._element.find(qn("p:style"))  # noqa: SLF001
    if theme is not None:
        shape._element.remove(theme)  # noqa: SLF001
    return shape


def place(shape: Any, box: Box) -> None:  # noqa: ANN401
    """Put a shape where a box is."""
    shape.left, shape.top, shape.width, shape.height = (Emu(value) for value in inches(box))


def text(slide: Any, box: Box, lines: Sequence[Line], *, right: bool = False) -> None:  # noqa: ANN401
    """Put text into a box: as many lines as there is room for; the last says where the rest stands."""
    shape = slide.shapes.add_textbox(*inches(box))
    fill_text(shape, list(fitting(lines, box)), right=right)


def fill_text(
    shape: Any, lines: Sequence[Line], *, centred: bool = False, right: bool = False, anchor: Any = None,  # noqa: ANN401
    most: int = 1_200,
) -> None:  # fmt: skip
    """Write lines into a shape or cell as data: nothing in them becomes a link, a field or an action."""
    frame = shape.text_frame
    frame.word_wrap = True
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    frame.vertical_anchor = anchor or (MSO_ANCHOR.MIDDLE if centred else MSO_ANCHOR.TOP)
    for k, line in enumerate(lines):
        paragraph = frame.paragraphs[0] if k == 0 else frame.add_paragraph()
        paragraph.alignment = PP_ALIGN.CENTER if centred else PP_ALIGN.RIGHT if right else PP_ALIGN.LEFT
        paragraph.space_after = Pt(line.after if not centred else 0)
        if line.bullet:
            _bullet(paragraph, line.size)
        for piece, font in script_runs(_cut(line.text, most=most)):
            run = paragraph.add_run()
            run.text = piece
            _style(run, line, font=font)


def _cut(whole: str, *, most: int) -> str:
    shown = said(whole, most=most)
    return shown.removesuffix("…") + ELSEWHERE if len(shown) == most + 1 and len(whole) > most else shown


def _bullet(paragraph: Any, size: float) -> None:  # noqa: ANN401
    properties = paragraph._p.get_or_add_pPr()  # noqa: SLF001
    properties.set("marL", f"{int(size * 12_700)}")
    properties.set("indent", f"{-int(size * 12_700)}")
    properties.append(parse_xml(f'<a:buFont {nsdecls("a")} typeface="{FONT}"/>'))
    properties.append(parse_xml(f'<a:buChar {nsdecls("a")} char="&#8226;"/>'))


def _style(run: Any, line: Line, *, font: str) -> None:  # noqa: ANN401
    """Set the look of a run, and a font for each kind of letter."""
    run.font.size, run.font.bold = Pt(line.size), line.bold
    run.font.color.rgb = rgb(line.colour)
    run.font.name = font or FONT
    properties = run._r.get_or_add_rPr()  # noqa: SLF001 - python-pptx names no other fonts
    properties.set("lang", "en-GB")
    for tag, name in (("ea", font or EAST_ASIAN), ("cs", font or FONT)):
        properties.append(parse_xml(f'<a:{tag} {nsdecls("a")} typeface="{name}"/>'))


def picture(slide: Any, data: bytes, box: Box, *, alt: str) -> Box:  # noqa: ANN401
    """Put a picture as large as fits into a box, at its top left; return the box that it takes."""
    found = slide.shapes.add_picture(BytesIO(data), Inches(box.left), Inches(box.top))
    scale = min(Inches(box.wide) / found.width, Inches(box.high) / found.height)
    found.width, found.height = int(found.width * scale), int(found.height * scale)
    describe(found, alt)
    return Box(box.left, box.top, found.width / 914_400, found.height / 914_400)


def describe(shape: Any, alt: str) -> None:  # noqa: ANN401
    """Give a picture or form the words that a screen reader says."""
    shape._element.xpath("./*/p:cNvPr")[0].set("descr", said(alt, most=600))  # noqa: SLF001


def interval_bar(slide: Any, one: Interval, box: Box) -> None:  # noqa: ANN401
    """Draw an interval to scale from 0 to its widest."""

    def part(low: float, high: float, colour: str, *, share: float) -> Any:  # noqa: ANN401
        start, end = (min(max(value / one.widest, 0.0), 1.0) if one.widest > 0 else 0.0 for value in (low, high))
        wide = max((end - start) * box.wide, 0.03)
        left = box.left + min(start * box.wide, box.wide - wide)
        return block(slide, Box(left, box.top + box.high * (1 - share) / 2, wide, box.high * share), colour)

    part(0.0, one.widest, TRACK, share=0.3)
    describe(part(one.low, one.high, SPAN, share=0.75), f"{one.said}, 90 % interval {one.between}")
    part(one.mean, one.mean, INK, share=1.0)


def rule(slide: Any, top: float, *, colour: str = RULE, thick: float = 0.012) -> None:  # noqa: ANN401
    """Draw a thin line over the width of the content."""
    block(slide, Box(LEFT, top, RIGHT - LEFT, thick), colour)


def badge(slide: Any, rank: int, colour: str, *, left: float, top: float, size: float = 0.42) -> None:  # noqa: ANN401
    """Draw a rank in a circle of its colour."""
    circle = block(slide, Box(left, top, size, size), colour, form=MSO_SHAPE.OVAL)
    fill_text(circle, [Line(f"{rank}", 16 if rank < 10 else 13, bold=True, colour="FFFFFF")], centred=True)


def note_bar(slide: Any, box: Box, lines: Sequence[Line]) -> None:  # noqa: ANN401
    """Write text set apart by a line at its left."""
    block(slide, Box(box.left, box.top, 0.06, box.high), SOFT)
    text(slide, Box(box.left + 0.2, box.top, box.wide - 0.2, box.high), lines)
