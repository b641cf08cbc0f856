"""The true routes of a world: planted corridors and routes drawn over the transit network, with their traffic."""

from __future__ import annotations

from importlib import resources
from itertools import pairwise

import numpy as np
import pandas as pd

from routegraph.errors import PlaceError
from routegraph.synthetic.regime import Regime
from routegraph.synthetic.transit import TransitNetwork, draw_routes

_LEG_COLUMNS = (
    "origin", "destination", "origin_country", "destination_country", "modes", "distance_km", "borders_crossed", "flow",
    "routes",
)  # fmt: skip
_GOODS = ("firearms", "ammunition", "parts", "explosives", "drugs")
_GOODS_SHARES = (0.5, 0.22, 0.12, 0.06, 0.1)

# Corridors with these verdicts keep their links to themselves, so that what was planted stays what it is.
_KEPT_APART = ("enforcement_artefact", "under_detected", "single_source", "insufficient")


def read_planted() -> pd.DataFrame:
    """Return the package's planted corridors.

    Columns: name, verdict, path and modes (tuples), goods, flow (mean shipments over the whole case), pins (place ->
    detection by checks, which replaces what the hierarchy would draw), only_source, note.
    """
    file = resources.files("routegraph.synthetic") / "data" / "planted.csv"
    with file.open(encoding="utf-8") as text:
        raw = pd.read_csv(text, comment="#", dtype=str, keep_default_na=False, skipinitialspace=True)
    return raw.assign(
        path=raw["path"].map(lambda text: tuple(text.split(" > "))),
        modes=raw["modes"].map(lambda text: tuple(text.split("; "))),
        flow=raw["flow"].astype(float),
        pins=raw["pins"].map(_pins),
    )


def _pins(text: str) -> dict[str, float]:
    pairs = (part.partition("=") for part in text.split("; ") if part)
    return {place: float(value) for place, _, value in pairs}


def make_itineraries(network: TransitNetwork, regime: Regime, *, rng: np.random.Generator) -> pd.DataFrame:
    """Return every true route of the world, planted ones first.

    Returns
    -------
    pandas.DataFrame
        Indexed by route (0..R-1): name, verdict, path, modes, goods, flow (mean shipments over the case),
        domestic, diverted_at (where the goods leave licit hands), only_source, note.
    """
    planted = read_planted()
    _check_links(network, planted)
    apart = planted[planted["verdict"].isin(_KEPT_APART)]
    closed = frozenset(pair for path in apart["path"] for pair in (*pairwise(path), *pairwise(path[::-1])))
    drawn = draw_routes(network, regime.routes, closed=closed, rng=rng)
    flow = regime.route_flow * rng.lognormal(0.0, regime.route_flow_spread, len(drawn))
    goods = rng.choice(_GOODS, len(drawn), p=_GOODS_SHARES)
    drawn = drawn.assign(name="", verdict="", goods=goods, flow=flow, only_source="", note="")
    routes = pd.concat([planted.drop(columns="pins"), drawn], ignore_index=True)
    country = network.places["country"]
    domestic = [len(set(country[list(path)])) == 1 for path in routes["path"]]
    return routes.assign(diverted_at=routes["path"].str[0], domestic=domestic).rename_axis("route")


def _check_links(network: TransitNetwork, planted: pd.DataFrame) -> None:
    """Refuse a planted corridor that travels where links.csv has no link of that mode."""
    known = frozenset(zip(network.links["origin"], network.links["destination"], network.links["mode"], strict=True))
    travelled = [
        (*leg, mode)
        for path, modes in zip(planted["path"], planted["modes"], strict=True)
        for leg, mode in zip(pairwise(path), modes, strict=True)
    ]
    missing = [" > ".join(leg) for leg in travelled if leg not in known]
    if missing:
        raise PlaceError(f"planted.csv travels where links.csv has no link: {'; '.join(missing[:8])}")


def true_legs(routes: pd.DataFrame, passed: np.ndarray, network: TransitNetwork) -> pd.DataFrame:
    """Return the true flow of every leg: consignments that set out on it and reached its end.

    Parameters
    ----------
    routes
        As :func:`make_itineraries` returns them.
    passed
        routes x steps: shipments that left the place at each step (not seized there or before).
    network
        For distances and countries.

    Returns
    -------
    pandas.DataFrame
        Sorted by (origin, destination): origin_country, destination_country, modes, distance_km, borders_crossed,
        flow, routes. Domestic routes are left out: they cross no border and enter no route.
    """
    across = routes[~routes["domestic"]]
    steps = across[["path", "modes"]].assign(step=across["modes"].map(lambda modes: range(len(modes)))).explode("step")
    route, step = steps.index.to_numpy(), steps["step"].to_numpy(dtype=int)
    legs = pd.DataFrame(
        {
            "origin": [path[k] for path, k in zip(steps["path"], step, strict=True)],
            "destination": [path[k + 1] for path, k in zip(steps["path"], step, strict=True)],
            "mode": [modes[k] for modes, k in zip(steps["modes"], step, strict=True)],
            "flow": passed[route, step],
        }
    )
    grouped = legs.groupby(["origin", "destination"], as_index=False).agg(
        modes=("mode", lambda modes: "; ".join(sorted(modes.unique()))), flow=("flow", "sum"), routes=("flow", "size")
    )
    distance = network.links.groupby(["origin", "destination"])["distance_km"].first()
    grouped["distance_km"] = distance.reindex(pd.MultiIndex.from_frame(grouped[["origin", "destination"]])).to_numpy()
    country = network.places["country"]
    grouped["origin_country"] = country[grouped["origin"]].to_numpy()
    grouped["destination_country"] = country[grouped["destination"]].to_numpy()
    grouped["borders_crossed"] = (grouped["origin_country"] != grouped["destination_country"]).astype(int)
    return grouped[list(_LEG_COLUMNS)]
