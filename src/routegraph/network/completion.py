"""Networks whose reports are completed: laid on candidate routes, or on the least-cost ways between what they name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from routegraph.network.build import at_level, named_places
from routegraph.network.catalogue import catalogue, describe_places
from routegraph.network.chains import Chains, report_chains
from routegraph.network.graph import RouteGraph
from routegraph.network.laying import laid_on, off_the_way, steps_of
from routegraph.network.least_cost import least_cost_ways
from routegraph.network.legs import ENDS, leg_table
from routegraph.network.route_table import (
    consignments_of,
    distinct_routes,
    events_by_layer,
    events_by_period,
    evidence_of,
    path_text,
    traces_of,
    with_records,
)
from routegraph.network.transits import Licit, aggregate_transits
from routegraph.places.borders import BorderMap
from routegraph.records.markings import strictest

if TYPE_CHECKING:
    from routegraph.network.candidates import CandidateRoutes
    from routegraph.network.reports import Reports
    from routegraph.places import Gazetteer


def complete_graph(
    records: pd.DataFrame,
    reports: Reports,
    candidates: CandidateRoutes,
    most_probable: Mapping[int, tuple[int, int]],
    *,
    graph: RouteGraph,
    gazetteer: Gazetteer,
    kept: pd.Index,
    transits: pd.DataFrame | None = None,
) -> RouteGraph:
    """Return the network of candidate routes, with each report laid on the one that it most probably came from.

    Parameters
    ----------
    records
        The records that ``graph`` was built of; they are not changed.
    reports, candidates
        Distinct reports of these records, and the candidate routes.
    most_probable
        Report -> (candidate route, step at which it was seized). Reports that are not in it, and those that name fewer
        than two places of their route, lie on no route: the pairs that they name are in ``pairs``.
    graph
        The reported network; level, border and the events seized at each place are taken from it.
    gazetteer
        Where the place ids are described.
    kept
        Candidate routes to keep beside those that a report is laid on.
    transits
        Licit or observed movement, for ``licit``.

    Returns
    -------
    RouteGraph
        ``routes`` are the candidates kept, whole, sorted by path: ``travelled_steps`` is their length, for what is
        estimated of them is what set out on them; ``seized_at`` is '', for their records were seized at different
        places. A report is evidence of the steps between the first and the last place that it names, and of no others;
        a step whose ends no record names next to each other is ``inferred``. ``legs`` are the steps of the candidates
        kept, with records or without. All places of the reported network stay, also a country that stands for some
        unknown place in it. Legs and routes without records bear the strictest marking that went in, since they
        rest on all of it.

    Raises
    ------
    PlaceError
        When the gazetteer does not hold a place id.

    Notes
    -----
    A report goes to one route here, its most probable one, so that each use of it can be looked up; the draws of flow
    share it among all routes that may have made it. Where many are nearly as probable, the events of a leg in this
    network say less than its flow does.
    """
    likely = _by_path(candidates, pd.Index(sorted({route for route, _ in most_probable.values()}), dtype=np.int64))
    country = catalogue(gazetteer, _places_of(likely), level=graph.level, border=graph.border)["country"]
    laid = laid_on(reports, likely["path"], most_probable, country=country)
    chosen = _by_path(candidates, pd.Index(kept).union(pd.Index(laid["route"].unique())))
    case = _Case.of(records, graph, gazetteer=gazetteer, transits=transits, passed=_places_of(chosen))
    use, records = _uses(case.records, reports)
    on = use[use["report"].isin(laid.index)]
    laid = laid.reindex(on["report"]).set_axis(on.index)
    number = pd.Series(np.arange(len(chosen)), index=chosen.index)
    route_of = number.reindex(laid["route"]).set_axis(laid.index)
    named = case.chains.named.merge(use["chain"].rename_axis("use").reset_index(), on="chain")
    named = named.assign(chain=named["use"]).drop(columns="use")
    steps = steps_of(laid, named)
    evidence = evidence_of(steps, records, route_of)
    return RouteGraph(
        places=case.places,
        routes=_candidate_table(chosen, route_of, records, marking=case.marking),
        evidence=evidence,
        consignments=consignments_of(records, evidence),
        periods=events_by_period(records, route_of),
        **case.beside(records, route_of),
        **case.legs_and_pairs(steps, named, records, also=_steps_between(chosen).assign(tlp=case.marking)),
        level=graph.level,
        border=graph.border,
        counts={**graph.counts, **_account(records, route_of, chosen, candidates)},
        licit_measure=graph.licit_measure,
    )


def complete_with_least_cost(
    records: pd.DataFrame,
    links: pd.DataFrame,
    *,
    graph: RouteGraph,
    gazetteer: Gazetteer,
    transits: pd.DataFrame | None = None,
) -> RouteGraph:
    """Return the reported network with each step that a record names taken over the least-cost way of links.

    The baseline ``counts on completed routes`` is ``estimate_counts`` of this network.

    Parameters
    ----------
    records, graph, gazetteer, transits
        As for :func:`complete_graph`.
    links
        origin, destination, cost: what may be travelled, as in ``CandidateRoutes.links``.

    Returns
    -------
    RouteGraph
        Like that of :func:`routegraph.network.build_graph`: routes are distinct ways with how far they were travelled.
        A route goes from the first place that a record names to the last: nothing is guessed beyond them. A country
        that stands for a place is the place in it that makes the whole way cheapest. Where no way is known over
        the links, the step stays as it was named.

    Raises
    ------
    PlaceError
        When the gazetteer does not hold a place id.
    """
    joined = sorted({*links["origin"], *links["destination"]})
    case = _Case.of(records, graph, gazetteer=gazetteer, transits=transits, passed=joined)
    chains = case.chains
    wanted = pd.Index(case.records.loc[case.records["record_id"].isin(graph.evidence["record_id"]), "chain"].unique())
    named = chains.named[chains.named["chain"].isin(wanted)]
    laid = least_cost_ways(named, links, country=case.places["country"])
    steps = steps_of(laid, named)
    routes, route_of = distinct_routes(steps, chains.table["seized_at"])
    evidence = evidence_of(steps, case.records, route_of)
    return RouteGraph(
        places=case.places,
        routes=with_records(routes, route_of, case.records),
        evidence=evidence,
        consignments=consignments_of(case.records, evidence),
        periods=events_by_period(case.records, route_of),
        **case.beside(case.records, route_of),
        **case.legs_and_pairs(steps, named, case.records),
        level=graph.level,
        border=graph.border,
        counts=graph.counts,
        licit_measure=graph.licit_measure,
    )


@dataclass(frozen=True)
class _Case:
    """What every completion of one reported network needs: its records with their chains, places, borders, licit."""

    records: pd.DataFrame
    chains: Chains
    places: pd.DataFrame
    graph: RouteGraph
    licit: Licit | None
    marking: str
    borders: BorderMap
    place_of: pd.Series

    @classmethod
    def of(
        cls, records: pd.DataFrame, graph: RouteGraph, *, gazetteer: Gazetteer, transits: pd.DataFrame | None,
        passed: Sequence[str],
    ) -> _Case:  # fmt: skip
        records = records.sort_values("record_id", ignore_index=True)
        ids = [*named_places(records, transits), *graph.places.index, *passed]
        known_as = catalogue(gazetteer, ids, level=graph.level, border=graph.border)
        chains = report_chains(records, known_as, by_land=False)
        eventful = records.assign(chain=chains.of_record)[records["count"] > 0]
        marks = [records["tlp"], *([transits["tlp"]] if transits is not None else [])]
        places = describe_places(gazetteer, known_as, level=graph.level)
        seized = graph.places["seizures"].reindex(places.index, fill_value=0).astype(np.int64)
        licit = aggregate_transits(at_level(transits, known_as)) if transits is not None else None
        return cls(
            records=eventful, chains=chains,
            places=places.assign(seizures=seized), graph=graph, licit=licit,
            marking=strictest(pd.concat(marks)), borders=BorderMap.load(graph.border),
            place_of=known_as["place"],
        )  # fmt: skip

    def beside(self, records: pd.DataFrame, route_of: pd.Series) -> dict[str, pd.DataFrame]:
        """Return the tables ``layers``, ``traces`` and, where there are transits, ``licit``."""
        tables = {
            "layers": events_by_layer(records, route_of),
            "traces": traces_of(records, route_of, self.place_of),
        }
        return tables | ({"licit": self.licit.pairs} if self.licit is not None else {})

    def legs_and_pairs(
        self, steps: pd.DataFrame, named: pd.DataFrame, records: pd.DataFrame, also: pd.DataFrame | None = None
    ) -> dict[str, pd.DataFrame]:
        """Return the tables ``legs`` and ``pairs``; a pair is what routed records name that is no step of their way."""
        routed = records.loc[records["record_id"].isin(self.graph.evidence["record_id"]), "chain"]
        named = off_the_way(named[named["chain"].isin(routed)], steps)
        given = {"places": self.places, "borders": self.borders, "border": self.graph.border, "licit": self.licit}
        return {
            "legs": leg_table(steps, records, named=named, also=also, **given),  # type: ignore[arg-type]
            "pairs": leg_table(named[named["replaced"]], records, named=named, **given),  # type: ignore[arg-type]
        }


def _places_of(routes: pd.DataFrame) -> list[str]:
    return sorted({place for path in routes["path"] for place in path})


def _uses(records: pd.DataFrame, reports: Reports) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return each distinct (chain, report), and the records with the number of theirs as ``chain``."""
    keyed = records[["chain"]].assign(report=reports.of_record.reindex(records["record_id"]).to_numpy())
    number = keyed.groupby(["chain", "report"], sort=True, dropna=False).ngroup()
    use = keyed.assign(use=number).drop_duplicates("use").set_index("use").sort_index()
    return use, records.assign(chain=number)


