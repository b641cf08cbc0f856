"""Synthetic worlds with known truth: the bundled sample, tests and calibration.

Everything made here is invented. A ``source`` that begins with ``SYNTHETIC`` marks every row of it.
"""

from __future__ import annotations

from routegraph.synthetic.files import case_files, write_case
from routegraph.synthetic.regime import Regime
from routegraph.synthetic.regimes import REGIMES, name_of, regime_named
from routegraph.synthetic.world import SAMPLE_SEED, World, make_world, sample_case

__all__ = [
    "REGIMES",
    "SAMPLE_SEED",
    "Regime",
    "World",
    "case_files",
    "make_world",
    "name_of",
    "regime_named",
    "sample_case",
    "write_case",
]
