"""Every product on request of a case in which every text is an attack, opened as its reader would.

The run is that of ``test_hostile_case``: one worker makes it once for both.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from as_text import READERS, as_text
from hostile_case import PAYLOADS, acted
from routegraph import export
from routegraph.render import TARGETS

ON_REQUEST = sorted(name for name, target in TARGETS.items() if target.on_request)
CANARY = re.compile(r"(?<![0-9a-fA-F.])54439(?![0-9a-fA-F])")


@pytest.fixture(scope="module")
def made(hostile_run, tmp_path_factory) -> dict[str, Path]:
    """Return every product on request, by name."""
    out = tmp_path_factory.mktemp("exports")
    return {name: export(hostile_run[0], to=name, out=out) for name in ON_REQUEST}


WHOLE = {"gpkg", "xlsx"}
"""Products that hold the tables whole, and so every payload."""


def test_every_format_has_a_reader_here():
    assert {TARGETS[name].suffix for name in ON_REQUEST} <= set(READERS)


@pytest.mark.parametrize("name", ON_REQUEST)
def test_nothing_acts_and_nothing_breaks(made, name):
    text = as_text(TARGETS[name].suffix, made[name].read_bytes())
    assert not CANARY.search(text)
    if TARGETS[name].suffix != "png":
        assert "{{7*7777}}" in text.replace("\n", "")
    if name in WHOLE:
        for label in (
            "template call",
            "literal",
            "script end",
            "image",
            "attribute",
            "backtick",
            "equals",
            "at",
            "url",
        ):
            assert PAYLOADS[label] in text, label


@pytest.mark.browser
@pytest.mark.parametrize("name", [name for name in ON_REQUEST if TARGETS[name].suffix == "svg"])
def test_a_picture_runs_nothing_in_a_browser(made, name, open_page):
    opened = open_page(b"<!doctype html><meta charset='utf-8'>" + made[name].read_bytes(), wait="")
    assert acted(opened, scripts=0) == []
