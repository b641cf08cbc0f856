"""Ends that reports leave open, told from what the network knows or from what no report of the case ever names."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from routegraph.network.graph import RouteGraph
    from routegraph.network.reports import Reports


def settle_ends(reports: Reports, graph: RouteGraph) -> Reports:
    """Return the reports, each end that is a country with one known place, its outermost stop, taken for that stop.

    ``Myanmar > Myawaddy > Mae Sot`` sets out somewhere in Myanmar before Myawaddy. Where Myawaddy is all that the
    network knows of Myanmar there is no such place, and no route could explain the report; it then sets out from
    Myawaddy, as it does in the network as reported, where a country next to a place inside it says nothing more.

    Parameters
    ----------
    reports
        Not changed.
    graph
        The reported network, for its places and their countries; a place that no leg reaches or leaves is not counted.

    Returns
    -------
    Reports
        The same reports with the same numbers; some may then say the same as others.
    """
    joined = sorted({place for leg in graph.legs.index for place in leg})
    country = graph.places["country"].reindex(joined).astype("str")
    alone_in = country[~country.duplicated(keep=False) & (country != "")]
    only = dict(zip(alone_in, alone_in.index, strict=True))
    table = reports.table.copy()
    for end, vias, outermost in (("origin", "vias_before", 0), ("destination", "vias_after", -1)):
        ends, stops = table[end].tolist(), table[vias].tolist()
        alone = [
            bool(path) and name != path[outermost] and only.get(name) == path[outermost]
            for name, path in zip(ends, stops, strict=True)
        ]
        rest = slice(1, None) if outermost == 0 else slice(None, -1)
        settled = [path[outermost] if one else name for name, path, one in zip(ends, stops, alone, strict=True)]
        left = [path[rest] if one else path for path, one in zip(stops, alone, strict=True)]
        table[end] = pd.Series(settled, table.index, dtype="str")
        table[vias] = pd.Series(left, table.index, dtype="object")
    return replace(reports, table=table)


def end_where_found(reports: Reports) -> Reports:
    """Return the reports of a case that never names what lies ahead, the place of seizure taken for the destination.

    A trace tells where a firearm was sold and where it was recovered. In such data a missing destination does not say
    that the consignment was on its way to somewhere else: there is no such field, and each is found at the end of its
    way. Where any report of the case names a destination or a via after the seizure, all stay as they are.

    Parameters
    ----------
    reports
        Not changed. Those that name one place only are of no travel and stay as they are.
    """
    table = reports.table
    if (table["destination"] != "").any() or table["vias_after"].map(len).any():
        return reports
    moved = (table["seized"] != "") & ((table["origin"] != "") | table["vias_before"].map(len).gt(0))
    return replace(reports, table=table.assign(destination=table["destination"].where(~moved, table["seized"])))
