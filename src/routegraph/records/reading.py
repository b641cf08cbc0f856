"""Files in, RecordBatch out: what every command and notebook calls first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from routegraph.errors import ProfileError, SettingError
from routegraph.places.gazetteer import Gazetteer
from routegraph.records.batch import RecordBatch
from routegraph.records.cells import Pile
from routegraph.records.duplicates import link_duplicates
from routegraph.records.identity import contents, digest, identify
from routegraph.records.layout import plain
from routegraph.records.normalise import finish, normalise_seizures
from routegraph.records.placing import Placer
from routegraph.records.profile import Profile
from routegraph.records.schema import (
    DUPLICATE_COLUMNS,
    FRAMES,
    REJECT_COLUMNS,
    TABLES,
    UNMAPPED_COLUMNS,
    empty_frame,
    gather,
    in_shape,
)
from routegraph.records.sources import MappedFile, read_mapped, source_names
from routegraph.records.tables import normalise_effort, normalise_places, normalise_transits

_CANONICAL = Profile(name="routegraph", equal_rows="one")
_NEEDS = {
    "seizures": ("seized_at", "seized_country", "seized_lat"),
    "transits": ("origin", "origin_country"),
    "effort": ("place", "country"),
    "places": ("place_id",),
}
_SEIZED = ("seized_at", "seized_country")
_OTHER = "Is this the right profile, and is it the right table (seizures, transits, effort, places)?"


def read_seizures(
    paths: Sequence[Path],
    *,
    profile: Profile,
    gazetteer: Gazetteer,
    set_values: Mapping[str, str] | None = None,
    drop: Sequence[str] = (),
    resolve_places: bool = True,
) -> RecordBatch:
    """Read seizure records; every bad cell and row is set aside with its file, row and reason.

    Parameters
    ----------
    paths
        CSV (plain, .gz, .zst), TSV, Parquet, XLSX or JSON Lines files of one layout.
    profile
        the layout (``load_profile``).
    gazetteer
        what place names resolve with; the profile's own places are added.
    set_values
        canonical column -> text that stands in every row, whatever the file says.
    drop
        columns to leave unread, which is how columns that name persons are passed over; nothing of them is kept, not
        even in rejects. ``provenance`` says which a file had.
    resolve_places
        False where countries are enough: place texts are kept but looked up only where no country is stated.

    Returns
    -------
    RecordBatch
        rows in = records + whole-row rejects + duplicates, per file and in total (``provenance``).

    Raises
    ------
    InputError
        where a file cannot be read at all, does not fit the profile (ProfileError) or has a column that names persons
        and was not dropped (PersonColumnError).
    SettingError
        where ``set_values`` names a column that the contract does not know.
    """
    if profile.table != "seizures":
        raise ProfileError(f"profile {profile.name}", f"it maps {profile.table}", expected="a profile of seizures")
    files = _read(paths, profile=profile, table="seizures", drop=drop)
    text, content, extra = _stacked(files, "seizures", set_values or {})
    pile = Pile(text[["file", "row"]])
    placer = _placer(gazetteer, profile, pile, resolve=resolve_places)
    frame = normalise_seizures(text, pile=pile, placer=placer, profile=profile)
    kept = text.loc[frame.index, ["record_id", "file", "row"]]
    found = identify(kept, content[frame.index], extra[frame.index], equal_rows=profile.equal_rows, pile=pile)
    records = finish(frame, found)
    linked, near = link_duplicates(records)
    linked = in_shape(linked, FRAMES["seizures"]).sort_values("record_id", kind="stable", ignore_index=True)
    lost = records.loc[records["record_id"].isin(near["record_id"]), ["record_id", "file"]]
    near = near.merge(lost, on="record_id", how="left")
    return _batch(
        files, linked, pile, duplicates=[found.duplicates, near], profile=profile, contents=_whole(text, content, extra)
    )


def read_transits(
    paths: Sequence[Path],
    *,
    profile: Profile,
    gazetteer: Gazetteer,
    set_values: Mapping[str, str] | None = None,
    drop: Sequence[str] = (),
    resolve_places: bool = True,
) -> RecordBatch:
    """Read licit or observed movement; options and errors as in ``read_seizures``, a missing pair stays unknown."""
    if profile.table != "transits" and profile.columns:
        raise ProfileError(f"profile {profile.name}", f"it maps {profile.table}", expected="a profile of transits")
    return _read_plain(
        paths, "transits", normalise_transits, profile=profile, gazetteer=gazetteer, set_values=set_values or {},
        drop=drop, resolve=resolve_places,
    )  # fmt: skip


def read_effort(
    paths: Sequence[Path],
    *,
    profile: Profile = _CANONICAL,
    gazetteer: Gazetteer,
    set_values: Mapping[str, str] | None = None,
    drop: Sequence[str] = (),
    resolve_places: bool = True,
) -> RecordBatch:
    """Read inspections by place and period; a canonical table whatever the profile of the records is."""
    return _read_plain(
        paths, "effort", normalise_effort, profile=_plain_profile(profile), gazetteer=gazetteer,
        set_values=set_values or {}, drop=drop, resolve=resolve_places,
    )  # fmt: skip


def read_places(paths: Sequence[Path]) -> RecordBatch:
    """Read a user's own places; ``records`` is the frame for ``Gazetteer.extended``."""
    return _read_plain(
        paths, "places", normalise_places, profile=_CANONICAL, gazetteer=Gazetteer.builtin(), set_values={}, drop=(),
        resolve=False,
    )  # fmt: skip


