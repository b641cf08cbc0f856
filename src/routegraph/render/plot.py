"""``routegraph.plot``: draw any result in a notebook, with its uncertainty, its marking and what it is a measure of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from routegraph.analysis.scores import CaseFigures, LegScores, Partition, PathRules, PlaceScores
from routegraph.corridors.corridor import Corridor
from routegraph.errors import SettingError
from routegraph.flows.posterior import FlowPosterior
from routegraph.network.graph import RouteGraph
from routegraph.render.shown import Around, Case

if TYPE_CHECKING:
    from routegraph.analysis import Scores
    from routegraph.render.plot_figure import Picture

Drawable = (
    PlaceScores | LegScores | Partition | PathRules | CaseFigures | Corridor | Sequence[Corridor]
    | tuple[RouteGraph, FlowPosterior] | tuple[RouteGraph, FlowPosterior, RouteGraph] | Case
)  # fmt: skip
"""Whatever :func:`plot` draws."""

FEWEST, MOST = 1, 100
EXPECTED = (
    "plot draws a whole result, scores, a partition, rules, figures, corridors, or (graph, posterior, reported); not {}"
)


def plot(result: Drawable, *, case: Case | None = None, graph: RouteGraph | None = None, top: int = 20) -> Picture:
    """Draw a result: ranks with their intervals, flow against counts, communities on a map, change, corridors.

    Parameters
    ----------
    result
        Decides what is drawn:

        - scores of places or legs: the first by mean, 90 % intervals of value and rank, tiers;
        - the scores of ``change``: flow before and after, coloured by what happened;
        - a partition: places on a map, coloured by community (needs ``case`` or ``graph``);
        - one or more corridors: flow with its interval, reported seizures, tier, verdict;
        - rules of path memory: the chance of the next place with and without where traffic came from;
        - figures of the case: each with its interval and its sentence;
        - a whole :class:`routegraph.Result`, or (graph, posterior) or (graph, posterior, network as reported): the
          flow of every leg against its reported seizures.
    case
        The run that it comes from: gives names, marking, the word for synthetic data and whether detection was
        corrected for. Without it the picture says that these are not known.
    graph
        Names and positions, where there is no run.
    top
        How many rows are drawn, 1 to 100; on a map, how many places are named at most; of flow against counts, from how
        many legs the intervals are drawn (on either side of the usual leg three tenths as many are named).

    Returns
    -------
    matplotlib.figure.Figure
        One that shows itself as the last line of a cell; ``savefig`` writes it. pyplot is not used, so nothing stays
        behind. The same result gives the same picture.

    Raises
    ------
    SettingError
        ``result`` is nothing that can be drawn, ``top`` is out of range, or a map lacks positions.

    Notes
    -----
    A picture claims no more than its table: what cannot be computed is said in words in its place. Text from records is
    drawn as text: ``$`` starts no formula. A name that the bundled font cannot show gives way to its place id.

    Examples
    --------
    ::

        result = routegraph.run_case(settings, write=False)
        routegraph.plot(result)
        routegraph.plot(result.scores["throughflow"], case=result)
    """
    if not FEWEST <= top <= MOST:
        raise SettingError(f"top is {top}; expected {FEWEST} to {MOST}")
    from routegraph.render.plot_figure import drawing

    with drawing():
        return _drawn(result, around=Around.of(case, graph=graph), top=top)


def _drawn(result: Drawable, *, around: Around, top: int) -> Picture:
    if isinstance(result, Case):
        from routegraph.render.plot_flows import plot_flows

        own = Around.of(result, graph=around.graph)
        return plot_flows(result.graph, result.posterior, result.reported, around=own, top=top)
    if isinstance(result, PlaceScores | LegScores | Partition | PathRules | CaseFigures):
        return _scores(result, around=around, top=top)
    if isinstance(result, Corridor):
        result = (result,)
    if isinstance(result, Sequence) and all(isinstance(one, Corridor) for one in result):
        from routegraph.render.plot_ranks import plot_corridors

        return plot_corridors([one for one in result if isinstance(one, Corridor)], around=around, top=top)
    if isinstance(result, tuple) and tuple(type(one) for one in result) in _FLOWS:
        from routegraph.render.plot_flows import plot_flows

        network, posterior, reported = (*result, result[0])[:3]
        own = Around(around.graph or network, posterior, around.marking, around.synthetic)
        return plot_flows(network, posterior, reported, around=own, top=top)
    raise SettingError(EXPECTED.format(type(result).__name__))


_FLOWS = ((RouteGraph, FlowPosterior), (RouteGraph, FlowPosterior, RouteGraph))


def _scores(result: Scores, *, around: Around, top: int) -> Picture:
    from routegraph.render.plot_change import is_change, plot_change
    from routegraph.render.plot_figures import plot_figures
    from routegraph.render.plot_map import plot_communities
    from routegraph.render.plot_ranks import plot_ranks
    from routegraph.render.plot_rules import plot_rules

    if isinstance(result, Partition):
        return plot_communities(result, around=around, top=top)
    if isinstance(result, PathRules):
        return plot_rules(result, around=around, top=top)
    if isinstance(result, CaseFigures):
        return plot_figures(result, around=around, top=top)
    if isinstance(result, LegScores) and is_change(result):
        return plot_change(result, around=around, top=top)
    return plot_ranks(result, around=around, top=top)
