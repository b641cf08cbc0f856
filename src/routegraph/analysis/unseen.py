"""The unseen: how much of the reported traffic this network holds, and how many routes there are."""

from __future__ import annotations

from math import exp, log1p, sqrt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from routegraph.analysis.scores import CaseFigures
from routegraph.analysis.sweep import check_aligned

if TYPE_CHECKING:
    from collections.abc import Mapping

    from routegraph.flows.posterior import FlowPosterior
    from routegraph.network.graph import RouteGraph

NAME = "unseen"
NINETY = 1.6448536269514722
"""Normal deviate of a 90 % interval."""

AGGREGATED = 0.2
"""Share of events in rows of several from which on the numbers seen once are called unreliable."""


class Sightings(NamedTuple):
    """How often each thing was seen.

    ``units`` independent reports made ``sightings``; ``seen`` things were seen, ``once`` of them in one report and
    ``twice`` in two. ``variance`` is that of once - sightings x (what was not seen).
    """

    units: float
    sightings: float
    seen: int
    once: int
    twice: int
    variance: float


class Estimate(NamedTuple):
    """An estimate and its interval."""

    value: float
    low: float
    high: float


NOTHING = Estimate(np.nan, np.nan, np.nan)


def unseen(graph: RouteGraph, posterior: FlowPosterior) -> CaseFigures:
    """Say how much of the reported traffic this network holds, and how many routes and legs there are at least.

    For an analyst: whether the next report is likely to be of a route that is already on the map.

    Parameters
    ----------
    graph, posterior
        The network, with the events of its records on routes, and draws of flow.

    Returns
    -------
    CaseFigures
        Five rows. ``route_coverage`` and ``leg_coverage``: share (0-1) of the reported traffic that runs on routes,
        and of its passages over legs, that some record of the case shows. ``routes_at_least`` and ``legs_at_least``:
        lower bound on how many there are. ``flow_without_record``: share of the estimated flow that is on routes
        which no record shows. Columns unseen_mean (the estimate), unseen_p05, unseen_p95 (90 % interval), said (one
        sentence), unit, seen (distinct routes or legs with events), events, once and twice (how many were seen in one
        event, in two).

    Raises
    ------
    SettingError
        The draws belong to another graph.

    Notes
    -----
    Of n events f1 routes were seen in one and f2 in two. Coverage is C = 1 - (f1 / n) a, which with a = 1 is Good's and
    here takes a = (n - 1) f1 / ((n - 1) f1 + 2 f2), or (n - 1)(f1 - 1) / ((n - 1)(f1 - 1) + 2) where f2 = 0. Its
    interval is Esty's, of variance (f1 + 2 f2 - f1^2 / n) / n^2; where f1 = 0 it reaches down to 0.05^(1/n), the
    coverage at which one route is missed n times with 5 % chance; where f1 = n nothing tells it. The bound on their
    number is Chao1, seen + b f1^2 / (2 f2), or seen + b f1 (f1 - 1) / 2 where f2 = 0, b = (n - 1) / n, with its
    log-normal interval.

    One event passes several legs: legs use the forms for incidence (n is the number of events, n in f1 / n that of
    passages), with the variance sum_i a_i^2 + 2 sum_ij b_ij^2 - f1^2 / n for f1 + 2 f2 - f1^2 / n, where event i alone
    saw a_i legs and events i and j alone saw b_ij: legs that come and go together are one piece of luck.

    A route is a distinct path. In a completed network it is the path on which reports were laid, so that the count
    rests on the estimator's choice between ways that one report may have taken. In a reported network it is the path
    that records name: a missing stop or a wrong one makes a path of its own, so that ``routes_at_least`` bounds the
    number of *paths that would be named*, and can be many times the number of routes; ``said`` says which it is.

    What is estimated is coverage of traffic *as it is reported*: where nobody looks or reports, nothing is seen once,
    and the figure says nothing of it. All events are taken to fall independently: one operation that makes many
    reports of one route, or rows that stand for many seizures, hide routes seen once and make coverage look better
    than it is (``parameters`` say so where a fifth of the events or more come in such rows). Spellings that split one
    route into several do the opposite. Chao1 is a lower bound: of places where most routes are rare it sees the tip.
    ``flow_without_record`` is the model's own word, not a count, and leaves out what no candidate route covers:
    candidates not shown are added at their mean. In five synthetic worlds of 270 routes its interval lay below the
    truth three times (once far: 5 % for 20 %), and 10 to 28 % of the routes on which reports were laid were not those
    travelled, so that the lower end of ``routes_at_least`` passed the true number twice. Legs fared better: treat
    counts of routes as an order of size.

    References
    ----------
    Good 1953, doi 10.1093/biomet/40.3-4.237. Esty 1983, doi 10.1214/aos/1176346256. Chao 1984, Scandinavian Journal of
    Statistics 11, 265-270. Chao 1987, doi 10.2307/2531532. Chao & Jost 2012, doi 10.1890/11-1952.1.
    """
    check_aligned(graph, posterior)
    routes, legs = route_sightings(graph), leg_sightings(graph)
    flow = _flow_without_record(graph, posterior)
    rows = {
        "route_coverage": (coverage(routes), "share", routes),
        "routes_at_least": (chao1(routes), "routes", routes),
        "leg_coverage": (coverage(legs), "share", legs),
        "legs_at_least": (chao1(legs), "legs", legs),
        "flow_without_record": (flow, "share", None),
    }
    table = pd.DataFrame(
        [_row(figure, *row, laid=_laid(graph)) for figure, row in rows.items()],
        index=pd.Index(list(rows), name="figure", dtype="str"),
    )
    return CaseFigures(table, NAME, _parameters(graph, posterior, routes, legs))


