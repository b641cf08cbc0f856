"""Pictures for notebooks: what is drawn is what the tables hold, text stays text, and they show themselves."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from tests.render.results_by_hand import FLOW, IDS, LEGS, SEIZURES, case_by_hand, change_scores, everything, figures

import routegraph
from routegraph.analysis.scores import CaseFigures, LegScores, Partition, PathRules, PlaceScores
from routegraph.analysis.summary import place_scores
from routegraph.errors import SettingError
from routegraph.render.plot import plot
from routegraph.render.plot_flows import flow_and_counts

HOSTILE = [r"$\frac{1}{0}$", "<script>alert(1)</script>", r"$\undefined$ $x$", "{{7*7}} \\input{x} %s", "a\u202eb\nc",
           "ระนอง"]  # fmt: skip
RIGHT_TO_LEFT = "رانونغ"
KINDS = list(everything(case_by_hand()))


def texts(figure: Figure) -> list[str]:
    return [one.get_text() for one in figure.findobj(Text) if one.get_text()]


def whole(figure: Figure) -> str:
    return " ".join(" ".join(texts(figure)).split())


@pytest.fixture(scope="module")
def case():
    return case_by_hand()


@pytest.fixture(scope="module")
def drawn(case):
    return {kind: plot(result, case=case) for kind, result in everything(case).items()}


@pytest.mark.parametrize("kind", KINDS)
def test_every_picture_says_marking_synthetic_and_what_its_numbers_are_of(drawn, kind):
    said = whole(drawn[kind])
    assert "Estimated flow, corrected for detection" in said
    # A tuple of (graph, posterior) with case= is marked as well.
    assert "TLP:AMBER REL TO IDN PHL | SYNTHETIC DATA" in said


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_is_a_png_twice_the_same_and_nothing_is_clipped(case, drawn, kind):
    figure = drawn[kind]
    assert isinstance(figure, Figure)
    again = plot(everything(case)[kind], case=case)
    assert figure._repr_png_()[:8] == b"\x89PNG\r\n\x1a\n"
    assert figure._repr_png_() == again._repr_png_()
    edge = figure.bbox
    written = [
        *figure.texts,
        *(one for axes in figure.axes for one in (*axes.texts, *(axes.get_yticklabels() if axes.axison else ()))),
    ]
    for one in [*written, *(axes.xaxis.label for axes in figure.axes)]:
        box = one.get_window_extent()
        if one.get_text():
            assert box.x0 >= edge.x0 - 1, one.get_text()
            assert box.x1 <= edge.x1 + 1, one.get_text()
            assert box.y0 >= edge.y0 - 1, one.get_text()
            assert box.y1 <= edge.y1 + 1, one.get_text()


def test_counts_are_never_shown_as_if_they_were_corrected():
    uncorrected = case_by_hand(corrected=False)
    for result in everything(uncorrected).values():
        assert "Reported counts, not corrected for detection: seizures are not flow" in whole(
            plot(result, case=uncorrected)
        )
    assert "Without a correction" in whole(plot(uncorrected))
    told = replace(uncorrected, posterior=replace(case_by_hand().posterior, levels_told=False))
    assert "cannot tell how many: read ranks, not numbers" in whole(plot(told.scores["throughflow"], case=told))


def test_without_a_case_a_picture_says_what_it_does_not_know(case):
    said = whole(plot(case.scores["throughflow"]))
    assert "No marking known here: give case=result" in said
    assert "whether detection was corrected for is not known here" in said
    assert "THA-bkk" in said
    assert "Bangkok" in whole(plot(case.scores["throughflow"], graph=case.graph))


def test_rows_are_the_table_highest_first_with_rank_interval_and_tier(case, drawn):
    table = case.scores["throughflow"].table.sort_values("throughflow_mean", ascending=False)
    (axes,) = drawn["places"].axes
    names = case.graph.places["name"]
    assert [one.get_text() for one in axes.get_yticklabels()] == [names[place] for place in table.index]
    dots = axes.collections[1].get_offsets()
    np.testing.assert_allclose(dots[:, 0], table["throughflow_mean"])
    np.testing.assert_allclose(dots[:, 1], range(len(table)))
    spans = np.array([line[:, 0] for line in axes.collections[0].get_segments()])
    np.testing.assert_allclose(spans, table[["throughflow_p05", "throughflow_p95"]])
    said = texts(drawn["places"])
    first = table.iloc[0]
    best, worst = first["rank_p05"], first["rank_p95"]
    assert (f"rank {best:.0f}" if best == worst else f"rank {best:.0f}-{worst:.0f}") in said
    assert [one for one in said if one.startswith("tier ")] == [f"tier {k}" for k in range(1, table["tier"].max() + 1)]
    assert axes.get_xlim()[0] == 0


def test_the_title_claims_no_more_than_the_tiers_do(case):
    means = [100.0, 99.0, 98.0, 5.0, 4.0, 3.0]
    near = np.random.default_rng(1).normal(means, 10, (200, 6))
    said = whole(plot(place_scores(case.graph, near, name="throughflow", parameters={}), case=case))
    assert "3 of 6 places cannot be told from the highest by throughflow" in said
    apart = np.random.default_rng(1).normal([200.0, *means[1:]], 10, (200, 6))
    said = whole(plot(place_scores(case.graph, apart, name="throughflow", parameters={}), case=case))
    assert "Bangkok has the highest throughflow of 6 places" in said


def test_top_says_how_many_rows_and_the_picture_says_of_how_many(case):
    figure = plot(case.scores["throughflow"], case=case, top=2)
    assert len(figure.axes[0].get_yticklabels()) == 2
    assert "The first 2 of 6 places" in whole(figure)
    for wrong in (0, 101, -3):
        with pytest.raises(SettingError, match="expected 1 to 100"):
            plot(case.scores["throughflow"], top=wrong)


def test_flow_against_counts_names_what_lies_off_the_usual_leg_on_either_side(case, drawn):
    table = flow_and_counts(case.graph, case.posterior, case.graph)
    assert table["stands"].to_dict() == dict(zip(LEGS, ["", "", "above", "below", ""], strict=True))
    (axes,) = drawn["case"].axes
    points = axes.collections[0].get_offsets()
    np.testing.assert_allclose(points, np.column_stack([SEIZURES, table["flow_mean"]]))
    assert axes.get_xscale() == axes.get_yscale() == "log"
    named = [one.get_text() for one in axes.texts]
    assert sorted(named) == ["Penang > Singapore", "Saigon > Bangkok"]
    assert "Of 5 legs, 1 carry more and 1 carry less for each report than the usual leg" in whole(drawn["case"])
    assert FLOW[2] / SEIZURES[2] > 10 > FLOW[3] / SEIZURES[3]


def test_legs_without_a_report_or_without_flow_are_drawn_at_the_edge(case):
    graph = case.graph
    none = replace(graph, legs=graph.legs.assign(seizures=[40, 30, 0, 20, 10]))
    still = replace(case.posterior, legs=np.where(np.arange(5) == 3, 0, case.posterior.legs).astype(np.float32))
    (axes,) = plot((graph, still, none), case=case).axes
    points = np.asarray(axes.collections[0].get_offsets())
    assert points[2, 0] < 1
    assert axes.get_xticklabels()[0].get_text() == "0"
    assert points[3, 1] == pytest.approx(0.1)
    assert np.isfinite(points).all()


def test_the_community_map_puts_places_where_they_lie_in_colour_and_shape(case, drawn):
    axes, key = drawn["partition"].axes
    drawn_at = np.vstack([one.get_offsets() for one in axes.collections if len(one.get_offsets())])
    assert len(drawn_at) == 6
    manila = drawn_at[np.argmax(drawn_at[:, 0])]
    assert drawn_at[:, 1].max() > manila[1] > drawn_at[:, 1].min()
    said = [one.get_text() for one in key.get_legend().get_texts()]
    assert said == ["Bangkok: 3 places", "Saigon: 2 places", "in no community: 1 place"]
    assert axes.patches, "no land"
    hollow = [face for one in axes.collections for face in one.get_facecolors() if face[3] == 0]
    assert len(hollow) <= 1
    assert {"Bangkok", "Saigon"} <= {one.get_text() for one in axes.texts}


def test_a_map_needs_positions_and_says_where_there_is_no_structure(case):
    with pytest.raises(SettingError, match="give graph="):
        plot(case.partition)
    none = Partition(case.partition.table.assign(community=0, stability=np.nan), "communities", {"p_value": 0.4})
    assert "no more than chance would have them do (p = 0.40)" in whole(plot(none, case=case))
    nowhere = case_by_hand(lat=[np.nan] * 6, lon=[np.nan] * 6)
    assert "No place has a position" in whole(plot(nowhere.partition, case=nowhere))
    some = case_by_hand(lat=[np.nan, *[10.0] * 5])
    assert "1 place without a position not shown" in whole(plot(some.partition, case=some))


def test_change_is_drawn_from_before_to_after_named_ones_first(case, drawn):
    (axes,) = drawn["change"].axes
    rows = [one.get_text() for one in axes.get_yticklabels()]
    assert set(rows[:3]) == {"Bangkok > Penang", "Yangon > Bangkok", "Saigon > Bangkok"}
    table = change_scores(case.graph).table
    arrows = [one for one in axes.texts if one.arrow_patch is not None]
    assert len(arrows) == len(table)
    fell = arrows[rows.index("Bangkok > Penang")]
    assert (fell.xyann[0], fell.xy[0]) == (400.0, 200.0)
    said = whole(drawn["change"])
    for expected in ("3 legs of 5 changed", "fell 90", "displaced to 81", "Before: 2021. After: 2022.",
                     "about 0.44 are expected to be wrong"):  # fmt: skip
        assert expected in said.replace("\u00a0", " ")


def test_corridors_stand_best_first_with_reports_tier_and_verdict(drawn):
    (axes,) = drawn["corridors"].axes
    labels = [one.get_text() for one in axes.get_yticklabels()]
    assert labels == ["1  Bangkok > Yangon > Penang", "2  Manila > (2 between) > Penang"]
    assert "tier 1 single source" in whole(drawn["corridors"])
    np.testing.assert_allclose(axes.collections[1].get_offsets()[:, 0], [60, 30])
    np.testing.assert_allclose(axes.collections[2].get_offsets()[:, 0], [7, 7])


def test_rules_show_the_chance_with_and_without_the_past(drawn):
    (axes,) = drawn["rules"].axes
    assert [bar.get_width() for bar in axes.patches] == [0.8, 0.1, 0.5, 0.5]
    assert axes.get_yticklabels()[0].get_text() == "Yangon > Bangkok, then Penang"


def test_figures_stand_each_with_its_sentence_and_the_untold_are_named(drawn):
    said = whole(drawn["figures"])
    for expected in ("coverage: 70 % (90 % interval 60 % to 80 %)", "holds 70 %", "routes at least: 140",
                     "Could not be told: flow without record"):  # fmt: skip
        assert expected in said


@pytest.mark.parametrize("kind", KINDS)
def test_text_from_records_is_drawn_as_text(kind):
    hostile = case_by_hand(HOSTILE)
    names = {k: f"{name} $^2$" for k, name in enumerate(HOSTILE[:3])}
    hostile = replace(hostile, partition=replace(hostile.partition, names=names))
    table = figures().table.assign(said=HOSTILE[:3])
    result = CaseFigures(table, "unseen") if kind == "figures" else everything(hostile)[kind]
    figure = plot(result, case=hostile)
    assert figure._repr_png_()
    for one in figure.findobj(Text):
        if not one.get_text():
            continue
        assert not one.get_parse_math()
        assert not one.get_usetex()
        assert not {"\u202e", "ร"} & set(one.get_text())
    if kind in {"places", "legs", "change", "corridors"}:
        assert r"$\frac{1}{0}$" in whole(figure)
        assert "<script>" in whole(figure)
    if kind == "places":  # a name that the font cannot show gives way to the id, a direction mark is shown
        assert IDS[5] in texts(figure)
        assert "a[U+202E]b c" in texts(figure)


@pytest.mark.parametrize("name", [RIGHT_TO_LEFT, "仰光", "a\U0001fad8"])
def test_a_name_that_the_font_cannot_show_as_it_is_written_gives_way_to_its_id(name):
    hidden = case_by_hand([name, *HOSTILE[:5]])
    assert IDS[0] in texts(plot(hidden.scores["throughflow"], case=hidden))


def test_names_that_look_the_same_are_told_apart():
    twins = case_by_hand(["San Pedro"] * 6)
    (axes,) = plot(twins.scores["throughflow"], case=twins).axes
    labels = [one.get_text() for one in axes.get_yticklabels()]
    assert len(set(labels)) == 6
    assert "San Pedro (THA)" in labels
    long = case_by_hand(["A very long name of a place that differs at its end " + one for one in IDS])
    labels = [one.get_text() for one in plot(long.scores["throughflow"], case=long).axes[0].get_yticklabels()]
    assert sorted(labels) == sorted(IDS)


EMPTY = pd.MultiIndex.from_tuples([], names=["origin", "destination"])


@pytest.mark.parametrize("result", [
    PlaceScores(pd.DataFrame({"x_mean": [np.nan]}, index=["a"]), "x", {"not_estimated": "no transits"}),
    PlaceScores(pd.DataFrame({"x_mean": [0.0]}, index=["a"]), "x", {"not_estimated": "no transits"}),
    LegScores(pd.DataFrame({"x_mean": []}, index=EMPTY), "x", {"not_estimated": "no transits"}),
    PathRules(pd.DataFrame(), "memory", {"not_estimated": "no transits"}),
    CaseFigures(pd.DataFrame({"x_mean": [np.nan]}, index=["a"]), "x", {"not_estimated": "no transits"}),
])  # fmt: skip
def test_what_cannot_be_computed_is_said_in_words(result):
    assert "no transits" in whole(plot(result))


def test_a_change_of_one_period_and_no_corridor_are_said(case):
    scores = change_scores(case.graph)
    none = LegScores(
        scores.table.assign(flow_before_mean=np.nan), "change", {"not_estimated": "fewer than two periods"}
    )
    assert "fewer than two periods" in whole(plot(none))
    assert "No corridor was flagged" in whole(plot(()))


def test_anything_else_is_refused_in_one_line():
    for wrong in (3, "text", (1, 2), pd.DataFrame()):
        with pytest.raises(SettingError, match="plot draws a whole result"):
            plot(wrong)


def test_the_users_own_style_is_neither_used_nor_changed(case):
    before = dict(mpl.rcParams)
    with mpl.rc_context({"text.usetex": True, "font.size": 40, "axes.facecolor": "black"}):
        styled = plot(case.scores["throughflow"], case=case)._repr_png_()
    assert styled == plot(case.scores["throughflow"], case=case)._repr_png_()
    assert dict(mpl.rcParams) == before


def test_neither_pyplot_nor_a_display_is_needed():
    code = """
        import sys
        import routegraph
        plot = routegraph.plot
        assert "matplotlib" not in sys.modules, "matplotlib loaded before anything is drawn"
        import pandas as pd
        from routegraph.analysis import PlaceScores
        picture = plot(PlaceScores(pd.DataFrame({"x_mean": [1.0]}, index=["a"]), "x"))
        assert picture._repr_png_()
        assert "matplotlib.pyplot" not in sys.modules
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


