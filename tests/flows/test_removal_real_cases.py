"""Real records by the removal estimator: pairs of ends tell no detection; a network of countries is estimated."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from routegraph.settings import Settings


def problem_of(settings):
    """Return a built problem, by the steps of a run."""
    from routegraph.flows.removal.build import build_problem
    from routegraph.inputs import choose, read_inputs
    from routegraph.network import build_graph
    from routegraph.network.candidates import candidate_routes
    from routegraph.network.reports import distinct_reports
    from routegraph.network.single_ends import end_where_found, settle_ends

    inputs = read_inputs(settings)
    profile, gazetteer = inputs.profile, inputs.gazetteer
    where = {"level": settings.level or profile.level, "border": profile.border}
    records = choose(inputs, replace(settings, level=where["level"], border=where["border"])).records
    graph = build_graph(records, gazetteer=gazetteer, steps=profile.steps, domestic=profile.domestic, **where)
    reports = distinct_reports(records, gazetteer=gazetteer, **where)
    reports = end_where_found(settle_ends(reports, graph))
    if profile.domestic == "route":
        reports = replace(reports, table=reports.table.assign(domestic=False))
    candidates = candidate_routes(graph, reports, gazetteer=gazetteer, most=3_000)
    return build_problem(graph, reports, candidates), int(records["count"].sum())


def fitted(problem, *, draws=40, warmup=30):
    from routegraph.flows.removal.sampler import sample

    return sample(problem, draws=draws, warmup=warmup, thin=1, chains=2, modular=True)


def test_only_a_case_that_never_names_a_destination_ends_where_its_seizures_are():
    from routegraph.network.reports import Reports
    from routegraph.network.single_ends import end_where_found

    def reports(rows):
        columns = ["origin", "vias_before", "seized", "vias_after", "destination"]
        return Reports(pd.DataFrame(rows, columns=columns), pd.Series(dtype="int64"), pd.DataFrame())

    traces = [("a", (), "b", (), ""), ("", ("a",), "c", (), ""), ("", (), "d", (), "")]
    assert end_where_found(reports(traces)).table["destination"].tolist() == ["b", "c", ""]
    for ahead in (("a", (), "b", (), "e"), ("a", (), "b", ("e",), "")):
        stopped = reports([*traces, ahead])
        assert end_where_found(stopped) is stopped


@pytest.mark.real_data
def test_firearm_traces_tell_no_level_of_flow(real_data):
    """A trace names where a firearm was bought and where it was found: every seizure lies at the end of its way."""
    from routegraph.flows.removal.identification import identify

    source = real_data / "atf-firearm-traces" / "atf_source_recovery_2010_2020.csv"
    built, _ = problem_of(Settings(seizures=(source,), profile="atf-traces", since="2018", until="2018"))
    found = identify(built.problem, fitted(built.problem), seed=0)
    assert found.numbers()["identification_two_point"] == 1
    assert not found.levels_told
    assert any("every report joins two points" in said for said in found.warnings())


@pytest.mark.real_data
@pytest.mark.slow
def test_every_event_of_ids_heroin_is_laid_on_routes_or_at_its_place(real_data):
    from routegraph.flows.removal.identification import identify

    source = real_data / "unodc-ids" / "unodc_ids_2011_2016.parquet"
    built, events = problem_of(
        Settings(seizures=(source,), profile="unodc-ids", commodity="drugs.heroin", level="country")
    )
    problem = built.problem
    left_out = int(built.left_out["events"].sum())
    assert problem.count.sum() + problem.domestic.sum() + left_out == events
    fit = fitted(problem)
    assert np.isclose(fit.allocated.sum(), problem.count.sum(), rtol=1e-6)
    # Chains are of different sources in different orders: these are not pairs of ends.
    assert identify(problem, fit, seed=0).numbers()["identification_two_point"] == 0


@pytest.mark.real_data
@pytest.mark.slow
def test_a_run_on_firearm_traces_withholds_levels_in_its_verdicts(real_data, tmp_path):
    from routegraph.run import run_case

    source = real_data / "atf-firearm-traces" / "atf_source_recovery_2010_2020.csv"
    result = run_case(
        Settings(
            seizures=(source,), profile="atf-traces", estimator="removal", draws=40, workers=2, out=tmp_path,
            since="2018", until="2018",
        ),
        write=False,
    )  # fmt: skip
    assert not result.posterior.levels_told
    assert {corridor.verdict for corridor in result.corridors} <= {"insufficient", "single_source"}
    assert any("every report joins two points" in said for said in result.posterior.warnings)
