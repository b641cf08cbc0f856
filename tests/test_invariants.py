"""The twelve invariants of the architecture, each under its own name, and one contract for every member of a registry.

Invariant 4 (``import routegraph`` is light) is proved in ``tests/test_house.py``; the others that are also proved
elsewhere at length stand here once more on a case small enough to read.
"""

from __future__ import annotations

import ast
import gzip
import inspect
import io
import json
import os
import re
import subprocess
import sys
import typing
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from as_text import PICTURES, as_text  # noqa: I001

import routegraph
from routegraph.analysis import ANALYSES, CaseFigures, LegScores, Partition, PathRules, PlaceScores
from routegraph.briefing.caveats import NOT_CORRECTED, NOT_FLOW
from routegraph.corridors import find_corridors, score
from routegraph.errors import InputError
from routegraph.flows import FlowPosterior, estimate_counts
from routegraph.network import RouteGraph, build_graph
from routegraph.places import Gazetteer
from routegraph.records import list_profiles, load_profile, read_seizures, read_transits
from routegraph.records.readers import READERS, ReadOptions, read_raw
from routegraph.render import RUN_TARGETS, TARGETS, Target
from routegraph.run import Result, run_case
from routegraph.settings import ESTIMATORS, Settings

SOURCE = Path(routegraph.__file__).parent
GAZETTEER = Gazetteer.builtin()
PAYLOADS = "{{7*7777}} ${7*7777} </script><script>alert(1)</script> <img src=x onerror=alert(1)> `x` =1+1"

Row = Mapping[str, str]
NORTH = ["MMR-yangon", "MMR-myawaddy", "THA-mae-sot", "THA-bangkok"]
SOUTH = ["THA-bangkok", "THA-sadao", "MYS-bukit-kayu-hitam", "MYS-penang"]


def seizure(number: int, path: list[str], **fields: str) -> Row:
    """Return a record of a consignment that was seized where its path ends."""
    return {
        "record_id": f"R-{number:03d}", "date": f"2023-03-{number % 28 + 1:02d}", "origin": path[0],
        "via": " > ".join(path[1:-1]), "seized_at": path[-1], "mode": "road", "commodity": "arms.firearm.pistol",
        "quantity": str(number), "unit": "piece", "source": ("police", "customs")[number % 2], "tlp": "GREEN",
        **fields,
    }  # fmt: skip


SECRET = seizure(900, ["MMR-kawthaung", "THA-ranong", "THA-bangkok"], record_id="R-SECRET", tlp="RED", remarks="hush")
OPEN_ROWS = [
    *(seizure(k, NORTH) for k in range(1, 9)),
    *(seizure(k, SOUTH) for k in range(11, 16)),
    seizure(20, ["THA-chiang-mai"], origin="", remarks="domestic"),
    seizure(21, SOUTH, remarks=PAYLOADS, source=PAYLOADS, origin=PAYLOADS, origin_country="THA"),
    seizure(22, NORTH, quantity="twelve"),
    seizure(23, NORTH, seized_at="", count="1"),
]


def case(folder: Path, rows: list[Row], **settings: Any) -> Result:
    """Run a case of these rows and write nothing but its input."""
    path = folder / "seizures.csv"
    folder.mkdir(exist_ok=True)
    pd.DataFrame(rows).fillna("").to_csv(path, index=False)
    return run_case(Settings(seizures=(path,), draws=40, **settings), write=False)


def products(result: Result) -> dict[str, bytes]:
    return {target.filename: target.render(result.briefing) for target in TARGETS.values()}


def said(files: dict[str, bytes], target: Target) -> str:
    """Return what a product says, with line breaks that a layout may put in anywhere as blanks."""
    return " ".join(as_text(target.suffix, files[target.filename]).split())


