"""Many worlds at once: in parallel processes, each world's rows kept, so that a stopped run goes on where it was."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from routegraph.errors import RoutegraphError, SettingError
from routegraph.evaluation.corridors import evaluate_corridors, evaluate_tiers
from routegraph.evaluation.recovery import ALL, evaluate_world

if TYPE_CHECKING:
    from routegraph.synthetic import Regime

Progress = Callable[[str], None]

MEASURES: Mapping[str, Callable[..., pd.DataFrame]] = {
    "recovery": evaluate_world,
    "corridors": evaluate_corridors,
    "tiers": evaluate_tiers,
}
"""What can be asked of a world: each returns a row an estimator."""

_KEYS = ["regime", "seed", "estimator"]
_SOURCES = (".py", ".csv", ".toml", ".txt")


@dataclass(frozen=True)
class Plan:
    """Which worlds are made, and what is asked of each.

    Attributes
    ----------
    regimes
        Kinds of world by name.
    seeds
        One world of each regime for each seed. Seeds 0-99 are for development, those from 1000 for the table.
    estimators, draws, by_command
        As in :func:`routegraph.evaluation.recovery.evaluate_world`.
    measure
        What is asked of each world, of :data:`MEASURES`.
    workers
        Worlds at a time; no result depends on it.
    cache
        Folder where each world's rows are kept as soon as they are known, and looked for first; None keeps nothing.
    """

    regimes: Mapping[str, Regime]
    seeds: tuple[int, ...]
    estimators: tuple[str, ...] = ALL
    draws: int = 400
    by_command: bool = True
    measure: str = "recovery"
    workers: int = 1
    cache: Path | None = None


@dataclass(frozen=True)
class _Task:
    """One world, with all that its rows depend on."""

    name: str
    regime: Regime
    seed: int
    estimators: tuple[str, ...]
    draws: int
    by_command: bool
    measure: str

    def filename(self, code: str) -> str:
        """Return where the rows are kept: other settings or other code, another name."""
        key = "\0".join([repr(self), code])
        return f"{self.name}-{self.seed}-{hashlib.sha256(key.encode()).hexdigest()[:16]}.json"


def run_worlds(plan: Plan, *, progress: Progress | None = None) -> pd.DataFrame:
    """Return the measures of every world and estimator of a plan.

    Parameters
    ----------
    progress
        Called with a few words as each world is done.

    Returns
    -------
    pandas.DataFrame
        regime, seed, estimator, events, then one column a measure; regimes, seeds and estimators in the plan's order.
        The same whatever the number of workers, and whatever came from the cache.

    Raises
    ------
    SettingError
        The plan asks for less than one world or worker, or for a measure that is none.
    RoutegraphError
        Some world failed; the others are done first, and kept where there is a cache.
    """
    if not plan.seeds or not plan.regimes or plan.workers < 1:
        raise SettingError("a plan of no world or no worker; expected one of each at least")
    if plan.measure not in MEASURES:
        raise SettingError(f"measure is {plan.measure!r}; expected one of {', '.join(MEASURES)}")
    tasks = [
        _Task(name, regime, seed, plan.estimators, plan.draws, plan.by_command, plan.measure)
        for name, regime in plan.regimes.items()
        for seed in plan.seeds
    ]
    say = progress or _quiet
    store = _Store(plan.cache)
    done = {task: rows for task in tasks if (rows := store.read(task)) is not None}
    if done:
        say(f"{len(done)} of {len(tasks)} worlds were done before")
    failed: list[str] = []
    with ProcessPoolExecutor(plan.workers, mp_context=get_context("spawn")) as pool:
        asked = {pool.submit(_rows, task): task for task in tasks if task not in done}
        for future in as_completed(asked):
            task, error = asked[future], future.exception()
            if error is not None:
                failed.append(f"{task.name} {task.seed}: {error}")
                say(f"failed: {failed[-1]}")
                continue
            done[task] = future.result()
            store.write(task, done[task])
            say(f"{len(done)} of {len(tasks)} worlds: {task.name} {task.seed}")
    if failed:
        raise RoutegraphError(f"{len(failed)} of {len(tasks)} worlds failed, the first: {sorted(failed)[0]}")
    return pd.concat([done[task] for task in tasks], ignore_index=True)


def _quiet(words: str) -> None:
    del words


def _rows(task: _Task) -> pd.DataFrame:
    """Make one world and measure it; one thread, for the worlds share the machine's cores."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    from routegraph.synthetic import make_world

    with threadpool_limits(1):
        world = make_world(seed=task.seed, regime=task.regime)
        table = MEASURES[task.measure](world, estimators=task.estimators, draws=task.draws, by_command=task.by_command)
    return table.reset_index().assign(regime=task.name, seed=task.seed)[[*_KEYS, *table.columns]]


class _Store:
    """Rows of worlds that are done, a file a world; without a folder nothing is kept."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._code = code_digest() if folder else ""

    def read(self, task: _Task) -> pd.DataFrame | None:
        """Return the rows of a world that was done with these settings and this code, or None."""
        path = self._folder / task.filename(self._code) if self._folder else None
        if path is None or not path.is_file():
            return None
        return pd.DataFrame(json.loads(path.read_text(encoding="utf-8")))

    def write(self, task: _Task, rows: pd.DataFrame) -> None:
        """Keep the rows of a world; the file is there whole or not at all."""
        if self._folder:
            self._folder.mkdir(parents=True, exist_ok=True)
            path = self._folder / task.filename(self._code)
            half = path.with_suffix(".half")
            half.write_text(json.dumps(rows.to_dict("records")), encoding="utf-8")  # JSON keeps every bit of a number
            half.replace(path)


def code_digest() -> str:
    """Return the SHA-256 of the package's code and tables but for ``render``: other code, other rows in the cache."""
    package = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*")):
        inside = path.relative_to(package)
        if path.suffix in _SOURCES and inside.parts[0] != "render":
            digest.update(f"{inside.as_posix()}\0".encode() + path.read_bytes())
    return digest.hexdigest()
