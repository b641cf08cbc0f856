"""The main job end to end on the bundled sample: every file, every promise of the contract."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from contract import COLUMNS_OF, FILES, VERDICTS  # noqa: I001

from routegraph.analysis import ANALYSES
from routegraph.terminal import in_columns as as_text
from routegraph.errors import NothingToAnalyseError
from routegraph.flows.exposure import surprise
from routegraph.inputs import read_inputs
from routegraph.run import demo_settings, headline, run_case, top_corridors
from routegraph.settings import Settings

PROJECT = Path(__file__).resolve().parents[1]


def read(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / name, keep_default_na=False, dtype=str)


def by_command_line(samples: Path, out: Path, *, estimator: str, workers: str) -> Path:
    """Run the sample in a process of its own, whose hash seed is the number of workers, and return the folder."""
    arguments = ["run", "--seizures", str(samples / "synthetic_seizures.csv"), "--draws", "40", "--workers", workers]
    arguments += ["--transits", str(samples / "synthetic_transits.csv"), "--estimator", estimator, "--out", str(out)]
    subprocess.run(
        [sys.executable, "-m", "routegraph.cli", *arguments],
        env={**os.environ, "PYTHONHASHSEED": workers},
        check=True,
        capture_output=True,
    )
    return out


@pytest.fixture(scope="module")
def sample_run(tmp_path_factory, samples):
    """Return the function that gives the folder of the sample's run by an estimator, made when it is first asked."""
    folder = tmp_path_factory.mktemp("sample")
    return cache(lambda name: by_command_line(samples, folder / name, estimator=name, workers="1"))


@pytest.fixture(scope="module")
def baseline(sample_run):
    """Return the folder of a run of the sample by counts."""
    return sample_run("counts")


def test_every_file_of_the_contract_is_there_with_its_columns(demo):
    _, out = demo
    assert sorted(p.name for p in out.iterdir()) == sorted(FILES)
    for name, columns in COLUMNS_OF.items():
        missing = [column for column in columns if column not in read(out, name).columns]
        assert not missing, f"{name} lacks {missing}"


def test_rows_in_are_records_rejected_rows_and_duplicates(demo, samples):
    _, out = demo
    run = json.loads((out / "run.json").read_text())
    rows = run["rows"]
    for source, counts in rows.items():
        assert counts["rows_in"] == counts["records"] + counts["rejected_rows"] + counts["duplicates"], source
    lines = len(pd.read_csv(samples / "synthetic_seizures.csv", dtype=str, keep_default_na=False))
    assert rows["synthetic_seizures.csv"]["rows_in"] == lines


def test_what_counts_cannot_estimate_is_empty_and_said(baseline):
    legs, places, corridors = (read(baseline, f"{name}.csv") for name in ("legs", "places", "corridors"))
    for table, columns in (
        (legs, ["surprise", "p_excess"]),
        (places, ["detection_mean", "detection_p05", "detection_p95"]),
        (corridors, ["surprise"]),
    ):
        assert (table[columns] == "").all(axis=None)
    said = json.loads((baseline / "run.json").read_text())["not_estimated"]
    assert {"detection", "surprise", "p_excess"} <= set(said)
    assert corridors["tier"].iloc[0] == "1"  # how firmly a rank stands, by counts, can be said by counts
    assert all(len(reason) > 20 for reason in said.values())
    for table in (legs, places, corridors):
        assert set(table["verdict"]) <= {"", "single_source", "insufficient"} < VERDICTS


def test_what_a_run_estimates_by_default_is_filled_and_the_rest_is_said(demo):
    result, out = demo
    legs, places, corridors = (read(out, f"{name}.csv") for name in ("legs", "places", "corridors"))
    steps = legs[legs["named_pair"] != "yes"]
    assert (steps[["flow_mean", "flow_p05", "flow_p95", "expected", "surprise", "p_excess"]] != "").all(axis=None)
    passed = places["place_id"].isin({*steps["origin"], *steps["destination"]})
    chances = places.loc[passed, ["detection_p05", "detection_mean", "detection_p95"]].astype(float)
    assert ((chances >= 0) & (chances <= 1)).all(axis=None)
    assert (chances["detection_p05"] <= chances["detection_p95"]).all()
    assert steps["p_excess"].astype(float).between(0, 1).all()
    compared = surprise(result.posterior.legs, result.posterior.expected)
    shown = steps.set_index(["origin", "destination"])["surprise"].astype(float).reindex(compared.index)
    np.testing.assert_allclose(shown, compared, rtol=1e-4, atol=1e-5)
    assert json.loads((out / "run.json").read_text())["not_estimated"] == {}
    tiers, ranks = corridors["tier"].astype(int), corridors[["rank_p05", "rank_p95"]].astype(int)
    assert tiers.is_monotonic_increasing
    assert tiers.iloc[0] == 1 < tiers.iloc[-1]
    assert (ranks["rank_p05"] <= ranks["rank_p95"]).all()
    structure = read(out, "structure.csv")
    assert set(structure["analysis"]) <= set(ANALYSES)
    assert {"unseen", "communities", "diversion", "layer_overlap", "betweenness_legs"} <= set(structure["analysis"])
    for table in (steps, places, corridors):
        assert set(table["verdict"]) <= VERDICTS - {""}
    assert result.posterior.detection_corrected


