"""Parquet files: columns come named and typed, and leave as the text a person would write."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from routegraph.errors import InputError
from routegraph.records.readers.table import RawTable, ReadOptions, number_text
from routegraph.records.readers.unpacking import check_unpacked


def read_parquet(path: Path, *, options: ReadOptions, source: str) -> list[RawTable]:  # noqa: ARG001 - one shape for all readers
    """Read a Parquet file into text cells; 12.0 becomes ``12``, a timestamp at midnight its date.

    Raises
    ------
    InputError
        where the file is broken off, no Parquet, or holds lists or structures in a column.
    """
    try:
        with pq.ParquetFile(path) as file:
            groups = [file.metadata.row_group(i).total_byte_size for i in range(file.metadata.num_row_groups)]
            check_unpacked(source, sum(groups), path.stat().st_size)
            table = file.read()
    except (pa.ArrowException, OSError) as error:
        raise InputError(source, "it is not a sound Parquet file", expected="a whole Parquet file") from error
    columns = [_as_text(table.column(i), name=table.column_names[i], source=source) for i in range(table.num_columns)]
    cells = pd.DataFrame(dict(enumerate(columns)), dtype="str")
    cells.columns = pd.Index(table.column_names, dtype="object")
    return [RawTable(source, cells, np.arange(2, len(cells) + 2), named=True)]


def _as_text(column: pa.ChunkedArray, *, name: str, source: str) -> pd.Series:
    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    if pa.types.is_null(kind):
        return pd.Series([""] * len(column), dtype="str")
    if pa.types.is_floating(kind):
        return _float_text(column)
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        raise InputError(source, f"column {name!r} holds {kind}", expected="text, numbers, dates or yes/no")
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        column = column.cast(pa.timestamp(kind.unit, "UTC")).cast(pa.timestamp(kind.unit))
    text: pd.Series = pc.fill_null(column.cast(pa.large_string()), "").to_pandas().astype("str")
    if pa.types.is_timestamp(kind):
        text = text.str.replace(r"[ T]00:00:00(?:\.0+)?$", "", regex=True).str.replace(" ", "T")
    return text


def _float_text(column: pa.ChunkedArray) -> pd.Series:
    values = column.to_numpy()
    codes, distinct = pd.factorize(values)
    texts = np.array([number_text(value) for value in distinct] + [""], dtype=object)
    return pd.Series(texts[codes], dtype="str")
