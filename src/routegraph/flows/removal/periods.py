"""Flow by period, and by commodity on request, from the realised draws of each leg."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from routegraph.errors import InputError
from routegraph.flows.posterior import Draws, PeriodDraws, interval
from routegraph.flows.removal.period_shares import divide, pool

if TYPE_CHECKING:
    from routegraph.network import RouteGraph

STAGE = 49
"""Stage number of this user of randomness (docs/architecture.md, Random stages)."""

CELLS_AT_ONCE = 2_000_000
"""Draws x legs x parts that are divided at once; bounds memory."""

ENDS = ["origin", "destination"]
FLOWS = ["flow_mean", "flow_p05", "flow_p95"]


def removal_flows_by_period(
    graph: RouteGraph,
    legs: Draws,
    events: pd.DataFrame,
    *,
    declared_by_period: pd.DataFrame | None = None,
    seed: int,
) -> tuple[pd.DataFrame, PeriodDraws]:
    """Return flow per leg and period (and commodity, where events have one), whose means add up to the leg's mean.

    With it the draws, over all commodities.

    For an analyst: whether a leg was busier in one year than in another, allowing for years in which nobody reported.

    Parameters
    ----------
    graph
        Its legs.
    legs
        Draws x legs, realised consignments, aligned to ``graph.legs``.
    events
        Reported events that travelled each leg: origin, destination (place ids), period ('' unknown), seizures (>= 0;
        may be expected numbers), and where known commodity ('' unknown) and seized_at (place id).
    declared_by_period
        place_id (at the graph's level), period, declared: share of the period in [0, 1] in which seizures there are
        reported. What is not listed reports. A period with events at a place is never taken as silent there.
        See :func:`declared_shares`.
    seed
        Same seed and tables, same bytes, whatever the order of rows and legs.

    Returns
    -------
    pandas.DataFrame
        period, origin, destination[, commodity], flow_mean, flow_p05, flow_p95, seizures, sorted by all but the last
        four. Every leg that moves has a row for every period (and commodity), with events or not. Events of unknown
        period (or commodity) are in no row: unknown is not a period, and their traffic is spread over the known ones.
        Periods that ``declared_by_period`` names between the first and the last event have rows too.
        Where no period is known there is one, ''.
    PeriodDraws
        Without names where no period is known.

    Raises
    ------
    InputError
        Events on a leg that the graph does not have.

    Notes
    -----
    Shares of the periods are partially pooled: each leg's are Dirichlet(kappa * base) beforehand, base the shares of
    all traffic smoothed over neighbouring periods, kappa at the maximum of the marginal likelihood. Reported events
    stay in their period; only what was not reported is drawn. See :mod:`routegraph.flows.removal.period_shares`.
    Commodities are divided first, by the same rule without neighbours, then each over the periods.

    A silent period has no events because nobody reported, not because nothing moved: with x_lt the declared share over
    the places where the leg's seizures were made (its destination where none were), it gets the prior's share.

    Detection is taken to be the same in all periods: where a place began to look harder, its years show it as traffic.
    """
    ends = graph.legs.index.to_frame(index=False).astype("str").set_axis(ENDS, axis=1)
    order = ends.sort_values(ENDS).index.to_numpy()
    index = pd.MultiIndex.from_frame(ends.iloc[order])
    known = _on_legs(events, index)
    case = _case(known, index, declared_by_period)
    exposure = _exposure(known, index, case.periods, declared_by_period)
    wide = np.repeat(exposure, len(case.kinds), axis=0)
    alike = np.ones((len(index), len(case.kinds)))
    by_kind = pool(case.of_kind, alike, ordered=False)
    by_period = pool(case.dated.reshape(len(wide), len(case.periods)), wide, ordered=True)
    rng = np.random.default_rng([seed, STAGE])
    moving = np.flatnonzero(np.asarray(legs.any(axis=0))[order])
    at_once = max(1, CELLS_AT_ONCE // (len(legs) * len(case.kinds) * len(case.periods)))
    names = tuple(one for one in case.periods if one)
    drawn = PeriodDraws.empty(names, draws=len(legs), legs=len(index))
    pieces = []
    for some in np.split(moving, range(at_once, len(moving), at_once)):
        whole = divide(legs[:, order[some]], case.of_kind[some], alike[some], by_kind, rng)
        parts = divide(
            whole.reshape(len(legs), len(some) * len(case.kinds)),
            case.dated[some].reshape(-1, len(case.periods)),
            np.repeat(exposure[some], len(case.kinds), axis=0),
            by_period,
            rng,
        )
        if names and len(some):
            drawn.legs[:, order[some]] = parts[drawn.draw].reshape(-1, *case.dated[some].shape).sum(axis=2)
        pieces.append(interval(parts.reshape(len(legs), case.dated[some].size), name="flow"))
    flows = pd.concat(pieces, ignore_index=True)
    return _frame(case, index[moving], moving, flows, asked="commodity" in known), drawn


def declared_shares(effort: pd.DataFrame, graph: RouteGraph) -> pd.DataFrame:
    """Return place_id, period (year), declared: the share of a year's effort rows that say seizures are reported.

    A place's own rows go before its country's; places and years without any are left out, and count as reporting.

    Parameters
    ----------
    effort
        The contract's table: period, place_id, country, reported (yes, no, '').
    graph
        For the places, their countries and the level.
    """
    stated = effort[effort["reported"].isin(["yes", "no"]) & (effort["period"] != "")]
    stated = stated.assign(period=stated["period"].str.slice(0, 4), declared=(stated["reported"] == "yes") * 1.0)
    home = graph.places["country"].rename_axis("place_id").reset_index()
    whole_country = stated[(stated["place_id"] == "") | (stated["place_id"] == stated["country"])]
    if graph.level == "country":
        whole_country = stated
    of_country = whole_country.groupby(["country", "period"])["declared"].mean().reset_index()
    own = stated[stated["place_id"].isin(graph.places.index)].groupby(["place_id", "period"])["declared"].mean()
    out = home.merge(of_country, on="country")[["place_id", "period", "declared"]].set_index(["place_id", "period"])
    if graph.level != "country":
        out = own.to_frame().combine_first(out)
    return out.sort_index().reset_index()[["place_id", "period", "declared"]]


@dataclass(frozen=True)
class _Case:
    """Events by leg (sorted) and commodity, and by leg, commodity and period; what is unknown is left out of each."""

    periods: list[str]
    kinds: list[str]
    of_kind: np.ndarray
    dated: np.ndarray


def _on_legs(events: pd.DataFrame, index: pd.MultiIndex) -> pd.DataFrame:
    at = index.get_indexer(pd.MultiIndex.from_frame(events[ENDS].astype("str")))
    if (at < 0).any():
        missing = " > ".join(events[ENDS].iloc[int(np.argmin(at))])
        raise InputError("events", f"the leg {missing} is not in the graph", expected="legs of the graph only")
    by = ["leg", "period", *(name for name in ("commodity", "seized_at") if name in events)]
    # Summed in an order of their own, so that expected numbers add up to the same bytes.
    rows = events.assign(leg=at, period=events["period"].astype("str")).sort_values([*by, "seizures"], kind="stable")
    return rows.groupby(by)["seizures"].sum().reset_index()


def _case(known: pd.DataFrame, index: pd.MultiIndex, declared_by_period: pd.DataFrame | None) -> _Case:
    kind = known["commodity"].astype("str") if "commodity" in known else pd.Series("", index=known.index, dtype="str")
    periods, kinds = _values(known["period"]), _values(kind)
    if declared_by_period is not None:
        # A period in which nobody reported has no events to name it.
        named = declared_by_period["period"].astype("str")
        between = named[(named > periods[0]) & (named < periods[-1])]
        periods = _values(pd.concat([pd.Series(periods, dtype="str"), between]))
    rows = known.assign(
        kind=pd.Index(kinds).get_indexer(pd.Index(kind)), at=pd.Index(periods).get_indexer(pd.Index(known["period"]))
    )
    of_kind, dated = np.zeros((len(index), len(kinds))), np.zeros((len(index), len(kinds), len(periods)))
    rows = rows[rows["kind"] >= 0]
    np.add.at(of_kind, (rows["leg"], rows["kind"]), rows["seizures"])
    rows = rows[rows["at"] >= 0]
    np.add.at(dated, (rows["leg"], rows["kind"], rows["at"]), rows["seizures"])
    return _Case(periods, kinds, of_kind, dated)


def _values(column: pd.Series) -> list[str]:
    found = sorted(str(value) for value in column.unique() if value != "")
    return found or [""]


def _exposure(
    known: pd.DataFrame, index: pd.MultiIndex, periods: list[str], declared_by_period: pd.DataFrame | None
) -> np.ndarray:
    """Return L x T: share of each leg's seizures that would be reported, relative to reporting throughout."""
    if declared_by_period is None or not len(declared_by_period):
        return np.ones((len(index), len(periods)))
    ends = index.get_level_values("destination").astype("str")
    at_end = known["leg"].map(pd.Series(ends)).astype("str")
    seized = (
        known.assign(place=known["seized_at"].where(known["seized_at"] != "", at_end))
        if "seized_at" in known
        else (known.assign(place=at_end))
    )
    places = pd.Index(sorted({*ends, *seized["place"]}))
    table = declared_by_period.pivot_table(index="place_id", columns="period", values="declared", aggfunc="mean")
    share = table.reindex(index=places, columns=periods).fillna(1.0).to_numpy(np.float64).clip(0.0, 1.0)
    reported = seized.groupby(["place", "period"])["seizures"].sum()
    reported = reported[(reported > 0) & reported.index.get_level_values("period").isin(periods)]
    row = places.get_indexer(reported.index.get_level_values("place"))
    column = pd.Index(periods).get_indexer(reported.index.get_level_values("period"))
    # A place that reported in a period did report in it, whatever effort says.
    share[row, column] = np.where(share[row, column] > 0, share[row, column], 1.0)
    return _over_places(seized, places, share, ends)


def _over_places(seized: pd.DataFrame, places: pd.Index, share: np.ndarray, ends: pd.Index) -> np.ndarray:
    place = places.get_indexer(pd.Index(seized["place"]))
    mean = share.mean(axis=1)
    # Where less is reported more was seized for each report: a place's part in the leg's seizures grows by that.
    part = np.divide(
        seized["seizures"].to_numpy(np.float64), mean[place], out=np.zeros(len(place)), where=mean[place] > 0
    )
    leg = seized["leg"].to_numpy()
    whole = np.bincount(leg, weights=part, minlength=len(ends))
    out = np.zeros((len(ends), share.shape[1]))
    np.add.at(out, leg, part[:, None] * share[place])
    bare = whole <= 0
    out[~bare] /= whole[~bare, None]
    out[bare] = share[places.get_indexer(ends[bare])]
    return np.asarray(out)


def _frame(case: _Case, index: pd.MultiIndex, moving: np.ndarray, flows: pd.DataFrame, *, asked: bool) -> pd.DataFrame:
    leg, kind, period = np.unravel_index(
        np.arange(len(flows)), (max(len(moving), 1), len(case.kinds), len(case.periods))
    )
    seizures = case.dated[moving].ravel()
    if (seizures == np.round(seizures)).all():
        seizures = seizures.astype(np.int64)
    out = index[leg].to_frame(index=False).astype("str")
    out["period"] = pd.Series(case.periods, dtype="str").take(period).to_numpy()
    out["commodity"] = pd.Series(case.kinds, dtype="str").take(kind).to_numpy()
    out = out.astype({"period": "str", "commodity": "str"}).assign(seizures=seizures)
    out = pd.concat([out, flows], axis=1)
    first = ["period", *ENDS, "commodity"] if asked else ["period", *ENDS]
    return out[[*first, *FLOWS, "seizures"]].sort_values(first, ignore_index=True)
