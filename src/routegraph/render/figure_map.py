"""Maps of the static figures: the first corridors of a case, and one corridor on its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from routegraph.briefing.estimates import place_names as names_of
from routegraph.briefing.pictures import MOST_DRAWN, drawn_steps
from routegraph.briefing.positions import positions
from routegraph.briefing.product import Briefing
from routegraph.render.basemap import land_paths
from routegraph.render.figure_marks import (
    COAST,
    INK,
    LAND,
    PAPER,
    SEA,
    SOFT,
    Pixels,
    badge,
    drawing,
    mark,
    one_line,
    path_of,
    words,
)  # fmt: skip
from routegraph.render.figure_names import overlap, place_names
from routegraph.render.figure_ribbon import Step, arrow, band, casing, core, distances, width_of_share
from routegraph.render.frame import EARTH_KM, Frame, frame_around
from routegraph.render.labels import Box, Spot, badge_spot
from routegraph.render.palette import rank_colour

OVERVIEW_WIDE, CORRIDOR_WIDE = 640, 440
_SIZE = 15.5
_BUNDLE = 38.0
_LONGEST_NAME = 24
_MOST_NAMED = 14
_SHORT, _RAMP = 84.0, 18.0
_MOST_NEIGHBOURS = 12

Leg = tuple[str, str]


def overview_svg(briefing: Briefing, *, alt: str) -> str:
    """Return the map of the first corridors: wider where more flow, ranks in badges, the ends named."""
    located = _located(briefing)
    corridors = {rank: steps for rank, steps in drawn_steps(briefing).items() if rank <= MOST_DRAWN}
    stops = dict.fromkeys(place for steps in corridors.values() for one in steps for place in one[:2])
    shown = located.loc[list(stops)] if stops else located.iloc[:12]
    tracks = _tracks(corridors, located)
    frame = _frame(shown, tracks, width=OVERVIEW_WIDE, shape=(1.4, 1.6), pad=0.07, least_km=550.0)
    widths = _widths(briefing)
    steps = _side_by_side(corridors, tracks, frame, {(rank, leg): widths[rank] for rank in corridors for leg in tracks})
    dots = _dots(shown, frame)
    badges = _badges(steps, list(dots.values()), frame)
    ends = dict.fromkeys(place for own in corridors.values() for place in (own[0][0], own[-1][1]))
    others = shown.loc[[place not in ends for place in shown.index]].sort_values(
        "throughflow_mean", ascending=False, kind="stable", na_position="last"
    )
    named = [*ends, *others.index][:_MOST_NAMED]
    return _map(
        frame, briefing, steps, alt=alt, dots=list(dots.values()), far=False,
        badges="".join(_badge(*one) for one in reversed(badges)),
        named=[(_name(briefing, place), dots[place]) for place in named],
        taken=[_around(spot, 13.0) for _, spot, _ in badges],
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
    widths = _leg_widths(briefing, list(tracks))
    steps = _side_by_side(corridors, tracks, frame, {(rank, leg): wide for leg, wide in widths.items()})
    dots = _dots(shown, frame)
    named = [
        (f"{' and '.join(str(k + 1) for k, stop in enumerate(path) if stop == place)} {_name(briefing, place)}", dot)
        for place, dot in dots.items()
    ]
    return _map(
        frame,
        briefing,
        steps,
        alt=alt,
        dots=list(dots.values()),
        badges="",
        named=named,
        taken=(),
        far=True,
        under=_neighbours(briefing, path, located, frame),
    )


def _map(  # noqa: PLR0913
    frame: Frame, briefing: Briefing, steps: Sequence[Step], *, alt: str, dots: Sequence[Spot], badges: str,
    named: Sequence[tuple[str, Spot]], taken: Sequence[Box], far: bool, under: str = "",
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
        under,
        *map(casing, steps), *map(band, reversed(steps)), *map(core, reversed(steps)), *map(arrow, reversed(steps)),
        *(mark("circle", cx=dot.x, cy=dot.y, r=4.2, fill=PAPER, stroke=INK, stroke_width=2.0) for dot in dots),
        *(drawn for _, drawn in corners),
        *(name.drawn(size=_SIZE) for name in names),
        badges,
        width=wide, height=high, label=alt,
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
    return places.loc[places.index.isin(list(positions(briefing.tables["places"])))]


def _path(briefing: Briefing, rank: int) -> list[str]:
    corridors = briefing.tables["corridors"]
    return str(corridors.loc[corridors["rank"] == rank, "path"].iloc[0]).split(" > ")


def _name(briefing: Briefing, place: str) -> str:
    return one_line(names_of(briefing).get(place, place), most=_LONGEST_NAME)


def _widths(briefing: Briefing) -> dict[int, tuple[float, float]]:
    """Return for each corridor the widths of its flow and of its interval's upper end, as shares of the largest flow.

    Shares, so that no level can be read off; no upper end where levels are not told.
    """
    corridors = briefing.tables["corridors"].iloc[:MOST_DRAWN]
    return dict(zip((int(rank) for rank in corridors["rank"]), _widths_of(corridors, briefing), strict=True))


def _leg_widths(briefing: Briefing, legs: Sequence[Leg]) -> dict[Leg, tuple[float, float]]:
    """Return the same for each leg of a corridor: all that moves on it, as shares of the corridor's busiest leg."""
    known = _own_legs(briefing)[["flow_mean", "flow_p95"]].groupby(level=[0, 1]).max()
    return dict(zip(legs, _widths_of(known.reindex(pd.MultiIndex.from_tuples(legs)), briefing), strict=True))


