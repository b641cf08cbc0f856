"""Rows of a mean and its interval: what ranks, corridors and changes are drawn as."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from routegraph.render.palette import BLUE, FAINT, INK, SOFT
from routegraph.render.plot_figure import plain_numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

ROW_HIGH, AXIS_HIGH = 0.27, 0.65
SPREAD = 30.0
"""Largest mean over smallest from which an axis is logarithmic."""


@dataclass(frozen=True)
class Row:
    """One line: its label, its mean with a 90 % interval, and what stands beside it; ``part`` opens a new group."""

    label: str
    mean: float
    low: float
    high: float
    beside: str = ""
    part: str = ""
    colour: str = BLUE


def height_of(rows: int) -> float:
    """Return the height in inches of so many rows and their axis."""
    return AXIS_HIGH + ROW_HIGH * max(rows, 2)


def draw_rows(axes: Axes, rows: Sequence[Row], *, across: str, log: bool | None = None) -> None:
    """Draw rows from the top down, with an interval line and a dot each.

    Parameters
    ----------
    across
        What the numbers are, for the axis.
    log
        Whether the axis is logarithmic; None decides by the spread of the means, and never where anything is 0.
    """
    y = np.arange(len(rows), dtype=float)
    mean, low, high = (np.array([getattr(row, name) for row in rows], dtype=float) for name in ("mean", "low", "high"))
    colours = [row.colour for row in rows]
    axes.hlines(y, low, high, colors=colours, linewidth=2.4, alpha=0.55)
    axes.scatter(mean, y, c=colours, s=30, zorder=3)
    axes.set_yticks(y, [row.label for row in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    for k, row in enumerate(rows):
        write_beside(axes, k, row.beside)
        write_beside(axes, k, row.part, colour=SOFT, shift=84)
        if row.part and k:
            axes.axhline(k - 0.5, color=SOFT, linewidth=0.7)
    scaled(axes, mean, low, high, across=across, log=log)


def write_beside(axes: Axes, k: float, text: str, *, colour: str = INK, shift: float = 8) -> None:
    """Write text to the right of row ``k``, so many points from the axes' edge."""
    axes.annotate(
        text, (1.0, k), (shift, 0), xycoords=axes.get_yaxis_transform(), textcoords="offset points", va="center",
        fontsize=8.5, color=colour,
    )  # fmt: skip


def scaled(axes: Axes, mean: np.ndarray, low: np.ndarray, high: np.ndarray, *, across: str, log: bool | None) -> None:
    """Choose and name the scale: logarithmic where means spread widely, from 0 where nothing is below it."""
    told = np.isfinite(mean)
    ends = np.concatenate([mean[told], low[np.isfinite(low)], high[np.isfinite(high)]])
    if log is None:
        log = bool(told.any() and ends.min() > 0 and mean[told].max() > SPREAD * mean[told].min())
    if log:
        axes.set_xscale("log")
    elif len(ends) and ends.min() >= 0:
        axes.set_xlim(0, ends.max() * 1.05 or 1)
    axes.set_xlabel(f"{across} (logarithmic scale)" if log else across)
    axes.grid(axis="x", color=FAINT, linewidth=0.5)
    axes.set_axisbelow(True)
    plain_numbers(axes)
