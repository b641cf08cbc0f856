"""A saved run by hand: its tables as the files hold them, every cell text, and what run.json says."""

from __future__ import annotations

from typing import Any

import pandas as pd

from routegraph.briefing.columns import COLUMNS
from routegraph.briefing.difference import Saved

PATH = ("MMR-a", "THA-b", "MYS-c")
PARTS = {"volume": 0.9, "size": 0.8, "evidence": 0.5, "reach": 0.5}
SCORE = (30 * 0.9 + 40 * 0.8 + 5 * 0.5 + 2 * 0.5) / 77


def table(name: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return a table of the contract with these cells, all text; the rest is empty."""
    filled = [{**dict.fromkeys(COLUMNS[name], ""), **{key: str(value) for key, value in row.items()}} for row in rows]
    return pd.DataFrame(filled, columns=list(COLUMNS[name]), dtype="str")


def corridor(rank: int = 1, path: tuple[str, ...] = PATH, **other: Any) -> dict[str, Any]:
    parts = other.pop("parts", PARTS)
    return {
        "rank": rank, "corridor_id": f"C-{'-'.join(path)}", "path": " > ".join(path), "score": f"{SCORE:.6g}",
        "flow_mean": 41.5, "flow_p05": 30.2, "flow_p95": 55.1, "p_top": 0.87, "tier": 1, "verdict": "supported",
        "reasons": "12 reported seizures; it crosses 2 borders; its score is (volume 0.90 x 30) / 77", "seizures": 12,
        "n_records": 3, "rank_p05": rank, "rank_p95": rank + 2,
        "parts": "; ".join(f"{name} {value:.6g}" for name, value in parts.items()),
        "by_weight": f"volume {rank} {rank}; size {rank} {rank + 1}", "without": "4 Customs; 2 Border police of B",
        "branches": "joins THA-b x y 12.5", "steps": "travelled; inferred",
    } | other  # fmt: skip


def leg(origin: str, end: str, mean: float, low: float, high: float, **other: Any) -> dict[str, Any]:
    ends = {"origin": origin, "destination": end, "named_pair": "no"}
    return ends | {"flow_mean": mean, "flow_p05": low, "flow_p95": high} | other


def saved(
    *, corridors: list[dict[str, Any]] | None = None, legs: list[dict[str, Any]] | None = None,
    evidence: list[tuple[str, int, str]] | None = None, names: dict[str, str] | None = None, **run: Any,
) -> Saved:  # fmt: skip
    """Return a run; ``evidence`` is (corridor id, step, record)."""
    rows = [corridor()] if corridors is None else corridors
    key = f"C-{'-'.join(PATH)}"
    uses = [(key, 0, "r1"), (key, 0, "r2"), (key, 1, "r3")] if evidence is None else evidence
    places = {"MMR-a": "Alpha", "THA-b": "Beta", "MYS-c": "Gamma"} if names is None else names
    facts = {
        "estimator": "removal", "detection_corrected": True, "levels_told": True, "marking": "TLP:AMBER",
        "synthetic": False, "caveats": ["Seizures are not flow."], "settings": {"seed": 0, "out": "a", "workers": 1},
        "versions": {"routegraph": "0.1.0"}, "inputs": {"s.csv": {"digest": "d1"}},
    }  # fmt: skip
    return Saved(
        {
            "corridors": table("corridors", rows),
            "legs": table("legs", [leg("MMR-a", "THA-b", 80, 60, 100), leg("THA-b", "MYS-c", 50, 40, 60)]
                          if legs is None else legs),
            "places": table("places", [
                {"place_id": one, "name": name, "detection_mean": 0.123 if one != "MMR-a" else ""}
                for one, name in places.items()
            ]),
            "evidence": table("evidence", [
                {"kind": "corridor", "id": one, "step": step, "record_id": record, "status": "travelled"}
                for one, step, record in uses
            ]),
        },
        facts | run,
    )  # fmt: skip
