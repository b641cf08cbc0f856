"""Two significant digits: what a sentence says of an estimate."""

import math

import pytest

from routegraph.flows.precision import two_digits


@pytest.mark.parametrize(
    ("value", "said"),
    [(2633.3, 2600.0), (1005.8, 1000.0), (0.0471, 0.047), (9.96, 10.0), (99.6, 100.0), (-438.0, -440.0), (0.0, 0.0)],
)
def test_an_estimate_keeps_two_digits(value, said):
    assert two_digits(value) == said


def test_what_is_not_finite_stays():
    assert math.isnan(two_digits(math.nan))
    assert two_digits(math.inf) == math.inf
