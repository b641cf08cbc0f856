"""run.json: what a run was, so that another can be compared with it and a reader can check it."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from pathlib import PurePath

import numpy as np

from routegraph.briefing.product import Briefing
from routegraph.render.plain_text import storable
from routegraph.render.target import Target

_NO_RESULT_DEPENDS = ("workers",)


def render_run_json(briefing: Briefing, *, timings: Mapping[str, float] | None = None) -> bytes:
    """Return run.json: sorted keys, no NaN, and the seconds of each stage in ``timings``, the one part that varies."""
    return _dumped({**_facts(briefing), "run_digest": run_digest(briefing), "timings": dict(timings or {})})


def run_digest(briefing: Briefing) -> str:
    """Return the SHA-256 of run.json without timings and workers: the same for the same case, wherever it was run."""
    facts = _facts(briefing)
    settings = facts.get("settings")
    if isinstance(settings, Mapping):
        facts["settings"] = {name: value for name, value in settings.items() if name not in _NO_RESULT_DEPENDS}
    return hashlib.sha256(_dumped(facts)).hexdigest()


def _facts(briefing: Briefing) -> dict[str, object]:
    return {
        **briefing.run,
        "title": briefing.title,
        "period": briefing.period,
        "marking": briefing.marking.text,
        "synthetic": briefing.synthetic,
        "not_estimated": dict(briefing.not_estimated),
        "caveats": list(briefing.caveats),
        "sources": list(briefing.sources),
        "coverage": dict(briefing.coverage),
    }


def _dumped(value: object) -> bytes:
    return (json.dumps(plain(value), allow_nan=False, sort_keys=True, indent=1, ensure_ascii=False) + "\n").encode()


def plain(value: object) -> object:
    """Return what JSON can hold: a number that is none becomes null, a key becomes text, anything unknown its text."""
    if isinstance(value, Mapping):
        return {storable(str(key)): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int):
        return value
    return storable(value.as_posix() if isinstance(value, PurePath) else str(value))


TARGETS = (Target("run", "run.json", render_run_json),)
