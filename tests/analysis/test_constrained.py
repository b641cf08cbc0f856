"""The doubly constrained null: closed forms, its totals, the deterrence it was made with, and its own simulations."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from routegraph.analysis.balancing import CLOSE, STEEPEST, Support, balanced, deterrence
from routegraph.analysis.constrained import SAME, constrained_excess
from routegraph.errors import SettingError


def full(origins, ends):
    origin, end = (one.ravel() for one in np.indices((origins, ends)))
    return Support(origin, end, origins, ends)


def sparse(rng, origins=30, ends=25, legs=120):
    pairs = np.unique(rng.integers(0, [origins, ends], (legs, 2)), axis=0)
    return Support(pairs[:, 0], pairs[:, 1], origins, ends)


def made(rng, support, near):
    """A flow that is its own null: any factors at the origins and the destinations."""
    factors = rng.lognormal(0, 1, support.origins)[support.origin] * rng.lognormal(3, 1, support.ends)[support.end]
    return near * factors


def singly(support, near, like):
    """The mutant: only what origins send is kept; destinations draw by what they receive."""
    pull = near * support.received(like)[support.end]
    return pull * (support.sent(like) / np.maximum(support.sent(pull), 1e-12))[support.origin]


def off(support, flow, like):
    """Largest departure from the totals of places, in consignments."""
    sides = support.sent(flow) - support.sent(like), support.received(flow) - support.received(like)
    return max(np.abs(side).max() for side in sides)


def test_without_distance_and_with_all_pairs_it_is_the_product_of_the_totals():
    support, like = full(4, 5), np.random.default_rng(0).poisson(20, 20).astype(float)
    closed = np.outer(support.sent(like), support.received(like)).ravel() / like.sum()
    assert balanced(support, np.ones(20), like).flow == pytest.approx(closed)


@pytest.mark.parametrize("seed", range(5))
def test_totals_of_both_ends_are_kept_and_the_singly_constrained_mutant_keeps_one(seed):
    rng = np.random.default_rng(seed)
    support = sparse(rng)
    like, near = rng.lognormal(3, 1.5, len(support.origin)), rng.lognormal(0, 1, len(support.origin))
    found = balanced(support, near, like)
    assert found.converged
    assert off(support, found.flow, like) < 1e-6 * like.sum()
    mutant = singly(support, near, like)
    assert support.sent(mutant) == pytest.approx(support.sent(like))
    assert off(support, mutant, like) > 0.01 * like.sum()


@pytest.mark.parametrize("seed", range(5))
def test_a_flow_that_is_the_null_comes_back_leg_by_leg(seed):
    rng = np.random.default_rng(seed)
    support = sparse(rng)
    near = rng.lognormal(0, 1, len(support.origin))
    truth = made(rng, support, near)
    assert balanced(support, near, truth).flow == pytest.approx(truth, rel=1e-4)


def test_long_chains_of_few_legs_come_back_too_where_plain_rounds_are_far_from_it():
    """A ring of places, each joined to the next two: what makes fitting slow on sparse networks."""
    rng, k = np.random.default_rng(1), np.arange(30)
    support = Support(np.concatenate([k, k]), np.concatenate([k, (k + 1) % 30]), 30, 30)
    truth = made(rng, support, np.ones(60))
    found = balanced(support, np.ones(60), truth)
    assert found.converged
    assert found.flow == pytest.approx(truth, rel=1e-4)
    assert plain_error(support, truth, rounds=1000) > 1000 * CLOSE


def plain_error(support, like, *, rounds):
    sent, received, b = support.sent(like), support.received(like), np.ones(support.ends)
    for _ in range(rounds):
        a = sent / support.sent(b[support.end])
        b = received / support.received(a[support.origin])
    return np.abs(a * support.sent(b[support.end]) - sent).max() / sent.sum()


@pytest.mark.parametrize(("form", "coefficient"), [("power", 1.3), ("exponential", 0.8), ("power", -0.5)])
def test_the_deterrence_that_made_the_flow_is_found_with_its_form(form, coefficient):
    rng = np.random.default_rng(3)
    support, distance = full(12, 12), rng.uniform(30, 4000, 144)
    cost = np.log(distance) if form == "power" else distance
    near = np.exp(-coefficient * (cost if form == "power" else cost / 1000))
    truth = made(rng, support, near)
    held = deterrence(support, truth, distance)
    assert held.form == form
    unit = 1.0 if form == "power" else np.average(distance, weights=truth) / 1000
    assert held.coefficient == pytest.approx(coefficient * unit, rel=1e-3)
    assert held.null.flow == pytest.approx(truth, rel=1e-3)
    assert np.average(cost, weights=held.null.flow) == pytest.approx(np.average(cost, weights=truth), rel=1e-5)


def test_legs_of_unknown_length_neither_stop_the_fit_nor_count_as_near():
    rng = np.random.default_rng(4)
    support, distance = full(15, 15), rng.uniform(30, 4000, 225)
    truth = made(rng, support, distance**-1.0)
    some = np.where(rng.random(225) < 0.1, np.nan, distance)
    held = deterrence(support, truth, some)
    assert held.coefficient == pytest.approx(1.0, abs=0.15)
    assert held.near[np.isnan(some)] == pytest.approx(1.0)
    as_near = deterrence(support, truth, np.nan_to_num(some, nan=1.0))
    assert abs(as_near.coefficient - 1.0) > abs(held.coefficient - 1.0) + 0.1
    assert deterrence(support, truth, np.full(225, np.nan)).form == "none"


def test_a_flow_without_choice_tells_no_deterrence():
    chain = Support(np.arange(4), np.arange(4), 4, 4)
    held = deterrence(chain, np.array([5.0, 1, 7, 2]), np.array([10.0, 2000, 30, 500]))
    assert (held.form, held.coefficient) == ("none", 0.0)


def test_everything_to_the_nearest_stops_at_the_steepest():
    support, distance = full(2, 2), np.array([10.0, 1000, 1000, 10])
    held = deterrence(support, np.array([50.0, 0, 0, 50]), distance)
    assert abs(held.coefficient) <= STEEPEST


@pytest.mark.parametrize("seed", range(4))
def test_possible_legs_are_those_that_some_flow_of_these_totals_uses(seed):
    """Against linear programming: the most that a leg can carry while all totals stay."""
    from scipy.optimize import linprog

    rng = np.random.default_rng(seed)
    support = sparse(rng, origins=6, ends=6, legs=18)
    flow = rng.poisson(0.7, len(support.origin)).astype(float)
    keep = np.array([support.origin == k for k in range(6)] + [support.end == k for k in range(6)], dtype=float)
    most = [-linprog(-np.eye(len(flow))[leg], A_eq=keep, b_eq=keep @ flow).fun for leg in range(len(flow))]
    assert support.possible(flow).tolist() == [value > 1e-9 for value in most]
    assert not support.possible(flow).all()
    assert balanced(support, support.possible(flow).astype(float), flow).converged


def network(names="abcdefghijkl"):
    return [(a, b) for a in names for b in names if a != b]


def case_of(case, legs, flows, distance):
    """A case whose draws are these flows."""
    graph, posterior = case(dict.fromkeys(legs, 1.0), draws=1)
    position = [graph.legs.index.get_loc(leg) for leg in legs]
    wide = np.zeros((len(flows), len(legs)), dtype=np.float32)
    wide[:, position] = flows
    legs_table = graph.legs.copy()
    legs_table["distance_km"] = np.nan
    legs_table.iloc[position, legs_table.columns.get_loc("distance_km")] = distance
    places = np.zeros((len(flows), len(graph.places)), dtype=np.float32)
    return replace(graph, legs=legs_table), replace(
        posterior, legs=wide, routes=wide, places=places, detection_corrected=True
    )


def levels(seed):
    """The null itself: what each leg carries, from factors of its ends and its length."""
    rng, legs = np.random.default_rng(seed), network()
    distance = rng.uniform(50, 2000, len(legs))
    out, into = (dict(zip("abcdefghijkl", rng.lognormal(0, 0.6, 12), strict=True)) for _ in range(2))
    level = np.array([out[a] * into[b] for a, b in legs]) * distance**-0.8
    return rng, legs, level * 40 * len(legs) / level.sum(), distance


def null_world(seed, planted=1.0, scale=1.0):
    """Counts drawn from the null, and draws of the flow behind each on its own; ``planted`` multiplies one leg."""
    rng, legs, level, distance = levels(seed)
    level *= scale
    level[17] *= planted
    return legs, rng.gamma(rng.poisson(level) + 0.5, size=(120, len(legs))), distance


def test_chances_are_calibrated_on_flow_that_follows_the_null(case):
    found = [constrained_excess(*case_of(case, *null_world(seed, scale=10.0))) for seed in range(8)]
    chance = np.concatenate([one.table["p_excess_null"].to_numpy() for one in found])
    for level in (0.05, 0.2, 0.5, 0.8, 0.95):
        assert (chance <= level).mean() == pytest.approx(level, abs=0.035)
    mean = np.concatenate([one.table["constrained_excess_mean"].to_numpy() for one in found])
    assert abs(mean.mean()) < 0.05
    assert {one.parameters["deterrence"] for one in found} == {"power"}


def test_flags_keep_their_false_share_where_flow_varies_around_the_null(case):
    """Flow is gamma around the null and counted; draws are its exact posterior; true is what is above its own null."""
    false = flagged = above = 0
    for seed in range(8):
        rng, legs, level, distance = levels(seed)
        truth = rng.gamma(2.0, level / 2)
        draws = rng.gamma(rng.poisson(truth) + 2.0, 1 / (1 + 2 / level), size=(150, len(legs)))
        table = constrained_excess(*case_of(case, legs, draws, distance)).table.loc[legs]
        real = constrained_excess(*case_of(case, legs, truth[None], distance)).table.loc[legs, "p_excess_null"] == 1
        chosen = table["flagged"] == "yes"
        false, flagged, above = false + (chosen & ~real).sum(), flagged + chosen.sum(), above + real.sum()
    assert 0.02 < false / flagged < 0.075
    assert flagged > 0.6 * above


def test_a_planted_excess_is_flagged_first(case):
    for seed in range(4):
        legs, flows, distance = null_world(seed, planted=8.0)
        found = constrained_excess(*case_of(case, legs, flows, distance))
        assert found.table["constrained_excess_mean"].idxmax() == legs[17]
        assert found.table.loc[legs[17], ["flagged", "tier", "p_excess_null"]].tolist() == ["yes", 1, 1.0]
        without = constrained_excess(*case_of(case, *null_world(seed))).table["constrained_excess_mean"]
        assert without[legs[17]] < found.table.loc[legs[17], "constrained_excess_mean"] - 0.7


def test_null_flow_keeps_the_totals_of_the_mean_and_the_score_is_the_shrunk_log_ratio(case):
    legs, flows, distance = null_world(1)
    graph, posterior = case_of(case, legs, flows[:1], distance)
    table = constrained_excess(graph, posterior).table
    flow = posterior.legs[0].astype(float)
    for side in ("origin", "destination"):
        sums = [one.groupby(level=side).sum() for one in (table["null_flow"], table["null_flow"] * 0 + flow)]
        assert np.allclose(*sums, rtol=1e-6)
    ratio = np.log2((flow + 1) / (table["null_flow"] + 1))
    assert table["constrained_excess_mean"].to_numpy() == pytest.approx(ratio.to_numpy(), abs=2 * SAME)


def test_a_leg_without_choice_is_neither_above_nor_below(case):
    """b is reached from a alone and leads to c alone; d and e share out what they get."""
    legs = [("a", "b"), ("b", "c"), ("d", "f"), ("d", "g"), ("e", "f"), ("e", "g")]
    flows = np.array([[9.0, 9, 30, 10, 10, 30], [5.0, 7, 20, 10, 10, 30]])
    found = constrained_excess(*case_of(case, legs, flows, 100.0))
    assert found.table["p_excess_null"].isna().tolist() == [True, True, False, False, False, False]
    assert found.table["constrained_excess_mean"].iloc[:2].tolist() == [0, 0]
    assert found.table["flagged"].tolist() == ["", "", "yes", "no", "no", "yes"]
    assert found.parameters["legs_without_choice"] == 2


def test_a_leg_that_must_be_empty_converges_and_says_nothing(case):
    """a > d cannot carry anything: d gets no more than b sends. Plain fitting creeps towards that for ever."""
    legs = [("a", "c"), ("a", "d"), ("b", "d")]
    found = constrained_excess(*case_of(case, legs, np.array([[5.0, 0, 3]]), 100.0))
    assert found.parameters["draws_not_balanced"] == 0
    assert found.table["null_flow"].tolist() == pytest.approx([5, 0, 3])
    assert found.parameters["not_estimated"].startswith("the totals")
    support, flow = Support(np.array([0, 0, 1]), np.array([0, 1, 1]), 2, 2), np.array([5.0, 0, 3])
    assert not balanced(support, np.ones(3), flow).converged


def test_the_smallest_networks_pass_and_foreign_draws_do_not(case):
    for strengths in ({}, {("a", "b"): 3.0}, {("a", "b"): 0.0, ("b", "a"): 0.0}):
        found = constrained_excess(*case(strengths, alone=["z"], draws=1))
        assert len(found.table) == len(strengths)
        assert (found.table["constrained_excess_mean"] == 0).all()
        assert "not_estimated" in found.parameters
    with pytest.raises(SettingError, match="those of this graph"):
        constrained_excess(case({("a", "b"): 1.0})[0], case({("a", "c"): 1.0, ("b", "c"): 1.0})[1])


def test_names_change_nothing_and_scale_hardly_anything(case):
    legs, flows, distance = null_world(2)
    one = constrained_excess(*case_of(case, legs, flows, distance)).table
    renamed = [(chr(219 - ord(a)), chr(219 - ord(b))) for a, b in legs]
    other = constrained_excess(*case_of(case, renamed, flows, distance)).table.loc[renamed]
    assert np.allclose(one.loc[legs].drop(columns="flagged"), other.drop(columns="flagged"), atol=1e-6)
    ten = constrained_excess(*case_of(case, legs, 1024 * flows, distance)).table
    assert np.allclose(ten["p_excess_null"], one["p_excess_null"], atol=0.02)


def test_draws_that_are_not_of_traffic_flag_nothing(case):
    graph, posterior = case_of(case, *null_world(0, planted=8.0))
    found = constrained_excess(graph, replace(posterior, detection_corrected=False))
    assert set(found.table["flagged"]) == {""}
    assert found.table["p_excess_null"].notna().all()
    assert found.parameters["not_estimated"].startswith("flagged: needs the removal estimator")


def test_row_order_changes_no_byte(case):
    graph, posterior = case_of(case, *null_world(3))
    some, rows = np.random.default_rng(0).permutation(len(graph.legs)), np.random.default_rng(1).permutation(12)
    turned = replace(graph, places=graph.places.iloc[rows], legs=graph.legs.iloc[some])
    draws = replace(posterior, legs=posterior.legs[:, some], places=posterior.places[:, rows])
    one, other = constrained_excess(graph, posterior), constrained_excess(turned, draws)
    assert one.table.equals(other.table.reindex(one.table.index))
    assert one.parameters == other.parameters
