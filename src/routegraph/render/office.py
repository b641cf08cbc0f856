"""What Word and PowerPoint files share: text that XML holds, fonts by script, an archive that is the same each time."""

from __future__ import annotations

import datetime as dt
import io
import struct
import zipfile
from typing import Any

from routegraph.briefing.document import SYNTHETIC_LINE
from routegraph.render.palette import rank_colour, tlp_colour
from routegraph.render.plain_text import for_xml, visible

MOST = 1_200
"""Letters of one piece of text: what is longer ends in an ellipsis."""
FONT = "Arial"
"""On every machine under this name or as its metric twin Liberation Sans, so that pages break alike."""
EAST_ASIAN = "Microsoft YaHei"
LONG_AGO = dt.datetime(2000, 1, 1, tzinfo=dt.UTC).replace(tzinfo=None)
"""The date in every file's properties: a clock would make two files of one case differ."""

INK, SOFT, RULE, WASH, TRACK, SPAN = "17202A", "55606B", "C9D0D6", "F3F5F7", "E3E7EA", "7D97A8"
ACCENT, DEEP = "A3341F", "1F4E6B"
_TEMPLATE_PARTS = ("/thumbnail", "/customXml", "/stylesWithEffects", "/extended-properties", "/printerSettings")
_BREAKS = dict.fromkeys(map(ord, "\t\n\r\u2028\u2029"), " ")

# Leelawadee UI holds Thai, Lao and Khmer on every Windows since 8.1; Khmer UI and Lao UI are optional there.
_SCRIPTS = (
    ("Leelawadee UI", ((0x0E00, 0x0EFF), (0x1780, 0x17FF), (0x19E0, 0x19FF))),
    ("Myanmar Text", ((0x1000, 0x109F), (0xA9E0, 0xA9FF), (0xAA60, 0xAA7F))),
)


def said(text: str, *, most: int = MOST) -> str:
    """Return text as a file of Word or PowerPoint may hold it: one line, nothing hidden in it, cut to ``most``."""
    return for_xml(visible(text.translate(_BREAKS), most=most))


def script_runs(text: str) -> list[tuple[str, str]]:
    """Return a text in pieces, each with the font that its script needs; '' where the document's own font will do."""
    runs: list[tuple[str, str]] = []
    for character in text:
        font = _font_of(character)
        if runs and (font == runs[-1][1] or (character == " " and runs[-1][1])):
            runs[-1] = (runs[-1][0] + character, runs[-1][1])
        else:
            runs.append((character, font))
    return runs


def _font_of(character: str) -> str:
    point = ord(character)
    if point < 0x0E00:
        return ""
    return next((font for font, spans in _SCRIPTS if any(low <= point <= high for low, high in spans)), "")


def rank_ink(rank: int) -> str:
    """Return the colour of a corridor's number as these files write colours."""
    return rank_colour(rank)[1:].upper()


def tlp_ink(tlp: str) -> str:
    """Return the colour of a marking's letters on black as these files write colours."""
    return tlp_colour(tlp)[1:].upper()


def png_size(data: bytes) -> tuple[int, int]:
    """Return how many pixels wide and high a PNG is.

    Raises
    ------
    ValueError
        The bytes are no PNG.
    """
    if data[:8] != b"\x89PNG\r\n\x1a\n" or len(data) < 24:
        raise ValueError("a figure is not a PNG")
    wide, high = struct.unpack(">II", data[16:24])
    return int(wide), int(high)


def fixed_archive(data: bytes) -> bytes:
    """Return a ZIP archive with its members in order of name and without the time at which they were written."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            member = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            member.compress_type = zipfile.ZIP_DEFLATED
            member.create_system = 3
            new.writestr(member, old.read(name), compresslevel=6)
    return out.getvalue()


def drop_template_parts(package: Any) -> None:  # noqa: ANN401 - one of either library
    """Take away what a library's template holds beside the text: a preview, a printer's settings, styles of 2007."""
    parts: list[Any] = [package, package.main_document_part]
    for part in parts:
        rels = part._rels if part is package and hasattr(part, "_rels") else part.rels  # noqa: SLF001
        for key in [key for key, rel in rels.items() if rel.reltype.endswith(_TEMPLATE_PARTS)]:
            rels.pop(key)


def set_properties(core: Any, *, title: str, marking: str, synthetic: bool) -> None:  # noqa: ANN401
    """Set the file's properties: no person's name, and dates that are the same every time."""
    core.title = said(title, most=200)
    core.author = core.last_modified_by = "routegraph"
    core.subject = said(marking, most=200) + (f". {SYNTHETIC_LINE}" if synthetic else "")
    core.keywords = core.category = core.comments = ""
    core.language, core.revision = "en-GB", 1
    core.created = core.modified = core.last_printed = LONG_AGO
