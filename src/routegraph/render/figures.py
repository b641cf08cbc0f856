"""The figures of a briefing, drawn without a browser: SVG for page and PDF, PNG for documents and slides."""

from __future__ import annotations

from functools import cache

from routegraph.briefing.pictures import overview_figure
from routegraph.briefing.product import Briefing
from routegraph.render.figure_map import corridor_svg, overview_svg, ranks_drawn
from routegraph.errors import RoutegraphError


def figure_names(briefing: Briefing) -> tuple[str, ...]:
    """Return the names of what can be drawn of a case."""
    overview = ("overview",) if overview_figure(briefing) else ()
    return (*overview, *(f"corridor {rank}" for rank in ranks_drawn(briefing)))


def figure_svg(briefing: Briefing, name: str) -> str:
    if name == "overview":
        found = overview_figure(briefing)
        return overview_svg(briefing, alt=found.alt)
    return corridor_svg(briefing, int(name.split()[1]), alt=name)
