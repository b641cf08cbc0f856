"""Plots of the static figures: every leg of either ranking, one time axis, gaps where nothing was estimated."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from briefings import corrected, plain

from routegraph.render.figure_plots import time_axis
from routegraph.render.figures import figure_svg

SVG = "{http://www.w3.org/2000/svg}"


def parsed(text: str) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314 - our own output


def test_every_leg_of_either_ranking_is_in_the_figure_also_one_that_no_flow_was_estimated_on():
    briefing = corrected()
    rows = briefing.rankings.legs
    assert rows["flow_mean"].isna().any()
    root = parsed(figure_svg(briefing, "flow against counts"))
    rings = [c for c in root.iter(f"{SVG}circle") if c.get("r") == "6.2"]
    assert len(rings) == 1 + int((rows["counted"] > 0).sum())  # and the key's


def panels(briefing) -> list[ET.Element]:
    return list(parsed(figure_svg(briefing, "periods")).iter(f"{SVG}g"))


def by_period(years: tuple[str, ...]):
    """Return a case whose legs have flow in these years alone, and in 2019 and 2024 elsewhere."""
    briefing = plain()
    flows = briefing.tables["flows"]
    leg = flows.loc[(flows["origin"] == "MMR-yangon") & (flows["destination"] == "THA-mae-sot")].iloc[:1]
    other = flows.loc[(flows["origin"] == "THA-mae-sot") & (flows["destination"] == "FJI-suva")].iloc[:1]
    values = [leg.assign(period=year, flow_mean=90.0, flow_p05=50.0, flow_p95=100.0) for year in years]
    rows = [*values, *(other.assign(period=year, flow_mean=2.0) for year in ("2019", "2024"))]
    return replace(briefing, tables=briefing.tables | {"flows": pd.concat(rows, ignore_index=True)})


def test_a_year_without_an_estimate_is_a_gap_and_never_bridged():
    first = panels(by_period(("2019", "2020", "2023")))[0]
    dots = [float(c.get("cx")) for c in first.iter(f"{SVG}circle") if c.get("r") == "3.6"]
    year = dots[1] - dots[0]
    assert dots[2] - dots[1] == pytest.approx(3 * year, abs=0.2)  # one time axis: 2021 and 2022 have their room
    lines = [p.get("d") for p in first.iter(f"{SVG}path") if p.get("fill") == "none"]
    assert [line.count("L") for line in lines] == [1]  # 2019 to 2020, and none to 2023


def test_a_band_of_periods_is_to_scale_from_none():
    first = panels(by_period(("2019", "2020")))[0]
    band = next(p for p in first.iter(f"{SVG}path") if p.get("fill-opacity"))
    y = [float(point.split()[1]) for point in band.get("d").strip("MZ").split("L")]
    dot = next(float(c.get("cy")) for c in first.iter(f"{SVG}circle") if c.get("r") == "3.6")
    none = max(float(one.get("y1")) for one in first.iter(f"{SVG}line"))
    assert (none - dot) / (none - min(y)) == pytest.approx(0.9, abs=0.01)
    assert (none - max(y)) / (none - min(y)) == pytest.approx(0.5, abs=0.01)


def test_periods_that_are_no_years_stand_one_after_another():
    assert time_axis(["2023-Q2", "2023-Q1"]) == {"2023-Q1": 0, "2023-Q2": 1}
    assert time_axis(["2021", "2019"]) == {"2019": 0, "2020": 1, "2021": 2}
    assert list(time_axis(["0001", "9999"])) == ["0001", "9999"]
    assert time_axis([]) == {}
