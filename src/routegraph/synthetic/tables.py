"""The contract's input tables as text, as reporters would have typed them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from routegraph.records.schema import SEIZURE_COLUMNS, TRANSIT_COLUMNS
from routegraph.synthetic.regime import Regime
from routegraph.synthetic.spelling import Spellings
from routegraph.synthetic.transit import TransitNetwork

_COUNTRY_WORDS = {
    "MMR": "Burma", "LAO": "Lao PDR", "TLS": "East Timor", "VNM": "Viet Nam", "BRN": "Brunei", "THA": "Thailand",
    "PHL": "Philippines", "IDN": "Indonesia", "MYS": "Malaysia", "KHM": "Cambodia", "SGP": "Singapore",
}  # fmt: skip

# Units as different offices write them; every one is a known spelling of the canonical unit.
_UNIT_WORDS = {"piece": ("piece", "pieces", "pcs"), "round": ("round", "rounds"), "kg": ("kg", "g")}


def number_text(values: pd.Series, *, decimals: int = 6) -> pd.Series:
    """Write numbers without trailing zeros; NaN is blank."""
    text = values.round(decimals).map(lambda value: "" if pd.isna(value) else f"{value:.{decimals}f}")
    return text.where(~text.str.contains(".", regex=False), text.str.rstrip("0").str.rstrip("."))


def seizure_table(
    events: pd.DataFrame,
    places: pd.DataFrame,
    *,
    sources: pd.DataFrame,
    spellings: Spellings,
    regime: Regime,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Write events as rows of the contract's seizures table, all text; the index of ``events`` stays."""
    n = len(events)
    source = sources.loc[events["source"]]
    style = pd.Series(source["spelling"].to_numpy(), index=events.index)
    here = events["place"].where(events["exact"], "")
    located = events["exact"].to_numpy() & (rng.random(n) < 0.12)
    quantity, unit = _unit_words(events, rng=rng)
    mode = events["leg_mode"].where(rng.random(n) > 0.07, rng.choice(["unknown", ""], n))
    written = {
        "record_id": _record_ids(events, source),
        "date": _date_text(events, regime, rng=rng),
        "count": events["count"].astype(str).where(events["count"] != 1, ""),
        "seized_at": spellings.write(here, style),
        "seized_country": _country_words(events["country"], rng=rng),
        "seized_lat": _near(places["lat"], events["place"], located, rng=rng),
        "seized_lon": _near(places["lon"], events["place"], located, rng=rng),
        "origin": spellings.write(events["origin"], style),
        "origin_country": events["origin_country"],
        "via": _via_text(events, spellings, style),
        "destination": spellings.write(events["destination"], style),
        "destination_country": events["destination_country"],
        "mode": mode,
        "commodity": events["commodity"],
        "quantity": quantity,
        "unit": unit,
        "value_usd": number_text(events["value_usd"], decimals=0),
        "recovery": events["recovery"],
        "traced": events["traced"],
        "diverted_at": events["diverted_at"],
        "detection_basis": events["detection_basis"],
        "source": events["source"],
        "source_grade": source["source_grade"].to_numpy(),
        "info_grade": rng.choice(["1", "2", "3", "4", "6"], n, p=[0.2, 0.45, 0.2, 0.05, 0.1]),
        "tlp": source["tlp"].to_numpy(),
        "releasable_to": "",
        "remarks": "",
    }
    table = pd.DataFrame(written, index=events.index)[list(SEIZURE_COLUMNS)]
    return _restricted(table, rng=rng)


def _restricted(table: pd.DataFrame, *, rng: np.random.Generator) -> pd.DataFrame:
    """Mark a few rows AMBER+STRICT, releasable to two named countries."""
    chosen = rng.random(len(table)) < 0.015
    return table.assign(
        tlp=table["tlp"].where(~chosen, "AMBER+STRICT"),
        releasable_to=table["releasable_to"].where(~chosen, "IDN PHL"),
        remarks=table["remarks"].where(~chosen, "invented row: shared under a bilateral arrangement"),
    )


def _record_ids(events: pd.DataFrame, source: pd.DataFrame) -> pd.Series:
    """Return ids that number the rows of each source in the order of their days."""
    order = events.assign(code=source["code"].to_numpy()).sort_values(["code", "day", "route", "step"], kind="stable")
    number = order.groupby("code").cumcount() + 1
    ids = [f"SYN-{code}-{k:04d}" for code, k in zip(order["code"], number, strict=True)]
    return pd.Series(ids, index=order.index).reindex(events.index)


