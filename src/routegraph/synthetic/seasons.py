"""Months: how traffic swings over the year, and the days on which seizures fall."""

from __future__ import annotations

import numpy as np
import pandas as pd

from routegraph.synthetic.regime import Regime

_MONTHS = np.arange(1, 13)


def draw_seasons(countries: list[str], regime: Regime, *, rng: np.random.Generator) -> pd.DataFrame:
    """Draw the share of a year's traffic in each month, by the country that consignments start from.

    Log traffic is a wave over the year with the amplitude ``regime.season_spread``; its peak is common to the world
    but for a few weeks between countries. Returns origin_country, month, share; no rows where nothing is seasonal.
    """
    if not regime.season_spread:
        return pd.DataFrame({"origin_country": pd.Series(dtype=str), "month": [], "share": []})
    ordered = sorted(set(countries))
    peak = rng.uniform(0.0, 12.0) + rng.normal(0.0, 1.0, len(ordered))
    wave = np.exp(regime.season_spread * np.cos(2.0 * np.pi * (_MONTHS[None, :] - peak[:, None]) / 12.0))
    return pd.DataFrame(
        {
            "origin_country": np.repeat(ordered, 12),
            "month": np.tile(_MONTHS, len(ordered)),
            "share": (wave / wave.sum(axis=1, keepdims=True)).ravel(),
        }
    )


def days_of_year(year: np.ndarray, uniform: np.ndarray, *, origin: pd.Series, seasons: pd.DataFrame) -> np.ndarray:
    """Return days (datetime64) in the given years, by month as traffic from the origin's country swings.

    Parameters
    ----------
    year, uniform
        Calendar year of each event, and a number drawn evenly from [0, 1).
    origin
        Country that each event's consignment started from.
    seasons
        As :func:`draw_seasons` returns them; with no rows, days spread evenly over the year.
    """
    first = pd.to_datetime(pd.Series(year).astype(str) + "-01-01").astype("datetime64[s]")
    last = pd.to_datetime(pd.Series(year + 1).astype(str) + "-01-01").astype("datetime64[s]")
    days = (last - first).dt.days.to_numpy()
    if seasons.empty:
        return (first + pd.to_timedelta(np.floor(uniform * days), unit="D")).to_numpy()
    share = np.asarray(seasons.groupby("origin_country")["share"].agg(list).loc[origin].tolist())
    upto = np.cumsum(share, axis=1)
    month = np.minimum((uniform[:, None] >= upto).sum(axis=1), 11)
    rows = np.arange(len(month))
    within = np.clip(1.0 - (upto[rows, month] - uniform) / share[rows, month], 0.0, np.nextafter(1.0, 0.0))
    start = first.to_numpy().astype("datetime64[M]") + month
    length = (start + 1).astype("datetime64[D]") - start.astype("datetime64[D]")
    return np.asarray(start.astype("datetime64[D]") + np.floor(within * length.astype(int)).astype("timedelta64[D]"))
