"""How detection differs beyond its place: with the traffic there, with role, from route to route; who is blind."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from routegraph.synthetic.detection import along
from routegraph.synthetic.regime import Regime

ROLES = ("transit", "origin", "destination", "entry", "exit")
_BUSIEST = 8  # countries that blind ones are drawn from


@dataclass(frozen=True)
class StepDetection:
    """What meets a consignment at each step of each route. R routes, K steps.

    Attributes
    ----------
    stops
        int[R, K]: position of the place, -1 past a route's end.
    role
        int[R, K]: position in :data:`ROLES`, -1 past a route's end.
    p_check, p_tip, rho
        float[R, K]: chances of seizure by checks, of seizure by tips of what checks let pass, and of a report; NaN past
        a route's end.
    """

    stops: np.ndarray
    role: np.ndarray
    p_check: np.ndarray
    p_tip: np.ndarray
    rho: np.ndarray

    @property
    def p_reported(self) -> np.ndarray:
        """float[R]: chance that a consignment on each route ends as a reported seizure."""
        p = np.nan_to_num(1.0 - (1.0 - self.p_check) * (1.0 - self.p_tip))
        before = np.cumprod(1.0 - p, axis=1) / (1.0 - p)
        return np.asarray((before * p * np.nan_to_num(self.rho)).sum(axis=1))


def with_traffic(
    places: pd.DataFrame, routes: pd.DataFrame, regime: Regime, *, rng: np.random.Generator
) -> pd.DataFrame:
    """Let detection follow illicit traffic, and make countries with much of it blind, as far as the regime says so."""
    if not (regime.flow_effect or regime.blind_drawn):
        return places
    stops = routes[["path", "flow"]].explode("path")
    through = stops.groupby("path")["flow"].sum().reindex(places.index, fill_value=0.0)
    out = places
    if regime.flow_effect:
        seen = through > 0
        size = np.log(through[seen])
        standard = ((size - size.mean()) / size.std(ddof=0)).reindex(places.index, fill_value=0.0)
        p_check = expit(logit(places["p_check"]) + regime.flow_effect * standard)
        out = out.assign(p_check=p_check, p=1.0 - (1.0 - p_check) * (1.0 - places["p_tip"]))
    if regime.blind_drawn:
        busy = through.groupby(places["country"]).sum().sort_values(ascending=False, kind="stable").index[:_BUSIEST]
        chosen = rng.choice(busy.to_numpy(), regime.blind_drawn, replace=False)
        blind = out["blind"] | out["country"].isin(chosen)
        out = out.assign(blind=blind, rho=out["rho"].where(~blind, 0.0))
    return out


def lay_detection(
    routes: pd.DataFrame, places: pd.DataFrame, regime: Regime, *, rng: np.random.Generator
) -> StepDetection:
    """Lay the places' detection out along every route, with what role and route add to it on the logit scale."""
    stops = _stops(routes, places.index)
    role = _roles(stops, places["country"])
    p_check = along(routes, places["p_check"])
    if any(regime.role_effects) or regime.route_spread:
        added = np.asarray((0.0, *regime.role_effects))[role]
        added = added + regime.route_spread * rng.normal(size=stops.shape)
        p_check = np.asarray(expit(logit(p_check) + added))
    return StepDetection(stops, role, p_check, along(routes, places["p_tip"]), along(routes, places["rho"]))


def _stops(routes: pd.DataFrame, places: pd.Index) -> np.ndarray:
    number = along(routes, pd.Series(np.arange(len(places)), index=places))
    return np.where(np.isnan(number), -1, number).astype(int)


def _roles(stops: np.ndarray, country: pd.Series) -> np.ndarray:
    """Return what a place is on each route: reached over a border and left within the country is an entry."""
    there = stops >= 0
    code = np.where(there, pd.factorize(country)[0][stops], -1)
    crossed = np.zeros(stops.shape, dtype=bool)
    crossed[:, 1:] = (code[:, 1:] != code[:, :-1]) & there[:, 1:]
    leaves = np.zeros(stops.shape, dtype=bool)
    leaves[:, :-1] = crossed[:, 1:]
    last = there & ~np.pad(there[:, 1:], ((0, 0), (0, 1)))
    role = np.where(crossed & ~leaves, 3, np.where(leaves & ~crossed, 4, 0))
    role = np.where(last, 2, role)
    role[:, 0] = 1
    return np.where(there, role, -1)


def scaled(routes: pd.DataFrame, steps: StepDetection, regime: Regime, *, rng: np.random.Generator) -> pd.DataFrame:
    """Scale all flows by one number, so that as many cross-border reports are expected as the regime says.

    The number expected is drawn evenly on the logarithm from the middle of the declared range (15 % away from its
    ends), so that chance seldom takes the number made out of it.
    """
    if regime.reports is None:
        return routes
    low, high = np.log(regime.reports[0] * 1.15), np.log(regime.reports[1] * 0.85)
    wanted = float(np.exp(rng.uniform(low, high)))
    across = ~routes["domestic"].to_numpy()
    expected = float((routes["flow"].to_numpy() * steps.p_reported)[across].sum())
    return routes.assign(flow=routes["flow"] * (wanted / expected))