@pytest.fixture(scope="module", params=ESTIMATORS)
def small(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Result:
    folder = tmp_path_factory.mktemp("small") / "case"
    return case(folder, [*OPEN_ROWS, SECRET], estimator=request.param)


@pytest.fixture(scope="module")
def untouched(small: Result) -> str:
    """Return what the Briefing held before anything was made of it."""
    return snapshot(small.briefing)


@pytest.fixture(scope="module")
def files(small: Result, untouched: str) -> dict[str, bytes]:
    return products(small)


# --- the invariants ---------------------------------------------------------------------------------------------------


def test_invariant_1_every_leg_score_and_corridor_traces_to_record_ids(small):
    known, tables = set(small.batch.records["record_id"]), small.briefing.tables
    evidence = tables["evidence"]
    ids = {kind: set(evidence.loc[evidence["kind"] == kind, "id"]) for kind in ("leg", "place", "corridor")}
    assert set(evidence["record_id"]) <= known
    # A candidate leg that no record uses has no evidence, says so by its zeros, and is not there under counts.
    events = small.graph.legs[["travelled", "intended", "inferred"]].sum(axis=1)
    bare = {f"{a} > {b}" for a, b in events.index[events == 0]}
    assert {f"{a} > {b}" for a, b in small.graph.legs.index} - bare == ids["leg"]
    assert not bare or small.settings.estimator == "removal"
    passed = {place for leg in bare for place in leg.split(" > ")}
    assert set(small.scores) == set(ANALYSES)
    for name, scores in small.scores.items():
        if isinstance(scores, PathRules):
            assert {one for cell in scores.table["record_ids"] for one in cell.split("; ")} <= known, name
        if not isinstance(scores, PlaceScores | LegScores):
            continue
        mean = scores.table[f"{scores.measure}_mean"]
        scored = mean.index[mean.fillna(0.0) != 0]
        held = ids["leg"] | bare if isinstance(scores, LegScores) else ids["place"] | passed
        assert {" > ".join(i) if isinstance(i, tuple) else i for i in scored} <= held, name
    assert small.corridors
    for corridor in small.corridors:
        assert set(corridor.record_ids) <= known
        assert set(evidence.loc[evidence["id"] == corridor.corridor_id, "record_id"]) == set(corridor.record_ids)


def test_invariant_2_no_function_changes_its_inputs(small, untouched, files):
    records = small.batch.records.copy()
    build_graph(small.batch.records, gazetteer=GAZETTEER)
    pd.testing.assert_frame_equal(small.batch.records, records)
    graph, posterior = snapshot(small.graph), snapshot(small.posterior)
    estimate_counts(small.graph, draws=20)
    for analysis in ANALYSES.values():
        analysis(small.graph, small.posterior)
    find_corridors(small.graph, small.posterior)
    for target in TARGETS.values():
        assert target.render(small.briefing) == files[target.filename], target.name
    assert (snapshot(small.graph), snapshot(small.posterior)) == (graph, posterior)
    assert snapshot(small.briefing) == untouched


def snapshot(thing: Any) -> str:
    """Return everything that a frozen dataclass holds, as text to the last digit."""

    def text(value: Any) -> str:
        if isinstance(value, pd.DataFrame | pd.Series):
            return value.to_json(double_precision=15, orient="split", default_handler=str)
        if isinstance(value, np.ndarray):
            return value.tobytes().hex()
        if isinstance(value, Mapping):
            return "".join(f"{key}={text(value[key])}" for key in sorted(value))
        return repr(value)

    return "\n".join(f"{name}: {text(getattr(thing, name))}" for name in thing.__dataclass_fields__)


def test_invariant_3_same_inputs_and_seed_give_the_same_bytes(small, files, tmp_path):
    rows = pd.DataFrame([*OPEN_ROWS, SECRET]).fillna("").sample(frac=1, random_state=3)
    (tmp_path / "case").mkdir()
    rows.to_csv(tmp_path / "case" / "seizures.csv", index=False)
    arguments = ["--seizures", "case/seizures.csv", "--draws", "40", "--workers", "3", "--out", "out"]
    arguments += ["--estimator", small.settings.estimator]
    wanted = [part for name in RUN_TARGETS.keys() ^ TARGETS.keys() for part in ("--to", name)]
    for seed, command in (("11", ["run", *arguments]), ("12", ["export", "out", *wanted])):
        subprocess.run(
            [sys.executable, "-m", "routegraph.cli", *command],
            env={**os.environ, "PYTHONHASHSEED": seed}, cwd=tmp_path, check=False, capture_output=True,
        )  # fmt: skip
    again = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    assert sorted(again) == sorted(files)
    # a row's number in its file, digests of tables with such numbers, and timings
    where_a_cell_stands = {"rejects.csv", "unmapped.csv", "case.xlsx", "briefing.json", "run.json"}
    assert [name for name in sorted(set(files) - where_a_cell_stands) if files[name] != again[name]] == []
    digests = [json.loads(text["run.json"])["inputs"] for text in (files, again)]
    assert digests[0] == digests[1]


def test_invariant_5_utc_kg_km_and_wgs84(tmp_path):
    path = tmp_path / "units.csv"
    late = seizure(1, NORTH, date="2023-01-31T23:30:00-05:00", quantity="2500", unit="g")
    pd.DataFrame([late]).to_csv(path, index=False)
    batch = read_seizures([path], profile=load_profile("routegraph"), gazetteer=GAZETTEER)
    record = batch.records.iloc[0]
    assert (record["date"], record["quantity"], record["unit"]) == ("2023-02-01", 2.5, "kg")
    legs = build_graph(batch.records, gazetteer=GAZETTEER).legs
    # Mae Sot (16.71 N 98.57 E) to Bangkok (13.75 N 100.50 E): 111.2 km a degree of latitude, 107.6 of longitude
    plane = np.hypot(111.2 * (16.71 - 13.75), 107.6 * (100.50 - 98.57))
    assert legs.loc[("THA-mae-sot", "THA-bangkok"), "distance_km"] == pytest.approx(plane, rel=0.02)


def test_invariant_6_a_higher_score_is_more_notable(small):
    ranked = [corridor.score for corridor in small.corridors]
    assert ranked == sorted(ranked, reverse=True)
    for part in score.WEIGHTS:
        low = dict.fromkeys(score.WEIGHTS, 0.4)
        assert score.total({**low, part: 0.6}) > score.total(low), part
    for name, analysis in ANALYSES.items():
        found = analysis(small.graph, level_draws(small.posterior))
        if not isinstance(found, PlaceScores | LegScores) or "not_estimated" in found.parameters:
            continue
        mean, top = found.table[f"{found.measure}_mean"], found.table["p_top"]
        assert mean[top == top.max()].min() >= mean[top == top.min()].max() - 1e-12, name


def level_draws(posterior: FlowPosterior) -> FlowPosterior:
    """Return the posterior with its mean in place of every draw."""
    flat = {name: np.repeat(getattr(posterior, name).mean(axis=0, keepdims=True), 4, axis=0).astype(np.float32)
            for name in ("legs", "places", "routes")}  # fmt: skip
    return replace(posterior, **flat)


def test_invariant_7_a_return_type_never_depends_on_an_arguments_value(small):
    unions = [
        f"{path.relative_to(SOURCE)}: {node.name} -> {ast.unparse(node.returns)}"
        for path in sorted(SOURCE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
        and not node.name.startswith("_")
        and isinstance(node.returns, ast.BinOp)
        and not ast.unparse(node.returns).endswith("| None")
    ]  # fmt: skip
    assert unions == []
    for limit in (0, 1, 50):
        assert isinstance(find_corridors(small.graph, small.posterior, limit=limit), tuple)
    assert all(typing.get_origin(returned(reader)) is list for reader in READERS.values())


def returned(function: Callable[..., Any]) -> Any:
    return typing.get_type_hints(function)["return"]


def test_invariant_8_a_bad_row_never_stops_a_file_and_never_vanishes(small):
    (facts,) = small.batch.provenance.values()
    assert facts["rows_in"] == len(OPEN_ROWS) + 1
    assert facts["rows_in"] == facts["records"] + facts["rejected_rows"] + facts["duplicates"]
    rejects = small.batch.rejects
    # as a person counts: the header is row 1
    at = {row["record_id"]: k for k, row in enumerate([*OPEN_ROWS, SECRET], start=2)}
    assert set(rejects.loc[rejects["scope"] == "row", "row"]) == {at["R-023"]}
    cells = rejects[rejects["scope"] == "cell"]
    assert {(at["R-022"], "quantity", "twelve piece")} <= set(
        cells[["row", "field", "value"]].itertuples(index=False, name=None)
    )
    assert "R-022" in set(small.batch.records["record_id"])
    assert (rejects["reason"] != "").all()


@pytest.mark.parametrize(
    "name", sorted(name for name, target in TARGETS.items() if target.suffix not in {"csv", *PICTURES})
)
def test_invariant_9_seizures_are_not_flow_and_every_product_says_so(small, files, name):
    text = said(files, TARGETS[name])
    assert NOT_FLOW.split(":")[0] in text
    assert (NOT_CORRECTED.split(",")[0] in text) == (small.settings.estimator == "counts")
    for label, _ in small.briefing.coverage:
        assert " ".join(label.split()) in text, label


def test_invariant_10_places_with_no_legs_stay(small, files):
    alone = "THA-chiang-mai"
    # Removal sampling joins it to its neighbours, since anything may have moved there unseen.
    assert any(alone in leg for leg in small.graph.legs.index) == (small.settings.estimator == "removal")
    assert alone in small.graph.places.index
    for scores in small.scores.values():
        if isinstance(scores, PlaceScores):
            assert alone in scores.table.index
    assert alone in small.partition.table.index
    for name in ("places.csv", "network.graphml", "map.html"):
        assert alone.encode() in files[name] or b"Chiang Mai" in files[name], name


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_invariant_11_text_from_a_record_is_data_everywhere(small, files, name):
    assert (small.batch.records["source"].str.contains("7*7777", regex=False)).any()
    assert "54439" not in said(files, TARGETS[name])
    raw = files[TARGETS[name].filename]
    if TARGETS[name].suffix in ("html", "graphml", "gexf", "kml", "svg"):
        assert b"<img src=x" not in raw
        assert b"<script>alert(1)" not in raw


def test_invariant_12_no_product_shows_anything_above_its_marking(small, files, tmp_path):
    assert b"R-SECRET" in files["evidence.csv"]
    assert small.briefing.marking.tlp == "RED"
    shared, hidden = (
        {"period": "2023", "origin": "THA-bangkok", "destination": to, "movements": "70", "source": "port", "tlp": tlp}
        for to, tlp in (("MYS-penang", "GREEN"), ("PHL-davao", "RED"))
    )
    paths = [tmp_path / "transits" / "both.csv", tmp_path / "transits" / "shared.csv"]
    paths[0].parent.mkdir()
    for path, rows in zip(paths, ([shared, hidden], [shared]), strict=True):
        pd.DataFrame(rows).to_csv(path, index=False)
    asked = {"releasable": "GREEN", "estimator": small.settings.estimator}
    view = case(tmp_path / "view", [*OPEN_ROWS, SECRET], transits=(paths[0],), **asked)
    without = case(tmp_path / "without", OPEN_ROWS, transits=(paths[1],), **asked)
    shown = products(view)
    assert view.briefing.marking.tlp == "GREEN"
    for target in TARGETS.values():
        # as its reader reads it, and its bytes as they lie, for what no reader shows
        text = said(shown, target) + shown[target.filename].decode("utf-8", "replace")
        assert not [
            secret for secret in ("R-SECRET", "THA-ranong", "MMR-kawthaung", "hush", "PHL-davao") if secret in text
        ], target.name
    # recomputed and not masked: the tables are those of a case that never held the record
    for name in ("corridors", "legs", "places", "flows", "evidence"):
        pd.testing.assert_frame_equal(view.briefing.tables[name], without.briefing.tables[name])
    masked = small.briefing.tables["places"].set_index("place_id")["seizures"]
    assert masked["THA-bangkok"] > view.briefing.tables["places"].set_index("place_id").loc["THA-bangkok", "seizures"]


# --- every member of every registry -----------------------------------------------------------------------------------

TABLE = pd.DataFrame({"record_id": ["A-1", "A-2"], "seized_country": ["THA", "NA"], "remarks": ["x; y", '"quoted"']})


def workbook(table: pd.DataFrame) -> bytes:
    held = io.BytesIO()
    table.to_excel(held, index=False)
    return held.getvalue()


SOUND: dict[str, Callable[[pd.DataFrame], bytes]] = {
    **dict.fromkeys((".csv", ".txt", ".dat"), lambda table: table.to_csv(index=False).encode()),
    ".tsv": lambda table: table.to_csv(index=False, sep="\t").encode(),
    ".parquet": lambda table: table.to_parquet(index=False),
    ".xlsx": workbook,
    **dict.fromkeys((".jsonl", ".ndjson"), lambda table: table.to_json(orient="records", lines=True).encode()),
}
"""How a sound file of each suffix is made: a new reader adds its line here."""


@pytest.mark.parametrize("suffix", sorted(READERS))
def test_every_reader_gives_text_with_rows_counted_and_refuses_what_is_no_file_of_its_kind(tmp_path, suffix):
    assert suffix in SOUND, "say in SOUND how a sound file of this kind is made"
    path = tmp_path / f"table{suffix}"
    path.write_bytes(SOUND[suffix](TABLE))
    (raw,) = read_raw(path, options=ReadOptions(), source="table")
    cells = raw.cells if raw.named else raw.cells.iloc[1:].set_axis(raw.cells.iloc[0].tolist(), axis=1)
    assert cells.astype(str).to_numpy().tolist() == TABLE.to_numpy().tolist()
    assert list(cells.columns) == list(TABLE.columns)
    assert len(raw.rows) == len(raw.cells)
    batch = read_seizures([path], profile=load_profile("routegraph"), gazetteer=GAZETTEER)
    assert batch.records["seized_country"].tolist() == ["THA", "NAM"]
    for broken in (b"", b"\xff\xfe\x00" * 7, gzip.compress(b"a,b\n1,2\n"), b"PK\x03\x04 no archive"):
        path.write_bytes(broken)
        with pytest.raises(InputError):
            read_seizures([path], profile=load_profile("routegraph"), gazetteer=GAZETTEER)


@pytest.mark.parametrize("profile", list_profiles(), ids=lambda profile: profile.name)
def test_every_profile_says_whose_it_is_and_loses_no_row_of_rubbish(tmp_path, profile):
    assert profile.title
    assert profile.name == "routegraph" or (profile.citation and profile.terms and profile.caveats)
    assert profile.equal_rows == "one" or profile.equal_rows_reason
    columns = profile.header_names or profile.known_columns() or ("record_id", "seized_country", "remarks")
    rows = [[PAYLOADS] * len(columns), ["THA"] * len(columns), [""] * (len(columns) - 1) + ["-3"]]
    path = tmp_path / "rubbish 2014.csv"
    pd.DataFrame(rows, columns=list(columns)).to_csv(path, index=False, header=profile.header)
    read = read_transits if profile.table == "transits" else read_seizures
    batch = read([path], profile=profile, gazetteer=GAZETTEER)
    (facts,) = batch.provenance.values()
    assert facts["rows_in"] == len(rows)
    assert facts["rows_in"] == facts["records"] + facts["rejected_rows"] + facts["duplicates"]
    assert (batch.rejects["reason"] != "").all()


@pytest.mark.parametrize("name", sorted(ANALYSES))
def test_every_analysis_says_what_it_measured_and_with_what(small, name):
    analysis = ANALYSES[name]
    assert list(inspect.signature(analysis).parameters)[:2] == ["graph", "posterior"]
    documented = inspect.getdoc(analysis) or ""
    assert all(f"{section}\n---" in documented for section in ("Parameters", "Returns", "Raises", "Notes"))
    found = analysis(small.graph, small.posterior)
    assert type(found) in (PlaceScores, LegScores, Partition, PathRules, CaseFigures)
    assert found.measure
    assert found.parameters
    if isinstance(found, PlaceScores | LegScores | Partition):
        rows = small.graph.legs if isinstance(found, LegScores) else small.graph.places
        assert found.table.index.equals(rows.index)
    if isinstance(found, Partition):
        assert {"community", "stability"} <= set(found.table.columns)
    else:
        low, mean, high = (found.table[f"{found.measure}_{part}"] for part in ("p05", "mean", "p95"))
        assert not (low > high).any()
        assert mean.notna().all() or found.parameters["not_estimated"]
    if isinstance(found, PlaceScores | LegScores):
        assert found.table["p_top"].between(0, 1).all() or found.parameters["not_estimated"]
        assert (found.table["rank_p05"] <= found.table["rank_p95"]).all() or found.parameters["not_estimated"]
        assert "tier" in found.table
    assert "<script" not in found._repr_html_()
    again = analysis(small.graph, small.posterior)
    pd.testing.assert_frame_equal(found.table, again.table)
    turned = analysis(*upside_down(small.graph, small.posterior)).table.reindex(found.table.index)
    pd.testing.assert_frame_equal(found.table, turned, check_exact=False, rtol=1e-6)


def upside_down(graph: RouteGraph, posterior: FlowPosterior) -> tuple[RouteGraph, FlowPosterior]:
    """Return the same network and draws with places and legs in the opposite order."""
    turned = replace(graph, places=graph.places[::-1], legs=graph.legs[::-1])
    periods = posterior.periods
    return turned, replace(
        posterior, legs=posterior.legs[:, ::-1], places=posterior.places[:, ::-1], expected=posterior.expected[::-1],
        periods=None if periods is None else replace(periods, legs=periods.legs[:, ::-1]),
    )  # fmt: skip


@pytest.mark.parametrize("document", ["architecture.md", "methods.md"])
def test_what_the_documents_name_exists(document):
    root = Path(__file__).resolve().parents[1]
    text = (root / "docs" / document).read_text(encoding="utf-8")
    tests = {path.relative_to(root / "tests").as_posix(): path.read_text(encoding="utf-8")
             for path in sorted((root / "tests").rglob("test_*.py"))}  # fmt: skip
    for file, name in re.findall(r"`([\w/]+\.py)::(test_\w+)`", text):
        assert f"def {name}(" in tests[file], f"{file}::{name}"
    for name in re.findall(r"`(test_\w+)`", text):
        assert any(f"def {name}(" in body for body in tests.values()), name
    for path in re.findall(r"`((?:[a-z_]+/)+[a-z_]+\.py)`", text):
        assert (SOURCE / path).is_file() or (root / path).is_file(), path
    for page in re.findall(r"\]\(([\w.]+\.md)\)", text):
        assert (root / "docs" / page).is_file(), page
    assert document != "architecture.md" or len(text.splitlines()) < 150
