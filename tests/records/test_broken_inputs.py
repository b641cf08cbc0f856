"""A directory of broken inputs: each ends in one clear line or in rejects, and no row is lost on the way.

Every case is named after what is wrong with it. A case of ``CELLS`` is one bad cell in an otherwise good file, a case
of ``FILES`` a file that is odd as a whole; what is expected stands beside it: an error's words, the reason of a
reject, or the value that must have survived.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import unicodedata
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from routegraph import cli
from routegraph.errors import InputError, PersonColumnError, ProfileError, RoutegraphError
from routegraph.places.gazetteer import Gazetteer
from routegraph.records import RecordBatch, load_profile, read_seizures

COLUMNS = (
    "record_id", "date", "count", "seized_at", "seized_country", "seized_lat", "seized_lon", "origin", "origin_country",
    "via", "destination_country", "mode", "commodity", "quantity", "unit", "value_usd", "source", "source_grade", "tlp",
    "releasable_to", "remarks",
)  # fmt: skip
GOOD = {
    "record_id": "good", "date": "2023-08-21", "seized_at": "Mae Sot", "seized_country": "THA", "origin_country": "MMR",
    "destination_country": "MYS", "mode": "road", "commodity": "arms.firearm.pistol", "quantity": "3", "unit": "piece",
    "source": "police", "source_grade": "B", "tlp": "GREEN",
}  # fmt: skip
BAD = GOOD | {"record_id": "bad", "source": "customs", "date": "2022-02-11"}
DANGEROUS = {
    "markup": "<script>alert(1)</script><img src=x onerror=alert(1)>", "template": "{{7*7777}}{% for %}{#",
    "template literal": "${7*7777}`", "formula": "=1+1", "formula with at": "@SUM(A1)", "formula with plus": "+1+1",
    "script end": "</script><!--", "percent code": "%3Cscript%3E", "homoglyphs": "Сосаine",
    "composed and decomposed": "Caf\u0065\u0301",
    "40,000 characters": "x" * 40_000, "quotes": 'a "quoted" word',
}  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """One changed row and what must come of it: a reject of ``field`` with ``why``, or else ``value`` kept."""

    change: dict[str, str]
    field: str
    why: str = ""
    value: object = None
    scope: str = "cell"


CELLS: dict[str, Cell] = {
    "date 30 February": Cell({"date": "2023-02-30"}, "date", "no day 30"),
    "date ambiguous": Cell({"date": "03/04/2023"}, "date", "ambiguous"),
    "date Buddhist era": Cell({"date": "2566-08-21"}, "date", "2566 is 2023"),
    "date in the future": Cell({"date": "2999-01-01"}, "date", "future"),
    "date before 1900": Cell({"date": "1066-10-14"}, "date", "before 1900"),
    "date in another zone": Cell({"date": "2022-02-11T23:30:00-05:00"}, "date", value="2022-02-12"),
    "date as a spreadsheet serial": Cell({"date": "44603"}, "date", "serial"),
    "date as a range": Cell({"date": "2022-02-11/2022-02-14"}, "date", "more than one date"),
    "quantity -3": Cell({"quantity": "-3"}, "quantity", "below zero"),
    "quantity 0": Cell({"quantity": "0"}, "quantity", value=0.0),
    "quantity twelve": Cell({"quantity": "twelve"}, "quantity", "not a number"),
    "quantity 1e400": Cell({"quantity": "1e400"}, "quantity", "too large"),
    "quantity 5-10": Cell({"quantity": "5-10"}, "quantity", "more than one number"),
    "quantity about 50": Cell({"quantity": "~50"}, "quantity", "estimate"),
    "quantity NaN": Cell({"quantity": "NaN"}, "quantity", "not a number"),
    "quantity with two units": Cell({"quantity": "12 kg", "unit": "litre"}, "quantity", "unit column"),
    "quantity 1,200": Cell({"quantity": "1,200"}, "quantity", "ambiguous"),
    "unit unknown": Cell({"unit": "bags"}, "quantity", "unknown unit"),
    "value that is no number": Cell({"value_usd": "a lot"}, "value_usd", "not a plain number"),
    "count of a half": Cell({"count": "2.5"}, "count", "whole number", scope="row"),
    "count below zero": Cell({"count": "-1"}, "count", "below", scope="row"),
    "count of a word": Cell({"count": "many"}, "count", "not a plain number", scope="row"),
    "position out of range": Cell({"seized_lat": "97.1", "seized_lon": "200"}, "seized_lat", "out of range"),
    "position swapped": Cell({"seized_lat": "98.57", "seized_lon": "16.71"}, "seized_lat", "swapped"),
    "position on null island": Cell({"seized_lat": "0", "seized_lon": "0"}, "seized_lat", "unknown position"),
    "position NaN": Cell({"seized_lat": "NaN", "seized_lon": "98.5"}, "seized_lat", "decimal degrees"),
    "position with a decimal comma": Cell({"seized_lat": "16,71", "seized_lon": "98,57"}, "seized_lat", value=16.71),
    "position in degrees and minutes": Cell(
        {"seized_lat": "16°42'N", "seized_lon": "98°34'E"}, "seized_lat", "degrees"
    ),
    "position of one number": Cell({"seized_lat": "16.71"}, "seized_lat", "together"),
    "position on the antimeridian": Cell({"seized_lat": "-17.8", "seized_lon": "180"}, "seized_lon", value=180.0),
    "country by its old name": Cell({"origin_country": "Burma"}, "origin_country", value="MMR"),
    "country NA is Namibia": Cell({"origin_country": "NA"}, "origin_country", value="NAM"),
    "country unknown": Cell({"origin_country": "Atlantis"}, "origin_country", "not a country"),
    "place unknown": Cell({"seized_at": "Xanadu-sur-Mer"}, "seized_at", "not found"),
    "place ambiguous": Cell({"origin": "Barcelona", "origin_country": ""}, "origin", "ambiguous"),
    "place in another country": Cell({"seized_country": "PHL"}, "seized_at", "not PHL"),
    "no place at all": Cell({"seized_at": "", "seized_country": ""}, "seized_at", "no place", scope="row"),
    "mode unknown": Cell({"mode": "camel"}, "mode", "expected one of road"),
    "commodity unknown": Cell({"commodity": "pistl"}, "commodity", "did you mean 'pistol'"),
    "grade unknown": Cell({"source_grade": "Z"}, "source_grade", "expected one of A"),
    "marking unknown": Cell({"tlp": "SECRET"}, "tlp", "expected one of CLEAR"),
    "country of release unknown": Cell({"releasable_to": "THA XXX"}, "releasable_to", "XXX"),
    "control characters": Cell({"remarks": "a\x07b\x1bc"}, "remarks", "control"),
    "direction override": Cell({"remarks": "safe\u202egnp.exe"}, "remarks", "control or direction"),
}


def sheet(*rows: dict[str, str], columns: tuple[str, ...] = COLUMNS) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode("utf-8", "surrogatepass")


def packed_workbook(content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/worksheets/sheet1.xml", content)
    return out.getvalue()


def workbook(fill: Callable[[object], None]) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.active.append(list(COLUMNS))
    book.active.append([GOOD.get(column, "") for column in COLUMNS])
    fill(book)
    book.save(out)
    return out.getvalue()


def parquet() -> bytes:
    out = io.BytesIO()
    pd.DataFrame([GOOD, BAD]).to_parquet(out)
    return out.getvalue()


def lines(*rows: object) -> bytes:
    return "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows).encode()


BOTH = sheet(GOOD, BAD)
THAI = sheet(GOOD, BAD | {"remarks": "แม่สอด"}).decode()
FRENCH = sheet(GOOD, BAD | {"remarks": "dépôt"}).decode()
HEADER = ",".join(COLUMNS)
DEEP = '{"seized_country": ' + "[" * 100_000 + "]" * 100_000 + "}"


@dataclass(frozen=True)
class File:
    """A file and what must come of it: an error with these words, or this many rows, rejects among them."""

    name: str
    content: bytes | None
    error: type[RoutegraphError] | None = None
    says: str = ""
    rows: int = 2
    rejects: str = ""


FILES: dict[str, File] = {
    "encoding with a byte order mark": File("a.csv", b"\xef\xbb\xbf" + BOTH),
    "encoding cp874": File("a.csv", THAI.encode("cp874"), InputError, "cp874"),
    "encoding cp1252": File("a.csv", FRENCH.encode("cp1252"), InputError, "line 3 is not utf-8"),
    "encoding UTF-16": File("a.csv", THAI.encode("utf-16")),
    "lone surrogate": File("a.csv", sheet(GOOD, BAD | {"remarks": "a\ud800b"}), rejects="broken text"),
    "lone surrogate in JSON": File("a.jsonl", lines(GOOD, '{"seized_country": "THA", "remarks": "\\ud800"}')),
    "null bytes": File("a.csv", BOTH.replace(b"customs", b"cus\x00toms"), rejects="broken text"),
    "ragged row, too long": File("a.csv", BOTH + b"x," * 40 + b"\n", rows=3, rejects="cells where the header has"),
    "ragged row, too short": File("a.csv", BOTH + b"x,2023\n", rows=3, rejects="cells where the header has"),
    "semicolons": File("a.csv", BOTH.replace(b",", b";")),
    "wrong delimiter": File("a.csv", BOTH.replace(b",", b"^"), InputError, "no known column"),
    "tabs in a file called csv": File("a.csv", BOTH.replace(b",", b"\t")),
    "quote never closed": File(
        "a.csv", BOTH + b'x,"2023' + b"," * 19 + b"\n", rows=3, rejects="cells where the header has"
    ),
    "header only": File("a.csv", HEADER.encode(), InputError, "no rows"),
    "empty file": File("a.csv", b"", InputError, "empty"),
    "nothing but blank lines": File("a.csv", b"\n\n  \n", InputError, "no text"),
    "blank lines between": File("a.csv", BOTH.replace(b"\n", b"\n\n")),
    "no known column": File("a.csv", b"a,b,c\n1,2,3\n", InputError, "no known column"),
    "known columns, nothing in them": File("a.csv", b"seized_at,seized_country\n,\n,\n", InputError, "no rows"),
    "column twice": File("a.csv", b"seized_country,seized_country\nTHA,MYS\nTHA,THA\n"),
    "column names that are code": File("a.csv", BOTH.replace(b"remarks", b"{{7*7777}}<script>")),
    "column that names persons": File("a.csv", BOTH.replace(b"remarks", b"suspect_name"), PersonColumnError, "--drop"),
    "same id, other content": File("a.csv", sheet(GOOD, BAD | {"record_id": "good"}), rejects="other content"),
    "equal rows": File("a.csv", sheet(GOOD, GOOD, GOOD), rows=3),
    "gzip that breaks off": File("a.csv.gz", gzip.compress(BOTH)[:-20], InputError, "breaks off"),
    "gzip that is none": File("a.csv.gz", BOTH, InputError, "not a sound gzip"),
    "gzip bomb": File("a.csv.gz", gzip.compress(b"0" * 110_000_000), InputError, "unpack to"),
    "zstd that is none": File("a.csv.zst", BOTH, InputError, "not a sound zstd"),
    "Parquet that breaks off": File("a.parquet", parquet()[:-30], InputError, "arquet"),
    "Parquet that is none": File("a.parquet", BOTH, InputError, "arquet"),
    "workbook that is none": File("a.xlsx", BOTH, InputError, "not a sound workbook"),
    "workbook that breaks off": File("a.xlsx", workbook(lambda book: None)[:-40], InputError, "not a sound workbook"),
    "workbook bomb": File("a.xlsx", packed_workbook(b"0" * 110_000_000), InputError, "unpack to"),
    "workbook with entities": File(
        "a.xlsx", packed_workbook(b'<!DOCTYPE a [<!ENTITY b "c">]><a/>'), InputError, "entities"
    ),
    "workbook with a formula never calculated": File(
        "a.xlsx", workbook(lambda book: book.active.append(["x", "=TODAY()", "", "", "THA"])), rejects="stored value"
    ),
    "workbook with merged cells": File("a.xlsx", workbook(lambda book: book.active.merge_cells("D2:E2")), rows=1),
    "JSON line that breaks off": File("a.jsonl", lines(GOOD, '{"seized_country": "TH'), rejects="not a JSON object"),
    "JSON line that is a list": File("a.jsonl", lines(GOOD, [1, 2]), rejects="not a JSON object"),
    "JSON nested without end": File("a.jsonl", lines(GOOD, DEEP), rejects="not a JSON object"),
    "JSON without objects": File("a.jsonl", b"[]\n1\n", InputError, "JSON object"),
    "suffix unknown": File("a.docx", BOTH, InputError, "not read"),
    "pickle": File("a.pkl", b"\x80\x04.", InputError, "not read"),
    "no such file": File("a.csv", None, InputError, "no such file"),
}


@pytest.fixture(scope="module")
def broken(tmp_path_factory) -> dict[str, Path]:
    """Write the directory of broken inputs and return each case's file."""
    folder = tmp_path_factory.mktemp("broken")
    written = {}
    for number, (name, case) in enumerate(FILES.items()):
        written[name] = folder / f"{number:03d}" / case.name
        written[name].parent.mkdir()
        if case.content is not None:
            written[name].write_bytes(case.content)
    for name, cell in CELLS.items():
        written[name] = folder / f"{name}.csv"
        rows = (GOOD | {"record_id": f"good, {name}"}, BAD | {"record_id": f"bad, {name}"} | cell.change)
        written[name].write_bytes(sheet(*rows))
    return written