def _date_text(events: pd.DataFrame, regime: Regime, *, rng: np.random.Generator) -> pd.Series:
    text = events["day"].dt.strftime("%Y-%m-%d")
    draw = rng.random(len(events))
    yearly = events["yearly"].to_numpy() | (draw < regime.year_only)
    monthly = ~yearly & (draw < regime.year_only + regime.month_only)
    kept = np.where(yearly, 4, np.where(monthly, 7, 10))
    return pd.Series([day[:length] for day, length in zip(text, kept, strict=True)], index=events.index)


def _country_words(country: pd.Series, *, rng: np.random.Generator) -> pd.Series:
    """Write countries as ISO3 mostly, else as a common name or an old one."""
    return country.where(rng.random(len(country)) > 0.06, country.map(_COUNTRY_WORDS).fillna(country))


def _near(axis: pd.Series, place: pd.Series, located: np.ndarray, *, rng: np.random.Generator) -> pd.Series:
    """Write a position within about 2 km of the place for the rows that state one."""
    value = axis.loc[place].to_numpy() + rng.uniform(-0.015, 0.015, len(place))
    return number_text(pd.Series(np.where(located, value, np.nan), index=place.index), decimals=4)


def _via_text(events: pd.DataFrame, spellings: Spellings, style: pd.Series) -> pd.Series:
    stops = events["via"].explode().fillna("")
    whole_country = stops.str.len() == 3
    words = spellings.write(stops.where(~whole_country, ""), style.loc[stops.index]).where(~whole_country, stops)
    return words.groupby(level=0).agg(" > ".join).reindex(events.index)


def _unit_words(events: pd.DataFrame, *, rng: np.random.Generator) -> tuple[pd.Series, pd.Series]:
    """Write quantity and unit; small masses are sometimes given in grams."""
    draw = rng.random(len(events))
    words = events["unit"].map(_UNIT_WORDS)
    pick = np.where(draw < 0.85, 0, np.where(draw < 0.93, 1, 2))
    unit = pd.Series([w[min(k, len(w) - 1)] for w, k in zip(words, pick, strict=True)], index=events.index)
    amount = events["quantity"] * np.where(unit == "g", 1000.0, 1.0)
    blank = rng.random(len(events)) < 0.03
    return number_text(amount, decimals=1).where(~blank, ""), unit.where(~blank, "")


def transit_table(
    network: TransitNetwork, yearly: pd.DataFrame, *, regime: Regime, rng: np.random.Generator
) -> pd.DataFrame:
    """Write licit movements as the contract's transits table; some links are missing, which is not zero.

    The last year of air links is given by month for a few links, so that both precisions of ``period`` occur.
    """
    links = network.links.loc[yearly["link"]].reset_index(drop=True)
    known = rng.random(len(network.links)) >= regime.missing_transits
    country = network.places["country"]
    amount = np.where(links["mode"].isin(["sea", "rail"]), yearly["movements"].to_numpy() * 14000.0, np.nan)
    table = pd.DataFrame(
        {
            "period": yearly["year"].astype(str).to_numpy(),
            "origin": links["origin"],
            "origin_country": country[links["origin"]].to_numpy(),
            "destination": links["destination"],
            "destination_country": country[links["destination"]].to_numpy(),
            "mode": links["mode"],
            "commodity": "",
            "movements": yearly["movements"].to_numpy(),
            "quantity": number_text(pd.Series(amount), decimals=0),
            "unit": np.where(np.isnan(amount), "", "kg"),
            "value_usd": "",
            "source": "SYNTHETIC trade statistics",
            "tlp": "CLEAR",
        }
    )[known[yearly["link"].to_numpy()]].reset_index(drop=True)
    return _by_month(table, regime, rng=rng).astype(str)[list(TRANSIT_COLUMNS)]


def _by_month(table: pd.DataFrame, regime: Regime, *, rng: np.random.Generator) -> pd.DataFrame:
    split = (table["period"] == str(regime.years[-1])) & (table["mode"] == "air")
    split &= split.cumsum() <= 4
    monthly = table[split].loc[table[split].index.repeat(12)].reset_index(drop=True)
    shares = rng.multinomial(table.loc[split, "movements"].to_numpy(), np.full(12, 1 / 12)).ravel()
    month = pd.Series(np.tile(np.arange(1, 13), int(split.sum()))).astype(str).str.zfill(2)
    monthly = monthly.assign(movements=shares, period=monthly["period"] + "-" + month)
    both = pd.concat([table[~split], monthly], ignore_index=True)
    return both.sort_values(["period", "origin", "destination", "mode"], ignore_index=True)
