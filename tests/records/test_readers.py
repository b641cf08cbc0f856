"""Every format says the same; what a file cannot say ends in one clear line."""

from __future__ import annotations

import datetime as dt
import gzip
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from routegraph.errors import InputError
from routegraph.records.readers import READERS, ReadOptions, read_raw, unpacking

NAMES = ["record_id", "date", "count", "seized_at", "quantity", "remarks"]
ROWS = [
    ["007", "2023-08-21", "1", "Mae Sot", "12", 'said "stop", left'],
    ["12345678901234567890", "2023", "0", "Poipet", "0.1", "two\nlines"],
    ["é", "", "3", "Bavet", "", "ด่านแม่สอด"],
]


def write(folder: Path, suffix: str) -> Path:
    path = folder / f"rows{suffix}"
    frame = pd.DataFrame(ROWS, columns=NAMES, dtype="str")
    if suffix == ".parquet":
        frame.to_parquet(path)
    elif suffix == ".xlsx":
        frame.to_excel(path, index=False)
    elif suffix in {".jsonl", ".ndjson"}:
        frame.to_json(path, orient="records", lines=True, force_ascii=False)
    elif suffix == ".csv.zst":  # pandas would ask for a library that routegraph does not need
        path.write_bytes(pa.compress(frame.to_csv(index=False).encode(), codec="zstd", asbytes=True))
    else:
        frame.to_csv(path, index=False, sep="\t" if suffix == ".tsv" else ",", compression="infer")
    return path


def read(path: Path, **options: str):
    return read_raw(path, options=ReadOptions(**options), source=path.name)[0]


def body(table) -> list[list[str]]:
    return table.cells.to_numpy().tolist() if table.named else table.cells.iloc[1:].to_numpy().tolist()


@pytest.mark.parametrize("suffix", [*READERS, ".csv.gz", ".csv.zst"])
def test_every_format_yields_the_same_text(tmp_path, suffix):
    table = read(write(tmp_path, suffix))
    assert body(table) == ROWS
    assert table.rejects.empty
    names = list(table.cells.columns) if table.named else table.cells.iloc[0].tolist()
    assert names == NAMES


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".parquet"])
def test_the_header_is_row_one(tmp_path, suffix):
    table = read(write(tmp_path, suffix))
    assert list(table.rows) == ([2, 3, 4] if table.named else [1, 2, 3, 4])


def test_typed_numbers_lose_no_digit_and_gain_none(tmp_path):
    path = tmp_path / "numbers.parquet"
    table = pa.table({
        "float": [12.0, 0.1, None],
        "single": pa.array(np.array([0.1, 2.5, 3.0], dtype="float32")),
        "whole": [10**17 + 1, -3, None],
        "day": [dt.date(2023, 8, 21), None, None],
        "moment": pa.array([dt.datetime(2023, 8, 21), dt.datetime(2023, 8, 21, 5, 6), None], pa.timestamp("ms")),  # noqa: DTZ001
        "told": [True, False, None],
    })  # fmt: skip
    pq.write_table(table, path)
    cells = read(path).cells
    assert list(cells["float"]) == ["12", "0.1", ""]
    assert list(cells["single"]) == ["0.1", "2.5", "3"]
    assert list(cells["whole"]) == ["100000000000000001", "-3", ""]
    assert list(cells["day"]) == ["2023-08-21", "", ""]
    assert cells["moment"][0] == "2023-08-21"
    assert cells["moment"][1].startswith("2023-08-21T05:06")


def test_json_numbers_keep_the_digits_they_were_written_with(tmp_path):
    path = tmp_path / "n.jsonl"
    path.write_text('{"quantity": 12.50, "id": 123456789012345678901}\n[1]\n{"quantity": null, "via": ["A", "B"]}\n')
    table = read(path)
    assert list(table.cells["quantity"]) == ["12.50", ""]
    assert table.cells["id"][0] == "123456789012345678901"
    assert list(table.cells["via"]) == ["", "A; B"]
    assert list(table.rejects["row"]) == [2]


def test_torn_rows_are_set_aside_with_the_row_a_person_counts(tmp_path):
    path = tmp_path / "torn.csv"
    path.write_text('a,b\n"x\ny",1\n\nshort\n2,3,4\n5,6\n')
    table = read(path)
    assert table.cells.iloc[1:].to_numpy().tolist() == [["x\ny", "1"], ["5", "6"]]
    assert list(table.rows) == [1, 2, 6]
    assert list(table.rejects["row"]) == [4, 5]
    assert set(table.rejects["scope"]) == {"row"}
    assert table.rejects["value"][0] == "short"


def test_a_semicolon_file_is_read_and_says_so(tmp_path):
    path = tmp_path / "s.csv"
    path.write_text("a;b\n1,5;2\n")
    table = read(path)
    assert table.cells.iloc[1].tolist() == ["1,5", "2"]
    assert table.notes == ("read as semicolon separated",)


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path):
    path = tmp_path / "bom.csv"
    path.write_bytes(b"\xef\xbb\xbfrecord_id,date\n1,2023\n")
    assert read(path).cells.iloc[0].tolist() == ["record_id", "date"]


