"""Detection, effort and reporting at every place: the model of METHODS.md section 1, drawn forward."""

from __future__ import annotations

import numpy as np
import pandas as pd

from routegraph.synthetic.regime import Regime
from routegraph.synthetic.transit import TransitNetwork, place_traffic

_INSPECTIONS = {"border_crossing": 900.0, "port": 700.0, "airport": 1100.0, "city": 250.0}


def make_detection(
    network: TransitNetwork, regime: Regime, *, pins: dict[str, float], base: float, rng: np.random.Generator
) -> pd.DataFrame:
    """Draw logit p_v = g + u_c + b1 log inspections + b2 log licit traffic + e_v, and rho by country.

    Parameters
    ----------
    pins
        Place -> detection by checks that was planted there; its inspections are moved to match.
    base
        g of this world.

    Returns
    -------
    pandas.DataFrame
        Indexed like ``network.places``: name, country, lat, lon, kind, traffic, inspections (a year), u, e, p_check,
        p_tip, p (either), rho, blind, planted (p_check was pinned).
    """
    places = network.places
    country, member = np.unique(places["country"].to_numpy(dtype=str), return_inverse=True)
    u = rng.normal(0.0, regime.country_spread, len(country))[member]
    e = rng.normal(0.0, regime.place_spread, len(places))
    rho = rng.uniform(*regime.reporting, len(country))[member]
    blind = places["country"].isin(regime.blind_countries).to_numpy()
    traffic = place_traffic(network)
    inspections = places["kind"].map(_INSPECTIONS).fillna(120.0).to_numpy() * rng.lognormal(0.0, 0.8, len(places))
    pinned = places.index.to_series().map(pins)
    inspections = np.where(pinned > 0.5, inspections * 25, np.where(pinned < 0.05, inspections / 8, inspections))
    logit = (
        base
        + u
        + regime.inspections_effect * _standard(np.log(inspections))
        + regime.traffic_effect * _standard(np.log(traffic.to_numpy() + 1.0))
        + e
    )
    p_check = np.where(pinned.notna(), pinned.fillna(0.0), 1.0 / (1.0 + np.exp(-logit)))
    p_tip = np.where(pinned < 0.05, 0.0, regime.tip_detection)
    return places.drop(columns="size").assign(
        traffic=traffic.round(1),
        inspections=inspections.round().astype(int),
        u=u,
        e=e,
        p_check=p_check,
        p_tip=p_tip,
        p=1.0 - (1.0 - p_check) * (1.0 - p_tip),
        rho=np.where(blind, 0.0, rho),
        blind=blind,
        planted=pinned.notna(),
    )


def _standard(values: np.ndarray) -> np.ndarray:
    spread = float(values.std())
    return np.asarray((values - values.mean()) / spread) if spread > 0 else np.zeros(len(values))


def along(routes: pd.DataFrame, values: pd.Series) -> np.ndarray:
    """Lay a column of places out along every route: routes x steps, NaN after a route's end."""
    longest = int(routes["path"].map(len).max())
    stops = routes["path"].explode()
    step = stops.groupby(level=0).cumcount().to_numpy()
    laid = np.full((len(routes), longest), np.nan)
    laid[stops.index.to_numpy(), step] = values[stops.to_numpy()].to_numpy(dtype=float)
    return laid


def yearly_effort(
    detection: pd.DataFrame, inspections: np.ndarray, *, regime: Regime, rng: np.random.Generator
) -> pd.DataFrame:
    """Return the effort table: period, place, country, inspections, reported; blind countries report nothing.

    Parameters
    ----------
    inspections
        Means, places x years; what a year's effort says is Poisson around them.
    """
    years = np.asarray(regime.years)
    drawn = rng.poisson(inspections)
    place, year = np.indices(drawn.shape).reshape(2, -1)
    blind = detection["blind"].to_numpy()[place]
    return pd.DataFrame(
        {
            "period": years[year].astype(str),
            "place": detection.index.to_numpy()[place],
            "country": detection["country"].to_numpy()[place],
            "inspections": np.where(blind, "", drawn.ravel().astype(str)),
            "reported": np.where(blind, "no", "yes"),
        }
    )
