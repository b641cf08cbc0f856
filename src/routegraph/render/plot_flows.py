"""Flow against counts: what an estimate makes of each leg, beside what was reported on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from routegraph.briefing.words import count_of, number
from routegraph.flows.posterior import interval
from routegraph.render.labels import Spot, place_labels
from routegraph.render.palette import BLUE, FAINT, SOFT, VERMILION
from routegraph.render.plot_figure import Picture, blank, halo, picture
from routegraph.render.plot_ranks import labels

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from routegraph.flows.posterior import FlowPosterior
    from routegraph.network.graph import RouteGraph
    from routegraph.render.shown import Around

BUSIEST = 60
"""Only legs among so many first by flow or by counts are named: a rank deep in the tail moves for nothing."""
NONE_AT, LEAST = 0.4, 0.1
"""Where a leg without reports stands on the logarithmic axis, and the smallest flow that is drawn."""
COLOURS = {"above": BLUE, "below": VERMILION, "": SOFT}
_WHO = "Blue, orange: the whole interval is above, below the usual leg. Named: those of the busiest farthest from it."
HIGH, PIXELS = 5.2, (1000, 590)


def flow_and_counts(graph: RouteGraph, posterior: FlowPosterior, reported: RouteGraph) -> pd.DataFrame:
    """Return each leg's flow_mean, flow_p05, flow_p95, its reported seizures and where it stands to the usual leg.

    Returns
    -------
    pandas.DataFrame
        Indexed as ``graph.legs``: flow_mean, flow_p05, flow_p95, seizures, ``stands`` (above, below or ''): above
        where even the lower end of the interval is more than the usual leg has for as many reports, below where even
        the upper end is less and there is a report. The usual leg is the median of flow over reports; half an event is
        added to both.
    """
    table = interval(posterior.legs, name="flow").set_axis(graph.legs.index, axis=0)
    table["seizures"] = reported.legs["seizures"].reindex(graph.legs.index).fillna(0.0).astype(float)
    usual = usual_ratio(table)
    low, high = ((table[f"flow_{end}"] + 0.5) / (table["seizures"] + 0.5) for end in ("p05", "p95"))
    table["stands"] = np.select([low > usual, (high < usual) & (table["seizures"] > 0)], ["above", "below"], "")
    return table


def usual_ratio(table: pd.DataFrame) -> float:
    """Return the median of flow over reports among legs with a report; 1 where there is none."""
    named = table.loc[table["seizures"] > 0]
    return float(((named["flow_mean"] + 0.5) / (named["seizures"] + 0.5)).median()) if len(named) else 1.0


def plot_flows(
    graph: RouteGraph, posterior: FlowPosterior, reported: RouteGraph, *, around: Around, top: int
) -> Picture:
    """Draw every leg's flow against its reported seizures; name those that the correction moves most, either way."""
    table = flow_and_counts(graph, posterior, reported)
    if table.empty:
        return blank(title="No flow to show", why="No two places are joined by a leg.", around=around)
    named = _named(table, most=max(1, top * 3 // 10))
    notes = (
        "One dot a leg. Upright lines: 90 % intervals. Solid: as many as reported. Dashed: the usual leg.",
        _WHO if named else "",
    )
    figure, axes = picture(title=_statement(table, posterior), notes=notes, around=around, body=HIGH)
    axes.set_xscale("log")
    axes.set_yscale("log")
    right, upper = table["seizures"].max() * 2.2 + 1, max(table["flow_p95"].max(), 1.0) * 1.6
    axes.set_xlim(NONE_AT * 0.75, right)
    axes.set_ylim(LEAST * 0.8, upper)
    x, y = _on_axes(table)
    usual = usual_ratio(table)
    line = np.geomspace(1, right, 50)
    axes.plot(line, line, color=SOFT, linewidth=1.0)
    axes.plot(line, np.maximum(usual * (line + 0.5) - 0.5, LEAST), color=SOFT, linewidth=1.0, linestyle="--")
    axes.scatter(x, y, s=12, c=table["stands"].map(COLOURS), alpha=0.5, linewidths=0, rasterized=len(table) > 5000)
    _whiskers(axes, table.loc[table["flow_mean"].nlargest(top).index])
    _whiskers(axes, table.loc[named])
    axes.scatter(*_on_axes(table.loc[named]), s=28, c=table.loc[named]["stands"].map(COLOURS), zorder=4)
    _write_names(axes, table, named, around=around)
    _ticks(axes, right=right, upper=upper)
    axes.set_xlabel("reported seizures on the leg (logarithmic scale)")
    axes.set_ylabel("estimated consignments (logarithmic scale)")
    return figure


def _named(table: pd.DataFrame, *, most: int) -> list[tuple[str, str]]:
    """Return the legs to name: of the busiest by flow or counts, those farthest from the usual leg on either side."""
    ranks = table[["flow_mean", "seizures"]].rank(ascending=False, method="min").min(axis=1)
    busy = table.loc[(ranks <= BUSIEST) & (table["stands"] != "")]
    away = np.log((busy["flow_mean"] + 0.5) / (busy["seizures"] + 0.5) / usual_ratio(table))
    # Equals go by their ends, so that the order of the table's rows does not matter.
    order = pd.DataFrame({"away": away.abs().round(9), "stands": busy["stands"]}).sort_index()
    order = order.sort_values("away", ascending=False, kind="stable")
    return [key for stands in ("above", "below") for key in order.index[order["stands"] == stands][:most]]


def _on_axes(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    return (
        np.where(table["seizures"] > 0, table["seizures"], NONE_AT).astype(float),
        np.maximum(table["flow_mean"].to_numpy(dtype=float), LEAST),
    )


def _whiskers(axes: Axes, part: pd.DataFrame) -> None:
    low, high = (np.maximum(part[f"flow_{end}"].to_numpy(dtype=float), LEAST) for end in ("p05", "p95"))
    axes.vlines(_on_axes(part)[0], low, high, colors=part["stands"].map(COLOURS).tolist(), linewidth=1.3, alpha=0.45)


def _write_names(axes: Axes, table: pd.DataFrame, named: list[tuple[str, str]], *, around: Around) -> None:
    """Write the names where they cover neither each other nor a named dot."""
    to_share = axes.transData + axes.transAxes.inverted()
    wide, high = PIXELS

    def spots(part: pd.DataFrame) -> list[Spot]:
        share = to_share.transform(np.column_stack(_on_axes(part)))
        return [Spot(round(x * wide, 2), round((1 - y) * high, 2)) for x, y in share.tolist()]

    own = spots(table.loc[named])
    everything = np.array([(spot.x, spot.y) for spot in spots(table)]).reshape(-1, 2)
    pairs = list(zip(labels(named, around=around, most=20), own, strict=True))
    colours = table.loc[named]["stands"].map(COLOURS)
    at = {text: (spot, colour) for (text, spot), colour in zip(pairs, colours, strict=True)}
    for one in place_labels(pairs, badges=[], dots=own, lines=everything, size=PIXELS):
        dot, colour = at[one.text]
        side = {"start": "left", "end": "right", "middle": "center"}[one.anchor]
        axes.text(
            one.x / wide, 1 - (one.y - 5) / high, one.text, transform=axes.transAxes, ha=side, va="center",
            fontsize=8, color=colour, zorder=6, path_effects=halo(),
        )  # fmt: skip
        ends = ([dot.x / wide, one.x / wide], [1 - dot.y / high, 1 - (one.y - 5) / high])
        axes.plot(*ends, transform=axes.transAxes, color=colour, linewidth=0.6, zorder=5)


def _ticks(axes: Axes, *, right: float, upper: float) -> None:
    """Write plain numbers on both axes; a leg without a report stands left of 1, at 0."""
    across = [10.0**k for k in range(8) if 10.0**k <= right]
    axes.set_xticks([NONE_AT, *across], ["0", *(number(value) for value in across)])
    along = [10.0**k for k in range(-1, 9) if 10.0**k <= upper]
    axes.set_yticks(along, [f"{LEAST} or less", *(number(value) for value in along[1:])])
    axes.minorticks_off()
    axes.grid(color=FAINT, linewidth=0.4)
    axes.set_axisbelow(True)
    axes.axvline((NONE_AT * 1.0) ** 0.5, color=FAINT, linewidth=0.8)


def _statement(table: pd.DataFrame, posterior: FlowPosterior) -> str:
    if not posterior.detection_corrected:
        return f"Without a correction, the flow of {count_of(len(table), 'leg')} is its reported count, smoothed"
    above, below = (int((table["stands"] == word).sum()) for word in ("above", "below"))
    whole = count_of(len(table), "leg")
    return f"Of {whole}, {above:,} carry more and {below:,} carry less for each report than the usual leg"
