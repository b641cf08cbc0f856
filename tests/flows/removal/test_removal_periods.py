"""Flow by period: adds up, covers the truth, gains by pooling, and does not take silence for stillness."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from routegraph.errors import InputError
from routegraph.flows.posterior import interval
from routegraph.flows.removal.period_shares import Pooling, divide, log_score, pool, posterior_shares
from routegraph.flows.removal.periods import declared_shares, removal_flows_by_period
from routegraph.network import RouteGraph

YEARS = ["2019", "2020", "2021", "2022"]
BASE = np.array([0.15, 0.2, 0.3, 0.35])


def divided(*args: object, **options: object) -> pd.DataFrame:
    """Flow by period as a table, the draws left aside."""
    table, _ = removal_flows_by_period(*args, **options)
    return table


def graph_of(ends: list[tuple[str, str]]) -> RouteGraph:
    none = pd.DataFrame()
    legs = pd.DataFrame({"seizures": 0}, index=pd.MultiIndex.from_tuples(ends, names=["origin", "destination"]))
    ids = sorted({place for end in ends for place in end})
    places = pd.DataFrame({"country": [place[:3] for place in ids]}, index=pd.Index(ids, name="place_id"))
    return RouteGraph(places, legs, none, none, none, none)


def world(
    seed: int, *, legs: int, kappa: float, traffic: float, seen: float, silent: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return true consignments and reported events, legs x periods; nothing is reported where ``silent``."""
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet(kappa * BASE, size=legs)
    true = rng.multinomial(rng.poisson(rng.gamma(1.0, traffic, legs)), shares)
    events = rng.binomial(true, seen)
    return true, events if silent is None else np.where(silent, 0, events)


def table_of(ends: list[tuple[str, str]], events: np.ndarray) -> pd.DataFrame:
    rows = [(*ends[leg], YEARS[t], int(n)) for (leg, t), n in np.ndenumerate(events) if n]
    return pd.DataFrame(rows, columns=["origin", "destination", "period", "seizures"])


def ends_of(n: int) -> list[tuple[str, str]]:
    return [(f"AAA-{k:03}", f"BBB-{k:03}") for k in range(n)]


def test_parts_of_each_draw_add_up_and_hold_the_events_that_were_seen() -> None:
    rng = np.random.default_rng(1)
    events = rng.poisson(2.0, (30, 4)).astype(float)
    exposure = rng.uniform(0, 1, (30, 4))
    whole = events.sum(axis=1) + rng.poisson(5.0, (50, 30))
    parts = divide(whole, events, exposure, Pooling(BASE, 7.0), rng)
    np.testing.assert_allclose(parts.sum(axis=2), whole, rtol=1e-12)
    assert (parts >= events - 1e-9).all()
    # ... and where allocations put fewer on the leg than were seen on it, they still add up.
    fewer = np.floor(whole * 0.1)
    parts = divide(fewer, events, exposure, Pooling(BASE, 7.0), rng)
    np.testing.assert_allclose(parts.sum(axis=2), fewer, rtol=1e-12, atol=1e-12)
    assert (parts >= 0).all()


def test_means_of_the_periods_add_up_to_the_mean_of_the_leg() -> None:
    ends, (true, events) = ends_of(20), world(2, legs=20, kappa=5.0, traffic=40.0, seen=0.2)
    legs = np.random.default_rng(3).poisson(true.sum(axis=1), (200, 20)).astype(np.float32)
    table = divided(graph_of(ends), legs, table_of(ends, events), seed=1)
    sums = table.groupby("origin")["flow_mean"].sum()
    moved = legs.any(axis=0)
    np.testing.assert_allclose(sums.to_numpy(), legs.mean(axis=0, dtype=float)[moved], rtol=1e-9)
    assert table["seizures"].sum() == events[moved].sum()
    assert list(table) == ["period", "origin", "destination", "flow_mean", "flow_p05", "flow_p95", "seizures"]
    assert len(table) == moved.sum() * len(YEARS)


