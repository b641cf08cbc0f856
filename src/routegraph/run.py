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
from routegraph.inputs import Chosen, Inputs, calls_itself_synthetic, choose, read_inputs
from routegraph.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

    from routegraph.analysis import Partition, Scores
    from routegraph.briefing import Briefing
    from routegraph.corridors import Corridor
    from routegraph.flows import FlowPosterior
    from routegraph.flows.removal.estimate import RemovalEstimate
    from routegraph.network import RouteGraph
    from routegraph.records import RecordBatch

Progress = Callable[[str], None]

CANDIDATES_PER_REPORT, FEWEST_CANDIDATES, MOST_CANDIDATES = 3, 8_000, 30_000
"""How many routes the removal estimator is given: more than a case can tell apart cost time and change nothing."""

_VERSIONED = (
    "routegraph", "numpy", "pandas", "scipy", "scikit-learn", "networkx", "igraph", "numba", "duckdb",
    "ibis-framework", "shapely", "folium", "airportsdata",
)  # fmt: skip


@dataclass(frozen=True)
class Result:
    """Everything a run made, for a notebook to go on with; the same is in the files.

    Attributes
    ----------
    graph, posterior
        The network that flow was estimated on, and its draws; under ``removal`` routes are completed.
    reported, counts
        The network as reported, and the ``counts`` estimate on it; the same two under ``counts``.
    scores, partition
        What every analysis of ``routegraph.analysis.ANALYSES`` says, by its name; the communities among them.
    estimate
        All that the removal estimator made; None under ``counts``.
    ranks_told
        Whether any two corridors could be told apart in flow; False is exit status 3.
    """

    settings: Settings
    batch: RecordBatch
    graph: RouteGraph
    posterior: FlowPosterior
    reported: RouteGraph
    counts: FlowPosterior
    estimate: RemovalEstimate | None
    scores: Mapping[str, Scores]
    partition: Partition
    corridors: tuple[Corridor, ...]
    briefing: Briefing
    ranks_told: bool
    timings: Mapping[str, float] = field(default_factory=dict)

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the marking, what ranks mean, the first corridors; all text escaped."""
        from html import escape

        said = "<br>".join(map(escape, headline(self)))
        return f"<div>{said}{top_corridors(self, most=10).to_html(index=False, escape=True, border=0)}</div>"


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
        settings = replace(
            settings,
            level=settings.level or inputs.profile.level,
            border=settings.border or inputs.profile.border,
            title=settings.title or _title(inputs, settings),
        )
    with clock.stage("choosing records"):
        chosen = choose(inputs, settings)
    with clock.stage("building the network"):
        reported = _network(inputs, chosen, settings)
    with clock.stage("estimating flows"):
        flows = _flows(reported, inputs, chosen, settings)
        graph, posterior = flows.graph, flows.posterior
    with clock.stage("analysing structure"):
        analysed = _analyse(graph, posterior)
    with clock.stage("finding corridors"):
        from routegraph.corridors import find_corridors, ranks_distinguishable

        corridors = find_corridors(graph, posterior, scores=analysed.scores)
        told = ranks_distinguishable(corridors, graph, posterior)
    with clock.stage("writing the briefing"):
        briefing = _brief(settings, inputs, chosen, flows, analysed=analysed, corridors=corridors)
        if settings.previous is not None:
            from routegraph.render.saved import with_changes

            briefing = with_changes(briefing, settings.previous)
    if write:
        _write(briefing, settings.out, clock)
    return Result(
        settings=settings,
        batch=inputs.seizures,
        graph=graph,
        posterior=posterior,
        reported=reported,
        counts=flows.counts,
        estimate=flows.estimate,
        scores=analysed.scores,
        partition=analysed.partition,
        corridors=corridors,
        briefing=briefing,
        ranks_told=told,
        timings=clock.seconds,
    )


def _network(inputs: Inputs, chosen: Chosen, settings: Settings) -> RouteGraph:
    from routegraph.network import build_graph

    return build_graph(
        chosen.records,
        gazetteer=inputs.gazetteer,
        level=str(settings.level),
        border=str(settings.border),
        steps=inputs.profile.steps,
        domestic=inputs.profile.domestic,
        transits=chosen.transits,
    )


@dataclass(frozen=True)
class _Flows:
    """What was estimated, on which network; ``counts`` is that of the network as reported."""

    graph: RouteGraph
    posterior: FlowPosterior
    reported: RouteGraph
    counts: FlowPosterior
    estimate: RemovalEstimate | None = None


def _flows(reported: RouteGraph, inputs: Inputs, chosen: Chosen, settings: Settings) -> _Flows:
    from routegraph.flows import estimate_counts

    counts = estimate_counts(reported, draws=settings.draws, seed=settings.seed)
    if settings.estimator == "counts":
        return _Flows(reported, counts, reported, counts)
    from routegraph.flows.removal.estimate import Material, estimate_removal
    from routegraph.network.candidates import candidate_routes
    from routegraph.network.reports import distinct_reports
    from routegraph.network.single_ends import end_where_found, settle_ends

    gazetteer, transits = inputs.gazetteer, chosen.transits
    reports = distinct_reports(chosen.records, gazetteer=gazetteer, level=reported.level, border=reported.border)
    reports = end_where_found(settle_ends(reports, reported))
    if inputs.profile.domestic == "route":
        reports = replace(reports, table=reports.table.assign(domestic=False))
    most = min(max(CANDIDATES_PER_REPORT * len(reports.table), FEWEST_CANDIDATES), MOST_CANDIDATES)
    by_land = inputs.profile.steps == "bordering"
    candidates = candidate_routes(reported, reports, gazetteer=gazetteer, transits=transits, by_land=by_land, most=most)
    estimate = estimate_removal(
        reported,
        reports,
        candidates,
        material=Material(chosen.records, gazetteer, transits, settings.by_commodity),
        effort=inputs.effort.records if inputs.effort is not None else None,
        draws=settings.draws,
        seed=settings.seed,
        workers=settings.workers,
    )
    return _Flows(estimate.graph, estimate.posterior, reported, counts, estimate)


@dataclass(frozen=True)
class _Analysed:
    """What the analyses said of one network."""

    scores: Mapping[str, Scores]
    partition: Partition
    roles: pd.Series


def _analyse(graph: RouteGraph, posterior: FlowPosterior) -> _Analysed:
    from routegraph import analysis

    scores = analysis.analyse(graph, posterior)
    partition = cast("Partition", scores["communities"])
    return _Analysed(scores=scores, partition=partition, roles=scores["role"].table["role"])


def _brief(
    settings: Settings,
    inputs: Inputs,
    chosen: Chosen,
    flows: _Flows,
    *,
    analysed: _Analysed,
    corridors: tuple[Corridor, ...],
) -> Briefing:
    from routegraph.briefing import Findings, compose, marking_of
    from routegraph.corridors import leg_verdicts, place_verdicts

    graph, posterior, reported, counts = flows.graph, flows.posterior, flows.reported, flows.counts
    found = Findings(
        graph=graph,
        posterior=posterior,
        scores=analysed.scores,
        partition=analysed.partition,
        roles=analysed.roles,
        corridors=corridors,
        leg_verdicts=leg_verdicts(graph, posterior),
        place_verdicts=place_verdicts(graph, posterior),
        batch=replace(inputs.seizures, records=chosen.records),
        extra=inputs.beside,
        marking=marking_of(chosen.frames),
        reported=reported,
        counts=counts,
    )
    return compose(
        found,
        title=settings.title,
        caveats=inputs.caveats,
        sources=inputs.sources,
        filters={**chosen.left_out, "used": len(chosen.records)},
        synthetic=inputs.profile.synthetic or any(calls_itself_synthetic(frame) for frame in chosen.frames),
        settings=_stated(settings),
        versions={name: version(name) for name in _VERSIONED},
    )


def _title(inputs: Inputs, settings: Settings) -> str:
    if not settings.commodity:
        return inputs.profile.title
    from routegraph.records import taxonomy

    label = str(taxonomy.tree()["label"].get(settings.commodity, settings.commodity))
    # A branch holds every form of its kind, so the label of its stem is cut to the kind.
    return f"{inputs.profile.title}: {label.partition(', ')[0].lower() if 'not stated' in label else label.lower()}"


def _stated(settings: Settings) -> dict[str, object]:
    """Return the settings as run.json states them: no path of a machine, so that a case moves between machines."""
    stated: dict[str, object] = {}
    for name in Settings.__dataclass_fields__:
        value = getattr(settings, name)
        if name in ("out", "previous"):
            continue
        if isinstance(value, tuple):
            stated[name] = [item.name if isinstance(item, Path) else item for item in value]
        else:
            stated[name] = dict(value) if isinstance(value, Mapping) else value
    return stated


def _write(briefing: Briefing, out: Path, clock: _Clock) -> None:
    """Make every product, then put them all in place; run.json comes last, for it tells the time of the others."""
    from routegraph.render import RUN_TARGETS, render_run_json, write_products

    files: dict[str, bytes] = {}
    for target in RUN_TARGETS.values():
        with clock.stage(f"making {target.filename}"):
            files[target.filename] = target.render(briefing)
    files["run.json"] = render_run_json(briefing, timings=clock.seconds)
    with clock.stage("writing files"):
        write_products(files, out)


def headline(result: Result) -> list[str]:
    """Return what a reader should know before any rank: title, marking, rows accounted for, what ranks mean."""
    from routegraph.briefing.words import count_of

    briefing, sums = result.briefing, {"rows_in": 0, "records": 0, "rejected_rows": 0, "duplicates": 0}
    for facts in result.batch.provenance.values():
        sums = {name: n + int(str(facts[name])) for name, n in sums.items()}
    what = f"{briefing.title} | {briefing.period} | {briefing.marking.text}"
    went = [count_of(sums[name], name.replace("_", " ").removesuffix("s")) for name in sums if name != "rows_in"]
    used = f"{count_of(sums['rows_in'], 'row')} = {' + '.join(went)}"
    used = f"{used}; {count_of(result.graph.counts['records'], 'record')} used"
    sizes = {"place": len(result.graph.places), "leg": len(result.graph.legs), "corridor": len(result.corridors)}
    found = ", ".join(count_of(n, noun) for noun, n in sizes.items())
    meaning = "ranked by reported counts: not corrected for detection"
    if result.posterior.detection_corrected:
        meaning = "ranked by score, most of it estimated flow, corrected for detection"
        if not result.posterior.levels_told:
            meaning += "; how many consignments there are these data cannot tell: read ranks, not numbers"
    synthetic = ["SYNTHETIC DATA: invented records that describe no real traffic"] if briefing.synthetic else []
    return [*synthetic, what, used, f"{found}, {meaning}"]


def top_corridors(result: Result, *, most: int) -> pd.DataFrame:
    """Return the first corridors as a reader wants them on a screen: rank, score, names of the places, numbers."""
    import pandas as pd

    from routegraph.briefing.words import about, number

    names, told = result.graph.places["name"], result.posterior.levels_told
    said = number if result.posterior.estimator == "counts" else about
    rows = [
        {
            "rank": one.rank,
            "tier": one.tier or "-",
            "score": f"{one.score:.2f}",
            "seizures": f"{one.seizures:,}",
            "flow": f"{said(one.flow_mean)} ({said(one.flow_p05)}-{said(one.flow_p95)})" if told else "level not told",
            "verdict": one.verdict or "-",
            "corridor": " > ".join(names[place] for place in one.path),
        }
        for one in result.corridors[:most]
    ]
    return pd.DataFrame(rows, columns=["rank", "tier", "score", "seizures", "flow", "verdict", "corridor"])


def demo_settings(*, out: Path, seed: int = 0) -> Settings:
    """Return the settings of ``routegraph demo``: the bundled synthetic case, all of its tables."""
    folder = _samples()
    return Settings(
        seizures=(folder / "synthetic_seizures.csv",),
        transits=(folder / "synthetic_transits.csv",),
        effort=(folder / "synthetic_effort.csv",),
        out=out,
        draws=400,  # a minute less than the default, which is for work
        workers=2,  # never changes a result
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
