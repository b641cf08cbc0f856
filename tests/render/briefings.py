"""Two Briefings for every target: a plain one, and the same with hostile text wherever text can stand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import cycle, pairwise

import numpy as np
import pandas as pd

from routegraph.briefing import Briefing, Judgement, Marking
from routegraph.briefing.columns import COLUMNS, NUMBERS
from routegraph.briefing.rankings import Rankings
from routegraph.briefing.tables import conform

LONG = "x" * 40_000
PAYLOADS = (
    "{{7*7777}}",
    "${7*7777}",
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "`7*7777`",
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "\x00\x07\x1b[31m",
    "\u202egnp.exe",
    "\ud800 alone",
    LONG,
    "{% for a in b %}",
    "{# open",
    '"><svg onload=alert(1)>',
    "'=1+1",
    "]]>",
    "<!--",
    "&lt;b&gt;",
    "a; b",
    "\ufffe\uffff",
    "＝1+1",
)

UNTOUCHED = ("kind", "named_pair", "how", "flow_rank", "count_rank", "counted", "tied", "moved")
"""Columns that no record fills."""

PLACES = {
    "THA-mae-sot": ("Mae Sot", "THA", 16.71, 98.57),
    "MMR-yangon": ("Yangon", "MMR", 16.8, 96.16),
    "FJI-suva": ("Suva", "FJI", -18.14, 178.44),
    "WSM-apia": ("Apia", "WSM", -13.83, -171.76),
    "SYC-nowhere": ("", "SYC", np.nan, np.nan),
}
PATHS = (
    ("MMR-yangon", "THA-mae-sot", "FJI-suva"),
    ("THA-mae-sot", "FJI-suva", "WSM-apia"),
    ("MMR-yangon", "SYC-nowhere", "WSM-apia"),
)


@cache
def plain() -> Briefing:
    """Return a case of five places, one without a position, with a corridor across the antimeridian."""
    corridors = pd.DataFrame(
        {
            "rank": [1, 2, 3],
            "corridor_id": ["C-1", "C-2", "C-3"],
            "path": [" > ".join(path) for path in PATHS],
            "countries": ["MMR; THA; FJI", "THA; FJI; WSM", "MMR; SYC; WSM"],
            "borders_crossed": [2, 2, 2],
            "modes": ["road; sea", "sea", "air"],
            "commodity": "arms.firearm.pistol",
            "score": [0.9, 0.5, 0.25],
            "flow_mean": [40.123456789, 21.0, np.nan],
            "flow_p05": [30.0, 11.5, np.nan],
            "flow_p95": [52.0, 33.0, np.nan],
            "p_top": [0.97, 0.5, 0.001],
            "verdict": ["", "single_source", "insufficient"],
            "reasons": "41 seizures; 2 sources",
            "seizures": [41, 20, 1],
            "quantity_seized": ["12; 1200", "3.5", ""],
            "unit": ["kg; piece", "kg", ""],
            "n_records": [30, 12, 1],
            "record_ids": ["r1; r2", "r2", "-7"],
            "tlp": "GREEN",
        }
    )
    ends = [leg for path in PATHS for leg in pairwise(path)]
    legs = pd.DataFrame(ends, columns=["origin", "destination"]).drop_duplicates(ignore_index=True)
    legs = legs.assign(
        modes="sea",
        commodity="arms",
        distance_km=-1.5,
        borders_crossed=1,
        travelled=3,
        intended=0,
        inferred=1,
        n_records=2,
        seizures=3,
        quantity_seized="3",
        unit="kg",
        flow_mean=3.25,
        flow_p05=1.0,
        flow_p95=7.0,
        tlp="GREEN",
        named_pair=["no"] * (len(legs) - 1) + ["yes"],
    )
    places = pd.DataFrame(
        [(place, *known, "port", 4, 9.5, 4.0, 15.0, 0.4, 1, "transit", "GREEN") for place, known in PLACES.items()],
        columns=[
            "place_id",
            "name",
            "country",
            "lat",
            "lon",
            "kind",
            "seizures",
            "throughflow_mean",
            "throughflow_p05",
            "throughflow_p95",
            "p_top",
            "community",
            "role",
            "tlp",
        ],
    )
    evidence = pd.DataFrame(
        [
            ("corridor", "C-1", 0, "r1", "travelled"),
            ("corridor", "C-1", 1, "r1", "intended"),
            ("place", "FJI-suva", None, "r2", "travelled"),
        ],
        columns=["kind", "id", "step", "record_id", "status"],
    )
    tables = {
        "corridors": corridors,
        "legs": legs,
        "places": places,
        "flows": legs.assign(period="2023"),
        "evidence": evidence.assign(step=evidence["step"].astype("Int64")),
        "records": pd.DataFrame(
            [
                ("r1", "2023-08", 41, "Mae Sot", "THA", "arms", "Police", "B", "2", "GREEN"),
                ("r2", "2022", 20, "", "FJI", "arms", "", "", "", "GREEN"),
            ],
            columns=list(COLUMNS["records"]),
        ),
        "rejects": pd.DataFrame([("a.csv", 7, "cell", "quantity", "-3", "negative")], columns=list(COLUMNS["rejects"])),
        "duplicates": pd.DataFrame([("r9", "r1", "equal rows")], columns=list(COLUMNS["duplicates"])),
        "structure": pd.DataFrame(
            [("throughflow", "place", "THA-mae-sot", 3.0, 1.0, 5.0, 1, 2, 0.9, 1, "role: =cmd()")],
            columns=list(COLUMNS["structure"]),
        ),
        "unmapped": pd.DataFrame([("a.csv", 2, "note", 'blue, "new" van')], columns=list(COLUMNS["unmapped"])),
    }
    return Briefing(
        title="Test case",
        period="2022 to 2023",
        marking=Marking("GREEN"),
        synthetic=False,
        estimator="counts",
        judgements=(Judgement("Yangon leads.", "30 records"),),
        caveats=("Seizures are not flow.",),
        coverage=(("a.csv", "3 rows in = 2 records + 1 set aside"),),
        not_estimated={"tier": "no reason"},
        sources=("Made by hand.",),
        tables={name: conform(table, name) for name, table in tables.items()},
        border="country",
        run={
            "versions": {"routegraph": "0"},
            "settings": {"workers": 1, "out": ["a"]},
            "diagnostics": {"x": float("nan")},
        },
        confidence="Confidence is low.",
    )


@cache
def corrected(*, levels_told: bool = True) -> Briefing:
    """Return the plain case under the removal estimator: detection, sentences, both rankings, what drives detection."""
    briefing = plain()
    legs = briefing.tables["legs"].copy()
    own = legs.loc[legs["named_pair"] != "yes"]
    ranked = own[["origin", "destination", "flow_mean", "flow_p05", "flow_p95"]].assign(
        flow_rank=np.arange(1.0, len(own) + 1),
        counted=3.0,
        count_rank=[9.0, *[1.0] * (len(own) - 2), np.nan],
        tied=True,
    )
    ranked["moved"] = ranked["count_rank"] - ranked["flow_rank"]
    gone = ranked.iloc[:1].assign(origin="WSM-apia", flow_mean=np.nan, flow_rank=np.nan, moved=np.nan)
    corridors = briefing.tables["corridors"][["corridor_id", "path", "flow_mean", "flow_p05", "flow_p95"]].assign(
        flow_rank=[1.0, 2.0, np.nan], counted=[1.0, 5.0, 0.0], count_rank=[2.0, 1.0, np.nan], tied=False,
        moved=[1.0, -1.0, np.nan],
    )  # fmt: skip
    legs["why"] = [f"Sentence on leg {k}." for k in range(len(legs))]
    legs.loc[0, ["travelled", "intended", "inferred", "n_records"]] = 0
    places = briefing.tables["places"].assign(
        detection_mean=[0.021, 0.4, np.nan, 0.0003, 0.1], detection_p05=[0.003, 0.2, np.nan, 0.00001, 0.05],
        detection_p95=[0.06, 0.6, np.nan, 0.001, 0.2], why=[f"Sentence on place {k}." for k in range(5)],
    )  # fmt: skip
    drivers = pd.DataFrame(
        [("THA-mae-sot", "seized", "r1"), ("THA-mae-sot", "passed", "r2"), ("MMR-yangon", "passed", "r1")],
        columns=["place_id", "how", "record_id"],
    )
    return replace(
        briefing,
        estimator="removal",
        tables=briefing.tables | {"legs": legs, "places": places},
        rankings=Rankings(
            pd.concat([ranked, gone], ignore_index=True), corridors, n_legs=len(own), n_counted=4, top=1, kept=0
        ),
        drivers=drivers,
        levels_told=levels_told,
    )


@cache
def untold() -> Briefing:
    """Return the corrected case where the data cannot tell levels."""
    return corrected(levels_told=False)


@cache
def hostile() -> Briefing:
    """Return the corrected case with a payload in front of every text; a place has the same one wherever it stands."""
    briefing = corrected()
    supply = cycle(PAYLOADS)
    known = {place: f"{payload}{place}" for place, payload in zip(PLACES, PAYLOADS, strict=False)}

    def bad(text: str) -> str:
        return known.get(text) or (next(supply) + text)

    def table(frame: pd.DataFrame) -> pd.DataFrame:
        columns = {}
        for name in frame.columns:
            if name in NUMBERS or name in UNTOUCHED:
                columns[name] = frame[name]
            elif name == "path":
                paths = [" > ".join(known[place] for place in path.split(" > ")) for path in frame[name]]
                columns[name] = pd.Series(paths, dtype=object)
            else:
                # dtype str cannot hold half a surrogate pair; a frame that somebody made by hand can.
                columns[name] = pd.Series([bad(text) for text in frame[name]], dtype=object)
        return pd.DataFrame(columns)

    return replace(
        briefing,
        title=bad("title"),
        period="".join(PAYLOADS),
        marking=Marking("AMBER+STRICT", (PAYLOADS[0], PAYLOADS[3])),
        synthetic=True,
        judgements=tuple(Judgement(payload, payload) for payload in PAYLOADS),
        caveats=PAYLOADS,
        coverage=tuple((payload, payload) for payload in PAYLOADS),
        not_estimated=dict.fromkeys(PAYLOADS, "{{7*7777}}"),
        sources=PAYLOADS,
        tables={name: table(frame) for name, frame in briefing.tables.items()},
        rankings=replace(
            briefing.rankings, legs=table(briefing.rankings.legs), corridors=table(briefing.rankings.corridors)
        ),
        drivers=table(briefing.drivers),
        run={"versions": {"routegraph": "{{7*7777}}"}, "settings": {payload: [payload] for payload in PAYLOADS}},
        confidence="".join(PAYLOADS),
    )


@cache
def empty() -> Briefing:
    """Return a case in which nothing was found: every table is there and holds no row."""
    briefing = plain()
    tables = {name: frame.iloc[:0] for name, frame in briefing.tables.items()}
    return replace(
        briefing, tables=tables, judgements=(), caveats=(), coverage=(), sources=(), not_estimated={}, run={}
    )


KINDS: dict[str, Callable[[], Briefing]] = {
    "plain": plain,
    "corrected": corrected,
    "untold": untold,
    "hostile": hostile,
    "empty": empty,
}
