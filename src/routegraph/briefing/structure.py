"""The rows of structure.csv: what every analysis says of places, legs, rules and the case, in one long table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from routegraph.analysis.scores import CaseFigures, LegScores, Partition, PathRules, PlaceScores

if TYPE_CHECKING:
    from collections.abc import Hashable

    from routegraph.analysis.scores import Scores

MOST_ROWS = 1_000
"""Rows of one analysis, the highest first; a notebook holds all of them."""

_NUMBERS = ("mean", "p05", "p95")
_RANKS = ("rank_p05", "rank_p95", "p_top", "tier")


def structure_table(scores: Mapping[str, Scores]) -> pd.DataFrame:
    """Return what every analysis says, one row an item.

    Columns: analysis, kind (place, leg, rule, case), id (place id, ``A > B``, rule, figure), mean, p05, p95 (90 %
    interval), rank_p05, rank_p95, p_top, tier, said (further columns of the analysis as ``name: value``). Of each
    analysis the ``MOST_ROWS`` highest by mean, and whatever it names (``what``: a fall is among the lowest); legs and
    places where it is 0 throughout are left out. What could not be estimated has a row of its own, id
    ``not_estimated``, with the reason.
    """
    pieces = [_rows(name, found) for name, found in sorted(scores.items())]
    pieces += [_why_not(name, found) for name, found in sorted(scores.items()) if "not_estimated" in found.parameters]
    table = pd.concat(pieces, ignore_index=True) if pieces else pd.DataFrame(columns=["analysis"])
    if "tier" in table:  # beside analyses without tiers they became floats: 1.0 is no tier
        table["tier"] = pd.Series(["" if np.isnan(one) else f"{one:.0f}" for one in table["tier"]], dtype="str")
    return table.astype({"analysis": "str"})


def _rows(name: str, found: Scores) -> pd.DataFrame:
    table = found.table
    if isinstance(found, Partition):
        called = table["community"].map(dict(found.names)).fillna("")
        named = {"stability_mean": table["stability"], "community": table["community"], "called": called}
        table, measure = pd.DataFrame(named, index=table.index), "stability"
    else:
        measure = found.measure
    numbers = {part: table[f"{measure}_{part}"] for part in _NUMBERS if f"{measure}_{part}" in table}
    ranks = {part: table[part] for part in _RANKS if part in table}
    out = pd.DataFrame({"analysis": name, "kind": _kind(found), "id": _ids(found)}, index=table.index)
    out = out.assign(**numbers, **ranks)
    if isinstance(found, PlaceScores | LegScores):
        out = out[(out["mean"] != 0) | (out["p95"] != 0)]
    if not isinstance(found, PathRules | CaseFigures):
        out = out.sort_values(["mean", "id"], ascending=[False, True], kind="stable")
    kept = np.arange(len(out)) < MOST_ROWS
    if "what" in table:
        kept |= table["what"].reindex(out.index).fillna("").ne("").to_numpy(dtype=bool)
    out = out.loc[kept]
    known = {f"{measure}_{part}" for part in _NUMBERS} | set(_RANKS)
    more = table.loc[:, [column for column in table.columns if column not in known]]
    said = [_said(row) for row in more.reindex(out.index).to_dict("records")] if out.index.is_unique else []
    if not said:
        said = [_said(row) for row in more.iloc[: len(out)].to_dict("records")]
    return out.assign(said=pd.Series(said, index=out.index, dtype="str")).reset_index(drop=True)


def _why_not(name: str, found: Scores) -> pd.DataFrame:
    """Return one row with the reason why an analysis, or a part of it, could not be estimated."""
    said = str(found.parameters["not_estimated"])
    return pd.DataFrame([{"analysis": name, "kind": "case", "id": "not_estimated", "said": said}])


def _kind(found: Scores) -> str:
    kinds = {LegScores: "leg", PathRules: "rule", CaseFigures: "case"}
    return kinds.get(type(found), "place")


def _ids(found: Scores) -> pd.Series:
    """Return what each row is of, as text."""
    index = found.table.index
    if isinstance(found, PathRules):
        return found.table["context"].astype("str") + " > " + found.table["next"].astype("str")
    if isinstance(found, LegScores):
        return pd.Series([f"{origin} > {end}" for origin, end in index], index=index, dtype="str")
    return pd.Series([str(one) for one in index], index=index, dtype="str")


def _said(row: Mapping[Hashable, object]) -> str:
    """Return further columns as text, numbers with six digits; what is empty is left out."""
    texts = ((str(name), _text(value)) for name, value in row.items())
    return "; ".join(text if name == "said" else f"{name}: {text}" for name, text in texts if text)


def _text(value: object) -> str:
    if isinstance(value, float | np.floating):
        return "" if np.isnan(value) else f"{value:.6g}"
    return str(value)
