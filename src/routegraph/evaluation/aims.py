"""What the estimator is to reach, and whether it did: each aim with its measure, its bounds and its regime."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

JUDGED = "removal"
"""The estimator that the aims are for."""

MET, WITHIN, MISSED, UNKNOWN = "pass", "pass (within two standard errors)", "FAIL", "no data"


@dataclass(frozen=True)
class Aim:
    """A mean over worlds of one regime, and the bounds that it is to keep.

    Attributes
    ----------
    regime, measure
        Which worlds, and which column of :func:`routegraph.evaluation.recovery.measures`.
    text
        The aim in words.
    low, high
        Bounds, both included.
    against, times
        With ``against``, the measure less ``times`` that of this other estimator in the same world.
    """

    regime: str
    measure: str
    text: str
    low: float = -np.inf
    high: float = np.inf
    against: str = ""
    times: float = 1.0


_ROUNDING = 1e-9  # shares of 30 seldom sum to a round number exactly
_THREE = ("heterogeneous", "equal", "blind")
_COVER = {"cover_legs": "legs", "cover_places": "places", "cover_total": "total flow"}

AIMS: tuple[Aim, ...] = (
    Aim("heterogeneous", "found", "share of the 30 busiest legs at least 0.90", low=0.90),
    Aim("heterogeneous", "found", "stretch: share of the 30 busiest legs at least 0.93", low=0.93),
    Aim("equal", "found", "share of the 30 busiest legs at least 0.93", low=0.93),
    Aim("equal", "found", "share of the 30 busiest legs not below `counts` (difference)", low=0.0, against="counts"),
    Aim("blind", "found", "share of the 30 busiest legs at least 0.85", low=0.85),
    Aim("few_records", "found", "share of the 30 busiest legs at least 0.80", low=0.80),
    Aim(
        "few_records",
        "found",
        "share of the 30 busiest legs at least 1.4 times `counts on completed routes` (less 1.4 times it)",
        low=0.0,
        against="completed",
        times=1.4,
    ),
    *(
        Aim(regime, measure, f"coverage of {what} 0.86 to 0.94", low=0.86, high=0.94)
        for regime in _THREE
        for measure, what in _COVER.items()
    ),
    *(Aim(one, "insufficient", "at most 5 % of busy legs marked insufficient", high=0.05) for one in _THREE),
    *(Aim("few_records", measure, f"coverage of {what} at least 0.80", low=0.80) for measure, what in _COVER.items()),
    Aim("few_records", "cover_told", "coverage of legs not marked insufficient 0.86 to 0.94", low=0.86, high=0.94),
    Aim("few_records", "insufficient", "at most a quarter of busy legs marked insufficient", high=0.25),
)


def mean_and_error(values: pd.Series) -> tuple[float, float]:
    """Return the mean over worlds and two standard errors of it; the latter NaN below two worlds, both without any."""
    known = values.dropna()
    if not len(known):
        return np.nan, np.nan
    return float(known.mean()), float(2.0 * known.std(ddof=1) / np.sqrt(len(known))) if len(known) > 1 else np.nan


def judged(rows: pd.DataFrame, aims: tuple[Aim, ...] = AIMS) -> pd.DataFrame:
    """Return what became of each aim whose regime was run.

    An aim is passed when some value within two standard errors of the mean keeps its bounds; whether the mean itself
    does is said apart. A single world has no standard error: then the mean decides.

    Parameters
    ----------
    rows
        As :func:`routegraph.evaluation.worlds_run.run_worlds` returns them.

    Returns
    -------
    pandas.DataFrame
        regime, aim, worlds, mean, two_errors, verdict; in the order of the aims.
    """
    run = set(rows["regime"])
    table = [
        {"regime": aim.regime, "aim": aim.text, **_judged(_values(rows, aim), aim)} for aim in aims if aim.regime in run
    ]
    return pd.DataFrame(table, columns=["regime", "aim", "worlds", "mean", "two_errors", "verdict"])


def _values(rows: pd.DataFrame, aim: Aim) -> pd.Series:
    """Return the measure of the judged estimator by world, less that of the one it is held against."""
    of_regime = rows[rows["regime"] == aim.regime].set_index("seed")
    by_estimator = {name: part[aim.measure] for name, part in of_regime.groupby("estimator")}
    values = by_estimator.get(JUDGED, pd.Series(dtype="float64"))
    if aim.against:
        values = values - aim.times * by_estimator.get(aim.against, pd.Series(dtype="float64"))
    return values.dropna()


def _judged(values: pd.Series, aim: Aim) -> dict[str, object]:
    mean, error = mean_and_error(values)
    low, high = aim.low - _ROUNDING, aim.high + _ROUNDING
    reach = 0.0 if np.isnan(error) else error
    if np.isnan(mean):
        verdict = UNKNOWN
    elif low <= mean <= high:
        verdict = MET
    else:
        verdict = WITHIN if mean + reach >= low and mean - reach <= high else MISSED
    return {"worlds": len(values), "mean": mean, "two_errors": error, "verdict": verdict}
