"""Removal sampling along routes: who sets out, where each is seized, who arrives (METHODS.md, section 1)."""

from __future__ import annotations

import numpy as np
import pandas as pd

BASES = ("check", "tip")


def travel(
    shipments: np.ndarray,
    *,
    p_check: np.ndarray,
    p_tip: np.ndarray,
    rho: np.ndarray,
    rng: np.random.Generator,
) -> tuple[pd.DataFrame, np.ndarray]:
    """Send every shipment along its route and thin it at each place in turn.

    At a place the checks come first and tips see what they let pass, so that p = 1 - (1 - p_check)(1 - p_tip).
    Whether a seizure is reported (rho) never changes what travels on: a blind place removes traffic too.

    Parameters
    ----------
    shipments
        Consignments that set out, routes x periods, whole.
    p_check, p_tip, rho
        routes x steps, NaN after a route's end.
    rng
        The stage's own generator.

    Returns
    -------
    tuple
        A frame with one row per route, period, step and basis that seized anything (columns route, period, step,
        basis, seized, reported), and the arrivals, routes x periods.
    """
    left = shipments.copy()
    parts: list[pd.DataFrame] = []
    for step in range(p_check.shape[1]):
        for basis, p in zip(BASES, (p_check, p_tip), strict=True):
            here = np.broadcast_to(np.nan_to_num(p[:, [step]], nan=0.0), left.shape)
            seized = rng.binomial(left, here)
            reported = rng.binomial(seized, np.broadcast_to(np.nan_to_num(rho[:, [step]], nan=0.0), left.shape))
            left = left - seized
            parts.append(_long(seized, reported, step=step, basis=basis))
    outcomes = pd.concat(parts, ignore_index=True)
    return outcomes.sort_values(["route", "period", "step", "basis"], ignore_index=True), left


def _long(seized: np.ndarray, reported: np.ndarray, *, step: int, basis: str) -> pd.DataFrame:
    route, period = np.nonzero(seized)
    return pd.DataFrame(
        {
            "route": route,
            "period": period,
            "step": step,
            "basis": basis,
            "seized": seized[route, period],
            "reported": reported[route, period],
        }
    )
