"""Many worlds: workers and cache change nothing, and what was done is not done again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from routegraph.errors import RoutegraphError, SettingError
from routegraph.evaluation import worlds_run
from routegraph.evaluation.worlds_run import Plan, code_digest, run_worlds


@pytest.fixture
def plan(small_regime) -> Plan:
    return Plan({"small": small_regime, "other": small_regime}, seeds=(7, 8), estimators=("counts",), draws=20)


@pytest.fixture
def made(monkeypatch) -> list[tuple[str, int]]:
    """Worlds that were really asked for, in threads of this process; their rows are invented and awkward numbers."""
    asked: list[tuple[str, int]] = []

    def rows(task) -> pd.DataFrame:
        asked.append((task.name, task.seed))
        if task.seed == 99:
            raise RoutegraphError("nothing came of it")
        line = {
            "regime": task.name,
            "seed": task.seed,
            "estimator": "counts",
            "found": 1 / (3 * task.seed + task.draws),
        }
        return pd.DataFrame([line | {"spearman_detection": float("nan")}])

    monkeypatch.setattr(worlds_run, "ProcessPoolExecutor", lambda workers, mp_context: ThreadPoolExecutor(workers))
    monkeypatch.setattr(worlds_run, "_rows", rows)
    monkeypatch.setattr(worlds_run, "code_digest", lambda: "this code")
    return asked


def test_rows_come_in_the_order_of_the_plan_whatever_the_workers(plan, made):
    rows = run_worlds(plan)
    pd.testing.assert_frame_equal(run_worlds(replace(plan, workers=3)), rows)
    assert list(zip(rows["regime"], rows["seed"], strict=True)) == [
        ("small", 7),
        ("small", 8),
        ("other", 7),
        ("other", 8),
    ]


def test_a_world_that_is_kept_is_not_run_again_and_comes_back_to_the_last_bit(plan, made, tmp_path):
    rows = run_worlds(replace(plan, seeds=(7,), cache=tmp_path))
    said: list[str] = []
    more = run_worlds(replace(plan, cache=tmp_path, workers=2), progress=said.append)
    assert sorted(made) == [("other", 7), ("other", 8), ("small", 7), ("small", 8)]
    assert said[0] == "2 of 4 worlds were done before"
    pd.testing.assert_frame_equal(more[more["seed"] == 7].reset_index(drop=True), rows, check_exact=True)


def test_what_is_kept_is_not_taken_for_another_world(plan, made, tmp_path, monkeypatch, small_regime):
    kept = replace(plan, seeds=(7,), cache=tmp_path)
    run_worlds(kept)
    others = [
        replace(kept, draws=21),
        replace(kept, by_command=False),
        replace(kept, estimators=("counts", "oracle")),
        replace(kept, regimes={name: replace(small_regime, coarse=0.5) for name in kept.regimes}),
    ]
    for n, other in enumerate(others, start=2):
        run_worlds(other)
        assert len(made) == 2 * n
    monkeypatch.setattr(worlds_run, "code_digest", lambda: "other code")
    run_worlds(kept)
    assert len(made) == 2 * (len(others) + 2)


def test_a_world_that_fails_is_named_and_the_others_are_kept(plan, made, tmp_path):
    with pytest.raises(RoutegraphError, match="2 of 4 worlds failed, the first: other 99: nothing came of it"):
        run_worlds(replace(plan, seeds=(99, 7), cache=tmp_path))
    assert sorted(path.name[:7] for path in tmp_path.iterdir()) == ["other-7", "small-7"]


def test_a_plan_of_nothing_is_refused(plan):
    with pytest.raises(SettingError):
        run_worlds(replace(plan, seeds=()))


def test_other_code_is_other_code(tmp_path, monkeypatch):
    package = tmp_path / "package"
    (package / "evaluation").mkdir(parents=True)
    (package / "render").mkdir()
    monkeypatch.setattr(worlds_run, "__file__", str(package / "evaluation" / "worlds_run.py"))
    for name in ("flows.py", "render/page.py"):
        (package / name).write_text("a = 1\n", encoding="utf-8")
    before = code_digest()
    Path(package / "render" / "page.py").write_text("a = 2\n", encoding="utf-8")
    assert code_digest() == before
    Path(package / "flows.py").write_text("a = 2\n", encoding="utf-8")
    assert code_digest() != before


@pytest.mark.slow
def test_processes_give_the_same_rows_as_one_world_at_a_time(small_regime, monkeypatch):
    one = Plan({"small": small_regime}, seeds=(7, 8), estimators=("counts",), draws=20, by_command=False)
    several = run_worlds(replace(one, workers=2))
    pd.testing.assert_frame_equal(run_worlds(one), several)
    assert (several["found"] > 0).all()
