"""What the analyses say of single places and legs, as the map's page carries it: diversion, change, communities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from routegraph.briefing.leg_changes import leg_changes, said
from routegraph.render.map_pack import clipped, numeric, packed, words

if TYPE_CHECKING:
    from routegraph.briefing.product import Briefing

COMMUNITY_NAMES = 300
"""Communities, largest first, whose name the page carries."""
_BOUNDS = ("mean", "p05", "p95")


def finding_data(briefing: Briefing, *, legs: pd.DataFrame, position: pd.Series) -> dict[str, Any]:
    """Return ``diversion``, ``change`` and ``communities`` of the page, each None where the case does not tell.

    Parameters
    ----------
    briefing
        Its table ``structure``, whose ``said`` holds ``name: value`` pairs.
    legs
        The drawn legs in the page's order.
    position
        Place id -> its position on the page.
    """
    structure = briefing.tables.get("structure", pd.DataFrame())
    if not {"analysis", "kind", "id", "said"} <= set(structure.columns):
        return {"diversion": None, "change": None, "communities": None}
    leg_at = pd.Series(np.arange(len(legs)), index=legs["origin"].map(str) + " > " + legs["destination"].map(str))
    return {
        "diversion": _diversion(_rows(structure, "diversion", kind="place", position=position)),
        "change": _change(leg_changes(structure), leg_at, levels_told=briefing.levels_told),
        "communities": _communities(_rows(structure, "communities", kind="place", position=position)),
    }


def _rows(structure: pd.DataFrame, analysis: str, *, kind: str, position: pd.Series) -> pd.DataFrame:
    """Return the rows of one analysis that are about something on the page, with its position."""
    wanted = structure.loc[(structure["analysis"] == analysis) & (structure["kind"] == kind)]
    at = wanted["id"].map(str).map(position[~position.index.duplicated()])
    known = at.notna()
    rows = wanted.loc[known].assign(at=at[known].astype(np.int64), said=wanted.loc[known, "said"].map(str))
    return rows.drop_duplicates("at").sort_values("at", ignore_index=True)


def _said_number(texts: pd.Series, name: str) -> np.ndarray:
    return numeric(pd.DataFrame({name: said(texts, name)}), name)


def _diversion(rows: pd.DataFrame) -> dict[str, Any] | None:
    if not len(rows):
        return None
    return {
        "at": packed(rows["at"]),
        **{part: packed(numeric(rows, part)) for part in _BOUNDS},
        "tier": words(rows["tier"] if "tier" in rows else pd.Series("", index=rows.index)),
        "inSet": packed((said(rows["said"], "in_credible_set") == "yes").to_numpy()),
        "basis": words(said(rows["said"], "basis")),
    }


def _change(changes: pd.DataFrame, position: pd.Series, *, levels_told: bool) -> dict[str, Any] | None:
    """Return the measured change of each leg on the page, with the name that the analysis gives it, if any."""
    at = changes.index.to_series().map(position[~position.index.duplicated()])
    rows = changes.assign(at=at).dropna(subset=["at"]).astype({"at": np.int64}).sort_values("at", ignore_index=True)
    if not len(rows):
        return None
    sides = {side: packed(rows[side]) for side in ("before", "after")}
    return {
        "at": packed(rows["at"]),
        **{part: packed(rows[part]) for part in _BOUNDS},
        **(sides if levels_told else {}),
        "chance": packed(rows["chance"]),
        "what": words(rows["what"]),
    }


def _communities(rows: pd.DataFrame) -> dict[str, Any] | None:
    """Return the names by number, 1 the largest; 0 stands for places in none."""
    number = _said_number(rows["said"], "community") if len(rows) else np.zeros(0)
    # The name comes last and may hold anything.
    called = rows["said"].str.extract(r"(?s)(?:^|; )called: (.*)$", expand=False) if len(rows) else pd.Series(dtype=str)
    named = pd.DataFrame({"number": number, "called": called}).dropna().drop_duplicates("number").sort_values("number")
    named = named.loc[named["number"] > 0].head(COMMUNITY_NAMES)
    if not len(named):
        return None
    return {"numbers": packed(named["number"]), "names": [clipped(name) for name in named["called"]]}
