"""``python -m routegraph.evaluation``: a page on recovery or on corridors, by one command (``make recovery``)."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from routegraph.errors import RoutegraphError
from routegraph.evaluation.recovery import ALL


def main(arguments: Sequence[str] | None = None) -> int:
    """Make worlds, estimate, measure and write the page and its CSV; return the exit status (0 done, 1 failed)."""
    asked = _parser().parse_args(arguments)
    try:
        _make(asked)
    except RoutegraphError as error:
        sys.stderr.write(f"routegraph.evaluation: {error}\n")
        return 1
    return 0


def _make(asked: argparse.Namespace) -> None:
    from routegraph.evaluation.table import page, per_world
    from routegraph.evaluation.worlds_run import Plan, run_worlds
    from routegraph.synthetic import REGIMES

    plan = Plan(
        regimes={name: REGIMES[name] for name in asked.regimes},
        seeds=tuple(range(asked.first_seed, asked.first_seed + asked.worlds)),
        estimators=tuple(asked.estimators),
        draws=asked.draws,
        by_command=not asked.in_memory,
        workers=asked.workers,
        cache=asked.cache,
    )
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    beside = asked.out.with_suffix(".csv")
    if asked.measure == "corridors":
        from routegraph.evaluation.corridor_page import corridor_page

        rows = run_worlds(replace(plan, measure="corridors", estimators=("counts", "removal")), progress=_say)
        first = replace(plan, measure="tiers", seeds=plan.seeds[: asked.again])
        first = replace(first, regimes=dict(list(plan.regimes.items())[:1]), estimators=("removal",))
        again = run_worlds(first, progress=_say) if asked.again else pd.DataFrame()
        text = corridor_page(rows, again, command=_command(asked), csv=beside.name)
        rows = pd.concat([rows, again.assign(estimator="removal, two seeds")]) if len(again) else rows
    else:
        rows = run_worlds(plan, progress=_say)
        text = page(rows, command=_command(asked), csv=beside.name, by_command=plan.by_command)
    beside.write_text(per_world(rows), encoding="utf-8", newline="\n")
    asked.out.write_text(text, encoding="utf-8", newline="\n")


def _say(words: str) -> None:
    sys.stderr.write(f"{words}\n")


def _command(asked: argparse.Namespace) -> str:
    """Return the command that makes the page again; workers and the cache change nothing in it."""
    if asked.measure == "corridors":
        return (
            f"python -m routegraph.evaluation --measure corridors --worlds {asked.worlds} --first-seed "
            f"{asked.first_seed} --draws {asked.draws} --regimes {' '.join(asked.regimes)} --again {asked.again} "
            f"--out {asked.out.name if asked.out.is_absolute() else asked.out.as_posix()}"
        )
    words = [
        "python -m routegraph.evaluation",
        f"--worlds {asked.worlds} --first-seed {asked.first_seed} --draws {asked.draws}",
        f"--regimes {' '.join(asked.regimes)} --estimators {' '.join(asked.estimators)}",
    ]
    out = asked.out.name if asked.out.is_absolute() else asked.out.as_posix()
    return " ".join([*words, *(["--in-memory"] if asked.in_memory else []), f"--out {out}"])


def _parser() -> argparse.ArgumentParser:
    from routegraph.synthetic import REGIMES

    names = sorted(REGIMES)
    parser = argparse.ArgumentParser(
        prog="python -m routegraph.evaluation",
        description="How much of the truth of synthetic worlds each estimator recovers, as a page and a CSV beside it.",
    )
    add = parser.add_argument
    add("--measure", choices=("recovery", "corridors"), default="recovery", help="legs and places, or corridors")
    add("--again", type=int, default=5, metavar="N", help="corridors: worlds estimated with a second seed (default: 5)")
    add("--worlds", type=_whole, default=20, metavar="N", help="worlds of each regime (default: 20)")
    add("--first-seed", type=int, default=1000, metavar="N", help="seeds count up from here (default: 1000)")
    add("--regimes", nargs="+", choices=names, default=["heterogeneous", "equal", "blind", "few_records"],
        metavar="NAME", help=f"of {', '.join(names)}")  # fmt: skip
    add("--estimators", nargs="+", choices=ALL, default=list(ALL), metavar="NAME", help=f"of {', '.join(ALL)}")
    add("--draws", type=_whole, default=400, metavar="N", help="posterior draws (default: 400)")
    add("--workers", type=_whole, default=1, metavar="N", help="worlds at a time; changes no result")
    add("--cache", type=Path, metavar="DIR", help="keep each world's rows here; what is there is not run again")
    add("--in-memory", action="store_true", help="without the command line and its products: quicker, for development")
    add("--out", type=Path, required=True, metavar="FILE.md", help="the page; the CSV has its name")
    return parser


def _whole(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text}; expected 1 or more")
    return number


if __name__ == "__main__":
    raise SystemExit(main())
