"""What happens year after year: traffic drifts, checks move to where much was seized, smugglers leave."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from routegraph.synthetic.regime import Regime
from routegraph.synthetic.removal import travel
from routegraph.synthetic.variation import StepDetection

_FORGET = 0.3  # of what smugglers think a route costs them, a year


@dataclass(frozen=True)
class Sent:
    """What set out and what became of it. R routes, K steps, Y years, V places.

    Attributes
    ----------
    intensity
        float[R, Y]: mean shipments, after smugglers chose.
    shipments, arrived
        int[R, Y].
    outcomes
        As ``removal.travel`` returns them; period is the position of the year.
    inspections
        float[V, Y]: mean inspections.
    p_check
        float[R, K, Y]: chance of seizure by checks, NaN past a route's end.
    """

    intensity: np.ndarray
    shipments: np.ndarray
    arrived: np.ndarray
    outcomes: pd.DataFrame
    inspections: np.ndarray
    p_check: np.ndarray


def yearly_intensity(routes: pd.DataFrame, regime: Regime, *, rng: np.random.Generator) -> np.ndarray:
    """Return mean shipments, routes x years: a random walk of the logarithm by pair; each route's sum stays."""
    n_years = len(regime.years)
    level = np.repeat(routes["flow"].to_numpy()[:, None] / n_years, n_years, axis=1)
    if not regime.year_spread:
        return level
    pair = routes["pair"].to_numpy() if "pair" in routes else np.arange(len(routes))
    walk = np.exp(np.cumsum(rng.normal(0.0, regime.year_spread, (int(pair.max()) + 1, n_years)), axis=1))
    return np.asarray(level * (walk / walk.mean(axis=1, keepdims=True))[pair])


def send(
    intensity: np.ndarray,
    steps: StepDetection,
    *,
    routes: pd.DataFrame,
    places: pd.DataFrame,
    regime: Regime,
    shipments: np.random.Generator,
    removal: np.random.Generator,
) -> Sent:
    """Send the consignments of every year and thin them along their routes.

    Where nothing carries over, all years are drawn at once. Otherwise each year sees what the year before seized:
    countries move inspections (``regime.targeted``), smugglers move between the routes of a pair (``regime.adaptive``).

    Parameters
    ----------
    intensity
        Mean shipments before smugglers choose, routes x years.
    shipments, removal
        Generators of the two stages.
    """
    n_years = len(regime.years)
    blocks = [[year] for year in range(n_years)] if regime.year_by_year else [list(range(n_years))]
    planned = intensity.copy()
    inspections = np.repeat(places["inspections"].to_numpy(dtype=float)[:, None], n_years, axis=1)
    p_check = np.repeat(steps.p_check[:, :, None], n_years, axis=2)
    sent, arrived = (np.zeros(intensity.shape, dtype=np.int64) for _ in range(2))
    parts: list[pd.DataFrame] = []
    lost = np.zeros(len(routes))
    for block in blocks:
        if parts:
            before = block[0] - 1
            lost = _remembered(lost, parts[-1], sent[:, before])
            planned[:, block[0]] = avoided(intensity[:, block[0]], lost, routes=routes, regime=regime)
            here = _seized_at(parts[-1], steps.stops, n_places=len(places))
            inspections[:, block[0]] = moved(inspections[:, 0], here, country=places["country"], regime=regime)
            p_check[:, :, block[0]] = _after(steps, inspections[:, 0], inspections[:, block[0]], regime)
        sent[:, block] = shipments.poisson(planned[:, block])
        outcomes, arrived[:, block] = travel(
            sent[:, block], p_check=p_check[:, :, block[0]], p_tip=steps.p_tip, rho=steps.rho, rng=removal
        )
        parts.append(outcomes.assign(period=outcomes["period"] + block[0]))
    together = pd.concat(parts).sort_values(["route", "period", "step", "basis"], ignore_index=True)
    return Sent(planned, sent, arrived, together, inspections, p_check)


def avoided(intensity: np.ndarray, lost: np.ndarray, *, routes: pd.DataFrame, regime: Regime) -> np.ndarray:
    """Move the traffic of each pair of ends away from routes on which much was lately lost; its sum stays."""
    if not regime.adaptive:
        return intensity
    pair = routes["pair"].to_numpy()
    kept = intensity * np.exp(-regime.adaptive * lost)
    total = np.bincount(pair, weights=intensity)
    return np.asarray(kept * (total / np.bincount(pair, weights=kept))[pair])


def moved(inspections: np.ndarray, seized: np.ndarray, *, country: pd.Series, regime: Regime) -> np.ndarray:
    """Move each country's inspections towards places that seized more than its average; its sum stays."""
    if not regime.targeted:
        return inspections
    code = pd.factorize(country)[0]
    mean = np.bincount(code, weights=seized) / np.bincount(code)
    moved_to = inspections * ((seized + 1.0) / (mean[code] + 1.0)) ** regime.targeted
    total = np.bincount(code, weights=inspections)
    return np.asarray(moved_to * (total / np.bincount(code, weights=moved_to))[code])


def _after(steps: StepDetection, base: np.ndarray, now: np.ndarray, regime: Regime) -> np.ndarray:
    """Return detection by checks after inspections changed, by the effect that they have between places."""
    if not regime.targeted:
        return steps.p_check
    spread = np.log(base).std()
    added = regime.inspections_effect * np.log(now / base) / spread
    return np.asarray(expit(logit(steps.p_check) + added[steps.stops]))


def _remembered(lost: np.ndarray, outcomes: pd.DataFrame, sent: np.ndarray) -> np.ndarray:
    """Return the share of shipments lost on each route as smugglers remember it; no shipment, nothing learnt."""
    seized = np.bincount(outcomes["route"], weights=outcomes["seized"], minlength=len(sent))
    learnt = np.where(sent > 0, seized / np.maximum(sent, 1), lost)
    return np.asarray(_FORGET * lost + (1.0 - _FORGET) * learnt)


def _seized_at(outcomes: pd.DataFrame, stops: np.ndarray, *, n_places: int) -> np.ndarray:
    place = stops[outcomes["route"].to_numpy(), outcomes["step"].to_numpy()]
    return np.bincount(place, weights=outcomes["seized"], minlength=n_places)
