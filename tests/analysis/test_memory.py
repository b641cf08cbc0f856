"""Path memory: planted memory is found, memoryless paths have none, and what only looks like it is left out."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from routegraph import analysis
from routegraph.analysis.memory import COLUMNS, _chances
from routegraph.analysis.memory_contexts import remembered
from routegraph.analysis.memory_order import chosen_order, held_out_loss, threshold
from routegraph.analysis.memoryless import Memoryless
from routegraph.analysis.named_paths import named_visits
from routegraph.flows.posterior import FlowPosterior
from routegraph.network.graph import RouteGraph


def told(paths, *, events=None, status=None):
    """One record a path; every step as ``status`` says (all travelled where None)."""
    distinct = sorted({*paths})
    rows = [
        (distinct.index(path), step, f"R{number:05d}", (status or {}).get((path, step), "travelled"),
         "travelled", 1 if events is None else events[number])
        for number, path in enumerate(paths) for step in range(len(path) - 1)
    ]  # fmt: skip
    evidence = pd.DataFrame(rows, columns=["route", "step", "record_id", "status", "part", "events"])
    legs = sorted({leg for path in paths for leg in pairwise(path)})
    ids = sorted({place for path in paths for place in path})
    places = pd.DataFrame({"name": [f"Town {one}" for one in ids]}, index=pd.Index(ids, name="place_id"))
    index = pd.MultiIndex.from_tuples(legs, names=["origin", "destination"])
    routes = pd.DataFrame({"path": distinct}).rename_axis("route")
    empty = pd.DataFrame()
    graph = RouteGraph(places, pd.DataFrame(index=index), routes, evidence.sort_values(["route", "step"]), empty, empty)
    one = {name: np.ones((2, size), dtype=np.float32)
           for name, size in (("legs", len(legs)), ("places", len(ids)), ("routes", len(distinct)))}  # fmt: skip
    return graph, FlowPosterior(
        **one, by_period=empty, expected=pd.Series(np.nan, index=index), estimator="counts", seed=1,
        detection_corrected=False,
    )  # fmt: skip


def wandering(seed, *, places=10, ways=4, records=300, memory=0.0):
    """Paths that go on by the place alone, never back, and end in a seizure whose chance differs between places.

    With ``memory``, at every third place that share takes the first way if it comes from an even place, else the rest.
    """
    rng = np.random.default_rng([7, seed])
    near = [rng.choice([j for j in range(places) if j != i], size=ways, replace=False) for i in range(places)]
    chance, caught = [rng.dirichlet(np.ones(ways)) for _ in range(places)], rng.beta(2, 4, size=places)
    paths = []
    for _ in range(records):
        path = [int(rng.integers(places))]
        while len(path) < 7:
            at = path[-1]
            going = np.where(np.isin(near[at], path), 0.0, chance[at])
            if memory and len(path) > 1 and at % 3 == 0 and min(going[0], going[1:].sum()) > 0:
                first = memory if path[-2] % 2 == 0 else 1 - memory
                going = np.r_[first, (1 - first) * going[1:] / going[1:].sum()]
            if going.sum() <= 0:
                break
            path.append(int(rng.choice(near[at], p=going / going.sum())))
            if rng.random() < caught[path[-1]]:
                break
        paths.append(tuple(f"p{one}" for one in path))
    return [path for path in paths if len(path) > 1]


def crossing(*, from_a=120, from_d=15, each=150):
    """A and D both lead to B; from A 80 % go on to C, from D 10 %, and the others to E."""
    return [(origin, "B", "C" if number < share else "E")
            for origin, share in (("A", from_a), ("D", from_d)) for number in range(each)]  # fmt: skip


def test_planted_memory_is_said_in_a_sentence_with_its_interval_and_records():
    paths = crossing()
    found = analysis.memory(*told(paths))
    assert found.parameters["order"] == 2
    assert found.parameters["tested"] == 2
    rule = found.table.set_index(["context", "next"]).loc[("A > B", "C")]
    took = [number for number, path in enumerate(paths) if path == ("A", "B", "C")]
    assert rule["memory_mean"] == pytest.approx((len(took) + 0.5) / 151)
    assert rule["memory_p05"] < 0.8 < rule["memory_p95"]
    assert rule["shorter_mean"] == pytest.approx(sum(path[2] == "C" for path in paths) / 300)
    assert rule["lift"] == pytest.approx(np.log2(rule["memory_mean"] / rule["shorter_mean"]))
    assert rule["support"] == 150
    assert rule["q_value"] < 0.001
    assert rule["record_ids"] == "; ".join([f"R{number:05d}" for number in took][:50])
    said, without = f"{100 * rule['memory_mean']:.0f} %", f"{100 * rule['shorter_mean']:.0f} %"
    assert rule["rule"].startswith(f"Arriving at Town B from Town A, {said} go on to Town C (")
    assert rule["rule"].endswith(f"knowing only that they are at Town B, one would say {without}.")
    assert tuple(found.table.columns) == COLUMNS


def test_rules_that_move_most_events_come_first():
    table = analysis.memory(*told(wandering(3, records=700, memory=0.9))).table
    moved = table["support"] * (table["memory_mean"] - table["shorter_mean"]).abs()
    assert len(table) > 2
    assert (np.diff(moved) <= 1e-6).all()


def test_memoryless_paths_give_no_rule_and_the_published_threshold_alone_does():
    """At most 5 % of memoryless worlds and of contexts may have a rule; KL > 2 / log2(1 + n) is not enough."""
    worlds = [named_visits(told(wandering(seed, places=30, ways=6, records=400))[0], longest=4) for seed in range(16)]
    with_rule = alone = contexts = rules = 0
    for visits in worlds:
        found, tested = remembered(visits, order=3, seed=(1, 55))  # even where held-out records are not asked
        rules, contexts = rules + len(found), contexts + tested
        with_rule += bool(found) and chosen_order(held_out_loss(visits)) > 1
        alone += threshold_alone(visits)
    assert with_rule <= 3  # binomial(16, 0.05): more than 3 has a chance of 1 %
    assert rules <= 0.05 * contexts
    assert alone >= 14  # the mutant: nearly every world


def threshold_alone(visits):
    """The mutant: whether KL exceeds the published threshold in any context of two places, as BuildHON+ asks."""
    level = visits.levels[1]
    for context in range(level.contexts):
        own = visits.after[level.context == context]
        ends_alike = level.shorter[level.context] == level.shorter[context]
        alike = visits.after[(level.context >= 0) & ends_alike]
        behind = visits.before[level.context == context][0, 0]
        alike = alike[alike != behind]
        share = np.bincount(own, minlength=99) / len(own)
        shorter = np.bincount(alike, minlength=99) / len(alike)
        bits = (share[share > 0] * np.log2(share[share > 0] / shorter[share > 0])).sum()
        if bits > threshold(2, np.array([len(own)]))[0]:
            return True
    return False


def test_the_threshold_is_in_bits_of_one_plus_the_support():
    assert threshold(2, np.array([0, 1, 3, 7, 1023])) == pytest.approx([np.inf, 2.0, 1.0, 2 / 3, 0.2])
    assert threshold(3, np.array([7]))[0] == 1.0
    counts = np.array([[4.0, 0.0], [0.0, 4.0]])
    without = Memoryless.of(counts, np.ones((2, 2), dtype=bool), np.array([0, 1]))
    assert without.divergence(counts) == pytest.approx([1.0, 1.0])  # one bit, not ln 2


def test_p_values_agree_with_the_g_test_where_counts_are_large():
    for seed in range(4):
        counts = np.random.default_rng(seed).multinomial([150, 200], [0.3, 0.5, 0.2]).astype(float)
        without = Memoryless.of(counts, np.ones((2, 3), dtype=bool), np.array([0, 1]))
        exact = stats.chi2_contingency(counts, lambda_="log-likelihood").pvalue
        assert without.p_values(counts, seed=(1, 55)) == pytest.approx([exact, exact], abs=0.05)


def test_p_values_are_even_where_there_is_no_memory():
    p = []
    for seed in range(200):
        rng = np.random.default_rng([8, seed])
        allowed = ~np.eye(4, dtype=bool)  # no path turns back
        chance = rng.dirichlet(np.ones(4) * 3) * allowed
        counts = rng.multinomial([30, 40, 50, 60], chance / chance.sum(axis=1, keepdims=True)).astype(float)
        held = counts.sum(axis=0) > 0
        without = Memoryless.of(counts[:, held], allowed[:, held], np.arange(4))
        p.append(without.p_values(counts[:, held], seed=(1, 55)))
    p = np.concatenate(p)
    assert (p < 0.05).mean() == pytest.approx(0.05, abs=0.03)  # the four of a table go together: two standard errors
    assert (p < 0.5).mean() == pytest.approx(0.5, abs=0.06)


def test_quasi_independence_keeps_the_totals_of_next_places_and_forbids_return():
    counts = np.array([[0.0, 5.0, 9.0], [7.0, 0.0, 4.0], [3.0, 8.0, 0.0], [6.0, 6.0, 2.0]])
    allowed = np.ones((4, 3), dtype=bool)
    allowed[[0, 1, 2], [0, 1, 2]] = False
    chance = Memoryless.of(counts, allowed, np.arange(4)).chance
    assert chance.sum(axis=1) == pytest.approx(np.ones(4))
    assert (counts.sum(axis=1) @ chance) == pytest.approx(counts.sum(axis=0), rel=1e-6)
    assert (chance[~allowed] == 0).all()
    # odds between two places are the same wherever both are open
    assert chance[0, 1] / chance[0, 2] == pytest.approx(chance[3, 1] / chance[3, 2])


def test_not_turning_back_is_no_memory():
    """Traffic both ways along one line: who comes from the west goes east. The plain comparison calls that memory."""
    rng = np.random.default_rng(4)
    paths = [("W", "M", "E") if rng.random() < 0.5 else ("E", "M", "W") for _ in range(200)]
    paths += [(one, "M", "E" if rng.random() < 0.5 else "W") for one in ("N", "S") for _ in range(60)]
    graph, posterior = told(paths)
    assert analysis.memory(graph, posterior).table.empty
    assert threshold(2, np.array([100]))[0] < np.log2(2)  # KL of all east against half is 1 bit


def test_inferred_steps_are_no_evidence():
    paths = crossing()
    inferred = {(path, 1): "inferred" for path in paths}
    found = analysis.memory(*told(paths, status=inferred))
    assert found.table.empty
    assert "0 steps follow" in found.parameters["not_estimated"]
    intended = {(path, 1): "intended" for path in paths}
    assert len(analysis.memory(*told(paths, status=intended)).table)


def test_a_step_that_is_not_named_cuts_the_path_in_two():
    graph, _ = told([("A", "B", "C", "D")] * 9, status={(("A", "B", "C", "D"), 1): "inferred"})
    visits = named_visits(graph, longest=4)
    assert len(visits.at) == 18
    assert (visits.before == -1).all()


def test_many_events_of_one_record_are_no_memory_but_count_in_what_is_said():
    rng = np.random.default_rng(5)
    paths = [(one, "B", "C" if rng.random() < 0.5 else "E") for one in "AD" for _ in range(40)] + [("A", "B", "C")]
    assert analysis.memory(*told(paths, events=[1] * 80 + [500])).table.empty
    assert len(analysis.memory(*told(paths + [("A", "B", "C")] * 499)).table)  # the mutant counts its events apart
    planted = crossing()
    table = analysis.memory(*told(planted, events=[3] * 300)).table.set_index(["context", "next"])
    one = analysis.memory(*told(planted)).table.set_index(["context", "next"])
    assert table["support"].tolist() == (3 * one["support"]).tolist()
    assert table.drop(columns="support").equals(one.drop(columns="support"))


def test_memory_of_two_places_back_is_found_as_such():
    rng = np.random.default_rng(6)
    paths = []
    for _ in range(600):
        first = "XY"[rng.integers(2)]
        share = 0.9 if first == "X" else 0.1
        paths.append((first, "U", "V", "C" if rng.random() < share else "E"))
    found = analysis.memory(*told(paths))
    assert found.parameters["order"] == 3
    assert sorted({*found.table["context"]}) == ["X > U > V", "Y > U > V"]
    rule = found.table.query("context == 'X > U > V' and next == 'C'").iloc[0]
    assert rule["memory_p05"] < 0.9 < rule["memory_p95"]
    assert rule["rule"].startswith("Arriving at Town V from Town U, before that Town X, ")


def test_the_order_is_the_lowest_that_foretells_as_well():
    assert analysis.memory(*told(wandering(11))).parameters["order"] == 1
    loss = held_out_loss(named_visits(told(crossing())[0], longest=4))
    by_order = loss.sum(axis=0) / 600
    # half the steps are sure, the others cost what the entropies of A and D say: about 0.6 bits against 1
    assert by_order[0] == pytest.approx(0.5, abs=0.03)
    assert by_order[1] == pytest.approx(0.25 * (stats.entropy([0.8, 0.2], base=2) + stats.entropy([0.1, 0.9], base=2)),
                                        abs=0.04)  # fmt: skip
    assert chosen_order(loss) == 2
    same = np.tile(np.random.default_rng(0).random((50, 1)), (1, 4))
    assert chosen_order(same) == 1


@pytest.mark.parametrize("seed", [1, 2])
def test_neither_row_order_nor_route_numbers_nor_names_of_places_change_a_rule(seed):
    paths = wandering(seed, records=500, memory=0.9)
    graph, posterior = told(paths)
    found = analysis.memory(graph, posterior)
    assert len(found.table)
    rng = np.random.default_rng(seed)
    number = rng.permutation(len(graph.routes))
    turned = replace(
        graph,
        evidence=graph.evidence.assign(route=number[graph.evidence["route"]]).sample(frac=1, random_state=seed),
        routes=graph.routes.set_axis(pd.Index(number, name="route")).sample(frac=1, random_state=seed),
    )
    pd.testing.assert_frame_equal(analysis.memory(turned, posterior).table, found.table)
    new = {f"p{k}": f"q{name}" for k, name in enumerate(rng.permutation(10).tolist())}
    other = analysis.memory(*told([tuple(new[place] for place in path) for path in paths]))
    renamed = found.table.assign(
        context=[" > ".join(new[place] for place in one.split(" > ")) for one in found.table["context"]],
        next=found.table["next"].map(new),
    )
    keys, text = ["context", "next"], ["rule"]
    one, two = (table.set_index(keys).sort_index().drop(columns=text) for table in (renamed, other.table))
    pd.testing.assert_frame_equal(one, two)
    assert other.parameters == found.parameters


def test_intervals_are_jeffreys_and_cover():
    after, nexts = np.array([0] * 8 + [1] * 2), np.array([0, 1])
    low, high = stats.beta.ppf([0.05, 0.95], 8.5, 2.5)
    assert _chances(after, np.ones(10), nexts)[0] == pytest.approx([8.5 / 11, low, high])
    # one record of ten events and ten of one: (20)^2 / 110 = 3.6 observations
    seen = 400 / 110
    weighed = _chances(np.array([0] + [1] * 10), np.array([10.0] + [1.0] * 10), nexts)[0]
    assert weighed[0] == pytest.approx((0.5 * seen + 0.5) / (seen + 1))
    rng = np.random.default_rng(0)
    covered = []
    for share in rng.uniform(0.1, 0.9, 300):
        _, low, high = _chances((rng.random(25) > share).astype(int), np.ones(25), nexts)[0]
        covered.append(low <= share <= high)
    assert np.mean(covered) == pytest.approx(0.9, abs=0.05)


@pytest.mark.parametrize("paths", [[], [("A", "B")], [("A", "B", "C")] * 30])
def test_where_there_is_nothing_to_find_the_table_is_empty_and_says_why(paths):
    found = analysis.memory(*told(paths))
    assert found.table.empty
    assert tuple(found.table.columns) == COLUMNS
    assert found.parameters["not_estimated"]


def test_a_network_without_evidence_has_no_rules(case):
    found = analysis.memory(*case({("a", "b"): 1.0}))
    assert found.table.empty
    assert found.measure == "memory"
