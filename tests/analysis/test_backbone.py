"""Backbones against their simulated nulls, and the copied formulas that fail there."""

from __future__ import annotations

import numpy as np
import pytest

from routegraph.analysis.backbone import disparity, noise_corrected, spread_p
from routegraph.analysis.lift import beta_prior, lift, signed_root, tail
from routegraph.errors import SettingError

# --- disparity --------------------------------------------------------------------------------------------------------


def hub(weights):
    """One origin that sends these flows to as many places."""
    return np.zeros(len(weights), dtype=int), np.arange(len(weights)), np.asarray(weights, dtype=float)


def inverted(share, legs):
    """A widely used package: the integral is lost, the ranking is upside down."""
    return 1 - (legs - 1) * (1 - share) ** (legs - 2)


@pytest.mark.parametrize(("legs", "share"), [(2, 0.9), (5, 0.6), (5, 3 / 7), (12, 0.3)])
def test_the_p_value_is_the_chance_under_a_random_division(legs, share):
    simulated = np.random.default_rng(0).dirichlet(np.ones(legs), 200_000)[:, 0]
    chance = (simulated >= share).mean()
    rest = [(1 - share) / (legs - 1)] * (legs - 1)
    assert spread_p(*hub([share, *rest]))[0] == pytest.approx(chance, abs=0.004)
    assert inverted(share, legs) != pytest.approx(chance, abs=0.05)


def test_it_falls_as_the_leg_grows_and_the_inverted_mutant_calls_every_leg_of_two_significant():
    p = spread_p(*hub([60.0, 25, 10, 5]))
    assert (np.diff(p) > 0).all()
    assert inverted(np.array([0.99, 0.5, 0.01]), 2).tolist() == [0.0, 0.0, 0.0]
    assert spread_p(*hub([99.0, 1.0])) == pytest.approx([0.01, 0.99])


def test_a_single_leg_says_nothing():
    assert spread_p(*hub([1000.0])).tolist() == [1.0]
    chain = np.array([0, 1, 2]), np.array([1, 2, 3]), np.array([5.0, 50.0, 500.0])
    assert spread_p(*chain).tolist() == [1.0, 1.0, 1.0]


def test_a_leg_without_flow_is_absent():
    assert spread_p(*hub([8.0, 2.0, 0.0])) == pytest.approx([0.2, 0.8, 1.0])


def both_sides(seed, places=8, trials=400):
    """Legs between all places whose weights have no preference on either side."""
    rng = np.random.default_rng(seed)
    origin, end = (one.ravel() for one in np.indices((places, places)))
    return origin, end, rng.exponential(size=(trials, places * places))


def test_the_smaller_side_is_doubled_or_twice_the_level_would_pass():
    origin, end, draws = both_sides(1)
    p = np.array([spread_p(origin, end, flow) for flow in draws])
    assert 0.04 < (p <= 0.05).mean() <= 0.05
    assert (p <= 0.01).mean() <= 0.0105
    assert (p / 2 <= 0.05).mean() > 0.07  # the mutant: the better of two looks, undoubled


def test_one_side_that_speaks_is_not_doubled():
    weights = np.random.default_rng(2).exponential(size=(4000, 5))
    p = np.concatenate([spread_p(*hub(flow)) for flow in weights])
    assert np.quantile(p, [0.05, 0.5, 0.95]) == pytest.approx([0.05, 0.5, 0.95], abs=0.012)


NAMES = [f"p{k:02d}" for k in range(10)]


def even(rng, total=1.0):
    return {(a, b): total * float(rng.exponential()) for a in NAMES for b in NAMES if a != b}


def test_kept_legs_are_few_under_the_null_and_a_planted_one_is_found_whatever_the_spread_of_draws(case):
    false, found = 0, 0
    for seed in range(30):
        strengths = even(np.random.default_rng(seed), 100.0)
        table = disparity(*case(strengths, draws=25, spread=0.3, seed=seed)).table
        false += (table["kept"] == "yes").any()
        assert (table["p_value"] <= 0.05).mean() <= 0.1
        strengths["p03", "p07"] = 20 * 100.0 * 9
        found += disparity(*case(strengths, draws=25, spread=0.3, seed=seed)).table.loc[("p03", "p07"), "kept"] == "yes"
    assert false <= 4  # 5 % of 30 cases, and chance
    assert found == 30


def test_score_is_one_minus_p_in_every_draw(case):
    table = disparity(*case({("a", "b"): 9.0, ("a", "c"): 1.0, ("d", "e"): 1.0})).table
    assert table["disparity_mean"].tolist() == pytest.approx([0.9, 0.1, 0.0])
    assert table["p_value"].tolist() == pytest.approx([0.1, 0.9, 1.0])
    assert set(table["kept"]) == {"no"}


