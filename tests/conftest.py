"""Where real data is found, a headless browser with the network off, and what else every test may lean on."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT / "tests"))
ARGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync"]  # fmt: skip
TOGETHER = {
    "test_run.py": "demo",
    "test_case_maps.py": "demo",
    "test_hostile_case.py": "hostile run",
    "test_hostile_exports.py": "hostile run",
}
"""Files that share a fixture which takes half a minute or more: one worker makes it once for all of them."""
LONGEST = (
    "demo",
    "test_invariants.py",
    "hostile run",
    "test_real_cases.py",
    "flows/test_removal_geweke.py",
    "flows/test_removal_real_cases.py",
    "test_notebooks.py",
    "render/test_targets.py",
    "test_cli.py",
)
"""What takes longest, longest first."""


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Return the folder of real data sets, or skip with a plain reason."""
    folder = Path(os.environ.get("ROUTEGRAPH_REAL_DATA", PROJECT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}; set ROUTEGRAPH_REAL_DATA to a folder that holds it")
    return folder


@pytest.fixture(scope="session")
def samples() -> Path:
    """Return the bundled synthetic sample case."""
    return PROJECT / "data" / "samples"


def together(nodeid: str) -> str:
    """Return what a test is kept with: the files that look at one long run, or its own file."""
    file = nodeid.partition("::")[0].removeprefix("tests/")
    return TOGETHER.get(file, file)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what takes longest first, so that no worker is left alone with it at the end."""
    first = {name: at for at, name in enumerate(LONGEST)}
    items.sort(key=lambda item: first.get(together(item.nodeid), len(first)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Keep together what shares a fixture: with pytest 9.2, xdist 3.8 takes no notice of the mark ``xdist_group``."""
    from xdist.scheduler import LoadScopeScheduling

    class Together(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return together(nodeid)

    config.option.loadscopereorder = False
    return Together(config, log)


def once(name: str, folder: Path) -> None:
    """Fail where a second worker makes the same long run: then ``together`` keeps nothing together any more."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        (folder.parent / name).touch(exist_ok=False)


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """Return what ``routegraph demo`` makes, whole, since the README shows what it prints, and its folder."""
    from routegraph.run import demo_settings, run_case

    once("demo", tmp_path_factory.getbasetemp())
    out = tmp_path_factory.mktemp("demo")
    return run_case(demo_settings(out=out)), out


@pytest.fixture(scope="session")
def hostile_run(tmp_path_factory):
    """Return the folder of what the command line makes of a case full of attacks, and what it printed."""
    from hostile_case import run_hostile_case

    once("hostile", tmp_path_factory.getbasetemp())
    return run_hostile_case(tmp_path_factory.mktemp("hostile"))


@pytest.fixture(scope="session")
def browser():
    """Return a headless Chromium, or skip with the reason."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
    if not Path(path).is_file():
        pytest.skip(f"no browser at {path}; install Debian's chromium or set CHROMIUM")
    with sync_api.sync_playwright() as play:
        found = play.chromium.launch(executable_path=path, args=ARGS)
        yield found
        found.close()


@dataclass
class Opened:
    """A page that was opened with the network off, and what it asked for or complained about."""

    page: object
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@pytest.fixture
def open_page(browser, tmp_path):
    """Return a function that opens HTML bytes as a file, offline, and waits until the map is drawn."""
    contexts = []

    def opened(
        content: bytes, *, width: int = 1366, height: int = 768, wait: str = "window.routegraph?.ready"
    ) -> Opened:
        target = tmp_path / f"page{len(contexts)}.html"
        target.write_bytes(content)
        context = browser.new_context(offline=True, viewport={"width": width, "height": height})
        contexts.append(context)
        page = context.new_page()
        result = Opened(page)
        page.on("request", lambda request: result.requests.append(request.url))
        page.on("dialog", lambda dialog: (result.complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("console", lambda said: said.type in {"error", "warning"} and result.complaints.append(said.text))
        page.on("pageerror", lambda error: result.complaints.append(str(error)))
        page.goto(target.as_uri())
        for _ in range(400):
            # Not wait_for_function: it evaluates text inside the page, which the page's policy forbids.
            if not wait or page.evaluate(f"Boolean({wait})"):
                break
            page.wait_for_timeout(50)
        else:
            pytest.fail(f"the page never came to {wait}; it said {result.complaints}")
        result.requests = [url for url in result.requests if url != target.as_uri() and not url.startswith("data:")]
        return result

    yield opened
    for context in contexts:
        context.close()
