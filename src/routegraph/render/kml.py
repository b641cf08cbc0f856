"""case.kml and case.kmz: corridors, legs by period and places for Google Earth and other viewers, with time."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from xml.sax.saxutils import quoteattr

import numpy as np
import pandas as pd

from routegraph.briefing.product import Briefing
from routegraph.briefing.words import count_of
from routegraph.render.about import about
from routegraph.render.geo_layers import Layer, Line, layer, not_drawn, period_bounds
from routegraph.render.kml_styles import DOT, dot_png, line_styles, place_styles
from routegraph.render.kml_text import Balloons, html_table, html_text, in_xml, label
from routegraph.render.plain_text import for_xml
from routegraph.render.target import Target

MOST_LEGS = 5_000
"""Legs drawn, and rows of flow by period: the busiest. Viewers of KML stall on more; the tables have all."""
_OLDEST = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class _Part:
    """A folder: its name, rows, their styles and the time that they are of."""

    name: str
    shown: Layer
    titles: Sequence[str]
    styles: Sequence[tuple[str, str]]
    balloons: Balloons
    span: tuple[str, str] = ("", "")
    visible: bool = True


def render_kml(briefing: Briefing, *, packed: bool = False) -> bytes:
    """Return the case as KML 2.2: folders for corridors, legs, flow of each period, and places.

    Lines are great circles, cut at the antimeridian, as wide as their flow and coloured as on the map; what nobody
    reported as travelled is fainter. Each folder of a period has its time, and corridors that of the case, so that a
    viewer's time slider works; the folders of periods are hidden until a reader ticks them, for all at once hide each
    other. A balloon shows marking, numbers with intervals, reasons and record ids; all cells of a row are typed data
    beside it, with units in the schema. Marking, caveats and run digest stand in the document's
    description. Text of a record is escaped twice, as HTML and as XML, and ``$[name]`` in it does not expand. The file
    asks no network for anything: places have a viewer's own pin, in a KMZ a dot that it carries.

    The busiest 5,000 legs are drawn, and 5,000 rows of flow by period; the description says so where there are more.
    Pairs of places whose way was inferred (``named_pair``) are not drawn.

    Parameters
    ----------
    briefing
        The case.
    packed
        For a KMZ: with its picture of a place.
    """
    parts = _parts(briefing, packed=packed)
    styles = {name: body for part in parts for name, body in part.styles}
    schemas = {part.balloons.name: part.balloons for part in parts}
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<kml xmlns="http://www.opengis.net/kml/2.2">',
        "<Document>",
        *_head(briefing),
        *(f'<Style id="{name}">{body}</Style>' for name, body in sorted(styles.items())),
        *_told(briefing),
        *(balloons.schema() for balloons in schemas.values()),
        *(line for part in parts for line in _folder(part)),
        "</Document>",
        "</kml>",
        "",
    ]
    return "\n".join(lines).encode("utf-8")


def render_kmz(briefing: Briefing) -> bytes:
    """Return :func:`render_kml` packed, with the picture of a place beside it; the archive has one fixed date."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in (("doc.kml", render_kml(briefing, packed=True)), (DOT, dot_png())):
            entry = zipfile.ZipInfo(name, _OLDEST)
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
            archive.writestr(entry, data)
    return buffer.getvalue()


def _head(briefing: Briefing) -> list[str]:
    said = about(briefing)
    rows = [*said.rows(), *(("left out", text) for text in _left_out(briefing))]
    warning = "<p><b>SYNTHETIC: not real events</b></p>" if said.synthetic else ""
    shown = f"<p><b>{html_text(said.marking)}</b></p>{warning}{html_table(row for row in rows if row[1])}"
    return [
        f"<name>{label(f'{said.marking} · {said.title}')}</name>",
        "<open>1</open>",
        f"<Snippet maxLines='2'>{label(f'{said.marking} · {said.period}')}</Snippet>",
        f"<description>{in_xml(shown)}</description>",
    ]


def _told(briefing: Briefing) -> list[str]:
    """Return what the file says of itself as data, each item unshortened."""
    rows = [
        f"<Data name={quoteattr(for_xml(item))}><value>{in_xml(text)}</value></Data>"
        for item, text in about(briefing).rows()
    ]
    return ["<ExtendedData>", *rows, "</ExtendedData>"]


def _left_out(briefing: Briefing) -> list[str]:
    legs, flows = briefing.tables["legs"], briefing.tables["flows"]
    pairs = int((legs["named_pair"] == "yes").sum())
    own = len(legs) - pairs
    said = list(not_drawn(briefing))
    if pairs:
        named = count_of(pairs, "pair")
        said.append(
            f"{named} of places that records name and whose way was inferred: no line, for nobody saw that travel"
        )
    if own > MOST_LEGS:
        said.append(f"the busiest {MOST_LEGS:,} of {own:,} legs are drawn; legs.csv has all")
    if len(flows) > MOST_LEGS:
        said.append(f"the busiest {MOST_LEGS:,} of {len(flows):,} rows of flow by period; flows.csv has all")
    return said


