"""Candidate routes: what could have been travelled, seen or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from routegraph.network.graph import RouteGraph
    from routegraph.network.reports import Reports
    from routegraph.places import Gazetteer


@dataclass(frozen=True)
class CandidateRoutes:
    """Every plausible way between every plausible pair of ends, at the level of the network.

    Attributes
    ----------
    links
        What a route may travel, default index, sorted by (origin, destination, mode): origin, destination, mode,
        distance_km, cost, licit (NaN where unknown), reported (a record names this step as one step).
    routes
        Indexed 0..R-1, sorted by (pair, path text): path (tuple of place ids, none twice), modes (text joined by
        ``; ``, one a leg), pair, cost, excess (cost / least cost of its pair - 1), path_size (log, <= 0).
    pairs
        Indexed 0..P-1, sorted by (origin, destination): origin, destination (place ids), distance_km (great circle),
        licit (known licit movement out of the origin and into the destination, NaN unknown), borders (crossed on the
        cheapest way), reported (a record names both ends).
    pairs_left_out
        Plausible pairs that have no route here because there would have been more than ``most``.
    """

    links: pd.DataFrame
    routes: pd.DataFrame
    pairs: pd.DataFrame
    pairs_left_out: int = 0


def candidate_routes(
    graph: RouteGraph,
    reports: Reports,
    *,
    gazetteer: Gazetteer,
    transits: pd.DataFrame | None = None,
    by_land: bool = False,
    most: int = 30_000,
) -> CandidateRoutes:
    """Return the routes that consignments could have travelled.

    Parameters
    ----------
    graph
        The network of the records, for its places, level, border and reported steps.
    reports
        What its records report.
    gazetteer
        Where the ends of transit rows are looked up.
    transits
        Canonical transits with place ids resolved; without them links are guessed from reports, borders, distance and
        sea ways.
    by_land
        Whether pairs that records name are routed over bordering units, as where a profile has ``steps = bordering``:
        then a pair is no link of its own, and ways by sea are for units that border no other.
    most
        Most routes. Pairs that reports name come first, then by :func:`routegraph.network.route_ends.ranked_pairs`;
        ways that reports complete to are kept whatever their number.

    Returns
    -------
    CandidateRoutes
        The same whatever the order of records, places or rows of transits. Every report that is not domestic and names
        two different places or more, none of them twice, is explained by a route: its places in order, the
        seizure before the end unless the destination is stated.

    Notes
    -----
    The set of a pair is its least-cost way and the distinct least-cost ways under ``DRAWS`` lognormal perturbations of
    link costs, the most frequent first. Costs are declared, so a way that smugglers use because it is not watched is
    found only where a report names places of it, or where it is nearly as cheap.

    References
    ----------
    Nielsen, O. A. (2000), A stochastic transit assignment model considering differences in passengers utility
    functions, Transportation Research B 34(5). Prato, C. G. (2009), Route choice modeling: past, present and
    future research directions, doi 10.1016/S1755-5345(13)70005-8.
    """
    from routegraph.network.candidate_choice import choose_routes
    from routegraph.network.candidate_tables import route_tables, with_direct_steps
    from routegraph.network.link_network import link_network
    from routegraph.network.reported_ways import named_chains
    from routegraph.network.route_ends import plausible_ends
    from routegraph.network.route_sets import StateGraph

    network = link_network(graph, gazetteer=gazetteer, transits=transits, by_land=by_land)
    search = StateGraph(network.places.index, network.links)
    ends = plausible_ends(network, reports)
    choice = choose_routes(search, network.places, named_chains(reports, network), ends, most=most)
    network = with_direct_steps(network, choice)
    routes, pairs = route_tables(network, choice, ends)
    return CandidateRoutes(network.links, routes, pairs, choice.pairs_left_out)