def test_scale_changes_no_disparity(case):
    strengths = even(np.random.default_rng(3))
    one, other = (disparity(*case({leg: k * s for leg, s in strengths.items()})).table for k in (1, 64))
    assert np.allclose(one.drop(columns="kept"), other.drop(columns="kept"))


# --- noise corrected --------------------------------------------------------------------------------------------------


def copied_prior(m, v):
    """As it is copied from place to place: (1 - m^2) where the second moment wants (1 - m)^2."""
    return m**2 / v * (1 - m) - m, m / v * (1 - m**2) - (1 - m)


def moments(alpha, beta):
    whole = alpha + beta
    return alpha / whole, alpha * beta / (whole**2 * (whole + 1))


def test_the_prior_has_the_moments_it_was_made_of_and_the_copied_one_has_not():
    m, v = np.array([0.001, 0.05, 0.3]), np.array([1e-6, 1e-3, 0.01])
    assert np.allclose(moments(*beta_prior(m, v)), (m, v))
    assert abs(moments(*copied_prior(m, v))[0][2] / 0.3 - 1) > 0.25


def margins(table):
    sent, received = np.broadcast_arrays(table.sum(1, keepdims=True), table.sum(0, keepdims=True))
    return sent.ravel(), received.ravel(), float(table.sum())


def tables_of_the_null(trials, *, places, each, seed=0):
    """Counts between places that all send and receive alike, with nothing between any two but chance."""
    return np.random.default_rng(seed).poisson(each, (trials, places, places)).astype(float)


def test_the_prior_variance_is_that_of_the_null_with_these_margins():
    rng, sent, received, total = np.random.default_rng(1), 30, 40, 120
    drawn = rng.hypergeometric(received, total - received, sent, 200_000) / total
    m = sent * received / total**2
    v = m * (1 - sent / total) * (1 - received / total) / (total - 1)
    assert drawn.mean() == pytest.approx(m, rel=0.01)
    assert drawn.var() == pytest.approx(v, rel=0.02)


def test_the_score_is_zero_where_the_sizes_explain_the_leg_and_its_sd_is_by_hand():
    table = np.outer([10.0, 20, 30], [2.0, 3, 5]) / 10 * 2
    score, sd = lift(table.ravel(), *margins(table))
    assert score == pytest.approx(np.zeros(9), abs=1e-12)
    # P = m at the null, so Var n = n.. m (1 - m); slope of L~ there is (1 / e)(1 - n_i. / n..)(1 - n_.j / n..) / 2
    share = np.outer([1 / 6, 2 / 6, 3 / 6], [0.2, 0.3, 0.5]).ravel()
    e, left = 120 * share, np.outer([5 / 6, 4 / 6, 3 / 6], [0.8, 0.7, 0.5]).ravel()
    assert sd == pytest.approx(np.sqrt(e * (1 - share)) * left / e / 2)


def test_the_sd_is_the_spread_of_the_score_where_no_place_is_large():
    """At 100 consignments a pair and 30 places; the copied prior moves it by nothing there, by a fifth among three."""
    tables = tables_of_the_null(60, places=30, each=100.0)
    found = [lift(one.ravel(), *margins(one)) for one in tables]
    ratio = np.concatenate([score for score, _ in found]) / np.concatenate([sd for _, sd in found])
    assert ratio.std() == pytest.approx(1.0, abs=0.08)
    assert abs(ratio.mean()) < 0.05


def test_p_values_hold_their_level_where_counting_one_more_does_not():
    """Mutants: P(N > n) as copied code has it, and the normal tail of the paper's L~ / sd."""
    from scipy.stats import norm

    for each in (0.5, 5.0):
        p, above, ratio = [], [], []
        for one in tables_of_the_null(40, places=30, each=each):
            n = one.ravel()
            p.append(tail(n, *margins(one)))
            above.append(np.where(n < one.sum(), tail(n + 1, *margins(one)), 0.0))
            score, sd = lift(n, *margins(one))
            ratio.append(norm.sf(score / sd))
        p, above, ratio = (np.concatenate(x) for x in (p, above, ratio))
        for level in (0.05, 0.01, 0.001):
            assert (p <= level).mean() <= 1.15 * level
        assert (above <= 0.05).mean() > 0.06
        assert (ratio <= 0.001).mean() > 0.01
    assert (p <= 0.05).mean() > 0.02  # not by never rejecting


def test_the_tail_is_the_binomial_s_and_goes_on_between_whole_counts():
    from scipy.stats import binom

    n, sent, received = np.array([0.0, 1, 7, 30]), np.full(4, 30.0), np.full(4, 40.0)
    assert tail(n, sent, received, 120.0) == pytest.approx(binom.sf(n - 1, 120, 1 / 12))
    between = tail(np.linspace(1, 9, 33), np.full(33, 30.0), np.full(33, 40.0), 120.0)
    assert (np.diff(between) < 0).all()


