"""How the project says numbers, probabilities and dates to people: one place, so that every product says them alike."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from routegraph.flows.precision import two_digits

# ICD 203 (2015), read as METHODS.md section 7 has it: closed below, open above; "remote" stands for under 1 %.
_LIKELIHOOD = (
    (0.01, "remote"),
    (0.05, "almost no chance"),
    (0.20, "very unlikely"),
    (0.45, "unlikely"),
    (0.55, "roughly even chance"),
    (0.80, "likely"),
    (0.95, "very likely"),
)
_PLURAL = {"piece": "pieces", "round": "rounds", "litre": "litres", "tablet": "tablets", "plant": "plants"}


def likelihood(p: float) -> str:
    """Return the ICD 203 word for a probability; '' where it is missing.

    Bands are closed below and open above, in per cent: 1-5 almost no chance, 5-20 very unlikely, 20-45 unlikely,
    45-55 roughly even chance, 55-80 likely, 80-95 very likely, 95 and over almost certain; under 1 remote, never
    "impossible". Float noise of 1e-12 never moves a value over an edge.

    Raises
    ------
    ValueError
        A value outside 0 to 1.
    """
    if math.isnan(p):
        return ""
    if not -1e-9 <= p <= 1 + 1e-9:
        raise ValueError(f"a probability lies between 0 and 1, not {p}")
    return next((word for edge, word in _LIKELIHOOD if p < edge - 1e-12), "almost certain")


def number(value: float | None) -> str:
    """Return a number as people write it: ``12,380``, ``41``, ``3.2``, ``0.047``; a dash where it is missing."""
    if value is None or math.isnan(value):
        return "–"
    if math.isinf(value):
        return "unbounded"
    size = abs(value)
    if size >= 99.95 or float(value).is_integer():
        return f"{value:,.0f}".replace("-", "−")
    if size >= 9.995:
        return f"{value:.0f}".replace("-", "−")
    return f"{value:.2g}".replace("-", "−") if size >= 0.001 else "under 0.001"


def quantity(value: float | None, unit: str) -> str:
    """Return an amount with its unit: ``12,380 kg``, ``1 piece``, ``40 rounds``; '' where there is none."""
    if value is None or math.isnan(value):
        return ""
    kind, _, which = unit.partition(" ")  # "piece (arms)" where branches of commodity are told apart
    counted = kind if value == 1 else _PLURAL.get(kind, kind)
    return f"{number(value)} {counted} {which}".strip()


def amounts(quantities: str, units: str, *, most: int = 3) -> str:
    """Return amounts as tables hold them (``3; 40.5`` and ``kg; piece``) in words: ``3 kg and 40.5 pieces``."""
    each = [
        quantity(float(amount), unit)
        for amount, unit in zip(quantities.split("; "), units.split("; "), strict=False)
        if _is_number(amount)
    ]
    return listing(each, most=most)


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def events(count: float) -> str:
    """Return a count of seizure events in words: ``1 seizure event``, ``1,204 seizure events``."""
    return f"{number(count)} seizure event{'' if count == 1 else 's'}"


def count_of(n: int, noun: str, *, plural: str = "") -> str:
    """Return a count and its noun: ``1 record``, ``12 records``, ``3 countries``."""
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"


def percent(share: float) -> str:
    """Return a share as a whole per cent that never rounds to none or all: ``under 1 %``, ``38 %``, ``over 99 %``.

    The space before the sign does not break.
    """
    if math.isnan(share):
        return "–"
    if 0 < share < 0.01:
        return "under\u00a01\u00a0%"
    if 0.99 < share < 1:
        return "over\u00a099\u00a0%"
    return f"{100 * share:.0f}\u00a0%"


def chance(p: float) -> str:
    """Return a probability as a per cent that never says impossible or certain: ``87 %``, ``under 1 %``.

    It never rounds into another band of :func:`likelihood`: 0.947, which is very likely, is ``just under 95 %``.
    """
    rounded = round(p, 2) if p == p else p  # noqa: PLR0124 - NaN
    if 0.01 <= p < 0.99 and likelihood(rounded) != likelihood(p):
        return f"just under\u00a0{100 * rounded:.0f}\u00a0%"
    return percent(min(max(p, 0.001), 0.999))


def between(low: float, high: float) -> str:
    """Return an interval: ``121 to 167``."""
    return f"{number(low)} to {number(high)}"


def listing(items: Sequence[str], *, most: int = 0) -> str:
    """Return an English list: ``a``, ``a and b``, ``a, b and c``; beyond ``most`` items, ``a, b and 4 more``."""
    if most and len(items) > most:
        items = [*items[:most], f"{len(items) - most:,} more"]
    return " and ".join(([", ".join(items[:-1])] if len(items) > 1 else []) + list(items[-1:]))


def date(value: pd.Timestamp, *, precision: str = "day") -> str:
    """Return a date as precisely as it is known: ``21 August 2023``, ``August 2023``, ``2023``."""
    if precision == "year":
        return f"{value.year}"
    month = f"{value:%B} {value.year}"
    return month if precision == "month" else f"{value.day} {month}"


def span(records: pd.DataFrame) -> str:
    """Return the dates that records cover, in words, no more precise than the records at its two ends."""
    dated = records.loc[records["date_from"].notna() & records["date_to"].notna()]
    if dated.empty:
        return "no dates given"
    first, last = dated["date_from"].min(), dated["date_to"].max()
    start = date(first, precision=_finest(dated.loc[dated["date_from"] == first, "date_precision"]))
    end = date(last, precision=_finest(dated.loc[dated["date_to"] == last, "date_precision"]))
    return start if start == end else f"{start} to {end}"


def _finest(precisions: pd.Series) -> str:
    return next((p for p in ("day", "month") if precisions.eq(p).any()), "year")


def ordinal(n: int) -> str:
    """Return a rank in words: ``1st``, ``2nd``, ``12th``, ``1,043rd``."""
    ending = "th" if n % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n:,}{ending}"


def about(value: float) -> str:
    """Return an estimate as people say it, with two significant digits: ``410``, ``12,000``, ``3.2``, ``under 0.1``."""
    if math.isnan(value) or math.isinf(value):
        return number(value)
    if 0 < abs(value) < 0.1:
        return "under 0.1"
    return number(two_digits(value)) if abs(value) >= 9.5 else f"{value:.2g}"


def in_hundred(p: float) -> str:
    """Return a chance as a count of a hundred: ``12``, ``1.6``, ``0.3``, ``under 0.01``; the caller adds ``in 100``."""
    if math.isnan(p):
        return "–"
    value = 100 * p
    if value < 0.01:
        return "under 0.01"
    return f"{value:.0f}" if value >= 2.95 else f"{value:.2g}" if value >= 0.95 else f"{value:.1g}"
