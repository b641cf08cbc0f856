"""Per place: how likely a seizure is there, in a sentence, and the records that say so."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from routegraph.briefing.evidence import route_stops, seized_there
from routegraph.briefing.words import count_of, in_hundred
from routegraph.flows.posterior import interval

if TYPE_CHECKING:
    from routegraph.flows.posterior import FlowPosterior
    from routegraph.network.graph import RouteGraph

SEIZED, PASSED = "seized", "passed"
SILENT_PLACE = 0.05
"""A place where less than this share of seizures is reported is said not to report."""


def detection_table(graph: RouteGraph, posterior: FlowPosterior) -> pd.DataFrame:
    """Return detection_mean, detection_p05, detection_p95 per place: the chance of a seizure there, reported or not.

    Empty where the estimator does not give it.
    """
    if posterior.detection is None:
        return pd.DataFrame(
            np.nan, index=graph.places.index, columns=["detection_mean", "detection_p05", "detection_p95"]
        )
    return interval(posterior.detection, name="detection").set_index(graph.places.index)


def detection_records(graph: RouteGraph, records: pd.DataFrame) -> pd.DataFrame:
    """Return the records that drive detection at each place: place_id, how (seized, passed), record_id; sorted.

    Parameters
    ----------
    graph
        The network; its evidence says which steps each record travelled before it was seized.
    records
        The records that the run used.

    Notes
    -----
    A seizure made at the place raises its chance; a consignment that passed the place and was seized further on lowers
    it. Records that were only bound for the place, or whose known part begins beyond it, say nothing about it.
    """
    seized = seized_there(graph, records).rename(columns={"id": "place_id"}).assign(how=SEIZED)
    travelled = graph.evidence.loc[graph.evidence["part"] == "travelled", ["route", "step", "record_id"]]
    left = route_stops(graph)[["route", "step", "origin"]].rename(columns={"origin": "place_id"})
    passed = travelled.merge(left, on=["route", "step"]).assign(how=PASSED)
    both = pd.concat([seized, passed[["place_id", "how", "record_id"]]], ignore_index=True)
    # A record that came by twice was seized there and had passed it: the seizure is what it tells.
    both = both.sort_values(["place_id", "record_id", "how"], ascending=[True, True, False])
    both = both.drop_duplicates(["place_id", "record_id"])[["place_id", "how", "record_id"]]
    return both.sort_values(["place_id", "how", "record_id"], ignore_index=True)


def place_sentences(graph: RouteGraph, posterior: FlowPosterior, records: pd.DataFrame) -> pd.Series:
    """Return a sentence per place on its detection and what drives it; empty where detection is not estimated.

    ``records`` are those of :func:`detection_records`.
    """
    if posterior.detection is None:
        return pd.Series("", index=graph.places.index, dtype="str")
    table = detection_table(graph, posterior)
    for how in (SEIZED, PASSED):
        counted = records.loc[records["how"] == how].groupby("place_id").size()
        table[how] = counted.reindex(table.index).fillna(0).astype(np.int64)
    table["reported"] = 1.0
    if posterior.reporting is not None:
        table["reported"] = posterior.reporting.mean(axis=0, dtype=np.float64)
    said = [place_sentence(row, levels_told=posterior.levels_told) for row in table.to_dict("records")]
    return pd.Series(said, index=graph.places.index, dtype="str")


def place_sentence(row: Mapping[Hashable, float], *, levels_told: bool = True) -> str:
    """Return one sentence from detection_mean, _p05, _p95, seized, passed (records) and reported (share).

    ``levels_told`` False adds that the number is not to be read by itself.
    """
    if np.isnan(row["detection_mean"]):
        return ""
    low, high = in_hundred(row["detection_p05"]), in_hundred(row["detection_p95"])
    chance = f"About {in_hundred(row['detection_mean'])} in 100 consignments that come here are seized here"
    text = f"{chance}, reported or not (90 % interval {low} to {high} in 100)"
    seized, passed = int(row["seized"]), int(row["passed"])
    if not seized and not passed:
        basis = "no record was seized here or had passed it: the value is that of places like it"
    else:
        went = f"{count_of(passed, 'record')} passed it and {'was' if passed == 1 else 'were'} seized further on"
        basis = f"{count_of(seized, 'record')} {'was' if seized == 1 else 'were'} seized here, {went}"
    silent = "; seizures here are not reported: places like it inform the value, and what passes it"
    level = "" if levels_told else "; the level is insufficient: compare places, do not quote the number"
    return f"{text}: {basis}{silent if row['reported'] < SILENT_PLACE else ''}{level}."
