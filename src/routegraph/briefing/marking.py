"""The marking of a product: the most restrictive of what went into it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from routegraph.briefing.product import Marking

LEVELS = ("CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED")
_UNMARKED = "AMBER"


def strictest(markings: Iterable[str]) -> str:
    """Return the most restrictive TLP level; a blank or unknown one counts as AMBER, the contract's default."""
    ranks = [rank(marking) for marking in markings]
    return LEVELS[max(ranks)] if ranks else LEVELS[0]


def rank(marking: str) -> int:
    """Return the place of a TLP level from CLEAR (0) to RED (4)."""
    return LEVELS.index(marking if marking in LEVELS else _UNMARKED)


def marking_of(frames: Sequence[pd.DataFrame]) -> Marking:
    """Return the marking that covers every row of ``frames``.

    ``releasable_to`` is what all release lists have in common; rows without a list do not widen or narrow it. Where
    lists have no country in common nobody may be named on the product, and it becomes TLP:RED.
    """
    levels: list[str] = []
    lists: list[frozenset[str]] = []
    for frame in frames:
        if "tlp" in frame:
            levels += frame["tlp"].drop_duplicates().astype(str).tolist()
        if "releasable_to" in frame:
            texts = frame["releasable_to"].drop_duplicates().astype(str)
            lists += [frozenset(text.split()) for text in texts if text.strip()]
    common = tuple(sorted(frozenset.intersection(*lists))) if lists else ()
    return Marking("RED" if lists and not common else strictest(levels), common)


def stricter(one: Marking, other: Marking) -> Marking:
    """Return a marking that both allow: the higher level, and the countries that both name."""
    lists = [frozenset(marking.releasable_to) for marking in (one, other) if marking.releasable_to]
    common = tuple(sorted(frozenset.intersection(*lists))) if lists else ()
    return Marking("RED" if lists and not common else strictest([one.tlp, other.tlp]), common)