def test_the_score_is_normal_under_the_null_and_orders_as_the_tail_does():
    z, p = [], []
    for one in tables_of_the_null(40, places=30, each=20.0, seed=3):
        z.append(signed_root(one.ravel(), *margins(one)))
        p.append(tail(one.ravel(), *margins(one)))
    z, p = np.concatenate(z), np.concatenate(p)
    assert z.std() == pytest.approx(1.0, abs=0.06)
    assert (z > 1.645).mean() == pytest.approx(0.05, abs=0.012)
    from scipy.stats import spearmanr

    assert spearmanr(z, p).statistic < -0.999


def test_the_ratio_of_the_paper_would_put_next_to_nothing_first():
    """Why the score is not L~ / sd: a leg that is nearly all its origin sends has no sd left, whatever it carries."""
    flow = np.array([0.9, 300.0, 900.0, 1000.0])
    sent, received = np.array([0.9, 1200.0, 1200.0, 1000.0]), np.array([300.9, 300.9, 900.0, 1000.0])
    score, sd = lift(flow, sent, received, float(flow.sum()))
    assert (score / sd).argmax() == 0
    assert (score / sd)[0] > 20
    assert signed_root(flow, sent, received, float(flow.sum()))[0] < 2


def counted(rng, each=3.0, planted=0.0):
    strengths = {(a, b): float(rng.poisson(each)) for a in NAMES for b in NAMES if a != b}
    strengths["p03", "p07"] += planted
    return strengths


def test_few_are_kept_under_the_null_and_a_planted_leg_is(case):
    false = found = 0
    for seed in range(30):
        rng = np.random.default_rng(seed)
        false += (noise_corrected(*case(counted(rng), draws=10)).table["kept"] == "yes").any()
        found += noise_corrected(*case(counted(rng, planted=25), draws=10)).table.loc[("p03", "p07"), "kept"] == "yes"
    assert false <= 4
    assert found == 30


def test_pairs_that_nobody_listed_are_tests_too(case):
    """Twenty places, ten pairs with one consignment each: the chance of one is small, and there were 90 chances."""
    graph, posterior = case({(f"a{k}", f"b{k}"): 1.0 for k in range(10)})
    found = noise_corrected(graph, posterior)
    assert found.parameters["tests"] == 100
    assert found.table["p_value"].iloc[0] == pytest.approx(1 - 0.99**10)
    assert set(found.table["kept"]) == {"no"}


def test_lift_is_that_of_the_mean_flow_and_both_ends_count(case):
    strengths = {("a", "x"): 90.0, ("a", "y"): 10.0, ("b", "x"): 10.0, ("b", "y"): 90.0}
    table = noise_corrected(*case(strengths)).table
    assert table["lift"].tolist() == pytest.approx([0.8 / 2.8, -0.8 / 1.2, -0.8 / 1.2, 0.8 / 2.8])
    assert table["kept"].tolist() == ["yes", "no", "no", "yes"]
    assert (table["noise_corrected_mean"] > 0).tolist() == [True, False, False, True]


# --- both -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("analysis", [disparity, noise_corrected])
def test_the_smallest_networks_pass_and_foreign_draws_do_not(case, analysis):
    for strengths in ({}, {("a", "b"): 3.0}, {("a", "b"): 0.0, ("b", "a"): 0.4}, {("a", "b"): 2.0, ("a", "c"): 1.0}):
        table = analysis(*case(strengths, alone=["z"], draws=1)).table
        assert len(table) == len(strengths)
        assert table.filter(regex="_mean$").notna().all(axis=None)
        assert set(table["kept"]) <= {"no"}
    with pytest.raises(SettingError, match="those of this graph"):
        analysis(case({("a", "b"): 1.0})[0], case({("a", "c"): 1.0, ("b", "c"): 1.0})[1])


@pytest.mark.parametrize("analysis", [disparity, noise_corrected])
def test_names_and_places_apart_change_nothing(case, analysis):
    strengths = even(np.random.default_rng(5), 20.0)
    renamed = {(f"z{99 - int(a[1:])}", f"z{99 - int(b[1:])}"): s for (a, b), s in strengths.items()}
    one = analysis(*case(strengths)).table.drop(columns="kept")
    other = analysis(*case(renamed, alone=["zz1", "zz2"])).table.drop(columns="kept")
    other = other.reindex([(f"z{99 - int(a[1:])}", f"z{99 - int(b[1:])}") for a, b in one.index])
    assert np.allclose(one, other, rtol=1e-9, equal_nan=True)
