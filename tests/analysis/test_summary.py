"""Ranks and tiers of draws, by hand; and what the wrong variants would say."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import rankdata

from routegraph.analysis.summary import TOLD, rank_interval, tiers
from routegraph.flows.posterior import PeriodDraws, top_shares


def ends(draws):
    found = rank_interval(np.asarray(draws))
    return list(zip(found["rank_p05"].tolist(), found["rank_p95"].tolist(), strict=True))


def repeated(*rows):
    """Return draws: (times, values) each."""
    return np.repeat(np.array([values for _, values in rows], dtype=np.float64), [n for n, _ in rows], axis=0)


def test_one_draw_ranks_the_highest_first():
    assert ends([[3.0, 9.0, 5.0]]) == [(3, 3), (1, 1), (2, 2)]


def test_equals_span_the_ranks_that_they_share():
    """The mutant that gives equals their mean rank says 2.5 of places that are 2nd or 3rd in no order."""
    draws = [[9.0, 5.0, 5.0, 1.0]]
    assert ends(draws) == [(1, 1), (2, 3), (2, 3), (4, 4)]
    assert rankdata(-np.array(draws), axis=1).tolist() == [[1.0, 2.5, 2.5, 4.0]]
    assert ends(np.zeros((5, 3))) == [(1, 3)] * 3


def test_an_interval_leaves_out_at_most_a_twentieth_at_each_end():
    first, last = (3.0, 2.0, 1.0), (1.0, 2.0, 3.0)
    assert ends(repeated((96, first), (4, last))) == [(1, 1), (2, 2), (3, 3)]
    assert ends(repeated((94, first), (6, last))) == [(1, 3), (2, 2), (1, 3)]


def test_an_interval_holds_ranks_that_some_draw_gives_and_covers_ninety_per_cent():
    rng = np.random.default_rng(0)
    draws = rng.gamma(rng.gamma(2, 10, 40), 1.0, (173, 40))
    ranks = rankdata(-draws, method="min", axis=1)
    found = rank_interval(draws)
    for k in range(40):
        low, high = found.loc[k, ["rank_p05", "rank_p95"]]
        assert {low, high} <= set(ranks[:, k])
        assert ((low <= ranks[:, k]) & (ranks[:, k] <= high)).mean() >= 0.9
    assert found.dtypes.tolist() == [np.int64, np.int64]


def test_the_last_bits_of_a_sum_make_no_order():
    assert ends([[0.1 + 0.2, 0.3, 1.0]]) == [(2, 3), (2, 3), (1, 1)]
    assert tiers(np.array([[0.1 + 0.2, 0.3]])).tolist() == [1, 1]


def test_nothing_has_no_rank_and_whole_numbers_rank_as_well():
    assert rank_interval(np.empty((4, 0))).shape == (0, 2)
    assert tiers(np.empty((4, 0))).tolist() == []
    assert rank_interval(np.empty((0, 2))).isna().all(axis=None)
    assert ends(np.array([[3, 1, 2]])) == [(1, 1), (3, 3), (2, 2)]
    assert tiers(np.array([[3, 1, 2]])).tolist() == [1, 3, 2]


def test_a_tier_ends_where_its_head_is_told_from_the_next():
    """A over B in 90 of 100 draws: one tier; A over C in 96: C opens the second, and D is with C."""
    draws = repeated((90, (9, 8, 5, 4)), (6, (8, 9, 5, 6)), (4, (4, 8, 5, 6)))
    assert tiers(draws).tolist() == [1, 1, 2, 2]


def test_a_tier_is_what_stands_with_its_head_and_not_with_its_last():
    """B cannot be told from A nor C from B, yet C is from A. The mutant that chains neighbours makes it one tier."""
    draws = repeated((94, (9, 8, 7)), (6, (7, 9, 6.5)))
    draws[-6:, 1], draws[:6, 2] = 9, 8.5
    chained = (draws[:, 0] > draws[:, 1]).mean() <= TOLD and (draws[:, 1] > draws[:, 2]).mean() <= TOLD
    assert chained
    assert (draws[:, 0] > draws[:, 2]).mean() > TOLD
    assert tiers(draws).tolist() == [1, 1, 2]


def test_ties_count_half_and_what_is_always_equal_is_one_tier():
    draws = repeated((91, (2, 1)), (9, (1, 1)))
    assert tiers(draws).tolist() == [1, 2]  # 0.91 + 0.045 > 0.95
    assert tiers(repeated((89, (2, 1)), (11, (1, 1)))).tolist() == [1, 1]
    assert tiers(np.zeros((10, 4))).tolist() == [1, 1, 1, 1]


def test_tiers_rise_along_the_order_given():
    draws = repeated((10, (9, 1, 5)))
    assert tiers(draws, order=np.array([0, 2, 1])).tolist() == [1, 3, 2]
    # 1 leads though it is the lowest: nothing is told below it
    assert tiers(draws, order=np.array([1, 0, 2])).tolist() == [1, 1, 1]


def test_the_order_of_columns_changes_no_rank_and_no_tier():
    rng = np.random.default_rng(3)
    draws = rng.gamma(rng.gamma(2, 10, 30), 1.0, (80, 30))
    order = rng.permutation(30)
    assert tiers(draws[:, order]).tolist() == tiers(draws)[order].tolist()
    assert rank_interval(draws[:, order]).to_numpy().tolist() == rank_interval(draws).to_numpy()[order].tolist()


# --- what is on top of each draw, and draws by period ----------------------------------------------------------------


@pytest.mark.parametrize(("most", "sums"), [(1, 1), (3, 3), (7, 7), (99, 7), (None, 1)])
def test_each_draw_has_as_many_on_top_as_asked_or_as_there_are(most, sums):
    draws = np.random.default_rng(1).integers(0, 3, (60, 7)).astype(np.float32)
    assert top_shares(draws, most=most).sum(axis=1) == pytest.approx(sums)


def test_equals_at_the_edge_share_what_is_left_of_each_draw():
    """The mutant that takes the first of equals would favour whoever comes first in the alphabet."""
    draws = np.array([[5.0, 3.0, 3.0, 3.0, 1.0], [1.0, 2.0, 3.0, 4.0, 5.0]])
    shares = top_shares(draws, most=2)
    assert shares[0] == pytest.approx([1, 1 / 3, 1 / 3, 1 / 3, 0])
    assert shares[1].tolist() == [0, 0, 0, 1, 1]
    assert top_shares(np.empty((3, 0)), most=2).shape == (3, 0)


def test_draws_by_period_are_all_kept_or_evenly_spaced(monkeypatch):
    whole = PeriodDraws.empty(("2019", "2020"), draws=200, legs=3)
    assert whole.draw.tolist() == list(range(200))
    assert (whole.legs.shape, whole.legs.dtype) == ((200, 3, 2), np.float32)
    monkeypatch.setattr("routegraph.flows.posterior.MOST_CELLS", 600)
    few = PeriodDraws.empty(("2019", "2020"), draws=200, legs=3)
    assert few.draw.tolist() == list(range(0, 200, 2))
    fewest = PeriodDraws.empty(("2019", "2020"), draws=200, legs=10_000)
    assert len(fewest.draw) == len(fewest.legs) == 40
    assert PeriodDraws.empty((), draws=5, legs=0).legs.shape == (5, 0, 0)
