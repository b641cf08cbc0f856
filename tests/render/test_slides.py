"""briefing.pptx read back: marking on every slide, nothing outside it, text as text, notes, the same bytes."""

from __future__ import annotations

import io
import re
import sys
import zipfile
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from pptx import Presentation
from pptx.enum.shapes import MSO_SHAPE_TYPE
from pptx.oxml.ns import qn
from pptx.util import Inches

sys.path.insert(0, str(Path(__file__).parent))
from briefings import KINDS, corrected

from routegraph.briefing.chapters import document_of
from routegraph.briefing.document import Table
from routegraph.render import slide_story, slides
from routegraph.render.office import said
from routegraph.render.slide_text import (
    ELSEWHERE,
    HIGH,
    WIDE,
    Box,
    Line,
    fitting,
    height,
    left_out,
    pages,
    rows_of,
    shortened,
    width_of,
)  # fmt: skip
from routegraph.render.slides import render_pptx

DOT = (
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a494441"
    "54789c63f80f0001010100b138f6140000000049454e44ae426082"
)
"""A picture of one dot."""
FINE_PRINT = ("Records:", "Sources:", "Id:", "Made with", "Numbers are ranks", "No corridor is drawn", "The first ",
              "All ", "The only ", "Places that most")  # fmt: skip


@pytest.fixture(scope="module", params=sorted(KINDS))
def kind(request):
    return request.param


@cache
def rendered(kind: str) -> bytes:
    return render_pptx(KINDS[kind]())


@pytest.fixture(scope="module")
def made(kind):
    return rendered(kind)


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


def boxes(deck):
    """Yield each box of text with its lines as they were measured: marking, number and badges stand by themselves."""
    for number, slide in enumerate(deck.slides, start=1):
        for shape in slide.shapes:
            if not shape.has_text_frame or not shape.text_frame.text or shape.shape_type != MSO_SHAPE_TYPE.TEXT_BOX:
                continue
            lines = []
            for paragraph in shape.text_frame.paragraphs:
                if paragraph.runs:
                    font, after = paragraph.runs[0].font, paragraph.space_after
                    bullet = paragraph._p.find(f".//{qn('a:buChar')}") is not None
                    lines.append(Line(paragraph.text, font.size.pt, bool(font.bold), after=after.pt, bullet=bullet))
            yield number, shape, lines


def test_text_stays_in_its_box(deck):
    for number, shape, lines in boxes(deck):
        wide, high = shape.width / 914_400, shape.height / 914_400
        needed = sum(height(line, wide=wide) for line in lines) - (lines[-1].after / 72 if lines else 0)
        assert needed <= high + 0.05, (number, [line.text[:60] for line in lines])


def test_type_is_read_from_the_back_of_a_room(kind, deck):
    annexes = document_of(KINDS[kind]()).annexes
    headings = {column.title for annex in annexes for block in annex.blocks if isinstance(block, Table)
                for column in block.columns}  # fmt: skip
    titles = [slide.shapes.title.text_frame.text for slide in deck.slides]
    for number, _, lines in boxes(deck):
        for line in lines:
            fine = line.text.startswith(FINE_PRINT) or "in the briefing" in line.text or line.text in headings
            assert line.size >= 16 or fine or titles[number - 1] in ("Sources", "Sources (2)"), (number, line.text[:60])
            assert line.size >= 12


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
    assert height(lines[0], wide=box.wide) > 3 * box.high  # it would have run over


def test_lines_go_on_on_the_next_slide_and_the_last_counts_what_is_left():
    box = Box(0.0, 0.0, 6.0, 1.5)
    lines = [Line(f"Sentence number {k}.") for k in range(30)]
    found = list(pages(lines, box, most=3))
    assert len(found) == 3
    shown = [line.text for page in found for line in page]
    left = int(re.match(r"(\d+) more stand in the briefing", shown[-1])[1])
    assert shown[:-1] == [line.text for line in lines[: len(shown) - 1]]
    assert len(shown) - 1 + left == len(lines)
    for page in found:
        assert list(fitting(page, box)) == page  # what was told off for a slide is not cut on it


