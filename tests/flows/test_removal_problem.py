"""What could have made each report, and what is known of places beforehand, worked by hand."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from removal_cases import candidates_of, effort_of, graph_of, reports_of

from routegraph.errors import NothingToAnalyseError, PlaceError
from routegraph.flows.removal.build import NO_FIT, NO_PLACE, NOT_PASSED, build_problem
from routegraph.flows.removal.problem import (
    CHECK,
    DESTINATION,
    ENTRY,
    EXIT,
    ORIGIN,
    TIP,
    TRANSIT,
    UNSTATED,
)
from routegraph.network.reports import BASIS_OF

# a, b in AAA; c, d in CCC; e in EEE
HOME = {"a": "AAA", "b": "AAA", "c": "CCC", "d": "CCC", "e": "EEE"}
PATHS = [("a", "b", "c", "e"), ("a", "c", "d", "e"), ("a", "d"), ("b", "c", "d")]
# In canonical order: a > d, a > b > c > e, a > c > d > e, b > c > d.
A_D, ABCE, ACDE, BCD = range(4)


def built_of(rows, *, paths=PATHS, effort=None, periods=(), **settings):
    case = {key: settings.pop(key) for key in ("excess", "licit", "pairs") if key in settings}
    graph = graph_of(HOME, level=settings.pop("level", "place"))
    reports = reports_of(rows, periods=periods)
    return build_problem(graph, reports, candidates_of(paths, **case), effort=effort, **settings)


def cells(built, report=0):
    """Return (route, step, misreport, ways) of each cell of one report."""
    problem = built.problem
    q = built.reports.tolist().index(report)
    run = slice(problem.cell_start[q], problem.cell_start[q + 1])
    columns = (problem.cell_route, problem.cell_step, problem.cell_misreport, problem.cell_ways)
    return [tuple(int(one) for one in row) for row in zip(*(column[run] for column in columns), strict=True)]


def test_routes_are_laid_end_to_end_with_roles_legs_and_pairs():
    built = built_of([{"seized": "c", "destination": "e"}])
    problem = built.problem
    laid = [
        [built.places[v] for v in problem.route_place[problem.route_start[r] : problem.route_start[r + 1]]]
        for r in range(problem.n_routes)
    ]
    assert laid == [["a", "d"], ["a", "b", "c", "e"], ["a", "c", "d", "e"], ["b", "c", "d"]]
    roles = [ORIGIN, DESTINATION, ORIGIN, EXIT, TRANSIT, DESTINATION, ORIGIN, ENTRY, EXIT, DESTINATION]
    assert problem.route_role.tolist() == [*roles, ORIGIN, ENTRY, DESTINATION]
    legs = [("a", "b"), ("a", "c"), ("a", "d"), ("b", "c"), ("c", "d"), ("c", "e"), ("d", "e")]
    assert built.legs.tolist() == legs
    assert problem.route_leg.tolist() == [2, -1, 0, 3, 5, -1, 1, 4, 6, -1, 3, 4, -1]
    assert problem.pair.tolist() == [0, 1, 1, 2]
    assert [built.places[v] for v in problem.pair_origin] == ["a", "a", "b"]
    assert [built.places[v] for v in problem.pair_destination] == ["d", "e", "d"]
    assert problem.country.tolist() == [0, 0, 1, 1, 2]
    assert (problem.n_countries, problem.n_legs, problem.n_destinations) == (3, 7, 1)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        # Everything right, or everything but the destination.
        ({"origin": "a", "seized": "c", "destination": "e"}, [(ABCE, 2, 0, 1), (ACDE, 1, 0, 1)]),
        ({"origin": "a", "seized": "c", "destination": "d"}, [(ABCE, 2, 1, 1), (ACDE, 1, 1, 1)]),
        ({"seized": "c", "destination": "d"}, [(ABCE, 2, 1, 1), (ACDE, 1, 1, 1), (BCD, 1, 0, 1)]),
        # A destination that is missing: not seized at the end.
        ({"origin": "a", "seized": "d"}, [(ACDE, 2, 0, 1)]),
        ({"origin": "b", "seized": "c"}, [(BCD, 1, 0, 1)]),
        # Seized where it was bound: at the end, and nowhere else.
        ({"origin": "a", "seized": "d", "destination": "d"}, [(A_D, 1, 0, 1)]),
        ({"seized": "d", "destination": "d"}, [(A_D, 1, 0, 1), (BCD, 2, 0, 1)]),
        # Seized where it set out: at the start, and nowhere else.
        ({"origin": "b", "seized": "b", "destination": "d"}, [(BCD, 0, 0, 1)]),
        ({"origin": "b", "seized": "b", "destination": "e"}, [(BCD, 0, 1, 1)]),
        # Vias before and after, in order.
        ({"seized": "c", "destination": "e", "vias_before": ("b",)}, [(ABCE, 2, 0, 1)]),
        ({"origin": "a", "seized": "c", "vias_after": ("d",)}, [(ACDE, 1, 0, 1)]),
        ({"origin": "a", "seized": "c", "vias_after": ("d",), "destination": "e"}, [(ACDE, 1, 0, 1)]),
        ({"seized": "e", "destination": "e", "vias_before": ("c", "d")}, [(ACDE, 3, 0, 1)]),
        # Names of whole countries.
        ({"origin": "AAA", "seized": "c", "destination": "EEE"}, [(ABCE, 2, 0, 1), (ACDE, 1, 0, 1), (BCD, 1, 1, 1)]),
        ({"origin": "a", "seized": "CCC", "destination": "e"}, [(ABCE, 2, 0, 1), (ACDE, 1, 0, 1), (ACDE, 2, 0, 1)]),
        ({"origin": "a", "seized": "CCC", "destination": "CCC"}, [(A_D, 1, 0, 1)]),
        ({"origin": "b", "seized": "CCC", "destination": "CCC"}, [(BCD, 1, 0, 1), (BCD, 2, 0, 1)]),
        ({"seized": "e", "destination": "e", "vias_before": ("CCC",)}, [(ABCE, 3, 0, 1), (ACDE, 3, 0, 2)]),
        ({"seized": "e", "destination": "e", "vias_before": ("CCC", "CCC")}, [(ACDE, 3, 0, 1)]),
    ],
)
def test_cells_of_a_report(row, expected):
    assert cells(built_of([row])) == expected


def test_a_place_alone_counts_at_its_place_only():
    built = built_of([{"seized": "d", "events": 2}, {"seized": "CCC", "events": 3}, {"origin": "a", "seized": "c"}])
    assert built.reports.tolist() == [2]
    here = dict(zip(built.places, built.problem.domestic, strict=True))
    assert {place: n for place, n in here.items() if n} == {"d": 2, "CCC": 3}
    assert built.left_out.empty


def test_at_country_level_a_country_is_one_place():
    graph = graph_of({"AAA": "AAA", "BBB": "BBB"}, level="country")
    reports = reports_of([{"origin": "AAA", "seized": "AAA", "destination": "BBB"}])
    built = build_problem(graph, reports, candidates_of([("AAA", "BBB"), ("BBB", "AAA")]))
    assert cells(built) == [(0, 0, 0, 1)]


def test_a_region_named_stands_for_the_places_in_it():
    graph = graph_of(HOME, regions={"c": "CCC-1"})
    built = build_problem(
        graph, reports_of([{"origin": "a", "seized": "CCC-1", "destination": "e"}]), candidates_of(PATHS)
    )
    assert cells(built) == [(ABCE, 2, 0, 1), (ACDE, 1, 0, 1)]


def test_nothing_is_lost():
    rows = [
        {"origin": "a", "seized": "c", "destination": "e", "events": 2},
        {"origin": "a", "destination": "e", "events": 3},
        {"origin": "e", "seized": "c", "destination": "a", "events": 5},
        {"origin": "a", "seized": "EEE", "destination": "c", "events": 7},
        {"origin": "c", "seized": "d", "domestic": True, "events": 11},
        {"origin": "c", "destination": "d", "domestic": True, "events": 13},
        {"seized": "b", "events": 17},
    ]
    built = built_of(rows, paths=[("a", "b", "c", "d")])
    assert built.left_out["reason"].to_dict() == {1: NO_PLACE, 2: NO_FIT, 3: NOT_PASSED, 5: NO_PLACE}
    assert built.left_out["events"].tolist() == [3, 5, 7, 13]
    assert dict(zip(built.places, built.problem.domestic, strict=True)) == {"a": 0, "b": 17, "c": 0, "d": 11}
    assert built.reports.tolist() == [0]
    total = built.problem.count.sum() + built.problem.domestic.sum() + built.left_out["events"].sum()
    assert total == sum(row["events"] for row in rows)


def test_fields_of_reports_are_counted_as_stated():
    row = {"origin": "a", "seized": "c", "vias_before": ("b",), "vias_after": ("d",), "basis": TIP, "events": 4}
    problem = built_of(
        [row, {"seized": "c", "destination": "e", "basis": UNSTATED}], paths=[("a", "b", "c", "d", "e")]
    ).problem
    assert problem.count.tolist() == [4, 1]
    assert problem.basis.tolist() == [TIP, UNSTATED]
    assert (problem.names_origin.tolist(), problem.names_destination.tolist()) == ([1, 0], [0, 1])
    assert (problem.vias_before.tolist(), problem.vias_after.tolist()) == ([1, 0], [1, 0])


def test_words_for_the_basis_agree_with_the_sampler():
    told = {word: {CHECK: "check", TIP: "tip", UNSTATED: "unstated"}[basis] for word, basis in BASIS_OF.items()}
    assert {word for word, basis in told.items() if basis == "check"} == {"random", "routine", "profile", "incidental"}
    assert {word for word, basis in told.items() if basis == "tip"} == {"intelligence", "tip_off", "model"}
    assert {word for word, basis in told.items() if basis == "unstated"} == {"unknown", ""}


def test_sources_with_few_events_are_one():
    rows = [{"origin": "a", "seized": "c", "source": name, "events": n} for name, n in (("x", 29), ("y", 30), ("z", 1))]
    built = built_of(rows)
    assert built.sources == ("y", "x; z")
    assert built.problem.source.tolist() == [1, 0, 1]


def test_wrong_destinations_beyond_the_room_keep_the_likeliest_routes():
    paths = [("a", "b", "c"), ("a", "b", "d"), ("a", "b", "e")]
    row = {"origin": "a", "seized": "b", "destination": "AAA"}
    full = built_of([row], paths=paths, excess=[0.2, 0.0, 0.2])
    assert (cells(full), full.cells_cut) == ([(0, 1, 1, 1), (1, 1, 1, 1), (2, 1, 1, 1)], 0)
    less = built_of([row], paths=paths, excess=[0.2, 0.0, 0.2], most_cells=2)
    assert (cells(less), less.cells_cut) == ([(0, 1, 1, 1), (1, 1, 1, 1)], 1)
    assert "1 unlikely" in less.warnings[0]
    least = built_of([row, {"origin": "a", "seized": "b", "destination": "c"}], paths=paths, most_cells=1)
    assert cells(least) == [(0, 1, 1, 1)]
    assert cells(least, 1)[0] == (0, 1, 0, 1)


def test_no_routes_and_unknown_places_are_said_so():
    with pytest.raises(NothingToAnalyseError, match="no candidate route"):
        built_of([{"seized": "a"}], paths=[])
    with pytest.raises(PlaceError, match="nowhere"):
        built_of([{"seized": "c"}], paths=[("a", "nowhere")])
    with pytest.raises(PlaceError, match="atlantis"):
        built_of([{"origin": "atlantis", "seized": "c"}])


# Effort


def declared(built):
    return dict(zip(built.places, built.problem.declared.round(9), strict=True))


def test_declared_is_the_share_of_periods_that_report():
    effort = effort_of([("2020", "c", "CCC", 5, "yes"), ("2021", "c", "CCC", 5, "no"), ("2020", "b", "AAA", 1, "")])
    assert declared(built_of([{"seized": "e", "destination": "e"}], effort=effort)) == {
        "a": 1, "b": 1, "c": 0.5, "d": 1, "e": 1,
    }  # fmt: skip


def test_rows_of_a_country_hold_for_its_places_without_their_own():
    effort = effort_of(
        [("2020", "CCC", "CCC", 5, "no"), ("2020", "d", "CCC", 5, "yes"), ("2021", "d", "CCC", 1, "yes")]
    )
    assert declared(built_of([{"seized": "e", "destination": "e"}], effort=effort))["c"] == 0
    assert declared(built_of([{"seized": "e", "destination": "e"}], effort=effort))["d"] == 1


def test_a_country_that_never_reports_is_blind_throughout():
    effort = effort_of([("2020", "c", "CCC", 5, "no"), ("2021", "c", "CCC", 5, "no"), ("2020", "a", "AAA", 5, "yes")])
    silent = built_of([{"seized": "e", "destination": "e"}], effort=effort)
    assert declared(silent) == {"a": 1, "b": 1, "c": 0, "d": 0, "e": 1}
    assert silent.warnings == ()
    # Blind is not absent: routes through it stay, and every report has cells elsewhere only.
    assert silent.problem.n_routes == 4
    seen = built_of([{"origin": "a", "seized": "d", "destination": "e"}], effort=effort)
    assert declared(seen) == {"a": 1, "b": 1, "c": 0, "d": 1, "e": 1}


@pytest.mark.parametrize(("at_home", "share"), [(29, 1), (30, 0)])
def test_a_country_whose_reports_never_name_a_place_abroad_counts_as_one_that_does_not_report(at_home, share):
    rows = [{"seized": "c", "events": at_home}, {"origin": "a", "seized": "e", "destination": "e", "events": 90}]
    built = built_of(rows)
    assert declared(built) == {"a": 1, "b": 1, "c": share, "d": share, "e": 1}
    assert [("CCC" in said and "30 seizures" in said) for said in built.warnings] == [True] * (1 - share)
    heard = built_of([*rows, {"origin": "a", "seized": "d", "destination": "e"}])
    assert declared(heard)["c"] == 1


def test_records_win_over_a_place_declared_blind():
    effort = effort_of([(year, "c", "CCC", 5, "no") for year in ("2019", "2020", "2021", "2022")])
    row = {"origin": "a", "seized": "c", "destination": "e", "events": 6}
    built = built_of([row], effort=effort, periods=[(0, "2020", 4), (0, "", 2)])
    assert declared(built)["c"] == 0.25
    assert "6 seizures" in built.warnings[0]
    undated = built_of([row], effort=effort, periods=[(0, "", 6)])
    assert declared(undated)["c"] == 0.25
    assert cells(built) == [(ABCE, 2, 0, 1), (ACDE, 1, 0, 1)]


def test_a_country_named_is_not_a_seizure_at_a_blind_place_of_it():
    effort = effort_of([("2020", "c", "CCC", 5, "no"), ("2020", "d", "CCC", 5, "yes")])
    built = built_of([{"origin": "a", "seized": "CCC", "destination": "e"}], effort=effort)
    assert cells(built) == [(ACDE, 2, 0, 1)]
    # Unless all of it is declared blind: then the record is believed.
    effort = effort_of([("2020", "c", "CCC", 5, "no"), ("2020", "d", "CCC", 5, "no")])
    built = built_of([{"origin": "a", "seized": "CCC", "destination": "e"}], effort=effort)
    assert cells(built) == [(ABCE, 2, 0, 1), (ACDE, 1, 0, 1), (ACDE, 2, 0, 1)]
    assert len(built.warnings) == 1


YEARS = [("2020", "a", "AAA", 10, "yes"), ("2020", "b", "AAA", 40, "yes"), ("2021", "b", "AAA", 160, "yes")]


def test_features_are_standardised_over_what_is_known():
    built = built_of([{"seized": "e", "destination": "e"}], effort=effort_of(YEARS))
    assert built.features == ("log_inspections",)
    # Logs of 10 and of the mean of 40 and 160, as one above and one below their mean; 0 where unknown.
    assert built.problem.features[:, 0].tolist() == pytest.approx([-1, 1, 0, 0, 0])


def test_doubled_years_of_effort_leave_features_as_they_are():
    rows = [*YEARS, ("2020", "c", "CCC", 15, "yes")]
    # Of one place only: more years of the same effort there are no better a look than another place's fewer years.
    again = [(str(int(year) + 10), place, *rest) for year, place, *rest in YEARS if place == "b"]
    row = {"seized": "e", "destination": "e"}
    once, twice = (built_of([row], effort=effort_of(told)).problem for told in (rows, rows + again))
    assert len({*once.features[:, 0]}) == 4
    np.testing.assert_allclose(once.features, twice.features, rtol=1e-12)
    np.testing.assert_array_equal(once.declared, twice.declared)


def test_months_of_effort_are_the_same_as_their_year():
    monthly = [(f"2020-{month:02d}", "a", "AAA", 10 / 12, "yes") for month in range(1, 13)]
    once = built_of([{"seized": "e", "destination": "e"}], effort=effort_of(YEARS)).problem
    by_month = built_of([{"seized": "e", "destination": "e"}], effort=effort_of([*monthly, *YEARS[1:]])).problem
    np.testing.assert_allclose(once.features, by_month.features, rtol=1e-12)


def test_effort_without_inspections_and_of_unknown_places_says_so():
    effort = effort_of([("2020", "a", "AAA", np.nan, "yes"), ("2020", "f", "", np.nan, "yes")])
    built = built_of([{"seized": "e", "destination": "e"}], effort=effort)
    assert built.problem.features.shape == (5, 0)
    assert built.warnings == ("1 rows of effort are about no place of the network",)


def test_at_country_level_effort_of_its_places_is_added_up():
    graph = graph_of({"AAA": "AAA", "BBB": "BBB"}, level="country")
    reports = reports_of([{"origin": "AAA", "seized": "BBB", "destination": "BBB"}])
    rows = [("2020", "x", "AAA", 30, "yes"), ("2020", "y", "AAA", 70, "no"), ("2020", "BBB", "BBB", 100, "yes")]
    built = build_problem(graph, reports, candidates_of([("AAA", "BBB")]), effort=effort_of(rows))
    assert built.features == ()  # 100 and 100: nothing tells them apart
    assert built.problem.declared.tolist() == [0.5, 1.0]


def test_licit_movement_in_and_out_is_a_feature():
    built = built_of([{"seized": "e", "destination": "e"}], licit={("a", "b"): 100.0, ("b", "c"): 900.0})
    assert built.features == ("log_licit",)
    logs = np.log([100.0, 1000.0, 900.0])
    expected = [*((logs - logs.mean()) / logs.std()), 0, 0]
    assert built.problem.features[:, 0].tolist() == pytest.approx(expected)


def test_pair_features_grow_with_nearness_licit_movement_and_few_borders():
    pairs = {
        ("a", "d"): {"distance_km": 100.0, "licit": np.nan, "borders": 1},
        ("a", "e"): {"distance_km": 1000.0, "licit": 10.0, "borders": 2},
        ("b", "d"): {"distance_km": 10.0, "licit": 1000.0, "borders": 0},
    }
    built = built_of([{"seized": "e", "destination": "e"}], pairs=pairs)
    assert built.pair_features[:4] == ("near", "log_licit", "licit_known", "few_borders")
    root = np.sqrt(1.5)
    near, licit, known, borders = built.problem.pair_features.T[:4]
    assert near.tolist() == pytest.approx([0, -root, root])
    assert licit.tolist() == pytest.approx([0, -1, 1])
    assert known.tolist() == pytest.approx([-np.sqrt(2), np.sqrt(0.5), np.sqrt(0.5)])
    assert borders.tolist() == pytest.approx([0, -root, root])


def test_problem_has_the_documented_types():
    problem = built_of([{"seized": "c", "destination": "e"}, {"seized": "d"}], effort=effort_of(YEARS)).problem
    types = {
        "int32": ("country", "route_start", "route_place", "route_leg", "pair", "pair_origin", "pair_destination",
                  "source", "vias_before", "vias_after", "cell_route", "cell_step"),
        "uint8": ("route_role", "basis", "names_origin", "names_destination", "cell_misreport"),
        "int64": ("count", "cell_start", "domestic"),
        "float32": ("cell_ways",),
        "float64": ("features", "declared", "excess", "path_size", "pair_features"),
    }  # fmt: skip
    for kind, names in types.items():
        assert {name: str(getattr(problem, name).dtype) for name in names} == dict.fromkeys(names, kind)
    assert problem.features.ndim == problem.pair_features.ndim == 2
    assert pd.Series(problem.cell_start).is_monotonic_increasing
    assert problem.cell_start[-1] == len(problem.cell_route) == len(problem.cell_ways)
