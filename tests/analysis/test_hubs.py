"""Hubs and authorities against networkx, closed forms and separate or equal groups."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from routegraph import analysis
from routegraph.analysis.hubs import principal


def random_strengths(seed, n=14, p=0.25):
    rng = np.random.default_rng(seed)
    names = [f"p{k:02d}" for k in range(n)]
    return {(a, b): float(rng.integers(1, 50)) for a in names for b in names if a != b and rng.random() < p}


def scores(case, strengths, **options):
    graph, posterior = case(strengths, **options)
    found = analysis.hubs(graph, posterior).table["hub_mean"], analysis.authorities(graph, posterior).table
    return found[0].to_dict(), found[1]["authority_mean"].to_dict()


@pytest.mark.parametrize("seed", range(4))
def test_both_equal_networkx_and_the_other_way_round_does_not(case, seed):
    strengths = random_strengths(seed)
    view = nx.DiGraph()
    view.add_edges_from((a, b, {"weight": s}) for (a, b), s in strengths.items())
    hubs, authorities = nx.hits(view, max_iter=1000, tol=1e-14)
    ours = scores(case, strengths, alone=["zz"])
    assert ours[0].pop("zz") == ours[1].pop("zz") == 0
    assert ours[0] == pytest.approx(hubs, abs=1e-8)
    assert ours[1] == pytest.approx(authorities, abs=1e-8)
    assert ours[0] != pytest.approx(authorities, abs=1e-2)


def test_a_star_has_one_hub_and_authorities_by_strength(case):
    hubs, authorities = scores(case, {("a", "b"): 1.0, ("a", "c"): 3.0})
    assert hubs == pytest.approx({"a": 1.0, "b": 0.0, "c": 0.0})
    assert authorities == pytest.approx({"a": 0.0, "b": 0.25, "c": 0.75})


def test_two_senders_to_two_receivers_follow_the_closed_form(case):
    # S S' = [[2, 1], [1, 1]]: its principal vector is (golden ratio, 1)
    hubs, _ = scores(case, {("a", "x"): 1.0, ("a", "y"): 1.0, ("b", "y"): 1.0})
    golden = (1 + np.sqrt(5)) / 2
    assert hubs["a"] / hubs["b"] == pytest.approx(golden)


def test_the_stronger_of_two_separate_groups_has_all_and_equals_share_as_the_iteration_does(case):
    hubs, authorities = scores(case, {("a", "b"): 5.0, ("c", "d"): 4.0})
    assert hubs == pytest.approx({"a": 1, "b": 0, "c": 0, "d": 0})
    assert authorities == pytest.approx({"a": 0, "b": 1, "c": 0, "d": 0})
    # 4 legs of strength 2 from one place and 1 leg of strength 4: both have the singular value 4
    hubs, authorities = scores(case, {("a", f"b{k}"): 2.0 for k in range(4)} | {("c", "d"): 4.0})
    iterated = np.ones(2)
    for _ in range(50):
        iterated = np.array([[16.0, 0], [0, 16.0]]) @ iterated / 16
    assert [hubs["a"], hubs["c"]] == pytest.approx(iterated / iterated.sum())
    assert authorities["d"] / authorities["b0"] == pytest.approx(2)


def test_nearly_equal_groups_are_told_apart_where_the_iteration_would_need_thousands_of_passes():
    from scipy.sparse import csr_array

    close = 1 - 1e-4
    blocks = csr_array(np.kron(np.diag([1.0, close]), np.triu(np.ones((6, 6)))))
    found = principal(blocks)
    assert found[:6].sum() == pytest.approx(1)
    iterated = np.ones(12)
    for _ in range(100):
        iterated = blocks @ (blocks.T @ iterated)
        iterated /= iterated.sum()
    assert iterated[6:].sum() > 0.4


def test_a_network_too_wide_for_one_span_is_solved_all_the_same():
    from scipy.sparse import csr_array

    rng = np.random.default_rng(2)
    n = 400  # a band: neighbouring singular values lie close together
    strength = csr_array(np.triu(np.tril(rng.uniform(0.9, 1.1, (n, n)), 3), -3))
    values, vectors = np.linalg.eigh((strength @ strength.T).toarray())
    right = np.abs(vectors[:, -1])
    assert values[-1] / values[-2] < 1.01
    assert principal(strength) == pytest.approx(right / right.sum(), abs=1e-7)


def test_scores_sum_to_one_in_each_draw_and_rescaling_changes_nothing(case):
    strengths = random_strengths(5)
    graph, posterior = case(strengths, draws=6, spread=0.7)
    posterior.legs[2] = 0
    for one in (analysis.hubs(graph, posterior), analysis.authorities(graph, posterior)):
        assert one.table[f"{one.measure}_mean"].sum() == pytest.approx(5 / 6)  # nothing moved in one of the draws
    one, other = scores(case, strengths), scores(case, {leg: 16 * s for leg, s in strengths.items()})
    assert one[0] == pytest.approx(other[0])
    assert one[1] == pytest.approx(other[1])
