"""Published facts that a right reading of real records reproduces (shared/data/README.md names the publishers)."""

from __future__ import annotations

import networkx as nx
import pandas as pd
import pytest

from routegraph.network import build_graph
from routegraph.places import Gazetteer
from routegraph.records import load_profile, read_seizures


@pytest.fixture(scope="module")
def traces(real_data):
    """Return ATF's firearm traces, 2010-2020 (US Bureau of Alcohol, Tobacco, Firearms and Explosives)."""
    path = real_data / "atf-firearm-traces" / "atf_source_recovery_2010_2020.csv"
    return read_seizures([path], profile=load_profile("atf-traces"), gazetteer=Gazetteer.builtin()).records


def trace_graph(traces, year):
    records = traces[traces["date"].str[:4] == year]
    return build_graph(records, gazetteer=Gazetteer.builtin(), level="region", border="region", steps="bordering")


def reported(graph):
    """Return events by the pair that records name, neighbours or not."""
    return pd.concat([graph.legs["travelled"], graph.pairs["travelled"]]).groupby(level=[0, 1]).sum()


@pytest.mark.real_data
def test_new_york_2014_is_fed_by_the_states_that_atf_names(traces):
    top = reported(trace_graph(traces, "2014")).xs("US-NY", level="destination").nlargest(5)
    assert top.to_dict() == {"US-VA": 395, "US-GA": 386, "US-PA": 371, "US-FL": 292, "US-NC": 279}


@pytest.mark.real_data
def test_california_2017_has_the_total_and_the_leaders_that_atf_names(traces):
    into = reported(trace_graph(traces, "2017")).xs("US-CA", level="destination")
    assert (into.sum(), into["US-AZ"], into["US-NV"]) == (9654, 2185, 1554)


@pytest.mark.real_data
def test_shares_from_out_of_state_in_2016(traces):
    graph = trace_graph(traces, "2016")
    outside, seized = reported(graph).groupby("destination").sum(), graph.places["seizures"]
    assert 1 - outside.sum() / seized.sum() == pytest.approx(0.71, abs=0.005)
    assert (outside / seized)[["US-DC", "US-NJ", "US-NY"]].tolist() == pytest.approx([0.96, 0.79, 0.73], abs=0.005)


@pytest.mark.real_data
def test_events_of_every_year_are_kept_and_zeros_make_no_legs(traces):
    graph = trace_graph(traces, "2015")
    records = traces[traces["date"].str[:4] == "2015"]
    assert graph.places["seizures"].sum() == records["count"].sum()
    assert (
        graph.routes["seizures"].sum() == records.loc[records["origin_place"] != records["seized_place"], "count"].sum()
    )
    zeros = records.loc[records["count"] == 0, "record_id"]
    assert len(zeros) > 100
    assert not graph.evidence["record_id"].isin(zeros).any()


@pytest.mark.real_data
@pytest.mark.slow
def test_drug_seizures_chain_into_networks_of_the_published_size(real_data):
    """Giommoni, Berlusconi & Aziani (2021), doi 10.1007/s10610-020-09473-0, on UNODC's Individual Drug Seizures."""
    path, known = real_data / "unodc-ids" / "unodc_ids_2011_2016.parquet", Gazetteer.builtin()
    records = read_seizures([path], profile=load_profile("unodc-ids"), gazetteer=known, resolve_places=False).records
    sizes, graphs = {}, {}
    for drug in ("cocaine", "heroin"):
        of_drug = records[records["commodity"].str.startswith(f"drugs.{drug}")]
        graph = graphs[drug] = build_graph(of_drug, gazetteer=known, level="country").to_networkx()
        sizes[drug] = (sum(degree > 0 for _, degree in graph.degree), graph.number_of_edges())
    assert 149 <= sizes["cocaine"][0] <= 152
    assert 853 <= sizes["cocaine"][1] <= 857
    assert 132 <= sizes["heroin"][0] <= 135
    assert 411 <= sizes["heroin"][1] <= 413
    degree = sorted(graphs["cocaine"].degree, key=lambda one: -one[1])[:5]
    assert len({"ESP", "ECU", "VEN", "ITA", "PRT"} & {place for place, _ in degree}) >= 4
    between = sorted(nx.betweenness_centrality(graphs["cocaine"]).items(), key=lambda one: -one[1])[:7]
    assert len({"ESP", "PRT", "DEU", "ITA", "FRA"} & {place for place, _ in between}) >= 4
