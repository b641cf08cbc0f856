"""What the names in reports stand for: one place, or any place of a country or region."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from routegraph.errors import PlaceError

if TYPE_CHECKING:
    from routegraph.flows.removal.cells import Lines, Names, Stated
    from routegraph.flows.removal.route_arrays import RouteArrays
    from routegraph.network.graph import RouteGraph

SIDES = ("vias_before", "vias_after")
FIELDS = ("origin", "seized", "destination")


@dataclass(frozen=True)
class Naming:
    """Names that reports use, sorted, against the places of routes.

    Attributes
    ----------
    names
        Every name that a report states.
    of_place, of_country, of_region
        Number of the place, country or region that each name stands for; -1 where it is not one of these.
    country, region
        Number of the country and region of each place; -2 where it has none.
    """

    names: pd.Index
    of_place: np.ndarray
    of_country: np.ndarray
    of_region: np.ndarray
    country: np.ndarray
    region: np.ndarray

    @staticmethod
    def of(table: pd.DataFrame, lines: RouteArrays, graph: RouteGraph) -> Naming:
        """Return what the names in a table of reports stand for.

        A country's ISO3 stands for every place in it, unless places are countries; at level ``place`` so does a
        region's code for the places in it.

        Raises
        ------
        PlaceError
            When a name is not one of the graph's places.
        """
        vias = [table[side].explode().dropna() for side in SIDES]
        stated = pd.concat([*(table[field] for field in FIELDS), *vias]).unique()
        names = pd.Index(sorted({str(one) for one in stated} - {""}), dtype="str")
        missing = names.difference(graph.places.index)
        if len(missing):
            raise PlaceError(f"reports name places that the network does not hold: {', '.join(missing[:5])}")
        known, home = graph.places.reindex(names), graph.places.reindex(lines.places)
        text = names.to_numpy()
        whole_country = (known["country"] == text).to_numpy() & (graph.level != "country")
        whole_region = (known["region"] == text).to_numpy() & (graph.level == "place") & ~whole_country
        groups = {}
        for kind, whole in (("country", whole_country), ("region", whole_region)):
            codes = pd.Index(sorted({*home[kind]} - {""}), dtype="str")
            here = codes.get_indexer(pd.Index(home[kind]))
            groups[kind] = np.where(whole, codes.get_indexer(names), -1), np.where(here < 0, -2, here)
        of_place = np.where(whole_country | whole_region, -1, lines.places.get_indexer(names))
        of_country, country = groups["country"]
        of_region, region = groups["region"]
        return Naming(names, of_place, of_country, of_region, country, region)

    def is_single(self, at: int) -> bool:
        """Tell whether the name of this number stands for one place only."""
        return bool(self.of_country[at] < 0 and self.of_region[at] < 0)

    def places_of(self, at: int) -> np.ndarray:
        """Return the numbers of the places that the name of this number may stand for."""
        hit = (self.country == self.of_country[at]) | (self.region == self.of_region[at])
        return np.flatnonzero(hit | (np.arange(len(hit)) == self.of_place[at]))

    def lines(self, arrays: RouteArrays, declared: np.ndarray) -> Lines:
        """Return the routes as the matching wants them; where ``declared`` is 0 nothing seized is reported."""
        from routegraph.flows.removal.cells import Lines

        fields = arrays.fields
        start, place = fields["route_start"].astype(np.int64), fields["route_place"]
        route = np.repeat(np.arange(len(start) - 1, dtype=np.int32), np.diff(start))
        blind = (declared == 0)[place]
        return Lines(start, fields["excess"], route, place, self.country[place], self.region[place], blind)

    def positions(self, lines: Lines) -> Names:
        """Return the names with the positions on routes that each may stand for."""
        from routegraph.flows.removal.cells import Names

        first, last = np.zeros((2, len(self.names)), dtype=np.int64)
        where, offset = [], 0
        kinds = ((self.of_place, lines.place), (self.of_country, lines.country), (self.of_region, lines.region))
        for wanted, there in kinds:
            order = np.argsort(there, kind="stable")
            which = np.flatnonzero(wanted >= 0)
            first[which] = offset + np.searchsorted(there[order], wanted[which], side="left")
            last[which] = offset + np.searchsorted(there[order], wanted[which], side="right")
            where.append(order)
            offset += len(order)
        return Names(self.of_place, self.of_country, self.of_region, first, last, np.concatenate(where))

    def stated(self, table: pd.DataFrame) -> Stated:
        """Return what each report states, as codes of names; -1 where it says nothing."""
        from routegraph.flows.removal.cells import Stated

        origin, seized, destination = (self.names.get_indexer(pd.Index(table[field])) for field in FIELDS)
        (before_start, before), (after_start, after) = (self._runs(table[side]) for side in SIDES)
        return Stated(origin, seized, destination, before_start, before, after_start, after)

    def _runs(self, vias: pd.Series) -> tuple[np.ndarray, np.ndarray]:
        lengths = vias.str.len().to_numpy(np.int64)
        listed = self.names.get_indexer(pd.Index(vias.explode().dropna()))
        return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64), listed