def _parts(briefing: Briefing, *, packed: bool) -> list[_Part]:
    names = _names(briefing.tables["places"])
    drawn: dict[tuple[str, str], list[Line]] = {}
    corridors = layer(briefing, "corridors")
    own = (briefing.tables["legs"]["named_pair"] != "yes").to_numpy()
    legs = layer(briefing, "legs", rows=_busiest(briefing.tables["legs"], own), drawn=drawn)
    flows = layer(briefing, "flows", rows=_busiest(briefing.tables["flows"]), drawn=drawn)
    places = layer(briefing, "places")
    periods = sorted(set(flows.table["period"]))
    bounds = [period_bounds(period) for period in periods]
    case = (min((one for one, _ in bounds if one), default=""), max((one for _, one in bounds), default=""))
    thick = line_styles(corridors.table, thinnest=3, thickest=8)
    titles = [
        f"{rank}. {_way(path.split(' > '), names)}"
        for rank, path in zip(corridors.table["rank"], corridors.table["path"], strict=True)
    ]
    by_period = _by_period(flows, periods, briefing=briefing, names=names)
    return [
        _Part("Corridors", corridors, titles, thick, Balloons(briefing, "corridors"), case),
        _Part(
            "Legs, whole period", legs, _leg_titles(legs.table, names), line_styles(legs.table, thinnest=1, thickest=6),
            Balloons(briefing, "legs"), case,
        ),
        *by_period,
        _Part(
            "Places", places, [names[place] for place in places.table["place_id"]],
            place_styles(places.table, dot=packed), Balloons(briefing, "places"),
        ),
    ]  # fmt: skip


def _by_period(flows: Layer, periods: Sequence[str], *, briefing: Briefing, names: dict[str, str]) -> list[_Part]:
    """Return a folder for each period; the scale of widths is the same in all of them."""
    styles, balloons = line_styles(flows.table, thinnest=1, thickest=6), Balloons(briefing, "flows")
    titles = _leg_titles(flows.table, names)
    parts = []
    for period in periods:
        at = np.flatnonzero((flows.table["period"] == period).to_numpy()).tolist()
        mine = replace(flows, table=flows.table.iloc[at], shapes=tuple(flows.shapes[k] for k in at))
        name = f"Flow in {period}" if period else "Flow, period not known"
        parts.append(
            _Part(
                name,
                mine,
                [titles[k] for k in at],
                [styles[k] for k in at],
                balloons,
                period_bounds(period),
                visible=False,
            )
        )
    return parts


def _busiest(table: pd.DataFrame, keep: np.ndarray | None = None) -> list[int]:
    """Return the rows with most flow, at most ``MOST_LEGS`` of those to keep, in the table's order."""
    at = np.arange(len(table)) if keep is None else np.flatnonzero(keep)
    if len(at) > MOST_LEGS:
        flow = np.nan_to_num(table["flow_mean"].astype(float).to_numpy()[at], nan=-1.0)
        at = np.sort(at[np.argsort(-flow, kind="stable")[:MOST_LEGS]])
    return [int(row) for row in at]


def _names(places: pd.DataFrame) -> dict[str, str]:
    return {place: name or place for place, name in zip(places["place_id"], places["name"], strict=True)}


def _way(path: Iterable[str], names: dict[str, str]) -> str:
    return " → ".join(names.get(place, place) for place in path)


def _leg_titles(table: pd.DataFrame, names: dict[str, str]) -> list[str]:
    return [_way(ends, names) for ends in zip(table["origin"], table["destination"], strict=True)]


def _folder(part: _Part) -> Iterable[str]:
    yield f"<Folder><name>{label(part.name)}</name>"
    hidden = "" if part.visible else "<visibility>0</visibility>"
    if hidden:
        yield hidden
    span = "<TimeSpan><begin>{}</begin><end>{}</end></TimeSpan>".format(*part.span) if part.span[0] else ""
    if span:
        yield span
    rows = part.shown.table.to_dict("records")
    for row, shape, title, (style, _) in zip(rows, part.shown.shapes, part.titles, part.styles, strict=True):
        drawn = _shape(shape, points=part.shown.points)
        yield (
            f"<Placemark><name>{label(title)}</name>{hidden}{part.balloons.description(row)}{span}"
            f"<styleUrl>#{style}</styleUrl>{part.balloons.data(row)}{drawn}</Placemark>"
        )
    yield "</Folder>"


def _shape(shape: list[Line], *, points: bool) -> str:
    if not shape:
        return ""
    if points:
        return f"<Point>{_coordinates(shape[0])}</Point>"
    lines = [f"<LineString><tessellate>1</tessellate>{_coordinates(line)}</LineString>" for line in shape]
    return lines[0] if len(lines) == 1 else f"<MultiGeometry>{''.join(lines)}</MultiGeometry>"


def _coordinates(line: Line) -> str:
    return f"<coordinates>{' '.join(f'{lon!r},{lat!r}' for lon, lat in line)}</coordinates>"


TARGETS = (
    Target("kml", "case.kml", render_kml, on_request=True),
    Target("kmz", "case.kmz", render_kmz, on_request=True),
)
