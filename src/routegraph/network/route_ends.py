"""Between which places routes may run: plausible origins and destinations, and which pairs of them come first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from routegraph.network.link_network import LinkNetwork
    from routegraph.network.reports import Reports

END_KINDS = ("city", "port", "airport")
"""Places of these kinds that transit rows name may be ends of routes without any report that says so; other places of a
country may where it has none of them."""

DECAY_KM = 1500.0
"""Cost of the way, in kilometres of road, over which the gravity score of a pair falls by 1."""


@dataclass(frozen=True)
class Ends:
    """How plausible each place is as an end, by position.

    Attributes
    ----------
    origin, destination
        Whether a route may begin, or end, there.
    named_origin, named_destination
        Distinct reports that name it so.
    out, into
        Known licit movement out of the place and into it, NaN where none is known.
    """

    origin: np.ndarray
    destination: np.ndarray
    named_origin: np.ndarray
    named_destination: np.ndarray
    out: np.ndarray
    into: np.ndarray


def plausible_ends(network: LinkNetwork, reports: Reports) -> Ends:
    """Return where routes may begin and end.

    A place is a plausible origin where a report names it so, or where something was seized whose origin is not
    stated; a plausible destination where a report names it so. Places that transit rows name are both if they are of
    ``END_KINDS``.
    """
    places = network.places
    table = reports.table[~reports.table["domestic"]]
    origins, ends = (_named(table[column], places) for column in ("origin", "destination"))
    begun = _named(table.loc[table["origin"] == "", "seized"], places) > 0
    linked = places["mapped"] & (places["kind"] != "sea_area")
    usual = linked & places["kind"].isin(END_KINDS)
    fallback = linked & ~places["country"].isin(places.loc[usual, "country"])
    anyway = (usual | fallback).to_numpy()
    return Ends(
        origin=anyway | (origins > 0) | begun,
        destination=anyway | (ends > 0),
        named_origin=origins,
        named_destination=ends,
        out=_licit(network, "origin"),
        into=_licit(network, "destination"),
    )


def _named(ids: pd.Series, places: pd.DataFrame) -> np.ndarray:
    """Return how many reports name each place; one that names a country counts in part at each of its places."""
    counted = ids[ids != ""].value_counts()
    exact = counted.reindex(places.index, fill_value=0).astype(np.float64)
    whole = counted[~counted.index.isin(places.index)]
    size = places["country"].map(places["country"].value_counts())
    return np.asarray(exact + places["country"].map(whole).fillna(0) / size, dtype=np.float64)


def _licit(network: LinkNetwork, end: str) -> np.ndarray:
    moved = network.links.groupby(end)["licit"].sum(min_count=1)
    return np.asarray(moved.reindex(network.places.index), dtype=np.float64)


def ranked_pairs(ends: Ends, units: np.ndarray, cost: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return every plausible pair of ends that lie apart and are joined, best first, with its score.

    The score is ln(1 + reports that name the origin so) + ln(1 + reports that name the destination so) + half the
    sum of ln licit movement out of and into the ends, each less its median (0 where unknown) - cost / ``DECAY_KM``.

    Parameters
    ----------
    ends
        Plausible ends.
    units
        Border unit of each place.
    cost
        Least cost between places (places x places), inf where no way is.

    Returns
    -------
    tuple of numpy.ndarray
        Positions of origins, of destinations, and scores, falling; ties by position.
    """
    apart = (units[:, None] != units) & ends.origin[:, None] & ends.destination & np.isfinite(cost)
    origin, end = np.nonzero(apart)
    score = np.log1p(ends.named_origin[origin]) + np.log1p(ends.named_destination[end])
    score = score + (_centred(ends.out)[origin] + _centred(ends.into)[end]) / 2 - cost[origin, end] / DECAY_KM
    order = np.lexsort((end, origin, -np.round(score, 9)))
    return origin[order], end[order], score[order]


def _centred(licit: np.ndarray) -> np.ndarray:
    known = licit > 0
    if not known.any():
        return np.zeros(len(licit))
    logs = np.log(np.where(known, licit, 1.0))
    return np.asarray(np.where(known, logs - np.median(logs[known]), 0.0))
