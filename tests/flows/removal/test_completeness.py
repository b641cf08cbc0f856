"""Reports that look domestic, drawn given the traffic: held against scipy's negative binomial."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import nbinom

from routegraph.flows.removal.completeness import _unseen_on


@pytest.mark.parametrize(
    ("shape", "odds"), [(0.01, 0.5), (0.3, 2.0), (5.0, 0.2), (0.05, 100.0), (200.0, 0.03), (50.0, 1.0)]
)
def test_reports_that_look_domestic_are_negative_binomial(shape: float, odds: float) -> None:
    rng, n = np.random.default_rng(5), 20_000
    drawn = np.array([_unseen_on(shape, odds, rng) for _ in range(n)])
    expected = nbinom(shape, 1 / (1 + odds))
    for k in (0, 1, int(expected.median()), int(expected.ppf(0.95))):
        chance = float(expected.cdf(k))
        assert (drawn <= k).mean() == pytest.approx(chance, abs=4 * np.sqrt(chance * (1 - chance) / n) + 1e-9)


def test_a_route_that_hardly_exists_has_none() -> None:
    assert _unseen_on(1e-280, 0.5, np.random.default_rng(1)) == 0
