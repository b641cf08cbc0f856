"""Streams between pairs of ends: who sends, over which ways, and in which shares."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chisquare, kstest

from routegraph.synthetic import World
from routegraph.synthetic.search import CHANGE_COST
from routegraph.synthetic.transit import LEG_COST

Small = Callable[..., World]


def across(world: World) -> pd.DataFrame:
    return world.routes[~world.routes["domestic"]]


@pytest.fixture(scope="module")
def split(small: Small) -> World:
    return small("split", taste_spread=0.0, year_spread=0.0, domestic_routes=0)


def link_costs(world: World) -> dict[tuple[str, str, str], float]:
    """Return what smugglers take each link to cost: kilometres, a sum a leg, and what avoiding its end is worth."""
    links = world.links
    risk = -np.log(1.0 - world.places["p"].loc[links["destination"]].to_numpy())
    cost = links["cost"] + LEG_COST + world.regime.avoidance * risk
    return {
        (one.origin, one.destination, one.mode): float(value)
        for one, value in zip(links.itertuples(), cost, strict=True)
    }


def least_cost(costs: dict[tuple[str, str, str], float], origin: str, destination: str) -> float:
    """Return the least cost between two places by a search of its own: states are (place, mode arrived by)."""
    leaving: dict[str, list[tuple[str, str, float]]] = {}
    for (start, end, mode), cost in costs.items():
        leaving.setdefault(start, []).append((end, mode, cost))
    waiting, done = [(0.0, origin, "")], set()
    while waiting:
        cost, place, mode = heapq.heappop(waiting)
        if place == destination:
            return cost
        if (place, mode) in done:
            continue
        done.add((place, mode))
        for end, by, more in leaving.get(place, []):
            heapq.heappush(waiting, (cost + more + (CHANGE_COST if mode not in ("", by) else 0.0), end, by))
    return np.inf


def test_costs_of_ways_are_links_and_changes_of_mode(split: World):
    costs = link_costs(split)
    for way in across(split).itertuples():
        links = sum(costs[(*leg, mode)] for leg, mode in zip(pairwise(way.path), way.modes, strict=True))
        changes = sum(one != other for one, other in pairwise(way.modes))
        assert way.cost == pytest.approx(links + CHANGE_COST * changes)


def test_split_shares_follow_the_logit_choice(split: World):
    costs, routes = link_costs(split), across(split)
    assert (routes.groupby("pair").size() >= 2).iloc[:-1].all(), "the last may be cut off at the number of routes"
    for _, ways in routes.groupby("pair"):
        least = least_cost(costs, ways["path"].iloc[0][0], ways["path"].iloc[0][-1])
        assert (ways["cost"] >= least - 1e-6).all()
        pull = np.exp(-split.regime.choice * (ways["cost"] / least - 1.0))
        assert np.allclose(ways["share"], pull / pull.sum())
        assert np.allclose(ways["flow"] / ways["flow"].sum(), ways["share"])


def split_p_value(world: World, shares: pd.Series) -> float:
    """Return the p-value of the shipments of every pair against shares of its routes."""
    routes = across(world).assign(tried=shares)
    total = routes.groupby("pair")["shipments"].transform("sum")
    enough = (total * routes["tried"]).groupby(routes["pair"]).transform("min") >= 5
    kept, total = routes[enough], total[enough]
    expected = total * kept["tried"] / kept.groupby("pair")["tried"].transform("sum")
    lost = kept["pair"].nunique() - 1
    return float(chisquare(kept["shipments"], expected * kept["shipments"].sum() / expected.sum(), ddof=lost).pvalue)


def test_shipments_split_in_those_shares_and_not_evenly(split: World):
    routes = across(split)
    assert split_p_value(split, routes["share"]) > 1e-3
    assert split_p_value(split, 1.0 / routes.groupby("pair")["share"].transform("size")) < 1e-9


def test_routes_of_a_pair_share_their_ends_and_nothing_else_need_be(split: World):
    routes = across(split)
    ends = routes["path"].map(lambda path: (path[0], path[-1]))
    assert (ends == ends.groupby(routes["pair"]).transform("first")).all()
    assert ends.nunique() == routes["pair"].nunique()
    assert routes["path"].is_unique


def test_pairs_share_their_origins(small: Small):
    shared, spread = (small("equal", routes=200, source_share=share, alternatives=(1.0,)) for share in (0.5, 0.0))
    top = [across(made)["path"].str[0].value_counts().head(15).sum() / 200 for made in (shared, spread)]
    assert top[0] >= 0.5
    assert top[0] > top[1] + 0.1


def test_traffic_of_pairs_is_lognormal_with_the_declared_spread(small: Small):
    made = small("equal", routes=200, source_share=0.5, alternatives=(1.0,))
    size = np.log(across(made)["flow"])
    assert kstest((size - size.mean()) / made.regime.route_flow_spread, "norm").pvalue > 1e-3


def test_smugglers_go_round_places_that_look(small: Small):
    bold, wary = (small("heterogeneous", avoidance=value, route_spread=0.0) for value in (0.0, 4000.0))
    middle = [made.steps[made.steps["role"].isin(["transit", "entry", "exit"])] for made in (bold, wary)]
    risk = [-np.log1p(-steps["p"]).mean() for steps in middle]
    assert risk[1] < 0.9 * risk[0]


def test_domestic_routes_stay_at_home(small: Small):
    made = small("equal")
    country = made.places["country"]
    domestic = made.routes[made.routes["domestic"]]
    assert len(domestic) == made.regime.domestic_routes
    assert all(len(set(country[list(path)])) == 1 for path in domestic["path"])
    assert all(len(set(country[list(path)])) > 1 for path in across(made)["path"])
    assert not set(made.legs["origin"] + made.legs["destination"]) & {
        one + other for path in domestic["path"] for one, other in pairwise(path)
    } - {one + other for path in across(made)["path"] for one, other in pairwise(path)}
