"""Aims: judged on means over worlds with two standard errors allowed, differences world by world."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from routegraph.evaluation.aims import AIMS, Aim, judged, mean_and_error


def rows(regime: str = "equal", **by_estimator: list[float]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"regime": regime, "seed": seed, "estimator": name, "found": value}
            for name, values in by_estimator.items()
            for seed, value in enumerate(values)
        ]
    )


def one(aim: Aim, **by_estimator: list[float]) -> pd.Series:
    return judged(rows(**by_estimator), (aim,)).iloc[0]


def test_two_standard_errors_by_hand():
    # Sample variance of 1, 2, 3, 4 is 5/3: 2 sqrt(5/3 / 4).
    assert mean_and_error(pd.Series([1.0, 2, 3, 4, np.nan])) == pytest.approx((2.5, 2 * np.sqrt(5 / 12)))
    assert np.isnan(mean_and_error(pd.Series([1.0]))[1])
    assert np.isnan(mean_and_error(pd.Series([], dtype=float))[0])


def test_verdicts_at_both_sides_of_both_bounds():
    # Mean 0.9, two standard errors 0.1.
    values = [0.85, 0.95]
    for low, high, word in (
        (0.9, 0.94, "pass"),
        (0.95, np.inf, "pass (within two standard errors)"),
        (1.01, np.inf, "FAIL"),
        (-np.inf, 0.85, "pass (within two standard errors)"),
        (-np.inf, 0.79, "FAIL"),
    ):
        assert one(Aim("equal", "found", "", low=low, high=high), removal=values)["verdict"] == word


def test_differences_are_taken_world_by_world():
    """Unpaired, the spread between worlds would hide a deficit that every world shows."""
    aim = Aim("equal", "found", "", low=0.0, against="counts")
    got = one(aim, counts=[0.2, 0.5, 0.8], removal=[0.1, 0.4, 0.7])
    assert got["verdict"] == "FAIL"
    assert (got["mean"], got["two_errors"]) == (pytest.approx(-0.1), pytest.approx(0.0))


def test_so_many_times_another():
    aim = Aim("equal", "found", "", low=0.0, against="completed", times=1.4)
    assert one(aim, completed=[0.5, 0.5], removal=[0.71, 0.71])["verdict"] == "pass"
    assert one(aim, completed=[0.5, 0.5], removal=[0.69, 0.69])["verdict"] == "FAIL"


def test_without_the_estimator_there_is_no_verdict():
    assert one(Aim("equal", "found", "", low=0.0), counts=[1.0, 1.0])["verdict"] == "no data"


def test_only_aims_of_regimes_that_were_run_are_judged():
    assert len(judged(rows(removal=[1.0]), (Aim("blind", "found", ""),))) == 0


def test_the_aims_are_those_of_the_issue():
    bounds = {(aim.regime, aim.measure, aim.low, aim.high, aim.against, aim.times) for aim in AIMS}
    inf = np.inf
    found = {
        ("heterogeneous", 0.90, "", 1.0),
        ("heterogeneous", 0.93, "", 1.0),
        ("equal", 0.93, "", 1.0),
        ("equal", 0.0, "counts", 1.0),
        ("blind", 0.85, "", 1.0),
        ("few_records", 0.80, "", 1.0),
        ("few_records", 0.0, "completed", 1.4),
    }
    wanted = {(regime, "found", low, inf, other, times) for regime, low, other, times in found}
    covers = ("cover_legs", "cover_places", "cover_total")
    three = ("heterogeneous", "equal", "blind")
    wanted |= {(regime, measure, 0.86, 0.94, "", 1.0) for regime in three for measure in covers}
    wanted |= {(regime, "insufficient", -inf, 0.05, "", 1.0) for regime in three}
    wanted |= {("few_records", measure, 0.80, inf, "", 1.0) for measure in covers}
    wanted |= {("few_records", "cover_told", 0.86, 0.94, "", 1.0), ("few_records", "insufficient", -inf, 0.25, "", 1.0)}
    assert bounds == wanted
