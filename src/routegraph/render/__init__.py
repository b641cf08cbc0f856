"""One file a target; ``TARGETS`` lists them by name, ``write_products`` puts their bytes into a folder."""

from __future__ import annotations

from routegraph.render.registry import RUN_TARGETS, TARGETS, render_all
from routegraph.render.run_json import render_run_json
from routegraph.render.target import Target
from routegraph.render.write import write_products

__all__ = ["RUN_TARGETS", "TARGETS", "Target", "render_all", "render_run_json", "write_products"]
