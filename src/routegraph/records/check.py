"""What `routegraph check` prints: what was read of each file, and what was set aside and why."""

from __future__ import annotations

import pandas as pd

from routegraph.records.batch import RecordBatch

SUMMARY_COLUMNS = ("source", "what", "field", "reason", "count", "row", "example")
_COUNTS = ("rows_in", "records", "rejected_rows", "duplicates")


def summarise(batch: RecordBatch) -> pd.DataFrame:
    """Return what became of every row and cell, a line for each sort, most frequent first within a file.

    Returns
    -------
    source, what (``rows in``, ``records``, ``rejected rows``, ``duplicates``, ``row set aside``, ``cell set aside``,
    ``cell without a column``, ``column aside``, ``column dropped``, ``note``), field, reason, count, and
    one of them to look at: its row as a person counts it (the header is row 1; missing where a line is no row's) and
    example, its value (the first in alphabetical order; blank for dropped columns, whose cells nobody sees).

    Notes
    -----
    In every file, rows in = records + rejected rows + duplicates.
    """
    parts = [_of_files(batch), _of_rejects(batch.rejects), _of_unmapped(batch.unmapped)]
    lines = pd.concat([part for part in parts if len(part)], ignore_index=True)
    lines["row"] = lines["row"].astype("Int64")
    return lines.sort_values(["source"], kind="stable", ignore_index=True)[list(SUMMARY_COLUMNS)]


def _of_files(batch: RecordBatch) -> pd.DataFrame:
    lines: list[tuple[str, str, str, str, int, str]] = []
    for source, facts in sorted(batch.provenance.items()):
        lines += [(source, name.replace("_", " "), "", "", _whole(facts.get(name)), "") for name in _COUNTS]
        aside, dropped, notes = (facts.get(name) for name in ("aside", "dropped_columns", "notes"))
        if isinstance(aside, dict):
            lines += [
                (source, "column aside", c, str(why["reason"]), int(why["cells"]), "") for c, why in aside.items()
            ]
        if isinstance(dropped, dict):
            lines += [(source, "column dropped", str(column), "", int(n), "") for column, n in dropped.items()]
        if isinstance(notes, list):
            lines += [(source, "note", "", str(text), 1, "") for text in notes]
    columns = [column for column in SUMMARY_COLUMNS if column != "row"]
    return pd.DataFrame(lines, columns=columns).assign(row=pd.array([None] * len(lines), dtype="Int64"))


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


def _of_rejects(rejects: pd.DataFrame) -> pd.DataFrame:
    keys = ["source", "scope", "field", "reason"]
    return _grouped(rejects, keys).assign(what=lambda found: found["scope"] + " set aside")


def _of_unmapped(unmapped: pd.DataFrame) -> pd.DataFrame:
    found = _grouped(unmapped, ["source", "column"]).rename(columns={"column": "field"})
    return found.assign(what="cell without a column", reason="no canonical column takes it; kept in unmapped.csv")


def _grouped(pile: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    ordered = pile.sort_values(["value", "row"], kind="stable").groupby(keys, sort=True)
    found = ordered.agg(count=("value", "size"), row=("row", "first"), example=("value", "first")).reset_index()
    return found.sort_values(["source", "count"], ascending=[True, False], kind="stable")
