"""Change of flow on a leg as the analysis measured and named it: the one rule of the briefing and the map."""

from __future__ import annotations

import numpy as np
import pandas as pd

CHANGES = ("appeared", "vanished", "surged", "fell", "displaced_to", "displaced_from")
"""What the analysis may call a change; any other word is left out."""

_BOUNDS = ("mean", "p05", "p95")


def leg_changes(structure: pd.DataFrame) -> pd.DataFrame:
    """Return the change on each leg that was compared, from the table ``structure``.

    Returns
    -------
    pandas.DataFrame
        Indexed by leg, ``A > B``: mean, p05, p95 (log2 of flow in the last period against those before, 1 = twice),
        before, after (consignments a period), what (the name that the analysis gives the change, '' for most) and
        chance (of the name). No rows where no leg was compared.

    Notes
    -----
    Only what has a name is a change. The analysis names one where it is twofold or more with a chance of 0.8, which
    keeps the expected share of false names low however many legs are compared. That an interval lies on one side of no
    change is no name: where nothing changes, one leg in ten has such an interval.
    """
    if not {"analysis", "kind", "id", "said", *_BOUNDS} <= set(structure.columns):
        return pd.DataFrame(columns=[*_BOUNDS, "before", "after", "what", "chance"], index=pd.Index([], dtype="object"))
    rows = structure.loc[(structure["analysis"] == "change") & (structure["kind"] == "leg")]
    # Of dtype object throughout: a frame made by hand may hold text that no other dtype can.
    rows = rows.assign(id=rows["id"].astype("object")).drop_duplicates("id")
    texts = pd.Series([str(text) for text in rows["said"]], index=rows.index, dtype="object")
    what = said(texts, "what")
    numbers = {part: pd.to_numeric(rows[part], errors="coerce") for part in _BOUNDS}
    more = {"before": "flow_before_mean", "after": "flow_after_mean", "chance": "probability"}
    numbers |= {name: pd.to_numeric(said(texts, column), errors="coerce") for name, column in more.items()}
    table = pd.DataFrame(numbers, dtype=np.float64).assign(what=what.where(what.isin(CHANGES), ""))
    return table.set_axis(pd.Index([str(one) for one in rows["id"]], dtype="object"), axis=0).loc[
        lambda found: found["mean"].notna()
    ]


def said(texts: pd.Series, name: str) -> pd.Series:
    """Return the value under a name in ``name: value; name: value`` texts, '' where it is not there.

    A value may itself hold ``;``: it ends where the next name begins.
    """
    found = texts.str.extract(rf"(?s)(?:^|; ){name}: (.*?)(?=; [a-z][a-z0-9_]*: |$)", expand=False)
    return found.astype("object").where(found.notna(), "")
