"""What reading yields: the records, everything that was set aside, and where it all came from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class RecordBatch:
    """Canonical records and both piles beside them; nothing that came in is missing from all three.

    Attributes
    ----------
    records
        One row per record, columns as in ``docs/architecture.md`` (Tables inside).
    rejects
        source, row, scope (cell or row), field, value, reason.
    duplicates
        record_id, duplicate_of, rule.
    unmapped
        source, row, column, value: cells of columns that no canonical column takes.
    provenance
        Per source file: digest, profile, rows_in, records, rejected_rows, duplicates, and the profile's caveats.
    """

    records: pd.DataFrame
    rejects: pd.DataFrame
    duplicates: pd.DataFrame
    unmapped: pd.DataFrame
    provenance: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
