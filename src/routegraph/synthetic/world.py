"""A seeded world in which all is known: what travelled, what was seized, reported and said."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from routegraph.places import Gazetteer
from routegraph.synthetic import flaws, truth
from routegraph.synthetic.detection import make_detection, yearly_effort
from routegraph.synthetic.diverted import divert
from routegraph.synthetic.itineraries import make_itineraries, read_planted, true_legs
from routegraph.synthetic.regime import Regime
from routegraph.synthetic.reports import gather_domestic, reported_fields, seizure_events
from routegraph.synthetic.seasons import draw_seasons
from routegraph.synthetic.sources import make_sources
from routegraph.synthetic.spelling import Spellings
from routegraph.synthetic.streams import make_streams
from routegraph.synthetic.tables import seizure_table, transit_table
from routegraph.synthetic.transit import TransitNetwork, build_transit, yearly_movements
from routegraph.synthetic.variation import StepDetection, lay_detection, scaled, with_traffic
from routegraph.synthetic.years import send, yearly_intensity

SAMPLE_SEED = 2023
_ZEROS = 30

# One stream of random numbers a stage, so that a change in one stage leaves the others as they were.
_STAGES = (
    "transit", "itineraries", "detection", "shipments", "removal", "sources", "reports", "tables", "flaws",
    "level", "streams", "traffic", "variation", "scale", "years", "seasons", "diversion",
)  # fmt: skip


@dataclass(frozen=True)
class World:
    """A made world: its truth, and the tables that an analyst gets to see.

    Attributes
    ----------
    seed, regime
        What it was made from.
    places
        Truth per place (place_id): detection by checks, by tips and by either (p_check, p_tip, p; where they vary
        within the place, their means over the consignments that came), rho, blind, planted, inspections, licit traffic,
        throughflow (cross-border consignments that set out from it, passed it or ended there), throughflow_domestic.
    links
        The transit network with licit movements a year.
    routes
        Truth per route: name, verdict (planted ones), path, modes, goods, flow (mean), domestic, diverted_at,
        only_source, note; and shipments, seized, reported, arrived over the case. Without planted corridors also
        pair, cost and share: which stream it takes part of, at what cost, and how much of it.
    steps
        Truth per step of a route: route, step, place, role, reached, seized, reported, p.
    legs
        Truth per leg that a cross-border route uses: flow (consignments that set out on it and reached its end).
    legs_by_year, places_by_year
        Truth per year: year, origin, destination, flow; and year, place_id, inspections, throughflow, p.
    seasons
        Share of a year's traffic by month and country of origin: origin_country, month, share; none if not seasonal.
    intensity
        Mean shipments, routes x years, after smugglers chose.
    shipments, arrived
        routes x years, whole numbers.
    outcomes
        Truth per route, period (position in the years), step and basis (check, tip): seized, reported.
    records
        Truth per row of ``seizures`` that stands for real events: record_id, route, step, count, misreported.
    duplicates
        Pairs that are one event: record_id, duplicate_of, kind.
    bad_cells
        What was spoilt: record_id, field, true_value, written, what.
    artefacts
        Planted corridors: verdict, path, true flow, reported seizures, why.
    sources
        Who reports, and how completely.
    seizures, transits, effort
        What the analyst gets, in the contract's columns, all text.
    """

    seed: int
    regime: Regime
    places: pd.DataFrame
    links: pd.DataFrame
    routes: pd.DataFrame
    steps: pd.DataFrame
    legs: pd.DataFrame
    legs_by_year: pd.DataFrame
    places_by_year: pd.DataFrame
    seasons: pd.DataFrame
    intensity: np.ndarray
    shipments: np.ndarray
    arrived: np.ndarray
    outcomes: pd.DataFrame
    records: pd.DataFrame
    duplicates: pd.DataFrame
    bad_cells: pd.DataFrame
    artefacts: pd.DataFrame
    sources: pd.DataFrame
    seizures: pd.DataFrame = field(repr=False)
    transits: pd.DataFrame = field(repr=False)
    effort: pd.DataFrame = field(repr=False)


def make_world(*, seed: int, regime: Regime | None = None, gazetteer: Gazetteer | None = None) -> World:
    """Make a world: draw its truth from the model of METHODS.md section 1, then what reporters make of it.

    Parameters
    ----------
    seed
        Any whole number of at least 0; the same seed gives the same world.
    regime
        The kind of world; by default that of the bundled sample.
    gazetteer
        Places to lay the links over; by default the built-in ones.

    Raises
    ------
    PlaceError
        Where a link or a planted corridor names a place that the gazetteer does not hold.
    """
    regime = regime or Regime()
    gazetteer = gazetteer or Gazetteer.builtin()
    stream = {name: np.random.default_rng([seed, stage]) for stage, name in enumerate(_STAGES)}
    network = build_transit(gazetteer.places, rng=stream["transit"])
    places, routes, steps = _laid_out(network, regime, stream)
    sent = send(
        yearly_intensity(routes, regime, rng=stream["years"]),
        steps,
        routes=routes,
        places=places,
        regime=regime,
        shipments=stream["shipments"],
        removal=stream["removal"],
    )
    places = truth.places_met(sent, steps, places=places, routes=routes, regime=regime)
    routes = _with_totals(routes, sent.shipments, sent.arrived, sent.outcomes)
    sources = make_sources(sorted(places["country"].unique()), rng=stream["sources"])
    seasons = draw_seasons(places["country"].tolist(), regime, rng=stream["seasons"])
    events = seizure_events(
        sent.outcomes, routes, places, sources=sources, seasons=seasons, years=regime.years, rng=stream["reports"]
    )
    events = gather_domestic(events, routes)
    events = reported_fields(events, routes, places, sources=sources, regime=regime, rng=stream["reports"])
    reported = _written(events, routes, places, sources, Spellings(gazetteer, places.index), regime, stream)
    return World(
        seed=seed,
        regime=regime,
        places=places,
        links=network.links,
        routes=routes,
        steps=truth.step_truth(sent, steps, places=places),
        legs=true_legs(routes, departures(routes, sent.shipments, sent.outcomes), network),
        legs_by_year=truth.legs_by_year(sent, steps, routes=routes, places=places, regime=regime),
        places_by_year=truth.places_by_year(sent, steps, routes=routes, places=places, regime=regime),
        seasons=seasons,
        intensity=sent.intensity,
        shipments=sent.shipments,
        arrived=sent.arrived,
        outcomes=sent.outcomes,
        artefacts=_artefacts(routes),
        sources=sources,
        transits=_transits(network, regime, stream["tables"]),
        effort=yearly_effort(places, sent.inspections, regime=regime, rng=stream["detection"]),
        **reported,
    )


def _laid_out(
    network: TransitNetwork, regime: Regime, stream: dict[str, np.random.Generator]
) -> tuple[pd.DataFrame, pd.DataFrame, StepDetection]:
    """Return places, routes with their flows, and the detection that every step of a route meets."""
    pins: dict[str, float] = {}
    for planted in read_planted()["pins"] if regime.planted else ():
        pins |= planted
    base = regime.base_detection + regime.base_spread * float(stream["level"].normal())
    places = make_detection(network, regime, pins=pins, base=base, rng=stream["detection"])
    if regime.planted:
        routes = make_itineraries(network, regime, rng=stream["itineraries"])
    else:
        routes = make_streams(network, regime, places=places, rng=stream["streams"])
    routes = divert(routes, network, regime, rng=stream["diversion"])
    places = with_traffic(places, routes, regime, rng=stream["traffic"])
    steps = lay_detection(routes, places, regime, rng=stream["variation"])
    return places, scaled(routes, steps, regime, rng=stream["scale"]), steps


def departures(routes: pd.DataFrame, shipments: np.ndarray, outcomes: pd.DataFrame) -> np.ndarray:
    """Return how many shipments left the place at each step of each route: routes x (steps), all periods together."""
    longest = int(routes["path"].map(len).max())
    seized = np.zeros((len(routes), longest), dtype=np.int64)
    np.add.at(seized, (outcomes["route"].to_numpy(), outcomes["step"].to_numpy()), outcomes["seized"].to_numpy())
    return np.asarray(shipments.sum(axis=1)[:, None] - np.cumsum(seized, axis=1))


def _with_totals(
    routes: pd.DataFrame, shipments: np.ndarray, arrived: np.ndarray, outcomes: pd.DataFrame
) -> pd.DataFrame:
    sums = outcomes.groupby("route")[["seized", "reported"]].sum().reindex(routes.index, fill_value=0)
    return routes.assign(
        shipments=shipments.sum(axis=1), seized=sums["seized"], reported=sums["reported"], arrived=arrived.sum(axis=1)
    )


def _transits(network: TransitNetwork, regime: Regime, rng: np.random.Generator) -> pd.DataFrame:
    yearly = yearly_movements(network, regime.years, rng=rng)
    return transit_table(network, yearly, regime=regime, rng=rng)


def _artefacts(routes: pd.DataFrame) -> pd.DataFrame:
    planted = routes[routes["verdict"] != ""]
    table = planted[["verdict", "name", "path", "modes", "shipments", "seized", "reported", "only_source", "note"]]
    return table.reset_index()


def _written(
    events: pd.DataFrame,
    routes: pd.DataFrame,
    places: pd.DataFrame,
    sources: pd.DataFrame,
    spellings: Spellings,
    regime: Regime,
    stream: dict[str, np.random.Generator],
) -> dict[str, pd.DataFrame]:
    """Write the events down, with everything that goes wrong on the way to the file."""
    rng = stream["flaws"]
    table = seizure_table(events, places, sources=sources, spellings=spellings, regime=regime, rng=stream["tables"])
    only = routes["only_source"].loc[events["route"]].to_numpy() != ""
    again, pairs = flaws.second_reports(table, events.assign(only_source=only), sources=sources, regime=regime, rng=rng)
    doubled = table.index.isin(again.index)
    truth = _record_truth(events, table, again)
    spoilt, bad = flaws.spoil(table, spared=pd.Series(doubled | only, index=table.index), rng=rng)
    lost, lost_list = flaws.unusable_rows(table)
    zeros = flaws.reported_zeros(places, regime=regime, n=_ZEROS, rng=rng)
    whole = pd.concat([spoilt, again, lost, zeros], ignore_index=True).fillna("")
    untouched = whole["record_id"].isin(truth["record_id"]) & ~whole["record_id"].isin(bad["record_id"])
    untouched &= ~whole["record_id"].isin(pd.concat([pairs["record_id"], pairs["duplicate_of"]]))
    whole, repeats = flaws.repeat_rows(whole, regime=regime, spared=~untouched, rng=rng)
    order = whole.sort_values(["record_id", "source"], kind="stable", ignore_index=True)
    return {
        "seizures": flaws.with_unknown_column(order),
        "records": truth,
        "duplicates": pd.concat([pairs, repeats], ignore_index=True).sort_values("record_id", ignore_index=True),
        "bad_cells": pd.concat([bad, lost_list], ignore_index=True),
    }


def _record_truth(events: pd.DataFrame, table: pd.DataFrame, again: pd.DataFrame) -> pd.DataFrame:
    truth = events[["route", "step", "count", "misreported"]].assign(record_id=table["record_id"])
    second = truth.loc[again.index].assign(record_id=again["record_id"])
    both = pd.concat([truth, second]).sort_values("record_id", ignore_index=True)
    return both[["record_id", "route", "step", "count", "misreported"]]


def sample_case(*, seed: int = SAMPLE_SEED) -> World:
    """Return the world behind ``data/samples`` (its seed is the default)."""
    return make_world(seed=seed, regime=Regime())
