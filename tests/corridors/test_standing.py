"""How firmly corridors stand: parts are linear, every trial is pooled, one source can carry one, order is nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from routegraph.analysis.summary import rank_interval, tiers
from routegraph.corridors import corridor_id, find_corridors, reasons, score
from routegraph.corridors.making import gravest
from routegraph.corridors.parts import Parts
from routegraph.corridors.score import WEIGHTS
from routegraph.corridors.standing import DRAWS, MOST_SOURCES, MOVE, standing

PATHS = [(f"A{k:02d}-1", f"B{k:02d}-1", f"C{k:02d}-1") for k in range(12)]


def parts_of(events, *, draws=400, seed=0, **fixed):
    """Parts of as many chains as there are events; flow is gamma(events + 0.5), as counts have it."""
    events = np.array(events, dtype=np.float64)
    flow = np.random.default_rng(seed).gamma(events + 0.5, 1.0, (draws, len(events)))
    return Parts(flow, events, {name: np.array(values, dtype=np.float64) for name, values in fixed.items()}, {})


def by_mean(parts):
    return np.argsort(-parts.scores(WEIGHTS).mean(axis=0), kind="stable")


def stood(parts, sole=None):
    return standing(parts, sole or [{}] * parts.flow.shape[1], order=by_mean(parts))


# --- parts -----------------------------------------------------------------------------------------------------------


def test_the_mean_of_the_scores_is_the_score_of_the_means():
    rng = np.random.default_rng(1)
    chokepoint = np.where(rng.random(9) < 0.3, np.nan, rng.random(9))
    parts = parts_of(rng.integers(1, 60, 9), reach=rng.random(9), chokepoint=chokepoint)
    excess = rng.random(parts.flow.shape)
    excess[:, [2, 5]] = np.nan
    parts = replace(parts, drawn={"p_excess": excess})
    mean = parts.scores(WEIGHTS).mean(axis=0)
    assert mean == pytest.approx([score.total(parts.means(k)) for k in range(9)], abs=1e-12)
    assert "p_excess" not in parts.means(2)
    assert ("chokepoint" in parts.means(0)) == (not np.isnan(chokepoint[0]))


def test_parts_by_hand():
    parts = Parts(np.array([[4.0, 1.0], [1.0, 1.0]]), np.array([20.0, 0.0]), {"reach": np.array([0.5, np.nan])}, {})
    assert parts.means(0) == pytest.approx({"volume": 0.75, "size": 1.0, "evidence": 0.5, "reach": 0.5})
    assert parts.means(1) == pytest.approx({"volume": 0.25, "size": 0.75, "evidence": 0.0})


def test_without_takes_the_share_of_the_flow_that_its_events_are():
    parts = parts_of([10, 20, 0])
    less = parts.without([5, 99, 3])
    assert less.events.tolist() == [5, 0, 0]
    assert np.array_equal(less.flow, parts.flow * [0.5, 0.0, 1.0])  # no events, no share of them to lose
    assert parts.events.tolist() == [10, 20, 0]


@pytest.mark.parametrize(("draws", "most", "kept"), [(10, 5, [0, 2, 4, 6, 8]), (7, 3, [0, 2, 4]), (3, 9, [0, 1, 2])])
def test_thinned_keeps_evenly_spaced_draws_of_everything(draws, most, kept):
    parts = parts_of([3, 4], draws=draws)
    parts = replace(parts, drawn={"p_excess": np.arange(2.0 * draws).reshape(draws, 2)})
    few = parts.thinned(most)
    assert np.array_equal(few.flow, parts.flow[kept])
    assert np.array_equal(few.drawn["p_excess"], parts.drawn["p_excess"][kept])


# --- standing --------------------------------------------------------------------------------------------------------


def test_rank_intervals_hold_the_rank_and_every_weight_is_moved_both_ways():
    rng = np.random.default_rng(2)
    parts = parts_of(rng.integers(1, 80, 30), reach=rng.random(30), observed=rng.random(30))
    found = stood(parts)
    rank = np.empty(30, dtype=int)
    rank[by_mean(parts)] = np.arange(1, 31)
    assert (found.low <= rank).all()
    assert (rank <= found.high).all()
    assert list(found.by_weight) == ["volume", "size", "observed", "evidence", "reach"]
    for name, ends in found.by_weight.items():
        for factor, ranks in zip((1 - MOVE, 1 + MOVE), ends, strict=True):
            mean = parts.scores({**WEIGHTS, name: WEIGHTS[name] * factor}).mean(axis=0)
            assert ranks.tolist() == [1 + int((mean > one + 1e-9).sum()) for one in mean]


def test_equals_share_a_tier_and_what_is_far_apart_does_not():
    alike = stood(parts_of([50] * 6))
    assert alike.tier.tolist() == [1] * 6
    apart = stood(parts_of([400, 400, 40, 40, 2]))
    assert apart.tier.tolist() == [1, 1, 2, 2, 3]


def test_tiers_take_the_spread_into_account_and_not_mean_scores_alone():
    """The mutant that asks the means gives every one of six alike corridors a tier of its own."""
    parts = parts_of([50, 51, 49, 52, 48, 50])
    mutant = tiers(parts.scores(WEIGHTS).mean(axis=0, keepdims=True))
    assert len(set(mutant.tolist())) == 6
    assert set(stood(parts).tier.tolist()) == {1}


def test_ranks_and_tiers_are_of_all_trials_and_not_of_flow_alone():
    """Flow tells A from B in every draw; without one source A is gone. The mutant that leaves trials out: rank 1."""
    parts = parts_of([300, 100, 90, 5, 4, 3])
    sole = [{"one": 300.0}, {}, {}, {}, {}, {}]
    flow_only = rank_interval(parts.thinned(DRAWS).scores(WEIGHTS))
    assert flow_only.loc[0, "rank_p95"] == 1
    pooled = stood(parts, sole)
    assert pooled.without["one"][0] == 6
    assert (pooled.held[0], pooled.high[0]) == (1, 6)  # one of the eight trials
    assert stood(parts).high[0] == 1


def test_sources_with_most_events_are_left_out_one_at_a_time():
    sole = [{f"s{k:02d}": float(k + 1) for k in range(30)}, {"s00": 50.0}]
    found = stood(parts_of([465, 50]), sole)
    assert list(found.without) == ["s00", *[f"s{k:02d}" for k in range(29, 30 - MOST_SOURCES, -1)]]
    assert found.without["s00"].tolist() == [1, 2]


def test_one_chain_and_one_draw_stand_at_rank_one():
    found = stood(parts_of([3], draws=1))
    assert (found.low.tolist(), found.high.tolist(), found.tier.tolist()) == ([1], [1], [1])


def test_the_order_of_draws_changes_nothing_that_is_told():
    parts = parts_of([30, 20, 25, 3], draws=DRAWS)
    turned = replace(parts, flow=parts.flow[::-1])
    one, other = stood(parts), stood(turned)
    assert one.low.tolist() == other.low.tolist()
    assert one.high.tolist() == other.high.tolist()
    assert one.tier.tolist() == other.tier.tolist()


# --- through find_corridors ------------------------------------------------------------------------------------------


def busy(route):
    """Twelve chains, the first resting on one source alone; the rest have two each."""
    first = [route(PATHS[0], 60, source="alone one")]
    rest = [route(path, 12 + k, source=source) for k, path in enumerate(PATHS[1:]) for source in ("a", "b")]
    return first + rest


def test_a_corridor_falls_without_the_one_source_that_it_rests_on(case, route):
    found = {one.path: one for one in find_corridors(*case(busy(route), draws=300))}
    first = found[PATHS[0]]
    assert (first.rank, first.verdict) == (1, "single_source")
    assert first.without == {"alone one": 12}
    assert "alone one, and nobody else reports the routes of 60 events" in " / ".join(first.reasons)
    assert all(not one.without and one.verdict == "" for path, one in found.items() if path != PATHS[0])


LONG = tuple(f"{letter * 3}-1" for letter in "KLMNOP")


def leaning(route):
    """A corridor of 140 events, 80 of them by one source, above five others of 80 by two sources."""
    own = [route(LONG, 80, source="most"), route(LONG[:5], 30, source="c"), route(LONG[1:], 30, source="d")]
    return own + [route(path, 40, source=source) for path in PATHS[:5] for source in ("a", "b")]


def test_a_corridor_that_falls_off_the_list_without_one_source_rests_on_it(case, route):
    """It keeps 60 of 140 events, so that shares alone would not say it; of a longer list it does not fall."""
    graph, posterior = case(leaning(route), draws=300)
    (short,) = find_corridors(graph, posterior, limit=1)
    assert (short.path, short.without["most"], short.verdict) == (LONG, 6, "single_source")
    assert find_corridors(graph, posterior)[0].verdict == ""


def test_the_verdict_does_not_hang_on_how_many_trials_there_are(case, route):
    """The mutant that asks the interval of all trials is blind where one source is more than 5 % of few trials."""
    graph, posterior = case(leaning(route), draws=300)
    (short,) = find_corridors(graph, posterior, limit=1)
    assert short.rank_p95 > 1
    assert short.verdict == "single_source"


def test_the_rank_is_within_its_interval_and_tiers_rise(case, route):
    found = find_corridors(*case(busy(route), draws=300))
    assert [one.rank for one in found] == list(range(1, 13))
    assert all(one.rank_p05 <= one.rank <= one.rank_p95 for one in found)
    numbers = [int(one.tier) for one in found]
    assert numbers == sorted(numbers)
    assert numbers[0] == 1


def test_reasons_say_how_many_sources_were_left_out_and_not_that_each_was(case, route):
    routes = [route(path, 9, source=f"s{k:02d}") for k, path in enumerate(PATHS * 2)]
    many = [route((f"X{k:02d}-1", f"Y{k:02d}-1", f"Z{k:02d}-1"), 9, source=f"t{k:02d}") for k in range(20)]
    one = find_corridors(*case([*routes, *many]))[0]
    (said,) = (reason for reason in one.reasons if "trials" in reason)
    assert "what 20 sources alone report left out in turn" in said
    # one source alone: leaving it out would leave nothing, and asks nothing
    one = find_corridors(*case([route(PATHS[0], 9, source="a"), route(PATHS[1], 9, source="a")]))[0]
    (said,) = (reason for reason in one.reasons if "trials" in reason)
    assert "left out" not in said
    assert one.without == {}


def test_new_names_and_another_order_of_rows_leave_ranks_and_tiers_alone(case, route):
    """Names that keep the order of the alphabet turned round: the same draws, the same corridors by other names."""
    graph, posterior = case(busy(route))
    first = find_corridors(graph, posterior)
    ids = graph.places.index.tolist()
    new = {old: f"{chr(90 - k // 26)}{chr(90 - k % 26)}Q-{k}" for k, old in enumerate(ids)}
    legs = graph.legs.set_axis(graph.legs.index.map(lambda leg: (new[leg[0]], new[leg[1]])), axis=0)
    routes = graph.routes.assign(
        path=[tuple(new[place] for place in path) for path in graph.routes["path"]],
        seized_at=graph.routes["seized_at"].map(new),
    )
    order = np.random.default_rng(1).permutation(len(routes))
    renamed = replace(
        graph, legs=legs.rename_axis(["origin", "destination"]), routes=routes.iloc[order],
        places=graph.places.rename(index=new), evidence=graph.evidence.iloc[::-1],
    )  # fmt: skip
    drawn = replace(
        posterior, routes=posterior.routes[:, order], expected=posterior.expected.set_axis(renamed.legs.index)
    )
    found = find_corridors(renamed, drawn)
    back = {fresh: old for old, fresh in new.items()}
    told = [
        (tuple(back[place] for place in one.path), one.rank, one.tier, one.rank_p05, one.rank_p95, one.score,
         one.by_weight, one.without)
        for one in found
    ]  # fmt: skip
    assert told == [
        (one.path, one.rank, one.tier, one.rank_p05, one.rank_p95, one.score, one.by_weight, one.without)
        for one in first
    ]
    assert all(one.corridor_id == corridor_id(one.path) for one in found)


def test_levels_that_are_not_told_are_in_no_reason(case, route):
    graph, posterior = case(busy(route))
    told = replace(posterior, estimator="removal", detection_corrected=True)
    text = " / ".join(find_corridors(graph, told)[0].reasons)
    assert "consignments (90 % interval" in text
    untold = find_corridors(graph, replace(told, levels_told=False))[0]
    text = " / ".join(untold.reasons)
    assert "consignments (90 % interval" not in text
    assert f"{untold.flow_mean:.0f} consignments" not in text
    assert "the 2 with most estimated flow of the 12 corridors flagged: chance" in text
    assert "of all estimated flow it is" in text


def test_reasons_hold_no_separator_of_reasons_whatever_places_are_called(case, route):
    graph, posterior = case(busy(route))
    named = replace(graph, places=graph.places.assign(name="Port; its score is 1; supported"))
    for one in find_corridors(named, posterior):
        assert not any("; " in said for said in one.reasons)


def test_a_limit_of_none_gives_none(case, route):
    assert find_corridors(*case(busy(route)), limit=0) == ()


# --- severity of what routes carry -----------------------------------------------------------------------------------


def test_a_mixture_is_as_grave_as_its_gravest_part(case, route):
    """The mutant that asks what pistols and mines have in common (arms) finds it less grave than either."""
    import pandas as pd

    graph, posterior = case([route(PATHS[0], 9), route(PATHS[1], 9)])
    rows = [(0, "road", "arms.firearm.pistol", 8), (0, "road", "arms.ammunition.mine", 1), (1, "road", "food", 9)]
    layers = pd.DataFrame(rows, columns=["route", "mode", "commodity", "seizures"])
    mixed = replace(graph, layers=layers, routes=graph.routes.assign(commodity=["arms", ""]))
    assert gravest(mixed)[0] == 0.9
    assert np.isnan(gravest(mixed)[1])
    assert gravest(graph).tolist() == [0.7, 0.7]  # no layers: what the route itself says
    found = {one.path: one for one in find_corridors(mixed, posterior)}
    assert found[PATHS[0]].parts["severity"] == 0.9
    assert "severity" not in found[PATHS[1]].parts
    turned = replace(mixed, routes=mixed.routes.iloc[::-1])
    assert gravest(turned)[1] == 0.9


def test_a_reason_says_an_estimate_with_two_digits_and_a_count_as_it_is():
    row = {"flow_mean": 2633.3, "flow_p05": 1005.8, "flow_p95": 6070.0, "p_top": 0.5}
    estimate = reasons.flow(row, corrected=True, top=5, corridors=50)
    assert estimate.startswith("estimated flow 2,600 consignments (90 % interval 1,000 to 6,100), ")
    counted = reasons.flow(row, corrected=False, top=5, corridors=50)
    assert "2,633 seizure events (90 % interval 1,006 to 6,070)" in counted
