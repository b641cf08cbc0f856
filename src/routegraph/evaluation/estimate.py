"""What an estimator says of a case, in one shape, whether it comes from memory or from the files of a run."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from routegraph.errors import InputError
from routegraph.evaluation.truth import ENDS

if TYPE_CHECKING:
    from routegraph.flows import FlowPosterior
    from routegraph.network import RouteGraph

INSUFFICIENT = "insufficient"
_BOUNDS = ("mean", "low", "high")


@dataclass(frozen=True)
class Estimate:
    """Flows and detection with 90 % intervals.

    Attributes
    ----------
    legs
        By (origin, destination): mean, low, high (consignments), insufficient (its level is withheld).
    places
        By place id: mean, low, high (throughflow), detection (NaN where it was not estimated).
    total
        mean, low, high of all consignments that set out on cross-border routes.
    """

    legs: pd.DataFrame
    places: pd.DataFrame
    total: pd.Series


def bounds(draws: np.ndarray, labels: pd.Index) -> pd.DataFrame:
    """Return mean, low and high (5 and 95 %) of each column of ``draws``, labelled."""
    from routegraph.flows import interval

    return interval(draws, name="flow").set_axis(list(_BOUNDS), axis=1).set_index(labels).astype("float64")


def total_of(draws: np.ndarray) -> pd.Series:
    """Return mean, low and high of draws of one number."""
    return bounds(np.asarray(draws, dtype=np.float64)[:, None], pd.Index(["total"])).iloc[0]


def from_posterior(
    graph: RouteGraph, posterior: FlowPosterior, *, verdicts: pd.Series, total: np.ndarray | None = None
) -> Estimate:
    """Return what a posterior says.

    Parameters
    ----------
    verdicts
        Verdict of each leg of the graph, as legs.csv would show it.
    total
        Draws of the total flow; by default the sum over the graph's routes.
    """
    detection = getattr(posterior, "detection", None)
    places = bounds(posterior.places, graph.places.index)
    return Estimate(
        legs=bounds(posterior.legs, graph.legs.index).assign(insufficient=verdicts.to_numpy() == INSUFFICIENT),
        places=places.assign(detection=np.nan if detection is None else detection.mean(axis=0, dtype=np.float64)),
        total=total_of(posterior.routes.sum(axis=1, dtype=np.float64) if total is None else total),
    )


def from_products(folder: Path) -> Estimate:
    """Read what a run wrote: legs.csv, places.csv and, for the total flow, run.json.

    Raises
    ------
    InputError
        run.json does not state the total flow.
    """
    from routegraph.render.tables import read_table

    legs = read_table((folder / "legs.csv").read_bytes())
    legs = legs[legs["named_pair"] == "no"].set_index(list(ENDS))
    places = read_table((folder / "places.csv").read_bytes()).set_index("place_id")
    named = {f"flow_{name}": bound for name, bound in zip(("mean", "p05", "p95"), _BOUNDS, strict=True)}
    through = {name.replace("flow", "throughflow"): bound for name, bound in named.items()}
    return Estimate(
        legs=_numbers(legs, named).assign(insufficient=(legs["verdict"] == INSUFFICIENT).to_numpy()),
        places=_numbers(places, through | {"detection_mean": "detection"}),
        total=_stated_total(folder / "run.json"),
    )


def _numbers(table: pd.DataFrame, named: dict[str, str]) -> pd.DataFrame:
    numbers: pd.DataFrame = table[list(named)].rename(columns=named).apply(pd.to_numeric).astype("float64")
    return numbers


def _stated_total(path: Path) -> pd.Series:
    facts = json.loads(path.read_text(encoding="utf-8"))
    stated = facts.get("diagnostics", {})
    keys = [f"total_flow_{name}" for name in ("mean", "p05", "p95")]
    if not all(key in stated for key in keys):
        raise InputError(path.name, "no total flow", expected=f"{', '.join(keys)} under diagnostics")
    return pd.Series([float(stated[key]) for key in keys], index=list(_BOUNDS))
