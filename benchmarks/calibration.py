"""Simulation-based calibration of the removal sampler: `make calibration`. What it measures is in docs/calibration.md.

Worlds that the ranks file holds are not run again, so it may be stopped and started.
"""

from __future__ import annotations

import argparse
import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pandas as pd

BEGIN, END = "<!-- table -->", "<!-- end of table -->"


def ranked(seed: int) -> tuple[int, dict[str, float]]:
    """Return the ranks of one world."""
    from routegraph.flows.removal.calibration import ranks

    return seed, ranks(seed)


def main() -> None:
    """Run what is missing, then write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=200)
    parser.add_argument("--first-seed", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--ranks", type=Path, default=Path("out-calibration.csv"))
    parser.add_argument("--out", type=Path, help="a page whose table is replaced")
    given = parser.parse_args()
    seeds = range(given.first_seed, given.first_seed + given.worlds)
    done = pd.read_csv(given.ranks, index_col="seed") if given.ranks.exists() else pd.DataFrame()
    missing = [seed for seed in seeds if seed not in done.index]
    os.nice(10)
    with ProcessPoolExecutor(given.workers) as pool:
        for seed, row in pool.map(ranked, missing):
            line = pd.DataFrame([row], index=pd.Index([seed], name="seed"))
            line.to_csv(given.ranks, mode="a", header=not given.ranks.exists())
            print(f"world {seed}", flush=True)
    report(pd.read_csv(given.ranks, index_col="seed").loc[list(seeds)], given.out)


def report(table: pd.DataFrame, out: Path | None) -> None:
    """Print the table, and put it in the page."""
    from routegraph.flows.removal.calibration import uniformity

    found = uniformity(table).round(3).reset_index()
    lines = ["| " + " | ".join(map(str, row)) + " |" for row in [found.columns, *found.to_numpy().tolist()]]
    lines.insert(1, "|" + "---|" * len(found.columns))
    text = "\n".join(lines)
    print(text)
    if out is not None:
        page = out.read_text(encoding="utf-8")
        before, rest = page.split(BEGIN)
        out.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.split(END)[1]}", encoding="utf-8")


if __name__ == "__main__":
    main()
