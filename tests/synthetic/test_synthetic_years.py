"""What carries over from year to year, what drifts, and on which days it happens."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy.special import logit
from scipy.stats import chisquare

from routegraph.synthetic import Regime, World
from routegraph.synthetic.seasons import days_of_year, draw_seasons
from routegraph.synthetic.years import avoided, moved, yearly_intensity

Small = Callable[..., World]


def remembered(world: World) -> np.ndarray:
    """Return the share of shipments lost lately on each route before each year, written out from the outcomes."""
    n, years = world.shipments.shape
    lost = np.zeros((n, years))
    for year in range(1, years):
        seen = world.outcomes[world.outcomes["period"] == year - 1].groupby("route")["seized"].sum()
        for route in range(n):
            sent = world.shipments[route, year - 1]
            news = seen.get(route, 0) / sent if sent else lost[route, year - 1]
            lost[route, year] = 0.3 * lost[route, year - 1] + 0.7 * news
    return lost


def within_pairs(world: World, values: np.ndarray) -> np.ndarray:
    """Return values less their mean within the pair of ends."""
    pair = world.routes["pair"].to_numpy()
    return np.asarray(values - (np.bincount(pair, weights=values) / np.bincount(pair))[pair])


def test_avoidance_moves_traffic_within_a_pair_by_what_was_lost():
    routes = pd.DataFrame({"pair": [0, 0, 1]})
    moved_to = avoided(
        np.array([30.0, 10.0, 5.0]), np.array([0.5, 0.0, 0.9]), routes=routes, regime=Regime(adaptive=2.0)
    )
    left = 30 * np.exp(-1.0)
    assert moved_to == pytest.approx([40 * left / (left + 10), 400 / (left + 10), 5.0])


def test_smugglers_leave_routes_on_which_they_were_seized(small: Small):
    made = small("adaptive", year_spread=0.0)
    lost = remembered(made)
    strength = made.regime.adaptive
    base = np.log(made.intensity[:, 0])
    for year in range(1, made.shipments.shape[1]):
        change = within_pairs(made, np.log(made.intensity[:, year]) - base)
        assert np.allclose(change, within_pairs(made, -strength * lost[:, year]))
        assert change.std() > 0.1
    pair = made.routes["pair"].to_numpy()
    totals = np.array([np.bincount(pair, weights=column) for column in made.intensity.T])
    assert np.allclose(totals, totals[0])


def test_shares_of_routes_fall_after_seizures_in_what_really_travelled(small: Small):
    made, fixed = small("adaptive", year_spread=0.0), small("adaptive", year_spread=0.0, adaptive=0.0)
    slopes = []
    for world in (made, fixed):
        expected = world.shipments[:, [0]] + 0.5
        change = np.log((world.shipments[:, 1:] + 0.5) / expected)
        lost = remembered(world)[:, 1:]
        many = world.shipments[:, 0] >= 15
        slopes.append(np.corrcoef(lost[many].ravel(), change[many].ravel())[0, 1])
    assert slopes[0] < slopes[1] - 0.2


def test_inspections_move_within_a_country_towards_last_years_seizures():
    country = pd.Series(["A", "A", "A", "B"])
    there = moved(
        np.array([100.0, 200.0, 50.0, 70.0]),
        np.array([9.0, 0.0, 0.0, 40.0]),
        country=country,
        regime=Regime(targeted=1.0),
    )
    factor = np.array([10 / 4, 1 / 4, 1 / 4])
    raw = np.array([100.0, 200.0, 50.0]) * factor
    assert there == pytest.approx([*(raw * 350 / raw.sum()), 70.0])


def test_effort_and_detection_follow_last_years_seizures(small: Small):
    made = small("targeted")
    place = made.steps.set_index(["route", "step"])["place"]
    known = made.places_by_year.pivot_table(index="place_id", columns="year", values="inspections").loc[
        made.places.index
    ]
    base, country = known.iloc[:, 0], made.places["country"]
    p_check = made.places_by_year.assign(p=1 - (1 - made.places_by_year["p"]) / (1 - made.regime.tip_detection))
    p_check = p_check.pivot_table(index="place_id", columns="year", values="p").reindex(made.places.index)
    for position, year in enumerate(made.regime.years[1:]):
        before = made.outcomes[made.outcomes["period"] == position]
        here = place.loc[list(zip(before["route"], before["step"], strict=True))]
        seized = before["seized"].groupby(here.to_numpy()).sum().reindex(known.index, fill_value=0)
        pull = base * ((seized + 1) / (seized.groupby(country).transform("mean") + 1)) ** made.regime.targeted
        expected = pull * base.groupby(country).transform("sum") / pull.groupby(country).transform("sum")
        assert np.allclose(known[year], expected, atol=0.06)
        both = p_check[[made.regime.years[0], year]].dropna()
        rise = made.regime.inspections_effect * np.log(expected / base) / np.log(base).std(ddof=0)
        change = logit(both[year]) - logit(both[made.regime.years[0]])
        assert np.allclose(change, rise.loc[both.index], atol=0.02)
    told = made.effort.astype({"inspections": float})
    told = told.pivot_table(index="place", columns="period", values="inspections").loc[known.index]
    z = (told.to_numpy() - known.to_numpy()) / np.sqrt(known.to_numpy())
    assert z.std() == pytest.approx(1.0, abs=0.15)


def test_a_world_that_learns_nothing_keeps_its_inspections_and_routes(small: Small):
    made = small("heterogeneous", year_spread=0.0)
    assert np.allclose(made.intensity, made.intensity[:, [0]])
    by_place = made.places_by_year.groupby("place_id")["inspections"]
    assert (by_place.min() == by_place.max()).all()


def test_traffic_drifts_by_pair_and_keeps_the_flow_of_each_route():
    routes = pd.DataFrame({"flow": np.full(4000, 50.0), "pair": np.repeat(np.arange(2000), 2)})
    level = yearly_intensity(routes, Regime(year_spread=0.3), rng=np.random.default_rng(1))
    assert np.allclose(level.sum(axis=1), 50.0)
    assert np.allclose(level[::2], level[1::2])
    step = np.diff(np.log(level[::2]), axis=1)
    assert step.std() == pytest.approx(0.3, rel=0.05)
    assert abs(step.mean()) < 0.02


def test_days_fall_in_months_in_their_shares_and_within_the_year():
    share = np.array([0.2, 0.1, 0.02, 0.08, 0.1, 0.05, 0.05, 0.1, 0.1, 0.05, 0.05, 0.1])
    seasons = pd.DataFrame({"origin_country": "AAA", "month": np.arange(1, 13), "share": share})
    uniform = np.linspace(0.0, 1.0, 120_000, endpoint=False)
    for year, length in ((2023, 365), (2024, 366)):
        days = days_of_year(
            np.full(len(uniform), year), uniform, origin=pd.Series(["AAA"] * len(uniform)), seasons=seasons
        )
        days = pd.DatetimeIndex(days)
        assert (days.year == year).all()
        assert days.nunique() == length
        assert np.allclose(np.bincount(days.month, minlength=13)[1:] / len(days), share, atol=2e-5)
        february = days[days.month == 2].day.value_counts()
        assert february.max() / february.min() < 1.01


def test_days_spread_evenly_where_nothing_is_seasonal():
    none = draw_seasons(["AAA"], Regime(), rng=np.random.default_rng(0))
    assert none.empty
    uniform = (np.arange(36_500) + 0.5) / 36_500
    days = days_of_year(np.full(36_500, 2023), uniform, origin=pd.Series(["AAA"] * 36_500), seasons=none)
    assert set(pd.Series(days).value_counts()) == {100}


def test_monthly_counts_follow_the_season_of_the_country_of_origin(small: Small):
    made = small("seasonal")
    seasons = made.seasons.set_index(["origin_country", "month"])["share"]
    assert np.allclose(seasons.groupby(level=0).sum(), 1.0)
    peak = seasons.groupby(level=0).max() / seasons.groupby(level=0).min()
    assert (peak > 4).all()
    rows = made.seizures.drop_duplicates("record_id").merge(made.records, on="record_id", suffixes=("_told", ""))
    rows = rows[rows["date"].str.fullmatch(r"\d{4}-\d{2}-\d{2}") & ~rows["record_id"].isin(made.bad_cells["record_id"])]
    rows = rows[~rows["source"].str.contains("digest")]
    origin = made.places["country"].loc[made.routes["path"].str[0].loc[rows["route"]]].to_numpy()
    observed = np.bincount(rows["date"].str[5:7].astype(int), minlength=13)[1:]
    shares = np.array([seasons[country].to_numpy() for country in origin])
    assert chisquare(observed, shares.sum(axis=0)).pvalue > 1e-3
    assert chisquare(observed, np.full(12, observed.mean())).pvalue < 1e-9
