"""Every product that routegraph can make, found file by file: a module with ``TARGETS`` in this folder is listed."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

from routegraph.briefing.product import Briefing
from routegraph.render.target import Target

_NOT_TARGETS = ("export", "registry", "saved", "target", "write")
_HEAVY, _PARTS = ("map", "plot"), ("map_", "plot_", "slide_", "word_")
"""What these modules and parts of products import takes most of a second, so they load when something is drawn; none
may hold TARGETS of its own, which a test sees to."""


def _map(briefing: Briefing) -> bytes:
    # folium takes most of a second to import, so the map's module loads only when a map is made.
    from routegraph.render.map import render_map

    return render_map(briefing)


def _loads(module: str) -> bool:
    return module not in (*_NOT_TARGETS, *_HEAVY) and not module.startswith(_PARTS)


def _found() -> dict[str, Target]:
    targets = [Target("map", "map.html", _map)]
    for module in sorted(found.name for found in pkgutil.iter_modules([str(Path(__file__).parent)])):
        if _loads(module):
            targets += getattr(importlib.import_module(f"routegraph.render.{module}"), "TARGETS", ())
    named = {target.name: target for target in sorted(targets, key=lambda target: target.name)}
    if len(named) < len(targets) or len({target.filename for target in targets}) < len(targets):
        raise RuntimeError("two render targets share a name or a file name")
    return named


TARGETS: dict[str, Target] = _found()


RUN_TARGETS: dict[str, Target] = {name: target for name, target in TARGETS.items() if not target.on_request}
"""What every run writes; the rest is made by ``routegraph export``."""


def left_over(folder: Path) -> tuple[str, ...]:
    """Return the file names in a folder that are those of products made on request, which a run does not renew."""
    return tuple(one.filename for one in TARGETS.values() if one.on_request and (folder / one.filename).is_file())


def render_all(briefing: Briefing) -> dict[str, bytes]:
    """Return what a run writes, by file name, in the order of the targets' names."""
    return {target.filename: target.render(briefing) for target in RUN_TARGETS.values()}
