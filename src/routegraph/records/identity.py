"""Which rows are the same record: given ids, ids derived from content, equal rows counted once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from routegraph.records.cells import Pile
from routegraph.records.schema import DUPLICATE_COLUMNS, empty_frame

_BETWEEN = "\x1f"


@dataclass(frozen=True)
class Identified:
    """Ids of the rows that stay, and which others they stand for.

    Attributes
    ----------
    keep
        positions of the rows that are records.
    record_ids, copies
        of the kept rows, in their order.
    duplicates
        record_id, duplicate_of, rule, and ``file`` of the row that is counted in another.
    """

    keep: np.ndarray
    record_ids: pd.Series
    copies: pd.Series
    duplicates: pd.DataFrame


def contents(frame: pd.DataFrame, columns: tuple[str, ...]) -> pd.Series:
    """Return each row's text in these columns as one text, so that equal rows are equal texts."""
    arrays = [pa.array(frame[column], type=pa.large_string()) for column in columns]
    joined = pc.binary_join_element_wise(*arrays, pa.scalar(_BETWEEN, pa.large_string()))
    return pd.Series(joined.to_pandas().astype("str").to_numpy(), index=frame.index, dtype="str")


def digest(content: pd.Series) -> str:
    """Return a digest of the rows that does not depend on their order."""
    hashed = np.sort(pd.util.hash_pandas_object(content, index=False).to_numpy())
    return hashlib.sha256(hashed.astype("<u8").tobytes()).hexdigest()


def short_digest(content: str) -> str:
    """Return the id of a row's content: 16 hexadecimal digits of its blake2b digest."""
    return hashlib.blake2b(content.encode("utf-8"), digest_size=8).hexdigest()


def identify(
    frame: pd.DataFrame, content: pd.Series, extra: pd.Series, *, equal_rows: Literal["one", "several"], pile: Pile
) -> Identified:
    """Give every row an id and say which rows are one record.

    Parameters
    ----------
    frame
        ``record_id`` (blank where the source gives none), ``file`` and ``row``.
    content, extra
        a row's canonical text, and the text of its cells that no canonical column holds: both tell rows without ids
        apart, while a row with an id is the same record where its canonical text is.
    equal_rows
        whether equal rows without ids are one record or several. Even then a file that is given twice counts once.
    pile
        takes the rows whose id stands for other content in a row that comes before it by content.
    """
    given = (frame["record_id"] != "").to_numpy()
    order = pd.DataFrame({"content": content, "file": frame["file"], "row": frame["row"]})
    parts = [
        _by_id(frame[given], order[given], pile=pile),
        _by_content(frame[~given], content[~given] + _BETWEEN + extra[~given], equal_rows=equal_rows),
    ]
    kept = pd.concat([part[0] for part in parts]).sort_index()
    gone = pd.concat([part[1] for part in parts], ignore_index=True)
    return Identified(kept.index.to_numpy(), kept["record_id"].astype("str"), kept["copies"].astype("int64"), gone)


def _gone(record_ids: pd.Series, of: pd.Series, files: pd.Series, *, rule: str) -> pd.DataFrame:
    columns = {"record_id": record_ids, "duplicate_of": of, "rule": rule, "file": files}
    return pd.DataFrame(columns).astype("str").reset_index(drop=True)


def _by_id(frame: pd.DataFrame, order: pd.DataFrame, *, pile: Pile) -> tuple[pd.DataFrame, pd.DataFrame]:
    ranked = order.assign(record_id=frame["record_id"]).sort_values(["record_id", "content", "file", "row"])
    first = ranked.groupby("record_id", sort=False)["content"].transform("first")
    other = (ranked["content"] != first).reindex(frame.index)
    reason = "the same record_id stands for other content; the first by content is kept"
    reasons = pd.Series("", index=pile.lines.index, dtype="str")
    reasons[other.index[other]] = reason
    shown = pd.Series("", index=pile.lines.index, dtype="str")
    shown[frame.index] = frame["record_id"]
    pile.rows("record_id", shown, reasons)
    same = ranked[~other.reindex(ranked.index)]
    again = same.duplicated("record_id")
    copies = same.groupby("record_id", sort=False)["content"].transform("size")
    kept = pd.DataFrame({"record_id": same["record_id"], "copies": copies})[~again]
    gone = same[again]
    return kept, _gone(gone["record_id"], gone["record_id"], gone["file"], rule="same record_id")


def _by_content(
    frame: pd.DataFrame, content: pd.Series, *, equal_rows: Literal["one", "several"]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    if not len(frame):
        kept = pd.DataFrame({"record_id": pd.Series([], dtype="str"), "copies": pd.Series([], dtype="int64")})
        return kept, empty_frame((*DUPLICATE_COLUMNS, "file"))
    codes, distinct = pd.factorize(content)
    ids = np.array([short_digest(str(text)) for text in distinct], dtype=object)[codes]
    ranked = pd.DataFrame({"code": codes, "id": ids, "file": frame["file"], "row": frame["row"]}, index=frame.index)
    ranked = ranked.sort_values(["file", "row"], kind="stable")
    again_file = _files_given_again(ranked) if equal_rows == "several" else pd.Series(False, index=ranked.index)  # noqa: FBT003
    once = ranked[~again_file]
    once = once.assign(
        occurrence=once.groupby("code", sort=False).cumcount(),
        size=once.groupby("code", sort=False)["code"].transform("size"),
    )
    numbered = once["id"].where(once["occurrence"] == 0, once["id"] + "-" + (once["occurrence"] + 1).astype("str"))
    if equal_rows == "several":
        twice = ranked[again_file]
        kept = pd.DataFrame({"record_id": numbered, "copies": 1})
        return kept, _gone(twice["id"], twice["id"], twice["file"], rule="same file")
    first = once["occurrence"] == 0
    kept = pd.DataFrame({"record_id": numbered, "copies": once["size"]})[first]
    gone = once[~first]
    return kept, _gone(numbered[~first], gone["id"], gone["file"], rule="equal row")


def _files_given_again(ranked: pd.DataFrame) -> pd.Series:
    """Tell the rows of files that hold exactly the rows of a file whose name comes before theirs."""
    held = {
        str(name): hashlib.sha256(np.sort(part["code"].to_numpy()).tobytes()).hexdigest()
        for name, part in ranked.groupby("file", sort=True)
    }
    seen: dict[str, str] = {}
    again = {name: seen.setdefault(key, name) != name for name, key in held.items()}
    return ranked["file"].map(again).astype(bool)
