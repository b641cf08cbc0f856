"""Diversion against closed forms, and against places that were made to leak in invented worlds."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from routegraph.analysis import suppliers
from routegraph.analysis.diversion import credible, diversion
from routegraph.analysis.licit_side import LicitSide
from routegraph.analysis.suppliers import Candidates
from routegraph.flows.posterior import FlowPosterior
from routegraph.network.graph import RouteGraph

LICIT = ["origin", "destination", "licit"]
STAR = [("hub", leaf, 25.0) for leaf in ("s", "t", "u", "w")]


def with_tables(graph, *, licit=(), traces=(), commodity="arms.firearm"):
    """Add licit pairs, and traces as (route, place of diversion, events)."""
    rows = pd.DataFrame(list(traces), columns=["route", "diverted_at", "events"])
    rows = rows.assign(record_id=[f"r{k}" for k in range(len(rows))], traced="yes", commodity=commodity)
    tables = {"licit": pd.DataFrame(list(licit), columns=LICIT), "licit_measure": "movements" if licit else ""}
    return replace(graph, **tables, **({"traces": rows} if len(rows) else {}))


# --- closed forms -----------------------------------------------------------------------------------------------------


def test_without_licit_side_and_without_traces_nothing_is_scored_and_it_is_said(case):
    graph, posterior = case({("a", "b"): 5.0})
    found = diversion(graph, posterior)
    assert (found.table[["diversion_mean", "diversion_p95"]] == 0).all(axis=None)
    assert found.table["basis"].eq("").all()
    assert found.table["in_credible_set"].eq("no").all()
    assert "no licit movement" in found.parameters["not_estimated"]


def test_goods_that_are_never_licit_are_not_diverted(case):
    graph, posterior = case({("s", "x"): 5.0}, alone=["hub", "t", "u", "w"])
    layers = pd.DataFrame({"route": [0], "mode": "", "commodity": ["drugs.heroin.base"], "seizures": [5]})
    found = diversion(replace(with_tables(graph, licit=STAR), layers=layers), posterior)
    assert "licit side" in found.parameters["not_estimated"]
    layers = layers.assign(commodity="arms.firearm")
    assert (
        "not_estimated" not in diversion(replace(with_tables(graph, licit=STAR), layers=layers), posterior).parameters
    )


def test_in_a_licit_star_nothing_but_the_distance_and_the_exposure_tell(case):
    # s is one of four leaves: P = 1/4, so exp(-d) = 1 / (4 e); the hub moves four times what a leaf does.
    graph, posterior = case({("s", "x"): 5.0}, alone=["hub", "t", "u", "w"], draws=4000)
    table = diversion(with_tables(graph, licit=STAR), posterior).table
    upstream = np.exp(-1) / (1 + np.exp(-1))
    assert table["diversion_mean"].to_dict() == pytest.approx(
        {"hub": upstream, "s": 1 - upstream, "t": 0, "u": 0, "w": 0, "x": 0}, abs=0.02
    )
    assert table["diversion_mean"].sum() == pytest.approx(1)
    assert table.loc["hub", "basis"] == "downstream appearances"
    assert table.loc["s", "basis"] == "first appearances"
    assert table.loc["s", "first_appearances_mean"] == pytest.approx(5)


def test_traces_weigh_as_a_dirichlet_says(case):
    graph, posterior = case({("s", "x"): 50.0}, alone=["hub", "t", "u", "w"], draws=4000)
    table = diversion(with_tables(graph, licit=STAR, traces=[(0, "u", 30)]), posterior).table
    # 30 traces against OWN_WAYS that the common suppliers are worth; nearly none of 30 that agree is an error
    least = 30 / (30 + suppliers.OWN_WAYS)
    assert least - 0.01 < table.loc["u", "diversion_mean"] < 1
    assert table.loc["u", ["traced_events", "in_credible_set", "basis"]].to_list() == [
        30, "yes", "traces; downstream appearances",
    ]  # fmt: skip
    spread = table.loc["u", "diversion_p95"] - table.loc["u", "diversion_p05"]
    assert 0.02 < spread < 0.2


def test_traces_alone_are_enough(case):
    graph, posterior = case({("a", "b"): 10.0, ("c", "d"): 1.0}, alone=["depot"], draws=400)
    found = diversion(with_tables(graph, traces=[(0, "depot", 9)]), posterior)
    assert "not_estimated" not in found.parameters
    assert found.table["diversion_mean"].idxmax() == "depot"
    assert np.isnan(found.table.loc["depot", "licit_in"])
    assert found.parameters["traced_events"] == 9
    assert found.parameters["traced_share"] == pytest.approx(9 / 11)


def test_a_trace_against_many_is_taken_for_an_error_and_a_lone_trace_is_not(case):
    graph, _ = case({("s", "x"): 5.0}, alone=["hub", "t", "u", "w"])
    places = np.array(sorted(graph.places.index))
    side = LicitSide.of(with_tables(graph, licit=STAR), places)
    at = {name: k for k, name in enumerate(places)}
    alone = Candidates.of(side, np.array([at["s"]]), np.array([[0, at["u"], 1]]))
    assert alone.traces.sum() == pytest.approx(1 - suppliers.TRACE_ERROR)  # nothing speaks against it
    many = Candidates.of(side, np.array([at["s"]]), np.array([[0, at["hub"], 60], [0, at["u"], 1]]))
    odd = many.traces[many.place == at["u"]].max()
    assert odd < 0.5
    assert many.traces.sum() - odd == pytest.approx(60, abs=1)


def test_unknown_movement_is_neither_zero_nor_evidence(case):
    graph, _ = case({("a", "b"): 1.0}, alone=["c", "leaky", "lost", "z"])
    pairs = [("a", "b", 100.0), ("b", "c", 100.0), ("c", "a", 100.0), ("a", "leaky", 100.0), ("leaky", "c", 20.0),
             ("c", "lost", 100.0)]  # fmt: skip
    places = np.array(sorted(graph.places.index))
    side = LicitSide.of(with_tables(graph, licit=pairs), places)
    at = {name: k for k, name in enumerate(places)}
    assert np.isnan(side.out[at["lost"]])
    assert np.isnan(side.imbalance[at["lost"]])  # all in and nothing out: if unknown were zero, the worst of all
    assert side.excess[at["lost"]] == 0
    assert side.imbalance[at["leaky"]] == pytest.approx((100 - 20) / (100 + 20 + 100 / 2))
    assert side.excess.argmax() == at["leaky"]
    assert side.prior[at["z"]] == pytest.approx(side.prior[at["lost"]])  # exposure unknown: the median, not nothing
    assert side.prior.sum() == pytest.approx(1)


def test_the_credible_set_is_the_smallest_that_holds_nine_tenths():
    assert credible(np.array([0.05, 0.5, 0.3, 0.15])).tolist() == [False, True, True, True]
    assert credible(np.array([0.1, 0.9, 0.0])).tolist() == [False, True, False]
    assert not credible(np.zeros(3)).any()


def test_rows_in_any_order_give_the_same(case):
    rng = np.random.default_rng(4)
    graph, posterior, _ = world(3)
    order = rng.permutation(len(graph.routes))
    renumbered = pd.Series(np.argsort(order))
    turned = replace(
        graph,
        places=graph.places[::-1],
        routes=graph.routes.iloc[order].reset_index(drop=True).rename_axis("route"),
        licit=graph.licit.sample(frac=1, random_state=1),
        traces=graph.traces.assign(route=renumbered[graph.traces["route"]].to_numpy()).sample(frac=1, random_state=2),
    )
    flipped = replace(posterior, routes=posterior.routes[:, order], places=posterior.places[:, ::-1])
    one, two = diversion(graph, posterior).table, diversion(turned, flipped).table
    pd.testing.assert_frame_equal(one, two.loc[one.index])


# --- planted leaks ----------------------------------------------------------------------------------------------------

PLACES = 60


def world(seed, *, leaks=3, leak=0.3, onward=0.5, traced=0.2, error=0.1, consignments=400):
    """Make a licit network in which some hubs leak; routes begin at a leak, or (``onward``) a licit step from it.

    Licit deliveries go from eight producers to all others over links between neighbours; a tenth of the licit pairs
    is missing from the table. A trace names the leak, but with chance ``error`` any place. Returns network, draws, and
    the true share of each leak.
    """
    from scipy.sparse.csgraph import dijkstra

    rng = np.random.default_rng(seed)
    ids = [f"p{k:02d}" for k in range(PLACES)]
    at = rng.random((PLACES, 2))
    far = np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1))
    near = far <= np.sort(far, axis=1)[:, [4]]
    joined = (near | near.T) & (far > 0)
    _, before = dijkstra(np.where(joined, far, 0), return_predecessors=True)
    size = rng.lognormal(0, 1, PLACES)
    ways = []
    for producer in rng.choice(PLACES, 8, replace=False, p=size / size.sum()):
        for end in range(PLACES):
            way = [end]
            while way[-1] != producer and before[producer, way[-1]] >= 0:
                way.append(int(before[producer, way[-1]]))
            ways.append((way[::-1], 1000 * size[producer] * size[end] * rng.lognormal(0, 0.5)))
    passing = np.zeros(PLACES)
    for way, load in ways:
        passing[way[1:-1]] += load
    leaky = rng.choice(np.flatnonzero(passing > np.quantile(passing, 0.4)), leaks, replace=False)
    moved = np.zeros((PLACES, PLACES))
    for way, load in ways:
        left = load
        for a, b in pairwise(way):
            left *= 1 - leak if a in leaky else 1
            moved[a, b] += left
    licit = [(ids[a], ids[b], moved[a, b]) for a, b in np.argwhere(moved > 0) if rng.random() > 0.1]
    share = rng.dirichlet(np.full(leaks, 5.0))
    events, told = {}, []
    for _ in range(consignments):
        source = int(rng.choice(leaky, p=share))
        out = moved[source]
        start = int(rng.choice(PLACES, p=out / out.sum())) if rng.random() < onward and out.sum() else source
        path = [start]
        for _ in range(rng.integers(1, 4)):
            ahead = [int(k) for k in np.flatnonzero(joined[path[-1]]) if k not in path]
            path += [int(rng.choice(ahead))] if ahead else []
        route = tuple(ids[k] for k in path)
        events[route] = events.get(route, 0) + 1
        if rng.random() < traced:
            told.append((route, ids[source] if rng.random() > error else ids[rng.integers(PLACES)]))
    return *_case(ids, events, licit, told, rng), {ids[k]: float(one) for k, one in zip(leaky, share, strict=True)}


def _case(ids, events, licit, told, rng):
    paths = sorted(events)
    count = np.array([events[path] for path in paths])
    routes = pd.DataFrame({"path": paths, "travelled_steps": 1, "seizures": count, "n_records": count})
    legs = sorted({leg for path in paths for leg in pairwise(path)})
    index = pd.MultiIndex.from_tuples(legs, names=["origin", "destination"])
    places = pd.DataFrame({"name": ids}, index=pd.Index(ids, name="place_id"))
    empty = pd.DataFrame()
    graph = RouteGraph(
        places, pd.DataFrame({"travelled": 1}, index=index), routes.rename_axis("route"), empty, empty, empty
    )
    graph = with_tables(graph, licit=licit, traces=[(paths.index(path), place, 1) for path, place in told])
    flow = rng.gamma(count + 0.5, 1.0, (60, len(paths))).astype(np.float32)
    posterior = FlowPosterior(
        legs=np.ones((60, len(legs)), np.float32), places=np.ones((60, len(ids)), np.float32), routes=flow,
        by_period=empty, expected=pd.Series(np.nan, index=index), estimator="counts", seed=1, detection_corrected=False,
    )  # fmt: skip
    return graph, posterior


def judged(worlds=12, **kind):
    """Return how often a leak is in the credible set, or in a set of that size by other measures."""
    rows = []
    for seed in range(worlds):
        graph, posterior, truth = world(seed, **kind)
        table = diversion(graph, posterior).table
        size = int((table["in_credible_set"] == "yes").sum())
        chosen = {
            "ours": table.index[table["in_credible_set"] == "yes"],
            "licit_in": table["licit_in"].fillna(0).sort_values(ascending=False, kind="stable").index[:size],
            "first": table["first_appearances_mean"].sort_values(ascending=False, kind="stable").index[:size],
        }
        held = {name: np.mean([leak in found for leak in truth]) for name, found in chosen.items()}
        low, high = (table.loc[list(truth), f"diversion_{end}"].to_numpy() for end in ("p05", "p95"))
        true = np.array(list(truth.values()))
        rows.append({**held, "size": size, "covered": np.mean((low <= true) & (true <= high))})
    return pd.DataFrame(rows).mean()


@pytest.mark.parametrize("traced", [0.2, 0.03])
def test_planted_leaks_are_in_a_small_credible_set(traced):
    found = judged(traced=traced)
    assert found["ours"] >= 0.9
    assert found["size"] <= PLACES / 8
    assert found["licit_in"] < 0.5  # the mutant that ranks by licit inflow alone
    assert found["covered"] >= 0.75


def test_leaks_that_goods_leave_before_they_appear_are_found_where_first_appearances_alone_fail():
    found = judged(onward=1.0, traced=0.03)
    assert found["ours"] >= 0.9
    assert found["size"] <= PLACES / 6
    assert found["first"] < 0.3  # the mutant that takes the first place for the leak
    assert found["licit_in"] < 0.5


def test_without_any_trace_the_set_grows_and_the_leaks_are_still_mostly_in_it():
    some, none = judged(onward=1.0, traced=0.2), judged(onward=1.0, traced=0.0)
    assert none["ours"] >= 0.75
    assert none["first"] < 0.3
    assert none["size"] > 2 * some["size"]


def test_many_wrong_traces_do_not_hide_the_leaks():
    found = judged(traced=0.1, error=0.3)
    assert found["ours"] >= 0.9
    assert found["size"] <= PLACES / 8


def test_imbalance_is_evidence(monkeypatch):
    """Where nothing is traced and goods travel on before they appear, its books tell a leak from its neighbours."""

    def mean_share():
        found = []
        for seed in range(12):
            graph, posterior, truth = world(seed, onward=1.0, traced=0.0)
            found.append(diversion(graph, posterior).table.loc[list(truth), "diversion_mean"].sum())
        return np.mean(found)

    with_books = mean_share()
    monkeypatch.setattr("routegraph.analysis.licit_side.IMBALANCE_PULL", 0.0)
    assert with_books > 1.2 * mean_share()


@pytest.mark.slow
def test_made_cases_that_divert_upstream_are_read_from_their_traces(tmp_path):
    """The whole chain: records with blanks and errors, of a world where two routes in five begin past the leak."""
    from routegraph.flows import estimate_counts
    from routegraph.network import build_graph
    from routegraph.places import Gazetteer
    from routegraph.records import load_profile, read_seizures, read_transits
    from routegraph.synthetic import Regime, make_world

    gazetteer, profile = Gazetteer.builtin(), load_profile("routegraph")
    made = make_world(seed=1, regime=Regime(diversion_upstream=0.4), gazetteer=gazetteer)
    made.seizures.to_csv(tmp_path / "seizures.csv", index=False)
    made.transits.to_csv(tmp_path / "transits.csv", index=False)
    seized = read_seizures([tmp_path / "seizures.csv"], profile=profile, gazetteer=gazetteer).records
    moved = read_transits([tmp_path / "transits.csv"], profile=profile, gazetteer=gazetteer).records
    graph = build_graph(seized, gazetteer=gazetteer, transits=moved)
    posterior = estimate_counts(graph, draws=100, seed=0)
    routes = made.routes[~made.routes["domestic"] & (made.routes["goods"] != "drugs")]
    truth = routes.groupby("diverted_at")["reported"].sum() / routes["reported"].sum()

    def apart(measure):
        share = measure / measure.sum()
        return share.sub(truth, fill_value=0).abs().sum() / 2  # total variation: 0 the same, 1 nothing in common

    def mean(graph):
        return diversion(graph, posterior).table["diversion_mean"]

    first = apart(diversion(graph, posterior).table["first_appearances_mean"])
    assert apart(mean(graph)) < 0.5 * first
    # What the docs say falls short: without traces the licit side of all goods is no better than first appearances.
    assert apart(mean(replace(graph, traces=graph.traces.iloc[:0]))) > 0.9 * first


# --- licit arms exports as they are recorded, against the synthetic sample's seizures ---------------------------------


@pytest.mark.real_data
def test_recorded_exports_say_where_seized_arms_may_have_left_licit_hands(real_data, samples):
    """NISAT's authorised exports beside seizures of which the truth is known: all were diverted where they set out."""
    from routegraph.flows import estimate_counts
    from routegraph.network import build_graph
    from routegraph.places import Gazetteer
    from routegraph.records import load_profile, read_seizures, read_transits

    gazetteer = Gazetteer.builtin()
    seized = read_seizures(
        [samples / "synthetic_seizures.csv"], profile=load_profile("routegraph"), gazetteer=gazetteer
    ).records
    exports = read_transits(
        [real_data / "nisat-exports" / "nisat_mad_1992_2011.parquet"],
        profile=load_profile("nisat-exports"),
        gazetteer=gazetteer,
        resolve_places=False,
    ).records
    arms = seized[seized["commodity"].str.startswith("arms")]
    graph = build_graph(arms, gazetteer=gazetteer, level="country", transits=exports)
    posterior = estimate_counts(graph, draws=100, seed=0)
    routes = pd.read_csv(samples / "truth" / "routes.csv")
    routes = routes[~routes["domestic"] & (routes["goods"] != "drugs")]
    truth = routes.groupby(routes["diverted_at"].str[:3])["reported"].sum() / routes["reported"].sum()

    def found(graph):
        table = diversion(graph, posterior).table
        chosen = table.index[table["in_credible_set"] == "yes"]
        return table, chosen, truth.reindex(chosen).sum()

    table, chosen, held = found(graph)
    assert table.loc["USA", "licit_out"] > 1e9  # dollars: the largest exporter is no suspect for that
    assert table.loc["USA", "diversion_mean"] < 0.01
    assert held > 0.8
    assert len(chosen) <= 10
    busiest = table["licit_in"].sort_values(ascending=False).index[: len(chosen)]
    assert truth.reindex(busiest).sum() < 0.3  # the mutant that ranks by licit inflow alone
    # Without the traces the exports alone spread it over more countries, upstream ones too, and say so.
    table, chosen, held = found(replace(graph, traces=graph.traces.iloc[:0]))
    assert held > 0.8
    assert len(chosen) > 10
    assert (table["basis"] == "downstream appearances").sum() > 5
