"""What the records behind a leg, a pair or a route add up to: events, kinds, quantities, sources and marking."""

from __future__ import annotations

import numpy as np
import pandas as pd

from routegraph.records.markings import tlp_of_rank, tlp_rank
from routegraph.records.taxonomy import common_prefixes

LISTED = "; "
STATUSES = ("travelled", "intended", "inferred")


def events_by_status(uses: pd.DataFrame, events: pd.Series) -> pd.DataFrame:
    """Return travelled, intended and inferred: events per key by the status of their steps.

    ``uses`` has key, chain and status; ``events`` counts the events of each chain. A chain that passes the same leg
    twice counts once: events are consignments, not passages.
    """
    once = uses.drop_duplicates(["key", "chain", "status"])
    counted = once.assign(events=events.reindex(once["chain"]).to_numpy())
    table = counted.pivot_table(index="key", columns="status", values="events", aggfunc="sum", fill_value=0)
    return table.reindex(columns=list(STATUSES), fill_value=0).astype(np.int64).rename_axis(columns=None)


def per_key(uses: pd.DataFrame, amount: pd.Series) -> pd.Series:
    """Return the sum over each key's distinct chains of ``amount`` (one number a chain)."""
    once = uses.drop_duplicates(["key", "chain"])
    return pd.Series(amount.reindex(once["chain"]).to_numpy(), index=once["key"].to_numpy()).groupby(level=0).sum()


def distinct_texts(uses: pd.DataFrame, records: pd.DataFrame, column: str) -> pd.Series:
    """Return per key the distinct texts of ``column`` in its records, sorted and joined by ``; ``."""
    return _joined(_pairs(uses, records, column), column)


def commodities(uses: pd.DataFrame, records: pd.DataFrame) -> pd.Series:
    """Return per key the common dotted prefix of its commodities, one for each family, sorted and joined by ``; ``."""
    pairs = _pairs(uses, records, "commodity")
    codes = runs_of(pairs["key"], pairs["commodity"])
    prefixes = {one: common_prefixes(one) for one in dict.fromkeys(codes)}
    return pd.Series([prefixes[one] for one in codes], index=pairs["key"].unique(), name="commodity", dtype="str")


def markings(uses: pd.DataFrame, records: pd.DataFrame) -> pd.Series:
    """Return per key the most restrictive marking of its records; what is no marking counts as RED."""
    highest = tlp_rank(records["tlp"]).groupby(records["chain"]).max()
    ranks = pd.Series(highest.reindex(uses["chain"]).to_numpy(), index=uses["key"].to_numpy())
    return tlp_of_rank(ranks.groupby(level=0).max())


def quantities(uses: pd.DataFrame, records: pd.DataFrame) -> pd.DataFrame:
    """Return quantity and unit per key, as aligned lists joined by ``; `` where there are several kinds.

    A kind is a unit within a commodity family: kinds are never added to each other. Where one unit occurs in several
    families, its entries name the family, such as ``kg (arms); kg (drugs)``.
    """
    known = records[records["quantity"].notna() & (records["unit"] != "")]
    kinds = ["family", "unit"]
    known = known[["chain", "unit", "quantity"]].assign(family=_family(known["commodity"]))
    by_chain = known.groupby(["chain", *kinds], sort=True)["quantity"].sum().reset_index()
    joined = uses.drop_duplicates(["key", "chain"])[["key", "chain"]].merge(by_chain, on="chain")
    joined = joined.sort_values(["key", *kinds, "chain"])
    summed = joined.groupby(["key", *kinds], sort=True)["quantity"].sum().reset_index()
    shared = summed.groupby(["key", "unit"])["family"].transform("size") > 1
    family = summed["family"].where(summed["family"] != "", "unknown")
    summed["unit"] = summed["unit"].where(~shared, summed["unit"] + " (" + family + ")")
    summed["quantity"] = [shortest(value) for value in summed["quantity"]]
    listed = {column: list(map(LISTED.join, runs_of(summed["key"], summed[column]))) for column in ("quantity", "unit")}
    return pd.DataFrame(listed, index=summed["key"].unique(), dtype="str")


def runs_of(keys: np.ndarray | pd.Series, values: pd.Series) -> list[tuple[str, ...]]:
    """Return the values of each run of equal keys, in order; ``keys`` stand together, as after sorting."""
    numbers = np.asarray(keys)
    ends = np.flatnonzero(np.r_[numbers[1:] != numbers[:-1], np.ones(min(1, len(numbers)), dtype=bool)]) + 1
    texts = values.tolist()
    return (
        [tuple(texts[start:end]) for start, end in zip([0, *ends[:-1].tolist()], ends.tolist(), strict=True)]
        if texts
        else []
    )


def shortest(value: float) -> str:
    """Return the shortest text of a number at 15 significant digits: ``12``, ``0.3``, ``1250000``.

    >>> shortest(0.1 + 0.2), shortest(12.0)
    ('0.3', '12')
    """
    text = f"{value:.15g}"
    return f"{value:.0f}" if "e+" in text else text


def _pairs(uses: pd.DataFrame, records: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return distinct (key, value), sorted; blanks only where a key has nothing else."""
    values = records[["chain", column]].drop_duplicates()
    pairs = uses[["key", "chain"]].drop_duplicates().merge(values, on="chain")[["key", column]].drop_duplicates()
    blank_only = pairs.groupby("key")[column].transform("max") == ""
    return pairs[(pairs[column] != "") | blank_only].sort_values(["key", column], ignore_index=True)


def _joined(pairs: pd.DataFrame, column: str) -> pd.Series:
    distinct = pairs[["key", column]].drop_duplicates().sort_values(["key", column])
    listed = list(map(LISTED.join, runs_of(distinct["key"], distinct[column])))
    return pd.Series(listed, index=distinct["key"].unique(), name=column, dtype="str")


def _family(codes: pd.Series) -> pd.Series:
    """Return the first dotted part of each code."""
    return codes.map({code: code.partition(".")[0] for code in codes.unique()}).astype("str")