def route_sightings(graph: RouteGraph) -> Sightings:
    """Return how often each distinct path was reported."""
    path = pd.Series([" > ".join(path) for path in graph.routes["path"]], dtype="str")
    events = graph.routes["seizures"].reset_index(drop=True).groupby(path).sum()
    counts = events[events > 0].to_numpy(np.int64)
    n, once, twice = int(counts.sum()), int((counts == 1).sum()), int((counts == 2).sum())
    return Sightings(n, n, len(counts), once, twice, once + 2 * twice - once**2 / n if n else 0.0)


def leg_sightings(graph: RouteGraph) -> Sightings:
    """Return how often each leg was travelled by a reported event, an event once on each of its legs."""
    uses = _uses(graph)
    events = uses.groupby("leg")["events"].transform("sum")
    units = int(uses.drop_duplicates("record_id")["events"].sum())
    single, double = uses[events == 1], uses[events == 2]
    # Legs seen once by the same event, or twice by the same two, are one piece of luck and not several.
    by_event = single.groupby("record_id").size().to_numpy()
    pairs = double.groupby("leg")["record_id"].agg(lambda ids: " ".join(sorted(ids)))
    by_pair = pairs.groupby(pairs).size().to_numpy()
    once = len(single)
    variance = float((by_event**2).sum() + 2 * (by_pair**2).sum() - (once**2 / units if units else 0))
    return Sightings(units, int(uses["events"].sum()), uses["leg"].nunique(), once, len(pairs), variance)


def coverage(seen: Sightings) -> Estimate:
    """Return the share of all sightings to come that would be of things already seen (Chao & Jost 2012)."""
    n, once, twice = seen.units, seen.once, seen.twice
    if once == seen.sightings:
        return NOTHING
    if not once:
        return Estimate(1.0, 0.05 ** (1 / n), 1.0)
    above, below = ((n - 1) * once, 2 * twice) if twice else ((n - 1) * (once - 1), 2)
    value = 1 - once / seen.sightings * above / (above + below)
    half = NINETY * sqrt(max(seen.variance, 0.0)) / seen.sightings
    return Estimate(value, max(value - half, 0.0), min(value + half, 1.0))


def chao1(seen: Sightings, *, deviate: float = NINETY) -> Estimate:
    """Return a lower bound on how many things there are, with its log-normal interval (Chao 1984, 1987)."""
    once, twice = seen.once, seen.twice
    if not seen.seen:
        return NOTHING
    few = (seen.units - 1) / seen.units
    missed = few * (once**2 / (2 * twice) if twice else once * (once - 1) / 2)
    if not missed:
        return Estimate(seen.seen, seen.seen, seen.seen)
    if twice:
        ratio = once / twice
        variance = twice * (few * ratio**2 / 2 + few**2 * ratio**3 + few**2 * ratio**4 / 4)
    else:
        spread = few * once * (once - 1) / 2 + few**2 * once * (2 * once - 1) ** 2 / 4
        variance = spread - few**2 * once**4 / (4 * (seen.seen + missed))
    factor = exp(deviate * sqrt(log1p(max(variance, 0.0) / missed**2)))
    return Estimate(seen.seen + missed, seen.seen + missed / factor, seen.seen + missed * factor)


def _uses(graph: RouteGraph) -> pd.DataFrame:
    """Return leg (text), record_id and events: what travelled each leg, a record once on each."""
    columns = ["leg", "record_id", "events"]
    if not len(graph.evidence):
        return pd.DataFrame(columns=columns)
    part = graph.evidence[graph.evidence["part"] == "travelled"]
    paths = graph.routes["path"].to_numpy()[graph.routes.index.get_indexer(pd.Index(part["route"]))]
    legs = [f"{path[step]} > {path[step + 1]}" for path, step in zip(paths, part["step"], strict=True)]
    used = part.assign(leg=pd.Series(legs, index=part.index, dtype="str"))[columns]
    return used[used["events"] > 0].drop_duplicates(["leg", "record_id"])


