"""The one place where draws become intervals and probabilities of being on top."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import gamma

from routegraph.flows import interval, p_top, top_size


def test_interval_bounds_ninety_per_cent_of_a_known_posterior():
    draws = np.random.default_rng(0).gamma(4.0, 2.0, size=(40_000, 1))
    found = interval(draws, name="flow").iloc[0]
    assert found["flow_mean"] == pytest.approx(8.0, rel=0.01)
    assert [found["flow_p05"], found["flow_p95"]] == pytest.approx(gamma.ppf([0.05, 0.95], 4.0, scale=2.0), rel=0.02)


def test_interval_of_no_columns_is_empty():
    assert interval(np.empty((5, 0), dtype=np.float32), name="flow").shape == (0, 3)


@pytest.mark.parametrize(("n", "size"), [(1, 1), (10, 1), (11, 2), (150, 15), (199, 20), (200, 20), (9999, 20)])
def test_top_is_twenty_or_a_tenth_where_fewer_than_two_hundred(n, size):
    assert top_size(n) == size


@pytest.mark.parametrize("n", [1, 7, 40, 199, 300])
def test_p_top_sums_to_the_size_of_the_top_with_and_without_ties(n):
    rng = np.random.default_rng(n)
    for draws in (rng.normal(size=(50, n)), rng.integers(0, 3, (50, n)).astype(np.float32), np.zeros((5, n))):
        assert p_top(draws).sum() == pytest.approx(top_size(n))


def test_ties_at_the_edge_share_what_is_left_of_the_top():
    draws = np.array([[9.0] + [5.0] * 4 + [1.0] * 10])
    assert p_top(draws) == pytest.approx([1.0] + [0.25] * 4 + [0.0] * 10)


def test_p_top_is_the_share_of_draws_in_which_a_column_leads():
    draws = np.repeat(np.array([[2.0, 1.0], [1.0, 2.0]]), [3, 1], axis=0)
    assert p_top(draws) == pytest.approx([0.75, 0.25])


def test_p_top_does_not_depend_on_the_order_of_columns():
    draws = np.random.default_rng(3).integers(0, 9, (30, 60)).astype(float)
    order = np.random.default_rng(4).permutation(60)
    assert p_top(draws[:, order]) == pytest.approx(p_top(draws)[order])


def test_p_top_of_nothing_is_empty():
    assert p_top(np.empty((4, 0))).shape == (0,)
