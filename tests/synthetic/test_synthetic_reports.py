"""What the records say against what happened: completeness, misreports, order of stops, second reports."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from routegraph.places import Gazetteer
from routegraph.synthetic import World
from routegraph.synthetic.goods import GOODS, draw_goods


@pytest.fixture(scope="session")
def told(world: World) -> pd.DataFrame:
    """Return the good rows with their truth: path, step, and each named place as an id."""
    spoilt = world.bad_cells["record_id"]
    rows = world.seizures[~world.seizures["record_id"].isin(spoilt)].drop_duplicates("record_id")
    both = rows.merge(world.records.rename(columns={"count": "events"}), on="record_id")
    both["path"] = world.routes["path"].loc[both["route"]].to_numpy()
    gazetteer = Gazetteer.builtin()
    for column in ("seized_at", "origin", "destination"):
        found = gazetteer.resolve_many(
            both[column], both["seized_country" if column == "seized_at" else f"{column}_country"]
        )
        assert (found["reason"] == "").all(), f"{column} does not resolve to one place"
        both[f"{column}_id"] = found["place_id"]
    return both


def steps(told: pd.DataFrame) -> Iterator[tuple[object, tuple[str, ...], int]]:
    return zip(told.to_dict("records"), told["path"], told["step"], strict=True)  # type: ignore[return-value]


def test_named_places_are_the_true_ones(told: pd.DataFrame):
    for row, path, step in steps(told):
        assert row["seized_at_id"] in ("", path[step])
        assert row["origin_id"] in ("", path[0])
        if not row["misreported"]:
            assert row["destination_id"] in ("", path[-1])


def test_stops_are_named_in_travel_order_and_before_the_seizure(told: pd.DataFrame):
    gazetteer = Gazetteer.builtin()
    texts = told["via"].str.split(" > ").explode()
    texts = texts[texts != ""]
    ids = gazetteer.resolve_many(texts, pd.Series("", index=texts.index))
    assert (ids["reason"] == "").all()
    country = gazetteer.places["country"]
    for (_, stops), row in zip(
        ids["place_id"].groupby(level=0), told.loc[texts.index.unique()].itertuples(), strict=True
    ):
        passed = iter(row.path[1 : row.step])
        for stop in stops:
            assert any(stop in (place, country[place]) for place in passed), (row.record_id, stop)


def test_a_seizure_at_the_end_always_names_its_destination(told: pd.DataFrame):
    last = told["path"].map(len) - 1
    at_end = told[told["step"] == last]
    assert len(at_end) > 100
    assert (at_end["destination_country"] != "").all()
    assert (told.loc[told["step"] < last, "destination_country"] == "").any()


def test_origins_are_named_as_often_as_the_source_knows_them(world: World, told: pd.DataFrame):
    way = told[(told["step"] > 0) & ~told["source"].str.contains("digest")]
    named = (way["origin_country"] != "").groupby(way["source"]).agg(["sum", "size"])
    known = world.sources["origin_known"].reindex(named.index)
    z = (named["sum"] - named["size"] * known) / np.sqrt(named["size"] * known * (1 - known))
    assert len(named) >= 10
    assert (z**2).mean() == pytest.approx(1, abs=4 * np.sqrt(2 / len(z)))


def test_misreports_are_as_frequent_as_the_regime_says(world: World, told: pd.DataFrame):
    stated = told[(told["destination_country"] != "") & (told["step"] < told["path"].map(len) - 1)]
    error = np.sqrt(world.regime.misreport / len(stated))
    assert stated["misreported"].mean() == pytest.approx(world.regime.misreport, abs=4 * error)


def test_a_mode_that_is_stated_is_that_of_the_leg_it_came_on(world: World, told: pd.DataFrame):
    modes = world.routes["modes"].loc[told["route"]]
    true = np.array([legs[max(step - 1, 0)] for legs, step in zip(modes, told["step"], strict=True)])
    stated = ~told["mode"].isin(["", "unknown"]).to_numpy()
    assert (told["mode"].to_numpy()[stated] == true[stated]).all()


def test_second_reports_keep_to_the_rule_that_links_them(world: World):
    pairs = world.duplicates[world.duplicates["kind"] == "second report"]
    assert len(pairs) > 30
    rows = world.seizures.drop_duplicates("record_id").set_index("record_id")
    one, other = rows.loc[pairs["record_id"]], rows.loc[pairs["duplicate_of"]]
    apart = (pd.to_datetime(one["date"]).to_numpy() - pd.to_datetime(other["date"]).to_numpy()) / np.timedelta64(1, "D")
    assert (abs(apart) <= 3).all()
    first, second = (frame["quantity"].astype(float).to_numpy() for frame in (one, other))
    second = np.where(other["unit"] == "g", second / 1000, second)
    assert (abs(first - second) <= 0.05 * np.maximum(first, second)).all()
    assert (one["source"].to_numpy() != other["source"].to_numpy()).all()
    assert (one["commodity"].to_numpy() == other["commodity"].to_numpy()).all()


def test_rows_that_stand_twice_are_equal_cell_for_cell(world: World):
    twice = world.duplicates.loc[world.duplicates["kind"] == "same row twice", "record_id"]
    rows = world.seizures[world.seizures["record_id"].isin(twice)]
    assert len(twice) > 5
    assert len(rows) == 2 * len(twice)
    assert len(rows.drop_duplicates()) == len(twice)


def test_totals_of_a_digest_hold_the_sum_of_their_events(world: World):
    totals = world.seizures[~world.seizures["count"].isin(["", "0", "1", "-1", "2.5", "two"])]
    assert len(totals) > 5
    assert totals["date"].str.fullmatch(r"\d{4}").all()
    assert totals["source"].eq("SYNTHETIC regional digest").all()


def test_goods_come_in_their_declared_shares():
    drawn = draw_goods(pd.Series(["firearms"] * 40_000), rng=np.random.default_rng(0))
    share = drawn["commodity"].value_counts(normalize=True)
    declared = GOODS[GOODS["goods"] == "firearms"].set_index("commodity")["share"]
    assert (abs(share.reindex(declared.index) - declared) < 0.01).all()
    assert (drawn["quantity"] >= 1).all()
    assert (drawn["quantity"] % 1 == 0).all()