def _widths_of(table: pd.DataFrame, briefing: Briefing) -> list[tuple[float, float]]:
    mean, upper = (table[f"flow_{part}"].to_numpy(dtype=float) for part in ("mean", "p95"))
    most = float(np.nanmax(mean, initial=0.0))
    if not 0 < most < np.inf:
        return [(width_of_share(0.0), np.nan)] * len(table)
    told = briefing.levels_told
    return [
        (width_of_share(0.0 if np.isnan(m) else m / most), width_of_share(u / most) if told else np.nan)
        for m, u in zip(mean, upper, strict=True)
    ]


def _own_legs(briefing: Briefing) -> pd.DataFrame:
    """Return the legs that have a flow of their own, by their two ends."""
    legs = briefing.tables["legs"]
    return legs.loc[legs["named_pair"] != "yes"].set_index(["origin", "destination"])


def _neighbours(briefing: Briefing, path: Sequence[str], located: pd.DataFrame, frame: Frame) -> str:
    """Return the busiest other legs at a corridor's stops as faint lines, cut to the window."""
    import shapely

    legs = _own_legs(briefing)["flow_mean"].dropna().sort_values(ascending=False, kind="stable")
    own, stops = {leg for pair in pairwise(path) for leg in (pair, pair[::-1])}, set(path)
    found = [
        leg for leg in legs.index
        if stops & set(leg) and leg not in own and leg[0] != leg[1] and set(leg) <= set(located.index)
    ]  # fmt: skip
    lines = []
    for leg in dict.fromkeys((min(leg), max(leg)) for leg in found[:_MOST_NEIGHBOURS]):
        track = _great_circle(located, *leg)
        if not frame.far(track).any():
            line = shapely.linestrings(frame.pixels(track))
            cut = shapely.get_parts(shapely.clip_by_rect(line, 0, 0, frame.width, frame.height))
            lines += [shapely.get_coordinates(part) for part in cut if part.geom_type == "LineString"]
    return "".join(
        mark("path", d=path_of(line), fill="none", stroke=SOFT, stroke_width=1.1, stroke_opacity=0.4) for line in lines
    )


