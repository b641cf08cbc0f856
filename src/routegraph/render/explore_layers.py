"""From a result to what its map in a notebook shows: dots, lines and their words, without any map library."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from routegraph.briefing.words import between, chance, count_of, number
from routegraph.flows.posterior import interval
from routegraph.render.palette import BLUE, CHANGES, COMMUNITIES, GREY, SOFT, VERMILION

if TYPE_CHECKING:
    from routegraph.analysis import LegScores, Partition, PlaceScores
    from routegraph.corridors import Corridor
    from routegraph.render.shown import Around, Case

Cells = Mapping[Hashable, Any]
Words = tuple[tuple[str, str], ...]
"""Label and value pairs, as text: whoever draws them makes them safe for its own medium."""

SMALLEST, LARGEST, THICKEST = 3.0, 12.0, 8.0
CORRIDORS = 10


@dataclass(frozen=True)
class Dot:
    """A place: its id, radius and colour, and what a click says."""

    place: str
    title: str
    words: Words
    radius: float = SMALLEST
    colour: str = BLUE


@dataclass(frozen=True)
class Line:
    """A way over places, its width and colour, and what a click says."""

    path: tuple[str, ...]
    title: str
    words: Words
    width: float = 1.0
    colour: str = BLUE


@dataclass(frozen=True)
class Layer:
    """What is switched on and off together."""

    name: str
    dots: tuple[Dot, ...] = ()
    lines: tuple[Line, ...] = ()
    shown: bool = True


def place_layers(scores: PlaceScores, *, around: Around, top: int) -> list[Layer]:
    """Return a dot a place, as large as its score."""
    table = _first(scores, top=top)
    mean = table[f"{scores.measure}_mean"]
    dots = [
        Dot(str(place), around.name(str(place)), _measured(row, scores.measure), radius)
        for place, row, radius in zip(table.index, table.to_dict("records"), _radii(mean), strict=True)
    ]
    return [Layer(_title(scores.measure, len(table), len(scores.table), "place"), dots=tuple(dots))]


def leg_layers(scores: LegScores, *, around: Around, top: int) -> list[Layer]:
    """Return a line a leg, as wide as its score; where it is a change, in the colour of what happened."""
    table = _first(scores, top=top)
    what = table["what"].astype(str) if "what" in table else pd.Series("", index=table.index)
    colours = [CHANGES.get(word, SOFT if "what" in table else BLUE) for word in what]
    widths = _widths(table[f"{scores.measure}_mean"].abs())
    lines = [
        Line(tuple(leg), around.way(tuple(leg)), _measured(row, scores.measure), width, colour)
        for leg, row, width, colour in zip(table.index, table.to_dict("records"), widths, colours, strict=True)
    ]
    return [Layer(_title(scores.measure, len(table), len(scores.table), "leg"), lines=tuple(lines))]


def community_layers(partition: Partition, *, around: Around, shown: bool = True) -> list[Layer]:
    """Return a layer a community, the largest first, so that each can be looked at alone; the small ones together."""
    numbers = partition.table["community"]
    groups: list[tuple[str, str, pd.Series]] = []
    for one, colour in enumerate(COMMUNITIES, start=1):
        called = str(partition.names.get(one, f"community {one}"))
        groups.append((f"{one}. {called}", colour, numbers == one))
    groups.append(("smaller communities", GREY, numbers > len(COMMUNITIES)))
    groups.append((str(partition.names.get(0, "in no community")), GREY, numbers == 0))
    layers = []
    for name, colour, chosen in groups:
        members = partition.table.loc[chosen]
        dots = tuple(
            Dot(str(place), around.name(str(place)), _community(row, partition), 6.0, colour)
            for place, row in zip(members.index, members.to_dict("records"), strict=True)
        )
        if dots:
            layers.append(Layer(f"{name}: {count_of(len(dots), 'place')}", dots=dots, shown=shown))
    return layers


def corridor_layers(corridors: Sequence[Corridor], *, around: Around, most: int) -> list[Layer]:
    """Return a layer a corridor, best first."""
    ranked = sorted(corridors, key=lambda one: one.rank)[:most]
    widths = _widths(pd.Series([one.flow_mean for one in ranked], dtype=float))
    return [
        Layer(
            f"Corridor {one.rank}: {around.name(one.path[0])} > {around.name(one.path[-1])}",
            dots=tuple(Dot(stop, around.name(stop), (), 4.0, VERMILION) for stop in dict.fromkeys(one.path)),
            lines=(Line(tuple(one.path), around.way(one.path), _corridor(one), width + 1.5, VERMILION),),
        )
        for one, width in zip(ranked, widths, strict=True)
    ]


def case_layers(case: Case, *, around: Around, top: int) -> list[Layer]:
    """Return everything of a run: legs by flow, corridors, places by throughflow, and communities to switch on."""
    graph, posterior = case.graph, case.posterior
    table = interval(posterior.legs, name="flow").set_axis(graph.legs.index, axis=0)
    table["reported"] = case.reported.legs["seizures"].reindex(graph.legs.index).fillna(0.0)
    table = table.loc[_order(table["flow_mean"])[:top]]
    table = table.loc[table["flow_mean"] > 0]
    lines = tuple(
        Line(tuple(leg), around.way(tuple(leg)), _flow(row), width, SOFT)
        for leg, row, width in zip(table.index, table.to_dict("records"), _widths(table["flow_mean"]), strict=True)
    )
    layers = [Layer(_title("Flow", len(lines), len(graph.legs), "leg"), lines=lines)]
    layers += corridor_layers(case.corridors, around=around, most=CORRIDORS)
    through = case.scores.get("throughflow")
    if through is not None and through.table.index.nlevels == 1:
        layers += place_layers(through, around=around, top=top)  # type: ignore[arg-type]
    return layers + community_layers(case.partition, around=around, shown=False)


def _first(scores: PlaceScores | LegScores, *, top: int) -> pd.DataFrame:
    """Return the rows of the highest means; of a change, of the largest either way, those with a name first."""
    mean = scores.table[f"{scores.measure}_mean"].dropna()
    if "what" in scores.table:
        mean = mean.abs() + 1e6 * (scores.table.loc[mean.index, "what"] != "")
    return scores.table.loc[_order(mean)[:top]]


def _order(values: pd.Series) -> pd.Index:
    return values.round(9).sort_index().sort_values(ascending=False, kind="stable").index


def _radii(mean: pd.Series) -> list[float]:
    return [round(SMALLEST + (LARGEST - SMALLEST) * share, 2) for share in _shares(mean)]


def _widths(mean: pd.Series) -> list[float]:
    return [round(1.0 + (THICKEST - 1.0) * share, 2) for share in _shares(mean)]


def _shares(mean: pd.Series) -> Iterable[float]:
    """Return square roots of values as shares of the largest, so that areas compare."""
    values = np.maximum(np.nan_to_num(mean.to_numpy(dtype=float)), 0.0)
    largest = values.max(initial=0.0)
    return np.sqrt(values / largest).tolist() if largest > 0 else [0.0] * len(values)


def _title(what: str, shown: int, whole: int, kind: str) -> str:
    first = count_of(whole, kind) if shown == whole else f"first {shown:,} of {count_of(whole, kind)}"
    return f"{what.replace('_', ' ').capitalize()}: {first}"


def _measured(row: Cells, measure: str) -> Words:
    low, high = (row.get(f"{measure}_{end}", np.nan) for end in ("p05", "p95"))
    words = [(measure.replace("_", " "), number(row[f"{measure}_mean"])), ("90 % interval", between(low, high))]
    best, worst = row.get("rank_p05", np.nan), row.get("rank_p95", np.nan)
    if np.isfinite(best) and np.isfinite(worst):
        words.append(("rank, 90 % interval", between(best, worst)))
    if np.isfinite(row.get("tier", np.nan)):
        words.append(("tier", number(float(row["tier"]))))
    if row.get("what"):
        words.append(("what happened", f"{row['what']} ({chance(row['probability'])})".replace("_", " ")))
    return tuple(words)


def _flow(row: Cells) -> Words:
    return (
        ("flow", number(row["flow_mean"])),
        ("90 % interval", between(row["flow_p05"], row["flow_p95"])),
        ("reported seizures", number(row["reported"])),
    )


def _community(row: Cells, partition: Partition) -> Words:
    one = int(row["community"])
    words = [("community", str(partition.names.get(one, one)))]
    if np.isfinite(row["stability"]):
        words.append(("stability", number(row["stability"])))
    return tuple(words)


def _corridor(one: Corridor) -> Words:
    words = [
        ("rank", str(one.rank)),
        ("score", number(round(one.score, 2))),
        ("flow", number(one.flow_mean)),
        ("90 % interval", between(one.flow_p05, one.flow_p95)),
        ("reported seizures", number(one.seizures)),
        ("verdict", one.verdict.replace("_", " ")),
        ("tier", str(one.tier)),
        *(("why", reason) for reason in one.reasons[:3]),
        ("records", count_of(one.n_records, "record")),
    ]
    return tuple((name, value) for name, value in words if value)
