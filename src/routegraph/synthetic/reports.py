"""From reported seizures to records: what each reporter saw, knew, left out and got wrong."""

from __future__ import annotations

import numpy as np
import pandas as pd

from routegraph.synthetic.goods import draw_goods
from routegraph.synthetic.regime import Regime
from routegraph.synthetic.seasons import days_of_year
from routegraph.synthetic.sources import DIGEST

_CHECK_BASES = (["routine", "random", "profile", "incidental", "unknown"], [0.5, 0.2, 0.14, 0.08, 0.08])
_TIP_BASES = (["intelligence", "tip_off", "model", "unknown"], [0.5, 0.32, 0.1, 0.08])


def seizure_events(
    outcomes: pd.DataFrame,
    routes: pd.DataFrame,
    places: pd.DataFrame,
    *,
    sources: pd.DataFrame,
    seasons: pd.DataFrame,
    years: tuple[int, ...],
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Return one row per reported seizure with what is true of it.

    Its day follows the season of the country that it set out from (``seasons.draw_seasons``).

    Columns: route, step, basis, place, country, source, day (datetime64), leg_mode, goods, commodity, quantity, unit,
    value_usd, recovery, detection_basis.
    """
    events = outcomes.loc[outcomes.index.repeat(outcomes["reported"]), ["route", "period", "step", "basis"]]
    events = events.reset_index(drop=True)
    n = len(events)
    path, modes = (routes[name].loc[events["route"]].tolist() for name in ("path", "modes"))
    step = events["step"].to_numpy()
    place = [stops[k] for stops, k in zip(path, step, strict=True)]
    year = np.asarray(years)[events["period"]]
    origin = places["country"].loc[[stops[0] for stops in path]]
    day = days_of_year(year, rng.random(n), origin=origin, seasons=seasons)
    events = events.assign(
        place=place,
        country=places["country"].loc[place].to_numpy(),
        day=day.astype("datetime64[s]"),
        leg_mode=[legs[max(k - 1, 0)] for legs, k in zip(modes, step, strict=True)],
        goods=routes["goods"].loc[events["route"]].to_numpy(),
    )
    events["source"] = _reporter(events, routes, sources, rng=rng)
    events = pd.concat([events, draw_goods(events["goods"], rng=rng)], axis=1)
    domestic = routes["domestic"].loc[events["route"]].to_numpy()
    events["recovery"] = np.where(
        domestic, rng.choice(["seized", "found", "surrendered"], n, p=[0.5, 0.25, 0.25]), "seized"
    )
    events["detection_basis"] = np.where(
        events["basis"] == "check",
        rng.choice(_CHECK_BASES[0], n, p=_CHECK_BASES[1]),
        rng.choice(_TIP_BASES[0], n, p=_TIP_BASES[1]),
    )
    return events


def _reporter(
    events: pd.DataFrame, routes: pd.DataFrame, sources: pd.DataFrame, *, rng: np.random.Generator
) -> pd.Series:
    """Give each event to customs or police of its country, or to the only source that a route is known by."""
    national = sources[sources["country"] != ""].reset_index()
    pair = national.groupby("country")["source"].agg(list)
    second = (rng.random(len(events)) < 0.4).astype(int)
    chosen = [pair[country][k] for country, k in zip(events["country"], second, strict=True)]
    only = routes["only_source"].loc[events["route"]].to_numpy(dtype=object)
    return pd.Series(np.where(only != "", only, np.asarray(chosen, dtype=object)), index=events.index)


def gather_domestic(events: pd.DataFrame, routes: pd.DataFrame) -> pd.DataFrame:
    """Turn domestic events that are alike into yearly totals of the digest: one row with a ``count``.

    Three or more events of one route, step, year and commodity become one row; all others stay single.
    Returns events with ``count``, and ``yearly`` true where a row is such a total.
    """
    keys = ["route", "step", "period", "commodity"]
    size = events.groupby(keys)["place"].transform("size")
    gathered = routes["domestic"].loc[events["route"]].to_numpy() & (size >= 3).to_numpy()
    single = events[~gathered].assign(count=1, yearly=False)
    if not gathered.any():
        return single.reset_index(drop=True)
    kept = {name: (name, "first") for name in events.columns if name not in [*keys, "quantity", "value_usd", "source"]}
    total = (
        events[gathered]
        .groupby(keys, as_index=False)
        .agg(**kept, quantity=("quantity", "sum"), count=("place", "size"))
    )
    total = total.assign(
        source=DIGEST, yearly=True, value_usd=np.nan, detection_basis="unknown", quantity=total["quantity"].round(1)
    )
    return pd.concat([single, total[single.columns]], ignore_index=True)


def reported_fields(
    events: pd.DataFrame,
    routes: pd.DataFrame,
    places: pd.DataFrame,
    *,
    sources: pd.DataFrame,
    regime: Regime,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Decide which parts of the true route each report names: origin, via, destination, as place ids.

    A seizure at a route's end always names its destination, for the consignment had come there; one at its start always
    names its origin. A stated destination is wrong with ``regime.misreport``; a place is cut down to its country with
    ``regime.coarse``. Added columns: origin, origin_country, via (tuple), destination, destination_country, exact (the
    seizure's own place is named), misreported, traced, diverted_at.
    """
    source = sources.loc[events["source"]]
    path = routes["path"].loc[events["route"]].tolist()
    step = events["step"].to_numpy()
    n = len(events)
    last = np.asarray([len(stops) - 1 for stops in path])
    knows_origin = (rng.random(n) < source["origin_known"].to_numpy()) | (step == 0)
    knows_end = (rng.random(n) < source["destination_known"].to_numpy()) | (step == last)
    wrong = knows_end & (step < last) & (rng.random(n) < regime.misreport)
    ends = np.sort(routes.loc[~routes["domestic"], "path"].map(lambda stops: stops[-1]).unique())
    stated = np.where(wrong, rng.choice(ends, n), [stops[-1] for stops in path])
    misreported = wrong & (stated != np.asarray([stops[-1] for stops in path]))
    origin = np.where(knows_origin, [stops[0] for stops in path], "")
    destination = np.where(knows_end, stated, "")
    coarse_origin, coarse_end, coarse_here = (rng.random(n) < regime.coarse for _ in range(3))
    country = places["country"]
    via = _vias(path, step, country, chance=source["via_known"].to_numpy(), coarse=regime.coarse, rng=rng)
    out = events.assign(
        origin=np.where(coarse_origin, "", origin),
        origin_country=[country[place] if place else "" for place in origin],
        via=pd.Series(via, index=events.index, dtype=object),
        destination=np.where(coarse_end, "", destination),
        destination_country=[country[place] if place else "" for place in destination],
        exact=~coarse_here,
        misreported=misreported,
    )
    return _traced(out, routes, rng=rng)


def _vias(
    path: list[tuple[str, ...]],
    step: np.ndarray,
    country: pd.Series,
    *,
    chance: np.ndarray,
    coarse: float,
    rng: np.random.Generator,
) -> list[tuple[str, ...]]:
    """Return the places passed before the seizure that each report names, in order; some as their country only."""
    longest = max((len(stops) for stops in path), default=1)
    named = rng.random((len(path), longest)) < chance[:, None]
    cut = rng.random((len(path), longest)) < coarse
    return [
        tuple(country[stops[k]] if cut[i, k] else stops[k] for k in range(1, step[i]) if named[i, k])
        for i, stops in enumerate(path)
    ]


def _traced(events: pd.DataFrame, routes: pd.DataFrame, *, rng: np.random.Generator) -> pd.DataFrame:
    """Say for firearms and parts whether a trace was made, and where it found the goods to have been diverted."""
    n = len(events)
    arms = events["commodity"].str.startswith(("arms.firearm", "arms.parts")).to_numpy()
    result = rng.choice(["yes", "no", "unknown"], n, p=[0.25, 0.45, 0.30])
    traced = np.where(arms & ~events["yearly"].to_numpy(), result, "")
    diverted = np.where(traced == "yes", routes["diverted_at"].loc[events["route"]].to_numpy(), "")
    return events.assign(traced=traced, diverted_at=diverted)
