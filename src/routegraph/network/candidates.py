"""Candidate routes: what could have been travelled, seen or not."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd


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
    """

    links: pd.DataFrame
    routes: pd.DataFrame
    pairs: pd.DataFrame
