"""What became of corridors in many worlds, as a page for people."""

from __future__ import annotations

from importlib import resources

import numpy as np
import pandas as pd

from routegraph.evaluation.aims import mean_and_error
from routegraph.evaluation.corridors import BANDS
from routegraph.evaluation.estimators import ESTIMATORS
from routegraph.evaluation.table import markdown

WORDS = (
    "almost no chance", "very unlikely", "unlikely", "roughly even chance", "likely", "very likely", "almost certain",
)  # fmt: skip


def corridor_page(rows: pd.DataFrame, again: pd.DataFrame, *, command: str, csv: str) -> str:
    """Return docs/corridor_recovery.md.

    Parameters
    ----------
    rows, again
        As :func:`routegraph.evaluation.worlds_run.run_worlds` returns them for the measures ``corridors`` and
        ``tiers``; ``again`` may be empty.
    command, csv
        What makes the page again, and the name of the file with the numbers of each world beside it.
    """
    template = resources.files("routegraph.evaluation").joinpath("data", "corridor_recovery.txt")
    seeds = rows["seed"].to_numpy()
    facts = {
        "@COMMAND@": command,
        "@CSV@": csv,
        "@WORLDS@": f"{rows['seed'].nunique()} worlds of each kind",
        "@SEEDS@": f"{seeds.min()}-{seeds.max()}",
        "@FOUND@": _found(rows),
        "@VERDICTS@": _verdicts(rows),
        "@RELIABILITY@": "\n\n".join(
            f"{str(regime).replace('_', ' ')}:\n\n{_reliability(part)}"
            for regime, part in rows[rows["estimator"] == "removal"].groupby("regime", sort=False)
        ),
        "@AGAIN@": str(len(again)),
        "@TIERS@": _tiers(again),
    }
    text = template.read_text(encoding="utf-8")
    for mark, value in facts.items():
        text = text.replace(mark, value)
    return text


def _found(rows: pd.DataFrame) -> str:
    cells = [
        [
            str(regime).replace("_", " "), ESTIMATORS[str(estimator)].label, str(len(part)),
            *(_number(*mean_and_error(part[column])) for column in ("found", "found_50")),
        ]
        for (regime, estimator), part in rows.groupby(["regime", "estimator"], sort=False)
    ]  # fmt: skip
    header = ["worlds", "corridors of", "n", "20 heaviest among the first 30", "among all 50"]
    return markdown(header, cells, right=(2, 3, 4))


def _verdicts(rows: pd.DataFrame) -> str:
    cells = []
    for regime, part in rows[rows["estimator"] == "removal"].groupby("regime", sort=False):
        said = part[["under", "under_right", "artefact", "artefact_right"]].sum()
        cells.append(
            [
                str(regime).replace("_", " "),
                *(f"{said[name]:.0f}, {said[f'{name}_right']:.0f} of them truly" for name in ("under", "artefact")),
            ]
        )
    return markdown(["worlds", "called under-detected", "called enforcement artefacts"], cells)


def _reliability(rows: pd.DataFrame) -> str:
    cells = []
    for k, word in enumerate(WORDS):
        n, chance, true = (float(rows[f"top_{k}{part}"].sum()) for part in ("", "_chance", "_true"))
        if n:
            ends = f"{100 * BANDS[k]:.0f}-{100 * BANDS[k + 1]:.0f} %"
            cells.append([f"{ends}: {word}", f"{n:,.0f}", f"{chance / n:.3f}", f"{true / n:.3f}"])
    return markdown(["said", "legs", "mean chance said", "truly on top"], cells, right=(1, 2, 3))


def _tiers(again: pd.DataFrame) -> str:
    if again.empty:
        return "Not run."
    names = {
        "both": "flagged both times, of 50", "same_tier": "same tier", "near_tier": "at most one apart",
        "rank_correlation": "rank correlation", "within": "rank within the interval",
    }  # fmt: skip
    cells = [[_number(*mean_and_error(again[column])) for column in names]]
    return markdown(list(names.values()), cells, right=range(len(names)))


def _number(mean: float, error: float) -> str:
    if np.isnan(mean):
        return "-"
    return f"{mean:.3f}" if np.isnan(error) else f"{mean:.3f} +- {error:.3f}"
