"""What a community is called: its busiest places, its countries, and how and what moves inside it."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from routegraph.flows.posterior import FlowPosterior
    from routegraph.network.graph import RouteGraph

PLACES, COUNTRIES, KINDS = 2, 3, 2
"""How many of each a name holds at most."""

NAMED_SHARE = 0.25
"""Share of what is known of a community's flow from which a mode or a family of commodities is named."""

UNKNOWN = "unknown"
"""A mode that says nothing."""

COUNTRY_SHARE = 0.1
DEEPER_SHARE = 0.6
"""Share of a family from which a name says the narrower kind instead: arms.firearm where most of arms is firearms."""


def community_names(graph: RouteGraph, posterior: FlowPosterior, table: pd.DataFrame) -> dict[int, str]:
    """Name each community, as in ``Bangkok and Penang (THA, MYS); road; arms.firearm``.

    Parameters
    ----------
    graph, posterior
        The network, and draws of flow on its routes and through its places.
    table
        Indexed like ``graph.places``: community (0 = none) and leading (rank in it by throughflow, 1 = busiest).

    Returns
    -------
    dict
        Community -> its busiest places, their countries and those of other busy places in brackets; then modes and
        commodities of the flow between its places, by the events of the records on those routes. What no column
        tells is left out.
    """
    mean = posterior.places.mean(axis=0, dtype=np.float64) if len(posterior.places) else np.zeros(len(table))
    through = pd.Series(mean, index=graph.places.index)
    inside = _inside(graph, posterior, table["community"])
    shown = graph.places["name"].astype(str) if "name" in graph.places else pd.Series("", index=graph.places.index)
    names: dict[int, str] = {}
    for one, members in table[table["community"] > 0].groupby("community"):
        first = members.sort_values("leading").index[:PLACES]
        called = " and ".join(shown[place] or str(place) for place in first)
        countries = _countries(graph, through[members.index])
        here = inside[inside["community"] == one]
        modes = _named(here[here["mode"] != UNKNOWN].groupby("mode")["flow"].sum())
        goods = _goods(here.groupby("commodity")["flow"].sum())
        bracket = f" ({', '.join(countries)})" if countries else ""
        told = [f"{called}{bracket}", ", ".join(modes), ", ".join(goods)]
        names[int(str(one))] = "; ".join(part for part in told if part)
    return names


def _countries(graph: RouteGraph, through: pd.Series) -> list[str]:
    """Return the countries that hold a tenth of the throughflow each, the busiest first."""
    if "country" not in graph.places:
        return []
    country = graph.places["country"].astype(str).reindex(through.index)
    return _named(through.groupby(country).sum(), share=COUNTRY_SHARE, most=COUNTRIES)


def _named(mass: pd.Series, *, share: float = NAMED_SHARE, most: int = KINDS) -> list[str]:
    """Return what holds at least ``share`` of the mass that has a name, the largest first, ties by name."""
    told = mass[mass.index.astype(str) != ""]
    part = (told / told.sum()).round(9) if told.sum() > 0 else told.iloc[:0]
    ranked = sorted((-value, str(name)) for name, value in part.items() if value >= share)
    return [name for _, name in ranked[:most]]


def _goods(mass: pd.Series) -> list[str]:
    """Return the leading families of commodities, each as narrow as most of its mass allows."""
    told = mass[mass.index.astype(str) != ""]
    out = []
    for family in _named(told.groupby([str(name).split(".")[0] for name in told.index]).sum()):
        depth, kind = 1, family
        while True:
            under = told[[f"{name}.".startswith(f"{kind}.") for name in told.index]]
            deeper = under.groupby([".".join(str(name).split(".")[: depth + 1]) for name in under.index]).sum()
            narrower = [name for name in _named(deeper, share=DEEPER_SHARE, most=1) if name != kind]
            if not narrower:
                break
            depth, kind = depth + 1, narrower[0]
        out.append(kind)
    return out


def _inside(graph: RouteGraph, posterior: FlowPosterior, community: pd.Series) -> pd.DataFrame:
    """Return community, mode, commodity and flow: steps inside a community, by what is carried on them."""
    columns = ["community", "mode", "commodity", "flow"]
    paths = [tuple(path) for path in graph.routes["path"]]
    length = np.array([len(path) for path in paths], dtype=np.int64)
    place = graph.places.index.get_indexer(pd.Index(list(chain.from_iterable(paths)), dtype="str"))
    route = np.repeat(np.arange(len(paths)), length)
    at = community.to_numpy()[place]
    step = (route[1:] == route[:-1]) & (at[1:] == at[:-1]) & (at[1:] > 0)
    flow = posterior.routes.mean(axis=0, dtype=np.float64) if len(posterior.routes) else np.zeros(len(paths))
    on, within = route[1:][step], at[1:][step]
    steps = pd.DataFrame({"route": graph.routes.index[on], "community": within, "flow": flow[on]})
    carried = steps.merge(_carried(graph), on="route")
    return carried.assign(flow=carried["flow"] * carried["share"])[columns]


def _carried(graph: RouteGraph) -> pd.DataFrame:
    """Return route, mode, commodity and share: by events where layers are known, else what the route's row names."""
    columns = ["route", "mode", "commodity", "share"]
    layers = graph.layers
    if len(layers):
        share = layers["seizures"] / layers.groupby("route")["seizures"].transform("sum")
        return layers.assign(share=share.fillna(0.0))[columns]
    blank = pd.Series("", index=graph.routes.index)
    named = pd.DataFrame(
        {
            "route": graph.routes.index,
            "mode": graph.routes.get("modes", blank).astype(str).to_numpy(),
            "commodity": graph.routes.get("commodity", blank).astype(str).to_numpy(),
            "share": 1.0,
        }
    )
    for column in ("mode", "commodity"):
        named[column] = named[column].str.split("; ")
        named["share"] /= named[column].str.len()
        named = named.explode(column, ignore_index=True)
    return named[columns]
