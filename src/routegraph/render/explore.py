"""``routegraph.explore``: any result that lies on a map, as a folium map to move about in, with no network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from routegraph.analysis.scores import CaseFigures, LegScores, Partition, PathRules, PlaceScores
from routegraph.corridors.corridor import Corridor
from routegraph.errors import SettingError
from routegraph.render.explore_layers import (
    Layer,
    case_layers,
    community_layers,
    corridor_layers,
    leg_layers,
    place_layers,
)  # fmt: skip
from routegraph.render.shown import Around, Case

if TYPE_CHECKING:
    import folium

    from routegraph.network.graph import RouteGraph

Mappable = PlaceScores | LegScores | Partition | Corridor | Sequence[Corridor] | Case
"""Whatever :func:`explore` draws."""

MOST = 2000
_EXPECTED = "explore draws a whole result, scores of places or legs, a partition, or corridors; not {}"


def explore(
    result: Mappable, *, case: Case | None = None, graph: RouteGraph | None = None, top: int = 300
) -> folium.Map:
    """Draw a result on a map to move about in: places, legs, corridors or communities, with their numbers on a click.

    Parameters
    ----------
    result
        Decides what is drawn: scores of places (dots as large as the score), scores of legs (lines as wide as the
        score; those of ``change`` in the colour of what happened), a partition (a layer a community), corridors (a
        layer each), or a whole :class:`routegraph.Result` (legs by flow, its first corridors, places, and communities
        to switch on).
    case
        The run that it comes from: gives positions, names, marking, the word for synthetic data and whether detection
        was corrected for.
    graph
        Positions and names, where there is no run.
    top
        How many legs, places or corridors are drawn at most, the highest first, 1 to 2,000.

    Returns
    -------
    folium.Map
        One that shows itself as the last line of a cell; add folium's layers to it, ``save`` it. It fetches nothing:
        the outlines of countries come with the package, and tiles from a server stay blank.

    Raises
    ------
    SettingError
        ``result`` has no place on a map, positions are not known, or ``top`` is out of range.
    AssetError
        A part that the installation builds is missing.

    Notes
    -----
    All text from records is escaped, and every rendering of the map, ``save`` included, is
    :func:`routegraph.safe_html`: folium's own would run text as a template. Lines follow great circles bowed to the
    right of travel, not roads. Sizes go with the square root of the score.

    Examples
    --------
    ::

        result = routegraph.run_case(settings, write=False)
        routegraph.explore(result)
        routegraph.explore(result.scores["throughflow"], case=result)
    """
    if not 1 <= top <= MOST:
        raise SettingError(f"top is {top}; expected 1 to {MOST:,}")
    around = Around.of(result if isinstance(result, Case) else case, graph=graph)
    layers = _layers(result, around=around, top=top)
    if around.graph is None:
        raise SettingError("a map needs to know where places lie: give case=result or graph=result.graph")
    from routegraph.render.map_notebook import draw_map

    return draw_map(layers, graph=around.graph, around=around)


def _layers(result: Mappable, *, around: Around, top: int) -> list[Layer]:
    if isinstance(result, PathRules | CaseFigures):
        raise SettingError(f"{result.measure} has no place on a map; draw it with routegraph.plot")
    if isinstance(result, PlaceScores):
        return place_layers(result, around=around, top=top)
    if isinstance(result, LegScores):
        return leg_layers(result, around=around, top=top)
    if isinstance(result, Partition):
        return community_layers(result, around=around)
    if isinstance(result, Case):
        return case_layers(result, around=around, top=top)
    if isinstance(result, Corridor):
        result = (result,)
    if isinstance(result, Sequence) and all(isinstance(one, Corridor) for one in result):
        return corridor_layers(result, around=around, most=top)
    raise SettingError(_EXPECTED.format(type(result).__name__))