def _flow_without_record(graph: RouteGraph, posterior: FlowPosterior) -> Estimate:
    """Return the share of estimated flow on routes without a record; nothing where detection was not estimated."""
    if not posterior.detection_corrected or not posterior.routes.size:
        return NOTHING
    bare = (graph.routes["seizures"] == 0).to_numpy()
    hidden = posterior.diagnostics.get("flow_on_routes_not_shown", 0.0)
    without = posterior.routes[:, bare].sum(axis=1, dtype=np.float64) + hidden
    whole = posterior.routes.sum(axis=1, dtype=np.float64) + hidden
    share = without[whole > 0] / whole[whole > 0]
    return Estimate(share.mean(), *np.quantile(share, [0.05, 0.95])) if len(share) else NOTHING


def _row(figure: str, found: Estimate, unit: str, seen: Sightings | None, *, laid: bool) -> dict[str, object]:
    numbers = (seen.seen, seen.units, seen.once, seen.twice) if seen else (np.nan,) * 4
    ends = dict(zip((f"{NAME}_mean", f"{NAME}_p05", f"{NAME}_p95"), map(float, found), strict=True))
    counted = dict(zip(("seen", "events", "once", "twice"), map(float, numbers), strict=True))
    return {**ends, "said": _said(figure, found, seen, laid=laid), "unit": unit, **counted}


def _said(figure: str, found: Estimate, seen: Sightings | None, *, laid: bool) -> str:
    if np.isnan(found.value):
        return ""
    if seen is None:
        return (
            f"By the estimator's own account {_share(found)} of the flow is on routes that no record shows; ways "
            "that it does not know of are not in that."
        )
    routes = figure.startswith("route")
    if figure.endswith("coverage"):
        what = (
            "reports like these, {share} would be of routes"
            if routes
            else "passages reported, {share} would be over legs"
        )
        split = "" if laid else "incomplete and mistaken reports pass for more unseen than there is, and "
        known = f"Of further {what.format(share=_share(found))} that this network has already"
        return f"{known}; {split}where nobody reports is not in that."
    ends = f"90 % interval {found.low:,.0f}-{found.high:,.0f}"
    if laid:
        what = "routes" if routes else "legs"
        return (
            f"As reports were laid on routes, at least about {found.value:,.0f} {what} are in use ({ends}), of which "
            f"{seen.seen:,} are seen."
        )
    what = "paths" if routes else "legs"
    return (
        f"Reports like these would name at least about {found.value:,.0f} {what} ({ends}), of which {seen.seen:,} are "
        "seen; incomplete and mistaken reports make several of one, so that fewer are in use."
    )


def _share(found: Estimate) -> str:
    """Return a share and its interval in per cent; what is estimated never rounds to all or nothing."""
    near = not 0.02 <= found.value <= 0.98
    value, low, high = (_percent(part, digits=1 if near else 0) for part in found)
    about = "" if value[0] in "uo" else "about "
    return f"{about}{value} % (90 % interval {low}-{high} %)"


def _percent(share: float, *, digits: int) -> str:
    edge = 0.001 if digits else 0.01
    if share < edge:
        return f"under {edge * 100:g}"
    return f"over {100 - edge * 100:g}" if share > 1 - edge else f"{100 * share:.{digits}f}"


def _parameters(
    graph: RouteGraph, posterior: FlowPosterior, routes: Sightings, legs: Sightings
) -> Mapping[str, object]:
    stated: dict[str, object] = {
        "route": "a distinct path that reports were laid on" if _laid(graph) else "a distinct path that records name"
    }
    why = []
    for what, seen in (("route", routes), ("leg", legs)):
        if not seen.seen:
            why.append(f"{what}_coverage, {what}s_at_least: no event is known to have travelled a {what}")
        elif seen.once == seen.sightings:
            why.append(f"{what}_coverage: no {what} was seen in two events")
    if not posterior.detection_corrected:
        why.append("flow_without_record: needs the removal estimator")
    if why:
        stated["not_estimated"] = "; ".join(why)
    several = _in_rows_of_several(graph)
    if several >= AGGREGATED:
        stated["caution"] = (
            f"{100 * several:.0f} % of the events come in rows that stand for several: a route seen once is then rare "
            "whatever is unseen, and coverage looks better than it is"
        )
    return stated


def _laid(graph: RouteGraph) -> bool:
    """Return whether reports were laid on whole candidate routes."""
    return "laid_events" in graph.counts


def _in_rows_of_several(graph: RouteGraph) -> float:
    if not len(graph.evidence):
        return 0.0
    events = graph.evidence.drop_duplicates("record_id")["events"]
    return float(events[events > 1].sum() / max(events.sum(), 1))
