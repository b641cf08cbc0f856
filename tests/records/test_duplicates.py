"""Near duplicates: the contract's rule on planted pairs, its limits, its determinism, its cost."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from routegraph.records.duplicates import link_duplicates

DAY = pd.Timestamp("2023-06-01")


def frame(**columns) -> pd.DataFrame:
    size = len(columns["record_id"])
    usual = {
        "date_from": [DAY] * size, "date_precision": ["day"] * size, "count": [1] * size, "remarks": [""] * size,
        "seized_place": ["THA-mae-sot"] * size, "seized_country": ["THA"] * size, "commodity": ["drugs.heroin"] * size,
        "quantity": [10.0] * size, "unit": ["kg"] * size, "source": [""] * size, "source_grade": [""] * size,
        "tlp": ["AMBER"] * size, "releasable_to": [""] * size,
    }  # fmt: skip
    table = pd.DataFrame(usual | columns)
    return table.astype({"date_from": "datetime64[s]", "quantity": float, "count": "int64"})


def pair(**second) -> pd.DataFrame:
    """Two records that the rule links, the second one changed."""
    usual = {"record_id": "b", "date_from": DAY, "quantity": 10.0, "source": "customs", "commodity": "drugs.heroin"}
    usual |= {"seized_place": "THA-mae-sot", "date_precision": "day", "unit": "kg", "count": 1, "seized_country": "THA"}
    first = usual | {"record_id": "a", "source": "police"}
    other = usual | second
    return frame(**{name: [first[name], other[name]] for name in usual})


def planted(seed: int = 0, events: int = 3000, doubled: int = 600) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Events of three sources; some told again by another source, up to 3 days and 5 % off. Truth beside them."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({
        "event": np.arange(events), "day": rng.integers(0, 1500, events), "quantity": rng.lognormal(1, 1.2, events),
        "seized_place": rng.choice([f"THA-p{i}" for i in range(40)], events),
        "source": rng.choice(["police", "customs", "navy"], events, p=[0.6, 0.3, 0.1]),
    })  # fmt: skip
    twins = table.sample(doubled // 3, random_state=2)  # one source's second seizure of the kind, an event of its own
    twins = twins.assign(
        event=twins["event"] + events, quantity=twins["quantity"] * rng.uniform(0.96, 1.04, len(twins))
    )
    table = pd.concat([table, twins], ignore_index=True)
    again = table.sample(doubled, random_state=1)
    following = {"police": "customs", "customs": "navy", "navy": "police"}
    again = again.assign(
        source=again["source"].map(following),
        day=again["day"] + rng.integers(-3, 4, doubled),
        quantity=again["quantity"] * rng.uniform(0.951, 1.049, doubled),
    )
    both = pd.concat([table, again], ignore_index=True)
    both["record_id"] = [f"r{i:05d}" for i in rng.permutation(len(both))]
    records = frame(
        record_id=both["record_id"], date_from=DAY + pd.to_timedelta(both["day"], unit="D"), quantity=both["quantity"],
        seized_place=both["seized_place"], source=both["source"],
        **{name: "day" if name == "date_precision" else "" for name in ("date_precision", "source_grade", "remarks")},
        seized_country="THA", commodity="drugs.heroin", unit="kg", count=1,
    )  # fmt: skip
    return records, both


def precision_and_recall(duplicates: pd.DataFrame, truth: pd.DataFrame) -> tuple[float, float]:
    event = truth.set_index("record_id")["event"]
    right = event[duplicates["record_id"]].to_numpy() == event[duplicates["duplicate_of"]].to_numpy()
    return float(right.mean()), float(right.sum() / event.duplicated().sum())


def test_planted_pairs_are_found_with_precision_and_recall_above_90_percent():
    records, truth = planted()
    kept, duplicates = link_duplicates(records)
    precision, recall = precision_and_recall(duplicates, truth)
    assert precision > 0.9, f"planted pairs: precision {precision:.3f}, recall {recall:.3f}"
    assert recall > 0.9, f"planted pairs: precision {precision:.3f}, recall {recall:.3f}"
    assert len(kept) + len(duplicates) == len(records)


def test_the_wrong_rule_that_ignores_the_source_fails_the_same_test():
    records, truth = planted()
    precision, _ = precision_and_recall(link_duplicates(records.assign(source=records["record_id"]))[1], truth)
    assert precision < 0.8


@pytest.mark.parametrize(
    "change",
    [
        {"source": "police"}, {"source": "Police "}, {"source": ""}, {"commodity": "drugs.cocaine"},
        {"seized_place": "THA-mae-sai"}, {"date_from": DAY + pd.Timedelta(days=4)}, {"quantity": 9.4},
        {"quantity": np.nan}, {"quantity": 0.0}, {"unit": "litre"}, {"unit": ""}, {"date_precision": "month"},
        {"count": 2}, {"commodity": ""},
    ],
)  # fmt: skip
def test_records_that_differ_in_what_the_rule_names_are_not_linked(change):
    kept, duplicates = link_duplicates(pair(**change))
    assert duplicates.empty
    assert len(kept) == 2


@pytest.mark.parametrize(
    "change",
    [{}, {"date_from": DAY + pd.Timedelta(days=3)}, {"date_from": DAY - pd.Timedelta(days=3)}, {"quantity": 9.5}],
)
def test_records_at_the_limit_of_the_rule_are_linked(change):
    kept, duplicates = link_duplicates(pair(**change))
    assert duplicates.to_dict("records") == [{"record_id": "b", "duplicate_of": "a", "rule": "near duplicate"}]
    assert kept["record_id"].tolist() == ["a"]


def test_a_place_known_only_as_a_country_is_no_place_to_link_at():
    both = pair()
    assert link_duplicates(both.assign(seized_place="THA"))[1].empty
    assert link_duplicates(both.assign(seized_place=""))[1].empty


def test_three_sources_in_a_chain_are_one_event():
    chain = frame(
        record_id=["a", "b", "c"], source=["x", "y", "z"], date_from=[DAY + pd.Timedelta(days=d) for d in (0, 3, 6)]
    )
    kept, duplicates = link_duplicates(chain)
    assert kept["record_id"].tolist() == ["a"]
    assert duplicates["duplicate_of"].tolist() == ["a", "a"]


def test_two_records_of_one_source_stay_two_even_through_a_third():
    three = frame(record_id=["a", "b", "c"], source=["x", "x", "y"], quantity=[10.0, 10.1, 10.05])
    kept, duplicates = link_duplicates(three)
    assert len(duplicates) == 1
    assert {"a", "b"} <= {*kept["record_id"], *duplicates["duplicate_of"]}
    assert kept["source"].tolist().count("x") + duplicates["record_id"].isin(["a", "b"]).sum() == 2


def test_two_equal_records_of_each_of_two_sources_are_two_events():
    kept, duplicates = link_duplicates(frame(record_id=["a", "b", "c", "d"], source=["x", "x", "y", "y"]))
    assert kept["record_id"].tolist() == ["a", "b"]
    assert duplicates["duplicate_of"].tolist() == ["a", "b"]


def test_the_better_grade_is_kept_then_more_fields_then_the_first_id():
    graded = frame(record_id=["a", "b"], source=["x", "y"], source_grade=["C", "A"])
    assert link_duplicates(graded)[0]["record_id"].tolist() == ["b"]
    assert link_duplicates(graded.assign(source_grade=["", "F"]))[0]["record_id"].tolist() == ["b"]
    fuller = frame(record_id=["a", "b"], source=["x", "y"], remarks=["", "under the seat"])
    assert link_duplicates(fuller)[0]["record_id"].tolist() == ["b"]
    assert link_duplicates(fuller.assign(remarks=""))[0]["record_id"].tolist() == ["a"]


def test_the_answer_does_not_depend_on_the_order_of_rows_and_nothing_is_changed():
    records, _ = planted(seed=3, events=800, doubled=300)
    before = records.copy(deep=True)
    kept, duplicates = link_duplicates(records)
    pd.testing.assert_frame_equal(records, before)
    for seed in range(3):
        kept_too, duplicates_too = link_duplicates(records.sample(frac=1, random_state=seed, ignore_index=True))
        pd.testing.assert_frame_equal(duplicates_too, duplicates)
        pd.testing.assert_frame_equal(
            kept_too.sort_values("record_id", ignore_index=True), kept.sort_values("record_id", ignore_index=True)
        )


def test_no_records_give_no_records():
    kept, duplicates = link_duplicates(pair().iloc[:0])
    assert kept.empty
    assert duplicates.columns.tolist() == ["record_id", "duplicate_of", "rule"]


@pytest.mark.parametrize("crowded", [False, True])
def test_300_000_rows_are_accounted_for_even_when_all_are_alike(crowded):
    size = 300_000
    rng = np.random.default_rng(0)
    records = frame(
        record_id=pd.Series(np.arange(size)).astype("str"), source=pd.Series(rng.integers(0, 4, size)).astype("str"),
        date_from=DAY + pd.to_timedelta(rng.integers(0, 2000, size) * (not crowded), unit="D"),
        quantity=1.0 if crowded else rng.lognormal(0, 2, size), count=1, unit="kg", date_precision="day",
        seized_place="p" if crowded else pd.Series(rng.integers(0, 500, size)).astype("str"), source_grade="",
        remarks="", seized_country="THA", commodity="drugs.heroin",
    )  # fmt: skip
    kept, duplicates = link_duplicates(records)
    assert len(kept) + len(duplicates) == size
    if crowded:
        assert len(kept) == records["source"].value_counts().max()


def test_the_less_restricted_record_of_one_event_is_kept_however_good_the_other():
    told = pair().assign(tlp=["CLEAR", "AMBER"], source_grade=["F", "A"])
    kept, duplicates = link_duplicates(told)
    assert kept["record_id"].tolist() == ["a"]
    assert duplicates[["record_id", "duplicate_of"]].to_numpy().tolist() == [["b", "a"]]
    kept, _ = link_duplicates(told.assign(tlp="CLEAR", releasable_to=["THA", ""]))
    assert kept["record_id"].tolist() == ["b"]