def test_a_box_counts_the_lines_that_it_leaves_out():
    lines = [Line(f"Sentence number {k}.", after=0) for k in range(9)]
    *kept, last = list(fitting(lines, Box(0.0, 0.0, 6.0, 1.5)))
    assert kept == lines[: len(kept)]
    assert last.text == f"{9 - len(kept)} more in the briefing"
    assert left_out(1, "row") == "1 more row stands in the briefing."
    assert left_out(2, "row") == "2 more rows stand in the briefing."


def test_a_heading_does_not_stand_last_on_a_slide():
    box = Box(0.0, 0.0, 6.0, 1.0)
    lines = [Line("One."), Line("Two."), Line("Heading", bold=True), *[Line(f"Text {k}.") for k in range(3)]]
    first, second = list(pages(lines, box, most=3))[:2]
    assert [line.text for line in first] == ["One.", "Two."]
    assert second[0].text == "Heading"
    assert sum(height(line, wide=6.0) for line in lines[:3]) - lines[2].after / 72 <= box.high  # it had room


def test_rows_break_where_arial_breaks_them():
    from PIL import ImageFont

    name = "LiberationSans-Regular.ttf"  # as wide as Arial, letter by letter
    try:
        font = ImageFont.truetype(name, 1000)
    except OSError:
        pytest.skip(f"no {name} here; Debian's fonts-liberation has it")
    for words in ("Hpa-An > Myawaddy > Mae Sot: 2,600 (1,000 to 6,100)", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "jil@%W{|}~_^"):
        assert width_of(Line(words, 72.0)) == pytest.approx(font.getlength(words) / 1000, rel=0.02)


def test_a_long_way_loses_its_middle_and_keeps_its_ends():
    way = " > ".join(f"Place number {k}" for k in range(9))
    short = shortened(way, size=16, wide=4.0, rows=2)
    assert short.startswith("Place number 0 > ")
    assert short.endswith(" > Place number 8")
    assert " > … > " in short
    assert len(rows_of(Line(short, 16, bold=True), wide=4.0)) <= 2
    assert shortened("A > B", size=16, wide=4.0) == "A > B"


def corridor_slides(deck):
    return [slide for slide in deck.slides if any(text.startswith("Records: ") for text in texts(slide))]


def test_the_first_five_corridors_have_a_slide_each_with_bar_reasons_and_record_ids():
    briefing = corrected()
    deck = Presentation(io.BytesIO(rendered("corrected")))
    found = corridor_slides(deck)
    corridors = briefing.tables["corridors"]
    assert [slide.shapes.title.text_frame.text for slide in found] == [
        "Yangon > Mae Sot > Suva", "Mae Sot > Suva > Apia", "Yangon > SYC-nowhere > Apia",
    ]  # fmt: skip
    for slide, (_, row) in zip(found, corridors.iterrows(), strict=True):
        whole = "\n".join(texts(slide))
        assert f"Id: {row['corridor_id']}" in whole
        for reason in row["reasons"].split("; "):
            assert reason in whole
        assert re.search(r"^Verdict: \w", whole, re.MULTILINE)
    told = [shape._element.xpath("./*/p:cNvPr")[0].get("descr") for shape in found[0].shapes]
    assert "40, 90 % interval 30 to 52" in told


def test_intervals_on_slides_are_the_documents_and_drawn_to_one_scale():
    briefing = corrected()
    deck = Presentation(io.BytesIO(rendered("corrected")))
    (slide,) = [one for one in deck.slides if one.shapes.title.text_frame.text == "Corridors, rank 1 to 3"]
    table = next(block for block in document_of(briefing).annexes[0].blocks if isinstance(block, Table))
    drawn = [cell.interval for row in table.rows for cell in row if cell.interval and cell.interval.drawn]
    assert len(drawn) == 2
    spans = {}
    for shape in slide.shapes:
        spans[shape._element.xpath("./*/p:cNvPr")[0].get("descr")] = shape
    tracks = []
    for one in drawn:
        assert f"{one.said}  ({one.between})" in texts(slide)
        shape = spans[f"{one.said}, 90 % interval {one.between}"]
        tracks.append(shape.width / (one.high - one.low))
    assert tracks[0] == pytest.approx(tracks[1], rel=0.01)
    for column in table.columns:
        assert column.title in texts(slide)


