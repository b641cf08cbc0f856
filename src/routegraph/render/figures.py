"""The figures of a briefing, drawn without a browser: SVG for page and PDF, PNG for documents and slides."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from routegraph.briefing.periods import leg_periods
from routegraph.briefing.pictures import counts_figure, overview_figure
from routegraph.briefing.place_rows import places_to_watch
from routegraph.briefing.product import Briefing
from routegraph.errors import SettingError
from routegraph.render.figure_frame import framed
from routegraph.render.figure_letters import FONTS, figure_source, parted
from routegraph.render.figure_map import corridor_svg, overview_svg, ranks_drawn
from routegraph.render.figure_marks import PAPER, drawing, fitted, mark, words
from routegraph.render.figure_plots import counts_svg, periods_svg, places_svg
from routegraph.render.fonts import font_folder, uncovered
from routegraph.render.target import Target

_PAGE = """#set page(width: auto, height: auto, margin: 0pt, fill: white)
#let data = json(bytes(sys.inputs.data))
#drawn(data.svg, data.letters, data.across, data.width * 1pt, data.fonts)
"""


def figure_names(briefing: Briefing) -> tuple[str, ...]:
    """Return the names of what can be drawn of a case, for :func:`figure_svg` and :func:`figure_png`.

    ``overview`` (map of the first corridors), ``corridor N`` (one corridor by its rank), ``flow against counts``,
    ``places`` (what passes the first places), ``periods`` (flow by period on the first corridors).
    """
    maps = ("overview",) if overview_figure(briefing) else ()
    corridors = tuple(f"corridor {rank}" for rank in ranks_drawn(briefing))
    return (*maps, *corridors, *(name for name in _PLOTS if _PLOTS[name](briefing)))


_PLOTS: dict[str, Callable[[Briefing], bool]] = {
    "flow against counts": lambda briefing: counts_figure(briefing) is not None,
    "places": lambda briefing: len(places_to_watch(briefing)) > 0,
    "periods": lambda briefing: len(leg_periods(briefing)) > 0,
}


def _there(briefing: Briefing, name: str) -> bool:
    """Tell whether a case has a figure, looking at no other."""
    if name in _PLOTS:
        return _PLOTS[name](briefing)
    if name == "overview":
        return overview_figure(briefing) is not None
    return name in {f"corridor {rank}" for rank in ranks_drawn(briefing)}


def figure_svg(briefing: Briefing, name: str, *, alt: str = "") -> str:
    """Return a figure as one ``<svg>`` element that runs nothing and points nowhere.

    Parameters
    ----------
    name
        One of :func:`figure_names`.
    alt
        What it shows, in words.

    Raises
    ------
    SettingError
        This case has no such figure.

    Notes
    -----
    Maps are azimuthal and equal in area around the middle of what they show, so that sizes compare; lines are great
    circles and not the way taken. A line is as wide as its flow where it begins (a share of the largest on the map, and
    never thinner than 2.4 px); its pale edge is the upper end of the 90 % interval, in the same scale.
    """
    if not _there(briefing, name):
        raise SettingError(f"figure is {name[:60]!r}; expected one of {', '.join(figure_names(briefing)) or 'none'}")
    said = alt or f"{name}: {briefing.title}"
    if name.startswith("corridor "):
        return corridor_svg(briefing, int(name.split()[1]), alt=said)
    drawn = {"overview": overview_svg, "flow against counts": counts_svg, "places": places_svg, "periods": periods_svg}
    return drawn[name](briefing, alt=said)


def framed_svg(briefing: Briefing, name: str) -> str:
    """Return a figure as it may travel alone: marking, title, synthetic notice, key, caption and caveat inside it."""
    return framed(figure_svg(briefing, name), briefing, name)


def figure_png(briefing: Briefing, name: str, *, dpi: int = 200, framed: bool = True) -> bytes:
    """Return a figure as PNG, drawn by Typst: no browser, and letters of the region shaped right.

    Parameters
    ----------
    name
        One of :func:`figure_names`.
    dpi
        Dots per inch where the figure is printed 17 cm wide, 40 to 600.
    framed
        With marking, title and the word for synthetic data inside; False for documents that carry them around it.

    Raises
    ------
    SettingError
        This case has no such figure, or ``dpi`` is out of range.
    """
    if not 40 <= dpi <= 600:
        raise SettingError(f"dpi is {dpi}; expected 40 to 600")
    return raster(framed_svg(briefing, name) if framed else figure_svg(briefing, name), dpi=dpi)


def raster(svg: str, *, dpi: int, width_pt: float = 482.0) -> bytes:
    """Return an SVG as PNG; letters that no bundled font has come from the system's fonts."""
    import typst

    parts = parted(svg)
    data = json.dumps({**asdict(parts), "width": width_pt, "fonts": FONTS}, ensure_ascii=False)
    compiled: Any = typst.compile  # its types ask for source, root and fonts to be of one kind
    with tempfile.TemporaryDirectory(prefix="routegraph-") as nothing:
        made = compiled(
            (figure_source() + _PAGE).encode(), root=nothing, font_paths=[str(font_folder())],
            ignore_system_fonts=not uncovered(svg), format="png", ppi=float(dpi), sys_inputs={"data": data},
        )  # fmt: skip
    if not isinstance(made, bytes):
        raise TypeError("a figure takes one page")
    return made


def _overview_svg(briefing: Briefing) -> bytes:
    return _alone(briefing).encode("utf-8")


def _overview_png(briefing: Briefing) -> bytes:
    return raster(_alone(briefing), dpi=200)


def _alone(briefing: Briefing) -> str:
    """Return the overview map on its own, or a sheet that says that there is none."""
    if _there(briefing, "overview"):
        return framed_svg(briefing, "overview")
    text = words(20, 60, "No place of this case has a position: there is no map.", size=16.0)
    marked = words(20, 30, fitted(briefing.marking.text, size=16.0, width=600), size=16.0, bold=True)
    paper = mark("rect", width=640.0, height=90.0, fill=PAPER)
    return drawing(paper, marked, text, width=640.0, height=90.0, label="no map")


TARGETS = (
    Target("overview-svg", "overview.svg", _overview_svg, on_request=True),
    Target("overview-png", "overview.png", _overview_png, on_request=True),
)
