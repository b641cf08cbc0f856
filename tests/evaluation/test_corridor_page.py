"""The page on corridors says what the rows hold, and nothing else."""

from __future__ import annotations

import numpy as np
import pandas as pd

from routegraph.evaluation.corridor_page import corridor_page
from routegraph.evaluation.corridors import BANDS


def rows(found: float) -> pd.DataFrame:
    bands = {f"top_{k}{part}": 2.0 for k in range(len(BANDS) - 1) for part in ("", "_true")}
    bands |= {f"top_{k}_chance": 2.0 * (BANDS[k] + BANDS[k + 1]) / 2 for k in range(len(BANDS) - 1)}
    table = [
        {
            "regime": "few_records", "seed": seed, "estimator": estimator, "events": 900, "found": found + 0.1 * seed,
            "found_50": 0.9, "under": 3.0, "under_right": 2.0, "artefact": 4.0, "artefact_right": 4.0, **bands,
        }
        for seed in (0, 1)
        for estimator in ("counts", "removal")
    ]  # fmt: skip
    return pd.DataFrame(table)


def test_means_with_two_standard_errors_verdicts_and_bands_stand_on_the_page():
    again = pd.DataFrame(
        {"both": [40.0], "same_tier": [0.75], "near_tier": [1.0], "rank_correlation": [np.nan], "within": [0.9]}
    )
    page = corridor_page(rows(0.5), again, command="python -m x", csv="c.csv")
    assert "@" not in page.replace("@CSV@", "")
    assert "| few records | this (removal) | 2 | 0.550 +- 0.100 | 0.900 +- 0.000 |" in page
    assert "| few records | 6, 4 of them truly | 8, 8 of them truly |" in page
    assert "| 55-80 %: likely | 4 | 0.675 | 1.000 |" in page
    assert "| 40.000 | 0.750 | 1.000 | - | 0.900 |" in page


def test_without_a_second_seed_the_page_says_so():
    assert "Not run." in corridor_page(rows(0.5), pd.DataFrame(), command="x", csv="c.csv")
