"""The Document: nothing of a Briefing is lost in it, and its numbers and words are those of the tables."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "render"))
from briefings import KINDS, corrected, empty, plain, untold

from routegraph.briefing.caveats import LEVELS_NOT_TOLD, NOT_FLOW
from routegraph.briefing.chapters import ANNEXES, document_of
from routegraph.briefing.corridor_rows import NO_CORRIDOR
from routegraph.briefing.document import Document, Figure, Interval, Judgements, Pairs, Section, Table, annex_letters
from routegraph.briefing.estimates import chance_words
from routegraph.briefing.front_page import NO_EARLIER
from routegraph.briefing.pictures import drawn_steps
from routegraph.briefing.product import Briefing, Judgement
from routegraph.briefing.words import about, likelihood

WORDS = ("remote", "almost no chance", "very unlikely", "unlikely", "roughly even chance", "very likely", "likely",
         "almost certain")  # fmt: skip
# The longest first, and no part of another: "very unlikely" is one word.
LIKELY = re.compile("|".join(sorted(WORDS, key=len, reverse=True)))


def parts_of(thing: object) -> Iterator[object]:
    """Walk a document: every block, cell and text in it."""
    yield thing
    if is_dataclass(thing):
        for field in fields(thing):
            yield from parts_of(getattr(thing, field.name))
    elif isinstance(thing, tuple):
        for one in thing:
            yield from parts_of(one)


def texts(thing: object) -> list[str]:
    return [one for one in parts_of(thing) if isinstance(one, str)]


def all_of(thing: object, kind: type) -> list:
    return [one for one in parts_of(thing) if isinstance(one, kind)]


def named(document: Document, name: str) -> Section:
    (found,) = [one for one in document.annexes if one.name == name]
    return found


def front(document: Document, name: str) -> Section:
    (found,) = [one for one in document.front if one.name == name]
    return found


def check_whole(document: Document, briefing: Briefing) -> None:
    """Fail where anything that a reader must see is not in the document."""
    said = set(texts(document))
    assert (document.title, document.period) == (briefing.title, briefing.period)
    assert (document.marking, document.synthetic) == (briefing.marking, briefing.synthetic)
    assert set(briefing.caveats) <= set(texts(named(document, "caveats")))
    assert NOT_FLOW in texts(front(document, "limits"))
    assert set(briefing.coverage) <= {pair for pairs in all_of(named(document, "data"), Pairs) for pair in pairs.items}
    assert set(briefing.not_estimated.values()) <= said
    joined = " ".join(texts(named(document, "caveats")))
    assert all(column in joined for column in briefing.not_estimated)
    assert set(briefing.sources) <= set(texts(named(document, "sources")))
    assert {text for one in briefing.judgements for text in (one.text, one.basis)} <= said
    assert briefing.confidence in said
    assert set(briefing.changes) <= set(texts(named(document, "change")))


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_nothing_of_a_briefing_is_lost(kind):
    briefing = KINDS[kind]()
    document = document_of(briefing)
    check_whole(document, briefing)
    assert tuple(one.name for one in document.annexes) == ANNEXES
    assert [one.name for one in document.front] == ["judgements", "change", "where", "corridors", "limits"]


def test_the_check_for_loss_can_fail():
    """A document of a briefing without its last caveat, its marking, or a judgement is not whole."""
    briefing = replace(plain(), caveats=("One.", "Two."), judgements=tuple(Judgement(f"J{k}.", "") for k in range(7)))
    check_whole(document_of(briefing), briefing)
    for less in (
        replace(briefing, caveats=briefing.caveats[:-1]),
        replace(briefing, marking=KINDS["hostile"]().marking),
        replace(briefing, judgements=briefing.judgements[:-1]),
        replace(briefing, coverage=()),
    ):
        with pytest.raises(AssertionError):
            check_whole(document_of(less), briefing)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_tables_have_a_cell_for_each_column_and_columns_fill_the_width(kind):
    tables = all_of(document_of(KINDS[kind]()), Table)
    assert tables or kind == "empty"
    for table in tables:
        assert all(len(row) == len(table.columns) for row in table.rows)
        assert sum(column.share for column in table.columns) == pytest.approx(1)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_first_page_has_room_for_five_judgements_five_corridors_three_limits(kind):
    document = document_of(KINDS[kind]())
    assert len([one for found in all_of(document.front, Judgements) for one in found.items]) <= 5
    assert all(len(table.rows) <= 5 for table in all_of(document.front, Table))
    assert len(front(document, "limits").blocks[0].items) <= 3
    assert texts(front(document, "limits").blocks[-1])[0].endswith("annex F.")


def test_likelihood_words_change_at_the_edges_of_their_bands_and_the_glossary_says_which():
    edges = {0.01: "remote", 0.05: "almost no chance", 0.2: "very unlikely", 0.45: "unlikely",
             0.55: "roughly even chance", 0.8: "likely", 0.95: "very likely"}  # fmt: skip
    for edge, below in edges.items():
        corridors = plain().tables["corridors"].assign(p_top=[edge - 1e-6, edge, 0.5])
        table = all_of(document_of(replace(plain(), tables=plain().tables | {"corridors": corridors})).front, Table)[0]
        shown = [row[3].under[0].partition(" (")[0] for row in table.rows]
        assert shown[0] == below
        assert shown[1] == likelihood(edge) != below
    said = dict(named(document_of(plain()), "method").parts[0].blocks[0].items)
    for word, low, high in (("remote", 0, 1), ("very unlikely", 5, 20), ("likely", 55, 80), ("very likely", 80, 95)):
        assert said[word] in (f"{low} to {high} %", f"under {high} %")
        assert likelihood(low / 100) == word == likelihood(high / 100 - 1e-6)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_no_sentence_has_two_likelihood_words_and_each_has_its_probability(kind, composed):
    for briefing in (KINDS[kind](), composed):
        document = document_of(briefing)
        own = replace(document, annexes=tuple(one for one in document.annexes if one.name != "method"))
        sentences = [one for text in texts(own) for one in re.split(r"(?<=[.;])\s", text)]
        spoken = [one for one in sentences if LIKELY.search(one) and "how likely" not in one]
        assert all(len(LIKELY.findall(one)) == 1 and "\u00a0%)" in one for one in spoken)


def test_the_confidence_is_a_sentence_of_its_own_without_a_probability(composed):
    (note,) = [one for one in front(document_of(composed), "judgements").blocks if getattr(one, "tone", "") == "note"]
    assert note.text == composed.confidence
    assert not LIKELY.search(note.text)


def test_numbers_are_those_of_the_tables():
    briefing = corrected()
    corridors = briefing.tables["corridors"]
    (table,) = all_of(document_of(briefing).front, Table)
    assert [row[0].rank for row in table.rows] == corridors["rank"].tolist()
    assert [row[2].text for row in table.rows] == ["41", "20", "1"]
    found = [row[3].interval for row in table.rows]
    for row, one in zip(corridors.itertuples(), found, strict=True):
        if np.isnan(row.flow_mean):
            assert one is None
        else:
            assert (one.low, one.mean, one.high) == (row.flow_p05, row.flow_mean, row.flow_p95)
            assert one.said == about(row.flow_mean)
            assert one.between == f"{about(row.flow_p05)} to {about(row.flow_p95)}"
            assert one.widest == 52.0
    assert table.rows[2][3].text == "–"
    assert table.rows[0][1].text == "Yangon > Mae Sot > Suva"


def distinct(briefing: Briefing) -> Briefing:
    """Give every level of flow a number of its own that stands nowhere else."""
    levels = iter(range(7_011, 99_999, 1_003))

    def fill(table: pd.DataFrame) -> pd.DataFrame:
        columns = [c for c in table if re.match(r"(flow|throughflow)_(mean|p05|p95)", c)]
        return table.assign(**{c: [float(next(levels)) for _ in range(len(table))] for c in columns})

    tables = {name: fill(table) for name, table in briefing.tables.items()}
    tables["flows"] = pd.concat([tables["flows"], fill(tables["flows"].assign(period="2024"))], ignore_index=True)
    ranks = replace(
        briefing.rankings, legs=fill(briefing.rankings.legs), corridors=fill(briefing.rankings.corridors)
    )  # fmt: skip
    return replace(briefing, tables=tables, rankings=ranks)


def levels_in(document: Document) -> list[str]:
    numbers = [one for text in texts(document) for one in re.findall(r"\d{1,3},\d{3}", text)]
    return [one for one in numbers if 6_900 < int(one.replace(",", "")) < 100_000]


def test_no_level_is_in_the_document_where_levels_are_not_told():
    hidden, told = document_of(distinct(untold())), document_of(distinct(corrected()))
    assert levels_in(hidden) == []
    assert all((one.low, one.mean, one.high, one.drawn) == (0, 0, 0, False) for one in all_of(hidden, Interval))
    assert all(one.between == "of the largest; level not told" for one in all_of(hidden, Interval))
    assert len(levels_in(told)) > 20  # the same walk finds them where they may stand
    assert len(all_of(hidden, Interval)) == len(all_of(told, Interval)) > 10


@pytest.mark.parametrize("make", ["plain", "empty"])
def test_under_counts_nothing_of_the_document_is_called_flow_or_traffic(make, composed):
    for briefing in (KINDS[make](), composed):
        given = {*briefing.caveats, *briefing.not_estimated.values(), NOT_FLOW}
        given |= {text for one in briefing.judgements for text in (one.text, one.basis)}
        own = [text for text in texts(document_of(briefing)) if text not in given]
        said = [text for text in own if re.search(r"\b(flows?|traffic|consignments? (that|which))\b", text.lower())]
        assert said == []
    assert any("flow" in text for text in texts(document_of(corrected())))


def test_a_case_without_corridors_says_so_and_asks_for_no_drawing_of_them():
    document = document_of(empty())
    assert NO_CORRIDOR in texts(front(document, "corridors"))
    assert NO_CORRIDOR in texts(named(document, "corridors"))
    assert all_of(document, Figure) == []


def test_a_single_corridor_is_not_compared_with_itself(compose, case):
    given = case()
    briefing = compose(**(given | {"corridors": given["corridors"][:1]}))
    document = document_of(briefing)
    assert any(text.startswith("The only one found.") for text in texts(front(document, "corridors")))
    assert "Chance of being at the top" not in texts(named(document, "corridors"))


def test_figures_are_asked_for_only_where_they_can_be_drawn():
    names = {one.name for one in all_of(document_of(corrected()), Figure)}
    assert names == {"overview", "corridor 1", "corridor 2", "flow against counts", "places"}
    nowhere = plain().tables["places"].assign(lat=np.nan, lon=np.nan)
    document = document_of(replace(plain(), tables=plain().tables | {"places": nowhere}))
    assert {one.name for one in all_of(document, Figure)} == {"places"}
    assert any("no map" in text for text in texts(front(document, "where")))


def test_the_map_says_in_words_what_it_shows():
    (overview,) = all_of(document_of(plain()).front, Figure)
    assert overview.alt.startswith("Map of 2 of the first 3 corridors: 1, Yangon > Mae Sot > Suva; 2, ")
    assert "3, " not in overview.alt  # no step of it has a position at both ends
    for words in ("solid where a seized consignment travelled", "dashed where it was only bound", "dotted where"):
        assert words in overview.caption
    assert "1 place without a position is not drawn" in overview.caption


def test_a_step_is_drawn_as_it_is_best_known_and_only_between_two_positions():
    assert drawn_steps(plain()) == {
        1: (("MMR-yangon", "THA-mae-sot", "travelled"), ("THA-mae-sot", "FJI-suva", "intended")),
        2: (("THA-mae-sot", "FJI-suva", "inferred"), ("FJI-suva", "WSM-apia", "inferred")),
    }  # the third has a place without a position at both its steps


def test_what_changed_stands_on_the_first_page_and_in_full_behind_it():
    briefing = replace(plain(), changes=("One.", "Two.", "Three.", "Four."))
    document = document_of(briefing)
    assert {"One.", "Three.", "1 more: annex D."} <= set(texts(front(document, "change")))
    assert "Four." not in texts(front(document, "change"))
    assert "Four." in texts(named(document, "change"))
    assert NO_EARLIER in texts(front(document_of(plain()), "change"))


def test_the_first_page_says_no_caveat_twice():
    briefing = replace(
        untold(), judgements=(Judgement(LEVELS_NOT_TOLD, ""),), caveats=(NOT_FLOW, LEVELS_NOT_TOLD, "A.", "B.", "C.")
    )
    limits = front(document_of(briefing), "limits")
    assert limits.blocks[0].items == (NOT_FLOW, "A.", "B.")
    assert limits.blocks[1].text.startswith("2 more, ")


@pytest.mark.parametrize(
    ("p", "said"),
    [
        (0.0, "remote (under\u00a01\u00a0%)"),
        (1.0, "almost certain (over\u00a099\u00a0%)"),
        (float("nan"), ""),
        (0.9499, "very likely (just under\u00a095\u00a0%)"),
        (0.95, "almost certain (95\u00a0%)"),
        (0.944, "very likely (94\u00a0%)"),
        (0.0499, "almost no chance (just under\u00a05\u00a0%)"),
    ],
)
def test_a_chance_never_says_impossible_or_certain(p, said):
    assert chance_words(p) == said


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_figures_are_all_that_the_document_has_and_each_annex_has_its_letter(kind):
    document = document_of(KINDS[kind]())
    walked = [part for part in parts_of(document) if isinstance(part, Figure)]
    assert sorted(one.name for one in document.figures()) == sorted(one.name for one in walked)
    assert [(letter, part.name) for letter, part in document.lettered()] == list(zip("ABCDEFGH", ANNEXES, strict=True))


def test_letters_go_on_after_z():
    assert annex_letters(28)[-3:] == ["Z", "AA", "AB"]
    assert annex_letters(0) == []
