"""Candidate routes of small cases worked by hand, and of the bundled sample."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pandas as pd
import pytest
from tests.network.conftest import seizure_frame

from routegraph.inputs import choose, read_inputs
from routegraph.network import build_graph, candidate_choice, link_network, neighbours
from routegraph.network.candidates import CandidateRoutes, candidate_routes
from routegraph.network.reports import Reports, distinct_reports
from routegraph.places import Gazetteer
from routegraph.settings import Settings

WAY = {"seized_place": "c-mid", "origin_place": "a-west", "destination_place": "b-east"}


@pytest.fixture(scope="module")
def atlas() -> Gazetteer:
    """Return places along the equator, 111 km apart, in invented parts of three countries; one lies 111 km north."""
    rows = [
        ("a-west", "THA", 0.0, 0.0), ("c-mid", "MYS", 0.0, 1.0), ("c-next", "MYS", 0.0, 2.0),
        ("b-east", "IDN", 0.0, 3.0), ("c-north", "MYS", 1.0, 1.5), ("b-far", "IDN", 0.0, 6.0),
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["place_id", "country", "lat", "lon"])
    return Gazetteer.builtin().extended(
        frame.assign(name=frame["place_id"], kind="city", region="", aliases="", pair="")
    )


ROADS = [("a-west", "c-mid"), ("c-mid", "c-next"), ("c-next", "b-east"), ("c-mid", "c-north"), ("c-north", "b-east"),
         ("b-east", "b-far")]  # fmt: skip


@pytest.fixture(autouse=True)
def no_sea(request, monkeypatch):
    """Leave out links by sea, whose mask takes seconds to make, but where they are what is tested."""
    if "without_transits" not in request.node.name:
        none = pd.DataFrame({"origin": [], "destination": [], "distance_km": []})
        none = none.astype({"origin": "str", "destination": "str", "distance_km": float})
        monkeypatch.setattr(neighbours, "_by_sea", lambda *args, **settings: none)


def transits_of(links: list[tuple[str, str]], **columns: object) -> pd.DataFrame:
    frame = pd.DataFrame(links, columns=["origin_place", "destination_place"], dtype="str")
    values = {"mode": "road", "movements": 100.0, "quantity": np.nan, "unit": "", "value_usd": np.nan, **columns}
    return frame.assign(**values).astype({"mode": "str", "unit": "str"})


def case(
    rows: list[dict[str, object]], atlas: Gazetteer, transits: pd.DataFrame | None = None, **settings: object
) -> tuple[CandidateRoutes, Reports]:
    records = seizure_frame(rows).assign(detection_basis="unknown")
    level, border = str(settings.pop("level", "place")), "country"
    graph = build_graph(records, gazetteer=atlas, level=level, border=border, transits=transits)
    reports = distinct_reports(records, gazetteer=atlas, level=level, border=border)
    return candidate_routes(graph, reports, gazetteer=atlas, transits=transits, **settings), reports


def explains(path: tuple[str, ...], report: dict[str, object], country: dict[str, str]) -> bool:
    """Try every way in which a route could have made a report: each stop on it, in order, and between its ends."""
    before, after = report["vias_before"], report["vias_after"]
    named = [*before, report["seized"], *after]
    last = len(path) - 1

    def fits(place: str, name: object) -> bool:
        return name in (place, country.get(place))

    if report["origin"] and not fits(path[0], report["origin"]):
        return False
    if report["destination"] and not fits(path[-1], report["destination"]):
        return False
    spots = [[k for k, place in enumerate(path) if fits(place, name)] for name in named]
    return any(
        all(a < b for a, b in pairwise(chosen))
        and (chosen[-1] < last or (bool(report["destination"]) and not after))
        and (chosen[0] > 0 or not before)
        for chosen in product(*spots)
    )


def unexplained(found: CandidateRoutes, reports: Reports, country: dict[str, str]) -> pd.DataFrame:
    table = reports.table[~reports.table["domestic"] & ~reports.table["place_only"]]
    fields = ["origin", "seized", "destination", "vias_before", "vias_after"]
    table = table.drop_duplicates(fields)
    passing: dict[str, set[int]] = {}
    for number, path in enumerate(found.routes["path"]):
        for place in path:
            passing.setdefault(place, set()).add(number)
            passing.setdefault(country.get(place, place), set()).add(number)
    paths = found.routes["path"].to_list()
    told = []
    for report in table[fields].to_dict("records"):
        names = {
            report["origin"],
            report["seized"],
            report["destination"],
            *report["vias_before"],
            *report["vias_after"],
        }
        rows = set.intersection(*(passing.get(name, set()) for name in names - {""}))
        told.append(any(explains(paths[k], report, country) for k in sorted(rows)))
    return table[~np.array(told)]


def paths_between(found: CandidateRoutes, origin: str, destination: str) -> list[tuple[str, ...]]:
    pair = found.pairs.index[(found.pairs["origin"] == origin) & (found.pairs["destination"] == destination)]
    return found.routes.loc[found.routes["pair"].isin(pair), "path"].to_list()


def test_routes_pairs_and_links_of_a_case_worked_by_hand(atlas):
    found, _ = case([WAY], atlas, transits_of(ROADS))
    straight, round_about = ("a-west", "c-mid", "c-next", "b-east"), ("a-west", "c-mid", "c-north", "b-east")
    assert paths_between(found, "a-west", "b-east") == [straight, round_about]
    degree = np.pi / 180 * 6371.0088
    routes = found.routes.set_index("path")
    step, diagonal = degree + link_network.STEP_COST_KM, 2 * link_network.STEP_COST_KM
    assert routes.loc[[straight], "cost"].item() == pytest.approx(3 * step)
    km = found.links.set_index(["origin", "destination"])["distance_km"]
    over = km["c-mid", "c-north"] + km["c-north", "b-east"]
    assert routes.loc[[round_about], "cost"].item() == pytest.approx(step + over + diagonal)
    assert routes.loc[[round_about], "excess"].item() == pytest.approx((step + over + diagonal) / (3 * step) - 1)
    assert routes.loc[[straight], "path_size"].item() == pytest.approx(np.log(1 / 3 / 2 + 2 / 3))
    assert set(routes["modes"]) >= {"road; road; road"}
    pair = found.pairs.set_index(["origin", "destination"]).loc[("a-west", "b-east")]
    assert (pair["borders"], bool(pair["reported"])) == (2, True)
    assert pair["distance_km"] == pytest.approx(3 * degree)
    # 100 movements out of a-west; into b-east come two rows of 100.
    assert pair["licit"] == pytest.approx(np.sqrt(100 * 200))
    assert np.isnan(found.pairs.set_index(["origin", "destination"]).loc[("b-far", "a-west"), "licit"])


def test_tables_are_sorted_and_consistent(atlas):
    found, _ = case([WAY], atlas, transits_of(ROADS))
    routes, pairs, links = found.routes, found.pairs, found.links
    text = routes["path"].map(" > ".join)
    order = pd.DataFrame({"pair": routes["pair"], "text": text})
    assert order.equals(order.sort_values(["pair", "text"], ignore_index=True))
    assert pairs[["origin", "destination"]].equals(
        pairs.sort_values(["origin", "destination"])[["origin", "destination"]]
    )
    keys = ["origin", "destination", "mode"]
    assert links[keys].equals(links[keys].drop_duplicates().sort_values(keys, ignore_index=True))
    ends = pairs.loc[routes["pair"]]
    assert routes["path"].str[0].tolist() == ends["origin"].tolist()
    assert routes["path"].str[-1].tolist() == ends["destination"].tolist()
    assert set(routes["pair"]) == set(pairs.index)
    assert (routes["excess"] >= 0).all()
    assert (routes.groupby("pair")["excess"].min() == 0).all()
    assert (routes["path_size"] <= 0).all()


def test_a_missing_transit_row_is_unknown_not_closed(atlas):
    one_way = [pair for pair in ROADS if pair != ("c-next", "b-east")] + [("b-east", "c-next")]
    found, _ = case([WAY], atlas, transits_of(one_way))
    link = found.links.set_index(["origin", "destination"])
    assert ("a-west", "c-mid", "c-next", "b-east") in set(found.routes["path"])
    assert np.isnan(link.loc[("c-next", "b-east"), "licit"])
    assert link.loc[("b-east", "c-next"), "licit"] == 100


def test_a_reported_step_is_a_link_only_where_no_known_way_is_near(atlas):
    # a-west to b-east is reported as one step: known links join them in the same distance.
    near, _ = case([{"seized_place": "b-east", "origin_place": "a-west", "destination_place": "b-east"}], atlas,
                   transits_of(ROADS))  # fmt: skip
    assert ("a-west", "b-east") not in set(zip(near.links["origin"], near.links["destination"], strict=True))
    # Without the roads to b-east the step itself is all that joins them.
    cut = transits_of([pair for pair in ROADS if "b-east" not in pair or "b-far" in pair])
    gone, _ = case([{"seized_place": "b-east", "origin_place": "a-west", "destination_place": "b-east"}], atlas, cut)
    link = gone.links.set_index(["origin", "destination"]).loc[("a-west", "b-east")]
    assert (link["mode"], bool(link["reported"])) == ("road", True)
    assert paths_between(gone, "a-west", "b-east") == [("a-west", "b-east")]


def test_a_destination_that_is_not_stated_lies_beyond_the_seizure(atlas):
    found, reports = case([{"seized_place": "b-east", "origin_place": "a-west"}], atlas, transits_of(ROADS))
    country = {place: place[0] for place in ("a-west",)}
    assert unexplained(found, reports, country).empty
    assert any("b-east" in path[:-1] for path in found.routes["path"])


def test_a_report_that_no_link_carries_gets_a_direct_step(atlas):
    # b-far is joined to nothing, and what is named goes past every plausible end.
    rows = [{"seized_place": "c-mid", "origin_place": "a-west", "via_places": "? > c-mid > b-far"}]
    found, reports = case(rows, atlas, transits_of([("a-west", "c-mid"), ("b-east", "c-next")]))
    assert unexplained(found, reports, {}).empty
    for path in found.routes["path"]:
        links = set(zip(found.links["origin"], found.links["destination"], strict=True))
        assert all(step in links for step in pairwise(path))


def test_a_country_of_which_places_are_known_is_no_place_itself(atlas):
    rows = [{"seized_place": "c-mid", "origin_place": "THA", "destination_place": "b-east"}]
    found, reports = case(rows, atlas, transits_of(ROADS))
    assert not found.routes["path"].map(lambda path: "THA" in path).any()
    country = {"a-west": "THA", "c-mid": "MYS", "c-next": "MYS", "c-north": "MYS", "b-east": "IDN", "b-far": "IDN"}
    assert unexplained(found, reports, country).empty
    alone, told = case([{**rows[0], "origin_place": "AUS"}], atlas, transits_of(ROADS))
    assert unexplained(alone, told, country).empty
    assert alone.routes["path"].map(lambda path: path[0] == "AUS").any()


def test_most_routes_are_kept_in_order_and_pairs_left_out_are_counted(atlas):
    whole, _ = case([WAY], atlas, transits_of(ROADS))
    few, _ = case([WAY], atlas, transits_of(ROADS), most=4)
    assert whole.pairs_left_out == 0
    assert len(few.routes) == 4
    assert set(few.routes["path"]) < set(whole.routes["path"])
    assert few.pairs_left_out == len(whole.pairs) - len(few.pairs)
    assert few.pairs["reported"].sum() == whole.pairs["reported"].sum() == 1


def test_without_transits_borders_distance_and_reports_make_the_links():
    rows = [
        {"seized_place": "MYS", "origin_place": "THA", "destination_place": "SGP", "mode": "unknown"},
        {"seized_place": "AUS", "origin_place": "LAO", "destination_place": "AUS", "mode": "air"},
        {"seized_place": "KHM", "origin_place": "IDN"},
    ]
    found, reports = case(rows, Gazetteer.builtin(), level="country")
    links = found.links.set_index(["origin", "destination", "mode"])
    assert ("LAO", "AUS", "air") in links.index
    assert {("THA", "MYS", "road"), ("LAO", "THA", "road"), ("IDN", "SGP", "sea")} <= set(links.index)
    assert ("LAO", "SGP", "sea") not in links.index  # no coast
    assert unexplained(found, reports, {}).empty
    assert ("THA", "MYS", "SGP") in set(found.routes["path"])


@pytest.fixture(scope="module")
def sample(samples):
    """Return the bundled sample: records, transits, gazetteer."""
    names = {name: (samples / f"synthetic_{name}.csv",) for name in ("seizures", "transits")}
    settings = Settings(**names, out=samples / "out")
    inputs = read_inputs(settings)
    chosen = choose(inputs, settings)
    return chosen.records, chosen.transits, inputs.gazetteer


def found_in(records: pd.DataFrame, transits: pd.DataFrame, gazetteer: Gazetteer, most: int):
    graph = build_graph(records, gazetteer=gazetteer, transits=transits)
    reports = distinct_reports(records, gazetteer=gazetteer, level="place", border="country")
    return candidate_routes(graph, reports, gazetteer=gazetteer, transits=transits, most=most), reports, graph


@pytest.fixture(scope="module")
def found(sample):
    return found_in(*sample, most=2500)


def test_every_report_of_the_sample_is_explained_and_no_place_comes_twice(found):
    routes, reports, graph = found
    assert routes.routes["path"].map(lambda path: len(set(path)) == len(path) > 1).all()
    assert unexplained(routes, reports, graph.places["country"].to_dict()).empty
    steps = set(zip(routes.links["origin"], routes.links["destination"], strict=True))
    assert routes.routes["path"].map(lambda path: all(step in steps for step in pairwise(path))).all()
    assert np.isfinite(routes.routes["cost"]).all()


def test_without_carrying_on_some_reports_stay_unexplained(sample, monkeypatch):
    records, transits, gazetteer = sample
    monkeypatch.setattr(candidate_choice, "_carried_on", lambda *args: set())
    routes, reports, graph = found_in(records[::5], transits, gazetteer, most=0)
    assert len(unexplained(routes, reports, graph.places["country"].to_dict()))


def differences(sample) -> list[str]:
    """Return which tables change when the rows of records and transits are shuffled."""
    records, transits, gazetteer = sample
    records = records[::5]
    first, *_ = found_in(records, transits, gazetteer, most=1200)
    mixed = records.sample(frac=1, random_state=3).reset_index(drop=True)
    other, *_ = found_in(mixed, transits.sample(frac=1, random_state=4), gazetteer, most=1200)
    assert other.pairs_left_out == first.pairs_left_out
    return [name for name in ("links", "routes", "pairs") if not getattr(other, name).equals(getattr(first, name))]


def test_candidates_do_not_depend_on_the_order_of_rows(sample):
    assert differences(sample) == []


def test_places_of_another_case_do_not_change_the_choice_sets_of_this_one(atlas):
    # One more place far away: noise by row would shift, and with it the ways that are found.
    alone, _ = case([WAY], atlas, transits_of(ROADS))
    beside, _ = case([WAY], atlas, transits_of([("AUS", "NZL"), *ROADS]))
    assert paths_between(beside, "a-west", "b-east") == paths_between(alone, "a-west", "b-east")


def test_the_sample_is_reached_by_few_routes(found, samples):
    truth = pd.read_csv(samples / "truth" / "routes.csv")
    across = truth[~truth["domestic"]]
    have = set(found[0].routes["path"].map(" > ".join))
    held = across["path"].isin(have)
    assert across.loc[held, "shipments"].sum() / across["shipments"].sum() > 0.9
    assert len(have) <= 2500
