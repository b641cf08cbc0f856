"""Figures of the whole case: numbers that need their sentence beside them."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np

from routegraph.briefing.words import number
from routegraph.render.palette import BLUE, FAINT, SOFT
from routegraph.render.plain_text import visible
from routegraph.render.plot_figure import Picture, blank, drawable, picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from routegraph.analysis import CaseFigures
    from routegraph.render.shown import Around

FIGURE_HIGH = 0.78
SCALE, WORDS = (0.0, 0.36), 0.41
"""Where a figure's scale and its words stand, as shares of the picture's width."""


def plot_figures(figures: CaseFigures, *, around: Around, top: int) -> Picture:
    """Draw each figure of the case on a scale of its own, with its 90 % interval and its sentence beside it."""
    measure, spoken = figures.measure, figures.measure.replace("_", " ")
    told = figures.table.dropna(subset=[f"{measure}_mean"])
    if told.empty:
        why = str(figures.parameters.get("not_estimated", "It could be computed for nothing in this case."))
        return blank(title=f"No figures to show ({spoken})", why=why, around=around)
    shown = told.head(top)
    untold = [str(name).replace("_", " ") for name in figures.table.index.difference(told.index, sort=False)]
    notes = (
        "Dot: estimate. Line: 90 % interval. Each figure has a scale of its own.",
        f"Could not be told: {', '.join(untold)}." if untold else "",
    )
    of = f" of {len(told):,}" if len(shown) < len(told) else ""
    title = f"{spoken.capitalize()}: {len(shown):,}{of} figures of the whole case"
    figure, axes = picture(title=title, notes=notes, around=around, body=FIGURE_HIGH * len(shown) + 0.1)
    axes.set_axis_off()
    axes.set_xlim(0, 1)
    axes.set_ylim(len(shown), 0)
    for k, (name, row) in enumerate(zip(shown.index, shown.to_dict("records"), strict=True)):
        values = [float(row.get(f"{measure}_{end}", np.nan)) for end in ("mean", "p05", "p95")]
        share = str(row.get("unit", "")) == "share" or (
            "unit" not in row and max(v for v in values if np.isfinite(v)) <= 1
        )
        _scale(axes, k, values, share=share)
        words = _told(str(name), values, share=share)
        _sentence(axes, k, head=words, said=str(row.get("said", "")))
    return figure


def _scale(axes: Axes, k: int, values: list[float], *, share: bool) -> None:
    """Draw one figure on a line that runs from 0 to 1 for a share, else from 0 to a little over its upper end."""
    mean, low, high = values
    largest = 1.0 if share else max((v for v in values if np.isfinite(v)), default=1.0) * 1.1 or 1.0
    start = 0.0 if min((v for v in values if np.isfinite(v)), default=0.0) >= 0 else min(low, mean) * 1.1
    ends = np.array([start, largest])

    def at(value: float) -> float:
        return SCALE[0] + 0.02 + (SCALE[1] - SCALE[0] - 0.04) * (value - start) / (largest - start)

    y = k + 0.42
    axes.plot([at(ends[0]), at(ends[1])], [y, y], color=FAINT, linewidth=1.0, zorder=1)
    for end in ends:
        axes.text(at(end), y + 0.3, _value(float(end), share=share), ha="center", va="center", fontsize=8, color=SOFT)
    if np.isfinite(low) and np.isfinite(high):
        axes.plot([at(low), at(high)], [y, y], color=BLUE, linewidth=6, alpha=0.5, solid_capstyle="butt", zorder=2)
    axes.plot(at(mean), y, marker="o", markersize=5, color=BLUE, zorder=3)


def _told(name: str, values: list[float], *, share: bool) -> str:
    """Return a figure's name and its number with the interval."""
    mean, low, high = (_value(value, share=share) for value in values)
    known = np.isfinite(values).all()
    return f"{name.replace('_', ' ')}: {mean}" + (f" (90 % interval {low} to {high})" if known else "")


def _value(value: float, *, share: bool) -> str:
    """Return a number, or a share in per cent that never rounds to none or all."""
    if not share or not np.isfinite(value):
        return number(value)
    if 0 < value < 0.001 or 0.999 < value < 1:
        return "under 0.1 %" if value < 0.5 else "over 99.9 %"
    return f"{100 * value:.1f} %".replace(".0 %", " %")


def _sentence(axes: Axes, k: int, *, head: str, said: str) -> None:
    """Write a figure's name and number, and its sentence on three lines at most."""
    axes.text(WORDS, k + 0.12, drawable(visible(head)), va="center", fontsize=9, fontweight="bold")
    lines = textwrap.wrap(drawable(visible(said)), 84, max_lines=3, placeholder=" …")
    axes.text(WORDS, k + 0.24, "\n".join(lines), va="top", fontsize=8, linespacing=1.2)
