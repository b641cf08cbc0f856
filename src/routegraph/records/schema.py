"""The columns of each table, declared once; every other module of this room asks here."""

from __future__ import annotations

import pandas as pd

SEIZURE_COLUMNS = (
    "record_id", "date", "count", "seized_at", "seized_country", "seized_lat", "seized_lon", "origin", "origin_country",
    "via", "destination", "destination_country", "mode", "commodity", "quantity", "unit", "value_usd", "recovery",
    "traced", "diverted_at", "detection_basis", "source", "source_grade", "info_grade", "tlp", "releasable_to",
    "remarks",
)  # fmt: skip
TRANSIT_COLUMNS = (
    "period", "origin", "origin_country", "destination", "destination_country", "mode", "commodity", "movements",
    "quantity", "unit", "value_usd", "source", "tlp",
)  # fmt: skip
EFFORT_COLUMNS = ("period", "place", "country", "inspections", "reported")
PLACE_COLUMNS = ("place_id", "name", "country", "region", "lat", "lon", "kind", "aliases")

TABLES: dict[str, tuple[str, ...]] = {
    "seizures": SEIZURE_COLUMNS,
    "transits": TRANSIT_COLUMNS,
    "effort": EFFORT_COLUMNS,
    "places": PLACE_COLUMNS,
}
"""The contract's columns of each table that comes in."""

RECORD_COLUMNS = (
    *SEIZURE_COLUMNS[:2], "date_from", "date_to", "date_precision", *SEIZURE_COLUMNS[2:],
    "seized_place", "origin_place", "via_places", "destination_place", "diverted_place", "file", "row", "copies",
)  # fmt: skip
TRANSIT_FRAME = (*TRANSIT_COLUMNS, "origin_place", "destination_place", "file", "row")
EFFORT_FRAME = (*EFFORT_COLUMNS, "place_id", "file", "row")
PLACE_FRAME = (*PLACE_COLUMNS, "file", "row")

FRAMES: dict[str, tuple[str, ...]] = {
    "seizures": RECORD_COLUMNS,
    "transits": TRANSIT_FRAME,
    "effort": EFFORT_FRAME,
    "places": PLACE_FRAME,
}
"""The columns of each frame that reading yields (docs/architecture.md, Tables inside)."""

UNNAMED = "?"
"""In ``via_places``: a stop known to exist but not named, so that the step across it is inferred."""

REJECT_COLUMNS = ("source", "row", "scope", "field", "value", "reason")
DUPLICATE_COLUMNS = ("record_id", "duplicate_of", "rule")
UNMAPPED_COLUMNS = ("source", "row", "column", "value")

_NUMBERS = {"seized_lat", "seized_lon", "lat", "lon", "quantity", "value_usd", "movements", "inspections"}
_WHOLE = {"count", "row", "copies"}
_DATES = {"date_from", "date_to"}


def dtype_of(column: str) -> str:
    """Return the dtype that a column has inside: text is never missing, numbers use NaN, dates NaT."""
    if column in _NUMBERS:
        return "float64"
    if column in _WHOLE:
        return "int64"
    return "datetime64[s]" if column in _DATES else "str"


def empty_frame(columns: tuple[str, ...]) -> pd.DataFrame:
    """Return a frame with these columns, their dtypes, and no rows."""
    return pd.DataFrame({column: pd.Series([], dtype=dtype_of(column)) for column in columns})


def in_shape(frame: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
    """Return the frame with exactly these columns, in this order, each in its declared dtype."""
    return frame[list(columns)].astype({column: dtype_of(column) for column in columns})


def as_rejects(
    source: pd.Series | str,
    row: pd.Series,
    *,
    scope: str,
    field: pd.Series | str,
    value: pd.Series | str,
    reason: pd.Series | str,
) -> pd.DataFrame:
    """Return rows of the rejects table, one for each entry of ``row``."""
    frame = pd.DataFrame({"row": row})
    for name, cells in (("source", source), ("scope", scope), ("field", field), ("value", value), ("reason", reason)):
        frame[name] = cells
    return in_shape(frame, REJECT_COLUMNS).reset_index(drop=True)


def gather(parts: list[pd.DataFrame], columns: tuple[str, ...]) -> pd.DataFrame:
    """Put parts of one pile together, sorted by content and not by arrival."""
    filled = [part for part in parts if len(part)]
    if not filled:
        return empty_frame(columns)
    whole = in_shape(pd.concat(filled, ignore_index=True), columns)
    order = [column for column in columns if column != "row"] + (["row"] if "row" in columns else [])
    return whole.sort_values(order, kind="stable", ignore_index=True)
