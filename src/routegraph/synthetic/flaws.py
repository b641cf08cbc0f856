"""What real files hold beside good rows: second reports, repeated rows, reported zeros, bad cells, hostile text."""

from __future__ import annotations

import numpy as np
import pandas as pd

from routegraph.synthetic.regime import Regime
from routegraph.synthetic.sources import DIGEST

# field, value, what is wrong with it. One good row is spoilt for each line.
BAD_CELLS: tuple[tuple[str, str, str], ...] = (
    ("date", "2021-02-30", "a day that does not exist"),
    ("date", "2021-13-01", "a month that does not exist"),
    ("date", "03/04/2021", "day and month cannot be told apart"),
    ("date", "2564-08-21", "a Buddhist-era year"),
    ("date", "2071-01-05", "a date in the future"),
    ("date", "last Tuesday", "words for a date"),
    ("date", "", "no date at all"),
    ("count", "-1", "a negative count"),
    ("count", "2.5", "half an event"),
    ("count", "two", "words for a number"),
    ("seized_country", "Atlantis", "no such country"),
    ("seized_country", "XQQ", "no such code"),
    ("seized_at", "Port Nowhere", "no such place; its country is good"),
    ("seized_at", "<script>alert(1)</script>", "markup for a place; its country is good"),
    ("seized_lat", "95.5", "a latitude beyond the pole"),
    ("seized_lat", "100.5", "latitude and longitude swapped"),
    ("seized_lat", "13°45'N", "degrees and minutes"),
    ("seized_lat", "13.75", "a latitude without its longitude"),
    ("seized_lon", "200", "a longitude out of range"),
    ("origin", "Somewhere upcountry", "no such place"),
    ("origin_country", "Indochina", "a region of the past, not a country"),
    ("via", "Nowhere Junction > ${7*7777}", "no such places; a script template"),
    ("destination", "{{7*7777}}", "a page template for a place"),
    ("destination_country", "??", "not a country"),
    ("mode", "submarine", "not a mode of the contract"),
    ("mode", "balloon", "not a mode of the contract"),
    ("commodity", "arms.firearm.raygun", "not in the taxonomy"),
    ("commodity", "", "no commodity"),
    ("quantity", "-3", "a negative quantity"),
    ("quantity", "twelve", "words for a number"),
    ("quantity", "1e400", "beyond what a number can be"),
    ("quantity", "5-10", "a range for a number"),
    ("quantity", "~50", "about a number"),
    ("quantity", "12 bags", "a number with words"),
    ("unit", "cartloads", "no such unit"),
    ("value_usd", "-100", "a negative value"),
    ("value_usd", "one million", "words for a number"),
    ("recovery", "lost", "not a kind of recovery"),
    ("traced", "perhaps", "neither yes, no nor unknown"),
    ("diverted_at", "a warehouse", "no such place"),
    ("detection_basis", "guess", "not a basis of the contract"),
    ("source_grade", "G", "beyond F"),
    ("info_grade", "7", "beyond 6"),
    ("remarks", '=HYPERLINK("http://example.invalid","open")', "a formula: to be shown as text"),
    ("remarks", "{{7*7777}} ${7*7777} `x`", "templates: to be shown as text"),
    ("remarks", "<img src=x onerror=alert(1)>", "markup: to be shown as text"),
    ("remarks", "left \u202eto right", "a right-to-left override: to be shown as text"),
)

# The other half of a spoilt position, by what was written in the first.
_PARTNERS = {"95.5": "100.5", "100.5": "13.75", "13°45'N": "100.5", "13.75": "", "200": "13.75"}

UNKNOWN_COLUMN = "local_form"


