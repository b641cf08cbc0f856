"""Licit movement summed per pair, in one measure."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from routegraph.network import aggregate_transits

NOTHING = {"movements": np.nan, "value_usd": np.nan, "quantity": np.nan, "unit": ""}


def transits(*rows):
    frame = pd.DataFrame([{**NOTHING, **row} for row in rows], columns=["origin", "destination", *NOTHING])
    return frame.astype({"origin": "str", "destination": "str", "unit": "str"})


def test_sums_match_a_sum_by_hand_on_random_rows():
    rng = np.random.default_rng(0)
    frame = transits(*({"origin": o, "destination": d} for o, d in rng.choice(list("abc"), (300, 2))))
    frame["movements"] = rng.integers(0, 50, 300).astype(float)
    frame.loc[::7, "movements"] = np.nan
    by_hand = frame[frame["origin"] != frame["destination"]].groupby(["origin", "destination"])["movements"].sum()
    found = aggregate_transits(frame).table
    assert found["licit"].to_dict() == by_hand.to_dict()
    assert found["rows"].sum() == (frame["origin"] != frame["destination"]).sum()


def test_blank_ends_and_rows_that_stay_at_one_place_are_left_out():
    rows = ({"origin": "a", "destination": ""}, {"origin": "", "destination": "b"}, {"origin": "a", "destination": "a"})
    assert len(aggregate_transits(transits(*({**row, "movements": 1.0} for row in rows))).table) == 0


def test_pair_without_a_stated_measure_is_unknown_not_zero():
    found = aggregate_transits(
        transits({"origin": "a", "destination": "b", "movements": 2.0}, {"origin": "b", "destination": "a"})
    )
    assert found.table["licit"].tolist() == pytest.approx([2.0, np.nan], nan_ok=True)


def test_one_measure_for_the_whole_table_never_mixed():
    by_count = {"origin": "a", "destination": "b", "movements": 2.0}
    by_value = {"origin": "b", "destination": "c", "value_usd": 5e6}
    mixed = aggregate_transits(transits(by_count, by_value))
    assert (mixed.measure, mixed.table["licit"].tolist()) == ("movements", pytest.approx([2.0, np.nan], nan_ok=True))
    assert aggregate_transits(transits(by_value)).measure == "value_usd"


def test_quantity_is_used_only_in_one_unit():
    tonnes = {"origin": "a", "destination": "b", "quantity": 3.0, "unit": "kg"}
    assert aggregate_transits(transits(tonnes, tonnes)).table["licit"].tolist() == [6.0]
    two_units = aggregate_transits(transits(tonnes, {**tonnes, "unit": "piece"}))
    assert (two_units.measure, two_units.table["licit"].isna().all()) == ("", True)


def test_input_is_not_changed_and_row_order_does_not_matter():
    frame = transits(*({"origin": "a", "destination": "b", "movements": x} for x in (0.1, 0.2, 0.3, 1e9)))
    before = frame.copy(deep=True)
    one, other = aggregate_transits(frame), aggregate_transits(frame.iloc[::-1])
    pd.testing.assert_frame_equal(frame, before)
    pd.testing.assert_frame_equal(one.table, other.table, check_exact=True)


def test_another_backend_gives_the_same_table():
    import ibis

    frame = transits(*({"origin": o, "destination": d, "movements": 1.0} for o in "abc" for d in "abc"))
    other = aggregate_transits(frame, backend=ibis.duckdb.connect(threads=2))
    pd.testing.assert_frame_equal(aggregate_transits(frame).table, other.table)


def test_own_connection_reaches_no_file(monkeypatch, tmp_path):
    import ibis

    opened = []
    connect = ibis.duckdb.connect
    monkeypatch.setattr(ibis.duckdb, "connect", lambda **options: opened.append(connect(**options)) or opened[-1])
    aggregate_transits(transits({"origin": "a", "destination": "b", "movements": 1.0}))
    outside = tmp_path / "secret.csv"
    outside.write_text("a\n1\n")
    with pytest.raises(Exception, match=r"(?i)permission|disabled"):
        opened[0].raw_sql(f"select * from read_csv('{outside}')")  # noqa: S608
