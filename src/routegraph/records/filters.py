"""What a case is about: commodity, least quantity, dates, release. Each filter says how many records it left out."""

from __future__ import annotations

import difflib
from datetime import date

import pandas as pd

from routegraph.errors import SettingError
from routegraph.records import taxonomy
from routegraph.records.dates import parse_dates
from routegraph.records.markings import releasable
from routegraph.records.quantities import parse_quantities

Filtered = tuple[pd.DataFrame, int]
"""The records that stay, in their order and renumbered, and how many were left out."""


def _split(records: pd.DataFrame, keep: pd.Series) -> Filtered:
    return records[keep].reset_index(drop=True), int((~keep).sum())


def by_commodity(records: pd.DataFrame, prefix: str) -> Filtered:
    """Keep records at or under a commodity code (``drugs.cocaine``); ``''`` keeps all.

    Raises
    ------
    SettingError
        where the taxonomy has no such code: a typing error must not end as an empty case.
    """
    stem = prefix.strip().strip(".").casefold()
    codes = taxonomy.tree().index
    if stem and stem not in codes:
        near = difflib.get_close_matches(stem[:100], list(codes), n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise SettingError(
            f"commodity: {prefix[:60]!r} is no commodity code; expected one such as 'drugs.cocaine'{hint}"
        )
    return _split(records, taxonomy.matches(records["commodity"], stem))


def by_quantity(records: pd.DataFrame, minimum: str) -> Filtered:
    """Keep records of at least this quantity (``1 kg``), of the same unit only.

    Records of other kinds (tablets, plants) and those without a quantity or a unit leave the case, since nothing says
    whether they reach the minimum; the count says how many.

    Raises
    ------
    SettingError
        where the text is no number with a unit that has a kind.
    """
    found = parse_quantities(pd.Series([minimum]), pd.Series([""])).loc[0]
    if not found["unit"]:
        why = found["reason"] or "no unit of a known kind; expected a number and a unit such as '1 kg'"
        raise SettingError(f"min-quantity: {minimum[:60]!r}: {why}")
    return _split(records, (records["unit"] == found["unit"]) & (records["quantity"] >= found["quantity"]))


def by_date(records: pd.DataFrame, *, since: str = "", until: str = "") -> Filtered:
    """Keep records that may have happened between two dates, both included; partial dates mean the whole of them.

    ``since='2023-08'`` starts on 1 August, ``until='2023-08'`` ends on 31 August. A record dated no better than a month
    or year stays where its interval overlaps the window, as leaving it out would say that it did not happen then;
    the price is that it stays in each of two adjoining windows. Records without a date leave where a limit is given.

    Raises
    ------
    SettingError
        where a limit is no date, or ``since`` lies after ``until``.
    """
    first, last = _limit("since", since)[0], _limit("until", until)[1]
    if pd.notna(first) and pd.notna(last) and first > last:
        raise SettingError(f"since {since!r} lies after until {until!r}; expected the earlier date first")
    keep = pd.Series(data=True, index=records.index)
    if pd.notna(first):
        keep &= records["date_to"] >= first
    if pd.notna(last):
        keep &= records["date_from"] <= last
    return _split(records, keep)


def _limit(name: str, text: str) -> tuple[pd.Timestamp, pd.Timestamp]:
    found = parse_dates(pd.Series([text]), today=date.max)  # a limit may lie in the future
    if found["reason"].iloc[0]:
        why = found["reason"].iloc[0]
        raise SettingError(f"{name}: {text[:60]!r}: {why}; expected a date such as 2019, 2019-06 or 2019-06-30")
    return found["date_from"].iloc[0], found["date_to"].iloc[0]


def by_release(records: pd.DataFrame, level: str) -> Filtered:
    """Keep records that an audience may see (``TLP[:ISO3]``, see ``markings.releasable``); ``''`` keeps all."""
    keep = releasable(records, level) if level.strip() else pd.Series(data=True, index=records.index)
    return _split(records, keep)