@pytest.fixture(scope="module")
def cells(broken) -> RecordBatch:
    """Read all files with one bad cell each at once: a bad file does not spoil its neighbours."""
    return read(*(broken[name] for name in CELLS))


def read(*paths: Path) -> RecordBatch:
    return read_seizures(list(paths), profile=load_profile("routegraph"), gazetteer=Gazetteer.builtin())


def check_balance(batch: RecordBatch, *, rows: int) -> None:
    """Rows in = records + whole-row rejects + duplicates, by what was counted and by what is there."""
    told = pd.DataFrame(list(batch.provenance.values()))
    whole = int((batch.rejects["scope"] == "row").sum())
    assert told["rows_in"].sum() == rows
    assert len(batch.records) + whole + len(batch.duplicates) == rows
    assert (told["rows_in"] == told["records"] + told["rejected_rows"] + told["duplicates"]).all()
    counted = told[["records", "rejected_rows", "duplicates"]].sum().tolist()
    assert counted == [len(batch.records), whole, len(batch.duplicates)]
    assert (batch.rejects["reason"] != "").all()


def test_the_directory_holds_more_than_45_cases(broken):
    assert len(broken) == len(CELLS) + len(FILES)
    assert len(broken) >= 45


def test_no_row_of_the_files_with_a_bad_cell_is_lost(cells):
    check_balance(cells, rows=2 * len(CELLS))
    assert {f"good, {name}" for name in CELLS} <= set(cells.records["record_id"])


