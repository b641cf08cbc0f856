"""One sentence per leg: its numbers, what counts said, and reasons that follow declared rules."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from routegraph.briefing.along import along_legs
from routegraph.briefing.leg_reasons import leg_sentence, leg_sentences, leg_standings
from routegraph.briefing.words import about, in_hundred, ordinal

YANGON, MYAWADDY, MAE_SOT, BANGKOK = "MMR-yangon", "MMR-myawaddy", "THA-mae-sot", "THA-bangkok"
CHANCE = {YANGON: 0.1, MYAWADDY: 0.2, MAE_SOT: 0.3, BANGKOK: 0.4}
TOLD = {YANGON: 1.0, MYAWADDY: 0.5, MAE_SOT: 1.0, BANGKOK: 0.0}


@pytest.fixture
def corrected(case):
    """The hand-made case with flow 100 on its first route, known detection and known reporting."""

    def made(**other):
        given = case()
        graph, posterior = given["graph"], given["posterior"]
        draws = np.ones((20, 1))
        places = graph.places.index
        return given | {
            "posterior": replace(
                posterior,
                estimator="removal",
                detection_corrected=True,
                not_estimated={},
                routes=(draws * np.array([100.0, 10.0, 1.0])).astype(np.float32),
                legs=np.repeat(posterior.legs[:1], 20, axis=0),
                places=np.repeat(posterior.places[:1], 20, axis=0),
                detection=(draws * [CHANCE.get(place, 0.05) for place in places]).astype(np.float32),
                reporting=(draws * [TOLD.get(place, 1.0) for place in places]).astype(np.float32),
                **other,
            )
        }

    return made


def test_what_lies_ahead_is_seized_by_the_places_after_the_leg(corrected):
    given = corrected()
    table = along_legs(given["graph"], given["posterior"])
    first = table.loc[(YANGON, MYAWADDY)]
    # seized at Myawaddy 0.2, else at Mae Sot 0.8 * 0.3, else at Bangkok 0.8 * 0.7 * 0.4
    assert first["ahead"] == pytest.approx(1 - 0.8 * 0.7 * 0.6, rel=1e-5)
    assert first["told"] == pytest.approx((0.2 * 0.5 + 0.24) / (1 - 0.336), rel=1e-5)
    last = table.loc[(MAE_SOT, BANGKOK)]
    assert (last["ahead"], last["told"]) == (pytest.approx(0.4, rel=1e-5), pytest.approx(0.0, abs=1e-6))
    # the wrong variant: places before the leg say nothing of what is seized along it
    assert first["ahead"] != pytest.approx(1 - 0.9 * 0.8 * 0.7 * 0.6, rel=1e-3)


def test_a_step_that_no_record_names_is_filled_in_and_a_route_without_records_is_unreported(corrected):
    given = corrected()
    table = along_legs(given["graph"], given["posterior"])
    assert (table.loc[(YANGON, MYAWADDY), ["gaps", "unreported"]] == [1, 0]).all()
    assert (table.loc[(MYAWADDY, MAE_SOT), ["gaps", "unreported"]] == [0, 0]).all()
    graph = given["graph"]
    bare = replace(graph, evidence=graph.evidence.loc[graph.evidence["route"] != 0])
    assert (along_legs(bare, given["posterior"]).loc[(MYAWADDY, MAE_SOT), ["gaps", "unreported"]] == [0, 1]).all()


def test_routes_weigh_by_how_many_of_their_consignments_reach_the_leg(corrected):
    """Two routes over one leg: the one that loses a tenth before it weighs 90 to the other's 10."""
    given = corrected()
    graph = given["graph"]
    routes = graph.routes.copy()
    routes["path"] = [(MYAWADDY, MAE_SOT) if number == 1 else path for number, path in routes["path"].items()]
    graph = replace(graph, routes=routes, evidence=graph.evidence.loc[graph.evidence["route"] != 1])
    row = along_legs(graph, given["posterior"]).loc[(MYAWADDY, MAE_SOT)]
    long, short = 100 * 0.9 * 0.8, 10 * 0.8
    assert row["ahead"] == pytest.approx((long * (1 - 0.7 * 0.6) + short * 0.3) / (long + short), rel=1e-5)
    assert row["unreported"] == pytest.approx(short / (long + short), rel=1e-5)


def test_a_place_without_a_value_of_its_own_takes_nothing_away(corrected):
    given = corrected()
    detection = given["posterior"].detection.copy()
    detection[:, given["graph"].places.index.get_loc(MAE_SOT)] = np.nan
    posterior = replace(given["posterior"], detection=detection)
    assert along_legs(given["graph"], posterior).loc[(YANGON, MYAWADDY), "ahead"] == pytest.approx(
        1 - 0.8 * 0.6, rel=1e-5
    )


ROW = {
    "flow_mean": 412.0, "flow_p05": 262.0, "flow_p95": 641.0, "flow_rank": 2.0, "share": 0.031, "counted": 12.0,
    "count_rank": 45.0, "tied": False, "named": True, "ahead": 0.02, "told": 1.0, "gaps": 0.73, "unreported": 0.0,
    "usual_counted": 0.1,
}  # fmt: skip


