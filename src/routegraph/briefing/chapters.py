"""A briefing as one Document: the first page and its annexes, of which page, PDF, DOCX and slides are all made."""

from __future__ import annotations

from routegraph.briefing.corridor_rows import ANNEX, NO_CORRIDOR, corridor_sections, corridor_table
from routegraph.briefing.data_rows import caveat_section, data_section, source_section
from routegraph.briefing.document import Block, Document, Paragraph, Section, annex_letters
from routegraph.briefing.estimates import terms_of
from routegraph.briefing.front_page import front_page, further_judgements
from routegraph.briefing.method_rows import method_line, method_section
from routegraph.briefing.periods import change_section
from routegraph.briefing.place_rows import place_section
from routegraph.briefing.product import Briefing
from routegraph.briefing.rank_rows import rank_section

ANNEXES = ("corridors", "places", "counts", "change", "data", "caveats", "sources", "method")
"""The annexes by name, in order: the first is A."""


def document_of(briefing: Briefing) -> Document:
    """Return a briefing as a document: what a reader can act on, on one page, and behind it all that it rests on.

    Every caveat, every line of coverage and every reason for an empty column is in it. No number of consignments is in
    it where levels are not told, and under ``counts`` nothing is called flow. Text is raw: a renderer makes it safe.

    Examples
    --------
    >>> import routegraph
    >>> document_of(routegraph.demo().briefing).front[0].title  # doctest: +SKIP
    'Key judgements'
    """
    letters = dict(zip(ANNEXES, annex_letters(len(ANNEXES)), strict=True))
    annexes = (
        _corridors(briefing),
        place_section(briefing),
        rank_section(briefing),
        change_section(briefing),
        data_section(briefing),
        caveat_section(briefing),
        source_section(briefing),
        method_section(briefing),
    )
    return Document(
        title=briefing.title,
        period=briefing.period,
        marking=briefing.marking,
        synthetic=briefing.synthetic,
        front=front_page(briefing, letters=letters),
        annexes=annexes,
        method=method_line(briefing),
    )


def _corridors(briefing: Briefing) -> Section:
    n, said, rest = len(briefing.tables["corridors"]), terms_of(briefing), further_judgements(briefing)
    more = (Section("Further judgements", (rest,), name="further"),) if rest else ()
    if not n:
        return Section("Corridors", (Paragraph(NO_CORRIDOR),), more, name="corridors")
    listed = f"The first {ANNEX} of {n:,}; all are in corridors.csv." if n > ANNEX else f"All {n:,} that were found."
    blocks: tuple[Block, ...] = (
        Paragraph(f"{listed if n > 1 else 'The only one that was found.'} {said.estimate}: {said.note}.", tone="small"),
        corridor_table(briefing, most=ANNEX),
    )
    return Section("Corridors", blocks, (*corridor_sections(briefing), *more), name="corridors")
