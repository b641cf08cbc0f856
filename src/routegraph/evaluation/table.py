"""The measures of many worlds as a page for people: Markdown tables, and in plain words what stands in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import resources

import numpy as np
import pandas as pd

from routegraph.evaluation.aims import judged, mean_and_error
from routegraph.evaluation.estimators import ESTIMATORS

REGIMES_IN_WORDS: Mapping[str, str] = {
    "heterogeneous": "detection differs much between countries and places",
    "equal": "every place looks equally well",
    "blind": "some countries seize and never report",
    "few_records": "a few hundred records",
}

TABLES: tuple[tuple[str, Mapping[str, str]], ...] = (
    (
        "Finding and ranking",
        {
            "found": "30 busiest found",
            "spearman": "Spearman, legs",
            "log_error": "log error",
            "spearman_detection": "Spearman, detection",
            "insufficient": "marked insufficient",
        },
    ),
    (
        "Coverage of 90 % intervals",
        {
            "cover_legs": "legs",
            "cover_told": "legs not marked",
            "cover_places": "places",
            "cover_total": "total flow",
        },
    ),
    (
        "Median log width and interval score (lower is better)",
        {
            "width_legs": "width, legs",
            "score_legs": "score, legs",
            "width_places": "width, places",
            "score_places": "score, places",
            "width_total": "width, total",
            "score_total": "score, total",
        },
    ),
)


BY_COMMAND = (
    "`removal` is a whole run of `routegraph run` in a process of its own, judged by the legs.csv, places.csv and "
    "run.json that it wrote."
)
IN_MEMORY = "`removal` stayed in memory: its products were not written."

ENOUGH = 20
"""Worlds of a kind from which on means are worth judging; below it the page says so first."""

TOO_FEW = (
    "\n\n**Too few worlds to judge by: {fewest} of a kind, where 20 are asked for.** Of so few a mean says little,\n"
    "and its standard error less: read `pass` and `FAIL` below as what these worlds did, not what the estimator "
    "does.\n\n"
)


def page(rows: pd.DataFrame, *, command: str, csv: str, by_command: bool) -> str:
    """Return docs/recovery.md: what was done, what became of the aims, the measures by regime, and what they mean.

    Parameters
    ----------
    rows
        As :func:`routegraph.evaluation.worlds_run.run_worlds` returns them.
    command, csv
        What makes the page again, and the name of the file of :func:`per_world` beside it.
    by_command
        Whether ``removal`` went through the command line.
    """
    template = resources.files("routegraph.evaluation").joinpath("data", "recovery.txt").read_text(encoding="utf-8")
    seeds = rows["seed"].to_numpy()
    facts = {
        "@COMMAND@": command,
        "@CSV@": csv,
        "@THROUGH@": BY_COMMAND if by_command else IN_MEMORY,
        "@WORLDS@": f"{rows['seed'].nunique()} worlds of each of {rows['regime'].nunique()} kinds",
        "@SEEDS@": f"{seeds.min()}-{seeds.max()}" if seeds.min() < seeds.max() else str(seeds.min()),
        "@AIMS@": _aims(rows),
        "@TABLES@": "\n\n".join(_regime(str(name), part) for name, part in rows.groupby("regime", sort=False)),
    }
    for mark, value in facts.items():
        template = template.replace(mark, value)
    fewest = int(rows.groupby("regime")["seed"].nunique().min())
    return template if fewest >= ENOUGH else template.replace("\n\n", TOO_FEW.format(fewest=fewest), 1)


def _aims(rows: pd.DataFrame) -> str:
    table = judged(rows)
    numbers = [_number(*both) for both in zip(table["mean"], table["two_errors"], strict=True)]
    texts = (table["regime"].map(_named), table["aim"], table["worlds"].astype(str), numbers, table["verdict"])
    cells = list(zip(*texts, strict=True))
    return markdown(["worlds", "aim", "n", "mean +- 2 s.e.", "result"], cells, right=(2, 3))


def _regime(name: str, rows: pd.DataFrame) -> str:
    """Return the tables of one kind of world, an estimator a row."""
    events = rows.drop_duplicates("seed")["events"]
    said = REGIMES_IN_WORDS.get(name, "")
    parts = [
        f"### {_named(name)}" + (f": {said}" if said else ""),
        f"{len(events)} worlds, {int(events.min()):,} to {int(events.max()):,} reported events each.",
    ]
    estimators = rows["estimator"].drop_duplicates().tolist()
    for title, columns in TABLES:
        cells = []
        for estimator in estimators:
            mine = rows[rows["estimator"] == estimator]
            cells.append([ESTIMATORS[estimator].label, *(_number(*mean_and_error(mine[one])) for one in columns)])
        parts.append(markdown([title, *columns.values()], cells, right=range(1, len(columns) + 1)))
    return "\n\n".join(parts)


def _named(regime: str) -> str:
    return regime.replace("_", " ")


def _number(mean: float, error: float) -> str:
    """Write a mean and two standard errors of it; a dash for what there is none of."""
    if np.isnan(mean):
        return "-"
    return f"{mean:.3f}" if np.isnan(error) else f"{mean:.3f} +- {error:.3f}"


def markdown(header: Sequence[str], cells: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> str:
    """Return a Markdown table, the columns in ``right`` aligned to the right."""
    rule = ["---:" if column in right else "---" for column in range(len(header))]
    return "\n".join(f"| {' | '.join(line)} |" for line in (header, rule, *cells))


def per_world(rows: pd.DataFrame) -> str:
    """Return the rows as CSV, numbers with six significant digits."""
    return rows.to_csv(index=False, float_format="%.6g", lineterminator="\n")
