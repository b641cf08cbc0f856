"""The one pipeline: records -> network -> flows -> analysis -> corridors -> briefing -> files.

The command line, notebooks and nightly batches all call :func:`run_case`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, cast

from routegraph.errors import AssetError
from routegraph.inputs import Inputs, calls_itself_synthetic, choose_records, choose_transits, read_inputs
from routegraph.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

    from routegraph.analysis import LegScores, Partition, PlaceScores
    from routegraph.briefing import Briefing
    from routegraph.corridors import Corridor
    from routegraph.flows import FlowPosterior
    from routegraph.network import RouteGraph
    from routegraph.records import RecordBatch

Progress = Callable[[str], None]

_VERSIONED = (
    "routegraph", "numpy", "pandas", "scipy", "scikit-learn", "networkx", "igraph", "duckdb", "ibis-framework",
    "shapely", "folium", "airportsdata",
)  # fmt: skip


@dataclass(frozen=True)
class Result:
    """Everything a run made, for a notebook to go on with; the same is in the files.

    Attributes
    ----------
    ranks_told
        Whether any two corridors could be told apart in flow; False is exit status 3.
    """

    settings: Settings
    batch: RecordBatch
    graph: RouteGraph
    posterior: FlowPosterior
    scores: Mapping[str, PlaceScores | LegScores]
    partition: Partition
    corridors: tuple[Corridor, ...]
    briefing: Briefing
    ranks_told: bool
    timings: Mapping[str, float] = field(default_factory=dict)


class _Clock:
    """Time of each stage in seconds, and the word of it to whoever watches."""

    def __init__(self, progress: Progress | None) -> None:
        self.seconds: dict[str, float] = {}
        self._progress = progress

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Announce a stage and time it."""
        if self._progress:
            self._progress(name)
        start = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - start, 3)


def run_case(settings: Settings, *, progress: Progress | None = None, write: bool = True) -> Result:
    """Do the whole job and write every product of the contract into ``settings.out``.

    Parameters
    ----------
    settings
        What to read and how.
    progress
        Called with a few words as each stage begins.
    write
        False keeps everything in memory, for a notebook.

    Raises
    ------
    InputError, NothingToAnalyseError, SettingError, OutputError
        One clear line each; nothing is written unless everything could be.
    """
    clock = _Clock(progress)
    with clock.stage("reading records"):
        inputs = read_inputs(settings)
        level, border = settings.level or inputs.profile.level, settings.border or inputs.profile.border
    with clock.stage("choosing records"):
        records, left_out = choose_records(inputs.seizures.records, settings)
        transits, transits_left_out = choose_transits(inputs.transits, settings)
    with clock.stage("building the network"):
        graph = _network(records, transits, inputs, level=level, border=border)
    with clock.stage("estimating flows"):
        from routegraph.flows import estimate_counts

        posterior = estimate_counts(graph, draws=settings.draws, seed=settings.seed)
    with clock.stage("analysing structure"):
        scores, partition, roles = _analyse(graph, posterior, seed=settings.seed)
    with clock.stage("finding corridors"):
        from routegraph.corridors import find_corridors, leg_verdicts, place_verdicts, ranks_distinguishable

        corridors = find_corridors(graph, posterior, betweenness=cast("LegScores", scores["betweenness_legs"]))
        told = ranks_distinguishable(corridors, graph, posterior)
    with clock.stage("writing the briefing"):
        from routegraph.briefing import compose, marking_of

        went_in = [records, *([transits] if transits is not None else [])]
        resolved = replace(settings, level=level, border=border)
        briefing = compose(
            title=settings.title or _title(inputs, settings),
            graph=graph,
            posterior=posterior,
            scores=scores,
            partition=partition,
            roles=roles,
            corridors=corridors,
            leg_verdicts=leg_verdicts(graph),
            place_verdicts=place_verdicts(graph),
            batch=replace(inputs.seizures, records=records),
            extra_batches=inputs.beside,
            caveats=inputs.caveats,
            sources=inputs.sources,
            filters={**left_out, **transits_left_out, "used": len(records)},
            marking=marking_of(went_in),
            synthetic=inputs.profile.synthetic or any(calls_itself_synthetic(frame) for frame in went_in),
            settings=_stated(resolved),
            versions={name: version(name) for name in _VERSIONED},
        )
    if write:
        _write(briefing, settings.out, clock)
    return Result(
        settings=resolved,
        batch=inputs.seizures,
        graph=graph,
        posterior=posterior,
        scores=scores,
        partition=partition,
        corridors=corridors,
        briefing=briefing,
        ranks_told=told,
        timings=clock.seconds,
    )


