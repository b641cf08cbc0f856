"""Where real data is found, and what every test may lean on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Return the folder of real data sets, or skip with a plain reason."""
    folder = Path(os.environ.get("ROUTEGRAPH_REAL_DATA", PROJECT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}; set ROUTEGRAPH_REAL_DATA to a folder that holds it")
    return folder


@pytest.fixture(scope="session")
def samples() -> Path:
    """Return the bundled synthetic sample case."""
    return PROJECT / "data" / "samples"
