"""Small frames of records and transits in the documented shape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest

from routegraph.network import RouteGraph, build_graph
from routegraph.places import Gazetteer

RECORD: dict[str, Any] = {
    "count": 1,
    "origin_place": "",
    "via_places": "",
    "seized_place": "",
    "destination_place": "",
    "diverted_place": "",
    "traced": "",
    "mode": "road",
    "commodity": "arms.firearm.pistol",
    "quantity": np.nan,
    "unit": "",
    "source": "a",
    "tlp": "CLEAR",
    "date_from": None,
    "date_to": None,
}
TRANSIT: dict[str, Any] = {"movements": np.nan, "quantity": np.nan, "unit": "", "value_usd": np.nan}


def seizure_frame(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Return records; ids are r0, r1, ... unless given."""
    filled = [{"record_id": f"r{k}", **RECORD, **row} for k, row in enumerate(rows)]
    frame = pd.DataFrame(filled, columns=["record_id", *RECORD])
    texts = [name for name, value in RECORD.items() if isinstance(value, str)]
    dates = dict.fromkeys(("date_from", "date_to"), "datetime64[s]")
    return frame.astype({**dict.fromkeys(["record_id", *texts], "str"), "count": "int64", "quantity": float, **dates})


@pytest.fixture
def seizures() -> Callable[[Sequence[dict[str, Any]]], pd.DataFrame]:
    return seizure_frame


@pytest.fixture(scope="session")
def gazetteer() -> Gazetteer:
    """Return the built-in gazetteer and four places of the test's own."""
    own = [
        ("t-north", "North", "THA", "TH-50", 18.8, 99.0, "city"),
        ("t-south", "South", "THA", "TH-90", 7.0, 100.5, "city"),
        ("m-west", "West", "MYS", "", 6.5, 100.4, "border_crossing"),
        ("high-seas", "High seas", "", "", 5.0, 110.0, "sea_area"),
    ]
    columns = ["place_id", "name", "country", "region", "lat", "lon", "kind"]
    return Gazetteer.builtin().extended(pd.DataFrame(own, columns=columns).assign(aliases="", pair=""))


@pytest.fixture
def network(gazetteer: Gazetteer) -> Callable[..., RouteGraph]:
    """Return a function from rows to a graph."""

    def build(rows: Sequence[dict[str, Any]], **settings: Any) -> RouteGraph:
        return build_graph(seizure_frame(rows), gazetteer=gazetteer, **settings)

    return build


@pytest.fixture
def movement() -> Callable[[Sequence[dict[str, Any]]], pd.DataFrame]:
    """Return a function from rows to transits."""

    def frame(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
        columns = ["origin_place", "destination_place", *TRANSIT]
        return pd.DataFrame([{**TRANSIT, **row} for row in rows], columns=columns).astype(
            {"movements": float, "quantity": float, "value_usd": float, "unit": "str"}
        )

    return frame
