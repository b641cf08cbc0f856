"""What was carried: one dotted code per commodity, from data tables that anyone can read and extend.

``data/commodities.csv`` holds the codes, ``commodity_aliases.csv`` what people write for them, ``hs.csv`` the customs
headings, ``manufacture.csv`` how an arm was made. ``docs/taxonomy.md`` explains the choices and names the sources.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from functools import cache

import numpy as np
import pandas as pd

from routegraph.records.vocabulary import LONGEST, filled, table, text_key, through_distinct

_SUGGESTED_UP_TO, _SUGGEST_FOR = 60, 200
"""Longest text, and most unknown texts, that get a suggestion.

A file whose commodity column is the wrong column has as many unknown names as rows; a search for each takes hours.
"""


@cache
def _tree() -> pd.DataFrame:
    nodes = pd.DataFrame(list(table("commodities")), dtype="str")
    parts = [nodes.assign(parent=nodes["code"].str.rpartition(".")[0], manufacture="")]
    for facet in table("manufacture"):
        made = nodes[_under_any(nodes["code"], facet["applies_to"].split("; "))]
        parts.append(
            made.assign(
                parent=made["code"],
                code=made["code"] + "." + facet["facet"],
                label=made["label"] + ", " + facet["label"],
                manufacture=facet["facet"],
            )
        )
    tree = pd.concat(parts, ignore_index=True).set_index("code").sort_index()
    headings = pd.DataFrame(list(table("hs")), dtype="str").groupby("code")["hs"].agg("; ".join)
    tree["hs"] = headings.reindex(tree.index).fillna("").astype("str")
    tree["family"] = tree.index.to_series().str.partition(".")[0].astype("str")
    return tree[["label", "parent", "family", "manufacture", "un_register", "iafq", "hs"]]


def tree() -> pd.DataFrame:
    """Return every valid commodity code and what other classifications call it.

    Returns
    -------
    Indexed by code, sorted: label; parent (``''`` at the top); family (the first part of the code); manufacture
    (industrial, craft, converted, 3d_printed or ``''``); un_register (category and item of the UN Register of
    Conventional Arms); iafq (class of the Illicit Arms Flows Questionnaire); hs (Harmonized System headings, with
    ``; `` between).

    Notes
    -----
    Manufacture is the last part of a code (``arms.firearm.pistol.converted``), so a faceted code sits under its own
    type and inherits its classes. Several headings of chapter 93 hold more than one type: 9302 does not tell pistols
    from revolvers, 930190 not rifles from machine guns. They map to the code that says no more than the heading does.
    """
    return _tree().copy()


def families() -> dict[str, str]:
    """Return the families (first parts of codes) with their labels."""
    top = _tree()
    return {str(code): str(label) for code, label in top.loc[top["parent"] == "", "label"].items()}


@cache
def _manufacture() -> dict[str, str]:
    """Return every valid code with how it was made ('' where the code does not say)."""
    return {str(code): str(made) for code, made in _tree()["manufacture"].items()}


@cache
def _aliases(scheme: str) -> dict[str, str]:
    found = {text_key(row["label"]): row["code"] for row in table("commodities")}
    for heading in table("hs"):
        digits = heading["hs"]
        forms = [digits, f"{digits[:2]}.{digits[2:4]}"] if len(digits) == 4 else [digits, f"{digits[:4]}.{digits[4:]}"]
        forms += ["hs " + form for form in forms] + ["hs" + digits]
        found |= dict.fromkeys(forms, heading["code"])
    rows = [row for row in table("commodity_aliases") if row["scheme"] in ("", scheme)]
    for row in sorted(rows, key=lambda row: row["scheme"]):  # a scheme's own reading comes last and stands
        found[text_key(row["alias"])] = row["code"]
    return found


@cache
def _facet_words() -> dict[str, str]:
    return {word: row["facet"] for row in table("manufacture") for word in row["words"].split("; ")}


@cache
def _facet_pattern() -> re.Pattern[str]:
    words = "|".join(re.escape(word) for word in sorted(_facet_words(), key=len, reverse=True))
    return re.compile(f"^(?P<before>{words}) (?P<first>.+)$|^(?P<last>.+?),? (?P<after>{words})$")


def _with_facet(word: str, aliases: dict[str, str]) -> str:
    """Return the code of texts such as ``converted pistol`` or ``pistol, homemade``; '' where there is none."""
    found = _facet_pattern().match(word)
    if found is None:
        return ""
    facet = _facet_words()[found["before"] or found["after"]]
    code = f"{aliases.get(found['first'] or found['last'], '')}.{facet}"
    return code if code in _manufacture() else ""


@cache
def _known_words() -> tuple[str, ...]:
    return tuple(sorted([code for code, made in _manufacture().items() if not made] + list(_aliases(""))))


@cache
def _families_listed() -> str:
    return ", ".join(families())


def _why_not(word: str, *, suggest: bool) -> str:
    stem = word
    while "." in stem:
        stem = stem.rpartition(".")[0]
        if stem in _manufacture():
            return f"no such commodity code; the nearest above it is {stem!r}"
    close = difflib.get_close_matches(word, _known_words(), n=1, cutoff=0.8) if suggest else []
    hint = f"did you mean {close[0]!r}? " if close else ""
    return f"not a known commodity; {hint}expected a code or name from one of {_families_listed()}"


def commodity(texts: pd.Series, *, scheme: str = "") -> pd.DataFrame:
    """Return the commodity code for each text: a code itself, a common name, a drug name or an HS heading.

    Parameters
    ----------
    texts
        text as the file holds it; case and spaces do not matter, blank stays blank.
    scheme
        whose words they are, where the same word means different things: ``ids`` reads ``Unknown`` and ``Other`` as
        an unknown drug, no scheme as an unknown commodity.

    Returns
    -------
    value (``''`` where blank or rejected) and reason (``''`` unless rejected), on the index of ``texts``.

    Notes
    -----
    Names are looked up, never guessed: a spelling that no table holds is rejected, with the nearest known one shown.
    Brand names of medicines map to their substance or class as IDS records them and may differ between countries.

    Examples
    --------
    >>> commodity(pd.Series(["Cocaine HCL", "9302", "converted pistol", "arms.firearm.rifle"]))["value"].tolist()
    ['drugs.cocaine.hcl', 'arms.firearm.handgun', 'arms.firearm.pistol.converted', 'arms.firearm.rifle']
    """
    aliases = _aliases(scheme)

    def look_up(text: str) -> str:
        word = text_key(text) if len(text) <= LONGEST else ""
        return word if word in _manufacture() else aliases.get(word, "") or _with_facet(word, aliases)

    distinct = [str(text) for text in filled(texts).unique()]
    found = {text: look_up(text) for text in distinct}
    unknown = [text for text in distinct if not found[text] and text.strip()]
    few = len(unknown) <= _SUGGEST_FOR  # all or none, so that a reason never depends on the order of the rows
    reasons = {
        text: _why_not(text_key(text[:LONGEST]), suggest=few and len(text) <= _SUGGESTED_UP_TO) for text in unknown
    }
    return through_distinct(texts, lambda text: (found[text], reasons.get(text, "")), ("value", "reason"))


def _under_any(codes: pd.Series, prefixes: list[str]) -> pd.Series:
    inside = pd.Series(data=False, index=codes.index)
    for prefix in prefixes:
        inside |= matches(codes, prefix)
    return inside


def matches(codes: pd.Series, prefix: str) -> pd.Series:
    """Tell which codes lie at or under a dotted prefix, by whole parts: ``drugs.coca`` does not take ``drugs.cocaine``.

    An empty prefix takes every code, blank ones included.
    """
    stem = prefix.strip().strip(".").casefold()
    if not stem:
        return pd.Series(data=True, index=codes.index)
    texts = filled(codes)
    return (texts == stem) | texts.str.startswith(stem + ".")


def common_prefix(codes: pd.Series) -> str:
    """Return the deepest code that lies at or above all of these (blank ones ignored), ``''`` where there is none.

    Examples
    --------
    >>> common_prefix(pd.Series(["drugs.cocaine.hcl", "drugs.cocaine.base"]))
    'drugs.cocaine'
    """
    distinct = np.unique([str(code) for code in filled(codes).unique() if code])
    if not len(distinct):
        return ""
    # sorted, so what the first and the last share, all between them share
    first, last = str(distinct[0]).split("."), str(distinct[-1]).split(".")
    shared = 0
    while shared < min(len(first), len(last)) and first[shared] == last[shared]:
        shared += 1
    return ".".join(first[:shared])


def common_prefixes(codes: Iterable[str]) -> str:
    """Return the deepest code at or above these, one for each family, sorted and joined by ``; ``.

    Examples
    --------
    >>> common_prefixes(["drugs.cocaine.hcl", "arms.firearm", "drugs.cocaine.base", ""])
    'arms.firearm; drugs.cocaine'
    """
    of_family: dict[str, list[str]] = {}
    for code in codes:
        of_family.setdefault(code.partition(".")[0], []).append(code)
    found = (common_prefix(pd.Series(members, dtype="str")) for members in of_family.values())
    return "; ".join(sorted(filter(None, found)))