@pytest.mark.parametrize("name", CELLS)
def test_a_bad_cell_is_named_with_file_row_and_reason(cells, name):
    case, rejects = CELLS[name], cells.rejects[cells.rejects["source"] == f"{name}.csv"]
    kept = cells.records.set_index("record_id")
    assert rejects["row"].isin([3]).all()
    mine = rejects[rejects["field"] == case.field]
    if case.why:
        assert mine["scope"].tolist() == [case.scope]
        assert case.why in mine["reason"].iloc[0]
        assert (f"bad, {name}" in kept.index) == (case.scope == "cell")
    else:
        assert mine.empty
        assert kept.loc[f"bad, {name}", case.field] == case.value


@pytest.mark.parametrize("name", FILES)
def test_a_broken_file_ends_in_one_clear_line_or_in_rejects(broken, name):
    case = FILES[name]
    if case.error is not None:
        with pytest.raises(case.error) as caught:
            read(broken[name])
        line = str(caught.value)
        assert case.says in line
        assert broken[name].name in line
        assert "expected" in line
        assert len(line.splitlines()) == 1
        assert str(broken[name].parent) not in line
        return
    batch = read(broken[name])
    check_balance(batch, rows=case.rows)
    assert len(batch.records)
    if case.rejects:
        assert batch.rejects["reason"].str.contains(case.rejects, regex=False).any()


