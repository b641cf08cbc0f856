"""How much of a world's truth each estimator recovers from its records."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from routegraph.errors import SettingError
from routegraph.evaluation import metrics
from routegraph.evaluation.estimate import Estimate
from routegraph.evaluation.truth import Truth, truth_of

if TYPE_CHECKING:
    from routegraph.synthetic import World

BUSIEST = 30
"""How many legs are the busiest, in truth and by estimate, for the share found and the log error."""

BUSY_LEGS, BUSY_PLACES = 60, 40
"""Of how many legs and places, the busiest by estimate, the intervals are judged."""

ALL = ("counts", "completed", "removal", "oracle")


def evaluate_world(
    world: World,
    *,
    estimators: Sequence[str] = ALL,
    draws: int = 400,
    seed: int | None = None,
    workers: int = 1,
    by_command: bool = False,
) -> pd.DataFrame:
    """Return how much of a world's truth each estimator recovers.

    Parameters
    ----------
    world
        Made by ``routegraph.synthetic.make_world``. It is written to a temporary folder as the contract's CSV files and
        read back from there.
    estimators
        Of ``counts``, ``completed`` (counts on completed routes), ``removal``, ``oracle``.
    draws, seed, workers
        Of each estimator; the seed is the world's own where None.
    by_command
        Whether ``removal`` is a whole run by the command line, judged by the files it wrote; else it stays in memory.

    Returns
    -------
    pandas.DataFrame
        Indexed by estimator, one column a measure: see :func:`measures`.

    Raises
    ------
    SettingError
        An estimator is unknown.
    RoutegraphError
        A run came to nothing.
    """
    from routegraph.evaluation.cases import case_of
    from routegraph.evaluation.estimators import ESTIMATORS

    unknown = [name for name in estimators if name not in ESTIMATORS]
    if unknown:
        raise SettingError(f"estimator is {unknown[0]!r}; expected one of {', '.join(ESTIMATORS)}")
    truth = truth_of(world)
    with tempfile.TemporaryDirectory(prefix="routegraph-") as folder:
        case = case_of(
            world,
            Path(folder),
            draws=draws,
            seed=world.seed if seed is None else seed,
            workers=workers,
            by_command=by_command,
        )
        rows = {name: measures(ESTIMATORS[name].estimate(case), truth) for name in estimators}
        events = int(case.graph.counts["events"])
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("estimator")
    table.insert(0, "events", events)
    return table


def measures(estimate: Estimate, truth: Truth) -> dict[str, float]:
    """Return every measure of one estimate against the truth.

    Returns
    -------
    dict
        found (share of the true 30 busiest legs among the estimated 30), spearman (over all legs of the transit
        network, unseen = 0), log_error (median over the true 30 busiest), spearman_detection (places with true traffic
        and an estimate), then ``cover_``, ``width_`` and ``score_`` (coverage, median log width and mean interval score
        of 90 % intervals) for legs (the estimated 60 busiest), places (the estimated 40 busiest by throughflow) and
        total; insufficient (share of those 60 legs whose level is withheld), cover_told (coverage over the others).
    """
    flow = estimate.legs["mean"]
    busy = estimate.legs.loc[metrics.chosen_by_estimate(estimate.legs, most=BUSY_LEGS)]
    places = estimate.places.loc[metrics.chosen_by_estimate(estimate.places, most=BUSY_PLACES)]
    told = busy[~busy["insufficient"].to_numpy(dtype=bool)]
    total = estimate.total.to_frame().T
    return {
        "found": metrics.share_found(flow, truth.legs, most=BUSIEST),
        "spearman": metrics.spearman(flow, truth.legs),
        "log_error": metrics.log_error(flow, truth.legs, most=BUSIEST),
        "spearman_detection": _detection(estimate, truth),
        **metrics.interval_measures(busy, truth.legs, name="legs"),
        **metrics.interval_measures(places, truth.places["throughflow"], name="places"),
        **metrics.interval_measures(total, pd.Series(truth.total, index=total.index), name="total"),
        "insufficient": float(busy["insufficient"].mean()) if len(busy) else np.nan,
        "cover_told": metrics.interval_measures(told, truth.legs, name="told")["cover_told"],
    }


def _detection(estimate: Estimate, truth: Truth) -> float:
    """Return the rank correlation of detection over places that traffic passes and that have an estimate."""
    passed = truth.places.index[truth.places["throughflow"] > 0]
    known = estimate.places["detection"].reindex(passed).dropna()
    return metrics.spearman(known, truth.places.loc[known.index, "detection"])
