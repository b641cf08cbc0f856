"""Widths, sizes and colours of a KML file, in few steps, so that features share them."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from routegraph.render.palette import (
    BLUE,
    COMMUNITIES,
    EXPECTED_OR_LESS,
    EXPECTED_OR_MORE,
    GREY,
    SCORES,
)

DOT = "files/dot.png"
"""The picture of a place inside a KMZ."""
_LEG = "#3d5a78"
_MOST_SURPRISE = 3.0
_OPAQUE = {"travelled": "ff", "intended": "b0", "inferred": "70"}
"""How firm a line looks: seen, only intended, or joined by inference."""
_STEPS = 5
_BALLOON = "<BalloonStyle><text>$[description]</text></BalloonStyle>"
"""The one template in the file. Without it a viewer would build a balloon of its own from raw data."""


def line_styles(table: pd.DataFrame, *, thinnest: float, thickest: float) -> list[tuple[str, str]]:
    """Return for each row of corridors, legs or flows the id and the content of its style.

    Width is the square root of flow; colour is surprise, else score, else one colour; what nobody reported as
    travelled is fainter.
    """
    steps = _share(table["flow_mean"])
    colours, status = _line_colours(table), _status(table)
    styles = []
    for step, colour, known in zip(steps, colours, status, strict=True):
        width = thinnest + (thickest - thinnest) * step / _STEPS
        name = f"line-{colour[1:]}-{known}-{step}-{thickest:.0f}"
        styles.append(
            (name, f"<LineStyle><color>{_abgr(colour, _OPAQUE[known])}</color><width>{width:.1f}</width></LineStyle>")
        )
    return [(name, f"{body}{_BALLOON}") for name, body in styles]


def place_styles(places: pd.DataFrame, *, dot: bool) -> list[tuple[str, str]]:
    """Return for each place the id and the content of its style: size is throughflow, colour the community.

    ``dot``: with the picture of a KMZ; without it the viewer draws its own pin, for a link would ask the network.
    """
    icon = f"<Icon><href>{DOT}</href></Icon>" if dot else ""
    styles = []
    for step, number in zip(_share(places["throughflow_mean"]), places["community"].tolist(), strict=True):
        known = not pd.isna(number) and 1 <= int(number) <= len(COMMUNITIES)
        colour = COMMUNITIES[int(number) - 1] if known else GREY
        body = f"<color>{_abgr(colour, 'ff')}</color><scale>{0.35 + 0.2 * step:.2f}</scale>{icon}"
        label = f"<LabelStyle><scale>{0.6 + 0.08 * step:.2f}</scale></LabelStyle>"
        styles.append((f"place-{colour[1:]}-{step}", f"<IconStyle>{body}</IconStyle>{label}{_BALLOON}"))
    return styles


def _share(flow: pd.Series) -> list[int]:
    """Return the square root of each flow as a step from 0 to the largest's."""
    values = np.nan_to_num(pd.to_numeric(flow, errors="coerce").astype(float).to_numpy(), nan=0.0, posinf=0.0)
    most = values.max(initial=0.0)
    return [round(_STEPS * math.sqrt(max(value, 0.0) / most)) if most > 0 else 0 for value in values]


def _line_colours(table: pd.DataFrame) -> list[str]:
    for column, colour in (("surprise", _surprise_colour), ("score", _score_colour)):
        if column in table and table[column].notna().any():
            return [colour(float(value)) for value in table[column].astype(float)]
    return [_LEG if "rank" not in table else BLUE] * len(table)


def _surprise_colour(value: float) -> str:
    if math.isnan(value):
        return _LEG
    side = EXPECTED_OR_MORE if value >= 0 else EXPECTED_OR_LESS
    return _step(side, abs(value) / _MOST_SURPRISE)


def _score_colour(value: float) -> str:
    return _LEG if math.isnan(value) else _step(SCORES, value)


def _step(colours: Sequence[str], share: float) -> str:
    return colours[int(min(share * len(colours), len(colours) - 1))]  # a share may be endless


def _status(table: pd.DataFrame) -> list[str]:
    if not {"travelled", "intended"} <= set(table.columns):
        return ["travelled"] * len(table)
    seen, bound = (table[column].fillna(0).to_numpy() > 0 for column in ("travelled", "intended"))
    return [str(one) for one in np.where(seen, "travelled", np.where(bound, "intended", "inferred"))]


def _abgr(colour: str, opaque: str) -> str:
    """Return a colour as KML writes it: opacity, blue, green, red."""
    return f"{opaque}{colour[5:7]}{colour[3:5]}{colour[1:3]}".lower()


def dot_png(size: int = 32) -> bytes:
    """Return a white disc with a soft edge as a PNG, which a viewer tints with the colour of the style."""
    from PIL import Image

    away = np.arange(size) - (size - 1) / 2
    radius = np.hypot(away[:, None], away[None, :])
    opaque = np.clip(size / 2 - 1 - radius + 0.5, 0, 1) * 255
    pixels = np.full((size, size, 4), 255, dtype=np.uint8)
    pixels[:, :, 3] = opaque.astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, format="PNG", optimize=True)
    return out.getvalue()
