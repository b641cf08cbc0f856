"""The briefing page in a real browser with the network off: nothing runs, nothing is asked for, the style applies."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from briefings import KINDS

from routegraph.render import TARGETS


@pytest.mark.browser
@pytest.mark.parametrize("kind", ["plain", "hostile"])
def test_page_runs_nothing_and_asks_for_nothing(browser, tmp_path, kind):
    file = tmp_path / "briefing.html"
    file.write_bytes(TARGETS["briefing"].render(KINDS[kind]()))
    context = browser.new_context(offline=True, viewport={"width": 1100, "height": 900})
    page = context.new_page()
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    page.goto(file.as_uri())
    assert asked == [file.as_uri()]
    assert said == []
    assert page.evaluate("document.scripts.length") == 0
    # The style sheet is allowed by its digest: without it the banner would not be black.
    black = page.evaluate("getComputedStyle(document.querySelector('.screen .banner')).backgroundColor")
    assert black == "rgb(0, 0, 0)"
    assert page.evaluate("document.documentElement.scrollWidth") <= 1100
    context.close()
