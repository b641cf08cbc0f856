"""Change between two sets of periods: flow before and after on each leg, and what happened to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from routegraph.briefing.words import chance, count_of, number
from routegraph.render.palette import CHANGES, SOFT
from routegraph.render.plot_figure import Picture, blank, drawable, picture
from routegraph.render.plot_ranks import labels
from routegraph.render.plot_rows import height_of, scaled, write_beside

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from routegraph.analysis import LegScores
    from routegraph.render.shown import Around


def is_change(scores: LegScores) -> bool:
    """Tell scores that hold flow before and after from all others."""
    return {"flow_before_mean", "flow_after_mean", "what", "probability"} <= set(scores.table.columns)


def plot_change(scores: LegScores, *, around: Around, top: int) -> Picture:
    """Draw an arrow from flow before to flow after for the legs that changed most, named ones first."""
    told = scores.table.dropna(subset=["flow_before_mean", "flow_after_mean"])
    if told.empty:
        why = str(scores.parameters.get("not_estimated", "There are not two periods to compare."))
        return blank(title="No change to show", why=why, around=around)
    shown, named = _largest(told).head(top), int((told["what"] != "").sum())
    notes = (
        _periods(scores),
        f"The {len(shown)} of {count_of(len(told), 'leg')} that changed most. Ring: before. Arrow head: after.",
        "Lines: 90 % intervals, before above after; both hold what is unsure of the level, so overlap tells nothing.",
        f"Beside: what happened, and the probability that it did{_false(scores)}." if named else "",
        "Where many legs of one country moved at once, suspect first that somebody began to look harder, or less.",
    )
    title = f"{count_of(named, 'leg')} of {len(told):,} changed in a way that the data tell"
    if not named:
        title = f"No change of {count_of(len(told), 'leg')} is certain enough to be named"
    figure, axes = picture(title=title, notes=notes, around=around, body=height_of(len(shown)))
    _arrows(axes, shown)
    axes.set_yticks(np.arange(len(shown)), labels(shown.index, around=around))
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    mean, low, high = (
        np.concatenate([shown[f"flow_{when}_{end}"].to_numpy(dtype=float) for when in ("before", "after")])
        for end in ("mean", "p05", "p95")
    )
    scaled(axes, mean, low, high, across="consignments a period", log=False)
    return figure


def _largest(told: pd.DataFrame) -> pd.DataFrame:
    """Return the legs whose change has a name first, each group by the size of its change, equals by their ends."""
    size = (told["flow_after_mean"] - told["flow_before_mean"]).abs().round(9)
    order = told.assign(named_=told["what"] != "", size_=size).sort_index()
    return order.sort_values(["named_", "size_"], ascending=False, kind="stable").drop(columns=["named_", "size_"])


def _arrows(axes: Axes, shown: pd.DataFrame) -> None:
    for k, row in enumerate(shown.to_dict("records")):
        what = str(row["what"])
        colour = CHANGES.get(what, SOFT)
        for when, shift in (("before", -0.17), ("after", 0.17)):
            low, high = row[f"flow_{when}_p05"], row[f"flow_{when}_p95"]
            axes.hlines(k + shift, low, high, colors=colour, linewidth=2, alpha=0.4)
        before, after = row["flow_before_mean"], row["flow_after_mean"]
        arrow = {"arrowstyle": "-|>", "color": colour, "shrinkA": 3, "shrinkB": 0}
        axes.annotate("", (after, k), (before, k), arrowprops=arrow, annotation_clip=False)
        axes.plot(before, k, marker="o", markersize=5, markerfacecolor="white", markeredgecolor=colour, clip_on=False)
        beside = drawable(what.replace("_", " "))
        if what and np.isfinite(row["probability"]):
            beside = f"{beside}  {chance(row['probability'])}"
        write_beside(axes, k, beside, colour=colour)


def _false(scores: LegScores) -> str:
    """Return how many of the names are expected to be wrong, which the analysis states."""
    wrong = scores.parameters.get("expected_false")
    return f"; of all names about {number(float(wrong))} are expected to be wrong" if isinstance(wrong, float) else ""


def _periods(scores: LegScores) -> str:
    """Return which periods stand before and after, as the parameters have them."""
    said = []
    for when in ("before", "after"):
        names = scores.parameters.get(when, "")
        text = ", ".join(str(name) for name in names) if isinstance(names, list | tuple) else str(names)
        said += [f"{when.capitalize()}: {text}."] if text else []
    return " ".join(said)
