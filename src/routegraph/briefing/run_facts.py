"""What run.json says of a run, as JSON, and the digest by which two runs are known to be the same."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from pathlib import PurePath

import numpy as np

from routegraph.briefing.product import Briefing

_NO_RESULT_DEPENDS = ("workers",)
COMPARED = "compared_with"
"""Key of the digest of the earlier run that this one was compared with."""
_SURROGATE = re.compile("[\ud800-\udfff]")


def run_facts(briefing: Briefing) -> dict[str, object]:
    """Return what run.json says, but for the digest and timings."""
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


def run_digest(briefing: Briefing) -> str:
    """Return the SHA-256 of run.json without timings and workers: the same for the same case, wherever it was run.

    Nor does it depend on the earlier run that it was compared with, by which no result changes.
    """
    facts = {name: value for name, value in run_facts(briefing).items() if name != COMPARED}
    settings = facts.get("settings")
    if isinstance(settings, Mapping):
        facts["settings"] = {name: value for name, value in settings.items() if name not in _NO_RESULT_DEPENDS}
    return hashlib.sha256(as_json(facts)).hexdigest()


def as_json(value: object) -> bytes:
    """Return facts as JSON: sorted keys, no NaN; text that no file can hold is shown as U+FFFD."""
    return (json.dumps(plain(value), allow_nan=False, sort_keys=True, indent=1, ensure_ascii=False) + "\n").encode()


def plain(value: object) -> object:
    """Return what JSON can hold: a number that is none becomes null, a key becomes text, anything unknown its text."""
    if isinstance(value, Mapping):
        return {_storable(str(key)): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int):
        return value
    return _storable(value.as_posix() if isinstance(value, PurePath) else str(value))


def _storable(text: str) -> str:
    return _SURROGATE.sub("\ufffd", text)
