"""Change over time: the flow by period on the busiest leg of each of the first corridors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from routegraph.briefing.document import Bullets, Cell, Column, Figure, Paragraph, Section, Table
from routegraph.briefing.estimates import Row, place_names, shortened, table_of, terms_of, value, way, words
from routegraph.briefing.front_page import NO_EARLIER
from routegraph.briefing.leg_changes import leg_changes
from routegraph.briefing.product import Briefing
from routegraph.briefing.words import about, count_of, number, percent

MOST = 6
"""Corridors whose busiest leg is followed."""

_LEG = ["origin", "destination", "commodity"]
_COLUMNS = ("rank", "origin", "destination", "period", "mean", "p05", "p95", "seizures")


_ONE_PERIOD = "This run has no two periods to compare: the records cover one period, or none with a date."

_FILLED_IN = (
    " Seizures are of all records whose route takes the leg once its missing places are filled in: more than name the "
    "leg as written, which is what the ranking by counts has."
)


_NAMED = {
    "appeared": "appeared", "vanished": "vanished", "surged": "surged", "fell": "fell",
    "displaced_to": "fell, and another leg took over", "displaced_from": "rose, taking over from another leg",
}  # fmt: skip


def leg_periods(briefing: Briefing, *, most: int = MOST) -> pd.DataFrame:
    """Return flow by period on the busiest leg of each of the first corridors; without rows below two periods.

    Columns: rank (of the first corridor that holds the leg), origin, destination, period, mean, p05, p95, seizures. It
    is all flow on the leg, whichever corridor it belongs to. A leg stands once, though several corridors share it.
    Where flow was estimated by branch of commodity, that of the leg's largest branch. Where levels are not told, mean
    is a share of the leg's largest period and the interval is NaN.
    """
    flows = table_of(briefing, "flows")
    flows = flows.loc[flows["flow_mean"].notna()]
    if flows["period"].nunique() < 2:
        return pd.DataFrame(columns=list(_COLUMNS))
    found: dict[tuple[str, str], pd.DataFrame] = {}
    corridors = briefing.tables["corridors"].iloc[:most]
    for rank, path in zip(corridors["rank"], corridors["path"], strict=True):
        steps = pd.MultiIndex.from_tuples(list(pairwise(path.split(" > "))))
        own = flows.loc[pd.MultiIndex.from_frame(flows[["origin", "destination"]]).isin(steps)]
        if len(own):
            sums = own.groupby(_LEG)["flow_mean"].sum().sort_index()
            origin, end, branch = sums.index.to_list()[int(sums.to_numpy().argmax())]
            is_it = (own["origin"] == origin) & (own["destination"] == end) & (own["commodity"] == branch)
            found.setdefault((origin, end), own.loc[is_it].sort_values("period").assign(rank=int(rank)))
    if not found:
        return pd.DataFrame(columns=list(_COLUMNS))
    table = pd.concat(found.values(), ignore_index=True)
    table = table.rename(columns={f"flow_{part}": part for part in ("mean", "p05", "p95")})
    if not briefing.levels_told:
        largest = table.groupby(_LEG)["mean"].transform("max")
        table = table.assign(mean=table["mean"] / largest.where(largest > 0), p05=np.nan, p95=np.nan)
    return table[list(_COLUMNS)]


def change_section(briefing: Briefing) -> Section:
    """Return what changed since the last run and from period to period."""
    run = Bullets(briefing.changes) if briefing.changes else Paragraph(NO_EARLIER)
    return Section(
        "Change over time",
        parts=(
            Section("Since the last run", (run,), name="since"),
            Section("From period to period", _by_period(briefing), name="periods"),
        ),
        name="change",
    )


def _by_period(briefing: Briefing) -> tuple[Paragraph | Figure | Table | Bullets, ...]:
    table = leg_periods(briefing)
    if table.empty:
        return (Paragraph(_ONE_PERIOD),)
    names, said = place_names(briefing), terms_of(briefing)
    legs = list(dict.fromkeys(table[["rank", "origin", "destination"]].itertuples(index=False, name=None)))
    what = "Smoothed count" if briefing.estimator == "counts" else "Estimated flow"
    caption = f"{what} by period on the busiest leg of the first corridors" + (
        ", with 90 % intervals." if briefing.levels_told else ", as a share of its largest period; no level is told."
    )
    return (
        Paragraph(
            f"The busiest leg of each of the first corridors, with all that is on it ({said.note}). A period that the "
            f"records cover only in part shows less for that alone.{_FILLED_IN if briefing.rankings else ''}"
        ),
        Figure("periods", f"{caption} The table has the same numbers.", caption),
        _table(briefing, table, legs, names),
        *([Bullets(_told(table, legs, briefing, what))] if briefing.levels_told else []),
    )


def _table(
    briefing: Briefing, table: pd.DataFrame, legs: list[tuple[int, str, str]], names: dict[str, str]
) -> Table:  # fmt: skip
    periods = sorted(table["period"].unique())[-8:]
    keys = table[["origin", "destination", "period"]].itertuples(index=False, name=None)
    cells = dict(zip(keys, table.to_dict("records"), strict=True))
    rows = []
    for rank, origin, end in legs:
        each = (cells.get((origin, end, period)) for period in periods)
        row = (Cell("–") if one is None else _cell(one, briefing) for one in each)
        rows.append((Cell(rank=rank), Cell(way(f"{origin} > {end}", names), strong=True), *row))
    share = round(0.62 / len(periods), 3)
    columns = [Column("Corridor", 0.1), Column("Leg", round(0.9 - share * len(periods), 3))]
    return Table((*columns, *(Column(period, share, number=True) for period in periods)), tuple(rows))


def _cell(row: Row, briefing: Briefing) -> Cell:
    mean, low, high, seizures = (value(row, name) for name in ("mean", "p05", "p95", "seizures"))
    if not briefing.levels_told:
        return Cell(percent(mean))
    said = number if briefing.estimator == "counts" else about
    reported = "" if math.isnan(seizures) else count_of(int(seizures), "seizure")
    between = "" if math.isnan(low) else f"{said(low)} to {said(high)}"
    return Cell(said(mean), strong=True, under=tuple(one for one in (between, reported) if one))


def _told(table: pd.DataFrame, legs: Sequence[tuple[int, str, str]], briefing: Briefing, what: str) -> tuple[str, ...]:
    """Say of each leg whether the analysis names a change on it, what was measured, and what such an interval is worth.

    Two overlapping intervals of level would hide a change, and the interval of one change among hundreds would make one
    up: the rule is that of the map.
    """
    names, found = place_names(briefing), leg_changes(table_of(briefing, "structure"))
    if found.empty:
        return (_not_measured(briefing),)
    lines = []
    for _, origin, end in legs:
        own = table.loc[(table["origin"] == origin) & (table["destination"] == end)]
        leg, name = f"{origin} > {end}", way(f"{origin} > {end}", names)
        if len(own) < 2:
            lines.append(f"{what} on {name}: only {own.iloc[0]['period']} has any.")
        elif leg in found.index:
            lines.append(_change_on(name, found.loc[leg].to_dict(), what))
        else:
            lines.append(f"No change was measured on {name}.")
    return (*lines, _rule(found))


def _rule(found: pd.DataFrame) -> str:
    """Say what a name takes, how many legs were looked at, and why an interval on one side is no name."""
    named, by_chance = int((found["what"] != "").sum()), max(1, round(0.1 * len(found)))
    return (
        f"A change is named where flow doubled or halved, or more, with a chance of 80 % or more: {named or 'none'} of "
        f"{count_of(len(found), 'leg')} compared {'is' if named == 1 else 'are'} named. About {by_chance} would have a "
        "90 % interval on one side of no change though nothing changed, so that such an interval alone is no finding."
    )


def _change_on(name: str, row: Row, what: str) -> str:
    mean, low, high = (about(2.0 ** value(row, part)) for part in ("mean", "p05", "p95"))
    times = f"in the last period {mean} times (90 % interval {low} to {high}) what it was in those before"
    kind = words(row, "what")
    if not kind:
        return f"No change is named on {name}: {what.lower()} was {times}."
    chance = percent(value(row, "chance"))
    return f"{what} on {name} {_NAMED[kind]} (chance {chance}): it was {times}."


def _not_measured(briefing: Briefing) -> str:
    structure = table_of(briefing, "structure")
    why = structure.loc[(structure["analysis"] == "change") & (structure["id"] == "not_estimated"), "said"]
    reason = f": {shortened(str(why.iloc[0]), most=200)}" if len(why) else ""
    return f"No change was measured from period to period{reason}."
