"""Products against their peers, in one run: `python benchmarks/products.py [legs]`.

The same legs are drawn by routegraph's map and by folium's own PolyLine objects, and written as GraphML by routegraph
and by networkx. What counts is the ratio in the last column; seconds depend on the machine and on what else it does.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from io import BytesIO

import folium
import networkx as nx
import numpy as np
import pandas as pd

from routegraph.briefing import Briefing, Marking
from routegraph.briefing.columns import COLUMNS
from routegraph.render import TARGETS


def case(legs: int, *, places: int = 2_000, seed: int = 1) -> Briefing:
    """Return a random case: places over South-East Asia, legs between them, heavy-tailed flow over five years."""
    rng = np.random.default_rng(seed)
    ids = [f"XXX-{k:05d}" for k in range(places)]
    lat, lon = rng.uniform(-10, 25, places), rng.uniform(92, 141, places)
    at = pd.DataFrame({"place_id": ids, "name": ids, "country": "XXX", "lat": lat, "lon": lon, "kind": "city"})
    at["throughflow_mean"] = rng.lognormal(2, 1.5, places)
    # Gravity with chance: large places send most, and most of it not far.
    mass = np.log(at["throughflow_mean"].to_numpy())
    away = np.hypot(lat[:, None] - lat, (lon[:, None] - lon) * np.cos(np.radians(8)))
    pull = mass[:, None] + mass - 2 * np.log(away + 0.5) + rng.gumbel(size=away.shape)
    np.fill_diagonal(pull, -np.inf)
    ends = np.sort(np.argpartition(pull.ravel(), -legs)[-legs:])
    ways = pd.DataFrame({"origin": np.take(ids, ends // places), "destination": np.take(ids, ends % places)})
    ways["flow_mean"] = np.round(np.exp(pull.ravel()[ends] / 2 + rng.normal(0, 0.5, legs)), 2)
    ways["flow_p05"], ways["flow_p95"] = ways["flow_mean"] * 0.6, ways["flow_mean"] * 1.5
    ways["travelled"] = ways["seizures"] = ways["flow_mean"].astype(int)
    ways["surprise"] = np.round(rng.normal(0, 1.5, len(ways)), 2)
    ways = ways.assign(named_pair="no", modes=rng.choice(["road", "sea", "air"], len(ways)))
    ways["verdict"] = rng.choice(["supported", "under_detected", "insufficient"], len(ways))
    at["community"] = rng.integers(1, 12, places)
    shares = rng.dirichlet(np.ones(5), len(ways))
    flows = pd.concat(
        [ways[["origin", "destination"]].assign(period=str(2019 + k), flow_mean=ways["flow_mean"] * shares[:, k])
         for k in range(5)],
        ignore_index=True,
    )  # fmt: skip
    frames = {"places": at, "legs": ways, "flows": flows}
    tables = {name: frames.get(name, pd.DataFrame()).reindex(columns=list(cols)) for name, cols in COLUMNS.items()}
    texts = {"modes", "name", "tlp", "verdict", "kind", "country", "region", "role", "period"}
    for table in tables.values():
        table[[c for c in table if c in texts]] = (
            table[[c for c in table if c in texts]].astype(object).fillna("").astype(str)
        )
    return Briefing(
        title="Benchmark", period="", marking=Marking("CLEAR"), synthetic=True, estimator="counts", judgements=(),
        caveats=("Invented legs.",), coverage=(), not_estimated={}, sources=(), tables=tables, border="country",
    )  # fmt: skip


def naive_map(briefing: Briefing) -> bytes:
    """Draw each leg as an object of folium's own."""
    at = briefing.tables["places"].set_index("place_id")[["lat", "lon"]]
    shown = folium.Map(tiles=None)
    for leg in briefing.tables["legs"].itertuples():
        ends = [tuple(at.loc[leg.origin]), tuple(at.loc[leg.destination])]
        folium.PolyLine(ends, tooltip=f"{leg.origin} > {leg.destination}: {leg.flow_mean}").add_to(shown)
    return shown.get_root().render().encode()


def networkx_graphml(briefing: Briefing) -> bytes:
    """Write the same legs with networkx's own writer."""
    legs = briefing.tables["legs"].dropna(axis=1, how="all")
    attributes = [column for column in legs.columns if column not in ("origin", "destination")]
    graph = nx.from_pandas_edgelist(legs, "origin", "destination", attributes, create_using=nx.DiGraph)
    out = BytesIO()
    nx.write_graphml(graph, out)
    return out.getvalue()


def timed(make: Callable[[Briefing], bytes], briefing: Briefing) -> tuple[float, int]:
    """Return seconds and bytes."""
    start = time.perf_counter()
    size = len(make(briefing))
    return time.perf_counter() - start, size


def main() -> None:
    """Print one line a product."""
    briefing = case(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
    print(f"{len(briefing.tables['legs']):,} legs\n{'product':10} {'routegraph':>22} {'peer':>22} {'ratio':>14}")
    for name, peer in (("map", naive_map), ("graphml", networkx_graphml)):
        TARGETS[name].render(case(10))  # loads what is loaded once
        ours, theirs = timed(TARGETS[name].render, briefing), timed(peer, briefing)
        cells = [f"{seconds:8.2f} s {size / 1e6:8.2f} MB" for seconds, size in (ours, theirs)]
        print(f"{name:10} {cells[0]:>22} {cells[1]:>22} {theirs[0] / ours[0]:6.1f}x {theirs[1] / ours[1]:5.1f}x")


if __name__ == "__main__":
    main()
