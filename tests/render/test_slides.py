"""briefing.pptx read back: marking on every slide, nothing outside it, text as text, notes, the same bytes."""

from __future__ import annotations

import io
import re
import sys
import zipfile
from pathlib import Path

import pytest
from pptx import Presentation
from pptx.util import Inches

sys.path.insert(0, str(Path(__file__).parent))
from briefings import KINDS, corrected

from routegraph.briefing.chapters import document_of
from routegraph.render.office import said
from routegraph.render.slide_parts import ELSEWHERE, HIGH, WIDE, Box, Line, fitting, height, pages
from routegraph.render.slides import render_pptx


@pytest.fixture(scope="module", params=sorted(KINDS))
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def made(kind):
    return render_pptx(KINDS[kind]())


@pytest.fixture(scope="module")
def deck(made):
    return Presentation(io.BytesIO(made))


def texts(slide) -> list[str]:
    return [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame and shape.text_frame.text]


def test_every_slide_has_the_marking_twice_a_title_and_its_number(kind, deck):
    briefing = KINDS[kind]()
    shown = said(briefing.marking.text, most=120)
    assert len(deck.slides) >= 5
    for number, slide in enumerate(deck.slides, start=1):
        found = texts(slide)
        assert found.count(shown) == 2, number
        assert found.count("SYNTHETIC DATA: NOT REAL EVENTS") == (2 if briefing.synthetic else 0)
        assert f"{number}" in found
        assert slide.shapes.title.text_frame.text


def test_nothing_stands_outside_its_slide(deck):
    for slide in deck.slides:
        for shape in slide.shapes:
            assert shape.left >= 0
            assert shape.top >= 0
            assert shape.left + shape.width <= Inches(WIDE) + 2
            assert shape.top + shape.height <= Inches(HIGH) + 2


def test_type_is_read_from_the_back_of_a_room(deck):
    for slide in deck.slides:
        sizes = [run.font.size.pt for shape in slide.shapes if shape.has_text_frame
                 for paragraph in shape.text_frame.paragraphs for run in paragraph.runs]  # fmt: skip
        assert min(sizes) >= 11


def test_judgements_are_there_and_the_notes_hold_what_they_rest_on(kind, deck):
    briefing = KINDS[kind]()
    if not briefing.judgements or kind == "hostile":
        pytest.skip("a case without judgements, or one whose lines are cut to the slide")
    slides = [slide for slide in deck.slides if slide.shapes.title.text_frame.text.startswith("Key judgements")]
    whole = "\n".join(text for slide in slides for text in texts(slide))
    for judgement in document_of(briefing).front[0].blocks[0].items:
        assert said(judgement.text) in whole
        assert judgement.basis in slides[0].notes_slide.notes_text_frame.text


def test_all_caveats_are_there_or_the_slide_says_where_the_rest_is(kind, deck):
    briefing = KINDS[kind]()
    titles = [slide.shapes.title.text_frame.text for slide in deck.slides]
    limits = [
        slide for slide, title in zip(deck.slides, titles, strict=True) if title.startswith("What this cannot tell")
    ]
    whole = "\n".join(text for slide in limits for text in texts(slide))
    missing = [caveat for caveat in briefing.caveats if said(caveat) not in whole]
    assert not missing or "in the briefing" in whole
    assert limits


def test_pictures_have_words(deck):
    pictures = [shape for slide in deck.slides for shape in slide.shapes if shape.shape_type == 13]
    assert all(shape._element.nvPicPr.cNvPr.get("descr") for shape in pictures)


def test_nothing_in_it_acts_or_points_outside(made):
    with zipfile.ZipFile(io.BytesIO(made)) as parts:
        for name in parts.namelist():
            text = parts.read(name).decode("utf-8", "replace")
            if name.endswith((".xml", ".rels")):
                assert 'TargetMode="External"' not in text, name
                assert not re.search(r"<a:hlink(Click|Hover|MouseOver)|<p:oleObj|<p:control\b", text), name


def test_same_briefing_same_bytes(made, kind):
    assert render_pptx(KINDS[kind]()) == made


def test_text_that_is_too_long_is_cut_where_the_box_ends():
    box = Box(1.0, 1.0, 5.0, 2.0)
    lines = [Line("word " * 8_000), Line("never shown")]
    kept = list(fitting(lines, box))
    assert len(kept) == 1
    assert kept[0].text.endswith(ELSEWHERE)
    assert height(kept[0], wide=box.wide) <= box.high + 0.1
    assert height(lines[0], wide=box.wide) > 5 * box.high  # it would have run over


def test_lines_go_on_on_the_next_slide_and_the_last_counts_what_is_left():
    box = Box(0.0, 0.0, 6.0, 1.5)
    lines = [Line(f"Sentence number {k}.") for k in range(30)]
    found = list(pages(lines, box, most=3))
    assert len(found) == 3
    shown = [line.text for page in found for line in page]
    left = int(re.match(r"(\d+) more", shown[-1])[1])
    assert shown[:-1] == [line.text for line in lines[: len(shown) - 1]]
    assert len(shown) - 1 + left == len(lines)


def test_the_first_five_corridors_have_a_slide_each(tmp_path):
    briefing = corrected()
    titles = [slide.shapes.title.text_frame.text for slide in Presentation(io.BytesIO(render_pptx(briefing))).slides]
    expected = min(5, len(briefing.tables["corridors"]))
    assert [title for title in titles if re.fullmatch(r"Corridor \d+", title)] == [
        f"Corridor {k + 1}" for k in range(expected)
    ]


def test_a_share_never_stands_without_the_words_that_its_level_is_not_told():
    deck = Presentation(io.BytesIO(render_pptx(KINDS["untold"]())))
    rows = [slide for slide in deck.slides if slide.shapes.title.text_frame.text.startswith("Corridors, rank")]
    shares = [text for slide in rows for text in texts(slide) if re.match(r"[\d.]+\s?%", text)]
    assert shares
    assert all("of the largest; level not told" in text for text in shares)


def test_notes_that_are_printed_alone_carry_the_marking():
    for kind in ("plain", "hostile"):
        briefing = KINDS[kind]()
        deck = Presentation(io.BytesIO(render_pptx(briefing)))
        notes = [slide.notes_slide.notes_text_frame.text for slide in deck.slides if slide.has_notes_slide]
        assert notes
        assert all(note.startswith(said(briefing.marking.text)) for note in notes)
        assert all(("SYNTHETIC DATA" in note) == briefing.synthetic for note in notes)
