"""Steps of corridors as ribbons: tapered the way they run, as wide as their flow, a pale band to its upper end."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from routegraph.render.figure_marks import PAPER, Pixels, mark, path_of
from routegraph.render.palette import rank_colour

THIN, THICK, WIDEST = 2.4, 7.0, 20.0
"""Pixels of what is too little to be to scale, of the largest mean, and of the widest band."""
TAIL = 0.4
"""A ribbon ends this much as wide as it begins."""
_LEAST_TAIL = 1.5
_PALE, _RIM = 0.34, 1.8


@dataclass(frozen=True)
class Step:
    """One step of a corridor as drawn.

    ``wide`` is the width of its flow where it begins, ``upper`` that of the upper end of its 90 % interval (NaN: no
    band), ``points`` its middle line in pixels.
    """

    rank: int
    status: str
    wide: float
    upper: float
    points: Pixels


def width_of_share(share: float) -> float:
    """Return the width of a share of the largest flow: in proportion, but never nothing and never beyond the widest."""
    if not math.isfinite(share):
        return math.nan
    return min(max(THICK * share, THIN), WIDEST)


def band(step: Step) -> str:
    """Return the pale band that reaches the upper end of the interval; nothing where there is none to be seen."""
    if not step.upper > step.wide + 0.4:
        return ""
    return mark("path", d=_whole(step, step.upper), fill=rank_colour(step.rank), fill_opacity=_PALE)


def casing(step: Step) -> str:
    """Return the white ground that keeps a ribbon and its band apart from what they cross."""
    wide = step.upper if step.upper > step.wide else step.wide
    return mark(
        "path", d=_whole(step, wide), fill=PAPER, stroke=PAPER, stroke_width=_RIM, stroke_linejoin="round",
        fill_opacity=0.85, stroke_opacity=0.85,
    )  # fmt: skip


def core(step: Step) -> str:
    """Return the ribbon itself: whole where travelled, in dashes where intended, in dots where inferred."""
    if step.status in ("travelled", "intended"):
        rings = [outline(step.points, step.wide, between=piece) for piece in _pieces(step)]
        shape = "".join(path_of(ring, closed=True) for ring in rings if len(ring))
    else:
        shape = "".join(_dot(*dot) for dot in _dots(step))
    colour = rank_colour(step.rank)
    return mark("path", d=shape, fill=colour, stroke=colour, stroke_width=0.7, stroke_linejoin="round")


def arrow(step: Step) -> str:
    """Return a small head a little past the middle of a step; nothing where the step is too short to hold one."""
    along = distances(step.points)
    size = 5.5 + step.wide
    if along[-1] < 3.2 * size:
        return ""
    tip, back = (np.array([np.interp(s * along[-1], along, step.points[:, k]) for k in (0, 1)]) for s in (0.64, 0.60))
    ahead = (tip - back) / max(float(np.hypot(*(tip - back))), 1e-9)
    side = np.array([-ahead[1], ahead[0]])
    corners = np.vstack(
        [tip + 0.7 * size * ahead, tip - 0.5 * size * (ahead - side), tip - 0.5 * size * (ahead + side)]
    )
    return mark(
        "path", d=path_of(corners, closed=True), fill=rank_colour(step.rank), stroke=PAPER, stroke_width=1.2,
        paint_order="stroke",
    )  # fmt: skip


def distances(points: Pixels) -> Pixels:
    """Return how far along a line each of its points is."""
    return np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])


def outline(points: Pixels, wide: float, *, between: tuple[float, float]) -> Pixels:
    """Return the outline of a ribbon between two distances along its middle line, as a ring without its last point.

    It is ``wide`` where the line begins, and narrows evenly to ``TAIL`` of that where it ends.
    """
    along = distances(points)
    long, (start, end) = float(along[-1]), between
    if long <= 0 or end <= start:
        return np.empty((0, 2))
    at = np.concatenate([[start], along[(along > start) & (along < end)], [end]])
    middle = np.column_stack([np.interp(at, along, points[:, k]) for k in (0, 1)])
    heading = np.gradient(middle, axis=0)
    length = np.maximum(np.hypot(heading[:, 0], heading[:, 1]), 1e-9)
    across = np.column_stack([-heading[:, 1], heading[:, 0]]) / length[:, None]
    half = np.array([_width_at(wide, share) for share in (at / long).tolist()])[:, None] / 2
    return np.vstack([middle + half * across, (middle - half * across)[::-1]])


def _whole(step: Step, wide: float) -> str:
    ring = outline(step.points, wide, between=(0.0, float(distances(step.points)[-1])))
    return path_of(ring, closed=True) if len(ring) else ""


def _pieces(step: Step) -> Iterator[tuple[float, float]]:
    """Yield the stretches of a step that are drawn: all of it where travelled, dashes where intended."""
    long = float(distances(step.points)[-1])
    if step.status == "travelled":
        yield 0.0, long
        return
    on, off = 1.7 * step.wide + 4, 1.2 * step.wide + 3
    yield from ((start, min(start + on, long)) for start in np.arange(0.0, long, on + off).tolist())


def _dots(step: Step) -> Iterator[tuple[float, float, float]]:
    """Yield the dots of an inferred step: x, y and radius, smaller towards its end as a ribbon is narrower."""
    along = distances(step.points)
    long = float(along[-1])
    for at in np.arange(step.wide, long, 1.5 * step.wide + 4).tolist():
        x, y = (float(np.interp(at, along, step.points[:, k])) for k in (0, 1))
        yield x, y, max(_width_at(step.wide, at / long) / 2, 1.2)


def _dot(x: float, y: float, radius: float) -> str:
    arc = f"a{radius:.1f} {radius:.1f} 0 1 0"
    return f"M{x - radius:.1f} {y:.1f}{arc} {2 * radius:.1f} 0{arc} {-2 * radius:.1f} 0Z"


def _width_at(wide: float, share: float) -> float:
    return wide + (max(TAIL * wide, min(_LEAST_TAIL, wide)) - wide) * share
