"""What the oracle is told: true cross-border routes, each path once, with the route choice's numbers by hand."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from routegraph.evaluation.oracle import true_candidates


def world_of(*paths: tuple[str, ...], domestic: tuple[int, ...] = ()):
    places = pd.DataFrame(
        {"country": list("AABBC"), "lat": [0.0, 1, 2, 3, 4], "lon": [0.0, 0, 0, 0, 0]},
        index=["a1", "a2", "b1", "b2", "c"],
    )
    km = {
        ("a1", "a2"): 10.0,
        ("a2", "b1"): 20.0,
        ("a1", "b1"): 40.0,
        ("b1", "c"): 30.0,
        ("b1", "b2"): 5.0,
        ("b2", "c"): 35.0,
    }
    links = pd.DataFrame(
        [(*leg, "road", d) for leg, d in km.items()], columns=["origin", "destination", "mode", "distance_km"]
    )
    routes = pd.DataFrame(
        {
            "path": pd.Series(paths, dtype="object"),
            "modes": pd.Series([("road",) * (len(path) - 1) for path in paths], dtype="object"),
            "domestic": [k in domestic for k in range(len(paths))],
        }
    )
    return SimpleNamespace(places=places, links=links, routes=routes)


def test_a_path_that_two_goods_travel_is_one_candidate_and_domestic_ones_are_none():
    found = true_candidates(world_of(("a1", "a2", "b1"), ("a1", "a2", "b1"), ("a1", "a2"), domestic=(2,)))
    assert found.routes["path"].tolist() == [("a1", "a2", "b1")]
    assert found.pairs[["origin", "destination", "borders"]].to_numpy().tolist() == [["a1", "b1", 1]]


def test_excess_and_path_size_by_hand():
    # a1-c: 60 km by a2 and b1; 70 km by b1 alone. They share b1-c, 30 km.
    found = true_candidates(world_of(("a1", "b1", "c"), ("a1", "a2", "b1", "c"), ("a2", "b1")))
    routes = found.routes.set_index("path")
    assert routes["pair"].to_dict() == {("a1", "a2", "b1", "c"): 0, ("a1", "b1", "c"): 0, ("a2", "b1"): 1}
    assert routes["excess"].tolist() == pytest.approx([0.0, 70 / 60 - 1, 0.0])
    assert routes["path_size"].tolist() == pytest.approx([np.log(30 / 60 + 15 / 60), np.log(40 / 70 + 15 / 70), 0.0])
    assert found.pairs["borders"].tolist() == [2, 1]


def test_a_way_between_places_at_one_position_has_an_excess_and_a_size():
    world = world_of(("a1", "b1"), ("a1", "a2", "b1"))
    world.links["distance_km"] = 0.0
    routes = true_candidates(world).routes.set_index("path")
    assert routes["excess"].to_dict() == {("a1", "a2", "b1"): 1.0, ("a1", "b1"): 0.0}
    assert np.isfinite(routes["path_size"]).all()


def test_the_order_of_the_routes_changes_nothing():
    paths = [("a1", "b1", "c"), ("a1", "a2", "b1", "c"), ("a2", "b1")]
    there, back = true_candidates(world_of(*paths)), true_candidates(world_of(*paths[::-1]))
    pd.testing.assert_frame_equal(there.routes, back.routes)
    pd.testing.assert_frame_equal(there.pairs, back.pairs)


def test_a_made_world_gives_every_true_path_once(small_world):
    found = true_candidates(small_world)
    across = small_world.routes.loc[~small_world.routes["domestic"], "path"]
    assert sorted(found.routes["path"]) == sorted(set(across))
    assert (found.routes["excess"] >= 0).all()
    assert (found.routes["path_size"] <= 0).all()
    assert found.routes["pair"].is_monotonic_increasing
