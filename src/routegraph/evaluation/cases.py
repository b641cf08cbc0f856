"""A world as a case: written as the contract's files and read back as any user's files are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from routegraph.inputs import Chosen, Inputs
    from routegraph.network import RouteGraph
    from routegraph.settings import Settings
    from routegraph.synthetic import World


@dataclass(frozen=True)
class Case:
    """One world, the files that it was written into, and what reading these gave.

    Attributes
    ----------
    world
        For its truth: nothing but the oracle may look at it.
    settings
        Where the files are, draws, seed, workers.
    inputs, chosen, graph
        The files read back, and the network that they speak of.
    by_command
        Whether the removal run goes through the command line, products and all, or stays in memory.
    """

    world: World
    settings: Settings
    inputs: Inputs
    chosen: Chosen
    graph: RouteGraph
    by_command: bool


def case_of(
    world: World, folder: Path, *, draws: int = 400, seed: int = 0, workers: int = 1, by_command: bool = False
) -> Case:
    """Write a world into a folder as CSV files, without its truth, and read them back.

    Raises
    ------
    InputError, NothingToAnalyseError, OutputError
        As a run would.
    """
    from routegraph.inputs import choose, read_inputs
    from routegraph.network import build_graph
    from routegraph.settings import Settings

    seizures, transits, effort = _written(world, folder)
    settings = Settings(
        seizures=(seizures,),
        transits=(transits,),
        effort=(effort,),
        draws=draws,
        seed=seed,
        workers=workers,
        out=folder / "products",
    )
    inputs = read_inputs(settings)
    chosen = choose(inputs, settings)
    profile = inputs.profile
    graph = build_graph(
        chosen.records,
        gazetteer=inputs.gazetteer,
        level=profile.level,
        border=profile.border,
        steps=profile.steps,
        domestic=profile.domestic,
        transits=chosen.transits,
    )
    return Case(world, settings, inputs, chosen, graph, by_command)


def _written(world: World, folder: Path) -> list[Path]:
    """Write what an analyst gets; the truth stays out of the folder, so that no reader can come upon it."""
    files = []
    for name, table in (("seizures", world.seizures), ("transits", world.transits), ("effort", world.effort)):
        files.append(folder / f"{name}.csv")
        table.to_csv(files[-1], index=False, lineterminator="\n")
    return files