def test_no_level_stands_in_slides_or_notes_where_none_is_told():
    def whole(kind):
        with zipfile.ZipFile(io.BytesIO(rendered(kind))) as parts:
            return "\n".join(parts.read(n).decode() for n in parts.namelist() if n.endswith(".xml") and "lide" in n)

    told, untold = whole("corrected"), whole("untold")
    for number in ("12 to 33", "30 to 52", "4 to 15"):
        assert number in told, number
        assert number not in untold, number
    assert "52 % of the largest; level not told".replace(" %", "\u00a0%") in untold


def test_confidence_stands_on_every_slide_of_judgements_and_notes_are_marked(kind, deck):
    briefing = KINDS[kind]()
    marking = said(briefing.marking.text, most=120)
    for slide in deck.slides:
        if slide.shapes.title.text_frame.text.startswith("Key judgements") and kind != "hostile":
            assert briefing.confidence in "\n".join(texts(slide))
        if slide.has_notes_slide:
            lines = slide.notes_slide.notes_text_frame.text.split("\n")
            assert lines[0].startswith(marking)
            assert lines[-1] == lines[0]
            assert ("SYNTHETIC" in lines[0]) == briefing.synthetic


def test_a_share_never_stands_without_the_words_that_its_level_is_not_told():
    deck = Presentation(io.BytesIO(rendered("untold")))
    rows = [slide for slide in deck.slides if slide.shapes.title.text_frame.text.startswith("Corridors, rank")]
    shares = [text for slide in (*rows, *corridor_slides(deck)) for text in texts(slide)
              if re.match(r"[\d.]+\s?%", text)]  # fmt: skip
    assert len(shares) >= 2
    assert all("of the largest; level not told" in text for text in shares)
    for slide in rows:  # and what is in its place stands with the rows
        assert any("levels are insufficient in these data" in text for text in texts(slide))


def test_a_slide_of_judgements_counts_those_that_only_the_briefing_has():
    briefing = corrected()
    many = replace(briefing, judgements=tuple(briefing.judgements[:1] * 8))
    file = Presentation(io.BytesIO(render_pptx(many)))
    first = next(slide for slide in file.slides if slide.shapes.title.text_frame.text == "Key judgements")
    whole = "\n".join(texts(first))
    assert "3 more judgements stand in the briefing." in whole
    assert briefing.confidence in whole.split("\n")  # a sentence of its own


def test_a_slide_that_somebody_adds_carries_the_marking(kind, deck):
    marking = said(KINDS[kind]().marking.text, most=120)
    assert [shape.text_frame.text for shape in deck.slide_master.shapes if shape.has_text_frame].count(marking) == 2


def test_names_of_the_region_have_a_font_that_powerpoint_has(monkeypatch):
    dot = bytes.fromhex(DOT)  # figures have their own tests
    for module in (slides, slide_story):
        monkeypatch.setattr(module, "figure_png", lambda *_args, **_kept: dot)
    names = "เชียงใหม่ ភ្នំពេញ ວຽງຈັນ ရန်ကုန် Đà Nẵng"
    briefing = corrected()
    places = briefing.tables["places"].assign(name=names)
    deck = Presentation(io.BytesIO(render_pptx(replace(briefing, tables=briefing.tables | {"places": places}))))
    used = {one.get("typeface") for slide in deck.slides for one in slide._element.iter(qn("a:cs"))}
    assert {"Leelawadee UI", "Myanmar Text", "Arial"} <= used
    assert any(names.split(maxsplit=1)[0] in text for slide in deck.slides for text in texts(slide))


def test_no_estimate_chance_or_verdict_in_the_rows_is_cut(kind, deck):
    if kind == "hostile":
        pytest.skip("its words are longer than any box")
    rows = [slide for slide in deck.slides if slide.shapes.title.text_frame.text.startswith("Corridors, rank")]
    whole = "\n".join(text for slide in rows for text in texts(slide))
    tables = [block for block in document_of(KINDS[kind]()).annexes[0].blocks if isinstance(block, Table)]
    assert bool(tables) == bool(rows)
    for cell in [cell for table in tables for row in table.rows for cell in row]:
        for said_there in (*(cell.under if cell.interval else ()), cell.flag):
            assert said(said_there) in whole
        if cell.interval:
            assert said(cell.interval.said) in whole
            assert said(cell.interval.between) in whole
