"""What is known of each place beforehand: whether it reports, how much it looks, what moves through it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from routegraph.network.candidates import CandidateRoutes
    from routegraph.network.graph import RouteGraph
    from routegraph.network.reports import Reports

    Seized = Sequence[tuple[str, np.ndarray]]

_MONTHS = 12
"""Inspections of a month, times this, are a year's."""


def at_places(effort: pd.DataFrame, graph: RouteGraph) -> pd.DataFrame:
    """Return effort with ``at``, the place of the graph that a row is about, sorted; rows about none of them left out.

    A country's row stays at the country. At level ``country`` every row is its country's; at level ``region`` a row of
    a finer place cannot be laid on a region and is left out.
    """
    at = effort["country"].where(effort["country"] != "", effort["place_id"]) if graph.level == "country" else None
    rows = effort.assign(at=effort["place_id"] if at is None else at)
    rows["own"] = rows["at"] == rows["place_id"]
    known = rows["at"].isin(graph.places.index) | (rows["at"] == rows["country"])
    return rows[known].sort_values(["at", "period", "place_id", "inspections", "reported"], ignore_index=True)


def reporting(
    effort: pd.DataFrame, reports: Reports, *, graph: RouteGraph, places: pd.Index, seized: Seized
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the declared share of reporting of each place, and warnings about it.

    Parameters
    ----------
    effort
        As :func:`at_places` returns it.
    reports
        All distinct reports, for the places and years that have any.
    graph
        For the countries of places.
    places
        The places asked about.
    seized
        Places of seizure as reported, each with the positions in ``places`` that it may be, in the order in which they
        are believed.

    Notes
    -----
    A place's own rows go before its country's. A country whose every row says no, and where no record was seized, is
    blind throughout. Where effort says that nothing is reported and a record was seized there all the same, the record
    is believed: the place's share is then that of the years with a yes or a record.
    """
    country = graph.places["country"]
    home = country.reindex(places)
    stated = _own_first(effort[effort["reported"].isin(["yes", "no"])])
    stated = stated.assign(yes=stated["reported"] == "yes")
    share = stated.groupby(["at", "period"])["yes"].mean().groupby("at").mean()
    declared = share.reindex(places)
    if graph.level != "country":
        declared = declared.where(declared.notna(), share.reindex(home).set_axis(places))
    seen = country.reindex(reports.table["seized"].unique())
    silent = (effort["reported"] == "no").groupby(effort["country"]).all()
    blind = silent.index[silent].difference(pd.Index(seen.dropna())).difference([""])
    declared = declared.mask(home.isin(blind).to_numpy(), 0.0).fillna(1.0).astype(np.float64)
    warnings = []
    for name, where in seized:
        if len(where) and declared.iloc[where].max() == 0:
            events, share_there = _years_reported(name, reports, stated, home.iloc[where])
            declared.iloc[where] = share_there
            warnings.append(
                f"effort says that nothing seized at {name} is reported, and records report {events} seizures there: "
                f"taken as reporting in {share_there:.0%} of the years"
            )
    return declared.to_numpy(), tuple(warnings)


def _own_first(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows about a place itself where it has any, else those of finer places in it."""
    return rows[rows["own"] | ~rows["own"].groupby(rows["at"]).transform("any")]


def _years_reported(name: str, reports: Reports, stated: pd.DataFrame, homes: pd.Series) -> tuple[int, float]:
    """Return the events that records report at a place, and the share of years with a yes or a record (above 0)."""
    there = reports.table.index[reports.table["seized"] == name]
    events = reports.periods[reports.periods["report"].isin(there)]
    rows = stated[stated["at"].isin([*homes.index, *homes, name])]
    by_year = rows.groupby(rows["period"].str.slice(0, 4))["yes"].mean()
    recorded = pd.Index(events.loc[events["period"] != "", "period"].unique())
    by_year = by_year.reindex(by_year.index.union(recorded), fill_value=0.0)
    by_year[by_year.index.isin(recorded)] = 1.0
    share = float(by_year.mean()) if len(by_year) else 1.0
    # A record without a year is of some year.
    return int(events["events"].sum()), share if share > 0 else 1.0 / len(by_year)


def place_features(
    effort: pd.DataFrame | None, candidates: CandidateRoutes, *, graph: RouteGraph, places: pd.Index
) -> pd.DataFrame:
    """Return log inspections a year and log licit traffic of each place, standardised, 0 where unknown.

    Inspections are the mean over periods, never their sum: twice as many years of the same effort are twice the flow
    and not a better look at each consignment. A column that says nothing (fewer than two places known, or all alike) is
    left out.
    """
    columns: dict[str, pd.Series] = {}
    if effort is not None:
        known = _own_first(effort[effort["inspections"].notna()])
        yearly = known["inspections"].where(known["period"].str.len() != 7, known["inspections"] * _MONTHS)
        by_period = yearly.groupby([known["at"], known["period"]]).sum()
        columns["log_inspections"] = by_period.groupby("at").mean().reindex(places)
    columns["log_licit"] = licit_through(candidates, graph).reindex(places)
    kept = {name: standardised(log_amount(column)) for name, column in columns.items()}
    informative = {name: values for name, values in kept.items() if np.any(values)}
    return pd.DataFrame(informative, index=places)


def licit_through(candidates: CandidateRoutes, graph: RouteGraph) -> pd.Series:
    """Return licit movement into and out of each place, where any is known."""
    ends = ["origin", "destination"]
    links = candidates.links[[*ends, "mode", "licit"]].sort_values([*ends, "mode"])
    if not links["licit"].notna().any():
        links = graph.legs["licit"].sort_index().reset_index()
    known = links[links["licit"].notna()]
    both = pd.concat([known[[end, "licit"]].set_axis(["place", "licit"], axis=1) for end in ends])
    return both.groupby("place", sort=True)["licit"].sum()


def log_amount(amount: pd.Series) -> np.ndarray:
    """Return logs; 0 counts as half the smallest amount above 0, NaN stays."""
    values = amount.to_numpy(np.float64)
    above = values[values > 0]
    least = above.min() / 2 if len(above) else 1.0
    return np.asarray(np.log(np.where(values > 0, values, np.where(values == 0, least, np.nan))))


def standardised(values: np.ndarray) -> np.ndarray:
    """Return (x - mean) / sd over what is known, 0 where it is not; all 0 where what is known does not vary."""
    known = ~np.isnan(values)
    if not known.any():
        return np.zeros(len(values))
    spread = values[known].std()
    if spread <= 1e-9 * max(1.0, float(np.abs(values[known]).max())):
        return np.zeros(len(values))
    return np.asarray(np.where(known, (values - values[known].mean()) / spread, 0.0))
