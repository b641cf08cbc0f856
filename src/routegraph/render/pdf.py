"""briefing.pdf: the briefing on A4, laid out by Typst with no browser; its text goes in by value, never as source."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict, fields, is_dataclass
from importlib import resources
from typing import Any

from routegraph.briefing.chapters import document_of
from routegraph.briefing.document import SYNTHETIC_LINE, Document, Pairs
from routegraph.briefing.product import Briefing
from routegraph.render.figure_letters import FONTS, figure_source, parted
from routegraph.render.figures import figure_svg
from routegraph.render.fonts import font_folder, uncovered
from routegraph.render.palette import LATER, RANKS, tlp_colour
from routegraph.render.plain_text import visible
from routegraph.render.target import Target

LONGEST = 1_200
"""Characters of one text; the tables beside the briefing hold the rest."""
_LABEL = 120
_IN_TYPST = frozenset("▲▼")
"""Signs of ours that the font in Typst itself has, so that no system's font is asked for them."""


def render_pdf(briefing: Briefing) -> bytes:
    """Return the briefing as PDF: one page to act on, then annexes; marking, title and page on every sheet.

    Tagged for screen readers, with bookmarks, fonts and figures inside, no script and no link. The same briefing gives
    the same bytes where the bundled fonts have all its letters, and is PDF/UA-1 wherever every letter is as that
    standard asks. Letters that no bundled font has (Chinese, for one) come from the system's fonts.
    """
    import typst

    document = document_of(briefing)
    text = json.dumps(_data(briefing, document), ensure_ascii=False, allow_nan=False)
    compiled: Any = typst.compile  # its types ask for source, root and fonts to be of one kind
    covered = set(uncovered(text)) <= _IN_TYPST

    def made(standards: list[str]) -> bytes:
        with tempfile.TemporaryDirectory(prefix="routegraph-") as nothing:
            return bytes(
                compiled(
                    _template(), root=nothing, font_paths=[str(font_folder())], ignore_system_fonts=covered,
                    format="pdf", sys_inputs={"data": text}, pdf_standards=standards,
                )
            )  # fmt: skip

    try:
        return made(["ua-1"] if covered else [])
    except typst.TypstError:
        # Some letters of Khmer, Burmese and their like are drawn right and still not what the standard asks for.
        return made([])


def _data(briefing: Briefing, document: Document) -> dict[str, object]:
    figures = {
        figure.name: asdict(parted(figure_svg(briefing, figure.name, alt=figure.alt))) for figure in document.figures()
    }
    return {
        "title": visible(document.title, most=200),
        "title_short": visible(document.title, most=80),
        "period": visible(document.period, most=200),
        "marking": visible(document.marking.text, most=200),
        "colour": tlp_colour(document.marking.tlp),
        "ranks": [*RANKS, LATER],
        "synthetic": document.synthetic,
        "notice": SYNTHETIC_LINE,
        "front": [_plain(part) for part in document.front],
        "annexes": [_plain(part) for part in document.annexes],
        "letters": [letter for letter, _ in document.lettered()],
        "method": visible(document.method, most=LONGEST),
        "figures": figures,
        "fonts": FONTS,
    }


def _plain(thing: object) -> object:
    """Return blocks as JSON can hold them, each with its kind, and text as it may be shown."""
    if isinstance(thing, Pairs):
        return {
            "kind": "Pairs",
            "items": [(visible(label, most=_LABEL), _plain(value)) for label, value in thing.items],
        }
    if is_dataclass(thing) and not isinstance(thing, type):
        held = {field.name: _plain(getattr(thing, field.name)) for field in fields(thing)}
        return held | {"kind": type(thing).__name__}
    if isinstance(thing, tuple | list):
        return [_plain(one) for one in thing]
    return visible(thing, most=LONGEST) if isinstance(thing, str) else thing


def _template() -> bytes:
    laid = resources.files("routegraph.render").joinpath("templates", "briefing.typ").read_text(encoding="utf-8")
    return (figure_source() + laid).encode("utf-8")


TARGETS = (Target("pdf", "briefing.pdf", render_pdf, on_request=True),)
