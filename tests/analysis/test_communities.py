"""Communities: planted ones are found, absent ones are not invented, and chance is ours alone."""

from __future__ import annotations

import random
from dataclasses import replace

import igraph
import numpy as np
import pytest
from tests.analysis.groups_by_hand import planted

from routegraph import analysis
from routegraph.analysis.communities import NO_STRUCTURE
from routegraph.analysis.leiden import Strengths, leiden, rewired


def as_strengths(legs):
    ids = sorted({p for leg in legs for p in leg})
    ends = np.array([[ids.index(a), ids.index(b)] for a, b in sorted(legs)])
    return Strengths(len(ids), ends[:, 0], ends[:, 1], np.array([legs[leg] for leg in sorted(legs)]))


def test_planted_groups_are_found_largest_flow_first_with_high_stability(case):
    graph, posterior = case(planted(), draws=20, spread=0.3)
    found = analysis.communities(graph, posterior, seed=3)
    by_group = found.table.groupby(found.table.index.str[:2])["community"].unique()
    assert [len(one) for one in by_group] == [1, 1, 1]
    assert by_group["g1"][0] == 1
    assert found.table["stability"].min() > 0.8
    assert found.parameters["p_value"] <= 0.05
    assert sorted(found.names) == [1, 2, 3]
    busiest = found.table.query("community == 1").sort_values("leading").index[:2].str.title()
    assert found.names[1] == " and ".join(busiest)


def test_a_random_network_has_no_community_structure(case):
    rng = np.random.default_rng(8)
    names = [f"p{k:02d}" for k in range(24)]
    legs = {(a, b): float(rng.integers(1, 60)) for a in names for b in names if a != b and rng.random() < 0.2}
    found = analysis.communities(*case(legs), seed=1)
    assert (found.table["community"] == 0).all()
    assert found.table["stability"].isna().all()
    assert found.names == {0: NO_STRUCTURE}


def test_the_null_is_rejected_about_as_often_as_it_claims():
    rejected = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        a, b = (rng.random((16, 16)) < 0.2).nonzero()
        kept = a != b
        one = Strengths(16, a[kept], b[kept], rng.integers(1, 30, kept.sum()).astype(float))
        observed = leiden(one, seed=seed, tries=2)[1]
        null = [leiden(rewired(one, seed=1000 + k), seed=k, tries=2)[1] for k in range(19)]
        rejected += observed > max(null)
    assert rejected <= 4  # binomial(20, 0.05): more than 4 has a chance of 0.3 %


def test_quality_is_the_directed_modularity_and_igraph_alone_is_not():
    one = as_strengths(planted(2))
    view = igraph.Graph(one.places, list(zip(one.origin.tolist(), one.end.tolist(), strict=True)), directed=True)
    membership, quality = leiden(one, seed=0)
    by_hand = 0.0
    m, out = one.strength.sum(), np.bincount(one.origin, one.strength, one.places)
    into = np.bincount(one.end, one.strength, one.places)
    by_hand = sum(
        s for a, b, s in zip(one.origin, one.end, one.strength, strict=True) if membership[a] == membership[b]
    )
    by_hand -= sum(
        out[i] * into[j] / m for i in range(one.places) for j in range(one.places) if membership[i] == membership[j]
    )
    assert quality == pytest.approx(by_hand / m)
    alone = view.community_leiden(objective_function="modularity", weights=one.strength.tolist())
    directed = view.modularity(alone.membership, weights=one.strength.tolist(), directed=True)
    assert alone.quality != pytest.approx(directed, abs=1e-6)


def test_the_null_keeps_degrees_and_strength_out_and_has_no_loops():
    one = as_strengths(planted(4))
    other = rewired(one, seed=5)
    for ends in ("origin", "end"):
        assert (np.bincount(getattr(one, ends), minlength=24) == np.bincount(getattr(other, ends), minlength=24)).all()
    assert np.allclose(np.bincount(one.origin, one.strength), np.bincount(other.origin, other.strength))
    assert (other.origin != other.end).all()
    assert len({*zip(other.origin.tolist(), other.end.tolist(), strict=True)}) == len(one.origin)
    assert not np.array_equal(one.end, other.end)


def test_row_order_and_global_random_state_change_nothing_and_are_not_changed(case):
    graph, posterior = case(planted(1, across=0.06), draws=10, spread=0.4)
    random.seed(11)
    before = random.getstate()
    one = analysis.communities(graph, posterior, seed=2)
    assert random.getstate() == before
    random.seed(99)
    rows, legs = (
        np.random.default_rng(0).permutation(len(graph.places)),
        np.random.default_rng(1).permutation(len(graph.legs)),
    )
    shuffled = replace(
        graph, places=graph.places.iloc[rows], legs=graph.legs.iloc[legs], routes=graph.routes.iloc[legs]
    )
    draws = replace(
        posterior, legs=posterior.legs[:, legs], routes=posterior.routes[:, legs], places=posterior.places[:, rows]
    )
    two = analysis.communities(shuffled, draws, seed=2)
    assert two.table.loc[one.table.index].equals(one.table)
    assert (two.names, two.parameters) == (one.names, one.parameters)


def test_igraph_draws_from_random_again_afterwards(case):
    analysis.communities(*case(planted()), seed=1)
    random.seed(5)
    first = igraph.Graph.Erdos_Renyi(30, 0.2).get_edgelist()
    random.seed(5)
    assert igraph.Graph.Erdos_Renyi(30, 0.2).get_edgelist() == first


def test_places_without_flow_belong_to_no_community(case):
    found = analysis.communities(*case(planted(), alone=["zz"]), seed=1)
    assert found.table.loc["zz", "community"] == 0
    assert found.names[0] == "no community"


def test_places_that_no_leg_joins_change_neither_communities_nor_their_stability(case):
    """Ports that only transits name once drew other random numbers, and moved the stability of every place."""
    few = analysis.communities(*case(planted(), spread=0.5, draws=60), seed=1)
    ports = [f"{k:03d}-port" for k in range(40)] + [f"zz{k:03d}" for k in range(40)]
    many = analysis.communities(*case(planted(), spread=0.5, draws=60, alone=ports), seed=1)
    assert few.table["community"].max() > 1
    assert many.table.loc[few.table.index].equals(few.table)
    assert (many.table.loc[ports, "community"] == 0).all()
    assert many.parameters == few.parameters
