"""The compiled matching against one that tries every embedding, and what must not matter."""

from __future__ import annotations

import sys
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from removal_cases import candidates_of, effort_of, graph_of, reports_of

from routegraph.flows.removal.build import build_problem

PLACES = {name: name[0].upper() * 3 for name in ("a1", "a2", "a3", "b1", "b2", "c1", "d1", "d2", "d3")}


def random_case(seed):
    """Return random routes, and reports of them with names left out, widened to countries, or wrong."""
    rng = np.random.default_rng([seed, 77])
    names = sorted(PLACES)
    paths = sorted({tuple(rng.choice(names, rng.integers(2, 7), replace=False)) for _ in range(25)})
    rows = []
    for _ in range(60):
        path = paths[rng.integers(len(paths))]
        k = int(rng.integers(len(path)))

        def named(place, chance):
            return "" if rng.random() > chance else PLACES[place] if rng.random() < 0.2 else str(place)

        before = tuple(filter(None, (named(place, 0.5) for place in path[1:k])))
        after = tuple(filter(None, (named(place, 0.3) for place in path[k + 1 : -1])))
        end = rng.choice(names) if rng.random() < 0.2 else path[-1]
        row = {"origin": named(path[0], 0.6), "seized": named(path[k], 1.0), "destination": named(end, 0.6)}
        rows.append({**row, "vias_before": before, "vias_after": after, "events": int(rng.integers(1, 4))})
    return paths, rows


def is_place(name, place):
    return name in (place, PLACES[place])


def fits(names, places):
    """Return in how many ways the names fit on places in their order."""
    return sum(
        all(is_place(name, place) for name, place in zip(names, chosen, strict=True))
        for chosen in combinations(places, len(names))
    )


def brute_cells(path, row):
    """Return (step, misreport, ways) of what could have made a report on a route, by trying everything."""
    found = []
    alone = not (row["origin"] or row["destination"] or row["vias_before"] or row["vias_after"])
    for k, place in enumerate(path):
        at_end = k == len(path) - 1
        if not is_place(row["seized"], place) or (row["origin"] and not is_place(row["origin"], path[0])):
            continue
        if (alone or not row["destination"]) and at_end:
            continue
        right = not row["destination"] or is_place(row["destination"], path[-1])
        if not right and (at_end or row["destination"] == row["seized"]):
            continue
        ways = fits(row["vias_before"], path[1:k]) * fits(row["vias_after"], path[k + 1 : -1])
        if ways:
            found.append((k, int(not right), ways))
    return found


def cells_by_content(built, candidates):
    """Return report -> list of (path, step, misreport, ways)."""
    problem, paths = built.problem, candidates.routes["path"]
    found = {}
    for at, q in enumerate(built.reports):
        run = range(problem.cell_start[at], problem.cell_start[at + 1])
        found[int(q)] = [
            (
                paths[built.routes[problem.cell_route[j]]],
                int(problem.cell_step[j]),
                int(problem.cell_misreport[j]),
                int(problem.cell_ways[j]),
            )
            for j in run
        ]
    return found


def test_cells_are_those_of_trying_everything():
    several, wrong = 0, 0
    for seed in range(8):
        paths, rows = random_case(seed)
        candidates, reports = candidates_of(paths), reports_of(rows)
        built = build_problem(graph_of(PLACES), reports, candidates)
        found = cells_by_content(built, candidates)
        for q, row in enumerate(rows):
            expected = [(path, *cell) for path in candidates.routes["path"] for cell in brute_cells(path, row)]
            if reports.table["place_only"][q]:
                assert q not in found  # it counts at its place only
                continue
            assert sorted(found.get(q, [])) == sorted(expected), row
            assert (q in built.left_out.index) == (not expected)
        several += sum(cell[3] > 1 for cells in found.values() for cell in cells)
        wrong += sum(cell[2] for cells in found.values() for cell in cells)
    assert several > 10
    assert wrong > 100