def test_unseen_consignments_have_the_mean_and_spread_of_a_dirichlet_multinomial() -> None:
    n, alpha = 30, 4.0 * BASE
    parts = divide(
        np.full((40_000, 1), float(n)), np.zeros((1, 4)), np.ones((1, 4)), Pooling(BASE, 4.0), np.random.default_rng(4)
    )[:, 0]
    mean, total = n * BASE, alpha.sum()
    variance = n * BASE * (1 - BASE) * (n + total) / (1 + total)
    np.testing.assert_allclose(parts.mean(axis=0), mean, rtol=0.03)
    np.testing.assert_allclose(parts.var(axis=0), variance, rtol=0.05)


def test_a_single_unseen_consignment_is_of_one_period() -> None:
    parts = divide(np.ones((500, 1)), np.zeros((1, 4)), np.ones((1, 4)), Pooling(BASE, 50.0), np.random.default_rng(5))
    assert np.isclose(parts.max(axis=2), 1.0).mean() > 0.99
    np.testing.assert_allclose(parts.mean(axis=0)[0], BASE, atol=0.07)


def test_shares_are_dirichlet_where_all_report_and_the_prior_where_nobody_does() -> None:
    events = np.array([[3.0, 0.0, 5.0, 2.0]])
    shape, rate = posterior_shares(events, np.ones((1, 4)), Pooling(BASE, 6.0))
    np.testing.assert_allclose(shape, 6.0 * BASE + events)
    np.testing.assert_allclose(rate, rate[0, 0])
    shape, rate = posterior_shares(events, np.array([[1.0, 0.0, 1.0, 1.0]]), Pooling(BASE, 6.0))
    mean = (shape / rate)[0]
    assert mean[1] / mean.sum() == pytest.approx(BASE[1], rel=0.02)


def test_kappa_and_base_are_found_again() -> None:
    for kappa in (2.0, 30.0):
        _, events = world(6, legs=600, kappa=kappa, traffic=100.0, seen=0.5)
        found = pool(events.astype(float), np.ones(events.shape), ordered=True)
        assert found.kappa == pytest.approx(kappa, rel=0.25)
        np.testing.assert_allclose(found.base, BASE, atol=0.025)


def test_base_is_not_taken_in_by_periods_in_which_most_are_silent() -> None:
    silent = np.random.default_rng(7).uniform(size=(600, 4)) < np.array([0.0, 0.8, 0.1, 0.0])
    _, events = world(8, legs=600, kappa=20.0, traffic=100.0, seen=0.5, silent=silent)
    found = pool(events.astype(float), 1.0 - silent, ordered=True)
    np.testing.assert_allclose(found.base, BASE, atol=0.03)
    blind = pool(events.astype(float), np.ones(events.shape), ordered=True)
    assert blind.base[1] < 0.5 * BASE[1]


def test_a_period_without_any_report_leans_on_its_neighbours() -> None:
    exposure = np.ones((50, 4))
    exposure[:, 1] = 0
    events = np.tile([20.0, 0.0, 40.0, 5.0], (50, 1))
    base = pool(events, exposure, ordered=True).base
    assert base[1] == pytest.approx((base[0] + base[2]) / 2, rel=0.15)


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_pooled_shares_foretell_other_events_better_than_unpooled_and_than_one_share_for_all(seed: int) -> None:
    true, events = world(seed, legs=200, kappa=12.0, traffic=30.0, seen=0.15)
    rest = (true - events).astype(float)
    found = pool(events.astype(float), np.ones(events.shape), ordered=True)
    pooled = log_score(rest, posterior_shares(events.astype(float), np.ones(events.shape), found)[0])
    assert pooled > log_score(rest, events + 0.5) + 20
    assert pooled > log_score(rest, np.broadcast_to(1e5 * found.base, rest.shape)) + 20


