"""JSON Lines: one object a line; a line that is none is set aside."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

from routegraph.errors import InputError
from routegraph.records.readers.delimited import decode
from routegraph.records.readers.table import RawTable, ReadOptions, visible
from routegraph.records.readers.unpacking import read_bytes
from routegraph.records.schema import REJECT_COLUMNS, as_rejects, empty_frame

_SURROGATES = dict.fromkeys(range(55296, 57344), "�")


def read_jsonlines(path: Path, *, options: ReadOptions, source: str) -> list[RawTable]:
    """Read JSON Lines into text cells; numbers keep the digits they were written with, lists become ``a; b``.

    Raises
    ------
    InputError
        where the file is empty or no line at all is an object.
    """
    text = decode(read_bytes(path, source=source), encoding=options.encoding, source=source)
    objects: list[dict[str, str]] = []
    rows: list[int] = []
    torn: list[tuple[int, str, str]] = []
    for number, line in enumerate(text.split("\n"), start=1):  # a line is the unit of the format
        if not line.strip():
            continue
        try:
            objects.append(_as_object(line))
        except (ValueError, RecursionError) as error:
            torn.append((number, visible(line[:2000]), f"not a JSON object: {str(error)[:200]}"))
        else:
            rows.append(number)
    if not objects:
        raise InputError(source, "no line is a JSON object", expected='lines such as {"seized_country": "THA"}')
    names = list(dict.fromkeys(name for found in objects for name in found))
    cells = pd.DataFrame({name: pd.Series([found.get(name, "") for found in objects], dtype="str") for name in names})
    rejects = _rejected(torn, source=source)
    return [RawTable(source, cells, np.array(rows, dtype="int64"), named=True, rejects=rejects)]


def _as_object(line: str) -> dict[str, str]:
    found = json.loads(line, parse_float=str, parse_int=str)
    if not isinstance(found, dict):
        raise ValueError(f"it is a {type(found).__name__}")  # noqa: TRY004 - the same pile as broken JSON
    return {str(name).translate(_SURROGATES): _as_text(value) for name, value in found.items()}


def _as_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return "; ".join(_as_text(entry) for entry in value)
    text = json.dumps(value, ensure_ascii=False, sort_keys=True) if isinstance(value, dict) else str(value)
    return text.translate(_SURROGATES)


def _rejected(torn: list[tuple[int, str, str]], *, source: str) -> pd.DataFrame:
    if not torn:
        return empty_frame(REJECT_COLUMNS)
    numbers, values, reasons = zip(*torn, strict=True)
    return as_rejects(
        source,
        pd.Series(numbers, dtype="int64"),
        scope="row",
        field="",
        value=pd.Series(values, dtype="str"),
        reason=pd.Series(reasons, dtype="str"),
    )
