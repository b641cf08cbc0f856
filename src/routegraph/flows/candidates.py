"""What could have produced the reported seizures: one candidate for each distinct travelled part of a route."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from routegraph.errors import InputError

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from routegraph.network import RouteGraph


@dataclass(frozen=True)
class Candidates:
    """Candidates in an order of their own (by path text), so that draws do not depend on the order of the routes.

    Attributes
    ----------
    moving, resting
        Events of each travelled part of at least one step, and of each place with events that travelled no step
        (domestic records, and routes that were seized where they set out). Numbered through: moving, then resting.
    on_leg, at_place
        Which candidates travel each leg and pass each place (ends included): legs x candidates, places x candidates.
    shares, candidate_of_share, route_of_share
        How a candidate's events divide: one share for each of the graph's routes (``route_of_share`` holds its
        position), then one for the events of a place that have no route.
    n_routes
        Number of the graph's routes.
    """

    moving: np.ndarray
    resting: np.ndarray
    on_leg: csr_array
    at_place: csr_array
    shares: np.ndarray
    candidate_of_share: np.ndarray
    route_of_share: np.ndarray
    n_routes: int


def candidates(graph: RouteGraph) -> Candidates:
    """Return the candidates of a graph. Only the travelled part of a route counts; what was intended moves nothing."""
    routes = _travelled_parts(graph)
    part = routes.drop_duplicates("text").set_index("text")["part"]
    moves = part.str.len() > 1
    moving = routes.groupby("text")["seizures"].sum()[moves[moves].index.sort_values()]
    without_route = _without_route(graph, routes)
    resting_routes = routes[routes["part"].str.len() == 1].groupby("text")["seizures"].sum()
    resting = resting_routes.add(without_route, fill_value=0).sort_index()
    number = pd.Series(np.arange(len(moving) + len(resting)), index=[*moving.index, *resting.index], dtype=np.int64)
    moving_part = [part[text] for text in moving.index]
    steps = [(k, step) for k, path in enumerate(moving_part) for step in dict.fromkeys(pairwise(path))]
    stays = [(k, place) for k, path in enumerate(moving_part) for place in dict.fromkeys(path)]
    stays += [(len(moving) + k, place) for k, place in enumerate(resting.index)]
    shares = np.concatenate([routes["seizures"], without_route]).astype(np.float32)
    of_share = np.concatenate([number[routes["text"]], number[without_route.index]]).astype(np.int64)
    width = len(number)
    empty = np.bincount(of_share, weights=shares, minlength=width)[of_share] == 0
    return Candidates(
        moving=moving.to_numpy(np.int64),
        resting=resting.to_numpy(np.int64),
        on_leg=_incidence(
            _leg_index([step for _, step in steps]), [k for k, _ in steps], graph.legs.index, width=width
        ),
        at_place=_incidence(pd.Index([v for _, v in stays]), [k for k, _ in stays], graph.places.index, width=width),
        shares=np.where(empty, np.float32(1), shares),
        candidate_of_share=of_share,
        route_of_share=routes["position"].to_numpy(),
        n_routes=len(routes),
    )


def travelled_legs(graph: RouteGraph) -> pd.DataFrame:
    """Return which legs each route travelled, once each: route (label), leg (position in ``graph.legs``)."""
    routes = _travelled_parts(graph)
    rows = [
        (route, step)
        for route, path in zip(routes.index, routes["part"], strict=True)
        for step in dict.fromkeys(pairwise(path))
    ]
    label = pd.Series([route for route, _ in rows], dtype=graph.routes.index.dtype)
    return pd.DataFrame({"route": label, "leg": _positions(_leg_index([step for _, step in rows]), graph.legs.index)})


def _travelled_parts(graph: RouteGraph) -> pd.DataFrame:
    """Return the routes by path text: part (places up to the seizure), text of it, seizures, seized_at, position."""
    routes = graph.routes
    steps = routes["travelled_steps"].astype(np.int64)
    parts = [tuple(path[: n + 1]) for path, n in zip(routes["path"], steps, strict=True)]
    table = pd.DataFrame({"seizures": routes["seizures"].astype(np.int64), "travelled_steps": steps})
    table["part"] = pd.Series(parts, index=routes.index, dtype="object")
    table["text"] = pd.Series([" > ".join(part) for part in parts], index=routes.index, dtype="str")
    table["path"] = pd.Series([" > ".join(path) for path in routes["path"]], index=routes.index, dtype="str")
    table["seized_at"] = routes["seized_at"]
    table["position"] = np.arange(len(routes))
    return table.sort_values(["path", "travelled_steps", "seized_at"], kind="stable")


def _without_route(graph: RouteGraph, routes: pd.DataFrame) -> pd.Series:
    """Return events per place that no route ends in there, by place id; places with none are left out."""
    on_routes = routes.groupby("seized_at")["seizures"].sum().reindex(graph.places.index, fill_value=0)
    rest = graph.places["seizures"].astype(np.int64) - on_routes
    return rest[rest > 0].sort_index()


def _positions(named: pd.Index, index: pd.Index) -> np.ndarray:
    found = index.get_indexer(named)
    if (found < 0).any():
        missing = named[int(np.argmin(found))]
        raise InputError("graph.routes", f"a route passes {missing}", expected="only places and legs of the graph")
    return np.asarray(found, dtype=np.int64)


def _incidence(named: pd.Index, numbers: list[int], index: pd.Index, *, width: int) -> csr_array:
    from scipy.sparse import csr_array

    ones = np.ones(len(named), dtype=np.float32)
    return csr_array((ones, (_positions(named, index), np.array(numbers, dtype=np.int64))), shape=(len(index), width))


def _leg_index(steps: list[tuple[str, str]]) -> pd.MultiIndex:
    ends = pd.DataFrame(steps, columns=["origin", "destination"], dtype="str")
    return pd.MultiIndex.from_frame(ends)