@pytest.mark.parametrize("hidden", [False, True])
def test_ninety_per_cent_intervals_cover_the_truth_nine_times_in_ten(hidden: bool) -> None:  # noqa: FBT001
    inside = []
    for seed in range(6):
        silent = np.random.default_rng(seed).uniform(size=(120, 4)) < (0.3 if hidden else 0.0)
        true, events = world(20 + seed, legs=120, kappa=8.0, traffic=150.0, seen=0.1, silent=silent)
        exposure = 1.0 - silent
        exposure[exposure.sum(axis=1) == 0, 0] = 1.0
        found = pool(events.astype(float), exposure, ordered=True)
        whole = np.tile(true.sum(axis=1), (300, 1))
        parts = divide(whole, events.astype(float), exposure, found, np.random.default_rng(seed))
        ends = interval(parts.reshape(300, -1), name="flow")
        busy = true.ravel() >= 20
        inside.append(((ends["flow_p05"] <= true.ravel()) & (true.ravel() <= ends["flow_p95"]))[busy].mean())
    assert 0.85 < np.mean(inside) < 0.95


def test_a_silent_year_is_not_a_year_without_traffic() -> None:
    ends = [(f"AAA-{k:02}", "BBB-1") for k in range(30)] + [(f"AAA-{k:02}", "CCC-1") for k in range(30)]
    true, events = world(30, legs=60, kappa=30.0, traffic=200.0, seen=0.3)
    events[:30, 2] = 0
    declared = pd.DataFrame({"place_id": ["BBB-1"], "period": ["2021"], "declared": [0.0]})
    legs = np.tile(true.sum(axis=1), (100, 1)).astype(np.float32)

    def share(declared_by_period: pd.DataFrame | None) -> float:
        table = divided(graph_of(ends), legs, table_of(ends, events), declared_by_period=declared_by_period, seed=1)
        rows = table[table["destination"] == "BBB-1"]
        return float(rows.loc[rows["period"] == "2021", "flow_mean"].sum() / rows["flow_mean"].sum())

    assert share(declared) == pytest.approx(BASE[2], abs=0.06)
    assert share(None) < 0.15


def test_a_year_in_which_nobody_reported_has_rows_and_traffic() -> None:
    ends, (true, events) = ends_of(40), world(32, legs=40, kappa=30.0, traffic=200.0, seen=0.3)
    events[:, 1] = 0
    rows = [(end, year, float(year != "2020")) for _, end in ends for year in ["2015", *YEARS, "2030"]]
    declared = pd.DataFrame(rows, columns=["place_id", "period", "declared"])
    legs = np.tile(true.sum(axis=1), (100, 1)).astype(np.float32)
    table = divided(graph_of(ends), legs, table_of(ends, events), declared_by_period=declared, seed=1)
    share = table.groupby("period")["flow_mean"].sum() / table["flow_mean"].sum()
    assert share.index.to_list() == YEARS
    assert share["2020"] == pytest.approx((BASE[0] + BASE[2]) / (1 + (BASE[0] + BASE[2]) / 2 - BASE[1]) / 2, abs=0.04)


def test_a_place_that_reported_in_a_period_is_believed_over_effort() -> None:
    ends, (true, events) = ends_of(15), world(31, legs=15, kappa=10.0, traffic=100.0, seen=0.3)
    said = pd.DataFrame(
        [(end, year, 0.0) for _, end in ends for year in YEARS], columns=["place_id", "period", "declared"]
    )
    legs = np.tile(true.sum(axis=1), (20, 1)).astype(np.float32)
    table = table_of(ends, np.maximum(events, 1))
    got = divided(graph_of(ends), legs, table, declared_by_period=said, seed=1)
    pd.testing.assert_frame_equal(got, divided(graph_of(ends), legs, table, seed=1))


