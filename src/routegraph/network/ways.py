"""Steps between places that do not border each other, completed over the borders in between."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import pandas as pd

from routegraph.network.chains import STEP_COLUMNS, Chains

if TYPE_CHECKING:
    from collections.abc import Sequence


class Ways(Protocol):
    """What is asked of a border map."""

    def path(self, a: str, b: str) -> Sequence[str]:
        """Return the units on the least-cost way by land, both ends included; empty where there is none."""


def over_borders(chains: Chains, ways: Ways) -> Chains:
    """Replace each step between units that are not neighbours by the least-cost way over bordering units.

    The places in between are the units themselves, and each step of such a way is inferred. Chains that went by air,
    sea or post keep their steps, and so does a step with no way over land. The pair that was named stays in ``named``.
    """
    ends = ["origin_unit", "destination_unit"]
    named = chains.named.drop(columns="replaced").reset_index(names="hop")
    overland = chains.table["overland"].reindex(named["chain"]).to_numpy()
    asked = named.loc[overland & (named[ends[0]] != named[ends[1]]), ends].drop_duplicates().sort_values(ends)
    between = [tuple(ways.path(a, b))[1:-1] for a, b in asked.itertuples(index=False)]
    asked["between"] = pd.Series(between, index=asked.index, dtype="object")
    asked = asked[asked["between"].str.len() > 0]
    found = named[overland].merge(asked, on=ends, how="inner")
    replaced = named["hop"].isin(found["hop"])
    middles = found.explode("between")
    middles["destination"] = middles["between"].astype("str")
    steps = pd.concat([middles.drop(columns="between"), named], ignore_index=True)
    steps = steps.sort_values("hop", kind="stable", ignore_index=True)
    onward = steps["hop"] == steps["hop"].shift()
    steps["origin"] = steps["origin"].mask(onward, steps["destination"].shift())
    steps["status"] = steps["status"].mask(steps["hop"].isin(found["hop"]), "inferred")
    steps["step"] = steps.groupby("chain").cumcount()
    return replace(chains, steps=steps[[*STEP_COLUMNS]], named=named.drop(columns="hop").assign(replaced=replaced))