def test_in_every_draw_all_that_was_reported_moved_and_more(demo):
    result, _ = demo
    fit, built = result.estimate.fit, result.estimate.built
    moved = fit.routes.sum(axis=1, dtype=np.float64)
    assert moved.min() > built.problem.count.sum()
    assert (fit.legs.sum(axis=1) >= moved).all()  # every consignment travels a leg


def test_every_leg_and_corridor_traces_to_records(demo):
    result, out = demo
    evidence, legs, corridors = (read(out, f"{name}.csv") for name in ("evidence", "legs", "corridors"))
    known = set(result.batch.records["record_id"])
    assert set(evidence["record_id"]) <= known
    steps = legs[legs["named_pair"] != "yes"] if "named_pair" in legs else legs
    used = steps[["travelled", "intended", "inferred"]].astype(int).sum(axis=1) > 0
    ids = (steps["origin"] + " > " + steps["destination"])[used]
    assert set(ids) <= set(evidence.loc[evidence["kind"] == "leg", "id"])
    assert set(corridors["corridor_id"]) <= set(evidence.loc[evidence["kind"] == "corridor", "id"])


def test_corridors_have_more_than_one_leg_and_cross_a_border(demo):
    _, out = demo
    corridors = read(out, "corridors.csv")
    assert len(corridors) >= 5
    assert (corridors["path"].str.count(" > ") >= 2).all()
    assert (corridors["borders_crossed"].astype(int) >= 1).all()
    assert corridors["score"].astype(float).between(0, 1).all()
    assert corridors["score"].astype(float).is_monotonic_decreasing
    assert (corridors["reasons"] != "").all()


def test_a_result_shows_itself_in_a_notebook_with_all_text_escaped(demo):
    result, _ = demo
    hostile = replace(result, briefing=replace(result.briefing, title="<script>alert(1)</script>"))
    shown = hostile._repr_html_()
    assert "&lt;script&gt;alert(1)" in shown
    assert "<script" not in shown
    assert "SYNTHETIC DATA" in shown
    assert shown.count("<tr") == 11  # a header and the first ten corridors
    assert len(shown) < 20_000


def test_synthetic_data_says_so_in_every_product(demo):
    _, out = demo
    for name in ("map.html", "briefing.html", "corridors.geojson", "network.graphml", "run.json"):
        assert "synthetic" in (out / name).read_text(encoding="utf-8").lower(), name


@pytest.mark.parametrize("made", ["baseline", "demo"])
def test_period_flows_add_up_to_the_leg(request, made):
    found = request.getfixturevalue(made)
    total, legs = parts_and_wholes(found if made == "baseline" else found[1])
    np.testing.assert_allclose(total, legs, rtol=2e-3, atol=2e-3)


def parts_and_wholes(out: Path) -> tuple[pd.Series, pd.Series]:
    """Return the parts of each leg in flows.csv, added up, and what legs.csv says of it."""
    flows, legs = read(out, "flows.csv"), read(out, "legs.csv")
    total = flows["flow_mean"].astype(float).groupby([flows["origin"], flows["destination"]]).sum()
    legs = legs[legs["flow_mean"] != ""].set_index(["origin", "destination"])["flow_mean"].astype(float)
    return total.reindex(legs.index).fillna(0), legs


