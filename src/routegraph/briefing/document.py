"""What a document says, block by block, without layout: page, PDF, DOCX and slides are all made of one Document.

So no medium can lose the marking, a caveat or an interval that another carries. Text is as it stands in the data: each
renderer makes it safe for its own medium.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from string import ascii_uppercase

from routegraph.briefing.product import Marking

SYNTHETIC_LINE = "SYNTHETIC DATA: NOT REAL EVENTS"
"""What stands beside the marking wherever the records were generated."""


@dataclass(frozen=True)
class Interval:
    """A 90 % credible interval, to be drawn as a bar on a scale from 0 to ``widest``.

    ``said`` is the estimate in words and ``between`` its interval; ``drawn`` False: the level is not told, so no bar.
    """

    low: float
    mean: float
    high: float
    widest: float
    said: str
    between: str
    drawn: bool = True


@dataclass(frozen=True)
class Cell:
    """One cell of a table: a line of text (bold where ``strong``), smaller lines under it, points, a flag, a bar.

    ``flag`` is a verdict or tier, shown as a tag; ``calm`` where it says nothing that a reader has to mind. ``rank`` is
    a corridor's rank, shown as the badge that stands on the map too.
    """

    text: str = ""
    strong: bool = False
    under: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    flag: str = ""
    calm: bool = False
    interval: Interval | None = None
    rank: int | None = None


@dataclass(frozen=True)
class Column:
    """A column's heading, its share of the table's width, and whether it holds numbers (set to the right)."""

    title: str
    share: float
    number: bool = False


@dataclass(frozen=True)
class Table:
    """Rows of cells under columns; the heading row stands again on every page."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Paragraph:
    """Text; ``tone`` is plain, small (a remark), note (set apart) or warn (set apart, and not to be overlooked)."""

    text: str
    tone: str = "plain"


@dataclass(frozen=True)
class Judgement:
    """A numbered finding, and under it what it rests on."""

    text: str
    basis: str


@dataclass(frozen=True)
class Judgements:
    """Key judgements, best first."""

    items: tuple[Judgement, ...]


@dataclass(frozen=True)
class Bullets:
    """A list of sentences."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Pairs:
    """Label and value, line by line."""

    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Figure:
    """A picture by its name in :mod:`routegraph.render.figures` (``overview``, ``corridor 3``), its words, its caption.

    ``small`` ones stand beside each other.
    """

    name: str
    alt: str
    caption: str = ""
    small: bool = False


Block = Paragraph | Judgements | Bullets | Pairs | Table | Figure


@dataclass(frozen=True)
class Section:
    """A heading and its blocks; ``parts`` are sections one level deeper.

    ``name`` says what it is about in one word, the same in every briefing, for layouts that give it a place of its own.
    """

    title: str
    blocks: tuple[Block, ...] = ()
    parts: tuple[Section, ...] = ()
    name: str = ""


@dataclass(frozen=True)
class Document:
    """A briefing as a document.

    Attributes
    ----------
    front
        One page that a reader can act on.
    annexes
        Everything behind it, each from a new page in print, lettered A, B, C in this order. All are there in every
        briefing, so that a letter means the same in each.
    method
        One line for the foot of the last page: version and run digest.
    """

    title: str
    period: str
    marking: Marking
    synthetic: bool
    front: tuple[Section, ...]
    annexes: tuple[Section, ...] = field(default=())
    method: str = ""

    def lettered(self) -> Iterator[tuple[str, Section]]:
        """Yield the annexes, each with its letter."""
        return zip(annex_letters(len(self.annexes)), self.annexes, strict=True)

    def figures(self) -> Iterator[Figure]:
        """Yield the figures of all sections and their parts, those of sections first."""
        waiting = [*self.front, *self.annexes]
        for section in waiting:
            yield from (block for block in section.blocks if isinstance(block, Figure))
            waiting += section.parts


def annex_letters(n: int) -> list[str]:
    """Return the letters of ``n`` annexes: A, B ... Z, AA, AB ..."""
    return [*ascii_uppercase, *(a + b for a in ascii_uppercase for b in ascii_uppercase)][:n]
