"""What may be travelled: links between places by mode, from licit movement, reports, borders, distance and sea ways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from routegraph.network.catalogue import catalogue
from routegraph.network.neighbours import ENDS, KEYS, UNSTATED, neighbour_links, unknown_links
from routegraph.places.geodesy import distance_km

if TYPE_CHECKING:
    from routegraph.network.graph import RouteGraph
    from routegraph.places import Gazetteer

MODE_COST = {
    "road": 1.0, "rail": 1.0, "river": 1.2, "sea": 0.8, "air": 1.0, "post": 1.2, "foot": 2.5,
}  # fmt: skip
"""Cost of a kilometre by each mode, in kilometres of road: an assumption, the same for every case."""

STEP_COST_KM = 20.0
"""Cost of a step as such, in kilometres of road: what it takes to call at a place."""

DETOUR = 3.0
"""A step reported as one is taken for a report with stops left out where known links join its ends within this times
the distance; only where none do is it a link of its own.

With 1.5, spurious shortcuts take shipments out of reach: of the true cross-border shipments of four synthetic worlds,
95-99 % lay on candidates among 8,000; with 3, 98-99 %; with all reported steps as links, 80-93 %."""


@dataclass(frozen=True)
class LinkNetwork:
    """Places that routes may pass and the links between them.

    Attributes
    ----------
    places
        Indexed by place_id, sorted: country, unit (whose borders count), lat, lon, kind, mapped (a transit row names
        it as one end).
    links
        As in :class:`routegraph.network.candidates.CandidateRoutes`.
    """

    places: pd.DataFrame
    links: pd.DataFrame


def link_network(
    graph: RouteGraph, *, gazetteer: Gazetteer, transits: pd.DataFrame | None, by_land: bool = False
) -> LinkNetwork:
    """Return what a route may travel, at the level of a graph.

    Each pair of places and mode that transit rows name is a link both ways: that a row is missing means that nothing is
    known, not that nothing moves. Steps that records report as one are links where known links do not join their ends
    within ``DETOUR`` times the distance. Places that no transit row names, and all places without transits, are
    linked to those that border them (level country or region) or are nearest (level place), and by sea.

    Parameters
    ----------
    graph
        The network of the records; its places are the nodes. Whole countries are none at level ``place``, but where no
        other place of theirs is known.
    gazetteer
        Where the ends of transit rows are looked up.
    transits
        Canonical transits with place ids resolved, or None.
    by_land
        Whether pairs that records name are routed over bordering units: then only the steps that stayed direct are
        links of their own, and ways by sea are for units that border no other.

    Notes
    -----
    Costs are declared, not estimated: kilometres times ``MODE_COST`` plus ``STEP_COST_KM``. They order the ways between
    two places; do not read them as prices.
    """
    places = _nodes(graph)
    known = _transit_links(graph, places, gazetteer, transits)
    mapped = places.index.isin(known["origin"])
    places = places.assign(mapped=mapped)
    reported = _reported_steps(graph, places)
    own = reported[pd.MultiIndex.from_frame(reported[ENDS]).isin(graph.legs.index)] if by_land else reported
    direct = _far_from_known(own, known, places) if len(known) else own
    guessed = neighbour_links(places, places.index[~mapped], gazetteer=gazetteer, level=graph.level, by_land=by_land)
    links = _summed(pd.concat([known, direct, guessed], ignore_index=True))
    return LinkNetwork(places, with_costs(links, places, reported=reported))


def with_costs(links: pd.DataFrame, places: pd.DataFrame, *, reported: pd.DataFrame) -> pd.DataFrame:
    """Return links with distance_km, cost and reported, sorted.

    Where distance_km is NaN it is the great circle; where a position is not known either, the link costs as the middle
    one does and its distance stays NaN.
    """
    links = links.sort_values(KEYS, ignore_index=True)
    straight = distances(places, links["origin"], links["destination"])
    distance = np.where(links["distance_km"].notna(), links["distance_km"], straight)
    known = distance[~np.isnan(distance)]
    filled = np.where(np.isnan(distance), np.median(known) if len(known) else 0.0, distance)
    factor = links["mode"].map(MODE_COST).fillna(1.0).to_numpy(np.float64)
    named = pd.MultiIndex.from_frame(links[ENDS]).isin(pd.MultiIndex.from_frame(reported[ENDS]))
    table = links[KEYS].astype("str")
    table["distance_km"], table["cost"] = distance, filled * factor + STEP_COST_KM
    table["licit"], table["reported"] = links["licit"].astype(np.float64), named
    return table


def distances(places: pd.DataFrame, origins: pd.Series, destinations: pd.Series) -> np.ndarray:
    """Return great-circle kilometres between places by id; NaN where a position is not known."""
    start, end = (places[["lat", "lon"]].reindex(ids).to_numpy(np.float64) for ids in (origins, destinations))
    return np.asarray(distance_km(start[:, 0], start[:, 1], end[:, 0], end[:, 1]), dtype=np.float64)


def _nodes(graph: RouteGraph) -> pd.DataFrame:
    places = graph.places[["country", "region", "lat", "lon", "kind"]].sort_index()
    ident = pd.Series(places.index, index=places.index, dtype="str")
    unit = places["country"].where(places["country"] != "", ident)
    if graph.border == "region":
        unit = places["region"].where(places["region"] != "", unit)
    places = places.assign(unit=unit.astype("str"))
    if graph.level != "place":
        return places
    whole = (places["kind"] == "country") & (places["country"] == ident)
    spoken_for = places["country"].isin(places.loc[~whole, "country"])
    return places[~(whole & spoken_for)]


def _transit_links(
    graph: RouteGraph, places: pd.DataFrame, gazetteer: Gazetteer, transits: pd.DataFrame | None
) -> pd.DataFrame:
    """Return origin, destination, mode, licit of what transit rows name, and the same way back."""
    if transits is None or transits.empty:
        return unknown_links([])
    ids = [str(one) for end in ENDS for one in transits[f"{end}_place"].dropna().unique()]
    place_of = catalogue(gazetteer, ids, level=graph.level, border=graph.border)["place"]
    rows = pd.DataFrame({end: transits[f"{end}_place"].map(place_of).fillna("").astype("str") for end in ENDS})
    rows["mode"] = _stated(transits["mode"])
    rows["licit"] = transits[graph.licit_measure].astype(np.float64) if graph.licit_measure else np.nan
    rows["distance_km"] = np.nan
    rows = rows[rows["origin"].isin(places.index) & rows["destination"].isin(places.index)]
    rows = rows[rows["origin"] != rows["destination"]].sort_values([*KEYS, "licit"])
    there = _summed(rows)
    # A road or a ferry goes both ways; what it carries back is not known from what it carries there.
    back = there.rename(columns={"origin": "destination", "destination": "origin"}).assign(licit=np.nan)
    return pd.concat([there, back]).drop_duplicates(KEYS).sort_values(KEYS, ignore_index=True)


def _summed(rows: pd.DataFrame) -> pd.DataFrame:
    """Return each link once: its licit movement added up, NaN where none is known, and its shortest known length."""
    same = rows.groupby(KEYS, sort=True)
    return same["licit"].sum(min_count=1).to_frame().assign(distance_km=same["distance_km"].min()).reset_index()


def _reported_steps(graph: RouteGraph, places: pd.DataFrame) -> pd.DataFrame:
    """Return the steps between nodes that records name as one step, by each mode that those records state."""
    named = pd.concat([graph.legs, graph.pairs])[["modes", "travelled", "intended"]].reset_index()
    named = named[(named["travelled"] + named["intended"] > 0) & named["origin"].isin(places.index)]
    named = named[named["destination"].isin(places.index)]
    modes = named["modes"].str.split("; ").explode()
    steps = named[ENDS].loc[modes.index].assign(mode=_stated(modes).to_numpy(), licit=np.nan, distance_km=np.nan)
    steps = steps.drop_duplicates(KEYS)
    # A mode that some record states is the better word than one that another leaves open.
    stated = pd.MultiIndex.from_frame(steps.loc[steps["mode"] != UNSTATED, ENDS])
    open_yet = (steps["mode"] == UNSTATED) & pd.MultiIndex.from_frame(steps[ENDS]).isin(stated)
    return steps[~open_yet].sort_values(KEYS, ignore_index=True)


def _stated(modes: pd.Series) -> pd.Series:
    text = modes.fillna("").astype("str").str.strip()
    return text.where(text.isin(list(MODE_COST)), UNSTATED)


def _far_from_known(steps: pd.DataFrame, known: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    """Return the reported steps whose ends known links do not join within ``DETOUR`` times the distance."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import dijkstra

    pairs = known[ENDS].drop_duplicates()
    start, end = (places.index.get_indexer(pd.Index(pairs[one])) for one in ENDS)
    km = np.nan_to_num(distances(places, pairs["origin"], pairs["destination"])) + 1e-6
    size = len(places)
    asked = np.unique(places.index.get_indexer(pd.Index(steps["origin"])))
    if not len(asked):
        return steps
    over = dijkstra(coo_array((km, (start, end)), shape=(size, size)).tocsr(), indices=asked)
    row = np.searchsorted(asked, places.index.get_indexer(pd.Index(steps["origin"])))
    way = over[row, places.index.get_indexer(pd.Index(steps["destination"]))]
    direct = distances(places, steps["origin"], steps["destination"])
    near = way <= DETOUR * np.nan_to_num(direct, nan=np.inf) + 1e-3
    far: pd.DataFrame = steps[~near]
    return far
