"""Each measure against numbers worked by hand, and wrong variants that must give others."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from routegraph.evaluation import metrics


def series(**values: float) -> pd.Series:
    return pd.Series(values, dtype="float64")


def rows(*lines: tuple[str, float, float, float]) -> pd.DataFrame:
    return pd.DataFrame(lines, columns=["label", "mean", "low", "high"]).set_index("label")


def test_busiest_are_the_largest_in_order_and_equals_by_label_whatever_the_row_order():
    flow = series(d=5, a=1, c=5, b=9)
    assert metrics.busiest(flow, most=3).tolist() == ["b", "c", "d"]
    assert metrics.busiest(flow[::-1], most=3).tolist() == ["b", "c", "d"]


def test_what_carries_nothing_is_never_busy():
    assert metrics.busiest(series(a=0, b=2), most=5).tolist() == ["b"]


def test_share_found_counts_the_true_ones_that_were_found():
    true = series(a=10, b=9, c=8, d=1)
    assert metrics.share_found(series(a=3, d=2, c=1, b=0), true, most=3) == pytest.approx(2 / 3)
    assert metrics.share_found(series(a=3), true, most=3) == pytest.approx(1 / 3)
    assert metrics.share_found(series(x=5, y=4), true, most=2) == 0.0


def test_share_found_is_of_what_there_is_to_find():
    assert metrics.share_found(series(a=3, b=2, c=1), series(a=1, b=0, c=0), most=3) == 1.0
    assert np.isnan(metrics.share_found(series(a=3), series(a=0), most=3))


def test_spearman_by_hand_with_a_tie_and_an_unseen_leg():
    # True ranks 1 2 3 4; estimated 0 (unseen), 2, 2, 7 have ranks 1, 2.5, 2.5, 4: r = 4.5 / sqrt(5 * 4.5).
    true = series(a=0, b=1, c=2, d=9)
    assert metrics.spearman(series(b=2, c=2, d=7, z=99), true) == pytest.approx(4.5 / np.sqrt(5 * 4.5))


def test_spearman_without_the_unseen_legs_would_be_another_number():
    true, estimated = series(a=5, b=1, c=2, d=3), series(b=1, c=2, d=3)
    assert metrics.spearman(estimated, true[estimated.index]) == 1.0
    assert metrics.spearman(estimated, true) == pytest.approx(-0.2)


def test_spearman_of_a_constant_is_unknown():
    assert np.isnan(metrics.spearman(series(a=1, b=1), series(a=1, b=2)))


def test_log_error_is_a_median_over_the_truly_busiest():
    # |log(20 / 10)|, |log(1 / 8)|, |log(7 / 7)|; the leg that carries 1 is not among the three.
    true, estimated = series(a=9, b=7, c=6, d=1), series(a=19, c=6, d=500)
    assert metrics.log_error(estimated, true, most=3) == pytest.approx(np.log(2))


def test_chosen_by_truth_the_coverage_is_another_number():
    """The winner's curse: a leg that is high by chance is what a reader looks at, and it is not covered."""
    estimates = rows(("a", 100, 90, 110), ("b", 50, 40, 60), ("c", 10, 5, 40))
    true = series(a=20, b=45, c=30)
    by_estimate = estimates.loc[metrics.chosen_by_estimate(estimates, most=2)]
    by_truth = estimates.loc[metrics.busiest(true, most=2)]
    assert metrics.covered(by_estimate, true).mean() == 0.5
    assert metrics.covered(by_truth, true).mean() == 1.0


def test_an_interval_holds_its_own_ends_and_an_unlisted_truth_is_nought():
    estimates = rows(("a", 2, 1, 3), ("b", 2, 1, 3), ("c", 2, 0, 3), ("d", 2, 1, 3))
    assert metrics.covered(estimates, series(a=1, b=3)).tolist() == [True, True, True, False]


def test_interval_score_by_hand():
    # On log(1 + x): inside; log 2 below the low end; log 3 above the high end. 2 / (1 - 0.9) = 20.
    estimates = rows(("in", 5, 3, 7), ("below", 5, 3, 7), ("above", 5, 3, 7))
    score = metrics.interval_score(estimates, series(**{"in": 5, "below": 1, "above": 23}))
    width = np.log(8) - np.log(4)
    assert score.tolist() == pytest.approx([width, width + 20 * np.log(2), width + 20 * np.log(3)])


def test_interval_score_is_least_for_the_true_quantiles():
    """Proper, on simulated log-normal truth; half or twice as wide does worse, and so does a shifted one."""
    rng = np.random.default_rng(7)
    truth = pd.Series(np.expm1(rng.normal(5.0, 0.5, 40_000)))

    def expected(half: float, shift: float = 0.0) -> float:
        low, high = np.expm1(5.0 + shift - half), np.expm1(5.0 + shift + half)
        table = pd.DataFrame({"mean": 1.0, "low": low, "high": high}, index=truth.index)
        return float(metrics.interval_score(table, truth).mean())

    right = expected(1.645 * 0.5)
    assert right < min(expected(0.5 * 1.645 * 0.5), expected(2 * 1.645 * 0.5), expected(1.645 * 0.5, shift=0.3))


def test_interval_measures_are_share_median_and_mean():
    estimates = rows(("a", 2, 0, 1), ("b", 2, 0, 3), ("c", 2, 0, 0))
    got = metrics.interval_measures(estimates, series(a=1, b=3, c=1), name="legs")
    assert got["cover_legs"] == pytest.approx(2 / 3)
    assert got["width_legs"] == pytest.approx(np.log(2))
    assert got["score_legs"] == pytest.approx((np.log(2) + np.log(4) + 20 * np.log(2)) / 3)


def test_interval_measures_of_nothing_are_unknown():
    assert all(np.isnan(value) for value in metrics.interval_measures(rows(), series(), name="legs").values())


def test_no_measure_changes_what_it_is_given():
    estimates, true = rows(("b", 2, 0, 1), ("a", 3, 1, 4)), series(b=1, a=2)
    before = estimates.copy(), true.copy()
    metrics.interval_measures(estimates, true, name="legs")
    metrics.share_found(estimates["mean"], true, most=1)
    metrics.spearman(estimates["mean"], true)
    metrics.log_error(estimates["mean"], true)
    pd.testing.assert_frame_equal(estimates, before[0])
    pd.testing.assert_series_equal(true, before[1])
