"""Published facts about the UNODC seizure network: who leads by degree and by betweenness."""

from __future__ import annotations

import pandas as pd
import pytest

pytestmark = [pytest.mark.real_data, pytest.mark.slow]


@pytest.fixture(scope="module")
def cocaine(real_data):
    from routegraph.flows import estimate_counts
    from routegraph.network import build_graph
    from routegraph.places import Gazetteer
    from routegraph.records import load_profile, read_seizures
    from routegraph.records.filters import by_commodity

    gazetteer, profile = Gazetteer.builtin(), load_profile("unodc-ids")
    file = real_data / "unodc-ids" / "unodc_ids_2011_2016.parquet"
    records = read_seizures((file,), profile=profile, gazetteer=gazetteer, resolve_places=False).records
    chosen = by_commodity(records, "drugs.cocaine")[0]
    graph = build_graph(chosen, gazetteer=gazetteer, level="country", border=profile.border, steps=profile.steps)
    return graph, estimate_counts(graph, draws=100, seed=1)


def test_degree_leaders_are_the_published_ones(cocaine):
    """Giommoni, Berlusconi & Aziani 2021, doi 10.1007/s10610-020-09473-0; the file is a slightly different cut."""
    from routegraph.analysis import degree

    leaders = degree(*cocaine).table["degree_mean"].nlargest(5)
    assert len({*leaders.index} & {"ESP", "ECU", "VEN", "ITA", "PRT"}) >= 4
    assert leaders[["ITA", "PRT"]].to_dict() == pytest.approx({"ITA": 70, "PRT": 67}, rel=0.07)


def test_betweenness_leaders_are_the_published_ones_on_the_network_without_strength(cocaine):
    graph, _ = cocaine
    plain = pd.Series(graph.to_igraph().betweenness(directed=True), index=graph.places.index)
    assert len({*plain.nlargest(7).index} & {"ESP", "PRT", "DEU", "FRA", "ITA"}) >= 4


def test_betweenness_on_flow_still_puts_spain_first(cocaine):
    from routegraph.analysis import betweenness_places

    assert betweenness_places(*cocaine).table["betweenness_mean"].idxmax() == "ESP"


def test_corridors_of_cocaine_cross_borders_on_the_word_of_records(cocaine):
    from routegraph.corridors import find_corridors

    found = find_corridors(*cocaine)
    assert len(found) == 50
    assert all(len(one.path) > 2 and one.borders_crossed > 0 and one.record_ids for one in found)
    reported = {*cocaine[0].routes["path"]}
    whole = [one for one in found if any(one.path == path[: len(one.path)] for path in reported)]
    assert len(whole) >= 45  # nearly all are beginnings of a route that a record reports, none is a chain of pairs
