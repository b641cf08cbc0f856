"""What changed since an earlier run, in sentences for a reader who will not run ``routegraph diff``."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

import pandas as pd

from routegraph.briefing.difference import Difference, Saved, difference
from routegraph.briefing.findings import path_words
from routegraph.briefing.product import Marking
from routegraph.briefing.words import count_of, listing
from routegraph.errors import SettingError
from routegraph.records.markings import TLP_ORDER

MOST = 3
"""Corridors and legs that a sentence names."""


def changes_since(earlier: Saved, now: Saved) -> tuple[str, ...]:
    """Return what changed from an earlier run to this one, most important first.

    Only what is told from chance is called a change of flow: legs whose 90 % intervals do not overlap, and corridors
    whose rank lies outside the other run's interval of ranks. The first sentence says which run was compared.

    Raises
    ------
    SettingError
        The earlier run may not go where this one may.
    """
    _check_marking(earlier, now)
    found = difference(earlier, now)
    names = _names(earlier) | _names(now)
    period, digest = (str(earlier.run.get(key, "")) for key in ("period", "run_digest"))
    said = [f"Compared with run {digest[:16] or 'without a digest'} on records of {period or 'unknown dates'}."]
    said += [f"{one[:1].upper()}{one[1:]}." for one in found.why if one.startswith(("records", "input"))]
    others = [one.partition(":")[0] for one in found.why if one.startswith(("settings", "versions"))]
    if others:
        said.append(
            f"Part of what follows may come from other {listing(sorted(set(others)))}: `routegraph diff` names them."
        )
    if not found.why:
        return (*said, "Data, settings and versions are the same, and so are the results.")
    return (*said, *_corridors(found, earlier, now, names), *_legs(found, names))


def _corridors(found: Difference, earlier: Saved, now: Saved, names: Mapping[str, str]) -> list[str]:
    table = found.corridors
    new, gone = (table.loc[table["what"] == what] for what in ("appeared", "vanished"))
    said = []
    if len(new):
        said.append(f"{count_of(len(new), 'corridor')} flagged that {_was(len(new))} not before: {_named(new, names)}.")
    if len(gone):
        said.append(f"{count_of(len(gone), 'corridor')} no longer flagged: {_named(gone, names)}.")
    both = table.loc[table["what"].isin(["rose", "fell", "stays"])]
    beyond = both.loc[[_beyond(key, earlier, now) for key in both["corridor_id"]]]
    for what, verb in (("rose", "higher"), ("fell", "lower")):
        some = beyond.loc[beyond["what"] == what]
        if len(some):
            subject = f"{count_of(len(some), 'corridor')} {'ranks' if len(some) == 1 else 'rank'}"
            said.append(f"{subject} {verb} than chance explains: {_named(some, names, ranks=True)}.")
    if len(both) and beyond.empty:
        said.append(
            f"The {count_of(len(both), 'corridor')} in both runs rank as before, as far as chance lets one tell."
        )
    return said


def _was(n: int) -> str:
    return "was" if n == 1 else "were"


def _beyond(key: str, earlier: Saved, now: Saved) -> bool:
    """Tell whether each run's rank lies outside the other's interval of ranks."""
    one, other = (_row(run, key) for run in (earlier, now))
    return not (_inside(one["rank"], other) or _inside(other["rank"], one))


def _row(run: Saved, key: str) -> dict[Hashable, object]:
    table = run.tables["corridors"]
    return table.loc[table["corridor_id"] == key].to_dict("records")[0]


def _inside(rank: object, row: Mapping[Hashable, object]) -> bool:
    low, high = str(row["rank_p05"]), str(row["rank_p95"])
    return not (low and high) or float(low) <= float(str(rank)) <= float(high)


def _named(table: pd.DataFrame, names: Mapping[str, str], *, ranks: bool = False) -> str:
    words = [
        path_words(row["path"], names) + (f" ({row['rank_a']} to {row['rank_b']})" if ranks else "")
        for row in table.head(MOST).to_dict("records")
    ]
    left = len(table) - len(words)
    return "; ".join(words) + (f"; and {left} more" if left else "")


def _legs(found: Difference, names: Mapping[str, str]) -> list[str]:
    if found.not_compared:
        return [f"Flows are not compared: {found.not_compared}."]
    if found.legs.empty:
        return ["No leg's flow changed by more than its 90 % intervals leave open."]
    first = [
        f"{path_words(' > '.join((row['origin'], row['destination'])), names)}, from {row['flow_a']} to {row['flow_b']}"
        for row in found.legs.head(MOST).to_dict("records")
    ]
    what = (
        "leg has a flow whose 90 % intervals do" if len(found.legs) == 1 else "legs have flows whose 90 % intervals do"
    )
    return [f"{len(found.legs):,} {what} not overlap: {'; '.join(first)}."]


def _names(run: Saved) -> dict[str, str]:
    places = run.tables["places"]
    return dict(zip(places["place_id"], places["name"], strict=True))


def _check_marking(earlier: Saved, now: Saved) -> None:
    """Refuse to tell of a run that not everyone may see who may see this one."""
    one, other = (_marking(str(run.run.get("marking", ""))) for run in (earlier, now))
    looser = TLP_ORDER.index(one.tlp) > TLP_ORDER.index(other.tlp)
    wider = bool(one.releasable_to) and not (other.releasable_to and set(other.releasable_to) <= set(one.releasable_to))
    if looser or wider:
        raise SettingError(
            f"the earlier run is {one.text} and this one {other.text}: what changed would show more than this marking "
            "allows; compare with a run made for the same audience"
        )


def _marking(text: str) -> Marking:
    tlp, _, countries = text.removeprefix("TLP:").partition(" REL TO ")
    return Marking(tlp if tlp in TLP_ORDER else TLP_ORDER[-1], tuple(countries.split()))
