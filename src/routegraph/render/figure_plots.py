"""Plots of the static figures: flow against counts, places to watch, flow by period."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from routegraph.briefing.estimates import place_names, table_of
from routegraph.briefing.periods import leg_periods
from routegraph.briefing.place_rows import places_to_watch
from routegraph.briefing.product import Briefing
from routegraph.render.figure_marks import (
    INK,
    PAPER,
    RULE,
    SOFT,
    SPAN,
    badge,
    drawing,
    mark,
    one_line,
    path_of,
    words,
    wrapped,
)  # fmt: skip
from routegraph.render.figure_scale import Scale, grid, log_scale, number_of

WIDE = 960
_LABELS, _ROW, _HEAD, _FOOT = 372.0, 31.0, 62.0, 34.0
_COUNT = "#b34700"
_FIRST, _MOST_LEGS, _MOST_YEARS = 12, 24, 60
_FLOW = "estimated flow, consignments"
_SHARE = "share of the largest"


@dataclass(frozen=True)
class Interval:
    """A value and its 90 % interval; NaN where there is none."""

    mean: float
    low: float = math.nan
    high: float = math.nan


def counts_svg(briefing: Briefing, *, alt: str) -> str:
    """Return reported counts beside estimated flow of the first legs: an open ring, and a dot on a bar."""
    ranks = briefing.rankings
    if ranks is None:
        raise ValueError("there is one ranking only")
    # Legs that counts rank first and flow does not are what the figure is for: none is left out.
    rows = ranks.legs.head(_MOST_LEGS)
    names = place_names(briefing)
    labels = [
        f"{names.get(a, a)} > {names.get(b, b)}" for a, b in zip(rows["origin"], rows["destination"], strict=True)
    ]
    flows, counts = _flows(rows, told=briefing.levels_told), rows["counted"].to_numpy(dtype=float)
    if briefing.levels_told:
        values = [part for one in flows for part in (one.mean, one.low, one.high)]
        scale = log_scale([*values, *counts], left=_LABELS, right=WIDE - 44.0)
        said = "consignments, and seizure events (log scale)"
    else:
        counts = counts / max(counts.max(initial=0.0), 1.0)
        scale, said = Scale(0.0, 1.0, _LABELS, WIDE - 30.0), _SHARE
    bottom = _HEAD + _ROW * len(rows)
    none = "" if (counts > 0).all() else " (no ring: none)"
    key = (
        _bar(Interval(3.0, 1.0, 9.0), Scale(1.0, 10.0, _LABELS, _LABELS + 50, log=True), 18.0)
        + words(_LABELS + 58, 23, "estimated flow" + (", 90 % interval" if briefing.levels_told else ""), size=14.5)
        + _ring(_LABELS + 290, 18.0) + words(_LABELS + 304, 23, f"reported seizures{none}", size=14.5)
    )  # fmt: skip
    return drawing(
        _paper(bottom + _FOOT), key, grid(scale, top=_HEAD, bottom=bottom, said=said),
        *(
            _label(label, _HEAD + _ROW * (k + 0.5)) + _bar(flow, scale, _HEAD + _ROW * (k + 0.5))
            + (_ring(scale.at(count), _HEAD + _ROW * (k + 0.5)) if count > 0 else "")
            for k, (label, flow, count) in enumerate(zip(labels, flows, counts, strict=True))
        ),
        width=float(WIDE), height=bottom + _FOOT, label=alt,
    )  # fmt: skip


def places_svg(briefing: Briefing, *, alt: str) -> str:
    """Return what passes the first places, and beside it the chance of a seizure there where that is estimated."""
    rows = places_to_watch(briefing).head(_FIRST)
    told = briefing.levels_told
    flows = _flows(rows.rename(columns=lambda name: name.replace("throughflow", "flow")), told=told)
    seized = [
        Interval(*(row[f"detection_{part}"] for part in ("mean", "p05", "p95"))) for row in rows.to_dict("records")
    ]
    two = any(math.isfinite(one.mean) for one in seized)
    left, right, labels = 250.0, 590.0 if two else WIDE - 44.0, rows["name"].where(rows["name"] != "", rows["place_id"])
    values = [part for one in flows for part in (one.mean, one.low, one.high)]
    scale = log_scale(values, left=left, right=right) if told else Scale(0.0, 1.0, left, right)
    counts = briefing.estimator == "counts"
    said = f"{'smoothed count, events' if counts else _FLOW} (log scale)" if told else _SHARE
    bottom = _HEAD + _ROW * len(rows)
    known = [100 * value for one in seized for value in (one.mean, one.high) if math.isfinite(value)]
    top = next((top for top in (1.0, 5.0, 10.0, 20.0, 50.0) if top >= max(known, default=1.0)), 100.0)
    chance = Scale(0.0, top, 670.0, WIDE - 40.0)
    parts = [grid(scale, top=_HEAD, bottom=bottom, said=said)]
    if two:
        parts.append(grid(chance, top=_HEAD, bottom=bottom, said="chance of a seizure there", unit=" %"))
    for k, (name, flow, one) in enumerate(zip(labels, flows, seized, strict=True)):
        y = _HEAD + _ROW * (k + 0.5)
        parts += [_label(name, y, width=left - 20), _bar(flow, scale, y)]
        if two and math.isfinite(one.mean):
            shown = Interval(100 * one.mean, 100 * one.low, 100 * one.high) if told else Interval(100 * one.mean)
            parts.append(_bar(shown, chance, y))
    return drawing(_paper(bottom + _FOOT), *parts, width=float(WIDE), height=bottom + _FOOT, label=alt)


def periods_svg(briefing: Briefing, *, alt: str) -> str:
    """Return flow by period on the busiest leg of each of the first corridors, a small plot each on one time axis."""
    table, names = leg_periods(briefing), place_names(briefing)
    legs = list(dict.fromkeys(table[["rank", "origin", "destination"]].itertuples(index=False, name=None)))
    axis = time_axis(table_of(briefing, "flows")["period"].astype(str).unique().tolist())
    across, wide, high, head = 3, WIDE / 3, 204.0, 30.0
    rows = math.ceil(len(legs) / across)
    what = "Smoothed count of events" if briefing.estimator == "counts" else "Estimated flow, consignments,"
    said = f"{what} by period; band: 90 % interval. Each plot has a scale of its own."
    if not briefing.levels_told:
        said = "Share of the leg's own largest period; no level is told."
    parts = [
        mark(
            "g", _panel(table.loc[(table["origin"] == leg[1]) & (table["destination"] == leg[2])], rank=int(leg[0]),
                        title=_leg(names, leg[1], leg[2]), size=(wide, high), told=briefing.levels_told, axis=axis),
            transform=f"translate({wide * (k % across):.1f} {head + high * (k // across):.1f})",
        )
        for k, leg in enumerate(legs)
    ]  # fmt: skip
    height = head + high * rows
    title = words(10.0, 20.0, said, size=14.5, fill=SOFT)
    return drawing(_paper(height), title, *parts, width=float(WIDE), height=height, label=alt)


def time_axis(periods: Sequence[str]) -> dict[str, int]:
    """Return where each period stands, in steps of one: years by their number, so that a year without rows is a gap."""
    ordered = sorted(periods)
    if ordered and all(one.isascii() and one.isdecimal() and len(one) == 4 for one in ordered):
        first, last = int(ordered[0]), int(ordered[-1])
        if last - first < _MOST_YEARS:
            return {f"{year:04d}": year - first for year in range(first, last + 1)}
    return {one: k for k, one in enumerate(ordered)}


def _panel(
    own: pd.DataFrame, *, rank: int, title: str, size: tuple[float, float], told: bool, axis: Mapping[str, int]
) -> str:
    wide, high = size
    left, right, top, bottom = 62.0, wide - 22.0, 62.0, high - 30.0
    step = (right - left) / max(len(axis) - 1, 1)
    highest = float(np.nanmax(own[["mean", "p95"]].to_numpy(dtype=float), initial=0.0)) or 1.0
    scale = Scale(0.0, highest, bottom, top)
    lines = wrapped(title, size=14.0, width=wide - 62, lines=2)
    parts = [badge(rank, 22.0, 22.0)]
    parts += [words(42.0, 20.0 + 18 * k, line, size=14.0, bold=True) for k, line in enumerate(lines)]
    for value in (0.0, scale.ticks()[-1]):
        y = scale.at(value)
        parts.append(mark("line", x1=left, y1=y, x2=right, y2=y, stroke=RULE, stroke_width=1.0))
        said = number_of(value) if told else f"{100 * value:.0f} %"
        parts.append(words(left - 6, y + 5, said, size=13.5, anchor="end", fill=SOFT))
    for run in _runs(own, axis):
        parts.append(_curve(run, [left + step * axis[str(period)] for period in run["period"]], scale))
    every = math.ceil(len(axis) / 5)
    parts += [
        words(left + step * k, bottom + 20, one_line(label, most=12), size=13.5, anchor="middle", fill=SOFT)
        for label, k in axis.items()
        if (len(axis) - 1 - k) % every == 0
    ]
    return "".join(parts)


def _runs(own: pd.DataFrame, axis: Mapping[str, int]) -> list[pd.DataFrame]:
    """Return stretches of a leg's periods that follow on each other: no line is drawn over a period without a row."""
    at = own["period"].astype(str).map(axis)
    own = own.assign(_at=at).sort_values("_at", kind="stable")
    return [run for _, run in own.groupby((own["_at"].diff() != 1).cumsum())]