def _network(
    records: pd.DataFrame, transits: pd.DataFrame | None, inputs: Inputs, *, level: str, border: str
) -> RouteGraph:
    from routegraph.network import build_graph

    return build_graph(
        records,
        gazetteer=inputs.gazetteer,
        level=level,
        border=border,
        steps=inputs.profile.steps,
        domestic=inputs.profile.domestic,
        transits=transits,
    )


def _analyse(
    graph: RouteGraph, posterior: FlowPosterior, *, seed: int
) -> tuple[dict[str, PlaceScores | LegScores], Partition, pd.Series]:
    from routegraph import analysis

    scores: dict[str, PlaceScores | LegScores] = {
        "throughflow": analysis.throughflow(graph, posterior),
        "betweenness_places": analysis.betweenness_places(graph, posterior),
        "betweenness_legs": analysis.betweenness_legs(graph, posterior),
        "pagerank": analysis.pagerank(graph, posterior),
    }
    return scores, analysis.communities(graph, posterior, seed=seed), analysis.roles(graph, posterior)


def _title(inputs: Inputs, settings: Settings) -> str:
    return inputs.profile.title + (f": {settings.commodity}" if settings.commodity else "")


def _stated(settings: Settings) -> dict[str, object]:
    """Return the settings as run.json states them: no path of a machine, so that a case moves between machines."""
    stated: dict[str, object] = {}
    for name in Settings.__dataclass_fields__:
        value = getattr(settings, name)
        if name == "out":
            continue
        if isinstance(value, tuple):
            stated[name] = [item.name if isinstance(item, Path) else item for item in value]
        else:
            stated[name] = dict(value) if isinstance(value, Mapping) else value
    return stated


def _write(briefing: Briefing, out: Path, clock: _Clock) -> None:
    """Make every product, then put them all in place; run.json comes last, for it tells the time of the others."""
    from routegraph.render import TARGETS, render_run_json, write_products

    files: dict[str, bytes] = {}
    for target in TARGETS.values():
        with clock.stage(f"making {target.filename}"):
            files[target.filename] = target.render(briefing)
    files["run.json"] = render_run_json(briefing, timings=clock.seconds)
    with clock.stage("writing files"):
        write_products(files, out)


def headline(result: Result) -> list[str]:
    """Return what a reader should know before any rank: title, marking, rows accounted for, what ranks mean."""
    briefing, sums = result.briefing, {"rows_in": 0, "records": 0, "rejected_rows": 0, "duplicates": 0}
    for facts in result.batch.provenance.values():
        sums = {name: n + int(str(facts[name])) for name, n in sums.items()}
    what = f"{briefing.title} | {briefing.period} | {briefing.marking.text}"
    rows = "{rows_in:,} rows = {records:,} records + {rejected_rows:,} rejected rows + {duplicates:,} duplicates"
    used = f"{rows.format(**sums)}; {result.graph.counts['records']:,} records used"
    found = f"{len(result.graph.places):,} places, {len(result.graph.legs):,} legs, {len(result.corridors):,} corridors"
    meaning = "ranked by reported counts: not corrected for detection"
    synthetic = ["SYNTHETIC DATA: invented records that describe no real traffic"] if briefing.synthetic else []
    return [*synthetic, what, used, f"{found}, {meaning}"]


def top_corridors(result: Result, *, most: int) -> pd.DataFrame:
    """Return the first corridors as a reader wants them on a screen: rank, score, names of the places, numbers."""
    import pandas as pd

    names = result.graph.places["name"]
    rows = [
        {
            "rank": one.rank,
            "score": f"{one.score:.2f}",
            "seizures": f"{one.seizures:,}",
            "flow": f"{one.flow_mean:,.0f} ({one.flow_p05:,.0f}-{one.flow_p95:,.0f})",
            "verdict": one.verdict or "-",
            "corridor": " > ".join(names[place] for place in one.path),
        }
        for one in result.corridors[:most]
    ]
    return pd.DataFrame(rows, columns=["rank", "score", "seizures", "flow", "verdict", "corridor"])


def demo_settings(*, out: Path, seed: int = 0) -> Settings:
    """Return the settings of ``routegraph demo``: the bundled synthetic case, all of its tables."""
    folder = _samples()
    return Settings(
        seizures=(folder / "synthetic_seizures.csv",),
        transits=(folder / "synthetic_transits.csv",),
        effort=(folder / "synthetic_effort.csv",),
        out=out,
        seed=seed,
        title="Illicit arms in South-East Asia: a synthetic sample",
    )


def _samples() -> Path:
    """Return the bundled sample: inside an installed package, or at the root of a source tree."""
    here = Path(__file__).resolve().parent
    for folder in (here / "samples", here.parents[1] / "data" / "samples"):
        if (folder / "synthetic_seizures.csv").is_file():
            return folder
    raise AssetError("the bundled sample is missing; install routegraph again, or run `make sample` in its source tree")
