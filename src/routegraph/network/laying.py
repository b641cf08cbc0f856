"""Reports laid on ways: which steps of a way their records speak of, and which pairs that they name are not on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from routegraph.network.chains import STEP_COLUMNS

if TYPE_CHECKING:
    from routegraph.network.reports import Reports

Path = tuple[str, ...]
LAID_COLUMNS = ("route", "path", "seized_step", "first", "last")


def laid_on(
    reports: Reports, paths: pd.Series, most_probable: Mapping[int, tuple[int, int]], *, country: pd.Series
) -> pd.DataFrame:
    """Return where each report lies on the route that it most probably came from.

    Parameters
    ----------
    reports
        The distinct reports.
    paths
        Route -> tuple of place ids.
    most_probable
        Report -> (route, step at which it was seized).
    country
        Place -> its country: a report that names a country alone means any place in it.

    Returns
    -------
    pandas.DataFrame
        Indexed by report: route, path, seized_step, and first and last, the positions on the path of the first and last
        places that the report names. Before and after those it says nothing, and so it is evidence of nothing there.
        Reports that name fewer than two places of their route are left out.
    """
    told = sorted(set(most_probable).intersection(reports.table.index))
    rows = []
    for report in told:
        route, step = most_probable[report]
        path, fields = tuple(paths[route]), reports.table.loc[report]
        first, last = step, step
        if fields["origin"]:
            first = 0
        elif fields["vias_before"]:
            first = _position(path, fields["vias_before"][0], country=country, among=range(step))
        if fields["destination"] and _is(path[-1], fields["destination"], country):
            last = len(path) - 1
        elif fields["vias_after"]:
            ahead = range(len(path) - 1, step, -1)
            last = _position(path, fields["vias_after"][-1], country=country, among=ahead)
        rows.append((route, path, step, first if first >= 0 else step, last if last >= 0 else step))
    table = pd.DataFrame(rows, columns=list(LAID_COLUMNS), index=pd.Index(told, name="report"))
    return table[table["last"] > table["first"]]


def _is(place: str, named: str, country: pd.Series) -> bool:
    return named in (place, country[place])


def _position(path: Path, named: str, *, country: pd.Series, among: Sequence[int]) -> int:
    """Return the first of these positions where the path is at the place named; -1 where it is at none."""
    return next((k for k in among if _is(path[k], named, country)), -1)


def steps_of(laid: pd.DataFrame, named: pd.DataFrame) -> pd.DataFrame:
    """Return the steps that chains speak of on the paths that they were laid on, in order.

    Parameters
    ----------
    laid
        Indexed by chain: path, seized_step, first, last (see :func:`laid_on`).
    named
        chain, origin, destination, status: pairs that records name next to each other.

    Returns
    -------
    pandas.DataFrame
        ``STEP_COLUMNS``. The part up to the seizure was travelled, the rest intended. The status is the part where
        records name both ends next to each other, else ``inferred``.
    """
    spans = laid.index.repeat(laid["last"] - laid["first"])
    steps = pd.DataFrame({"chain": spans.to_numpy()})
    at = laid["first"].reindex(spans).to_numpy() + steps.groupby("chain").cumcount().to_numpy()
    steps["step"] = at.astype(np.int64)
    paths: list[Path] = laid["path"].tolist()
    lengths = (laid["last"] - laid["first"]).tolist()
    firsts = laid["first"].tolist()
    spoken = [path[k : k + n + 1] for path, k, n in zip(paths, firsts, lengths, strict=True)]
    steps["origin"] = pd.Series([one for path in spoken for one in path[:-1]], dtype="str")
    steps["destination"] = pd.Series([one for path in spoken for one in path[1:]], dtype="str")
    travelled = steps["step"].to_numpy() < laid["seized_step"].reindex(spans).to_numpy()
    steps["part"] = pd.Series(np.where(travelled, "travelled", "intended"), dtype="str")
    sure = named.loc[named["status"] != "inferred", ["chain", "origin", "destination"]]
    seen = pd.MultiIndex.from_frame(steps[["chain", "origin", "destination"]]).isin(pd.MultiIndex.from_frame(sure))
    steps["status"] = steps["part"].where(seen, "inferred")
    return steps[list(STEP_COLUMNS)]


def off_the_way(named: pd.DataFrame, steps: pd.DataFrame) -> pd.DataFrame:
    """Return ``named`` with ``replaced``: the pair is no step of the way that its chain was laid on, if it was."""
    keys = ["chain", "origin", "destination"]
    on = pd.MultiIndex.from_frame(named[keys]).isin(pd.MultiIndex.from_frame(steps[keys]))
    return named.assign(replaced=~on)