def test_silence_is_of_the_place_of_seizure_where_that_is_known() -> None:
    ends = [("AAA-1", "BBB-1"), ("BBB-1", "CCC-1")]
    rows = [(*ends[0], year, "CCC-1", 10) for year in ("2019", "2020", "2022")]
    rows += [(*ends[1], year, "CCC-1", 10) for year in ("2019", "2020", "2022")]
    events = pd.DataFrame(rows, columns=["origin", "destination", "period", "seized_at", "seizures"])
    events = pd.concat([events, events.assign(period="2021", seizures=0)], ignore_index=True)
    declared = pd.DataFrame({"place_id": ["CCC-1"], "period": ["2021"], "declared": [0.0]})
    table = divided(graph_of(ends), np.full((400, 2), 200, np.float32), events, declared_by_period=declared, seed=2)
    silent = table[table["period"] == "2021"].set_index("origin")["flow_mean"]
    assert silent["AAA-1"] > 30
    without = divided(graph_of(ends), np.full((400, 2), 200, np.float32), events, seed=2)
    assert without[without["period"] == "2021"]["flow_mean"].max() < 30


def test_order_of_rows_and_legs_changes_nothing() -> None:
    ends, (true, events) = ends_of(25), world(40, legs=25, kappa=5.0, traffic=40.0, seen=0.2)
    rng = np.random.default_rng(4)
    legs = rng.poisson(true.sum(axis=1), (60, 25)).astype(np.float32)
    table = table_of(ends, events).assign(seizures=lambda t: t["seizures"] * 0.37)
    table["seized_at"], table["commodity"] = "BBB-001", np.where(np.arange(len(table)) % 3, "drugs", "arms")
    declared = pd.DataFrame({"place_id": ["BBB-001"], "period": ["2020"], "declared": [0.4]})
    one = divided(graph_of(ends), legs, table, declared_by_period=declared, seed=9)
    mixed = rng.permutation(25)
    other = divided(
        graph_of([ends[k] for k in mixed]), legs[:, mixed], table.sample(frac=1, random_state=1),
        declared_by_period=declared, seed=9,
    )  # fmt: skip
    pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_commodities_divide_each_leg_and_add_up() -> None:
    ends = ends_of(12)
    rows = [(*end, YEARS[k % 4], "arms" if k % 2 else "drugs", 20) for k, end in enumerate(ends)]
    events = pd.DataFrame(rows, columns=["origin", "destination", "period", "commodity", "seizures"])
    legs = np.random.default_rng(1).poisson(100.0, (80, 12)).astype(np.float32)
    table = divided(graph_of(ends), legs, events, seed=1)
    assert list(table)[:4] == ["period", "origin", "destination", "commodity"]
    np.testing.assert_allclose(table.groupby("origin")["flow_mean"].sum(), legs.mean(axis=0, dtype=float), rtol=1e-9)
    own = table.pivot_table(index="origin", columns="commodity", values="flow_mean", aggfunc="sum")
    assert (own["drugs"].iloc[::2] > 5 * own["arms"].iloc[::2]).all()


def test_events_of_unknown_period_make_no_period_of_their_own() -> None:
    ends = ends_of(1)
    events = pd.DataFrame({
        "origin": ends[0][0], "destination": ends[0][1], "period": ["", "2020", "2021"], "seizures": [50, 10, 10]
    })  # fmt: skip
    table = divided(graph_of(ends), np.full((200, 1), 100, np.float32), events, seed=1)
    assert table["period"].to_list() == ["2020", "2021"]
    np.testing.assert_allclose(table["flow_mean"], [50, 50], rtol=0.1)
    assert table["seizures"].to_list() == [10, 10]
    bare = divided(graph_of(ends), np.full((5, 1), 7, np.float32), events.iloc[:1], seed=1)
    assert bare["period"].to_list() == [""]
    assert bare["flow_mean"].to_list() == pytest.approx([7.0])


