"""The closed lists of words (mode, recovery, grades, markings ...) and what else people write for each.

The lists stand in ``data/vocabulary.csv`` (field, value, alias): one more alias is one more row there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd

from routegraph.errors import SettingError
from routegraph.places.countries import countries
from routegraph.places.tables import read_table

_DASHES = re.compile("[\u2010-\u2015\u2212]")
_SPACES = re.compile(r"\s+")
LONGEST = 200
"""No word of any closed list comes near this many characters; longer text is rejected unread."""

Parsed = tuple[str, str]
"""A value and the reason why there is none; one of the two is empty."""


@cache
def table(name: str) -> tuple[dict[str, str], ...]:
    """Return the rows of one of this room's own data tables (``data/<name>.csv``), as text."""
    return tuple(read_table(f"{name}.csv", room="records"))


def text_key(text: str) -> str:
    """Return text as it is compared: NFKC, one kind of dash and space, no case."""
    if text.isascii():
        return " ".join(text.split()).casefold()
    composed = unicodedata.normalize("NFKC", _DASHES.sub("-", text))
    return _SPACES.sub(" ", composed).strip().casefold()


def filled(texts: pd.Series) -> pd.Series:
    """Return the column as text in which a missing cell is blank."""
    return texts.astype("str").fillna("")


def through_distinct(
    texts: pd.Series, read: Callable[[str], tuple[str, ...]], columns: tuple[str, ...]
) -> pd.DataFrame:
    """Apply ``read`` once per distinct text and spread the answers over the column.

    Record columns repeat: 300,000 cells hold a few hundred texts, so this is what makes whole columns cheap.
    Missing cells count as blank.
    """
    codes, distinct = pd.factorize(filled(texts), use_na_sentinel=False)
    answers = [read(str(text)) for text in distinct]
    spread = {
        name: pd.Series([answer[place] for answer in answers], dtype="str").take(codes).to_numpy()
        for place, name in enumerate(columns)
    }
    return pd.DataFrame(spread, index=texts.index, columns=list(columns), dtype="str")


def fields() -> tuple[str, ...]:
    """Return the fields that have a closed list here, ``releasable_to`` (countries) included."""
    return (*dict.fromkeys(row["field"] for row in table("vocabulary")), "releasable_to")


@cache
def values(field: str) -> tuple[str, ...]:
    """Return the allowed values of a field, in the order in which the contract gives them."""
    found = tuple(dict.fromkeys(row["value"] for row in table("vocabulary") if row["field"] == field))
    if not found:
        expected = ", ".join(fields())
        raise SettingError(f"no list of words is kept for the field {field!r}; expected one of {expected}")
    return found


@cache
def _aliases(field: str) -> dict[str, str]:
    return {text_key(row["alias"]): row["value"] for row in table("vocabulary") if row["field"] == field}


@cache
def _countries() -> frozenset[str]:
    return frozenset(countries().index)


def _read_countries(text: str) -> Parsed:
    codes = np.unique([part for part in re.split(r"[\s,;]+", text.strip().upper()) if part])
    unknown = [str(code) for code in codes if code not in _countries()]
    if not unknown and (len(codes) or not text.strip()):
        return " ".join(str(code) for code in codes), ""
    shown = ", ".join(repr(code[:20]) for code in unknown[:3] or [text])
    return "", f"no ISO 3166 alpha-3 country code: {shown}; expected codes separated by a space, such as 'THA MYS'"


def parse(texts: pd.Series, *, field: str) -> pd.DataFrame:
    """Return the canonical word for each text of a field with a closed list.

    Parameters
    ----------
    texts
        text as the file holds it; case, spaces and known aliases do not matter, blank stays blank.
    field
        mode, recovery, traced, reported, detection_basis, source_grade, info_grade, tlp, kind or releasable_to
        (ISO3 codes; sorted, each once).

    Returns
    -------
    value (``''`` where blank or rejected) and reason (``''`` unless rejected), on the index of ``texts``.

    Raises
    ------
    SettingError
        for a field without a list.

    Notes
    -----
    A word outside the list is rejected, never guessed at: an unreadable ``tlp`` must end with the reader's most
    careful default, not with the nearest word. A list of countries with one unknown code is rejected whole, since the
    rest of the list would release the record more widely, or less, than its owner said.

    Examples
    --------
    >>> parse(pd.Series(["Commercial air", "Mail", "camel"]), field="mode")["value"].tolist()
    ['air', 'post', '']
    """
    if field == "releasable_to":
        return through_distinct(texts, _read_countries, ("value", "reason"))
    allowed, aliases = ", ".join(values(field)), _aliases(field)

    def read(text: str) -> Parsed:
        word = text_key(text[:LONGEST])
        if not word:
            return "", ""
        found = "" if len(text) > LONGEST else aliases.get(word, "")
        return found, "" if found else f"not a known {field}; expected one of {allowed}"

    return through_distinct(texts, read, ("value", "reason"))
