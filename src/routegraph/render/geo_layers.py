"""Tables with their lines and points: what every file for a GIS is made from."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, pairwise

import numpy as np
import pandas as pd

from routegraph.briefing.positions import positions
from routegraph.briefing.product import Briefing
from routegraph.briefing.words import count_of

Point = list[float]
Line = list[Point]

STEP_KM = 100.0
"""Longest stretch between two points of a corridor's line."""
LEG_STEP_KM = 200.0
"""The same of a leg's, of which there may be 100,000: within a kilometre of the great circle."""

LAYERS = ("corridors", "legs", "places", "flows")
_PERIOD = re.compile(r"(\d{4})(?:-(\d{2}))?")


@dataclass(frozen=True)
class Layer:
    """A table of the briefing and, row by row, its shape: lines of [lon, lat], or one point; empty where unknown.

    Lines are great circles cut at the antimeridian. A pair of places that records name and whose way was inferred
    (``named_pair``) has none: a line would show travel that nobody saw.
    """

    name: str
    table: pd.DataFrame
    shapes: tuple[list[Line], ...]

    @property
    def points(self) -> bool:
        """Whether its shapes are points."""
        return self.name == "places"

    @property
    def geometry(self) -> str:
        """Return the one type of geometry that the layer holds."""
        return "Point" if self.points else "MultiLineString"

    @cached_property
    def wkb(self) -> list[bytes | None]:
        """Return each shape as well-known binary, little-endian; None where there is none."""
        packed = _point_wkb if self.points else _lines_wkb
        return [packed(shape) if shape else None for shape in self.shapes]

    @property
    def bounds(self) -> list[float] | None:
        """Return west, south, east, north of all shapes; None where none has one."""
        points = np.array([point for shape in self.shapes for line in shape for point in line])
        return [*points.min(axis=0).tolist(), *points.max(axis=0).tolist()] if len(points) else None


def layer(
    briefing: Briefing,
    name: str,
    *,
    rows: Sequence[int] | None = None,
    drawn: dict[tuple[str, str], list[Line]] | None = None,
) -> Layer:
    """Return corridors, legs, places or flows with their shapes.

    Parameters
    ----------
    briefing
        The case.
    name
        ``corridors``, ``legs``, ``places`` or ``flows``.
    rows
        Positions of the rows that are wanted; all by default.
    drawn
        Lines by their two ends, kept for another layer of the same case: legs and flows have the same ones.
    """
    table, at = briefing.tables[name], positions(briefing.tables["places"])
    if rows is not None:
        table = table.iloc[list(rows)]
    if name == "places":
        spots = [at.get(place) for place in table["place_id"]]
        return Layer(name, table, tuple([[[[spot[1], spot[0]]]] if spot else [] for spot in spots]))
    if name == "corridors":
        return Layer(name, table, tuple(lines_along([at.get(p) for p in path.split(" > ")]) for path in table["path"]))
    named = table["named_pair"] == "yes" if "named_pair" in table else pd.Series(data=False, index=table.index)
    drawn = {} if drawn is None else drawn
    shapes: list[list[Line]] = []
    for origin, end, pair in zip(table["origin"], table["destination"], named, strict=True):
        if pair:
            shapes.append([])
            continue
        if (origin, end) not in drawn:
            drawn[origin, end] = lines_along([at.get(origin), at.get(end)], step_km=LEG_STEP_KM)
        shapes.append(drawn[origin, end])
    return Layer(name, table, tuple(shapes))


def not_drawn(briefing: Briefing) -> tuple[str, ...]:
    """Return in sentences which legs have no line though they are travelled, so that nobody takes them for missing."""
    legs, at = briefing.tables["legs"], positions(briefing.tables["places"])
    own = legs.loc[legs["named_pair"] != "yes"] if "named_pair" in legs else legs
    ends = [(at.get(one), at.get(other)) for one, other in zip(own["origin"], own["destination"], strict=True)]
    unknown = sum(None in pair for pair in ends)
    at_one = sum(not lines_along(pair) for pair in ends if None not in pair and _near(*pair))
    said = []
    if at_one:
        said.append(
            f"{count_of(at_one, 'leg')} between two places that have one position (the two sides of a border "
            "crossing): no line, neither as a leg nor as a step of a corridor; the row is there"
        )
    if unknown:
        said.append(f"{count_of(unknown, 'leg')} with an end whose position is unknown: no line; the row is there")
    return tuple(said)


def _near(start: tuple[float, float] | None, end: tuple[float, float] | None) -> bool:
    return start is not None and end is not None and max(abs(start[0] - end[0]), abs(start[1] - end[1])) < 1e-4


def lines_along(spots: Sequence[tuple[float, float] | None], *, step_km: float = STEP_KM) -> list[Line]:
    """Return the great circles along positions (lat, lon) as lines of [lon, lat], joined wherever they meet.

    A step with an unknown end is left out; a line that crosses the antimeridian is cut there.
    """
    lines: list[Line] = []
    for piece in _pieces(spots, step_km):
        if lines and lines[-1][-1] == piece[0]:
            lines[-1] += piece[1:]
        else:
            lines.append(piece)
    return lines


def _pieces(spots: Sequence[tuple[float, float] | None], step_km: float) -> Iterator[Line]:
    from routegraph.places.geodesy import great_circle

    for start, end in pairwise(spots):
        if start is None or end is None or start == end:
            continue
        for piece in great_circle(*start, *end, step_km=step_km):
            turned = np.round(piece[:, ::-1], 5) + 0.0  # adding zero takes the sign off minus zero
            points: Line = turned.tolist()
            if len(points) > 2 or points[0] != points[-1]:
                yield points


def _point_wkb(shape: list[Line]) -> bytes:
    return struct.pack("<BIdd", 1, 1, *shape[0][0])


def _lines_wkb(shape: list[Line]) -> bytes:
    lines = [struct.pack(f"<BII{2 * len(line)}d", 1, 2, len(line), *chain.from_iterable(line)) for line in shape]
    return struct.pack("<BII", 1, 5, len(lines)) + b"".join(lines)


def period_bounds(period: str) -> tuple[str, str]:
    """Return the first and last day (ISO 8601) of a period such as ``2023`` or ``2023-08``; '' twice for any other."""
    found = _PERIOD.fullmatch(period)
    if found is None or not 1 <= int(found[1]) <= 9999 or not 1 <= int(found[2] or 1) <= 12:
        return "", ""
    if found[2] is None:
        return f"{found[1]}-01-01", f"{found[1]}-12-31"
    days = pd.Period(year=int(found[1]), month=int(found[2]), freq="M").days_in_month
    return f"{period}-01", f"{period}-{days:02d}"
