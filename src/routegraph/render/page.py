"""briefing.html: the page for a reader who will not open a notebook; static, no script, prints on A4."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources

from jinja2 import StrictUndefined, Template
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from routegraph.briefing.caveats import NOT_FLOW
from routegraph.briefing.product import Briefing
from routegraph.render.overview import draw_overview
from routegraph.render.page_rows import METHOD, corridor_rows, heading, place_rows, set_aside
from routegraph.render.plain_text import visible
from routegraph.render.rank_rows import rank_tables
from routegraph.render.run_json import run_digest
from routegraph.render.target import Target

_LONGEST = 1_200


def render_page(briefing: Briefing) -> bytes:
    """Return the briefing as one HTML file that asks for nothing else.

    Everything from a record is a value that Jinja escapes; the template's source is a constant, and the page's policy
    allows one style sheet by its digest and no script at all.
    """
    css = _part("briefing.css")
    page = _template().render(
        css=Markup(css),  # noqa: S704 - a constant of this package, never data
        policy=content_policy(css),
        title=_shown(briefing.title),
        period=_shown(briefing.period),
        marking=_shown(briefing.marking.text),
        tlp=briefing.marking.tlp.lower().replace("+", "-"),
        synthetic=briefing.synthetic,
        judgements=[(_shown(judgement.text), _shown(judgement.basis)) for judgement in briefing.judgements],
        confidence=_shown(briefing.confidence),
        overview=draw_overview(briefing),
        heading=heading(briefing),
        corridors=corridor_rows(briefing),
        n_corridors=len(briefing.tables["corridors"]),
        places=place_rows(briefing),
        rankings=rank_tables(briefing),
        set_aside=set_aside(briefing),
        coverage=[(_shown(label, most=120), _shown(value)) for label, value in briefing.coverage],
        not_flow=NOT_FLOW,
        caveats=[_shown(caveat) for caveat in briefing.caveats],
        not_estimated=_left_empty(briefing.not_estimated),
        sources=[_shown(source) for source in briefing.sources],
        method=METHOD[briefing.estimator],
        digest=run_digest(briefing)[:16],
        version=_version(briefing),
    )
    return page.encode("utf-8")


def content_policy(css: str) -> str:
    """Return the page's Content-Security-Policy: nothing but its own style sheet and images in data: URIs."""
    digest = base64.b64encode(hashlib.sha256(css.encode("utf-8")).digest()).decode("ascii")
    return f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"


def _shown(text: str, *, most: int = _LONGEST) -> str:
    return visible(text, most=most)


def _left_empty(reasons: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the columns that share a reason, and the reason."""
    by_reason: dict[str, list[str]] = {}
    for column, reason in reasons.items():
        by_reason.setdefault(reason, []).append(column)
    return [(_shown(", ".join(columns), most=200), _shown(reason)) for reason, columns in by_reason.items()]


def _version(briefing: Briefing) -> str:
    versions = briefing.run.get("versions")
    return _shown(str(versions.get("routegraph", "")), most=40) if isinstance(versions, dict) else ""


def _part(name: str) -> str:
    return resources.files("routegraph.render").joinpath("templates", name).read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = SandboxedEnvironment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(_part("briefing.html"))


TARGETS = (Target("briefing", "briefing.html", render_page),)
