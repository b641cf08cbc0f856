"""Text from records on its way out: what each kind of file cannot hold is shown in its place, never dropped."""

from __future__ import annotations

import re

# Half of a UTF-16 pair on its own is no character: no UTF-8 file can hold it.
_SURROGATE = re.compile("[\ud800-\udfff]")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0d\x0e-\x1f\x7f\ufffe\uffff]")
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]"
)


def storable(text: str) -> str:
    """Return ``text`` as UTF-8 can hold it: a lone surrogate becomes U+FFFD."""
    return _SURROGATE.sub("\ufffd", text)


def for_xml(text: str) -> str:
    """Return ``text`` with characters that XML 1.0 cannot hold as their control pictures (U+2400...), else U+FFFD."""
    return _NOT_XML.sub(lambda found: _picture(found.group()), storable(text))


def visible(text: str, *, most: int = 0) -> str:
    """Return ``text`` for a page: controls and direction overrides are shown, and long text ends in an ellipsis.

    A right-to-left override would turn the words after it around, so that a reader sees another name than the record
    holds; it is shown as its code point instead.
    """
    shown = _HIDDEN.sub(lambda found: _picture(found.group(), code=True), storable(text))
    return f"{shown[:most].rstrip()}…" if most and len(shown) > most else shown


def _picture(character: str, *, code: bool = False) -> str:
    point = ord(character)
    if point < 0x20:
        return chr(0x2400 + point)
    if point == 0x7F:
        return "\u2421"
    return f"[U+{point:04X}]" if code else "\ufffd"
