"""What a file read back has to hold, and whether its lines lie right."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from routegraph.briefing.columns import NUMBERS
from routegraph.render.plain_text import storable

SUVA_TO_APIA_KM = 1145.0
"""Great-circle distance between the two, either side of the antimeridian."""


def same_values(read: pd.DataFrame, table: pd.DataFrame, *, text: Callable[[str], str] = storable) -> None:
    """Fail unless every cell of ``table`` came back: numbers to the last digit, text as ``text`` makes it."""
    assert len(read) == len(table)
    for column in table.columns:
        if column in NUMBERS:
            back, sent = (pd.to_numeric(one[column]).astype("float64").to_numpy() for one in (read, table))
            np.testing.assert_array_equal(back, sent, err_msg=column)
        else:
            sent_text = [text(str(cell)) for cell in table[column]]
            assert ["" if pd.isna(cell) else cell for cell in read[column]] == sent_text, column


def km(lines: list[list[tuple[float, float]]]) -> float:
    """Return the length of lines of (lon, lat), measured on the flat page with a degree of longitude at its latitude.

    A line that is not cut at the antimeridian comes out 360 degrees too long.
    """
    total = 0.0
    for line in lines:
        lon, lat = np.array(line).T
        across = np.diff(lon) * np.cos(np.radians((lat[1:] + lat[:-1]) / 2))
        total += float(np.hypot(across, np.diff(lat)).sum()) * 111.195
    return total


def in_another_process(code: str, *, seed: str) -> str:
    """Return what Python prints under another hash seed."""
    here = Path(__file__).parent
    paths = [str(here), str(here.parents[1] / "src"), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(paths)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    return done.stdout
