"""Traffic Light Protocol markings and national caveats: their order, and what may go to whom."""

from __future__ import annotations

import numpy as np
import pandas as pd

from routegraph.errors import SettingError
from routegraph.records.vocabulary import filled, parse, values

TLP_ORDER = ("CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED")
"""From the least to the most restrictive (FIRST, Traffic Light Protocol 2.0)."""


def tlp_rank(tlps: pd.Series) -> pd.Series:
    """Return 0 (CLEAR) to 4 (RED); whatever is no marking counts as RED, so that a fault never releases anything."""
    ranks = {tlp: rank for rank, tlp in enumerate(TLP_ORDER)}
    return tlps.map(ranks).fillna(len(TLP_ORDER) - 1).astype("int64")


def tlp_of_rank(ranks: pd.Series) -> pd.Series:
    """Return the markings for ranks of ``tlp_rank``, for use after a grouped maximum."""
    return ranks.map(dict(enumerate(TLP_ORDER))).astype("str")


def strictest(tlps: pd.Series) -> str:
    """Return the most restrictive of these markings; none at all give CLEAR, and what is no marking counts as RED."""
    return TLP_ORDER[int(tlp_rank(tlps).max())] if len(tlps) else TLP_ORDER[0]


def parse_level(level: str) -> tuple[str, str]:
    """Read ``TLP[:ISO3]`` (``GREEN``, ``AMBER+STRICT:THA``, ``TLP:CLEAR``) as marking and country (``''`` if none).

    Raises
    ------
    SettingError
        where either part is unknown.
    """
    text = level.strip()
    text = text[4:] if text.upper().startswith("TLP:") else text
    marking, colon, country = text.partition(":")
    tlp = str(parse(pd.Series([marking]), field="tlp")["value"].iloc[0])
    found = str(parse(pd.Series([country]), field="releasable_to")["value"].iloc[0])
    if not tlp or (colon and (not found or " " in found)):
        expected = (
            f"one of {', '.join(values('tlp'))}, with one ISO3 country behind a colon if need be, such as AMBER:THA"
        )
        raise SettingError(f"releasable: {level[:60]!r} is no level of release; expected {expected}")
    return tlp, found


def releasable(records: pd.DataFrame, level: str) -> pd.Series:
    """Tell which records may enter a product for this audience.

    Parameters
    ----------
    records
        the canonical frame; uses ``tlp`` and ``releasable_to``.
    level
        ``TLP`` or ``TLP:ISO3``: the highest marking the audience may see, and the country it belongs to.

    Returns
    -------
    True where the record's marking is at or below the level and its national caveat, if it has one, names the country.

    Notes
    -----
    A blank ``releasable_to`` means that the owner set no national caveat, so the marking alone decides. A record
    *with* a caveat is left out where the audience names no country: nobody can tell that it is among those listed. Use
    it before duplicates are linked, else a record dropped as the duplicate of a more restricted one would be lost.
    """
    tlp, country = parse_level(level)
    caveats = filled(records["releasable_to"])
    distinct = {text: not text.strip() or country in text.split() for text in caveats.unique()}
    released = caveats.map(distinct).astype(bool)
    return pd.Series(
        (tlp_rank(records["tlp"]) <= TLP_ORDER.index(tlp)).to_numpy() & np.asarray(released), index=records.index
    )
