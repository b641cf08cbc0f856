"""Profiles: a public or in-house layout said once, in TOML, and mapped onto the contract's columns."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from routegraph.errors import ProfileError, SettingError
from routegraph.records.profile_keys import ColumnRule, LeaveOut, MatrixLayout, check_keys, column_rules
from routegraph.records.readers.table import ReadOptions
from routegraph.records.schema import PLACE_COLUMNS

BUNDLED = "routegraph.records.profiles"
PLAIN_KEYS = (
    "name", "title", "publisher", "terms", "citation", "table", "tlp", "level", "border", "steps", "domestic",
    "equal_rows", "equal_rows_reason", "synthetic", "commodity_scheme", "place_codes",
)  # fmt: skip


@dataclass(frozen=True)
class Profile:
    """One layout: which of its columns fill the contract's, what stands for blank, and what its numbers mean.

    Attributes
    ----------
    name, title, publisher, terms, citation
        what the layout is called, whose it is, on which terms, and how products cite it.
    table
        ``seizures`` or ``transits``.
    tlp
        marking of records that state none; AMBER unless the profile says otherwise.
    level
        ``place``, ``region`` or ``country``: how fine the places of these records can be told.
    border
        ``country`` or ``region``: which borders count.
    steps
        ``direct``: a step between two reported points is taken as it is; ``bordering``: it is routed over units that
        share a border and marked inferred.
    domestic
        ``at_place``: a record within one country informs counts at its place only; ``route``: it may enter routes.
    equal_rows, equal_rows_reason
        whether equal rows without ids are ``one`` event or ``several``, and why.
    caveats
        sentences that every product made from these records carries.
    synthetic
        whether the records were made up; products say so.
    """

    name: str
    title: str = ""
    publisher: str = ""
    terms: str = ""
    citation: str = ""
    table: Literal["seizures", "transits"] = "seizures"
    tlp: str = "AMBER"
    level: Literal["place", "region", "country"] = "place"
    border: Literal["country", "region"] = "country"
    steps: Literal["direct", "bordering"] = "direct"
    domestic: Literal["at_place", "route"] = "at_place"
    equal_rows: Literal["one", "several"] = "one"
    equal_rows_reason: str = ""
    synthetic: bool = False
    caveats: tuple[str, ...] = ()
    columns: Mapping[str, ColumnRule] = field(default_factory=dict)
    value_maps: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    placeholders: tuple[str, ...] = ()
    placeholders_except: tuple[str, ...] = ()
    commodity_scheme: str = ""
    place_codes: Literal["", "airport"] = ""
    aside: Mapping[str, str] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    leave_out: tuple[LeaveOut, ...] = ()
    matrix: MatrixLayout | None = None
    file_name: str = ""
    header: bool = True
    header_names: tuple[str, ...] = ()
    reading: ReadOptions = field(default_factory=ReadOptions)
    place_rows: tuple[tuple[str, ...], ...] = ()

    @property
    def source_line(self) -> str:
        """How a product names where its records come from; blank where they are the user's own."""
        return f"{self.citation} ({self.terms})" if self.citation else ""

    def known_columns(self) -> tuple[str, ...]:
        """Return every column of the layout that the profile takes notice of, in the order it names them."""
        named = [source for rule in self.columns.values() for source in rule.named()]
        extra = [name for rule in self.leave_out for name in rule.named()]
        return tuple(dict.fromkeys([*named, *self.aside, *extra, *self.required]))

    def places(self) -> pd.DataFrame:
        """Return the places that the layout brings along (columns of the ``places`` table), for a gazetteer."""
        frame = pd.DataFrame(list(self.place_rows), columns=list(PLACE_COLUMNS), dtype="str")
        return frame.assign(lat=pd.to_numeric(frame["lat"]), lon=pd.to_numeric(frame["lon"]))


def load_profile(name_or_path: str) -> Profile:
    """Load a bundled profile by its name, or a user's own by the path of its ``.toml`` file.

    Raises
    ------
    SettingError
        where no bundled profile has this name, or no such file exists.
    ProfileError
        where the file is no TOML, or a key is unknown or of the wrong kind.

    Examples
    --------
    >>> load_profile("routegraph").equal_rows
    'one'
    """
    return _build(_read(name_or_path), where=_label(name_or_path))


