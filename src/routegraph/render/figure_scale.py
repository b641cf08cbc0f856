"""Scales of the static plots: a value's place on a line, and the round values that stand under it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from routegraph.render.figure_marks import RULE, SOFT, mark, words


@dataclass(frozen=True)
class Scale:
    """A horizontal scale from ``low`` at ``left`` to ``high`` at ``right``; ``log`` in powers of ten."""

    low: float
    high: float
    left: float
    right: float
    log: bool = False

    def at(self, value: float) -> float:
        """Return where a value stands, held inside the scale."""
        inside = min(max(value, self.low), self.high)
        if self.log:
            share = math.log(inside / self.low) / math.log(self.high / self.low)
        else:
            share = (inside - self.low) / (self.high - self.low)
        return self.left + share * (self.right - self.left)

    def ticks(self) -> list[float]:
        """Return the round values of the scale: powers of ten, or four to six steps."""
        if self.log:
            powers = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
            return [10.0**power for power in powers if self.low <= 10.0**power <= self.high * (1 + 1e-9)]
        step = 10 ** math.floor(math.log10((self.high - self.low) / 4))
        step *= next(k for k in (1, 2, 5, 10) if (self.high - self.low) / (k * step) <= 6)
        return [self.low + k * step for k in range(int((self.high - self.low) / step + 1e-9) + 1)]


def log_scale(values: Iterable[float], *, left: float, right: float) -> Scale:
    """Return a scale in whole powers of ten around values above 0."""
    known = [value for value in values if value > 0 and math.isfinite(value)] or [1.0, 10.0]
    low, high = math.floor(math.log10(min(known))), math.ceil(math.log10(max(known)))
    return Scale(10.0**low, 10.0 ** max(high, low + 1), left, right, log=True)


def grid(scale: Scale, *, top: float, bottom: float, said: str, unit: str = "") -> str:
    """Return the lines of a scale's round values, their numbers under them, and what the scale is of above."""
    parts = []
    for value in scale.ticks():
        x = scale.at(value)
        parts.append(mark("line", x1=x, y1=top, x2=x, y2=bottom, stroke=RULE, stroke_width=1.0))
        parts.append(words(x, bottom + 18, number_of(value) + unit, size=14.0, anchor="middle", fill=SOFT))
    parts.append(words(scale.left, top - 10, said, size=15.0, bold=True))
    return "".join(parts)


def number_of(value: float) -> str:
    """Return a tick's number: ``0.01``, ``30``, ``1,000``."""
    return f"{value:,.0f}" if value >= 1 or value == 0 else f"{value:g}"
