"""Where names stand on a small map: beside their dots, or farther off with a thin line to them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from routegraph.render.figure_marks import INK, PAPER, Pixels, mark, width_of, words
from routegraph.render.labels import Box, Spot

_AWAY = (10.0, 24.0, 42.0, 64.0)
_AROUND = (0, 180, 30, -30, 150, -150, 60, -60, 120, -120, 90, -90)


@dataclass(frozen=True)
class Name:
    """A name, the dot it belongs to, where it stands, and whether a line leads to it."""

    text: str
    dot: Spot
    box: Box
    led: bool

    def drawn(self, *, size: float) -> str:
        """Return the name as SVG."""
        left, top, right, bottom = self.box
        line = ""
        if self.led:
            x, y = min(max(self.dot.x, left), right), min(max(self.dot.y, top), bottom)
            ends = {"x1": self.dot.x, "y1": self.dot.y, "x2": x, "y2": y}
            line = mark("line", **ends, stroke=PAPER, stroke_width=3.0, stroke_opacity=0.8)
            line += mark("line", **ends, stroke=INK, stroke_width=1.0)
        return line + words((left + right) / 2, bottom - 0.28 * size, self.text, size=size, anchor="middle", halo=True)


def place_names(
    named: Sequence[tuple[str, Spot]], *, taken: Sequence[Box], lines: Pixels, size: float, window: tuple[float, float],
    far: bool,
) -> tuple[Name, ...]:  # fmt: skip
    """Return names, most important first, for as many as find room.

    A name covers nothing in ``taken`` and no other name; of what is left it takes the spot that covers least of the
    corridors (``lines``: points along them) and is nearest. ``far``: it may stand apart from its dot, led by a line.
    """
    boxes, found = list(taken), list[Name]()
    for text, dot in named:
        free = [
            (_cost(one.box, lines) + 3 * k, one)
            for k, away in enumerate(_AWAY if far else _AWAY[:1])
            for one in _spots(text, dot, away=away, size=size)
            if _inside(one.box, window) and not any(overlap(one.box, other) for other in boxes)
        ]
        if free:
            best = min(free, key=lambda each: each[0])[1]
            found.append(best)
            boxes.append(best.box)
    return tuple(found)


def _spots(text: str, dot: Spot, *, away: float, size: float) -> list[Name]:
    wide, high = width_of(text, size=size) + 4, 1.25 * size
    found = []
    for angle in _AROUND:
        x, y = math.cos(math.radians(angle)), -math.sin(math.radians(angle))
        # The nearest point of the box, not its middle, is ``away`` from the dot.
        left = dot.x + away * x - (wide if x < -0.1 else wide / 2 if x < 0.1 else 0)
        top = dot.y + away * y - high / 2 + high / 2 * y
        box = (round(left, 1), round(top, 1), round(left + wide, 1), round(top + high, 1))
        found.append(Name(text, dot, box, led=away > _AWAY[0]))
    return found


def _cost(box: Box, lines: Pixels) -> float:
    x, y = lines[:, 0], lines[:, 1]
    return float(((x > box[0]) & (x < box[2]) & (y > box[1]) & (y < box[3])).sum())


def _inside(box: Box, window: tuple[float, float]) -> bool:
    return box[0] >= 3 and box[1] >= 3 and box[2] <= window[0] - 3 and box[3] <= window[1] - 3


def overlap(one: Box, other: Box) -> bool:
    """Return whether two boxes share more than an edge."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
