"""The marking of a product: the most restrictive of what went into it."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from routegraph.briefing.product import Marking
from routegraph.records.markings import TLP_ORDER, strictest


def marking_of(frames: Sequence[pd.DataFrame]) -> Marking:
    """Return the marking that covers every row of ``frames``; no row at all gives CLEAR.

    ``releasable_to`` is what all release lists have in common; rows without a list do not widen or narrow it. Where
    lists have no country in common nobody may be named on the product, and it becomes TLP:RED. So does a product of
    rows whose marking is blank or unknown: a fault never releases anything.
    """
    levels = [frame["tlp"].drop_duplicates() for frame in frames if "tlp" in frame]
    lists = [
        frozenset(text.split())
        for frame in frames
        if "releasable_to" in frame
        for text in frame["releasable_to"].drop_duplicates().astype(str)
        if text.strip()
    ]
    common = tuple(sorted(frozenset.intersection(*lists))) if lists else ()
    if lists and not common:
        return Marking(TLP_ORDER[-1])
    return Marking(strictest(pd.concat(levels)) if levels else TLP_ORDER[0], common)
