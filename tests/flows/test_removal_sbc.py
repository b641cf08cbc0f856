"""Simulation-based calibration at small scale; 200 worlds are run by `make calibration` (docs/calibration.md)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from routegraph.errors import SettingError
from routegraph.flows.removal.calibration import drawn_world, ranks, uniformity


def test_a_world_is_drawn_again_for_the_same_seed() -> None:
    (one, truth, _), (other, again, _) = drawn_world(5), drawn_world(5)
    np.testing.assert_array_equal(one.count, other.count)
    assert truth == again
    assert 10 <= one.count.sum() <= 1500


def test_uniform_ranks_pass_and_narrow_intervals_do_not() -> None:
    u = np.random.default_rng(1).random(400)
    # Draws of half the spread put the truth too often in the tails.
    from scipy.stats import norm

    found = uniformity(pd.DataFrame({"right": u, "narrow": norm.cdf(2 * norm.ppf(u))}))
    assert found.loc["right", ["p_chi_square", "p_ks"]].min() > 0.01
    assert found.loc["narrow", ["p_chi_square", "p_ks"]].max() < 1e-4
    assert found.loc["narrow", "inside_90"] < 0.7


def test_ranks_need_draws() -> None:
    with pytest.raises(SettingError, match="draws 0"):
        ranks(1, draws=0)


@pytest.mark.slow
def test_ranks_of_the_truth_are_uniform() -> None:
    table = pd.DataFrame([ranks(seed, draws=25) for seed in range(24)])
    found = uniformity(table, bins=6)
    # Fourteen quantities, each twice: a chance of 1 in 70 that some p value falls below this.
    assert found[["p_chi_square", "p_ks"]].min().min() > 0.0005, found
