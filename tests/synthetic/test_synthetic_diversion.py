"""Goods that leave licit hands before their route begins: what is true then, and that nothing else changes."""

from __future__ import annotations

import pandas as pd
import pytest

from routegraph.synthetic import Regime, World, make_world

SHARE = 0.4


@pytest.fixture(scope="module")
def upstream() -> World:
    return make_world(seed=11, regime=Regime(diversion_upstream=SHARE))


def moved(world: World) -> pd.Series:
    return world.routes["diverted_at"] != world.routes["path"].str[0]


def test_by_default_goods_are_diverted_where_their_route_begins(world):
    assert not moved(world).any()


def test_the_share_that_is_asked_for_is_diverted_one_licit_step_before(upstream):
    across = upstream.routes[~upstream.routes["domestic"]]
    assert moved(upstream)[across.index].mean() == pytest.approx(SHARE, abs=0.01)
    assert not moved(upstream)[upstream.routes["domestic"]].any()
    licit = set(zip(upstream.links["origin"], upstream.links["destination"], strict=True))
    far = across[moved(upstream)[across.index]]
    assert all((hub, path[0]) in licit for hub, path in zip(far["diverted_at"], far["path"], strict=True))
    assert not any(hub in path for hub, path in zip(far["diverted_at"], far["path"], strict=True))
    supplied = pd.DataFrame({"place": far["path"].str[0], "hub": far["diverted_at"]}).drop_duplicates()
    assert supplied["place"].is_unique  # one hub supplies a place


def test_traces_name_the_hub(upstream):
    truth = upstream.records.set_index("record_id")["route"].map(upstream.routes["diverted_at"])
    told = upstream.seizures[upstream.seizures["traced"] == "yes"].set_index("record_id")["diverted_at"]
    spoilt = upstream.bad_cells.loc[upstream.bad_cells["field"] == "diverted_at", "record_id"]
    told = told[~told.index.isin(spoilt) & (told != "")]
    assert len(told) > 50
    assert (told == truth[~truth.index.duplicated()].reindex(told.index)).all()


def test_nothing_else_of_the_world_changes(world, upstream):
    pd.testing.assert_frame_equal(
        world.seizures.drop(columns="diverted_at"), upstream.seizures.drop(columns="diverted_at")
    )
    pd.testing.assert_frame_equal(world.routes.drop(columns="diverted_at"), upstream.routes.drop(columns="diverted_at"))
    pd.testing.assert_frame_equal(world.transits, upstream.transits)
    pd.testing.assert_frame_equal(world.effort, upstream.effort)
