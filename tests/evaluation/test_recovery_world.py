"""One world from its CSV files to its measures."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from routegraph import cli, run
from routegraph.errors import InputError, RoutegraphError, SettingError
from routegraph.evaluation import Truth, estimators, evaluate_world, measures
from routegraph.evaluation.cases import case_of
from routegraph.evaluation.estimate import Estimate, from_posterior, from_products, total_of
from routegraph.evaluation.estimators import ESTIMATORS
from routegraph.flows import estimate_counts


def leg_index(*legs: tuple[str, str]) -> pd.MultiIndex:
    return pd.MultiIndex.from_tuples(legs, names=["origin", "destination"])


def tiny() -> tuple[Estimate, Truth]:
    legs = leg_index(("a", "b"), ("b", "c"), ("c", "d"))
    estimate = Estimate(
        legs=pd.DataFrame(
            {"mean": [9.0, 4, 1], "low": [5.0, 1, 0], "high": [12.0, 6, 2], "insufficient": [False, True, False]},
            index=legs,
        ),
        places=pd.DataFrame(
            {"mean": [9.0, 4], "low": [5.0, 1], "high": [12.0, 6], "detection": [0.2, 0.1]}, index=["b", "c"]
        ),
        total=pd.Series({"mean": 20.0, "low": 15.0, "high": 31.0}),
    )
    truth = Truth(
        legs=pd.Series([6.0, 9.0, 0.0], index=legs),
        places=pd.DataFrame({"throughflow": [6.0, 9.0, 0.0], "detection": [0.3, 0.4, 0.1]}, index=["b", "c", "d"]),
        total=30.0,
    )
    return estimate, truth


def test_measures_by_hand():
    got = measures(*tiny())
    assert got["found"] == 1.0
    assert got["spearman"] == pytest.approx(0.5)
    assert got["log_error"] == pytest.approx((np.log(10 / 7) + np.log(10 / 5)) / 2)
    assert got["spearman_detection"] == pytest.approx(-1.0)
    assert (got["cover_legs"], got["cover_places"], got["cover_total"]) == (pytest.approx(2 / 3), 0.5, 1.0)
    assert got["width_total"] == pytest.approx(np.log(32 / 16))
    assert got["insufficient"] == pytest.approx(1 / 3)
    assert got["cover_told"] == 1.0


def test_coverage_of_all_legs_is_not_that_of_the_legs_whose_level_is_told():
    estimate, truth = tiny()
    told = replace(estimate, legs=estimate.legs.assign(insufficient=False))
    assert measures(told, truth)["cover_told"] == measures(told, truth)["cover_legs"]
    withheld = measures(replace(estimate, legs=estimate.legs.assign(insufficient=True)), truth)
    assert np.isnan(withheld["cover_told"])
    assert withheld["insufficient"] == 1.0


def test_places_without_traffic_do_not_enter_detection():
    estimate, truth = tiny()
    more = pd.concat(
        [estimate.places, pd.DataFrame({"mean": 0.0, "low": 0.0, "high": 0.0, "detection": 0.9}, index=["d"])]
    )
    assert measures(replace(estimate, places=more), truth)["spearman_detection"] == pytest.approx(-1.0)


def test_the_total_is_an_interval_of_sums_not_a_sum_of_intervals():
    draws = np.array([[0.0, 10.0], [10.0, 0.0]])
    assert total_of(draws.sum(axis=1)).tolist() == [10.0, 10.0, 10.0]


def test_counts_of_one_world_by_its_files_the_same_for_the_same_seed(small_world):
    table = evaluate_world(small_world, estimators=("counts",), draws=60)
    assert table.index.tolist() == ["counts"]
    row = table.loc["counts"]
    assert row["events"] > 0
    assert 0.2 < row["found"] <= 1.0
    assert 0.3 < row["spearman"] < 1.0
    assert np.isnan(row["spearman_detection"])
    # Counts say what was reported, a small share of what moved: their intervals hold next to nothing of it.
    assert row["cover_total"] == 0.0
    assert row["cover_legs"] < 0.3
    again = evaluate_world(small_world, estimators=("counts",), draws=60, seed=small_world.seed)
    pd.testing.assert_frame_equal(again, table)


@pytest.fixture(scope="module")
def case(small_world, tmp_path_factory):
    """Return the small world as files that were read back; the command line of one test writes products beside them."""
    return case_of(small_world, tmp_path_factory.mktemp("case"), draws=40, seed=3, by_command=True)


def test_what_a_run_writes_by_the_command_line_says_what_its_posterior_says(case, monkeypatch):
    """Only the estimator is exchanged, for one that takes a moment; options, files and products are those of a run."""
    # No truth lies among the files that are read.
    assert sorted(path.name for path in case.settings.out.parent.iterdir()) == [
        "effort.csv",
        "seizures.csv",
        "transits.csv",
    ]
    posterior = estimate_counts(case.graph, draws=40, seed=3)
    mine = from_posterior(case.graph, posterior, verdicts=pd.Series("", index=case.graph.legs.index))
    total = {f"total_flow_{name}": value for name, value in zip(("mean", "p05", "p95"), mine.total, strict=True)}

    def in_this_process(command: list[str], **options: object) -> SimpleNamespace:
        assert command[:4] == [sys.executable, "-m", "routegraph.cli", "run"]
        assert command[command.index("--estimator") + 1] == "removal"
        with pytest.raises(SystemExit) as leaving:
            cli.main(["counts" if word == "removal" else word for word in command[3:]])
        path = case.settings.out / "run.json"
        facts = json.loads(path.read_text(encoding="utf-8"))
        facts["diagnostics"] |= total
        path.write_text(json.dumps(facts), encoding="utf-8")
        return SimpleNamespace(returncode=leaving.value.code, stderr="")

    monkeypatch.setattr("subprocess.run", in_this_process)
    written = ESTIMATORS["removal"].estimate(case)
    columns = ["mean", "low", "high"]
    pd.testing.assert_frame_equal(written.legs[columns].sort_index(), mine.legs[columns].sort_index(), rtol=1e-5)
    pd.testing.assert_frame_equal(written.places[columns].sort_index(), mine.places[columns].sort_index(), rtol=1e-5)
    assert written.total.tolist() == pytest.approx(mine.total.tolist())


def test_a_run_that_fails_says_why(case, monkeypatch):
    failed = SimpleNamespace(returncode=1, stderr="a word\nroutegraph: no record is left\n")
    monkeypatch.setattr("subprocess.run", lambda command, **options: failed)
    with pytest.raises(RoutegraphError, match="exit status 1 on a synthetic world: routegraph: no record is left"):
        ESTIMATORS["removal"].estimate(case)


@pytest.mark.slow
def test_a_removal_run_by_command_says_what_it_says_in_memory(small_world):
    """And every row of the table can be had. The seed is the same, so that only the rounding of the files differs."""
    asked = {"estimators": ("completed", "removal", "oracle"), "draws": 20}
    written = evaluate_world(small_world, **asked, by_command=True)
    kept = evaluate_world(small_world, **asked)
    pd.testing.assert_frame_equal(written, kept, rtol=1e-4)
    assert (written["found"] > 0.3).all()


def test_products_that_do_not_state_the_total_are_refused(tmp_path):
    (tmp_path / "legs.csv").write_text(
        "origin,destination,named_pair,verdict,flow_mean,flow_p05,flow_p95\n", encoding="utf-8"
    )
    header = "place_id,throughflow_mean,throughflow_p05,throughflow_p95,detection_mean\n"
    (tmp_path / "places.csv").write_text(header, encoding="utf-8")
    (tmp_path / "run.json").write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match="total_flow_mean"):
        from_products(tmp_path)


def test_an_unknown_estimator_is_refused_before_any_work(small_world):
    with pytest.raises(SettingError, match="expected one of counts, completed, removal, oracle"):
        evaluate_world(small_world, estimators=("count",))


def test_the_rows_of_the_table_are_the_four_of_the_acceptance():
    assert [one.label for one in ESTIMATORS.values()] == [
        "counts",
        "counts on completed routes",
        "this (removal)",
        "oracle",
    ]


def test_in_memory_as_many_candidates_are_taken_as_by_a_run():
    for name in ("CANDIDATES_PER_REPORT", "FEWEST_CANDIDATES", "MOST_CANDIDATES"):
        assert getattr(estimators, name) == getattr(run, name)
