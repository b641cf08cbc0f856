"""What changed between two runs of one case, and why: data, settings, corridors, legs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from routegraph.briefing.words import about, count_of, listing
from routegraph.corridors.score import WEIGHTS

MOST_LEGS = 10
"""Legs that a screen shows."""

ABSENT = 1.92
"""What a leg that no record names may still carry by counts alone: the 95 % point of Gamma(0.5), of 0 events."""


OTHERS = "its own parts and records are the same: others moved"


@dataclass(frozen=True)
class Saved:
    """A run as its folder holds it: the contract's tables as text, and what run.json says."""

    tables: Mapping[str, pd.DataFrame]
    run: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Difference:
    """What changed from one run to another.

    Attributes
    ----------
    why
        What went in differently, in sentences; empty where the two runs had the same data, settings and versions.
    corridors
        corridor_id, path, what (appeared, vanished, rose, fell, stays), rank_a, rank_b, verdict_a, verdict_b,
        flow_a, flow_b (mean and interval as text), told (yes where the intervals of flow do not overlap), because.
    legs
        origin, destination, flow_a, flow_b, times (mean over mean): the legs whose intervals do not overlap, farthest
        apart first.
    not_compared
        Why levels of flow are not compared; then nothing is told of them, and ``legs`` has no rows.
    """

    why: tuple[str, ...]
    corridors: pd.DataFrame
    legs: pd.DataFrame
    not_compared: str = ""


def difference(before: Saved, after: Saved) -> Difference:
    """Compare two runs: what changed, and by which part of the score and which records."""
    reason = _not_compared(before, after)
    corridors = _corridors(before, after, compared=not reason)
    return Difference(_why(before, after), corridors, _legs(before, after, compared=not reason), reason)


def _not_compared(before: Saved, after: Saved) -> str:
    """Return why flow in the two runs cannot be held against each other; empty where it can."""
    one, other = (str(run.run.get("estimator", "")) for run in (before, after))
    if one != other:
        return f"they are {one or 'unknown'} in the first run and {other or 'unknown'} in the second"
    untold = [name for name, run in (("first", before), ("second", after)) if not _levels_told(run)]
    return f"the data of the {' and the '.join(untold)} run cannot tell how many consignments" if untold else ""


def _levels_told(run: Saved) -> bool:
    return run.run.get("levels_told") is not False


def _why(before: Saved, after: Saved) -> tuple[str, ...]:
    said = []
    for what in ("settings", "versions"):
        one, other = (_mapping(run.run.get(what)) for run in (before, after))
        moved = sorted(name for name in {*one, *other} - {"out", "workers"} if one.get(name) != other.get(name))
        said += [
            f"{what}: {name} was {one.get(name, 'not set')!r}, is {other.get(name, 'not set')!r}" for name in moved
        ]
    one, other = (_mapping(run.run.get("inputs")) for run in (before, after))
    for source in sorted({*one, *other}):
        if one.get(source) != other.get(source):
            state = "is new" if source not in one else "is gone" if source not in other else "has other content"
            said.append(f"input: {source} {state}")
    ids = [set(run.tables["evidence"]["record_id"]) for run in (before, after)]
    new, gone = len(ids[1] - ids[0]), len(ids[0] - ids[1])
    if new or gone:
        said.append(
            f"records: {count_of(new, 'record')} in the second run only, {count_of(gone, 'record')} in the first only"
        )
    return tuple(said)


