"""Path memory: where what comes next depends on where traffic came from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from routegraph.analysis.memory_contexts import FEWEST_RECORDS, FOUND_FALSE, Remembered, remembered
from routegraph.analysis.memory_order import FOLDS, chosen_order, held_out_loss
from routegraph.analysis.named_paths import named_visits
from routegraph.analysis.scores import PathRules
from routegraph.analysis.sweep import check_aligned

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from routegraph.analysis.named_paths import Visits
    from routegraph.flows.posterior import FlowPosterior
    from routegraph.network.graph import RouteGraph

STAGE = 55
"""This user of randomness among all stages."""

MOST_PLACES = 4
RECORDS_SHOWN = 50
COLUMNS = (
    "rule", "context", "next", "memory_mean", "memory_p05", "memory_p95", "shorter_mean", "lift", "support", "p_value",
    "q_value", "record_ids",
)  # fmt: skip


def memory(graph: RouteGraph, posterior: FlowPosterior) -> PathRules:
    """Say where the next place depends on the places before: "arriving at B from A, 80 % go on to C; of all, 25 %".

    Answers: does it help to know where a consignment came from? Where there is no rule, a leg's flow tells all that
    the records know of what comes next.

    Parameters
    ----------
    graph
        Its evidence: the steps whose two ends a record names next to each other, travelled or intended. Steps that
        were inferred are left out, for a model chose them.
    posterior
        Draws of the graph; only its seed is used. Draws of flow on candidate routes hold the memory that the
        candidates were given.

    Returns
    -------
    PathRules
        One row a rule: rule (a sentence), context (place ids, the oldest first, the last is where it is), next (place
        id), memory_mean, memory_p05, memory_p95 (0-1: chance to go on to next, given the context), shorter_mean (0-1:
        the same given the shorter context that it is held against), lift (log2 of their ratio), support (events with
        this context), p_value, q_value and record_ids (those that took this step, or where none did, those of the
        context; the first 50). The rules that move most come first: support x |memory_mean - shorter_mean|.
        ``parameters``: order (places of context, 1 = no memory), log_loss_by_order (bits a step, held out), tested
        (contexts), paths, records; ``not_estimated`` where no rule could be looked for, with the reason.

    Raises
    ------
    SettingError
        The draws belong to another graph.

    Notes
    -----
    A context is extended by one place where KL(extended || shorter) > length / log2(1 + support) bits (Xu,
    Wickramarathne & Chawla 2016; Saebi et al. 2020), length being the places of the extended one. That threshold
    alone finds memory in memoryless paths. So it must also be more than chance gives (exact test by Monte Carlo, next
    places dealt anew to the records; false discoveries held at 5 % over all contexts), and records that were held out
    must be foretold better with this order than with a lower one. Among contexts, the longest that holds is compared.
    The test counts a record once, whatever events it stands for, for they were not observed apart; chances count
    events, and their 90 % interval is Jeffreys' with Kish's effective number. A rule was chosen because it stands
    out: its mean is somewhat too far out. Records are not flow: sources that name different parts of a path, each in
    its own area, look like memory.

    References
    ----------
    Xu, Wickramarathne & Chawla 2016, doi 10.1126/sciadv.1600028; Saebi, Xu, Kaplan, Ribeiro & Chawla 2020 (BuildHON+),
    doi 10.1140/epjds/s13688-020-00233-y; Benjamini & Hochberg 1995, doi 10.1111/j.2517-6161.1995.tb02031.x; Brown, Cai
    & DasGupta 2001 (Jeffreys interval), doi 10.1214/ss/1009213286.
    """
    check_aligned(graph, posterior)
    visits = named_visits(graph, longest=MOST_PLACES)
    records = len(np.unique(visits.record))
    parameters: dict[str, object] = {
        "steps": "named next to each other, travelled or intended", "records": records, "steps_named": len(visits.at),
        "threshold": "KL > length / log2(1 + support)", "false_discovery": FOUND_FALSE,
        "fewest_records": FEWEST_RECORDS, "folds": FOLDS,
        "interval": "Jeffreys, of events", "returns_set_aside": visits.returns,
    }  # fmt: skip
    with_past = int((visits.levels[1].context >= 0).sum())
    if with_past < FEWEST_RECORDS:
        reason = f"{with_past} steps follow on another that a record names, of {FEWEST_RECORDS} at least"
        return PathRules(_table([]), "memory", parameters | {"order": 1, "tested": 0, "not_estimated": reason})
    loss = held_out_loss(visits)
    order = chosen_order(loss)
    bits = loss.sum(axis=0) / len(visits.at)
    parameters["order"] = order
    parameters["log_loss_by_order"] = {str(k): round(float(one), 6) for k, one in enumerate(bits, start=1)}
    found, tested = remembered(visits, order=order, seed=(posterior.seed, STAGE))
    parameters["tested"] = tested
    if order == 1:
        parameters["not_estimated"] = "records that were held out are foretold as well without memory"
    shown = graph.places["name"].astype(str).to_dict() if "name" in graph.places else {}
    rows = [row for one in found for row in _rows(visits, one, shown=shown)]
    return PathRules(_table(rows), "memory", parameters)


def _rows(visits: Visits, found: Remembered, *, shown: Mapping[Hashable, str]) -> list[dict[str, object]]:
    """Return the rows of one context: next places whose interval leaves out the chance without memory, or the first."""
    own, without = visits.after[found.visits], found.without
    chance = _chances(own, visits.events[found.visits], found.nexts)
    apart = (chance[:, 1] > without) | (chance[:, 2] < without)
    apart[np.argmax(np.round(np.abs(chance[:, 0] - without), 9))] = True
    support = float(visits.events[found.visits].sum())
    past = visits.path(int(found.visits[0]), found.length)
    rows: list[dict[str, object]] = []
    for k in np.flatnonzero(apart):
        following = str(visits.places[found.nexts[k]])
        took = found.visits[own == found.nexts[k]]
        ids = np.unique(visits.record[took if len(took) else found.visits])
        mean, low, high, shorter = (float(one) for one in (*chance[k], without[k]))
        said = _sentence(past, following, (mean, low, high, shorter), shorter_length=found.shorter_length, shown=shown)
        rows.append({
            "rule": said, "context": " > ".join(past), "next": following, "memory_mean": mean, "memory_p05": low,
            "memory_p95": high, "shorter_mean": shorter, "lift": float(np.log2(mean / shorter)), "support": support,
            "p_value": found.p_value, "q_value": found.q_value, "record_ids": "; ".join(ids[:RECORDS_SHOWN].tolist()),
        })  # fmt: skip
    return rows


def _chances(after: np.ndarray, events: np.ndarray, nexts: np.ndarray) -> np.ndarray:
    """Return mean, 5 % and 95 % point of the chance of each next place: Dirichlet posterior with Jeffreys' prior.

    Events of one record are no observations apart: their shares count as (sum e)^2 / sum e^2 of them (Kish 1965).
    """
    from scipy.special import betaincinv

    share = np.bincount(np.searchsorted(nexts, after), weights=events, minlength=len(nexts)) / events.sum()
    seen = events.sum() ** 2 / (events**2).sum()
    one, other = share * seen + 0.5, (1 - share) * seen + 0.5 * (len(nexts) - 1)
    return np.column_stack([one / (one + other), betaincinv(one, other, 0.05), betaincinv(one, other, 0.95)])


def _sentence(
    past: tuple[str, ...],
    following: str,
    said: tuple[float, ...],
    *,
    shorter_length: int,
    shown: Mapping[Hashable, str],
) -> str:
    """Return the rule as a sentence with the names of places."""
    name = [shown.get(one) or one for one in past]
    mean, low, high, shorter = (_percent(one) for one in said)
    known = f"at {name[-1]}" + _coming(name[len(name) - shorter_length : -1])
    return (
        f"Arriving at {name[-1]}{_coming(name[:-1])}, {mean} go on to {shown.get(following) or following} "
        f"({low} to {high}); knowing only that they are {known}, one would say {shorter}."
    )


def _coming(name: list[str]) -> str:
    """Return where a path came from, the latest first."""
    return "".join(f" from {one}" if k == 0 else f", before that {one}" for k, one in enumerate(name[::-1]))


def _percent(chance: float) -> str:
    return f"{100 * chance:.0f} %" if chance >= 0.01 else "under 1 %"


def _table(rows: list[dict[str, object]]) -> pd.DataFrame:
    """Return rules, those that move the most events first; ties by context and next place."""
    text = {"rule", "context", "next", "record_ids"}
    if not rows:
        return pd.DataFrame({name: pd.Series(dtype="str" if name in text else "float64") for name in COLUMNS})
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    moved = (table["support"] * (table["memory_mean"] - table["shorter_mean"]).abs()).round(6)
    order = table.assign(moved=moved).sort_values(["moved", "context", "next"], ascending=[False, True, True]).index
    return table.loc[order].reset_index(drop=True)
