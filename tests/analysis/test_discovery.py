"""False discovery rates against published figures, simulated posteriors and the rules that only look like one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from routegraph.analysis import ANALYSES
from routegraph.analysis.discovery import FALSE_SHARE, bayes_fdr, benjamini_hochberg, excess, flags
from routegraph.errors import SettingError
from routegraph.flows.exposure import p_excess, surprise

PUBLISHED = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0,
]  # fmt: skip
"""The 15 p-values of Benjamini & Hochberg 1995, section 3.2: their procedure rejects 4 at 5 %, Bonferroni 3."""


def test_the_published_example_rejects_four():
    q = benjamini_hochberg(np.array(PUBLISHED))
    assert flags(q).tolist() == ["yes"] * 4 + ["no"] * 11
    assert q[3] == pytest.approx(0.0095 * 15 / 4)
    assert (np.array(PUBLISHED) * 15 <= 0.05).sum() == 3


def test_benjamini_hochberg_is_its_definition_whatever_the_order():
    p = np.random.default_rng(0).beta(0.4, 1, 200)
    sure = np.sort(p)
    rank = np.arange(1, len(p) + 1)
    by_hand = [min(1.0, (sure[sure >= one] * len(p) / rank[sure >= one]).min()) for one in p]
    assert benjamini_hochberg(p) == pytest.approx(by_hand)
    assert benjamini_hochberg(np.array([])).size == 0
    assert benjamini_hochberg(p[::-1])[::-1].tolist() == benjamini_hochberg(p).tolist()


def test_tests_that_were_made_and_not_listed_count():
    p = np.array([0.001, 0.2, np.nan, 0.01])
    listed = benjamini_hochberg(p, tests=10)
    assert listed == pytest.approx([0.01, 2 / 3, np.nan, 0.05], nan_ok=True)
    filled = benjamini_hochberg(np.concatenate([p[[0, 1, 3]], np.ones(7)]))
    assert listed[[0, 1, 3]] == pytest.approx(filled[:3])
    with pytest.raises(SettingError, match="tests is 2"):
        benjamini_hochberg(p, tests=2)


def test_bayes_fdr_by_hand():
    """1 - p sorted: 0, 0.1, 0.1, 0.4; means 0, 0.05, 0.2 / 3, 0.15: equal chances stand or fall together."""
    q = bayes_fdr(np.array([0.9, np.nan, 0.6, 1.0, 0.9]))
    assert q == pytest.approx([0.2 / 3, np.nan, 0.15, 0.0, 0.2 / 3], nan_ok=True)
    assert flags(q).tolist() == ["no", "", "no", "yes", "no"]
    assert bayes_fdr(np.empty(0)).tolist() == []


def calibrated(seed, *, legs=4000, real=0.2, effect=2.5):
    """Truth and its exact posterior chance: real legs have N(effect, 1), the others N(0, 1)."""
    rng = np.random.default_rng(seed)
    truth = rng.random(legs) < real
    seen = rng.normal(effect * truth)
    odds = real / (1 - real) * np.exp(effect * seen - effect**2 / 2)
    return truth, odds / (1 + odds)


def realised(flag, seeds=20, **world):
    """Share of flags that are false, and how many of the real legs were flagged, over simulated cases."""
    false = flagged = found = real = 0
    for seed in range(seeds):
        truth, chance = calibrated(seed, **world)
        chosen = flag(chance)
        false, flagged = false + (chosen & ~truth).sum(), flagged + chosen.sum()
        found, real = found + (chosen & truth).sum(), real + truth.sum()
    return false / max(flagged, 1), found / real


def ours(chance):
    return flags(bayes_fdr(chance)) == "yes"


def test_the_realised_false_share_of_calibrated_posteriors_is_what_was_asked_for():
    share, found = realised(ours)
    assert share == pytest.approx(FALSE_SHARE, abs=0.006)
    assert found > 0.4


def test_a_threshold_on_each_chance_is_another_rule():
    """p > 0.95 one by one spends far less than the 5 % and finds fewer."""
    share, found = realised(lambda chance: chance > 1 - FALSE_SHARE)
    assert share < 0.025
    assert found < realised(ours)[1] - 0.1


def test_the_mutant_that_averages_over_all_legs_breaks_its_promise():
    """The mean of 1 - p over all legs falls below 5 % where most are real, and then it flags every one of them."""

    def over_all(chance):
        cumulated = np.cumsum(np.sort(1 - chance)) / len(chance)
        return cumulated[np.argsort(np.argsort(1 - chance))] <= FALSE_SHARE

    assert realised(over_all)[0] > 0.1
    assert realised(ours)[0] < 0.06


def test_where_nothing_is_real_little_is_flagged():
    assert sum(ours(calibrated(seed, real=0.001)[1]).sum() for seed in range(10)) <= 20


def with_expected(case, strengths, expected, **build):
    graph, posterior = case(strengths, **build)
    return graph, replace(posterior, expected=pd.Series(expected, index=graph.legs.index, dtype=float))


STRENGTHS = {("a", "b"): 400.0, ("a", "c"): 60.0, ("b", "c"): 90.0, ("c", "d"): 50.0}


def test_excess_is_surprise_with_its_draws_and_flags_the_leg_that_carries_too_much(case):
    graph, posterior = with_expected(case, STRENGTHS, [100, 150, 200, 150], draws=300, spread=0.2)
    found = excess(graph, posterior)
    table = found.table
    assert table["surprise_mean"].to_numpy() == pytest.approx(
        surprise(posterior.legs, posterior.expected).to_numpy(), abs=1e-5
    )
    assert table["p_excess"].to_numpy() == pytest.approx(p_excess(posterior.legs, posterior.expected).to_numpy())
    assert table["flagged"].tolist() == ["yes", "no", "no", "no"]
    assert (table["surprise_p05"] < table["surprise_mean"]).all()
    assert found.parameters["flagged"] == 1
    assert found.parameters["expected_false_share"] == table["q_value"].iloc[0] <= FALSE_SHARE


def test_where_nothing_is_expected_nothing_is_flagged_and_the_reason_is_given(case):
    graph, posterior = case(STRENGTHS)
    found = excess(graph, replace(posterior, not_estimated={"expected": "no transits"}))
    assert found.parameters["not_estimated"] == "no transits"
    assert (found.table["surprise_mean"] == 0).all()
    assert found.table["q_value"].isna().all()
    assert (found.table["flagged"] == "").all()


def test_draws_that_are_not_of_traffic_flag_nothing(case):
    graph, posterior = with_expected(case, STRENGTHS, [1, 1, 1, 1], draws=20)
    assert set(excess(graph, posterior).table["flagged"]) == {"yes"}
    found = excess(graph, replace(posterior, not_estimated={"surprise": "needs the removal estimator"}))
    assert set(found.table["flagged"]) == {""}
    assert found.parameters["not_estimated"] == "needs the removal estimator"


def test_a_leg_of_which_nothing_is_known_does_not_hold_back_the_others(case):
    graph, posterior = with_expected(case, STRENGTHS, [100, np.nan, 400, 150], draws=50, spread=0.1)
    table = excess(graph, posterior).table
    assert table["flagged"].tolist() == ["yes", "", "no", "no"]
    assert table["surprise_mean"].iloc[1] == 0


@pytest.mark.parametrize("name", ["excess"])
def test_the_smallest_networks_pass(case, name):
    for strengths in ({}, {("a", "b"): 3.0}, {("a", "b"): 0.0, ("b", "a"): 0.0}):
        graph, posterior = case(strengths, alone=["z"], draws=1)
        table = ANALYSES[name](graph, posterior).table
        assert len(table) == len(strengths)
        assert table.filter(regex="_mean$").notna().all(axis=None)
