"""The removal estimator from reports to flow on the completed network, on a small world simulated from the model."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from routegraph.analysis.sweep import check_aligned
from routegraph.corridors import find_corridors, ranks_distinguishable
from routegraph.flows import estimate_counts
from routegraph.flows.removal import alignment
from routegraph.flows.removal.estimate import Material, estimate_removal
from routegraph.flows.removal.leg_events import branches, travelled_events
from routegraph.network import build_graph
from routegraph.network.candidates import CandidateRoutes
from routegraph.network.reports import distinct_reports
from routegraph.places import Gazetteer

GAZETTEER = Gazetteer.builtin()
SEIZED = {"COL": 0.02, "ECU": 0.01, "PER": 0.02, "BRA": 0.3, "ARG": 0.3, "BOL": 0.02, "CHL": 0.05}
"""Chance of being seized in each country."""

MOVED = {
    ("COL", "ECU", "PER"): 4000,
    ("PER", "ECU", "COL"): 300,
    ("ECU", "PER", "CHL"): 1500,
    ("COL", "BRA", "ARG"): 400,
    ("BOL", "BRA", "ARG"): 300,
    ("BOL", "ARG", "CHL"): 200,
    ("PER", "BOL", "BRA"): 200,
    ("ARG", "BOL", "PER"): 150,
    ("CHL", "PER", "COL"): 100,
}
"""Consignments by route. Most move where hardly anybody looks."""

UNSEEN = [("CHL", "ARG", "BRA"), ("COL", "PER", "CHL"), ("ECU", "COL", "BRA")]
AT_HOME = 11
TEXTS = ("origin_place", "via_places", "seized_place", "destination_place", "diverted_place", "mode", "commodity",
         "unit", "source", "tlp", "traced", "detection_basis")  # fmt: skip


def world(seed: int = 5) -> tuple[pd.DataFrame, pd.Series]:
    """Return records of what was seized on the routes of ``MOVED``, and the consignments that travelled each leg."""
    rng = np.random.default_rng(seed)
    rows, legs = [], {}
    for path, n in MOVED.items():
        left = n
        for k, place in enumerate(path):
            if k:
                leg = (path[k - 1], place)
                legs[leg] = legs.get(leg, 0) + left
            found = int(rng.binomial(left, SEIZED[place]))
            left -= found
            if found:
                fields = {"origin_place": path[0], "via_places": " > ".join(path[1:k]), "seized_place": place}
                rows.append({**fields, "destination_place": path[-1], "count": found, "year": 2020 + found % 2})
    rows.append({"seized_place": "ARG", "count": AT_HOME, "year": 2020})
    table = pd.DataFrame(rows).assign(
        record_id=[f"r{k:03d}" for k in range(len(rows))], mode="road", commodity="drugs.cocaine", source="s",
        tlp="GREEN", detection_basis="routine", quantity=np.nan,
    )  # fmt: skip
    for column in ("date_from", "date_to"):
        table[column] = pd.to_datetime(table["year"].astype(str) + "-06-01").astype("datetime64[s]")
    texts = {column: table[column].fillna("") if column in table else "" for column in TEXTS}
    return table.assign(**texts).astype(dict.fromkeys(TEXTS, "str")), pd.Series(legs)


def candidates() -> CandidateRoutes:
    """Return the routes that were travelled and some that were not."""
    paths = sorted([*MOVED, *UNSEEN], key=lambda path: (path[0], path[-1], path))
    ends = sorted({(path[0], path[-1]) for path in paths})
    routes = pd.DataFrame({"path": pd.Series(paths, dtype="object"), "modes": "road; road"})
    routes = routes.assign(
        pair=[ends.index((path[0], path[-1])) for path in paths], cost=1.0, excess=0.0, path_size=0.0
    )
    pairs = pd.DataFrame(ends, columns=["origin", "destination"]).astype("str")
    pairs = pairs.assign(distance_km=1000.0, licit=np.nan, borders=2, reported=True)
    steps = sorted({step for path in paths for step in pairwise(path)})
    links = pd.DataFrame(steps, columns=["origin", "destination"]).astype("str")
    links = links.assign(mode="road", distance_km=500.0, cost=500.0, licit=np.nan, reported=True)
    return CandidateRoutes(links, routes.astype({"modes": "str"}), pairs)


def estimated(records: pd.DataFrame, **settings):
    graph = build_graph(records, gazetteer=GAZETTEER, level="country")
    reports = distinct_reports(records, gazetteer=GAZETTEER, level="country", border="country")
    material = Material(records, GAZETTEER, by_commodity=settings.pop("by_commodity", False))
    return graph, reports, estimate_removal(graph, reports, candidates(), material=material, draws=200, **settings)


@pytest.fixture(scope="module")
def case():
    records, truth = world()
    return records, truth, *estimated(records)


def test_flow_ranks_the_legs_that_nobody_watches_where_counts_rank_the_watched(case):
    _, truth, graph, _, found = case
    check_aligned(found.graph, found.posterior)
    flow = pd.Series(found.posterior.legs.mean(axis=0), index=found.graph.legs.index)
    counts = pd.Series(estimate_counts(graph, draws=50).legs.mean(axis=0), index=graph.legs.index)
    top = set(truth.nlargest(3).index)
    assert set(flow.nlargest(3).index) == top
    assert set(counts.nlargest(3).index) != top
    assert flow.reindex(truth.index).corr(truth, method="spearman") > 0.9
    assert found.posterior.detection_corrected
    assert found.posterior.estimator == "removal"


def test_detection_and_levels_are_near_the_truth(case):
    _, truth, _, _, found = case
    legs = found.posterior.legs
    low, high = np.quantile(legs, [0.02, 0.98], axis=0)
    known = truth.reindex(found.graph.legs.index).to_numpy(dtype=float)
    inside = (low <= known) & (known <= high)
    assert inside[~np.isnan(known)].mean() > 0.7
    detection = pd.Series(found.posterior.detection.mean(axis=0), index=found.graph.places.index)
    assert detection["BRA"] > 3 * detection["ECU"]
    # CHL and BOL are passed; what no candidate passes has no detection
    passed = {place for path in candidates().routes["path"] for place in path}
    assert set(detection.dropna().index) == passed


def test_draws_are_those_of_the_fit_under_the_names_of_the_network(case):
    _, _, _, _, found = case
    posterior, fit, built = found.posterior, found.fit, found.built
    legs = pd.Series(np.arange(len(built.legs)), index=built.legs)
    for k, leg in enumerate(found.graph.legs.index):
        assert np.array_equal(posterior.legs[:, k], fit.legs[:, legs[leg]])
    paths = candidates().routes["path"]
    for k, path in enumerate(found.graph.routes["path"]):
        (label,) = [n for n, one in paths.items() if tuple(one) == tuple(path)]
        assert np.array_equal(posterior.routes[:, k], fit.routes[:, list(built.routes).index(label)])


def test_domestic_events_are_at_their_place_as_they_are(case):
    _, _, _, reports, found = case
    beside = alignment.events_beside_routes(found.graph, reports, found.built)
    assert beside[beside > 0].to_dict() == {"ARG": AT_HOME}
    at = found.graph.places.index.get_loc("ARG")
    own = found.built.places.get_loc("ARG")
    assert np.allclose(found.posterior.places[:, at] - found.fit.places[:, own], AT_HOME)


def test_every_report_lies_on_its_route_and_its_evidence_adds_up(case):
    records, _, graph, _, found = case
    routed = records[records["origin_place"] != ""]
    assert found.graph.counts["laid_events"] == routed["count"].sum()
    assert set(found.graph.evidence["record_id"]) == set(graph.evidence["record_id"])
    # Every place up to the seizure was named, and none ahead of it but the destination.
    travelled = found.graph.evidence["part"] == "travelled"
    assert set(found.graph.evidence.loc[travelled, "status"]) == {"travelled"}
    assert "inferred" in set(found.graph.evidence.loc[~travelled, "status"])
    assert set(found.graph.routes["tlp"]) == {"GREEN"}


def test_periods_add_up_to_the_leg_and_commodities_are_told_apart_on_request(case):
    _, _, _, _, found = case
    flows = found.posterior.by_period.groupby(["origin", "destination"])["flow_mean"].sum()
    mean = pd.Series(found.posterior.legs.mean(axis=0), index=found.graph.legs.index)
    assert np.allclose(flows.reindex(mean.index).fillna(0), mean, rtol=1e-4, atol=1e-3)


def test_events_travelled_by_commodity_are_those_of_the_records(case):
    records, _, _, reports, found = case
    mixed = records.assign(commodity=np.where(records.index % 2, "drugs.cocaine.base", "drugs.heroin"))
    events = travelled_events(found.graph, reports, mixed, by_commodity=True)
    assert set(events["commodity"]) == {"drugs.cocaine", "drugs.heroin"}
    whole = travelled_events(found.graph, reports, records)
    keys = ["origin", "destination"]
    pd.testing.assert_series_equal(events.groupby(keys)["seizures"].sum(), whole.groupby(keys)["seizures"].sum())
    by_leg = whole.groupby(keys)["seizures"].sum()
    seizures = found.graph.legs["seizures"]
    assert by_leg.to_dict() == seizures[seizures > 0].to_dict()


def test_branches_go_one_part_below_what_all_share():
    assert branches(pd.Series(["arms.firearm.pistol", "arms.firearm.rifle.semi"])).tolist() == [
        "arms.firearm.pistol", "arms.firearm.rifle",
    ]  # fmt: skip
    assert branches(pd.Series(["drugs.cocaine.base", "arms.firearm", ""])).tolist() == [
        "drugs.cocaine", "arms.firearm", "",
    ]  # fmt: skip


def test_what_is_stated_of_the_run_is_finite_and_names_the_total(case):
    _, _, _, _, found = case
    numbers = found.posterior.diagnostics
    total = np.exp(found.fit.scalars["log_total"])
    assert numbers["total_flow_mean"] == pytest.approx(total.mean())
    assert numbers["flow_on_legs_not_shown"] == pytest.approx(0, abs=alignment.FLOOR * len(found.built.legs))
    assert all(np.isfinite(value) for value in numbers.values())
    assert "expected" in found.posterior.not_estimated
    assert "detection" not in found.posterior.not_estimated


def test_corridors_are_found_by_flow_and_each_rests_on_records(case):
    records, _, _, _, found = case
    corridors = find_corridors(found.graph, found.posterior)
    assert corridors[0].path == ("COL", "ECU", "PER")
    for one in corridors:
        assert one.record_ids
        assert set(one.record_ids) <= set(records["record_id"])
        assert one.seizures <= records["count"].sum()
    seized = records[(records["origin_place"] == "COL") & (records["destination_place"] == "PER")]
    travelled_half = seized[seized["seized_place"] != "COL"]
    assert corridors[0].seizures == travelled_half["count"].sum()
    assert ranks_distinguishable(corridors, found.graph, found.posterior)


def test_ranks_stand_where_levels_do_not(case):
    """Every draw times a factor of its own: the level is gone, the order is not."""
    _, _, _, _, found = case
    corridors = find_corridors(found.graph, found.posterior)
    factor = np.random.default_rng(1).lognormal(0, 1.5, len(found.posterior.routes)).astype(np.float32)
    vague = replace(found.posterior, routes=found.posterior.routes * factor[:, None], levels_told=False)
    assert ranks_distinguishable(corridors, found.graph, vague)
    assert not ranks_distinguishable(corridors, found.graph, replace(vague, detection_corrected=False))
    (first, *_) = find_corridors(found.graph, vague)
    assert first.verdict == "insufficient"
    assert any("these data cannot tell" in reason for reason in first.reasons)


def test_same_draws_whatever_the_order_of_records_and_the_number_of_workers(case):
    records, _, _, _, found = case
    _, _, again = estimated(records.sample(frac=1, random_state=2), workers=2)
    for name in ("legs", "places", "routes", "detection", "reporting"):
        assert np.array_equal(getattr(again.posterior, name), getattr(found.posterior, name), equal_nan=True)
    pd.testing.assert_frame_equal(again.posterior.by_period, found.posterior.by_period)
    pd.testing.assert_frame_equal(again.graph.legs, found.graph.legs)
    assert again.posterior.diagnostics == found.posterior.diagnostics
