"""case.xlsx: read back with openpyxl and compared with the tables; its parts read as XML; nothing in it runs."""

from __future__ import annotations

import io
import re
import sys
import zipfile
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import openpyxl
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from briefings import KINDS, LONG, PAYLOADS, corrected, empty, hostile, plain, untold

from routegraph.briefing.columns import COLUMNS, NUMBERS
from routegraph.briefing.product import Briefing, Marking
from routegraph.render import xlsx_tables
from routegraph.render.run_json import run_digest
from routegraph.render.told import share_of_largest, told_table
from routegraph.render.xlsx import render_xlsx
from routegraph.render.xlsx_cells import MOST_CHARACTERS, fitted, shown, whole_day
from routegraph.render.xlsx_tables import HEADING_ROW, SHEETS

ALL = ["Read me first", *(sheet.name for sheet in SHEETS), "Units"]


@cache
def workbook(kind: str) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(render_xlsx(KINDS[kind]())))


def opened(briefing: Briefing) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(render_xlsx(briefing)))


def front(book: openpyxl.Workbook) -> str:
    return "\n".join(f"{a or ''}\t{b or ''}" for a, b in book["Read me first"].iter_rows(values_only=True, max_col=2))


def rows_of(book: openpyxl.Workbook, name: str) -> tuple[list[str], list[tuple]]:
    rows = list(book[name].iter_rows(min_row=HEADING_ROW + 1, values_only=True))
    return list(rows[0]), [row for row in rows[1:] if any(cell is not None for cell in row)]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_table_is_a_sheet_with_its_marking_units_filter_and_print_set_up(kind):
    book, briefing = workbook(kind), KINDS[kind]()
    assert book.sheetnames == ALL
    for name in ALL:
        page = book[name]
        assert page["A1"].value.startswith(shown(briefing.marking.text))
        assert ("SYNTHETIC" in page.oddHeader.center.text) == briefing.synthetic
        assert briefing.marking.tlp in page.oddHeader.center.text
        assert briefing.marking.tlp in page.oddFooter.center.text
        assert page.page_setup.orientation == "landscape"
        assert page.print_title_rows
    for sheet in SHEETS:
        page, (table, meanings) = book[sheet.name], told_table(briefing, sheet.table)
        assert page.freeze_panes is not None
        assert page.auto_filter.ref.startswith(f"A{HEADING_ROW + 1}:")
        names, rows = rows_of(book, sheet.name)
        assert names == list(table.columns) == list(meanings)
        assert len(rows) == len(table)
        units = [cell.value or "" for cell in page[HEADING_ROW]]
        assert units == [shown(meant.unit) for meant in meanings.values()]
        assert all(page.cell(HEADING_ROW + 1, at + 1).comment for at in range(len(names)))


@pytest.mark.parametrize("kind", ["plain", "corrected", "hostile"])
def test_cells_hold_the_tables_values_and_types(kind):
    for sheet in SHEETS:
        table = KINDS[kind]().tables[sheet.table]
        names, rows = rows_of(workbook(kind), sheet.name)
        for at, name in enumerate(names):
            found = [row[at] for row in rows]
            if name in NUMBERS:
                wanted = [None if pd.isna(value) else value for value in table[name]]
                assert found == wanted, (sheet.name, name)
                assert all(isinstance(value, int | float) for value in found if value is not None)
            else:
                for cell, text in zip(found, table[name], strict=True):
                    if isinstance(cell, datetime):
                        assert (name, cell.strftime("%Y-%m-%d")) == ("date", text)
                    else:
                        assert _read(cell) == fitted(shown(text), rest=f"the whole is in {sheet.table}.csv")


def _read(cell: str | None) -> str:
    return cell or ""


def test_dates_known_to_the_day_are_dates_and_others_text():
    records = plain().tables["records"].assign(date=["2023-08-21", "2022"])
    book = opened(replace(plain(), tables=plain().tables | {"records": records}))
    _, rows = rows_of(book, "Records")
    assert [row[1] for row in rows] == [datetime(2023, 8, 21), "2022"]  # noqa: DTZ001 - a workbook knows no zones
    assert book["Records"].cell(HEADING_ROW + 2, 2).number_format == "yyyy-mm-dd"
    assert whole_day("1899-12-31") is None  # Excel cannot count to it
    assert whole_day("2023-02-30") is None