def test_dangerous_text_is_kept_as_text_in_every_text_field(tmp_path):
    fields = ("remarks", "source", "record_id", "seized_at", "origin", "via", "other column")
    columns = (*COLUMNS, "other column")
    path = tmp_path / "dangerous.csv"
    texts = [(name, text, field) for name, text in DANGEROUS.items() for field in fields]
    days = pd.date_range("2015-01-01", periods=len(texts), freq="7D").strftime("%Y-%m-%d")  # no near duplicates
    rows = [
        BAD | {"record_id": f"{name}, {field}", "date": day} | {field: text}
        for (name, text, field), day in zip(texts, days, strict=True)
    ]
    path.write_bytes(sheet(*rows, columns=columns))
    batch = read(path)
    check_balance(batch, rows=len(rows))
    for name, text in DANGEROUS.items():
        composed = unicodedata.normalize("NFC", text)
        for field in fields[:3]:
            assert composed in batch.records[field].tolist(), (name, field)
        assert composed in batch.unmapped["value"].tolist(), name
        stated = [*batch.records["seized_at"], *batch.records["origin"], *batch.records["via"]]
        assert composed in [*stated, *batch.rejects["value"]], name


@pytest.mark.parametrize(
    "name", ["{{7*7777}}.csv", "a b;c.csv", "$(touch x).csv", "ü\u202e.csv", "'; drop table x.csv"]
)
def test_a_file_name_is_data_as_well(tmp_path, name):
    (tmp_path / name).write_bytes(BOTH)
    batch = read(tmp_path / name)
    check_balance(batch, rows=2)
    assert len(batch.records) == 2


