"""run.json: what a run was, so that another can be compared with it and a reader can check it."""

from __future__ import annotations

from collections.abc import Mapping

from routegraph.briefing.product import Briefing
from routegraph.briefing.run_facts import as_json, plain, run_digest, run_facts
from routegraph.render.target import Target

__all__ = ["TARGETS", "plain", "render_run_json", "run_digest"]


def render_run_json(briefing: Briefing, *, timings: Mapping[str, float] | None = None) -> bytes:
    """Return run.json: sorted keys, no NaN, and the seconds of each stage in ``timings``, the one part that varies."""
    return as_json({**run_facts(briefing), "run_digest": run_digest(briefing), "timings": dict(timings or {})})


TARGETS = (Target("run", "run.json", render_run_json),)
