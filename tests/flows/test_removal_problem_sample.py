"""On the bundled sample, where it is known what travelled: the truth is among what could have made each report."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from removal_cases import candidates_of

from routegraph.flows.removal.build import build_problem
from routegraph.network import build_graph
from routegraph.network.reports import distinct_reports
from routegraph.places import Gazetteer
from routegraph.records import load_profile, read_effort, read_seizures, read_transits


@pytest.fixture(scope="module")
def sample(samples):
    """Return true routes, true (route, step) of records, reports and the problem over the true cross-border routes."""
    folder, gazetteer, profile = samples, Gazetteer.builtin(), load_profile("routegraph")
    records = read_seizures([folder / "synthetic_seizures.csv"], profile=profile, gazetteer=gazetteer).records
    transits = read_transits([folder / "synthetic_transits.csv"], profile=profile, gazetteer=gazetteer).records
    effort = read_effort([folder / "synthetic_effort.csv"], gazetteer=gazetteer).records
    routes = pd.read_csv(folder / "truth" / "routes.csv", index_col="route")
    paths = routes.loc[~routes["domestic"], "path"].str.split(" > ").map(tuple)
    graph = build_graph(records, gazetteer=gazetteer, transits=transits)
    reports = distinct_reports(records, gazetteer=gazetteer, level="place", border="country")
    built = build_problem(graph, reports, candidates_of(paths.drop_duplicates().tolist()), effort=effort)
    truth = pd.read_csv(folder / "truth" / "records.csv", index_col="record_id")
    spoilt = pd.read_csv(folder / "truth" / "bad_cells.csv")["record_id"]
    return paths, truth[~truth.index.isin(spoilt)], reports, built, folder


def cells_of(built):
    """Return report -> {(places passed, step): misreport}."""
    problem = built.problem
    laid = [
        tuple(built.places[problem.route_place[problem.route_start[r] : problem.route_start[r + 1]]])
        for r in range(problem.n_routes)
    ]
    return {
        int(q): {
            (laid[problem.cell_route[j]], int(problem.cell_step[j])): int(problem.cell_misreport[j])
            for j in range(problem.cell_start[at], problem.cell_start[at + 1])
            if problem.cell_route[j] >= 0
        }
        for at, q in enumerate(built.reports)
    }


def test_the_truth_is_among_the_cells_of_each_record(sample):
    paths, truth, reports, built, _ = sample
    found, table = cells_of(built), reports.table
    asked = truth[truth["route"].isin(paths.index) & truth.index.isin(reports.of_record.index)]
    asked = asked.assign(report=reports.of_record.reindex(asked.index))
    asked = asked[~asked["report"].map(table["domestic"] | table["place_only"])]
    right, missed = 0, []
    for record, row in asked.iterrows():
        cell = (paths[row["route"]], int(row["step"]))
        wrong = found.get(row["report"], {}).get(cell)
        if wrong is None:
            missed.append(record)
        else:
            # What is stated wrongly needs a misreport; what is stated rightly never does.
            right += bool(wrong) == bool(row["misreported"])
    assert len(asked) > 2000
    assert right >= 0.99 * (len(asked) - len(missed))
    assert len(missed) <= 0.01 * len(asked), missed[:20]


def test_blind_places_of_the_sample_are_declared_blind(sample):
    *_, built, folder = sample
    truth = pd.read_csv(folder / "truth" / "places.csv", index_col="place_id").reindex(built.places)
    blind = (truth["blind"] == 1).to_numpy()
    assert blind.any()
    np.testing.assert_array_equal(built.problem.declared == 0, blind)
    told = ~blind & truth["inspections"].notna().to_numpy()
    looked = built.problem.features[told, built.features.index("log_inspections")]
    assert np.corrcoef(looked, np.log(truth["inspections"].to_numpy()[told]))[0, 1] > 0.99
