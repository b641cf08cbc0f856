"""Candidate routes as arrays laid end to end: places, roles, legs, and the pairs of ends with their features."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, TypedDict

import numpy as np
import pandas as pd

from routegraph.errors import PlaceError
from routegraph.flows.removal.effort import log_amount, standardised
from routegraph.flows.removal.problem import DESTINATION, ENTRY, EXIT, ORIGIN, TRANSIT

if TYPE_CHECKING:
    from routegraph.network.candidates import CandidateRoutes
    from routegraph.network.graph import RouteGraph


class RouteFields(TypedDict):
    """The fields of a problem that say what the routes are."""

    country: np.ndarray
    route_start: np.ndarray
    route_place: np.ndarray
    route_role: np.ndarray
    route_leg: np.ndarray
    pair: np.ndarray
    excess: np.ndarray
    path_size: np.ndarray
    pair_origin: np.ndarray
    pair_destination: np.ndarray
    pair_features: np.ndarray
    n_countries: int
    n_legs: int


@dataclass(frozen=True)
class RouteArrays:
    """Routes in canonical order, with what their numbers stand for.

    Attributes
    ----------
    fields
        As in :class:`routegraph.flows.removal.problem.RemovalProblem`.
    places
        Place ids, sorted.
    legs
        (origin, destination) of each leg, sorted.
    labels
        Label in ``candidates.routes`` of each route.
    pair_feature_names
        Columns of the pairs' features.
    """

    fields: RouteFields
    places: pd.Index
    legs: pd.MultiIndex
    labels: pd.Index
    pair_feature_names: tuple[str, ...]


def route_arrays(graph: RouteGraph, candidates: CandidateRoutes, *, also: pd.Index) -> RouteArrays:
    """Return candidate routes as arrays, in the order of their pairs' ends, their paths and their modes.

    Parameters
    ----------
    graph
        For each place's country and region, and whose borders count.
    candidates
        The routes; their rows may stand in any order.
    also
        Places that are numbered beside those of routes.

    Raises
    ------
    PlaceError
        When a place is not one of the graph's.
    """
    pairs = candidates.pairs.loc[candidates.pairs.index.isin(candidates.routes["pair"])]
    pairs = pairs.sort_values(["origin", "destination"])
    routes = candidates.routes.assign(
        at=pairs.index.get_indexer(pd.Index(candidates.routes["pair"])),
        text=[" > ".join(path) for path in candidates.routes["path"]],
    ).sort_values(["at", "text", "modes"], kind="stable")
    passed = pd.Series(list(chain.from_iterable(routes["path"])), dtype="str")
    places = pd.Index(sorted({*passed.unique(), *pairs["origin"], *pairs["destination"], *also}), dtype="str")
    missing = places.difference(graph.places.index)
    if len(missing):
        raise PlaceError(
            f"candidate routes and reports name places that the network does not hold: {', '.join(missing[:5])}"
        )
    start = np.concatenate([[0], np.cumsum(routes["path"].str.len().to_numpy(np.int64))]).astype(np.int64)
    place = places.get_indexer(pd.Index(passed)).astype(np.int32)
    leg, ends = _legs(place, start, len(places))
    features = _pair_features(pairs.assign(places=_fewest_places(routes)))
    unit, n_units = _units(graph, places)
    return RouteArrays(
        RouteFields(
            country=unit,
            route_start=start.astype(np.int32),
            route_place=place,
            route_role=_roles(unit[place], start),
            route_leg=leg,
            pair=routes["at"].to_numpy(np.int32),
            excess=routes["excess"].to_numpy(np.float64),
            path_size=routes["path_size"].to_numpy(np.float64),
            pair_origin=places.get_indexer(pd.Index(pairs["origin"])).astype(np.int32),
            pair_destination=places.get_indexer(pd.Index(pairs["destination"])).astype(np.int32),
            pair_features=features.to_numpy(np.float64).reshape(len(pairs), -1),
            n_countries=n_units,
            n_legs=len(ends),
        ),
        places,
        pd.MultiIndex.from_arrays([places[ends[:, 0]], places[ends[:, 1]]], names=["origin", "destination"]),
        routes.index,
        tuple(features.columns),
    )


def _units(graph: RouteGraph, places: pd.Index) -> tuple[np.ndarray, int]:
    """Return a number per place for the unit whose borders count, and how many there are; a place outside is its own.

    Reports are told as domestic by the same borders: what one country is to a problem is one state in traces between
    states, or no report of theirs would have left its country.
    """
    table = graph.places.reindex(places)
    unit = table["country"].where(table["country"] != "", pd.Series(places, index=places))
    if graph.border == "region":
        unit = unit.where(table["region"] == "", table["region"])
    codes, distinct = pd.factorize(unit, sort=True)
    return codes.astype(np.int32), len(distinct)


def _roles(unit: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Return the role of each position: where a route begins and ends, enters a unit or leaves it."""
    came_over = np.r_[False, unit[1:] != unit[:-1]]
    goes_over = np.r_[came_over[1:], False]
    role = np.select([came_over & ~goes_over, goes_over & ~came_over], [ENTRY, EXIT], TRANSIT).astype(np.uint8)
    role[start[1:] - 1] = DESTINATION
    role[start[:-1]] = ORIGIN
    return np.asarray(role)


def _legs(place: np.ndarray, start: np.ndarray, n_places: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the number of the leg that follows each position (-1 at a route's end), and the ends of each leg."""
    onward = np.ones(len(place), dtype=bool)
    onward[start[1:] - 1] = False
    after = np.r_[place[1:], 0].astype(np.int64)
    code = place[onward].astype(np.int64) * n_places + after[onward]
    distinct, number = np.unique(code, return_inverse=True)
    leg = np.full(len(place), -1, dtype=np.int32)
    leg[onward] = number
    return leg, np.stack([distinct // n_places, distinct % n_places], axis=1)


def _fewest_places(routes: pd.DataFrame) -> np.ndarray:
    """Return how many places the cheapest way of each pair passes, by the number of the pair."""
    length = routes["path"].str.len().to_numpy(np.int64)
    cheapest = np.lexsort((length, routes["excess"].to_numpy(np.float64), routes["at"].to_numpy(np.int64)))
    first = np.unique(routes["at"].to_numpy(np.int64)[cheapest], return_index=True)[1]
    return np.asarray(length[cheapest][first])


def _pair_features(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return nearness, licit movement, fewness of borders and of places, standardised; what does not vary is left out.

    Without the number of places, reports that do not grow with it would pass for places that let nothing through.
    """
    known = pairs["licit"].notna().to_numpy()
    # Below a kilometre, distance says nothing more.
    far = np.log(np.maximum(pairs["distance_km"].to_numpy(np.float64), 1.0))
    columns = {
        "near": standardised(-far),
        "log_licit": standardised(log_amount(pairs["licit"])),
        "licit_known": standardised(known.astype(np.float64)),
        "few_borders": standardised(-pairs["borders"].to_numpy(np.float64)),
        "few_places": standardised(-pairs["places"].to_numpy(np.float64)),
    }
    return pd.DataFrame({name: values for name, values in columns.items() if np.any(values)}, index=pairs.index)
