"""What an oracle is told of a world: the routes that were really travelled, as candidates, and no others."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from routegraph.network.candidates import CandidateRoutes
from routegraph.places.geodesy import distance_km

if TYPE_CHECKING:
    from routegraph.synthetic import World

_ENDS = ["origin", "destination"]


def true_candidates(world: World) -> CandidateRoutes:
    """Return the true cross-border routes of a world as candidate routes, each path once.

    Cost is the length in km, a leg counting as 1 km at least. The path size of a route is log of the sum over its legs
    of (leg / route length) / (routes of its pair that travel the leg) (Ben-Akiva and Bierlaire 1999,
    doi 10.1007/978-1-4615-5203-1_2), as for candidates that are not known to be true.
    """
    links = _links(world)
    # An airport and its city may share a position: a way of no length would have neither an excess nor a path size.
    length = links.groupby(_ENDS)["distance_km"].min().clip(lower=1.0)
    routes = _paths(world, length)
    routes, pairs = _with_pairs(routes, world)
    routes["excess"] = routes["cost"] / routes.groupby("pair")["cost"].transform("min") - 1.0
    routes["path_size"] = _path_size(routes, length)
    columns = ["path", "modes", "pair", "cost", "excess", "path_size"]
    return CandidateRoutes(links=links, routes=routes[columns].rename_axis("route"), pairs=pairs)


def _links(world: World) -> pd.DataFrame:
    table = world.links[[*_ENDS, "mode", "distance_km"]].assign(
        cost=world.links["distance_km"], licit=np.nan, reported=False
    )
    return table.sort_values([*_ENDS, "mode"], ignore_index=True)


def _paths(world: World, length: pd.Series) -> pd.DataFrame:
    """Return each true path once, sorted by its ends and its text."""
    across = world.routes[~world.routes["domestic"]]
    table = pd.DataFrame(
        {
            "path": across["path"],
            "modes": across["modes"].map("; ".join),
            "text": across["path"].map(" > ".join),
            "origin": across["path"].str[0],
            "destination": across["path"].str[-1],
            "cost": [sum(length[leg] for leg in pairwise(path)) for path in across["path"]],
        }
    )
    ordered = table.sort_values([*_ENDS, "text", "modes"]).drop_duplicates("text")
    return ordered.reset_index(drop=True)


def _with_pairs(routes: pd.DataFrame, world: World) -> tuple[pd.DataFrame, pd.DataFrame]:
    number = routes.groupby(_ENDS, sort=True).ngroup()
    pairs = routes[_ENDS].drop_duplicates().reset_index(drop=True)
    place = world.places
    ends = [place.loc[pairs[end], ["lat", "lon"]].to_numpy(dtype=float).T for end in _ENDS]
    countries = [place.loc[list(path), "country"].to_numpy() for path in routes["path"]]
    crossed = [int((along[1:] != along[:-1]).sum()) for along in countries]
    fewest = pd.Series(crossed, dtype="int64").groupby(number).min()
    pairs = pairs.assign(
        distance_km=distance_km(*ends[0], *ends[1]), licit=np.nan, borders=fewest.to_numpy(), reported=False
    )
    return routes.assign(pair=number), pairs


def _path_size(routes: pd.DataFrame, length: pd.Series) -> np.ndarray:
    rows = [
        (route, pair, *leg, length[leg])
        for route, pair, path in zip(routes.index, routes["pair"], routes["path"], strict=True)
        for leg in pairwise(path)
    ]
    legs = pd.DataFrame(rows, columns=["route", "pair", *_ENDS, "km"])
    shared = legs.groupby(["pair", *_ENDS])["km"].transform("size")
    parts = legs["km"] / legs.groupby("route")["km"].transform("sum") / shared
    size = parts.groupby(legs["route"]).sum().clip(upper=1.0)
    return np.asarray(np.log(size.to_numpy()))
