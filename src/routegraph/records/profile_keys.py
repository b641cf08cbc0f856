"""The keys of a profile's TOML: what each may hold, and the small rules that the nested ones become."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from routegraph.errors import ProfileError
from routegraph.places.border_units import BORDERS
from routegraph.records.markings import TLP_ORDER
from routegraph.records.schema import PLACE_COLUMNS, TABLES

LEVELS = ("place", "region", "country")
"""What a place of the network may be."""

STEPS = ("direct", "bordering")
"""How a step between two reported points is taken: as it is, or over units that border each other."""

DOMESTIC = ("at_place", "route")
"""What a record within one unit informs: counts at its place only, or routes too."""

_CHOICES: dict[str, tuple[object, ...]] = {
    "table": ("seizures", "transits"),
    "tlp": TLP_ORDER,
    "level": LEVELS,
    "border": BORDERS,
    "steps": STEPS,
    "domestic": DOMESTIC,
    "equal_rows": ("one", "several"),
    "synthetic": (True, False),
    "place_codes": ("", "airport"),
}
_KINDS: dict[str, type] = {
    "name": str, "title": str, "publisher": str, "terms": str, "citation": str, "equal_rows_reason": str,
    "caveats": list, "placeholders": list, "required": list, "leave_out": list, "places": list,
    "columns": dict, "values": dict, "aside": dict, "file": dict, "matrix": dict,
    "placeholders_except": list, "commodity_scheme": str,
}  # fmt: skip
_FILE_KINDS: dict[str, type] = {
    "name": str, "encoding": str, "delimiter": str, "sheet": str, "header": bool, "columns": list,
}  # fmt: skip
_RULE_KEYS = ("from", "constant", "template", "when", "unless_same_as", "otherwise")
FIELD = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True)
class ColumnRule:
    """How one canonical column is filled.

    Attributes
    ----------
    sources
        columns of the layout; the first that is not blank in a row fills it.
    constant
        the same text in every row.
    template
        text with ``{COLUMN}`` in it; parts between ``;`` whose columns are all blank fall away.
    when
        only where this column is not blank.
    unless_same_as
        blank where it would repeat this column.
    otherwise
        text where the sources are blank (and ``when`` holds).
    """

    sources: tuple[str, ...] = ()
    constant: str = ""
    template: str = ""
    when: str = ""
    unless_same_as: str = ""
    otherwise: str = ""

    def named(self) -> tuple[str, ...]:
        """Return the layout's columns that the rule looks at."""
        extra = [name for name in (self.when, self.unless_same_as) if name]
        return (*self.sources, *FIELD.findall(self.template), *extra)


@dataclass(frozen=True)
class LeaveOut:
    """Rows that the layout holds and the table does not mean; each is listed in rejects with the reason."""

    reason: str
    same: tuple[str, ...] = ()
    column: str = ""
    values: tuple[str, ...] = ()

    def named(self) -> tuple[str, ...]:
        """Return the layout's columns that the rule looks at."""
        return (*self.same, *([self.column] if self.column else []))

    @classmethod
    def from_toml(cls, rule: Mapping[str, Any], *, where: str) -> LeaveOut:
        """Check and build the rule."""
        _only(rule, {"reason": str, "same": list, "column": str, "values": list}, where=f"{where}, leave_out")
        if not rule.get("reason") or bool(rule.get("same")) == bool(rule.get("column")):
            raise ProfileError(
                f"{where}, leave_out", repr(dict(rule)), expected="a reason, and same or column with values"
            )
        values = tuple(str(value) for value in rule.get("values", ()))
        return cls(rule["reason"], tuple(rule.get("same", ())), rule.get("column", ""), values)


