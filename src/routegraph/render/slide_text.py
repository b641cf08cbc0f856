"""Text on a slide: how much room it takes, what fits a box, what goes on on the next slide."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from routegraph.render.office import INK, SOFT

WIDE, HIGH = 13.333, 7.5
LEFT, TOP, RIGHT, BOTTOM = 0.6, 1.34, 12.73, 6.82
"""The room for content, in inches: what stands outside is marking, title and number."""
BODY, FINE = 16.0, 12.0
"""Points: what is read from the back of a room, and sources and record ids."""
ELSEWHERE = "… (in the briefing)"
_LINE = 1.2
_SHORT = 4
_MOST = 1_300
_BOLD = 1.09
_ADVANCES = (
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556,
    556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334,
    260, 334, 584,
)  # fmt: skip
"""How far each letter from the space to the tilde moves on in Arial, in thousandths of its size."""
_OTHERS = {0xA0: 278, 0xB7: 333, 0x2013: 556}
"""How far no-break space, middle dot and en dash move on."""


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
    after: float = 6.0
    bullet: bool = False


def width_of(line: Line) -> float:
    """Return how wide a line is if it does not break, in inches."""
    return sum(map(_advance, line.text[:_MOST])) * line.size * (_BOLD if line.bold else 1.0) / 72_000


def rows_of(line: Line, *, wide: float) -> tuple[str, ...]:
    """Return a line as it breaks in a box so many inches wide."""
    room = (72_000 * wide / line.size - (1_000 if line.bullet else 0)) * 0.985 / (_BOLD if line.bold else 1.0)
    rows, row, used = list[str](), "", 0
    for piece in _pieces(line.text[:_MOST], room=room):
        needed = sum(map(_advance, piece))
        if row and used + 278 + needed > room:
            rows.append(row)
            row, used = piece, needed
        else:
            row, used = f"{row} {piece}" if row else piece, used + (278 if row else 0) + needed
    return (*rows, row)


def _pieces(text: str, *, room: float) -> Iterator[str]:
    """Yield words; one that is wider than a row in as many pieces as it needs."""
    for word in text.split(" "):
        start, used = 0, 0
        for k, letter in enumerate(word):
            used += _advance(letter)
            if used > room and k > start:
                yield word[start:k]
                start, used = k, _advance(letter)
        yield word[start:]


def _advance(letter: str) -> int:
    point = ord(letter)
    if 32 <= point < 127:
        return _ADVANCES[point - 32]
    if unicodedata.category(letter) in {"Mn", "Me", "Cf"}:
        return 0
    if point in _OTHERS:
        return _OTHERS[point]
    return 1_000 if point >= 0x1000 else 722 if letter.isupper() or point >= 0x0E00 else 560


def height(line: Line, *, wide: float) -> float:
    """Return how high a line stands in a box so many inches wide, in inches."""
    return (len(rows_of(line, wide=wide)) * line.size * _LINE + line.after) / 72


def fitting(lines: Sequence[Line], box: Box) -> Iterator[Line]:
    """Yield lines while they fit; where they do not, the last counts those that only the briefing has.

    A line of a few rows is left out whole; a longer one is cut.
    """
    if sum(height(line, wide=box.wide) for line in lines) <= box.high + 0.03 + (lines[-1].after / 72 if lines else 0):
        yield from lines
        return
    left = box.high
    for k, line in enumerate(lines):
        needed, marker = height(line, wide=box.wide), _marker(len(lines) - k, wide=box.wide)
        if needed + height(marker, wide=box.wide) <= left:
            left -= needed
            yield line
            continue
        rows = int(left * 72 / (line.size * _LINE))
        found = rows_of(line, wide=box.wide * 0.97)
        if rows >= 1 and (len(found) > _SHORT or not k):
            kept = rows_of(replace(line, text=" ".join(found[:rows])), wide=box.wide - line.size / 7.5)[:rows]
            yield replace(line, text=" ".join(kept).rstrip(" ,;:") + ELSEWHERE)
        else:
            yield marker
        return


def _marker(left: int, *, wide: float) -> Line:
    """Return the line that counts what is left out, or only says so where there is no room for the count."""
    counted = Line(f"{left:,} more in the briefing", FINE, colour=SOFT, after=0.0)
    return counted if width_of(counted) < wide else replace(counted, text=ELSEWHERE)


def left_out(count: int, what: str = "") -> str:
    """Return how many things only the briefing has, in a sentence."""
    if count == 1:
        return f"1 more {what} stands in the briefing." if what else "1 more stands in the briefing."
    return f"{count:,} more {what}s stand in the briefing." if what else f"{count:,} more stand in the briefing."


def pages(lines: Sequence[Line], box: Box, *, most: int) -> Iterator[list[Line]]:
    """Yield lines slide by slide, ``most`` slides at most; the last says how many lines only the briefing has."""
    waiting = list(lines)
    for number in range(1, most + 1):
        if not waiting:
            return
        taken = _taken(waiting, box)
        if taken == len(waiting) or number < most:
            page, waiting = waiting[:taken], waiting[taken:]
            yield page
            continue
        more = Line("", FINE, colour=SOFT, after=0.0)
        taken = _taken(waiting, replace(box, high=box.high - height(more, wide=box.wide) - 0.1))
        yield [*waiting[:taken], replace(more, text=left_out(len(waiting) - taken))]
        return


def _taken(lines: Sequence[Line], box: Box) -> int:
    """Return how many lines one slide takes, one at least; a heading does not stand last on it."""
    left, taken = box.high, 0
    for line in lines:
        needed = height(line, wide=box.wide)
        if taken and needed - line.after / 72 > left:
            break
        left -= needed
        taken += 1
    while 1 < taken < len(lines) and lines[taken - 1].bold:
        taken -= 1
    return taken


def shortened(way: str, *, size: float, wide: float, rows: int = 2) -> str:
    """Return a way of many places in so many rows: what does not fit is left out of its middle, ``A > … > Z``."""
    places = way.split(" > ")
    kept = places
    while len(rows_of(Line(" > ".join(kept), size, bold=True), wide=wide)) > rows and len(places) > 2:
        places = [place for k, place in enumerate(places) if k != len(places) // 2]
        half = (len(places) + 1) // 2
        kept = [*places[:half], "…", *places[half:]]
    return " > ".join(kept)
