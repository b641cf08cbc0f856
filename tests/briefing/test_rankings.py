"""Two rankings side by side, and what a corrected estimate must say of itself."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from routegraph.briefing.caveats import (
    IDENTIFIED,
    MODELLED,
    NOT_CORRECTED,
    TWO_POINTS,
    UNSEEN_MODELLED,
    names_two_points,
)
from routegraph.briefing.findings import LEVELS_NOT_TOLD
from routegraph.briefing.rankings import compare_rankings


@pytest.fixture
def removal(case):
    """The hand-made case under removal: the routes of the corridors carry 1, 100 and 10 consignments."""

    def made(**other):
        given = case()
        posterior = given["posterior"]
        flow = np.random.default_rng(2).gamma(50, 1 / 50, (300, 3)) * [1, 100, 10]
        graph = given["graph"]
        on = np.array([[leg in [*pairwise(p)] for leg in graph.legs.index] for p in graph.routes["path"]])
        flows = replace(
            posterior, routes=flow.astype(np.float32), legs=(flow @ on).astype(np.float32), estimator="removal",
            detection_corrected=True, not_estimated={}, **other,
        )  # fmt: skip
        return given | {"posterior": flows, "reported": graph}

    return made


def test_legs_stand_by_flow_with_their_rank_by_counts_and_how_far_they_moved(removal):
    given = removal()
    ranks = compare_rankings(
        given["graph"], given["posterior"], reported=given["reported"], corridors=given["corridors"]
    )
    legs = ranks.legs.set_index(["origin", "destination"])
    # five seizures travelled both first legs of the first route, three those of the second, two the third
    second = legs.loc[("THA-bangkok", "KHM-poipet")]
    assert (second["flow_rank"], second["count_rank"], second["moved"], second["tied"]) == (1, 3, 2, True)
    first = legs.loc[("MMR-myawaddy", "THA-mae-sot")]
    assert (first["count_rank"], first["flow_rank"], first["moved"]) == (1, 4, -3)
    intended = legs.loc[("THA-mae-sot", "THA-bangkok")]
    assert np.isnan(intended["count_rank"])
    assert ranks.legs["flow_rank"].tolist() == sorted(ranks.legs["flow_rank"])
    assert (ranks.n_legs, ranks.n_counted, ranks.top, ranks.kept) == (6, 5, 1, 0)


def test_corridors_are_ranked_by_flow_and_by_the_reported_events_that_carry_them(removal):
    given = removal()
    one, two = given["corridors"]
    corridors = (replace(one, flow_mean=1.0), replace(two, flow_mean=100.0))
    table = compare_rankings(
        given["graph"], given["posterior"], reported=given["reported"], corridors=corridors
    ).corridors
    assert table["corridor_id"].tolist() == [two.corridor_id, one.corridor_id]
    assert table["counted"].tolist() == [3, 5]
    assert table["moved"].tolist() == [1, -1]


def test_a_reported_leg_that_is_no_leg_any_more_keeps_its_count_and_has_no_flow(removal):
    given = removal()
    graph, posterior = given["graph"], given["posterior"]
    gone = [leg != ("THA-ranong", "MMR-kawthaung") for leg in graph.legs.index]
    completed = replace(graph, legs=graph.legs.loc[gone])
    flows = replace(posterior, legs=posterior.legs[:, gone])
    legs = compare_rankings(completed, flows, reported=graph, corridors=()).legs.set_index(["origin", "destination"])
    row = legs.loc[("THA-ranong", "MMR-kawthaung")]
    assert (row["counted"], np.isnan(row["flow_rank"])) == (2, True)
    assert legs.index[-1] == ("THA-ranong", "MMR-kawthaung")


def test_counts_have_nothing_to_be_compared_with(composed):
    assert composed.rankings is None


def test_the_briefing_says_how_far_the_order_changed(compose, removal):
    text = " ".join(one.text for one in compose(**removal()).judgements)
    assert "Correcting for detection changes the order: the leg with most reported seizures is not the one with" in text
    assert "Poipet > Phnom Penh rises most: joint 3rd by counts, 1st by flow." in text


def test_caveats_of_the_model_stand_under_removal_and_that_of_counts_does_not(compose, removal, composed):
    caveats = compose(**removal(warnings=("The chains disagree.",))).caveats
    assert {MODELLED, IDENTIFIED, UNSEEN_MODELLED, "The chains disagree."} <= set(caveats)
    assert not {NOT_CORRECTED, LEVELS_NOT_TOLD, TWO_POINTS} & set(caveats)
    assert not {MODELLED, IDENTIFIED, UNSEEN_MODELLED} & set(composed.caveats)


def test_levels_that_are_not_told_are_said_to_be_insufficient_while_ranks_stay(compose, removal):
    briefing = compose(**removal(levels_told=False))
    assert LEVELS_NOT_TOLD in briefing.caveats
    assert briefing.judgements[0].text == LEVELS_NOT_TOLD
    text = " ".join(one.text for one in briefing.judgements[1:])
    assert "how many consignments travelled it cannot be told from these data" in text
    assert "estimated flow of" not in text
    assert briefing.rankings is not None
    assert (briefing.levels_told, briefing.run["levels_told"]) == (False, False)


def test_data_that_name_two_points_are_recognised_and_say_so_once(compose, removal):
    given = removal()
    graph = given["graph"]
    assert not names_two_points(graph)
    traces = replace(graph, routes=graph.routes.assign(path=[p[:2] for p in graph.routes["path"]], travelled_steps=1))
    assert names_two_points(traces)
    assert TWO_POINTS in compose(**(given | {"reported": traces})).caveats
    # where the estimator found it by itself, its own sentence stands
    found = replace(given["posterior"], diagnostics={"identification_two_point": 1.0}, warnings=("Two points.",))
    caveats = compose(**(given | {"reported": traces, "posterior": found})).caveats
    assert TWO_POINTS not in caveats
    assert "Two points." in caveats


def test_run_json_carries_what_says_how_far_to_trust_the_draws(compose, removal):
    run = compose(**removal(warnings=("w",), diagnostics={"rhat_level": 1.02, "ratio": 0.4})).run
    assert run["warnings"] == ["w"]
    assert run["diagnostics"] == {"rhat_level": 1.02, "ratio": 0.4}
    assert run["levels_told"] is True