@dataclass(frozen=True)
class MatrixLayout:
    """A table with one kind of place down the side and the other along the top.

    Attributes
    ----------
    axes
        title that stands on the sheet -> column that its labels become; either may be the side or the top.
    value
        column that the numbers become.
    totals
        labels of sums, which are checked against the cells and left out.
    """

    axes: Mapping[str, str]
    value: str
    totals: tuple[str, ...] = ()

    @classmethod
    def from_toml(cls, rule: Mapping[str, Any], *, where: str) -> MatrixLayout:
        """Check and build the layout."""
        where = f"{where}, matrix"
        _only(rule, {"axes": dict, "value": str, "totals": list}, where=where)
        if len(rule.get("axes", {})) != 2 or not rule.get("value"):
            raise ProfileError(where, repr(dict(rule)), expected="two axes and the name of the value")
        axes = {title.casefold(): column for title, column in rule["axes"].items()}
        return cls(axes, rule["value"], tuple(label.casefold() for label in rule.get("totals", ())))


def check_keys(content: Mapping[str, Any], *, where: str) -> None:
    """Check that every key of a profile is known and holds what it should.

    Raises
    ------
    ProfileError
        at the first that does not.
    """
    for key, value in content.items():
        if key in _CHOICES and value not in _CHOICES[key]:
            listed = ", ".join(str(choice) for choice in _CHOICES[key])
            raise ProfileError(where, f"{key} is {value!r}", expected=f"one of {listed}")
    _only({k: v for k, v in content.items() if k not in _CHOICES}, _KINDS, where=where)
    _only(content.get("file", {}), _FILE_KINDS, where=f"{where}, file")
    if not content.get("name"):
        raise ProfileError(where, "it has no name", expected='name = "..."')
    for column, mapped in content.get("values", {}).items():
        if not isinstance(mapped, dict) or not all(isinstance(text, str) for text in mapped.values()):
            raise ProfileError(f"{where}, values", f"{column} is {mapped!r}", expected="text = text")
    for row in content.get("places", ()):
        if not isinstance(row, list) or len(row) != len(PLACE_COLUMNS):
            raise ProfileError(f"{where}, places", repr(row), expected=f"a list of {', '.join(PLACE_COLUMNS)}")


def column_rules(columns: Mapping[str, Any], *, table: str, where: str) -> dict[str, ColumnRule]:
    """Return the rule of each canonical column that a profile fills.

    Raises
    ------
    ProfileError
        where a canonical column does not exist or a rule makes no sense.
    """
    unknown = [name for name in columns if name not in TABLES[table]]
    if unknown:
        raise ProfileError(
            f"{where}, columns", f"no column of {table} is called {unknown[0]!r}", expected=", ".join(TABLES[table])
        )
    return {name: _column_rule(spec, where=f"{where}, columns.{name}") for name, spec in columns.items()}


def _column_rule(spec: object, *, where: str) -> ColumnRule:
    if isinstance(spec, str | list):
        spec = {"from": spec}
    if not isinstance(spec, dict) or not spec or set(spec) - set(_RULE_KEYS):
        raise ProfileError(where, repr(spec), expected=f"a column, a list of columns, or {', '.join(_RULE_KEYS)}")
    sources = spec.get("from", [])
    sources = [sources] if isinstance(sources, str) else sources
    if not isinstance(sources, list) or not all(isinstance(text, str) for text in (*sources, *_texts(spec))):
        raise ProfileError(where, repr(spec), expected="names of columns and texts")
    if sum([bool(sources), "constant" in spec, "template" in spec]) != 1:
        raise ProfileError(where, repr(spec), expected="one of from, constant and template")
    return ColumnRule(sources=tuple(sources), **{key: spec[key] for key in _RULE_KEYS[1:] if key in spec})


def _texts(spec: Mapping[str, object]) -> list[object]:
    return [spec[key] for key in _RULE_KEYS[1:] if key in spec]


def _only(content: Mapping[str, Any], kinds: Mapping[str, type], *, where: str) -> None:
    for key, value in content.items():
        if key not in kinds:
            raise ProfileError(where, f"no key is called {key!r}", expected=f"one of {', '.join(kinds)}")
        if not isinstance(value, kinds[key]):
            raise ProfileError(where, f"{key} is {value!r}", expected=f"a {kinds[key].__name__}")
