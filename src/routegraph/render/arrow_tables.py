"""Tables as Arrow has them: typed, each column with its unit and meaning, and the shape of a row where it has one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pandas as pd

from routegraph.briefing.columns import NUMBERS
from routegraph.briefing.product import Briefing
from routegraph.briefing.units import column_meanings
from routegraph.render.geo_layers import Layer
from routegraph.render.plain_text import storable

if TYPE_CHECKING:
    import pyarrow as pa


def arrow_table(briefing: Briefing, name: str, *, text: Callable[[str], str] = storable, note: str = "") -> pa.Table:
    """Return a table of the briefing: whole numbers as int64, others as double, the rest as text.

    A number that is missing is null; text that is missing stays empty, as in the CSV.

    Parameters
    ----------
    briefing
        The case.
    name
        Table of the briefing.
    text
        Makes text fit for the file.
    note
        Key of the metadata of a field under which unit and meaning stand in one line; without it they are two, ``unit``
        and ``meaning``.
    """
    import pyarrow as pa

    table = briefing.tables[name]
    said = column_meanings(briefing, name)
    arrays, fields = [], []
    for column in table.columns:
        values = _array(table[column], number=column in NUMBERS, text=text)
        known = said.get(column)
        about = {} if known is None else {"unit": known.unit, "meaning": storable(known.text)}
        if note and known is not None:
            about = {note: text(known.said)}
        arrays.append(values)
        fields.append(pa.field(str(column), values.type, metadata=about))
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def with_shapes(table: pa.Table, shown: Layer, *, called: str) -> pa.Table:
    """Return the table with the shapes of its rows as well-known binary in one column more, the last."""
    import pyarrow as pa

    about = {"unit": "degrees, WGS84", "meaning": "well-known binary, longitude first; null where no position is known"}
    return table.append_column(pa.field(called, pa.binary(), metadata=about), pa.array(shown.wkb, type=pa.binary()))


def _array(values: pd.Series, *, number: bool, text: Callable[[str], str]) -> pa.Array:
    import pyarrow as pa

    if pd.api.types.is_bool_dtype(values.dtype):
        values, number = values.map({True: "yes", False: "no"}), False
    if pd.api.types.is_integer_dtype(values.dtype):
        return pa.array(values, type=pa.int64(), from_pandas=True)
    if number or pd.api.types.is_float_dtype(values.dtype):
        return pa.array(pd.to_numeric(values, errors="coerce").astype("float64"), type=pa.float64(), from_pandas=True)
    kept = {value: text(str(value)) for value in dict.fromkeys(values)}  # most texts come many times over
    return pa.array([kept[value] for value in values], type=pa.string())
