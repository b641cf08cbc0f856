"""How many digits of an estimate are said: no more than its interval allows."""

from __future__ import annotations

import math


def two_digits(value: float) -> float:
    """Return an estimate with two significant digits: 2,633 becomes 2,600, 0.0471 becomes 0.047.

    Intervals of flow span a factor of two to ten, so that a third digit would claim what nothing supports. Tables keep
    six, for programs; whatever a person reads in a sentence is rounded here.
    """
    if not value or not math.isfinite(value):
        return value
    return round(value, 1 - math.floor(math.log10(abs(value)))) + 0.0
