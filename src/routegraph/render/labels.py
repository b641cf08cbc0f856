"""Where names and numbers stand on the briefing's map without covering each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_BADGE = 13.0
_TEXT_HEIGHT = 17.0
_ADVANCE = 8.6
_GAP = 9.0


@dataclass(frozen=True)
class Spot:
    """A point of the drawing."""

    x: float
    y: float


@dataclass(frozen=True)
class Label:
    """A name and where it stands; ``anchor`` is SVG's start, middle or end."""

    text: str
    x: float
    y: float
    anchor: str


Box = tuple[float, float, float, float]


def badge_spot(line: npt.NDArray[np.float64], taken: Sequence[Spot]) -> Spot:
    """Return the point of a corridor's line where its number is clearest of other numbers and of the line's ends."""
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    shares = (0.5, 0.4, 0.6, 0.3, 0.7, 0.22, 0.78, 0.15, 0.85)
    spots = [Spot(*(float(np.interp(share * along[-1], along, line[:, k])) for k in (0, 1))) for share in shares]
    room = [min((np.hypot(spot.x - t.x, spot.y - t.y) for t in taken), default=np.inf) for spot in spots]
    clear = [spot for spot, free in zip(spots, room, strict=True) if free > 2.4 * _BADGE]
    best = clear[0] if clear else spots[int(np.argmax(room))]
    return Spot(round(best.x, 1), round(best.y, 1))


def place_labels(
    named: Sequence[tuple[str, Spot]],
    *,
    badges: Sequence[Spot],
    dots: Sequence[Spot],
    lines: npt.NDArray[np.float64],
    size: tuple[int, int],
) -> tuple[Label, ...]:
    """Return labels for as many of ``named`` (most important first) as find room beside their dots.

    A label covers no other label, number, dot or edge; among the spots that are left it takes the one that covers
    least of the corridors (``lines``: points along them).
    """
    taken: list[Box] = [(b.x - _BADGE, b.y - _BADGE, b.x + _BADGE, b.y + _BADGE) for b in badges]
    points = [(d.x - 4, d.y - 4, d.x + 4, d.y + 4) for d in dots]
    labels: list[Label] = []
    for text, dot in named:
        own = (dot.x - 4, dot.y - 4, dot.x + 4, dot.y + 4)
        others = [point for point in points if point != own]
        free = [
            (label, box)
            for label, box in _candidates(text, dot)
            if _inside(box, size) and not any(_overlap(box, other) for other in (*taken, *others))
        ]
        if free:
            label, box = min(free, key=lambda candidate: _covered(candidate[1], lines))
            labels.append(label)
            taken.append(box)
    return tuple(labels)


def _inside(box: Box, size: tuple[int, int]) -> bool:
    return box[0] >= 2 and box[1] >= 2 and box[2] <= size[0] - 2 and box[3] <= size[1] - 2


def _covered(box: Box, points: npt.NDArray[np.float64]) -> int:
    x, y = points[:, 0], points[:, 1]
    return int(((x > box[0]) & (x < box[2]) & (y > box[1]) & (y < box[3])).sum())


def _candidates(text: str, dot: Spot) -> list[tuple[Label, Box]]:
    wide, high = _ADVANCE * len(text), _TEXT_HEIGHT
    found = []
    for dx, dy in ((1, 0), (-1, 0), (1, -0.8), (1, 0.8), (-1, -0.8), (-1, 0.8), (0, -1), (0, 1), (1, -1.8), (1, 1.8)):
        anchor = {1: "start", -1: "end", 0: "middle"}[dx]
        x = dot.x + dx * _GAP
        middle = dot.y + dy * (high if dx else high + 2)
        left = {"start": x, "end": x - wide, "middle": x - wide / 2}[anchor]
        box = (left, middle - high / 2, left + wide, middle + high / 2)
        found.append((Label(text, round(x, 1), round(middle + 5, 1), anchor), box))
    return found


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
