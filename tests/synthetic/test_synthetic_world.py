"""A world's truth hangs together and follows the model; its regimes do what they say."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kstest, norm

from routegraph.errors import PlaceError
from routegraph.places import Gazetteer
from routegraph.synthetic import Regime, World, case_files, make_world
from routegraph.synthetic.detection import along

FEW = Regime(routes=10, route_flow=10.0)


def seized_by_step(world: World) -> np.ndarray:
    grid = np.zeros((len(world.routes), world.routes["path"].map(len).max()), dtype=int)
    np.add.at(grid, (world.outcomes["route"], world.outcomes["step"]), world.outcomes["seized"])
    return grid


def test_every_shipment_is_seized_or_arrives(world: World):
    assert (world.shipments.sum(axis=1) == seized_by_step(world).sum(axis=1) + world.arrived.sum(axis=1)).all()


def test_seizures_on_routes_follow_detection_of_their_places(world: World):
    seized = seized_by_step(world)
    p = along(world.routes, world.places["p"])
    reaching = world.shipments.sum(axis=1)[:, None] - np.cumsum(seized, axis=1) + seized
    enough = ~np.isnan(p) & (reaching * p > 5)
    seized, reaching, p = seized[enough], reaching[enough], p[enough]
    z = (seized - reaching * p) / np.sqrt(reaching * p * (1 - p))
    assert len(z) > 100
    assert kstest(z, norm.cdf).pvalue > 1e-3


def test_leg_flow_counts_what_reached_the_end_of_the_leg(world: World):
    seized = seized_by_step(world)
    flow: dict[tuple[str, str], int] = {}
    for route, path in world.routes["path"].items():
        if world.routes.loc[route, "domestic"]:
            continue
        left = int(world.shipments[route].sum())
        for step, leg in enumerate(pairwise(path)):
            left -= int(seized[route, step])
            flow[leg] = flow.get(leg, 0) + left
    found = world.legs.set_index(["origin", "destination"])["flow"]
    assert found.to_dict() == flow


def test_blind_countries_seize_and_never_report(world: World):
    blind = world.places.index[world.places["country"].isin(world.regime.blind_countries)]
    path = world.routes["path"].loc[world.outcomes["route"]]
    place = pd.Series([stops[k] for stops, k in zip(path, world.outcomes["step"], strict=True)])
    there = place.isin(blind).to_numpy()
    assert world.outcomes.loc[there, "seized"].sum() > 0
    assert world.outcomes.loc[there, "reported"].sum() == 0
    assert not world.seizures["seized_country"].isin(["LAO", "Lao PDR"]).any()
    assert (world.effort.loc[world.effort["country"] == "LAO", "reported"] == "no").all()


def test_every_reported_seizure_is_in_the_records_and_no_other(world: World):
    own = world.records[~world.records["record_id"].isin(world.duplicates["record_id"])]
    twice = world.duplicates["kind"] == "same row twice"
    own = pd.concat([own, world.records[world.records["record_id"].isin(world.duplicates.loc[twice, "record_id"])]])
    assert own.groupby("route")["count"].sum().to_dict() == {
        route: n for route, n in world.routes["reported"].items() if n
    }
    assert set(world.records["record_id"]) <= set(world.seizures["record_id"])


def test_planted_detection_stands(world: World):
    assert world.places.loc["MYS-tebedu", "p_check"] == 0.85
    assert world.places.loc["VNM-lao-bao", "p"] == pytest.approx(0.006)


def test_equal_detection_is_equal_away_from_what_was_planted():
    level = replace(FEW, country_spread=0.0, place_spread=0.0, inspections_effect=0.0)
    places = make_world(seed=3, regime=level).places
    free = places.loc[~places["planted"], "p_check"]
    assert np.allclose(free, 1 / (1 + np.exp(3.15)))


def test_effort_raises_detection_where_the_regime_says_so():
    told = replace(FEW, country_spread=0.0, place_spread=0.0, inspections_effect=0.8)
    places = make_world(seed=3, regime=told).places
    free = places[~places["planted"]]
    assert free["inspections"].corr(free["p_check"], method="spearman") > 0.99


def test_a_regime_without_faults_has_none():
    clean = replace(FEW, misreport=0.0, second_reports=0.0, exact_repeats=0.0, coarse=0.0, blind_countries=())
    made = make_world(seed=3, regime=clean)
    assert not made.records["misreported"].any()
    assert made.duplicates.empty
    assert not made.places["blind"].any()


def test_same_seed_same_files_and_another_seed_others():
    one, same, other = (case_files(make_world(seed=seed, regime=FEW)) for seed in (12, 12, 13))
    assert one == same
    assert [name for name in one if one[name] == other[name]] == []


def test_a_gazetteer_without_the_places_is_refused():
    with pytest.raises(PlaceError, match=r"links\.csv names places"):
        make_world(seed=1, gazetteer=Gazetteer(Gazetteer.builtin().places.head(3)))


def test_drawn_routes_cross_a_border_and_never_return(world: World):
    country = world.places["country"]
    drawn = world.routes[world.routes["name"] == ""]
    assert len(drawn) == world.regime.routes
    assert all(len(set(path)) == len(path) for path in drawn["path"])
    assert all(len(set(country[list(path)])) > 1 for path in drawn["path"])
    assert all(len(path) == len(modes) + 1 for path, modes in zip(drawn["path"], drawn["modes"], strict=True))