def _curve(run: pd.DataFrame, across: Sequence[float], scale: Scale) -> str:
    """Return one stretch: its band of 90 % intervals, its line and its dots; a period on its own has a bar."""
    low, up, mean = (run[part].to_numpy(dtype=float) for part in ("p05", "p95", "mean"))
    parts = []
    if np.isfinite(low).all() and np.isfinite(up).all():
        at = list(across) if len(run) > 1 else [across[0] - 5.0, across[0] + 5.0]
        low, up = (np.resize(values, len(at)) for values in (low, up))
        points = [(x, scale.at(v)) for x, v in zip(at, up, strict=True)]
        points += [(x, scale.at(v)) for x, v in zip(at[::-1], low[::-1], strict=True)]
        parts.append(mark("path", d=path_of(np.array(points), closed=True), fill=SPAN, fill_opacity=0.4))
    line = np.array([(x, scale.at(v)) for x, v in zip(across, mean, strict=True)])
    if len(run) > 1:
        parts.append(mark("path", d=path_of(line), fill="none", stroke=INK, stroke_width=2.4, stroke_linejoin="round"))
    return "".join([*parts, *(mark("circle", cx=x, cy=y, r=3.6, fill=INK) for x, y in line)])


def _leg(names: Mapping[str, str], origin: str, end: str) -> str:
    return f"{names.get(origin, origin)} > {names.get(end, end)}"


