"""The tables as they leave the house: the contract's columns, a stated order, numbers no finer than known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from routegraph.briefing.columns import COLUMNS
from routegraph.briefing.tables import conform
from routegraph.records.batch import RecordBatch


def test_every_table_has_the_contracts_columns_in_order(composed):
    assert list(composed.tables) == list(COLUMNS)
    for name, table in composed.tables.items():
        assert tuple(table.columns) == COLUMNS[name]


def test_text_is_never_missing_and_numbers_are_numbers(composed):
    legs = composed.tables["legs"]
    assert (legs["verdict"] == "").all()
    assert legs["surprise"].isna().all()
    assert legs["flow_mean"].dtype == "float64"
    assert composed.tables["places"]["region"].tolist() == [""] * 8


def test_legs_come_by_flow_then_ids_and_named_pairs_last(composed):
    legs = composed.tables["legs"]
    own = legs.loc[legs["named_pair"] == "no"]
    keys = list(zip(-own["flow_mean"], -own["seizures"], own["origin"], own["destination"], strict=True))
    assert keys == sorted(keys)
    pair = legs.iloc[-1]
    assert (pair["origin"], pair["destination"], pair["named_pair"]) == ("MMR-yangon", "THA-mae-sot", "yes")
    assert pair[["travelled", "intended", "inferred"]].tolist() == [0, 0, 0]
    assert np.isnan(pair["flow_mean"])
    assert pair["n_records"] == 5 or pair["n_records"] > 0


def test_numbers_carry_six_digits_and_positions_five_decimals():
    table = pd.DataFrame({"place_id": ["a"], "lat": [12.3456789], "throughflow_mean": [1234567.89], "p_top": [1 / 3]})
    row = conform(table, "places").iloc[0]
    assert (row["lat"], row["throughflow_mean"], row["p_top"]) == (12.34568, 1234570.0, 0.333333)


def test_half_a_surrogate_pair_becomes_the_replacement_character():
    table = conform(pd.DataFrame({"record_id": pd.Series(["a\ud800b", "😀", None], dtype=object)}), "duplicates")
    assert table["record_id"].tolist() == ["a\ufffdb", "😀", ""]


def test_record_ids_of_a_corridor_stop_at_fifty(compose, case, make_corridor):
    ids = tuple(f"r{n:03d}" for n in range(60))
    path = ("THA-bangkok", "KHM-poipet", "KHM-phnom-penh")
    table = compose(**case(corridors=(make_corridor(1, path, ids),))).tables["corridors"]
    assert table.loc[0, "record_ids"].split("; ") == list(ids[:50])
    assert table.loc[0, "path"] == "THA-bangkok > KHM-poipet > KHM-phnom-penh"
    assert table.loc[0, "n_records"] == 60


def test_corridors_stand_by_rank_whatever_order_they_come_in(compose, case):
    given = case()
    turned = compose(**(given | {"corridors": given["corridors"][::-1]}))
    assert turned.tables["corridors"]["rank"].tolist() == [1, 2]


def test_rejects_stand_by_source_and_row_number_not_by_text(composed):
    assert composed.tables["rejects"]["row"].tolist() == [9, 10]


def test_same_tables_whatever_the_order_of_records_and_evidence(compose, case):
    given = case()
    graph, batch = given["graph"], given["batch"]
    shuffled = given | {
        "graph": replace(graph, evidence=graph.evidence.sample(frac=1, random_state=1)),
        "batch": replace(
            batch,
            records=batch.records.sample(frac=1, random_state=2),
            rejects=batch.rejects.iloc[::-1],
        ),
    }
    one, two = compose(**given), compose(**shuffled)
    for name, table in one.tables.items():
        pd.testing.assert_frame_equal(table, two.tables[name])
    assert (one.judgements, one.caveats, one.coverage, one.run) == (two.judgements, two.caveats, two.coverage, two.run)


def test_compose_changes_none_of_its_inputs(compose, case):
    given = case()
    before = {name: getattr(given["graph"], name).copy() for name in ("places", "legs", "routes", "evidence", "pairs")}
    records = given["batch"].records.copy()
    compose(**given)
    for name, table in before.items():
        pd.testing.assert_frame_equal(getattr(given["graph"], name), table)
    pd.testing.assert_frame_equal(given["batch"].records, records)


def test_a_batch_that_still_holds_filtered_records_is_refused(compose, case):
    with pytest.raises(ValueError, match="batch holds 12 records, the run used 7"):
        compose(**case(filters={"used": 7}))


def test_surprise_and_p_excess_are_filled_where_the_estimator_gives_them(compose, case):
    given = case()
    legs = given["graph"].legs.index
    flows = replace(given["posterior"], expected=pd.Series(2.0, index=legs), not_estimated={}, estimator="removal")
    table = compose(**(given | {"posterior": flows})).tables["legs"]
    row = table.loc[(table["origin"] == "THA-bangkok") & (table["named_pair"] == "no")].iloc[0]
    draws = flows.legs[:, legs.get_loc(("THA-bangkok", "KHM-poipet"))]
    # What is expected of a leg is a share: in each draw it is 2 times that draw's total over the mean total.
    total = flows.legs.sum(axis=1, dtype=float)
    expected = 2 * total / total.mean()
    assert row["surprise"] == pytest.approx(np.log2((draws + 1) / (expected + 1)).mean(), abs=1e-4)
    assert row["p_excess"] == pytest.approx((draws > expected).mean(), abs=1e-6)


def test_a_view_for_a_marking_lists_nothing_of_unknown_marking(compose, case):
    shown = compose(**case(settings={"releasable": "GREEN"}))
    assert [len(shown.tables[name]) for name in ("rejects", "duplicates", "unmapped")] == [0, 0, 0]
    assert any("marking is not known" in caveat for caveat in shown.caveats)
    assert shown.run["rows_out"]["rejects"] == 2


def test_places_carry_the_strictest_marking_of_their_records_and_never_more_than_the_product(compose, case):
    given = case()
    records = given["batch"].records.assign(tlp="GREEN")
    records.loc[records["record_id"] == "r9", "tlp"] = "AMBER"
    records.loc[records["record_id"] == "r6", "tlp"] = "RED"
    batch = replace(given["batch"], records=records)
    places = compose(**(given | {"batch": batch})).tables["places"].set_index("place_id")["tlp"]
    assert places["THA-ranong"] == "AMBER"
    assert places["MMR-yangon"] == "GREEN"
    assert places["KHM-poipet"] == "AMBER"


@pytest.mark.parametrize(("tlp", "expected"), [("RED", "GREEN"), ("AMBER", "AMBER")])
def test_a_movement_that_the_view_left_out_marks_no_place_of_it(compose, case, tlp, expected):
    given = case()
    batch = replace(given["batch"], records=given["batch"].records.assign(tlp="GREEN"))
    moved = pd.DataFrame(
        {"origin_place": ["MMR-yangon"], "destination_place": ["THA-ranong"], "tlp": [tlp]}, dtype="str"
    )
    empty = {name: pd.DataFrame() for name in ("rejects", "duplicates", "unmapped")}
    beside = RecordBatch(records=moved, **empty)
    places = compose(**(given | {"batch": batch, "extra_batches": (beside,)})).tables["places"]
    assert places.set_index("place_id").loc["MMR-yangon", "tlp"] == expected
