"""The chains of places that reports name, and which of them a set of routes explains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from routegraph.network.link_network import LinkNetwork
    from routegraph.network.reports import Reports


@dataclass(frozen=True)
class NamedChains:
    """What reports name, each distinct chain once.

    Attributes
    ----------
    stops
        One tuple a chain: arrays of positions of places, one a stop; a stop of several places is a country of which the
        report does not say where.
    seized
        Position of the seizure among the stops, -1 where it is not named.
    has_origin, has_destination
        Whether the first stop is a stated origin, the last a stated destination.
    events
        Events of the reports behind each chain.
    """

    stops: list[tuple[np.ndarray, ...]]
    seized: np.ndarray
    has_origin: np.ndarray
    has_destination: np.ndarray
    events: np.ndarray


def named_chains(reports: Reports, network: LinkNetwork) -> NamedChains:
    """Return the distinct chains of places that non-domestic reports name, place-only ones left out.

    A stop that repeats its neighbour says nothing more and is joined with it; so is a country that is stated as an end
    with a seizure in it. Names that stand for no place of the network are left out.
    """
    table = reports.table[~reports.table["domestic"] & ~reports.table["place_only"]]
    fields = ["origin", "vias_before", "seized", "vias_after", "destination"]
    distinct = table.groupby(fields, sort=True)["events"].sum().reset_index()
    where = _positions(network)
    country = dict(zip(network.places.index, network.places["country"], strict=True))
    found: dict[tuple[tuple[str, ...], int, bool, bool], int] = {}
    for origin, before, seized, after, destination, events in distinct[[*fields, "events"]].to_numpy().tolist():
        named = [*((origin, 0),), *((via, 1) for via in before), (seized, 2), *((via, 1) for via in after)]
        named.append((destination, 3))
        key = _joined_up([(name, role) for name, role in named if name in where], country)
        if len(key[0]) > 1:
            found[key] = found.get(key, 0) + int(events)
    chains = sorted(found)
    return NamedChains(
        [tuple(where[name] for name in names) for names, *_ in chains],
        np.array([seized for _, seized, _, _ in chains], dtype=np.int64),
        np.array([origin for _, _, origin, _ in chains], dtype=bool),
        np.array([destination for *_, destination in chains], dtype=bool),
        np.array([found[chain] for chain in chains], dtype=np.int64),
    )


def _positions(network: LinkNetwork) -> dict[str, np.ndarray]:
    """Return which places each id stands for: itself, or all places of the country that it is."""
    of_country = network.places.reset_index(drop=True).groupby("country").indices
    where = {str(country): np.asarray(rows) for country, rows in of_country.items() if country}
    return where | {str(place): np.array([k]) for k, place in enumerate(network.places.index)}


def _joined_up(named: list[tuple[str, int]], country: dict[str, str]) -> tuple[tuple[str, ...], int, bool, bool]:
    """Return names in order without what says nothing more, where the seizure is, and which ends are stated."""
    runs: list[tuple[str, set[int]]] = []
    for name, role in named:
        last, roles = runs[-1] if runs else ("", set())
        inside = country.get(last) == name or country.get(name) == last
        # A stop on the way is a place of its own; the seizure may have been made at either end.
        if runs and (name == last or (inside and 1 not in roles | {role})):
            # Of a place and its country the place is kept: it is the more exact word.
            runs[-1] = (name if country.get(name) == last else last, roles | {role})
        else:
            runs.append((name, {role}))
    seized = next((k for k, (_, roles) in enumerate(runs) if 2 in roles), -1)
    stated = (bool(runs) and 0 in runs[0][1], bool(runs) and 3 in runs[-1][1])
    return tuple(name for name, _ in runs), seized, *stated


def explained(chains: NamedChains, paths: list[tuple[int, ...]], n_places: int) -> np.ndarray:
    """Return which chains some route explains: all stops on it, in order.

    A stated origin is the route's first place, a stated destination its last. A stop on the way is neither: a chain
    whose origin is not stated begins at the first place or after it (after it, where its first stop is not the
    seizure), one whose destination is not stated ends before the last.
    """
    longest = np.array([len(path) for path in paths], dtype=np.int64)
    # Column n_places stays 0: what no route passes. Positions count from 1.
    position = np.zeros((len(paths), n_places), dtype=np.int16, order="F")
    for step in range(int(longest.max()) if len(paths) else 0):
        on = np.flatnonzero(longest > step)
        position[on, [paths[k][step] for k in on]] = step + 1
    told = np.zeros(len(chains.stops), dtype=bool)
    for number, stops in enumerate(chains.stops):
        told[number] = _explains(
            position, longest, stops, origin=bool(chains.has_origin[number]),
            destination=bool(chains.has_destination[number]), seized=int(chains.seized[number]),
        )  # fmt: skip
    return told


def _explains(
    position: np.ndarray,
    longest: np.ndarray,
    stops: tuple[np.ndarray, ...],
    *,
    origin: bool,
    destination: bool,
    seized: int,
) -> bool:
    narrowest = min(stops, key=len)
    routes = np.flatnonzero((position[:, narrowest] > 0).any(axis=1))
    at = np.zeros(len(routes), dtype=np.int64)
    for k, stop in enumerate(stops):
        here = position[routes[:, None], stop].astype(np.int64)
        if k == 0 and origin:
            here[here != 1] = 0
        elif k == 0 and k != seized:
            here[here == 1] = 0
        last = longest[routes][:, None]
        if k == len(stops) - 1:
            here[here != last if destination else here == last] = 0
        here[here <= at[:, None]] = np.iinfo(np.int64).max
        at = here.min(axis=1)
        on = at < np.iinfo(np.int64).max
        routes, at = routes[on], at[on]
        if not len(routes):
            return False
    return True
