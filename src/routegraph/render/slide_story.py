"""A corridor on a slide: its map, its estimate with a bar to scale, its numbers, its reasons, its records."""

from __future__ import annotations

from typing import Any

from routegraph.briefing.document import Bullets, Cell, Figure, Pairs, Section
from routegraph.briefing.product import Briefing
from routegraph.render.figures import figure_png
from routegraph.render.office import ACCENT, SOFT, rank_ink
from routegraph.render.slide_lines import level_of
from routegraph.render.slide_parts import Deck, badge, fill_text, inches, interval_bar, picture, text
from routegraph.render.slide_text import BODY, CONTENT, FINE, Box, Line, height, shortened

_FINE = ("Records", "Sources", "Id")
_FIRST = ("Reported", "Chance of being at the top", "Flow against counts", "Goes over")
_ESTIMATES = ("Estimated flow", "Smoothed count")
_DPI = 160
_MAP = Box(CONTENT.left, CONTENT.top + 0.06, 5.4, 3.8)


def add_story(deck: Deck, briefing: Briefing, part: Section, *, row: tuple[Cell, ...], notes: list[str]) -> None:
    """Add the slide of one corridor; ``row`` is its row of the table, and its notes say all that is known of it."""
    title = part.title
    rank = next((cell.rank for cell in row if cell.rank is not None), None)
    if rank is not None:
        title = shortened(title.removeprefix(f"{rank}. "), size=22, wide=CONTENT.wide - 0.7, rows=1)
    slide = deck.slide(title, notes=notes, size=22)
    if rank is not None:
        heading = slide.shapes.title
        badge(slide, rank, rank_ink(rank), left=CONTENT.left, top=0.75)
        heading.left, heading.width = int(heading.left + 0.6 * 914_400), int(heading.width - 0.6 * 914_400)
    right = CONTENT
    down = CONTENT.top
    for figure in [block for block in part.blocks if isinstance(block, Figure)][:1]:
        png = figure_png(briefing, figure.name, dpi=_DPI, framed=False)
        taken = picture(slide, png, _MAP, alt=figure.alt)
        left = _MAP.left + _MAP.wide + 0.4
        right = Box(left, CONTENT.top, CONTENT.left + CONTENT.wide - left, CONTENT.high)
        down = taken.top + taken.high + 0.12
    pairs = [pair for block in part.blocks if isinstance(block, Pairs) for pair in block.items]
    fine = [Line(f"{label}: {value}", FINE, colour=SOFT, after=3) for label, value in pairs if label in _FINE]
    if right is CONTENT:
        down = CONTENT.top + CONTENT.high - 1.2
        right = Box(CONTENT.left, CONTENT.top, CONTENT.wide, CONTENT.high - 1.3)
    text(slide, Box(CONTENT.left, down, _MAP.wide, CONTENT.top + CONTENT.high - down), fine)
    top = _estimate(slide, row, pairs, right)
    facts = {label: Line(f"{label}: {value}", after=4) for label, value in pairs
             if label not in (*_FINE, "Verdict") and not label.startswith(_ESTIMATES)}  # fmt: skip
    first = [facts.pop(label) for label in _FIRST if label in facts]
    reasons = [Line(item, bullet=True, after=3) for block in part.blocks if isinstance(block, Bullets)
               for item in block.items]  # fmt: skip
    text(slide, Box(right.left, top, right.wide, right.top + right.high - top), [*first, *reasons, *facts.values()])


def _estimate(slide: Any, row: tuple[Cell, ...], pairs: list[tuple[str, str]], box: Box) -> float:  # noqa: ANN401
    """Write the estimate large, with its bar and its verdict, neither ever left out; return where they end."""
    one = next((cell.interval for cell in row if cell.interval is not None), None)
    calm = all(cell.calm for cell in row if cell.flag)
    top = box.top
    if one is not None:
        label = next((label for label, _ in pairs if label.startswith(_ESTIMATES)), "Estimate")
        said = level_of(one)
        for line in (Line(label, BODY, colour=SOFT, after=0), Line(said, 24 if len(said) < 40 else 16, bold=True)):
            high = height(line, wide=box.wide)
            fill_text(slide.shapes.add_textbox(*inches(Box(box.left, top, box.wide, high))), [line])
            top += high
        if one.drawn:
            interval_bar(slide, one, Box(box.left, top, box.wide, 0.22))
            top += 0.34
    for value in [value for label, value in pairs if label == "Verdict"]:
        verdict = Line(f"Verdict: {value}", bold=not calm, colour=SOFT if calm else ACCENT, after=4)
        text(slide, Box(box.left, top, box.wide, height(verdict, wide=box.wide)), [verdict])
        top += height(verdict, wide=box.wide)
    return top
