"""Near duplicates: one seizure told by two sources, linked by the contract's rule so that it counts once.

Same place and commodity, dates within 3 days, quantity within 5 %, different source.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import numpy.typing as npt
import pandas as pd

from routegraph.records.markings import tlp_rank
from routegraph.records.vocabulary import text_key

WITHIN_DAYS = 3
WITHIN_SHARE = 0.05
RULE = "near duplicate"
NEAREST = 16
"""Candidates compared per record, day and side; only a place with more alike seizures than this a day has more."""

_BLOCK = ["seized_place", "commodity", "unit", "count"]
_NOT_EVIDENCE = ("record_id", "file", "row", "copies")
_BETTER = ["marking", "national", "grade", "blanks"]
"""What decides which record of one event is kept: the least restricted one first, so that a view for a wider audience
never misses an event that it may know of because a restricted report told it better."""
_ROUNDING = 1e-9

Links = tuple[pd.DataFrame, pd.DataFrame]


def link_duplicates(records: pd.DataFrame) -> Links:
    """Link records of one event from different sources; keep one of each.

    Parameters
    ----------
    records
        the canonical frame (``docs/architecture.md``), record ids unique.

    Returns
    -------
    kept
        the records that count, in their order, renumbered.
    duplicates
        record_id, duplicate_of (the record that counts), rule; sorted by record_id.

    Notes
    -----
    A link needs a named place below the level of a country, a date to the day, a quantity above zero and a source on
    both sides, the same unit and the same ``count``: two seizures of a kilogram somewhere in one country in one week
    are no sign of one event, and with a month or no quantity there is nothing to compare. The share is taken of the
    larger quantity. Records of one source are never linked, not even through a third: a source that lists two
    seizures means two. Each record is linked to at most one of every other source, the closest in days and then in
    quantity; three sources in a chain are one event. The kept one is the least restricted (marking, then no
    national caveat), then has the best source grade (A before F before none), the most fields filled, the first record
    id. So the answer does not depend on the order of the rows.

    When not to trust it: two real seizures of the same usual amount (one pistol) at one busy crossing within three
    days, each reported by a different agency, look exactly like one; ``duplicates.csv`` lists every link for that.
    """
    records = records.reset_index(drop=True)
    able = _comparable(records)
    clusters = _near(_equal(able))
    best = able.assign(cluster=clusters).sort_values(["cluster", *_BETTER, "record_id"], kind="stable")
    keeper = best.groupby("cluster", sort=False)["record_id"].transform("first")
    dropped = best["record_id"] != keeper
    duplicates = pd.DataFrame(
        {"record_id": best.loc[dropped, "record_id"], "duplicate_of": keeper[dropped]}, dtype="str"
    )
    duplicates = duplicates.assign(rule=pd.Series(RULE, index=duplicates.index, dtype="str"))
    kept = records.drop(index=best.index[dropped]).reset_index(drop=True)
    return kept, duplicates.sort_values("record_id", ignore_index=True)


def _comparable(records: pd.DataFrame) -> pd.DataFrame:
    """Return what the rule looks at, for the records that it can judge, in an order of content."""
    place = records["seized_place"]
    named = (place != "") & (place != records["seized_country"]) & ~place.str.fullmatch("[A-Z]{3}")
    dated = (records["date_precision"] == "day") & records["date_from"].notna()
    told = (records["commodity"] != "") & (records["unit"] != "") & (records["quantity"] > 0) & (records["count"] > 0)
    able = records[named & dated & told & (records["source"].str.strip() != "")]
    codes, distinct = pd.factorize(able["source"])
    names = pd.factorize(np.array([text_key(str(name)) for name in distinct], dtype=object), sort=True)[0]
    fields = [column for column in able.columns if column not in _NOT_EVIDENCE]
    looked_at = pd.DataFrame(
        {
            "record_id": able["record_id"],
            "block": able.groupby(_BLOCK, sort=True).ngroup(),
            "source": names[codes] if len(able) else codes,
            "day": (able["date_from"] - pd.Timestamp(0)).dt.days,
            "quantity": able["quantity"],
            "marking": tlp_rank(able["tlp"]),
            "national": able["releasable_to"] != "",
            "grade": able["source_grade"].where(able["source_grade"] != "", "~"),
            "blanks": sum(((able[c] == "") | able[c].isna() for c in fields), pd.Series(0, index=able.index)),
        }
    )
    several = looked_at.groupby("block")["source"].transform("nunique") > 1
    return looked_at[several].sort_values(["block", "day", "quantity", "source", "record_id"], kind="stable")


def _equal(able: pd.DataFrame) -> pd.DataFrame:
    """Put records equal in block, day and quantity into clusters, each source at most once in each.

    The n-th record of one source goes with the n-th of the other. This is linear, so that a place with thousands of
    equal seizures a day costs nothing; what is left for pairwise comparison differs in day or quantity.
    """
    nth = able.groupby(["block", "day", "quantity", "source"], sort=False).cumcount()
    keys = able.assign(nth=nth)
    return able.assign(cluster=keys.groupby(["block", "day", "quantity", "nth"], sort=True).ngroup())


def _near(able: pd.DataFrame) -> pd.Series:
    """Join clusters within the rule's days and share, the closest first, while their sources stay different."""
    first = able.drop_duplicates("cluster").sort_values(["block", "day", "quantity", "cluster"], kind="stable")
    sources: dict[int, set[int]] = defaultdict(set)
    for cluster, source in zip(able["cluster"].tolist(), able["source"].tolist(), strict=True):
        sources[cluster].add(source)
    left, right = _candidates(first)
    root = {cluster: cluster for cluster in sources}

    def find(cluster: int) -> int:
        while root[cluster] != cluster:
            root[cluster] = root[root[cluster]]
            cluster = root[cluster]
        return cluster

    for one, other in zip(left.tolist(), right.tolist(), strict=True):
        a, b = find(one), find(other)
        if a != b and sources[a].isdisjoint(sources[b]):
            low, high = min(a, b), max(a, b)
            root[high] = low
            sources[low] |= sources[high]
    return able["cluster"].map({cluster: find(cluster) for cluster in sources})


