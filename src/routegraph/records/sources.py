"""From a layout's own columns to the contract's: file names, placeholders, value maps, templates, what stays aside."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from routegraph.errors import ProfileError
from routegraph.records.layout import NamedTable, lay_out, plain
from routegraph.records.persons import refuse_persons
from routegraph.records.profile import Profile
from routegraph.records.profile_keys import FIELD, ColumnRule
from routegraph.records.readers import read_raw
from routegraph.records.schema import REJECT_COLUMNS, TABLES, UNMAPPED_COLUMNS, as_rejects, gather


@dataclass(frozen=True)
class MappedFile:
    """One file in the contract's columns, all still text.

    Attributes
    ----------
    frame
        canonical text columns, then ``file`` and ``row``; rows left out are no longer in it.
    extra
        one text a row: the cells that no canonical column holds, which still tell rows apart.
    facts
        what provenance says of the file: rows_in, columns aside and dropped, notes.
    """

    source: str
    frame: pd.DataFrame
    extra: pd.Series
    rejects: pd.DataFrame
    unmapped: pd.DataFrame
    facts: Mapping[str, object]


def source_names(paths: Sequence[Path]) -> list[str]:
    """Return the shortest ending of each path that tells it from the others: no machine path reaches a product."""
    names = [path.name for path in paths]
    for depth in range(2, 8):
        clash = [names.count(name) > 1 for name in names]
        names = ["/".join(p.parts[-depth:]) if c else n for p, n, c in zip(paths, names, clash, strict=True)]
    return [f"{n} [{names[:i].count(n) + 1}]" if names.count(n) > 1 else n for i, n in enumerate(names)]


def read_mapped(path: Path, *, source: str, profile: Profile, table: str, drop: Sequence[str]) -> MappedFile:
    """Read one file through a profile into the contract's columns of ``table``.

    Raises
    ------
    InputError, ProfileError, PersonColumnError
        where the file cannot be read, does not fit the profile, or names persons.
    """
    known = profile.known_columns() if profile.columns else TABLES[table]
    raw = read_raw(path, options=profile.reading, source=source)
    # persons are looked for in the raw header as well, before any cell of such a column is looked at
    named = lay_out(raw, known=known, names=profile.header_names, header=profile.header, matrix=profile.matrix)
    refuse_persons(source, named.frame.columns, drop=drop, known=TABLES[table])
    frame, dropped = _without(named.frame, drop)
    frame = _with_file_name(_under_known_names(frame, known, named.repeated), path, profile=profile)
    missing = [column for column in profile.required if column not in frame.columns]
    if missing:
        seen = ", ".join(str(column) for column in frame.columns)
        raise ProfileError(
            source, f"column {missing[0]!r} is missing (it has {seen})", expected=f"profile {profile.name}"
        )
    read_rejects = _without_dropped(named.rejects, dropped)
    rows_in = len(frame) + int((read_rejects["scope"] == "row").sum())
    values = _with_values(frame, profile)
    left_out, keep = _left_out(values, named, profile=profile)
    mapped, unmapped, extra = _map(values, frame, named=named, profile=profile, table=table)
    facts = {
        "rows_in": rows_in,
        "dropped_columns": dropped,
        "aside": {
            c: {"cells": int((frame[c] != "").sum()), "reason": why} for c, why in profile.aside.items() if c in frame
        },
        "notes": list(named.notes),
    }
    return MappedFile(
        source,
        mapped[keep].reset_index(drop=True),
        extra[keep].reset_index(drop=True),
        gather([read_rejects, left_out], REJECT_COLUMNS),
        unmapped,
        facts,
    )


def _without(frame: pd.DataFrame, drop: Sequence[str]) -> tuple[pd.DataFrame, dict[str, int]]:
    unwanted = {plain(name) for name in drop}
    found = [column for column in frame.columns if plain(str(column)) in unwanted]
    return frame.drop(columns=found), {str(column): int((frame[column] != "").sum()) for column in found}


def _without_dropped(rejects: pd.DataFrame, dropped: Mapping[str, int]) -> pd.DataFrame:
    """Leave nothing of a dropped column in the rejects: not its cells, nor the text of rows that were torn."""
    if not dropped:
        return rejects
    kept = rejects[~((rejects["scope"] == "cell") & rejects["field"].isin(list(dropped)))]
    return kept.assign(value=kept["value"].where(kept["scope"] == "cell", "(not shown: a column was dropped)"))


def _under_known_names(frame: pd.DataFrame, known: Sequence[str], repeated: Sequence[str]) -> pd.DataFrame:
    """Give a column the profile's own spelling of its name where only case, spaces or hyphens differ."""
    taken = set(frame.columns)
    by_plain = {plain(name): name for name in known if name not in taken}
    names: dict[str, str] = {}
    for column in frame.columns:
        wanted = by_plain.get(plain(str(column)))
        if wanted is not None and column not in known and column not in repeated and wanted not in names.values():
            names[column] = wanted
    return frame.rename(columns=names)


