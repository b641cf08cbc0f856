"""The figures of a document: which there are in this case, what they show in words, and their captions."""

from __future__ import annotations

from itertools import pairwise

import pandas as pd

from routegraph.briefing.document import Figure
from routegraph.briefing.estimates import place_names, table_of, way
from routegraph.briefing.positions import positions
from routegraph.briefing.product import Briefing
from routegraph.briefing.words import count_of, listing

MOST_DRAWN = 10
"""Corridors on the overview map."""

_KNOWN = {
    "travelled": "solid where a seized consignment travelled",
    "intended": "dashed where it was only bound",
    "inferred": "dotted where the step was inferred between reported points",
}
_BORDERS = "Borders and coasts: Natural Earth; they express no opinion on any border."


def step_statuses(briefing: Briefing) -> dict[tuple[str, int], str]:
    """Return how each step of each corridor is best known: travelled before intended before inferred."""
    uses = briefing.tables["evidence"]
    uses = uses.loc[uses["kind"] == "corridor", ["id", "step", "status"]].drop_duplicates()
    best: dict[tuple[str, int], str] = {}
    for status in ("inferred", "intended", "travelled"):
        known = uses.loc[uses["status"] == status]
        best |= dict.fromkeys(zip(known["id"], known["step"].astype(int), strict=True), status)
    return best


def drawn_steps(briefing: Briefing) -> dict[int, tuple[tuple[str, str, str], ...]]:
    """Return rank -> the steps of a corridor that a map can draw, as origin, destination and status."""
    located, statuses = _located(briefing), step_statuses(briefing)
    corridors = briefing.tables["corridors"]
    found = {}
    for rank, key, path in zip(corridors["rank"], corridors["corridor_id"], corridors["path"], strict=True):
        steps = [
            (origin, end, statuses.get((key, step), "inferred"))
            for step, (origin, end) in enumerate(pairwise(path.split(" > ")))
            if origin != end and {origin, end} <= located
        ]
        if steps:
            found[int(rank)] = tuple(steps)
    return found


def overview_figure(briefing: Briefing) -> Figure | None:
    """Return the map of the first corridors; None where no place has a position."""
    located = _located(briefing)
    if not located:
        return None
    drawn = {rank: steps for rank, steps in drawn_steps(briefing).items() if rank <= MOST_DRAWN}
    if not drawn:
        places = count_of(min(len(located), 12), "place")
        return Figure("overview", f"Map of {places}. No corridor is drawn.", f"No corridor is drawn. {_BORDERS}")
    corridors = briefing.tables["corridors"].iloc[:MOST_DRAWN]
    names, first = place_names(briefing), count_of(len(corridors), "corridor")
    each = [
        f"{rank}, {way(path, names)}"
        for rank, path in zip(corridors["rank"], corridors["path"], strict=True)
        if rank in drawn
    ]
    statuses = {status for steps in drawn.values() for *_, status in steps}
    lines = listing([text for status, text in _KNOWN.items() if status in statuses])
    named = {place for path in corridors["path"] for place in path.split(" > ")}
    off = len(named - located)
    return Figure(
        "overview",
        f"Map of {'' if len(drawn) == len(corridors) else f'{len(drawn)} of '}the first {first}: {'; '.join(each)}.",
        f"Numbers are ranks. Lines are {lines}; they show the order of places, not the way. "
        f"{_widths(briefing)} "
        + (f"{count_of(off, 'place')} without a position {'is' if off == 1 else 'are'} not drawn. " if off else "")
        + _BORDERS,
    )


def _widths(briefing: Briefing) -> str:
    """Return what the width of a line says."""
    more = "Wider: more reported" if briefing.estimator == "counts" else "Wider: more flow"
    return f"{more}; pale: 90\u00a0% interval." if briefing.levels_told else f"{more}, as a share."


def corridor_figure(rank: int, path: str) -> Figure:
    """Return the small map of a corridor, whose places are named in ``path``."""
    return Figure(f"corridor {rank}", f"Map of corridor {rank}: {path}.", small=True)


def _located(briefing: Briefing) -> set[str]:
    return set(positions(table_of(briefing, "places")))


def counts_figure(briefing: Briefing) -> Figure | None:
    """Return the plot of reported counts beside estimated flow; None where there is no second ranking."""
    ranks = briefing.rankings
    if ranks is None or not ranks.legs["flow_mean"].notna().any():
        return None
    if not briefing.levels_told:
        alt = "For the first legs: reported seizures beside estimated flow, as a share of the largest."
        return Figure("flow against counts", f"{alt} The table has the ranks.", f"{alt} No level is told.")
    return Figure(
        "flow against counts",
        "Of the first legs: reported seizures beside estimated flow with its 90 % interval; the table has them.",
        "Reported seizures and estimated flow of the first legs; bars are 90 % credible intervals.",
    )


def places_figure(briefing: Briefing, places: pd.DataFrame) -> Figure | None:
    """Return the plot of what passes the first places; None where there is nothing to draw."""
    if places.empty:
        return None
    what = "Smoothed counts" if briefing.estimator == "counts" else "Estimated flow"
    measured = "with 90 % intervals" if briefing.levels_told else "as a share of the largest; no level is told"
    said = f"{what} at the first {count_of(len(places), 'place')}, {measured}."
    return Figure("places", f"{said} The table has the same.", said)