def test_a_folder_and_an_address_are_no_files(tmp_path):
    for path in (tmp_path, Path("https://example.org/a.csv"), Path("/vsicurl/a.csv")):
        with pytest.raises(InputError):
            read(path)


def test_two_files_of_one_name_are_told_apart(tmp_path):
    paths = [tmp_path / side / "a.csv" for side in ("north", "south")]
    for path, row in zip(paths, (GOOD, BAD), strict=True):
        path.parent.mkdir()
        path.write_bytes(sheet(row))
    batch = read_seizures(paths, profile=load_profile("routegraph"), gazetteer=Gazetteer.builtin())
    assert sorted(batch.provenance) == ["north/a.csv", "south/a.csv"]
    assert len(batch.records) == 2


def test_profile_errors_are_input_errors():
    assert issubclass(ProfileError, InputError)


def test_check_on_the_command_line_says_one_line_a_broken_file_and_never_a_traceback(broken, capsys):
    for name, case in FILES.items():
        if case.error is None or "bomb" in name:
            continue
        with pytest.raises(SystemExit) as left:
            cli.main(["check", str(broken[name])])
        shown = capsys.readouterr()
        assert left.value.code == 1, name
        assert shown.err.startswith("routegraph: "), name
        assert len(shown.err.splitlines()) == 1, name
        assert shown.out == "", name


def test_check_on_the_command_line_names_what_it_set_aside(broken, capsys):
    some = list(CELLS)[::8]
    with pytest.raises(SystemExit) as left:
        cli.main(["check", "--json", *(str(broken[name]) for name in some)])
    shown = capsys.readouterr()
    assert left.value.code in (0, None)
    assert shown.err == ""
    told = pd.DataFrame(json.loads(shown.out))
    assert set(told["source"]) >= {f"{name}.csv" for name in some}
    bad = [f"{name}.csv" for name in some if CELLS[name].why]
    assert set(told.loc[told["reason"] != "", "source"]) == set(bad)
