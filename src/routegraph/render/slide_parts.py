"""What slides are made of: a sheet with its marking, text that fits its box, tables, pictures, bars to scale."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls
from pptx.util import Emu, Inches, Pt

from routegraph.briefing.document import Interval
from routegraph.briefing.product import Marking
from routegraph.render.figure_marks import wrapped
from routegraph.render.office import (
    ACCENT,
    EAST_ASIAN,
    FONT,
    INK,
    RULE,
    SOFT,
    SPAN,
    SYNTHETIC_LINE,
    TLP_INK,
    TRACK,
    said,
    script_runs,
)  # fmt: skip

if TYPE_CHECKING:
    from pptx.presentation import Presentation

WIDE, HIGH = 13.333, 7.5
LEFT, TOP, RIGHT, BOTTOM = 0.6, 1.28, 12.73, 6.85
"""The room for content, in inches: what stands outside is marking, title and number."""
BODY, REMARK = 18.0, 12.0
ELSEWHERE = "… (in the briefing)"


@dataclass(frozen=True)
class Box:
    """A rectangle in inches."""

    left: float
    top: float
    wide: float
    high: float


CONTENT = Box(LEFT, TOP, RIGHT - LEFT, BOTTOM - TOP)


@dataclass(frozen=True)
class Line:
    """A piece of text: points, strength, colour, and the room after it in points."""

    text: str
    size: float = BODY
    bold: bool = False
    colour: str = INK
    after: float = 7.0
    bullet: bool = False


@dataclass(frozen=True)
class Deck:
    """A presentation in the making, and what stands on every slide."""

    file: Presentation
    marking: Marking
    synthetic: bool

    def slide(self, title: str) -> Any:  # noqa: ANN401 - python-pptx names no type of its own
        """Add a slide with its marking at head and foot, its title and its number."""
        found = self.file.slides.add_slide(self.file.slide_layouts[5])
        for shape in list(found.placeholders):
            if shape.placeholder_format.type is not None and shape != found.shapes.title:
                shape.element.getparent().remove(shape.element)
        heading = found.shapes.title
        place(heading, Box(LEFT, 0.62, RIGHT - LEFT, 0.6))
        fill_text(heading, [Line(title, 26, bold=True)], anchor=MSO_ANCHOR.MIDDLE)
        for top in (0.0, HIGH - 0.34):
            self._banner(found, top)
        number = Line(f"{len(self.file.slides)}", REMARK, colour=SOFT, after=0)
        text(found, Box(RIGHT - 1.0, HIGH - 0.62, 1.0, 0.26), [number], right=True)
        return found

    def _banner(self, slide: Any, top: float) -> None:  # noqa: ANN401
        bar = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, 0, Inches(top), Inches(WIDE), Inches(0.34))
        paint(bar, "000000")
        colour = TLP_INK.get(self.marking.tlp, TLP_INK["RED"])
        fill_text(bar, [Line(self.marking.text, 13, bold=True, colour=colour)], centred=True, most=120)
        if self.synthetic:
            under = top + 0.34 if top == 0 else top - 0.26
            strip = slide.shapes.add_shape(
                MSO_SHAPE.RECTANGLE, 0, Inches(under), Inches(WIDE - (1.8 if top else 0)), Inches(0.26)
            )
            paint(strip, "FFE9B8")
            fill_text(strip, [Line(SYNTHETIC_LINE, 11, bold=True)], centred=True)


def rgb(colour: str) -> RGBColor:
    """Return a colour of six hexadecimal digits."""
    return RGBColor(*bytes.fromhex(colour))  # type: ignore[no-untyped-call]


def paint(shape: Any, colour: str) -> None:  # noqa: ANN401
    """Fill a shape with a colour and take its edge away."""
    shape.fill.solid()
    shape.fill.fore_color.rgb = rgb(colour)
    shape.line.fill.background()
    shape.shadow.inherit = False


def place(shape: Any, box: Box) -> None:  # noqa: ANN401
    """Put a shape where a box is."""
    shape.left, shape.top, shape.width, shape.height = (
        Emu(Inches(value)) for value in (box.left, box.top, box.wide, box.high)
    )


def text(slide: Any, box: Box, lines: Sequence[Line], *, right: bool = False, whole: bool = False) -> None:  # noqa: ANN401
    """Put text into a box: as many lines as there is room for, the last cut unless only ``whole`` ones may stand."""
    shape = slide.shapes.add_textbox(*(Inches(value) for value in (box.left, box.top, box.wide, box.high)))
    fill_text(shape, list(fitting(lines, box, whole=whole)), right=right)


def fill_text(
    shape: Any, lines: Sequence[Line], *, centred: bool = False, right: bool = False, anchor: Any = None,  # noqa: ANN401
    most: int = 1_200,
) -> None:  # fmt: skip
    """Write lines into a shape as data: nothing in them becomes a link, a field or an action."""
    frame = shape.text_frame
    frame.word_wrap = True
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    frame.vertical_anchor = anchor or (MSO_ANCHOR.MIDDLE if centred else MSO_ANCHOR.TOP)
    for k, line in enumerate(lines):
        paragraph = frame.paragraphs[0] if k == 0 else frame.add_paragraph()
        paragraph.alignment = PP_ALIGN.CENTER if centred else PP_ALIGN.RIGHT if right else PP_ALIGN.LEFT
        paragraph.space_after = Pt(line.after if not centred else 0)
        for piece, font in script_runs(said(("•  " if line.bullet else "") + line.text, most=most)):
            run = paragraph.add_run()
            run.text = piece
            style(run, line, font=font)


def style(run: Any, line: Line, *, font: str) -> None:  # noqa: ANN401
    """Set the look of a run, and a font for each kind of letter."""
    run.font.size, run.font.bold = Pt(line.size), line.bold
    run.font.color.rgb = rgb(line.colour)
    run.font.name = font or FONT
    run.font.language_id = None
    properties = run._r.get_or_add_rPr()  # noqa: SLF001 - python-pptx names no other fonts
    for tag, name in (("ea", font or EAST_ASIAN), ("cs", font or FONT)):
        properties.append(parse_xml(f'<a:{tag} {nsdecls("a")} typeface="{name}"/>'))


def height(line: Line, *, wide: float) -> float:
    """Return how high a line stands in a box so many inches wide, in inches."""
    rows = wrapped(line.text, size=line.size, width=72 * wide * 0.97 - (14 if line.bullet else 0), lines=400)
    return (max(len(rows), 1) * line.size * 1.22 + line.after) / 72


def fitting(lines: Sequence[Line], box: Box, *, whole: bool = False) -> Iterator[Line]:
    """Yield lines while they fit; one that does not is cut, and says where the rest stands."""
    left = box.high + 0.03
    for line in lines:
        needed = height(line, wide=box.wide)
        if needed <= left:
            left -= needed
            yield line
            continue
        rows = int((left * 72 - line.after) / (line.size * 1.22))
        if rows >= 1 and not whole:
            kept = wrapped(line.text, size=line.size, width=72 * box.wide * 0.9 - line.size * 9, lines=400)[:rows]
            yield Line(" ".join(kept) + ELSEWHERE, line.size, line.bold, line.colour, line.after, line.bullet)
        return


def pages(lines: Sequence[Line], box: Box, *, most: int) -> Iterator[list[Line]]:
    """Yield lines slide by slide, ``most`` slides at most; what is left then is in the briefing."""
    waiting = list(lines)
    for number in range(1, most + 1):
        if not waiting:
            return
        left, taken = box.high, 0
        for line in waiting:
            left -= height(line, wide=box.wide)
            if left < 0 and taken:
                break
            taken += 1
        page, waiting = waiting[:taken], waiting[taken:]
        if waiting and number == most:
            kept = page[:-1] or page
            left_out = len(waiting) + len(page) - len(kept)
            page = [*kept, Line(f"{left_out} more stand in the briefing.", REMARK, colour=SOFT)]
        yield page


def picture(slide: Any, data: bytes, box: Box, *, alt: str) -> Box:  # noqa: ANN401
    """Put a picture as large as fits into a box, at its top left; return the box that it takes."""
    found = slide.shapes.add_picture(BytesIO(data), Inches(box.left), Inches(box.top))
    scale = min(Inches(box.wide) / found.width, Inches(box.high) / found.height)
    found.width, found.height = int(found.width * scale), int(found.height * scale)
    found._element.nvPicPr.cNvPr.set("descr", said(alt, most=600))  # noqa: SLF001
    return Box(box.left, box.top, found.width / 914_400, found.height / 914_400)


def interval_bar(slide: Any, one: Interval, box: Box) -> None:  # noqa: ANN401
    """Draw an interval to scale from 0 to its widest."""

    def part(low: float, high: float, colour: str, *, share: float) -> None:
        start, end = (min(max(value / one.widest, 0.0), 1.0) if one.widest > 0 else 0.0 for value in (low, high))
        wide = max((end - start) * box.wide, 0.03)
        top = box.top + box.high * (1 - share) / 2
        bar = slide.shapes.add_shape(
            MSO_SHAPE.RECTANGLE, Inches(box.left + min(start * box.wide, box.wide - wide)), Inches(top), Inches(wide),
            Inches(box.high * share),
        )  # fmt: skip
        paint(bar, colour)

    part(0.0, one.widest, TRACK, share=0.3)
    part(one.low, one.high, SPAN, share=0.75)
    part(one.mean, one.mean, INK, share=1.0)


def rule(slide: Any, top: float, *, colour: str = RULE) -> None:  # noqa: ANN401
    """Draw a thin line over the width of the content."""
    bar = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, Inches(LEFT), Inches(top), Inches(RIGHT - LEFT), Inches(0.015))
    paint(bar, colour)


def badge(slide: Any, rank: int, colour: str, *, left: float, top: float, size: float = 0.42) -> None:  # noqa: ANN401
    """Draw a rank in a circle of its colour."""
    circle = slide.shapes.add_shape(MSO_SHAPE.OVAL, Inches(left), Inches(top), Inches(size), Inches(size))
    paint(circle, colour)
    fill_text(circle, [Line(f"{rank}", 16 if rank < 10 else 14, bold=True, colour="FFFFFF")], centred=True)


def tag_colour(*, calm: bool) -> str:
    """Return the colour of a verdict."""
    return SOFT if calm else ACCENT
