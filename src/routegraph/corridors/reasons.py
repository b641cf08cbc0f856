"""Why a corridor is flagged: plain sentences about records, each with its numbers."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from math import ceil, floor
from typing import TYPE_CHECKING

import numpy as np

from routegraph.corridors.branches import Branch
from routegraph.corridors.members import Members
from routegraph.corridors.ways import TOGETHER, Path
from routegraph.flows.precision import two_digits

if TYPE_CHECKING:
    from routegraph.network.graph import RouteGraph


STANDS_OUT = 75
"""A step that lies on more ways than this per cent of all legs is a reason."""


def reported(held: Members, *, path: Path) -> str:
    """Say how many reported events lie on the corridor's routes."""
    steps = len(path) - 1
    counted = f"{_count(held.events, 'reported seizure')} in {_count(len(held.record_ids), 'record')}"
    where = f"{counted}, on {_count(len(held.routes), 'route')}"
    least = ceil(TOGETHER * steps)
    passed = f"at least {least} of them passed before the seizure, by report or by inference"
    return f"{where} lying mostly on these {steps} steps, {passed}"


def busiest_pair(graph: RouteGraph, held: Members, *, path: Path) -> str:
    """Name the two ends between which most of the reported events went, and how much of the chain they passed.

    Nothing where no record travelled enough of it: candidate routes carry it by what was estimated alone.
    """
    if not held.ends:
        return ""
    first = min(held.ends, key=lambda pair: (-held.ends[pair], pair))
    passed = held.passed[first]
    steps = f"{passed[0]}" if len(passed) == 1 else f"{passed[0]} to {passed[-1]}"
    start, end = _name(graph, first[0]), _name(graph, first[1])
    return (
        f"most between one pair of places: {_count(held.ends[first], 'reported seizure')} from {start} to {end}, "
        f"passing {steps} of its {len(path) - 1} steps"
    )


def observed(status: Sequence[str], *, bare: int = 0) -> str:
    """Say how many steps a record reports as travelled, how many are inferred, and how many only intended.

    ``bare`` of the inferred ones have no record at all: only candidate routes pass them.
    """
    n, seen = len(status), sum(one == "travelled" for one in status)
    if seen == n:
        return f"all {n} steps are reported as travelled by at least one record"
    text = f"{seen} of {n} steps {_are(seen)} reported as travelled"
    inferred, ahead = (sum(one == kind for one in status) for kind in ("inferred", "intended"))
    inferred -= bare
    if inferred:
        text += f", {inferred} {_are(inferred)} inferred between places that records name"
    if bare:
        text += f", {bare} {_are(bare)} on the most probable routes and named by none of its records"
    if ahead:
        text += f", {ahead} {_are(ahead)} only reported as the way ahead when it was seized"
    return text


def crossed(borders: int, *, border: str) -> str:
    """Say how many borders that count it crosses."""
    return f"it crosses {_count(borders, 'border')} between {'regions' if border == 'region' else 'countries'}"


def flow(
    row: Mapping[Hashable, float], *, corrected: bool, top: int, corridors: int, levels_told: bool = True
) -> str:  # fmt: skip
    """Say how much the estimator thinks travelled it together, and how sure its place at the top is.

    Where the data tell no level it says the place alone, and nothing of a single corridor.
    """
    what = "estimated flow" if corrected else "smoothed count, not corrected for detection:"
    of = "consignments" if corrected else "seizure events"
    mean, low, high = (_amount(row[f"flow_{name}"], corrected=corrected) for name in ("mean", "p05", "p95"))
    text = f"{what} {mean} {of} (90 % interval {low} to {high}), " if levels_told else ""
    if corridors < 2:
        return text.removesuffix(", ")
    first = "the one with most" if top == 1 else f"among the {top} with most"
    whose = "" if levels_told else " estimated flow"
    return f"{text}{first}{whose} of the {corridors} corridors flagged: chance {_share(row['p_top'])}"


def share(row: Mapping[Hashable, float]) -> str:
    """Say what share of all estimated flow it is, where the data cannot tell how much flow there is."""
    low, mean, high = (f"{100 * row[f'share_{name}']:.1f}" for name in ("p05", "mean", "p95"))
    return (
        f"how many consignments it carries these data cannot tell: of all estimated flow it is {mean} % (90 % interval "
        f"{low} to {high} %)"
    )


