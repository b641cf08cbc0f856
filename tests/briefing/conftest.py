"""A small case in South-East Asia, made by hand: eight places, four routes, twelve records."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest

from routegraph.analysis.scores import LegScores, Partition, PlaceScores
from routegraph.briefing import Briefing, Findings, Marking
from routegraph.briefing import compose as compose_findings
from routegraph.corridors import Corridor
from routegraph.flows.posterior import FlowPosterior, interval, p_top
from routegraph.network.graph import RouteGraph
from routegraph.records.batch import RecordBatch

PLACES = {
    "THA-ranong": ("Ranong", "THA", 9.96, 98.63, "port"),
    "MMR-kawthaung": ("Kawthaung", "MMR", 9.98, 98.55, "port"),
    "MMR-yangon": ("Yangon", "MMR", 16.80, 96.16, "city"),
    "THA-mae-sot": ("Mae Sot", "THA", 16.71, 98.57, "border_crossing"),
    "MMR-myawaddy": ("Myawaddy", "MMR", 16.69, 98.51, "border_crossing"),
    "THA-bangkok": ("Bangkok", "THA", 13.75, 100.50, "city"),
    "KHM-poipet": ("Poipet", "KHM", 13.66, 102.56, "border_crossing"),
    "KHM-phnom-penh": ("Phnom Penh", "KHM", 11.56, 104.92, "city"),
}
# path, how many steps were travelled, events, record ids, statuses of the steps
ROUTES = [
    (
        ("MMR-yangon", "MMR-myawaddy", "THA-mae-sot", "THA-bangkok"),
        2,
        5,
        ["r1", "r2", "r3", "r4", "r5"],
        ["inferred", "travelled", "intended"],
    ),
    (("THA-bangkok", "KHM-poipet", "KHM-phnom-penh"), 2, 3, ["r6", "r7", "r8"], ["travelled", "travelled"]),
    (("THA-ranong", "MMR-kawthaung"), 1, 2, ["r9", "r10"], ["travelled"]),
]


def records() -> pd.DataFrame:
    rows = []
    for path, travelled, _, ids, _ in ROUTES:
        rows += [
            (one, path[0], "", path[travelled], path[-1], ("bureau", "agency")[k % 2]) for k, one in enumerate(ids)
        ]
    rows += [("r11", "", "", "THA-bangkok", "", "agency"), ("r12", "THA-bangkok", "", "THA-bangkok", "", "bureau")]
    table = pd.DataFrame(
        rows, columns=["record_id", "origin_place", "via_places", "seized_place", "destination_place", "source"]
    )
    for end in ("origin", "seized", "destination"):
        table[f"{end}_country"] = table[f"{end}_place"].str[:3]
    return table.assign(
        diverted_place="",
        count=1,
        date_precision="day",
        tlp="AMBER",
        releasable_to="",
        date_from=pd.date_range("2023-01-03", periods=len(table), freq="30D"),
        date_to=pd.date_range("2023-01-03", periods=len(table), freq="30D"),
    )


def graph() -> RouteGraph:
    places = pd.DataFrame.from_dict(PLACES, orient="index", columns=["name", "country", "lat", "lon", "kind"])
    places = places.rename_axis("place_id").sort_index().assign(region="", seizures=0)
    places.loc[["THA-mae-sot", "KHM-phnom-penh", "MMR-kawthaung", "THA-bangkok"], "seizures"] = [5, 3, 2, 2]
    legs, evidence, periods = {}, [], []
    for number, (path, travelled, events, ids, statuses) in enumerate(ROUTES):
        periods.append((number, "2023", events))
        for step, status in enumerate(statuses):
            leg = dict.fromkeys(("travelled", "intended", "inferred"), 0) | {status: events}
            legs[path[step], path[step + 1]] = leg | {
                "n_records": len(ids),
                "seizures": events if step < travelled else 0,
            }
            part = "travelled" if step < travelled else "intended"
            evidence += [(number, step, one, status, part) for one in ids]
    table = pd.DataFrame.from_dict(legs, orient="index")
    table.index = pd.MultiIndex.from_tuples(table.index, names=["origin", "destination"])
    table = table.sort_index()
    ends = table.index.to_frame()
    table = table.assign(
        origin_country=ends["origin"].str[:3],
        destination_country=ends["destination"].str[:3],
        modes="road",
        commodity="arms.firearm.pistol",
        distance_km=123.456789,
        quantity_seized="3; 40.5",
        unit="kg; piece",
        licit=np.nan,
        sources="agency; bureau",
        tlp="AMBER",
        borders_crossed=(ends["origin"].str[:3] != ends["destination"].str[:3]).astype(int),
    )
    pair = table.iloc[:1].drop(columns=["travelled", "intended", "inferred"])
    pair.index = pd.MultiIndex.from_tuples([("MMR-yangon", "THA-mae-sot")], names=["origin", "destination"])
    routes = pd.DataFrame(
        [
            (path, travelled, events, len(ids), "road", "arms.firearm.pistol")
            for path, travelled, events, ids, _ in ROUTES
        ],
        columns=["path", "travelled_steps", "seizures", "n_records", "modes", "commodity"],
    ).rename_axis("route")
    uses = pd.DataFrame(evidence, columns=["route", "step", "record_id", "status", "part"])
    return RouteGraph(places, table, routes, uses, pd.DataFrame(periods, columns=["route", "period", "seizures"]), pair)


def posterior(network: RouteGraph) -> FlowPosterior:
    rng = np.random.default_rng(5)
    routes = rng.gamma(network.routes["seizures"].to_numpy() + 0.5, 1.0, (300, len(network.routes)))
    on = np.array(
        [
            [leg in [*pairwise(p)][:n] for leg in network.legs.index]
            for p, n in zip(network.routes["path"], network.routes["travelled_steps"], strict=True)
        ],
        dtype=float,
    )
    at = np.array(
        [
            [place in p[: n + 1] for place in network.places.index]
            for p, n in zip(network.routes["path"], network.routes["travelled_steps"], strict=True)
        ],
        dtype=float,
    )
    legs = (routes @ on).astype(np.float32)
    by_period = network.legs.index.to_frame(index=False).assign(
        period="2023", seizures=network.legs["seizures"].to_numpy()
    )
    by_period = pd.concat([by_period, interval(legs, name="flow")], axis=1)
    reason = "needs the removal estimator: `counts` is not corrected for detection"
    return FlowPosterior(
        legs,
        (routes @ at).astype(np.float32),
        routes.astype(np.float32),
        by_period,
        pd.Series(np.nan, index=network.legs.index),
        estimator="counts",
        seed=5,
        detection_corrected=False,
        not_estimated={
            "detection": reason,
            "surprise": reason,
            "p_excess": reason,
            "tier": reason,
            "expected": "no transits were given",
        },
        diagnostics={"events_per_year": 12.0},
    )


def corridor(rank: int, path: tuple[str, ...], ids: tuple[str, ...], **other: Any) -> Corridor:
    countries = tuple(dict.fromkeys(place[:3] for place in path))
    facts = {
        "corridor_id": f"C-{rank:010d}",
        "countries": countries,
        "borders_crossed": len(countries) - 1,
        "modes": "road",
        "commodity": "arms.firearm.pistol",
        "score": 0.9 / rank,
        "flow_mean": 5.512345678,
        "flow_p05": 2.1,
        "flow_p95": 9.8,
        "surprise": float("nan"),
        "p_top": 0.87,
        "tier": "",
        "verdict": "",
        "reasons": ("five reported seizures", "one step inferred"),
        "seizures": len(ids),
        "quantity_seized": "3; 40.5",
        "unit": "kg; piece",
        "n_records": len(ids),
        "tlp": "AMBER",
        "parts": {"volume": 0.9},
        "step_status": ("inferred",) * (len(path) - 1),
    }
    return Corridor(rank=rank, path=path, record_ids=ids, **(facts | other))


def batch_of(table: pd.DataFrame, **piles: pd.DataFrame) -> RecordBatch:
    empty = {
        "rejects": ["source", "row", "scope", "field", "value", "reason"],
        "duplicates": ["record_id", "duplicate_of", "rule"],
        "unmapped": ["source", "row", "column", "value"],
    }
    frames = {name: piles.get(name, pd.DataFrame(columns=columns)) for name, columns in empty.items()}
    rows = len(table) + 2
    made = {
        "digest": "d1",
        "profile": "routegraph",
        "rows_in": rows,
        "records": len(table),
        "rejected_rows": 1,
        "duplicates": 1,
        "caveats": [],
    }
    return RecordBatch(table, provenance={"seizures.csv": made}, **frames)


def inputs(**other: Any) -> dict[str, Any]:
    network = graph()
    flows = posterior(network)
    rejects = pd.DataFrame(
        [
            ("seizures.csv", 10, "row", "date", "30 February", "no such date"),
            ("seizures.csv", 9, "cell", "quantity", "-3", "quantity is negative"),
        ],
        columns=["source", "row", "scope", "field", "value", "reason"],
    )
    duplicates = pd.DataFrame([("r1b", "r1", "equal rows")], columns=["record_id", "duplicate_of", "rule"])
    unmapped = pd.DataFrame([("seizures.csv", 2, "note", "blue van")], columns=["source", "row", "column", "value"])

    def places_by(name: str, draws: np.ndarray) -> PlaceScores:
        table = interval(draws, name=name).set_index(network.places.index)
        return PlaceScores(table.assign(p_top=p_top(draws)), name)

    betweenness = interval(flows.legs / flows.legs.max(), name="betweenness").set_index(network.legs.index)
    return {
        "title": "Pistols, mainland",
        "graph": network,
        "posterior": flows,
        "scores": {
            "throughflow": places_by("throughflow", flows.places),
            "betweenness_places": places_by("betweenness", flows.places / flows.places.max()),
            "betweenness_legs": LegScores(betweenness.assign(p_top=p_top(flows.legs)), "betweenness"),
            "pagerank": places_by("pagerank", flows.places / flows.places.sum(axis=1, keepdims=True)),
        },
        "partition": Partition(
            pd.DataFrame({"community": 1, "stability": 0.9}, index=network.places.index), "leiden", {}, {1: "mainland"}
        ),
        "roles": pd.Series("transit", index=network.places.index),
        "corridors": (
            corridor(1, ROUTES[0][0], ("r1", "r2", "r3", "r4", "r5"), verdict="insufficient"),
            corridor(2, ROUTES[1][0], ("r6", "r7", "r8"), flow_mean=3.5, flow_p05=1.2, flow_p95=6.0),
        ),
        "leg_verdicts": pd.Series("", index=network.legs.index),
        "place_verdicts": pd.Series("insufficient", index=network.places.index),
        "batch": batch_of(records(), rejects=rejects, duplicates=duplicates, unmapped=unmapped),
        "extra_batches": (),
        "caveats": ["Traced firearms are not a random sample."],
        "sources": ["Made by hand for tests."],
        "filters": {"left out by since": 3, "used": 12},
        "marking": Marking("AMBER", ("IDN", "MYS")),
        "synthetic": True,
        "settings": {"seed": 5, "workers": 1},
        "versions": {"routegraph": "0.1.0"},
    } | other


def put_together(**given: Any) -> Briefing:
    """Compose a Briefing from everything a run hands over, by name."""
    names = ("graph", "posterior", "scores", "partition", "roles", "corridors", "leg_verdicts", "place_verdicts")
    found = Findings(
        **{name: given.pop(name) for name in (*names, "batch", "marking")}, extra=given.pop("extra_batches"),
        reported=given.pop("reported", None), counts=given.pop("counts", None),
    )  # fmt: skip
    return compose_findings(found, **given)


@pytest.fixture(scope="session")
def compose() -> Callable[..., Briefing]:
    """Return what composes a Briefing."""
    return put_together


@pytest.fixture(scope="session")
def case() -> Callable[..., dict[str, Any]]:
    """Return the builder of what compose takes."""
    return inputs


@pytest.fixture(scope="session")
def composed(case: Callable[..., dict[str, Any]]) -> Briefing:
    """Return the Briefing of the case."""
    return put_together(**case())


@pytest.fixture(scope="session")
def make_corridor() -> Callable[..., Corridor]:
    """Return the builder of one corridor."""
    return corridor


@pytest.fixture(scope="session")
def make_batch() -> Callable[..., RecordBatch]:
    """Return the builder of a batch around a records frame."""
    return batch_of
