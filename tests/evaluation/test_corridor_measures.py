"""What corridors are held to: one to one with the true ones, verdicts, chances; by hand and on a small world."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from routegraph.errors import SettingError
from routegraph.evaluation.corridors import BANDS, _heaviest, _reliability, _verdicts, evaluate_corridors, share_matched
from routegraph.evaluation.worlds_run import Plan, run_worlds

A, B, C = tuple("abcdef"), tuple("ghijkl"), tuple("mnopqr")  # five legs each


@dataclass
class Flagged:
    path: tuple[str, ...]
    seizures: int
    verdict: str = ""
    core: tuple[str, ...] = ()


# --- one to one ------------------------------------------------------------------------------------------------------


def test_every_true_path_wants_a_flagged_one_of_its_own():
    assert share_matched([A, B], [B, A]) == 1
    assert share_matched([A, B, C], [A]) == pytest.approx(1 / 3)
    assert share_matched([A, B], []) == 0
    assert np.isnan(share_matched([], [A]))


def test_near_duplicates_cannot_both_match():
    """The mutant that asks of each true path whether any fits finds one flagged corridor twice."""
    near = (*A[:5], "x")
    assert share_matched([A, near], [A]) == 0.5
    assert share_matched([A], [A, near]) == 1
    assert share_matched([A, near], [A, near]) == 1


def test_the_matching_is_the_largest_there_is():
    """A fits both, its neighbour one alone: the mutant that takes the first that fits leaves the neighbour out."""
    near = (*A[:4], "x", "y")  # three of five legs of A
    flagged = [A, (*A[:4], "x")]
    assert share_matched([A, near], flagged) == 1
    assert share_matched([near, A], flagged) == 1


def test_three_of_five_legs_are_enough_and_two_are_not():
    assert share_matched([A], [A[:4]]) == 1
    assert share_matched([A], [A[:3]]) == 0
    assert share_matched([A], [A[::-1]]) == 0  # legs are directed


def test_a_flagged_path_far_longer_than_the_true_one_does_not_match():
    four = A[:5]  # 1.5 x 4 = 6 legs
    assert share_matched([four], [(*four, "x", "y")]) == 1
    assert share_matched([four], [(*four, "x", "y", "z")]) == 0


# --- a world by hand -------------------------------------------------------------------------------------------------


def world(flows, *, domestic=()):
    paths = list(flows)
    routes = pd.DataFrame({"path": pd.Series(paths, dtype="object"), "domestic": [path in domestic for path in paths]})
    legs = pd.DataFrame(
        [(a, b, flow) for path, flow in flows.items() for a, b in pairwise(path)],
        columns=["origin", "destination", "flow"],
    )
    shipments = np.array([[flow // 2, flow - flow // 2] for flow in flows.values()])
    places = pd.DataFrame({"throughflow": [], "p": []})
    return SimpleNamespace(routes=routes, shipments=shipments, legs=legs, links=legs, places=places)


def test_the_heaviest_true_paths_are_those_that_cross_and_carry():
    assert _heaviest(world({A: 5, B: 9, C: 0})) == [B, A]
    assert _heaviest(world({A: 5, B: 9}, domestic=(B,))) == [A]
    assert len(_heaviest(world({(f"{k}", "x", f"{k}y"): k + 1 for k in range(30)}))) == 20


def test_verdicts_are_counted_and_held_against_true_shares():
    """True shares 0.8, 0.1, 0.1; shares of events near a third each: A truly is under-detected, B and C artefacts."""
    flagged = [Flagged(A, 10, "under_detected"), Flagged(B, 10, "under_detected"),
               Flagged(C, 10, "enforcement_artefact")]  # fmt: skip
    counted = _verdicts(world({A: 80, B: 10, C: 10}), flagged)
    assert counted == {"under": 2, "under_right": 1, "artefact": 1, "artefact_right": 1}
    swapped = [Flagged(A, 10, "enforcement_artefact"), Flagged(B, 10), Flagged(C, 10)]
    assert _verdicts(world({A: 80, B: 10, C: 10}), swapped) == {
        "under": 0, "under_right": 0, "artefact": 1, "artefact_right": 0,
    }  # fmt: skip
    nothing = dict.fromkeys(("under", "under_right", "artefact", "artefact_right"), 0.0)
    assert _verdicts(world({A: 80}), []) == nothing
    assert _verdicts(world({A: 80}), [Flagged(B, 3, "under_detected")]) == nothing


def test_bands_of_chances_hold_every_leg_once():
    made = world({("a", "b"): 50, ("c", "d"): 5, ("e", "f"): 1})
    legs = pd.MultiIndex.from_tuples([("a", "b"), ("c", "d"), ("e", "f")], names=["origin", "destination"])
    drawn = np.repeat([[9.0, 1, 0], [1, 9, 0]], [9, 1], axis=0)
    graph, posterior = SimpleNamespace(legs=pd.DataFrame(index=legs)), SimpleNamespace(legs=drawn)
    row = _reliability(made, graph, posterior)
    n = len(BANDS) - 1
    assert sum(row[f"top_{k}"] for k in range(n)) == 3
    assert row["top_0"] == 1  # e > f, never on top
    assert row["top_1"] == 1  # c > d, one draw of ten
    assert (row["top_5"], row["top_5_true"]) == (1, 1)  # a > b, nine of ten, and truly the busiest
    assert sum(row[f"top_{k}_chance"] for k in range(n)) == pytest.approx(1)
    assert sum(row[f"top_{k}_true"] for k in range(n)) == 1


def test_chances_of_none_and_all_are_in_the_outer_bands():
    made = world({("a", "b"): 50, ("c", "d"): 5})
    legs = pd.MultiIndex.from_tuples([("a", "b"), ("c", "d")])
    graph = SimpleNamespace(legs=pd.DataFrame(index=legs))
    row = _reliability(made, graph, SimpleNamespace(legs=np.array([[2.0, 1.0]])))
    assert (row["top_0"], row[f"top_{len(BANDS) - 2}"]) == (1, 1)


# --- a small world ---------------------------------------------------------------------------------------------------


def test_counts_on_a_small_world(small_world):
    table = evaluate_corridors(small_world, estimators=("counts",), draws=20)
    assert table.index.tolist() == ["counts"]
    row = table.iloc[0]
    assert 0 <= row["found"] <= row["found_50"] <= 1
    assert row["events"] > 0
    assert row["under_right"] <= row["under"]
    assert row["artefact_right"] <= row["artefact"]
    counts = [row[f"top_{k}"] for k in range(len(BANDS) - 1)]
    assert sum(counts) > 0
    assert all(row[f"top_{k}_true"] <= n for k, n in enumerate(counts))
    assert all(BANDS[k] * n - 1e-9 <= row[f"top_{k}_chance"] <= BANDS[k + 1] * n + 1e-9 for k, n in enumerate(counts))


def test_a_plan_asks_for_a_measure_that_there_is(small_regime):
    plan = Plan({"small": small_regime}, seeds=(1,), measure="elegance")
    with pytest.raises(SettingError, match="measure is 'elegance'; expected one of recovery, corridors, tiers"):
        run_worlds(plan)
