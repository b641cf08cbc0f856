"""A case in which every text field of every table is an attack: its tables, and a run of it by the command line."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from pathlib import Path

from routegraph.records.schema import EFFORT_COLUMNS, SEIZURE_COLUMNS, TRANSIT_COLUMNS

BAD = "window.bad=1,alert(1)"
PAYLOADS = {
    "template": "{{7*7777}}",
    "template call": "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "literal": "${7*7777}",
    "script end": f"</script><script>{BAD}</script>",
    "image": f"<img src=x onerror={BAD}>",
    "attribute": f"\"' onmouseover={BAD} x='",
    "comment": "<!--<script>",
    "backtick": f"`+({BAD})+`",
    "backslash": "\\`${7*7777}\\",
    "equals": "=1+1",
    "plus": "+1+1",
    "minus": "-1+1",
    "minus one": "-1",
    "at": "@SUM(1+1)",
    "tab": "\t=1+1",
    "carriage return": "\r=1+1",
    "open expression": "{{ open",
    "open block": "{% open",
    "open remark": "{# open",
    "raw block": "{% raw %}{% for x in y %}",
    "separator": "a\u2028b\u2029c",
    "override": "safe\u202egnp.exe",
    "NUL": "a\x00b",
    "control": "a\x07b\x1b[31mc",
    "surrogate": "a\ud800b",
    "entity": "&lt;b&gt; &amp; ]]>",
    "url": "javascript:alert(1)",
    "long": "long " + "x" * 40_000,
}
NUMBERS = {"count", "seized_lat", "seized_lon", "quantity", "value_usd", "movements", "inspections", "lat", "lon"}
# Texts that no spreadsheet row can be told from when they come alone: written as JSON, which can hold them all.
PER_TABLE = {"seizures": SEIZURE_COLUMNS, "transits": TRANSIT_COLUMNS, "effort": EFFORT_COLUMNS}
HOSTILE_NAME = "{{7*7777}} ${7*7777} <img src=x onerror=alert(1)> =1+1 `.jsonl"
TITLE = " ".join(PAYLOADS[name] for name in ("template", "literal", "script end", "image", "backtick", "open block"))


def place_rows() -> list[dict[str, object]]:
    """Return for each payload a place with a hostile name (and aliases, and region) and one with a hostile id."""
    rows = []
    for n, payload in enumerate(PAYLOADS.values()):
        country, lat = ("THA", 8.0 + 0.4 * n) if n % 2 else ("MMR", 10.0 + 0.4 * n)
        shape = {"country": country, "kind": "city", "region": payload, "aliases": f"{payload}; other {payload}"}
        rows.append(shape | {"place_id": f"P{n}", "name": f"{payload} named {n}", "lat": lat, "lon": 98.0})
        rows.append(shape | {"place_id": f"{payload} id {n}", "name": f"Plain {n}", "lat": lat, "lon": 101.0})
    return rows


def seizure_rows() -> list[dict[str, object]]:
    """Return routes through the hostile places with hostile ids, sources and remarks, and every field hostile once."""
    good = {
        "date": "2023-08-21", "seized_country": "THA", "origin_country": "MMR", "mode": "road", "quantity": 3,
        "commodity": "arms.firearm.pistol", "unit": "piece", "tlp": "GREEN", "source_grade": "B",
    }  # fmt: skip
    rows, texts = [], list(PAYLOADS.values())
    for n, payload in enumerate(texts):
        ids = [f"{payload} id {n}", f"P{n}", f"P{(n + 1) % len(texts)}"]
        for again in range(4):
            here = {"record_id": f"{payload} record {n}.{again}", "source": payload, "remarks": payload}
            stops = {"origin": ids[0], "seized_at": ids[1], "destination": ids[2]}
            where = {"seized_country": "", "origin_country": "", "date": f"20{10 + again}-0{1 + n % 9}-11"}
            rows.append(good | here | stops | where | {payload[:60]: payload})
        rows += [
            good | {"date": "2019-05-06", column: payload, "extra": f"{column} {payload}"} for column in SEIZURE_COLUMNS
        ]
    return rows


def other_rows(table: str) -> list[dict[str, object]]:
    """Return transits or effort with each field hostile in turn, beside a good row."""
    good = {
        "transits": {"period": "2020", "origin": "P1", "destination": "P3", "mode": "road", "movements": 9},
        "effort": {"period": "2020", "place": "P1", "inspections": 5, "reported": "yes"},
    }[table]  # fmt: skip
    hostile = [good | {column: payload} for payload in PAYLOADS.values() for column in PER_TABLE[table]]
    return [good, *hostile]


def as_csv(rows: list[dict[str, object]], columns: tuple[str, ...]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().replace("\x00", "").encode("utf-8", "replace")


def as_json_lines(rows: list[dict[str, object]]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode("ascii")


def run_hostile_case(folder: Path) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """Run the command line on the hostile case; return the folder of its products and what it printed."""
    written = {
        HOSTILE_NAME: as_json_lines(seizure_rows()),
        "transits.jsonl": as_json_lines(other_rows("transits")),
        "effort.csv": as_csv(other_rows("effort"), EFFORT_COLUMNS),
        "places.jsonl": as_json_lines(place_rows()),
    }
    for name, content in written.items():
        (folder / name).write_bytes(content)
    command = [
        "run", "--seizures", HOSTILE_NAME, "--transits", "transits.jsonl", "--effort", "effort.csv",
        "--places", "places.jsonl", "--title", TITLE, "--draws", "60", "--out", "out",
    ]  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "routegraph.cli", *command], cwd=folder, capture_output=True, text=True, check=False
    )
    return folder / "out", done


def acted(opened, *, scripts: int) -> list[str]:
    """Return what ran, was asked for or was complained of, and each element that came out of a text: nothing should."""
    page = opened.page
    found = {
        "a text ran": page.evaluate("window.bad") is not None,
        "scripts other than the page's own": page.evaluate("document.scripts.length") != scripts,
        "a picture": page.locator("img[src='x']").count(),
        "an acting attribute": page.locator("[onerror], [onmouseover], a[href^='javascript']").count(),
        "the canary's answer": re.search(r"(?<![0-9a-f.])54439(?![0-9a-f])", page.content()),
    }
    return [what for what, there in found.items() if there] + opened.requests + opened.complaints
