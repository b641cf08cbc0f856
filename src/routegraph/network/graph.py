"""The network as tables: places, legs, routes and the records behind each step."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

    import igraph
    import networkx as nx

LAYER_COLUMNS = ("route", "mode", "commodity", "seizures")
LICIT_COLUMNS = ("origin", "destination", "licit")
TRACE_COLUMNS = ("record_id", "route", "traced", "diverted_at", "commodity", "events")
CONSIGNMENT_COLUMNS = ("commodity", "quantity", "unit", "source")


def _without_rows(columns: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame(columns=list(columns))


@dataclass(frozen=True)
class RouteGraph:
    """Places and the legs between them, with every route and the records that report it.

    Attributes
    ----------
    places
        Indexed by ``place_id``: name, country, region, lat, lon, kind, seizures (events seized there). Places
        without legs stay.
    legs
        Indexed by (``origin``, ``destination``), the steps of routes: origin_country, destination_country, modes,
        commodity, distance_km, borders_crossed, travelled, intended, inferred (events by status), n_records,
        seizures (events that travelled the leg, inferred steps included), seizures_named (events of the records that
        ``n_records`` counts), quantity_seized, unit, licit (in ``licit_measure``, NaN where unknown), sources
        (distinct, ``; ``), tlp. Events are consignments: one that passes a leg twice counts once. quantity_seized is
        text: one number, or numbers aligned with the kinds in ``unit``.
    routes
        Indexed by ``route`` (0..R-1): path (tuple of place ids), travelled_steps (how many of its first steps were
        travelled before the seizure), seized_at (place id, '' where no record says it: then nothing is known to have
        been travelled), seizures (events), n_records, modes, commodity, quantity_seized and unit (as in
        ``legs``), sources, tlp. Sorted by path text and travelled_steps.
    evidence
        One row per use of a record on a step: route, step (0-based), record_id, status (travelled, intended,
        inferred), part (travelled or intended: before or after the seizure), events (of the record). Sorted by route,
        step and record.
    periods
        Events per route and period: route, period (year as text, '' unknown), seizures.
    pairs
        Like ``legs``, for pairs of places that records name next to each other but whose way was inferred over
        steps in between: they carry records and seizures, never flow.
    layers
        Events per route, mode and commodity of the records: route, mode, commodity ('' unknown), seizures.
    licit
        Licit movement between places of the network in ``licit_measure``, whether a leg joins them or not: origin,
        destination, licit. A missing pair is unknown, not zero.
    traces
        What tracing established: record_id, route (-1: on none), traced (yes, no, ''), diverted_at (place id, '' not
        established), commodity, events. Records that say nothing of it are not in it.
    consignments
        What each routed record says was seized, indexed by record_id: commodity, quantity (NaN unknown), unit, source
        ('' not stated).
    level, border
        What a place is (place, region, country) and which borders count (country, region).
    counts
        How the records are accounted for: records = routed_records + domestic_records + place_only_records (a place of
        seizure and nothing else) + reported_zero_records + one_place_at_level_records; events, routed_events.
    licit_measure
        What ``licit`` counts: movements, value_usd or quantity (in one unit); '' without transits. Never mixed.
    """

    places: pd.DataFrame
    legs: pd.DataFrame
    routes: pd.DataFrame
    evidence: pd.DataFrame
    periods: pd.DataFrame
    pairs: pd.DataFrame
    layers: pd.DataFrame = field(default_factory=lambda: _without_rows(LAYER_COLUMNS))
    licit: pd.DataFrame = field(default_factory=lambda: _without_rows(LICIT_COLUMNS))
    traces: pd.DataFrame = field(default_factory=lambda: _without_rows(TRACE_COLUMNS))
    consignments: pd.DataFrame = field(default_factory=lambda: _without_rows(CONSIGNMENT_COLUMNS))
    level: str = "place"
    border: str = "country"
    counts: Mapping[str, int] = field(default_factory=dict)
    licit_measure: str = ""

    def to_networkx(self) -> nx.DiGraph:
        """Return a networkx view: place and leg columns as attributes, none of them called ``weight``."""
        import networkx as nx

        graph = nx.DiGraph()
        graph.add_nodes_from(self.places.to_dict("index").items())
        ends = self.legs.index.to_list()
        graph.add_edges_from((*leg, row) for leg, row in zip(ends, self.legs.to_dict("records"), strict=True))
        return graph

    def to_igraph(self) -> igraph.Graph:
        """Return a directed igraph view; vertices in the order of ``places``, edges in the order of ``legs``."""
        import igraph

        ends = self.leg_ends()
        return igraph.Graph(n=len(self.places), edges=ends.to_numpy().tolist(), directed=True)

    def leg_ends(self) -> pd.DataFrame:
        """Return the legs as positions in ``places``: integer columns origin and destination."""
        origin = self.places.index.get_indexer(self.legs.index.get_level_values("origin"))
        end = self.places.index.get_indexer(self.legs.index.get_level_values("destination"))
        return pd.DataFrame({"origin": origin, "destination": end})
