"""Flow and seizures by period, as the map's page carries them: shares of a leg's flow, packed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from routegraph.render.map_pack import clipped, numeric, packed

if TYPE_CHECKING:
    from routegraph.briefing.product import Briefing

MOST_PERIODS = 60
"""The last ones are kept: a slider of more steps cannot be read."""
CELLS = 600_000
"""Legs times periods that a page carries, the busiest legs first; flows.csv has them all."""
FINE_UP_TO = 100_000
"""Cells up to which a share is given in 65,535 steps, and with its interval; beyond it, in 255 steps without."""


def time_data(briefing: Briefing, *, legs: pd.DataFrame, places: pd.DataFrame) -> dict[str, Any] | None:
    """Return flow by period of the busiest legs and seizures by period of places; None with fewer than two periods.

    Parameters
    ----------
    briefing
        Its tables ``flows`` and ``records``, and its drivers.
    legs
        The drawn legs in the page's order, busiest first.
    places
        The places in the page's order.

    Returns
    -------
    dict
        ``labels``; ``legs``, how many of the first legs have shares; ``steps``, the number that stands for a share of
        1; ``shares`` (leg by leg, period by period) of the leg's flow over all periods; where it fits and each leg and
        period has one row, ``p05`` and ``p95`` in consignments; ``seizures`` (place by place, NaN where the records
        that were seized at a place do not add up to its count).

    Notes
    -----
    Flow without a period is in no share, so that those of a leg may add up to less than 1.
    """
    flows = briefing.tables.get("flows", pd.DataFrame())
    if not {"period", "origin", "destination", "flow_mean"} <= set(flows.columns) or not len(legs):
        return None
    dated = flows.loc[flows["period"].notna() & (flows["period"].map(str) != "")]
    labels = sorted(set(dated["period"].map(str)))[-MOST_PERIODS:]
    if len(labels) < 2:
        return None
    cells = _cells(dated, legs, labels)
    whole = np.nan_to_num(numeric(legs, "flow_mean"))
    carried = min(int((whole > 0).sum()), CELLS // len(labels))
    if not carried or not len(cells):
        return None
    steps = 65_535 if carried * len(labels) <= FINE_UP_TO else 255
    flow = _grid(cells, "flow_mean", (len(legs), len(labels)))[:carried]
    shares = np.clip(np.round(flow / whole[:carried, None] * steps), 0, steps)
    found = {
        "labels": [clipped(label) for label in labels],
        "legs": carried,
        "steps": steps,
        "shares": packed(shares.ravel()),
    }
    if steps > 255 and cells["one"].all():
        shape = (len(legs), len(labels))
        found |= {part: packed(_grid(cells, f"flow_{part}", shape)[:carried].ravel()) for part in ("p05", "p95")}
    return found | _seizures(briefing, places, labels)


def _cells(flows: pd.DataFrame, legs: pd.DataFrame, labels: list[str]) -> pd.DataFrame:
    """Return flow by leg and period, with whether it is that of one row."""
    leg_at = pd.Series(
        np.arange(len(legs)), index=pd.MultiIndex.from_frame(legs[["origin", "destination"]].astype(str))
    )
    leg_at = leg_at[~leg_at.index.duplicated()]
    ends = pd.MultiIndex.from_frame(flows[["origin", "destination"]].astype(str))
    at = leg_at.index.get_indexer(ends)
    period = pd.Index(labels).get_indexer(pd.Index(flows["period"].map(str)))
    rows = pd.DataFrame({"leg": at, "period": period})
    rows = rows.assign(**{name: numeric(flows, name) for name in ("flow_mean", "flow_p05", "flow_p95")})
    rows = rows.loc[(at >= 0) & (period >= 0)]
    together = rows.groupby(["leg", "period"], sort=True)
    return together.sum().assign(one=together.size() == 1).reset_index()


def _grid(cells: pd.DataFrame, column: str, shape: tuple[int, int]) -> np.ndarray:
    grid = np.zeros(shape)
    grid[cells["leg"].to_numpy(), cells["period"].to_numpy()] = np.nan_to_num(cells[column].to_numpy())
    return grid


def _seizures(briefing: Briefing, places: pd.DataFrame, labels: list[str]) -> dict[str, Any]:
    """Return seizures by place and period: dates of the records that are known to have been seized at the place."""
    records, drivers = briefing.tables.get("records", pd.DataFrame()), briefing.drivers
    seized = drivers.loc[drivers["how"] == "seized"] if len(drivers) else drivers
    if not len(seized) or not {"record_id", "date", "count"} <= set(records.columns) or "seizures" not in places:
        return {}
    known = records.assign(record_id=records["record_id"].map(str), count=numeric(records, "count"))
    known = known.drop_duplicates("record_id", keep=False).set_index("record_id")
    uses = pd.DataFrame(
        {"place": seized["place_id"].map(str), "record": seized["record_id"].map(str)}
    ).drop_duplicates()
    position = pd.Series(np.arange(len(places)), index=places["place_id"].map(str))
    uses = uses.assign(
        at=uses["place"].map(position[~position.index.duplicated()]), count=uses["record"].map(known["count"]),
        date=uses["record"].map(known["date"].map(str)),
    ).dropna(subset=["at", "count"])  # fmt: skip
    total = np.bincount(uses["at"].astype(np.int64), weights=uses["count"], minlength=len(places))
    grid = np.zeros((len(places), len(labels)))
    for k, label in enumerate(labels):
        inside = uses.loc[uses["date"].str.startswith(label).fillna(value=False)]
        grid[:, k] = np.bincount(inside["at"].astype(np.int64), weights=inside["count"], minlength=len(places))
    grid[total != np.nan_to_num(numeric(places, "seizures"))] = np.nan
    return {} if np.isnan(grid).all() else {"seizures": packed(grid.ravel())}