def list_profiles() -> list[Profile]:
    """Return the bundled profiles, by name."""
    return [load_profile(name) for name in _bundled()]


def _bundled() -> list[str]:
    names = [entry.name for entry in resources.files(BUNDLED).iterdir() if entry.name.endswith(".toml")]
    return sorted(name.removesuffix(".toml") for name in names)


def _label(name_or_path: str) -> str:
    return f"profile {Path(name_or_path).name}"


def _read(name_or_path: str, *, depth: int = 0) -> dict[str, Any]:
    """Read a profile's TOML, laid over the one that it ``extends``."""
    where = _label(name_or_path)
    bundled = _bundled()
    try:
        if name_or_path in bundled:
            text = (resources.files(BUNDLED) / f"{name_or_path}.toml").read_text(encoding="utf-8")
        elif name_or_path.endswith(".toml"):
            text = Path(name_or_path).read_text(encoding="utf-8")
        else:
            raise _unknown(name_or_path, bundled, where=where, depth=depth)
        content = tomllib.loads(text)
    except FileNotFoundError:
        raise _unknown(name_or_path, bundled, where=where, depth=depth) from None
    except OSError as error:
        found = f"it cannot be read ({error.strerror})"
        raise ProfileError(where, found, expected="a readable .toml file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProfileError(where, f"it is not TOML ({error})", expected="a TOML file as in docs/profiles.md") from error
    parent = content.pop("extends", None)
    if parent is None:
        return content
    if not isinstance(parent, str) or depth > 3:
        raise ProfileError(where, f"extends is {parent!r}", expected="the name of a profile that ends somewhere")
    return _laid_over(_read(parent, depth=depth + 1), content)


def _unknown(name: str, bundled: list[str], *, where: str, depth: int) -> SettingError | ProfileError:
    """Say that no profile has the name: a wrong option, or a wrong ``extends`` inside a profile."""
    near = difflib.get_close_matches(name, bundled, n=1)
    found = "no such file" if name.endswith(".toml") else "no such profile"
    expected = f"one of {', '.join(bundled)}, or a .toml file" + (f"; did you mean {near[0]!r}?" if near else "")
    return (
        ProfileError(where, found, expected=expected)
        if depth
        else SettingError(f"{where}: {found}; expected {expected}")
    )


def _laid_over(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    merged = dict(under)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict) and key != "matrix"
        merged[key] = {**merged[key], **value} if both else value
    return merged


def _build(content: dict[str, Any], *, where: str) -> Profile:
    check_keys(content, where=where)
    reading = content.get("file", {})
    plain = {key: content[key] for key in PLAIN_KEYS if key in content}
    matrix = content.get("matrix")
    return Profile(
        **plain,
        caveats=tuple(content.get("caveats", ())),
        columns=column_rules(content.get("columns", {}), table=content.get("table", "seizures"), where=where),
        value_maps={column: {k.casefold(): v for k, v in m.items()} for column, m in content.get("values", {}).items()},
        placeholders=tuple(text.casefold() for text in content.get("placeholders", ())),
        placeholders_except=tuple(content.get("placeholders_except", ())),
        aside=content.get("aside", {}),
        required=tuple(content.get("required", ())),
        leave_out=tuple(LeaveOut.from_toml(rule, where=where) for rule in content.get("leave_out", ())),
        matrix=MatrixLayout.from_toml(matrix, where=where) if matrix else None,
        file_name=reading.get("name", ""),
        header=reading.get("header", True),
        header_names=tuple(reading.get("columns", ())),
        reading=ReadOptions(
            encoding=reading.get("encoding", "utf-8"),
            delimiter=reading.get("delimiter", ""),
            sheet=reading.get("sheet", ""),
        ),
        place_rows=tuple(tuple(str(cell) for cell in row) for row in content.get("places", ())),
    )