def _corridors(before: Saved, after: Saved, *, compared: bool) -> pd.DataFrame:
    one, other = (run.tables["corridors"].set_index("corridor_id") for run in (before, after))
    rows = []
    for key in [*other.index, *one.index.difference(other.index)]:
        a, b = (table.loc[key] if key in table.index else None for table in (one, other))
        ranks = [None if row is None else int(float(row["rank"])) for row in (a, b)]
        what = "appeared" if a is None else "vanished" if b is None else _moved(ranks)
        rows.append(
            {
                "corridor_id": key, "path": str((other if a is None else one).loc[key, "path"]), "what": what,
                "rank_a": "" if a is None else str(ranks[0]), "rank_b": "" if b is None else str(ranks[1]),
                "verdict_a": "" if a is None else a["verdict"], "verdict_b": "" if b is None else b["verdict"],
                "flow_a": _flow(a) if _levels_told(before) else "", "flow_b": _flow(b) if _levels_told(after) else "",
                "told": "yes" if compared and _apart(a, b) else "no",
                "because": _because(a, b, before, after, key) or ("" if what == "stays" else OTHERS),
            }
        )  # fmt: skip
    columns = ["corridor_id", "path", "what", "rank_a", "rank_b", "verdict_a", "verdict_b", "flow_a", "flow_b", "told",
               "because"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _moved(ranks: list[int | None]) -> str:
    before, after = ranks
    if before is None or after is None or before == after:
        return "stays"
    return "rose" if after < before else "fell"


def _because(a: pd.Series | None, b: pd.Series | None, before: Saved, after: Saved, key: str) -> str:
    """Name the parts of the score that moved it most, and the records that came or went."""
    said = []
    if a is not None and b is not None:
        parts = [_parts(row) for row in (a, b)]
        change = {
            name: WEIGHTS.get(name, 0.0) * (parts[1].get(name, 0.0) - parts[0].get(name, 0.0))
            for name in sorted({*parts[0], *parts[1]})
        }
        most = sorted(change, key=lambda name: (-round(abs(change[name]), 9), name))[:2]
        moved = [" to ".join([f"{name} {_part(parts[0], name)}", _part(parts[1], name)]) for name in most
                 if abs(change[name]) >= 0.05]  # fmt: skip
        said += [f"parts of the score: {listing(moved)}"] if moved else []
    ids = [_records(run, key) for run in (before, after)]
    new, gone = sorted(ids[1] - ids[0]), sorted(ids[0] - ids[1])
    for verb, which in (("came", new), ("went", gone)):
        if which:
            said.append(f"{count_of(len(which), 'record')} {verb} ({listing(which, most=3)})")
    return "; ".join(said)


def _part(parts: Mapping[str, float], name: str) -> str:
    return f"{parts[name]:.2f}" if name in parts else "not estimated"


def _legs(before: Saved, after: Saved, *, compared: bool) -> pd.DataFrame:
    """Return the legs whose 90 % intervals of flow do not overlap, farthest apart first.

    By counts a leg that is in one network only carries up to ``ABSENT`` in the other. Where flow was estimated, a leg
    may be absent because no route over it was kept: that is no flow of 0, and such legs are left out.
    """
    ends = ["origin", "destination"]
    if not compared:
        return pd.DataFrame(columns=[*ends, "flow_a", "flow_b", "times"])
    tables = []
    for run in (before, after):
        legs = run.tables["legs"]
        legs = legs.loc[legs["named_pair"] != "yes", [*ends, "flow_mean", "flow_p05", "flow_p95"]]
        tables.append(legs.set_index(ends).apply(pd.to_numeric, errors="coerce").astype("float64"))
    corrected = any(run.run.get("detection_corrected") is not False for run in (before, after))
    one, other = (each.dropna().add_suffix(side) for each, side in zip(tables, ("_a", "_b"), strict=True))
    both = one.join(other, how="inner" if corrected else "outer")
    absent = {f"flow_{part}_{side}": top for part, top in (("p05", 0.0), ("p95", ABSENT)) for side in ("a", "b")}
    both = both.fillna(absent)
    apart = (both["flow_p05_a"] > both["flow_p95_b"]) | (both["flow_p05_b"] > both["flow_p95_a"])
    told = both.loc[apart]
    # one is added only to order them: a rise from 0.1 to 1 is not farther than one from 100 to 900
    steps = np.log1p(told["flow_mean_b"].fillna(0.0)) - np.log1p(told["flow_mean_a"].fillna(0.0))
    times = told["flow_mean_b"] / told["flow_mean_a"].where(told["flow_mean_a"] > 0)
    told = told.assign(times=times, _far=steps.abs().round(9)).reset_index()
    told = told.sort_values(["_far", *ends], ascending=[False, True, True])
    out: pd.DataFrame = told[ends].reset_index(drop=True)
    for side in ("a", "b"):
        columns = [told[f"flow_{part}_{side}"].tolist() for part in ("mean", "p05", "p95")]
        out[f"flow_{side}"] = [_interval(*row) for row in zip(*columns, strict=True)]
    out["times"] = ["" if np.isnan(value) else f"{value:.3g}" for value in told["times"]]
    return out


def _apart(a: pd.Series | None, b: pd.Series | None) -> bool:
    if a is None or b is None or "" in (a["flow_p05"], b["flow_p05"]):
        return False
    return float(a["flow_p05"]) > float(b["flow_p95"]) or float(b["flow_p05"]) > float(a["flow_p95"])


def _flow(row: pd.Series | None) -> str:
    if row is None or row["flow_mean"] == "":
        return ""
    return _interval(*(float(row[f"flow_{part}"]) for part in ("mean", "p05", "p95")))


def _interval(mean: float, low: float, high: float) -> str:
    return "not in the network" if np.isnan(mean) else f"{about(mean)} ({about(low)} to {about(high)})"


def _parts(row: pd.Series) -> dict[str, float]:
    items = (one.partition(" ") for one in str(row.get("parts", "")).split("; ") if one)
    return {name: float(value) for name, _, value in items}


def _records(run: Saved, corridor: str) -> set[str]:
    evidence = run.tables["evidence"]
    return set(evidence.loc[(evidence["kind"] == "corridor") & (evidence["id"] == corridor), "record_id"])


def _mapping(value: object) -> dict[str, object]:
    return {str(name): item for name, item in value.items()} if isinstance(value, Mapping) else {}