def said(*, levels_told: bool = True, usual: float = 0.1, **changes: object) -> str:
    return leg_sentence({**ROW, **changes}, legs=812, usual=usual, levels_told=levels_told).replace("\u00a0", " ")


def test_the_sentence_of_the_brief():
    assert said() == (
        "Estimated 410 consignments (90 % interval 260 to 640), 2nd of 812 legs; 12 seizures whose records name it "
        "put it 45th: about 2 in 100 of what takes it are seized at its end or further on, where 10 is usual and 300 "
        "of the estimated consignments belong to routes whose reports leave stops out."
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"count_rank": 3.0}, "12 seizures whose records name it put it 3rd, and the two rankings are much alike."),
        ({"count_rank": 4.0, "flow_rank": 2.0}, "put it 4th, and the two rankings are much"),  # two ranks are no move
        ({"tied": True}, "put it joint 45th:"),
        ({"counted": 1.0, "count_rank": 500.0, "gaps": 0.0, "ahead": 0.1}, "record names it puts it 500th: so few"),
        ({"told": 0.5, "gaps": 0.0, "ahead": 0.1}, ": only about 50 % of what is seized along it is reported."),
        ({"told": 0.0, "gaps": 0.0, "ahead": 0.1}, ": hardly any of what is seized along it is reported."),
        ({"gaps": 0.1, "unreported": 0.2, "ahead": 0.1}, ": 82 of the estimated consignments belong to routes that no"),
        ({"gaps": 0.24, "ahead": 0.1}, "consignments were reported by name of the leg, where 10 is usual"),
        ({"flow_rank": 45.0, "count_rank": 2.0, "ahead": 0.151}, "put it 2nd: about 15 in"),
        ({"flow_rank": 45.0, "count_rank": 2.0, "ahead": 0.14}, "put it 2nd: no one cause stands out."),
        ({"flow_rank": 45.0, "count_rank": 2.0, "gaps": 0.0}, "put it 2nd: no one cause stands out."),
        ({"named": False, "counted": 0.0, "count_rank": np.nan, "gaps": 0.0, "unreported": 1.0, "ahead": 0.1},
         "legs; no record names this leg: what is counted on it is inferred from routes."),
        ({"counted": 0.0, "count_rank": np.nan}, "; no reported seizure had travelled it: about"),
        ({"ahead": np.nan, "told": np.nan, "gaps": np.nan, "unreported": np.nan, "flow_mean": 120.0}, "no one cause"),
    ],
)  # fmt: skip
def test_each_reason_has_its_rule(changes, expected):
    assert expected in said(**changes)


def test_where_levels_are_not_told_no_number_of_consignments_is_given():
    text = said(levels_told=False)
    assert text.startswith("By estimated flow 2nd of 812 legs (3 % of all movement over legs; level insufficient:")
    assert "73 % of its estimated flow belongs to routes whose reports leave stops out" in text
    assert "of what takes it about 5 times less is seized at its end or further on than is usual" in text
    assert "410" not in text
    assert "in 100" not in text
    assert "consignments" not in text


def test_counts_are_those_of_the_reported_network_and_ranks_share_ties(corrected):
    given = corrected()
    graph = given["graph"]
    reported = replace(graph, legs=graph.legs.assign(seizures=[1, 1, 7, 0, 0, 0][: len(graph.legs)]))
    table = leg_standings(graph, given["posterior"], reported=reported)
    assert table["count_rank"].tolist()[:3] == [2, 2, 1]
    assert table["count_rank"].iloc[3:].isna().all()
    assert table["tied"].tolist()[:4] == [True, True, False, False]
    assert table["flow_rank"].min() == 1
    assert table["share"].sum() == pytest.approx(1)


def test_counts_have_no_sentence_and_the_column_says_why(composed, compose, corrected):
    assert set(composed.tables["legs"]["why"]) == {""}
    assert "reported counts" in composed.not_estimated["why"]
    briefing = compose(**corrected())
    own = briefing.tables["legs"].query("named_pair == 'no'")
    assert own["why"].str.startswith("Estimated ").all()
    assert list(briefing.tables["legs"].columns)[-1] == list(briefing.tables["places"].columns)[-1] == "why"
    assert "why" not in briefing.not_estimated


def test_sentences_do_not_depend_on_the_order_of_evidence(corrected):
    given = corrected()
    graph = given["graph"]
    turned = replace(graph, evidence=graph.evidence.iloc[::-1])
    one, two = (leg_sentences(one, given["posterior"], reported=None) for one in (graph, turned))
    pd.testing.assert_series_equal(one, two)


def test_ranks_estimates_and_chances_as_people_say_them():
    assert [ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 112, 1043)] == [
        "1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "112th", "1,043rd",
    ]  # fmt: skip
    assert [about(v) for v in (412, 12_345, 99.6, 9.4, 3.24, 0.31, 0.04, 0, np.nan)] == [
        "410", "12,000", "100", "9.4", "3.2", "0.31", "under 0.1", "0", "–",
    ]  # fmt: skip
    assert [in_hundred(p) for p in (0.254, 0.02, 0.0163, 0.004, 0.00004, np.nan)] == [
        "25", "2", "1.6", "0.4", "under 0.01", "–",
    ]  # fmt: skip
