"""The declared kinds of world that estimators are judged on, by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from routegraph.errors import SettingError
from routegraph.synthetic.regime import Regime

SAMPLE = "sample"
"""Name of the regime of the bundled sample, which is none of :data:`REGIMES`: it has planted corridors."""

# Every world below has streams that split and avoid, misreports, duplicates and coarse places; traffic is heavy-tailed.
_COMMON = Regime(
    planted=False,
    routes=270,
    route_flow_spread=0.9,
    choice=6.0,
    country_spread=0.5,
    place_spread=0.4,
    blind_countries=(),
    misreport=0.02,
    coarse=0.08,
    source_places=15,
    source_share=0.5,
    alternatives=(0.6, 0.25, 0.15),
    taste_spread=0.3,
    avoidance=1000.0,
    domestic_routes=12,
    reports=(3_000, 9_000),
    base_spread=0.3,
    year_spread=0.2,
)
_HETEROGENEOUS = replace(_COMMON, country_spread=1.2, place_spread=0.8)

REGIMES: Mapping[str, Regime] = MappingProxyType(
    {
        "heterogeneous": _HETEROGENEOUS,
        "equal": replace(_COMMON, country_spread=0.0, place_spread=0.0, inspections_effect=0.0),
        "blind": replace(_COMMON, blind_drawn=3),
        "few_records": replace(_HETEROGENEOUS, reports=(500, 900)),
        "many_records": replace(_HETEROGENEOUS, reports=(20_000, 30_000)),
        "traffic_detection_up": replace(_COMMON, traffic_effect=0.2, flow_effect=0.6),
        "traffic_detection_down": replace(_COMMON, traffic_effect=-0.2, flow_effect=-0.6),
        "role_effects": replace(_COMMON, role_effects=(-1.0, 0.7, 0.8, -0.5)),
        "within_place": replace(_COMMON, route_spread=1.0),
        "targeted": replace(_COMMON, inspections_effect=0.8, targeted=0.7),
        "adaptive": replace(_COMMON, alternatives=(0.1, 0.4, 0.3, 0.2), adaptive=8.0),
        "split": replace(_COMMON, alternatives=(0.0, 0.2, 0.3, 0.3, 0.2), choice=4.0),
        "seasonal": replace(_COMMON, season_spread=1.0, year_spread=0.4),
        "hard": replace(
            _COMMON,
            country_spread=0.8,
            place_spread=0.6,
            misreport=0.04,
            coarse=0.12,
            second_reports=0.06,
            alternatives=(0.4, 0.3, 0.2, 0.1),
            reports=(1_500, 4_500),
            blind_drawn=2,
            flow_effect=-0.3,
            role_effects=(-0.5, 0.35, 0.4, -0.25),
            route_spread=0.5,
            season_spread=0.5,
            year_spread=0.3,
            targeted=0.35,
            adaptive=4.0,
        ),
    }
)
"""Regime by name; docs/synthetic.md says what each is for."""


def regime_named(name: str) -> Regime:
    """Return a regime of :data:`REGIMES`, or that of the bundled sample.

    Raises
    ------
    SettingError
        There is none of that name.
    """
    if name == SAMPLE:
        return Regime()
    if name not in REGIMES:
        raise SettingError(f"regime is {name!r}; expected one of {', '.join([SAMPLE, *REGIMES])}")
    return REGIMES[name]


def name_of(regime: Regime) -> str:
    """Return the name a regime is declared under; '' where it is none of the declared ones."""
    declared = {SAMPLE: Regime(), **REGIMES}
    return next((name for name, known in declared.items() if known == regime), "")
