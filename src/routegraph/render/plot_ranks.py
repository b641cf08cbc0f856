"""Pictures of ranks: places, legs and corridors by their mean, with intervals of value and of rank."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from routegraph.briefing.words import count_of
from routegraph.render.palette import BLUE, SOFT, VERMILION
from routegraph.render.plot_figure import Picture, blank, drawable, picture
from routegraph.render.plot_rows import Row, draw_rows, height_of
from routegraph.render.shown import LONGEST_NAME, Around

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence

    import pandas as pd

    from routegraph.analysis import LegScores, PlaceScores
    from routegraph.corridors import Corridor

ACROSS = {
    "balance": "(out - in) / (out + in)",
    "authority": "share of what is received from hubs",
    "betweenness": "share of the most probable ways that pass",
    "commodity_participation": "0 = all in one family, 1 = even over all",
    "constrained_excess": "log2(flow / flow of the null): 1 = twice",
    "degree": "legs in and out",
    "disparity": "1 - p",
    "diversion": "share of what sets out that was diverted here",
    "hub": "share of what is sent to authorities",
    "mode_participation": "0 = all in one mode, 1 = even over all",
    "noise_corrected": "z: about 2 = chance hardly explains it",
    "pagerank": "share of all visits (PageRank)",
    "participation": "0 = all in one community, towards 1 = spread evenly",
    "surprise": "log2(flow / expected): 1 = twice",
    "throughflow": "consignments that start, pass or end there",
    "unavoidable": "share of flow that every way takes through it",
    "visits": "expected visits of one consignment",
}
"""What a measure counts, for its axis; one that is not here goes by its own name."""

SPOKEN = {
    "authority": "authority score", "balance": "balance of out over in", "disparity": "disparity score",
    "hub": "hub score", "noise_corrected": "noise-corrected score", "pagerank": "PageRank",
    "unavoidable": "unavoidable flow", "visits": "expected visits",
}  # fmt: skip
"""What a measure is called in a title, where its own name is no noun."""


def plot_ranks(scores: PlaceScores | LegScores, *, around: Around, top: int) -> Picture:
    """Draw the first places or legs by their mean, with 90 % intervals, rank intervals and tiers."""
    measure, spoken = scores.measure, SPOKEN.get(scores.measure, scores.measure.replace("_", " "))
    table = scores.table.dropna(subset=[f"{measure}_mean"])
    unknown = "not_estimated" in scores.parameters and not table[f"{measure}_mean"].any()
    if table.empty or unknown:
        why = str(scores.parameters.get("not_estimated", "It could be computed for nothing in this network."))
        return blank(title=f"No {spoken} to show", why=why, around=around)
    ordered = table.sort_values(f"{measure}_mean", ascending=False, kind="stable")
    shown = ordered.head(top)
    kind = "leg" if shown.index.nlevels == 2 else "place"
    rows, before = [], None
    for called, row in zip(labels(shown.index, around=around), shown.to_dict("records"), strict=True):
        tier = row.get("tier")
        rows.append(
            Row(
                label=called,
                mean=row[f"{measure}_mean"],
                low=row.get(f"{measure}_p05", np.nan),
                high=row.get(f"{measure}_p95", np.nan),
                beside=_rank(row),
                part=f"tier {tier}" if tier is not None and tier != before else "",
                colour=BLUE if tier in {None, 1} else SOFT,
            )
        )
        before = tier
    notes = [f"The first {len(shown)} of {count_of(len(table), kind)}. Dot: mean. Line: 90 % interval of the value."]
    if "rank_p05" in shown:
        notes.append(
            "Rank: its 90 % interval. Tier: what cannot be told from the highest in it at 90 %; a thin line parts them."
        )
    figure, axes = picture(
        title=_statement(ordered, kind, spoken, around=around), notes=notes, around=around, body=height_of(len(rows))
    )
    draw_rows(axes, rows, across=ACROSS.get(measure, spoken))
    return figure


def label(key: object, *, around: Around, most: int = LONGEST_NAME) -> str:
    """Return how a place or a leg is called in a picture; its id where the font cannot show its name."""
    path = key if isinstance(key, tuple) else (key,)
    names = [drawable(around.name(str(place), most=most), instead=str(place)) for place in path]
    return " > ".join(names)


def labels(keys: Iterable[object], *, around: Around, most: int = LONGEST_NAME) -> list[str]:
    """Return labels that differ: where two would read the same, both are written as place ids."""
    keys = list(keys)
    said = [label(key, around=around, most=most) for key in keys]
    return [
        text if said.count(text) == 1 else label(key, around=Around()) for key, text in zip(keys, said, strict=True)
    ]


def plot_corridors(corridors: Sequence[Corridor], *, around: Around, top: int) -> Picture:
    """Draw the flow of each corridor with its interval, its reported seizures, tier and verdict, best first."""
    if not corridors:
        return blank(title="No corridor to show", why="No corridor was flagged in these records.", around=around)
    shown = sorted(corridors, key=lambda one: one.rank)[:top]
    rows = [
        Row(
            label=f"{one.rank}  {_short(one.path, around=around)}",
            mean=one.flow_mean,
            low=one.flow_p05,
            high=one.flow_p95,
            beside="  ".join(word for word in (one.tier and f"tier {one.tier}", one.verdict.replace("_", " ")) if word),
            colour=BLUE if one.verdict in {"", "supported"} else SOFT,
        )
        for one in shown
    ]
    notes = (
        f"The first {len(shown)} of {count_of(len(corridors), 'corridor')}, best score first. Grey: its verdict warns.",
        "Dot and line: flow and its 90 % interval. Triangle: reported seizures.",
    )
    figure, axes = picture(
        title=_leading(corridors, shown[0].path, around=around),
        notes=notes,
        around=around,
        body=height_of(len(rows)),
    )
    seizures = np.array([one.seizures for one in shown], dtype=float)
    # Where flow is many times what was reported, a scale from 0 would press every count against its edge.
    apart = bool(np.median([row.mean for row in rows]) > 10 * max(np.median(seizures), 1)) and all(
        row.low > 0 for row in rows
    )
    draw_rows(axes, rows, across="consignments whose way lies on it, half of it or more", log=apart or None)
    axes.scatter(
        np.where(seizures > 0, seizures, np.nan), np.arange(len(shown)) + 0.28, marker="^", s=18, c=VERMILION, zorder=4
    )
    if axes.get_xscale() == "linear":
        axes.set_xlim(0, max(axes.get_xlim()[1], float(seizures.max()) * 1.05))
    return figure


def _leading(corridors: Sequence[Corridor], path: Sequence[str], *, around: Around) -> str:
    """Say which corridor is first, or how many cannot be told from it."""
    alike, n = sum(one.tier == "1" for one in corridors), count_of(len(corridors), "corridor")
    if alike > 1:
        return f"{alike} of {n} cannot be told from the most notable"
    return f"{_short(path, around=around)} is the most notable of {n}"


def _short(path: Sequence[str], *, around: Around) -> str:
    """Return the ends of a corridor and its middle place, or how many lie between."""
    if len(path) <= 3:
        return " > ".join(label(place, around=around, most=20) for place in path)
    inner = f" > ({len(path) - 2} between) > "
    return label(path[0], around=around, most=20) + inner + label(path[-1], around=around, most=20)


def _rank(row: Mapping[Hashable, Any]) -> str:
    best, worst = row.get("rank_p05", np.nan), row.get("rank_p95", np.nan)
    if not np.isfinite(best) or not np.isfinite(worst):
        return ""
    return f"rank {best:,.0f}" if best == worst else f"rank {best:,.0f}-{worst:,.0f}"


def _statement(ordered: pd.DataFrame, kind: str, spoken: str, *, around: Around) -> str:
    """Return the title as a sentence of what the picture shows, which claims no more than the tiers do."""
    whole = count_of(len(ordered), kind)
    if "tier" not in ordered:
        return f"{spoken[:1].upper()}{spoken[1:]} of {whole}"
    first = int((ordered["tier"] == ordered["tier"].iloc[0]).sum())
    if first == 1:
        return f"{label(ordered.index[0], around=around)} has the highest {spoken} of {whole}"
    if first == len(ordered):
        return f"None of {whole} can be told from the highest by {spoken}"
    return f"{first:,} of {whole} cannot be told from the highest by {spoken}"
