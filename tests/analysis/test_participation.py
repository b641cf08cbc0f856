"""Participation by hand on planted groups, its line for gateways, and what happens without groups."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from routegraph import analysis
from routegraph.analysis.participation import CONNECTOR, gateway_line


def planted(groups=4, size=6, *, within=40.0, bridge=()):
    """Groups that exchange among themselves; ``bridge`` gives what place a00 sends to the first of each group."""
    strengths = {}
    names = [[f"{'abcdefgh'[g]}{k:02d}" for k in range(size)] for g in range(groups)]
    for group in names:
        strengths |= {(a, b): within for a in group for b in group if a != b}
    for group, other in zip(names, [*names[1:], names[0]], strict=True):
        strengths[(group[1], other[1])] = 1.0
    strengths |= {("a00", group[0]): flow for group, flow in zip(names[1:], bridge, strict=False)}
    return strengths


def by_hand(strengths, place):
    """1 - sum of squared shares of flow with each group, a group being the first letter."""
    held = pd.Series({}, dtype=float)
    for (a, b), flow in strengths.items():
        if place in (a, b):
            other = (b if a == place else a)[0]
            held[other] = held.get(other, 0.0) + flow
    return 1 - ((held / held.sum()) ** 2).sum()


def test_participation_is_one_minus_the_squared_shares_over_the_groups_that_were_planted(case):
    strengths = planted(bridge=(400.0, 300.0, 200.0))
    graph, posterior = case(strengths, alone=["zz"])
    assert analysis.communities(graph, posterior).table["community"].nunique() == 5  # four and none
    scores = analysis.participation(graph, posterior)
    found = scores.table
    for place in graph.places.index.drop("zz"):
        assert found.loc[place, "participation_mean"] == pytest.approx(by_hand(strengths, place), abs=1e-6)
    assert found.index[found["gateway"] == "yes"].tolist() == ["a00"]
    assert found.loc["zz", ["participation_mean", "gateway"]].to_list() == [0, ""]
    assert scores.parameters["communities"] == 4


def test_a_mutant_that_counts_legs_and_not_flow_is_told_apart(case):
    strengths = planted(bridge=(400.0, 300.0, 200.0))
    found = analysis.participation(*case(strengths)).table["participation_mean"]
    by_legs = by_hand(dict.fromkeys(strengths, 1.0), "a00")
    assert abs(found["a00"] - by_legs) > 0.1


@pytest.mark.parametrize(("communities", "best"), [(2, 0.5), (3, 2 / 3), (4, 0.75), (9, 8 / 9)])
def test_the_line_is_sixty_per_cent_in_one_group_and_within_reach(communities, best):
    rest = np.full(communities - 1, 0.4 / (communities - 1))
    at_line = 1 - 0.6**2 - (rest**2).sum()
    assert gateway_line(communities) == pytest.approx(min(CONNECTOR, at_line))
    assert gateway_line(communities) < best
    assert CONNECTOR > 0.5  # the line of many groups, which two can never reach


def test_a_gateway_is_told_by_draws_and_its_chance_is_given(case):
    graph, posterior = case(planted(bridge=(0.0, 0.0, 0.0)), draws=10)
    busy = graph.legs.index.get_indexer([("a00", "b00"), ("a00", "c00"), ("a00", "d00")])
    posterior.legs[:7, busy] = 400
    row = analysis.participation(graph, posterior).table.loc["a00"]
    assert row["gateway_probability"] == pytest.approx(0.7)
    assert row["gateway"] == "yes"
    assert row["participation_p05"] == pytest.approx(0, abs=1e-9)


def test_without_community_structure_all_is_zero_and_the_reason_is_given(case):
    rng = np.random.default_rng(1)
    names = [f"p{k}" for k in range(8)]
    graph, posterior = case({(a, b): float(rng.integers(5, 9)) for a in names for b in names if a != b})
    scores = analysis.participation(graph, posterior)
    assert "no community structure" in str(scores.parameters["not_estimated"])
    assert (scores.table["participation_mean"] == 0).all()
    assert (scores.table["gateway"] == "").all()
    assert scores.table["gateway_probability"].isna().all()
