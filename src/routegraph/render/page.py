"""briefing.html: the page for a reader who will not open a notebook; static, no script, prints on A4."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import lru_cache, partial
from importlib import resources

from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from routegraph.briefing.chapters import document_of
from routegraph.briefing.document import SYNTHETIC_LINE, Block, Figure, Interval
from routegraph.briefing.product import Briefing
from routegraph.render.figures import figure_svg
from routegraph.render.fonts import font_faces
from routegraph.render.plain_text import visible
from routegraph.render.target import Target

_LONGEST = 1_200
_BAR = 120.0
_BEYOND_LATIN = "\u0e00"


def render_page(briefing: Briefing) -> bytes:
    """Return the briefing as one HTML file that asks for nothing else.

    Everything from a record is a value that Jinja escapes; the templates' source is a constant, and the page's policy
    allows one style sheet by its digest, fonts and images inside the page, and no script at all.
    """
    document = document_of(briefing)
    environment = _environment().overlay()
    environment.filters["drawing"] = partial(_drawing, briefing)
    body = environment.from_string(_part("briefing_body.html")).render(document=document, synthetic_line=SYNTHETIC_LINE)
    css = _part("briefing.css") + (font_faces(body) if max(body) >= _BEYOND_LATIN else "")
    page = environment.from_string(_part("briefing.html")).render(
        document=document,
        body=Markup(body),  # noqa: S704 - rendered above, with every value escaped
        css=Markup(css),  # noqa: S704 - a constant of this package and digits of fonts, never data
        policy=content_policy(css),
    )
    return page.encode("utf-8")


def content_policy(css: str) -> str:
    """Return the page's Content-Security-Policy: its own style sheet, fonts and images in data: URIs, nothing else."""
    digest = base64.b64encode(hashlib.sha256(css.encode("utf-8")).digest()).decode("ascii")
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; font-src data:; base-uri 'none'; "
        "form-action 'none'"
    )


@dataclass(frozen=True)
class Bar:
    """An interval as it is drawn, in pixels: where it starts, its length, and where the mean stands."""

    start: float
    length: float
    mean: float


def bar(found: Interval) -> Bar:
    """Return an interval on the scale of its table."""
    start, mean, end = (
        round(_BAR * min(max(value / found.widest, 0.0), 1.0), 1) for value in (found.low, found.mean, found.high)
    )
    return Bar(start, max(round(end - start, 1), 1.0), mean)


def _drawing(briefing: Briefing, figure: Figure) -> Markup:
    """Return a figure as SVG that stands in the page."""
    return Markup(figure_svg(briefing, figure.name, alt=_shown(figure.alt)))  # noqa: S704 - every text in it is escaped where it is drawn


def _shown(text: str) -> str:
    return visible(text, most=_LONGEST)


def _kind(block: Block) -> str:
    return type(block).__name__


def _part(name: str) -> str:
    return resources.files("routegraph.render").joinpath("templates", name).read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _environment() -> SandboxedEnvironment:
    environment = SandboxedEnvironment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"shown": _shown, "kind": _kind, "drawn": bar}
    return environment


TARGETS = (Target("briefing", "briefing.html", render_page),)