def test_a_leg_without_events_gets_the_shares_of_all() -> None:
    ends, (true, events) = ends_of(60), world(50, legs=60, kappa=10.0, traffic=200.0, seen=0.3)
    events[0] = 0
    legs = np.tile(true.sum(axis=1), (400, 1)).astype(np.float32)
    legs[:, 0] = 500
    table = divided(graph_of(ends), legs, table_of(ends, events), seed=1)
    own = table[table["origin"] == "AAA-000"].set_index("period")["flow_mean"]
    np.testing.assert_allclose(own / 500, BASE, atol=0.05)


def test_legs_that_never_move_have_no_rows_and_no_legs_give_an_empty_table() -> None:
    ends = ends_of(3)
    legs = np.zeros((10, 3), dtype=np.float32)
    table = divided(graph_of(ends), legs, table_of(ends, np.ones((1, 4))), seed=1)
    assert len(table) == 0
    legs[0, 1] = 1
    moved = divided(graph_of(ends), legs, table_of(ends, np.ones((1, 4))), seed=1)
    assert set(moved["origin"]) == {"AAA-001"}


def test_events_on_a_leg_that_is_not_there_are_refused() -> None:
    events = pd.DataFrame({"origin": ["X"], "destination": ["Y"], "period": ["2020"], "seizures": [1]})
    with pytest.raises(InputError, match="X > Y"):
        divided(graph_of(ends_of(2)), np.ones((4, 2), np.float32), events, seed=1)


def test_inputs_are_left_as_they_are() -> None:
    ends, (true, events) = ends_of(5), world(60, legs=5, kappa=5.0, traffic=40.0, seen=0.2)
    legs, table = np.tile(true.sum(axis=1), (10, 1)).astype(np.float32), table_of(ends, events)
    before = legs.copy(), table.copy()
    divided(graph_of(ends), legs, table, seed=1)
    np.testing.assert_array_equal(legs, before[0])
    pd.testing.assert_frame_equal(table, before[1])


def test_declared_shares_are_of_the_place_before_those_of_its_country() -> None:
    graph = graph_of([("AAA-1", "AAA-2"), ("AAA-2", "BBB-1")])
    effort = pd.DataFrame(
        [
            ("2020", "", "AAA", "no"), ("2020-01", "AAA-1", "AAA", "yes"), ("2020-02", "AAA-1", "AAA", "no"),
            ("2021", "", "AAA", "yes"), ("2020", "", "BBB", ""), ("2020", "AAA", "AAA", "no"),
        ],
        columns=["period", "place_id", "country", "reported"],
    )  # fmt: skip
    found = declared_shares(effort, graph).set_index(["place_id", "period"])["declared"].to_dict()
    assert found == {("AAA-1", "2020"): 0.5, ("AAA-1", "2021"): 1.0, ("AAA-2", "2020"): 0.0, ("AAA-2", "2021"): 1.0}


def test_draws_by_period_are_those_of_the_table_and_add_up_to_the_leg() -> None:
    ends, (true, events) = ends_of(12), world(61, legs=12, kappa=5.0, traffic=40.0, seen=0.2)
    legs = np.random.default_rng(5).poisson(true.sum(axis=1), (60, 12)).astype(np.float32)
    mixed = np.random.default_rng(6).permutation(12)
    graph = graph_of([ends[k] for k in mixed])
    table, drawn = removal_flows_by_period(graph, legs[:, mixed], table_of(ends, events), seed=1)
    assert drawn.names == tuple(YEARS)
    np.testing.assert_allclose(drawn.legs.sum(axis=2), legs[:, mixed][drawn.draw], rtol=1e-5)
    mean = pd.Series(drawn.legs[:, :, 1].mean(axis=0), index=[ends[k][0] for k in mixed])
    said = table[table["period"] == YEARS[1]].set_index("origin")["flow_mean"]
    np.testing.assert_allclose(mean[said.index], said, rtol=1e-4)
