"""briefing.pdf: every page marked, nothing lost, text as text, intervals to scale, the same bytes."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from briefings import KINDS, corrected, plain

from routegraph.briefing.chapters import document_of
from routegraph.render import pdf
from routegraph.render.plain_text import visible
from routegraph.render.run_json import run_digest


def pages_of(data: bytes) -> list[str]:
    """Return the text of each page, its blanks as one."""
    if shutil.which("pdftotext") is None:
        pytest.skip("no pdftotext; install Debian's poppler-utils to read the PDF back")
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=data, capture_output=True, check=True)
    return [" ".join(page.split()) for page in done.stdout.decode("utf-8").split("\f")[:-1]]


@pytest.fixture(scope="module", params=sorted(KINDS))
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def made(kind):
    return pdf.render_pdf(KINDS[kind]())


def test_every_page_carries_marking_and_its_number(kind, made):
    briefing, pages = KINDS[kind](), pages_of(made)
    assert len(pages) > 8  # the front, and eight annexes each from a new page
    shown = " ".join(visible(briefing.marking.text, most=200).split())[:60]
    for number, page in enumerate(pages, start=1):
        assert page.count(shown) >= 2, number
        assert f"page {number} of {len(pages)}" in page
        assert ("SYNTHETIC DATA: NOT REAL EVENTS" in page) == briefing.synthetic


def test_what_the_document_says_is_in_it(kind, made):
    briefing = KINDS[kind]()
    if kind == "hostile":
        pytest.skip("lines of 1,200 hostile characters wrap anywhere; tests/test_hostile_exports.py reads them")
    document, whole = document_of(briefing), "".join("".join(pages_of(made)).split())
    for part in (*document.front, *document.annexes):
        assert "".join(part.title.split()) in whole, part.title
    for caveat in briefing.caveats:
        assert "".join(caveat.split()) in whole
    for judgement in briefing.judgements:
        assert "".join(judgement.text.split()) in whole
    assert run_digest(briefing)[:16] in whole


def test_hostile_text_is_text(made, kind):
    assert made.startswith(b"%PDF-")
    for acting in (b"/JavaScript", b"/Launch", b"/EmbeddedFile", b"/OpenAction"):
        assert acting not in made
    if kind == "hostile":
        whole = "".join("".join(pages_of(made)).split())
        assert "54439" not in whole
        for payload in ("{{7*7777}}", "${7*7777}", "<imgsrc=xonerror=alert(1)>", "=1+1"):
            assert payload in whole


ATTACKS = ('#read("/etc/passwd")', '#import "@preview/cetz:0.3.4"', "$ integral $", "*bold* _it_ = Heading", "#panic()",
           '"); #pagebreak() //', "#eval(\"1+1\")", "\\u{41}", "<label> @ref", "[#link(\"http://x\")[y]]")  # fmt: skip


def test_typst_source_in_a_text_is_only_shown():
    text = " ".join(ATTACKS)
    briefing = replace(plain(), title=text[:150], caveats=(text,), sources=(text,))
    whole = "".join("".join(pages_of(pdf.render_pdf(briefing))).split())
    assert whole.count("".join(text.split())) >= 2
    assert "root:x:0" not in whole


def test_the_template_reads_nothing_and_fetches_nothing():
    source = pdf._template().decode("utf-8")
    code = "\n".join(line for line in source.splitlines() if not line.startswith("//"))
    assert "#read(" not in code
    assert "import" not in code
    assert "@preview" not in code
    assert "eval(" not in code


def test_same_briefing_same_bytes_here_and_in_another_process(made, kind, tmp_path):
    assert pdf.render_pdf(KINDS[kind]()) == made
    if kind != "corrected":
        return
    code = (
        "import sys, hashlib; sys.path.insert(0, sys.argv[1]); import briefings; from routegraph.render import pdf;"
        "print(hashlib.sha256(pdf.render_pdf(briefings.corrected())).hexdigest())"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code, str(Path(__file__).parent)], capture_output=True, text=True, check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(said) == 1


def test_no_level_is_in_the_data_where_levels_are_not_told():
    told, untold = (
        json.dumps(pdf._data(one, document_of(one))) for one in (corrected(), replace(corrected(), levels_told=False))
    )
    assert '"drawn": true' in told
    assert '"drawn": true' not in untold


def test_text_that_is_too_long_ends_in_an_ellipsis_and_never_breaks_a_page():
    long = replace(plain(), caveats=("word " * 8_000,))
    whole = " ".join(pages_of(pdf.render_pdf(long)))
    assert "word…" in whole or "word …" in whole


def words_outside(data: bytes) -> list[str]:
    """Return words that do not lie on their page, from one edge of the sheet to the other."""
    if shutil.which("pdftotext") is None:
        pytest.skip("no pdftotext; install Debian's poppler-utils to read the PDF back")
    done = subprocess.run(["pdftotext", "-bbox", "-", "-"], input=data, capture_output=True, check=True)
    found = re.findall(
        r'xMin="([-\d.]+)" yMin="([-\d.]+)" xMax="([-\d.]+)" yMax="([-\d.]+)">(.*?)</word>', done.stdout.decode()
    )
    return [word for *box, word in found if min(map(float, box)) < 0 or float(box[2]) > 595.3 or float(box[3]) > 841.9]


def test_nothing_leaves_the_sheet_however_long_a_word_is(made):
    assert not words_outside(made)
    assert b"/Lang" in made


def test_a_run_of_letters_that_could_not_break_would_leave_the_sheet(monkeypatch):
    source = pdf._template().decode("utf-8")
    assert "#show regex(" in source
    monkeypatch.setattr(pdf, "_template", lambda: source.replace("h(0.01pt)", "").encode("utf-8"))
    assert words_outside(pdf.render_pdf(KINDS["hostile"]()))


def test_every_letter_is_there_so_that_it_is_pdf_ua(made, kind):
    assert (b"pdfuaid" in made) == (kind != "hostile")
    assert "PDF/UA" not in pages_of(made)[0]


@pytest.mark.parametrize("name", ["ភ្នំពេញ", "မြဝတီ", "ວຽງຈັນ", "แม่สอด", "Hải Phòng", "北京"])
def test_names_in_every_script_of_the_region_give_a_document_in_the_standard(name):
    briefing = corrected()
    places = briefing.tables["places"].assign(name=name)
    made = pdf.render_pdf(replace(briefing, tables=briefing.tables | {"places": places}))
    assert made.startswith(b"%PDF-")
    assert (b"pdfuaid" in made) == (name != "北京")  # no bundled font has it
