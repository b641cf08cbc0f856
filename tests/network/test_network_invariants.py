"""What holds for every network, whatever the records."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from routegraph.network import build_graph

TABLES = ("places", "legs", "routes", "evidence", "periods", "pairs")
PLACES = ["t-north", "t-south", "m-west", "SGP", "IDN", "PHL", "high-seas", "?", ""]


@pytest.fixture
def many(seizures):
    rng = np.random.default_rng(7)
    pick = lambda names: names[rng.integers(len(names))]  # noqa: E731
    rows = [
        {
            "origin_place": pick([*PLACES[:-2], ""]),
            "via_places": " > ".join(one for one in (pick(PLACES), pick(PLACES)) if one),
            "seized_place": pick(PLACES[:-2]),
            "destination_place": pick([*PLACES[:-2], "", ""]),
            "count": int(rng.integers(0, 4)),
            "mode": pick(["road", "sea", "air"]),
            "commodity": pick(["arms.firearm.pistol", "arms.ammunition", "drugs.cocaine"]),
            "quantity": round(float(rng.gamma(1)), 3),
            "unit": pick(["kg", "piece"]),
            "tlp": pick(["CLEAR", "AMBER"]),
            "date_from": "2015-03-01",
            "date_to": pick(["2015-03-09", "2016-01-01"]),
        }
        for _ in range(400)
    ]
    return seizures(rows)


def build(records, gazetteer, **settings):
    return build_graph(records, gazetteer=gazetteer, **settings)


@pytest.mark.parametrize("steps", ["direct", "bordering"])
def test_every_leg_traces_to_record_ids(many, gazetteer, steps):
    graph = build(many, gazetteer, steps=steps)
    legs = {
        (path[step], path[step + 1])
        for path, step in zip(graph.evidence["route"].map(graph.routes["path"]), graph.evidence["step"], strict=True)
    }
    assert legs == set(graph.legs.index)
    assert set(graph.evidence["record_id"]) <= set(many["record_id"])
    assert (graph.evidence.groupby("route")["record_id"].nunique() == graph.routes["n_records"]).all()


def test_seizures_of_a_leg_are_the_events_of_the_records_that_travelled_it(many, gazetteer):
    graph = build(many, gazetteer)
    events = many.set_index("record_id")["count"]
    used = graph.evidence[graph.evidence["part"] == "travelled"].copy()
    paths = used["route"].map(graph.routes["path"])
    used["leg"] = [(path[k], path[k + 1]) for path, k in zip(paths, used["step"], strict=True)]
    once = used.drop_duplicates(["leg", "record_id"])
    by_hand = once["record_id"].map(events).groupby(once["leg"]).sum()
    assert graph.legs["seizures"].to_dict() == {leg: by_hand.get(leg, 0) for leg in graph.legs.index}


def test_no_function_changes_its_inputs(many, gazetteer, movement):
    transits = movement([{"origin_place": "SGP", "destination_place": "IDN", "movements": 3}])
    before, moved, known = many.copy(deep=True), transits.copy(deep=True), gazetteer.places
    build(many, gazetteer, transits=transits, level="country", steps="bordering")
    pd.testing.assert_frame_equal(many, before)
    pd.testing.assert_frame_equal(transits, moved)
    pd.testing.assert_frame_equal(gazetteer.places, known)


def test_row_order_does_not_matter(many, gazetteer, movement):
    rows = [
        {"origin_place": a, "destination_place": b, "movements": m}
        for a, b, m in (("SGP", "IDN", 0.1), ("SGP", "IDN", 0.2), ("SGP", "IDN", 0.3), ("IDN", "SGP", 5))
    ]
    shuffled = many.sample(frac=1, random_state=3)
    one = build(many, gazetteer, transits=movement(rows))
    other = build(shuffled, gazetteer, transits=movement(rows[::-1]))
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name), check_exact=True)
    assert one.counts == other.counts


def test_hash_seed_does_not_matter(tmp_path):
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]);"
        "from conftest import seizure_frame; from routegraph.network import build_graph;"
        "from routegraph.places import Gazetteer;"
        "names = ['US-' + state for state in ('FL', 'NY', 'CA', 'TX', 'HI')];"
        "rows = [dict(origin_place=a, via_places=b, seized_place=c, quantity=0.1, unit='kg', source=a)"
        " for a in names for b in names for c in names];"
        "known = Gazetteer.builtin();"
        "graph = build_graph(seizure_frame(rows), gazetteer=known, border='region', steps='bordering');"
        "tables = ('places', 'legs', 'routes', 'evidence', 'periods', 'pairs');"
        "print([getattr(graph, name).to_csv() for name in tables])"
    )
    outputs = []
    for seed in ("1", "2"):
        command = [sys.executable, "-c", program, os.path.dirname(__file__)]
        done = subprocess.run(command, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True)
        outputs.append(hashlib.sha256(done.stdout).hexdigest())
    assert outputs[0] == outputs[1]


def test_places_with_no_legs_stay(network, movement):
    transits = movement([{"origin_place": "SGP", "destination_place": "IDN", "movements": 3}])
    rows = [{"seized_place": "t-north"}, {"origin_place": "COL", "seized_place": "ECU", "diverted_place": "PER"}]
    graph = network(rows, transits=transits)
    assert list(graph.places.index) == ["COL", "ECU", "IDN", "PER", "SGP", "t-north"]
    assert list(graph.legs.index) == [("COL", "ECU")]


def test_empty_network_has_all_its_columns(network):
    row = {"origin_place": "COL", "seized_place": "ECU", "date_from": "2015", "date_to": "2015"}
    empty, full = network([]), network([row])
    for name in TABLES:
        left, right = getattr(empty, name), getattr(full, name)
        assert len(left) == 0
        assert list(left.index.names) == list(right.index.names)
        assert left.dtypes.astype(str).to_dict() == right.dtypes.astype(str).to_dict(), name
    assert empty.to_networkx().number_of_nodes() == empty.to_igraph().vcount() == 0


def test_one_place_and_self_loop_have_no_legs(network):
    for rows in (
        [{"seized_place": "SGP"}],
        [{"origin_place": "SGP", "seized_place": "SGP", "destination_place": "SGP"}],
    ):
        graph = network(rows)
        assert (len(graph.legs), graph.places["seizures"].to_dict()) == (0, {"SGP": 1})


def test_cycle_keeps_its_order_and_counts_each_leg_once(network):
    graph = network([{"origin_place": "COL", "via_places": "ECU > COL > ECU", "seized_place": "PER", "count": 2}])
    assert graph.routes.loc[0, "path"] == ("COL", "ECU", "COL", "ECU", "PER")
    assert graph.legs["seizures"].to_dict() == {("COL", "ECU"): 2, ("ECU", "COL"): 2, ("ECU", "PER"): 2}
    assert len(graph.evidence) == 4


def test_parallel_reports_share_a_leg_and_opposite_ones_do_not(network):
    graph = network(
        [
            {"origin_place": "COL", "seized_place": "ECU", "mode": "sea"},
            {"origin_place": "COL", "seized_place": "ECU"},
            {"origin_place": "ECU", "seized_place": "COL"},
        ]
    )
    assert graph.legs["seizures"].to_dict() == {("COL", "ECU"): 2, ("ECU", "COL"): 1}
    assert graph.legs.loc[("COL", "ECU"), "modes"] == "road; sea"


def test_views_hold_every_place_and_leg(many, gazetteer):
    graph = build(many, gazetteer)
    view, fast = graph.to_networkx(), graph.to_igraph()
    assert set(view.edges) == set(graph.legs.index)
    assert set(view.nodes) == set(graph.places.index)
    assert (fast.vcount(), fast.ecount()) == (len(graph.places), len(graph.legs))
    assert not any("weight" in data for _, _, data in view.edges(data=True))


@pytest.mark.slow
def test_three_hundred_thousand_records_build(seizures, gazetteer):
    rng = np.random.default_rng(1)
    countries = gazetteer.places.query("kind == 'country'").index.to_numpy()
    base = seizures([{}]).loc[[0] * 311_038].reset_index(drop=True)
    base["record_id"] = [f"r{k:06d}" for k in range(len(base))]
    for column in ("origin_place", "via_places", "seized_place", "destination_place"):
        base[column] = pd.Series(countries[rng.zipf(1.4, len(base)) % 150], dtype="str")
    graph = build(base, gazetteer, level="country")
    assert len(graph.routes) > 1000
