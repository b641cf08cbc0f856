"""briefing.json: what a Briefing holds beside its tables, so that ``routegraph export`` makes any product later."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd

from routegraph.briefing.columns import COLUMNS, NUMBERS
from routegraph.briefing.product import Briefing, Judgement, Marking
from routegraph.briefing.rankings import Rankings
from routegraph.errors import InputError
from routegraph.render.plain_text import storable
from routegraph.render.run_json import plain, run_digest
from routegraph.render.tables import read_table, write_table
from routegraph.render.target import Target

NAME = "briefing.json"
_FRAMES, _SIZES = ("legs", "corridors"), ("n_legs", "n_counted", "top", "kept")
_RUN = "the folder of a run of this version; run it again"
_OWN = "its own; run the case again"
_SUM = "sha256"
"""Key of the digest of all else in the file."""


def render_briefing_json(briefing: Briefing) -> bytes:
    """Return everything of a Briefing but its tables, and for each table its digest and the types of its numbers.

    The tables are the CSV files beside it: one whose digest is another was changed by hand, and no product is made of
    it, for the products would say that they are this run's. The file has a digest of itself for the same reason.
    """
    held = {
        field.name: getattr(briefing, field.name)
        for field in fields(Briefing)
        if field.name not in ("tables", "rankings", "drivers")
    }
    held["marking"] = {**asdict(briefing.marking), "text": briefing.marking.text}
    held["judgements"] = [asdict(judgement) for judgement in briefing.judgements]
    ranks = briefing.rankings
    held["rankings"] = None if ranks is None else {
        **{name: _columns(getattr(ranks, name)) for name in _FRAMES},
        **{name: getattr(ranks, name) for name in _SIZES},
    }  # fmt: skip
    held["drivers"] = _columns(briefing.drivers)
    held["tables"] = {name: _stamp(table) for name, table in briefing.tables.items()}
    kept = cast("dict[str, object]", plain(held))
    return f"{_text({**kept, _SUM: _sum(kept)})}\n".encode()


def read_briefing(folder: Path) -> Briefing:
    """Return the Briefing of a run from its folder; every product made of it is the one the run made.

    Raises
    ------
    InputError
        The folder holds no run, one of another version, or a file that is not the one that the run wrote.
    """
    file = folder / NAME
    try:
        return _read(folder)
    except FileNotFoundError as error:
        raise InputError(str(error.filename), "is not there", expected=_RUN) from error
    except OSError as error:
        raise InputError(str(file), f"cannot be read ({error.strerror or error})", expected=_RUN) from error
    except InputError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(str(file), "is not as this version writes it", expected=_RUN) from error


def _read(folder: Path) -> Briefing:
    if not folder.is_dir():
        what = f"is a file; name its folder, {folder.parent}" if folder.exists() else "is no folder"
        raise InputError(str(folder), what, expected="the folder of a run")
    held = json.loads((folder / NAME).read_text(encoding="utf-8"))
    stamp = held.pop(_SUM)
    tables = {name: _table(folder / f"{name}.csv", held["tables"][name], name) for name in COLUMNS}
    briefing = _briefing(held, tables)
    if stamp != _sum(held):
        raise InputError(str(folder / NAME), "is not the file that this run wrote", expected=_OWN)
    told = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    if told["run_digest"] != run_digest(briefing):
        raise InputError(str(folder / "run.json"), f"is of another run than {NAME}", expected=_OWN)
    return briefing


def _text(value: object) -> str:
    return json.dumps(value, allow_nan=False, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _sum(held: object) -> str:
    return hashlib.sha256(_text(held).encode()).hexdigest()


def _briefing(held: Mapping[str, object], tables: Mapping[str, pd.DataFrame]) -> Briefing:
    known = {field.name for field in fields(Briefing)}
    if set(held) != known:
        raise KeyError(*set(held) ^ known)
    facts = dict(held)
    marking, ranks = facts["marking"], facts["rankings"]
    facts["marking"] = Marking(marking["tlp"], tuple(marking["releasable_to"]))  # type: ignore[index]
    facts["judgements"] = tuple(Judgement(**one) for one in facts["judgements"])  # type: ignore[attr-defined]
    for name in ("caveats", "sources", "changes"):
        facts[name] = tuple(facts[name])  # type: ignore[arg-type]
    facts["coverage"] = tuple((label, value) for label, value in facts["coverage"])  # type: ignore[attr-defined]
    facts["drivers"] = _frame(facts["drivers"])
    facts["rankings"] = _rankings(ranks)
    return Briefing(**(facts | {"tables": tables}))  # type: ignore[arg-type]


def _rankings(held: object) -> Rankings | None:
    if not isinstance(held, Mapping):
        return None
    sizes = {name: int(held[name]) for name in _SIZES}
    return Rankings(legs=_frame(held["legs"]), corridors=_frame(held["corridors"]), **sizes)


def _stamp(table: pd.DataFrame) -> dict[str, object]:
    types = {str(column): str(table[column].dtype) for column in table.columns if column in NUMBERS}
    return {"sha256": hashlib.sha256(write_table(table)).hexdigest(), "numbers": types}


def _table(file: Path, stamp: Mapping[str, object], name: str) -> pd.DataFrame:
    data = file.read_bytes()
    if hashlib.sha256(data).hexdigest() != stamp["sha256"]:
        raise InputError(str(file), "is not the file that this run wrote", expected=_OWN)
    table = read_table(data)
    types = stamp["numbers"]
    if not isinstance(types, Mapping) or list(table.columns) != list(COLUMNS[name]):
        raise TypeError(name)
    known = {str(column): str(dtype) for column, dtype in types.items()}
    return pd.DataFrame({str(name): _typed(texts, known.get(str(name), "")) for name, texts in table.items()})


def _typed(texts: pd.Series, dtype: str) -> pd.Series:
    """Return a column as it was: text, or numbers of the type that it had."""
    if not dtype:
        return texts
    if dtype.startswith("float"):
        return pd.Series([float(text) if text else np.nan for text in texts], index=texts.index, dtype=dtype)
    return pd.Series([int(text) if text else pd.NA for text in texts], index=texts.index, dtype=dtype)


def _columns(table: pd.DataFrame) -> dict[str, object]:
    """Return a table as columns of plain values; NaN is null, text as a file can hold it."""
    return {
        str(column): {
            "type": _kind(table[column]),
            "values": [None if pd.isna(value) else _value(value) for value in table[column].tolist()],
        }
        for column in table.columns
    }


def _kind(values: pd.Series) -> str:
    return str(values.dtype) if values.dtype.kind in "biuf" else "str"


def _value(value: object) -> object:
    return value if isinstance(value, bool | int | float) else storable(str(value))


def _frame(columns: object) -> pd.DataFrame:
    if not isinstance(columns, Mapping):
        raise TypeError("columns")
    made = {
        name: pd.Series([np.nan if one is None else one for one in column["values"]], dtype=column["type"])
        for name, column in columns.items()
    }
    return pd.DataFrame(made, columns=list(columns))


TARGETS = (Target("briefing-data", NAME, render_briefing_json),)
