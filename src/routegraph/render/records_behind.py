"""Which records stand behind a leg or a corridor's step, who reported them, and how far either can be relied on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from routegraph.briefing.product import Briefing

MOST_RECORDS = 50
"""Record ids that stand beside one link; table ``evidence`` has all."""
_Use = tuple[str, str, str, str]
_STATUSES = ("travelled", "intended", "inferred")


@dataclass(frozen=True)
class Behind:
    """The records behind one thing: the first ids and who reported each, how many there are, sources, grades, status.

    ``grades`` are Admiralty grades (``B2``), best first; ``status`` is how it is best known, '' where no record is.
    """

    records: tuple[tuple[str, str], ...] = ()
    count: int = 0
    sources: tuple[str, ...] = ()
    grades: tuple[str, ...] = ()
    status: str = ""


def behind_legs(briefing: Briefing) -> dict[str, Behind]:
    """Return the records behind each leg, by its id in evidence (``A > B``)."""
    return {str(leg): _behind(uses) for leg, uses in _uses(briefing, "leg", by=["id"])}


def behind_steps(briefing: Briefing) -> dict[tuple[str, int], Behind]:
    """Return the records behind each step of each corridor, by corridor id and the step's number from 0."""
    grouped = _uses(briefing, "corridor", by=["id", "step"])
    return {(str(corridor), int(step)): _behind(uses) for (corridor, step), uses in grouped}


def leg_status(leg: Mapping[Any, Any]) -> str:
    """Return how a leg of the network is best known; '' where no record leads over it."""
    return next((status for status in _STATUSES if leg[status] > 0), "")


def _uses(briefing: Briefing, kind: str, *, by: list[str]) -> Iterator[tuple[Any, list[_Use]]]:
    """Return for each thing of one kind the uses of records by it, with who reported each record and its grade."""
    evidence, records = briefing.tables["evidence"], briefing.tables["records"]
    known = records.drop_duplicates("record_id").set_index("record_id")
    uses = evidence.loc[evidence["kind"] == kind].dropna(subset=by)
    grade = known["source_grade"].astype(str) + known["info_grade"].astype(str)
    columns = (
        uses["record_id"],
        uses["status"],
        uses["record_id"].map(known["source"]).fillna(""),
        uses["record_id"].map(grade).fillna(""),
    )
    # A network may have 100,000 legs: grouped by hand, for a frame of its own for each would take a minute.
    found: dict[Any, list[_Use]] = {}
    keys = uses[by[0]] if len(by) == 1 else zip(*(uses[column] for column in by), strict=True)
    for key, use in zip(keys, zip(*columns, strict=True), strict=True):
        found.setdefault(key, []).append(use)
    return iter(found.items())


def _behind(uses: list[_Use]) -> Behind:
    source_of = {record: source for record, _, source, _ in uses}
    statuses = {status for _, status, _, _ in uses}
    return Behind(
        records=tuple(sorted(source_of.items())[:MOST_RECORDS]),
        count=len(source_of),
        sources=tuple(sorted(set(source_of.values()) - {""})),
        grades=tuple(sorted({grade for *_, grade in uses} - {""})),
        status=next((status for status in _STATUSES if status in statuses), ""),
    )
