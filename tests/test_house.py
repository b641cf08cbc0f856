"""The house: light to import, a public surface that is true, errors drawn as they are."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys

import routegraph
from routegraph import errors

HEAVY = ("folium", "sklearn", "igraph", "duckdb", "ibis", "shapely", "openpyxl", "matplotlib", "scipy", "numba")


def test_import_routegraph_is_light():
    code = f"import sys; import pandas; import routegraph; print([m for m in {HEAVY!r} if m in sys.modules])"
    heavy = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert heavy.strip() == "[]"


def test_every_public_name_loads_and_all_is_sorted():
    assert list(routegraph.__all__) == sorted(routegraph.__all__)
    assert all(getattr(routegraph, name) is not None for name in routegraph.__all__)
    assert set(routegraph._HOMES) == set(routegraph.__all__) - {"__version__"}


def test_the_tree_of_errors_is_drawn_as_it_is():
    drawn = set(re.findall(r"(\w+Error)(?:\(\w+\))?  ", errors.__doc__)) | {"RoutegraphError"}
    real = {
        name for name, thing in inspect.getmembers(errors, inspect.isclass) if issubclass(thing, errors.RoutegraphError)
    }
    assert real == drawn
