"""The Iron Pipeline comes out of firearm traces, which are pairs, routed over bordering states."""

from __future__ import annotations

import pytest

from routegraph.corridors import find_corridors, ranks_distinguishable

PIPELINE = ("US-FL", "US-GA", "US-SC", "US-NC", "US-VA", "US-NY")


def passes(path, wanted):
    places = iter(path)
    return all(place in places for place in wanted)


@pytest.fixture(scope="module")
def traces(real_data):
    """Return a function: the network of traces by kind of step, and its counts, made when they are asked for."""
    from routegraph.flows import estimate_counts
    from routegraph.network import build_graph
    from routegraph.places import Gazetteer
    from routegraph.records import load_profile, read_seizures

    gazetteer, profile = Gazetteer.builtin(), load_profile("atf-traces")
    file = real_data / "atf-firearm-traces" / "atf_source_recovery_2010_2020.csv"
    records = read_seizures((file,), profile=profile, gazetteer=gazetteer).records

    def of(steps):
        graph = build_graph(records, gazetteer=gazetteer, steps=steps, level=profile.level, border=profile.border)
        return graph, estimate_counts(graph, draws=100, seed=1)

    return of


@pytest.mark.slow
@pytest.mark.real_data
def test_the_iron_pipeline_is_one_flagged_corridor_of_inferred_steps(traces):
    """Florida to New York along I-95; ATF's caution: traced firearms are not a random sample."""
    routed = traces("bordering")
    found = find_corridors(*routed)
    (pipeline,) = [one for one in found if passes(one.path, PIPELINE)]
    assert pipeline.rank <= 10
    assert set(pipeline.step_status) == {"inferred"}
    assert len(pipeline.record_ids) == pipeline.n_records > 100
    assert any("are inferred between places that records name" in reason for reason in pipeline.reasons)
    assert ranks_distinguishable(found, *routed)


@pytest.mark.real_data
def test_pairs_alone_give_no_corridor(traces):
    """The mutant that chains pairs end to end would find many; a trace says nothing of the states in between."""
    assert find_corridors(*traces("direct")) == ()
