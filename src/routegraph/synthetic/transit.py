"""The transit network of the invented world: which links exist, by which mode, and what licit traffic they carry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

import numpy as np
import pandas as pd

from routegraph.errors import PlaceError
from routegraph.places import distance_km
from routegraph.synthetic.search import MODES, Way, WaySearch

# Invented: cost of a kilometre relative to road, licit movements a year on an average link, and the distance over
# which licit movement falls to a third.
_MODE_TABLE = pd.DataFrame(
    {
        "cost_per_km": [1.0, 1.1, 0.8, 1.1, 1.3, 2.5, 1.4],
        "movements": [9000.0, 700.0, 1500.0, 2500.0, 900.0, 4000.0, 6000.0],
        "reach_km": [350.0, 600.0, 1200.0, 2500.0, 250.0, 30.0, 3000.0],
    },
    index=pd.Index(MODES, name="mode"),
)
PERCEPTION = 0.35  # spread of the logarithm of what a link seems to cost
LEG_COST = 15.0  # of any leg, in kilometres of road
_SIZE = {"city": 1.2, "port": 1.0, "airport": 1.0, "border_crossing": 0.0}


@dataclass(frozen=True)
class TransitNetwork:
    """Places and directed links between them.

    Attributes
    ----------
    places
        Indexed by place_id and sorted: name, country, lat, lon, kind, size (log of how much moves there).
    links
        Indexed 0..n-1, sorted by (origin, destination, mode): those columns, distance_km, cost, movements a year.
    """

    places: pd.DataFrame
    links: pd.DataFrame


def read_chains() -> pd.DataFrame:
    """Return the package's own list of links: origin, destination, mode, each once and in one direction."""
    file = resources.files("routegraph.synthetic") / "data" / "links.csv"
    with file.open(encoding="utf-8") as text:
        chains = pd.read_csv(text, comment="#", dtype=str)
    stops = chains["chain"].str.split(" > ").explode().str.strip().rename("origin")
    steps = pd.DataFrame({"origin": stops, "destination": stops.groupby(level=0).shift(-1), "mode": chains["mode"]})
    return steps.dropna().drop_duplicates(ignore_index=True)


def build_transit(gazetteer: pd.DataFrame, *, rng: np.random.Generator) -> TransitNetwork:
    """Lay the links over the gazetteer's places and draw the licit movement on each.

    Movement follows size and distance: log movements = mode + (size_i + size_j) / 2 - distance / reach + noise.

    Raises
    ------
    PlaceError
        Where a link names a place that the gazetteer does not hold.
    """
    one_way = read_chains()
    back = one_way.rename(columns={"origin": "destination", "destination": "origin"})
    links = pd.concat([one_way, back]).drop_duplicates().sort_values(["origin", "destination", "mode"])
    links = links.reset_index(drop=True)[["origin", "destination", "mode"]]
    places = _places(gazetteer, np.unique(links["origin"]))
    sizes = places["kind"].map(_SIZE).fillna(0.3) + rng.normal(0.0, 0.7, len(places))
    places = places.assign(size=sizes)
    start, end = places.loc[links["origin"]], places.loc[links["destination"]]
    distance = distance_km(start["lat"], start["lon"], end["lat"], end["lon"])
    by_mode = _MODE_TABLE.loc[links["mode"]].reset_index(drop=True)
    pull = (start["size"].to_numpy() + end["size"].to_numpy()) / 2
    level = np.log(by_mode["movements"]) + pull - distance / by_mode["reach_km"] + rng.normal(0.0, 0.5, len(links))
    links = links.assign(distance_km=distance, cost=distance * by_mode["cost_per_km"], movements=np.exp(level))
    return TransitNetwork(places, links)


def _places(gazetteer: pd.DataFrame, wanted: np.ndarray) -> pd.DataFrame:
    missing = [place for place in wanted if place not in gazetteer.index]
    if missing:
        raise PlaceError(f"links.csv names places that the gazetteer does not hold: {', '.join(missing[:8])}")
    return gazetteer.loc[wanted, ["name", "country", "lat", "lon", "kind"]]


def yearly_movements(network: TransitNetwork, years: tuple[int, ...], *, rng: np.random.Generator) -> pd.DataFrame:
    """Return licit movements per link and year: link (position in ``links``), year, movements (Poisson)."""
    growth = 1.0 + 0.03 * np.arange(len(years))
    drawn = rng.poisson(network.links["movements"].to_numpy()[:, None] * growth)
    link, year = np.indices(drawn.shape)
    table = {"link": link.ravel(), "year": np.asarray(years)[year.ravel()], "movements": drawn.ravel()}
    return pd.DataFrame(table)


def place_traffic(network: TransitNetwork) -> pd.Series:
    """Return licit movements a year through each place: the mean of what arrives and what leaves."""
    out = network.links.groupby("origin")["movements"].sum()
    arriving = network.links.groupby("destination")["movements"].sum()
    both = out.add(arriving, fill_value=0.0).reindex(network.places.index, fill_value=0.0) / 2
    return both.rename("traffic")


def draw_routes(
    network: TransitNetwork, n: int, *, closed: frozenset[tuple[str, str]], rng: np.random.Generator
) -> pd.DataFrame:
    """Draw ``n`` different cross-border routes: pairs by size, then the way of least noisily perceived cost.

    Parameters
    ----------
    closed
        Links (origin, destination) that drawn routes must not use, kept for planted corridors.

    Returns
    -------
    pandas.DataFrame
        path (tuple of place ids) and modes (tuple, one a leg); 2 to 8 places, at least two countries.
    """
    open_link = [pair not in closed for pair in zip(network.links["origin"], network.links["destination"], strict=True)]
    links = network.links[open_link]
    search = WaySearch.over(network.places.index, links)
    pull = np.exp(network.places["size"].to_numpy())
    country = dict(zip(map(str, network.places.index), network.places["country"], strict=True))
    found: dict[Way, None] = {}
    for _ in range(40 * n):
        if len(found) == n:
            break
        origin, destination = rng.choice(len(pull), size=2, replace=False, p=pull / pull.sum())
        cost = links["cost"].to_numpy() * rng.lognormal(0.0, PERCEPTION, len(links)) + LEG_COST
        way = search.cheapest(cost, origin=int(origin), destination=int(destination))
        if way is not None and crosses_border(way, country):
            found.setdefault(way)
    return pd.DataFrame(list(found), columns=["path", "modes"])


def crosses_border(way: Way, country: Mapping[str, str]) -> bool:
    """Tell whether a way is one that a route can take: 2 to 8 places, none twice, at least two countries."""
    path, _ = way
    return 2 <= len(path) <= 8 and len(set(path)) == len(path) and len({country[place] for place in path}) > 1
