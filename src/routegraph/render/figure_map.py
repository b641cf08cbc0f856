"""Maps of the static figures: the first corridors of a case, and one corridor on its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from routegraph.briefing.estimates import place_names as names_of
from routegraph.briefing.pictures import MOST_DRAWN, drawn_steps
from routegraph.briefing.product import Briefing
from routegraph.render.basemap import land_paths
from routegraph.render.figure_marks import (
    COAST,
    INK,
    LAND,
    PAPER,
    SEA,
    Pixels,
    badge,
    drawing,
    mark,
    one_line,
    path_of,
    rank_colour,
    words,
)  # fmt: skip
from routegraph.render.figure_names import overlap, place_names
from routegraph.render.frame import EARTH_KM, Frame, frame_around
from routegraph.render.labels import Box, Spot, badge_spot

OVERVIEW_WIDE, CORRIDOR_WIDE = 640, 440
_SIZE = 15.5
_THIN, _THICK, _BUNDLE = 2.2, 7.0, 34.0
_LONGEST_NAME = 24
_MOST_NAMED = 14
_DASHES = {"intended": "{0:.1f} {0:.1f}", "inferred": "0.1 {0:.1f}"}

Leg = tuple[str, str]


@dataclass(frozen=True)
class Step:
    """One step of a corridor as drawn: its rank, how it is known, how wide it is, and its points in pixels."""

    rank: int
    status: str
    wide: float
    points: Pixels


def overview_svg(briefing: Briefing, *, alt: str) -> str:
    """Return the map of the first corridors: wider where more flow, ranks in badges, the ends named."""
    located = _located(briefing)
    corridors = {rank: steps for rank, steps in drawn_steps(briefing).items() if rank <= MOST_DRAWN}
    stops = dict.fromkeys(place for steps in corridors.values() for one in steps for place in one[:2])
    shown = located.loc[list(stops)] if stops else located.iloc[:12]
    tracks = _tracks(corridors, located)
    frame = _frame(shown, tracks, width=OVERVIEW_WIDE, shape=(1.4, 1.6), pad=0.07, least_km=550.0)
    steps = _side_by_side(corridors, tracks, frame, _widths(briefing))
    badges = list[tuple[int, Spot]]()
    for rank in corridors:
        line = np.vstack([step.points for step in steps if step.rank == rank])
        badges.append((rank, badge_spot(line, [spot for _, spot in badges])))
    dots = _dots(shown, frame)
    ends = dict.fromkeys(place for own in corridors.values() for place in (own[0][0], own[-1][1]))
    others = shown.loc[[place not in ends for place in shown.index]].sort_values(
        "throughflow_mean", ascending=False, kind="stable", na_position="last"
    )
    named = [*ends, *others.index][:_MOST_NAMED]
    return _map(
        frame, briefing, steps, alt=alt, dots=list(dots.values()), far=False,
        badges="".join(badge(rank, spot.x, spot.y, radius=12.0) for rank, spot in reversed(badges)),
        named=[(_name(briefing, place), dots[place]) for place in named],
        taken=[_around(spot, 13.0) for _, spot in badges],
    )  # fmt: skip


def corridor_svg(briefing: Briefing, rank: int, *, alt: str) -> str:
    """Return the map of one corridor, cut to it, its stops numbered and named in the order of travel."""
    located = _located(briefing)
    corridors = {rank: drawn_steps(briefing)[rank]}
    tracks = _tracks(corridors, located)
    path = _path(briefing, rank)
    stops = [place for place in dict.fromkeys(path) if place in located.index]
    shown = located.loc[[place for place in stops if any(place in step[:2] for step in corridors[rank])]]
    frame = _frame(shown, tracks, width=CORRIDOR_WIDE, shape=(1.3, 1.5), pad=0.16, least_km=150.0)
    steps = _side_by_side(corridors, tracks, frame, {rank: 4.0})
    dots = _dots(shown, frame)
    named = [
        (f"{' and '.join(str(k + 1) for k, stop in enumerate(path) if stop == place)} {_name(briefing, place)}", dot)
        for place, dot in dots.items()
    ]
    return _map(frame, briefing, steps, alt=alt, dots=list(dots.values()), badges="", named=named, taken=(), far=True)


def _map(  # noqa: PLR0913
    frame: Frame, briefing: Briefing, steps: Sequence[Step], *, alt: str, dots: Sequence[Spot], badges: str,
    named: Sequence[tuple[str, Spot]], taken: Sequence[Box], far: bool,
) -> str:  # fmt: skip
    wide, high = frame.width, frame.height
    lines = _dense([step.points for step in steps])
    taken = [*taken, *(_around(dot, 5.0) for dot in dots)]
    corners = list(_furniture(frame, lines, taken))
    names = place_names(
        named, taken=[*taken, *(box for box, _ in corners)], lines=lines, size=_SIZE, window=(wide, high), far=far
    )
    land = land_paths(frame, regions=briefing.border == "region")
    return drawing(
        mark("rect", width=wide, height=high, fill=SEA),
        *(mark("path", d=d, fill=LAND, stroke=COAST, stroke_width=0.7, stroke_linejoin="round") for d in land),
        *(mark("path", d=path_of(one.points), fill="none", stroke=PAPER, stroke_width=one.wide + 2.6,
               stroke_linecap="round", stroke_linejoin="round", stroke_opacity=0.85) for one in steps),
        *(_stroke(one) for one in reversed(steps)),
        *(_arrow(one) for one in reversed(steps)),
        *(mark("circle", cx=dot.x, cy=dot.y, r=4.2, fill=PAPER, stroke=INK, stroke_width=2.0) for dot in dots),
        *(drawn for _, drawn in corners),
        *(name.drawn(size=_SIZE) for name in names),
        badges,
        width=wide, height=high, label=alt,
    )  # fmt: skip


def _stroke(step: Step) -> str:
    gap = max(7.0, 2.1 * step.wide) if step.status == "inferred" else max(8.0, 2.4 * step.wide)
    dashes = _DASHES.get(step.status)
    return mark(
        "path", d=path_of(step.points), fill="none", stroke=rank_colour(step.rank), stroke_width=step.wide,
        stroke_linecap="round" if step.status != "intended" else "butt", stroke_linejoin="round",
        stroke_dasharray=dashes.format(gap) if dashes else None,
    )  # fmt: skip


def _arrow(step: Step) -> str:
    """Return a small head a little past the middle of a step; nothing where the step is too short to hold one."""
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(step.points, axis=0).T))])
    size = 5.0 + step.wide
    if along[-1] < 3.2 * size:
        return ""
    at, before = 0.64 * along[-1], 0.60 * along[-1]
    tip, back = (np.array([np.interp(s, along, step.points[:, k]) for k in (0, 1)]) for s in (at, before))
    ahead = (tip - back) / max(float(np.hypot(*(tip - back))), 1e-9)
    side = np.array([-ahead[1], ahead[0]])
    corners = np.vstack(
        [tip + 0.7 * size * ahead, tip - 0.5 * size * (ahead - side), tip - 0.5 * size * (ahead + side)]
    )
    return mark(
        "path", d=path_of(corners, closed=True), fill=rank_colour(step.rank), stroke=PAPER, stroke_width=1.2,
        paint_order="stroke",
    )  # fmt: skip


def _furniture(frame: Frame, lines: Pixels, taken: Sequence[Box]) -> Iterator[tuple[Box, str]]:
    """Yield scale bar and north arrow, each in whichever corner it covers least, with the box that it takes."""
    km = frame.round_km()
    long, wide, high = km / frame.km_per_pixel, float(frame.width), float(frame.height)
    needed = max(long, 60.0) + 12

    def emptiest(boxes: Sequence[Box]) -> Box:
        return min(boxes, key=lambda box: (_inside(lines, box), sum(overlap(box, other) for other in taken)))

    box = emptiest([(x, y, x + needed, y + 34) for y in (high - 38, 4.0) for x in (6.0, wide - needed - 6)])
    x, y = box[0] + 6, box[3] - 12
    bar = mark("path", d=f"M{x:.1f} {y:.1f}v6h{long:.1f}v-6", fill="none", stroke=INK, stroke_width=1.8)
    yield box, bar + words(x + 1, y + 0.5, f"{km:,} km", size=14.0, halo=True)
    spots = [(x, y, x + 26, y + 40) for y in (6.0, high - 46) for x in (wide - 34, 8.0)]
    box = emptiest([one for one in spots if not overlap(one, box)])
    yield box, _north(frame, (box[0] + box[2]) / 2, (box[1] + box[3]) / 2)


def _north(frame: Frame, x: float, y: float) -> str:
    """Return an arrow that points north where it stands: on this projection that is not always up."""
    here = _position(frame, x, y)
    up = (frame.pixels(np.array([[min(here[0] + 0.05, 90.0), here[1]]])) - frame.pixels(np.array([here])))[0]
    length = float(np.hypot(*up))
    ahead = up / length if length > 1e-9 else np.array([0.0, -1.0])
    side, middle = np.array([-ahead[1], ahead[0]]), np.array([x, y])
    tip, foot = middle + 18 * ahead, middle + 2 * ahead
    head = path_of(np.vstack([tip, foot + 6.5 * side, foot + 4 * ahead, foot - 6.5 * side]), closed=True)
    at = middle - 10 * ahead
    return mark("path", d=head, fill=INK, stroke=PAPER, stroke_width=1.5, paint_order="stroke") + words(
        float(at[0]), float(at[1]) + 5, "N", size=14.0, anchor="middle", bold=True, halo=True
    )


def _position(frame: Frame, x: float, y: float) -> tuple[float, float]:
    """Return latitude and longitude of a pixel."""
    east, north = frame.west + x * frame.km_per_pixel, frame.north - y * frame.km_per_pixel
    away = float(np.hypot(east, north))
    if away < 1e-6 or away >= 2 * EARTH_KM:
        return frame.lat, frame.lon
    angle, phi = 2 * np.arcsin(away / (2 * EARTH_KM)), np.radians(frame.lat)
    lat = np.arcsin(np.clip(np.cos(angle) * np.sin(phi) + north * np.sin(angle) * np.cos(phi) / away, -1, 1))
    lon = np.arctan2(east * np.sin(angle), away * np.cos(phi) * np.cos(angle) - north * np.sin(phi) * np.sin(angle))
    return float(np.degrees(lat)), float(frame.lon + np.degrees(lon))


def _located(briefing: Briefing) -> pd.DataFrame:
    places = briefing.tables["places"].set_index("place_id")
    return places.loc[places["lat"].notna() & places["lon"].notna()]


def _path(briefing: Briefing, rank: int) -> list[str]:
    corridors = briefing.tables["corridors"]
    return str(corridors.loc[corridors["rank"] == rank, "path"].iloc[0]).split(" > ")


def _name(briefing: Briefing, place: str) -> str:
    return one_line(names_of(briefing).get(place, place), most=_LONGEST_NAME)


def _widths(briefing: Briefing) -> dict[int, float]:
    """Return a width for each corridor, by the square root of its share of the largest flow, so that no level leaks."""
    corridors = briefing.tables["corridors"].iloc[:MOST_DRAWN]
    flows = corridors["flow_mean"].fillna(0.0).to_numpy(dtype=float)
    most = flows.max(initial=0.0)
    shares = np.sqrt(np.clip(flows / most, 0.0, 1.0)) if 0 < most < np.inf else np.zeros(len(flows))
    return {int(k): _THIN + (_THICK - _THIN) * float(s) for k, s in zip(corridors["rank"], shares, strict=True)}


def _tracks(corridors: dict[int, tuple[tuple[str, str, str], ...]], located: pd.DataFrame) -> dict[Leg, Pixels]:
    return {(a, b): _great_circle(located, a, b) for steps in corridors.values() for a, b, _ in steps}


def _great_circle(located: pd.DataFrame, origin: str, end: str) -> Pixels:
    from routegraph.places.geodesy import great_circle

    ends = located.loc[[origin, end], ["lat", "lon"]].to_numpy(dtype=float)
    return np.vstack(great_circle(*ends[0], *ends[1], step_km=60))


def _frame(
    shown: pd.DataFrame, tracks: dict[Leg, Pixels], *, width: int, shape: tuple[float, float], pad: float,
    least_km: float,
) -> Frame:  # fmt: skip
    positions = np.vstack([shown[["lat", "lon"]].to_numpy(dtype=float), *tracks.values()])
    return frame_around(positions, width=width, shape=shape, pad=pad, least_km=least_km)


def _dots(shown: pd.DataFrame, frame: Frame) -> dict[str, Spot]:
    pixels = frame.pixels(shown[["lat", "lon"]].to_numpy(dtype=float))
    return {str(place): Spot(float(x), float(y)) for place, (x, y) in zip(shown.index, pixels, strict=True)}


def _side_by_side(
    corridors: dict[int, tuple[tuple[str, str, str], ...]], tracks: dict[Leg, Pixels], frame: Frame,
    widths: dict[int, float],
) -> list[Step]:  # fmt: skip
    """Return all steps; corridors that share a leg run beside each other, whichever way they go."""
    users: dict[Leg, list[int]] = {}
    for rank, steps in corridors.items():
        for pair in dict.fromkeys((min(a, b), max(a, b)) for a, b, _ in steps):
            users.setdefault(pair, []).append(rank)
    found = []
    for rank, steps in corridors.items():
        for a, b, status in steps:
            pair = (min(a, b), max(a, b))
            aside, squeeze = _lane(users[pair], rank, widths)
            points = _aside(frame.pixels(tracks[a, b]), aside if a == pair[0] else -aside)
            found.append(Step(rank, status, widths[rank] * squeeze, points))
    return found


def _lane(users: Sequence[int], rank: int, widths: dict[int, float]) -> tuple[float, float]:
    """Return how far from the middle of a bundle one corridor runs, and by how much all of the bundle is squeezed."""
    each = [widths[one] + 1.2 for one in users]
    squeeze = min(1.0, _BUNDLE / sum(each))
    k = users.index(rank)
    return squeeze * (sum(each[:k]) + each[k] / 2 - sum(each) / 2), squeeze


def _aside(points: Pixels, by: float) -> Pixels:
    along = np.gradient(points, axis=0)
    length = np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)
    moved: Pixels = points + by * np.column_stack([-along[:, 1], along[:, 0]]) / length[:, None]
    return moved


def _dense(lines: Sequence[Pixels]) -> Pixels:
    """Return points about every four pixels along lines."""
    points = [np.empty((0, 2))]
    for line in lines:
        along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
        at = np.arange(0.0, along[-1] + 1, 4.0)
        points.append(np.column_stack([np.interp(at, along, line[:, k]) for k in (0, 1)]))
    return np.vstack(points)


def _inside(points: Pixels, box: Box) -> int:
    x, y = points[:, 0], points[:, 1]
    return int(((x > box[0]) & (x < box[2]) & (y > box[1]) & (y < box[3])).sum())


def _around(spot: Spot, by: float) -> Box:
    return spot.x - by, spot.y - by, spot.x + by, spot.y + by


def ranks_drawn(briefing: Briefing) -> tuple[int, ...]:
    """Return the ranks of corridors that have a step which can be drawn."""
    return tuple(drawn_steps(briefing))
