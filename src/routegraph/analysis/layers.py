"""Layers: which places serve several modes or several kinds of goods, and how far the layers use the same legs."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from routegraph.analysis.layer_flows import LayerFlows
from routegraph.analysis.layer_shares import LAYERS, Layering
from routegraph.analysis.scores import CaseFigures, PlaceScores
from routegraph.analysis.summary import place_scores
from routegraph.analysis.sweep import check_aligned
from routegraph.flows.posterior import interval

if TYPE_CHECKING:
    from collections.abc import Mapping

    from routegraph.flows.posterior import FlowPosterior
    from routegraph.network.graph import RouteGraph

OVERLAP = "overlap"


def mode_participation(graph: RouteGraph, posterior: FlowPosterior) -> PlaceScores:
    """Say how evenly the traffic of each place is spread over the modes: where road, sea, air and others meet.

    Parameters
    ----------
    graph, posterior
        The network, with events by mode (``graph.layers``), and draws of flow on its routes.

    Returns
    -------
    PlaceScores
        Indexed by place_id: mode_participation_mean, mode_participation_p05, mode_participation_p95 (0 = all in one
        mode, 1 = equal parts in all modes of the case; 0 without flow), p_top, rank_p05, rank_p95, tier, and
        flow_MODE_mean for every mode of the case: mean throughflow in that mode, in consignments.

    Raises
    ------
    SettingError
        The draws belong to another graph.

    Notes
    -----
    P_i = L / (L - 1) (1 - sum_l (o_il / o_i)^2) over the L layers of the case, o_il being the flow of the routes that
    pass place i in layer l; 0 where the case has fewer than two layers. A route's flow is shared over the layers as
    :func:`routegraph.analysis.layer_shares.layering` has it, drawn anew for each draw of flow. Throughflow is divided
    in the proportion of the routes: events seized at a place beside all routes follow it, and are in no layer where
    no route passes.

    A record states one mode, that in which the consignment was seized: a route by truck and ship counts where its
    seizures were made, so that a port where all is found in lorries looks like road. Events of unknown mode inform
    nothing. At a place that few records speak of, the value leans on the case's shares and its interval is wide: read
    the lower end.

    References
    ----------
    Battiston, F., Nicosia, V. and Latora, V. (2014), doi 10.1103/PhysRevE.89.032804.
    """
    return _participation(graph, posterior, kind="mode")


def commodity_participation(graph: RouteGraph, posterior: FlowPosterior) -> PlaceScores:
    """Say how evenly the traffic of each place is spread over families of goods: where arms and drugs pass alike.

    Parameters
    ----------
    graph, posterior
        The network, with events by commodity (``graph.layers``), and draws of flow on its routes.

    Returns
    -------
    PlaceScores
        commodity_participation_mean, _p05, _p95 and the rest as of :func:`mode_participation`, over families: the
        first part of a commodity code, such as arms or drugs; flow_FAMILY_mean for each.

    Raises
    ------
    SettingError
        The draws belong to another graph.

    Notes
    -----
    As :func:`mode_participation`. Families are those of the records (``docs/taxonomy.md``); ``unspecified`` and blank
    inform nothing. Trafficking in persons and piracy are no consignments and have no code: they are layers only where
    a profile gives them one. A case of one agency holds what that agency looks for: one family says nothing of the
    others.

    References
    ----------
    Battiston, F., Nicosia, V. and Latora, V. (2014), doi 10.1103/PhysRevE.89.032804.
    """
    return _participation(graph, posterior, kind="commodity")


def layer_overlap(graph: RouteGraph, posterior: FlowPosterior) -> CaseFigures:
    """Say for each pair of modes, and of families of goods, how much of their flow uses the same legs.

    For an analyst: whether a check against one kind of traffic would meet the other.

    Parameters
    ----------
    graph, posterior
        The network, with events by mode and commodity (``graph.layers``), and draws of flow.

    Returns
    -------
    CaseFigures
        One row a pair, indexed like ``commodity: arms, drugs``: overlap_mean, overlap_p05, overlap_p95 (0 = no leg in
        common, 1 = the same share of each on every leg), said (one sentence), unit (share), told (share of the flow
        on legs that is of routes with an event of known layer). Without rows where no kind has two layers.

    Raises
    ------
    SettingError
        The draws belong to another graph.

    Notes
    -----
    With x_e the share of a layer's flow over all legs that is on leg e, and y_e that of the other, overlap =
    sum_e min(x_e, y_e) / sum_e max(x_e, y_e) (weighted Jaccard, or Ruzicka, similarity): how busy each layer is in
    all makes no difference. Flow of a leg is divided over layers in the proportion of the routes that travelled it;
    see :func:`routegraph.analysis.layer_shares.layering`.

    A route without records is shared as the case is, which makes layers look alike: where ``told`` is low, an overlap
    is assumed more than seen. Two layers that different agencies report, each from its own ports, look apart for that
    alone.

    References
    ----------
    Ruzicka, M. (1958), Anwendung mathematisch-statistischer Methoden in der Geobotanik, Biologia (Bratislava) 13,
    647-661.
    """
    check_aligned(graph, posterior)
    rows: dict[str, dict[str, object]] = {}
    stated: dict[str, object] = {}
    for kind in LAYERS:
        flows = LayerFlows.of_legs(graph, posterior, kind=kind)
        stated |= {f"{kind}_{name}": value for name, value in _stated(flows.layering).items()}
        if len(flows.parts) > 1 and len(flows.whole):
            rows |= _overlaps(graph, flows)
    ends = [f"{OVERLAP}_{end}" for end in ("mean", "p05", "p95")]
    index = pd.Index(list(rows), name="figure", dtype="str")
    table = pd.DataFrame(list(rows.values()), index=index, columns=[*ends, "said", "unit", "told"])
    types = dict.fromkeys([*ends, "told"], "float64") | dict.fromkeys(["said", "unit"], "str")
    return CaseFigures(table.astype(types), OVERLAP, stated)


def _participation(graph: RouteGraph, posterior: FlowPosterior, *, kind: str) -> PlaceScores:
    check_aligned(graph, posterior)
    flows = LayerFlows.of_places(graph, posterior, kind=kind)
    found = flows.layering
    whole, squares = np.zeros(flows.whole.shape), np.zeros(flows.whole.shape)
    means = {}
    for layer, name in enumerate(found.names):
        part = flows.layer(layer)
        squares += part**2
        means[f"flow_{name}_mean"] = (part * flows.whole).mean(axis=0) if len(part) else np.zeros(part.shape[1])
        whole += part
    many = len(found.names)
    draws = np.where(whole > 0, many / max(many - 1, 1) * (1 - squares), 0.0) if many > 1 else whole * 0
    scores = place_scores(graph, np.maximum(draws, 0.0), name=f"{kind}_participation", parameters=_stated(found))
    return replace(scores, table=scores.table.assign(**means))


def _overlaps(graph: RouteGraph, flows: LayerFlows) -> Mapping[str, dict[str, object]]:
    """Return a row for each pair of layers."""
    # Legs in an order of their own, so that sums have the same bytes whatever the order of the table.
    order = graph.legs.index.to_frame(index=False).sort_values(["origin", "destination"]).index.to_numpy()
    shares = []
    for layer in range(len(flows.parts)):
        part = (flows.layer(layer) * flows.whole)[:, order]
        shares.append(np.divide(part, total := part.sum(axis=1, keepdims=True), out=part, where=total > 0))
    kind, names = flows.layering.kind, flows.layering.names
    return {
        f"{kind}: {names[a]}, {names[b]}": _pair(_jaccard(shares[a], shares[b]), names[a], names[b], told=flows.told)
        for a, b in combinations(range(len(names)), 2)
    }


def _jaccard(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    both, either = (extreme(one, other).sum(axis=1) for extreme in (np.minimum, np.maximum))
    there = one.any(axis=1) & other.any(axis=1)
    return np.asarray(both[there] / either[there])


def _pair(draws: np.ndarray, one: str, other: str, *, told: float) -> dict[str, object]:
    found: dict[str, object] = dict.fromkeys((f"{OVERLAP}_{end}" for end in ("mean", "p05", "p95")), np.nan)
    said = ""
    if len(draws):
        ends = interval(draws[:, None], name=OVERLAP).iloc[0]
        found |= {str(name): value for name, value in ends.items()}
        mean, low, high = (f"{100 * value:.0f}" for value in ends)
        pair = f"{one} and {other}".replace("_", " ").capitalize()
        said = f"{pair} share {mean} % of their legs' flow (90 % interval {low}-{high} %)"
        said += "." if told >= 0.5 else f"; only {100 * told:.0f} % of the flow is of routes whose records tell this."
    return {**found, "said": said, "unit": "share", "told": told}


def _stated(found: Layering) -> dict[str, object]:
    stated: dict[str, object] = {
        "layers": ", ".join(found.names),
        "concentration": round(float(np.median(found.concentration)), 3) if len(found.concentration) else np.nan,
        "draws": len(found.draws),
    }
    if len(found.names) < 2:
        few = f"all are {found.names[0]}" if found.names else f"no record states a {found.kind}"
        stated["not_estimated"] = f"the case has one layer or none: {few}"
    return stated
