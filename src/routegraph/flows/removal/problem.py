"""What the sampler is given: places, candidate routes, distinct reports and the cells that could have made them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

CHECK, TIP, UNSTATED = 0, 1, 2
"""What a seizure was made on: a check (it informs detection), word of it beforehand (it does not), or not stated."""

TRANSIT, ORIGIN, DESTINATION, ENTRY, EXIT = range(5)
"""What a place is on a route. ENTRY: reached over a border, left within the country; EXIT the other way round."""

N_ROLES = 5


@dataclass(frozen=True)
class RemovalProblem:
    """Arrays of one case. V places, C countries, P pairs of ends, R routes, Q distinct reports, J cells, L legs.

    Attributes
    ----------
    country
        int32[V]: number of each place's country, 0..C-1.
    features
        float64[V, F]: standardised log inspections and log licit traffic of each place, 0 where unknown; F may be 0.
    declared
        float64[V] in [0, 1]: share of the periods in which effort says that seizures there are reported; 1 where
        effort says nothing; 0 is a blind place.
    route_start, route_place, route_role, route_leg
        Routes laid end to end: places of route r are ``route_place[route_start[r] : route_start[r + 1]]`` (int32), with
        their role there (uint8), and the leg that follows each (int32 number 0..L-1, -1 at the last place). No route
        passes a place twice.
    pair
        int32[R], rising: the pair of ends of each route, so that the routes of a pair lie together.
    excess, path_size
        float64[R]: cost / least cost of the pair - 1 (>= 0), and log path size (<= 0) for the route choice.
    pair_origin, pair_destination, pair_features
        int32[P] place numbers, and float64[P, G] standardised gravity features, higher expected to mean more traffic.
    count, basis, source
        int64[Q] events, uint8[Q] (CHECK, TIP, UNSTATED), int32[Q] source number 0..n_sources-1.
    names_origin, names_destination, vias_before, vias_after
        uint8[Q]: fields that the report states; int32[Q]: how many places it names between the origin and the seizure,
        and between the seizure and the destination. A named origin where the seizure was made at the origin counts.
    cell_start, cell_route, cell_step, cell_misreport, cell_ways
        What could have made each report: cells of report q are ``cell_start[q] : cell_start[q + 1]``: route (int32),
        step at which it was seized (int32), whether that needs a wrong destination (uint8), and in how many ways the
        vias named fit between the route's places (float32, >= 1). A seizure at a route's last place has no cell unless
        the report names a destination. Every report has a cell.
    domestic
        int64[V]: events of records that name no place outside the country of seizure: they count there alone.
    n_countries, n_sources, n_legs, n_destinations
        Sizes; n_destinations is how many places a wrong destination could be stated as (>= 1).
    """

    country: np.ndarray
    features: np.ndarray
    declared: np.ndarray
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
    count: np.ndarray
    basis: np.ndarray
    source: np.ndarray
    names_origin: np.ndarray
    names_destination: np.ndarray
    vias_before: np.ndarray
    vias_after: np.ndarray
    cell_start: np.ndarray
    cell_route: np.ndarray
    cell_step: np.ndarray
    cell_misreport: np.ndarray
    cell_ways: np.ndarray
    domestic: np.ndarray
    n_countries: int
    n_sources: int
    n_legs: int
    n_destinations: int

    @property
    def n_places(self) -> int:
        """Number of places."""
        return len(self.country)

    @property
    def has_place_effects(self) -> bool:
        """Whether detection differs between places of a country; where each country is one place that says nothing."""
        return self.n_places > self.n_countries

    @property
    def n_routes(self) -> int:
        """Number of candidate routes."""
        return len(self.pair)

    @property
    def n_pairs(self) -> int:
        """Number of pairs of ends."""
        return len(self.pair_origin)
