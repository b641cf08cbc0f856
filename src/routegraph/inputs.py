"""What goes into a run: tables read through their profiles, and the records that its options choose."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from routegraph.errors import NothingToAnalyseError, OutputError, ProfileError, SettingError

if TYPE_CHECKING:
    import pandas as pd

    from routegraph.places import Gazetteer
    from routegraph.records import Profile, RecordBatch
    from routegraph.settings import Settings


TABLES = ("seizures", "transits", "effort", "places")


@dataclass(frozen=True)
class Inputs:
    """The tables of a case as they were read, and what they resolve against."""

    gazetteer: Gazetteer
    profile: Profile
    transits_profile: Profile
    seizures: RecordBatch
    transits: RecordBatch | None
    effort: RecordBatch | None
    places: RecordBatch | None

    @property
    def beside(self) -> tuple[RecordBatch, ...]:
        """Return the batches beside the seizures, in the order of the contract."""
        return tuple(batch for batch in (self.transits, self.effort, self.places) if batch is not None)

    @property
    def caveats(self) -> list[str]:
        """Return what the profiles say must stand beside anything made from their data, each sentence once."""
        return list(dict.fromkeys(sentence for profile in self._profiles() for sentence in profile.caveats))

    @property
    def sources(self) -> list[str]:
        """Return what each profile says of its publisher, terms and citation."""
        return list(dict.fromkeys(profile.source_line for profile in self._profiles() if profile.source_line))

    def _profiles(self) -> list[Profile]:
        return [self.profile, *([self.transits_profile] if self.transits is not None else [])]


def read_inputs(settings: Settings) -> Inputs:
    """Read every table that the settings name; nothing is filtered yet.

    Raises
    ------
    InputError
        A file cannot be read at all, or does not fit its profile.
    SettingError
        ``drop`` names a column that no file has.
    """
    from routegraph.places import Gazetteer
    from routegraph.records import load_profile, read_effort, read_places, read_seizures, read_transits

    profile, transits_profile = load_profile(settings.profile), load_profile(settings.transits_profile)
    gazetteer = Gazetteer.builtin()
    places = read_places(settings.places) if settings.places else None
    if places is not None:
        gazetteer = gazetteer.extended(places.records)
    if profile.place_rows:
        gazetteer = gazetteer.extended(profile.places())
    # Near duplicates are told by their place, also where the network is one of countries. Only a layout whose own
    # places are countries spares its free texts the search, unless the run asks for finer ones.
    resolve, drop = {profile.level, settings.level or profile.level} != {"country"}, settings.drop
    seizures = read_seizures(
        settings.seizures, profile=profile, gazetteer=gazetteer, set_values=settings.set_values, drop=drop,
        resolve_places=resolve,
    )  # fmt: skip
    transits = effort = None
    if settings.transits:
        transits = read_transits(
            settings.transits, profile=transits_profile, gazetteer=gazetteer, drop=drop, resolve_places=resolve
        )
    if settings.effort:
        effort = read_effort(settings.effort, gazetteer=gazetteer, drop=drop, resolve_places=resolve)
    inputs = Inputs(gazetteer, profile, transits_profile, seizures, transits, effort, places)
    _check_dropped((inputs.seizures, *inputs.beside), drop)
    return inputs


def read_table(
    paths: Sequence[Path],
    *,
    profile: str = "routegraph",
    table: str = "",
    places: Sequence[Path] = (),
    set_values: Mapping[str, str] | None = None,
    drop: Sequence[str] = (),
) -> RecordBatch:
    """Read files of one table just as a run would, to see what of them can be used.

    Parameters
    ----------
    profile
        Name or path of their layout.
    table
        Which table of the contract they hold; blank takes the profile's own.
    places
        Files of the user's own places, which names resolve with.

    Raises
    ------
    InputError
        A file cannot be read at all, or does not fit its profile.
    SettingError
        ``table`` is unknown, or ``drop`` or ``set_values`` names a column that is not there.
    """
    from routegraph.places import Gazetteer
    from routegraph.records import load_profile, read_effort, read_places, read_seizures, read_transits

    layout, gazetteer = load_profile(profile), Gazetteer.builtin()
    wanted = table or layout.table
    if wanted not in TABLES:
        raise SettingError(f"table is {wanted!r}; expected one of {', '.join(TABLES)}")
    if layout.columns and wanted != layout.table:
        raise ProfileError(f"profile {layout.name}", f"it maps {layout.table}", expected=f"a profile of {wanted}")
    if wanted == "places":
        return read_places(paths)
    if places:
        gazetteer = gazetteer.extended(read_places(places).records)
    readers: dict[str, Callable[..., RecordBatch]]
    readers = {"seizures": read_seizures, "transits": read_transits, "effort": read_effort}
    batch = readers[wanted](
        paths, profile=layout, gazetteer=gazetteer, set_values=set_values, drop=drop,
        resolve_places=layout.level != "country",
    )  # fmt: skip
    _check_dropped((batch,), drop)
    return batch


def check_out(out: Path) -> None:
    """Refuse a folder that no product could be written into, before any time is spent on the products.

    Raises
    ------
    OutputError
        It is a file or a link, or may not be written to.
    """
    if out.is_symlink():
        raise OutputError(f"{out} is a symbolic link; name the folder itself")
    for folder in (out, *out.parents):
        if folder.exists():
            if not folder.is_dir():
                raise OutputError(f"{folder} is a file; expected a folder, or a name that is free")
            if not os.access(folder, os.W_OK | os.X_OK):
                raise OutputError(f"{folder}: nothing may be written there; expected a folder of your own (--out)")
            return


def _check_dropped(batches: Sequence[RecordBatch], drop: Sequence[str]) -> None:
    """Refuse a column to drop that no file has: a typing error there would let through what was meant to stay out."""
    from routegraph.records.layout import plain

    facts = [fact for batch in batches for fact in batch.provenance.values()]
    dropped = {plain(name) for fact in facts for name in cast("Mapping[str, int]", fact.get("dropped_columns", {}))}
    for column in drop:
        if plain(column) not in dropped:
            raise SettingError(f"--drop {column}: no file has this column; expected one that stands in a header")


@dataclass(frozen=True)
class Chosen:
    """What enters the network after the filters, and how many rows each filter left out."""

    records: pd.DataFrame
    transits: pd.DataFrame | None
    left_out: Mapping[str, int]

    @property
    def frames(self) -> list[pd.DataFrame]:
        """Return every table that went in."""
        return [self.records, *([self.transits] if self.transits is not None else [])]


def choose(inputs: Inputs, settings: Settings) -> Chosen:
    """Apply the filters in a fixed order and count what each leaves out.

    Raises
    ------
    NothingToAnalyseError
        No record is left.
    SettingError
        A filter makes no sense (an unknown commodity, a date that is none).
    """
    from routegraph.records import filters

    records, left_out = inputs.seizures.records, dict[str, int]()
    kept, left_out["releasable"] = filters.by_release(records, settings.releasable)
    kept, left_out["commodity"] = filters.by_commodity(kept, settings.commodity)
    if settings.since or settings.until:
        kept, left_out["date"] = filters.by_date(kept, since=settings.since, until=settings.until)
    if settings.min_quantity:
        kept, left_out["min_quantity"] = filters.by_quantity(kept, settings.min_quantity)
    if not len(kept):
        what = ", ".join(f"{name} left out {n}" for name, n in left_out.items() if n) or "every row was set aside"
        advice = "loosen the options" if len(records) else "routegraph check FILE says why"
        raise NothingToAnalyseError(f"no record is left of {len(records)}: {what}; {advice}")
    counted = {f"left out by {name}": n for name, n in left_out.items() if n}
    transits, n_transits = _releasable_transits(inputs.transits, settings)
    return Chosen(kept, transits, counted | ({"transits left out by releasable": n_transits} if n_transits else {}))


def _releasable_transits(batch: RecordBatch | None, settings: Settings) -> tuple[pd.DataFrame | None, int]:
    """Keep the transits that may be shown; licit movement of every commodity stays, for it is the exposure."""
    from routegraph.records import filters

    if batch is None:
        return None, 0
    # The contract's transits bear a marking and no national caveats.
    marked = batch.records.assign(releasable_to="").astype({"releasable_to": "str"})
    kept, out = filters.by_release(marked, settings.releasable)
    return kept.drop(columns="releasable_to"), out


def calls_itself_synthetic(frame: pd.DataFrame) -> bool:
    """Tell whether any source of the rows that went in names itself synthetic, as those of ``routegraph synth`` do."""
    return bool(frame["source"].str.startswith("SYNTHETIC").any())