def chokepoint(graph: RouteGraph, standing: np.ndarray, *, path: Path) -> str:
    """Name the step of the chain that most of the most probable ways pass; empty where it does not stand out."""
    best = int(np.argmax(np.round(standing, 9)))
    share = floor(100 * standing[best] + 1e-9)
    if share < STANDS_OUT:
        return ""
    return (
        f"its step from {_name(graph, path[best])} to {_name(graph, path[best + 1])} lies on more of the most probable "
        f"ways than {share} % of all legs"
    )


def sources(events: Mapping[str, int], sole: Mapping[str, float], *, case: int) -> str:
    """Say who reported its seizures (events by source, most first); empty where the case has only one source.

    ``sole``: events on routes that nobody else reports anything of.
    """
    named = {source: n for source, n in events.items() if source}
    if case < 2 or not named:
        return ""
    first, most = next(iter(named.items()))
    share = floor(100 * most / sum(events.values()) + 1e-9)
    text = f"{_count(len(named), 'source')} of {case} reported its seizures, {first} {share} % of them"
    if len(named) == 1:
        text = f"1 source of {case} reported all its seizures whose source is stated, {first}"
    alone = sole.get(first, 0.0)
    return text + (f", and nobody else reports the routes of {_count(round(alone), 'event')}" if alone else "")


def branching(graph: RouteGraph, beside: Sequence[Branch], *, corrected: bool, levels_told: bool = True) -> str:
    """Say where other traffic joins and leaves it, most first; empty where hardly any does."""
    if not beside:
        return ""
    words = {"joins": "joins at {at} from {other}", "leaves": "leaves at {at} for {other}"}
    what = "consignments" if corrected else "seizure events"
    bounds = [tuple(_amount(flow, corrected=corrected) for flow in (one.flow_p05, one.flow_p95)) for one in beside]
    each = [
        words[one.kind].format(at=_name(graph, one.at), other=_name(graph, one.other))
        + (f" ({low} to {high})" if levels_told else "")
        for one, (low, high) in zip(beside, bounds, strict=True)
    ]
    return f"traffic that {', '.join(each)}" + (f": {what}, 90 % interval" if levels_told else "")


def firmness(
    low: int, high: int, without: Mapping[str, int], *, of: int, left_out: int, corrected: bool
) -> str:  # fmt: skip
    """Say between which ranks it lies when flow is drawn anew, weights are moved and sources are left out.

    ``left_out``: how many sources were, one at a time; a case may have more.
    """
    if of < 2:
        return ""
    place = f"rank {low}" if low == high else f"between ranks {low} and {high}"
    trials = [f"{'flow' if corrected else 'counts'} drawn anew", "each weight 20 % up and down"]
    whose = f"what {_count(left_out, 'source')} alone {'reports' if left_out == 1 else 'report'} left out"
    trials += [whose + (" in turn" if left_out > 1 else "")] if left_out else []
    text = f"of {of} chains compared it is {place} in 90 % of trials ({', '.join(trials)})"
    worst = max(without.items(), key=lambda item: (item[1], item[0]), default=("", 0))
    if worst[1] > high:
        text += f", but rank {worst[1]} without what {worst[0]} alone reports"
    return text


def scored(parts: Mapping[str, float], *, weights: Mapping[str, float]) -> str:
    """Say what the score is made of, the heaviest part first, so that a reader can do the sum again."""
    order = sorted(parts, key=lambda name: (-weights[name], list(weights).index(name)))
    listed = ", ".join(f"{name} {parts[name]:.2f} x {weights[name]:.0f}" for name in order)
    return f"its score is ({listed}) / {sum(weights[name] for name in order):.0f}"


def _are(n: int) -> str:
    return "is" if n == 1 else "are"


def _count(n: int, what: str) -> str:
    return f"{n:,} {what}" + ("" if n == 1 else "s")


def _amount(flow: float, *, corrected: bool) -> str:
    """Return a flow as people write it: an estimate with two significant digits, a decimal only where it matters."""
    flow = two_digits(flow) if corrected else flow
    return f"{flow:,.0f}" if flow >= 9.95 else f"{flow:.1f}"


def _share(p: float) -> str:
    """Return a probability from draws, which can never show that something is certain or impossible."""
    return "over 99 %" if p > 0.99 else "under 1 %" if p < 0.01 else f"{100 * p:.0f} %"


def _name(graph: RouteGraph, place: str) -> str:
    """Return the name of a place; without a semicolon, which parts the reasons where they stand in one cell."""
    return (str(graph.places.loc[place, "name"]) or place).replace(";", ",")
