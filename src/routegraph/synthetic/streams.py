"""Streams of consignments between pairs of ends, split over routes by logit choice: the traffic of unplanted worlds."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from routegraph.synthetic.regime import Regime
from routegraph.synthetic.search import Way, WaySearch, way_cost
from routegraph.synthetic.transit import LEG_COST, PERCEPTION, TransitNetwork, crosses_border

_GOODS = ("firearms", "ammunition", "parts", "explosives", "drugs")
_GOODS_SHARES = (0.5, 0.22, 0.12, 0.06, 0.1)
_DETOUR = 0.5  # share of the least cost that a way may cost more
_DEARER = 1.15  # what a link seems to cost once another way of the pair uses it


@dataclass(frozen=True)
class _Roads:
    """What smugglers choose by: the links' generalised costs, searched with a perception of one's own each time."""

    network: TransitNetwork
    search: WaySearch
    cost: np.ndarray
    link_cost: dict[tuple[str, str, str], float]
    legs: list[tuple[str, str]]
    country: dict[str, str]

    @classmethod
    def seen(cls, network: TransitNetwork, places: pd.DataFrame, regime: Regime) -> _Roads:
        """Add to every link what its end seems to be worth avoiding."""
        links = network.links
        risk = -np.log1p(-places["p"].loc[links["destination"]].to_numpy())
        cost = links["cost"].to_numpy() + LEG_COST + regime.avoidance * risk
        legs = list(zip(links["origin"], links["destination"], strict=True))
        keys = [(*leg, mode) for leg, mode in zip(legs, links["mode"], strict=True)]
        country = dict(zip(map(str, places.index), places["country"], strict=True))
        search = WaySearch.over(network.places.index, links)
        return cls(network, search, cost, dict(zip(keys, cost.tolist(), strict=True)), legs, country)

    def way(self, pair: tuple[int, int], noise: np.ndarray | float) -> Way | None:
        return self.search.cheapest(self.cost * noise, origin=pair[0], destination=pair[1])


def make_streams(
    network: TransitNetwork, regime: Regime, *, places: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Draw pairs of ends, the routes that each pair's stream is split over, and their flows.

    Pairs differ in how much they send (lognormal) and partly share their origins. The routes of a pair are cheapest
    ways under a perception of each link's cost; the stream splits over them in proportion to
    exp(-choice (cost / least cost - 1)) times taste.

    Parameters
    ----------
    places
        As ``make_detection`` returns them: their ``p`` is what smugglers try to avoid.

    Returns
    -------
    pandas.DataFrame
        Indexed by route (0..R-1), routes of a pair together, domestic ones last: the columns of ``make_itineraries``
        with pair (0..P-1), cost (kilometres of road) and share (of the pair's stream; sums to 1 within a pair).
    """
    roads = _Roads.seen(network, places, regime)
    across = _cross_border(roads, regime, rng=rng)
    within = _domestic(roads, regime, rng=rng)
    streams = [*across, *within]
    size = regime.route_flow * rng.lognormal(0.0, regime.route_flow_spread, len(streams))
    goods = rng.choice(_GOODS, len(streams), p=_GOODS_SHARES)
    pair = np.repeat(np.arange(len(streams)), [len(ways) for ways, _ in streams])
    ways = [way for ways, _ in streams for way in ways]
    cost = np.asarray([way_cost(way, roads.link_cost) for way in ways])
    least = np.asarray([cheapest for _, cheapest in streams])[pair]
    pull = np.exp(-regime.choice * (cost / least - 1.0)) * rng.lognormal(0.0, regime.taste_spread, len(ways))
    share = pull / np.bincount(pair, weights=pull)[pair]
    return pd.DataFrame(
        {
            "name": "",
            "verdict": "",
            "path": [path for path, _ in ways],
            "modes": [modes for _, modes in ways],
            "goods": goods[pair],
            "flow": size[pair] * share,
            "only_source": "",
            "note": "",
            "diverted_at": [path[0] for path, _ in ways],
            "domestic": pair >= len(across),
            "pair": pair,
            "cost": cost,
            "share": share,
        }
    ).rename_axis("route")


def _cross_border(roads: _Roads, regime: Regime, *, rng: np.random.Generator) -> list[tuple[list[Way], float]]:
    """Draw pairs until there are as many routes as the regime asks for: ways and the least cost of each pair.

    A pair whose stream should be split and that has one way only is passed over.
    """
    pull = np.exp(roads.network.places["size"].to_numpy())
    pull = pull / pull.sum()
    sources = rng.choice(len(pull), regime.source_places, replace=False, p=pull)
    favour = rng.lognormal(0.0, 0.7, len(sources))
    found: dict[tuple[int, int], tuple[list[Way], float]] = {}
    left = regime.routes
    for _ in range(40 * regime.routes):
        if left == 0:
            break
        if len(sources) and rng.random() < regime.source_share:
            origin = int(rng.choice(sources, p=favour / favour.sum()))
        else:
            origin = int(rng.choice(len(pull), p=pull))
        pair = (origin, int(rng.choice(len(pull), p=pull)))
        wanted = min(left, 1 + int(rng.choice(len(regime.alternatives), p=regime.alternatives)))
        best = roads.way(pair, 1.0) if pair[0] != pair[1] and pair not in found else None
        if best is None or not crosses_border(best, roads.country):
            continue
        least = way_cost(best, roads.link_cost)
        ways = _alternatives(roads, pair, least=least, n=wanted, rng=rng)
        if len(ways) >= min(wanted, 2):
            found[pair] = (ways, least)
            left -= len(ways)
    return list(found.values())


def _alternatives(roads: _Roads, pair: tuple[int, int], *, least: float, n: int, rng: np.random.Generator) -> list[Way]:
    """Return up to ``n`` ways through different places, each the cheapest under a perception of its own.

    What is taken already seems dearer to the next, and nobody takes much of a detour.
    """
    found: dict[tuple[str, ...], Way] = {}
    dearer = np.ones(len(roads.cost))
    for _ in range(8 * n):
        way = roads.way(pair, dearer * rng.lognormal(0.0, PERCEPTION, len(roads.cost)))
        if way is None or not crosses_border(way, roads.country):
            continue
        if way[0] not in found and way_cost(way, roads.link_cost) <= (1.0 + _DETOUR) * least:
            found[way[0]] = way
        if len(found) == n:
            break
        taken = frozenset(pairwise(way[0]))
        dearer = dearer * np.asarray([_DEARER if leg in taken else 1.0 for leg in roads.legs])
    return list(found.values())


def _domestic(roads: _Roads, regime: Regime, *, rng: np.random.Generator) -> list[tuple[list[Way], float]]:
    """Draw routes that stay within one country."""
    places = roads.network.places
    country = places["country"].to_numpy(dtype=str)
    pull = np.exp(places["size"].to_numpy())
    found: dict[tuple[int, int], tuple[list[Way], float]] = {}
    for _ in range(100 * regime.domestic_routes):
        if len(found) == regime.domestic_routes:
            break
        origin = int(rng.choice(len(pull), p=pull / pull.sum()))
        home = pull * (country == country[origin])
        pair = (origin, int(rng.choice(len(pull), p=home / home.sum())))
        way = roads.way(pair, 1.0) if pair[0] != pair[1] and pair not in found else None
        if way is not None and len({roads.country[place] for place in way[0]}) == 1:
            found[pair] = ([way], way_cost(way, roads.link_cost))
    return list(found.values())