def _plain_profile(profile: Profile) -> Profile:
    return Profile(name="routegraph", tlp=profile.tlp, reading=profile.reading)


def _placer(gazetteer: Gazetteer, profile: Profile, pile: Pile, *, resolve: bool) -> Placer:
    known = gazetteer.extended(profile.places()) if profile.place_rows else gazetteer
    return Placer(known, pile, resolve, profile.place_codes == "airport")


def _read(paths: Sequence[Path], *, profile: Profile, table: str, drop: Sequence[str]) -> list[MappedFile]:
    if not paths:
        raise SettingError(f"no file of {table} was given; expected at least one path")
    named = sorted(zip(source_names(paths), paths, strict=True))  # the order of arguments tells nothing
    return [read_mapped(path, source=name, profile=profile, table=table, drop=drop) for name, path in named]


def _stacked(
    files: list[MappedFile], table: str, set_values: Mapping[str, str]
) -> tuple[pd.DataFrame, pd.Series, pd.Series]:
    """Return all files' rows in one text frame, their content, and what else tells rows apart."""
    columns = TABLES[table]
    for column in set_values:
        if column not in columns:
            raise SettingError(f"--set {column}: {table} have no such column; expected one of {', '.join(columns)}")
    text = pd.concat([file.frame for file in files], ignore_index=True)
    extra = pd.concat([file.extra for file in files], ignore_index=True)
    filled = {name: pd.Series(value.strip(), index=text.index, dtype="str") for name, value in set_values.items()}
    text = text.assign(**filled)
    _check_fit(text, table, files)
    return text, contents(text, tuple(column for column in columns if column != "record_id")), extra


def _check_fit(text: pd.DataFrame, table: str, files: list[MappedFile]) -> None:
    needs = _NEEDS[table]
    for file in files:
        rows = text[text["file"] == file.source]
        if len(rows) and all((rows[column] == "").all() for column in needs):
            found = f"no value in any row for {', '.join(needs)}"
            raise ProfileError(file.source, found, expected="at least one of them", advice=_OTHER)


def _refuse_seizures(files: list[MappedFile], table: str) -> None:
    """Refuse seizures given as another table: taken for licit movement they would hide what they show."""
    for file in files:
        telling = [name for name in file.unmapped["column"].unique() if plain(str(name)) in _SEIZED]
        if telling:
            raise ProfileError(
                file.source,
                f"column {telling[0]!r} belongs to seizures",
                expected=f"a table of {table}",
                advice="Give a file of seizures with --seizures",
            )


def _read_plain(
    paths: Sequence[Path],
    table: str,
    normalise: Callable[..., pd.DataFrame],
    *,
    profile: Profile,
    gazetteer: Gazetteer,
    set_values: Mapping[str, str],
    drop: Sequence[str],
    resolve: bool,
) -> RecordBatch:
    files = _read(paths, profile=profile, table=table, drop=drop)
    _refuse_seizures(files, table)
    text, content, extra = _stacked(files, table, set_values)
    pile = Pile(text[["file", "row"]])
    frame = normalise(text, pile=pile, placer=_placer(gazetteer, profile, pile, resolve=resolve), profile=profile)
    nameless = text.loc[frame.index, ["file", "row"]].assign(record_id="").astype({"record_id": "str"})
    found = identify(nameless, content[frame.index], extra[frame.index], equal_rows=profile.equal_rows, pile=pile)
    order = [column for column in FRAMES[table] if column not in {"file", "row"}]
    kept = frame.loc[found.keep].sort_values([*order, "file", "row"], kind="stable", ignore_index=True)
    return _batch(
        files, kept, pile, duplicates=[found.duplicates], profile=profile, contents=_whole(text, content, extra)
    )


def _whole(text: pd.DataFrame, content: pd.Series, extra: pd.Series) -> pd.Series:
    """Return everything that was read of a row, its own id included, as one text."""
    return text["record_id"] + content + extra if "record_id" in text.columns else content + extra


def _batch(
    files: list[MappedFile],
    records: pd.DataFrame,
    pile: Pile,
    *,
    duplicates: list[pd.DataFrame],
    profile: Profile,
    contents: pd.Series,
) -> RecordBatch:
    rejects = gather([*(file.rejects for file in files), pile.table()], REJECT_COLUMNS)
    whole = pd.concat([part for part in duplicates if len(part)] or [empty_frame((*DUPLICATE_COLUMNS, "file"))])
    provenance: dict[str, dict[str, object]] = {}
    for file in files:
        name = file.source
        provenance[name] = {
            "digest": digest(contents[pile.lines["file"] == name]),
            "profile": profile.name,
            **file.facts,
            "records": int((records["file"] == name).sum()),
            "rejected_rows": int(((rejects["source"] == name) & (rejects["scope"] == "row")).sum()),
            "duplicates": int((whole["file"] == name).sum()),
            "caveats": list(profile.caveats),
        }
    return RecordBatch(
        records=records,
        rejects=rejects,
        duplicates=gather([whole], DUPLICATE_COLUMNS),
        unmapped=gather([file.unmapped for file in files], UNMAPPED_COLUMNS),
        provenance=provenance,
    )