def test_the_true_route_is_among_the_cells_of_a_report_with_nothing_wrong_in_it():
    paths, _ = random_case(0)
    rng = np.random.default_rng(3)
    true, rows = [], []
    for path in paths:
        for k in range(len(path) - 1):
            true.append((path, k, 0))
            before = tuple(str(place) for place in path[1:k] if rng.random() < 0.5)
            rows.append({"origin": path[0], "seized": path[k], "destination": path[-1], "vias_before": before})
    candidates = candidates_of(paths)
    found = cells_by_content(build_problem(graph_of(PLACES), reports_of(rows), candidates), candidates)
    assert all(cell in {one[:3] for one in found[q]} for q, cell in enumerate(true))


EFFORT = [(str(2015 + year), place, PLACES[place], 5.0 * year + ord(place[0]) - 90, "yes" if year % 3 else "no")
          for year in range(6) for place in ("a1", "b1", "d2")]  # fmt: skip


def tables_of(candidates):
    return {name: getattr(candidates, name) for name in ("links", "routes", "pairs")}


def assert_same(one, two):
    for name, value in vars(one.problem).items():
        np.testing.assert_array_equal(value, getattr(two.problem, name), err_msg=name)
    assert (one.places.equals(two.places), one.legs.equals(two.legs)) == (True, True)
    assert one.routes.tolist() == two.routes.tolist()
    np.testing.assert_array_equal(one.reports, two.reports)
    pd.testing.assert_frame_equal(one.left_out, two.left_out)
    assert (one.sources, one.features, one.pair_features, one.warnings) == (
        two.sources, two.features, two.pair_features, two.warnings,
    )  # fmt: skip


@pytest.mark.parametrize("most_cells", [10**6, 100])
def test_order_of_rows_does_not_matter(most_cells):
    paths, rows = random_case(1)
    graph, reports, effort = graph_of(PLACES), reports_of(rows), effort_of(EFFORT)
    rng = np.random.default_rng(5)
    pairs = {(path[0], path[-1]): {"distance_km": float(rng.uniform(1, 900)), "licit": 5.0} for path in paths[::2]}
    licit = {(path[0], path[1]): float(rng.uniform(1, 900)) for path in paths}
    candidates = candidates_of(paths, excess=list(rng.uniform(0, 1, len(paths)).round(1)), pairs=pairs, licit=licit)
    plain = build_problem(graph, reports, candidates, effort=effort, most_cells=most_cells)
    shuffled = build_problem(
        replace(graph, places=graph.places.sample(frac=1, random_state=1)),
        replace(reports, table=reports.table.sample(frac=1, random_state=2), periods=reports.periods.iloc[::-1]),
        replace(
            candidates, **{name: table.sample(frac=1, random_state=3) for name, table in tables_of(candidates).items()}
        ),
        effort=effort.sample(frac=1, random_state=4).reset_index(drop=True),
        most_cells=most_cells,
    )
    assert plain.problem.features.shape[1] == 2
    assert (plain.cells_cut > 0) == (most_cells == 100)
    assert_same(plain, shuffled)


def test_nothing_that_goes_in_is_changed():
    paths, rows = random_case(2)
    graph, reports, candidates, effort = graph_of(PLACES), reports_of(rows), candidates_of(paths), effort_of(EFFORT)
    before = [frame.copy(deep=True) for frame in (graph.places, reports.table, *tables_of(candidates).values(), effort)]
    build_problem(graph, reports, candidates, effort=effort)
    for was, now in zip(before, (graph.places, reports.table, *tables_of(candidates).values(), effort), strict=True):
        pd.testing.assert_frame_equal(was, now)


def test_routes_without_reports_change_no_cell_and_no_event():
    paths, rows = random_case(4)
    more = [*paths, ("z1", "z2"), ("z2", "z3", "z1")]
    graph = graph_of({**PLACES, "z1": "ZZZ", "z2": "ZZZ", "z3": "YYY"})
    few, many = candidates_of(paths), candidates_of(more)
    one, two = (build_problem(graph, reports_of(rows), candidates) for candidates in (few, many))
    known, found = cells_by_content(one, few), cells_by_content(two, many)
    assert known == found
    np.testing.assert_array_equal(one.problem.count, two.problem.count)
