"""The first page: what a reader can act on, and what that reader must not forget while doing so."""

from __future__ import annotations

from routegraph.briefing.caveats import NOT_FLOW, SYNTHETIC
from routegraph.briefing.corridor_rows import FRONT, NO_CORRIDOR, corridor_table
from routegraph.briefing.document import Block, Bullets, Judgement, Judgements, Paragraph, Section
from routegraph.briefing.estimates import terms_of
from routegraph.briefing.pictures import overview_figure
from routegraph.briefing.product import Briefing
from routegraph.briefing.words import count_of, listing

MOST_JUDGEMENTS = 5
_MOST_CAVEATS = 3
_MOST_CHANGES = 3
NO_EARLIER = "No earlier run was compared."
_NO_MAP = "No place of this case has a position, so there is no map."
_NO_JUDGEMENT = "Nothing could be concluded from these records."


def front_page(briefing: Briefing, *, letters: dict[str, str]) -> tuple[Section, ...]:
    """Return the sections of the first page; ``letters`` are those of the annexes that it points to, by name."""
    return (
        Section("Key judgements", _judgements(briefing), name="judgements"),
        Section("Since the last run", _changes(briefing, letters), name="change"),
        Section("Where", (overview_figure(briefing) or Paragraph(_NO_MAP),), name="where"),
        Section("First corridors", _corridors(briefing, letters), name="corridors"),
        Section("What this cannot tell you", _limits(briefing, letters), name="limits"),
    )


def _judgements(briefing: Briefing) -> tuple[Block, ...]:
    said = tuple(Judgement(one.text, one.basis) for one in briefing.judgements[:MOST_JUDGEMENTS])
    found: list[Block] = [Judgements(said) if said else Paragraph(_NO_JUDGEMENT)]
    if briefing.confidence:
        found.append(Paragraph(briefing.confidence, tone="note"))
    return tuple(found)


def further_judgements(briefing: Briefing) -> Judgements | None:
    """Return the judgements that the first page has no room for."""
    rest = tuple(Judgement(one.text, one.basis) for one in briefing.judgements[MOST_JUDGEMENTS:])
    return Judgements(rest) if rest else None


def _changes(briefing: Briefing, letters: dict[str, str]) -> tuple[Block, ...]:
    if not briefing.changes:
        return (Paragraph(NO_EARLIER),)
    more = len(briefing.changes) - _MOST_CHANGES
    pointer = [Paragraph(f"{more:,} more: annex {letters['change']}.", tone="small")] if more > 0 else []
    return (Bullets(briefing.changes[:_MOST_CHANGES]), *pointer)


def _corridors(briefing: Briefing, letters: dict[str, str]) -> tuple[Block, ...]:
    n, more, annex = len(briefing.tables["corridors"]), len(briefing.judgements) - MOST_JUDGEMENTS, letters["corridors"]
    further = [count_of(more, "further judgement")] if more > 0 else []
    if not n:
        return (Paragraph(NO_CORRIDOR), *(Paragraph(f"{one}: annex {annex}.", tone="small") for one in further))
    said, behind = terms_of(briefing), listing(["Reasons", "records", *further])
    listed = f"The first {FRONT} of {n:,}" if n > FRONT else "All that were found" if n > 1 else "The only one found"
    listed += ", in order of score" if n > 1 else ""
    return (
        corridor_table(briefing, most=FRONT),
        Paragraph(f"{listed}. {said.estimate}: {said.note}. {behind}: annex {annex}.", tone="small"),
    )


def _limits(briefing: Briefing, letters: dict[str, str]) -> tuple[Block, ...]:
    """Return the gravest caveats: that seizures are not flow, then the first that nothing on the page says already."""
    stands = {SYNTHETIC, NOT_FLOW, *(one.text for one in briefing.judgements[:MOST_JUDGEMENTS])}
    others = [one for one in briefing.caveats if one not in stands]
    first = (NOT_FLOW, *others[: _MOST_CAVEATS - 1])
    more = len({*briefing.caveats, NOT_FLOW}) - len(first)
    pointer = f"All of it, and what was left empty and why: annex {letters['caveats']}."
    if more > 0:
        pointer = f"{more:,} more, and what was left empty and why: annex {letters['caveats']}."
    return (Bullets(first), Paragraph(pointer, tone="small"))
