"""Where goods leave licit hands: where their route begins, or at a licit hub one step before."""

from __future__ import annotations

import numpy as np
import pandas as pd

from routegraph.synthetic.regime import Regime
from routegraph.synthetic.transit import TransitNetwork


def divert(routes: pd.DataFrame, network: TransitNetwork, regime: Regime, *, rng: np.random.Generator) -> pd.DataFrame:
    """Move the diversion of some cross-border routes to a licit hub one licit step upstream of where they begin.

    Every place where routes begin has one hub that supplies it, drawn from the places with licit movement to it in
    proportion to that movement: one leak supplies all that sets out there. A share ``regime.diversion_upstream`` of
    all cross-border routes, as far as there are as many, is diverted at the hub of its place; the goods travel on to
    the place as licit ones. A hub that a route passes later supplies none of that route.

    Returns
    -------
    pandas.DataFrame
        The routes with ``diverted_at`` as it then is; as they were where the regime asks for nothing.
    """
    if not regime.diversion_upstream:
        return routes
    start = routes["path"].str[0]
    hubs = _hubs(network, np.unique(start.to_numpy(dtype=str)), rng=rng)
    upstream = hubs.reindex(start).to_numpy()
    across = ~routes["domestic"].to_numpy(dtype=bool)
    passes = np.array([hub in path for hub, path in zip(upstream, routes["path"], strict=True)], dtype=bool)
    wanted = round(regime.diversion_upstream * across.sum())
    moved = np.zeros(len(routes), dtype=bool)
    moved[rng.permutation(np.flatnonzero(across & ~passes))[:wanted]] = True
    return routes.assign(diverted_at=routes["diverted_at"].mask(moved, pd.Series(upstream, index=routes.index)))


def _hubs(network: TransitNetwork, places: np.ndarray, *, rng: np.random.Generator) -> pd.Series:
    into = network.links.groupby(["destination", "origin"])["movements"].sum()
    chosen = {}
    for place in places:
        movements = into.loc[place]
        chosen[place] = movements.index[rng.choice(len(movements), p=(movements / movements.sum()).to_numpy())]
    return pd.Series(chosen)
