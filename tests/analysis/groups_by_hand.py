"""Networks of which the groups are known."""

from __future__ import annotations

import numpy as np


def planted(seed=0, groups=3, size=8, inside=0.5, across=0.03):
    """Groups g0, g1, ... with strong legs inside and weak ones across; g1 is the busiest."""
    rng = np.random.default_rng(seed)
    names = [f"g{g}-{k}" for g in range(groups) for k in range(size)]
    found = {}
    for a in names:
        for b in names:
            same = a[:2] == b[:2]
            if a != b and rng.random() < (inside if same else across):
                found[a, b] = float(rng.integers(20, 60) if same else rng.integers(1, 10)) * (3 if a[1] == "1" else 1)
    return found