def _candidates(first: pd.DataFrame) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return pairs of clusters that the rule allows, closest first; ``first`` is sorted by block, day and quantity.

    For each cluster and each day up to three days later, the neighbours in quantity are found by bisection.
    """
    block, day = first["block"].to_numpy(np.int64), first["day"].to_numpy(np.int64)
    quantity, cluster = first["quantity"].to_numpy(float), first["cluster"].to_numpy(np.int64)
    amounts, level = np.unique(quantity, return_inverse=True)
    span = np.int64(len(amounts) + 1)
    start = day.min() if len(day) else 0
    width = np.int64((day.max() - start if len(day) else 0) + WITHIN_DAYS + 2)
    key = (block * width + (day - start)) * span + level
    here = np.arange(len(first), dtype=np.int64)
    parts = []
    for later in range(WITHIN_DAYS + 1):
        line = (block * width + (day - start + later)) * span
        bottom, top = np.searchsorted(key, line), np.searchsorted(key, line + span)
        middle = np.searchsorted(key, line + level)
        for steps in (range(NEAREST), range(-1, -NEAREST - 1, -1)):
            open_ = here
            for step in steps:
                there = middle[open_] + step
                inside = (there >= bottom[open_]) & (there < top[open_])
                open_, there = open_[inside], there[inside]
                near = _within_share(quantity[open_], quantity[there])
                open_, there = open_[near], there[near]  # sorted by quantity: beyond the first too far, all are
                if not len(open_):
                    break
                forward = (there > open_) if later == 0 else np.ones(len(there), dtype=bool)
                parts.append(np.stack([open_[forward], there[forward]]))
    if not parts:
        return here[:0], here[:0]
    a, b = np.unique(np.concatenate(parts, axis=1), axis=1)
    apart = np.abs(quantity[a] - quantity[b]) / np.maximum(quantity[a], quantity[b])
    order = np.lexsort((cluster[b], cluster[a], apart, day[b] - day[a]))
    return cluster[a[order]], cluster[b[order]]


def _within_share(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    return np.abs(one - other) <= WITHIN_SHARE * np.maximum(one, other) * (1 + _ROUNDING)
