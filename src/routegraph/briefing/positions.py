"""Which places lie somewhere: the one rule for every product that draws or lists a position."""

from __future__ import annotations

import pandas as pd


def within_range(lat: pd.Series, lon: pd.Series) -> pd.Series:
    """Tell which pairs are positions: both known, latitude within 90 degrees and longitude within 180."""
    usable: pd.Series = (lat.abs() <= 90) & (lon.abs() <= 180)
    return usable


def positions(places: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """Return lat and lon by place id, of the places that have a position within range."""
    lat, lon = (pd.to_numeric(places[column], errors="coerce") for column in ("lat", "lon"))
    usable = within_range(lat, lon)
    known = zip(places["place_id"][usable], lat[usable].astype(float), lon[usable].astype(float), strict=True)
    return {place: (one, other) for place, one, other in known}
