"""Path memory: the chance of the next place with and without knowing where traffic came from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from routegraph.briefing.words import count_of, number
from routegraph.render.palette import BLUE, FAINT, INK, ORANGE
from routegraph.render.plot_figure import Picture, blank, picture
from routegraph.render.plot_ranks import label
from routegraph.render.plot_rows import AXIS_HIGH, write_beside

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from routegraph.analysis import PathRules
    from routegraph.render.shown import Around

RULE_HIGH = 0.4
"""Inches that a rule takes."""


def plot_rules(rules: PathRules, *, around: Around, top: int) -> Picture:
    """Draw the chance of the next place of each rule, with its past (90 % interval) and without."""
    if rules.table.empty:
        why = str(rules.parameters.get("not_estimated", "No place remembers more than chance would have it."))
        return blank(title="No rule of path memory to show", why=why, around=around)
    shown = rules.table.head(top)
    notes = (
        f"{len(shown)} of {count_of(len(rules.table), 'rule')}, strongest first: the way so far, then the next place.",
        "Blue: the chance to go on to this place after that way, with its 90 % interval.",
        "Orange: the same for all that is there, wherever it came from (or knowing less of where).",
        "Records that name different parts of a path, each in its own area, look like memory.",
    )
    title = f"{count_of(len(rules.table), 'rule')}: what comes next depends on where traffic came from"
    figure, axes = picture(title=title, notes=notes, around=around, body=AXIS_HIGH + RULE_HIGH * len(shown))
    y = np.arange(len(shown))
    mean, low, high, without = (
        shown[name].to_numpy(dtype=float) for name in ("memory_mean", "memory_p05", "memory_p95", "shorter_mean")
    )
    axes.barh(y - 0.17, mean, height=0.32, color=BLUE, alpha=0.75)
    axes.hlines(y - 0.17, low, high, colors=INK, linewidth=1.4)
    axes.barh(y + 0.17, without, height=0.32, color=ORANGE, alpha=0.75)
    axes.set_yticks(y, [_called(*row, around=around) for row in zip(shown["context"], shown["next"], strict=True)])
    for k, support in enumerate(shown["support"]):
        write_beside(axes, k, f"of {number(float(support))} events")
    _chances(axes, len(shown))
    return figure


def _called(context: str, following: str, *, around: Around) -> str:
    """Return a rule on one line: the way so far, then where it goes."""
    path = " > ".join(label(place, around=around, most=18) for place in str(context).split(" > "))
    return f"{path}, then {label(following, around=around, most=18)}"


def _chances(axes: Axes, rows: int) -> None:
    axes.set_ylim(rows - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(0, 1)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])
    axes.set_xlabel("chance that this place is next")
    axes.grid(axis="x", color=FAINT, linewidth=0.5)
    axes.set_axisbelow(True)