def _flows(rows: pd.DataFrame, *, told: bool) -> list[Interval]:
    """Return flows; where levels are not told each as a share of the largest, without an interval."""
    if told:
        columns = [rows[f"flow_{part}"].tolist() for part in ("mean", "p05", "p95")]
        return [Interval(*each) for each in zip(*columns, strict=True)]
    most = max(float(rows["flow_mean"].max()) if len(rows) else 0.0, 1e-12)
    return [Interval(value / most) for value in rows["flow_mean"]]


def _bar(one: Interval, scale: Scale, y: float) -> str:
    """Return an interval as a bar with the mean as a dot on it, to scale; nothing where there is no estimate."""
    if not math.isfinite(one.mean):
        return ""
    bar = ""
    if math.isfinite(one.low) and math.isfinite(one.high):
        left, right = scale.at(one.low), scale.at(one.high)
        bar = mark("rect", x=left, y=y - 6, width=max(right - left, 1.5), height=12.0, rx=3.0, fill=SPAN)
    return bar + mark("circle", cx=scale.at(one.mean), cy=y, r=5.4, fill=INK, stroke=PAPER, stroke_width=1.4)


def _ring(x: float, y: float) -> str:
    return mark("circle", cx=x, cy=y, r=6.2, fill=PAPER, stroke=_COUNT, stroke_width=2.8)


def _label(text: str, y: float, *, width: float = _LABELS - 24) -> str:
    lines: Sequence[str] = wrapped(text, size=14.5, width=width, lines=2)
    start = y + 5 - 8.5 * (len(lines) - 1)
    return "".join(words(width + 4, start + 17 * k, line, size=14.5, anchor="end") for k, line in enumerate(lines))


def _paper(height: float) -> str:
    return mark("rect", width=float(WIDE), height=height, fill=PAPER)