def _badges(steps: Sequence[Step], dots: Sequence[Spot], frame: Frame) -> list[tuple[int, Spot, Spot]]:
    """Return rank, place of the badge, and the point of the line that it belongs to.

    A short corridor would vanish under its own badge: that stands beside it.
    """
    found = list[tuple[int, Spot, Spot]]()
    every = _dense([step.points for step in steps])
    for rank in dict.fromkeys(step.rank for step in steps):
        line = np.vstack([step.points for step in steps if step.rank == rank])
        taken = [spot for _, spot, _ in found]
        middle = Spot(*(float(x) for x in line[int(np.searchsorted(distances(line), 0.5 * distances(line)[-1]))]))
        if distances(line)[-1] >= _SHORT:
            spot = badge_spot(line, taken)
            found.append((rank, spot, spot))
            continue
        around = [
            Spot(round(middle.x + away * np.cos(turn), 1), round(middle.y + away * np.sin(turn), 1))
            for away in (24.0, 34.0) for turn in np.radians(range(-90, 270, 30))
        ]  # fmt: skip
        best = min(around, key=lambda spot: _crowding(spot, every, [*dots, *taken], frame))
        found.append((rank, best, middle))
    return found


def _crowding(spot: Spot, lines: Pixels, others: Sequence[Spot], frame: Frame) -> float:
    box = _around(spot, 13.0)
    outside = box[0] < 2 or box[1] < 2 or box[2] > frame.width - 2 or box[3] > frame.height - 2
    near = sum(overlap(box, _around(other, 9.0)) for other in others)
    return _inside(lines, box) + 6.0 * near + 100.0 * outside


def _badge(rank: int, spot: Spot, line: Spot) -> str:
    ends = {"x1": spot.x, "y1": spot.y, "x2": line.x, "y2": line.y}
    lead = mark("line", **ends, stroke=rank_colour(rank), stroke_width=1.4) if spot != line else ""
    return lead + badge(rank, spot.x, spot.y, radius=12.0)


def _tracks(corridors: dict[int, tuple[tuple[str, str, str], ...]], located: pd.DataFrame) -> dict[Leg, Pixels]:
    return {(a, b): _great_circle(located, a, b) for steps in corridors.values() for a, b, _ in steps}


def _great_circle(located: pd.DataFrame, origin: str, end: str) -> Pixels:
    from routegraph.places.geodesy import great_circle

    ends = located[["lat", "lon"]].to_numpy(dtype=float)[located.index.get_indexer(pd.Index([origin, end]))]
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
    widths: dict[tuple[int, Leg], tuple[float, float]],
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
            lanes = [
                max(widths[user, leg][0] for leg in (pair, pair[::-1]) if (user, leg) in widths) for user in users[pair]
            ]
            aside, squeeze = _lane(lanes, users[pair].index(rank))
            points = _aside(frame.pixels(tracks[a, b]), aside if a == pair[0] else -aside)
            wide, upper = widths[rank, (a, b)]
            found.append(Step(rank, status, squeeze * wide, squeeze * upper, points))
    return found


def _lane(lanes: Sequence[float], k: int) -> tuple[float, float]:
    """Return how far from the middle of a bundle one corridor runs, and by how much all of the bundle is squeezed."""
    each = [wide + 1.2 for wide in lanes]
    squeeze = min(1.0, _BUNDLE / sum(each))
    return squeeze * (sum(each[:k]) + each[k] / 2 - sum(each) / 2), squeeze


def _aside(points: Pixels, by: float) -> Pixels:
    """Return a line moved sideways between its ends, which stay where they are."""
    if not by:
        return points
    along = distances(points)
    long = float(along[-1])
    at = np.linspace(0.0, long, max(3, round(long / 5)))
    line = np.column_stack([np.interp(at, along, points[:, k]) for k in (0, 1)])
    heading = np.gradient(line, axis=0)
    length = np.maximum(np.hypot(heading[:, 0], heading[:, 1]), 1e-9)
    ramp = max(min(_RAMP, 0.25 * long), 1e-9)
    share = np.clip(np.minimum(at, long - at) / ramp, 0.0, 1.0)
    moved: Pixels = line + (by * share / length)[:, None] * np.column_stack([-heading[:, 1], heading[:, 0]])
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
