"""What a picture carries when it travels alone: marking, title, key, what it shows, and what it cannot tell."""

from __future__ import annotations

import re

import numpy as np

from routegraph.briefing.caveats import NOT_FLOW
from routegraph.briefing.document import SYNTHETIC_LINE
from routegraph.briefing.estimates import place_names, way
from routegraph.briefing.pictures import MOST_DRAWN, counts_figure, drawn_steps, overview_figure, places_figure
from routegraph.briefing.place_rows import places_to_watch
from routegraph.briefing.product import Briefing
from routegraph.briefing.run_facts import run_digest
from routegraph.render.figure_marks import INK, PAPER, RULE, SOFT, drawing, fitted, mark, width_of, words, wrapped
from routegraph.render.figure_ribbon import THICK, Step, band, casing, core
from routegraph.render.palette import tlp_colour

"""Of the marking on black: FIRST, Traffic Light Protocol 2.0."""

_SIZE = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')
_BANNER, _SMALL, _LINE = 24.0, 13.0, 17.5
_KNOWN = {"travelled": "travelled", "intended": "only bound", "inferred": "inferred"}
_LATER = 99


def framed(inner: str, briefing: Briefing, name: str) -> str:
    """Return a figure's SVG with marking, title, key, caption, caveat, period and run digest around it."""
    found = _SIZE.search(inner)
    if found is None:
        raise ValueError("a figure without a size")
    wide, high = (float(size) for size in found.groups())
    head, top = _head(briefing, name, wide)
    foot, depth = _foot(briefing, name, wide, top + high)
    whole = top + high + depth + _BANNER
    placed = inner.replace("<svg ", f'<svg y="{top:.1f}" width="{wide:.1f}" height="{high:.1f}" ', 1)
    paper = mark("rect", width=wide, height=whole, fill=PAPER)
    banners = [_banner(briefing, wide, y) for y in (0.0, whole - _BANNER)]
    return drawing(paper, head, placed, foot, *banners, width=wide, height=whole, label=f"{briefing.title}: {name}")


def _banner(briefing: Briefing, wide: float, y: float) -> str:
    said = fitted(briefing.marking.text, size=14.0, width=wide - 20)
    colour = tlp_colour(briefing.marking.tlp)
    ground = mark("rect", x=0.0, y=y, width=wide, height=_BANNER, fill="#000000")
    return ground + words(wide / 2, y + 17, said, size=14.0, anchor="middle", bold=True, fill=colour)


def _head(briefing: Briefing, name: str, wide: float) -> tuple[str, float]:
    """Return title lines and the notice of synthetic data, and where the picture begins."""
    room = wide - 20
    lines = wrapped(_headline(briefing, name), size=16.5, width=room, lines=3)
    y = _BANNER + 21.0
    parts = []
    for line in lines:
        parts.append(words(10.0, y, line, size=16.5, bold=True))
        y += 20.0
    for line in wrapped(f"{briefing.title}, {briefing.period}", size=_SMALL, width=room, lines=2):
        parts.append(words(10.0, y, line, size=_SMALL, fill=SOFT))
        y += _LINE
    y -= 8.5
    if briefing.synthetic:
        parts.append(mark("rect", x=0.0, y=y, width=wide, height=22.0, fill="#ffe9b8"))
        parts.append(words(wide / 2, y + 16, SYNTHETIC_LINE, size=14.0, anchor="middle", bold=True, fill=INK))
        y += 22.0
    return "".join(parts), y


def _headline(briefing: Briefing, name: str) -> str:
    counts = briefing.estimator == "counts"
    if name.startswith("corridor "):
        corridors = briefing.tables["corridors"]
        path = corridors.loc[corridors["rank"] == int(name.split()[1]), "path"].iloc[0]
        return f"Corridor {name.split()[1]}: {way(path, place_names(briefing))}"
    return {
        "overview": "The first corridors, by rank",
        "flow against counts": "What counts alone would say, and estimated flow",
        "places": "Places to watch: " + ("reported counts" if counts else "what passes, and the chance of a seizure"),
        "periods": ("Reported counts" if counts else "Estimated flow") + " by period on the first corridors",
    }[name]


def _foot(briefing: Briefing, name: str, wide: float, top: float) -> tuple[str, float]:
    """Return key, caption, caveat and run digest under the picture, and how much room they take."""
    parts, y = [mark("line", x1=0.0, y1=top, x2=wide, y2=top, stroke=RULE, stroke_width=1.0)], top + 10.0
    if name == "overview" or name.startswith("corridor "):
        key, y = _key(briefing, name, y + 8, wide)
        parts.append(key)
    digest = f"routegraph, run {run_digest(briefing)[:16]}"
    for text in (_caption(briefing, name), NOT_FLOW, digest):
        for line in wrapped(text, size=_SMALL, width=wide - 20, lines=5):
            y += _LINE
            parts.append(words(10.0, y - 4, line, size=_SMALL, fill=SOFT))
    return "".join(parts), y + 8.0 - top


def _caption(briefing: Briefing, name: str) -> str:
    told = briefing.levels_told
    if name == "overview":
        figure = overview_figure(briefing)
        return figure.caption if figure else ""
    if name == "flow against counts":
        figure = counts_figure(briefing)
        return figure.caption if figure else ""
    if name == "places":
        figure = places_figure(briefing, places_to_watch(briefing))
        return figure.caption if figure else ""
    if name == "periods":
        how = "bands are 90 % credible intervals" if told else "shares of each leg's largest period; no level is told"
        return f"All that moves on the busiest leg of each corridor; {how}."
    return (
        "Stops in order of travel; faint lines are other legs at these stops. Lines are great circles, not the way "
        "taken. Borders and coasts: Natural Earth; they express no opinion on any border."
    )


def _key(briefing: Briefing, name: str, y: float, wide: float) -> tuple[str, float]:
    """Return samples of the lines that the map shows and what their width says, and where the next line begins."""
    steps = drawn_steps(briefing)
    ranks = [rank for rank in steps if rank <= MOST_DRAWN] if name == "overview" else [int(name.split()[1])]
    shown = {status for rank in ranks for *_, status in steps.get(rank, ())}
    if not shown:
        return "", y - 8
    more = "wider: more reported" if briefing.estimator == "counts" else "wider: more flow"
    each = [(status, said, 4.0, np.nan) for status, said in _KNOWN.items() if status in shown]
    if briefing.levels_told:
        each += [
            ("travelled", more, THICK, np.nan),
            ("travelled", "pale: to the upper end of its 90 % interval", 4.0, 11.0),
        ]
    else:
        each.append(("travelled", f"{more}, as a share; no level is told", THICK, np.nan))
    parts, x = list[str](), 10.0
    for status, said, thick, upper in each:
        needed = 40 + width_of(said, size=_SMALL)
        if x > 10.0 and x + needed > wide - 10:
            x, y = 10.0, y + 20
        parts += [_sample(status, x, y, wide=thick, upper=upper), words(x + 40, y + 5, said, size=_SMALL)]
        x += needed + 8
    return "".join(parts), y + 14


def _sample(status: str, x: float, y: float, *, wide: float, upper: float = np.nan) -> str:
    step = Step(_LATER, status, wide, upper, np.array([[x, y], [x + 34, y]]))
    return casing(step) + band(step) + core(step)
