"""Flow communities: the map equation by hand, where it and modularity differ, and names that change nothing."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from itertools import pairwise

import igraph
import numpy as np
import pandas as pd
import pytest
from tests.analysis.groups_by_hand import planted

from routegraph import analysis
from routegraph.analysis.consensus import NO_STRUCTURE
from routegraph.analysis.infomap import codelength, infomap, settled, walk
from routegraph.analysis.leiden import Strengths, leiden, rewired

BOTH = ("communities", "flow_communities")


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """A third of the usual runs and nulls."""
    monkeypatch.setattr("routegraph.analysis.consensus.RUNS", 20)
    monkeypatch.setattr("routegraph.analysis.consensus.NULLS", 39)


def as_strengths(legs):
    ids = sorted({p for leg in legs for p in leg})
    ends = np.array([[ids.index(a), ids.index(b)] for a, b in sorted(legs)])
    return Strengths(len(ids), ends[:, 0], ends[:, 1], np.array([legs[leg] for leg in sorted(legs)]))


def ring_of_cliques(cliques=24, size=4):
    """Cliques in a ring, each joined to the next by one leg there and one back."""
    legs = {}
    for c in range(cliques):
        members = [f"c{c:02d}-{k}" for k in range(size)]
        legs |= {(a, b): 1.0 for a in members for b in members if a != b}
        after = f"c{(c + 1) % cliques:02d}-0"
        legs |= {(members[1], after): 1.0, (after, members[1]): 1.0}
    return legs


def whirls(*, turning):
    """Four groups of four: either traffic goes round in each, or each has two places that only send inside it."""
    legs = {}
    for g in range(4):
        a, b, c, d = (f"w{g}-{k}" for k in range(4))
        if turning:
            legs |= {(a, b): 4.0, (b, c): 4.0, (c, d): 4.0, (d, a): 4.0}
        else:
            legs |= {(a, b): 4.0, (c, b): 4.0, (c, d): 4.0, (a, d): 4.0}
        after = f"w{(g + 1) % 4}"
        legs |= {(b, f"{after}-0"): 1.0, (d, f"{after}-2"): 1.0}
    return legs


def entropy(shares):
    shares = np.asarray(shares, dtype=float)
    shares = shares[shares > 0] / shares.sum()
    return float(-(shares * np.log2(shares)).sum())


def published(graph, labels):
    """The map equation as published, q H(Q) + sum p_m H(P_m), for a walk that needs no new start."""
    rate = graph.strength / graph.strength.sum()
    modules = range(labels.max() + 1)
    leaving = [sum(r for a, b, r in zip(graph.origin, graph.end, rate, strict=True) if labels[a] == m != labels[b])
               for m in modules]  # fmt: skip
    visits = np.bincount(graph.origin, rate, graph.places)
    inside = [[leaving[m], *visits[labels == m]] for m in modules]
    return sum(leaving) * (entropy(leaving) if sum(leaving) else 0) + sum(sum(one) * entropy(one) for one in inside)


def balanced(seed=0, places=9, loops=14):
    """Cycles laid on one another: what enters a place leaves it, so that the walk is known in closed form."""
    rng = np.random.default_rng(seed)
    legs = {}
    for _ in range(loops):
        round_trip = rng.permutation(places)[: rng.integers(3, 6)]
        volume = float(rng.integers(1, 9))
        for a, b in pairwise([*round_trip, round_trip[0]]):
            legs[f"p{a}", f"p{b}"] = legs.get((f"p{a}", f"p{b}"), 0.0) + volume
    return as_strengths(legs)


def renamed(graph, posterior, *, seed):
    """The same case under other place ids, in another order."""
    ids = graph.places.index.to_numpy()
    new = dict(zip(ids, np.random.default_rng(seed).permutation([f"z{k:03d}" for k in range(len(ids))]), strict=True))
    legs = graph.legs.set_axis(
        pd.MultiIndex.from_tuples([(new[a], new[b]) for a, b in graph.legs.index], names=["origin", "destination"])
    )
    paths = [tuple(new[place] for place in path) for path in graph.routes["path"]]
    places = graph.places.set_axis(pd.Index([new[one] for one in ids], name="place_id"))
    expected = posterior.expected.set_axis(legs.index)
    return replace(graph, places=places, legs=legs, routes=graph.routes.assign(path=paths)), replace(
        posterior, expected=expected
    ), new  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_where_what_enters_leaves_the_code_is_the_published_map_equation(seed):
    graph = balanced(seed)
    taken = walk(graph)
    assert taken == pytest.approx(graph.strength / graph.strength.sum(), abs=1e-12)
    labels = np.random.default_rng(seed).integers(0, 3, graph.places)
    labels = np.unique(labels, return_inverse=True)[1]
    assert codelength(graph, taken, labels) == pytest.approx(published(graph, labels), abs=1e-9)
    whole = np.zeros(graph.places, dtype=int)
    assert codelength(graph, taken, whole) == pytest.approx(entropy(np.bincount(graph.origin, graph.strength)))


def test_the_walk_is_the_steady_state_by_linear_algebra():
    graph = as_strengths(
        {("a", "b"): 3.0, ("a", "c"): 1.0, ("b", "c"): 2.0, ("c", "d"): 5.0, ("b", "a"): 1.0}
    )  # d ends
    out = np.array([4.0, 3.0, 5.0, 0.0])
    steps = np.zeros((4, 4))
    steps[graph.origin, graph.end] = graph.strength / out[graph.origin]
    steps = np.where(out[:, None] > 0, 0.85 * steps + 0.15 * out / out.sum(), out / out.sum())
    values, vectors = np.linalg.eig(steps.T)
    visits = np.real(vectors[:, np.argmax(np.real(values))])
    taken = (visits / visits.sum())[graph.origin] * graph.strength / out[graph.origin]
    assert walk(graph) == pytest.approx(taken / taken.sum(), abs=1e-12)


def test_igraph_searches_for_our_code_and_alone_it_does_not_know_direction():
    graph = as_strengths(planted(3))
    labels, saving = infomap(graph, seed=1)
    taken = walk(graph)
    pairs = np.column_stack([graph.origin, graph.end]).tolist()
    view = igraph.Graph(graph.places, pairs, directed=False)
    found = view.community_infomap(edge_weights=taken.tolist())
    assert codelength(graph, taken, np.array(found.membership)) == pytest.approx(found.codelength, abs=1e-9)
    whole = codelength(graph, taken, np.zeros(graph.places, dtype=int))
    assert saving == pytest.approx(1 - codelength(graph, taken, labels) / whole)
    # the mutant: igraph 1.0 asked for directions tells a path from its reverse as little as from an undirected one
    there = igraph.Graph(3, [(0, 1), (1, 2)], directed=True).community_infomap(edge_weights=[1.0, 5.0])
    aside = igraph.Graph(3, [(0, 1), (2, 1)], directed=True).community_infomap(edge_weights=[1.0, 5.0])
    assert there.codelength == aside.codelength
    one = Strengths(3, np.array([0, 1]), np.array([1, 2]), np.array([1.0, 5.0]))
    two = Strengths(3, np.array([0, 2]), np.array([1, 1]), np.array([1.0, 5.0]))
    labels = np.zeros(3, dtype=int)
    assert codelength(one, walk(one), labels) != pytest.approx(codelength(two, walk(two), labels), abs=0.01)


def test_groups_in_which_traffic_goes_round_are_found_and_without_the_round_they_are_none():
    """The same pairs of places and strengths: whoever ignores direction, as igraph does, cannot tell the two apart."""
    turning, sending = (as_strengths(whirls(turning=turning)) for turning in (True, False))
    group = np.arange(16) // 4
    found = infomap(turning, seed=2, tries=5)[0]
    assert {*zip(found.tolist(), group.tolist(), strict=True)} == {(g, g) for g in range(4)}
    other, saving = infomap(sending, seed=2, tries=5)
    assert not np.array_equal(other, found)
    in_groups = 1 - codelength(sending, walk(sending), group) / codelength(
        sending, walk(sending), np.zeros(16, dtype=int)
    )
    assert saving > in_groups + 0.01
    undirected = [{frozenset(leg) for leg in whirls(turning=turning)} for turning in (True, False)]
    assert undirected[0] == undirected[1]


def test_modularity_merges_small_cliques_of_a_long_ring_and_the_map_equation_does_not(case):
    """Fortunato & Barthelemy 2007: above about sqrt(legs) cliques modularity is higher with neighbours merged."""
    legs = ring_of_cliques()
    graph, posterior = case(legs)
    by_flow = analysis.flow_communities(graph, posterior)
    clique = by_flow.table.index.str[:3]
    assert by_flow.table["community"].max() == 24
    assert len({*zip(clique, by_flow.table["community"], strict=True)}) == 24
    assert by_flow.table["stability"].min() > 0.95
    by_modularity = analysis.communities(graph, posterior)
    assert by_modularity.table["community"].max() < 24
    one = as_strengths(legs)
    alone = np.arange(96) // 4
    view = igraph.Graph(96, np.column_stack([one.origin, one.end]).tolist(), directed=True)
    assert leiden(one, seed=1, tries=5)[1] > view.modularity(alone.tolist()) + 0.005


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize("seed", range(2))
def test_planted_groups_are_found_whatever_the_places_are_called(case, name, seed):
    graph, posterior = case(planted(seed), draws=20, spread=0.3)
    found = analysis.ANALYSES[name](graph, posterior)
    by_group = found.table.groupby(found.table.index.str[:2])["community"].unique()
    assert sorted(one.tolist() for one in by_group) == [[1], [2], [3]]
    other_graph, other_posterior, new = renamed(graph, posterior, seed=seed)
    other = analysis.ANALYSES[name](other_graph, other_posterior)
    pd.testing.assert_frame_equal(other.table.loc[[new[one] for one in found.table.index]].reset_index(drop=True),
                                  found.table.reset_index(drop=True))  # fmt: skip
    assert other.parameters == found.parameters


@pytest.mark.parametrize("name", BOTH)
def test_what_places_are_called_changes_nothing_where_groups_are_unsure_either(case, name):
    """By place id, the random search fell out differently; taken by their flow, places draw the same numbers."""
    graph, posterior = case(planted(5, across=0.12), draws=12, spread=0.6)
    found = analysis.ANALYSES[name](graph, posterior)
    other_graph, other_posterior, new = renamed(graph, posterior, seed=9)
    other = analysis.ANALYSES[name](other_graph, other_posterior).table.loc[[new[one] for one in found.table.index]]
    assert other["community"].tolist() == found.table["community"].tolist()
    assert np.allclose(other["stability"], found.table["stability"], equal_nan=True)


def test_the_null_of_the_saving_is_rejected_about_as_often_as_it_claims():
    rejected = 0
    for seed in range(24):
        rng = np.random.default_rng(seed)
        a, b = (rng.random((16, 16)) < 0.2).nonzero()
        kept = a != b
        one = Strengths(16, a[kept], b[kept], rng.integers(1, 30, kept.sum()).astype(float))
        observed = infomap(one, seed=seed)[1]
        null = [infomap(rewired(one, seed=1000 + k), seed=k)[1] for k in range(19)]
        rejected += observed > max(null) + 1e-12
    assert rejected <= 5  # binomial(24, 0.05): more than 5 has a chance of 0.1 %


def test_a_random_network_has_no_flow_communities_though_infomap_alone_finds_some(case):
    rng = np.random.default_rng(8)
    names = [f"p{k:02d}" for k in range(40)]
    legs = {(a, b): float(rng.integers(1, 60)) for a in names for b in names if a != b and rng.random() < 0.06}
    found = analysis.flow_communities(*case(legs), seed=1)
    assert found.names == {0: NO_STRUCTURE}
    assert (found.table["community"] == 0).all()
    labels, saving = infomap(as_strengths(legs), seed=1)
    assert labels.max() > 2  # the mutant without a null reports these
    assert saving > 0.03


def test_runs_that_disagree_are_settled_without_the_resolution_limit():
    """Co-assignment of 30 cliques, neighbours found together in a third of the runs: Leiden would merge them."""
    legs = as_strengths(ring_of_cliques(30, 4))
    clique = np.arange(120) // 4
    together = replace(legs, strength=np.where(clique[legs.origin] == clique[legs.end], 1.0, 0.33))
    assert len(np.unique(settled(together, seed=1))) == 30


PROGRAM = """
import ast, sys
from conftest import build
from routegraph import analysis
found = analysis.flow_communities(*build(ast.literal_eval(sys.argv[1]), draws=10, spread=0.4))
print(found.table.to_csv(), found.parameters, found.names)
"""


def test_the_hash_seed_changes_nothing(request):
    here, legs = str(request.path.parent), repr(planted(1, size=5, across=0.08))
    said = [
        subprocess.run([sys.executable, "-c", PROGRAM, legs], env={"PYTHONHASHSEED": one, "PYTHONPATH": here},
                       capture_output=True, check=True).stdout
        for one in ("1", "77")
    ]  # fmt: skip
    assert said[0] == said[1] != b""


def carrying(case, rows):
    """Three groups, the first busiest, whose routes carry what ``rows`` say of the first group."""
    graph, posterior = case(planted(), draws=5)
    first = [k for k, path in graph.routes["path"].items() if path[0][:2] == "g1" == path[1][:2]]
    layers = pd.DataFrame([(route, *row) for route in first for row in rows], columns=list(analysis_layers()))
    country = ["THA" if one[:2] == "g1" else "MYS" for one in graph.places.index]
    places = graph.places.assign(country=country)
    return replace(graph, places=places, layers=layers), posterior


def analysis_layers():
    return ("route", "mode", "commodity", "seizures")


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([("road", "arms.firearm.pistol", 3), ("road", "arms.firearm.rifle", 3)], "(THA); road; arms.firearm"),
        ([("road", "arms.firearm.pistol", 9), ("sea", "drugs.heroin", 1)], "(THA); road; arms.firearm.pistol"),
        ([("sea", "arms.firearm", 5), ("road", "drugs.heroin", 4)], "(THA); sea, road; arms.firearm, drugs.heroin"),
        ([("unknown", "", 5), ("", "", 4)], "(THA)"),
    ],
)
@pytest.mark.parametrize("name", BOTH)
def test_a_community_is_called_by_its_places_countries_modes_and_commodities(case, name, rows, told):
    found = analysis.ANALYSES[name](*carrying(case, rows))
    assert found.names[1].endswith(told)
    first, second = found.table.query("community == 1").sort_values("leading").index[:2]
    assert found.names[1].startswith(f"{first.title()} and {second.title()} (THA)")
    assert found.names[2].endswith(" (MYS)")


def test_names_do_without_columns_that_are_not_there_and_use_those_of_routes(case):
    graph, posterior = case(planted(), draws=5)
    bare = replace(graph, places=graph.places[["seizures"]])
    found = analysis.flow_communities(bare, posterior)
    first, second = found.table.query("community == 1").sort_values("leading").index[:2]
    assert found.names[1] == f"{first} and {second}"
    told = replace(graph, routes=graph.routes.assign(modes="road; sea", commodity="arms.parts"))
    assert analysis.flow_communities(told, posterior).names[1].endswith("; road, sea; arms.parts")
