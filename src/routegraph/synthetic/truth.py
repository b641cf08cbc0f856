"""What is true of a made world beyond its totals: by step of each route, by year, and by place."""

from __future__ import annotations

import numpy as np
import pandas as pd

from routegraph.synthetic.regime import Regime
from routegraph.synthetic.variation import ROLES, StepDetection
from routegraph.synthetic.years import Sent


def reached(sent: Sent, steps: StepDetection) -> np.ndarray:
    """Return how many shipments came to each step of each route in each year: int[R, K, Y], 0 past a route's end."""
    seized = _by_step(sent, steps, "seized")
    before = np.cumsum(seized, axis=1) - seized
    return np.where((steps.stops >= 0)[:, :, None], sent.shipments[:, None, :] - before, 0)


def _by_step(sent: Sent, steps: StepDetection, column: str) -> np.ndarray:
    counts = np.zeros((*steps.stops.shape, sent.shipments.shape[1]), dtype=np.int64)
    where = tuple(sent.outcomes[name].to_numpy() for name in ("route", "step", "period"))
    np.add.at(counts, where, sent.outcomes[column].to_numpy())
    return counts


def step_truth(sent: Sent, steps: StepDetection, *, places: pd.DataFrame) -> pd.DataFrame:
    """Return one row per step of a route: route, step, place, role, reached, seized, reported, p.

    ``p`` is the chance of seizure by checks or tips: the mean over years weighted by the shipments that came, and the
    plain mean where none did.
    """
    came = reached(sent, steps)
    p = 1.0 - (1.0 - sent.p_check) * (1.0 - steps.p_tip[:, :, None])
    route, step = np.nonzero(steps.stops >= 0)
    seized, reported = (_by_step(sent, steps, name).sum(axis=2)[route, step] for name in ("seized", "reported"))
    return pd.DataFrame(
        {
            "route": route,
            "step": step,
            "place": places.index.to_numpy()[steps.stops[route, step]],
            "role": np.asarray(ROLES)[steps.role[route, step]],
            "reached": came.sum(axis=2)[route, step],
            "seized": seized,
            "reported": reported,
            "p": _weighted(p[route, step], came[route, step]),
        }
    )


def _weighted(values: np.ndarray, by: np.ndarray) -> np.ndarray:
    """Return the mean along the last axis weighted by ``by``; the plain mean where all of that is zero."""
    total = by.sum(axis=-1)
    mean = (values * by).sum(axis=-1) / np.where(total > 0, total, 1)
    return np.asarray(np.where(total > 0, mean, values.mean(axis=-1)))


def places_met(
    sent: Sent, steps: StepDetection, *, places: pd.DataFrame, routes: pd.DataFrame, regime: Regime
) -> pd.DataFrame:
    """Return the places with their realised throughflow, and detection as consignments met it.

    Added: throughflow (cross-border consignments that set out from a place, passed it or ended there, seizures there
    included) and throughflow_domestic. Where detection varies within a place, p_check and p become means over the
    cross-border consignments that came (over all that came, where only domestic ones did; else they stay), and
    inspections the mean of the years.
    """
    came = reached(sent, steps)
    across = ~routes["domestic"].to_numpy()
    through = _at_places(came[across], steps.stops[across], n_places=len(places))
    inside = _at_places(came[~across], steps.stops[~across], n_places=len(places))
    out = places.assign(throughflow=through.astype(np.int64), throughflow_domestic=inside.astype(np.int64))
    if not regime.varies_within:
        return out
    met = np.nan_to_num(sent.p_check) * came
    caught = _at_places(met[across], steps.stops[across], n_places=len(places))
    caught_inside = _at_places(met[~across], steps.stops[~across], n_places=len(places))
    base = places["p_check"].to_numpy()
    inside_mean = np.where(inside > 0, caught_inside / np.maximum(inside, 1), base)
    p_check = np.where(through > 0, caught / np.maximum(through, 1), inside_mean)
    p = 1.0 - (1.0 - p_check) * (1.0 - places["p_tip"].to_numpy())
    return out.assign(p_check=p_check, p=p, inspections=sent.inspections.mean(axis=1).round().astype(int))


def _at_places(values: np.ndarray, stops: np.ndarray, *, n_places: int) -> np.ndarray:
    there = stops >= 0
    return np.bincount(stops[there], weights=values.sum(axis=2)[there], minlength=n_places)


def legs_by_year(
    sent: Sent, steps: StepDetection, *, routes: pd.DataFrame, places: pd.DataFrame, regime: Regime
) -> pd.DataFrame:
    """Return the true flow of every leg and year: year, origin, destination, flow; zeros of a leg in use included."""
    came = reached(sent, steps)
    across = ~routes["domestic"].to_numpy()
    here, there = steps.stops[across, :-1], steps.stops[across, 1:]
    travelled = there >= 0
    n = len(places)
    leg, number = np.unique(here[travelled] * n + there[travelled], return_inverse=True)
    flow = np.zeros((len(leg), len(regime.years)), dtype=np.int64)
    np.add.at(flow, number, came[across, 1:][travelled])
    year, row = np.indices((len(regime.years), len(leg))).reshape(2, -1)
    ids = places.index.to_numpy()
    return pd.DataFrame(
        {
            "year": np.asarray(regime.years)[year],
            "origin": ids[leg[row] // n],
            "destination": ids[leg[row] % n],
            "flow": flow[row, year],
        }
    )


def places_by_year(
    sent: Sent, steps: StepDetection, *, routes: pd.DataFrame, places: pd.DataFrame, regime: Regime
) -> pd.DataFrame:
    """Return year, place_id, inspections (mean), throughflow (cross-border) and p as consignments met it.

    p is NaN in a year in which none came.
    """
    came = reached(sent, steps)[~routes["domestic"].to_numpy()]
    across = ~routes["domestic"].to_numpy()
    p = np.nan_to_num(1.0 - (1.0 - sent.p_check[across]) * (1.0 - steps.p_tip[across][:, :, None]))
    tables = []
    for year, label in enumerate(regime.years):
        block = [year]
        through = _at_places(came[:, :, block], steps.stops[across], n_places=len(places))
        caught = _at_places((p * came)[:, :, block], steps.stops[across], n_places=len(places))
        met = np.where(through > 0, caught / np.maximum(through, 1), np.nan)
        table = {
            "year": label,
            "place_id": places.index,
            "inspections": sent.inspections[:, year].round(1),
            "throughflow": through.astype(np.int64),
            "p": met,
        }
        tables.append(pd.DataFrame(table))
    return pd.concat(tables, ignore_index=True)
