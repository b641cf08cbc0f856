"""Words of a KML file: names, balloons and typed data, in which nothing of a record can run or expand."""

from __future__ import annotations

import html
import math
from collections.abc import Hashable, Iterable, Mapping
from typing import Any
from xml.sax.saxutils import escape

import pandas as pd

from routegraph.briefing.estimates import detection_words
from routegraph.briefing.product import Briefing
from routegraph.briefing.units import FLOW, Meaning, column_meanings
from routegraph.briefing.words import about, chance, number
from routegraph.render.plain_text import for_xml, visible

Cells = Mapping[Hashable, Any]

_CHANCES = {"p_top": "p_top (chance)", "detection": "detection, mean and 90 % interval (chance)"}
"""What is said as a chance, which is never none nor certain, and its heading."""
_LONGEST = 1_200
_SHOWN = {
    "corridors": (
        "rank", "tier", "verdict", "countries", "modes", "commodity", "flow", "surprise", "p_top", "seizures",
        "quantity_seized", "unit", "n_records", "reasons", "record_ids", "tlp",
    ),
    "legs": (
        "flow", "expected", "surprise", "p_top", "seizures", "travelled", "intended", "inferred", "n_records", "modes",
        "commodity", "distance_km", "borders_crossed", "verdict", "why", "tlp",
    ),
    "flows": ("period", "commodity", "flow", "seizures"),
    "places": (
        "country", "kind", "role", "community", "throughflow", "detection", "p_top", "seizures", "verdict", "why",
        "tlp",
    ),
}  # fmt: skip
"""What a balloon shows; ``flow``, ``throughflow`` and ``detection`` stand for their mean and interval."""


def label(text: str) -> str:
    """Return a name as XML: with ``<`` and ``>`` as ‹ and ›, and no ``$[``.

    Viewers differ in whether a name is HTML, so it has to be harmless as both; the data beside it are as they were.
    """
    shown = visible(text, most=160).replace("<", "‹").replace(">", "›").replace("$[", "$ [")
    return escape(for_xml(shown))


def html_text(text: str, *, most: int = _LONGEST) -> str:
    """Return text as HTML that shows it and expands nothing: ``$[name]`` in it stays those seven characters."""
    return html.escape(visible(text, most=most)).replace("$", "&#36;")


def html_table(rows: Iterable[tuple[str, str]]) -> str:
    """Return rows of (heading, text) as a plain HTML table."""
    cells = "".join(
        f"<tr><th align='left'>{html_text(one)}</th><td>{html_text(other)}</td></tr>" for one, other in rows
    )
    return f"<table border='1' cellpadding='3'>{cells}</table>"


def in_xml(text: str) -> str:
    """Return text, HTML or not, as the text of an XML element."""
    return escape(for_xml(text))


class Balloons:
    """What a click on a feature of one table shows, and its typed data.

    Parameters
    ----------
    briefing
        The case: marking, units, and whether levels may be told.
    name
        Table that the features are of.
    """

    def __init__(self, briefing: Briefing, name: str) -> None:
        self.name = name
        self._meanings = column_meanings(briefing, name)
        self._told = briefing.levels_told
        self._number = number if briefing.estimator == "counts" else about
        self._marking = briefing.marking.text + (" · SYNTHETIC, not real events" if briefing.synthetic else "")
        self._types = {column: _type(briefing.tables[name][column]) for column in briefing.tables[name].columns}

    def schema(self) -> str:
        """Return the declaration of the table's columns, each with its meaning and unit."""
        fields = [
            f'<SimpleField type="{kind}" name="{column}"><displayName>{self._said(column)}</displayName></SimpleField>'
            for column, kind in self._types.items()
        ]
        return f'<Schema name="{self.name}" id="{self.name}">{"".join(fields)}</Schema>'

    def description(self, row: Cells) -> str:
        """Return the balloon of a row as an element: the marking, and a table of what is known."""
        rows = [(self._heading(what), self._value(row, what)) for what in _SHOWN[self.name]]
        table = html_table((one, other) for one, other in rows if other)
        return f"<description>{in_xml(f'<p><b>{html_text(self._marking)}</b></p>{table}')}</description>"

    def data(self, row: Cells) -> str:
        """Return all cells of a row as an element, unshortened; what is missing has no entry."""
        cells = [
            f'<SimpleData name="{column}">{escape(for_xml(_plain(row[column])))}</SimpleData>'
            for column in self._types
            if _known(row[column])
        ]
        return f'<ExtendedData><SchemaData schemaUrl="#{self.name}">{"".join(cells)}</SchemaData></ExtendedData>'

    def _said(self, column: str) -> str:
        known = self._meanings.get(column)
        return in_xml(visible(f"{column}: {known.said}" if known else column, most=_LONGEST))

    def _measure(self, what: str) -> Meaning | None:
        return self._meanings.get(f"{what}_mean") if what in ("flow", "throughflow", "detection") else None

    def _heading(self, what: str) -> str:
        known = self._measure(what)
        if what in _CHANCES:
            return _CHANCES[what]
        if known is not None:
            return f"{what}, mean and 90 % interval ({known.unit})"
        unit = self._meanings[what].unit
        return f"{what} ({unit})" if unit else what

    def _value(self, row: Cells, what: str) -> str:
        known = self._measure(what) or self._meanings[what]
        column = f"{what}_mean" if self._measure(what) else what
        if not _known(row[column]):
            return ""
        if known.unit == FLOW and not self._told:
            return "level not told"
        if what in _CHANCES:
            return detection_words(row) if what == "detection" else chance(float(row[what]))
        said = self._number
        if column != what:
            low, high = row[f"{what}_p05"], row[f"{what}_p95"]
            interval = f" ({said(float(low))} to {said(float(high))})" if _known(low) and _known(high) else ""
            return f"{said(float(row[column]))}{interval}"
        if known.unit == FLOW:
            return said(float(row[what]))
        return number(float(row[what])) if self._types[what] != "string" else str(row[what])


def _known(value: Any) -> bool:  # noqa: ANN401 - a cell of a table
    if isinstance(value, float):
        return math.isfinite(value)
    return not (value is None or value is pd.NA or value == "")


def _plain(value: Any) -> str:  # noqa: ANN401 - a cell of a table
    return repr(float(value)) if isinstance(value, float) else str(value)


def _type(values: pd.Series) -> str:
    if pd.api.types.is_float_dtype(values.dtype):
        return "double"
    whole = pd.api.types.is_integer_dtype(values.dtype) and bool((values.fillna(0).abs() < 2**31).all())
    return "int" if whole else "string"
