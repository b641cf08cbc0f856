"""The briefing page's map: land, corridors and place names as plain shapes, for a page that runs no script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from routegraph.briefing.pictures import MOST_DRAWN, step_statuses
from routegraph.briefing.product import Briefing
from routegraph.render.basemap import land_paths
from routegraph.render.frame import WIDTH, Frame, frame_around
from routegraph.render.labels import Label, Spot, badge_spot, place_labels
from routegraph.render.plain_text import visible

Pixels = npt.NDArray[np.float64]
_LANE = 4.5
_LONGEST_NAME = 26


@dataclass(frozen=True)
class Strand:
    """One step of a corridor as drawn: an SVG path, how it is known, an arrow head."""

    path: str
    status: str
    arrow: str


@dataclass(frozen=True)
class Line:
    """One corridor as drawn, with the spot of its number."""

    rank: int
    strands: tuple[Strand, ...]
    badge: Spot


@dataclass(frozen=True)
class Overview:
    """All shapes of the map, in pixels of a drawing ``width`` wide."""

    width: int
    height: int
    land: tuple[str, ...]
    lines: tuple[Line, ...]
    dots: tuple[Spot, ...]
    labels: tuple[Label, ...]
    scale_px: float
    scale_km: int
    unplaced: int
    statuses: tuple[str, ...] = field(default=())


def draw_overview(briefing: Briefing) -> Overview | None:
    """Return the map of the first corridors of a briefing; None where no place has a position."""
    places = briefing.tables["places"].set_index("place_id")
    located = places.loc[places["lat"].notna() & places["lon"].notna()]
    if located.empty:
        return None
    corridors = briefing.tables["corridors"].iloc[:MOST_DRAWN]
    paths = {int(rank): path.split(" > ") for rank, path in zip(corridors["rank"], corridors["path"], strict=True)}
    on_map = [place for place in dict.fromkeys(p for path in paths.values() for p in path) if place in located.index]
    shown = located.loc[on_map] if on_map else located.iloc[:12]
    tracks = {
        (origin, end): _great_circle(located, origin, end)
        for path in paths.values()
        for origin, end in pairwise(path)
        if {origin, end} <= set(located.index) and origin != end
    }
    frame = frame_around(np.vstack([shown[["lat", "lon"]].to_numpy(dtype=float), *tracks.values()]))
    lines = _lines(corridors, paths, tracks, frame, step_statuses(briefing))
    dots = tuple(Spot(*frame.pixels(shown[["lat", "lon"]].to_numpy(dtype=float))[i]) for i in range(len(shown)))
    texts = shown["name"].where(shown["name"] != "", shown.index).tolist()
    names = [visible(text, most=_LONGEST_NAME) for text in texts]
    order = np.argsort(-shown["throughflow_mean"].fillna(0).to_numpy(dtype=float), kind="stable")
    labels = place_labels(
        [(names[i], dots[i]) for i in order],
        badges=[line.badge for line in lines],
        dots=dots,
        lines=_dense([frame.pixels(track) for track in tracks.values()]),
        size=(WIDTH, frame.height),
    )
    scale_km = frame.round_km()
    return Overview(
        width=WIDTH,
        height=frame.height,
        land=land_paths(frame, regions=briefing.border == "region"),
        lines=lines,
        dots=dots,
        labels=labels,
        scale_px=round(scale_km / frame.km_per_pixel, 1),
        scale_km=scale_km,
        unplaced=len({p for path in paths.values() for p in path}) - len(on_map),
        statuses=tuple(sorted({strand.status for line in lines for strand in line.strands})),
    )


def _great_circle(located: pd.DataFrame, origin: str, end: str) -> Pixels:
    from routegraph.places.geodesy import great_circle

    ends = located.loc[[origin, end], ["lat", "lon"]].to_numpy(dtype=float)
    return np.vstack(great_circle(*ends[0], *ends[1], step_km=60))


def _lines(
    corridors: pd.DataFrame,
    paths: dict[int, list[str]],
    tracks: dict[tuple[str, str], Pixels],
    frame: Frame,
    statuses: dict[tuple[str, int], str],
) -> tuple[Line, ...]:
    lanes: dict[tuple[str, str], list[int]] = {}
    for rank, path in paths.items():
        for pair in dict.fromkeys((min(leg), max(leg)) for leg in pairwise(path)):
            lanes.setdefault(pair, []).append(rank)
    ids = dict(zip(corridors["rank"].astype(int), corridors["corridor_id"], strict=True))
    lines: list[Line] = []
    for rank, path in paths.items():
        drawn: list[Pixels] = []
        strands: list[Strand] = []
        for step, (origin, end) in enumerate(pairwise(path)):
            if (origin, end) not in tracks:
                continue
            pair = (min(origin, end), max(origin, end))
            lane = (lanes[pair].index(rank) - (len(lanes[pair]) - 1) / 2) * _LANE * (1 if origin == pair[0] else -1)
            points = _aside(frame.pixels(tracks[origin, end]), lane)
            drawn.append(points)
            status = statuses.get((ids[rank], step), "inferred")
            strands.append(Strand(svg_path(points), status, _arrow(points)))
        if drawn:
            lines.append(Line(rank, tuple(strands), badge_spot(np.vstack(drawn), [line.badge for line in lines])))
    return tuple(lines)


def _aside(points: Pixels, by: float) -> Pixels:
    """Return a line moved sideways, so that corridors that share a leg run beside each other."""
    along = np.gradient(points, axis=0)
    length = np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)
    across = np.column_stack([-along[:, 1], along[:, 0]]) / length[:, None]
    moved: Pixels = points + by * across
    return moved


def svg_path(points: Pixels) -> str:
    """Return a line as an SVG path."""
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _dense(lines: Sequence[Pixels]) -> Pixels:
    """Return points about every four pixels along lines."""
    points = [np.empty((0, 2))]
    for line in lines:
        along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
        at = np.arange(0.0, along[-1] + 1, 4.0)
        points.append(np.column_stack([np.interp(at, along, line[:, k]) for k in (0, 1)]))
    return np.vstack(points)


def _arrow(points: Pixels) -> str:
    """Return a small arrow head a little past the middle of a step; '' where the step is too short to hold one."""
    along = np.hypot(*np.diff(points, axis=0).T)
    travelled = np.concatenate([[0], np.cumsum(along)])
    if travelled[-1] < 26:
        return ""
    at = int(np.searchsorted(travelled, 0.62 * travelled[-1]))
    tip, back = points[at], points[max(at - 1, 0)]
    ahead = (tip - back) / max(float(np.hypot(*(tip - back))), 1e-9)
    side = np.array([-ahead[1], ahead[0]])
    corners: Sequence[Pixels] = (tip + 6 * ahead, tip - 4 * ahead + 4.5 * side, tip - 4 * ahead - 4.5 * side)
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in corners) + "Z"
