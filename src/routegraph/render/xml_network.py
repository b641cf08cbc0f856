"""A network in XML, as GraphML and GEXF both have it: names of nodes, types of columns, values column by column."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape

import pandas as pd

from routegraph.render.plain_text import for_xml

# A parser turns line breaks and tabs inside an attribute into spaces unless they are written as references.
_REFERENCES = {'"': "&quot;", "\n": "&#10;", "\t": "&#9;"}


def in_attribute(text: str) -> str:
    """Return text as it stands between the quotes of an attribute."""
    return escape(for_xml(text), _REFERENCES)


def ends_beyond(places: pd.DataFrame, legs: pd.DataFrame) -> list[str]:
    """Return the ends of legs that the table of places does not hold, in order: nodes without attributes."""
    known = set(places["place_id"])
    ends = dict.fromkeys(end for pair in zip(legs["origin"], legs["destination"], strict=True) for end in pair)
    return [end for end in ends if end not in known]


def node_names(ids: Iterable[str]) -> dict[str, str]:
    """Return each id as an attribute of XML can hold it; two that would become one are told apart by a number."""
    names: dict[str, str] = {}
    taken: dict[str, int] = {}
    for place in ids:
        name = in_attribute(place)
        taken[name] = taken.get(name, 0) + 1
        names[place] = name if taken[name] == 1 else f"{name}~{taken[name]}"
    return names


def type_of(values: pd.Series) -> str:
    """Return what GraphML and GEXF call the type of a column: double, long or string."""
    if pd.api.types.is_float_dtype(values.dtype):
        return "double"
    return "long" if pd.api.types.is_integer_dtype(values.dtype) else "string"


def written(values: pd.Series, *, before: str, after: str) -> list[str]:
    """Return each value of a column between two pieces of markup, and nothing for one that is missing."""
    if pd.api.types.is_float_dtype(values.dtype):
        finite = values.abs() < float("inf")
        return [f"{before}{v!r}{after}" if ok else "" for v, ok in zip(values.tolist(), finite, strict=True)]
    if pd.api.types.is_integer_dtype(values.dtype):
        return ["" if value is pd.NA else f"{before}{value}{after}" for value in values]
    shown = {text: f"{before}{in_attribute(str(text))}{after}" if text else "" for text in dict.fromkeys(values)}
    return [shown[text] for text in values]
