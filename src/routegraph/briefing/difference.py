"""What changed between two runs of one case, and why: data, settings, corridors, legs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from routegraph.briefing.words import about, count_of, listing
from routegraph.corridors.score import WEIGHTS

MOST_LEGS = 10


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
        origin, destination, flow_a, flow_b, times: the legs whose intervals do not overlap, farthest apart first.
    """

    why: tuple[str, ...]
    corridors: pd.DataFrame
    legs: pd.DataFrame


def difference(before: Saved, after: Saved) -> Difference:
    """Compare two runs: what changed, and by which part of the score and which records."""
    return Difference(_why(before, after), _corridors(before, after), _legs(before, after))


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


def _corridors(before: Saved, after: Saved) -> pd.DataFrame:
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
                "flow_a": _flow(a), "flow_b": _flow(b), "told": "yes" if _apart(a, b) else "no",
                "because": _because(a, b, before, after, key),
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
            name: WEIGHTS[name] * (parts[1].get(name, 0.0) - parts[0].get(name, 0.0)) for name in {*parts[0], *parts[1]}
        }
        most = sorted(change, key=lambda name: (-round(abs(change[name]), 9), name))[:2]
        moved = [f"{name} {parts[0].get(name, 0.0):.2f} to {parts[1].get(name, 0.0):.2f}" for name in most
                 if abs(change[name]) >= 0.05]  # fmt: skip
        said += [f"parts of the score: {listing(moved)}"] if moved else []
    ids = [_records(run, key) for run in (before, after)]
    new, gone = sorted(ids[1] - ids[0]), sorted(ids[0] - ids[1])
    for verb, which in (("came", new), ("went", gone)):
        if which:
            said.append(f"{count_of(len(which), 'record')} {verb} ({listing(which, most=3)})")
    return "; ".join(said)


def _legs(before: Saved, after: Saved) -> pd.DataFrame:
    """Return the legs whose 90 % intervals of flow do not overlap, farthest apart first."""
    ends = ["origin", "destination"]
    tables = []
    for run in (before, after):
        legs = run.tables["legs"]
        legs = legs.loc[legs["named_pair"] != "yes", [*ends, "flow_mean", "flow_p05", "flow_p95"]]
        tables.append(legs.set_index(ends).apply(pd.to_numeric, errors="coerce"))
    both = tables[0].join(tables[1], how="outer", lsuffix="_a", rsuffix="_b").fillna(0.0)
    apart = (both["flow_p05_a"] > both["flow_p95_b"]) | (both["flow_p05_b"] > both["flow_p95_a"])
    told = both.loc[apart]
    times = (told["flow_mean_b"] + 1) / (told["flow_mean_a"] + 1)
    told = told.assign(times=times, _far=np.log(times).abs()).reset_index()
    told = told.sort_values(["_far", *ends], ascending=[False, True, True]).head(MOST_LEGS)
    out: pd.DataFrame = told[ends].reset_index(drop=True)
    for side in ("a", "b"):
        columns = [told[f"flow_{part}_{side}"].tolist() for part in ("mean", "p05", "p95")]
        out[f"flow_{side}"] = [_interval(*row) for row in zip(*columns, strict=True)]
    out["times"] = [f"{value:.3g}" for value in told["times"]]
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
    return f"{about(mean)} ({about(low)} to {about(high)})"


def _parts(row: pd.Series) -> dict[str, float]:
    items = (one.partition(" ") for one in str(row.get("parts", "")).split("; ") if one)
    return {name: float(value) for name, _, value in items}


def _records(run: Saved, corridor: str) -> set[str]:
    evidence = run.tables["evidence"]
    return set(evidence.loc[(evidence["kind"] == "corridor") & (evidence["id"] == corridor), "record_id"])


def _mapping(value: object) -> dict[str, object]:
    return {str(name): item for name, item in value.items()} if isinstance(value, Mapping) else {}