def test_another_encoding_is_refused_with_the_way_to_say_it_and_read_once_said(tmp_path):
    path = tmp_path / "thai.csv"
    path.write_bytes("seized_at\nแม่สอด\n".encode("cp874"))
    with pytest.raises(InputError, match=r"line 2 is not utf-8.*cp874"):
        read(path)
    assert read(path, encoding="cp874").cells.iloc[1, 0] == "แม่สอด"
    with pytest.raises(InputError, match="no encoding is called 'klingon'"):
        read(path, encoding="klingon")


def test_half_a_surrogate_pair_does_not_stop_a_file(tmp_path):
    path = tmp_path / "s.csv"
    path.write_bytes(b"a,b\n\xed\xa0\x80x,1\n")
    assert read(path).cells.iloc[1].tolist() == ["\ufffdx", "1"]
    lines = tmp_path / "s.jsonl"
    lines.write_text('{"a": "\\ud800x"}\n')
    assert read(lines).cells["a"][0] == "\ufffdx"


def broken(tmp_path: Path, kind: str) -> Path:
    path = tmp_path / {"gzip": "x.csv.gz", "parquet": "x.parquet", "zstd": "x.csv.zst"}.get(kind, f"x.{kind}")
    if kind == "gzip":
        path.write_bytes(gzip.compress(b"a,b\n" + b"1,2\n" * 1000)[:-20])
    elif kind == "parquet":
        whole = tmp_path / "whole.parquet"
        pd.DataFrame({"a": range(100)}).to_parquet(whole)
        path.write_bytes(whole.read_bytes()[:-30])
    else:
        path.write_bytes(b"\x28\xb5\x2f\xfdnonsense" if kind == "zstd" else b"PK\x03\x04nonsense")
    return path


@pytest.mark.parametrize("kind", ["gzip", "parquet", "zstd", "xlsx"])
def test_a_broken_file_ends_in_one_line(tmp_path, kind):
    with pytest.raises(InputError) as raised:
        read(broken(tmp_path, kind))
    assert "\n" not in str(raised.value)
    assert "expected" in str(raised.value)


@pytest.mark.parametrize(
    ("name", "data", "found"),
    [
        ("a.csv", b"", "empty"),
        ("a.csv", b" \n\n", "no text"),
        ("a.jsonl", b"nonsense\n", "no line is a JSON object"),
        ("a.doc", b"x", "not read"),
        ("a.xlsx.gz", b"x", "not read"),
    ],
)
def test_an_unusable_file_ends_in_one_line(tmp_path, name, data, found):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError, match=found):
        read(tmp_path / name)


def test_addresses_and_folders_are_no_files(tmp_path):
    for path in (Path("/vsicurl/x.csv"), tmp_path, tmp_path / "absent.csv"):
        with pytest.raises(InputError):
            read(path)


def test_archives_built_to_fill_a_disk_are_refused_before_they_are_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(unpacking, "SUSPECT_UNPACKED", 2**20)
    zeros = b"0" * (2 * 2**20)
    (tmp_path / "bomb.csv.gz").write_bytes(gzip.compress(zeros))
    (tmp_path / "bomb.csv.zst").write_bytes(pa.compress(zeros, codec="zstd", asbytes=True))
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", zeros)
    for name in ("bomb.csv.gz", "bomb.csv.zst", "bomb.xlsx"):
        with pytest.raises(InputError, match="unpack to"):
            read(tmp_path / name)


def test_an_ordinary_file_that_packs_well_is_read(tmp_path):
    path = tmp_path / "same.csv.gz"
    path.write_bytes(gzip.compress(b"seized_country\n" + b"THA\n" * 200_000))
    assert len(read(path).cells) == 200_001


def test_a_workbook_that_declares_entities_is_refused(tmp_path):
    good, bad = write(tmp_path, ".xlsx"), tmp_path / "bad.xlsx"
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(bad, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name == "xl/workbook.xml":
                data = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + data
            target.writestr(name, data)
    with pytest.raises(InputError, match="declares entities"):
        read(bad)


def test_both_date_systems_of_a_workbook_give_the_day_that_was_written(tmp_path):
    for epoch in (openpyxl.utils.datetime.WINDOWS_EPOCH, openpyxl.utils.datetime.MAC_EPOCH):
        book = openpyxl.Workbook()
        book.epoch = epoch
        book.active.append(["date", "n"])
        book.active.append([dt.datetime(2023, 8, 21), 12.0])  # noqa: DTZ001
        path = tmp_path / f"{epoch.year}.xlsx"
        book.save(path)
        assert read(path).cells.iloc[1].tolist() == ["2023-08-21", "12"]


def test_a_formula_without_a_stored_value_is_listed_and_not_lost(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["a", "b"])
    book.active.append(["1", "=1+1"])
    book.save(tmp_path / "f.xlsx")
    table = read(tmp_path / "f.xlsx")
    assert table.rejects[["row", "field", "value"]].to_numpy().tolist() == [[2, "column 2", "=1+1"]]
