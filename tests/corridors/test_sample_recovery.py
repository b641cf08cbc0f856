"""The sample case knows its truth: its busiest routes must be among the flagged corridors."""

from __future__ import annotations

import pandas as pd
import pytest

from routegraph.corridors import find_corridors


def in_same_order(one, other):
    """Longest common subsequence, by the textbook recursion."""
    table = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for i, a in enumerate(one):
        for k, b in enumerate(other):
            table[i + 1][k + 1] = table[i][k] + 1 if a == b else max(table[i][k + 1], table[i + 1][k])
    return table[-1][-1]


@pytest.mark.slow
def test_the_ten_busiest_true_routes_of_the_sample_are_flagged(samples):
    from routegraph.flows import estimate_counts
    from routegraph.network import build_graph
    from routegraph.places import Gazetteer
    from routegraph.records import load_profile, read_seizures

    gazetteer = Gazetteer.builtin()
    file = samples / "synthetic_seizures.csv"
    records = read_seizures((file,), profile=load_profile("routegraph"), gazetteer=gazetteer).records
    graph = build_graph(records, gazetteer=gazetteer)
    found = [one.path for one in find_corridors(graph, estimate_counts(graph, draws=100, seed=1))]
    truth = pd.read_csv(samples / "truth" / "routes.csv")
    truth["places"] = truth["path"].str.split(" > ").map(tuple)
    truth = truth[~truth["domestic"] & (truth["places"].map(len) > 2)].nlargest(20, "flow")
    flagged = [
        any(in_same_order(path, one) >= 0.75 * min(len(path), len(one)) for one in found) for path in truth["places"]
    ]
    assert all(flagged[:10])
    assert sum(flagged) >= 16
