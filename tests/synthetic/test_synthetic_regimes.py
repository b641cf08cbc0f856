"""Declared regimes do what their names say, measured on worlds made; sizes lie in the declared ranges."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit

from routegraph import cli
from routegraph.errors import SettingError
from routegraph.inputs import read_inputs
from routegraph.settings import Settings
from routegraph.synthetic import REGIMES, Regime, World, case_files, make_world, name_of, regime_named, write_case
from routegraph.synthetic.detection import along
from routegraph.synthetic.variation import lay_detection, scaled

Small = Callable[..., World]
ASKED = {
    "heterogeneous", "equal", "blind", "few_records", "many_records", "traffic_detection_up", "traffic_detection_down",
    "role_effects", "within_place", "targeted", "adaptive", "split", "seasonal", "hard",
}  # fmt: skip

BYTES = """
import hashlib, json, sys
from dataclasses import replace
from routegraph.synthetic import REGIMES, case_files, make_world
files = case_files(make_world(seed=4, regime=replace(REGIMES["hard"], routes=40, reports=(500, 900))))
json.dump({name: hashlib.sha256(text.encode()).hexdigest() for name, text in files.items()}, sys.stdout)
"""


def across(world: World) -> pd.DataFrame:
    return world.routes[~world.routes["domestic"]]


def used(world: World) -> pd.DataFrame:
    return world.places[world.places["throughflow"] > 0]


def checks(world: World) -> np.ndarray:
    """Return the chance of seizure by checks at each step of each route, as the truth by step implies it."""
    tip = world.regime.tip_detection
    return 1.0 - (1.0 - world.steps["p"].to_numpy()) / (1.0 - tip)


def test_the_table_holds_every_kind_of_world_without_planted_corridors():
    assert set(REGIMES) >= ASKED
    assert not any(regime.planted for regime in REGIMES.values())
    assert len(set(REGIMES.values())) == len(REGIMES)
    for regime in REGIMES.values():
        assert regime.routes == 270
        assert regime.misreport > 0
        assert regime.coarse > 0
        assert regime.second_reports > 0
        assert regime.avoidance > 0
        assert sum(regime.alternatives[1:]) >= 0.4


def test_names_and_regimes_find_each_other():
    assert all(name_of(regime_named(name)) == name for name in REGIMES)
    assert regime_named("sample") == Regime()
    assert name_of(replace(REGIMES["equal"], routes=3)) == ""
    with pytest.raises(SettingError, match="expected one of sample, heterogeneous"):
        regime_named("easy")


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(REGIMES))
def test_worlds_are_of_the_declared_size(name: str):
    for seed in range(5):
        made = make_world(seed=seed, regime=REGIMES[name])
        routes = across(made)
        low, high = REGIMES[name].reports
        assert low <= routes["reported"].sum() <= high * (1.5 if REGIMES[name].targeted else 1.0)
        assert len(routes) == 270
        assert 90 <= len(used(made)) <= 140
        assert 1.0 < np.log(routes["flow"]).std() < 1.6


def test_flows_are_scaled_by_one_number_to_the_reports_wanted(small: Small, plain: World):
    asked, free = plain, small("within_place", route_spread=0.0, reports=None)
    ratio = asked.routes["flow"] / free.routes["flow"]
    assert np.allclose(ratio, ratio.iloc[0])
    expected = 0.0
    rho = asked.places["rho"]
    for route, steps in asked.steps.groupby("route"):
        left = 1.0
        for place, p in zip(steps["place"], steps["p"], strict=True):
            expected += across(asked)["flow"].get(route, 0.0) * left * p * rho[place]
            left *= 1.0 - p
    low, high = asked.regime.reports
    assert 1.15 * low <= expected <= 0.85 * high
    assert across(asked)["reported"].sum() == pytest.approx(expected, abs=5 * np.sqrt(expected))


def test_equal_detection_is_equal_and_heterogeneous_differs(small: Small):
    assert used(small("equal"))["p"].std() < 1e-12
    spread = logit(used(small("heterogeneous"))["p_check"]).std()
    assert 1.0 < spread < 2.2


@pytest.mark.parametrize("seed", [5, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (0, 1, 2))])
def test_traffic_and_detection_are_correlated_the_way_the_name_says(small: Small, seed: int):
    up, down = (used(small(f"traffic_detection_{way}", seed=seed)) for way in ("up", "down"))
    assert up["p"].corr(up["throughflow"], method="spearman") > 0.35
    assert down["p"].corr(down["throughflow"], method="spearman") < -0.25


def test_blind_countries_have_much_traffic_seize_and_report_nothing(small: Small):
    made = small("blind")
    blind = made.places["country"][made.places["blind"]].unique()
    assert len(blind) == 3
    through = made.routes[["path", "flow"]].explode("path").groupby("path")["flow"].sum()
    busiest = through.groupby(made.places["country"]).sum().nlargest(8).index
    assert set(blind) <= set(busiest)
    there = made.steps[made.steps["place"].map(made.places["blind"])]
    assert there["seized"].sum() > 20
    assert there["reported"].sum() == 0
    assert (made.effort.loc[made.effort["country"].isin(blind), "reported"] == "no").all()
    assert (made.effort.loc[~made.effort["country"].isin(blind), "reported"] == "yes").all()
    told = made.seizures["seized_country"].isin(blind)
    assert not told.any()


def test_roles_follow_borders():
    country = pd.Series({"a1": "A", "a2": "A", "b1": "B", "b2": "B", "c1": "C"})
    places = pd.DataFrame({"country": country, "p_check": 0.1, "p_tip": 0.0, "rho": 1.0})
    routes = pd.DataFrame({"path": [("a1", "a2", "b1", "b2", "c1"), ("a2", "b1", "c1"), ("c1", "a1")]})
    steps = lay_detection(routes, places, Regime(), rng=np.random.default_rng(0))
    transit, origin, destination, entry, leaving = range(5)
    assert steps.role.tolist() == [
        [origin, leaving, entry, leaving, destination],
        [origin, transit, destination, -1, -1],
        [origin, destination, -1, -1, -1],
    ]


def test_role_effects_are_added_on_the_logit_scale(small: Small, plain: World):
    with_roles = small("role_effects")
    added = logit(checks(with_roles)) - logit(checks(plain))
    effect = dict(zip(["origin", "destination", "entry", "exit"], with_roles.regime.role_effects, strict=True))
    assert np.allclose(added, with_roles.steps["role"].map({"transit": 0.0, **effect}), atol=1e-9)
    assert set(with_roles.steps["role"]) == {"transit", *effect}


def test_routes_through_a_place_differ_in_detection_as_declared(small: Small, plain: World):
    varied = small("within_place")
    added = logit(checks(varied)) - logit(checks(plain))
    spread = varied.regime.route_spread
    assert abs(added.mean()) < 4 * spread / np.sqrt(len(added))
    assert added.std() == pytest.approx(spread, abs=4 * spread / np.sqrt(2 * len(added)))
    assert plain.steps.groupby("place")["p"].std().max() < 1e-12


@pytest.mark.parametrize("name", ["role_effects", "within_place", "hard"])
def test_detection_of_a_place_is_the_mean_over_the_consignments_that_came(small: Small, name: str):
    made = small(name)
    steps = made.steps[made.steps["route"].isin(across(made).index) & (made.steps["reached"] > 0)]
    met = (steps["p"] * steps["reached"]).groupby(steps["place"]).sum() / steps.groupby("place")["reached"].sum()
    assert np.allclose(met, made.places["p"].loc[met.index])
    plain = made.steps.groupby("place")["p"].mean().loc[met.index]
    assert not np.allclose(met, plain, rtol=1e-3), "the unweighted mean would pass too"


def test_truth_by_step_year_and_place_agrees_with_its_totals(small: Small):
    made = small("hard")
    outcomes = made.outcomes.groupby(["route", "step"])["seized"].sum()
    steps = made.steps.set_index(["route", "step"])
    assert (steps["seized"].reindex(outcomes.index) == outcomes).all()
    assert steps["seized"].sum() == outcomes.sum()
    assert (steps.xs(0, level="step")["reached"] == made.routes["shipments"]).all()
    legs = made.legs.set_index(["origin", "destination"])["flow"]
    assert made.legs_by_year.groupby(["origin", "destination"])["flow"].sum().to_dict() == legs.to_dict()
    assert len(made.legs_by_year) == 5 * len(legs)
    cross = made.steps[made.steps["route"].isin(across(made).index)]
    through = cross.groupby("place")["reached"].sum()
    assert (made.places["throughflow"].loc[through.index] == through).all()
    assert made.places["throughflow"].sum() == through.sum()
    yearly = made.places_by_year.groupby("place_id")["throughflow"].sum()
    assert (yearly == made.places["throughflow"].loc[yearly.index]).all()
    first = made.legs_by_year[made.legs_by_year["year"] == made.regime.years[0]]
    inside = made.steps[made.steps["step"] > 0]
    assert first["flow"].sum() <= inside["reached"].sum()


def test_worlds_do_not_share_their_level_of_detection(small: Small):
    levels = {float(used(small("equal", seed=seed))["p"].iloc[0]) for seed in (5, 6)}
    assert len(levels) == 2
    assert all(0.01 < level < 0.12 for level in levels)


def test_scaling_needs_no_luck():
    routes = pd.DataFrame({"path": [("a", "b")], "flow": [10.0], "domestic": [False]})
    places = pd.DataFrame({"country": ["A", "B"], "p_check": 0.2, "p_tip": 0.1, "rho": 0.5}, index=["a", "b"])
    regime = Regime(planted=False, reports=(1000, 1001))
    steps = lay_detection(routes, places, regime, rng=np.random.default_rng(0))
    seized = 0.28 + 0.72 * 0.28
    assert steps.p_reported == pytest.approx([0.5 * seized])
    narrow = replace(regime, reports=(1000, 1353))
    (flow,) = scaled(routes, steps, narrow, rng=np.random.default_rng(0))["flow"]
    assert flow * 0.5 * seized == pytest.approx(1150, rel=1e-3)


def test_tips_and_checks_together_are_p(small: Small):
    made = small("heterogeneous")
    assert np.allclose(expit(logit(checks(made))), along(made.routes, made.places["p_check"])[
        made.steps["route"], made.steps["step"]
    ])  # fmt: skip


def test_same_seed_same_bytes_under_another_hash_seed():
    files = case_files(make_world(seed=4, regime=replace(REGIMES["hard"], routes=40, reports=(500, 900))))
    ours = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in files.items()}
    environment = {**os.environ, "PYTHONHASHSEED": "4242"}
    other = subprocess.run([sys.executable, "-c", BYTES], env=environment, capture_output=True, check=True, text=True)
    assert ours == json.loads(other.stdout)


def test_a_written_world_reads_back_without_surprises(tmp_path: Path, small: Small):
    made = small("hard")
    write_case(made, tmp_path / "case")
    files = {name: (tmp_path / "case" / f"synthetic_{name}.csv",) for name in ("seizures", "transits", "effort")}
    inputs = read_inputs(Settings(**files, out=tmp_path / "out"))
    assert inputs.transits.rejects.empty
    assert inputs.effort.rejects.empty
    rows = pd.read_csv(files["seizures"][0], dtype=str, keep_default_na=False)["record_id"]
    assert set(rows.iloc[inputs.seizures.rejects["row"] - 2]) <= set(made.bad_cells["record_id"])
    records = inputs.seizures.records.merge(made.records, on="record_id", suffixes=("", "_true"))
    assert len(records) > 0.9 * made.routes["reported"].sum()
    records = records[~records["record_id"].isin(made.bad_cells["record_id"])]
    true = made.steps.set_index(["route", "step"])["place"].loc[
        list(zip(records["route"], records["step"], strict=True))
    ]
    coarse = (records["seized_place"] == records["seized_country"]).to_numpy()
    assert (records["seized_place"].to_numpy() == true.to_numpy())[~coarse].all()
    assert (records["count"] == records["count_true"]).all()


def test_files_of_a_declared_regime_say_how_they_were_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as leaving:
        cli.main(["synth", "--regime", "few_records", "--seed", "3", "--out", str(tmp_path / "made")])
    assert not leaving.value.code
    assert "made" in capsys.readouterr().err
    readme = (tmp_path / "made" / "README.md").read_text(encoding="utf-8")
    assert "routegraph synth --regime few_records --out few_records --seed 3" in readme
    legs = pd.read_csv(tmp_path / "made" / "truth" / "legs_by_year.csv")
    assert list(legs) == ["year", "origin", "destination", "flow"]
    assert {"throughflow", "p"} <= set(pd.read_csv(tmp_path / "made" / "truth" / "places.csv"))
    assert not (tmp_path / "made" / "truth" / "seasons.csv").exists()
    assert all((tmp_path / "made" / line.split(" ")[1]).exists() for line in readme.splitlines() if "truth/" in line)


def test_an_unknown_regime_is_one_clear_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as leaving:
        cli.main(["synth", "--regime", "easy", "--out", str(tmp_path / "made")])
    assert leaving.value.code
    assert "expected one of sample, heterogeneous" in capsys.readouterr().err
    assert not (tmp_path / "made").exists()


def test_a_regime_of_ones_own_is_not_given_the_name_of_a_declared_one(small: Small):
    files = case_files(small("equal"))
    assert "make_world(seed=5, regime=...)" in files["README.md"]
    assert "routegraph synth" not in files["README.md"]
