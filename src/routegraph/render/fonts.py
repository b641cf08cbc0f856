"""Letters for names in the scripts of the region, so that they show on a machine that has no font for them."""

from __future__ import annotations

import base64
import io
from functools import cache
from importlib import resources
from pathlib import Path

from routegraph.errors import AssetError

FAMILIES = ("NotoSans", "NotoSansThai", "NotoSansKhmer", "NotoSansLao", "NotoSansMyanmar")
"""In the order in which a letter is looked for; all of Noto Sans, SIL Open Font License 1.1."""
_WEIGHTS = {400: "Regular", 700: "Bold"}
_BASIC = "".join(map(chr, range(0x20, 0x7F)))


def font_folder() -> Path:
    """Return the folder of the bundled fonts.

    Raises
    ------
    AssetError
        The installation was made without building them.
    """
    folder = resources.files("routegraph").joinpath("render", "assets", "fonts")
    if not folder.joinpath("NotoSans-Regular.ttf").is_file():
        raise AssetError("the bundled fonts are missing; install routegraph again, with a network")
    return Path(str(folder))


@cache
def letters(family: str) -> frozenset[int]:
    """Return the code points that a bundled family has."""
    from fontTools.ttLib import TTFont

    with TTFont(font_folder() / f"{family}-Regular.ttf", lazy=True) as font:
        return frozenset(font.getBestCmap())


def uncovered(text: str) -> str:
    """Return the printable letters of a text, each once, that no bundled font has: Chinese, for one."""
    covered = frozenset[int]().union(*(letters(family) for family in FAMILIES))
    return "".join(sorted(c for c in set(text) if ord(c) not in covered and c.isprintable()))


def font_faces(text: str) -> str:
    """Return ``@font-face`` rules, with data: URIs of just the letters needed, for scripts beyond Latin in a text.

    Latin letters (Vietnamese included) are left to the reader's own fonts, which all have them. The family is called
    ``routegraph names``; nothing is returned where no rule is needed. Same text, same bytes.
    """
    wanted = {ord(c) for c in text}
    rules = []
    for family in FAMILIES[1:]:
        own = wanted & (letters(family) - letters("NotoSans"))
        if own:
            rules += [_face(family, weight, frozenset(own)) for weight in _WEIGHTS]
    return "".join(rules)


def _face(family: str, weight: int, wanted: frozenset[int]) -> str:
    data = base64.b64encode(_cut(family, weight, wanted)).decode("ascii")
    spans = ",".join(f"U+{code:X}" for code in sorted(wanted))
    return (
        f'@font-face{{font-family:"routegraph names";font-weight:{weight};unicode-range:{spans};'
        f"src:url(data:font/woff;base64,{data}) format('woff')}}\n"
    )


@cache
def _cut(family: str, weight: int, wanted: frozenset[int]) -> bytes:
    """Return a font cut to some letters and what shaping makes of them, as WOFF."""
    from fontTools import subset

    options = subset.Options(layout_features=["*"], hinting=False, notdef_outline=True, desubroutinize=False)
    options.flavor = "woff"
    options.recalc_timestamp = False
    font = subset.load_font(str(font_folder() / f"{family}-{_WEIGHTS[weight]}.ttf"), options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=wanted | {ord(c) for c in _BASIC})
    cutter.subset(font)
    out = io.BytesIO()
    subset.save_font(font, out, options)
    font.close()
    return out.getvalue()
