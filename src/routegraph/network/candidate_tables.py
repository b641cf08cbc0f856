"""The tables of candidate routes: what each way costs, how it compares within its pair, what is known of its ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from routegraph.network.link_network import LinkNetwork, distances, with_costs
from routegraph.network.neighbours import ENDS, KEYS, unknown_links
from routegraph.network.route_ends import Ends
from routegraph.network.route_sets import StateGraph, Ways, path_size

if TYPE_CHECKING:
    from routegraph.network.candidate_choice import Choice

_BETWEEN = " > "


def with_direct_steps(network: LinkNetwork, choice: Choice) -> LinkNetwork:
    """Return the network with the steps that no link joined and that reports needed all the same."""
    if not choice.direct:
        return network
    ids = network.places.index.to_numpy()
    steps = unknown_links([(str(ids[a]), str(ids[b])) for a, b in sorted(choice.direct)])
    known = network.links.loc[network.links["reported"], ENDS]
    links = pd.concat([network.links[[*KEYS, "licit", "distance_km"]], steps]).drop_duplicates(KEYS)
    return LinkNetwork(network.places, with_costs(links, network.places, reported=known))


def route_tables(network: LinkNetwork, choice: Choice, ends: Ends) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the routes and the pairs as :class:`routegraph.network.candidates.CandidateRoutes` documents them."""
    ids = network.places.index
    graph = StateGraph(ids, network.links)
    # The text of a path sorts otherwise than its positions: ' > ' does not come before all that an id may hold.
    name = ids.to_list()
    texts = [_BETWEEN.join([name[k] for k in path]) for path in choice.paths]
    order = sorted(range(len(texts)), key=lambda k: (choice.paths[k][0], choice.paths[k][-1], texts[k]))
    paths = [choice.paths[k] for k in order]
    both = np.array([(path[0], path[-1]) for path in paths], dtype=np.int64).reshape(len(paths), 2)
    keys, pair = np.unique(both[:, 0] * len(ids) + both[:, 1], return_inverse=True)
    ways = _as_ways(paths)
    cost, mode = graph.price(ways)
    least = np.full(len(keys), np.inf)
    np.minimum.at(least, pair, cost)
    routes = pd.DataFrame(
        {
            "path": pd.Series([tuple([name[k] for k in path]) for path in paths], dtype="object"),
            "modes": pd.Series(_mode_texts(mode, ways.length, graph.modes), dtype="str"),
            "pair": pair.astype(np.int64),
            "cost": cost,
            "excess": np.maximum(cost / least[pair] - 1, 0.0),
            "path_size": path_size(ways, pair, _leg_lengths(network, ways)),
        }
    )
    return routes, _pair_table(network, choice, ends, keys=keys, ways=ways, pair=pair, cost=cost)


def _as_ways(paths: list[tuple[int, ...]]) -> Ways:
    length = np.array([len(path) for path in paths], dtype=np.int64)
    places = np.full((len(paths), int(length.max()) if len(paths) else 1), -1, dtype=np.int32)
    places[np.arange(places.shape[1]) < length[:, None]] = np.array([one for path in paths for one in path], np.int32)
    return Ways(places, length, np.zeros(len(paths), dtype=np.uint64))


def _mode_texts(mode: np.ndarray, length: np.ndarray, names: list[str]) -> list[str]:
    return ["; ".join([names[k] for k in row[: n - 1]]) for row, n in zip(mode.tolist(), length.tolist(), strict=True)]


def _leg_lengths(network: LinkNetwork, ways: Ways) -> np.ndarray:
    """Return the length of each leg of each way (ways x legs); 0 where it is not known."""
    places = network.places
    rows, legs = np.nonzero(np.arange(ways.places.shape[1] - 1) < (ways.length - 1)[:, None])
    ids = pd.Series(places.index, dtype="str")
    start, end = ways.places[rows, legs], ways.places[rows, legs + 1]
    lengths = np.zeros((len(ways.length), ways.places.shape[1] - 1))
    lengths[rows, legs] = np.nan_to_num(distances(places, ids.iloc[start], ids.iloc[end]))
    return lengths


def _pair_table(
    network: LinkNetwork,
    choice: Choice,
    ends: Ends,
    *,
    keys: np.ndarray,
    ways: Ways,
    pair: np.ndarray,
    cost: np.ndarray,
) -> pd.DataFrame:
    ids = pd.Series(network.places.index, dtype="str")
    origin, end = keys // len(ids), keys % len(ids)
    table = pd.DataFrame({"origin": ids.iloc[origin].array, "destination": ids.iloc[end].array})
    table["distance_km"] = distances(network.places, table["origin"], table["destination"])
    table["licit"] = np.sqrt(ends.out[origin] * ends.into[end])
    _, unit = np.unique(network.places["unit"].to_numpy(dtype=str), return_inverse=True)
    crossed = (ways.places[:, 1:] >= 0) & (unit[ways.places[:, 1:]] != unit[ways.places[:, :-1]])
    cheapest = np.lexsort((np.arange(len(pair)), np.round(cost, 6), pair))
    cheapest = cheapest[np.r_[True, np.diff(pair[cheapest]) > 0]] if len(pair) else cheapest
    table["borders"] = crossed.sum(axis=1)[cheapest].astype(np.int64)
    named = np.array([a * len(ids) + b for a, b in sorted(choice.reported)], dtype=np.int64)
    table["reported"] = np.isin(keys, named)
    return table