def second_reports(
    table: pd.DataFrame, events: pd.DataFrame, *, sources: pd.DataFrame, regime: Regime, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Let another source report some seizures again, with small differences; return the rows and the true pairs.

    The second report names the same place and commodity, a day within 3 of the first, a quantity within 4 % (whole for
    pieces and rounds), and leaves the way out more often. Only rows with a full date, quantity and place are repeated.
    """
    full = (table["date"].str.len() == 10) & (table["quantity"] != "") & (table["seized_at"] != "") & ~events["yearly"]
    full &= events["source"] != DIGEST
    full &= ~events["only_source"]
    chosen = table[full & (rng.random(len(table)) < regime.second_reports)]
    known = events.loc[chosen.index]
    n = len(chosen)
    shift = pd.to_timedelta(rng.integers(-3, 4, n), unit="D")
    amount = known["quantity"].to_numpy() * (1.0 + rng.uniform(-0.04, 0.04, n))
    whole = known["unit"].isin(["piece", "round"]).to_numpy()
    rounded = np.rint(amount)
    near = abs(rounded - known["quantity"].to_numpy()) <= 0.04 * known["quantity"].to_numpy()
    amount = np.where(whole, np.where(near, rounded, known["quantity"]), amount.round(2))
    silent = rng.random(n) < 0.5
    digest = sources.loc[DIGEST].astype(str)
    rows = chosen.assign(
        record_id=[f"SYN-{digest['code']}-{k:04d}" for k in range(5001, 5001 + n)],
        date=(known["day"] + shift).dt.strftime("%Y-%m-%d"),
        seized_at=known["place"],
        quantity=[f"{value:g}" if value < 1e5 else f"{value:.0f}" for value in amount],
        unit=known["unit"],
        value_usd="",
        seized_lat="",
        seized_lon="",
        via=chosen["via"].where(~silent, ""),
        origin=chosen["origin"].where(~silent | (known["step"] == 0), ""),
        source=DIGEST,
        source_grade=digest["source_grade"],
        tlp=digest["tlp"],
        releasable_to="",
        remarks="",
    )
    pairs = pd.DataFrame({"record_id": rows["record_id"], "duplicate_of": chosen["record_id"], "kind": "second report"})
    return rows, pairs.reset_index(drop=True)


def reported_zeros(places: pd.DataFrame, *, regime: Regime, n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return rows with ``count`` 0: a place that says it looked for a year and found nothing."""
    sighted = places[~places["blind"] & ~places["planted"]]
    chosen = rng.choice(len(sighted), n, replace=False)
    rows = pd.DataFrame("", index=range(n), columns=[])
    return rows.assign(
        record_id=[f"SYN-ZERO-{k:04d}" for k in range(1, n + 1)],
        date=rng.choice(np.asarray(regime.years).astype(str), n),
        count="0",
        seized_at=sighted.index.to_numpy()[chosen],
        seized_country=sighted["country"].to_numpy()[chosen],
        commodity="arms.explosive",
        mode="unknown",
        source=DIGEST,
        source_grade="B",
        info_grade="2",
        tlp="GREEN",
        remarks="invented row: nothing found",
    )


def spoil(table: pd.DataFrame, *, spared: pd.Series, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Replace one cell in each of a few rows by something that cannot be read, and list what was done.

    Parameters
    ----------
    spared
        True for rows that must stay as they are, such as both sides of a second report.
    """
    free = table.index[~spared & (table["quantity"] != "") & (table["seized_at"] != "")].to_numpy()
    chosen = rng.choice(free, len(BAD_CELLS), replace=False)
    spoilt, listed = table.copy(), []
    for row, (column, value, what) in zip(chosen, BAD_CELLS, strict=True):
        listed.append((table.loc[row, "record_id"], column, table.loc[row, column], value, what))
        spoilt.loc[row, column] = value
        if column in ("seized_lat", "seized_lon"):
            spoilt.loc[row, "seized_lon" if column == "seized_lat" else "seized_lat"] = _PARTNERS[value]
    return spoilt, pd.DataFrame(listed, columns=["record_id", "field", "true_value", "written", "what"])


def unusable_rows(table: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a few rows that name no place at all, and the list of them."""
    rows = table.head(3).assign(
        record_id=[f"SYN-LOST-{k:04d}" for k in (1, 2, 3)],
        seized_at="",
        seized_country="",
        seized_lat="",
        seized_lon="",
        origin="",
        origin_country="",
        via="",
        destination="",
        destination_country="",
        diverted_at="",
    )
    listed = pd.DataFrame({"record_id": rows["record_id"], "field": "seized_at", "true_value": "", "written": ""})
    return rows, listed.assign(what="no place at all").reset_index(drop=True)


def repeat_rows(
    table: pd.DataFrame, *, regime: Regime, spared: pd.Series, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Put some rows into the file twice, cell for cell, and list them."""
    twice = table[(rng.random(len(table)) < regime.exact_repeats) & ~spared]
    ids = twice["record_id"]
    pairs = pd.DataFrame({"record_id": ids, "duplicate_of": ids, "kind": "same row twice"})
    return pd.concat([table, twice], ignore_index=True), pairs.reset_index(drop=True)


def with_unknown_column(table: pd.DataFrame) -> pd.DataFrame:
    """Add a column that the contract does not know, filled in a few rows: it ends in unmapped.csv."""
    filled = table["record_id"].str.endswith("77")
    return table.assign(**{UNKNOWN_COLUMN: np.where(filled, "F-" + table["record_id"].str[-4:], "")})
