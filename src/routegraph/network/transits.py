"""Licit or observed movement between places, aggregated through Ibis: DuckDB in this process unless told otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from ibis.backends import BaseBackend

MEASURES = ("movements", "value_usd", "quantity")


@dataclass(frozen=True)
class Licit:
    """Licit movement per pair of places, in one measure.

    Attributes
    ----------
    table
        Indexed by (origin, destination), sorted: movements, value_usd, quantity (NaN where no row states one), licit
        (the measure that is used) and rows (transit rows behind the pair). A missing pair is unknown, not zero.
    measure
        movements where any row states movements, else value_usd, else quantity where all rows have one unit; ''
        where there is nothing to measure by. One measure for the whole table: measures are never mixed.
    """

    table: pd.DataFrame
    measure: str

    @property
    def pairs(self) -> pd.DataFrame:
        """Return origin, destination and licit of every pair that is known, sorted."""
        return self.table["licit"].dropna().reset_index()


def aggregate_transits(transits: pd.DataFrame, *, backend: BaseBackend | None = None) -> Licit:
    """Return how much moves licitly between each pair of places.

    Parameters
    ----------
    transits
        Columns origin, destination (place ids at the level of the network), movements, value_usd, quantity, unit.
        Rows with a blank end and rows that stay at one place are left out.
    backend
        An Ibis backend that takes in-memory tables. Without one, a DuckDB of its own in memory, which sees the bound
        data and nothing else: no file, no network.

    Returns
    -------
    Licit
        Sums over all rows of a pair, whatever their period, mode and commodity.

    Notes
    -----
    Sums are exact to double precision but no further: their last digits may depend on the backend.
    """
    import ibis
    import pyarrow as pa

    columns = ["origin", "destination", *MEASURES]
    moving = (transits["origin"] != "") & (transits["destination"] != "")
    moving &= transits["origin"] != transits["destination"]
    kept = transits.loc[moving, columns].sort_values(columns, ignore_index=True)
    kept = kept.astype(dict.fromkeys(MEASURES, np.float64))
    units = transits.loc[moving & transits["quantity"].notna(), "unit"].nunique()
    if units > 1:
        kept["quantity"] = np.nan
    connection = ibis.duckdb.connect(enable_external_access=False, threads=1) if backend is None else backend
    bound = ibis.memtable(pa.Table.from_pandas(kept, preserve_index=False))
    summed = bound.group_by(["origin", "destination"]).agg(
        rows=bound.count(), **{name: bound[name].sum() for name in MEASURES}
    )
    table = connection.to_pyarrow(summed.order_by(["origin", "destination"])).to_pandas()
    table = table.astype(
        {"origin": "str", "destination": "str", "rows": np.int64, **dict.fromkeys(MEASURES, np.float64)}
    )
    table = table.set_index(["origin", "destination"]).sort_index()
    measure = next((name for name in MEASURES if table[name].notna().any()), "")
    table["licit"] = table[measure] if measure else np.nan
    return Licit(table[[*MEASURES, "licit", "rows"]], measure)
