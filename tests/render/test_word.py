"""briefing.docx read back: marking on every page, nothing lost, text as text, tables that print well, same bytes."""

from __future__ import annotations

import io
import re
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import docx
import pytest
from docx.oxml.ns import qn

sys.path.insert(0, str(Path(__file__).parent))
from briefings import KINDS, corrected

from routegraph.briefing.chapters import document_of
from routegraph.briefing.document import Figure, Interval, Table
from routegraph.render.figures import figure_names
from routegraph.render.office import said, script_runs, tlp_ink
from routegraph.render.word import render_docx
from routegraph.render.word_table import bar_png


@pytest.fixture(scope="module", params=sorted(KINDS))
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def made(kind):
    return render_docx(KINDS[kind]())


@pytest.fixture(scope="module")
def word(made):
    return docx.Document(io.BytesIO(made))


def text_of(part) -> str:
    return "\n".join("".join(one.text or "" for one in p.iter(qn("w:t"))) for p in part.iter(qn("w:p")))


def sections(document):
    waiting = [*document.front, *document.annexes]
    for one in waiting:
        yield one
        waiting += one.parts


def test_every_page_has_the_marking_at_head_and_foot(kind, word):
    briefing = KINDS[kind]()
    assert len(word.sections) == 1  # one section: its head and foot are those of every page
    shown = said(briefing.marking.text, most=110)
    for part in (word.sections[0].header, word.sections[0].footer):
        first = part.paragraphs[0]
        assert first.text == shown
        assert str(first.runs[0].font.color.rgb) == tlp_ink(briefing.marking.tlp)
        assert ("SYNTHETIC DATA: NOT REAL EVENTS" in text_of(part._element)) == briefing.synthetic
    fields = [one.get(qn("w:instr")).strip() for one in word.sections[0].footer._element.iter(qn("w:fldSimple"))]
    assert fields == ["PAGE", "NUMPAGES"]


def test_judgements_caveats_coverage_and_sources_are_all_there(kind, word):
    briefing = KINDS[kind]()
    whole = text_of(word.element.body)
    for judgement in document_of(briefing).front[0].blocks[0].items if briefing.judgements else ():
        assert said(judgement.text) in whole
    for one in (*briefing.caveats, *briefing.sources):
        assert said(one) in whole
    for label, value in briefing.coverage:
        assert said(label, most=120) in whole
        assert said(value) in whole


def test_headings_are_words_own_and_every_annex_begins_a_page(kind, word):
    document = document_of(KINDS[kind]())
    annexes = [p for p in word.paragraphs if p.style.name == "Heading 1" and p.text.startswith("Annex ")]
    assert [p.text[6] for p in annexes] == list("ABCDEFGH")[: len(document.annexes)]
    assert all(p.paragraph_format.page_break_before for p in annexes)
    assert sum(p.style.name == "Title" for p in word.paragraphs) == 1


def test_tables_repeat_their_heading_keep_rows_whole_and_hold_the_documents_numbers(kind, word):
    document = document_of(KINDS[kind]())
    tables = [block for one in sections(document) for block in one.blocks if isinstance(block, Table)]
    drawn = [
        table for table in word.element.body.iter(qn("w:tbl")) if table.find(f".//{qn('w:tblHeader')}") is not None
    ]
    assert len(drawn) == len(tables)
    for table in drawn:
        rows = table.findall(qn("w:tr"))
        assert rows[0].find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None
        assert all(row.find(f"{qn('w:trPr')}/{qn('w:cantSplit')}") is not None for row in rows)
    whole = text_of(word.element.body)
    for table in tables:
        for cell in [cell for row in table.rows for cell in row]:
            if cell.interval:
                assert f"{cell.interval.said} {cell.interval.between}" in whole


def test_every_figure_is_a_picture_with_its_words(kind, word):
    briefing = KINDS[kind]()
    figures = [block for one in sections(document_of(briefing)) for block in one.blocks if isinstance(block, Figure)]
    assert {one.name for one in figures} <= set(figure_names(briefing))
    told = [one.get("descr") for one in word.element.body.iter(qn("wp:docPr"))]
    assert all(told)
    assert {said(one.alt, most=600) for one in figures} <= set(told)


def test_nothing_in_it_acts_or_points_outside(made):
    with zipfile.ZipFile(io.BytesIO(made)) as parts:
        for name in parts.namelist():
            text = parts.read(name).decode("utf-8", "replace")
            if name.endswith((".xml", ".rels")):
                assert 'TargetMode="External"' not in text, name
                assert not re.search(r"<w:(instrText|hyperlink|object|control|altChunk)\b", text), name
            assert not name.endswith((".bin", ".vbs"))


def test_same_briefing_same_bytes(made, kind):
    assert render_docx(KINDS[kind]()) == made
    with zipfile.ZipFile(io.BytesIO(made)) as parts:
        assert {part.date_time for part in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_properties_name_no_person_and_no_time(word):
    core = word.core_properties
    assert (core.author, core.last_modified_by, core.created.year) == ("routegraph", "routegraph", 2000)


def test_a_bar_is_to_scale():
    from PIL import Image

    with Image.open(io.BytesIO(bar_png(Interval(25.0, 50.0, 75.0, 100.0, "50", "25 to 75")))) as picture:
        row = [picture.convert("RGBA").getpixel((x, picture.height // 3)) for x in range(picture.width)]
    span = [x for x, colour in enumerate(row) if colour[:3] == (0x7D, 0x97, 0xA8) or colour[:3] == (0x17, 0x20, 0x2A)]
    assert span[0] / len(row) == pytest.approx(0.25, abs=0.01)
    assert span[-1] / len(row) == pytest.approx(0.75, abs=0.01)


def test_names_of_the_region_have_a_font_that_word_has():
    names = "เชียงใหม่ ភ្នំពេញ ວຽງຈັນ ရန်ကုန် Đà Nẵng"
    fonts = {font for _, font in script_runs(names)}
    assert fonts == {"", "Leelawadee UI", "Myanmar Text"}
    assert "".join(piece for piece, _ in script_runs(names)) == names
    briefing = corrected()
    places = briefing.tables["places"].assign(name=names)
    body = docx.Document(io.BytesIO(render_docx(replace(briefing, tables=briefing.tables | {"places": places}))))
    used = {one.get(qn("w:cs")) for one in body.element.body.iter(qn("w:rFonts"))}
    assert {"Leelawadee UI", "Myanmar Text"} <= used
