"""The truth that estimates are held to: realised traffic on cross-border routes."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd

from routegraph.evaluation import truth_of


def counted_by_hand(world):
    """Send the realised shipments along every cross-border route, one route and step at a time."""
    seized = world.outcomes.groupby(["route", "step"])["seized"].sum()
    legs, places, total = {}, {}, 0
    for route, row in world.routes.iterrows():
        if row["domestic"]:
            continue
        moving = int(world.shipments[route].sum())
        total += moving
        places[row["path"][0]] = places.get(row["path"][0], 0) + moving
        for step, leg in enumerate(pairwise(row["path"])):
            moving -= int(seized.get((route, step), 0))
            legs[leg] = legs.get(leg, 0) + moving
            places[leg[1]] = places.get(leg[1], 0) + moving
    return legs, places, total


def test_truth_is_what_was_sent_less_what_was_seized_on_the_way(small_world):
    legs, places, total = counted_by_hand(small_world)
    truth = truth_of(small_world)
    assert truth.total == total
    assert truth.legs[truth.legs > 0].to_dict() == {leg: flow for leg, flow in legs.items() if flow}
    through = truth.places["throughflow"]
    assert through[through > 0].to_dict() == {place: flow for place, flow in places.items() if flow}


def test_domestic_routes_are_in_no_truth(small_world):
    assert small_world.routes["domestic"].any()
    everything = float(small_world.shipments.sum())
    assert truth_of(small_world).total < everything


def test_every_leg_of_the_transit_network_is_asked_for(small_world):
    truth = truth_of(small_world)
    links = pd.MultiIndex.from_frame(small_world.links[["origin", "destination"]].drop_duplicates())
    assert links.isin(truth.legs.index).all()
    assert (truth.legs == 0).any()
    assert truth.legs.index.is_monotonic_increasing
    assert truth.legs.index.is_unique


def test_detection_is_by_check_or_on_word(small_world):
    places = small_world.places
    either = 1 - (1 - places["p_check"]) * (1 - places["p_tip"])
    assert np.allclose(truth_of(small_world).places["detection"], either.sort_index())
