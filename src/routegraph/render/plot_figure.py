"""A matplotlib figure that shows itself in a notebook, in which text from records is text, and its common parts."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING
from unicodedata import bidirectional

from matplotlib import font_manager, style
from matplotlib.figure import Figure
from matplotlib.ft2font import FT2Font

from routegraph.briefing.words import number
from routegraph.render.palette import FAINT, INK, SOFT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.patheffects import AbstractPathEffect

    from routegraph.render.shown import Around

WIDE = 9.0
_FONT = "DejaVu Sans"
_EDGE, _PAD = 0.011, 0.1
_STYLE: dict[str, object] = {
    # Nothing that a record says is mathematics or TeX, whatever the user's own settings are.
    "text.parse_math": False, "text.usetex": False, "axes.formatter.use_mathtext": False, "font.family": [_FONT],
    "figure.dpi": 100, "savefig.dpi": 100, "font.size": 9.5, "text.color": INK, "axes.labelcolor": INK,
    "axes.edgecolor": FAINT, "xtick.color": SOFT, "ytick.color": INK, "axes.spines.top": False,
    "axes.spines.right": False, "figure.facecolor": "white", "savefig.facecolor": "white",
}  # fmt: skip


class Picture(Figure):
    """A matplotlib Figure that shows itself as the last line of a cell, whether or not pyplot is loaded.

    matplotlib alone shows a figure in a notebook only once pyplot is in use, which keeps every figure alive; this one
    belongs to whoever holds it. ``savefig`` and ``axes`` are matplotlib's own.
    """

    def _repr_png_(self) -> bytes:
        target = io.BytesIO()
        with drawing():
            # matplotlib writes its version into a file; the same picture is to be the same bytes.
            self.savefig(target, format="png", metadata={"Software": None})
        return target.getvalue()


@contextmanager
def drawing() -> Iterator[None]:
    """Put the pictures' own style in place of the user's, and the user's back."""
    with style.context(_STYLE, after_reset=True):
        yield


def picture(*, title: str, notes: Sequence[str], around: Around, body: float) -> tuple[Picture, Axes]:
    """Return a frame with one pair of axes in it; see :func:`frame`."""
    figure = frame(title=title, notes=notes, around=around, body=body)
    return figure, figure.subplots()


def frame(*, title: str, notes: Sequence[str], around: Around, body: float) -> Picture:
    """Return an empty picture: its title, what it shows, what its numbers are of, and the marking at its foot.

    ``body`` is the height in inches of what is drawn; the head takes as many lines as its words need.
    """
    words = _wrapped(title, 80)
    told = "\n".join(_wrapped(note, 140) for note in (*notes, around.measured) if note)
    foot = _wrapped(around.handling, 120)
    title_high, notes_high, foot_high = (
        _PAD + lines * size for lines, size in zip(map(_lines, (words, told, foot)), (0.23, 0.165, 0.17), strict=True)
    )
    high = title_high + notes_high + body + foot_high + _PAD
    figure = Picture(figsize=(WIDE, high), layout="constrained")
    figure.text(_EDGE, 1 - _PAD / high, words, va="top", fontsize=12.5, fontweight="bold")
    figure.text(
        _EDGE, 1 - title_high / high - _PAD / 2 / high, told, va="top", fontsize=8.5, color=SOFT, linespacing=1.3
    )
    figure.text(_EDGE, _PAD / high, foot, va="bottom", fontsize=8.5, fontweight="bold")
    rect = (0.0, (foot_high + _PAD) / high, 1.0, body / high)
    figure.get_layout_engine().set(rect=rect, h_pad=0.06, w_pad=0.1)  # type: ignore[call-arg, union-attr]
    return figure


def blank(*, title: str, why: str, around: Around) -> Picture:
    """Return a picture that says why there is nothing to draw: never a guess, never an empty frame."""
    figure, axes = picture(title=title, notes=(), around=around, body=1.0)
    axes.set_axis_off()
    axes.text(0.5, 0.5, _wrapped(why, 90), ha="center", va="center", transform=axes.transAxes)
    return figure


def plain_numbers(axes: Axes, *, x: bool = True, y: bool = False) -> None:
    """Write the numbers of an axis as people do: 12,380 and never 1.2e4, nor as mathematics."""
    for wanted, axis in ((x, axes.xaxis), (y, axes.yaxis)):
        if wanted:
            axis.set_major_formatter(lambda value, _: number(float(value)))
            axis.set_minor_formatter(lambda _value, _: "")


def drawable(text: str, *, instead: str = "") -> str:
    """Return ``text`` if the font holds all of it, else ``instead``; what neither can show becomes a question mark."""
    known = _characters()
    for one in (text, instead):
        if one and all(ord(character) in known for character in one):
            return one
    return "".join(character if ord(character) in known else "?" for character in text)


def halo() -> list[AbstractPathEffect]:
    """Return the white edge under a name that crosses lines and dots."""
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=2.2, foreground="white")]


@cache
def _characters() -> frozenset[int]:
    held = FT2Font(font_manager.findfont(_FONT)).get_charmap()
    # Letters that run from right to left come out turned round in older versions of matplotlib.
    onward = {code for code in held if bidirectional(chr(code)) not in {"R", "AL"}}
    return frozenset(onward) | {ord("\n")}


def _lines(text: str) -> int:
    return text.count("\n") + 1 if text else 0


def _wrapped(text: str, most: int) -> str:
    return "\n".join(textwrap.wrap(drawable(text), most)) or ""
