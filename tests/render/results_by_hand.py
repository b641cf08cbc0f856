"""A case of six places, and a result of each kind on it, small enough to draw in no time."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from routegraph.analysis.scores import CaseFigures, LegScores, Partition, PathRules
from routegraph.analysis.summary import leg_scores, place_scores
from routegraph.briefing.product import Briefing, Marking
from routegraph.corridors.corridor import Corridor, corridor_id
from routegraph.flows.posterior import FlowPosterior
from routegraph.network.graph import RouteGraph

IDS = ["THA-bkk", "MMR-rgn", "MYS-pen", "SGP-sin", "VNM-sgn", "PHL-mnl"]
NAMES = ["Bangkok", "Yangon", "Penang", "Singapore", "Saigon", "Manila"]
LAT, LON = [13.7, 16.8, 5.4, 1.3, 10.8, 14.6], [100.5, 96.2, 100.3, 103.8, 106.7, 121.0]
LEGS = [(IDS[0], IDS[2]), (IDS[1], IDS[0]), (IDS[2], IDS[3]), (IDS[4], IDS[0]), (IDS[5], IDS[4])]
SEIZURES = [40, 30, 2, 20, 10]
FLOW = [400.0, 300.0, 900.0, 20.0, 100.0]
"""Ten to a report on the usual leg; far more on the third and far fewer on the fourth."""


@dataclass(frozen=True)
class ByHand:
    """What is read of a run."""

    graph: RouteGraph
    posterior: FlowPosterior
    reported: RouteGraph
    scores: dict[str, object] = field(default_factory=dict)
    partition: object = None
    corridors: tuple[Corridor, ...] = ()
    briefing: Briefing | None = None


def network(names=None, *, lat=LAT, lon=LON) -> RouteGraph:
    """Return the graph with these names of places."""
    places = pd.DataFrame(
        {"name": list(names or NAMES), "country": [one[:3] for one in IDS], "lat": lat, "lon": lon, "seizures": 1},
        index=pd.Index(IDS, name="place_id"),
    )
    legs = pd.DataFrame({"seizures": SEIZURES}, index=pd.MultiIndex.from_tuples(LEGS, names=["origin", "destination"]))
    routes = pd.DataFrame({"path": LEGS, "seizures": SEIZURES}).rename_axis("route")
    nothing = pd.DataFrame()
    return RouteGraph(places, legs, routes, nothing, nothing, nothing)


def draws(mean, *, spread: float = 0.1, count: int = 60) -> np.ndarray:
    """Return draws around means, the same every time."""
    noise = np.random.default_rng(7).gamma(1 / spread**2, spread**2, (count, len(mean)))
    return np.asarray(np.array(mean, dtype=float) * noise)


def posterior_of(graph: RouteGraph, *, corrected: bool = True) -> FlowPosterior:
    legs = draws(FLOW)
    touch = np.array([[place in leg for place in IDS] for leg in LEGS], dtype=float)
    return FlowPosterior(
        legs=legs.astype(np.float32), places=(legs @ touch).astype(np.float32), routes=legs.astype(np.float32),
        by_period=pd.DataFrame(), expected=pd.Series(np.nan, index=graph.legs.index),
        estimator="removal" if corrected else "counts", seed=1, detection_corrected=corrected,
    )  # fmt: skip


def briefing(*, synthetic: bool = True) -> Briefing:
    return Briefing(
        title="t", period="p", marking=Marking("AMBER", ("IDN", "PHL")), synthetic=synthetic, estimator="removal",
        judgements=(), caveats=(), coverage=(), not_estimated={}, sources=(), tables={}, border="country",
    )  # fmt: skip


def corridor(rank: int, path: list[str], **changes: object) -> Corridor:
    facts: dict[str, object] = {
        "rank": rank, "corridor_id": corridor_id(path), "path": tuple(path), "countries": ("THA", "MYS"),
        "borders_crossed": 1, "modes": "sea", "commodity": "arms", "score": 0.9 - rank / 10, "flow_mean": 60.0 / rank,
        "flow_p05": 40.0 / rank, "flow_p95": 90.0 / rank, "surprise": 0.0, "p_top": 0.5, "tier": "1", "verdict": "",
        "reasons": ("for a reason",), "seizures": 7, "quantity_seized": "1", "unit": "piece", "n_records": 3,
        "record_ids": ("r1",), "tlp": "AMBER",
    }  # fmt: skip
    return Corridor(**{**facts, **changes})


def change_scores(graph: RouteGraph) -> LegScores:
    scores = leg_scores(graph, draws(FLOW), name="change", parameters={"before": "2021", "after": "2022"})
    told = {
        f"flow_{when}_{end}": np.array(FLOW) * size * factor
        for when, size in (("before", 1.0), ("after", 0.5)) for end, factor in (("mean", 1), ("p05", 0.8), ("p95", 1.3))
    }  # fmt: skip
    what = ["fell", "appeared", "", "displaced_to", ""]
    table = scores.table.assign(**told, what=what, probability=[0.9, 0.85, np.nan, 0.81, np.nan])
    return LegScores(table, "change", {**scores.parameters, "expected_false": 0.44})


def partition(graph: RouteGraph, *, names=None) -> Partition:
    table = pd.DataFrame(
        {
            "community": [1, 1, 1, 2, 2, 0],
            "stability": [1.0, 0.9, 0.3, 0.8, 0.8, np.nan],
            "leading": [1, 2, 3, 1, 2, 0],
        },
        index=graph.places.index,
    )
    return Partition(table, "communities", {"p_value": 0.01}, names or {0: "no community", 1: "Bangkok", 2: "Saigon"})


def rules() -> PathRules:
    table = pd.DataFrame({
        "rule": ["a sentence", "another"], "context": [f"{IDS[1]} > {IDS[0]}", f"{IDS[4]} > {IDS[0]}"],
        "next": [IDS[2], IDS[2]], "memory_mean": [0.8, 0.1], "memory_p05": [0.7, 0.02], "memory_p95": [0.9, 0.2],
        "shorter_mean": [0.5, 0.5], "support": [40.0, 20.0],
    })  # fmt: skip
    return PathRules(table, "memory", {"order": 2})


def figures() -> CaseFigures:
    table = pd.DataFrame(
        {
            "unseen_mean": [0.7, 140.0, np.nan], "unseen_p05": [0.6, 120.0, np.nan], "unseen_p95": [0.8, 190.0, np.nan],
            "said": ["holds 70 %", "at least 140", ""], "unit": ["share", "routes", "share"],
        },
        index=pd.Index(["coverage", "routes_at_least", "flow_without_record"], name="figure"),
    )  # fmt: skip
    return CaseFigures(table, "unseen", {})


def case_by_hand(names=None, *, corrected: bool = True, lat=LAT, lon=LON) -> ByHand:
    graph = network(names, lat=lat, lon=lon)
    posterior = posterior_of(graph, corrected=corrected)
    through = place_scores(graph, posterior.places.astype(float), name="throughflow", parameters={})
    return ByHand(
        graph, posterior, graph, {"throughflow": through}, partition(graph),
        (corridor(1, IDS[:3]), corridor(2, [IDS[5], IDS[4], IDS[0], IDS[2]], verdict="single_source")), briefing(),
    )  # fmt: skip


def everything(case: ByHand) -> dict[str, object]:
    """Return a result of each kind."""
    return {
        "case": case, "places": case.scores["throughflow"], "change": change_scores(case.graph),
        "legs": leg_scores(case.graph, draws(FLOW), name="betweenness", parameters={}), "partition": case.partition,
        "corridors": case.corridors, "corridor": case.corridors[0], "rules": rules(), "figures": figures(),
        "flows": (case.graph, case.posterior), "flows and counts": (case.graph, case.posterior, case.graph),
    }  # fmt: skip
