"""The community map: places where they lie, coloured by the community that they were found in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from routegraph.briefing.words import count_of
from routegraph.errors import SettingError
from routegraph.render.basemap import land_rings
from routegraph.render.frame import WIDTH, Frame, frame_around
from routegraph.render.labels import Spot, place_labels
from routegraph.render.palette import COMMUNITIES, GREY, INK
from routegraph.render.plot_figure import WIDE, Picture, blank, drawable, halo
from routegraph.render.plot_figure import frame as framed
from routegraph.render.plot_ranks import labels

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from routegraph.analysis import Partition
    from routegraph.render.shown import Around

KINDS = tuple(zip(COMMUNITIES * 2, ("o", "s", "^", "D", "v", "P", "X", "d", "p", "h", "*", "8", "<", ">"), strict=True))
"""A colour and a shape for each of the largest communities, so that neither has to be told apart alone."""
UNSTABLE = 0.5
KEY_HIGH = 0.19
"""Inches that a line of the key takes."""


def plot_communities(partition: Partition, *, around: Around, top: int) -> Picture:
    """Draw each place in the colour and shape of its community; hollow where it often fell to another."""
    if around.graph is None:
        raise SettingError(
            "a map of communities needs to know where places lie: give graph=result.graph or case=result"
        )
    table = partition.table.join(around.graph.places[["lat", "lon"]], how="left")
    found = int(table["community"].max()) if len(table) else 0
    if found == 0:
        return blank(title="No community structure to show", why=_why(partition), around=around)
    at = table.dropna(subset=["lat", "lon"])
    if at.empty:
        return blank(title="No place has a position", why="The communities are in the table.", around=around)
    frame = frame_around(at[["lat", "lon"]].to_numpy(dtype=float))
    notes = (
        "Colour and shape: the community. Hollow: in under half of the runs with the others of it.",
        _unplaced(len(table) - len(at)),
    )
    heights = [(WIDE - 0.25) * frame.height / WIDTH, KEY_HIGH * (min(found, len(KINDS) + 1) + 1) + 0.1]
    title = f"{count_of(found, 'community', plural='communities')} hold more traffic inside than chance explains"
    figure = framed(title=title, notes=notes, around=around, body=sum(heights))
    axes, key = figure.subplots(2, 1, height_ratios=heights)
    _land(axes, frame)
    pixels = frame.pixels(at[["lat", "lon"]].to_numpy(dtype=float))
    at = at.assign(x=pixels[:, 0], y=pixels[:, 1], through=_throughflow(around).reindex(at.index).fillna(0.0))
    _places(axes, at, partition)
    _names(axes, at, frame, around=around, top=top)
    key.set_axis_off()
    told = key.legend(
        *axes.get_legend_handles_labels(), loc="upper left", fontsize=8.5, frameon=False, borderpad=0, borderaxespad=0
    )
    told.set_in_layout(False)
    return figure


def _why(partition: Partition) -> str:
    p = partition.parameters.get("p_value")
    chance = f" (p = {p:.2f})" if isinstance(p, float) else ""
    return (
        "No community structure: places exchange among themselves no more than chance would have them do" + chance + "."
    )


def _unplaced(count: int) -> str:
    return f"{count_of(count, 'place')} without a position not shown." if count else ""


def _throughflow(around: Around) -> pd.Series:
    """Return mean throughflow per place, which decides whose names are written first; 0 where it is not known."""
    if around.graph is None:
        return pd.Series(dtype=float)
    index = around.graph.places.index
    if around.posterior is None or around.posterior.places.shape[1] != len(index):
        return pd.Series(0.0, index=index)
    return pd.Series(around.posterior.places.mean(axis=0, dtype=np.float64), index=index)


def _land(axes: Axes, frame: Frame) -> None:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    for country in land_rings(frame, regions=False):
        outlines = [Path(np.vstack([ring, ring[:1]]), closed=True) for ring in country]
        shape = Path.make_compound_path(*outlines)
        axes.add_patch(PathPatch(shape, facecolor="#eef0f1", edgecolor="#b9c1c8", linewidth=0.5, zorder=0))
    axes.set_xlim(0, WIDTH)
    axes.set_ylim(frame.height, 0)
    axes.set_aspect("equal", anchor="N")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(True)


def _places(axes: Axes, at: pd.DataFrame, partition: Partition) -> None:
    """Draw the places of each community, the small and the lone ones first, so that the large lie on top."""
    community, shaky = at["community"].to_numpy(), (at["stability"] < UNSTABLE).to_numpy()
    size = 16 + 70 * np.sqrt(at["through"] / max(at["through"].max(), 1e-9)).to_numpy()
    groups = [(number, *kind) for number, kind in enumerate(KINDS, start=1)]
    rest = community > len(KINDS)
    drawn = [(community == number, colour, shape, _called(partition, number)) for number, colour, shape in groups]
    drawn.append(
        (rest, GREY, "o", count_of(len(np.unique(community[rest])), "smaller community", plural="smaller communities"))
    )
    drawn.append((community == 0, GREY, ".", "in no community"))
    for order, (chosen, colour, shape, called) in enumerate(drawn):
        if not chosen.any():
            continue
        spoken = f"{called}: {count_of(int(chosen.sum()), 'place')}"
        faces = [("none" if hollow else colour) for hollow in shaky[chosen]]
        axes.scatter(
            at["x"][chosen], at["y"][chosen], s=size[chosen], marker=shape, facecolors=faces, edgecolors=colour,
            linewidths=1.2, zorder=20 - order,
        )  # fmt: skip
        axes.scatter([], [], marker=shape, c=colour, label=spoken)


def _called(partition: Partition, community: int) -> str:
    from routegraph.render.plain_text import visible

    name = " ".join(str(partition.names.get(community, f"community {community}")).split())
    return drawable(visible(name, most=100), instead=f"community {community}")


def _names(axes: Axes, at: pd.DataFrame, frame: Frame, *, around: Around, top: int) -> None:
    """Name the busiest place of each community, then the busiest of all, as far as there is room."""
    order = at.assign(place=at.index).sort_values(["through", "place"], ascending=[False, True], kind="stable")
    heads = order[order["leading"] == 1].sort_values("community", kind="stable")
    wanted = pd.concat([heads, order.drop(heads.index)]).head(top)
    spots = {place: Spot(x, y) for place, x, y in zip(at.index, at["x"], at["y"], strict=True)}
    named = [(text, spots[p]) for text, p in zip(labels(wanted.index, around=around), wanted.index, strict=True)]
    dots_of = dict(named)
    shown = place_labels(
        named, badges=[], dots=list(spots.values()), lines=np.empty((0, 2)), size=(WIDTH, frame.height)
    )
    for one in shown:
        side = {"start": "left", "end": "right", "middle": "center"}[one.anchor]
        axes.text(
            one.x, one.y - 5, one.text, ha=side, va="center", fontsize=8, color=INK, zorder=40, path_effects=halo()
        )
        dot = dots_of[one.text]
        axes.plot([dot.x, one.x], [dot.y, one.y - 5], color=INK, linewidth=0.5, zorder=39)
