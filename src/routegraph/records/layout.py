"""From a sheet of text to a table with named columns: the header found, or a matrix laid out as rows."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from routegraph.errors import InputError, ProfileError
from routegraph.records.persons import words_of
from routegraph.records.profile_keys import MatrixLayout
from routegraph.records.readers.table import RawTable, clean_cells
from routegraph.records.schema import REJECT_COLUMNS, as_rejects, gather

_HEADER_WITHIN = 30
_TITLES_WITHIN = 10


@dataclass(frozen=True)
class NamedTable:
    """Rows under named columns of text, as the layout calls them; ``repeated`` holds columns whose name came twice."""

    source: str
    frame: pd.DataFrame
    rows: npt.NDArray[np.int64]
    rejects: pd.DataFrame
    repeated: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    facts: Mapping[str, str] | None = None


def lay_out(
    tables: list[RawTable],
    *,
    known: Collection[str],
    names: tuple[str, ...] = (),
    header: bool = True,
    matrix: MatrixLayout | None = None,
) -> NamedTable:
    """Return the first sheet that fits as a table with named columns; say which sheets were not read.

    Parameters
    ----------
    known
        the columns that the profile (or the contract) takes notice of; they tell the header row.
    names
        the columns' names where the file has no header (``header`` is False).
    matrix
        the layout of a matrix; a sheet that bears both of its titles is read as one.

    Raises
    ------
    InputError
        where a file holds a header and nothing else, or nothing at all.
    ProfileError
        where no sheet holds a column that the profile knows.
    """
    source = tables[0].source
    for table in tables:
        found = _one(table, known=known, names=names, header=header, matrix=matrix)
        if found is not None:
            unread = [str(other.facts.get("sheet", "")) for other in tables if other is not table]
            notes = (*found.notes, *([f"sheets not read: {', '.join(unread)}"] if unread else []))
            if not len(found.frame) and not len(found.rejects):
                raise InputError(source, "a header and no rows", expected="at least one row")
            return replace(found, notes=notes)
    seen = ", ".join(repr(text) for text in _first_line(tables[0])[:12]) or "nothing"
    listed = ", ".join(list(known)[:12])
    advice = "The header stands first in a text file; for columns of other names see docs/profiles.md"
    header_seen = f"no known column in its header ({seen})"
    raise ProfileError(source, header_seen, expected=f"columns such as {listed}", advice=advice)


def _one(
    table: RawTable, *, known: Collection[str], names: tuple[str, ...], header: bool, matrix: MatrixLayout | None
) -> NamedTable | None:
    if not table.named and matrix is not None and len(table.cells):
        titles = _axis_titles(table.cells, matrix)
        if titles is not None:
            return _from_matrix(table, matrix, *titles)
    if table.named or not header:
        labels = [str(name) for name in table.cells.columns] if table.named else list(names)
        if not table.named and len(labels) != table.cells.shape[1]:
            found = f"{table.cells.shape[1]} columns in a file without a header"
            raise ProfileError(table.source, found, expected=f"{len(labels)}: {', '.join(labels)}")
        return _named(table, labels, first=0) if _matches(labels, known) else None
    at = _header_row(table.cells, known)
    return None if at is None else _named(table, _header_labels(table.cells, at), first=at + 1)


def _first_line(table: RawTable) -> list[str]:
    if table.named:
        return [str(name) for name in table.cells.columns]
    return [text for text in table.cells.iloc[0] if text] if len(table.cells) else []


def plain(name: str) -> str:
    """Return a column's name without case, spaces or hyphens, for telling ``Seized At`` from nothing else."""
    return "_".join(words_of(name)) if not name.isupper() else re.sub(r"[\W_]+", "_", name.casefold()).strip("_")


def _matches(labels: list[str], known: Collection[str]) -> int:
    wanted = {plain(name) for name in known}
    return len({plain(label) for label in labels} & wanted)


def _header_row(cells: pd.DataFrame, known: Collection[str]) -> int | None:
    """Return the first line with two known names, else the first with one among the lines above the records."""
    scores = [
        _matches([text for text in line if text], known) for line in cells.head(_HEADER_WITHIN).itertuples(index=False)
    ]
    for least in (2, 1):
        for at, score in enumerate(scores):
            if score >= least:
                return at
    return None


def _header_labels(cells: pd.DataFrame, at: int) -> list[str]:
    line = [str(text).strip() for text in cells.iloc[at]]
    above = [str(text).strip() for text in cells.iloc[at - 1]] if at else [""] * len(line)
    # a title merged over two lines stands in the upper one
    return [text or over or f"column {i + 1}" for i, (text, over) in enumerate(zip(line, above, strict=True))]


def _named(table: RawTable, labels: list[str], *, first: int) -> NamedTable:
    seen: dict[str, int] = {}
    names, repeated = [], []
    for label in labels:
        seen[label] = seen.get(label, 0) + 1
        names.append(label if seen[label] == 1 else f"{label} ({seen[label]})")
        if seen[label] > 1:
            repeated.append(names[-1])
    body = table.cells.iloc[first:].reset_index(drop=True).set_axis(names, axis=1)
    cells, rejects = clean_cells(body, table.rows[first:], source=table.source)
    # a reader knows cells by their position only; here they get their name
    by_position = {f"column {i + 1}": name for i, name in enumerate(names)}
    earlier = table.rejects.assign(field=table.rejects["field"].replace(by_position))
    blank = (cells == "").all(axis=1).to_numpy()
    return NamedTable(
        table.source,
        cells[~blank].reset_index(drop=True),
        table.rows[first:][~blank],
        gather([earlier, rejects], REJECT_COLUMNS),
        tuple(repeated),
        table.notes,
        table.facts,
    )