def _by_path(candidates: CandidateRoutes, routes: pd.Index) -> pd.DataFrame:
    chosen = candidates.routes.loc[routes, ["path", "modes"]]
    order = pd.Series([path_text(path) for path in chosen["path"]], index=chosen.index, dtype="str").sort_values()
    return chosen.loc[order.index]


def _steps_between(chosen: pd.DataFrame) -> pd.DataFrame:
    """Return the steps of candidate routes, each once: origin, destination, modes."""
    paths, modes = chosen["path"].tolist(), chosen["modes"].str.split("; ").tolist()
    steps = pd.DataFrame(
        {
            "origin": pd.Series([one for path in paths for one in path[:-1]], dtype="str"),
            "destination": pd.Series([one for path in paths for one in path[1:]], dtype="str"),
            "modes": pd.Series([one for listed in modes for one in listed], dtype="str"),
        }
    )
    return steps.drop_duplicates().groupby(ENDS, sort=True)["modes"].agg("; ".join).reset_index()


def _candidate_table(chosen: pd.DataFrame, route_of: pd.Series, records: pd.DataFrame, *, marking: str) -> pd.DataFrame:
    """Return the routes table of candidates: what records do not say of a route is taken from the candidate."""
    whole = pd.DataFrame({"path": chosen["path"].to_numpy()}, index=pd.RangeIndex(len(chosen), name="route"))
    whole["travelled_steps"], whole["seized_at"] = whole["path"].str.len().astype(np.int64) - 1, ""
    routes = with_records(whole, route_of, records)
    own = ["; ".join(sorted(set(modes.split("; ")))) for modes in chosen["modes"]]
    unsaid = routes["modes"].isin(["", "unknown"])
    routes["modes"] = routes["modes"].mask(unsaid, pd.Series(own, index=routes.index, dtype="str"))
    return routes.assign(tlp=routes["tlp"].mask(routes["n_records"] == 0, marking))


def _account(
    records: pd.DataFrame, route_of: pd.Series, chosen: pd.DataFrame, candidates: CandidateRoutes
) -> dict[str, int]:
    laid = records["chain"].isin(route_of.index)
    return {
        "laid_events": int(records.loc[laid, "count"].sum()),
        "candidates": len(candidates.routes),
        "candidates_left_out": len(candidates.routes) - len(chosen),
    }
