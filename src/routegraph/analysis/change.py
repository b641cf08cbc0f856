"""Change: which legs appeared, vanished, surged or fell between periods, and which took over from which."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from routegraph.analysis.displacement import displaced
from routegraph.analysis.scores import LegScores
from routegraph.analysis.summary import leg_scores
from routegraph.analysis.sweep import check_aligned
from routegraph.errors import SettingError
from routegraph.flows.posterior import interval

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from routegraph.flows.posterior import FlowPosterior, PeriodDraws
    from routegraph.network.graph import RouteGraph

NAME = "change"
PROBABLE = 0.8
"""Chance from which on a change is named."""

FLOOR = 3.0
"""Consignments a period that a leg must have carried, or carry now, for its change to be named."""

TWICE = 2.0
KINDS = ("appeared", "vanished", "surged", "fell")


class _Compared(NamedTuple):
    """Mean flow a period, kept draws x legs, before and after."""

    before: np.ndarray
    after: np.ndarray


def change(
    graph: RouteGraph, posterior: FlowPosterior, *, before: Sequence[str] = (), after: Sequence[str] = ()
) -> LegScores:
    """Say how the flow on each leg changed between two sets of periods, and what kind of change that is.

    For an analyst: what is new on the map, what is gone, and where traffic that left a leg may have gone.

    Parameters
    ----------
    graph, posterior
        The network, and draws of flow by period (``posterior.periods``).
    before, after
        Names of periods to compare. Without them ``after`` is the last period, ``before`` all that precede ``after``.

    Returns
    -------
    LegScores
        Indexed by (origin, destination): change_mean, change_p05, change_p95 (log2((after + 1) / (before + 1)) of
        flow a period: 1 = doubled), p_top, rank_p05, rank_p95, tier; flow_before_mean, _p05, _p95 and
        flow_after_mean, _p05, _p95 (consignments a period); p_up, p_down (chance that flow rose, fell); p_appeared,
        p_vanished, p_surged, p_fell; ``what`` (one of these four, displaced_to, displaced_from, or '') and
        ``probability`` of it (NaN for ''); displaced_to (the leg, ``A > B``, that took over the traffic of this one),
        displaced_from (the leg that this one took over from) and displaced_probability; seizures_before,
        seizures_after (events in all of the periods together; NaN where the estimator does not tell). All NaN or ''
        with fewer than two periods.

    Raises
    ------
    SettingError
        The draws belong to another graph; a period that is not there; the same one before and after.

    Notes
    -----
    Per draw, with b and a the flow a period before and after: appeared, b < 1 and a >= 3; vanished, b >= 3 and a < 1;
    surged, a >= 2 b and a >= 3; fell, b >= 2 a and b >= 3. A kind is named where it holds in 0.8 of the draws, the
    first of that order. For a leg that fell, see :func:`routegraph.analysis.displacement.displaced`: another leg, on
    another route between the same ends, whose flow rose in the same draw by half of the fall and a quarter of its
    own, over and above the growth of the whole network. Where that holds in 0.8 of the draws, ``what`` says
    displaced_to for the one and displaced_from for the other; their own kinds are still in p_vanished and the rest.
    The number of names that are expected to be false, the sum of 1 - probability, is in ``parameters``.

    Detection and reporting are taken to be the same in all periods. A place that began to look harder, a source that
    was added or stopped, a new law: each changes *reports*, and shows here as a change in traffic. Where a label
    rests on seizures_before and seizures_after that moved at many legs of one country at once, suspect that first. A
    last period that is not over looks like a fall everywhere: compare ``parameters["all_flow"]``, and name the
    periods. Displacement is a coincidence in time between ways that could stand for each other; no draw shows a
    consignment that changed its way.

    Under ``counts`` a leg has flow only in periods with events of its own, and nothing steadies legs with few: where
    all is steady up to 4 % of legs are named by chance, more than the stated number. ``removal`` pools legs and names
    fewer than it could.

    References
    ----------
    Mueller, P., Parmigiani, G., Robert, C. and Rousseau, J. (2004), doi 10.1198/016214504000001646: naming what has a
    posterior chance of 0.8 keeps the expected share of false names below 0.2.
    """
    check_aligned(graph, posterior)
    drawn = posterior.periods
    if drawn is None or len(drawn.names) < 2:
        return _nothing(graph, "fewer than two periods have a name")
    if not len(drawn.draw):
        return _nothing(graph, "there are no draws by period")
    after = tuple(after) or drawn.names[-1:]
    before = tuple(before) or tuple(name for name in drawn.names if name < min(after))
    flow = _compared(drawn, before, after)
    scores = leg_scores(graph, np.log2((flow.after + 1) / (flow.before + 1)), name=NAME, parameters={})
    table = pd.concat([scores.table, _flows(graph, flow), _kinds(graph, flow)], axis=1)
    table = _named(graph, table, flow).assign(**_seizures(graph, posterior, before=before, after=after))
    return replace(scores, table=table, parameters=_parameters(table, flow, before=before, after=after))


def trend(posterior: FlowPosterior) -> np.ndarray:
    """Return the chance that each leg carries more a period in the later half of the periods than in the earlier half.

    float64, one number a leg, 0 to 1: the share of kept draws, equals counted half. The middle one of an odd number of
    periods is in neither half. 0.5 where there are not two periods.
    """
    drawn = posterior.periods
    half = 0 if drawn is None else len(drawn.names) // 2
    if drawn is None or not half or not len(drawn.draw):
        return np.full(posterior.legs.shape[1], 0.5)
    early = drawn.legs[:, :, :half].sum(axis=2, dtype=np.float64)
    late = drawn.legs[:, :, -half:].sum(axis=2, dtype=np.float64)
    return np.asarray((late > early).mean(axis=0) + 0.5 * (late == early).mean(axis=0))


def _compared(drawn: PeriodDraws, before: Sequence[str], after: Sequence[str]) -> _Compared:
    missing = [name for name in (*before, *after) if name not in drawn.names]
    if missing:
        raise SettingError(f"there is no period {missing[0]!r}; the periods are {', '.join(drawn.names)}")
    both = [name for name in after if name in before]
    if both or not before:
        raise SettingError(f"period {both[0]} is before and after" if both else f"no period is before {min(after)}")

    def mean(names: Sequence[str]) -> np.ndarray:
        at = sorted({drawn.names.index(name) for name in names})
        return np.asarray(sum(drawn.legs[:, :, k].astype(np.float64) for k in at) / len(at))

    return _Compared(mean(before), mean(after))


def _flows(graph: RouteGraph, flow: _Compared) -> pd.DataFrame:
    sides = [interval(side, name=f"flow_{name}") for name, side in (("before", flow.before), ("after", flow.after))]
    up, down = ((one > other).mean(axis=0) for one, other in ((flow.after, flow.before), (flow.before, flow.after)))
    return pd.concat(sides, axis=1).assign(p_up=up, p_down=down).set_axis(graph.legs.index, axis=0)


def _kinds(graph: RouteGraph, flow: _Compared) -> pd.DataFrame:
    """Return the chance of each kind of change."""
    before, after = flow
    chances = {
        "appeared": (before < 1) & (after >= FLOOR),
        "vanished": (before >= FLOOR) & (after < 1),
        "surged": (after >= TWICE * before) & (after >= FLOOR),
        "fell": (before >= TWICE * after) & (before >= FLOOR),
    }
    return pd.DataFrame({f"p_{kind}": held.mean(axis=0) for kind, held in chances.items()}, index=graph.legs.index)


def _named(graph: RouteGraph, table: pd.DataFrame, flow: _Compared) -> pd.DataFrame:
    """Return the table with what, probability and the columns of displacement."""
    chances = table[[f"p_{kind}" for kind in KINDS]].to_numpy()
    probable = chances >= PROBABLE
    first = probable.argmax(axis=1)
    some = probable.any(axis=1)
    what = np.where(some, np.array(KINDS)[first], "").astype(object)
    probability = np.where(some, chances[np.arange(len(chances)), first], np.nan)
    fell = np.flatnonzero((table["p_fell"] >= PROBABLE).to_numpy())
    moved = displaced(graph, before=flow.before, after=flow.after, fell=fell)
    likely = moved["probability"].to_numpy()
    for side in ("to", "from"):
        sure = (moved[side] != "").to_numpy() & (likely >= PROBABLE)
        what[sure], probability[sure] = f"displaced_{side}", likely[sure]
    texts = {"what": what, "displaced_to": moved["to"].to_numpy(), "displaced_from": moved["from"].to_numpy()}
    columns = {name: pd.Series(values, index=table.index, dtype="str") for name, values in texts.items()}
    return table.assign(**columns, probability=probability, displaced_probability=likely)


def _seizures(
    graph: RouteGraph, posterior: FlowPosterior, *, before: Sequence[str], after: Sequence[str]
) -> Mapping[str, np.ndarray]:
    """Return the events on each leg in the periods of each side, all together."""
    rows = posterior.by_period
    nothing = np.full(len(graph.legs), np.nan)
    if not {"period", "origin", "destination", "seizures"} <= set(rows.columns):
        return {"seizures_before": nothing, "seizures_after": nothing}

    def events(names: Sequence[str]) -> np.ndarray:
        mine = rows[rows["period"].isin(list(names))]
        summed = mine.groupby(["origin", "destination"])["seizures"].sum()
        return summed.reindex(graph.legs.index, fill_value=0).to_numpy(np.float64)

    return {"seizures_before": events(before), "seizures_after": events(after)}


def _parameters(
    table: pd.DataFrame, flow: _Compared, *, before: Sequence[str], after: Sequence[str]
) -> Mapping[str, object]:
    named = table["what"] != ""
    ratio = np.sort(flow.after, axis=1).sum(axis=1) + 1, np.sort(flow.before, axis=1).sum(axis=1) + 1
    low, high = np.quantile(np.log2(ratio[0] / ratio[1]), [0.05, 0.95])
    return {
        "before": ", ".join(before),
        "after": ", ".join(after),
        "draws": len(flow.before),
        "probable": PROBABLE,
        "floor": FLOOR,
        "named": int(named.sum()),
        "expected_false": round(float((1 - np.sort(table.loc[named, "probability"])).sum()), 3),
        "all_flow": f"log2 of all flow after over before: {low:.2f} to {high:.2f} (90 % interval)",
    }


def _nothing(graph: RouteGraph, reason: str) -> LegScores:
    """Return the table with nothing in it."""
    ends = ("mean", "p05", "p95")
    numbers = [*(f"{name}_{end}" for name in (NAME, "flow_before", "flow_after") for end in ends)]
    numbers[3:3] = ["p_top", "rank_p05", "rank_p95", "tier"]
    numbers += ["p_up", "p_down", *(f"p_{kind}" for kind in KINDS)]
    last = ["probability", "displaced_probability", "seizures_before", "seizures_after"]
    blank = pd.DataFrame("", index=graph.legs.index, columns=["what", "displaced_to", "displaced_from"], dtype="str")
    table = pd.concat(
        [
            pd.DataFrame(np.nan, index=graph.legs.index, columns=numbers),
            blank,
            pd.DataFrame(np.nan, index=graph.legs.index, columns=last),
        ],
        axis=1,
    )
    return LegScores(table, NAME, {"not_estimated": reason})
