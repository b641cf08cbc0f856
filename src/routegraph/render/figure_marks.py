"""SVG of the static figures, element by element: presentation attributes only, every value escaped."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import numpy.typing as npt

from routegraph.render.palette import rank_colour
from routegraph.render.plain_text import for_xml, visible

Pixels = npt.NDArray[np.float64]

INK, SOFT, RULE, PAPER = "#17202a", "#4d5963", "#c9d0d6", "#ffffff"
SEA, LAND, COAST = "#e3ebf0", "#f8f6f0", "#aaa798"
SPAN, TRACK = "#7d97a8", "#e3e7ea"
"""Of an interval's bar, as on the page."""

FONT = "Noto Sans, Noto Sans Thai, Noto Sans Khmer, Noto Sans Lao, Noto Sans Myanmar, routegraph names, sans-serif"
_NARROW, _WIDE = frozenset("iIjlt.,:;'|!()[] "), frozenset("mwMW@%")


def mark(tag: str, *content: str, **attributes: object) -> str:
    """Return one element; ``stroke_width`` becomes ``stroke-width``, numbers have one decimal, None is left out."""
    said = "".join(
        f" {name.rstrip('_').replace('_', '-')}={quoteattr(_value(value))}"
        for name, value in attributes.items()
        if value is not None
    )
    return f"<{tag}{said}>{''.join(content)}</{tag}>" if content else f"<{tag}{said}/>"


def words(
    x: float, y: float, text: str, *, size: float = 15.0, anchor: str = "start", bold: bool = False,
    fill: str = INK, halo: bool = False,
) -> str:  # fmt: skip
    """Return a line of text that ends up as text, whatever it says; ``halo`` sets it off from lines under it."""
    around: dict[str, object] = (
        {"paint_order": "stroke", "stroke": PAPER, "stroke_width": 3.5, "stroke_linejoin": "round"} if halo else {}
    )
    return mark(
        "text", escape(one_line(text)), x=x, y=y, font_size=size, text_anchor=anchor,
        font_weight=700 if bold else None, fill=fill, **around,
    )  # fmt: skip


def one_line(text: str, *, most: int = 0) -> str:
    """Return a text as one line that XML can hold and that shows what would hide."""
    return for_xml(visible(" ".join(text.split()), most=most))


def badge(rank: int, x: float, y: float, *, radius: float = 11.0) -> str:
    """Return a rank in a circle of its colour."""
    size = radius * (1.3 if rank < 10 else 1.1)
    return mark(
        "circle", cx=x, cy=y, r=radius, fill=rank_colour(rank), stroke=PAPER, stroke_width=1.6
    ) + words(x, y + 0.36 * size, f"{rank}", size=size, anchor="middle", bold=True, fill=PAPER)  # fmt: skip


def path_of(points: Pixels, *, closed: bool = False) -> str:
    """Return points as the data of an SVG path."""
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + ("Z" if closed else "")


def drawing(*content: str, width: float, height: float, label: str) -> str:
    """Return a complete ``<svg>`` element that names itself to who cannot see it."""
    return mark(
        "svg", *content, xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {_value(width)} {_value(height)}",
        role="img", aria_label=one_line(label, most=1_200), font_family=FONT,
    )  # fmt: skip


def width_of(text: str, *, size: float) -> float:
    """Return about how wide a text is, in pixels; a little more rather than less."""
    return size * sum(map(_advance, text))


def wrapped(text: str, *, size: float, width: float, lines: int = 3) -> tuple[str, ...]:
    """Return a text as lines that fit a width; what is too long for the last ends in an ellipsis."""
    found, line = list[str](), ""
    for word in _pieces(one_line(text, most=2_000), most=max(8, int(width / size))):
        longer = f"{line} {word}".strip()
        if line and width_of(longer, size=size) > width:
            found.append(line)
            line = word
        else:
            line = longer
    found += [line] if line else []
    if len(found) > lines:
        found = [*found[: lines - 1], fitted(" ".join(found[lines - 1 :]), size=size, width=width)]
    return tuple(found)


def fitted(text: str, *, size: float, width: float) -> str:
    """Return as much of a text as fits a width, an ellipsis in place of the rest."""
    shown = one_line(text, most=400)
    if width_of(shown, size=size) <= width:
        return shown
    end = len(shown)
    while end > 1 and width_of(shown[:end], size=size) + size > width:
        end -= 1
    return shown[:end].rstrip() + "…"


def _pieces(text: str, *, most: int) -> Iterable[str]:
    for word in text.split():
        yield from (word[k : k + most] for k in range(0, len(word), most))


def _advance(letter: str) -> float:
    if unicodedata.category(letter) in {"Mn", "Me", "Cf"}:
        return 0.0
    if unicodedata.east_asian_width(letter) in {"W", "F"}:
        return 1.0
    if letter in _NARROW:
        return 0.34
    if letter in _WIDE:
        return 0.92
    return 0.68 if letter.isupper() or ord(letter) >= 0x1000 else 0.58


def _value(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.1f}".removesuffix(".0")
    return str(value)