def _with_file_name(frame: pd.DataFrame, path: Path, *, profile: Profile) -> pd.DataFrame:
    """Add the columns that the profile's pattern finds in the file's name and the file does not hold itself."""
    found = re.search(profile.file_name, path.name) if profile.file_name else None
    named = {k: v for k, v in (found.groupdict() if found else {}).items() if k not in frame.columns and v}
    return frame.assign(**named).astype("str") if named else frame


def _with_values(frame: pd.DataFrame, profile: Profile) -> pd.DataFrame:
    """Blank the placeholders and apply the value maps, once per distinct text."""
    columns = {}
    for name in frame.columns:
        codes, distinct = pd.factorize(frame[name])
        mapping = profile.value_maps.get(str(name), {})
        texts = [" ".join(str(text).split()) if mapping else str(text) for text in distinct]
        blanks = () if name in profile.placeholders_except else profile.placeholders
        texts = ["" if text.casefold() in blanks else mapping.get(text.casefold(), text) for text in texts]
        columns[name] = pd.array(texts, dtype="str").take(codes)
    return pd.DataFrame(columns, index=frame.index, dtype="str")


def _left_out(
    values: pd.DataFrame, named: NamedTable, *, profile: Profile
) -> tuple[pd.DataFrame, npt.NDArray[np.bool_]]:
    keep = np.ones(len(values), dtype=bool)
    parts = []
    for rule in profile.leave_out:
        if any(column not in values.columns for column in rule.named()):
            continue
        if rule.same:
            first, *others = (values[column] for column in rule.same)
            hit = np.logical_and.reduce([(first == other).to_numpy() for other in others])
            shown = first
        else:
            shown = values[rule.column]
            hit = shown.isin(rule.values).to_numpy()
        hit = hit & keep
        keep = keep & ~hit
        field = " = ".join(rule.named())
        parts.append(
            as_rejects(
                named.source,
                pd.Series(named.rows[hit]),
                scope="row",
                field=field,
                value=shown[hit].reset_index(drop=True),
                reason=rule.reason,
            )
        )
    return gather(parts, REJECT_COLUMNS), keep


def _map(
    values: pd.DataFrame, frame: pd.DataFrame, *, named: NamedTable, profile: Profile, table: str
) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    rules = profile.columns or {name: ColumnRule(sources=(name,)) for name in TABLES[table]}
    blank = pd.Series([""] * len(values), index=values.index, dtype="str")
    mapped = {name: fill(rules[name], values) if name in rules else blank for name in TABLES[table]}
    used = {column for rule in rules.values() for column in rule.named()} | set(profile.known_columns())
    others = [column for column in frame.columns if column not in used]
    parts, extra = [], blank
    for column in frame.columns:
        if column in others:
            some = (frame[column] != "").to_numpy()
            unmapped = pd.DataFrame({"source": named.source, "row": named.rows[some], "column": str(column)})
            unmapped["value"] = frame.loc[some, column].to_numpy()
            parts.append(unmapped)
        # what no canonical column shows still tells rows apart: cells aside, and those that a map made alike
        hidden = frame[column] != ("" if column in others or column in profile.aside else values[column])
        if hidden.any():
            extra = extra + (f"{column}\x1e" + frame[column] + "\x1f").where(hidden, "")
    result = pd.DataFrame(mapped, index=values.index)
    result["file"] = named.source
    result["row"] = named.rows
    return result.astype({"file": "str"}), gather(parts, UNMAPPED_COLUMNS), extra


def fill(rule: ColumnRule, values: pd.DataFrame) -> pd.Series:
    """Return the canonical column that a rule makes of a layout's columns; an absent column counts as blank.

    Examples
    --------
    >>> frame = pd.DataFrame({"made": ["AFG", ""], "left": ["IRN", "IRN"]}, dtype="str")
    >>> list(fill(ColumnRule(sources=("made", "left")), frame))
    ['AFG', 'IRN']
    """
    blank = pd.Series([""] * len(values), index=values.index, dtype="str")
    if rule.template:
        text = _from_template(rule.template, values, blank=blank)
    elif rule.sources:
        text = blank
        for column in reversed(rule.sources):
            given = values.get(column, blank)
            text = given.where(given != "", text)
    else:
        text = blank + rule.constant
    if rule.unless_same_as:
        text = text.where(text != values.get(rule.unless_same_as, blank), "\0")
    if rule.otherwise:
        text = text.where(text != "", rule.otherwise)
    if rule.when:
        text = text.where(values.get(rule.when, blank) != "", "")
    return text.where(text != "\0", "")


def _from_template(template: str, values: pd.DataFrame, *, blank: pd.Series) -> pd.Series:
    """Fill the parts of a template (split at ``;``); a part whose columns are all blank falls away."""
    whole = blank
    for part in template.split(";"):
        pieces = FIELD.split(part.strip())  # text, column, text, column, ...
        text, some = blank, blank
        for position, piece in enumerate(pieces):
            given = values.get(piece, blank) if position % 2 else blank + piece
            text = text + given
            some = some + (given if position % 2 else "")
        if len(pieces) > 1:
            text = text.where(some != "", "")
        whole = (whole + "; ").where((whole != "") & (text != ""), whole) + text
    return whole