MADE = """
import pandas as pd
import routegraph as rg
from routegraph.analysis import PlaceScores
from routegraph.network import RouteGraph
scores = PlaceScores(pd.DataFrame({"x_mean": [1.0, 2.0]}, index=["a", "b"]), "x")
places = pd.DataFrame({"name": ["A", "B"], "country": "", "lat": [1.0, 2.0], "lon": [3.0, 4.0]}, index=["a", "b"])
graph = RouteGraph(places, *[pd.DataFrame()] * 5)
"""


@pytest.mark.filterwarnings("default")
def test_the_last_line_of_a_cell_shows_the_picture_and_the_map(tmp_path, monkeypatch):
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel.kernelspec").write_kernel_spec(tmp_path / "jupyter" / "kernels" / "python3")
    for name, value in {"JUPYTER_PATH": str(tmp_path / "jupyter"), "JUPYTER_PREFER_ENV_PATH": "0",
                        "IPYTHONDIR": str(tmp_path / "ipython"), "JUPYTER_PLATFORM_DIRS": "1"}.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    lines = (MADE + "rg.plot(scores)", "rg.explore(scores, graph=graph)", "import matplotlib.pyplot\nrg.plot(scores)")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in lines])
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    shown = [[one for one in cell.outputs if one.output_type != "stream"] for cell in notebook.cells]
    assert [len(one) for one in shown] == [1, 1, 1]
    kinds = ["image/png", "text/html", "image/png"]
    assert all(kind in outputs[0]["data"] for kind, outputs in zip(kinds, shown, strict=True))
    assert "Content-Security-Policy" in shown[1][0]["data"]["text/html"]


def test_plot_and_explore_are_public():
    assert routegraph.plot is plot
    assert "explore" in routegraph.__all__