def test_flows_by_commodity_add_up_to_the_leg_and_each_row_is_of_one_branch(tmp_path):
    path = ["MMR-yangon", "MMR-myawaddy", "THA-mae-sot", "THA-bangkok"]
    rows = [
        {"record_id": f"{code}{year}{stop}", "date": str(year), "origin": path[0], "via": " > ".join(path[1:stop]),
         "seized_at": path[stop], "destination": path[-1], "commodity": code, "count": n, "source": "police"}
        for year in (2019, 2020)
        for stop, n in ((2, 6), (3, 3))
        for code in ("arms.firearm.pistol", "arms.ammunition")
    ]  # fmt: skip
    pd.DataFrame(rows).to_csv(tmp_path / "rows.csv", index=False)
    run_case(Settings(seizures=tmp_path / "rows.csv", draws=40, by_commodity=True, out=tmp_path / "out"))
    np.testing.assert_allclose(*parts_and_wholes(tmp_path / "out"), rtol=2e-3, atol=2e-3)
    flows = read(tmp_path / "out", "flows.csv")
    keys = ["period", "origin", "destination", "commodity"]
    assert not flows.duplicated(keys).any()
    # the wrong variant: the leg's own commodities, both of them, on every row
    assert set(flows["commodity"]) == {"arms.firearm", "arms.ammunition"}
    known = flows.assign(seizures=flows["seizures"].astype(float)).set_index(keys)["seizures"]
    assert known["2019", "MMR-myawaddy", "THA-mae-sot", "arms.firearm"] == 9


def test_near_duplicates_count_once_at_every_level(demo):
    result, out = demo
    at_country = read_inputs(replace(demo_settings(out=out), level="country")).seizures
    assert at_country.duplicates["rule"].str.contains("near").any()
    assert len(at_country.records) == len(result.batch.records)


@pytest.mark.parametrize("estimator", ["counts", pytest.param("removal", marks=pytest.mark.slow)])
def test_same_bytes_whatever_row_order_hash_seed_or_workers(tmp_path, samples, sample_run, estimator):
    shuffled = tmp_path / "shuffled"
    shuffled.mkdir()
    for name in ("synthetic_seizures.csv", "synthetic_transits.csv"):
        table = pd.read_csv(samples / name, dtype=str, keep_default_na=False)
        table.sample(frac=1, random_state=1).to_csv(shuffled / name, index=False)
    folders = [sample_run(estimator), by_command_line(shuffled, tmp_path / "two", estimator=estimator, workers="2")]
    one, two = ({path.name: path.read_bytes() for path in folder.iterdir()} for folder in folders)
    assert sorted(one) == sorted(two)
    # A row number says where in *this* file a cell stands, so the two tables that hold one are compared without it.
    for name in ("rejects.csv", "unmapped.csv"):
        tables = [read(folder, name) for folder in folders]
        columns = [column for column in tables[0] if column != "row"]
        ordered = [t[columns].sort_values(columns, ignore_index=True) for t in tables]
        pd.testing.assert_frame_equal(*ordered)
    runs = [json.loads(files["run.json"]) for files in (one, two)]
    for run in runs:
        assert run.pop("timings")
        assert run["settings"].pop("workers")
    assert runs[0] == runs[1]
    held = [json.loads(files["briefing.json"]) for files in (one, two)]
    for briefing in held:
        assert briefing.pop("sha256")
        assert briefing["run"]["settings"].pop("workers")
        assert {briefing["tables"].pop(name)["sha256"] for name in ("rejects", "unmapped")}
    assert held[0] == held[1]
    for name in set(one) - {"rejects.csv", "unmapped.csv", "run.json", "briefing.json"}:
        assert one[name] == two[name], name


def test_what_the_readme_shows_is_what_the_demo_prints(demo):
    result, _ = demo
    shown = (PROJECT / "README.md").read_text(encoding="utf-8").split("$ make demo\n")[1].split("```")[0]
    printed = [*headline(result), *as_text(top_corridors(result, most=5)).splitlines()]
    assert shown.splitlines()[: len(printed)] == printed


def test_records_that_no_route_fits_end_in_one_line_that_says_what_to_do(tmp_path):
    path = tmp_path / "at_home.csv"
    pd.DataFrame({"record_id": ["a", "b"], "seized_at": "THA-chiang-mai", "source": "police"}).to_csv(path, index=False)
    settings = Settings(seizures=(path,), estimator="removal")
    with pytest.raises(NothingToAnalyseError, match=r"no route fits any.*--estimator counts"):
        run_case(settings, write=False)
    assert run_case(replace(settings, estimator="counts"), write=False).graph.counts["place_only_records"] == 2
