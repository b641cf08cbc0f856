"""Lines of a figure in scripts that join and reorder their letters: taken out of the SVG, for Typst to set itself.

Typst's reader of SVG sets what follows a Khmer or Burmese vowel over it, so that a place would have another name on the
picture than in the table; Typst's own text is right. A browser sets them right within the SVG, which keeps them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from xml.etree import ElementTree as ET

from routegraph.render.figure_marks import INK
from routegraph.render.fonts import FAMILIES

FONTS = ["Noto Sans", *(f"Noto Sans {family.removeprefix('NotoSans')}" for family in FAMILIES[1:])]
"""The bundled families by the names that Typst knows."""

_SPACE = "http://www.w3.org/2000/svg"
_MOVED = re.compile(r"translate\(([-\d.]+) ([-\d.]+)\)")
_JOINING = re.compile("[\u0590-\u1dff\ua800-\uabff]")
"""Hebrew to Mongolian, Khmer and Burmese among them; Latin, Vietnamese and Chinese are outside."""


@dataclass(frozen=True)
class Parts:
    """A figure as Typst draws it: SVG, the lines to be set over it, and how many pixels it is wide."""

    svg: str
    letters: tuple[dict[str, object], ...]
    across: float


def parted(svg: str) -> Parts:
    """Return a figure's SVG without the lines whose letters join or change places, and those lines."""
    root = ET.fromstring(svg)  # noqa: S314 - our own output
    across = float(root.get("viewBox", "0 0 1 1").split()[2])
    if not any(_JOINING.search(one.text or "") for one in root.iter(f"{{{_SPACE}}}text")):
        return Parts(svg, (), across)
    letters = tuple(_taken(root, 0.0, 0.0))
    ET.register_namespace("", _SPACE)
    return Parts(ET.tostring(root, encoding="unicode"), letters, across)


def figure_source() -> str:
    """Return the Typst source that draws such parts."""
    return resources.files("routegraph.render").joinpath("templates", "figure.typ").read_text(encoding="utf-8")


def _taken(parent: ET.Element, x: float, y: float) -> Iterator[dict[str, object]]:
    """Take the lines out of an element and all that it holds, wherever its parents have moved it."""
    for one in list(parent):
        moved = _MOVED.fullmatch(one.get("transform", ""))
        across, down = (float(part) for part in moved.groups()) if moved else (0.0, 0.0)
        if one.tag != f"{{{_SPACE}}}text":
            inner = one.tag == f"{{{_SPACE}}}svg"
            down += float(one.get("y", "0")) if inner else 0.0
            yield from _taken(one, x + across, y + down)
        elif _JOINING.search(one.text or ""):
            parent.remove(one)
            yield {
                "text": one.text, "x": x + float(one.get("x", "0")), "y": y + float(one.get("y", "0")),
                "size": float(one.get("font-size", "15")), "anchor": one.get("text-anchor", "start"),
                "bold": one.get("font-weight") == "700", "fill": one.get("fill", INK),
                "halo": one.get("paint-order") == "stroke",
            }  # fmt: skip