def _axis_titles(cells: pd.DataFrame, matrix: MatrixLayout) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """Return where the two titles stand: the top's first (it stands in the higher row), then the side's."""
    corner = cells.iloc[:_TITLES_WITHIN, :_TITLES_WITHIN]
    found: dict[str, tuple[int, int]] = {}
    for row, line in enumerate(corner.itertuples(index=False)):
        for column, text in enumerate(line):
            title = str(text).strip().casefold()
            if title in matrix.axes and title not in found:
                found[title] = (row, column)
    if len(found) < 2:
        return None
    top, side = sorted(found.values())
    return (top, side) if top[0] < side[0] else None


def _from_matrix(table: RawTable, matrix: MatrixLayout, top: tuple[int, int], side: tuple[int, int]) -> NamedTable:
    """Lay a matrix out as one row a cell: side label, top label, number; sums are checked and left out."""
    cells, rejects = clean_cells(table.cells, table.rows, source=table.source)
    labels_at, names_at = top[0] + 1, side[1] + 1
    top_labels = cells.iloc[labels_at]
    columns = [c for c in range(names_at + 1, cells.shape[1]) if top_labels.iloc[c]]
    body = cells.iloc[labels_at + 1 :]
    filled = (body[columns] != "").any(axis=1) & (body[names_at] != "")
    lines = body[filled]
    grid = lines[columns].to_numpy(dtype=object)
    side_names = lines[names_at].to_numpy(dtype=object)
    top_names = top_labels.iloc[columns].to_numpy(dtype=object)
    rows = table.rows[lines.index.to_numpy()]
    sums_side = np.array([name.casefold() in matrix.totals for name in side_names], dtype=bool)
    sums_top = np.array([name.casefold() in matrix.totals for name in top_names], dtype=bool)
    wrong = _wrong_sums(grid, sums_side, sums_top, labels=(side_names, top_names), rows=rows, source=table.source)
    kept = grid[~sums_side][:, ~sums_top]
    high, wide = kept.shape
    axis = {place: matrix.axes[str(table.cells.iloc[place]).strip().casefold()] for place in (top, side)}
    frame = pd.DataFrame({
        axis[side]: np.repeat(side_names[~sums_side], wide),
        axis[top]: np.tile(top_names[~sums_top], high),
        matrix.value: kept.ravel(),
    }, dtype="str")  # fmt: skip
    blank = (frame[matrix.value] == "").to_numpy()
    notes = [f"read as a matrix of {high} by {wide}; sums left out: {int(sums_side.sum() + sums_top.sum())}"]
    remarks = [" ".join(text for text in line if text) for line in body[~filled].itertuples(index=False)]
    notes += [f"note on the sheet: {text}" for text in remarks if text]
    return NamedTable(
        table.source,
        frame[~blank].reset_index(drop=True),
        np.repeat(rows[~sums_side], wide)[~blank],
        gather([table.rejects, rejects, wrong], REJECT_COLUMNS),
        notes=(*table.notes, *notes),
        facts=table.facts,
    )


def _wrong_sums(
    grid: npt.NDArray[np.object_],
    sums_side: npt.NDArray[np.bool_],
    sums_top: npt.NDArray[np.bool_],
    *,
    labels: tuple[npt.NDArray[np.object_], npt.NDArray[np.object_]],
    rows: npt.NDArray[np.int64],
    source: str,
) -> pd.DataFrame:
    """Return a cell reject for every stated sum that its cells do not add up to."""
    numbers = pd.DataFrame(grid).apply(pd.to_numeric, errors="coerce").to_numpy(dtype=float)
    inner = numbers[~sums_side][:, ~sums_top]
    stated = {
        "side": (numbers[~sums_side][:, sums_top], np.nansum(inner, axis=1), labels[0][~sums_side], rows[~sums_side]),
        "top": (
            numbers[sums_side][:, ~sums_top].T,
            np.nansum(inner, axis=0),
            labels[1][~sums_top],
            np.repeat(rows[sums_side][:1], inner.shape[1]) if sums_side.any() else rows[:0],
        ),
    }
    parts = []
    for said, added, names, at in stated.values():
        if said.shape[1] == 0:
            continue
        off = np.flatnonzero(said[:, 0] != added)
        values = pd.Series([f"{said[i, 0]:.0f}" for i in off], dtype="str")
        reasons = pd.Series(
            [f"the sum stated for {names[i]}; its cells add up to {added[i]:.0f}" for i in off], dtype="str"
        )
        parts.append(
            as_rejects(
                source, pd.Series(at[off], dtype="int64"), scope="cell", field="total", value=values, reason=reasons
            )
        )
    return gather(parts, REJECT_COLUMNS)