def test_whole_numbers_are_whole_and_negative_numbers_are_numbers():
    names, rows = rows_of(workbook("plain"), "Legs")
    assert {row[names.index("distance_km")] for row in rows} == {-1.5}
    assert {(type(row[names.index("seizures")]), row[names.index("seizures")]) for row in rows} == {(int, 3)}
    endless = plain().tables["legs"].assign(flow_p95=np.inf)
    names, rows = rows_of(opened(replace(plain(), tables=plain().tables | {"legs": endless})), "Legs")
    assert {row[names.index("flow_p95")] for row in rows} == {"unbounded"}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_no_cell_is_a_formula_or_a_link_and_nothing_leads_out(kind):
    data = render_xlsx(KINDS[kind]())
    for page in workbook(kind):
        for row in page.iter_rows():
            for cell in row:
                assert cell.data_type in ("n", "s", "d")
                assert cell.hyperlink is None
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        assert {part.date_time for part in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        for name in parts.namelist():
            content = parts.read(name)
            ET.fromstring(content)  # noqa: S314 - our own output
            assert b'TargetMode="External"' not in content
            assert not re.search(rb"<f[ >]", content)
            assert b"<hyperlink" not in content
        assert not [name for name in parts.namelist() if "external" in name.lower() or "vba" in name.lower()]


def test_text_that_the_writer_would_take_for_markup_stays_text():
    rich = "<r><t>one</t></r></si><si><t>two</t></r>"
    assert "<r><t>one" not in _shared(shown(rich))
    assert "<r><t>one" in _shared(rich)  # what shown() holds off: the writer's own rule
    corridors = plain().tables["corridors"].assign(reasons=[rich, "_x0041_", "=1+1"])
    names, rows = rows_of(opened(replace(plain(), tables=plain().tables | {"corridors": corridors})), "Corridors")
    first, second, third = (row[names.index("reasons")] for row in rows)
    assert first.rstrip() == rich
    assert second == "_x0041_"  # as it stands this would be read as an escaped A
    assert third == "=1+1"


def _shared(text: str) -> str:
    from xlsxwriter import Workbook

    target = io.BytesIO()
    with Workbook(target, {"in_memory": True}) as book:
        book.add_worksheet().write_string(0, 0, text)
    with zipfile.ZipFile(target) as parts:
        return parts.read("xl/sharedStrings.xml").decode()


def test_text_too_long_for_a_cell_says_where_the_rest_is():
    long = "\U0001f6a2" * 20_000  # two UTF-16 units each
    for text in (LONG, long):
        cut = fitted(text, rest="the whole is in a.csv")
        assert len(cut.encode("utf-16-le")) // 2 <= MOST_CHARACTERS
        assert cut.endswith(f"{len(text):,} characters in all, the whole is in a.csv]")
        assert text.startswith(cut[: cut.index(" …")])
    assert fitted("x" * MOST_CHARACTERS, rest="") == "x" * MOST_CHARACTERS
    cells = [cell for page in workbook("hostile") for row in page.iter_rows(values_only=True) for cell in row]
    assert any("[cut here: 40,0" in cell for cell in cells if isinstance(cell, str))


def test_a_table_longer_than_a_sheet_says_so(monkeypatch):
    monkeypatch.setattr(xlsx_tables, "MOST_ROWS", 2)
    book = opened(plain())
    assert len(rows_of(book, "Places")[1]) == 2
    assert "The first 2 of 5 rows: the others are in places.csv." in book["Places"]["A2"].value
    assert "The first" not in book["Records"]["A2"].value


def test_read_me_first_says_all_that_a_reader_must_know():
    briefing = replace(hostile(), caveats=("Seizures are not flow.",), changes=("One leg is new.",))
    said = front(opened(briefing))
    for text in (briefing.marking.text, "SYNTHETIC", "Seizures are not flow.", "One leg is new.", run_digest(briefing)):
        assert text in said
    assert "Confidence is low." in front(workbook("plain"))
    assert "Yangon leads.\n(30 records)" in front(workbook("plain"))
    assert "tier\tno reason" in front(workbook("plain"))
    assert "not traffic" in front(workbook("plain"))
    assert "SYNTHETIC" not in front(workbook("plain"))
    for payload in PAYLOADS:
        assert fitted(shown(payload), rest="all of it is in run.json or briefing.html") in front(workbook("hostile"))


def test_units_lists_every_column():
    rows = list(workbook("corrected")["Units"].iter_rows(min_row=3, values_only=True))
    assert [(row[0], row[1]) for row in rows] == [(s.name, column) for s in SHEETS for column in COLUMNS[s.table]]
    assert all(row[3] for row in rows)
    assert {row[2] for row in rows if row[1] == "flow_mean"} == {"consignments"}


def test_no_number_of_consignments_where_levels_are_not_told():
    book = workbook("untold")
    for sheet in SHEETS:
        names, rows = rows_of(book, sheet.name)
        assert not [
            name for name in names if name.startswith(("flow_", "throughflow_")) and not name.endswith("_share")
        ]
        assert not {"expected", "branches"} & set(names)
    names, rows = rows_of(book, "Legs")
    wanted = share_of_largest(corrected().tables["legs"]["flow_mean"]).tolist()
    assert [row[names.index("flow_share")] for row in rows] == wanted
    assert "Levels are not told" in book["Legs"]["A2"].value
    assert "Levels\tLevels are not told" in front(book)
    structure, told = rows_of(book, "Structure"), rows_of(workbook("corrected"), "Structure")
    assert [row[structure[0].index("mean")] for row in structure[1]] == [None]
    assert [row[told[0].index("mean")] for row in told[1]] == [3]


def test_further_results_of_analyses_lose_their_levels_alone():
    said = "flow_sea_mean: 12; p_up: 0.8; null_flow: 3; called: Dili; first_appearances_mean: 9"
    structure = untold().tables["structure"].assign(said=said, analysis="change")
    table, _ = told_table(replace(untold(), tables=untold().tables | {"structure": structure}), "structure")
    assert table["said"].tolist() == ["p_up: 0.8; called: Dili"]
    assert table["mean"].tolist() == [3.0]


def test_shares_of_nothing_are_missing():
    assert share_of_largest(pd.Series([0.0, np.nan])).isna().all()
    assert share_of_largest(pd.Series([np.inf, 1.0])).isna().all()
    assert share_of_largest(pd.Series([3.0, 1.0, np.nan])).tolist()[:2] == [1.0, 0.333333]


def test_a_case_without_rows_still_has_every_sheet_and_heading():
    book = opened(replace(empty(), marking=Marking("RED")))
    assert book.sheetnames == ALL
    assert rows_of(book, "Corridors") == (list(COLUMNS["corridors"]), [])
    assert "0 rows" in front(book)
