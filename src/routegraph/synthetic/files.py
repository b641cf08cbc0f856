"""A world as files: the tables an analyst gets, the truth beside them, and a README that says what they are."""

from __future__ import annotations

import io
import shutil
import tempfile
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from routegraph.errors import OutputError
from routegraph.synthetic.regimes import SAMPLE, name_of

if TYPE_CHECKING:
    from routegraph.synthetic.world import World

_PLACE_TRUTH = ["name", "country", "p", "p_check", "p_tip", "rho", "blind", "planted", "inspections", "traffic"]


# What a world of any regime but the sample's says besides, and the line of its README on each.
_MORE_TRUTH = {
    "truth/steps.csv": "chance of seizure at each step of each route, and what came, was seized and reported there",
    "truth/legs_by_year.csv": "true flow of every leg and year",
    "truth/places_by_year.csv": "inspections, throughflow and the chance of seizure that consignments met, by year",
    "truth/seasons.csv": "share of a year's traffic by month and country of origin",
}
_PLANTED = {True: "corridors planted so that each verdict has one", False: "none are planted here"}


def case_files(world: World) -> dict[str, str]:
    """Return every file of the case by its path inside the folder, as text.

    The bundled sample's regime writes the files of ``data/samples``; every other adds throughflow to truth/places.csv,
    and truth by step, by year and, where traffic is seasonal, by month.
    """
    more = name_of(world.regime) != SAMPLE
    columns = [*_PLACE_TRUTH, *(["throughflow", "throughflow_domestic"] if more else [])]
    tables = {
        "synthetic_seizures.csv": world.seizures,
        "synthetic_transits.csv": world.transits,
        "synthetic_effort.csv": world.effort,
        "truth/places.csv": world.places[columns].round(5).reset_index(names="place_id"),
        "truth/routes.csv": _routes(world),
        "truth/legs.csv": world.legs.assign(distance_km=world.legs["distance_km"].round(1)),
        "truth/outcomes.csv": _outcomes(world),
        "truth/records.csv": world.records,
        "truth/duplicates.csv": world.duplicates,
        "truth/bad_cells.csv": world.bad_cells,
        "truth/artefacts.csv": _joined(world.artefacts),
        "truth/sources.csv": world.sources.round(4).reset_index(),
    }
    if more:
        tables |= _more_truth(world)
    return {name: _csv(table) for name, table in tables.items()} | {"README.md": _readme(world)}


def write_case(world: World, out: Path) -> list[Path]:
    """Write the case into a folder, which is made if need be; files of the same names are replaced.

    Every file is written whole before the first is put in place; should anything fail, or Ctrl-C come, none is left
    half written.

    Raises
    ------
    OutputError
        Where a file cannot be written, or the folder's README.md is not that of a synthetic case.
    """
    files = case_files(world)
    new = not out.exists()
    try:
        _check_readme(out / "README.md", files["README.md"])
        out.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=".routegraph-", dir=out))
        try:
            for name, text in sorted(files.items()):
                (staging / name).parent.mkdir(exist_ok=True)
                (staging / name).write_text(text, encoding="utf-8", newline="\n")
            for name in sorted(files):
                (out / name).parent.mkdir(exist_ok=True)
                (staging / name).replace(out / name)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
            if new and not any(out.iterdir()):
                out.rmdir()
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        raise OutputError(f"{out}: the synthetic case could not be written ({error.strerror})") from error
    return [out / name for name in sorted(files)]


def _check_readme(path: Path, ours: str) -> None:
    """Refuse a folder whose README.md is somebody's own: it would be lost."""
    first = ours.partition("\n")[0]
    if path.exists() and not path.read_text(encoding="utf-8", errors="replace").startswith(first):
        raise OutputError(f"{path} is not that of a synthetic case; expected a folder without a README.md of your own")


def _csv(table: pd.DataFrame) -> str:
    buffer = io.StringIO()
    table.to_csv(buffer, index=False, lineterminator="\n")
    return buffer.getvalue()


def _joined(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(path=table["path"].map(" > ".join), modes=table["modes"].map("; ".join))


def _more_truth(world: World) -> dict[str, pd.DataFrame]:
    tables = {
        "truth/steps.csv": world.steps.round(5),
        "truth/legs_by_year.csv": world.legs_by_year,
        "truth/places_by_year.csv": world.places_by_year.round(5),
    }
    return tables | ({} if world.seasons.empty else {"truth/seasons.csv": world.seasons.round(5)})


def _routes(world: World) -> pd.DataFrame:
    years = pd.DataFrame(world.shipments, columns=[f"shipments_{year}" for year in world.regime.years])
    table = _joined(world.routes.drop(columns=["note", "name"])).assign(flow=world.routes["flow"].round(3))
    if "pair" in table:
        table = table.assign(cost=table["cost"].round(1), share=table["share"].round(5))
    return pd.concat([table.reset_index(), years], axis=1)


def _outcomes(world: World) -> pd.DataFrame:
    """Sum over periods and bases: route, step, seized, reported."""
    return world.outcomes.groupby(["route", "step"], as_index=False)[["seized", "reported"]].sum()


def _readme(world: World) -> str:
    template = resources.files("routegraph.synthetic").joinpath("data", "case_readme.txt").read_text(encoding="utf-8")
    name = name_of(world.regime)
    more = {} if name == SAMPLE else {file: _MORE_TRUTH[file] for file in _more_truth(world)}
    facts = {
        "@COMMAND@": _command(name, world.seed),
        "@PLANTED@": _PLANTED[world.regime.planted],
        "@MORE@": "".join(f"| {file} | | {what} |\n" for file, what in more.items()),
        "@ROWS@": f"{len(world.seizures):,}",
        "@TRANSITS@": f"{len(world.transits):,}",
        "@EFFORT@": f"{len(world.effort):,}",
        "@YEARS@": f"{world.regime.years[0]}-{world.regime.years[-1]}",
        "@SHIPMENTS@": f"{int(world.shipments.sum()):,}",
        "@SEIZED@": f"{int(world.outcomes['seized'].sum()):,}",
        "@REPORTED@": f"{int(world.outcomes['reported'].sum()):,}",
        "@BLIND@": ", ".join(sorted(world.places.loc[world.places["blind"], "country"].unique())) or "none",
    }
    for mark, value in facts.items():
        template = template.replace(mark, value)
    return template


def _command(name: str, seed: int) -> str:
    """Return what makes the case: a command line, or a call where the regime is none of the declared ones."""
    if not name:
        return f"routegraph.synthetic.make_world(seed={seed}, regime=...)  # a regime of its own"
    regime = "--out data/samples" if name == SAMPLE else f"--regime {name} --out {name}"
    return f"routegraph synth {regime} --seed {seed}"
