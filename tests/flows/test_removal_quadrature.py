"""Posteriors of three-place cases against integration over the prior."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from removal_integral import moments, three_places

from routegraph.flows.removal.fit import RemovalFit
from routegraph.flows.removal.problem import RemovalProblem
from routegraph.flows.removal.sampler import sample

LATENT = {
    (0, (), 1, (), 2, 0): 1,
    # No destination: not seized at the end of the way to 1, so on the way to 2.
    (0, (), 1, (), -1, 0): 1,
    # No origin: 1 or 2.
    (-1, (), 2, (), 0, 0): 1,
    # Only a wrong destination explains this.
    (0, (), 1, (), 0, 0): 1,
    (0, (), 2, (), 2, 0): 2,
    (2, (1,), 0, (), 0, 0): 1,
}
BLIND = {
    (0, (), 2, (), 2, 0): 3,
    (0, (1,), 2, (), 2, 0): 2,
    (0, (), 0, (1,), 2, 0): 1,
    (2, (), 0, (), 0, 0): 1,
    (-1, (), 0, (1,), 2, 0): 1,
}

CASES = {
    "latent": three_places(LATENT),
    "blind": three_places(BLIND, declared=(1.0, 0.0, 1.0)),
}


def values(fit: RemovalFit) -> dict[str, np.ndarray]:
    """Return the draws of what the integral is of, by the same names."""
    out = dict(fit.scalars)
    out |= {f"leg_{k}": np.log1p(fit.legs[:, k].astype(float)) for k in range(fit.legs.shape[1])}
    out |= {f"p_{v}": np.log(fit.detection[:, v].astype(float)) for v in range(fit.detection.shape[1])}
    return out | {f"reporting_{v}": fit.reporting[:, v].astype(float) for v in range(fit.reporting.shape[1])}


def compare(problem: RemovalProblem, fit: RemovalFit, *, chunks: int) -> dict[str, tuple[float, float]]:
    """Return for each quantity how far its mean is off, in posterior sd, and the ratio of the sds."""
    expected, worth = moments(problem, chunks=chunks)
    assert worth > 400
    drawn = values(fit)
    out = {}
    for name, (mean, sd) in expected.items():
        if sd > 0:
            out[name] = ((drawn[name].mean() - mean) / sd, drawn[name].std() / sd)
    return out


@pytest.mark.parametrize("case", sorted(CASES))
def test_means_and_spreads_are_those_of_the_integral(case: str) -> None:
    fit = sample(CASES[case], draws=2400, chains=2, warmup=300, seed=1)
    for name, (off, ratio) in compare(CASES[case], fit, chunks=10).items():
        assert abs(off) < 0.25, name
        assert 0.75 < ratio < 1.3, name
